#!/usr/bin/perl
# Hostile mail and hostile clients: bounded, refused rightly, others served.
use strict;
use warnings;
use Test::More;
use File::Basename;
use Time::HiRes qw(sleep time);
use lib dirname(__FILE__);
use Undersigned;

my $u = Undersigned->new;
ok($u->start, 'the daemon starts') or BAIL_OUT($u->log);
my $d = 'petitions.example.org';
my $to = "manuchehr\@$d";
my $n = 0;

sub cpu {       # seconds used by intake so far
	my $pid = $u->roles->{intake} or return 0;
	my @f = split ' ', (Undersigned::slurp("/proc/$pid/stat") =~ /\) (.*)/s)[0];
	return ($f[11] + $f[12]) / POSIX::sysconf(POSIX::_SC_CLK_TCK());
}

sub others_are_served {
	my ($why) = @_;
	my $from = sprintf 'other%d@example.net', ++$n;
	my $start = time;
	like($u->write_mail(from => $from, to => $to), qr/^250/, "others are served: $why");
	cmp_ok(time - $start, '<', 10, 'without waiting long');
}

my %hostile = (
	'nested 10,000 deep' => join('', map({ "Content-Type: multipart/mixed; boundary=\"b$_\"\n\n--b$_\n" } 1 .. 10000), "\nhello\n"),
	'nested messages' => "Content-Type: message/rfc822\n\n" x 10000 . "hello\n",
	'100,000 addresses' => 'To: ' . join(', ', map { "a$_\@example.net" } 1 .. 40000) . "\n\nhello\n",
	'groups in groups' => 'To: ' . 'g:' x 60000 . "\n\nhello\n",
	'comments in comments' => 'To: ' . '(' x 200000 . "\n\nhello\n",
	'NULs' => "Subject: a\0b\0c\nX-\0: y\n\nhe\0llo\0\n",
	'100,000 header fields' => "X: y\n" x 100000 . "\nhello\n",
	'a header line of 900 kB' => 'Subject: ' . 'x' x 900000 . "\n\nhello\n",
	'a body line of 900 kB' => "\n" . 'y' x 900000 . "\n",
	'encoded words' => 'Subject: ' . '=?utf-8?q?a?= ' x 60000 . "\n\nhello\n",
	'parameters' => 'Content-Type: text/plain' . '; a*0*=b' x 60000 . "\n\nhello\n",
	'boundaries only' => "Content-Type: multipart/mixed; boundary=\"\"\n\n" . "--\n" x 200000,
	'boundary is a quote' => "Content-Type: multipart/mixed; boundary=\"\\\"\"\n\n--\"\n\nhello\n",
	'HTML tags' => "Content-Type: text/html\n\n" . '<div>' x 150000 . "\n",
	'quotes' => "\n" . ('>' x 500 . "\n") x 1500,
	'a colon on each line' => "\n" . "Name: x\n" x 100000,
	'base64 of nothing' => "Content-Type: text/plain\nContent-Transfer-Encoding: base64\n\n" . "====\n" x 150000,
	'unknown charset' => "Content-Type: text/plain; charset=\"../../etc/passwd\"\n\nhello\n",
);
for my $what (sort keys %hostile) {
	my $before = cpu();
	my $pid = $u->roles->{intake};
	my $r = $u->lmtp(from => 'x@example.net', to => $to,
	    data => "From: hostile" . ++$n . "\@example.net\n$hostile{$what}");
	like($r, qr/^(?:250|55[0-9]) /, "$what: a clear answer") or diag $r;
	is($u->roles->{intake}, $pid, 'intake lives');
	cmp_ok(cpu() - $before, '<', 1.5, 'a second of CPU at most');
}
others_are_served('after hostile mail');

# Too large: read to the end, refused, nothing kept.
my $r = $u->lmtp(from => 'x@example.net', to => $to, data => "From: a\@example.net\n\n" . "0123456789\n" x 1_000_000);
like($r, qr/^552 5\.3\.4/, '11 MB: 552');
$r = $u->lmtp(from => 'x@example.net', to => $to, data => 'X: ' . 'h' x 10_000_000 . "\n\nhello\n");
like($r, qr/^552 5\.3\.4/, 'a header of 10 MB: 552');

# Smuggling: nothing but CRLF.CRLF ends a message.
for my $end ("\n.\n", "\r\n.\n", "\n.\r\n", "\r.\r", "\r\n.\r", "\r.\r\n") {
	my $s = $u->session;
	print $s "MAIL FROM:<x\@example.net>\r\nRCPT TO:<$to>\r\nDATA\r\n";
	$u->reply($s) for 1 .. 3;
	print $s "From: smuggler\@example.net\r\n\r\nhello$end" .
	    "MAIL FROM:<y\@example.net>\r\nRCPT TO:<$to>\r\nDATA\r\nFrom: smuggled\@example.net\r\n\r\nx\r\n.\r\n";
	like($u->reply($s), qr/^550 5\.6\.0/, 'one refusal for ' . join ' ', map { sprintf '%02x', ord } split //, $end);
	print $s "NOOP\r\n";
	like($u->reply($s), qr/^250/, 'and the next reply is to the next command');
	close $s;
}
ok($u->settle);
is(scalar($u->mails_to('smuggled@example.net')), 0, 'nothing was smuggled');

# A thousand idle connections.
my @idle = map { $u->connect } 1 .. 1000;
is(scalar(grep { defined } @idle), 1000, 'a thousand idle connections');
others_are_served('beside a thousand idle connections');
# Slow senders: a byte now and then.
my @slow = map { $u->session } 1 .. 50;
for my $s (@slow) { print $s "MAIL FROM:<x\@example.net>\r\nRCPT TO:<$to>\r\nDATA\r\nFrom: a" }
for (1 .. 5) { for my $s (@slow) { print $s 'a' } }
others_are_served('beside slow senders');
# An endless line.
my $s = $u->session;
$SIG{PIPE} = 'IGNORE';
for (1 .. 2000) { print $s 'x' x 10000 or last }
others_are_served('beside an endless line');
close $_ for @idle, @slow, $s;

my $pss = 0;
for my $pid ($u->{pid}, values %{ $u->roles }) {
	my ($kb) = (Undersigned::slurp("/proc/$pid/smaps_rollup") // '') =~ /^Pss:\s+(\d+)/m;
	$pss += $kb // 0;
}
diag "all roles together: $pss kB";
cmp_ok($pss, '<', 200_000, 'memory is bounded') unless -e "$Undersigned::BUILD/sanitized";
unlike($u->log, qr/signal|restart/i, 'no role died') or diag $u->log;
is($u->stop, 0, 'ends cleanly');
done_testing;
