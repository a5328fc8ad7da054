#!/usr/bin/perl
# SPDX-License-Identifier: ISC
# The keys of the organisations: made anywhere, without a configuration.
use strict;
use warnings;
use Test::More;
use File::Temp qw(tempdir);

my $undersign = "$ENV{BUILD}/undersign";
my $dir = tempdir(CLEANUP => 1);

# With standard input as the descriptor of the passphrase: exit code, output.
sub key {
	my ($passphrase, @args) = @_;
	open my $in, '>', "$dir/in" or die $!;
	print $in $passphrase;
	close $in;
	my $out = `'$undersign' -c /nonexistent/conf key @args --passphrase-fd 0 <'$dir/in' 2>'$dir/err'`;
	return ($? >> 8, $out, do { local (@ARGV, $/) = "$dir/err"; <> // '' });
}

my ($st, $out, $err) = key("correct horse battery\n", 'new', "$dir/ada.key");
is($st, 0, 'key new') or diag $err;
like($out, qr/^undersigned-holder-[\w-]{48}\n\z/, 'prints the public half, one line');
is((stat "$dir/ada.key")[2] & 07777, 0400, 'only she may read the file');
my $file = do { local (@ARGV, $/) = "$dir/ada.key"; <> };
unlike($file, qr/correct horse/, 'no passphrase in it');
like($file, qr/^work: [1-9]\d* \d{9,}$/m, 'a passphrase costs 100 MB and more to try');

my ($shown, $again) = (key('', 'show', "$dir/ada.key"))[0, 1];
is($shown, 0, 'key show needs no passphrase');
is($again, $out, 'and shows the same');

($st, undef, $err) = key("another\n", 'new', "$dir/ada.key");
is($st, 1, 'a file that is there stays');
like($err, qr/left as it is/, 'and it says so');
is(do { local (@ARGV, $/) = "$dir/ada.key"; <> }, $file, 'indeed');

($st, undef, $err) = key("\n", 'new', "$dir/empty.key");
is($st, 1, 'no empty passphrase');
ok(!-e "$dir/empty.key", 'and no file');
($st, undef, $err) = key('', 'new', "$dir/none.key");
is($st, 1, 'no passphrase at all');

open my $fh, '>', "$dir/bad.key" or die $!;
print $fh $file =~ s/(undersigned-holder-)(.)/$1 . ($2 eq 'A' ? 'B' : 'A')/er;
close $fh;
($st, undef, $err) = key('', 'show', "$dir/bad.key");
is($st, 1, 'a wrong letter');
like($err, qr/checksum/, 'is told');
($st) = key('', 'break', "$dir/ada.key");
is($st, 2, 'another word');
done_testing();
