#!/usr/bin/perl
# undersign update: what is refused leaves nothing behind; what is written can be
# seen, sent, held and ended.
# SPDX-License-Identifier: ISC
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use Time::HiRes qw(sleep time);
use Test::More;
use Undersigned;

my $u = Undersigned->new;
ok($u->start, 'the daemon runs') or diag $u->log;
my $dir = $u->{dir};
my $d = $u->{domain};
my ($st, $out, $err);

sub file { my ($name, $text) = @_; Undersigned::spew("$dir/$name", $text); return "$dir/$name" }
sub update { ($st, $out, $err) = $u->undersign('update', 'manuchehr', @_); return $st }
sub refused {
	my ($name, $why, @args) = @_;
	is(update(@args), 1, "$name: refused");
	like($err, $why, "$name: says why");
	is(($err =~ tr/\n//), 1, "$name: in one line") or diag $err;
}
sub wrong { my ($name, @args) = @_; is(update(@args), 2, "$name: a wrong command line") or diag $err }
sub state { update('status', $_[0], '--format', 'json'); return $out =~ /"state": "(\w+)"/ ? $1 : "$out$err" }

my $good = file('news.md', "Subject: We are {{count}}\n\nDear {{name}}, **news**.\n");
my $ru = file('news.ru.md', "Нас уже {{count}}.\n");

for my $p (['ada', 'Country: Norway', ''], ['bea', 'Country: Tajikistan', '-ru'], ['eva', '', '']) {
	my $to = "manuchehr$p->[2]\@$d";
	$u->write_mail(from => "$p->[0]\@example.net", to => $to,
	    body => "$p->[1]\n" . ($p->[0] eq 'eva' ? '' : $p->[2] ? "Новости: да\n" : "News: yes\n"));
	my $request = $u->mail_to("$p->[0]\@example.net");
	$u->write_mail(from => "$p->[0]\@example.net", to => $request->reply_to, body => "1\n");
	ok($u->mail_to("$p->[0]\@example.net", 2), "$p->[0] signs");
}

# ---- mistakes ----------------------------------------------------------------------

refused('an unknown variable', qr/bad\.md:4: updates have no variable "nmae"/, 'new',
    file('bad.md', "Subject: x\n\na\n{{nmae}}\n"));
refused('one in the subject', qr/subject:1: updates have no variable/, 'new', '-s', '{{who}}', $good);
refused('a tag that is not closed', qr/:1: /, 'new', '-s', 'x', file('open.md', '{{#name}}'));
refused('no subject', qr/news\.ru\.md: has no subject/, 'new', $good, $ru);
refused('an empty file', qr/empty\.md: has no text/, 'new', file('empty.md', "Subject: x\n\n \n"));
refused('a file that is too large', qr/is too large/, 'new', file('big.md', "Subject: x\n\n" . 'x' x 300000));
refused('a text that is too large', qr/has 200001 octets/, 'new', '-s', 'x', file('large.md', 'x' x 200001));
refused('what is not text', qr/UTF-8/, 'new', file('octets.md', "Subject: x\n\n\xff\xfe"));
refused('no such file', qr/nothere\.md: /, 'new', "$dir/nothere.md");
refused('a folder', qr/$dir/, 'new', $dir);
refused('a language the campaign lacks', qr/does not speak "de"; it speaks: en, ru, tg, nb/, 'new', file('news.de.md', 'x'));
refused('two files in one language', qr/one file for each/, 'new', $good, file('other.en.md', "Subject: x\n\nx\n"));
refused('a subject for no file', qr/there is no file in the language "nb"/, 'new', '-s', 'nb=x', $good);
refused('a segment that means nobody', qr/nobody who wants updates/, 'new', '--segment', 'country=FR', $good);
refused('a segment that is none', qr/--segment: /, 'new', '--segment', 'planet=Mars', $good);
wrong('new without a file', 'new');
wrong('no such thing', 'shout');
like($err, qr/^undersign: update knows new, .*\bschedule\b.*, not shout$/m, 'and what there is');
wrong('an option of another', 'new', '--at', 'now', $good);
wrong('no number', 'send');
wrong('what is no number', 'send', 'x');
refused('no such update', qr/has no update 7/, 'send', 7, '--yes');
is(update('list', '--format', 'json'), 0, 'the list');
is($out, "[]\n", 'nothing of all that was kept');

# ---- written and seen ------------------------------------------------------------------

is(update('new', '-s', 'ru=Нас {{count}}', $good, $ru), 0, 'an update is written') or diag $err;
like($out, qr/^Update 1 is written, and nothing is sent yet\.$/m, 'its number is told');
like($out, qr/not written in tg, nb: who reads that gets it in en\./, 'and which languages are missing, and what is read then');
is(update('preview', 1, '--name', 'Zoe'), 0, 'a preview');
like($out, qr/^Language: en\nSubject: We are 3\n\nDear Zoe,\n\nDear Zoe, \*\*news\*\*\./, 'as it reads');
like($out, qr/^Language: ru\nSubject: Нас 3\n/m, 'in each language');
is(update('preview', 1, '-l', 'ru', '-o', '-'), 0, 'the mail itself');
like($out, qr/^From: .*^List-Id: .*^MIME-Version: 1\.0$/ms, 'with its header');
is(update('preview', 1, '-o', "$dir/box"), 0, 'in a file');
is((() = Undersigned::slurp("$dir/box") =~ /^From manuchehr\@/mg), 2, 'an mbox, as there are two');
refused('a language it is not in', qr/not written in "nb"/, 'preview', 1, '-l', 'nb');
refused('what is no address', qr/is not a mail address/, 'preview', 1, '--to', 'nobody');
wrong('both', 'preview', 1, '--to', 'a@example.net', '-o', '-');
is(update('preview', 1, '--to', 'staff@example.org'), 0, 'by mail');
ok($u->mail_to('staff@example.org', 2), 'both come') or diag $u->log;
is(scalar grep({ $_->subject =~ /3$/ } $u->mails_to('staff@example.org')), 2, 'with the numbers as they are');

# ---- times ------------------------------------------------------------------------------

refused('a time that is past', qr/2020-01-01 09:00 UTC is past/, 'send', 1, '--at', '2020-01-01 09:00');
refused('a day that is none', qr/no such day/, 'send', 1, '--at', '2030-02-31 09:00');
refused('an hour that is none', qr/no such day or hour/, 'send', 1, '--at', '2031-03-30 02:30 Europe/Oslo');
refused('a zone that is none', qr/no time zone "Mars\/Base"/, 'send', 1, '--at', '2030-02-01 09:00 Mars/Base');
refused('words', qr/is not a time/, 'send', 1, '--at', 'tomorrow');
refused('nobody to ask', qr/say --yes/, 'send', 1);
{
	# On a terminal: shown, counted, asked.
	my $tool = join ' ', map { "'$_'" } "$Undersigned::BUILD/undersign", '-c', $u->{conf}, 'update', 'manuchehr', 'send', 1;
	my ($code, $seen) = $u->run("n\n", 'timeout', '60', 'script', '-qec', $tool, "$dir/typescript");
	isnt($code, 0, 'not without a yes');
	like($seen, qr/Subject: We are 3.*Dear .*\*\*news\*\*.*Language: ru.*goes to 2 who asked.*Send it\? \[y\/N\]/s, 'the text, to how many, and a question');
	like($seen, qr/Nothing is changed/, 'and a no is one');
}
is(state(1), 'draft', 'it is a draft still');
is(update('send', 1, '--at', '2036-07-01 09:00 Europe/Oslo', '--yes'), 0, 'at a time') or diag $err;
like($out, qr/goes to 2 who asked for updates/, 'to those who asked for updates');
like($out, qr/^  en +1  We are.*^  ru +1  Нас/ms, 'by language');
like($out, qr/Subject: We are 3\n/, 'shown all the same');
my $me = getlogin || getpwuid($<);
state(1);
like($out, qr/"by": "command", "started_by": "\Q$me\E"/, 'and it is known who did it');
is(update('status', 1), 0);
like($out, qr/^by +command \(\Q$me\E\)$/m, 'for people too');
is(state(1), 'scheduled', 'it waits');
like($out, qr/"send_at": 2098508400,/, 'for the right hour');
is(update('send', 1, '--at', '2036-07-01 09:00 +0500', '--yes'), 0, 'at another');
state(1);
like($out, qr/"send_at": 2098497600,/, 'which is that');

# ---- held, sent, ended --------------------------------------------------------------------

is(update('pause', 1), 0, 'held');
is(state(1), 'paused', 'it is');
refused('held twice', qr/\(paused\) cannot be paused/, 'pause', 1);
is(update('resume', 1), 0, 'let go');
is(state(1), 'scheduled', 'it waits again');
is(update('send', 1, '--segment', 'country=TJ', '--yes'), 0, 'sent to some');
like($out, qr/goes to 1 who asked for updates, of country=TJ:/, 'is told');
my $news = $u->mail_to('bea@example.net', 3, 20);
ok($news && $news->subject eq 'Нас 3', 'she gets it, in her language');
my $end = time + 15;
sleep 0.2 while state(1) ne 'done' && time < $end;
is(state(1), 'done', 'it is done');
like($out, qr/"total": 1, "sent": 1, "waiting": 0, "later": 0, "failed": 0, "unknown": 0/, 'and says so');
is(scalar $u->mails_to('ada@example.net'), 2, 'nobody else got it');
refused('sent twice', qr/\(done\) cannot be sent; write a new one/, 'send', 1, '--yes');
refused('ended when it is done', qr/\(done\) cannot be cancelled/, 'cancel', 1);
is(update('unknown', 1), 0, 'nothing is unknown');
like($out, qr/^Of everybody .* it is known what became of update 1\.$/, 'which is said');
is(update('unknown', 1, '--list'), 0, 'nobody');
is($out, '', 'is listed');
is(update('new', $good), 0, 'another');
is(update('cancel', 2), 0, 'is ended before it began');
is(state(2), 'cancelled', 'it is');
is(update('list', '--format', 'csv'), 0, 'all of them');
like($out, qr/^1,done,.*\r\n2,cancelled,/m, 'are listed');
is($u->stop, 0, 'the daemon ends well');
done_testing;
