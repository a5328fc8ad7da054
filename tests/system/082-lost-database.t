#!/usr/bin/perl
# The database is gone, by mistake or with its disk: nothing begins a new one in
# silence, whatever of it is left, and what is to be done is said.
# SPDX-License-Identifier: ISC
use strict;
use warnings;
use Test::More;
use File::Basename;
use lib dirname(__FILE__);
use Undersigned;

my $u = Undersigned->new;
my ($dir, $state) = ($u->{dir}, "$u->{dir}/state");
ok(!-e "$state/database.made", 'nothing was here');
ok($u->start, 'the first start needs nobody') or BAIL_OUT($u->log);
ok(-s "$state/database.made", 'and leaves a note');
like(Undersigned::slurp("$state/database.made"), qr/undersigned\(7\)/, 'which says where it is explained');
$u->sign(from => 'ada@example.net', name => 'Ada');
is($u->count('confirmed'), 1, 'one has signed');
is(($u->undersign('backup', "$dir/copy.db"))[0], 0, 'a backup');
$u->pass(3601);                 # the tally signs
my $until = time + 30;
select undef, undef, undef, 0.1 until -e "$state/tally-manuchehr.checkpoint" || time > $until;
is($u->stop, 0, 'ends');

my @files = map { "undersigned.db$_" } '', '-wal', '-shm';
sub lose { rename "$state/$_", "$dir/lost-$_" for grep { -e "$state/$_" } @files }
sub refused {
	my ($what, $names) = @_;
	ok(!$u->start, "$what: the daemon does not start");
	isnt($u->{status}, 0, "$what: and says so to whoever started it");
	my $said = substr $u->log, $u->{log_from};
	like($said, qr/the database is missing, and there was one \(see [^)]*$names/, "$what: why");
	like($said, qr/bring back a backup with undersign restore, or, .* move .*$names/, "$what: what to do");
	ok(!-e "$state/undersigned.db", "$what: no database is made");
	my ($st, $out) = $u->undersign('check', '--offline');
	is($st, 1, "$what: check fails");
	like($out, qr/^FAIL +database .*the database is missing, and there was one \(see [^)]*$names/m, "$what: check says it");
	for my $verb (['counts', 'manuchehr'], ['import', 'manuchehr', "$dir/paper.csv"]) {
		($st, $out, my $err) = $u->undersign(@$verb);
		is($st, 1, "$what: $verb->[0] does not count from nothing");
		like($err, qr/the database is missing/, "$what: $verb->[0] says why");
	}
	ok(!-e "$state/undersigned.db", "$what: nor do they make one");
}
Undersigned::spew("$dir/paper.csv", "name,city,country\nPaper Person,Oslo,NO\n");

lose();
refused('lost', qr/database\.made/);
rename "$state/database.made", "$dir/kept" or die;
refused('lost with its note', qr/tally-manuchehr\.checkpoint/);
rename "$state/tally-manuchehr.checkpoint", "$dir/kept-too" or die;
Undersigned::spew("$state/undersigned.db-wal", '');
refused('lost without its log', qr/undersigned\.db-wal/);

# On purpose.
unlink "$state/undersigned.db-wal" or die;
ok($u->start, 'when all that is away, it begins anew');
is($u->count('confirmed'), 0, 'with nobody');
is($u->stop, 0, 'ends');

# Brought back.
lose();
refused('lost again', qr/database\.made/);
my ($st, $out, $err) = $u->undersign('restore', "$dir/copy.db");
is($st, 0, 'a backup is brought back') or diag $err;
ok($u->start, 'with it the daemon starts');
is($u->count('confirmed'), 1, 'and knows who signed');
is($u->stop, 0, 'ends');
done_testing;
