#!/usr/bin/perl
# kill -9 while the tally grows: a batch a minute, a minute a moment, slow syncs.
#
# What must hold afterwards: what was promised to each signer is in the log once;
# what counts are the confirmed signatures; and of all checkpoints that were ever
# signed (the guard is read all the time) each begins the next.
#
# KILLS (default 40) and SEED may be set.
# SPDX-License-Identifier: ISC
use strict;
use warnings;
use Test::More;
use Digest::SHA qw(sha256);
use File::Basename;
use MIME::Base64 qw(encode_base64);
use Time::HiRes qw(sleep time);
use lib dirname(__FILE__) . '/../system';
use Undersigned;

my $kills = $ENV{KILLS} // 40;
my $seed = $ENV{SEED} // 4711;
srand $seed;
diag "kills $kills, seed $seed";

my $d = 'petitions.example.org';
my $u = Undersigned->new(env => { SLOW_SYNC_MS => 15,
    LD_PRELOAD => "$Undersigned::BUILD/tests/bench/slow_sync.so" });
my $conf = "$u->{dir}/campaigns/manuchehr/campaign.conf";
Undersigned::spew($conf, Undersigned::slurp($conf) . "\ntally_every = 1\n");
my $guard = "$u->{dir}/state/tally-manuchehr.checkpoint";
my ($seen, $pub) = ("$u->{dir}/seen", "$u->{dir}/public");
Undersigned::spew($seen, '');
ok($u->start, 'the daemon starts') or BAIL_OUT($u->log);

sub note_down {
	my ($file, $text) = @_;
	open my $fh, '>>', $file or die $!;
	syswrite $fh, $text;
	close $fh;
}

# One person after the other: signs, answers, and some take it back.
sub signer {
	my ($who) = @_;
	my ($n, %done);
	$SIG{PIPE} = 'IGNORE';
	my $write = sub {
		my (%m) = @_;
		return (eval { $u->write_mail(%m) } // 'closed') =~ /^250/;
	};
	while (1) {
		my $from = sprintf 'p%d-%d@example.net', $who, ++$n;
		sleep 0.05 until $write->(from => $from, to => "manuchehr\@$d", body => '');
		my $request = $u->mail_to($from, 1, 20) or next;
		sleep 0.05 until $write->(from => $from, to => $request->reply_to, body => "Yes\n");
		next if $n % 4;
		my $receipt = (grep { $_->reply_to =~ /\+r-/ } $u->mails_to($from))[-1] // next;
		$write->(from => $from, to => $receipt->reply_to, body => $n % 8 ? "WITHDRAW\n" : "FORGET\n");
	}
}

# The clock goes a minute further every now and then.
sub clock { while (1) { sleep 0.15; $u->pass(60) } }

# Everything that is signed was in the guard first.
sub watcher {
	my $last = '';
	while (1) {
		my $now = Undersigned::slurp($guard) // '';
		note_down($seen, "$now\0") if $now ne $last;
		$last = $now;
		sleep 0.003;
	}
}

my @children;
for my $job (\&clock, \&watcher, map { my $who = $_; sub { signer($who) } } 1 .. 4) {
	my $pid = fork // die;
	if ($pid == 0) {
		$u->{pid} = undef;
		$job->();
		POSIX::_exit(0);
	}
	push @children, $pid;
}

my ($done, $failed, $keeper) = (0, 0, 0);
while ($done < $kills) {
	sleep 0.3 + rand 0.7;
	# Half of the time as the guard changes: between its sync and the commit.
	if (rand() < 0.5) {
		my $was = (stat $guard)[1] // 0;
		my $end = time + 3;
		sleep 0.001 while time < $end && ((stat $guard)[1] // 0) == $was;
		sleep rand 0.03;
	}
	$done++;
	my $roles = $u->roles;
	if (rand() < 0.3 && $roles->{keeper}) {
		kill 'KILL', $roles->{keeper};
		$keeper++;
		next;
	}
	$u->kill_all;
	if (!$u->start) { $failed++; last }
}
is($failed, 0, "it starts after each of $done kills, $keeper of them of the keeper alone") or diag $u->log;
kill 'KILL', @children;
waitpid $_, 0 for @children;
$u->{clock} = 0 + Undersigned::slurp("$u->{dir}/clock");
ok($u->settle(60), 'all that was promised is sent');

# ---- what is there now ------------------------------------------------------------------

sub status {
	my ($st, $json, $err) = $u->undersign('tally', 'manuchehr', 'status', '--format', 'json');
	my %s = $json =~ /"(\w+)":"?([\w.\/+=-]*)"?/g;
	return \%s;
}

my $end = time + 90;
my $s;
do { $u->pass(61); sleep 0.5; $s = status() }
    while time < $end && ($s->{waiting} || $s->{waiting_back} || $s->{size} != $s->{signed_size});
is("$s->{waiting} $s->{waiting_back}", '0 0', 'nothing waits any more');
is($s->{stopped}, 'no', 'the log goes on') or diag $u->log;
is($s->{counted}, $u->count('confirmed'), 'what counts are the confirmed signatures');
my ($st, $out, $err) = $u->undersign('tally', 'manuchehr', 'publish', $pub);
is($st, 0, 'published') or diag $err;
($st, $out, $err) = $u->run('', "$Undersigned::BUILD/undersign", '-c', '/nonexistent', 'verify', '--tally-only', '--tally', $pub);
is($st, 0, 'and whole') or diag $out, $err;

my @entries;
for my $file (sort grep { -f } glob("$pub/tile/entries/* $pub/tile/entries/*.p/*")) {
	my ($n, $width) = $file =~ m{/(\d+)(?:\.p/(\d+))?$} or next;
	my $bytes = Undersigned::slurp($file);
	my @e = unpack '(n/a)*', $bytes;
	@entries[$n * 256 .. $n * 256 + $#e] = @e if @e > @entries - $n * 256;
}
is(scalar(@entries), $s->{size}, "$s->{size} entries");

# RFC 6962, section 2.1.
sub mth {
	my ($from, $n) = @_;
	return sha256("\0$entries[$from]") if $n == 1;
	my $k = 1;
	$k *= 2 while $k * 2 < $n;
	return sha256("\1" . mth($from, $k) . mth($from + $k, $n - $k));
}

my %root;
my $wrong = 0;
for my $note (split /\0/, Undersigned::slurp($seen)) {
	my ($origin, $size, $root) = split /\n/, $note or next;
	next unless defined $root;
	$wrong++ if $size > @entries || $root ne encode_base64(mth(0, $size), '');
	$root{$size}{$root} = 1;
}
ok(keys %root > 3, 'checkpoints were seen: ' . keys %root);
is($wrong, 0, 'each that was ever signed begins what is there');
is(scalar(grep { keys %$_ > 1 } values %root), 0, 'of each size there was one');

my (%times, %promised);
$times{$_}++ for grep { /^sign / } @entries;
for my $mail ($u->mails) {
	$promised{$1} = 1 if $mail->text =~ /^commitment: ([\w-]{43})$/m;
}
ok(keys %promised > $kills / 2, 'there was load: ' . keys %promised);
is(scalar(grep { ($times{"sign $_"} // 0) != 1 } keys %promised), 0, 'what was promised is in, once');
is(scalar(grep { $_ > 1 } values %times), 0, 'nothing twice');
is($u->stop, 0, 'ends cleanly');
done_testing;
