#!/usr/bin/perl
# What a taken-over intake may say to the keeper: its socket is borrowed, and
# records are sent that intake would not send.
use strict;
use warnings;
use Test::More;
use File::Basename;
use Time::HiRes qw(sleep time);
use lib dirname(__FILE__);
use Undersigned;

use constant { PIDFD_OPEN => 434, PIDFD_GETFD => 438 };
my $to = 'manuchehr@petitions.example.org';
my $u = Undersigned->new;
my $n = 0;
$SIG{PIPE} = 'IGNORE';
ok($u->start, 'the daemon starts') or BAIL_OUT($u->log);

# Intake's end of its channel to the keeper: the socket without a name that it
# got last.  Connections from outside have the name of what they came to.
sub channel {
	my $pid = $u->roles->{intake} or return undef;
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
$type{$_} = $i++ for $enum =~ /^\tIPC_([A-Z]+)/mg;

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
is($u->stop, 0, 'ends cleanly');
done_testing;
