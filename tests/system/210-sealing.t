#!/usr/bin/perl
# A campaign with an opening key, dealt to seven organisations of whom three open:
# what a thief with database and master key reads, what the signers are told, and
# that the list opens where three come together, and nowhere else.
# SPDX-License-Identifier: ISC
use strict;
use warnings;
use utf8;
use Test::More;
use Encode qw(encode decode);
use File::Basename;
use Time::HiRes qw(sleep time);
use lib dirname(__FILE__);
use Undersigned;

binmode Test::More->builder->$_, ':utf8' for qw(output failure_output);
my $B = $Undersigned::BUILD;
my @orgs = qw(lawyers pamir centralasia nordic fairtrial defenders letters);
my $port = IO::Socket::INET->new(LocalAddr => '127.0.0.1', Listen => 1)->sockport;
my $u = Undersigned->new(extra => "web {\n\tlisten = \"127.0.0.1:$port\"\n" .
    "\tbase_url = \"http://127.0.0.1:$port\"\n}\n");
my ($dir, $d) = ($u->{dir}, $u->{domain});
my $to = "manuchehr\@$d";
my $conf = "$dir/campaigns/manuchehr/campaign.conf";
my $plain_conf = Undersigned::slurp($conf);

# ---- seven organisations -------------------------------------------------------

# undersign without a configuration, as on the machine of a holder.
sub offline {
	my ($passphrases, @args) = @_;
	return $u->run($passphrases, 'env', '-u', 'UNDERSIGNED_CLOCK', "$B/undersign", @args);
}

my %public;
for my $name (@orgs, 'machine') {
	my ($st, $out, $err) = $u->run('', "$B/tests/system/light_key", "$dir/$name.key", "of $name");
	is($st, 0, "key of $name") or diag $err;
	chomp($public{$name} = $out);
}
my @deal = ('key', 'deal', '--threshold', 3, (map { ('--holder', "$_=$public{$_}") } @orgs));
my ($st, $opening, $err) = offline('', @deal, '--output', "$dir/deal");
is($st, 0, 'dealt, three of seven') or diag $err;
like($opening, qr/\Aopening_key = "undersigned-opening-[\w-]{48}"\n\z/, 'a line for campaign.conf');
like($err, qr/goes into the campaign's campaign\.conf/, 'which can be used');
my (undef, $other) = offline('', @deal, '--output', "$dir/other");
# On the day of opening each holder passes her share on to one machine.
sub pass_on {
	my ($org, $file, $as) = @_;
	my ($st, undef, $err) = offline("of $org\n", 'key', 'unseal-share', '--share', $file,
	    '--key', "$dir/$org.key", '--for', $public{machine}, '--output', $as, '--passphrase-fd', 0);
	is($st, 0, "share of $org passed on") or diag $err;
	return $as;
}
my %share = map { ($_ => pass_on($_, "$dir/deal/share-1-$_.txt", "$dir/$_.share")) } @orgs;

sub set_conf { Undersigned::spew($conf, $plain_conf . ($_[0] // '')) }

# ---- they sign -------------------------------------------------------------------

set_conf("\n$opening");
ok($u->start, 'starts') or BAIL_OUT($u->log);

sub body { return encode('UTF-8', join '', map { "$_\n" } @_) }
sub answer {
	my ($mail, $text, %m) = @_;
	my $n = () = $u->mails_to($m{from} // $mail->to);
	my $r = $u->write_mail(from => $mail->to, to => $mail->reply_to, body => $text, %m);
	like($r, qr/^250/, "taken: $text");
	return $u->mail_to($m{from} // $mail->to, $n + 1);
}
sub text { return decode('UTF-8', $_[0]->text) }

my %receipt;
my @people = (
	[ ada => 'Zaphodina Lovelace', 'Country: NO', 'City: Cityzen', 'Comment: remarkable words' ],
	[ bea => 'Bertramina', 'Country: DE', 'News: yes' ],
	[ cyr => 'Фируза Заринова', 'Страна: Таджикистан', 'Город: Хоруг', 'Комментарий: свободу' ],
	[ dan => undef ],
	[ fay => 'Fayola', 'City: Fayville' ],
	[ gus => 'Gustavino', 'City: Gustown' ],
	[ hal => 'Halfdanus', 'Comment: halfwords' ],
	[ ivy => 'Ivyanna', 'City: Ivytown' ],
);
for my $p (@people) {
	my ($who, $name, @lines) = @$p;
	my ($request, $receipt) = $u->sign(from => "$who\@secret-domain.example.net",
	    ($name ? (name => encode('MIME-Header', $name)) : ()), body => body(@lines));
	ok($receipt, "$who has signed") or next;
	like(text($request), $who eq 'cyr' ? qr/будут запечатаны: .*никто не сможет/s : qr/are sealed: .*nobody at this server/s,
	    'the request says what becomes of it');
	$receipt{$who} = $receipt;
}
$u->write_mail(from => 'eve@secret-domain.example.net', name => 'Evelina', to => $to, body => "City: Evetown\n");
ok($u->mail_to('eve@secret-domain.example.net'), 'eve is asked, and does not answer');

my $text = text($receipt{ada});
like($text, qr/locked with a key that is not on this server: nobody here can read them back/, 'the receipt says it');
like($text, qr/^- Name: sealed\n- Country: Norway\n- City: sealed\n/m, 'and what is sealed');
like($text, qr/^- Comment: sealed$/m, 'her comment too');
unlike($receipt{ada}->raw . $text, qr/Zaphodina|Cityzen|remarkable/, 'and does not say it again');
unlike($text, qr/a second time/, 'who wants no news: her address is kept once');
like(text($receipt{bea}), qr/keeps your mail address a second time, encrypted, .*STOP/, 'who wants news: twice');
like(text($receipt{cyr}), qr/Имя: запечатано/, 'in her language');
like(text($receipt{dan}), qr/^- Name: not given$/m, 'who said no name has none');

# ---- what they write later ---------------------------------------------------------

my $status = answer($receipt{ada}, "STATUS\n");
like(text($status), qr/You have signed.*nobody here can read them back.*- Name: sealed/s, 'STATUS says it');
my $mail = answer($receipt{fay}, "NAME Fayola Newname\n");
like(text($mail), qr/Done\..*Nobody at this server can read.*- Name: sealed/s, 'NAME is taken, unread');
$mail = answer($receipt{fay}, "City: Newtown\nComment: new comment\nCountry: SE\n");
like(text($mail), qr/- Country: Sweden/, 'country is not sealed');
$mail = answer($receipt{gus}, "UPDATES\n");
like(text($mail), qr/- News: yes/, 'UPDATES from her address: it is known again');
my $kept = () = $u->mails_to('gus@secret-domain.example.net');
$u->write_mail(from => 'someone@elsewhere.example.net', to => $receipt{ada}->reply_to, body => "UPDATES\n");
$mail = answer($receipt{ada}, "STATUS\n");
like(text($mail), qr/- News: no/, 'UPDATES from another address: where to is not known');
$mail = answer($receipt{hal}, "WITHDRAW\n");
like(text($mail), qr/withdrawn/, 'WITHDRAW is answered to her');
$mail = answer($receipt{ivy}, "FORGET\n");
like(text($mail), qr/our last mail to you/, 'FORGET too');

# A second sign mail gets a request, as anybody's would.
my $n = () = $u->mails_to('dan@secret-domain.example.net');
$u->pass(2 * 86400);
like($u->write_mail(from => 'dan@secret-domain.example.net', to => $to), qr/^250/, 'signs again');
my $again = $u->mail_to('dan@secret-domain.example.net', $n + 1);
ok($again && $again->reply_to =~ /\+c-/, 'and is asked again');
$mail = answer($again, "Yes\n");
like(text($mail), qr/You have signed.*number is 4 /s, 'the answer gets her receipt again, of the same number');
is($u->count('confirmed'), 6, 'counted once each');

# A letter of her own goes to the contact person.
$u->write_mail(from => 'ada@secret-domain.example.net', name => 'A Writer', to => $receipt{ada}->reply_to,
    body => "Dear friends, is there a meeting in my town next week, and may I come to it?\n");
$mail = $u->mail_to('nordic@example.org');
ok($mail, 'handed on to the contact person') or diag $u->log;
is($mail && $mail->reply_to, 'ada@secret-domain.example.net', 'who can answer her');
unlike($mail ? $mail->text : '', qr/Zaphodina/, 'without the name that is sealed');
ok($u->settle, 'all is sent');

# ---- paper ---------------------------------------------------------------------------

Undersigned::spew("$dir/sheet one.csv", encode('UTF-8', "name,city,country,address,comment\n" .
    "Paperina Pulp,Papertown,NO,paper\@secret-domain.example.net,inky\nХудои Назар,Душанбе,TJ,,\n"));
($st, my $out, $err) = $u->undersign('import', 'manuchehr', "$dir/sheet one.csv", '--date', '2026-11-01');
is($st, 0, 'paper is taken in') or diag $err;

# ---- who has disk and master key -------------------------------------------------------

my @secrets = map { lc } qw(zaphodina lovelace cityzen remarkable bertramina fayola fayville newname newtown
    gustavino gustown halfdanus halfwords ivyanna ivytown paperina papertown inky), 'new comment',
    map { encode('UTF-8', $_) } qw(Фируза Заринова Хоруг свободу Худои Душанбе);

sub thief {
	my ($what, %may) = @_;
	my ($st, $out, $err);
	# Within minutes what was read until then is overwritten; sooner when it is quiet.
	my $end = time + 60;
	my $kept = '(?:' . join('|', @{ $may{addresses} }) . ')';
	do {
		($st, $out, $err) = $u->run('', "$B/tests/system/seize", "$dir/state/undersigned.db", "$dir/master.key",
		    glob "$dir/state/undersigned.db*");
		sleep 0.5;
	} until ($out !~ /^carved (?!eve\@|$kept\@[^|]*\|-\|-\|-$)/m || time > $end);
	is($st, 0, "$what: the thief reads") or diag $err;
	like($out, qr/^rows signature 9$/m, "$what: all rows");
	my @found = grep { index(lc $out, $_) >= 0 } @secrets;
	is("@found", '', "$what: no name, city, comment");
	my %address = map { ($_ => 1) } $out =~ /([\w.]+)\@secret-domain/g;
	is(join(' ', sort keys %address), join(' ', sort @{ $may{addresses} }), "$what: no address but of who wants news, or is asked");
	for my $file (grep { -f } glob "$dir/state/*") {
		my $bytes = Undersigned::slurp($file);
		@found = grep { index(lc $bytes, $_) >= 0 } @secrets, 'secret-domain', 'evelina';
		is("@found", '', "$what: nothing in clear in " . basename($file));
	}
	return $out;
}
my $seen = thief('after all that', addresses => [ qw(bea eve gus) ]);
like($seen, qr/^signature state=2 bea\@[^|]*\|-\|-\|-$/m, 'of who wants news, the address and nothing else');
like($seen, qr/^signature state=1 eve\@[^|]*\|Evelina\|Evetown/m, 'of who has not answered yet, all that she will be shown');
like($seen, qr/^rows paper 2$/m, 'paper is there');
is(() = $seen =~ /^kept state=2 open=0 sealed=[1-9]/mg, 4, 'the others who signed are sealed');
is(() = $seen =~ /^kept state=[36] open=0 sealed=0$/mg, 2, 'of who withdrew or is forgotten, nothing');

$mail = answer($receipt{gus}, "STOP\n");
like(text($mail), qr/- News: no/, 'STOP is answered');
ok($u->settle, 'and sent');
thief('after STOP', addresses => [ qw(bea eve) ]);

# ---- updates ------------------------------------------------------------------------------

Undersigned::spew("$dir/news.md", "There is news for {{name}}.\n");
($st, $out, $err) = $u->undersign('update', 'manuchehr', 'new', '--subject', 'News', "$dir/news.md");
is($st, 0, 'an update') or diag $err;
($st, $out, $err) = $u->undersign('update', 'manuchehr', 'send', 1, '-y');
is($st, 0, 'is sent') or diag $err;
ok((grep { $_->subject eq 'News' } map { $u->mail_to('bea@secret-domain.example.net', $_) } 3), 'to who wants it');
$u->settle;
my @news = grep { $_->subject eq 'News' } $u->mails;
is(scalar @news, 1, 'and to nobody else');
like($news[0]->text, qr/^Hello,\n/, 'without a name');

# What bounces of her who wants news leads to a warning, as for anybody.
sub bounce {
	my ($mail) = @_;
	my ($back) = ($mail->header('Return-Path') // '') =~ /<([^>]+)>/;
	my $serial = ++$Undersigned::serial;
	return $u->lmtp(from => '', to => $back, data => "From: <MAILER-DAEMON\@mx.example.net>\nTo: $back\n" .
	    "Subject: failed\nMessage-ID: <b$serial\@mx.example.net>\nMIME-Version: 1.0\n" .
	    "Content-Type: multipart/report; report-type=delivery-status; boundary=b\n\n--b\n\nSorry.\n\n--b\n" .
	    "Content-Type: message/delivery-status\n\nReporting-MTA: dns; mx.example.net\n\n" .
	    "Final-Recipient: rfc822; x\@example.net\nAction: failed\nStatus: 5.1.1\n\n--b--\n");
}
like(bounce($news[0]), qr/^250/, 'her news comes back');
like(bounce($receipt{ada}), qr/^250/, 'so does what another got');
$u->pass(4 * 86400);
my $warning = $u->mail_to('bea@secret-domain.example.net', 4, 30);
like($warning ? $warning->subject : '', qr/came back/, 'she is warned');
$u->settle;
is(scalar(grep { $_->subject =~ /came back/ } $u->mails), 1, 'and nobody else');

# ---- the list -------------------------------------------------------------------------------

($st, $out, $err) = $u->undersign('export', 'manuchehr');
is($st, 1, 'export does not do');
like($err, qr/export manuchehr --sealed/, 'and says what does');
is($out, '', 'and writes nothing');
my $list = "$dir/list";
($st, $out, $err) = $u->undersign('export', 'manuchehr', '--sealed', '-o', $list);
is($st, 0, 'export --sealed, while the daemon runs') or diag $err;
my $sealed = Undersigned::slurp($list);
is((stat $list)[2] & 0777, 0600, 'for its owner alone');
my @found = grep { index(lc $sealed, $_) >= 0 } @secrets, 'secret-domain';
is("@found", '', 'nothing in clear in it');

sub open_list {
	my ($file, $shares, @more) = @_;
	return offline("of machine\n", 'open', (map { ('--share', $_) } @$shares), '--key', "$dir/machine.key",
	    '--passphrase-fd', 0, @more, $file);
}

my $h = 'number,name,city,country,country_name,comment,address,language,source,date,state,hidden';
my $day = qr/2026-\d\d-\d\d/;
my @want = (
	'1,Zaphodina Lovelace,Cityzen,NO,Norway,remarkable words,ada@secret-domain.example.net,en,,DAY,confirmed,no',
	'2,Bertramina,,DE,Germany,,bea@secret-domain.example.net,en,,DAY,confirmed,no',
	'3,Фируза Заринова,Хоруг,TJ,Tajikistan,свободу,cyr@secret-domain.example.net,ru,,DAY,confirmed,no',
	'4,,,,,,dan@secret-domain.example.net,en,,DAY,confirmed,no',
	'5,Fayola Newname,Newtown,SE,Sweden,new comment,fay@secret-domain.example.net,en,,DAY,confirmed,no',
	'6,Gustavino,Gustown,,,,gus@secret-domain.example.net,en,,DAY,confirmed,no',
);
# Without what they agreed to, which 218-consents.t looks at.
sub lines { my @l = split /\r\n/, decode('UTF-8', $_[0]); s/,$day,/,DAY,/, s/(?:,[^,]*){4}\z// for @l; return @l }
my @three = @share{qw(pamir nordic letters)};
($st, $out, $err) = open_list($list, \@three, '-o', "$dir/list.csv");
is($st, 0, 'three of seven open it') or diag $err;
my $csv = Undersigned::slurp("$dir/list.csv");
is_deeply([ lines($csv) ], [ $h, @want ], 'it is the list, corrections and all');
is((stat "$dir/list.csv")[2] & 0777, 0600, 'for its owner alone');

# Every three open, no two do.
my ($open, $closed, $tried) = (0, 0, 0);
for my $i (0 .. 6) { for my $j ($i + 1 .. 6) {
	my ($s, $o, $e) = open_list($list, [ @share{@orgs[$i, $j]} ]);
	$closed++ if $s == 1 && $o eq '' && $e =~ /3 of the shares are needed, and 2 are given/;
	for my $k ($j + 1 .. 6) {
		($s, $o) = open_list($list, [ @share{@orgs[$i, $j, $k]} ]);
		$open++ if $s == 0 && $o eq $csv;
		$tried++;
	}
} }
is($tried, 35, 'there are 35 threes');
is($open, 35, 'each of them opens it');
is($closed, 21, 'none of 21 twos does');

# ---- shares that are wrong --------------------------------------------------------------------

sub refused {
	my ($what, $list, $shares, $like, @more) = @_;
	my ($st, $out, $err) = open_list($list, $shares, '-o', "$dir/no.csv", @more);
	is($st, 1, "$what: refused");
	like($err, $like, "$what: named");
	ok(!-e "$dir/no.csv", "$what: nothing is written");
}
my ($a, $b, $c) = @three;
refused('a share twice', $list, [ $a, $b, $b ], qr/share of nordic: it is given twice/);
Undersigned::spew("$dir/bad.share", Undersigned::slurp($c) =~ s/^(sealed: .{20})(.)/$1 . ($2 eq 'A' ? 'B' : 'A')/emr);
refused('a damaged share', $list, [ $a, $b, "$dir/bad.share" ], qr/bad\.share: the share is cut short or damaged/);
my $foreign = pass_on('letters', "$dir/other/share-1-letters.txt", "$dir/foreign.share");
refused('a share of another key', $list, [ $a, $b, $foreign ], qr/share of letters: it is of another opening key/);
refused('a share for another', $list, [ $a, $b, "$dir/deal/share-1-letters.txt" ], qr/share of letters: it is not unsealed/);
($st, $out, $err) = offline("of pamir\nof nordic\nof letters\n", 'key', 'redeal', (map { ('--share', "$dir/deal/share-1-$_.txt") }
    qw(pamir nordic letters)), (map { ('--key', "$dir/$_.key") } qw(pamir nordic letters)), '--passphrase-fd', 0, '--output', "$dir/again");
is($st, 0, 'dealt anew') or diag $err;
my $fresh = pass_on('letters', "$dir/again/share-2-letters.txt", "$dir/fresh.share");
refused('a stale share', $list, [ $a, $b, $fresh ], qr/share of pamir: it is stale/);
my @fresh = ($fresh, map { pass_on($_, "$dir/again/share-2-$_.txt", "$dir/fresh-$_.share") } qw(lawyers defenders));
($st, $out) = open_list($list, \@fresh);
is($out, $csv, 'the new shares open the old list');
($st, $out, $err) = offline("of pamir\nof nordic\nof letters\n", 'open', (map { ('--share', "$dir/deal/share-1-$_.txt",
    '--key', "$dir/$_.key") } qw(pamir nordic letters)), '--passphrase-fd', 0, $list);
is($out, $csv, 'three can bring their keys as well') or diag $err;

# ---- lists that are wrong ----------------------------------------------------------------------

my @line = split /\n/, $sealed;
my ($row3) = grep { $line[$_] =~ /^\d+ row 3 / } 0 .. $#line;
sub changed { my ($i, $how) = @_; my @l = @line; $how->($l[$i]); return join '', map { "$_\n" } @l }
my $bad = "$dir/bad.list";
Undersigned::spew($bad, changed($row3, sub { substr($_[0], 400, 1) = substr($_[0], 400, 1) eq 'A' ? 'B' : 'A' }));
refused('a damaged row', $bad, \@three, qr/bad\.list: row 3 \(line 4 of the list\) is damaged/);
Undersigned::spew($bad, join '', map { "$_\n" } @line[0 .. $row3 - 1, $row3 + 1 .. $#line]);
refused('a missing row', $bad, \@three, qr/after row 2, the lines 4 to 4 of the list are missing/);
Undersigned::spew($bad, join '', map { "$_\n" } @line[0 .. $row3]);
refused('a list cut short', $bad, \@three, qr/cut short after row 3/);
Undersigned::spew($bad, changed(1, sub { $_[0] = 'campaign: river' }));
refused('a head that is changed', $bad, \@three, qr/the head of the list .* is damaged/);
refused('no list at all', "$dir/list.csv", \@three, qr/no sealed list/);
Undersigned::spew($bad, changed($row3, sub { substr($_[0], 400, 1) = substr($_[0], 400, 1) eq 'A' ? 'B' : 'A' }));
($st, $out, $err) = open_list($bad, \@three, '--rescue', '-o', "$dir/rescued.csv");
is($st, 1, '--rescue tells that it is not whole');
is_deeply([ lines(Undersigned::slurp("$dir/rescued.csv")) ], [ $h, @want[0, 1, 3 .. 5] ], 'and saves the others');
Undersigned::spew($bad, $sealed =~ s/\n/\r\n/gr);
($st, $out) = open_list($bad, \@three);
is($out, $csv, 'line ends of a mail program do no harm');

# ---- the rest of it -------------------------------------------------------------------------------

($st, $out, $err) = $u->undersign('export', 'manuchehr', '--sealed', '--state', 'paper', '-o', "$dir/paper");
is($st, 0, 'paper, sealed') or diag $err;
($st, $out, $err) = open_list("$dir/paper", \@three);
is_deeply([ lines($out) ], [ $h, '"",Paperina Pulp,Papertown,NO,Norway,inky,paper@secret-domain.example.net,,sheet one.csv,DAY,paper,no',
    '"",Худои Назар,Душанбе,TJ,Tajikistan,,,,sheet one.csv,DAY,paper,no' ], 'opens');
($st, $out) = $u->undersign('export', 'manuchehr', '--sealed', '--state', 'all', '-o', "$dir/all");
($st, $out, $err) = open_list("$dir/all", \@three);
like($out, qr/^"",Evelina,Evetown,.*,pending,no,,,,\r$/m, 'who is pending is sealed on the way') or diag $err;
like($out, qr/^7,,,,,,,.*,withdrawn,no,,,,\r$/m, 'of who withdrew nothing is left');

($st, $out) = $u->undersign('signer', 'manuchehr', 'show', 'ada@secret-domain.example.net');
is(() = $out =~ /^(?:address|name|city|comment) +sealed: only the holders of the opening key/mg, 4, 'signer show says what is sealed');
unlike($out, qr/secret-domain/, 'and knows no address');
($st, $out) = $u->undersign('signer', 'manuchehr', 'show', 'bea@secret-domain.example.net');
like($out, qr/^kept open +bea\@secret-domain/m, 'but that of who wants news');
($st, $out) = $u->undersign('list', 'manuchehr', '--state', 'active', '--addresses', '--format', 'csv');
like($out, qr/bea\@secret-domain/, 'list --addresses: who wants news');
($st, $out) = $u->undersign('list', 'manuchehr', '--state', 'stopped', '--addresses', '--format', 'csv');
like($out, qr/,sealed\r?$/m, 'and of the others that they are sealed');
($st, $out, $err) = $u->undersign('signer', 'manuchehr', 'withdraw', 'cyr@secret-domain.example.net');
is($st, 0, 'staff withdraw by address') or diag $err;
ok(grep({ text($_) =~ /подпись снята/ } grep { defined } $u->mail_to('cyr@secret-domain.example.net', 3)), 'and she hears of it');
($st, $out) = $u->undersign('campaign', 'show', 'manuchehr');
like($out, qr/^sealed to +undersigned-opening-/m, 'campaign show says to what');

# A pattern is looked for in nobody's name who is sealed, and that is told.
($st, $out, $err) = $u->undersign('uncount', 'manuchehr', '--dry-run', '--where', 'pattern="."');
like($out, qr/^Meant: 0 of 5 signatures.*^Not looked into, because they are sealed: 5$/ms, 'uncount by pattern tells what is sealed')
    or diag $err;

# By web, too.
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
$u->write_mail(from => 'web@secret-domain.example.net', name => 'Webster', to => $to);
my $link = ($u->mail_to('web@secret-domain.example.net'))->text =~ m{(http://127\S+/c/[^>\s]+)} ? $1 : '';
my $sign_page = http('GET', $link);
like($sign_page, qr/are sealed as soon as you sign.*Webster/s, 'the page says what becomes of it');
like(http('POST', $link, 'sign=yes&text=' . ($sign_page =~ /name="text" value="(\w+)"/)[0]), qr/Thank you/, 'the button signs');
$mail = $u->mail_to('web@secret-domain.example.net', 2);
ok($mail && text($mail) =~ /- Name: sealed/, 'and seals');

# ---- the line in campaign.conf -------------------------------------------------------------------------

($st, $out) = $u->undersign('check', '--offline');
like($out, qr/^ok +manuchehr +all who have signed are sealed$/m, 'check is content');
set_conf();
($st, $out) = $u->undersign('check', '--offline');
is($st, 1, 'the line is away: check fails');
like($out, qr/^FAIL +manuchehr .*opening_key is not there any more; put it back: opening_key = "undersigned-opening-/m, 'and says what to write');
$u->hup;
my $end = time + 15;
sleep 0.1 until $u->log =~ /opening_key is not there any more/ || time > $end;
like($u->log, qr/opening_key is not there any more/, 'the daemon will not have it');
my (undef, $late) = $u->sign(from => 'late@secret-domain.example.net', name => 'Latecomer');
ok($late && text($late) =~ /- Name: sealed/, 'and goes on sealing');

$u->stop;
ok($u->start, 'starts without the line');
like($u->write_mail(from => 'x@secret-domain.example.net', to => $to), qr/^451/, 'mail for the campaign waits');
($st, $out, $err) = $u->undersign('import', 'manuchehr', "$dir/sheet one.csv", '--batch', 'two');
is($st, 1, 'and paper is not taken in unsealed');
set_conf("\nopening_key = \"none\"\n");
($st, $out) = $u->undersign('check', '--offline');
is($st, 0, 'unless it says so');
like($out, qr/^warn +manuchehr .*keep the shares/m, 'with a warning');
$u->stop;
ok($u->start, 'starts');
(undef, $mail) = $u->sign(from => 'open@plain.example.net', name => 'Openhearted');
ok($mail && text($mail) =~ /- Name: Openhearted/, 'who signs then is not sealed');
$mail = answer($receipt{ada}, "NAME Zaphodina Third\n");
like(text($mail), qr/- Name: sealed/, 'but who is sealed stays so');
push @secrets, 'third', 'latecomer';
set_conf("\n$other");
($st, $out) = $u->undersign('check', '--offline');
like($out, qr/^warn +manuchehr .*sealed to undersigned-opening-.* which is not its opening_key any more/m, 'another key: check warns');
like($out, qr/^warn +manuchehr .*1 person signed before it had its opening_key and is not sealed; run: undersign .*seal manuchehr/m, 'and tells who is not sealed');
$u->hup;
sleep 2;
(undef, $mail) = $u->sign(from => 'new@secret-domain.example.net', name => 'Newkeyed');
ok($mail, 'signs under the new key');
($st, $out, $err) = $u->undersign('seal', 'manuchehr');
is($st, 0, 'seal') or diag $err;
like($out, qr/^1 person is sealed now/, 'the one who was not');
($st, $out, $err) = $u->undersign('seal', 'manuchehr');
like($out, qr/^0 people/, 'and nobody twice');
($st, $out, $err) = $u->undersign('export', 'manuchehr', '--sealed', '-o', "$dir/both");
is($st, 0, 'the list of both keys') or diag $err;
refused('shares of one key', "$dir/both", \@three, qr/a part of the list is sealed to undersigned-opening-.*, of which no share is given/);
my @both = (@three, map { $_ eq 'letters' ? $foreign : pass_on($_, "$dir/other/share-1-$_.txt", "$dir/foreign-$_.share") } qw(letters pamir nordic));
($st, $out, $err) = open_list("$dir/both", \@both);
is($st, 0, 'shares of both open it') or diag $err;
like($out, qr/^1,Zaphodina Third,Cityzen,/m, 'her correction is there');
like($out, qr/,$_,/, "$_ too") for qw(Latecomer Webster Openhearted Newkeyed);
is($u->stop, 0, 'ends cleanly');

# Another master key is found out, though nothing in the database opens with any.
unlink "$dir/master.key" or die;
Undersigned::spew("$dir/master.key", 'x' x 32);
chmod 0400, "$dir/master.key";
ok(!$u->start, 'with another master key it does not start');
like($u->log, qr/this key does not open what is in the database/, 'and says why');
done_testing;
