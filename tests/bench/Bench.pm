# Bench.pm - what tests/bench/run measures with, and the peers it measures against
#
#	my $t = Bench::load(socket => 'unix:...', connections => 50, mails => 20000);
#	$t->{rate}, $t->{p99_ms} ...
#	my $cpu = Bench::cpu($u);          # seconds, all roles of an instance
#	my $kb = Bench::memory($u);        # proportional set size, all roles
#	Bench::table([ 'what', 'rate/s' ], [ 'undersigned', 7000 ], ...);
#
# A peer is an object with socket, clean (between runs) and stop; new answers
# undef, and says why, where the peer is not installed.
#
# SPDX-License-Identifier: ISC
package Bench;

use strict;
use warnings;
use File::Basename qw(dirname);
use File::Path qw(make_path remove_tree);
use File::Temp ();
use IO::Socket::INET;
use POSIX ();
use Time::HiRes qw(sleep time);
use lib dirname(__FILE__) . '/../system';
use Undersigned;

our $BUILD = $Undersigned::BUILD;
our $TO = 'manuchehr@petitions.example.org';

sub note { print STDERR "# @_\n" }

# ---- numbers -----------------------------------------------------------------

sub median {
	my @v = sort { $a <=> $b } grep { defined } @_;
	return undef unless @v;
	return @v % 2 ? $v[$#v / 2] : ($v[@v / 2 - 1] + $v[@v / 2]) / 2;
}

# As many digits as mean something.
sub figure {
	my ($n) = @_;
	return '-' unless defined $n;
	return $n if $n !~ /^-?[\d.]+(?:e-?\d+)?$/;
	return sprintf '%.0f', $n if abs $n >= 100 || $n == int $n;
	return sprintf abs $n >= 10 ? '%.1f' : abs $n >= 0.1 ? '%.2f' : '%.3f', $n;
}

# The first column is words, the rest figures, to the right.
sub table {
	my @rows = map { my $r = $_; [ map { figure($_) } @$r ] } @_;
	my @width;
	for my $r (@rows) {
		for my $i (0 .. $#$r) {
			my $w = length $r->[$i];
			$width[$i] = $w if $w > ($width[$i] // 0);
		}
	}
	for my $r (@rows) {
		my $line = join '  ', map { $_ == 0 ?
		    sprintf('%-*s', $width[$_], $r->[$_]) :
		    sprintf('%*s', $width[$_], $r->[$_]) } 0 .. $#$r;
		$line =~ s/\s+\z//;
		print "$line\n";
	}
	print "\n";
}

# "name value" lines of a program that must succeed.
sub figures {
	my ($env, @argv) = @_;
	local %ENV = (%ENV, %$env);
	open my $from, '-|', @argv or die "$argv[0]: $!";
	my %f = map { /^(\S+) (\S+)$/ ? ($1, $2) : () } <$from>;
	close $from;
	die "@argv: status " . ($? >> 8) . "\n" if $?;
	return \%f;
}

# ---- processes ----------------------------------------------------------------

sub processes {
	my ($u) = @_;
	return ($u->{pid}, values %{ $u->roles });
}

# Seconds of CPU so far.
sub cpu {
	my ($u) = @_;
	my $ticks = 0;
	for my $pid (processes($u)) {
		my $stat = Undersigned::slurp("/proc/$pid/stat") // next;
		my @f = split ' ', $stat =~ s/.*\) //sr;
		$ticks += $f[11] + $f[12];
	}
	return $ticks / POSIX::sysconf(POSIX::_SC_CLK_TCK());
}

# Kilobytes: what the roles hold together, shared pages counted once.  WHAT
# Pss_Anon: without the pages of files, whose share depends on who else runs.
sub memory {
	my ($u, $what) = @_;
	$what //= 'Pss';
	my $kb = 0;
	for my $pid (processes($u)) {
		my $all = Undersigned::slurp("/proc/$pid/smaps_rollup") // '';
		$kb += $1 if $all =~ /^$what:\s+(\d+)/m;
	}
	return $kb;
}

sub free_port {
	my $s = IO::Socket::INET->new(Listen => 1, LocalAddr => '127.0.0.1')
	    or die "no port: $!";
	return $s->sockport;
}

sub spawn {
	my ($log, @argv) = @_;
	my $pid = fork // die "fork: $!";
	return $pid if $pid;
	open STDIN, '<', '/dev/null';
	open STDOUT, '>>', $log or POSIX::_exit(99);
	open STDERR, '>&', \*STDOUT or POSIX::_exit(99);
	exec @argv or POSIX::_exit(99);
}

sub stop {
	my ($pid) = @_;
	kill 'TERM', $pid;
	waitpid $pid, 0;
}

sub wait_for {
	my ($ready, $what) = @_;
	for (1 .. 200) {
		return if $ready->();
		sleep 0.05;
	}
	die "$what does not start\n";
}

sub program {
	my ($name) = @_;
	for my $dir (split(/:/, $ENV{PATH}), '/usr/sbin', '/sbin') {
		return "$dir/$name" if -x "$dir/$name";
	}
	note("$name is not installed; it is left out");
	return undef;
}

# ---- loads ------------------------------------------------------------------------

# Options: socket connections mails start to
sub load {
	my (%o) = @_;
	return figures({}, "$BUILD/tests/bench/lmtp_load",
	    '--socket', $o{socket}, '--rcpt', $o{to} // $TO,
	    '--connections', $o{connections}, '--messages', $o{mails},
	    '--start', $o{start} // 0, '--from-format', 'load%d@example.net');
}

# An instance whose relay is away: all it sends waits.
sub instance {
	my (%o) = @_;
	# A clock that tests can move costs a read for each mail.
	my %env = (UNDERSIGNED_CLOCK => undef, %{ delete $o{env} // {} });
	my $u = Undersigned->new(relay => 'smtp://127.0.0.1:' . free_port(),
	    env => \%env, %o);
	$u->{next} = 0;
	return $u;
}

# Mail from people who never wrote before; figures, and CPU a mail.
sub intake {
	my ($u, %o) = @_;
	my $before = cpu($u);
	my $f = load(socket => "unix:$u->{socket}", start => $u->{next}, %o);
	$u->{next} += $o{mails};
	$f->{cpu_us} = (cpu($u) - $before) * 1e6 / $o{mails};
	return $f;
}

sub must_start {
	my ($u) = @_;
	$u->start or die "undersignd does not start:\n", substr $u->log, -2000;
	return $u;
}

# ---- Dovecot ---------------------------------------------------------------------

package Bench::Dovecot;

sub new {
	my ($class) = @_;
	my $program = Bench::program('dovecot') or return undef;
	if ($> != 0) {
		Bench::note('Dovecot is left out: its LMTP wants to be started as root');
		return undef;
	}
	my $dir = File::Temp::tempdir('dovecot-XXXXXX', TMPDIR => 1);
	my $self = bless { dir => $dir, mail => "$dir/mail" }, $class;
	chmod 0755, $dir;
	$self->clean;
	Undersigned::spew("$dir/conf", $self->conf);
	$self->{pid} = Bench::spawn("$dir/out", $program, '-F', '-c', "$dir/conf");
	Bench::wait_for(sub { -S "$dir/run/lmtp" }, 'dovecot');
	return $self;
}

# All as shipped but for where things lie and who gets the mail.
sub conf {
	my ($self) = @_;
	my $dir = $self->{dir};
	return <<CONF;
base_dir = $dir/run
state_dir = $dir/state
instance_name = bench
log_path = $dir/log
protocols = lmtp
ssl = no
mail_location = maildir:$self->{mail}/%n
userdb {
  driver = static
  args = uid=dovecot gid=dovecot home=$self->{mail}/%n allow_all_users=yes
}
passdb {
  driver = static
  args = nopassword=y
}
first_valid_uid = 1
CONF
}

sub socket { return "unix:$_[0]{dir}/run/lmtp" }

# An empty mailbox for each run.
sub clean {
	my ($self) = @_;
	my ($uid, $gid) = (getpwnam 'dovecot')[2, 3];
	File::Path::remove_tree($self->{mail});
	mkdir $self->{mail};
	chown $uid, $gid, $self->{mail};
}

sub stop {
	my ($self) = @_;
	Bench::stop($self->{pid});
	File::Path::remove_tree($self->{dir});
}

# ---- smtp-sink ---------------------------------------------------------------------

package Bench::Sink;

# Options: at (host:port; else a Unix socket and LMTP)
sub new {
	my ($class, %o) = @_;
	my $program = Bench::program('smtp-sink') or return undef;
	my $dir = File::Temp::tempdir('sink-XXXXXX', TMPDIR => 1);
	my $at = $o{at} // "unix:$dir/lmtp";
	my $self = bless { dir => $dir, at => $at }, $class;
	my @as = $> == 0 ? ('-u', 'root') : ();
	$self->{pid} = Bench::spawn("$dir/out", $program, @as,
	    $o{at} ? () : '-L', $at, 1000);
	Bench::wait_for(sub { $o{at} ? IO::Socket::INET->new($at) :
	    -S "$dir/lmtp" }, 'smtp-sink');
	return $self;
}

sub socket { return $_[0]{at} }
sub clean { }

sub stop {
	my ($self) = @_;
	Bench::stop($self->{pid});
	File::Path::remove_tree($self->{dir});
}

# ---- updates ---------------------------------------------------------------------------

package Bench;

# Words in these languages, as the update number 1; octets of one mail of it.
sub write_update {
	my ($u, @languages) = @_;
	my $news = 'What happened, and what we ask of you now, told in a sentence. ';
	Undersigned::spew("$u->{dir}/news.$_.md", "Subject: We are {{count}} ($_)\n\n" .
	    "Dear {{name}},\n\n{{days}} days later we are **{{count}}**. " . $news x 8 .
	    "\n\n- one\n- two\n\n[More](https://example.org/news)\n\n" .
	    "Greetings to {{country_name}}!\n") for @languages;
	my ($st, $out, $err) = $u->undersign('update', 'manuchehr', 'new',
	    map { "$u->{dir}/news.$_.md" } @languages);
	die "update new: $err" if $st != 0;
	($st, $out, $err) = $u->undersign('update', 'manuchehr', 'preview', 1,
	    '-l', $languages[0], '-o', '-');
	die "update preview: $err" if $st != 0;
	return length $out;
}

sub ask_store {
	my ($u, $sql) = @_;
	my $out = `sqlite3 -readonly $u->{dir}/state/undersigned.db '$sql' 2>/dev/null`;
	chomp $out;
	return split /\|/, $out;
}

# Its state, and how many are accepted.
sub update_numbers {
	my ($u) = @_;
	my @r = ask_store($u, 'SELECT state, accepted FROM mailing WHERE id = 1');
	return @r == 2 ? @r : (0, 0);
}

sub outbox_count { return (ask_store($_[0], 'SELECT count(*) FROM outbox'))[0] // 1 }

sub smtp_source {
	my ($mails, $size) = @_;
	my $source = program('smtp-source') or return undef;
	my $port = free_port();
	my $sink = Bench::SmtpSink->new($port) or return undef;
	my $began = time;
	system($source, '-s', 4, '-d', '-m', $mails, '-l', $size, '-f', 'a@example.org',
	    '-t', 'b@example.net', "127.0.0.1:$port") == 0 or die "smtp-source: $?\n";
	my $seconds = time - $began;
	$sink->stop;
	return { rate => $mails / $seconds };
}

package Bench::SmtpSink;

sub new {
	my ($class, $port) = @_;
	my $sink = Bench::program('smtp-sink') or return undef;
	my $self = bless { pid => Bench::spawn('/dev/null', $sink,
	    ($> == 0 ? ('-u', 'nobody') : ()), "127.0.0.1:$port", 1000) }, $class;
	Bench::wait_for(sub { IO::Socket::INET->new("127.0.0.1:$port") }, 'smtp-sink');
	return $self;
}

sub stop { Bench::stop($_[0]{pid}) }

# ---- mlmmj ----------------------------------------------------------------------------

package Bench::Mlmmj;

sub new {
	my ($class) = @_;
	my $receive = Bench::program('mlmmj-receive') or return undef;
	my $port = Bench::free_port();
	my $sink = Bench::Sink->new(at => "127.0.0.1:$port") or return undef;
	my $dir = File::Temp::tempdir('mlmmj-XXXXXX', TMPDIR => 1);
	my $self = bless { dir => $dir, sink => $sink, receive => $receive,
	    port => $port, next => 0 }, $class;
	$self->clean;
	return $self;
}

# A fresh list, as mlmmj-make-ml makes it.
sub clean {
	my ($self) = @_;
	my $list = "$self->{dir}/list";
	File::Path::remove_tree($list);
	File::Path::make_path(map { "$list/$_" } qw(incoming queue/discarded
	    archive text subconf unsubconf bounce control moderation subscribers.d
	    digesters.d requeue nomailsubs.d));
	system("cp /usr/share/mlmmj/text.skel/en/* $list/text") == 0
	    or die "mlmmj: no texts\n";
	my %control = (listaddress => 'list@lists.example.org',
	    owner => 'owner@lists.example.org', relayhost => '127.0.0.1',
	    smtpport => $self->{port});
	Undersigned::spew("$list/control/$_", "$control{$_}\n") for keys %control;
	Undersigned::spew("$list/index", '');
}

sub cycles {
	my ($self, $processes, $count) = @_;
	my $f = Bench::figures(
	    { LD_PRELOAD => "$Bench::BUILD/tests/bench/nodelay.so" },
	    "$Bench::BUILD/tests/bench/mlmmj_load", '--list', "$self->{dir}/list",
	    '--address', 'list@lists.example.org', '--receive', $self->{receive},
	    '--cycles', $count, '--processes', $processes,
	    '--start', $self->{next});
	$self->{next} += $count;
	return $f;
}

# One mail to so many, each with a bounce address of its own.
sub send {
	my ($self, $people, $size) = @_;
	$self->clean;
	my $list = "$self->{dir}/list";
	my $mail = "$self->{dir}/mail";
	Undersigned::spew("$list/subscribers.d/f",
	    join '', map { "filled$_\@example.net\n" } 1 .. $people);
	Undersigned::spew($mail, "From: owner\@example.org\nTo: list\@lists.example.org\n" .
	    "Subject: News\nMessage-ID: <1\@example.org>\n" .
	    "Date: Mon, 23 Nov 2026 12:00:00 +0000\n\n" . ("x" x 69 . "\n") x ($size / 70));
	my $send = Bench::program('mlmmj-send') or return undef;
	my $began = Time::HiRes::time();
	{
		local $ENV{LD_PRELOAD} = "$Bench::BUILD/tests/bench/nodelay.so";
		system($send, '-L', $list, '-m', $mail) == 0 or die "mlmmj-send: $?\n";
	}
	return { rate => $people / (Time::HiRes::time() - $began) };
}

sub stop {
	my ($self) = @_;
	$self->{sink}->stop;
	File::Path::remove_tree($self->{dir});
}

1;
