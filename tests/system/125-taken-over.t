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

# So many records as the keeper takes in, up to MOST; how many that were.
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
	return int($sent / length $record);
}

SKIP: {
	skip 'borrowing a socket is not permitted here', 1 unless defined channel();
	for my $case (['web', 'ASK_FIGURES', '', 300_000], ['web', 'VISIT', "\1\0no visit", 600_000], ['intake', 'RECIPIENT', 'x', 600_000]) {
		my ($role, $type, $bytes, $most) = @$case;
		my ($keeper, $pid, $s) = ($u->roles->{keeper}, $u->roles->{$role}, channel($role));
		my $before = rss($keeper);
		kill 'STOP', $pid;
		my $sent = flood($s, pack('L S S Q', length $bytes, $type{$type}, 0, 7) . $bytes, $most);
		cmp_ok($sent, '>', 10_000, "$role asks ($type) without end ($sent times)");
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

# Written whole?  1, or 0.
sub say_to { my ($s, $record) = @_; return (syswrite($s, $record) // -1) == length $record ? 1 : 0 }

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
	is($st, 0, 'an update is written') or diag $err;
	my %role = %{ $u->roles };
	my $s = channel('delivery');
	my $job = 1 << 62;
	my ($told, $records) = (0, 0);
	# What it has: it is believed, so such records are read as they are meant.
	kill 'STOP', $role{delivery};
	like($u->write_mail(from => 'bea@example.net', to => $to), qr/^250/, 'delivery has a mail in its hands');
	sub waiting { return ($u->undersign('status', '--format', 'json'))[1] =~ /"waiting":\s*(\d+)/ ? $1 : 'nobody knows' }
	is(waiting(), 1, 'and nothing is told of it');
	sleep 1;
	is(scalar(grep { !say_to($s, outcome($_, 0, 250, 2, 0, 0)) } 1 .. 100), 0, 'it is told to be sent');
	ok($u->settle, 'so that nothing waits');
	is(scalar($u->mails_to('bea@example.net')), 0, 'though it was not');
	kill 'CONT', $role{delivery};
	ok($u->mail_to('bea@example.net'), 'and then is');
	# What it has not.
	for my $id (0 .. 40, -1, -1 << 63, (1 << 62) - 1, map { my $m = $_; map { $job | $m << 40 | $_ } 0 .. 5, (1 << 40) - 1 } 0, 1, 2, (1 << 20) - 1) {
		$records++, $told += say_to($s, outcome($id, $_, 550, 5, 1, 1)) for 1, 2, 2, 0, 0, 5, 4;
	}
	# Records that are none.
	for my $none (outcome($job | 1 << 40 | 1, 200, 1, 255, 255, 255), pack('L S S q', 0, $type{OUTCOME}, 0, $job | 1),
	    pack('L S S q', 5, $type{OUTCOME}, 0, $job | 1) . "\0\0\0\0\0", pack('L S S q', 16, $type{OUTCOME}, 0, $job | 1) . "\0" x 16) {
		$records++;
		$told += say_to($s, $none);
	}
	is($told, $records, "$records outcomes are told");
	close $s;
	my $end = time + 30;
	sleep 0.2 until $u->log =~ /outcome=unreadable/ || time > $end;
	like($u->log, qr/^by=keeper level=warn .*\boutcome=unreadable\b/m, 'the keeper has read them to the end, and refuses what is no outcome');
	sleep 2.5;
	is($u->roles->{keeper}, $role{keeper}, 'the keeper lives');
	is($u->roles->{delivery}, $role{delivery}, 'and delivery');
	my ($sst, $status) = $u->undersign('update', 'manuchehr', 'status', '1');
	is($sst, 0, 'how far the update is');
	unlike($status, qr/^(?:accepted|sent|failed|unknown)\s+[1-9]/mi, 'nobody was sent an update that was not sent') or diag $status;
	my ($wst, $show) = $u->undersign('signer', 'manuchehr', 'show', 'ada@example.net');
	is($wst, 0, 'and how she is');
	like($show, qr/^updates\s+yes/m, 'nobody lost the way to her');
	unlike($show, qr/refused|unreachable/, 'nothing is noted of her');
	($st, $out, $err) = $u->undersign('update', 'manuchehr', 'send', '1', '--yes');
	is($st, 0, 'it is sent') or diag $err;
	ok($u->mail_to('ada@example.net', 3), 'and the update reaches her') or diag "$out$err" . $u->log;
	# Who has it has it, whatever is said of her later.
	$end = time + 30;
	sleep 0.2 until ($status = ($u->undersign('update', 'manuchehr', 'status', '1'))[1]) =~ /^state +done$/m || time > $end;
	like($status, qr/^sent +1$/m, 'it is sent to one');
	$s = channel('delivery');
	$told = $records = 0;
	for my $id (map { $job | 1 << 40 | $_ } 1 .. 20) {
		$records++, $told += say_to($s, outcome($id, $_, 550, 5, 1, 1)) for 2, 1, 5;
	}
	is($told, $records, "$records outcomes of those who have it are told");
	close $s;
	sleep 2.5;
	is($u->roles->{delivery}, $role{delivery}, 'delivery lives');
	is(($u->undersign('update', 'manuchehr', 'status', '1'))[1], $status, 'nothing has changed');
	unlike(($u->undersign('signer', 'manuchehr', 'show', 'ada@example.net'))[1], qr/refused|unreachable/, 'nor for her');
}
is($u->stop, 0, 'ends cleanly');
done_testing;
