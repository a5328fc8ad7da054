#!/usr/bin/perl
# An update to 10,000 while roles, or all, are killed at random instants and the
# relay drops, stalls, loses its reply, says 421, answers late or never.
#
# What must hold afterwards: everybody was accepted exactly once, or is listed
# as unknown; nobody was skipped, nobody got it twice; the numbers agree.
#
# KILLS (default 12), PEOPLE (default 10000) and SEED may be set, and ONLY, a role
# that all kills are of.
use strict;
use warnings;
use Test::More;
use File::Basename;
use Time::HiRes qw(sleep time);
use lib dirname(__FILE__) . '/../system';
use Sink;
use Undersigned;

my $kills = $ENV{KILLS} // 12;
my $people = $ENV{PEOPLE} // 10000;
my $seed = $ENV{SEED} // 4712;
srand $seed;
diag "kills $kills, people $people, seed $seed";

my $dir = File::Temp::tempdir('undersigned-XXXXXX', TMPDIR => 1, CLEANUP => 1);
# So slow that it lasts for most of the kills.
my $sink = Sink->new("$dir/sink", seed => $seed, pace => 0.25 * $kills / $people);
my $u = Undersigned->new(relay => $sink->url);
my $conf = Undersigned::slurp($u->{conf});
$conf =~ s/connections = 2/connections = 4\n\ttimeout = 1/;
Undersigned::spew($u->{conf}, $conf);
{
	local $ENV{UNDERSIGNED_CLOCK} = "$u->{dir}/clock";
	is(system("$Undersigned::BUILD/tests/bench/fill_bench", $u->{conf}, 'manuchehr', $people), 0,
	    'there are signers') or BAIL_OUT('no signers');
}
# fill_bench: nine in ten are confirmed.
my @should = map { "filled$_\@example.net" } grep { $_ % 10 != 9 } 0 .. $people - 1;

Undersigned::spew("$u->{dir}/news.$_.md", "Subject: News ($_)\n\nDear {{name}},\n\nwe are {{count}}.\n")
    for qw(en ru tg);
my ($st, $out, $err) = $u->undersign('update', 'manuchehr', 'new',
    map { "$u->{dir}/news.$_.md" } qw(en ru tg));
is($st, 0, 'an update is written') or diag $err;
ok($u->start, 'the daemon starts') or BAIL_OUT($u->log);
my $start = time;
($st, $out, $err) = $u->undersign('update', 'manuchehr', 'send', 1, '-y');
is($st, 0, 'and sent') or diag $err;

sub status {
	my ($s, $json) = $u->undersign('update', 'manuchehr', 'status', 1, '--format=json');
	return { $json =~ /"(\w+)": "?([\w.]+)"?/g };
}

my @troubles = ({}, { drop => 0.01 }, { lose => 0.004 }, { 421 => 0.02 }, { 451 => 0.02 },
    { late => 0.003 }, { hang => 0.002 }, { stall => 0.002 }, { closed => 1 });
my ($done, $failed, $under, %by) = (0, 0, 0);
sleep 0.8;
while ($done < $kills && !$failed) {
	$sink->trouble(%{ $troubles[rand @troubles] });
	sleep 0.05 + rand 0.3;
	my $roles = $u->roles;
	my $only = $ENV{ONLY};
	my @names = grep { defined $only ? $_ eq $only : /keeper|delivery/ } sort keys %$roles;
	if (@names && (defined $only || rand() < 0.6)) {
		my $name = $names[rand @names];
		kill 'KILL', $roles->{$name};
		$by{$name}++;
		$done++;
		sleep 0.15 + rand 0.3;
	}
	last if $done >= $kills;
	$under = $done if status()->{state} ne 'done';
	next if defined $only;
	if (rand() < 0.2) {
		$by{stop}++;
		$u->stop;
	} else {
		$by{all}++;
		$u->kill_all;
	}
	$done++;
	$failed = !$u->start;
}
ok(!$failed, "it starts after each of $done kills") or diag $u->log;
diag join ', ', map { "$_ $by{$_}" } sort keys %by;
cmp_ok($under, '>=', $kills / 2, "$under of them came while it was being sent");
$sink->trouble;

# Those who were told to come later wait for their minute.
my $s = status();
for (1 .. 1200) {
	last if $s->{state} eq 'done' || $s->{state} eq 'paused';
	$u->pass(60) if $_ % 5 == 0;
	sleep 0.1;
	$s = status();
}
is($s->{state}, 'done', 'it comes to its end') or diag explain $s, $u->log;
diag sprintf 'sent %d, unknown %d, failed %d, in %.1f s', @$s{qw(sent unknown failed)}, time - $start;

my %times = $sink->accepted;
my ($list_st, $list) = $u->undersign('update', 'manuchehr', 'unknown', 1, '--list');
my %unknown = map { $_ => 1 } $list =~ /(filled\d+\@example\.net)/g;
is(scalar keys %unknown, $s->{unknown}, 'the unknown are listed');
my @twice = grep { $times{$_} > 1 } keys %times;
is(scalar @twice, 0, 'nobody got it twice') or diag "@twice[0 .. ($#twice < 5 ? $#twice : 5)]";
my @skipped = grep { !$times{$_} && !$unknown{$_} } @should;
is(scalar @skipped, 0, 'nobody was skipped') or diag "@skipped[0 .. ($#skipped < 5 ? $#skipped : 5)]";
my %should = map { $_ => 1 } @should;
is(scalar(grep { !$should{$_} } keys %times), 0, 'nobody else got it');
is(scalar(grep { $times{$_} && !$unknown{$_} } @should), $s->{sent}, 'sent is who got it and is known to');
is($s->{failed} + $s->{later} + $s->{waiting} + $s->{gone}, 0, 'and there is nothing else');
# Of delivery, what is on the wire or was not told of yet: four connections, and
# a few replies; and what the relay itself leaves in doubt.  Of others, what is
# claimed.
my $deaths = $by{delivery} // 0;
cmp_ok($s->{unknown}, '<=', 5 * $deaths + 64 * ($done - $deaths) + 0.005 * $people, 'few are unknown');

# Nobody is asked again unless staff say so; then all of them, under the same
# Message-ID.
my $before = () = $sink->lines;
sleep 1.5;
is(scalar(() = $sink->lines), $before, 'what is unknown is not sent again by itself');
if ($s->{unknown}) {
	($st, $out, $err) = $u->undersign('update', 'manuchehr', 'unknown', 1, '--send-again');
	is($st, 0, 'staff may say so') or diag $err;
	for (1 .. 300) {
		sleep 0.1;
		$s = status();
		last if $s->{state} eq 'done' && $s->{unknown} == 0;
	}
	my %again = $sink->accepted;
	is(scalar(grep { !$again{$_} } @should), 0, 'then everybody has it');
	my %ids;
	$ids{ $_->[1] }{ $_->[2] } = 1 for $sink->lines;
	is(scalar(grep { keys %{ $ids{$_} } > 1 } keys %ids), 0,
	    'and whoever has it twice, under one Message-ID');
}
$u->stop;
done_testing;
