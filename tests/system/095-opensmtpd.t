#!/usr/bin/perl
# Real OpenSMTPD on both sides, with the lines of contrib/opensmtpd: it hands
# over by LMTP, and takes our answers to real mailboxes.
#
# It cannot be installed beside Postfix, and knows its folders by fixed names;
# so it may lie unpacked anywhere (contrib/packages/install does that), and runs
# with folders and users of its own, in its own view of the file system.
use strict;
use warnings;
use Test::More;
use File::Basename;
use File::Path qw(make_path);
use Time::HiRes qw(sleep time);
use lib dirname(__FILE__);
use Undersigned;

plan skip_all => 'an OpenSMTPD of our own needs root' if $> != 0;
plan skip_all => '/usr/bin/swaks is not installed' unless -x '/usr/bin/swaks';
my ($root) = grep { -x "$_/usr/libexec/opensmtpd/mail.maildir" && -x "$_/usr/sbin/smtpd" }
    $ENV{OPENSMTPD_ROOT} // (), '', '/usr/local/lib/undersigned-tests/opensmtpd';
plan skip_all => 'OpenSMTPD is not installed or unpacked' unless defined $root;
plan skip_all => 'no mount namespace to be had' if system("unshare -m true 2>/dev/null") != 0;

my $d = 'petitions.example.org';
my $port = 20000 + ($$ * 7) % 20000;
my $lmtp = $port + 1;
my $u = Undersigned->new(relay => "smtp://127.0.0.1:$port", intake => "lmtp = \"127.0.0.1:$lmtp\"");
my $s = "$u->{dir}/smtpd";
make_path("$s/mail/all");
# OpenSMTPD delivers as nobody, and must pass to get there.
chmod 0711, $u->{dir}, $s;
chown +(getpwnam 'nobody')[2, 3], "$s/mail", "$s/mail/all";

my $snippet = Undersigned::slurp("$Undersigned::SOURCE/contrib/opensmtpd/smtpd.conf");
is($snippet =~ s/127\.0\.0\.1:2424/127.0.0.1:$lmtp/g, 1, 'the lines of contrib');
Undersigned::spew("$s/smtpd.conf", <<CONF);
listen on 127.0.0.1 port $port
table boxes { "\@" = "nobody" }
action "boxes" maildir "$s/mail/all" virtual <boxes>
$snippet
match from any for domain "example.net" action "boxes"
CONF
for my $file (qw(passwd group)) {
	my $text = Undersigned::slurp("/etc/$file");
	my $rest = $file eq 'passwd' ? ':/:/usr/sbin/nologin' : '';
	my $id = 62000;
	for my $name (qw(opensmtpd opensmtpq)) {
		$id++;
		$text .= "$name:x:$id:" . ($file eq 'passwd' ? "$id:" : '') . "$rest\n"
		    unless $text =~ /^$name:/m;
	}
	Undersigned::spew("$s/$file", $text);
}
Undersigned::spew("$s/run", <<RUN);
set -e
mount --bind $s/passwd /etc/passwd
mount --bind $s/group /etc/group
for f in /run /var/spool /var/lib; do mount -t tmpfs -o mode=755 none \$f; done
mkdir -p /var/lib/opensmtpd/empty
mkdir -m 711 /var/spool/smtpd
if [ -n "$root" ]; then
	mount -t tmpfs -o mode=755 none /usr/libexec
	cp -r "$root/usr/libexec/opensmtpd" /usr/libexec/
fi
exec "$root/usr/sbin/smtpd" -d -f $s/smtpd.conf
RUN
$SIG{$_} = sub { exit 1 } for qw(INT TERM HUP);	# by way of END
my $pid = fork // die "fork: $!";
if ($pid == 0) {
	open STDIN, '<', '/dev/null';
	open STDOUT, '>', "$s/log" or POSIX::_exit(99);
	open STDERR, '>&', \*STDOUT;
	exec 'unshare', '-m', '--propagation', 'private', 'sh', "$s/run" or POSIX::_exit(99);
}
END {
	local $?;
	if ($pid) { kill 'TERM', $pid; waitpid $pid, 0 }
}

ok($u->start, 'the daemon starts') or BAIL_OUT($u->log);
my $end = time + 10;
sleep 0.1 until IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $port) || time > $end;

sub box {       # mail number COUNT for one address
	my ($address, $count) = @_;
	my $until = time + 30;
	do {
		my @m = grep { $_->to eq $address } $u->mails("$s/mail/all");
		return $m[-1] if @m >= $count;
		sleep 0.1;
	} while (time < $until);
	diag Undersigned::slurp("$s/log") // 'no log of OpenSMTPD';
	diag $u->log;
	return undef;
}

sub swaks {
	my ($to, $subject, $body) = @_;
	my ($st, $o, $e) = $u->run('', 'swaks', '--server', "127.0.0.1:$port", '--from', 'sam@example.net',
	    '--to', $to, '--header', 'From: Sam Sender <sam@example.net>', '--header', "Subject: $subject",
	    '--body', $body);
	diag $o, $e if $st;
	return $st;
}

is(swaks("manuchehr+from-poster\@$d", 'I sign', "Country: Norway\n"), 0, 'the sign mail is accepted');
my $request = box('sam@example.net', 1);
ok($request, 'the request is in the mailbox') or BAIL_OUT('no request');
is(swaks($request->reply_to, 'Re: ' . $request->subject, "Yes, I do.\n"), 0, 'the answer is accepted');
ok(box('sam@example.net', 2), 'the receipt is in the mailbox');
is($u->count('confirmed'), 1, 'and the count says one');
like(($u->undersign('counts', 'manuchehr', '--by', 'country', '--format', 'json'))[1], qr/"NO":1/, 'in Norway');
like(($u->undersign('counts', 'manuchehr', '--by', 'source', '--format', 'json'))[1], qr/"poster":1/,
    'what follows the plus came with it');

is(swaks("nobody\@$d", 'x', "x\n"), 0, 'mail to an unknown campaign');
my $bounce = box('sam@example.net', 3);
ok($bounce && $bounce->raw =~ /550/, 'comes back');
is($u->stop, 0, 'ends cleanly');
done_testing;
