#!/usr/bin/perl
# A backup every day, and one brought back, by the words of README.md.
# SPDX-License-Identifier: ISC
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use Test::More;
use Undersigned;

my $u = Undersigned->new;
my $dir = $u->{dir};
mkdir "$dir/$_" for qw(safe another pub bin);
Undersigned::spew("$dir/bin/date", "#!/bin/sh\nexec /bin/date -d \"\$DAY\" \"\$@\"\n");
chmod 0755, "$dir/bin/date";
my $readme = Undersigned::slurp("$Undersigned::SOURCE/README.md");
sub said { return map { /`([^`]+)`/g } $readme =~ /^\| $_[0] \| (.*) \|$/m }
sub typed {
	my ($line) = @_;
	$line =~ s{^undersign\b}{'$Undersigned::BUILD/undersign' -c '$u->{conf}'};
	my %here = ('/safe/place' => "$dir/safe", '/another/place' => "$dir/another", '/var/lib/undersigned' => "$dir/state", '/var/www/tally/river' => "$dir/pub",
	    river => 'manuchehr');
	my $names = join '|', map { quotemeta } reverse sort keys %here;
	$line =~ s/($names)/$here{$1}/g;
	return $u->run('', 'sh', '-c', "PATH='$dir/bin':\$PATH; $line");
}

ok($u->start, 'starts') or BAIL_OUT($u->log);
my ($backup, $month) = said('back up');
my @days = ('2026-12-01', '2026-12-02');
my ($st, $out, $err);
for my $i (0 .. 2) {
	$u->sign(from => "person$i\@example.net");
	$u->pass(3601);
	is($u->tally_comes(signed_size => $i + 1), $i + 1, 'somebody signs');
	is(($u->undersign('tally', 'manuchehr', 'publish', "$dir/pub"))[0], 0, 'which is published');
	my $day = $days[$i] or last;
	($st, $out, $err) = typed("DAY=$day; export DAY; " . $backup =~ s/^undersign/'$Undersigned::BUILD\/undersign' -c '$u->{conf}'/r);
	is($st, 0, "$backup on $day") or diag $err;
	ok(-s "$dir/safe/$day.db", 'is there by its day');
}
($st, undef, $err) = typed("undersign backup /safe/place/$days[0].db");
is($st, 1, 'not over another');
like($err, qr/is there already; choose another name/, 'and why');

my @steps = said('bring back a backup');
is(shift @steps, 'systemctl stop undersigned', 'bringing it back: stop it');
is($u->stop, 0, 'stopped');
my ($status, $recover);
for my $step (@steps) {
	if ($step eq 'systemctl start undersigned') {
		ok($u->start, $step) or diag $u->log;
		is($u->tally_comes(stopped => 'behind'), 'behind', 'the tally is found to stand still');
		next;
	}
	($st, $out, $err) = typed($step);
	$status = $step if $step =~ /tally .* status$/;
	is($st, $step =~ /tally .* status$/ ? 1 : 0, $step) or diag $err;
	like($out, qr/stands still/, 'says so') if $step =~ /status$/;
	like($out, qr/^  undersign .*check\n  undersignd .*\n.*"undersign .*tally SLUG status".*\n  undersign .*tally SLUG recover DIR/m, 'tells what comes next')
	    if $step =~ /restore/;
}
ok(defined $status && $steps[-1] =~ /recover/, 'and then the tally');
is((typed($status))[0], 0, 'which goes on');
unlike((typed($status))[1], qr/1970/, 'and claims no time that it does not know');
is($u->count('confirmed'), 1, 'with who had signed by then');
is($u->stop, 0, 'ends');
done_testing;
