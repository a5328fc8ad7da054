#!/usr/bin/perl
# The tally of a campaign: promised and put in, published and checked by who has
# nothing but a mail and the published files; taken back, and taken at its word.
# SPDX-License-Identifier: ISC
use strict;
use warnings;
use Test::More;
use File::Basename;
use lib dirname(__FILE__);
use Undersigned;
use Time::HiRes qw(sleep);

my $u = Undersigned->new;
my $pub = "$u->{dir}/public";
ok($u->start, 'the daemon starts') or BAIL_OUT($u->log);

sub tally {
	my (@args) = @_;
	return $u->undersign('tally', 'manuchehr', @args);
}

sub number {
	my ($name) = @_;
	my ($st, $json, $err) = tally('status', '--format', 'json');
	return $json =~ /"$name":(\d+)/ ? $1 : "none: $err";
}

# The next full hour has come, and what waited is in and signed.
sub next_hour {
	my ($size) = @_;
	$u->pass(3601);
	my $end = time + 60;
	sleep 0.1 while time < $end && number('signed_size') ne $size;
	is(number('signed_size'), $size, "$size entries are signed");
}

# From anywhere: no configuration, no key.
my $mails = 0;
sub verify {
	my (@args) = @_;
	return $u->run('', "$Undersigned::BUILD/undersign", '-c', '/nonexistent', 'verify', @args,
	    '--tally', $pub);
}

sub saved {
	my ($mail) = @_;
	my $file = "$u->{dir}/saved" . ++$mails;
	Undersigned::spew($file, $mail->raw);
	return $file;
}

sub published {
	my ($n) = @_;
	my ($st, $out, $err) = tally('publish', $pub);
	is($st, 0, 'publish') or diag $err;
	like($out, qr/: $n entries,/, "$n entries are published");
	($st, $out, $err) = verify('--tally-only');
	is($st, 0, 'and verified') or diag $out, $err;
	return $out;
}

my ($st, $out, $err) = tally('key');
like($out, qr{^petitions\.example\.org/manuchehr\+[0-9a-f]{8}\+[A-Za-z0-9+/]{44}\n\z}, 'the public key');
chomp(my $key = $out);
($st, $out, $err) = tally('publish', $pub);
is($st, 1, 'nothing to publish yet');
like($err, qr/nothing of it is signed yet/, 'and why');

# ---- promised, and put in -------------------------------------------------------------

my %receipt;
for my $who (qw(ada bob cyd dan)) {
	my ($request, $receipt) = $u->sign(name => ucfirst $who, from => "$who\@example.net",
	    body => "Country: TJ\n");
	ok($receipt, "$who has signed") or BAIL_OUT($u->log);
	$receipt{$who} = $receipt;
}
for my $part ('text/plain', 'text/html') {
	like($receipt{ada}->text($part), qr/^(?:<pre><code>)?-----BEGIN UNDERSIGNED PROMISE-----\norigin: petitions\.example\.org\/manuchehr$/m,
	    "a promise, in $part");
}
my ($commitment) = $receipt{ada}->text =~ /^commitment: ([\w-]{43})$/m;
my ($by) = $receipt{ada}->text =~ /^by: (\S+)$/m;
like($by, qr/^\d{4}-\d\d-\d\dT\d\d:00:00Z$/, 'by a full hour');
is(number('waiting'), 4, 'four wait');
is(number('size'), 0, 'none is in');

# Asked too early: she is told, and gets it later without asking again.
$u->write_mail(from => 'bob@example.net', to => $receipt{bob}->reply_to, body => "RECEIPT\n");
my $early = $u->mail_to('bob@example.net', 3);
like($early->text, qr/not in the public tally yet/, 'too early');
like($early->text, qr/BEGIN UNDERSIGNED PROMISE/, 'with the promise');
unlike($early->text, qr/BEGIN UNDERSIGNED RECEIPT/, 'and no receipt');
$u->write_mail(from => 'bob@example.net', to => $receipt{bob}->reply_to, body => "Receipt please\nRECEIPT\n");

next_hour(4);
$u->pass(310);
my $proof = $u->mail_to('bob@example.net', 5, 30);
ok($proof, 'it comes by itself') or diag $u->log;
like($proof->text, qr/BEGIN UNDERSIGNED RECEIPT/, 'the receipt');
like($proof->text('text/html'), qr/^<pre><code>-----BEGIN UNDERSIGNED RECEIPT-----$/m, 'in HTML too');
sleep 0.5;
is(scalar(() = $u->mails_to('bob@example.net')), 5, 'once');
like(published(4), qr/4/, 'the log is whole');
is(Undersigned::slurp("$pub/key"), "$key\n", 'its key is published');

my $bobs = saved($proof);
($st, $out, $err) = verify($bobs, '--key', $key);
is($st, 0, 'her receipt is good, out of the mail as it is') or diag $out, $err;
my ($leaf) = $proof->text =~ /^leaf: (\d+)$/m;
like(Undersigned::slurp("$pub/tile/entries/000.p/4"), qr/sign \Q$commitment\E/, 'what was promised to Ada is in');
my ($hash) = `sha256sum "$u->{dir}/campaigns/manuchehr/petition.en.md"` =~ /^(\w{64})/;
is(Undersigned::slurp("$pub/texts/$hash.md"),
    Undersigned::slurp("$u->{dir}/campaigns/manuchehr/petition.en.md"), 'the text she signed is published');
unlike(join('', map { Undersigned::slurp($_) } grep { -f } glob("$pub/* $pub/tile/*/* $pub/tile/*/*/*")),
    qr/example\.net|Ada|Bob/, 'and nobody is named');

# ---- taken back -----------------------------------------------------------------------------

$u->write_mail(from => 'ada@example.net', to => $receipt{ada}->reply_to, body => "RECEIPT\n");
my $adas = saved($u->mail_to('ada@example.net', 3));
is((verify($adas))[0], 0, 'Ada has one too');
$u->write_mail(from => 'ada@example.net', to => $receipt{ada}->reply_to, body => "WITHDRAW\n");
ok($u->mail_to('ada@example.net', 4), 'she withdraws');
$u->write_mail(from => 'cyd@example.net', to => $receipt{cyd}->reply_to, body => "FORGET\n");
ok($u->mail_to('cyd@example.net', 3), 'Cyd is forgotten');
is(number('waiting_back'), 2, 'both wait to be taken back');
my ($q, $p) = $u->sign(from => 'eve@example.net', body => '');
$u->write_mail(from => 'eve@example.net', to => $p->reply_to, body => "WITHDRAW\n");
ok($u->mail_to('eve@example.net', 3), 'Eve withdraws before she is in');
next_hour(8);
is(number('counted'), 2, 'two count');
is($u->count('confirmed'), 2, 'as everywhere');
published(8);
my @entries = Undersigned::slurp("$pub/tile/entries/000.p/8") =~ /(back \d+ [a-z]+)/g;
is_deeply([ sort map { (split)[2] } @entries ], [qw(erased withdrawn withdrawn)], 'three are taken back, and why');
($st, $out, $err) = verify($adas);
like("$out$err", qr/withdrawn/, 'her old receipt says so');
is((verify($bobs))[0], 0, 'and his holds');
$u->pass(86400);
($q, $p) = $u->sign(from => 'ada@example.net', body => '');
ok($p, 'Ada signs again');
like($p->text, qr/BEGIN UNDERSIGNED PROMISE/, 'with a promise of her own');
isnt(($p->text =~ /^commitment: (\S+)$/m)[0], $commitment, 'and another commitment');
next_hour(9);
published(9);
is(number('counted'), 3, 'she counts again');

# ---- who asks without a token --------------------------------------------------------------------

# Anybody may write in her name; what shows that she has signed is not sent then.
my $before = () = $u->mails_to('dan@example.net');
$u->write_mail(from => 'dan@example.net', to => 'manuchehr@petitions.example.org', body => "RECEIPT\n");
my $asked = $u->mail_to('dan@example.net', $before + 1);
unlike($asked->text, qr/UNDERSIGNED RECEIPT/, 'no receipt for who only has the address');

# ---- told in updates ----------------------------------------------------------------------------------

$u->write_mail(from => 'bob@example.net', to => $receipt{bob}->reply_to, body => "UPDATES\n");
ok($u->mail_to('bob@example.net', 6), 'Bob wants news');
Undersigned::spew("$u->{dir}/news.md", "Subject: News\n\nSomething happened.\n");
($st, $out, $err) = $u->undersign('update', 'manuchehr', 'new', "$u->{dir}/news.md");
is($st, 0, 'an update') or diag $err;
my ($n) = $out =~ /(\d+)/;
$u->undersign('update', 'manuchehr', 'send', $n, '--yes');
my $news = $u->mail_to('bob@example.net', 7, 30);
ok($news, 'is sent') or diag $u->log;
my ($root) = (split /\n/, Undersigned::slurp("$pub/checkpoint"))[2];
like($news->text, qr/3 signatures count, in 9 entries; root \Q$root\E/, 'size, count and root at its foot');

# ---- a receipt for everybody -------------------------------------------------------------------------------

my $conf = "$u->{dir}/campaigns/manuchehr/campaign.conf";
Undersigned::spew($conf, Undersigned::slurp($conf) . "\nreceipts = \"always\"\ntally_every = 20\n");
$u->hup;
sleep 0.5;
($q, $p) = $u->sign(from => 'fay@example.net', body => '');
like($p->text, qr/You then get a receipt/, 'she is told');
$u->pass(1230);
my $end = time + 60;
sleep 0.1 while time < $end && number('signed_size') ne 10;
is(number('signed_size'), 10, 'twenty minutes are enough');
$u->pass(310);
my $fays = $u->mail_to('fay@example.net', 3, 30);
like($fays->text, qr/UNDERSIGNED RECEIPT/, 'she gets one without asking') or diag $u->log;
published(10);
is((verify(saved($fays)))[0], 0, 'a good one');

# ---- a new text ------------------------------------------------------------------------------------------------

Undersigned::spew("$u->{dir}/campaigns/manuchehr/petition.en.md", "Another text.\n");
$u->write_mail(from => 'gil@example.net', to => 'manuchehr@petitions.example.org', body => '');
my $old_text = $u->mail_to('gil@example.net');
$u->hup;
sleep 0.5;
$u->write_mail(from => 'gil@example.net', to => $old_text->reply_to, body => "Yes\n");
ok($u->mail_to('gil@example.net', 2), 'asked before, answered after');
($q, $p) = $u->sign(from => 'hal@example.net', body => '');
$u->pass(1230);
$end = time + 60;
sleep 0.1 while time < $end && number('signed_size') ne 12;
$u->pass(310);
my %text = map { my $m = $u->mail_to("$_\@example.net", 3, 30); ($_ => $m ? $m->text =~ /^text: (\S+)$/m : undef) } qw(gil hal);
isnt($text{gil}, $text{hal}, 'each has signed what she was shown');
published(12);
ok(-e "$pub/texts/$hash.md", 'the old text stays published');
is(scalar(() = glob("$pub/texts/*.md")), 5, 'with the new one');

# ---- the command itself --------------------------------------------------------------------------------------------

($st, $out, $err) = tally('status');
is($st, 0, 'status');
like($out, qr/^entries +12, 6 signatures count$/m, 'how many');
like($out, qr/^signed +at 12, \d{4}-\d\d-\d\d \d\d:\d\d UTC, root \S{44}$/m, 'and what was signed');
for my $bad ([], ['publish'], ['key', 'x'], ['recover'], ['now']) {
	is((tally(@$bad))[0], 2, "tally @$bad: a wrong command line");
}
is((tally('publish', '/proc/nowhere'))[0], 1, 'where nothing can be written');

# ---- two texts, and one answer ---------------------------------------------------------------------------------------

my $to = 'manuchehr@petitions.example.org';
my %first;
for my $who (qw(iva jon)) {
	$u->write_mail(from => "$who\@example.net", to => $to, body => '');
	ok($first{$who} = $u->mail_to("$who\@example.net"), "$who is asked");
}
Undersigned::spew("$u->{dir}/campaigns/manuchehr/petition.en.md", "A third text.\n");
$u->hup;
sleep 0.5;
$u->pass(86401);
$u->write_mail(from => 'iva@example.net', to => $to, body => '');
like($u->mail_to('iva@example.net', 2)->text, qr/A third text/, 'Iva asks again, and is shown another text');
$u->pass(86401);
$u->write_mail(from => 'iva@example.net', to => $first{iva}->reply_to, body => "Yes\n");
like($u->mail_to('iva@example.net', 3)->text, qr/BEGIN UNDERSIGNED PROMISE/, 'she answers the first mail, and counts at once');
$u->write_mail(from => 'jon@example.net', to => $first{jon}->reply_to, body => "Yes\n");
like($u->mail_to('jon@example.net', 2)->text, qr/BEGIN UNDERSIGNED PROMISE/, 'so does Jon, who was shown one text');
$u->pass(1230);
$end = time + 60;
sleep 0.1 while time < $end && number('signed_size') ne 14;
$u->pass(310);
my %n = (iva => 4, jon => 3);
%text = (%text, map { my $m = $u->mail_to("$_\@example.net", $n{$_}, 30); ($_ => $m ? $m->text =~ /^text: (\S+)$/m : undef) } qw(iva jon));
is($text{$_}, $text{hal}, "$_ has signed what she has read: the second") for qw(iva jon);

# No key, token or address in the log.
unlike($u->log, qr/example\.net|nonce|BEGIN UNDERSIGNED/, 'nothing of hers in the log');
is($u->stop, 0, 'SIGTERM ends it cleanly') or diag $u->log;
done_testing;
