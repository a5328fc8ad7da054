#!/usr/bin/perl
# What somebody can do to others by writing in their name.
use strict;
use warnings;
use utf8;
use Encode qw(decode encode);
use Test::More;
use File::Basename;
use lib dirname(__FILE__);
use Undersigned;

my $d = 'petitions.example.org';
my $to = "manuchehr\@$d";
my $u = Undersigned->new;
ok($u->start, 'the daemon starts') or BAIL_OUT($u->log);

# P3: words put into her mouth after she was asked are not what she confirms.
$u->write_mail(from => 'ada@example.net', name => 'Ada', to => $to, body => "Country: Norway\n");
my $first = $u->mail_to('ada@example.net');
ok($first, 'she is asked') or BAIL_OUT($u->log);
$u->pass(86400 + 60);
$u->write_mail(from => 'ada@example.net', name => 'Mallory', to => $to,
    body => "Name: Mallory\nCity: Mordor\nComment: I hate you all\nNews: yes\n");
ok($u->mail_to('ada@example.net', 2), 'a forged mail has her asked again');
$u->write_mail(from => 'ada@example.net', name => 'Ada', to => $first->reply_to, body => "Yes\n");
my $receipt = $u->mail_to('ada@example.net', 3);
ok($receipt, 'her answer to the first request confirms') or BAIL_OUT($u->log);
unlike($receipt->text, qr/Mallory|Mordor|hate/, 'but not what that one did not show');
like($receipt->text, qr/Name: Ada$/m, 'her name is that of her answer');
like($receipt->text, qr/News: no$/m, 'and she gets no news that she did not ask for');

# A forged verb makes us ask her; her no to that is a no, and so is a question.
my $mails = 3;
for my $case ([ WITHDRAW => 'No!' ], [ FORGET => 'No. It was not me.' ], [ WITHDRAW => 'Who is this?' ],
    [ WITHDRAW => 'No, I did not ask for this. Keep my signature!' ]) {
	my ($verb, $answer) = @$case;
	$u->pass(31 * 86400);      # three questions a month
	$u->write_mail(from => 'ada@example.net', name => 'Mallory', to => $to, body => "$verb\n");
	my $question = $u->mail_to('ada@example.net', ++$mails);
	is($question && $question->subject, $verb, "a forged $verb: she is asked") or diag $u->log;
	$u->write_mail(from => 'ada@example.net', name => 'Ada', to => $question->reply_to,
	    subject => "Re: $verb", body => "$answer\n");
	$u->settle;
	is($u->count('confirmed'), 1, "and counts on, for she answers: $answer");
	$mails = () = $u->mails_to('ada@example.net');
}
$u->pass(31 * 86400);      # three questions a month
$u->write_mail(from => 'ada@example.net', name => 'Mallory', to => $to, body => "UPDATES\n");
my $question = $u->mail_to('ada@example.net', ++$mails);
$u->write_mail(from => 'ada@example.net', name => 'Ada', to => $question->reply_to,
    subject => 'Re: UPDATES', body => "No, I do not want your news!\n");
$u->settle;
like(($u->undersign('signer', 'manuchehr', 'show', 'ada@example.net'))[1], qr/^updates +no$/m, 'nor does she get news');

# The request that did show it confirms it, and so does a reminder.
$u->write_mail(from => 'eva@example.net', to => $to, body => "Name: Evva\n");
$u->mail_to('eva@example.net');
$u->pass(86400 + 60);
$u->write_mail(from => 'eva@example.net', to => $to, body => "Name: Eva\nCity: Bergen\n");
$u->mail_to('eva@example.net', 2);
$u->pass(3 * 86400);
my $reminder = $u->mail_to('eva@example.net', 3);
ok($reminder, 'a reminder') or BAIL_OUT($u->log);
$u->write_mail(from => 'eva@example.net', to => $reminder->reply_to, body => "Yes\n");
$receipt = $u->mail_to('eva@example.net', 4);
like($receipt && $receipt->text, qr/City: Bergen/, 'what the reminder showed is confirmed');

# A comment that anybody may have written is shown in small doses, and what is
# not shown is not kept; her own answer says as much as she likes.
my $long = join ' ', map { "word$_" } 1 .. 200;
for my $case ([ 'Yes', 0 ], [ "Yes\nComment: $long", 1 ]) {
	my ($answer, $whole) = @$case;
	my $from = "long$whole\@example.net";
	$u->write_mail(from => $from, to => $to, body => "Name: Lo\nComment: $long\n");
	my $m = $u->mail_to($from);
	my $text = decode('UTF-8', $m->text);
	$text =~ s/\s+/ /g;
	my ($shown) = $text =~ /Comment: (word1 .*?)\x{2026}/;
	ok($shown, 'a long comment is cut') or diag $text;
	cmp_ok(length $shown, '<=', 200, 'to 200 characters');
	cmp_ok(length $shown, '>=', 150, 'and not much less');
	like($text, qr/longer than this/, 'she is told');
	unlike(decode('UTF-8', $m->raw), qr/word60/, 'no more of it anywhere in the mail');
	$u->write_mail(from => $from, to => $m->reply_to, body => "$answer\n");
	my $r = $u->mail_to($from, 2);
	(my $kept = decode('UTF-8', $r->text)) =~ s/\s+/ /g;
	my (undef, $csv) = $u->undersign('export', 'manuchehr');
	my ($row) = grep { /\Q$from\E/ } split /\r\n/, decode('UTF-8', $csv);
	like($row, $whole ? qr/word1 .* word200\b/ : qr/\Q$shown\E\x{2026}/, $whole ? 'her own words are kept whole' : 'what was shown is kept');
	unlike($row, qr/word60\b/, 'and no more') unless $whole;
}
$u->write_mail(from => 'short@example.net', to => $to, body => "Comment: Freedom now\n");
my $short = $u->mail_to('short@example.net');
like($short->text, qr/Comment: Freedom now$/m, 'a short one is shown whole');
unlike($short->text, qr/longer than this|\n\n\n/, 'without a word more');

# Mail in her name that asks for something has her written to three times,
# however often, by whichever address, and not once a day for ever.
for my $day (1 .. 12) {
	for my $verb ('HELP', 'STATUS', 'FORGET', 'NAME: Eve') {
		$u->write_mail(from => 'victim@example.net', to => $to, body => "$verb\n") if $verb !~ /NAME/;
		$u->write_mail(from => 'victim@example.net', to => "manuchehr+$_\@$d", body => "$verb\n")
		    for qw(letter postcard updates);
	}
	$u->pass(86400);
}
ok($u->settle);
is(scalar($u->mails_to('victim@example.net')), 3, 'three answers to a stranger');

# Nothing in such a mail becomes a link, or somebody else's words to read.
my %own = (
	'a bare domain' => 'Visit evil.example now',
	'a domain with a path' => 'see evil.example/win',
	'no scheme' => 'http:evil.example',
	'an ideographic dot' => 'Visit evil。example now',
	'a full-width dot' => 'Visit evil．example now',
	'Markdown' => '[here](evil.example)',
	'an entity' => 'evil&#46;example',
	'an address' => 'write to me@evil.example',
	'bidi controls' => "\x{202e}elpmaxe.live\x{2066}",
	'a zero-width blank' => "evil\x{200b}.\x{200b}example",
);
my $n = 0;
for my $what (sort keys %own) {
	my $v = encode('UTF-8', $own{$what});
	my $from = 'v' . ++$n . '@example.net';
	$u->lmtp(from => $from, to => $to, data => $u->message(from => "\"$v\" <$from>", to => $to,
	    body => "Comment: $v\nCity: $v\n"));
	my $m = $u->mail_to($from);
	ok($m, "$what: she is asked") or next;
	for my $type ('text/plain', 'text/html') {
		unlike(decode('UTF-8', $m->text($type)), qr/evil[.。．｡]example|href="[^"]*evil|[\x{202a}-\x{202e}\x{2066}-\x{2069}\x{200b}]/,
		    "$what: no link in $type");
	}
	unlike(decode('UTF-8', Undersigned::Mail::plain($m->header('To'))), qr/evil[.。．]example/, "$what: none in To");
}

# A dot in a name is no advertisement.
my ($request) = $u->sign(from => 'jrr@example.net', name => '"J.R.R. Tolkien"', body => "City: St.Petersburg\nComment: 3.5 years too long...and counting.\n");
like($request && $request->text, qr/Name: J\. R\. R\. Tolkien$/m, 'a name with dots stays a name');
like($request && $request->text, qr/City: St\. Petersburg$/m, 'a city with a dot stays a city');
like($request && $request->text, qr/Comment: 3\.5 years too long/, 'numbers stay as they are');

# Two people whose names fold alike are two.
my $other = encode('UTF-8', 'straße@example.net');
$u->sign(from => 'strasse@example.net', name => 'One');
my $before = () = $u->mails_to('strasse@example.net');
$u->lmtp(from => $other, to => $to, data => $u->message(from => "<$other>", to => $to));
ok($u->settle);
is(scalar($u->mails_to('strasse@example.net')), $before, 'mail for one goes to nobody else');

is($u->stop, 0, 'ends cleanly');

# Questions back are held by the budgets like requests.
$u = Undersigned->new(limits => 'requests_per_domain_hour = 5 requests_per_hour = 0');
ok($u->start, 'with budgets') or BAIL_OUT($u->log);
$u->write_mail(from => "v$_\@example.net", to => $to, body => "HELP\n") for 1 .. 30;
my $end = time + 10;
sleep 1 while time < $end && $u->mails < 5;
sleep 1;
my $sent = () = $u->mails;
$sent -= grep { $_->to !~ /^v\d+\@example\.net$/ } $u->mails;
cmp_ok($sent, '<=', 5, 'questions to a domain do not go over its budget');
cmp_ok($sent, '>=', 5, 'and use it');
$u->pass(7 * 3600);
ok($u->settle(30));
is(scalar(grep { $_->to =~ /^v\d+\@example\.net$/ } $u->mails), 30, 'what was held goes when the budget frees');
is($u->stop, 0, 'ends cleanly');

# One mailbox by many names: they are asked apart, but not all at once.
$u = Undersigned->new(limits => 'requests_per_domain_hour = 500 requests_per_hour = 0');
ok($u->start, 'with the usual budgets') or BAIL_OUT($u->log);
$u->write_mail(from => "vic.tim+$_\@example.net", to => $to) for 1 .. 15;
$u->write_mail(from => "v.i.c.t.i.m+$_\@example.net", to => $to, body => "HELP\n") for 1 .. 15;
$u->write_mail(from => 'some.body@example.net', to => $to);
ok($u->mail_to('some.body@example.net'), 'others are asked at once');
is(scalar(grep { $_->to =~ /^v/ } $u->mails), 5, 'five mails to what may be one mailbox');
$u->pass(86400);
sleep 2;
is(scalar(grep { $_->to =~ /^v/ } $u->mails), 10, 'and five a day');
is($u->stop, 0, 'ends cleanly');
done_testing;
