#!/usr/bin/perl
# A server that comes back from an old copy signs nothing that contradicts what it
# has signed: by its guard, by what is published, by what a witness has seen.
# SPDX-License-Identifier: ISC
use strict;
use warnings;
use Test::More;
use File::Basename;
use File::Path qw(remove_tree);
use lib dirname(__FILE__);
use Undersigned;
use Time::HiRes qw(sleep);

my $u = Undersigned->new;
my ($pub, $state) = ("$u->{dir}/public", "$u->{dir}/state");
my $guard = "$state/tally-manuchehr.checkpoint";
ok($u->start, 'the daemon starts') or BAIL_OUT($u->log);

sub tally { return $u->undersign('tally', 'manuchehr', @_) }

sub status { return $u->tally_status }

sub wait_for {
	my ($name, $value, $what) = @_;
	is($u->tally_comes($name, $value), $value, $what) or diag $u->log;
}

my $people = 0;
sub sign {
	my ($n) = @_;
	my @receipts;
	for (1 .. $n) {
		my (undef, $receipt) = $u->sign(from => 'person' . ++$people . '@example.net', body => '');
		push @receipts, $receipt;
	}
	is(scalar(grep { $_ } @receipts), $n, "$n sign");
	return @receipts;
}

sub verified {
	my ($st, $out, $err) = $u->run('', "$Undersigned::BUILD/undersign", '-c', '/nonexistent', 'verify',
	    '--tally-only', '--tally', $pub);
	is($st, 0, 'what is published is whole') or diag $out, $err;
}

sub put_back {
	my ($copy) = @_;
	is($u->stop, 0, 'stopped');
	unlink map { "$state/undersigned.db$_" } '', '-wal', '-shm';
	my ($st, $out, $err) = $u->undersign('restore', $copy);
	is($st, 0, 'an old copy is put back') or diag $err;
	ok($u->start, 'and started') or diag $u->log;
}

# ---- the guard ---------------------------------------------------------------------------

my @receipts = sign(3);
$u->pass(3601);
wait_for(signed_size => 3, 'three are in');
my ($st, $out, $err) = $u->undersign('backup', "$u->{dir}/copy1");
is($st, 0, 'a backup') or diag $err;
my $old_guard = Undersigned::slurp($guard);
sign(2);
$u->write_mail(from => 'person1@example.net', to => $receipts[0]->reply_to, body => "FORGET\n");
ok($u->mail_to('person1@example.net', 3), 'one is forgotten');
$u->pass(3601);
wait_for(signed_size => 6, 'five and one taken back');
is((tally('publish', $pub))[0], 0, 'published');
my $new_guard = Undersigned::slurp($guard);

put_back("$u->{dir}/copy1");
wait_for(stopped => 'behind', 'it is found out at the start');
ok($u->mail_to('staff@example.org', 1, 30), 'staff are told by mail');
like($u->mail_to('staff@example.org')->text, qr/"undersign tally manuchehr status" says what is wrong/, 'and where to look');
($st, $out, $err) = tally('status');
is($st, 1, 'status says no');
like($out, qr/STOPPED: more was signed than the database has: it is an old copy.*recover DIR/s, 'what, and what to do');
my @late = sign(2);
like($late[0]->text, qr/BEGIN UNDERSIGNED PROMISE/, 'people sign as ever');
$u->pass(3601 * 3);
sleep 3;
is(status()->{signed_size}, 3, 'nothing more is signed');
is(status()->{size}, 3, 'nothing is added');
is(Undersigned::slurp($guard), $new_guard, 'the guard stays');
($st, $out, $err) = tally('publish', $pub);
is($st, 1, 'the shorter log is not published');
verified();

# ---- taken back from what is published ----------------------------------------------------------

($st, $out, $err) = tally('recover');
is($st, 2, 'recover needs to know where from');
is($u->count('confirmed'), 5, 'the copy counts who was forgotten since');
($st, $out, $err) = tally('recover', $pub);
is($st, 0, 'recover') or diag $err;
like($out, qr/goes on at 6 entries \(the database had 3\).*\n3 entries were taken back.*\n2 of them are signatures that this database does not have/s,
    'it says what it did');
is($u->count('confirmed'), 4, 'who was forgotten is forgotten again');
like((tally('status'))[1], qr/entries +6, 4 signatures count/, 'the tally is as it was');
$u->pass(120);
$u->pass(3601);
wait_for(signed_size => 8, 'and goes on with those who waited');
($st, $out, $err) = tally('publish', $pub);
is($st, 0, 'published again') or diag $err;
verified();
$u->write_mail(from => 'person6@example.net', to => $late[0]->reply_to, body => "RECEIPT\n");
my $proof = $u->mail_to('person6@example.net', 3, 30);
Undersigned::spew("$u->{dir}/proof", $proof->raw);
($st, $out, $err) = $u->run('', "$Undersigned::BUILD/undersign", '-c', '/nonexistent', 'verify', "$u->{dir}/proof", '--tally', $pub);
is($st, 0, 'who signed while it stood still has her receipt') or diag $out, $err;
is(scalar(() = $u->mails_to('person1@example.net')), 3, 'who was forgotten got no other mail');

# ---- a whole old folder: the guard is old too, what is published is not -----------------------------

is((tally('publish', $pub))[0], 0, 'published');
is($u->stop, 0, 'stopped');
system('cp', '-a', $state, "$u->{dir}/state-then") == 0 or die;
ok($u->start, 'goes on');
sign(2);
$u->pass(3601);
wait_for(signed_size => 10, 'two more');
is((tally('publish', $pub))[0], 0, 'and published');
is($u->stop, 0, 'stopped');
remove_tree($state);
system('cp', '-a', "$u->{dir}/state-then", $state) == 0 or die;
ok($u->start, 'yesterday has come back, whole');
sign(3);
$u->pass(3601);
wait_for(signed_size => 11, 'it cannot know, and signs');
my $before = Undersigned::slurp("$pub/checkpoint");
($st, $out, $err) = tally('publish', $pub);
is($st, 1, 'but it is not published');
like($err, qr/fork|another|not begin/, 'and why') or diag $err;
is(Undersigned::slurp("$pub/checkpoint"), $before, 'the published log stays as it was');
verified();
($st, $out, $err) = tally('recover', $pub);
is($st, 1, 'what it has signed meanwhile is not given up in silence');
like($err, qr/--give-up/, 'it says how');
($st, $out, $err) = tally('recover', $pub, '--give-up');
is($st, 0, 'when it is said') or diag $err;
like($out, qr/3 entries of the database were given up/, 'it says what waits again');
$u->pass(120);
$u->pass(3601);
wait_for(signed_size => 13, 'those three are in again');
($st, $out, $err) = tally('publish', $pub);
is($st, 0, 'published') or diag $err;
verified();

# ---- without a guard ---------------------------------------------------------------------------------

is($u->stop, 0, 'stopped');
unlink $guard or die;
ok($u->start, 'started without its guard');
wait_for(stopped => 'unguarded', 'it does not go on');
is((tally('recover', $pub))[0], 0, 'until it has seen what is published');
$u->pass(120);
wait_for(stopped => 'no', 'then it does');

# ---- a backup of nothing, on another machine ------------------------------------------------------------

($st, $out, $err) = tally('recover', "$u->{dir}/nowhere");
is($st, 1, 'a folder that is not there');
my $tile = "$pub/tile/0/000.p/13";
my $bytes = Undersigned::slurp($tile);
chmod 0644, $tile;
Undersigned::spew($tile, $bytes =~ s/^(.)/chr(1 ^ ord $1)/esr);
($st, $out, $err) = tally('recover', $pub);
is($st, 1, 'nothing is taken from a folder with a changed byte');
like($err, qr/is not a whole tally/, 'and why') or diag $err;

is($u->stop, 0, 'ends cleanly') or diag $u->log;
done_testing;
