#!/usr/bin/perl
# What staff see on a terminal, while long work goes on; and that a pipe is spared it.
# SPDX-License-Identifier: ISC
use strict;
use warnings;
use Test::More;
use File::Basename;
use File::Temp ();
use Time::HiRes qw(sleep time);
use lib dirname(__FILE__);
use Sink;
use Terminal;
use Undersigned;

plan skip_all => 'no terminals here' unless -w '/dev/ptmx' && -d '/dev/pts';

my $c = 'manuchehr';
my $people = 5000;
my $dir = File::Temp->newdir;
my $sink = Sink->new("$dir/sink", pace => 0.05);
my $u = Undersigned->new(relay => $sink->url);

sub status { my ($st, $json) = $u->undersign('update', $c, 'status', '--format=json'); return { $json =~ /"(\w+)": "?([\w.]+)"?/g } }
# The numbers after a word, in the order in which they were shown.
sub numbers { my ($text, $word) = @_; return map { s/,//gr } $text =~ /^(?:\e\[[\dA-K]+|[ \r])*$word +([\d,]+)/mg }
sub distinct { my %n = map { $_ => 1 } @_; return scalar keys %n }

is(system("$Undersigned::BUILD/tests/bench/fill_bench", $u->{conf}, $c, 250), 0, 'there are signers') or BAIL_OUT('none');
Undersigned::spew("$u->{dir}/news.md", "Subject: News\n\nNews.\n");
is(($u->undersign('update', $c, 'new', "$u->{dir}/news.md"))[0], 0, 'an update');
ok($u->start, 'the daemon starts') or BAIL_OUT($u->log);
is(($u->undersign('update', $c, 'send', 1, '--yes'))[0], 0, 'is sent');

# ---- update status: stays, and is true again and again -------------------------------

my $t = Terminal->new($u, 'undersign', 'update', $c, 'status');
ok($t->shows(qr/^rate .*^rate .*^rate /ms), 'update status shows it again and again') or diag $t->{shown};
like($t->{shown}, qr/^state +sending/m, 'that it is on its way');
like($t->{shown}, qr/^time left +\d/m, 'and how long it will take');
like($t->{shown}, qr/q leaves/, 'and how to leave');
like($t->{shown}, qr/\e\[\d+A/, 'over what it showed before');
my @sent = numbers($t->{shown}, 'sent');
my @waiting = numbers($t->{shown}, 'waiting');
cmp_ok(distinct(@sent), '>=', 2, "with other numbers each time: sent @sent");
is("@sent", join(' ', sort { $a <=> $b } @sent), 'more and more are sent');
is("@waiting", join(' ', sort { $b <=> $a } @waiting), "and fewer and fewer wait: @waiting");
is(scalar(grep { $sent[$_] + $waiting[$_] != 225 } 0 .. ($#waiting < $#sent ? $#waiting : $#sent)), 0, 'all the time they are all of them');
ok(!$t->is_plain, 'a key is heard at once');
$t->type('x');
ok($t->shows(qr/(?:^rate .*){4}/ms), 'another key: it stays');
$t->type('q');
is($t->ends, 0, 'q leaves');
ok($t->is_plain, 'the terminal is as before');
my $then = status();
is($then->{state}, 'sending', 'the update goes on');

# To its end.
$t = Terminal->new($u, 'undersign', 'update', $c, 'status');
is($t->ends(120), 0, 'it ends by itself when all have it') or diag $t->{shown};
like($t->{shown}, qr/^state +done/m, 'and says so');
is((numbers($t->{shown}, 'sent'))[-1], 225, 'all of them');
ok($t->is_plain, 'the terminal is as before');
is(status()->{sent}, 225, 'which is so');
my %once = $sink->accepted;
is(scalar(grep { $_ == 1 } values %once), 225, 'each once');
my ($st, $out, $err) = $u->undersign('update', $c, 'status');
is($st, 0, 'in a pipe');
unlike("$out$err", qr/\e|\r/, 'nothing moves');
is($u->stop, 0, 'the daemon ends');

# ---- key rotate: rows, rate, time left ----------------------------------------------------

is(system("$Undersigned::BUILD/tests/bench/fill_bench", $u->{conf}, $c, $people, 250), 0, 'more signers') or BAIL_OUT('none');
{
	local $u->{env} = { SLOW_SYNC_MS => 200, LD_PRELOAD => "$Undersigned::BUILD/tests/bench/slow_sync.so" };
	$t = Terminal->new($u, 'undersign', 'key', 'rotate');
	is($t->ends(120), 0, 'key rotate') or diag $t->{shown};
}
my @rows = $t->{shown} =~ /([\d,]+) of [\d,]+ rows/g;
cmp_ok(distinct(@rows), '>=', 3, "tells how far it is: @rows") or diag $t->{shown};
like($t->{shown}, qr{\r[\d,]+ of [\d,]+ rows, [\d,]+/s, \d+ (?:s|min) left}, 'of how many, how fast, and when it will be done');
my ($last, $all) = $t->{shown} =~ /.*[\r\n]([\d,]+) of ([\d,]+) rows/s;
is($last, $all, 'to the end');
like($t->{shown}, qr/^Sealed anew: \d+/m, 'and what was done');
is(($u->undersign('check', '--offline'))[0], 0, 'check is content');
($st, $out, $err) = $u->undersign('key', 'rotate');
is($st, 0, 'in a pipe');
is($err, '', 'nothing of it');
unlike($out, qr/rows|\e|\r/, 'but what was done');
done_testing;
