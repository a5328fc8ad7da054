#!/usr/bin/perl
# A mail in, a signature counted: the whole way of DESIGN 4.
use strict;
use warnings;
use Test::More;
use File::Basename;
use lib dirname(__FILE__);
use Undersigned;

my $u = Undersigned->new;
ok($u->start, 'the daemon starts') or BAIL_OUT($u->log);

is($u->count('confirmed'), 0, 'nobody has signed');

# An empty mail is enough; the display name is hers.
my $r = $u->write_mail(name => 'Ada Lovelace', from => 'ada@example.net',
    to => 'manuchehr@petitions.example.org', subject => '', body => '');
like($r, qr/^250/, 'an empty mail is taken');
my $request = $u->mail_to('ada@example.net');
ok($request, 'she gets a request') or BAIL_OUT($u->log);
is($u->count('pending'), 1, 'one is pending');
is($u->count('confirmed'), 0, 'none is counted');

like($request->reply_to, qr/^manuchehr\+c-[a-z2-7]{37}\@petitions\.example\.org$/,
    'the answer goes to a token');
ok(length((split /\@/, $request->reply_to)[0]) <= 64, 'local part within 64 octets');
like($request->header('Message-ID'), qr/c-[a-z2-7]{37}/, 'Message-ID carries the token');
like($request->subject, qr/c-[a-z2-7]{37}/, 'so does the subject');
is($request->header('Auto-Submitted'), 'auto-replied', 'Auto-Submitted');
like($request->header('In-Reply-To'), qr/^<.*client\.example\.net>$/, 'In-Reply-To is hers');
ok($request->header('Date'), 'Date');
is(scalar($request->headers($_)), 1, "one $_") for qw(From To Subject Date Message-ID MIME-Version);
ok(!$request->header('List-Unsubscribe-Post'), 'no one-click on a confirmation');
ok(!$request->header('Precedence'), 'no Precedence on a confirmation');
like($request->text, qr/Ada Lovelace/, 'it shows what will be stored');
like($request->text, qr/Kholiknazarov/, 'it holds the petition');
like($request->text('text/html'), qr/Kholiknazarov/, 'in HTML as well');
unlike($request->text, qr/\{\{/, 'no variable is left open');

# Any human reply confirms.
$r = $u->write_mail(from => 'ada@example.net', to => $request->reply_to,
    subject => 'Re: ' . $request->subject, body => "Of course!\n\n> quoted\n");
like($r, qr/^250/, 'her answer is taken');
my $receipt = $u->mail_to('ada@example.net', 2);
ok($receipt, 'she gets a receipt');
is($u->count('confirmed'), 1, 'she is counted');
is($u->count('pending'), 0, 'none is pending');
like($receipt->text, qr/\b1\b/, 'the receipt has her number');
like($receipt->reply_to, qr/^manuchehr\+r-[a-z2-7]{37}\@/, 'answers go to a reply token');

# A second answer changes nothing in the count.
$u->write_mail(from => 'ada@example.net', to => $request->reply_to, body => "Yes again\n");
is($u->count('confirmed'), 1, 'once each');

# Fields, languages, charsets.
my ($q, $p) = $u->sign(name => 'Гулрухсор', from => 'gulru@example.com',
    body => "Ном: Гулрухсор Сафиева\nКишвар: Тоҷикистон\nШаҳр: Хоруғ\n");
ok($p, 'a signature in Tajik') or diag $u->log;
is($q->header('Content-Language'), 'tg', 'she is answered in Tajik');
like($p->text, qr/Гулрухсор Сафиева/, 'with her name');
($q, $p) = $u->sign(name => 'Kari Nordmann', from => 'kari@example.no',
    body => "Navn: Kari Nordmann\nLand: Norge\nSted: Tromsø\n");
is($q->header('Content-Language'), 'nb', 'Norwegian');
($q, $p) = $u->sign(from => 'ivan@example.ru', body => "Имя: Иван\nСтрана: Россия\n");
is($q->header('Content-Language'), 'ru', 'Russian');

my ($st, $json) = $u->undersign('counts', 'manuchehr', '--by', 'country', '--format', 'json');
is($st, 0, 'counts --by country');
like($json, qr/"TJ":\s*1\b|"TJ",\s*"count":\s*1\b/, 'Tajikistan 1') or diag $json;
like($json, qr/"NO":\s*1\b|"NO",\s*"count":\s*1\b/, 'Norway 1');
is($u->count('confirmed'), 4, 'four in all');

# Sources by address.
$u->sign(from => 'poster@example.net', to => 'manuchehr+from-poster@petitions.example.org');
($st, $json) = $u->undersign('counts', 'manuchehr', '--by', 'source', '--format', 'json');
like($json, qr/"poster"/, 'counted under its source');

# Where the provider dropped the detail: In-Reply-To, then Subject.
$u->write_mail(from => 'bob@example.net', to => 'manuchehr@petitions.example.org', body => '');
my $bob = $u->mail_to('bob@example.net');
$u->write_mail(from => 'bob@example.net', to => 'manuchehr@petitions.example.org',
    subject => 'Re: x', body => "Yes\n", header => 'In-Reply-To: ' . $bob->header('Message-ID'));
ok($u->mail_to('bob@example.net', 2), 'token found in In-Reply-To');
is($u->count('confirmed'), 6, 'and counted');
$u->write_mail(from => 'cyd@example.net', to => 'manuchehr@petitions.example.org', body => '');
my $cyd = $u->mail_to('cyd@example.net');
$u->write_mail(from => 'cyd@example.net', to => 'manuchehr@petitions.example.org',
    subject => 'Re: ' . $cyd->subject, body => "Yes\n");
ok($u->mail_to('cyd@example.net', 2), 'token found in the subject');
is($u->count('confirmed'), 7, 'and counted');

# An upper-cased address, as some mail systems make it.
$u->write_mail(from => 'dan@example.net', to => 'MANUCHEHR@PETITIONS.EXAMPLE.ORG', body => '');
my $dan = $u->mail_to('dan@example.net');
ok($dan, 'case does not matter');
$u->write_mail(from => 'dan@example.net', to => uc $dan->reply_to, body => "ok\n");
ok($u->mail_to('dan@example.net', 2), 'not in a token either');

is($u->stop, 0, 'SIGTERM ends it cleanly') or diag $u->log;
unlike($u->log, qr/example\.(net|com|no|ru)|Lovelace|Гулрухсор|[cr]-[a-z2-7]{37}/i,
    'no address, name or token in the log');
done_testing;
