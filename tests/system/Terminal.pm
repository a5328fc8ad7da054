# Terminal - a program on a terminal, and what it shows there
#
#	my $t = Terminal->new($u, 'undersign', 'update', ...);  # of $BUILD, with -c
#	$t->shows(qr/of \d+ rows/, 30) or fail;     # waits until all it has shown matches
#	$t->type("q");
#	is($t->ends(30), 0);            # exit status; undef: it does not end
#	$t->{shown}                     # all so far, with what moves the cursor
#	$t->is_plain                    # lines are edited and keys shown, as at first
#
# The terminal is the process's own: it leads a session, so /dev/tty is it too.
#
# SPDX-License-Identifier: ISC
package Terminal;

use strict;
use warnings;
use Fcntl qw(O_RDWR O_NOCTTY);
use POSIX ();
use Time::HiRes qw(time);
use Undersigned;

# asm-generic/ioctls.h
use constant { TIOCSPTLCK => 0x40045431, TIOCGPTN => 0x80045430, TIOCSCTTY => 0x540e, TIOCSWINSZ => 0x5414 };

sub new {
	my ($class, $u, $program, @args) = @_;
	sysopen my $master, '/dev/ptmx', O_RDWR | O_NOCTTY or die "/dev/ptmx: $!";
	my $number = pack 'i', 0;
	ioctl $master, TIOCSPTLCK, $number or die "TIOCSPTLCK: $!";
	ioctl $master, TIOCGPTN, $number or die "TIOCGPTN: $!";
	my $name = '/dev/pts/' . unpack 'i', $number;
	# Held open here as well: what was shown outlives the program.
	sysopen my $slave, $name, O_RDWR | O_NOCTTY or die "$name: $!";
	my $size = pack 'S4', 24, 80, 0, 0;
	ioctl $slave, TIOCSWINSZ, $size or die "TIOCSWINSZ: $!";
	my $self = bless { master => $master, slave => $slave, shown => '' }, $class;
	$self->{pid} = fork // die "fork: $!";
	if ($self->{pid} == 0) {
		$u->set_env;
		POSIX::setsid();
		ioctl $slave, TIOCSCTTY, 0 or POSIX::_exit(98);
		POSIX::dup2(fileno $slave, $_) for 0 .. 2;
		exec "$Undersigned::BUILD/$program", '-c', $u->{conf}, @args or POSIX::_exit(99);
	}
	return $self;
}

sub DESTROY {
	my ($self) = @_;
	local ($?, $!);
	return unless $self->{pid};
	kill 'KILL', $self->{pid};
	waitpid $self->{pid}, 0;
}

# Takes in what is shown within so many seconds; false: nothing.
sub look {
	my ($self, $seconds) = @_;
	my $r = '';
	vec($r, fileno $self->{master}, 1) = 1;
	return 0 unless select($r, undef, undef, $seconds) > 0;
	return sysread($self->{master}, $self->{shown}, 65536, length $self->{shown}) ? 1 : 0;
}

sub shows {
	my ($self, $what, $seconds) = @_;
	my $end = time + ($seconds // 30);
	until ($self->{shown} =~ $what) {
		return 0 if time > $end;
		$self->look(0.05);
	}
	return 1;
}

sub type { my ($self, $keys) = @_; return syswrite $self->{master}, $keys }

sub ends {
	my ($self, $seconds) = @_;
	my $end = time + ($seconds // 30);
	while (waitpid($self->{pid}, POSIX::WNOHANG()) == 0) {
		return undef if time > $end;
		$self->look(0.05);
	}
	my $status = $? & 127 ? 128 + ($? & 127) : $? >> 8;
	undef $self->{pid};
	1 while $self->look(0);
	return $status;
}

sub is_plain {
	my ($self) = @_;
	my $t = POSIX::Termios->new;
	$t->getattr(fileno $self->{slave}) or return 0;
	my $both = POSIX::ICANON() | POSIX::ECHO();
	return ($t->getlflag & $both) == $both;
}

1;
