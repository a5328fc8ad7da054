#!/usr/bin/perl
# SPDX-License-Identifier: ISC
# undersign verify: logs and receipts by another program (Tally.pm), good ones and
# bad ones, and what each is told to be.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use Encode qw(encode);
use File::Temp qw(tempdir);
use MIME::Base64 qw(encode_base64);
use MIME::QuotedPrint qw(encode_qp);
use Test::More;
use Tally;

plan skip_all => 'openssl(1) is needed' unless -x '/usr/bin/openssl';

my $undersign = "$ENV{BUILD}/undersign";
my $top = tempdir(CLEANUP => 1);
my $n = 0;
$ENV{TZ} = 'UTC';

# Without configuration: exit code, all that was said.
sub verify {
	my (@args) = @_;
	my $out = `'$undersign' -c /nonexistent/conf verify @args 2>&1 </dev/null`;
	return ($? >> 8, $out);
}

sub file { my $f = "$top/file" . ++$n; Tally::spew($f, $_[0]); return $f }
sub folder { my ($t, @o) = @_; my $d = "$top/dir" . ++$n; $t->publish($d, @o); return $d }

# ---- good ones ----------------------------------------------------------------------

my @witnesses = map { Tally::Witness->new("$_.example.org") } qw(one two three);

for my $size (0, 1, 2, 3, 255, 256, 257, 511, 512, 600) {
	my $t = Tally->new;
	$t->sign for 1 .. $size;
	my ($st, $out) = verify('--tally-only --tally', folder($t));
	is($st, 0, "a log of $size") or diag $out;
	like($out, qr/^Counted: $size signatures?\b/m, 'and its count');
	next if $size == 0;
	my $dir = folder($t);
	for my $leaf (0, int($size / 2), $size - 1) {
		($st, $out) = verify(file($t->receipt($leaf)), '--tally', $dir);
		is($st, 0, "receipt of $leaf in $size") or diag $out;
	}
	my $early = int($size / 2) + 1;
	($st, $out) = verify(file($t->receipt(0, size => $early)), '--tally', $dir);
	is($st, 0, "a receipt of when it had $early") or diag $out;
}

my $t = Tally->new;
$t->sign for 1 .. 300;
$t->back(7, 'withdrawn');
$t->batch('forty in one night');
$t->back($_, 'fraud 1') for 20 .. 59;
$t->back(9, 'unreachable 1');
my $key = $t->{key}->vkey;
my $dir = folder($t, cosigned => [$witnesses[0]], witnesses => \@witnesses, older => 301,
    older_by => \@witnesses);
my $receipt = file("Dear Ada,\n\nthank you.\n\n" . $t->receipt(5) . "\nThe campaign\n");

my ($st, $out) = verify($receipt, '--tally', $dir);
is($st, 0, 'all of it') or diag $out;
like($out, qr/^Log: petitions\.example\.org\/manuchehr, 343 entries$/m, 'the log');
like($out, qr/^Counted: 258 signatures \(300 put in; taken back: 1 withdrawn, 1 unreachable, 40 fraud\)$/m, 'the sum');
like($out, qr/^Receipt of: p5\@example\.org, who signed on 2026-11-20$/m, 'whose');
like($out, qr/^It is entry 5 of the log, and counts\.$/m, 'where');
like($out, qr/^What was signed: \Q$dir\E\/texts\/[0-9a-f]{64}\.md$/m, 'what was signed');
like($out, qr/^Key: \Q$key\E, as in the receipt$/m, 'the key');
like($out, qr/^Cosigned at 301 entries: by one\.example\.org \(2026-11-20\), two\..*, three\./m, 'witnesses');
like($out, qr/^This proves that the number 258 .* counted once, this one among them, .*\.$/m, 'what it proves, in a sentence');
like($out, qr/^It does not prove .* every other entry.*\.$/m, 'and what not');

($st, $out) = verify('--tally-only --tally', $dir);
is($st, 0, 'without a receipt') or diag $out;
like($out, qr/Key: .* from the folder itself: compare it/, 'says that nobody vouches for the key');
($st, $out) = verify('--tally-only --tally', $dir, '--key', "'$key'");
is($st, 0, '--key with the key');
($st, $out) = verify('--tally-only --tally', $dir, '--key', file("$key\n"));
is($st, 0, '--key with a file');
like($out, qr/as in --key/, 'and says so');

# ---- receipts on their way ------------------------------------------------------------

my $block = $t->receipt(5);
my $russian = encode('UTF-8', "Здравствуйте!\n\nВаша квитанция:\n\n");
my %mail = (
	'quoted' => join('', map { "> $_\n" } split /\n/, $block),
	'CRLF' => $block =~ s/\n/\r\n/gr,
	'flowed' => $block =~ s/^ /  /mgr,
	'trailing blanks' => $block =~ s/\n/ \n/gr,
	'no-break spaces' => $block =~ s/ /\xc2\xa0/gr,
	'no line ends' => $block =~ s/\n/ /gr,
	'links' => $block =~ s{(p5\@example\.org)}{$1<mailto:$1>}r =~ s{(petitions\S+)}{$1<https://$1>}r,
	'a saved mail in base64' => "Subject: x\nMIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\n" .
	    "Content-Transfer-Encoding: base64\n\n" . encode_base64($russian . $block),
	'a saved mail in quoted-printable' => "Subject: x\nMIME-Version: 1.0\nContent-Type: text/plain; " .
	    "charset=utf-8\nContent-Transfer-Encoding: quoted-printable\n\n" . encode_qp($russian . $block),
	'a saved mail of two parts' => "Subject: x\nMIME-Version: 1.0\nContent-Type: multipart/alternative; boundary=b\n\n" .
	    "--b\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: base64\n\n" .
	    encode_base64($russian . $block) . "--b\nContent-Type: text/html\n\n<p>receipt</p>\n--b--\n",
	'a saved mail in HTML' => "Subject: x\nMIME-Version: 1.0\nContent-Type: text/html; charset=utf-8\n" .
	    "Content-Transfer-Encoding: base64\n\n" . encode_base64('<html><body><div>' .
	    join('<br>', map { s/^ /&nbsp;/r } split /\n/, $block) . '</div></body></html>'),
);
for my $how (sort keys %mail) {
	my ($status, $said) = verify(file($mail{$how}), '--tally', $dir);
	is($status, 0, "receipt: $how") or diag $said;
}
$out = `'$undersign' verify - --tally '$dir' <'$receipt'`;
is($? >> 8, 0, 'from standard input');

# ---- receipts that are not good ---------------------------------------------------------

sub bad {
	my ($what, $like, @args) = @_;
	my ($status, $said) = verify(@args);
	is($status, 1, $what) or diag $said;
	like($said, $like, "$what: it says so");
	unlike($said, qr/This proves/, "$what: nothing is proved");
}

bad('a letter changed', qr/receipt is damaged/, file($block =~ s/leaf: 5/leaf: 6/r), '--tally', $dir);
bad('cut short', qr/receipt is cut short/, file(substr $block, 0, -20), '--tally', $dir);
bad('no receipt at all', qr/neither a receipt nor a promise/, file("hello\n"), '--tally', $dir);
bad('another address', qr/proves nothing: address, day, text and nonce/,
    file($t->receipt(5, over => { address => 'eve@example.org' })), '--tally', $dir);
bad('another leaf', qr/proves nothing/, file($t->receipt(5, over => { leaf => 6 })), '--tally', $dir);
bad('another count', qr/not signed by the key/, file($t->receipt(5, over => { counted => 259 })), '--tally', $dir);
bad('a false signature', qr/not signed by the key/,
    file($t->receipt(5, over => { signature => 'A' x 86 })), '--tally', $dir);
bad('taken back: withdrawn', qr/does not count any more: entry 300 took it back: withdrawn/,
    file($t->receipt(7)), '--tally', $dir);
bad('taken back: fraud', qr/does not count any more: entry 302 took it back: fraud 1 \(the campaign's staff hold that it is false; see the file batches\)/,
    file($t->receipt(20)), '--tally', $dir);
bad('taken back: unreachable', qr/entry 342 took it back: unreachable 1 \(the campaign's staff hold that its address never worked; see the/,
    file($t->receipt(9)), '--tally', $dir);

# What staff take out may turn out to be what it was said to be.
for my $kind (qw(fraud duplicate unreachable)) {
	my $again = Tally->new;
	$again->sign for 1 .. 10;
	$again->batch('ten in one night');
	my $before = file($again->receipt(3));
	$again->back(3, "$kind 1");
	$again->add($again->{entries}[3]);
	($st, $out) = verify($before, '--tally', folder($again));
	is($st, 0, "a receipt of what was taken back for $kind and stands again") or diag $out;
	like($out, qr/^Entry 3 was taken back; it stands again as entry 12 of the log, and counts\.$/m, 'it says where');
	$again->back(12, 'duplicate 1');
	bad('taken back once more',
	    qr/does not count any more: entry 13 took it back: duplicate 1 \(.* that the same person had signed already; see the file batches/,
	    $before, '--tally', folder($again));
}

my $other = Tally->new(seed => 'o' x 32);
$other->sign for 1 .. 300;
bad('of a log with another key', qr/of another log, or of another key, than the receipt/,
    file($other->receipt(5)), '--tally', $dir);
bad('another key than --key', qr/than --key/, '--tally-only --tally', $dir, '--key', "'" . $other->{key}->vkey . "'");
bad('--key and the receipt differ', qr/the key from the receipt is not the key from --key/,
    $receipt, '--tally', $dir, '--key', "'" . $other->{key}->vkey . "'");

# ---- promises -----------------------------------------------------------------------------

($st, $out) = verify(file($t->promise(5, '2026-11-20T14:00:00Z')), '--tally', $dir);
is($st, 0, 'a promise that was kept') or diag $out;
like($out, qr/It was kept: it is entry 5 of the log, and counts/, 'it says so');
bad('a promise that was broken', qr/its time is over: the promise was broken/,
    file($t->promise(1000, '2001-11-20T14:00:00Z')), '--tally', $dir);
($st, $out) = verify(file($t->promise(1000, '2999-11-20T14:00:00Z')), '--tally', $dir);
is($st, 0, 'a promise whose time has not come is not wrong') or diag $out;
like($out, qr/^It is not in the log yet, and is not due until \w+, 20 Nov 2999 14:00:00 \+0000: ask again then/m, 'it says until when');
like($out, qr/^Of the promise nothing is proved yet\.$/m, 'and that nothing is proved');
unlike($out, qr/WRONG|this one among them|and counts/, 'and nothing else');
bad('a promise of something taken back', qr/entry 300 took it back: withdrawn/,
    file($t->promise(7, '2026-11-20T14:00:00Z')), '--tally', $dir);
my $false = $t->promise(5, '2026-11-20T14:00:00Z');
my $f = Tally::read_block('promise', $false);
bad('a false promise', qr/promise is not signed/, file(Tally::block('promise', origin => $f->{origin},
    key => $f->{key}, commitment => $f->{commitment}, by => '2026-11-20T15:00:00Z',
    signature => $f->{signature})), '--tally', $dir);

# ---- folders that are not good --------------------------------------------------------------

bad('wrong count', qr/counted is said to be 259, the entries make it 258/,
    '--tally-only --tally', folder($t, counted => 259));
bad('wrong root', qr/the root that is signed is not that of the entries/,
    '--tally-only --tally', folder($t, root => 'r' x 32));
for my $case ([20, 'fraud 1', 'a second time'], [300, 'erased', 'which is no sign entry'],
    [900, 'erased', 'which is no sign entry'], [0, 'fraud 2', 'names batch 2'], [0, 'duplicate 2', 'names batch 2'], [0, 'unreachable 2', 'names batch 2'],
    [0, 'duplicate', 'is not written as one'], [0, 'unreachable', 'is not written as one'], [0, 'withdrawn 1', 'is not written as one']) {
	my $x = Tally->new;
	%$x = (%$t, entries => [@{$t->{entries}}], leaves => [@{$t->{leaves}}], memo => {});
	$x->back(@$case[0, 1]);
	bad("back $case->[0] $case->[1]", qr/entry 343 .*\Q$case->[2]\E/, '--tally-only --tally', folder($x));
}
for my $entry ('sign ' . 'A' x 42 . 'B', 'sing ' . 'A' x 43, 'back 01 erased', '', "back 1 erased\n") {
	my $x = Tally->new;
	$x->sign for 1 .. 3;
	$x->add($entry);
	bad('entry ' . $entry =~ s/\n/\\n/r, qr/entry 3 is not written as one/, '--tally-only --tally', folder($x));
}

# Every kind of file: changed, and gone.
for my $name ('checkpoint', 'checkpoint.cosigned', 'key', 'witnesses', 'batches', 'tile/0/000', 'tile/0/001.p/87',
    'tile/1/000.p/1', 'tile/entries/000', 'tile/entries/001.p/87', 'texts/' . unpack('H*', Digest::SHA::sha256($Tally::TEXT)) . '.md') {
	my $was = Tally::slurp("$dir/$name");
	my $at = int(length($was) / 2);
	my $changed = $was;
	substr($changed, $at, 1) = substr($was, $at, 1) ^ "\1";
	Tally::spew("$dir/$name", $changed);
	bad("$name changed", qr/\Q$name\E/, $receipt, '--tally', $dir);
	Tally::spew("$dir/$name", $was);
}
($st, $out) = verify($receipt, '--tally', $dir);
is($st, 0, 'all as it was');
bad('no folder', qr/no published log/, $receipt, '--tally', "$top/nothing");

# ---- rolled back and forked --------------------------------------------------------------------

my $state = "$top/state";
($st, $out) = verify('--tally-only --tally', $dir, '--state', $state);
is($st, 0, 'remembered') or diag $out;
is((stat $state)[2] & 07777, 0600, 'in a file of her own');
($st, $out) = verify('--tally-only --tally', $dir, '--state', $state);
is($st, 0, 'and seen again');
like($out, qr/as in the file of --state/, 'the key is pinned by it');
my $rolled = folder($t, size => 310);
bad('rolled back', qr/shortened: what \Q$state\E remembers has 343 entries, the folder has 310/,
    '--tally-only --tally', $rolled, '--state', $state);
bad('a receipt that is newer', qr/shortened: the receipt has 343 entries/, $receipt, '--tally', $rolled);

my $fork = Tally->new;
$fork->sign for 1 .. 299;
$fork->sign(day => 20778);
$fork->back(7, 'withdrawn') for 1;
$fork->sign while $fork->size < 400;
my $forked = folder($fork);
bad('forked', qr/forked: what \Q$state\E remembers has another log of 343 entries/,
    '--tally-only --tally', $forked, '--state', $state);
($st, $out) = verify('--tally-only --tally', $forked, '--state', $state);
my @notes = $out =~ /^(petitions\.example\.org\/manuchehr\n\d+\n\S+\ncounted \d+\n\n\xe2\x80\x94 .*)$/mg;
is(@notes, 2, 'both checkpoints are shown, signatures and all');
bad('a receipt of the other branch', qr/forked: the receipt has another log of 343/, $receipt, '--tally', $forked);
like(Tally::slurp($state), qr/^343$/m, 'what is not right is not remembered');

$t->sign;
my $grown = folder($t, witnesses => \@witnesses, older => 344, older_by => [@witnesses[0, 1]]);
($st, $out) = verify($receipt, '--tally', $grown, '--state', $state);
is($st, 0, 'grown') or diag $out;
like(Tally::slurp($state), qr/^344$/m, 'and remembered');
bad('of another log than remembered', qr/the key from the file of --state/,
    file($other->receipt(5)), '--tally', folder($other), '--state', $state);
Tally::spew($state, 'nonsense');
bad('a damaged memory', qr/damaged/, '--tally-only --tally', $dir, '--state', $state);

# ---- witnesses ------------------------------------------------------------------------------------

($st, $out) = verify($receipt, '--tally', $dir, '--witnesses 3');
is($st, 0, 'three were asked for') or diag $out;
bad('four', qr/3 of the 4 witnesses that are demanded/, $receipt, '--tally', $dir, '--witnesses 4');
bad('three of two', qr/2 of the 3 witnesses/, $receipt, '--tally', $grown, '--witnesses 3');
my $two = file(join '', map { $_->vkey . "\n" } @witnesses[0, 1]);
($st, $out) = verify($receipt, '--tally', $dir, '--witnesses 2 --witness', $two);
is($st, 0, 'two, and which') or diag $out;
unlike($out, qr/three\.example/, 'only those');
bad('her key alone', qr/2 of the 3/, $receipt, '--tally', $dir, '--witnesses 3 --witness', $two);
my $stranger = Tally::Witness->new('one.example.org');
$stranger->{key} = Tally::Key->new('x' x 32, 'one.example.org', 4);
bad('somebody else by her name', qr/0 of the 1/, $receipt, '--tally', $dir, '--witnesses 1 --witness',
    "'" . $stranger->vkey . "'");
bad('a later entry than they have seen', qr/came after the last checkpoint/,
    file($t->receipt(343)), '--tally', folder($t, witnesses => \@witnesses, older => 343, older_by => \@witnesses),
    '--witnesses 3');
my $body = $t->body;
my $lie = folder($t, witnesses => \@witnesses);
Tally::spew("$lie/checkpoint", Tally::slurp("$lie/checkpoint") . $witnesses[0]->cosign($t->body(343)));
bad('a false cosignature', qr/cosignature of one\.example\.org under the checkpoint is false/, '--tally-only --tally', $lie);
my $unknown = folder($t, witnesses => [$witnesses[0]], cosigned => [$witnesses[1]]);
bad('a cosignature of nobody', qr/by two\.example\.org, who is not in witnesses/, '--tally-only --tally', $unknown);
my $double = folder($t, witnesses => [$witnesses[0], $witnesses[0]]);
bad('one witness twice', qr/one name or one key/, '--tally-only --tally', $double);
bad('cosigned, then forked', qr/checkpoint\.cosigned: is of another log/, '--tally-only --tally', do {
	my $d = folder($fork, witnesses => \@witnesses);
	Tally::spew("$d/checkpoint.cosigned", Tally::slurp("$dir/checkpoint.cosigned"));
	$d;
});
bad('cosigned, then rolled back', qr/checkpoint\.cosigned: is of 344 entries/, '--tally-only --tally', do {
	my $d = folder($t, size => 310, witnesses => \@witnesses);
	Tally::spew("$d/checkpoint.cosigned", Tally::slurp("$grown/checkpoint.cosigned"));
	$d;
});

# ---- the example of the manual ------------------------------------------------------------------------

my $example = Tally->new;
$example->sign for 1 .. 3;
$example->back(1, 'withdrawn');
my $manual = Tally::slurp("$FindBin::Bin/../../man/undersigned-tally.5") =~ s/\\\(em/\xe2\x80\x94/gr;
my ($in_manual) = $manual =~ /(-----BEGIN UNDERSIGNED RECEIPT-----\norigin.*?-----END .*?-----\n)/s;
is($in_manual, $example->receipt(0), 'the receipt in the manual is of that log');
for my $part (join('', map { "$_\n" } @{$example->{entries}}), $example->{key}->vkey . "\n", $example->note($example->body),
    $witnesses[0]->cosign($example->body)) {
	ok(index($manual, ".Bd -literal\n$part.Ed") >= 0, 'and so is ' . substr $part, 0, 20);
}
($st, $out) = verify(file($in_manual), '--tally', folder($example, cosigned => [$witnesses[0]]), '--witnesses 1');
is($st, 0, 'and it is good') or diag $out;

# What wget brings along from a listing is no part of the log, and no harm.
my $listed = folder($example);
Tally::spew("$listed/$_", "<html>\n") for 'index.html', 'texts/index.html', 'texts/README.md';
($st, $out) = verify('--tally-only', '--tally', $listed);
is($st, 0, 'files of others are let be') or diag $out;
like($out, qr/texts\/index\.html.* no part of a log/, 'and named');
Tally::spew("$listed/texts/" . 'a' x 64 . '.md', "another text\n");
($st, $out) = verify('--tally-only', '--tally', $listed);
is($st, 1, 'but not one that is called a text');

# ---- the command line --------------------------------------------------------------------------------

for my $args ('', $receipt, "--tally $dir", "$receipt --tally-only --tally $dir", "$receipt --tally $dir --witnesses 0",
    "$receipt --tally $dir --witnesses x", "$receipt two --tally $dir") {
	is((verify($args))[0], 2, "usage: $args");
}
my $help = `'$undersign' verify --help`;
like($help, qr/--tally=DIR .*--witnesses=N .*--state=FILE/s, 'help');
done_testing();
