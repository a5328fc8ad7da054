#!/usr/bin/perl
# The keeper at its worst moments: she is forgotten while her mail is on its
# way, a reload or the clock comes in the middle of a batch, a row that cannot
# be read, a campaign that is away.  One of them never holds up the others.
# SPDX-License-Identifier: ISC
use strict;
use warnings;
use Test::More;
use File::Basename;
use IO::Socket::INET;
use Time::HiRes qw(sleep time);
use lib dirname(__FILE__);
use Undersigned;

my $d = 'petitions.example.org';
my $to = "manuchehr\@$d";

sub wait_for {
	my ($seconds, $what) = @_;
	my $end = time + $seconds;
	while (time < $end) {
		return 1 if $what->();
		sleep 0.05;
	}
	return 0;
}

# A letter whose answer is not waited for yet.
sub begin_letter {
	my ($u, $from, $rcpt) = @_;
	my $s = $u->session;
	print $s "MAIL FROM:<$from>\r\nRCPT TO:<$rcpt>\r\nDATA\r\n";
	$u->reply($s) for 1 .. 3;
	return $s;
}
sub end_letter {
	my ($s, $from) = @_;
	print $s "From: $from\r\n\r\nhello\r\n.\r\n";
}

# ---- forgotten while her mail is on its way

# A relay that takes all of a mail and answers when it is told to.
my $listen = IO::Socket::INET->new(Listen => 10, LocalAddr => '127.0.0.1')
    or die "listen: $!";
$listen->timeout(15);
sub relay_until_dot {
	my $c = $listen->accept or return undef;
	$c->autoflush(1);
	print $c "220 relay\r\n";
	while (defined(my $line = $c->getline)) {
		last if $line eq ".\r\n";
		print $c $line =~ /^DATA/ ? "354 go on\r\n" : "250 good\r\n"
		    if $line =~ /^(EHLO|MAIL|RCPT|DATA|RSET)/;
	}
	return $c;
}
my $u = Undersigned->new(relay => 'smtp://127.0.0.1:' . $listen->sockport);
ok($u->start, 'starts') or BAIL_OUT($u->log);
like($u->write_mail(from => 'gone@example.net', to => $to), qr/^250/, 'she signs');
my $c = relay_until_dot();
ok($c, 'her mail is on its way');
is(($u->undersign('signer', 'manuchehr', 'forget', 'gone@example.net'))[0], 0,
    'staff forget her meanwhile');
print $c "250 taken\r\n";
sleep 0.5;
like($u->write_mail(from => 'next@example.net', to => $to), qr/^250/,
    'the next is taken all the same');
unlike($u->log, qr/batch=failed/, 'and no batch failed');
is($u->stop, 0, 'ends cleanly');

# ---- a reload, and the clock, in the middle of a batch

$u = Undersigned->new;
ok($u->start, 'starts') or BAIL_OUT($u->log);
$u->write_mail(from => 'early@example.net', to => $to);
ok($u->mail_to('early@example.net'), 'somebody to be reminded');
my $keeper = $u->roles->{keeper};
my @s = map { begin_letter($u, "b$_\@example.net", $to) } 1 .. 3;
kill 'STOP', $keeper;
end_letter($s[0], 'b1@example.net');
sleep 0.2;
$u->hup;
$u->pass(3 * 86400 + 60);
sleep 1.2;
kill 'CONT', $keeper;
like($u->reply($s[0]), qr/^250/, 'the letter is taken');
ok(wait_for(5, sub { 3 == (() = $u->log =~ /reload=done/g) }),
    'the keeper reloads with letters in hand') or diag $u->log;
kill 'STOP', $keeper;
end_letter($s[$_], 'b' . ($_ + 1) . '@example.net') for 1, 2;
sleep 1.2;
kill 'CONT', $keeper;
like($u->reply($s[$_]), qr/^250/, 'and the next') for 1, 2;
ok($u->mail_to('early@example.net', 2), 'the reminder is not held up');
unlike($u->log, qr/reload=failed|within a transaction/,
    'nothing began a transaction in the middle of one') or diag $u->log;

# ---- a campaign that is away

is(($u->undersign('campaign', 'new', 'river', '--title', 'River', '--language',
    'en'))[0], 0, 'another campaign');
like($u->write_mail(from => 'r1@example.net', to => "river\@$d"), qr/^250/,
    'has mail');
my $river = $u->mail_to('r1@example.net');
ok($river, 'and answers') or BAIL_OUT($u->log);
rename "$u->{dir}/campaigns/river", "$u->{dir}/river" or die $!;
kill 'KILL', $keeper;
ok(wait_for(10, sub { my $new = $u->roles->{keeper}; $new && $new != $keeper }),
    'the keeper starts again without its folder');
ok(wait_for(10, sub { ($u->write_mail(from => 'w@example.net', to => $to) // '')
    =~ /^250/ }), 'and works');
ok($u->mail_to('w@example.net'), 'and answers');
sleep 1;
my $r = begin_letter($u, 'r2@example.net', "river\@$d");
my $began = time;
end_letter($r, 'r2@example.net');
my $ready = IO::Select->new($r)->can_read(5);
ok($ready, 'who writes to it is answered at once');
like($u->reply($r), qr/^4/, 'with a not now') if $ready;
like(scalar $u->write_mail(from => 'r1@example.net', to => $river->reply_to,
    body => "Yes\n"), qr/^4/, 'as is who confirms');
is($u->stop, 0, 'ends cleanly');

# ---- a row that does not open

SKIP: {
	skip 'no sqlite3 here', 6 unless -x '/usr/bin/sqlite3';
	my $v = Undersigned->new;
	ok($v->start, 'starts') or BAIL_OUT($v->log);
	for my $who (qw(bad good)) {
		$v->write_mail(from => "$who\@example.net", to => $to);
		$v->mail_to("$who\@example.net") or diag $v->log;
	}
	is(system('sqlite3', "$v->{dir}/state/undersigned.db", '.timeout 5000',
	    'UPDATE signature SET identity = randomblob(89) WHERE id = (SELECT min(id) FROM signature)'), 0,
	    'a row is damaged');
	$v->pass(3 * 86400 + 60);
	ok($v->mail_to('good@example.net', 2), 'others are reminded')
	    or diag $v->log;
	$v->pass(12 * 86400);
	ok(wait_for(10, sub { $v->count('pending') eq '0' }),
	    'and all of them expire in the end') or diag $v->log;
	like($v->write_mail(from => 'third@example.net', to => $to), qr/^250/,
	    'mail is taken');
	is($v->stop, 0, 'ends cleanly');
	unlike($v->log, qr/time=failed/, 'time never failed');
}
# ---- mail that cannot go, in front of mail that can

SKIP: {
	skip 'no sqlite3 here', 6 unless -x '/usr/bin/sqlite3';
	my $v = Undersigned->new;
	ok($v->start, 'starts') or BAIL_OUT($v->log);
	is($v->stop, 0, 'and ends');
	is(system('sqlite3', "$v->{dir}/state/undersigned.db", <<'SQL'), 0,
INSERT INTO campaign (id, slug, state, next_number) VALUES (77, 'away', 1, 1);
WITH RECURSIVE n (i) AS (SELECT 1000 UNION ALL SELECT i + 1 FROM n WHERE i < 20999)
	INSERT INTO outbox (id, campaign, signature, class, kind, language, serial,
		created_at, due_at, attempts, parked, payload)
	SELECT i, CASE WHEN i < 20000 THEN 77 ELSE 1 END, 0, 1, 'request', 'en',
		randomblob(16), 1000, 1000, 0, 0, randomblob(100) FROM n;
UPDATE sequence SET value = 30000 WHERE name = 'outbox';
SQL
	    '20,000 mails whose campaign is away or whose seal is broken');
	ok($v->start, 'starts again') or BAIL_OUT($v->log);
	$v->write_mail(from => 'behind@example.net', to => $to);
	ok($v->mail_to('behind@example.net'), 'a mail behind them goes');
	my (undef, $out) = $v->undersign('status', '--format', 'json');
	like($out, qr/"held":\s*19000\b/, 'those wait for the campaign')
	    or diag $out;
	is($v->stop, 0, 'ends cleanly');
}

# ---- one recipient for whom the relay always asks us to log in

my $relay = IO::Socket::INET->new(Listen => 10, LocalAddr => '127.0.0.1')
    or die "listen: $!";
my $pid = fork // die "fork: $!";
if ($pid == 0) {
	$SIG{CHLD} = 'IGNORE';
	while (1) {
		my $s = $relay->accept or next;
		next if fork;
		$s->autoflush(1);
		print $s "220 relay\r\n";
		my $data = 0;
		while (defined(my $line = $s->getline)) {
			$data = 0, print $s "250 taken\r\n" if $data && $line eq ".\r\n";
			next if $data;
			next if $line eq ".\r\n";
			$data = 1 if $line =~ /^DATA/;
			print $s $line =~ /^RCPT TO:<wall/ ? "530 5.7.0 log in\r\n" :
			    $line =~ /^RCPT TO:<(\w+)/ ? (Undersigned::spew(
			    "$u->{dir}/got.$1", ''), "250 good\r\n")[1] :
			    $line =~ /^DATA/ ? "354 go on\r\n" :
			    $line =~ /^QUIT/ ? "221 bye\r\n" : "250 good\r\n";
		}
		POSIX::_exit(0);
	}
}
my $w = Undersigned->new(relay => 'smtp://127.0.0.1:' . $relay->sockport);
ok($w->start, 'starts') or BAIL_OUT($w->log);
$w->write_mail(from => "wall$_\@example.net", to => $to) for 1 .. 3;
sleep 0.5;
$w->write_mail(from => 'free@example.net', to => $to);
ok(wait_for(25, sub { -e "$u->{dir}/got.free" }),
    'a mail behind three that the relay takes amiss goes') or diag $w->log;
is($w->stop, 0, 'ends cleanly');
kill 'TERM', $pid;
waitpid $pid, 0;

# ---- a single mail, and a relay that was down for some probes

my $port = do {
	my $l = IO::Socket::INET->new(Listen => 1, LocalAddr => '127.0.0.1') or die;
	$l->sockport;
};
my $x = Undersigned->new(relay => "smtp://127.0.0.1:$port");
ok($x->start, 'starts with the relay down') or BAIL_OUT($x->log);
$x->write_mail(from => 'only@example.net', to => $to);
ok(wait_for(12, sub { 3 <= (() = $x->log =~ /relay-down/g) }), 'it is tried thrice')
    or diag $x->log;
$listen = IO::Socket::INET->new(Listen => 1, LocalAddr => '127.0.0.1',
    LocalPort => $port, ReuseAddr => 1) or die "listen: $!";
$listen->timeout(20);
$c = relay_until_dot();
ok($c, 'and goes when the relay is back');
print $c "250 taken\r\n" if $c;
is($x->stop, 0, 'ends cleanly');
# ---- intake starts again while a folder is being edited

$x = Undersigned->new;
is(($x->undersign('campaign', 'new', 'river', '--title', 'River', '--language',
    'en'))[0], 0, 'two campaigns');
ok($x->start, 'starts') or BAIL_OUT($x->log);
my $conf = "$x->{dir}/campaigns/river/campaign.conf";
my $good = Undersigned::slurp($conf);
Undersigned::spew($conf, "$good\nno_such_key = 1\n");
my $intake = $x->roles->{intake};
kill 'KILL', $intake;
ok(wait_for(10, sub { my $new = $x->roles->{intake}; $new && $new != $intake }),
    'intake starts again');
ok(wait_for(10, sub { (eval { $x->write_mail(from => 'o@example.net', to => $to) } // '')
    =~ /^250/ }), 'mail for the other campaign is taken');
like(scalar $x->write_mail(from => 'o@example.net', to => "river\@$d"), qr/^4/,
    'mail for the one with a mistake in it is not refused for good');
Undersigned::spew($conf, $good);
$x->hup;
ok(wait_for(5, sub { $x->write_mail(from => 'o@example.net', to => "river\@$d")
    =~ /^250/ }), 'and taken when that is mended');
like(scalar $x->write_mail(from => 'o@example.net', to => "lake\@$d"), qr/^550/,
    'one that is not there is refused again');
is($x->stop, 0, 'ends cleanly');

unlike($u->log, qr/Sanitizer|runtime error/, 'no sanitizer has a complaint');
done_testing;
