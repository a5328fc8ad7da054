#!/usr/bin/perl
# The web face: pages that show, buttons that act, and everything that must
# change nothing; bounds; figures; the rights of its role.
# SPDX-License-Identifier: ISC
use strict;
use warnings;
use Test::More;
use Digest::SHA qw(sha256);
use File::Basename;
use IO::Socket::INET;
use MIME::Base64 qw(encode_base64url);
use Time::HiRes qw(sleep time);
use lib dirname(__FILE__);
use Undersigned;

$SIG{PIPE} = 'IGNORE';
plan skip_all => 'curl is not installed' if system('command -v curl >/dev/null 2>&1') != 0;
my $sanitized = qx{nm -D $Undersigned::BUILD/undersignd 2>/dev/null} =~ /__asan_init/;

sub free_port {
	my $s = IO::Socket::INET->new(LocalAddr => '127.0.0.1', Listen => 1) or die $!;
	return $s->sockport;
}

my ($port, $metrics) = (free_port(), free_port());
my $base = "http://127.0.0.1:$port";
my $web = "web {\n\tlisten = \"127.0.0.1:$port\"\n\tbase_url = \"$base\"\n" .
    "\tmetrics = \"127.0.0.1:$metrics\"\n\tidle = 2\n}\n";
my $u = Undersigned->new(extra => $web);
system('cp', '-r', "$u->{dir}/campaigns/manuchehr", "$u->{dir}/campaigns/other") == 0 or die;
my $conf = "$u->{dir}/campaigns/other/campaign.conf";
Undersigned::spew($conf, Undersigned::slurp($conf) =~ s/manuchehr-/other-/gr);
ok($u->start, 'starts') or BAIL_OUT($u->log);
my $d = $u->{domain};
like(($u->undersign('check', '--offline'))[1], qr/^ok +web +answers at 127\.0\.0\.1:$port$/m, 'check finds it');

# curl: (status, header text, body)
sub curl {
	my (@args) = @_;
	my ($st, $out, $err) = $u->run('', 'curl', '-s', '-i', '-m', '15', @args);
	$out =~ s/\AHTTP\/1\.1 100 Continue\r\n\r\n//;
	my ($head, $body) = split /\r\n\r\n/, $out, 2;
	my ($code) = ($head // '') =~ m{\AHTTP/1\.[01] (\d+)};
	return ($code // 0, $head // '', $body // '');
}

sub counts {
	my ($slug) = @_;
	my ($st, $out) = $u->undersign('counts', $slug // 'manuchehr', '--format', 'json');
	return { $out =~ /"(\w+)": ?(\d+)/g };
}

# Ask to sign; the confirming token.
sub request {
	my ($who, $slug, $body) = @_;
	$slug //= 'manuchehr';
	$u->write_mail(from => $who, to => "$slug\@$d", body => $body // "Name: Ada Lovelace\nCountry: Norway\nNews: yes\n");
	my $mail = $u->mail_to($who) or return undef;
	my ($t) = $mail->{raw} =~ /\Q$slug\E\+c-([a-z2-7]{37})\@/;
	return $t;
}

# The stopping token of any mail that has one.
sub stop_token {
	my ($mail) = @_;
	(my $raw = $mail->{raw}) =~ s/\r?\n[ \t]//g;
	return $raw =~ /\+u-([a-z2-7]{37})\@/ ? $1 : undef;
}

# ---- pages of nobody

my ($code, $head, $body) = curl("$base/healthz");
is("$code $body", "200 ok\n", '/healthz answers when the keeper does');
is(join('', map { (curl("$base/healthz"))[2] } 1 .. 10), "ok\n" x 10, 'time and again');
($code, $head, $body) = curl("$base/");
is($code, 200, 'a small page at /');
like($body, qr/<html lang="en">/, 'in English when nothing is known');
($code, $head, $body) = curl('-H', 'Accept-Language: no, ru;q=0.5', "$base/");
like($body, qr/<html lang="nb">/, 'in the language of the browser');
($code, $head, $body) = curl("$base/?l=tg");
like($body, qr/<html lang="tg">/, 'or the one that was clicked');
($code, $head, $body) = curl("$base/style.css");
is($code, 200, 'a stylesheet');
like($head, qr{^Content-Type: text/css}mi, 'of its type');
unlike($body, qr{url\(|\@import}, 'that loads nothing');

# ---- headers, on every answer

my $token = request('ada@example.net');
ok($token, 'a request has a confirming token');
my $link = "$base/c/manuchehr/$token";
for my $l ("$base/", $link, "$base/nothing", "$base/style.css", "$base/healthz") {
	my ($c, $h, $b) = curl($l);
	my $all = 1;
	for my $want ("Content-Security-Policy: default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
	    'Referrer-Policy: no-referrer', 'X-Content-Type-Options: nosniff', 'X-Frame-Options: DENY') {
		$all = 0, diag("$l: no $want") unless $h =~ /^\Q$want\E\r?$/m;
	}
	ok($all, 'strict headers');
	unlike($h, qr/^Set-Cookie:/mi, 'no cookie');
	like($h, $l =~ /style/ ? qr/^Cache-Control: public/m : qr/^Cache-Control: no-store\r?$/m, 'how long it is kept');
	unlike($b, qr/<script|javascript:|\son\w+=|<img|<iframe|(?:src|href)="https?:\/\/(?!127\.0\.0\.1)(?!example\.org)[^"]*\.(?:js|css)/i, 'no script, nothing from elsewhere');
}

# ---- looking changes nothing

($code, $head, $body) = curl($link);
is($code, 200, 'the confirming page');
like($body, qr/Ada Lovelace/, 'shows the name that would be kept');
like($body, qr/a…a\@example\.net/, 'and the address, masked');
unlike($body, qr/ada\@example\.net/, 'never whole');
like($body, qr/Norway/, 'and the country by name');
like($body, qr/16 years in prison/, 'and the text to be signed');
like($body, qr/<form method="post">/, 'and a button');
my ($text) = $body =~ /<input type="hidden" name="text" value="([0-9a-f]{16})">/;
ok($text, 'whose form says which text was shown');
my $yes = 'sign=yes&text=' . ($text // '');
my $before = counts();
is($before->{confirmed}, 0, 'nobody has signed');
for my $m (qw(GET HEAD OPTIONS PUT DELETE PATCH TRACE PROPFIND CONFIRM)) {
	my @a = $m eq 'HEAD' ? ('-I') : ('-X', $m);
	my ($c, $h) = curl(@a, $link);
	is($c, $m =~ /^(?:GET|HEAD)$/ ? 200 : $m eq 'OPTIONS' ? 204 : 405, "$m");
	like($h, qr/^Allow: GET, HEAD, OPTIONS, POST\r?$/m, "$m says what may be done") if $c == 405 || $c == 204;
}
for my $l ("$base/", "$base/healthz", "$base/style.css") {
	my ($c, $h) = curl('-d', $yes, $l);
	is($c, 405, 'no POST where there is no button');
	like($h, qr/^Allow: GET, HEAD, OPTIONS\r?$/m, 'as Allow says');
}
($code) = curl('-X', 'POST', $link);
is($code, 200, 'a POST without our form shows the page');
($code) = curl('-d', 'List-Unsubscribe=One-Click', $link);
is($code, 200, 'and so does one with another');
($code) = curl('-d', 'sign=no', $link);
for my $old ('sign=yes', 'sign=yes&text=', 'sign=yes&text=x', 'sign=yes&text=' . '0' x 16, "$yes" . '0', "text=$text") {
	($code, $head, $body) = curl('-d', $old, $link);
	is($code, 200, "a form of another text shows the page again: $old");
	like($body, qr/<form method="post">/, 'with its button');
}
is_deeply(counts(), $before, 'and nothing has changed');

# ---- links that are none

my %nothing;
my $other = request('bob@example.net', 'other');
my @bad = ("$base/c/manuchehr/" . 'a' x 37, "$base/c/nobody/$token", "$base/c/other/$token",
    "$base/c/manuchehr/$other", "$base/u/manuchehr/$token", "$base/r/manuchehr/$token", "$base/c/manuchehr/$token" . 'a',
    "$base/c/manuchehr/", "$base/c/../c/manuchehr/x", "$base/c/manuchehr%00/$token", "$base/etc/passwd", "$base//c/manuchehr/$token");
for my $l (@bad) {
	my ($c, $h, $b) = curl('--path-as-is', $l);
	$h =~ s/^Date:.*\r?\n//m;
	$nothing{"$c $h $b"} = $l;
	($c) = curl('--path-as-is', '-d', $yes, $l);
	like($c, qr/^40[45]$/, 'nor does a POST do anything');
}
is(scalar keys %nothing, 1, 'one and the same page for all that are no links of ours') or diag(join "\n", sort values %nothing);
like((keys %nothing)[0], qr/^404 /, 'which is a 404');
is_deeply(counts(), $before, 'nothing has changed');

# ---- signing

($code, $head, $body) = curl('-d', $yes, "$link?l=ru");
is($code, 200, 'the button');
like($body, qr/<html lang="ru">.*Спасибо. Петиция подписана/s, 'thanks, in the language that was clicked');
is(counts()->{confirmed}, 1, 'signs');
my $receipt = $u->mail_to('ada@example.net', 2);
ok($receipt, 'and the receipt comes');
($code, $head, $body) = curl('-d', $yes, $link);
is($code, 200, 'pressing again');
is(counts()->{confirmed}, 1, 'changes nothing');
($code, $head, $body) = curl($link);
like($body, qr/This petition is signed/, 'and the link says that it is done');
unlike($body, qr/<form/, 'without a button');
unlike($body, qr/Ada Lovelace/, 'and without the name');
sleep 1.2;
is(scalar($u->mails_to('ada@example.net')), 2, 'one receipt, no more');

# ---- the text that is signed is that of the page, in its language

my $reader = request('petra@example.net', 'other');
($code, $head, $body) = curl("$base/c/other/$reader?l=ru");
my ($russian) = $body =~ /name="text" value="([0-9a-f]{16})"/;
($code, $head, $body) = curl('-d', "sign=yes&text=$russian", "$base/c/other/$reader?l=ru");
like($body, qr/Петиция подписана/, 'asked in English, read and signed in Russian');
$u->write_mail(from => 'petra@example.net', to => $u->mail_to('petra@example.net', 2)->reply_to, body => "RECEIPT\n");
my ($proof, $tries) = (undef, 0);
while (!$proof && $tries++ < 60) {
	$u->pass(310);
	sleep 1;
	($proof) = map { $_->text =~ /BEGIN UNDERSIGNED RECEIPT/ ? $_->text : () } $u->mails_to('petra@example.net');
}
is(($proof // '') =~ /^text: (\S+)$/m ? $1 : 'no receipt',
    encode_base64url(sha256(Undersigned::slurp("$u->{dir}/campaigns/other/petition.ru.md"))), 'is the Russian text in the tally');
$u->write_mail(from => 'petra@example.net', to => ($u->mails_to('petra@example.net'))[-1]->reply_to, body => "WITHDRAW\n");
$u->settle;

# ---- an old request does not show or keep what came later (P3), and days

my $late = request('carol@example.net');
$u->pass(15 * 86400);
sleep 1.5;
($code) = curl('-d', $yes, "$base/c/manuchehr/$late");
is($code, 404, 'a link whose days are over is none');
is(counts()->{confirmed}, 1, 'and signs nothing');

# ---- the text is changed between the page and the button

my $reads = request('rita@example.net');
($code, $head, $body) = curl("$base/c/manuchehr/$reads");
like($body, qr/16 years in prison/, 'she reads the text');
my $file = "$u->{dir}/campaigns/manuchehr/petition.en.md";
my $first_text = Undersigned::slurp($file);
Undersigned::spew($file, "Quite another text.\n");
$u->hup;
my $until = time + 30;
sleep 0.1 while time < $until && (curl("$base/c/manuchehr/$reads"))[2] !~ /Quite another/;
my %changed = (en => 'The text of the petition has changed', ru => 'текст петиции изменился', tg => 'матни муроҷиат тағйир ёфт', nb => 'Teksten i oppropet er endret');
for my $l (sort keys %changed) {
	($code, $head, $body) = curl('-d', $yes, "$base/c/manuchehr/$reads?l=$l");
	like($body, qr/$changed{$l}/, "$l: she presses, and is told");
	like($body, qr/<form method="post">/, 'and can read it again');
}
is(counts()->{confirmed}, 1, 'nothing is signed');
($code, $head, $body) = curl("$base/c/manuchehr/$reads");
like($body, qr/Quite another/, 'the text of today');
unlike($body, qr/has changed/, 'without a word of change for who opens it now');
my ($now) = $body =~ /name="text" value="([0-9a-f]{16})"/;
isnt($now, $text, 'has another name');
($code, $head, $body) = curl('-d', "sign=yes&text=$now", "$base/c/manuchehr/$reads");
like($body, qr/Thank you/, 'and can be signed');
is(counts()->{confirmed}, 2, 'which counts');
my $rita = $u->mail_to('rita@example.net', 2);
$u->write_mail(from => 'rita@example.net', to => $rita->reply_to, body => "WITHDRAW\n");
$u->settle;
Undersigned::spew($file, $first_text);
$u->hup;
$until = time + 30;
my $again = request('ruth@example.net');
sleep 0.1 while time < $until && (curl("$base/c/manuchehr/$again"))[2] !~ /16 years/;
is(counts()->{confirmed}, 1, 'she has withdrawn');

# A page of the campaign's own without it would have a button that does nothing.
my $own = "$u->{dir}/campaigns/other/templates/en";
$u->run('', 'mkdir', '-p', $own);
my $shipped = Undersigned::slurp("$Undersigned::SOURCE/templates/en/page-sign.mustache");
Undersigned::spew("$own/page-sign.mustache", $shipped =~ s/\{\{text_name\}\}//gr);
like(join('', ($u->undersign('check', '--offline'))[1, 2]), qr/page-sign\.mustache: the form must say which text is signed/, 'check refuses it');
Undersigned::spew("$own/page-sign.mustache", $shipped);
unlike(join('', ($u->undersign('check', '--offline'))[1, 2]), qr/page-sign/, 'and takes it with the name');
$u->run('', 'rm', '-r', "$u->{dir}/campaigns/other/templates");

# ---- a campaign that is closed

my $closing = request('dora@example.net', 'other');
$u->undersign('campaign', 'close', 'other');
sleep 1.2;
for my $args ([], ['-d', $yes]) {
	($code, $head, $body) = curl(@$args, "$base/c/other/$closing");
	like($body, qr/This petition is closed/, 'a closed campaign says so');
}
is(counts('other')->{confirmed}, 0, 'and takes nobody');
$u->undersign('campaign', 'open', 'other');

# ---- stopping

my $stop = stop_token($receipt);
ok($stop, 'mail to a signer has a stopping token');
my $out = "$base/u/manuchehr/$stop";
($code, $head, $body) = curl($out);
like($body, qr/a…a\@example\.net/, 'whose updates would stop is said before');
like($body, qr/<form method="post">/, 'and there is a button');
my ($st, $shown) = $u->undersign('signer', 'manuchehr', 'show', 'ada@example.net');
like($shown, qr/updates\s+yes/i, 'looking has stopped nothing') or diag($shown);
curl('-I', $out);
curl('-X', 'OPTIONS', $out);
($st, $shown) = $u->undersign('signer', 'manuchehr', 'show', 'ada@example.net');
like($shown, qr/updates\s+yes/i, 'nor have HEAD and OPTIONS');
($code) = curl('-d', 'List-Unsubscribe=One-Click', "$base/u/other/$stop");
is($code, 404, 'nor does it act for another campaign');
for my $way (['-d', 'List-Unsubscribe=One-Click'], ['-F', 'List-Unsubscribe=One-Click'],
    ['-X', 'POST', '-H', 'Content-Type: text/plain', '-d', 'x'], ['-d', 'stop=yes']) {
	($code, $head, $body) = curl(@$way, $out);
	is($code, 200, "one click: @$way");
	unlike($head, qr/^(?:Location|Set-Cookie|WWW-Authenticate):/mi, 'no redirect, no cookie, no login');
	like($body, qr/Stopped.*write a mail with the word/s, 'and how to come back');
	($st, $shown) = $u->undersign('signer', 'manuchehr', 'show', 'ada@example.net');
	like($shown, qr/updates\s+no/i, 'stopped');
}
is(counts()->{confirmed}, 1, 'the signature stays');
($code, $head, $body) = curl($out);
like($body, qr/No more news/, 'the link says that it is done');

# ---- bounds

($code) = curl('-H', 'X-Long: ' . 'x' x 9000, "$base/");
is($code, 431, 'a header of 9,000 octets');
($code) = curl("$base/" . 'x' x 20000);
like($code, qr/^4(?:14|31)$/, 'a path of 20,000');
Undersigned::spew("$u->{dir}/big", 'sign=yes&x=' . 'x' x 9000);
($code) = curl('-H', 'Expect:', '--data-binary', "\@$u->{dir}/big", $out);
is($code, 413, 'a body of 9,000 octets');
($code) = curl('-H', 'Expect:', '-H', 'Transfer-Encoding: chunked', '--data-binary', "\@$u->{dir}/big", $out);
is($code, 413, 'the same in chunks');

sub dial { return IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $port, Timeout => 5) }

# Requests that another program may read in another way.
my $inner = "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n";
my $n = length $inner;
my %twofold = (
	'a length and chunks' => "1.1\r\nHost: x\r\nContent-Length: " . ($n + 5) . "\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n$inner",
	'chunks and a length' => "1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nContent-Length: " . ($n + 5) . "\r\n\r\n0\r\n\r\n$inner",
	'two lengths' => "1.1\r\nHost: x\r\nContent-Length: 0\r\nContent-Length: $n\r\n\r\n$inner",
	'two codings' => "1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n$inner",
	'chunks before their time' => "1.0\r\nConnection: keep-alive\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n$inner",
	'no host' => "1.1\r\n\r\n$inner",
);
sub ask_raw {
	my ($bytes) = @_;
	my $s = dial() or return '';
	syswrite $s, $bytes;
	my ($all, $until) = ('', time + 15);
	while (time < $until) {
		my $r = '';
		vec($r, fileno $s, 1) = 1;
		last unless select($r, undef, undef, $until - time) && sysread($s, $all, 65536, length $all);
	}
	return $all;
}
for my $what (sort keys %twofold) {
	my $all = ask_raw("POST /u/manuchehr/$stop HTTP/$twofold{$what}");
	like($all, qr{\AHTTP/1\.1 400 }, "$what: refused");
	unlike($all, qr/^ok$/m, "$what: and what is hidden in it is not done");
}
like(ask_raw("GET /healthz%00x HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"), qr{\AHTTP/1\.1 404 }, 'a NUL ends no path');
my $live = request('erik@example.net');
ok($live, 'another asks');
like((curl("$base/c/manuchehr/$live"))[2], qr/<form method="post">/, 'and can sign by a button');
$before = counts();
for my $type ('multipart/form-data; boundary="', 'multipart/form-data; boundary=', 'multipart/form-data; boundary=' . 'b' x 900, 'multipart/form-data') {
	like(ask_raw("POST /c/manuchehr/$live HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: $type\r\nContent-Length: " . length($yes) . "\r\n\r\n$yes"),
	    qr{\AHTTP/1\.1 [24]\d\d }, 'a form that is none is answered: ' . substr $type, 0, 40);
	is_deeply(counts(), $before, 'and signs nothing');
}
like((curl("$base/c/manuchehr/$live"))[2], qr/<form method="post">/, 'the button is there as before');

# A request that drips in, one octet in half a second.
my $slow = dial();
$slow->autoflush(1);
my ($t0, $closed) = (time, 0);
my @drip = split //, "GET / HTTP/1.1\r\nHost: " . 'x' x 100;
while (time - $t0 < 12 && @drip) {
	print $slow shift @drip or last;
	my $r = '';
	vec($r, fileno $slow, 1) = 1;
	if (select($r, undef, undef, 0.5)) { $closed = 1; last }
}
ok($closed, 'a client that drips is let go after a while');

my @idle;
while (@idle < 1000) {
	my $s = dial() or last;
	push @idle, $s;
}
is(scalar @idle, 1000, 'a thousand idle connections');
$t0 = time;
($code) = curl("$base/healthz");
is($code, 200, 'and one more is answered');
cmp_ok(time - $t0, '<', 2, 'at once');
@idle = ();

# ---- figures

my ($mc, $mh, $mb) = curl("http://127.0.0.1:$metrics/metrics");
is($mc, 200, 'figures');
like($mh, qr{^Content-Type: text/plain; version=0\.0\.4}m, 'as Prometheus wants them');
like($mb, qr/^undersigned_up 1$/m, 'up');
like($mb, qr/^undersigned_signatures\{campaign="manuchehr",state="confirmed"\} 1$/m, 'signatures');
like($mb, qr/^undersigned_outbox\{state="waiting"\} \d+$/m, 'outbox');
like($mb, qr/^undersigned_outbox_oldest_seconds \d+$/m, 'its age');
like($mb, qr/^undersigned_updates\{state="sending"\} 0$/m, 'updates');
like($mb, qr/^undersigned_role_restarts_total\{role="web"\} 0$/m, 'restarts');
is(scalar(grep { !/^(?:#.*|\w+(?:\{\w+="[^"]*"(?:,\w+="[^"]*")*\})? -?\d+)$/ } split /\n/, $mb), 0, 'every line is well-formed');
unlike($mb, qr/country|\@|Norway|"NO"/, 'no countries, no persons');
($code) = curl("$base/metrics");
is($code, 404, 'not where the world can see them');
($code) = curl("http://127.0.0.1:$metrics/c/manuchehr/$token");
is($code, 404, 'and no pages there');

# ---- the role and its troubles

my $roles = $u->roles;
is(join(' ', sort keys %$roles), 'delivery intake keeper web', 'a fourth role');
SKIP: {
	skip 'sanitizers and the sandbox do not go together', 4 if $sanitized;
	my $status = Undersigned::slurp("/proc/$roles->{web}/status") // '';
	like($status, qr/^Seccomp:\s+2$/m, 'its system calls are filtered');
	like($status, qr/^NoNewPrivs:\s+1$/m, 'no new privileges');
	my @fds = map { readlink } glob "/proc/$roles->{web}/fd/*";
	is(scalar(grep { /\.db|master\.key|\.db-wal/ } @fds), 0, 'neither database nor key is open in it');
	like($u->log, qr/^by=web level=info sandbox=on landlock=\d/m, 'and it says so');
}
kill 'STOP', $roles->{keeper};
$t0 = time;
($code, $head, $body) = curl($link);
is($code, 503, 'a keeper that does not answer');
like($head, qr/^Retry-After: \d+\r?$/m, 'come again');
cmp_ok(time - $t0, '<', 12, 'is not waited for without end');
($code) = curl("$base/healthz");
is($code, 503, 'and /healthz tells');
($code) = curl("$base/style.css");
is($code, 200, 'while what needs no keeper is there');
kill 'CONT', $roles->{keeper};
kill 'KILL', $roles->{web};
my $end = time + 10;
sleep 0.1 while time < $end && (($u->roles->{web} // 0) == $roles->{web} || !defined $u->roles->{web});
sleep 0.5;
($code) = curl("$base/healthz");
is($code, 200, 'the role is started again');
($mc, $mh, $mb) = curl("http://127.0.0.1:$metrics/metrics");
like($mb, qr/^undersigned_role_restarts_total\{role="web"\} 1$/m, 'and counted');
kill 'KILL', $u->roles->{keeper};
$end = time + 10;
do { ($code) = curl("$base/healthz"); sleep 0.2 } while $code != 200 && time < $end;
is($code, 200, 'and so is the keeper');
$u->hup;
sleep 1;
($code) = curl($out);
is($code, 200, 'after a reload as before');
unlike($u->log, qr/\Q$token\E|\Q$stop\E|ada\@|Lovelace/, 'no token, address or name in the log');
is($u->stop, 0, 'ends well');

# ---- a Unix socket, and a path in the base URL

my $v = Undersigned->new(extra => "web {\n\tlisten = \"unix:$u->{dir}/web.sock\"\n\tbase_url = \"https://p.example.org/sign\"\n}\n");
ok($v->start, 'on a Unix socket') or diag($v->log);
for my $path ('/healthz', '/sign/healthz') {
	($code) = curl('--unix-socket', "$u->{dir}/web.sock", "http://p.example.org$path");
	is($code, 200, 'with the prefix or without');
}
($code, $head, $body) = curl('--unix-socket', "$u->{dir}/web.sock", 'http://p.example.org/sign/');
like($body, qr{href="https://p\.example\.org/sign/style\.css"}, 'links have it');
is($v->stop, 0, 'ends');
ok(!-e "$u->{dir}/web.sock", 'and takes the socket away');

# ---- what the configuration may say

for my $c (['listen = "127.0.0.1:1"', qr/web needs base_url/], ['base_url = "http://p.example.org"', qr/must begin with https/],
    ["listen = \"127.0.0.1:1\"\n\tbase_url = \"https://p.example.org\"\n\tmetrics = \"0.0.0.0:9126\"", qr/on this machine/]) {
	my $w = Undersigned->new(extra => "web {\n\t$c->[0]\n}\n", init => 0);
	my ($rc, $o, $e) = $w->run('', "$Undersigned::BUILD/undersignd", '-t', '-c', $w->{conf});
	isnt($rc, 0, 'refused');
	like("$o$e", $c->[1], 'and why');
}

done_testing;
