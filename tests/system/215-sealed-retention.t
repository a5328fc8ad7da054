#!/usr/bin/perl
# What is sealed to an opening key is erased when its time has come, unread: each
# part by itself, and its bytes too.
# SPDX-License-Identifier: ISC
use strict;
use warnings;
use Test::More;
use File::Basename;
use lib dirname(__FILE__);
use Time::HiRes qw(sleep time);
use Undersigned;

plan skip_all => 'no sqlite3 here' unless -x '/usr/bin/sqlite3';

my $u = Undersigned->new;
my ($dir, $d, $B) = ($u->{dir}, $u->{domain}, $Undersigned::BUILD);
my $day = 86400;
my ($st, $public, $err) = $u->run('', "$B/tests/system/light_key", "$dir/key", 'words');
is($st, 0, 'a key') or BAIL_OUT($err);
chomp $public;
($st, my $line, $err) = $u->run('', "$B/undersign", 'key', 'deal', '--threshold', 1, '--holder', "one=$public", '--output', "$dir/deal");
is($st, 0, 'a share') or BAIL_OUT($err);
my $conf = "$dir/campaigns/manuchehr/campaign.conf";
(my $rest = Undersigned::slurp($conf)) =~ s/^retention \{.*?^\}\n//ms;
Undersigned::spew($conf, $rest . "\n$line" . <<'CONF');
retention {
	comments = 20
	names = 40
	handin = 10
	addresses = 60
	traces = 90
	history = 365
	logs = 5
}
CONF
ok($u->start, 'the daemon starts') or BAIL_OUT($u->log);

sub rows { return $u->rows(@_) }
sub list {
	my ($state) = @_;
	my ($st, undef, $err) = $u->undersign('export', 'manuchehr', '--sealed', '--state', $state, '-o', "$dir/list");
	is($st, 0, "the sealed list of $state") or diag $err;
	($st, my $out, $err) = $u->run("words\n", "$B/undersign", 'open', '--share', "$dir/deal/share-1-one.txt",
	    '--key', "$dir/key", '--passphrase-fd', 0, "$dir/list");
	is($st, 0, 'opens') or diag $err;
	return $out;
}
sub purge {
	my ($want) = @_;
	my ($st, $out, $err) = $u->undersign('purge', 'manuchehr', '--dry-run');
	# Data keys go a run after what names them: see the end.
	my $told = join ' ', map { /^(\w+)\s+([\d,]+)\s/ && $1 ne 'keys' && $2 ne '0' ? "$1=$2" : () } split /\n/, $out;
	is($told, $want, "due: $want");
	($st, $out, $err) = $u->undersign('purge', 'manuchehr');
	is($st, 0, 'purged') or diag $err;
}

$u->sign(name => 'Ada Lovelace', from => 'ada@example.net', body => "City: Bergen\nComment: Words of Ada\nNews: yes\n");
$u->sign(name => 'Cyd Quiet', from => 'cyd@example.net', body => "City: Tokyo\nComment: Words of Cyd\n");
Undersigned::spew("$dir/paper.csv", "name,city,country\nPaper Person,Oslo,NO\n");
is(($u->undersign('import', 'manuchehr', "$dir/paper.csv", '--batch', 'sheet'))[0], 0, 'one on paper');
ok($u->settle, 'all is sent');
like(list('confirmed'), qr/Ada Lovelace,Bergen,.*Words of Ada,ada\@.*Cyd Quiet,Tokyo,.*Words of Cyd,cyd\@/s, 'both are there');
like(list('paper'), qr/Paper Person,Oslo/, 'and paper');
cmp_ok((rows('select count(*) from data_key'))[0], '>=', 2, 'under data keys of daemon and import');
my @boxes = map { pack 'H*', $_ } rows('select hex(sealed) from signature'), rows('select hex(sealed) from paper');
is(scalar(grep { length } @boxes), 3, 'three are sealed');
my %key = map { split /\|/ } rows('select id, hex(key) from signature');
is(scalar keys %key, 2, 'two rows of signers');

is(($u->undersign('campaign', 'close', 'manuchehr'))[0], 0, 'closed');
ok($u->settle, 'sent');
$u->stop;
$u->pass(20 * $day);
purge('comments=2');
my $csv = list('confirmed');
unlike($csv, qr/Words of/, 'comments are gone');
like($csv, qr/Ada Lovelace,Bergen,.*ada\@.*Cyd Quiet,Tokyo,.*cyd\@/s, 'all else is there');
is(($u->undersign('campaign', 'hand-in', 'manuchehr'))[0], 0, 'handed in');
$u->pass(10 * $day + 3600);
purge('names=2 addresses=1 paper=1 traits=2');
$csv = list('confirmed');
unlike($csv, qr/Ada|Bergen|Cyd|Tokyo|cyd\@/, 'of the list, nothing');
like($csv, qr/ada\@example\.net/, 'but the address of who wants news');
unlike(list('paper'), qr/Paper|Oslo/, 'nor of paper');
is((rows('select count(*) from signature where state = 2 and identity is not null'))[0], 1, 'which the server has as well');
is($u->count('confirmed'), 2, 'the count is what it was');
$u->pass(60 * $day);
purge('addresses=1');
is((rows('select count(*) from signature where sealed is not null or identity is not null'))[0], 0, 'then nothing is sealed any more');
is((rows('select count(*) from paper where sealed is not null'))[0], 0, 'nor on paper');
$u->pass(60 * $day);
purge('traces=2');
my %now = map { split /\|/ } rows('select id, hex(key) from signature');
is(join(' ', sort keys %now), join(' ', sort keys %key), 'the rows stay');
is(scalar(grep { ($now{$_} // '') eq $key{$_} } keys %key), 0, 'what they were found by does not');
is($u->count('confirmed'), 2, 'the count is what it was');

# Data keys that nobody is sealed with: but one, which tells to which opening key.
($st, my $out, $err) = $u->undersign('purge', 'manuchehr', '--dry-run');
like($out, qr/^keys +0 /m, 'no data key is left over');
is((rows('select count(*) from data_key'))[0], 1, 'but the last');
($st, $out) = $u->undersign('check', '--offline');
like($out, qr/^ok +manuchehr +all who have signed are sealed$/m, 'check is content');

# Each part of them, in any file.
my @parts = map { Undersigned::parts($_) } @boxes;
is(scalar @parts, 10, 'ten parts');
my @left = grep { my $p = $_; grep { index(Undersigned::slurp($_) // '', $p) >= 0 } glob "$dir/state/undersigned.db*" } @parts;
is(scalar @left, 0, 'none is left in a file');
done_testing;
