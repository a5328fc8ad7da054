#!/usr/bin/perl
# Who signed before there was a tally is put into it before she is sealed, for
# nobody could make her entry afterwards.
# SPDX-License-Identifier: ISC
use strict;
use warnings;
use Test::More;
use File::Basename;
use lib dirname(__FILE__);
use Undersigned;
use Time::HiRes qw(sleep);

my $u = Undersigned->new;
my $conf = "$u->{dir}/campaigns/manuchehr/campaign.conf";
my $plain = Undersigned::slurp($conf);
my $opening = 'undersigned-opening-XWLoBTGh1tZaaz7wu-rZhoxW_MDOqruMF5TfMGU-3mkhB471';
Undersigned::spew($conf, "$plain\ntally = false\n");
ok($u->start, 'the daemon starts, without a tally') or BAIL_OUT($u->log);
for my $n (1 .. 3) {
	ok(($u->sign(from => "early$n\@example.net", name => "Early $n"))[1], "early$n signs");
}
is($u->stop, 0, 'it ends');

Undersigned::spew($conf, "$plain\nopening_key = \"$opening\"\n");
my ($st, $out, $err) = $u->undersign('seal', 'manuchehr');
is($st, 1, 'now with a tally and an opening key: not sealed yet');
like($err, qr/has not taken in yet who signed before.*start undersignd/s, 'and why');
like(($u->undersign('export', 'manuchehr'))[1], qr/early3\@example\.net/, 'nothing is lost');

ok($u->start, 'it starts');
is($u->tally_comes(waiting => 3), 3, 'all three wait for the tally');
my $end = time + 60;
sleep 0.2 while time < $end && ($st = ($u->undersign('seal', 'manuchehr'))[0]) != 0;
is($st, 0, 'and are sealed');
unlike(($u->undersign('export', 'manuchehr'))[1], qr/early/, 'so that nobody here reads them');
$u->pass(3601);
is($u->tally_comes(counted => 3), 3, 'and count');
is($u->stop, 0, 'ends cleanly');
done_testing;
