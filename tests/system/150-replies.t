#!/usr/bin/perl
# What signers write in their own words: once, to the contact person for their
# country and language, answerable; and what must never go there.
use strict;
use warnings;
use utf8;
use Test::More;
use Encode qw(decode encode);
use File::Basename;
use Time::HiRes qw(sleep);
use lib dirname(__FILE__);
use Undersigned;

my $u = Undersigned->new;
ok($u->start, 'the daemon starts') or BAIL_OUT($u->log);
my $d = 'petitions.example.org';
my $c = 'manuchehr';
my %contact = (en => 'europe@example.org', tj => 'pamir@example.org', nb => 'nordic@example.org');
my %got;

sub signer {
	my ($who, $body) = @_;
	my ($request, $receipt) = $u->sign(name => ucfirst $who, from => "$who\@example.net",
	    body => encode('UTF-8', $body // ''));
	return ($request, $receipt);
}
sub write_to {
	my ($mail, %m) = @_;
	return $u->write_mail(to => $mail->reply_to, subject => 'Re: ' . $mail->subject, %m,
	    body => encode('UTF-8', $m{body} // ''));
}
# The next mail to a contact person, or undef.
sub contact_gets {
	my ($who, $seconds) = @_;
	my $m = $u->mail_to($contact{$who}, ($got{$who} // 0) + 1, $seconds // 10);
	$got{$who}++ if $m;
	return $m;
}
sub nobody_gets {
	my ($what) = @_;
	sleep 0.7;
	my $all = 0;
	$all += () = $u->mails_to($_) for values %contact;
	my $known = 0;
	$known += $_ for values %got;
	is($all, $known, $what);
}

# ---- to whom ---------------------------------------------------------------------

my (undef, $ada) = signer('ada', "Country: United Kingdom\n");
like(write_to($ada, from => 'ada@example.net', body => "Dear all,\nhow can my choir help?\n\n> quoted\n"),
    qr/^250/, 'Ada writes back to her receipt');
my $m = contact_gets('en');
ok($m, 'it goes to the default contact') or diag $u->log;
like($m->text, qr/how can my choir help/, 'her words');
unlike($m->text, qr/quoted/, 'without what she quoted');
like($m->text, qr/Ada \(United Kingdom\)/, 'her name and country');
like($m->text, qr/Attachments are never passed on/, 'and that attachments are left out');
is($m->reply_to, 'ada@example.net', 'the answer goes to her');
unlike($m->reply_to . $m->header('From'), qr/\+[a-z]-/, 'and no token of hers is in it');
is($m->header('List-Unsubscribe'), undef, 'nor a way to stop her news');
unlike($m->raw, qr/\+[ru]-[a-z2-7]{37}/, 'anywhere');
nobody_gets('once, and to nobody else');
is(scalar(() = $u->mails_to('ada@example.net')), 2, 'she gets no answer of ours');

my (undef, $bek) = signer('bek', "Кишвар: Тоҷикистон\nLanguage: tg\n");
write_to($bek, from => 'bek@example.net', body => "Ман чӣ тавр кӯмак карда метавонам?\n");
ok(contact_gets('tj'), 'of somebody in Tajikistan to the contact there');
my (undef, $kari) = signer('kari', "Land: Norge\nLanguage: nb\n");
write_to($kari, from => 'kari@example.net', body => "Hvordan kan vi hjelpe?\n");
$m = contact_gets('nb');
ok($m, 'of somebody in Norway to the contact there');
nobody_gets('each once');

# ---- what does not go on ------------------------------------------------------------

write_to($ada, from => 'ada@example.net', subject => 'Out of office', body => "I am away until Monday.\n",
    header => 'Auto-Submitted: auto-replied');
nobody_gets('no vacation notice');
write_to($ada, from => 'ada@example.net', body => "I like it.\n", header => "List-Id: <l.example.net>\nPrecedence: list");
nobody_gets('nothing from a list');
$u->lmtp(from => '', to => $ada->reply_to, data => "From: MAILER-DAEMON\@x.example\nTo: x\nSubject: failure notice\n\nno\n");
nobody_gets('no bounce');
write_to($ada, from => 'ada@example.net', body => "STATUS\n");
nobody_gets('no verb');
write_to($ada, from => 'ada@example.net', body => '');
nobody_gets('nothing empty');
write_to($ada, from => 'ada@example.net', body => "No, thanks\n");
nobody_gets('no bare no');
write_to($ada, from => 'ada@example.net', body => "No. I asked the ministry myself, and what they told me was this: he is well, but nobody may visit him.\n");
ok(contact_gets('en'), 'a letter that begins with a no');
my $same = $u->message(from => 'ada@example.net', to => $ada->reply_to, subject => 'Re', body => "The same again\n");
$u->lmtp(from => 'ada@example.net', to => $ada->reply_to, data => $same) for 1 .. 3;
ok(contact_gets('en'), 'a letter that comes three times');
nobody_gets('goes on once');

# ---- whose it is --------------------------------------------------------------------------

write_to($ada, from => 'eve@example.com', name => 'Eve', body => "I found this mail in my box.\n");
$m = contact_gets('en');
is($m ? $m->reply_to : '', 'eve@example.com', 'one from another address is answered there');
unlike($m->text, qr/Ada/, 'and Ada is not named');

# Text that would steer a mail.
write_to($ada, from => 'ada@example.net', body => "Hello\nBcc: all\@example.org\n{{name}} {{{petition}}} <b>x</b>\n");
$m = contact_gets('en');
ok($m && $m->text =~ /\{\{name\}\}/, 'what looks like a template is text');
is($m->header('Bcc'), undef, 'and what looks like a header');

# ---- how many -------------------------------------------------------------------------------

for (1 .. 6) {
	write_to($kari, from => 'kari@example.net', body => "Brev nummer $_ om saken\n");
}
ok(contact_gets('nb'), 'another') for 1 .. 4;
nobody_gets('no more than five a day of one person');
$u->pass(86400 + 60);
write_to($kari, from => 'kari@example.net', body => "Hei igjen, nå er det en ny dag\n");
ok(contact_gets('nb'), 'the next day it goes on');

# The contact's own vacation notice goes to our envelope sender and ends there.
my ($back) = $m->header('Return-Path') =~ /<([^>]+)>/;
like($back, qr/\+b-/, 'the mail to the contact has an envelope sender');
# The digest of the day may come just now.
sub but_staff { return scalar grep { $_->to ne 'staff@example.org' } $u->mails }
my $before = but_staff();
like($u->write_mail(from => 'europe@example.org', to => $back, subject => 'Away', body => "I am away\n",
    header => 'Auto-Submitted: auto-replied'), qr/^250/, 'the notice of a contact who is away');
like($u->write_mail(from => 'europe@example.org', to => $back, body => "Thank you\n"), qr/^250/, 'and a human answer there');
sleep 0.7;
is(but_staff(), $before, 'cause nothing');

# ---- what she says she did ------------------------------------------------------------------

my $posted = () = $u->mails_to('bek@example.net');
write_to($bek, from => 'bek@example.net', body => "POSTED\n");
$m = $u->mail_to('bek@example.net', $posted + 1);
like(decode('UTF-8', $m->text), qr/фиристода шуд/, 'POSTED is noted, and told in her language') if $m;
ok($m, 'answered');
write_to($bek, from => 'bek@example.net', body => "WROTE\n");
ok($u->mail_to('bek@example.net', $posted + 2), 'WROTE too');
my $show = ($u->undersign('signer', $c, 'show', 'bek@example.net'))[1];
like($show, qr/^postcard\s+sent/m, 'signer show: the postcard');
like($show, qr/^letter\s+written/m, 'the letter');
like($show, qr/handed on/, 'and what went on');
$u->write_mail(from => 'kari@example.net', to => "$c\@$d", body => "POSTED\n");
my $q = $u->mail_to('kari@example.net', 3);
like($q ? $q->subject : '', qr/KORTET ER SENDT/, 'without a token it is asked back');
$u->write_mail(from => 'kari@example.net', to => $q->reply_to, subject => 'Re: ' . $q->subject, body => '');
like(($u->undersign('signer', $c, 'show', 'kari@example.net'))[1], qr/^postcard\s+sent/m, 'and noted then');
nobody_gets('none of it goes to a contact');
unlike($u->log, qr/example\.(net|com)/, 'no address in the log');
is($u->stop, 0, 'stops');

# ---- more than a contact person can read -----------------------------------------------------

$u = Undersigned->new(limits => 'requests_per_domain_hour = 0 requests_per_hour = 0 letters_per_contact_hour = 3');
%got = ();
ok($u->start, 'with a limit of letters') or BAIL_OUT($u->log);
my %mail;
for my $who (qw(ada bo cy di)) {
	(undef, $mail{$who}) = signer($who, "Country: United Kingdom\n");
	write_to($mail{$who}, from => "$who\@example.net", body => "Letter $_ of $who, whom I told\n") for 1, 2;
}
(undef, $mail{kim}) = signer('kim', "Land: Norge\nLanguage: nb\n");
write_to($mail{kim}, from => 'kim@example.net', body => "Hvordan kan vi hjelpe?\n");
ok(contact_gets('nb'), 'one contact person gets hers');
ok(contact_gets('en'), "another $_") for 1 .. 3;
my $alarm = $u->mail_to('staff@example.org');
like($alarm ? $alarm->text : '', qr/letters_per_contact_hour/, 'staff are told that there are more');
unlike($alarm ? $alarm->text : '', qr/limits of undersigned\.conf allow/, 'and nothing else');
nobody_gets('no more in this hour');
is(scalar(grep { $_->to eq 'staff@example.org' } $u->mails), 1, 'they are told once');
my ($st, $out) = $u->undersign('status', '--format', 'json');
like($out, qr/"held":\s*5\b/, 'the others are held');
# She who is forgotten meanwhile is not spoken of any more.
write_to($mail{di}, from => 'di@example.net', body => "FORGET\n");
ok($u->mail_to('di@example.net', 3), 'one of them asks to be forgotten');
# "Letter 2 of bo", both of cy: the rest, an hour after the other.
$u->pass(3 * 3600);
my @last = map { contact_gets('en') } 1 .. 3;
is(scalar(grep { defined } @last), 3, 'those of the others go on later');
$u->pass(3 * 86400);
nobody_gets('and none of hers');
my @letters = sort map { $_->text =~ /(Letter \d of \w+)/ } $u->mails_to($contact{en});
is("@letters", join(' ', map { my $n = $_; map { "Letter $n of $_" } qw(ada bo cy) } 1, 2), 'each once');
is($u->stop, 0, 'stops');
done_testing;
