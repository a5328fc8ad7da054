#!/usr/bin/perl
# Backups and two staff commands at once while mail comes in: every backup is
# whole and holds what was promised before it began, and nobody is turned away.
# SPDX-License-Identifier: ISC
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use JSON::PP;
use POSIX ();
use Test::More;
use Time::HiRes qw(sleep time);
use Undersigned;

my $people = 400;
my $u = Undersigned->new;
$u->start or BAIL_OUT('no daemon: ' . $u->log);
my $c = 'manuchehr';
$u->sign(from => "first$_\@example.net", body => "Name: First\nCountry: Norway\n") for 0 .. 3;
is($u->count('confirmed'), 4, 'some have signed');

# One writes without a pause and notes how many 250s it has had.
my $noted = "$u->{dir}/noted";
Undersigned::spew($noted, 0);
my $writer = fork // die "fork: $!";
if ($writer == 0) {
	my $bad = 0;
	for my $i (1 .. $people) {
		my $r = $u->write_mail(from => "p$i\@example.net", to => "$c\@$u->{domain}", body => "Name: P $i\n");
		$bad++ unless $r =~ /^250/;
		Undersigned::spew("$noted.new", $i - $bad);
		rename "$noted.new", $noted;
	}
	POSIX::_exit($bad ? 1 : 0);
}

my (@backups, @before);
for my $i (1 .. 4) {
	my $file = "$u->{dir}/backup$i";
	push @before, Undersigned::slurp($noted);
	my $other = fork // die "fork: $!";
	if ($other == 0) {
		my ($st) = $u->undersign('signer', $c, 'withdraw', 'first' . ($i - 1) . '@example.net');
		POSIX::_exit($st);
	}
	my ($st, $out, $err) = $u->undersign('backup', $file);
	is($st, 0, "backup $i while mail comes in") or diag $err;
	waitpid $other, 0;
	is($?, 0, 'and another command at the same time');
	push @backups, $file;
	sleep 0.2;
}
waitpid $writer, 0;
is($?, 0, 'all mail was accepted meanwhile') or diag $u->log;
is($u->count('pending'), $people, 'and all of it is there');
is($u->count('withdrawn'), 4, 'what the commands did too');
is($u->stop, 0, 'ends cleanly');

for my $i (0 .. $#backups) {
	my $state = "$u->{dir}/state";
	rename $state, "$state.$i" or die "rename: $!";
	mkdir $state, 0700;
	my ($st, $out, $err) = $u->undersign('restore', $backups[$i]);
	is($st, 0, "backup $i restores") or diag $err;
	my $n = $u->count('pending');
	cmp_ok($n, '>=', $before[$i], "what was promised before it is in it ($n)");
	is($u->count('confirmed') + $u->count('withdrawn'), 4, 'every signature once');
}
done_testing;
