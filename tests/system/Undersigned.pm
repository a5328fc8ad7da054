# Undersigned.pm - a scratch instance of the real programs, for system tests
#
#	my $u = Undersigned->new;          # configuration, key, example campaign
#	$u->start;                         # undersignd in the foreground
#	my @replies = $u->lmtp(from => 'ada@example.net', to => 'manuchehr@...',
#	    data => "From: ...");          # one message, replies per recipient
#	my $mail = $u->mail_to('ada@example.net');      # waits for it in the relay's Maildir
#	$u->pass(3 * 86400);               # the daemon's clock moves on
#	$u->undersign('counts', ...)       # (status, stdout, stderr)
#	$u->stop;
#
# Everything lies in one temporary folder that goes with the object (kept, and
# named, when UNDERSIGNED_KEEP is set).  Programs are those of $BUILD, or of
# ./build.  Nothing but Unix sockets and loopback is used; only processes
# started here are ended, by number.
#
# SPDX-License-Identifier: ISC
package Undersigned;

use strict;
use warnings;
use Cwd qw(abs_path);
use File::Basename qw(dirname);
use File::Path qw(make_path remove_tree);
use File::Temp ();
use IO::Select;
use IO::Socket::INET;
use IO::Socket::UNIX;
use MIME::Base64 qw(decode_base64);
use MIME::QuotedPrint qw(decode_qp);
use POSIX ();
use Time::HiRes qw(sleep time);

our $SOURCE = abs_path(dirname(__FILE__) . '/../..');
our $BUILD = abs_path($ENV{BUILD} // "$SOURCE/build");

sub slurp {
	my ($file) = @_;
	open my $fh, '<:raw', $file or return undef;
	local $/;
	my $text = <$fh>;
	return $text;
}

sub spew {
	my ($file, $text) = @_;
	open my $fh, '>:raw', $file or die "$file: $!";
	print $fh $text or die "$file: $!";
	close $fh or die "$file: $!";
}

# What is sealed to an opening key, part by part, as src/seal/sealed_list.h has it:
# the bytes of each without what says which it is.
sub parts {
	my ($box) = @_;
	my @parts;
	while (length $box) {
		my $n = unpack 'x9N', $box;
		push @parts, substr $box, 13, $n;
		$box = substr $box, 13 + $n;
	}
	return @parts;
}

# Options: domain, relay, intake, limits, extra (configuration text), example
# (copy the example campaign, default 1), env (of the daemon; undef: unset).
sub new {
	my ($class, %o) = @_;
	my $dir = $o{dir} ? abs_path($o{dir}) :
	    File::Temp::tempdir('undersigned-XXXXXX', TMPDIR => 1);
	my $self = bless {
		dir => $dir, keep => $o{dir} ? 1 : 0, domain => $o{domain} // 'petitions.example.org',
		pid => undef, env => $o{env} // {}, clock => 0,
	}, $class;
	$self->{conf} = "$dir/undersigned.conf";
	$self->{maildir} = "$dir/out";
	$self->{socket} = "$dir/run/lmtp.sock";
	make_path("$dir/campaigns", "$dir/run");
	mkdir "$dir/state", 0700;
	my $relay = $o{relay} // "maildir:$self->{maildir}";
	my $intake = $o{intake} // "lmtp = \"unix:$self->{socket}\"";
	my $limits = $o{limits} //
	    'requests_per_domain_hour = 0 requests_per_hour = 0';
	$limits =~ s/ (?=[a-z])/\n\t/g;
	my $extra = $o{extra} // '';
	spew($self->{conf}, <<CONF);
mail_domain  = "$self->{domain}"
state_dir    = "$dir/state"
key_file     = "$dir/master.key"
campaign_dir = "$dir/campaigns"
template_dir = "$SOURCE/templates"
intake {
	$intake
}
delivery {
	relay = "$relay"
	connections = 2
}
limits {
	$limits
}
$extra
CONF
	spew("$dir/clock", "0\n");
	if ($o{example} // 1) {
		system('cp', '-r', "$SOURCE/contrib/example/manuchehr",
		    "$dir/campaigns/manuchehr") == 0 or die "cp: $?";
	}
	if ($o{init} // 1) {
		my ($st, $out, $err) = $self->undersign('init');
		die "undersign init: $err" if $st != 0;
	}
	return $self;
}

sub DESTROY {
	my ($self) = @_;
	local ($?, $!, $@);
	$self->kill_all if $self->{pid};
	return if $self->{keep};
	return if $ENV{UNDERSIGNED_KEEP} && print STDERR "# kept: $self->{dir}\n";
	remove_tree($self->{dir});
}

# Run a program; (exit status, stdout, stderr).  Option in => text.
sub run {
	my ($self, $in, @argv) = @_;
	my ($o, $e, $i) = map { "$self->{dir}/.$_.$$" } qw(out err in);
	spew($i, $in // '');
	my $pid = fork // die "fork: $!";
	if ($pid == 0) {
		$self->set_env;
		open STDIN, '<', $i or POSIX::_exit(99);
		open STDOUT, '>', $o or POSIX::_exit(99);
		open STDERR, '>', $e or POSIX::_exit(99);
		exec @argv or POSIX::_exit(99);
	}
	waitpid $pid, 0;
	my $st = $? & 127 ? 128 + ($? & 127) : $? >> 8;
	my @r = ($st, slurp($o), slurp($e));
	unlink $o, $e, $i;
	return @r;
}

sub set_env {
	my ($self) = @_;
	$ENV{UNDERSIGNED_CLOCK} = "$self->{dir}/clock";
	$ENV{TZ} = 'UTC';
	while (my ($name, $value) = each %{ $self->{env} }) {
		defined $value ? $ENV{$name} = $value : delete $ENV{$name};
	}
}

sub undersign {
	my ($self, @args) = @_;
	return $self->run('', "$BUILD/undersign", '-c', $self->{conf}, @args);
}

sub undersign_in {
	my ($self, $in, @args) = @_;
	return $self->run($in, "$BUILD/undersign", '-c', $self->{conf}, @args);
}

# Start the daemon and wait until it answers (or ends).  True when it runs.
sub start {
	my ($self, @args) = @_;
	$self->{log_from} = length $self->log;
	my $pid = fork // die "fork: $!";
	if ($pid == 0) {
		$self->set_env;
		open STDIN, '<', '/dev/null';
		open STDOUT, '>>', "$self->{dir}/log" or POSIX::_exit(99);
		open STDERR, '>&', \*STDOUT or POSIX::_exit(99);
		exec "$BUILD/undersignd", '-f', '-c', $self->{conf}, @args
		    or POSIX::_exit(99);
	}
	$self->{pid} = $pid;
	return $self->wait_ready;
}

sub wait_ready {
	my ($self, $seconds) = @_;
	my $end = time + ($seconds // 20);
	while (time < $end) {
		return 0 if $self->ended;
		return 1 if substr($self->log, $self->{log_from}) =~ /ready=yes/;
		sleep 0.02;
	}
	return 0;
}

sub ended {
	my ($self) = @_;
	return 1 unless $self->{pid};
	my $r = waitpid $self->{pid}, POSIX::WNOHANG();
	return 0 if $r == 0;
	$self->{status} = $? & 127 ? 128 + ($? & 127) : $? >> 8;
	$self->{pid} = undef;
	return 1;
}

sub log { return slurp("$_[0]{dir}/log") // '' }

# Lines of the log that are no key=value pairs, as undersignd(8) promises, with the
# process and the level among them.
sub log_faults {
	my ($self) = @_;
	my $pair = qr/[a-z][a-z0-9_-]*=(?:"(?:[^"\\]|\\["\\])*"|[^ "\\=]*)/;
	return grep { !/^(?:[a-z]=\S+ )*by=[a-z]+ level=(?:debug|info|warn|fatal)(?: $pair)*$/ || /[^\x20-\x7e\x80-\xff]/ }
	    split /\n/, $self->log;
}

# Process numbers of the roles by name, from the parent's children.
sub roles {
	my ($self) = @_;
	my %r;
	for my $p (split ' ', slurp("/proc/$self->{pid}/task/$self->{pid}/children") // '') {
		my $cmd = slurp("/proc/$p/cmdline") // next;
		$r{$1} = $p if $cmd =~ /--role=(\w+)/;
	}
	return \%r;
}

# SIGTERM, and wait: the exit status, undef when it had to be killed.
sub stop {
	my ($self, $seconds) = @_;
	return undef if $self->ended;
	kill 'TERM', $self->{pid};
	my $end = time + ($seconds // 8);
	while (time < $end) {
		return $self->{status} if $self->ended;
		sleep 0.02;
	}
	$self->kill_all;
	return undef;
}

# Power off: SIGKILL to the parent and every role.
sub kill_all {
	my ($self) = @_;
	return if !$self->{pid};
	my @all = ($self->{pid}, values %{ $self->roles });
	kill 'KILL', @all;
	waitpid $self->{pid}, 0;
	$self->{pid} = undef;
	my $end = time + 5;
	while (time < $end && grep { -d "/proc/$_" && (slurp("/proc/$_/stat") // '') !~ /\) Z/ } @all) {
		sleep 0.01;
	}
}

sub hup { kill 'HUP', $_[0]{pid} }

# The daemon's clock goes forward by SECONDS.
sub pass {
	my ($self, $seconds) = @_;
	$self->{clock} += $seconds;
	spew("$self->{dir}/clock.new", "$self->{clock}\n");
	# The programs hold the file open: write in place.
	open my $fh, '+<', "$self->{dir}/clock" or die $!;
	print $fh "$self->{clock}\n";
	close $fh;
}

sub connect {
	my ($self) = @_;
	return IO::Socket::INET->new(PeerAddr => '127.0.0.1',
	    PeerPort => $self->{port}, Timeout => 10) if $self->{port};
	return IO::Socket::UNIX->new(Peer => $self->{socket});
}

# A reply, continuation lines joined by "\n"; undef at the end of the stream.
sub reply {
	my ($self, $s) = @_;
	my $all = '';
	while (defined(my $line = $s->getline)) {
		$line =~ s/\r?\n\z//;
		$all .= ($all eq '' ? '' : "\n") . $line;
		return $all unless $line =~ /^\d\d\d-/;
	}
	return $all eq '' ? undef : $all;
}

sub session {
	my ($self) = @_;
	my $s = $self->connect or die "no connection: $!";
	$s->autoflush(1);
	$self->reply($s);
	print $s "LHLO client.example.org\r\n";
	$self->reply($s);
	return $s;
}

# One message; the replies after the data, or to RCPT where it was refused.
# to: one address or several.
sub lmtp {
	my ($self, %m) = @_;
	my $s = $m{session} // $self->session;
	my @to = ref $m{to} ? @{ $m{to} } : ($m{to});
	my $data = $m{data};
	$data =~ s/\r?\n/\r\n/g;
	$data .= "\r\n" unless $data =~ /\r\n\z/;
	$data =~ s/^\./../mg;
	print $s "MAIL FROM:<" . ($m{from} // '') . ">\r\n";
	my $r = $self->reply($s);
	return ($r // 'closed') unless defined $r && $r =~ /^250/;
	my (@replies, @accepted);
	for my $to (@to) {
		print $s "RCPT TO:<$to>\r\n";
		$r = $self->reply($s) // 'closed';
		push @replies, $r;
		push @accepted, $#replies if $r =~ /^250/;
	}
	if (@accepted) {
		print $s "DATA\r\n";
		$r = $self->reply($s) // 'closed';
		if ($r =~ /^354/) {
			print $s $data, ".\r\n";
			$replies[$_] = $self->reply($s) // 'closed' for @accepted;
		} else {
			$replies[$_] = $r for @accepted;
		}
	} else {
		print $s "RSET\r\n";
		$self->reply($s);
	}
	unless ($m{session}) {
		print $s "QUIT\r\n";
		close $s;
	}
	return wantarray ? @replies : $replies[0];
}

our $serial = 0;

# A plain human message.
sub message {
	my ($self, %m) = @_;
	my $id = $m{id} // sprintf '%d.%d.%d@client.example.net', time, $$, ++$serial;
	my $head = "From: $m{from}\n" . "To: $m{to}\n" .
	    'Subject: ' . ($m{subject} // '') . "\n" .
	    "Date: Mon, 23 Nov 2026 12:00:00 +0000\nMessage-ID: <$id>\n" .
	    "MIME-Version: 1.0\nContent-Type: " . ($m{type} // 'text/plain') . "; charset=utf-8\n" .
	    "Content-Transfer-Encoding: 8bit\n";
	$head .= "$m{header}\n" if $m{header};
	return "$head\n" . ($m{body} // '');
}

# Sign or answer as a person would: from (bare address), to, body ...
sub write_mail {
	my ($self, %m) = @_;
	return $self->lmtp(from => $m{from}, to => $m{to},
	    data => $self->message(%m, from => $m{name} ? "$m{name} <$m{from}>" : $m{from}));
}

# What LD_PRELOAD names so that to read certain words kills, or never ends, where they
# stand behind a word of ours ("Yes"): others are looked for in nothing.  Undef without
# a compiler.
sub killer {
	my ($dir) = @_;
	spew("$dir/killer.c", <<'C');
#define _GNU_SOURCE
#include <dlfcn.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>

int pcre2_match_8(const void *, const char *, size_t, size_t, uint32_t, void *, void *);

int
pcre2_match_8(const void *code, const char *text, size_t len, size_t start,
    uint32_t options, void *data, void *context)
{
	static int (*real)(const void *, const char *, size_t, size_t, uint32_t,
	    void *, void *);

	if (memmem(text, len, "FATAL-TO-READ", 13) != NULL)
		(void)raise(SIGSEGV);
	while (memmem(text, len, "ENDLESS-TO-READ", 15) != NULL)
		;
	if (real == NULL)
		*(void **)&real = dlsym(RTLD_NEXT, "pcre2_match_8");
	return real(code, text, len, start, options, data, context);
}
C
	my $cc = $ENV{CC} // 'cc';
	system("$cc -O1 -fPIC -shared -o $dir/killer.so $dir/killer.c -ldl") == 0
	    or return undef;
	return "$dir/killer.so";
}

# ---- mail that went out -----------------------------------------------------

sub mails {
	my ($self, $dir) = @_;
	$dir //= $self->{maildir};
	my @m;
	for my $f (sort { -M $b <=> -M $a || $a cmp $b } glob("$dir/new/* $dir/cur/*")) {
		my $raw = slurp($f) // next;
		push @m, Undersigned::Mail->new($raw, $f);
	}
	return @m;
}

# All mail to an address so far.
sub mails_to {
	my ($self, $address) = @_;
	return grep { $_->to eq lc $address } $self->mails;
}

# Wait for mail number COUNT (1) to ADDRESS and give the latest; undef in vain.
sub mail_to {
	my ($self, $address, $count, $seconds) = @_;
	my $end = time + ($seconds // 15);
	do {
		my @m = $self->mails_to($address);
		return $m[-1] if @m >= ($count // 1);
		sleep 0.05;
	} while (time < $end);
	return undef;
}

# Wait until nothing more is waiting to be sent.
sub settle {
	my ($self, $seconds) = @_;
	my $end = time + ($seconds // 15);
	do {
		my ($st, $out) = $self->undersign('status', '--format', 'json');
		return 1 if $st == 0 && $out =~ /"waiting":\s*0\b/;
		sleep 0.1;
	} while (time < $end);
	return 0;
}

# A number of `counts`.
sub count {
	my ($self, $what, $slug) = @_;
	my ($st, $out, $err) = $self->undersign('counts', $slug // 'manuchehr',
	    '--format', 'json');
	return $st == 0 && $out =~ /"$what":\s*(\d+)/ ? $1 : "no count: $err";
}

# What the database says, a line for each row.
sub rows {
	my ($self, $sql) = @_;
	my ($st, $out, $err) = $self->run('', 'sqlite3', '-readonly', '-cmd', '.timeout 10000',
	    "$self->{dir}/state/undersigned.db", $sql);
	die "sqlite3: $err" if $st != 0;
	return split /\n/, $out;
}

# What `tally status` tells, by its names.
sub tally_status {
	my ($self) = @_;
	my (undef, $json) = $self->undersign('tally', 'manuchehr', 'status', '--format', 'json');
	return { $json =~ /"(\w+)":"?([\w.\/+=-]*)"?/g };
}

# Until it says so, a minute at most; what it says then.
sub tally_comes {
	my ($self, $name, $value) = @_;
	my $end = time + 60;
	sleep 0.1 while time < $end && ($self->tally_status->{$name} // '') ne $value;
	return $self->tally_status->{$name};
}

# The whole way: sign, be asked, answer.  The request and the receipt.
sub sign {
	my ($self, %m) = @_;
	my $before = () = $self->mails_to($m{from});
	my $r = $self->write_mail(to => "manuchehr\@$self->{domain}", %m);
	return unless $r =~ /^250/;
	my $request = $self->mail_to($m{from}, $before + 1) or return;
	$self->write_mail(from => $m{from}, to => $request->reply_to,
	    subject => 'Re: ' . $request->subject, body => $m{answer} // "Yes\n",
	    header => 'In-Reply-To: ' . $request->header('Message-ID'));
	my $receipt = $self->mail_to($m{from}, $before + 2) or return ($request);
	return ($request, $receipt);
}

package Undersigned::Mail;

use strict;
use warnings;
use Encode qw(decode encode);
use MIME::Base64 qw(decode_base64);
use MIME::QuotedPrint qw(decode_qp);

sub new {
	my ($class, $raw, $file) = @_;
	my ($head, $body) = split /\r?\n\r?\n/, $raw, 2;
	$head //= '';
	$head =~ s/\r?\n[ \t]+/ /g;
	my @fields = map { /^([!-9;-~]+):\s*(.*?)\s*$/ ? [lc $1, $2] : () } split /\r?\n/, $head;
	return bless { raw => $raw, file => $file, fields => \@fields,
	    body => $body // '' }, $class;
}

sub headers { my ($self, $name) = @_; return map { $_->[1] } grep { $_->[0] eq lc $name } @{ $self->{fields} } }
sub header { my ($self, $name) = @_; return ($self->headers($name))[0] }

# RFC 2047, as far as our own mail uses it; octets of UTF-8.
sub plain {
	my ($text) = @_;
	$text =~ s/\?=\s+=\?/?==?/g;
	$text =~ s{=\?([^?*]+)\?([bBqQ])\?([^?]*)\?=}{
		my ($set, $how, $w) = ($1, lc $2, $3);
		if ($how eq 'q') { $w =~ tr/_/ /; $w = decode_qp($w) } else { $w = decode_base64($w) }
		lc $set eq 'utf-8' ? $w : encode('UTF-8', decode($set, $w))
	}ge;
	return $text;
}

sub subject { return plain($_[0]->header('Subject') // '') }
sub address { my ($text) = @_; return lc($1) if $text =~ /<([^>]*)>\s*$/; $text =~ s/\s//g; return lc $text }
sub to { return address($_[0]->header('To') // '') }
sub reply_to { return address($_[0]->header('Reply-To') // '') }
sub raw { return $_[0]{raw} }

# The text part, decoded.
sub text {
	my ($self, $type) = @_;
	$type //= 'text/plain';
	my $ct = $self->header('Content-Type') // 'text/plain';
	return decode_part($self->header('Content-Transfer-Encoding'), $self->{body})
	    unless $ct =~ m{^multipart/}i && $ct =~ /boundary="?([^";]+)"?/i;
	my $b = quotemeta $1;
	for my $part (split /(?:^|\r?\n)--$b(?:--)?[ \t]*\r?\n?/, $self->{body}) {
		my $p = Undersigned::Mail->new($part);
		next unless ($p->header('Content-Type') // '') =~ /^\Q$type\E/i;
		return decode_part($p->header('Content-Transfer-Encoding'), $p->{body});
	}
	return undef;
}

sub decode_part {
	my ($how, $body) = @_;
	$how = lc($how // '7bit');
	$body = decode_qp($body) if $how eq 'quoted-printable';
	$body = decode_base64($body) if $how eq 'base64';
	$body =~ s/\r\n/\n/g;
	return $body;
}

1;
