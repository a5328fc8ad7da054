#!/usr/bin/perl
# Answers to a live request that must not confirm, and such that must: what
# people and programs write that is easily taken for the other.
use strict;
use warnings;
use utf8;
use Encode qw(encode);
use Test::More;
use File::Basename;
use lib dirname(__FILE__);
use Undersigned;

binmode $_, ':utf8' for Test::More->builder->output, Test::More->builder->failure_output;
my $to = 'manuchehr@petitions.example.org';

# Subject before ours, more header fields, text.
my @robots = (
	['Exchange', 'Automatic reply: ', '', 'I am back on Monday.'],
	['procmail', 'Re: ', 'X-Loop: a@example.net', 'Thank you.'],
	['Zendesk', 'Re: ', 'X-Zendesk-From-Account-Id: 12', 'Hi.'],
	['OTRS', 'RE: ', 'X-OTRS-Loop: x', 'You wrote.'],
	['a ticket', '[Request received] ', '', '##- Please type your reply above this line -##'],
	['a Russian ticket', '[Заявка #12345] ', '', 'Здравствуйте! Ваше обращение зарегистрировано под номером 12345.'],
	['a Russian robot', 'Re: ', '', 'Ваше письмо получено. Это автоматическое сообщение, отвечать на него не нужно.'],
	['a Russian on a journey', 'Re: ', '', 'В настоящее время я в командировке и не могу ответить на ваше письмо.'],
	['a Tajik on holiday', 'Re: ', '', 'Салом! Ман дар рухсатӣ ҳастам то 12 декабр.'],
	['an Uzbek robot', 'Re: ', '', "Bu avtomatik javob."],
	['a Norwegian away', 'Re: ', '', 'Hei! Jeg er bortreist til 12. desember og svarer når jeg er tilbake.'],
	['a German away', 'Re: ', '', 'Vielen Dank für Ihre Nachricht. Ich bin bis 14.12. nicht im Büro.'],
	['an acknowledgement', 'Re: ', '', 'Thank you for contacting us. We have received your message and will get back to you.'],
	['somebody away', 'Re: ', '', "I'm travelling with limited access to email until Dec 3."],
	['maternity leave', 'Re: ', '', 'Hello, I am on maternity leave until June.'],
	['gone', 'Re: ', '', 'Ada Lovelace has left the company. Please contact Bob.'],
	['read, by Outlook', 'Read: ', '', "Your message\n\n   To: Ada\n\nwas read on 23.11.2026 12:05."],
	['read, in Russian', 'Прочтено: ', '', "Ваше сообщение\n\n  Кому: Ада\n\nпрочитано 23.11.2026 12:05."],
	['unread', 'Not read: ', '', 'was deleted without being read on 23.11.2026'],
	['a challenge in Russian', 'Re: ', '', 'Чтобы подтвердить, что вы не робот, ответьте на это письмо.'],
	['a bounce in Russian', 'Сообщение не доставлено', '', 'Ваше сообщение не может быть доставлено одному или нескольким получателям.'],
	['a filter', 'Re: ', '', 'Your e-mail was blocked by our content filter.'],
	['a calendar', 'Accepted: ', 'Content-Type: text/calendar; method=REPLY', "BEGIN:VCALENDAR\nMETHOD:REPLY\nEND:VCALENDAR"],
	['a calendar in parts', 'Accepted: ', 'Content-Type: multipart/alternative; boundary=bb',
	    "--bb\nContent-Type: text/plain\n\n\n--bb\nContent-Type: text/calendar; method=REPLY\n\nBEGIN:VCALENDAR\nMETHOD:REPLY\nEND:VCALENDAR\n--bb--"],
);
# They are people, and they say no.
my @refusals = ('No', 'No, thank you.', 'It was not me who wrote to you.', "This wasn't me.",
	'I did not write to you. Please remove me!', 'Stop sending me this spam', 'This is spam, I never signed up for this.',
	'Это был не я, удалите меня', 'Я вам не писал.', 'Это спам', 'Не, намехоҳам', 'Dette er spam', 'Dette var ikke meg.',
	'Jeg vil ikke signere.', 'Отпишите меня', 'unsubscribe');
# They are people, and they do not.
my @people = ('Yes', '', 'No problem, I sign!', 'No doubt: I sign.', 'No more political prisoners! I sign',
	'Нет проблем, подписываю', 'Нет политическим заключённым! Подписываю.', 'Нei til fengsling! Jeg signerer.',
	'Ikke noe problem, jeg skriver under', 'Ҳа, имзо мекунам', '👍', "-- \nAda Lovelace\nOslo",
	'Thank you for your e-mail. I am from Tajikistan and I support him.', 'Yes! I read this on my holiday.',
	'I am away from home right now but yes, count me in!', 'Yes! I am out of the office today, but count on me.',
	'Stop the torture! I sign.', "Don't forget him! I sign.", 'Withdraw the charges. I sign', 'Help Manuchehr!',
	'Spammers should be in jail, not lawyers. I sign.', 'I do not know him but I sign.', 'Never again. Freedom!');

my @cases = ((map { { name => "robot: $_->[0]", subject => $_->[1], header => $_->[2], body => $_->[3], signs => 0 } } @robots),
    (map { { name => "refusal: $_", body => $_, signs => 0 } } @refusals),
    (map { { name => "person: $_", body => $_, signs => 1 } } @people));

my $u = Undersigned->new;
ok($u->start, 'the daemon starts') or BAIL_OUT($u->log);
my $n = 0;
for my $c (@cases) {
	$c->{from} = 'p' . ++$n . '@example.net';
	$u->write_mail(from => $c->{from}, to => $to);
}
ok($u->settle);
for my $c (@cases) {
	my $q = $u->mail_to($c->{from}) or BAIL_OUT("$c->{name}: no request");
	my $type = ($c->{header} // '') =~ /^Content-Type/ ? '' : "Content-Type: text/plain; charset=utf-8\n";
	my $head = $c->{header} ? "$c->{header}\n" : '';
	my $data = encode('UTF-8', "From: $c->{from}\nTo: " . $q->reply_to . "\nSubject: " . ($c->{subject} // 'Re: ')) .
	    $q->subject . encode('UTF-8', "\nIn-Reply-To: " . $q->header('Message-ID') .
	    "\nMessage-ID: <$c->{from}>\nMIME-Version: 1.0\n$type$head\n$c->{body}\n");
	like($u->lmtp(from => $c->{from}, to => $q->reply_to, data => $data), qr/^250/, "$c->{name}: taken");
}
ok($u->settle);
for my $c (@cases) {
	my ($st, $out) = $u->undersign('signer', 'manuchehr', 'show', $c->{from});
	my ($state) = ($out // '') =~ /^state\s+(\w+)/m;
	$state //= 'none';
	ok(($state eq 'confirmed') == ($c->{signs} == 1), "$c->{name}: $state");
	is(scalar($u->mails_to($c->{from})), 1, "$c->{name}: not answered") if $c->{name} =~ /^robot/;
}
is($u->stop, 0, 'ends cleanly');
done_testing;
