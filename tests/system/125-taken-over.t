#!/usr/bin/perl
# What a taken-over intake, web or delivery may say to the keeper: its socket is
# borrowed, and records are sent that the role itself would not send.
use strict;
use warnings;
use Test::More;
use File::Basename;
use IO::Socket::INET;
use Time::HiRes qw(sleep time);
use lib dirname(__FILE__);
use Undersigned;

use constant { PIDFD_OPEN => 434, PIDFD_GETFD => 438 };
my $to = 'manuchehr@petitions.example.org';
my ($port) = map { $_->sockport } IO::Socket::INET->new(LocalAddr => '127.0.0.1', Listen => 1);
my $u = Undersigned->new(extra => "web {\n\tlisten = \"127.0.0.1:$port\"\n\tbase_url = \"http://127.0.0.1:$port\"\n}\n");
my $n = 0;
$SIG{PIPE} = 'IGNORE';
ok($u->start, 'the daemon starts') or BAIL_OUT($u->log);

# A role's end of its channel to the keeper: the socket without a name that it
# got last.  Connections from outside have the name of what they came to.
sub channel {
	my ($role) = @_;
	my $pid = $u->roles->{ $role // 'intake' } or return undef;
	my $p = syscall(PIDFD_OPEN, $pid + 0, 0);
	return undef if $p < 0;
	my $found;
	for my $fd (sort { $b <=> $a } map { m{(\d+)$} } grep { (readlink($_) // '') =~ /^socket:/ } glob("/proc/$pid/fd/*")) {
		my $s = syscall(PIDFD_GETFD, $p, $fd + 0, 0);
		next if $s < 0;
		open my $h, '+<&=', $s or die "$s: $!";
		next if length(getsockname($h) // '') > 2;
		$found = $h;
		last;
	}
	POSIX::close($p);
	return $found;
}

sub forge {
	my ($type, $bytes, $len) = @_;
	my $s = channel();
	return 0 unless defined $s;
	my $record = pack('L S S Q', $len // length $bytes, $type, 0, 7) . $bytes;
	my $r = syswrite $s, $record;
	return defined $r && $r == length $record;
}

my %type;
my $header = Undersigned::slurp("$Undersigned::SOURCE/src/daemon/ipc.h");
my ($enum) = $header =~ /enum ipc_type \{(.*?)\};/s;
my $i = 1;
$type{$_} = $i++ for $enum =~ /^\tIPC_([A-Z_]+)/mg;

SKIP: {
	skip 'borrowing a socket is not permitted here', 1 unless defined channel();
	my $keeper = $u->roles->{keeper};
	for my $case (['a letter of noise', 'LETTER', join '', map { chr int rand 256 } 1 .. 500],
	    ['an empty letter', 'LETTER', ''], ['a recipient of noise', 'RECIPIENT', "\0\xff\n" x 100]) {
		my ($what, $type, $bytes) = @$case;
		ok(forge($type{$type}, $bytes), "$what is sent");
		like($u->write_mail(from => 'n' . ++$n . '@example.net', to => $to), qr/^250/, "$what: mail is taken");
		is($u->roles->{keeper}, $keeper, "$what: the keeper lives");
	}
	for my $case (['an outcome, which is delivery\'s to tell', 'OUTCOME', "\0" x 9],
	    ['a descriptor, which is the parent\'s to give', 'CHANNEL', ''],
	    ['a wish to stop', 'STOP', ''], ['a record without end', 'LETTER', 'x', 0xfffffff0]) {
		my ($what, $type, $bytes, $len) = @$case;
		my $intake = $u->roles->{intake};
		ok(forge($type{$type}, $bytes, $len), "$what is sent");
		my $end = time + 15;
		my $r;
		do {
			sleep 0.2;
			$r = eval { $u->write_mail(from => 'n' . ++$n . '@example.net', to => $to) } // '';
		} while ($r !~ /^250/ && time < $end);
		like($r, qr/^250/, "$what: mail is taken again");
		isnt($u->roles->{intake}, $intake, "$what: by another intake");
		is($u->roles->{keeper}, $keeper, "$what: the keeper lives");
	}
	is($u->count('confirmed'), 0, 'nothing was counted');
}

# ---- asking without end, and not listening to the answers

sub rss { return (Undersigned::slurp("/proc/$_[0]/status") // '') =~ /^VmRSS:\s+(\d+)/m ? $1 : 0 }

# So many records as the keeper takes in, up to MOST.
sub flood {
	my ($s, $record, $most) = @_;
	my ($sent, $quiet, $bytes) = (0, 0, $record x 2000);
	while ($sent < $most * length $record && $quiet < 4) {
		my $w = '';
		vec($w, fileno $s, 1) = 1;
		if (!select(undef, $w, undef, 0.5)) { $quiet++; next }
		$quiet = 0;
		$sent += syswrite($s, $bytes, length($bytes) - $sent % length $record) // last;
	}
}

SKIP: {
	skip 'borrowing a socket is not permitted here', 1 unless defined channel();
	for my $case (['web', 'ASK_FIGURES', '', 300_000], ['web', 'VISIT', "\1\0no visit", 600_000], ['intake', 'RECIPIENT', 'x', 600_000]) {
		my ($role, $type, $bytes, $most) = @$case;
		my ($keeper, $pid, $s) = ($u->roles->{keeper}, $u->roles->{$role}, channel($role));
		my $before = rss($keeper);
		kill 'STOP', $pid;
		flood($s, pack('L S S Q', length $bytes, $type{$type}, 0, 7) . $bytes, $most);
		cmp_ok(rss($keeper) - $before, '<', 16 << 10, "$role asks ($type) and does not listen: the keeper's memory has a bound");
		close $s;
		kill 'KILL', $pid;
		kill 'CONT', $pid;
		my $end = time + 30;
		my $r;
		do {
			sleep 0.2;
			$r = eval { $u->write_mail(from => 'n' . ++$n . '@example.net', to => $to) } // '';
		} while ($r !~ /^250/ && time < $end);
		like($r, qr/^250/, 'mail is taken');
		$end = time + 30;
		sleep 0.2 while time < $end && (($u->roles->{$role} // $pid) == $pid);
		isnt($u->roles->{$role}, $pid, 'the role is started again');
		is($u->roles->{keeper}, $keeper, 'and the keeper lives');
	}
	cmp_ok(scalar(() = $u->log =~ /visit=unreadable/g), '<', 100, 'nor does it fill the log');
	cmp_ok(scalar(() = $u->log =~ /visit=unreadable/g), '>', 0, 'which tells of it');
}

# ---- what delivery says of mail: once, and of what it has

sub outcome {
	my ($id, $kind, $reply, @code) = @_;
	my $bytes = pack 'C N C3', $kind, $reply, @code;
	return pack('L S S q', length $bytes, $type{OUTCOME}, 0, $id) . $bytes;
}

SKIP: {
	skip 'borrowing a socket is not permitted here', 1 unless defined channel('delivery');
	my ($request, $receipt) = $u->sign(name => 'Ada', from => 'ada@example.net', body => "Updates: yes\n");
	ok($receipt, 'somebody signs');
	ok($u->settle, 'all is sent');
	Undersigned::spew("$u->{dir}/n.md", "Hello\n");
	my ($st, $out, $err) = $u->undersign('update', 'manuchehr', 'new', '--subject', 'News', "$u->{dir}/n.md");
	my $keeper = $u->roles->{keeper};
	my $s = channel('delivery');
	my $job = 1 << 62;
	for my $id (0 .. 40, -1, -1 << 63, (1 << 62) - 1, map { my $m = $_; map { $job | $m << 40 | $_ } 0 .. 5, (1 << 40) - 1 } 0, 1, 2, (1 << 20) - 1) {
		syswrite $s, outcome($id, $_, 550, 5, 1, 1) for 1, 2, 2, 0, 0, 5, 4;
	}
	# Records that are none.
	syswrite $s, outcome($job | 1 << 40 | 1, 200, 1, 255, 255, 255);
	syswrite $s, pack('L S S q', 0, $type{OUTCOME}, 0, $job | 1);
	syswrite $s, pack('L S S q', 5, $type{OUTCOME}, 0, $job | 1) . "\0\0\0\0\0";
	syswrite $s, pack('L S S q', 16, $type{OUTCOME}, 0, $job | 1) . "\0" x 16;
	close $s;
	sleep 2.5;
	is($u->roles->{keeper}, $keeper, 'the keeper lives');
	my ($sst, $status) = $u->undersign('update', 'manuchehr', 'status', '1');
	unlike($status, qr/^(?:accepted|sent|failed|unknown)\s+[1-9]/mi, 'nobody was sent an update that was not sent') or diag $status;
	my ($wst, $show) = $u->undersign('signer', 'manuchehr', 'show', 'ada@example.net');
	like($show, qr/^updates\s+yes/m, 'nobody lost the way to her');
	unlike($show, qr/refused|unreachable/, 'nothing is noted of her');
	($st, $out, $err) = $u->undersign('update', 'manuchehr', 'send', '1', '--yes');
	ok($u->mail_to('ada@example.net', 3), 'and the update reaches her') or diag "$out$err" . $u->log;
}
is($u->stop, 0, 'ends cleanly');
done_testing;
