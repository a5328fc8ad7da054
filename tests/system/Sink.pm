# Sink - a relay that keeps account, and makes trouble when told to
#
#	my $sink = Sink->new("$dir/sink");          # ->url for delivery.relay
#	$sink->trouble('drop' => 0.01, 'hang' => 0.005);        # shares of mails
#	$sink->trouble(refuse => { 'ada@example.net' => '550 5.1.1 no' });
#	my %times = $sink->accepted;    # address => how often it was taken
#	my $box = $sink->boxes;         # with keep: address => its mails so far, in order
#
# A mail counts as accepted when the whole of it was read and it is not refused,
# whether or not the reply goes out.  Troubles, each the share of mails:
#   drop     cut off at the dot, not taken        421, 451    refused at RCPT
#   lose     taken, then cut off without a reply  late        taken, reply a second late
#   hang     taken, and never a reply             stall       no reply to RCPT
#   closed   (0 or 1) no connections at all
#
# SPDX-License-Identifier: ISC
package Sink;

use strict;
use warnings;
use IO::Select;
use IO::Socket::INET;
use POSIX ();
use Time::HiRes qw(sleep time);
use Undersigned;

# OPTIONS: seed; keep (write each mail to a file of DIR); pace (seconds that each
# mail takes, one after the other).
sub new {
	my ($class, $dir, %o) = @_;
	mkdir $dir;
	my $listen = IO::Socket::INET->new(Listen => 128, LocalAddr => '127.0.0.1',
	    ReuseAddr => 1) or die "no port: $!";
	my $self = bless { dir => $dir, port => $listen->sockport, %o }, $class;
	$self->trouble;
	open my $fh, '>', "$dir/accepted" or die $!;
	close $fh;
	$self->{pid} = fork // die "fork: $!";
	if ($self->{pid} == 0) {
		$SIG{PIPE} = 'IGNORE';
		eval { serve($self, $listen) };
		print STDERR "sink: $@" if $@;
		POSIX::_exit(1);
	}
	close $listen;
	return $self;
}

sub url { return "smtp://127.0.0.1:$_[0]{port}" }

sub DESTROY {
	my ($self) = @_;
	local ($?, $!);
	return unless $self->{pid};
	kill 'KILL', $self->{pid};
	waitpid $self->{pid}, 0;
}

sub trouble {
	my ($self, %t) = @_;
	my $refuse = delete $t{refuse} // {};
	my $text = join '', map { "$_ $t{$_}\n" } sort keys %t;
	$text .= join '', map { "refuse $_ $refuse->{$_}\n" } sort keys %$refuse;
	open my $fh, '>', "$self->{dir}/trouble.new" or die $!;
	print $fh $text;
	close $fh;
	rename "$self->{dir}/trouble.new", "$self->{dir}/trouble";
	sleep 0.15;             # it looks ten times a second
}

# Lines of "time address message-id".
sub lines {
	my ($self) = @_;
	open my $fh, '<', "$self->{dir}/accepted" or return;
	chomp(my @l = <$fh>);
	return map { [ split ' ', $_, 3 ] } @l;
}

sub accepted {
	my ($self) = @_;
	my %n;
	$n{ $_->[1] }++ for $self->lines;
	return %n;
}

sub boxes {
	my ($self) = @_;
	my $box = $self->{boxes} //= {};
	my $file;
	while (defined(my $raw = Undersigned::slurp($file = "$self->{dir}/" . (($self->{seen} // 0) + 1) . '.eml'))) {
		last if $raw !~ /^\.\r\n\z/m;        # is being written
		$self->{seen}++;
		my $mail = Undersigned::Mail->new($raw, $file);
		push @{ $box->{ $mail->header('X-Recipient') } }, $mail;
	}
	return $box;
}

# Messages behind whose end the next envelope came at once.
sub ahead {
	my ($self) = @_;
	open my $fh, '<', "$self->{dir}/ahead" or return 0;
	return scalar(() = <$fh>);
}

# ---- the process ------------------------------------------------------------------

my (%trouble, %refuse, $looked);

sub look {
	my ($self) = @_;
	return if $looked && time - $looked < 0.1;
	$looked = time;
	open my $fh, '<', "$self->{dir}/trouble" or return;
	(%trouble, %refuse) = ();
	while (<$fh>) {
		if (/^refuse (\S+) (.*)/) { $refuse{$1} = $2 } elsif (/^(\S+) (\S+)/) { $trouble{$1} = $2 }
	}
}

sub chance { my $p = $trouble{ $_[0] } // 0; return $p > 0 && rand() < $p }

sub serve {
	my ($self, $listen) = @_;
	srand($self->{seed} // 1);
	open my $log, '>>', "$self->{dir}/accepted" or die $!;
	open my $ahead, '>>', "$self->{dir}/ahead" or die $!;
	my $all = IO::Select->new($listen);
	my (%c, $serial);
	while (1) {
		look($self);
		my @late = grep { $c{$_}{late} } keys %c;
		for my $fh ($all->can_read(@late ? 0.02 : 0.1)) {
			if ($fh == $listen) {
				my $s = $listen->accept or next;
				if ($trouble{closed}) { close $s; next }
				$s->blocking(0);
				$all->add($s);
				$c{$s} = { fh => $s, in => '' };
				syswrite $s, "220 sink ESMTP\r\n";
				next;
			}
			my $conn = $c{$fh};
			my $n = sysread $fh, $conn->{in}, 65536, length $conn->{in};
			my $ok = $n && answer($self, $conn, $log, $ahead, \$serial);
			next if $ok;
			$all->remove($fh);
			delete $c{$fh};
			close $fh;
		}
		for my $key (@late) {
			my $conn = $c{$key} or next;
			next if time < $conn->{late};
			delete $conn->{late};
			syswrite $conn->{fh}, "250 2.0.0 taken\r\n";
			# What came meanwhile.
			next if answer($self, $conn, $log, $ahead, \$serial);
			$all->remove($conn->{fh});
			delete $c{$key};
			close $conn->{fh};
		}
	}
}

# 0: the connection ends.
sub answer {
	my ($self, $c, $log, $ahead, $serial) = @_;
	my $out = '';
	while (!$c->{hung} && !$c->{late}) {
		if ($c->{data}) {
			my $end = index $c->{in}, "\r\n.\r\n";
			last if $end < 0;
			my $mail = substr $c->{in}, 0, $end + 5, '';
			$c->{data} = 0;
			syswrite $ahead, "$c->{to}\n" if $c->{in} ne '';
			sleep $self->{pace} if $self->{pace};
			return 0 if chance('drop');
			my ($id) = $mail =~ /^Message-ID:\s*(\S+)/mi;
			syswrite $log, sprintf "%.3f %s %s\n", time, $c->{to}, $id // '-';
			if ($self->{keep}) {
				open my $fh, '>:raw', "$self->{dir}/" . ++$$serial . '.eml' or die $!;
				print $fh "X-Reverse-Path: $c->{from}\r\nX-Recipient: $c->{to}\r\n$mail";
			}
			return 0 if chance('lose');
			if (chance('hang')) { $c->{hung} = 1 }
			elsif (chance('late')) { $c->{late} = time + 1 }
			else { $out .= "250 2.0.0 taken\r\n" }
			next;
		}
		$c->{in} =~ s/^(.*?)\r?\n// or last;
		my $line = $1;
		if ($line =~ /^(EHLO|HELO)/i) {
			$out .= "250-sink\r\n250-PIPELINING\r\n250-8BITMIME\r\n250-SMTPUTF8\r\n250 SIZE 0\r\n";
		} elsif ($line =~ /^MAIL FROM:<(.*?)>/i) {
			@$c{qw(from to)} = ($1, '');
			$out .= "250 2.1.0 ok\r\n";
		} elsif ($line =~ /^RCPT TO:<(.*?)>/i) {
			my $to = lc $1;
			if ($refuse{$to}) { $out .= "$refuse{$to}\r\n"; next }
			my ($domain) = $to =~ /\@(.*)/;
			if ($refuse{$domain}) { $out .= "$refuse{$domain}\r\n"; next }
			if (chance('421')) { syswrite $c->{fh}, "${out}421 4.3.2 closing\r\n"; return 0 }
			if (chance('451')) { $out .= "451 4.3.0 later\r\n"; next }
			if (chance('stall')) { $c->{hung} = 1; next }
			$c->{to} = $to;
			$out .= "250 2.1.5 ok\r\n";
		} elsif ($line =~ /^DATA/i) {
			if ($c->{to} eq '') { $out .= "503 5.5.1 no recipient\r\n"; next }
			$c->{data} = 1;
			$out .= "354 go on\r\n";
		} elsif ($line =~ /^QUIT/i) {
			syswrite $c->{fh}, "${out}221 bye\r\n";
			return 0;
		} else {
			$out .= "250 2.0.0 ok\r\n";
		}
	}
	syswrite $c->{fh}, $out if $out ne '';
	return 1;
}

1;
