#!/usr/bin/perl
# Taking back, in public: 200 stuffed signatures among 300 are shown, uncounted by
# two people, and counted again by two people; one person alone, a stranger, a
# replay and a forger change nothing; and she whose signature it is sees nothing.
# SPDX-License-Identifier: ISC
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use JSON::PP;
use Test::More;
use Time::HiRes qw(sleep time);
use Undersigned;

my $c = 'manuchehr';
my $mx = 'mx.petitions.example.org';
my $u = Undersigned->new(extra => "trusted_authserv = \"$mx\"\n");
my $d = $u->{domain};
my $conf = "$u->{dir}/campaigns/$c/campaign.conf";
Undersigned::spew($conf, Undersigned::slurp($conf) =~ s/^(staff|approvers)\s*=.*\n//mgr .
    "staff = {\"anna\@example.net\", \"boris\@example.net\"}\n" .
    "approvers = {\"anna\@example.net\", \"boris\@example.net\", \"clara\@example.net\"}\n");
$u->start or BAIL_OUT('no daemon: ' . $u->log);

# ---- 100 people, and 200 of one hand ------------------------------------------

my (@real, @stuffed, %mail);
for my $i (1 .. 100) {
	my $n = $i % 25;
	push @real, { from => "person$i\@home$n.example", source => '', body => "Name: Person $i\nUpdates: yes\n",
	    top => "Received: from h.example (h.example [198.51.$n.7])\n\tby $mx (Postfix) with ESMTP id 1;\n\tMon, 23 Nov 2026 12:00:00 +0000" };
}
for my $i (1 .. 200) {
	my $host = $i % 250;
	push @stuffed, { from => "x$i\@stuffer.example", source => '+from-poster', body => "Name: Stuffed $i\nUpdates: yes\nWe demand his freedom because it is right and because we say so.\n",
	    top => "Received: from [6.6.6.6] (unknown [203.0.113.$host])\n\tby $mx (Postfix) with ESMTP id 1;\n\tMon, 23 Nov 2026 12:00:00 +0000\n" .
	        "Received: from a (b [192.0.2.99]) by $mx with SMTP" };
}

sub latest {
	my %to;
	for my $m ($u->mails) {
		push @{ $to{ $m->to } }, $m;
	}
	return \%to;
}

sub post {
	my ($s, %m) = @_;
	my $top = delete $m{top};
	return ($u->lmtp(session => $s, from => $m{from}, to => $m{to}, data => ($top ? "$top\n" : '') . $u->message(%m)))[0];
}

my $s = $u->session;
my $bad = grep { post($s, %$_, to => "$c$_->{source}\@$d") !~ /^250/ } @real, @stuffed;
is($bad, 0, 'all ask to sign');
ok($u->settle(90), 'all are asked');
my $to = latest();
$bad = 0;
for my $p (@real, @stuffed) {
	my $request = $to->{ $p->{from} }[0] or next;
	$bad++ if post($s, from => $p->{from}, to => $request->reply_to, subject => 'Re', body => "Yes\n",
	    header => 'In-Reply-To: ' . $request->header('Message-ID')) !~ /^250/;
}
is($bad, 0, 'all confirm');
ok($u->settle(90), 'all are thanked');
is($u->count('confirmed'), 300, '300 signatures');

# ---- and 15 more that nobody confirms ----------------------------------------------

$bad = grep { post($s, from => "f$_\@flood.example", to => "$c\@$d", body => "Name: F $_\n") !~ /^250/ } 1 .. 12;
$bad += grep { post($s, from => $_, to => "$c\@$d", body => "\n") !~ /^250/ } 'a.b@mailinator.com', 'ab+1@mailinator.com', 'ab+2@mailinator.com';
is($bad, 0, 'a flood');

# ---- what it looks like -----------------------------------------------------------

my ($st, $out, $err) = $u->undersign('review', $c, '--format=json');
is($st, 0, 'a review') or diag $err;
my $r = decode_json($out);
my %by;
push @{ $by{ $_->{kind} } }, $_ for @{ $r->{groups} };
is($r->{counted}, 300, 'of all that count');
is($by{domain}[0]{value}, 'stuffer.example', 'names the domain');
is($by{domain}[0]{counted}, 200, 'with its number');
is($by{domain}[0]{share}, '66.7', 'and its share');
is($by{domain}[0]{where}, 'domain=stuffer.example', 'and how to choose it');
is($by{source}[0]{where}, 'source=poster', 'the source');
is($by{network}[0]{counted}, 200, 'the network that our own host had it from');
is($by{'same text'}[0]{counted}, 200, 'the text but for her own name');
is($by{unconfirmed}[0]{unconfirmed}, 12, 'what nobody confirms');
like($by{unconfirmed}[0]{where}, qr/^domain=flood\.example and from=\d{4}-\d\d-\d\d \d\d and until=/, 'of one domain and hour');
is($by{disposable}, undef, 'nothing of domains for a day counts yet');
unlike($out, qr/person|x\d+@|\@stuffer|Stuffed|Person/, 'and nobody');
($st, $out) = $u->undersign('review', $c);
like($out, qr/domain\s+200\s+66\.7%.*stuffer\.example/, 'as a table too');
($st, $out) = $u->undersign('uncount', $c, '--dry-run', '--where', 'network=203.0.113.0/24');
like($out, qr/Meant: 200 of 300/, 'a network by its name');
($st, $out, $err) = $u->undersign('uncount', $c, '--dry-run', '--where', 'network=192.0.2.0/24');
is($st, 1, 'a line that the sender wrote herself is not believed');
like($err, qr/nobody is meant/, 'and means nobody');
($st, $out) = $u->undersign('uncount', $c, '--dry-run', '--where', "text=$by{'same text'}[0]{value} and pattern=\"^stuffed 1\\d\$\"");
like($out, qr/Meant: 10 of 300/, 'a text and a pattern');
Undersigned::spew("$u->{dir}/list", "1\n2,3\n");
($st, $out) = $u->undersign('uncount', $c, '--dry-run', '--where', "list=$u->{dir}/list");
like($out, qr/Meant: 3 of 300/, 'a list of numbers');
($st, $out, $err) = $u->undersign('uncount', $c, '--dry-run', '--where', 'domain=stuffer.example and from=2020-01-01 and until=2020-01-02 12');
is($st, 1, 'a time at which nobody signed');
like($err, qr/nobody is meant/, 'and means nobody');
my ($yesterday, $tomorrow) = map { POSIX::strftime('%Y-%m-%d', gmtime time + $_ * 86400) } -1, 1;
($st, $out, $err) = $u->undersign('uncount', $c, '--dry-run', '--where', "domain=stuffer.example and from=$yesterday and until=$tomorrow 12");
is($st, 0, 'a time at which they did') or diag $err;
like($out, qr/Meant: 200 of 300/, 'means them');
($st, $out, $err) = $u->undersign('uncount', $c, '--dry-run', '--where', 'domain=stuffer.example');
is($st, 0, 'a preview') or diag $err;
like($out, qr/^Some of them:\nnumber .*\n +\d+ +\d{4}-/m, 'shows some of them');
unlike($out, qr/Stuffed/, 'and names nobody');
($st, $out) = $u->undersign('uncount', $c, '--dry-run', '--names', '--where', 'domain=stuffer.example');
like($out, qr/Stuffed \d/, 'unless it is asked to');
is($u->count('uncounted'), 0, 'looking changes nothing');

# ---- one mailbox of many spellings, at a domain for a day ----------------------------

for my $from ('a.b@mailinator.com', 'ab+1@mailinator.com', 'ab+2@mailinator.com') {
	my $request = $u->mail_to($from);
	$u->write_mail(from => $from, to => $request->reply_to, body => "Yes\n");
	ok($u->mail_to($from, 2, 30), 'one more');
}
($st, $out) = $u->undersign('review', $c, '--format=json');
my %more = map { $_->{kind} => $_ } grep { $_->{kind} =~ /mailbox|disposable/ } @{ decode_json($out)->{groups} };
is($more{disposable}{counted}, 3, 'three of a domain for a day');
is($more{'one mailbox'}{counted}, 3, 'of one mailbox');
unlike($out, qr/a\.b\@|ab\+1/, 'which is not named');
($st, $out) = $u->undersign('uncount', $c, '--dry-run', '--where', "disposable and $more{'one mailbox'}{where}");
like($out, qr/Meant: 3 of 303/, 'both choose them');
$u->undersign('signer', $c, 'withdraw', $_) for 'a.b@mailinator.com', 'ab+1@mailinator.com', 'ab+2@mailinator.com';
($st, $out) = $u->undersign('review', $c, '--format=json');
unlike($out, qr/"kind": "one mailbox"/, 'who withdraws leaves nothing to compare');

# ---- one cannot do it alone ----------------------------------------------------------

my @where = ('--where', 'domain=stuffer.example');
my $reason = 'sent by one hand from one server within an hour';
sub propose { return $u->undersign('uncount', $c, @where, @_) }
($st) = propose('--as', 'anna@example.net');
is($st, 2, 'no reason, no proposal');
($st) = propose('--as', 'anna@example.net', '--reason', 'it was eve@example.org');
is($st, 2, 'a reason that names somebody neither');
($st, $out, $err) = propose('--as', 'eve@example.org', '--reason', $reason);
is($st, 1, 'nor one by a stranger');
($st, $out, $err) = propose('--as', 'anna@example.net', '--reason', $reason);
is($st, 0, 'staff propose it') or diag $err;
my $ask = $u->mail_to('boris@example.net');
my $copy = $u->mail_to('anna@example.net');
my $third = $u->mail_to('clara@example.net');
like($ask ? $ask->text : '', qr/\Q$reason\E.*200.*66\.7%/s, 'boris is asked: why, how many, what share');
like($ask->reply_to, qr/\+a-/, 'and may answer');
ok($third && $third->reply_to =~ /\+a-/, 'so is clara');
unlike($copy ? ($copy->reply_to // '') : 'none', qr/\+a-|none/, 'anna is told, and cannot');

sub answer {
	my ($mail, $from, $word, %o) = @_;
	return post($u->session, from => $from, to => $mail->reply_to, subject => 'Re: ' . $mail->subject, body => "$word\n", %o);
}
like(answer($ask, 'anna@example.net', 'YES'), qr/^550/, "anna with boris' address is refused");
like(answer($ask, 'eve@example.org', 'YES'), qr/^550/, 'a stranger with it too');
like(answer($ask, 'boris@example.net', 'YES', top => "Authentication-Results: $mx; dmarc=fail header.from=example.net"),
    qr/^550/, 'and who forges boris');
my ($aa) = $ask->reply_to =~ /\+a-([a-z2-7]+)\@/;
(my $other = $ask->reply_to) =~ s/\+a-(.)/'+a-' . ($1 eq 'a' ? 'b' : 'a')/e;
like($u->write_mail(from => 'boris@example.net', to => $other, body => "YES\n"), qr/^550/, 'a token of nobody');
is($u->count('uncounted'), 0, 'nothing has happened');

# ---- what she sees, before -------------------------------------------------------------

sub bare {
	my ($m) = @_;
	return '' unless $m;
	my $t = $m->subject . "\n" . $m->text;
	$t =~ s/[a-z2-7]{30,}/TOKEN/g;
	return $t;
}
sub says {
	my ($who, $word) = @_;
	my $before = () = $u->mails_to($who);
	my ($receipt) = grep { ($_->reply_to // '') =~ /\+r-/ } $u->mails_to($who);
	$u->write_mail(from => $who, to => $receipt->reply_to, body => "$word\n");
	return bare($u->mail_to($who, $before + 1, 30));
}
my $she = 'x7@stuffer.example';
my %before = map { $_ => says($she, $_) } qw(STATUS RECEIPT HELP);
like($before{$_}, qr/\S/, "she gets an answer to $_") for qw(STATUS RECEIPT HELP);

# ---- yes, and kill -9 ---------------------------------------------------------------------

like(answer($ask, 'boris@example.net', 'YES'), qr/^250/, 'boris says yes');
$u->kill_all;
ok($u->start, 'killed and started again');
my $end = time + 60;
sleep 0.2 while time < $end && $u->count('uncounted') != 200;
is($u->count('uncounted'), 200, '200 are uncounted');
is($u->count('confirmed'), 100, '100 count');
my $batch = sub {
	my ($st, $json) = $u->undersign('uncount', $c, 'status', $_[0], '--format=json');
	return $st == 0 ? decode_json($json) : {};
};
$end = time + 30;
sleep 0.2 while time < $end && ($batch->(1)->{state} // '') ne 'done';
is($batch->(1)->{state}, 'done', 'the batch is done');
is($batch->(1)->{done}, 200, 'and says how many');
like(answer($ask, 'boris@example.net', 'NO'), qr/^250/, 'a second answer is taken in');
like(answer($third, 'clara@example.net', 'NO'), qr/^250/, 'and a late one');
ok($u->settle, 'they are told');
is($u->count('uncounted'), 200, 'and change nothing');
like(bare($u->mail_to('anna@example.net', 2)), qr/200 of 200/, 'anna hears of the end');
my ($est, $csv) = $u->undersign('export', $c);
is(scalar(() = $csv =~ /stuffer/g), 0, 'the list to hand in has none of them');
is(scalar(() = $csv =~ /person\d/g), 100, 'and all the others');
($est, $csv) = $u->undersign('export', $c, '--state=uncounted');
is(scalar(() = $csv =~ /stuffer/g), 200, 'they can be looked at');

# ---- what she sees, after ------------------------------------------------------------------

is(says($she, $_), $before{$_}, "$_ says what it said") for qw(STATUS RECEIPT HELP);
my ($first) = $u->mails_to($she);
my $n = () = $u->mails_to($she);
$u->pass(2 * 86400);
# Mails tell who waits for the tally: nobody does any more.
sub tally_status { return ($u->undersign('tally', $c, 'status', '--format=json'))[1] }
sub tally_settles {
	my $until = time + 60;
	sleep 0.2 while time < $until && tally_status() !~ /"waiting":0,"waiting_back":0\b/;
	like(tally_status(), qr/"waiting":0,"waiting_back":0\b/, 'nobody waits for the tally');
}
tally_settles();
like($u->write_mail(from => $she, to => $first->reply_to, body => "Yes\n"), qr/^250/, 'she confirms once more');
my $again = $u->mail_to($she, $n + 1, 30);
my $pn = () = $u->mails_to('person9@home9.example');
my ($pfirst) = $u->mails_to('person9@home9.example');
$u->write_mail(from => 'person9@home9.example', to => $pfirst->reply_to, body => "Yes\n");
my $pagain = $u->mail_to('person9@home9.example', $pn + 1, 30);
sub alike {             # two people's mails, but for what is theirs
	my ($m, $name, $number) = @_;
	my $t = bare($m);
	$t =~ s/\Q$name\E/NAME/g;
	$t =~ s/\b$number\b/NUMBER/g;
	$t =~ s/-----BEGIN UNDERSIGNED.*?-----END UNDERSIGNED/PROMISE/sg;        # of each her own
	return $t;
}
my ($list) = grep { /person9\@/ } split /\n/, ($u->undersign('export', $c))[1];
my ($unlist) = grep { /x7\@/ } split /\n/, $csv;
my ($pnumber) = $list =~ /^"?(\d+)/;
my ($xnumber) = $unlist =~ /^"?(\d+)/;
is(alike($again, 'Stuffed 7', $xnumber), alike($pagain, 'Person 9', $pnumber), 'and gets the very receipt that others get');
like($u->write_mail(from => $she, to => "$c\@$d", body => "Name: Stuffed 7\n"), qr/^250/, 'she asks to sign again');
my $ask2 = $u->mail_to($she, $n + 2, 30);
like($ask2 ? $ask2->reply_to : '', qr/\+c-/, 'and is asked as everybody is');
Undersigned::spew("$u->{dir}/news.en.md", "Good news.\n\nHe is free.\n");
my ($ust, $uout, $uerr) = $u->undersign('update', $c, 'new', '--subject', 'News', "$u->{dir}/news.en.md");
is($ust, 0, 'an update') or diag $uerr;
($ust, $uout, $uerr) = $u->undersign('update', $c, 'send', '1', '--yes');
like($uout, qr/goes to 300/, 'goes to all who asked for updates');
my $update = $u->mail_to($she, $n + 3, 60);
my $pupdate = $u->mail_to('person9@home9.example', $pn + 2, 60);
ok($update && $pupdate, 'it comes');
is(alike($update, 'Stuffed 7', $xnumber), alike($pupdate, 'Person 9', $pnumber), 'to her as to others');

# ---- who withdraws and signs again is not counted by that -------------------------------------

my $sneak = 'x8@stuffer.example';
says($sneak, 'WITHDRAW');
is($u->count('uncounted'), 199, 'one withdraws');
my $sn = () = $u->mails_to($sneak);
$u->write_mail(from => $sneak, to => "$c\@$d", body => "Name: Stuffed 8\n");
my $sreq = $u->mail_to($sneak, $sn + 1, 30);
$u->write_mail(from => $sneak, to => $sreq->reply_to, body => "Yes\n");
like(bare($u->mail_to($sneak, $sn + 2, 30)), qr/\S/, 'signs again and is thanked');
is($u->count('uncounted'), 200, 'and is uncounted still');
is($u->count('confirmed'), 100, 'in silence');

# The public tally hears of all that, with the next batch.
$u->pass(3601);
tally_settles();
like(tally_status(), qr/"counted":100\b/, 'the tally counts as many');

# ---- undone, by two again ------------------------------------------------------------------------

($st, $out, $err) = $u->undersign('uncount', $c, 'undo', 1, '--as', 'boris@example.net', '--reason', 'they wrote to us: a school has signed');
is($st, 0, 'an undoing is proposed') or diag $err;
($st) = $u->undersign('uncount', $c, 'undo', 1, '--as', 'boris@example.net', '--reason', 'twice');
is($st, 1, 'once');
$u->settle;
my ($undo) = reverse grep { ($_->reply_to // '') =~ /\+a-/ } $u->mails_to('anna@example.net');
is($u->count('uncounted'), 200, 'and waits');
like(answer($undo, 'anna@example.net', 'YES'), qr/^250/, 'anna says yes');
$end = time + 60;
sleep 0.2 while time < $end && $u->count('uncounted') != 0;
is($u->count('uncounted'), 0, 'all are');
is($u->count('confirmed'), 300, 'counted again');
($st, $out) = $u->undersign('uncount', $c, 'list');
like($out, qr/1\s+done.*2\s+done\s+1/s, 'both stand in the list');
$u->pass(3601);
tally_settles();
like(tally_status(), qr/"counted":300\b/, 'the tally counts them again');
($st, $out, $err) = $u->undersign('tally', $c, 'publish', "$u->{dir}/public");
is($st, 0, 'published') or diag $err;
($st, $out, $err) = $u->run('', "$Undersigned::BUILD/undersign", '-c', '/nonexistent', 'verify', '--tally-only',
    '--tally', "$u->{dir}/public");
is($st, 0, 'and whoever recomputes the count') or diag $out, $err;
like($out, qr/\b300\b/, 'finds as many');

# ---- a no, and a cancel ---------------------------------------------------------------------------

($st) = propose('--as', 'anna@example.net', '--reason', 'once more');
$u->settle;
my ($ask3) = reverse grep { ($_->reply_to // '') =~ /\+a-/ } $u->mails_to('boris@example.net');
like(answer($ask3, 'boris@example.net', 'NO'), qr/^250/, 'boris says no');
$end = time + 20;
sleep 0.2 while time < $end && ($batch->(3)->{state} // '') ne 'rejected';
is($batch->(3)->{state}, 'rejected', 'and that ends it');
($st) = propose('--as', 'anna@example.net', '--reason', 'and again');
($st, $out) = $u->undersign('uncount', $c, 'cancel', 4);
is($st, 0, 'staff cancel');
($st, $out) = $u->undersign('uncount', $c, 'cancel', 4);
is($st, 1, 'once');
is($u->count('confirmed'), 300, '300 count');
ok($u->log !~ /stuffer|example\.net|Stuffed/, 'the log names nobody');
($st, $out) = $u->undersign('signer', $c, 'forget', $she);
my $db = join '', map { Undersigned::slurp($_) // '' } glob("$u->{dir}/state/*");
ok($db !~ /stuffer\.example|203\.0\.113|demand his freedom/, 'nor does the database');
is($u->stop, 0, 'ends cleanly');
done_testing;
