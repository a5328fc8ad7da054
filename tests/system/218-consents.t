#!/usr/bin/perl
# Four consents, each by itself: to be counted, to stand on the list, to get news, to
# share with a named organisation.  What is asked, what is kept with day and words,
# how each is taken back, and who gets it out.
# SPDX-License-Identifier: ISC
use strict;
use warnings;
use utf8;
use feature 'state';
use Test::More;
use Encode qw(encode decode);
use File::Basename;
use Time::HiRes qw(sleep time);
use lib dirname(__FILE__);
use Undersigned;

plan skip_all => 'no sqlite3 here' unless -x '/usr/bin/sqlite3';
binmode Test::More->builder->$_, ':utf8' for qw(output failure_output);
my $B = $Undersigned::BUILD;
my $port = IO::Socket::INET->new(LocalAddr => '127.0.0.1', Listen => 1)->sockport;
my $u = Undersigned->new(extra => "web {\n\tlisten = \"127.0.0.1:$port\"\n" .
    "\tbase_url = \"http://127.0.0.1:$port\"\n}\n");
my ($dir, $d) = ($u->{dir}, $u->{domain});
my $to = "manuchehr\@$d";
my $conf = "$dir/campaigns/manuchehr/campaign.conf";
my $plain_conf = Undersigned::slurp($conf);

# Two of the seven ask for it; "Forum" and "Fair" are of one each, "Alliance" of one,
# and "Pamir Solidarity" asks for nothing.
sub set_conf {
	my ($more, @share) = @_;
	my $text = $plain_conf;
	for my $id (@share) {
		$text =~ s/^(organisation "$id" \{\n)/$1\tshare = true\n/m or die $id;
	}
	Undersigned::spew($conf, $text . $more);
}

sub rows { return $u->rows(@_) }
sub text { return defined $_[0] ? decode('UTF-8', $_[0]->text) =~ s/\s+/ /gr : '' }
sub answer {
	my ($mail, $text, %m) = @_;
	my $n = () = $u->mails_to($mail->to);
	my $r = $u->write_mail(from => $mail->to, to => $mail->reply_to, body => encode('UTF-8', $text), %m);
	like($r, qr/^250/, 'taken: ' . $text =~ s/\n/ | /gr);
	return $u->mail_to($mail->to, $n + 1);
}
sub signs {
	my ($who, %m) = @_;
	my ($request, $receipt) = $u->sign(from => "$who\@example.net", name => ucfirst $who, %m);
	ok($receipt, "$who has signed") or diag $u->log;
	return ($request, $receipt);
}
my $day = qr/\d{4}-\d\d-\d\d/;
# What is kept, in the order in which it was said: "share nordic 1".
my %kind = (1 => 'count', 2 => 'list', 3 => 'updates', 4 => 'share');
sub said {
	my ($number) = @_;
	return join ', ', map { my ($k, $about, $given) = split /\|/; join ' ', $kind{$k}, $about || (), $given }
	    rows("select kind, about, given from consent where signature = (select id from signature where number = $number) order by serial");
}
sub shared_with {
	my ($org) = @_;
	my ($st, $out, $err) = $u->undersign('export', 'manuchehr', '--share', $org);
	is($st, 0, "export --share $org") or diag $err;
	my ($head, @l) = split /\r\n/, decode('UTF-8', $out);
	return join ' ', sort map { (split /,/)[6] =~ s/\@.*//r } @l;
}

# ---- without an organisation that asks ----------------------------------------------

ok($u->start, 'starts') or BAIL_OUT($u->log);
my ($request, $receipt) = signs('ada', body => "Country: NO\n");
my $text = text($request);
like($text, qr/If you answer, you are counted\..*goes on the list .* handed in\. To stay off it, write HIDE\..*news only if you write UPDATES\./,
    'each is asked, with what happens by itself');
unlike($text, qr/SHARE|shared/, 'and nothing of sharing where nobody asks for it');
like(text($receipt), qr/Name may be shown: yes, and it goes on the list that is handed in \(since $day\).*- News: no/, 'the receipt says what she agreed to');
is(said(1), 'count 1, list 1', 'by default: counted and on the list');
my $mail = answer($receipt, "SHARE Nordic Committee\n");
like(text($mail), qr/Not shared:.*not clear with whom.*No organisation behind this petition asks for it/, 'whoever does not ask gets nothing');
is(said(1), 'count 1, list 1', 'and nothing is kept of it');

# "Please share!" is what people say of a petition, and a name that is another's whole
# name, or a question, is nobody's consent.
sub organisation { my ($id, $name, $more) = @_; return "\norganisation \"$id\" {\n\tname = \"$name\"\n" . ($more // '') . "}\n" }
my $asks = "\tshare = true\n";
set_conf('', 'nordic');
$u->stop;
ok($u->start, 'one asks for it') or BAIL_OUT($u->log);
for my $words ('Please share!', 'SHARE', 'Share: yes', 'Del', 'Передать', 'Диҳед', 'SHARE nordic?') {
	like(text(answer($receipt, "$words\n")), qr/Not shared:.*not clear with whom.*SHARE Nordic Committee/, "$words: with nobody");
}
is(said(1), 'count 1, list 1', 'nothing is kept of those');
set_conf(organisation('amn', 'Amnesty Group') . organisation('friends', 'Amnesty Group Friends', $asks) . organisation('doctors', 'Doctors') .
    organisation('both', 'Amnesty Group, Doctors', $asks) . organisation('refuge', 'The Refugee. Council for All of the World', $asks), 'nordic');
$u->stop;
ok($u->start, 'with names like others') or BAIL_OUT($u->log);
for my $words ('SHARE Amnesty Group', 'SHARE amn', 'SHARE Doctors', "SHARE Amnesty Group\nSHARE Doctors", 'SHARE Amnesty', 'SHARE The Refugee') {
	like(text(answer($receipt, "$words?\n")), qr/Not shared:.*SHARE The Refugee\. Council/, "$words?: with nobody");
	next if $words =~ /Refugee/;
	like(text(answer($receipt, "$words\n")), qr/Not shared:.*SHARE The Refugee\. Council/, "$words: with nobody");
}
is(said(1), 'count 1, list 1', 'nor of those');
answer($receipt, "SHARE The Refugee. Council for All of the World\nSHARE Amnesty Group, Doctors\n");
is(said(1), 'count 1, list 1, share refuge 1, share both 1', 'as the mail has them, they are understood');
answer($receipt, "Thank you, all of you!\nGreetings to him. Do not share my name please.\n");
is(said(1), 'count 1, list 1, share refuge 0, share both 0', 'DO NOT SHARE counts from any line');
Undersigned::spew($conf, $plain_conf);
$u->stop;
ok($u->start, 'as before') or BAIL_OUT($u->log);

$u->write_mail(from => 'lea@example.net', name => 'Lea', to => $to);
ok($u->mail_to('lea@example.net'), 'lea is asked, and waits');

# ---- with two -------------------------------------------------------------------------

set_conf('', 'nordic', 'fairtrial');
$u->stop;
ok($u->start, 'two ask for it') or diag $u->log;
($request, $receipt) = signs('bea');
$text = text($request);
like($text, qr/No organisation gets your name and mail address, unless you name it: .*SHARE Nordic Committee for Prisoners of Conscience.*SHARE Fair Trial Alliance/,
    'those who ask are named, with what to write');
unlike($text, qr/SHARE Pamir/, 'the others are not');
like(text($receipt), qr/Name and address are shared with: nobody/, 'by default, nobody');
is(said(2), 'count 1, list 1', 'kept so');
is(shared_with('nordic'), '', 'and nobody is on the list for it');

# Each given, by the very words of the request.
($request, $receipt) = signs('cyr', answer => "Yes\nHIDE\nUPDATES\nSHARE Nordic Committee for Prisoners of Conscience\n");
is(said(3), 'count 1, list 0, updates 1, share nordic 1', 'all four in one answer');
like(text($receipt), qr/Name may be shown: no, and it is not on the list that is handed in \(since $day\) - News: yes \(since $day\) - Name and address are shared with: Nordic Committee for Prisoners of Conscience \($day\)\. To end this, write DO NOT SHARE/,
    'her receipt says each, and since when');
is(shared_with('nordic'), 'cyr', 'she is on its list');
is(shared_with('fairtrial'), '', 'and not on the other');

# Each taken back, on another day.
$u->pass(3 * 86400);
$mail = answer($receipt, "SHOW\n");
$mail = answer($receipt, "STOP\n");
like(text($mail), qr/- News: no/, 'no news');
$mail = answer($receipt, "DO NOT SHARE\n");
like(text($mail), qr/Name may be shown: yes, and it goes on.*shared with: nobody/, 'shared with nobody any more');
is(said(3), 'count 1, list 0, updates 1, share nordic 1, list 1, updates 0, share nordic 0', 'every change is on record');
is(shared_with('nordic'), '', 'not on its list any more');
my @days = rows("select distinct day from consent where signature = (select id from signature where number = 3) order by day");
is(scalar @days, 2, 'with its day');
$mail = answer($receipt, "SHARE Fair Trial Alliance\n");
$mail = answer($receipt, "Share: nordic\n");
like(text($mail), qr/shared with: Fair Trial Alliance \($day\), Nordic Committee for Prisoners of Conscience \($day\)/, 'with both, one after the other');
$mail = answer($receipt, "STATUS\n");
like(text($mail), qr/shared with: Fair Trial Alliance \($day\), Nordic/, 'STATUS says it too');
is(shared_with('fairtrial'), 'cyr', 'given once more');
my $rows = said(3);
$mail = answer($receipt, "SHARE nordic\n");
is(said(3), $rows, 'what is said again is no news');
answer($receipt, "$_\n") for ('HIDE', 'SHOW') x 5;
is(said(3), $rows =~ s/, list 1//r . ', list 1', 'and who changes her mind ten times a day has one row of it');

# ---- what is no consent ------------------------------------------------------------------

(undef, my $dan) = signs('dan');
for my $words ('SHARE', 'SHARE Conscience and Alliance', 'SHARE Amnesty', 'SHARE for', 'SHARE Pamir Solidarity') {
	$mail = answer($dan, "$words\n");
	like(text($mail), qr/Not shared:.*not clear with whom.*- SHARE Nordic Committee for Prisoners of Conscience - SHARE Fair Trial Alliance/,
	    "$words: shared with nobody, and she is told who asks");
}
is(said(4), 'count 1, list 1', 'nothing is kept of those');
$mail = answer($dan, "SHARE Fair Trial Alliance, Amnesty\n");
like(text($mail), qr/Not shared:.*shared with: Fair Trial Alliance/, 'what is clear is taken, the rest is asked about');
answer($dan, "DO NOT SHARE\n");

sub nothing_shared {
	my ($what, $body) = @_;
	like($u->write_mail(from => 'dan@example.net', to => $dan->reply_to, body => encode('UTF-8', $body)), qr/^250/, "$what: taken");
	$u->settle;
	is(shared_with('nordic') . ' ' . shared_with('fairtrial'), 'cyr cyr', "$what: shared with nobody else");
}
nothing_shared('widely', "Please share this widely!\n");
nothing_shared('in a sentence', "I would like to share with you that Fair Trial Alliance is great.\nShare it with Nordic Committee.\n");
nothing_shared('a forwarded text', "Look at what my friend got:\n\n---------- Forwarded message ----------\n" .
    "From: manuchehr\@$d\nSubject: a petition\n\nYes\nSHARE Nordic Committee for Prisoners of Conscience\nShare: nordic\n");
nothing_shared('the text she answers to', "Thank you\n\nOn Monday, the campaign wrote:\n> SHARE Fair Trial Alliance\n> Share: nordic\n");
my $n = () = $u->mails_to('nordic@example.org');
my $long = 'Share my greetings with his family, and tell them that we think of him every day. ' x 4;
$u->write_mail(from => 'ada@example.net', to => ($u->mails_to('ada@example.net'))[-1]->reply_to, body => "$long\n");
ok($u->mail_to('nordic@example.org', $n + 1), 'a long letter that begins so goes to the contact person');

# Without a token nothing is done but asking; with forged words nothing is shared before
# she has seen them.
my $before = () = $u->mails_to('bea@example.net');
$u->write_mail(from => 'bea@example.net', to => $to, body => "SHARE Fair Trial Alliance\n");
$mail = $u->mail_to('bea@example.net', $before + 1);
like(text($mail), qr/hopefully you, asked us to give your name .*one of these lines.*SHARE Fair Trial Alliance/, 'without a token: a question');
is(said(2), 'count 1, list 1', 'and nothing else');
answer($mail, "SHARE Fair Trial Alliance\n");
is(said(2), 'count 1, list 1, share fairtrial 1', 'its answer counts');
$before = () = $u->mails_to('bea@example.net');
$u->write_mail(from => 'bea@example.net', to => $to, body => "DO NOT SHARE\n");
$mail = $u->mail_to('bea@example.net', $before + 1);
like($mail->subject, qr/^DO NOT SHARE/, 'likewise for taking back');
answer($mail, "\n", subject => 'Re: ' . $mail->subject);
is(said(2), 'count 1, list 1, share fairtrial 0', 'an empty answer is enough; of one day the last is kept');
$u->write_mail(from => 'eve@example.net', name => 'Eve', to => $to, body => "Share: nordic\nHIDE\n");
$mail = $u->mail_to('eve@example.net');
like(text($mail), qr/shared with: Nordic Committee for Prisoners of Conscience\. To end/, 'what a letter in her name says is shown to her');
is(shared_with('nordic'), 'cyr', 'and is nobody\'s consent before she answers');
my ($st, $out, $err) = $u->undersign('signer', 'manuchehr', 'show', 'eve@example.net');
like($out, qr/share with nordic: asked for in her name, not confirmed/, 'signer show says so');
$receipt = answer($mail, "Yes\nDO NOT SHARE\n");
is(said(5), 'count 1, list 0, share nordic 0', 'her answer can take it back');
is(shared_with('nordic'), 'cyr', 'so it was not shared');

# ---- by web ------------------------------------------------------------------------------

sub http {
	my ($method, $url, $body) = @_;
	my $s = IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $port, Timeout => 15) or return '';
	my ($path) = $url =~ m{^http://[^/]*(/.*)};
	print $s "$method $path HTTP/1.1\r\nHost: 127.0.0.1:$port\r\nConnection: close\r\n" .
	    (defined $body ? "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: " . length($body) . "\r\n" : '') .
	    "\r\n" . ($body // '');
	local $/;
	return decode('UTF-8', <$s> // '');
}
$u->write_mail(from => 'web@example.net', name => 'Web', to => $to, body => "Share: nordic\n");
$request = $u->mail_to('web@example.net');
my ($link) = $request->text =~ m{(http://127\S+/c/[^>\s]+)};
my $page = http('GET', $link);
like($page, qr/You are counted\..*Your name goes on the list.*no news\..*shared with: Nordic Committee for Prisoners of Conscience\./s, 'the page says each');
like($page, qr/SHARE and the name of an organisation .*\(Nordic Committee for Prisoners of Conscience; Fair Trial Alliance\)/, 'and how to say otherwise');
like(http('POST', $link, 'sign=yes&text=' . ($page =~ /name="text" value="(\w+)"/)[0]), qr/Thank you/, 'signed by the button');
ok($u->mail_to('web@example.net', 2), 'with a receipt');
is(said(6), 'share nordic 1, count 1, list 1', 'kept as the page showed it');
$mail = answer($request, "HIDE\nDO NOT SHARE\n");
like(text($mail), qr/Name may be shown: no.*shared with: nobody/, 'the mail can be answered after the button, as the page says');

# ---- in the other languages -----------------------------------------------------------------

my %in = (
	ru => [ "Страна: Россия\n", "Да\nСКРЫТЬ\nПЕРЕДАТЬ Fair Trial Alliance\n", qr/Имя и адрес передаются: Fair Trial Alliance \($day\)/, "НЕ ПЕРЕДАВАТЬ\n", qr/передаются: никому/ ],
	tg => [ "Кишвар: Тоҷикистон\n", "Ҳа\nПИНҲОН\nДИҲЕД БА Fair Trial Alliance\n", qr/дода мешавад ба: Fair Trial Alliance \($day\)/, "НАДИҲЕД\n", qr/ба ҳеҷ кас дода намешавад/ ],
	nb => [ "Land: Norge\n", "Ja\nSKJUL\nDEL MED Fair Trial Alliance\n", qr/deles med: Fair Trial Alliance \($day\)/, "IKKE DEL\n", qr/deles med: ingen/ ],
);
my $number = 7;
for my $l (qw(ru tg nb)) {
	my ($ask, $yes, $has, $no, $not) = @{ $in{$l} };
	($request, $receipt) = signs($l, to => "manuchehr-$l\@$d", body => encode('UTF-8', $ask), answer => encode('UTF-8', $yes));
	my ($word) = $yes =~ /\n(\S+(?: БА| MED)?) Fair/;
	like(text($request), qr/$word Nordic Committee for Prisoners of Conscience/, "$l: asked");
	is(said($number), 'count 1, list 0, share fairtrial 1', "$l: understood");
	like(text($receipt), $has, "$l: told");
	like(text(answer($receipt, $no)), $not, "$l: taken back");
	is(said($number++), 'count 1, list 0, share fairtrial 0', "$l: kept");
}

# ---- what staff see -----------------------------------------------------------------------

($st, $out, $err) = $u->undersign('signer', 'manuchehr', 'show', 'cyr@example.net');
like($out, qr/^consents\n(?:  $day  .*\n){8}/m, 'signer show: each, with its day') or diag $err;
like($out, qr/^  $day  to be counted: yes, words ([0-9a-f]{12}) \(en\)\n  $day  on the list: no, words \1 .*\n  $day  updates: yes.*\n  $day  share with nordic: yes/m,
    'and the words she was asked in');
my ($words) = $out =~ /counted: yes, words (\S+)/;
($st, $out, $err) = $u->undersign('consent', 'manuchehr');
like($out, qr/^$words  en  since $day$/m, 'which consent lists') or diag $err;
is(scalar(() = $out =~ /^[0-9a-f]{12}  en /mg), 3, 'more of before organisations asked');
is(scalar(() = $out =~ /^[0-9a-f]{12}  (?:ru|tg|nb) /mg), 3, 'and each language its own');
($st, $out) = $u->undersign('consent', 'manuchehr', $words);
like($out, qr/If you answer, you are counted.*SHARE Nordic Committee for Prisoners of Conscience/s, 'and shows');
my $body = $out =~ s/\s+/ /gr;
($request) = signs('hal');
ok(index(text($request), $body) > 0, 'they are what stands in the mail, word for word') or diag $body, text($request);
is(($u->undersign('consent', 'manuchehr', 'ffffffffffff'))[0], 1, 'no such words');
($st, $out) = $u->undersign('export', 'manuchehr');
my ($head, @list) = split /\r\n/, decode('UTF-8', $out);
like($head, qr/^number,name,.*,state,hidden,count_since,list_since,updates_since,shared_since$/, 'export has a column for each');
like((grep { /^3,/ } @list)[0], qr/,no,$day,$day,,fairtrial=$day nordic=$day$/, 'cyr: since when');
like((grep { /^5,/ } @list)[0], qr/,yes,$day,,,$/, 'eve: not on the list, shared with nobody');
($st, $out, $err) = $u->undersign('export', 'manuchehr', '--hand-in');
is($st, 0, 'the list to hand in') or diag $err;
my @in = split /\r\n/, decode('UTF-8', $out);
is(shift @in, $head, 'has the same columns');
is_deeply(\@in, [ map { my @f = split /,/, $_, -1; join ',', @f[0 .. 4], ('') x 4, @f[9, 10], 'no', ('') x 4 }
    grep { !/,yes,(?:$day)?,(?:$day)?,(?:$day)?,[^,]*$/ } @list ], 'names and places of all but who said HIDE, and no more');
cmp_ok(@in, '<', @list, 'which are some');
is(($u->undersign('export', 'manuchehr', '--hand-in', '--state', 'all'))[0], 2, '--hand-in goes without --state');
($st, $out) = $u->undersign('export', 'manuchehr', '--share', 'nordic');
is(scalar(my @l = split /\r\n/, $out), 2, 'export --share: she alone');
like($l[1], qr/^"",Cyr,,,,,cyr\@example\.net,,,$day,confirmed,no,,,,nordic=$day$/, 'her name and address, and nothing that she did not agree to');
my $file = "$dir/campaigns/manuchehr/campaign.conf";
my $as_it_is = Undersigned::slurp($file);
Undersigned::spew($file, $as_it_is =~ s/Nordic Committee for Prisoners of Conscience/Ministry of the Interior/r);
($st, $out, $err) = $u->undersign('export', 'manuchehr', '--share', 'nordic');
is(scalar(() = $out =~ /\r\n/g), 1, 'another that has the id now gets nobody');
like($err, qr/1 more agreed to share with "nordic", but was not shown the name it has now \(Ministry of the Interior\)/, 'and it is told');
Undersigned::spew($file, $as_it_is);
($st, $out, $err) = $u->undersign('export', 'manuchehr', '--share', 'amnesty');
is($st, 1, 'an unknown organisation');
like($err, qr/no organisation "amnesty"; there are: lawyers, pamir, /, 'is told which there are');
is(($u->undersign('export', 'manuchehr', '--share', 'nordic', '--state', 'all'))[0], 2, '--share goes without --state');

# ---- the end -----------------------------------------------------------------------------------

# Lea was asked before any organisation was there to share with, and reminded after.
my $reminder = ($u->mails_to('lea@example.net'))[1];
like(text($reminder), qr/SHARE Fair Trial Alliance/, 'a reminder asks in the words of its day');
ok(answer($reminder, "Yes\n"), 'answered');
($st, $out) = $u->undersign('signer', 'manuchehr', 'show', 'lea@example.net');
like($out, qr/counted: yes, words $words \(en\)/, 'which are those that are kept');

my ($id) = rows("select id from signature where number = 3");
my $cyr = ($u->mails_to('cyr@example.net'))[-1];
my ($web) = rows("select id from signature where number = 6");
answer(($u->mails_to('web@example.net'))[-1], "WITHDRAW\n");
is(join(',', rows("select * from consent where signature = $web")), '', 'WITHDRAW: nothing is left of it');
$mail = answer($cyr, "FORGET\n");
is(join(',', rows("select * from consent where signature = $id")), '', 'FORGET: nothing is left of it');
is(join(',', rows("select words from signature where id = $id")), '0', 'not even in her row');
is(shared_with('nordic') . shared_with('fairtrial'), '', 'nor on a list');

# ---- what a letter in her name asked, and her own words ----

(undef, $receipt) = signs('pia', body => "Share: nordic\n", answer => "Yes, but I want no organisation to know of me.\n");
like(text($receipt), qr/Not shared:.*whether you want it.*SHARE Nordic.*shared with: nobody/, 'with other words than yes: not shared, and she is told');
is(shared_with('nordic'), '', 'nor on the list');
(undef, $receipt) = signs('qin', body => "Share: nordic\n", answer => "Yes, I confirm.\nThank you very much!\nHIDE\n");
unlike(text($receipt), qr/Not shared:/, 'thanks are no other words');
is(shared_with('nordic'), 'qin', 'so it is shared as she was shown');
answer($receipt, "FORGET\n");
(undef, $receipt) = signs('rod', body => "Share: nordic\n", answer => "Yes\nSHARE nordic\n\nI hope that it helps him.\n");
unlike(text($receipt), qr/Not shared:/, 'what she says herself counts beside other words');
is(shared_with('nordic'), 'rod', 'shared');
answer($receipt, "FORGET\n");

# ---- sealed ---------------------------------------------------------------------------------------

sub offline { my ($in, @args) = @_; return $u->run($in, 'env', '-u', 'UNDERSIGNED_CLOCK', "$B/undersign", @args) }
my %public;
for my $name (qw(pamir nordic machine)) {
	($st, $out, $err) = $u->run('', "$B/tests/system/light_key", "$dir/$name.key", "of $name");
	chomp($public{$name} = $out);
}
($st, my $opening, $err) = offline('', 'key', 'deal', '--threshold', 2, (map { ('--holder', "$_=$public{$_}") } qw(pamir nordic)),
    '--output', "$dir/deal");
is($st, 0, 'an opening key') or diag $err;
my @shares;
for my $org (qw(pamir nordic)) {
	($st, $out, $err) = offline("of $org\n", 'key', 'unseal-share', '--share', "$dir/deal/share-1-$org.txt", '--key', "$dir/$org.key",
	    '--for', $public{machine}, '--output', "$dir/$org.share", '--passphrase-fd', 0);
	is($st, 0, "share of $org") or diag $err;
	push @shares, '--share', "$dir/$org.share";
}
set_conf("\n$opening", 'nordic', 'fairtrial');
$u->stop;
ok($u->start, 'sealed from now on') or diag $u->log;
my @before = rows('select * from consent');
($st, $out, $err) = $u->undersign('seal', 'manuchehr');
like($out, qr/^[1-9]\d* (?:person is|people are) sealed now/, 'those of before are sealed too') or diag $err;
is_deeply([ rows('select * from consent') ], \@before, 'which is nothing that they said');
(undef, $receipt) = signs('ida', body => "City: Idatown\nComment: idawords\nShare: nordic\n");
signs('jon', answer => "Yes\nSHARE Fair Trial Alliance\n");
like(text($receipt), qr/- Name: sealed.*shared with: Nordic Committee/, 'she is sealed, and shares');
$mail = answer($receipt, "SHARE fairtrial\n");
like(text($mail), qr/shared with: Nordic .*Fair Trial/, 'more later');
($st, $out, $err) = $u->undersign('export', 'manuchehr', '--share', 'nordic');
is($st, 1, 'not in clear');
like($err, qr/export manuchehr --share nordic --sealed/, 'and what does');
for my $case ([ nordic => 'Ida ida' ], [ fairtrial => 'Ida ida, Jon jon' ]) {
	my ($org, $want) = @$case;
	($st, $out, $err) = $u->undersign('export', 'manuchehr', '--share', $org, '--sealed', '-o', "$dir/$org.list");
	is($st, 0, "sealed, for $org") or diag $err;
	($st, $out, $err) = offline("of machine\n", 'open', @shares, '--key', "$dir/machine.key", '--passphrase-fd', 0, "$dir/$org.list");
	is($st, 0, 'it opens') or diag $err;
	($head, @list) = split /\r\n/, $out;
	is(join(', ', map { my @f = split /,/; "$f[1] " . $f[6] =~ s/\@.*//r } @list), $want, 'with those alone who agreed');
	unlike($out, qr/Idatown|idawords/, 'and nothing but name and address');
	like($list[0], qr/,$org=$day$/, 'and since when');
}
($st, $out, $err) = $u->undersign('export', 'manuchehr', '--sealed', '-o', "$dir/all.list");
($st, $out, $err) = offline("of machine\n", 'open', @shares, '--key', "$dir/machine.key", '--passphrase-fd', 0, "$dir/all.list");
like($out, qr/Idatown.*idawords.*,no,$day,$day,,nordic=$day fairtrial=$day\r$/m, 'the whole list has it all') or diag $err;
signs('kim', answer => "Yes, and thank you!\nGood luck\n- HIDE\n");
for my $case ([ 1 ], [ 0, '--hand-in' ]) {
	my ($there, @how) = @$case;
	($st, undef, $err) = $u->undersign('export', 'manuchehr', '--sealed', @how, '-o', "$dir/in.list");
	is($st, 0, "sealed @how") or diag $err;
	($st, $out, $err) = offline("of machine\n", 'open', @shares, '--key', "$dir/machine.key", '--passphrase-fd', 0, "$dir/in.list");
	like($out, qr/^\d+,Ida,Idatown,/m, 'opens') or diag $err;
	is($out =~ /idawords|ida\@example/ ? 1 : 0, $there, $there ? 'with comment and address' : 'without comment and address');
	is($out =~ /^\d+,Kim,/m ? 1 : 0, $there, $there ? 'who said HIDE is there' : 'without who said HIDE');
}
answer($receipt, "FORGET\n");
($st, $out, $err) = $u->undersign('export', 'manuchehr', '--share', 'nordic', '--sealed', '-o', "$dir/none.list");
like($err, qr/^undersign: 0 rows/m, 'FORGET: not for it any more');

# ---- forged letters while she is asked -----------------------------------------------------------

# A stranger's second letter undoes neither her HIDE nor her DO NOT SHARE.
my (%first, %second);
sub list_of { my ($who) = @_; return join ',', rows("select hidden from signature where number = (select max(number) from signature)") }
for my $who (qw(una ula)) {
	$u->write_mail(from => "$who\@example.net", name => ucfirst $who, to => $to, body => $who eq 'una' ? "HIDE\n" : "I sign\n");
	ok($first{$who} = $u->mail_to("$who\@example.net"), "$who is asked");
}
like(text($first{una}), qr/Name may be shown: no/, 'una: not to be shown');
$u->pass(86401);
for my $who (qw(una ula)) {
	$u->write_mail(from => "$who\@example.net", name => 'Una Forged', to => $to, body => $who eq 'una' ? "I sign\nSHOW\n" : "HIDE\n");
	ok($second{$who} = $u->mail_to("$who\@example.net", 2), 'somebody writes in her name');
}
like(text($second{una}), qr/Name may be shown: no/, 'the second request still says no');
my ($una_link) = $first{una}->text =~ m{(http://127\S+/c/[^>\s]+)};
like(http('GET', $una_link), qr/not on the list/, 'and so does the page of the first');
$receipt = answer($first{una}, "Yes\n");
like(text($receipt), qr/Name may be shown: no, and it is not on the list/, 'she answers the first: not shown');
is(list_of('una'), 1, 'kept so');
$receipt = answer($second{ula}, "Yes\nSHOW\n");
like(text($receipt), qr/Name may be shown: yes/, 'only her own SHOW shows her');
is(list_of('ula'), 0, 'kept so');

# With a token she said DO NOT SHARE, and has not answered yes yet.
$u->write_mail(from => 'vera@example.net', name => 'Vera', to => $to, body => "Share: nordic\n");
like(text($first{vera} = $u->mail_to('vera@example.net')), qr/shared with: Nordic/, 'vera is asked');
$u->write_mail(from => 'vera@example.net', to => $to, body => "STATUS\n");
$mail = $u->mail_to('vera@example.net', 2);
like(text(answer($mail, "DO NOT SHARE\n")), qr/shared with: nobody/, 'she says DO NOT SHARE');
$u->pass(86401);
$u->write_mail(from => 'vera@example.net', name => 'Vera', to => $to, body => "Share: nordic\n");
$mail = $u->mail_to('vera@example.net', 4);
like(text($mail), qr/shared with: nobody/, 'a stranger cannot undo that');
like(text(answer($mail, "Yes\n")), qr/shared with: nobody/, 'nor does her yes');
$mail = ($u->mails_to('vera@example.net'))[-1];
like(text(answer($mail, "SHARE nordic\n")), qr/shared with: Nordic/, 'she herself can');
$u->write_mail(from => 'uma@example.net', name => 'Uma', to => $to, body => "I sign\n");
ok($first{uma} = $u->mail_to('uma@example.net'), 'uma is asked');
Undersigned::spew("$dir/campaigns/manuchehr/petition.en.md", "Another text.\n");
$u->hup;
sleep 0.5;
$u->pass(86401);
$u->write_mail(from => 'uma@example.net', name => 'Uma', to => $to, body => "Share: nordic\n");
$mail = $u->mail_to('uma@example.net', 2);
like(text($mail), qr/Another text.*shared with: Nordic/, 'the text has changed, and somebody writes in her name');
$u->write_mail(from => 'uma@example.net', to => $first{uma}->reply_to, body => "Yes\nHIDE\nDO NOT SHARE\n");
$receipt = $u->mail_to('uma@example.net', 3);
like(text($receipt), qr/Name may be shown: no.*shared with: nobody/, 'she answers the first: counted, with what she says and nothing of what somebody wrote');

# ---- in small letters --------------------------------------------------------------------------

# In any letters, with the article that belongs to the sentence or to the name.
sub said_last { return said((rows('select max(number) from signature'))[0]) }
my %small = (
	en => [ "Yes\nShare the nordic committee for prisoners of conscience, thank you\n", 'nordic' ],
	ru => [ "Да\nпередайте организации fair trial alliance\n", 'fairtrial' ],
	tg => [ "Ҳа\nНоми маро ба Fair Trial Alliance диҳед\n", 'fairtrial' ],
	nb => [ "Ja\ndel navnet mitt med the fair trial alliance\n", 'fairtrial' ],
);
for my $l (qw(en ru tg nb)) {
	my ($yes, $org) = @{ $small{$l} };
	(undef, $receipt) = signs("small$l", to => $l eq 'en' ? $to : "manuchehr-$l\@$d", answer => encode('UTF-8', $yes));
	is(said_last(), "count 1, list 1, share $org 1", "$l: understood in small letters");
	like(text($receipt), $org eq 'nordic' ? qr/Nordic Committee[^-(]*\($day\)/ : qr/Fair Trial Alliance \($day\)/, "$l: and told");
}

# What may mean an organisation is asked about; what people say of a petition is not.
(undef, $receipt) = signs('xia');
for my $words ('Share the Nordic Committee', 'Share the Fair Trial Alliance?', 'Share The Xyz Fund', 'share my name with the world',
    'Share the Fair Trial Alliance, but not my address', 'Share with the Pamir Solidarity', "Share the fairtrial") {
	like(text(answer($receipt, "$words\n")), qr/Not shared:.*not clear with whom.*SHARE Fair Trial Alliance/, "$words: with nobody, and she is told");
}
my $told = () = $u->mails_to('xia@example.net');
for my $words ('Please share this petition with your friends', 'Share the petition!', 'Please share this with the Fair Trial Alliance',
    'I share the Fair Trial Alliance’s view', 'We share the Nordic Committee for Prisoners of Conscience', 'Share it with Fair Trial Alliance',
    'Передайте это Fair Trial Alliance', 'Ба ӯ салом диҳед', 'Номи маро ба Fair Trial Alliance', 'Del det med Fair Trial Alliance') {
	is(said_last(), 'count 1, list 1', 'nothing is kept');
	like($u->write_mail(from => 'xia@example.net', to => $receipt->reply_to, body => encode('UTF-8', "$words\n")), qr/^250/, "taken: $words");
}
$u->settle;
is(said_last(), 'count 1, list 1', 'what people say is no consent');
unlike(join(' ', map { text($_) } ($u->mails_to('xia@example.net'))[$told .. 99]), qr/Not shared/, 'nor is she asked about it');
$before = () = $u->mails_to('xia@example.net');
$u->write_mail(from => 'xia@example.net', to => $to, body => "Share the Fair Trial Alliance\n");
$mail = $u->mail_to('xia@example.net', $before + 1);
like(text($mail), qr/hopefully you, asked us to give your name /, 'without a token: a question');
is(said_last(), 'count 1, list 1', 'and nothing else');
(undef, $receipt) = signs('yun', body => "share the Fair Trial Alliance\n", answer => "Please share this petition with your friends\n");
like(text($receipt), qr/Not shared:.*shared with: nobody/, 'forged in small letters, and answered with other words than yes: with nobody');
(undef, $receipt) = signs('zoe', body => "Share: nordic\n", answer => "Share The Petition\n");
like(text($receipt), qr/Not shared:.*shared with: nobody/, 'nor is what is not clear a plain yes');
is(said_last(), 'count 1, list 1', 'nothing is kept of it');

# ---- in HTML -----------------------------------------------------------------------------------

my $quote = '<div class="gmail_quote"><div class="gmail_attr">On Mon, Nov 23, 2026 at 8:00 PM Free &lt;f@x.example&gt; wrote:</div>';
for my $case ([ "<p>Yes</p><p><s>SHARE nordic</s></p>", 'count 1, list 1', 'what she has struck through' ],
    [ "<p>Yes<div style=\"display:none\">SHARE nordic</div>", 'count 1, list 1', 'what is hidden' ],
    [ "<div>Yes</div>$quote<div>SHARE nordic</div></div>", 'count 1, list 1', 'a quote without a mark of one' ],
    [ "<div>Yes</div><div style=\"text-decoration:line-through\">HIDE</div><div>SHARE nordic</div>", 'count 1, list 1, share nordic 1', 'her words beside' ],
    [ "$quote<blockquote class=\"gmail_quote\">SHARE nordic<div id=\"appendonsend\"></div></blockquote><div>HIDE</div></div>", 'count 1, list 0', 'her words below' ]) {
	my ($html, $want, $what) = @$case;
	state $one = 'html0';
	$one++;
	$u->write_mail(from => "$one\@example.net", name => 'Hedda', to => $to);
	$request = $u->mail_to("$one\@example.net");
	answer($request, "<html><body>$html</body></html>\n", type => 'text/html');
	is(said_last(), $want, "HTML: $what");
}
(undef, $receipt) = signs('ota');
for my $html ('<p>Thank you</p><del>FORGET</del>', '<div style="font-size:0;max-height:0">WITHDRAW</div>Thank you', "Thanks<div class=OutlookMessageHeader>From: x</div>FORGET") {
	$u->write_mail(from => 'ota@example.net', to => $receipt->reply_to, body => $html, type => 'text/html');
}
$u->write_mail(from => 'ota@example.net', to => $receipt->reply_to, body => "Thank you\n\n| FORGET\n| WITHDRAW\n");
$u->settle;
is(said_last(), 'count 1, list 1', 'nothing that is struck, hidden or quoted is a verb');

is($u->stop, 0, 'ends cleanly');
unlike($u->log, qr/example\.net|nordic|Fair Trial/, 'nothing of it in the log');
done_testing;
