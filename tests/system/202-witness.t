#!/usr/bin/perl
# SPDX-License-Identifier: ISC
# undersign witness: a key of her own, what she cosigns, and what she refuses.
# Logs and mails are by another program (Tally.pm).
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use File::Temp qw(tempdir);
use MIME::Base64 qw(decode_base64 encode_base64);
use Test::More;
use Tally;

plan skip_all => 'openssl(1) is needed' unless -x '/usr/bin/openssl';

my $undersign = "$ENV{BUILD}/undersign";
my $top = tempdir(CLEANUP => 1);
my $n = 0;
my $word = "correct horse battery";

# Exit code, output, errors; the passphrase is a line of descriptor 7.
sub witness {
	my (@args) = @_;
	Tally::spew("$top/word", "$word\n");
	my $in = ref $args[-1] ? ${pop @args} : '';
	Tally::spew("$top/in", $in);
	my $out = `'$undersign' -c /nonexistent/conf witness @args --passphrase-fd 7 7<'$top/word' <'$top/in' 2>'$top/err'`;
	return ($? >> 8, $out, Tally::slurp("$top/err"));
}

sub file { my $f = "$top/file" . ++$n; Tally::spew($f, $_[0]); return $f }
sub folder { my ($t, @o) = @_; my $d = "$top/dir" . ++$n; $t->publish($d, @o); return $d }

# ---- the key --------------------------------------------------------------------------

my ($st, $out, $err) = witness('new --name one.example.org', "$top/one.key");
is($st, 0, 'witness new') or diag $err;
like($out, qr/^one\.example\.org\+[0-9a-f]{8}\+[A-Za-z0-9+\/]{44}\n\z/, 'prints the public key, one line');
my $vkey = $out =~ s/\n//r;
my ($name, $id, $raw) = split /\+/, $vkey, 3;
my $public = substr decode_base64($raw), 1;
is($id, unpack('H8', Digest::SHA::sha256("one.example.org\n\4$public")), 'its id is as C2SP has it');
is(ord decode_base64($raw), 4, 'of the kind of cosignatures');
is((stat "$top/one.key")[2] & 07777, 0400, 'only she may read the file');
my $file = Tally::slurp("$top/one.key");
unlike($file, qr/correct horse/, 'no passphrase in it');
like($file, qr/^work: [1-9]\d* \d{9,}$/m, 'a passphrase costs 100 MB and more to try');
is((witness('show', "$top/one.key"))[1], "$vkey\n", 'witness show');
($st, undef, $err) = witness('new --name one.example.org', "$top/one.key");
is($st, 1, 'a file that is there stays');
is(Tally::slurp("$top/one.key"), $file, 'as it is');
for my $bad ('"a b"', 'a+b', '""', 'x' x 128) {
	isnt((witness("new --name $bad", "$top/bad.key"))[0], 0, 'no name: ' . substr $bad, 0, 9);
	ok(!-e "$top/bad.key", 'and no file');
}
is((witness('new', "$top/bad.key"))[0], 2, 'a name is needed');

# ---- cosigning what is published --------------------------------------------------------

my $t = Tally->new;
$t->sign for 1 .. 300;
my $dir = folder($t);
my $state = "$top/state";
my @sign = ("sign --key $top/one.key --state $state");

# What she has signed, checked by openssl.
sub is_cosigned {
	my ($block, $log, $size, $what) = @_;
	my $f = Tally::read_block('cosignature', $block) or return fail("$what: a block");
	my $key = pack('H*', '302a300506032b6570032100') . $public;
	Tally::spew("$top/pub.der", $key);
	Tally::spew("$top/msg", "cosignature/v1\ntime $f->{time}\n" . $log->body($size));
	my $sig = $f->{signature} =~ tr{-_}{+/}r;
	Tally::spew("$top/sig", decode_base64($sig . '=='));
	my $says = `openssl pkeyutl -verify -pubin -inkey $top/pub.der -keyform DER -rawin -in $top/msg -sigfile $top/sig 2>&1`;
	like($says, qr/Verified Successfully/, "$what: signed");
	is("$f->{origin} $f->{size} $f->{witness}", "$log->{origin} $size one.example.org", "$what: what and who");
	cmp_ok(abs($f->{time} - time), '<', 3600, "$what: when");
}

($st, $out, $err) = witness(@sign, '--tally', $dir);
is($st, 0, 'the first time') or diag $err;
is_cosigned($out, $t, 300, 'first');
like($err, qr/remembers its key from now on; .*\Q@{[$t->{key}->vkey]}/, 'the key is shown, to be compared');
like($err, qr/300 entries, 300 counted/, 'and what was cosigned');
is((stat $state)[2] & 07777, 0600, 'the state is hers');

($st, $out, $err) = witness(@sign, '--tally', $dir);
is($st, 0, 'the same once more') or diag $err;
unlike($err, qr/from now on/, 'the key is known');
$t->sign for 1 .. 300;
$t->back(3, 'erased');
my $grown = folder($t);
($st, $out, $err) = witness(@sign, '--tally', $grown);
is($st, 0, 'grown') or diag $err;
is_cosigned($out, $t, 601, 'grown');

sub refused {
	my ($what, $like, @args) = @_;
	my $before = -e $state ? Tally::slurp($state) : '';
	my ($status, $said, $errors) = witness(@args);
	is($status, 1, $what) or diag $errors;
	like($errors, $like, "$what: it says so");
	unlike($said, qr/COSIGNATURE/, "$what: nothing is signed");
	is(-e $state ? Tally::slurp($state) : '', $before, "$what: nothing is remembered");
	return $said;
}

refused('rolled back', qr/REFUSED: this checkpoint has 300 entries, and you have seen 601/, @sign, '--tally', $dir);
my $fork = Tally->new;
$fork->sign for 1 .. 599;
$fork->sign(day => 20778) for 1 .. 10;
my $shown = refused('forked', qr/REFUSED: the log was forked: its 609 entries do not begin with the 601/,
    @sign, '--tally', folder($fork));
my @notes = $shown =~ /^(petitions\.example\.org\/manuchehr\n\d+\n\S+\ncounted \d+\n\n\xe2\x80\x94 .*)$/mg;
is(@notes, 2, 'both checkpoints are shown');
my $same = Tally->new;
$same->sign for 1 .. 600;
$same->back(4, 'erased');
refused('another of the same size', qr/REFUSED: the log was forked/, @sign, '--tally', folder($same));
refused('a count that is wrong', qr/counted is said to be 1000.*REFUSED: what is published is not in itself right/s,
    @sign, '--tally', do { $t->sign for 1 .. 500; folder($t, counted => 1000) });
my $other = Tally->new(seed => 'o' x 32);
$other->sign for 1 .. 700;
refused('another key', qr/REFUSED: .* remembers another key/, @sign, '--tally', folder($other));
refused('another key than --log-key', qr/REFUSED: the checkpoint is by another key than --log-key/,
    "sign --key $top/one.key --state $top/new", '--tally', folder($other), '--log-key', "'" . $t->{key}->vkey . "'");
ok(!-e "$top/new", 'nothing is remembered of it');

# ---- cosigning by mail -----------------------------------------------------------------------

my $mail = "Subject: checkpoint\n\nDear witness,\n\n" . $t->offer(601) . "\nThe campaign\n";
($st, $out, $err) = witness(@sign, file($mail));
is($st, 0, 'a mail') or diag $err;
is_cosigned($out, $t, 1101, 'by mail');
($st, $out, $err) = witness(@sign, \$mail);
is($st, 0, 'on standard input, once more') or diag $err;
$t->sign for 1 .. 10;
my $saved = "Subject: x\nMIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: base64\n\n" .
    encode_base64($t->offer(1101));
($st, $out, $err) = witness(@sign, file($saved));
is($st, 0, 'a saved mail in base64') or diag $err;
is_cosigned($out, $t, 1111, 'saved');

$t->sign;
refused('a proof from elsewhere', qr/the proof in this mail begins at 1000 entries, and you have seen 1111/,
    @sign, file($t->offer(1000)));
refused('no proof', qr/begins at 0 entries/, @sign, file($t->offer(0)));
refused('an old mail', qr/REFUSED: this checkpoint has 1101 entries/, @sign, file($t->offer(601, 1101)));
$fork->sign for 1 .. 600;
refused('a fork by mail', qr/REFUSED: the log was forked/, @sign, file($fork->offer(1111)));
refused('a false signature', qr/not signed by its key/, @sign, file(do {
	my $f = Tally::read_block('checkpoint', $t->offer(0));
	Tally::block('checkpoint', (map { ($_ => $f->{$_}) } qw(origin key size)), counted => 3, root => $f->{root},
	    signature => $f->{signature}, older => 0);
}));
refused('a damaged mail', qr/checkpoint is damaged/, @sign, file($t->offer(1111) =~ s/size: /size: 1/r));
refused('no checkpoint', qr/there is no checkpoint in it/, @sign, file('hello'));

# What could not be shown was signed all the same, so it is remembered, and can be
# had again.
$t->sign;
Tally::spew("$top/word", "$word\n");
my $full = file($t->offer(1111));
system("'$undersign' witness @sign $full --passphrase-fd 7 7<'$top/word' >/dev/full 2>'$top/err'");
is($? >> 8, 1, 'no room for the cosignature') or diag Tally::slurp("$top/err");
like(Tally::slurp($state), qr/^1113$/m, 'it is remembered');
($st, $out, $err) = witness(@sign, $full);
is($st, 0, 'and given again') or diag $err;
is_cosigned($out, $t, 1113, 'again');

# ---- passphrase, files -----------------------------------------------------------------------------

$word = 'wrong horse';
refused('a wrong passphrase', qr/passphrase does not open/, @sign, file($t->offer(1113)));
$word = 'correct horse battery';
($st, $out, $err) = witness(@sign, file($t->offer(1113)));
is($st, 0, 'and the right one') or diag $err;
refused('a key file with another name', qr/passphrase does not open/,
    'sign --key', file($file =~ s/^name: one/name: two/mr), "--state $state", file($t->offer(1113)));
refused('a key file cut short', qr/cut short or damaged/, 'sign --key', file(substr $file, 0, -30), "--state $state",
    file($t->offer(1113)));
refused('no key', qr/nothing\.key/, "sign --key $top/nothing.key --state $state", '--tally', $grown);
refused('not her key', qr/no key file of a witness/, 'sign --key', file('x'), "--state $state", file($t->offer(1112)));
Tally::spew($state, "nonsense\n");
refused('a damaged memory', qr/damaged.*find out what has become of it/, @sign, file($t->offer(1112)));
unlink $state;
mkdir "$top/ro" or die $!;
refused('a state that cannot be written', qr/nowhere/, "sign --key $top/one.key --state $top/nowhere/state",
    file($t->offer(0)));

# A cosignature that verify takes, with one key changed to be hers.
my $body = $t->body;
($st, $out, $err) = witness("sign --key $top/one.key --state $top/last", file($t->offer(0)));
is($st, 0, 'the last') or diag $err;
my $f = Tally::read_block('cosignature', $out);
my $done = folder($t);
Tally::spew("$done/witnesses", "$vkey\n");
Tally::spew("$done/checkpoint", Tally::slurp("$done/checkpoint") . "\xe2\x80\x94 one.example.org " .
    Tally::b64(pack('H8', $id) . pack('Q>', $f->{time}) . decode_base64(($f->{signature} =~ tr{-_}{+/}r) . '==')) . "\n");
my $says = `'$undersign' verify --tally-only --tally $done --witnesses 1 --witness '$vkey' 2>&1`;
is($? >> 8, 0, 'verify counts it') or diag $says;
like($says, qr/Cosigned at 1,113 entries: by one\.example\.org/, 'by name');

for my $args ('', 'sign', "sign --key $top/one.key", "new --name x", "sing $top/one.key", "sign a b c",
    "sign --key $top/one.key --state $state --tally $dir mail") {
	is((witness($args))[0], 2, "usage: $args");
}
done_testing();
