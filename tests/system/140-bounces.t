#!/usr/bin/perl
# What comes back: the ladder of bounces, forged ones, faults of ours, complaints.
use strict;
use warnings;
use Test::More;
use File::Basename;
use JSON::PP;
use Time::HiRes qw(sleep);
use lib dirname(__FILE__);
use Undersigned;

my $u = Undersigned->new;
ok($u->start, 'the daemon starts') or BAIL_OUT($u->log);
my $d = 'petitions.example.org';
my $c = 'manuchehr';
my $day = 86400;

sub back_to { return ($_[0]->header('Return-Path') // '') =~ /<([^>]+)>/ ? $1 : '' }

# RFC 3464, as a mail system would write it of the mail that it is about.
sub bounce {
	my ($to, %o) = @_;
	my $status = $o{status} // '5.1.1';
	my $action = $o{action} // 'failed';
	my $whom = $o{whom} // 'nobody@elsewhere.example';
	my $serial = ++$Undersigned::serial;
	return $u->lmtp(from => $o{from} // '', to => $to, data => <<EOM);
From: Mail Delivery System <MAILER-DAEMON\@mx.example.net>
To: $to
Subject: Undelivered Mail Returned to Sender
Message-ID: <bounce$serial\@mx.example.net>
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b"

--b
Content-Type: text/plain

I am sorry: $status.

--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.net

Final-Recipient: rfc822; $whom
Action: $action
Status: $status
Diagnostic-Code: smtp; @{[ $action eq 'delayed' ? 451 : 550 ]} $status said so

--b--
EOM
}

sub complaint {
	my ($to, $inner, $type) = @_;
	my $serial = ++$Undersigned::serial;
	return $u->lmtp(from => 'fbl@provider.example', to => $to, data => <<EOM);
From: Feedback <fbl\@provider.example>
To: $to
Subject: complaint
Message-ID: <fbl$serial\@provider.example>
MIME-Version: 1.0
Content-Type: multipart/report; report-type=feedback-report; boundary="b"

--b
Content-Type: text/plain

This is an email abuse report.

--b
Content-Type: message/feedback-report

Feedback-Type: $type
User-Agent: Provider/1.0
Version: 1

--b
Content-Type: message/rfc822

$inner
--b--
EOM
}

sub list {
	my ($st, $json, $err) = $u->undersign('list', $c, '--format=json');
	return $st == 0 ? decode_json($json) : { error => $err };
}
sub one {
	my ($state) = @_;
	my ($st, $json) = $u->undersign('list', $c, '--state', $state, '--addresses', '--format=json');
	return { map { $_->{address} => $_ } @{ decode_json($json)->{signers} } };
}
sub shown { return ($u->undersign('signer', $c, 'show', $_[0]))[1] }
# Let days pass, and the daemon notice.
sub days { $u->pass($_[0] * $day); sleep 1.6 }

my %back;               # b-token addresses by person
my %n;                  # mails so far
sub signer {
	my ($who, $news) = @_;
	my ($request, $receipt) = $u->sign(name => ucfirst $who, from => "$who\@example.net",
	    body => $news ? "News: yes\n" : '');
	$back{$who} = back_to($receipt) if $receipt;
	$n{$who} = 2;
	return $receipt;
}
sub next_mail {
	my ($who, $seconds) = @_;
	my $m = $u->mail_to("$who\@example.net", $n{$who} + 1, $seconds // 10);
	$n{$who}++ if $m;
	return $m;
}

# ---- a mailbox that dies ------------------------------------------------------

ok(signer('ada', 1), 'Ada has signed and wants news') or BAIL_OUT($u->log);
like($back{ada}, qr/^manuchehr\+b-[a-z2-7]{37}\@/, 'her mail has an envelope sender of its own');
is(list()->{active}, 1, 'she is active');
like(bounce($back{ada}), qr/^250/, 'a bounce is taken');
is(one('bouncing')->{'ada@example.net'}{step}, 'bounced', 'the first rung, whatever address the text names');
is(one('bouncing')->{'ada@example.net'}{code}, '5.1.1', 'and why');
bounce($back{ada}) for 1 .. 5;
is(one('bouncing')->{'ada@example.net'}{step}, 'bounced', 'more of the same changes nothing');
is(list()->{active}, 1, 'she still gets updates');
days(3.1);
my $warning = next_mail('ada');
ok($warning, 'after three days she is warned') or diag $u->log;
like($warning->subject, qr/our mail to you came back/, 'in her language') if $warning;
my $own = back_to($warning);
like($own, qr/^manuchehr\+p-[a-z2-7]{37}\@/, 'with an envelope sender of the ladder');
is($warning->header('Precedence'), undef, 'it is not bulk');
ok($warning->header('List-Unsubscribe'), 'it has a way out');
bounce($back{ada}) for 1 .. 3;
is(one('bouncing')->{'ada@example.net'}{step}, 'warned', 'bounces of other mail do not go on from here');
bounce($own, status => '5.7.1');
is(one('bouncing')->{'ada@example.net'}{step}, 'warned', 'nor a warning refused for what we are');
bounce($own, action => 'delayed', status => '4.4.1');
is(one('bouncing')->{'ada@example.net'}{step}, 'warned', 'nor one that is late');
days(1);
bounce($own);
is(one('bouncing')->{'ada@example.net'}{step}, 'warning-bounced', 'the warning came back');
bounce($own);
is(one('bouncing')->{'ada@example.net'}{step}, 'warning-bounced', 'twice is once');
days(6.1);
my $probe = next_mail('ada');
ok($probe, 'a probe goes out, a week after the warning') or diag $u->log;
my $last = back_to($probe);
like($last, qr/\+p-/, 'with a sender of the ladder');
isnt($last, $own, 'which is another');
bounce($own);
is(one('bouncing')->{'ada@example.net'}{step}, 'probed', 'a late bounce of the warning is none of the probe');
is($u->count('confirmed'), 1, 'she counts');
bounce($last);
is(list()->{unreachable}, 1, 'the probe came back: no updates');
is(list()->{active}, 0, 'any more');
is($u->count('confirmed'), 1, 'and her signature counts as before');
my ($ust, $meant) = $u->undersign('uncount', 'manuchehr', '--where', 'unreachable', '--because', 'unreachable', '--dry-run');
is($ust, 0, 'who is unreachable can be chosen');
like($meant, qr/^Meant: 1 of 1 .*^Note: an address that broke after its owner had confirmed/ms, 'by staff, who are warned');
my $show = shown('ada@example.net');
like($show, qr/unreachable since \d{4}-\d\d-\d\d: no such mailbox \(5\.1\.1\)/, 'signer show says why');
like($show, qr/sent: request.*sent: receipt.*sent: warning.*sent: probe/s, 'what was sent');
like($show, qr/bounced \(5\.1\.1\)/, 'and what came back');

# She comes back.
my $r = $u->write_mail(from => 'ada@example.net', to => $probe->reply_to, body => "UPDATES\n");
like($r, qr/^250/, 'she asks for updates again');
ok(next_mail('ada'), 'which is confirmed');
is(list()->{active}, 1, 'and she gets them');
is(list()->{unreachable}, 0, 'reachable again');
($ust, $meant) = $u->undersign('uncount', 'manuchehr', '--where', 'unreachable', '--dry-run');
is($ust, 1, 'and nobody is meant by that any more');

# ---- forged ones, and those of others ----------------------------------------------

signer('bob', 1);
my $forged = $back{bob};
substr($forged, 20, 1) = substr($forged, 20, 1) eq 'a' ? 'b' : 'a';
like(bounce($forged), qr/^550 5\.1\.1/, 'a bounce to a token that is not ours is refused');
like(bounce("manuchehr\@$d"), qr/^250/, 'one to the plain address is taken');
is(list()->{bouncing}, 0, 'and does nothing');
bounce($back{ada}, whom => 'bob@example.net');
is_deeply([keys %{ one('bouncing') }], ['ada@example.net'], 'the token says who it is, not the text');
like(bounce($back{bob}, from => 'eve@example.com', status => '5.1.1'), qr/^250/, 'with any sender');
$u->write_mail(from => 'eve@example.com', to => $back{bob}, body => "STOP\n");
is(list()->{stopped}, 0, 'a human at the address of bounces does nothing');
$u->write_mail(from => 'bob@example.net', to => $back{bob}, subject => 'Out of office',
    header => 'Auto-Submitted: auto-replied', body => "I am away\n");
is(one('bouncing')->{'bob@example.net'}{step}, 'bounced', 'nor an automatic reply');

# All of them forgiven.
days(3.1);
ok(next_mail('bob'), 'Bob is warned');
days(31);
is(list()->{bouncing}, 0, 'a month without a bounce of the warning: forgiven');
like(shown('bob@example.net'), qr/bounces forgiven/, 'as signer show says');

# A forger who knows the address of bounces can have him warned, no more.
for (1 .. 3) {
	bounce($back{bob});
	days(3.1);
	next_mail('bob', 5);
	bounce($back{bob}) for 1 .. 5;
}
is(list()->{unreachable}, 0, 'forged bounces end nothing');

# An answer shows that the mailbox lives.
my $answer = ($u->mails_to('bob@example.net'))[-1];
$u->write_mail(from => 'bob@example.net', to => $answer->reply_to, body => "STATUS\n");
ok(next_mail('bob'), 'Bob answers');
is(list()->{bouncing}, 0, 'and is on no rung any more') or diag shown('bob@example.net');

# ---- soft ones --------------------------------------------------------------------------

signer('cleo', 1);
bounce($back{cleo}, status => '5.2.2');
is(one('bouncing')->{'cleo@example.net'}{step}, 'soft', 'a full mailbox is soft');
days(10);
bounce($back{cleo}, status => '4.2.2');
is(one('bouncing')->{'cleo@example.net'}{step}, 'soft', 'still after ten days');
days(5);
bounce($back{cleo}, status => '5.2.2');
is(one('bouncing')->{'cleo@example.net'}{step}, 'bounced', 'after a fortnight of nothing else it counts');
days(31);
signer('dora', 1);
bounce($back{dora}, status => '5.2.2');
days(31);
is(one('bouncing')->{'dora@example.net'}, undef, 'one soft bounce is forgiven');

# ---- no updates, no warning ---------------------------------------------------------------

signer('emil', 0);
bounce($back{emil});
days(3.1);
is(next_mail('emil', 2), undef, 'who does not want updates is not warned');
is(one('bouncing')->{'emil@example.net'}, undef, 'and is on no rung');
is($u->count('confirmed'), 5, 'all of them count');

# ---- our own faults ------------------------------------------------------------------------

sub alarms { return grep { $_->text =~ /of our mails for what we are/ } $u->mails_to('staff@example.org') }
my $told = () = alarms();      # of the warning refused above
sub wait_for_alarms { for (1 .. 100) { last if $_[0] <= (() = alarms()); sleep 0.1 } return scalar(() = alarms()) }
signer('fay', 1);
bounce($back{fay}, status => '5.7.1') for 1 .. 3;
bounce($back{emil}, status => '5.7.26');
is(one('bouncing')->{'fay@example.net'}, undef, 'a fault of ours counts against nobody');
$u->pass(3700);
sleep 1.6;
is(wait_for_alarms($told + 1), $told + 1, 'staff are told') or diag $u->log;
like((alarms())[-1]->text, qr/refused 4 of our mails/, 'how many it were');
bounce($back{fay}, status => '5.7.1');
$u->pass(3700);
sleep 1.6;
is(scalar(() = alarms()), $told + 1, 'once a day');
$u->pass($day);
sleep 1.6;
is(wait_for_alarms($told + 2), $told + 2, 'and again the next day');

# ---- never reached -------------------------------------------------------------------------

$u->write_mail(from => 'gus@example.net', to => "manuchehr\@$d");
my $request = $u->mail_to('gus@example.net');
bounce(back_to($request), status => '5.1.1');
is(list()->{unreachable}, 1, 'a request that came back: not reached');
like(shown('gus@example.net'), qr/unreachable since .*the request came back/, 'and why');
days(4);
is(scalar(() = $u->mails_to('gus@example.net')), 1, 'no reminder');
days(11);
is($u->count('expired'), 1, 'never confirmed, so it expires');
is(list()->{unreachable}, 0, 'and nothing is left of it');

# ---- complaints ----------------------------------------------------------------------------

my $receipt = signer('hana', 1);
# Staff get a digest of the day meanwhile.
sub others { return scalar grep { $_->to ne 'staff@example.org' } $u->mails }
my $before = others();
like(complaint("manuchehr\@$d", $receipt->raw, 'not-spam'), qr/^250/, 'a report that it is no spam');
is(list()->{complained}, 0, 'is no complaint');
like(complaint("manuchehr\@$d", $receipt->raw, 'abuse'), qr/^250/, 'a complaint, to any address of ours');
is(list()->{complained}, 1, 'finds her by the tokens in it');
is(one('complained')->{'hana@example.net'}{reason}, 'complaint', 'with the reason');
like(shown('hana@example.net'), qr/updates\s+no/, 'no updates any more');
is($u->count('confirmed'), 7, 'her signature is as it was');
my $redacted = signer('ivo', 1);
complaint(back_to($redacted), "From: x\@y.example\nSubject: redacted\n\nnothing\n", 'abuse');
ok(one('complained')->{'ivo@example.net'}, 'or by the address it came to');
complaint("manuchehr\@$d", "From: x\@y.example\nSubject: s\n\n<manuchehr+u-" . 'a' x 37 . "\@$d>\n", 'abuse');
is(list()->{complained}, 2, 'a token that is not ours finds nobody');
sleep 0.5;
is(others(), $before + 2, 'a complaint is never answered');

# ---- FORGET ---------------------------------------------------------------------------------

$u->undersign('signer', $c, 'forget', 'hana@example.net');
is(list()->{complained}, 1, 'forgotten here too');
unlike(shown('hana@example.net'), qr/history|complain/, 'with her history');
bounce(back_to($receipt));
unlike(shown('hana@example.net'), qr/history/, 'and nothing is noted any more');

my ($st, $out, $err) = $u->undersign('list', $c, '--state', 'bouncing', '--format', 'csv');
unlike($out, qr/\@/, 'without --addresses there are none');
is(($u->undersign('list', $c, '--state', 'nonsense'))[0], 2, 'a wrong state is told');
is(($u->undersign('list', $c, '--addresses'))[0], 2, 'addresses of nobody in particular too');
is(($u->undersign('list', $c))[0], 0, 'a table');
for my $address (0, 1) {
	my @table = split /^/, ($u->undersign('list', $c, '--state', 'complained', $address ? '--addresses' : ()))[1];
	like(shift @table, qr/^number +state +step +reason +code +since +language +country@{[$address ? ' +address' : '']} *\n\z/,
	    'person by person: its heads' . ($address ? ', with addresses' : ''));
	cmp_ok(scalar @table, '>', 0, 'and people');
	my $row = qr/^ *\d+ +complained .* \d{4}-\d\d-\d\d +en /;
	is(scalar(grep { !/$row/ } @table), 0, 'each in a row of her own') or diag @table;
}
unlike($u->log, qr/example\.net/, 'no address in the log');
is($u->stop, 0, 'stops');
done_testing;
