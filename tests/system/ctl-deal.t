#!/usr/bin/perl
# SPDX-License-Identifier: ISC
# The opening key is dealt, dealt anew and passed on, on machines offline.
use strict;
use warnings;
use Test::More;
use File::Temp qw(tempdir);

my $undersign = "$ENV{BUILD}/undersign";
my $dir = tempdir(CLEANUP => 1);
my @names = qw(ada bea cia dea);
my %public;

sub key {
	my ($passphrases, @args) = @_;
	open my $in, '>', "$dir/in" or die $!;
	print $in $passphrases;
	close $in;
	my $out = `'$undersign' key @args --passphrase-fd 0 <'$dir/in' 2>'$dir/err'`;
	return ($? >> 8, $out, slurp("$dir/err"));
}
sub slurp { local (@ARGV, $/) = @_; return <> // '' }

for my $name (@names, 'machine') {
	my ($st, $out) = key("of $name\n", 'new', "$dir/$name.key");
	is($st, 0, "key of $name");
	chomp($public{$name} = $out);
}
my @holders = map { "--holder $_=$public{$_}" } @names;
my ($st, $out, $err) = key('', 'deal', '--threshold 2', @holders, "--output $dir/deal");
is($st, 0, 'deal') or diag $err;
like($out, qr/^opening_key = "(undersigned-opening-[\w-]{48})"\n\z/, 'one line for campaign.conf');
my $line = $out;
is_deeply([sort map { s{.*/}{}r } glob "$dir/deal/*"], [map { "share-1-$_.txt" } @names], 'a share each');

for my $case ([ 'redeal' ], [ 'redeal', "--share $dir/deal/share-1-ada.txt", "--output $dir/x" ],
    [ 'redeal', "--share $dir/deal/share-1-ada.txt", "--key $dir/ada.key" ]) {
	($st, $out, $err) = key('', @$case);
	is($st, 2, "key @$case: not enough to go on");
	like($err, qr/needs as many of the shares as open \(--share FILE, once for each\), .*\(--key FILE.*--output DIR/, 'and what is');
}
for my $case ([ 'new' ], [ 'show' ]) {
	($st, undef, $err) = key('', @$case);
	is($st, 2, "key @$case: of which file?");
	like($err, qr/^undersign: say which file: key @$case FILE$/m, 'it asks');
}
like((key('', 'rotte'))[2], qr/key can rotate, .*, not rotte$/m, 'a word that is none');

my @two = ("--share $dir/deal/share-1-ada.txt", "--share $dir/deal/share-1-cia.txt");
my @dealt = glob("$dir/deal/*");
($st, undef, $err) = key('', 'deal', '--threshold 2', @holders, "--output $dir/deal");
is($st, 1, 'not into a folder that has shares of another key');
like($err, qr/deal has shares already \(share-1-.*--output/, 'and why');
is_deeply([ glob("$dir/deal/*") ], \@dealt, 'nothing is written');
($st, $out, $err) = key("of ada\nof cia\n", 'redeal', @two, "--key $dir/ada.key --key $dir/cia.key",
    "--output $dir/again");
is($st, 0, 'redeal by two of four') or diag $err;
is($out, $line, 'the same opening key');
ok(-e "$dir/again/share-2-dea.txt", 'the next deal');

($st, $out, $err) = key("of ada\n", 'redeal', $two[0], "--key $dir/ada.key --output $dir/x");
is($st, 1, 'one is not enough');
like($err, qr/2 of the shares are needed, and 1/, 'and it says so');
($st, $out, $err) = key("of ada\nof cia\n", 'redeal', $two[0], "--share $dir/again/share-2-cia.txt",
    "--key $dir/ada.key --key $dir/cia.key --output $dir/x");
is($st, 1, 'old and new do not mix');
like($err, qr/share of ada: it is stale/, 'and the old one is named');
($st, $out, $err) = key("of ada\nof nobody\n", 'redeal', @two, "--key $dir/ada.key --key $dir/cia.key --output $dir/x");
is($st, 1, 'a wrong passphrase');
like($err, qr/cia\.key: the passphrase does not open/, 'names the key file');
ok(!-e "$dir/x", 'and nothing is made');

# To the machine's own key: hers stays with her.
for my $name (qw(ada dea)) {
	($st, $out, $err) = key("of $name\n", 'unseal-share', "--share $dir/again/share-2-$name.txt",
	    "--key $dir/$name.key --for $public{machine} --output $dir/$name.passed");
	is($st, 0, "unseal-share of $name") or diag $err;
}
($st, $out, $err) = key("of machine\n", 'redeal', "--share $dir/ada.passed --share $dir/dea.passed",
    "--key $dir/machine.key --threshold 3 --output $dir/third");
is($st, 0, 'the machine opens both') or diag $err;
is($out, $line, 'still the same opening key');
like(slurp("$dir/third/share-3-bea.txt"), qr/^needed: 3$/m, 'three are needed from now on');
($st, $out, $err) = key("of bea\n", 'unseal-share', "--share $dir/again/share-2-ada.txt",
    "--key $dir/bea.key --for $public{machine} --output $dir/no.passed");
is($st, 1, "another's share");
like($err, qr/share of ada: none of the keys/, 'is named');
done_testing();
