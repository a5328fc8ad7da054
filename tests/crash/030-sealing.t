#!/usr/bin/perl
# kill -9 of the keeper, of all, and of undersign seal, while people sign a
# campaign with an opening key and those from before it are sealed.
#
# What must hold afterwards: who was counted opens with the opening key, once and
# whole; and with the master key nobody's name is read, but of who was never
# confirmed.
#
# KILLS (default 16), PEOPLE (default 8000) and SEED may be set.
# SPDX-License-Identifier: ISC
use strict;
use warnings;
use Test::More;
use File::Basename;
use Time::HiRes qw(sleep time);
use lib dirname(__FILE__) . '/../system';
use Undersigned;

my $kills = $ENV{KILLS} // 16;
my $people = $ENV{PEOPLE} // 8000;
my $seed = $ENV{SEED} // 4713;
srand $seed;
diag "kills $kills, people $people, seed $seed";

my $B = $Undersigned::BUILD;
my $u = Undersigned->new;
my ($dir, $d) = ($u->{dir}, $u->{domain});
my ($st, $public, $err) = $u->run('', "$B/tests/system/light_key", "$dir/key", 'words');
is($st, 0, 'a key') or BAIL_OUT($err);
chomp $public;
($st, my $line, $err) = $u->run('', "$B/undersign", 'key', 'deal', '--threshold', 1, '--holder', "one=$public", '--output', "$dir/deal");
is($st, 0, 'a share') or BAIL_OUT($err);

# Nine in ten of them are confirmed, in clear to who has the master key.
is(system("$B/tests/bench/fill_bench", $u->{conf}, 'manuchehr', $people), 0, 'there are signers') or BAIL_OUT('none');
my ($est, $before) = $u->undersign('export', 'manuchehr');
is($est, 0, 'their list');
open my $conf, '>>', "$dir/campaigns/manuchehr/campaign.conf" or die;
print $conf "\n$line";
close $conf;
ok($u->start, 'the daemon starts') or BAIL_OUT($u->log);
# Before the tally has them nobody is sealed.
my $until = time + 300;
my $tally;
do {
	sleep 0.2;
	$tally = ($u->undersign('tally', 'manuchehr', 'status'))[1];
} while ((!$tally || $tally =~ /still being put in/) && time < $until);
unlike($tally, qr/still being put in/, 'the tally has them');

# Signs and confirms, one after the other; notes whose answer got its 250.
my $answered = "$dir/answered";
Undersigned::spew($answered, '');
sub signer {
	my ($who) = @_;
	my ($s, $n);
	$SIG{PIPE} = 'IGNORE';
	while (1) {
		my $from = sprintf 'new%d-%d@example.net', $who, ++$n;
		my $write = sub {
			while (1) {
				$s = eval { $u->session } unless $s && $s->connected;
				my $r = $s && eval { $u->write_mail(session => $s, from => $from, @_) };
				return if $r && $r =~ /^250/;
				undef $s;
				sleep 0.05;
			}
		};
		$write->(name => "Fresh Person $who $n", to => "manuchehr\@$d", body => "City: Khorugh\n" . ($n % 2 ? "News: yes\n" : ''));
		my $request = $u->mail_to($from, 1, 60) or next;
		$write->(to => $request->reply_to, body => "Yes\n");
		open my $fh, '>>', $answered or die;
		syswrite $fh, "$from Fresh Person $who $n\n";
		close $fh;
	}
}
my @children;
for my $who (1 .. 3) {
	my $pid = fork // die;
	if ($pid == 0) { $u->{pid} = undef; signer($who); POSIX::_exit(0) }
	push @children, $pid;
}

# Seals in the background.
sub sealer {
	my $pid = fork // die;
	return $pid if $pid;
	$u->set_env;
	open STDOUT, '>', '/dev/null';
	open STDERR, '>', '/dev/null';
	exec "$B/undersign", '-c', $u->{conf}, 'seal', 'manuchehr' or POSIX::_exit(99);
}
my $sealer = sealer();
my ($done, $cut) = (0, 0);
while ($done < $kills) {
	sleep 0.05 + rand 0.3;
	if (rand() < 0.6) {
		$cut++ if kill('KILL', $sealer) && waitpid($sealer, 0) == $sealer && ($? & 127) == 9;
		$sealer = sealer();
	} else {
		$u->kill_all;
		last unless $u->start;
	}
	$done++;
}
is($done, $kills, 'it starts after each kill') or diag $u->log;
cmp_ok($cut, '>', 0, "undersign seal was ended in the middle $cut times");
waitpid $sealer, 0;
sleep 1;
kill 'KILL', @children;
waitpid $_, 0 for @children;
($st, my $out, $err) = $u->undersign('seal', 'manuchehr');
is($st, 0, 'sealed to the end') or diag $err;
ok($u->settle(60), 'all that was promised is sent');

# ---- who has database and master key --------------------------------------------

# Within minutes what was read until then is overwritten in the files too.  Who was
# never confirmed is open, and found there as in the table.
my ($seen, @carved);
my $end = time + 300;
do {
	($st, $seen, $err) = $u->run('', "$B/tests/system/seize", "$dir/state/undersigned.db", "$dir/master.key",
	    glob "$dir/state/undersigned.db*");
	my %open = map { $_ => 1 } $seen =~ /^signature state=1 (.*)$/mg;
	@carved = grep { !$open{$_} && /\|.*(?:Person|Khorugh)/ } $seen =~ /^carved (.*)$/mg;
	sleep 5 if @carved;
} until (!@carved || time > $end);
is($st, 0, 'a thief reads all of it') or diag $err;
is(scalar @carved, 0, 'no name in the bytes of the files') or diag join "\n", @carved[0 .. ($#carved > 5 ? 5 : $#carved)];
cmp_ok(scalar(() = $seen =~ /^carved filled\d+\@[^|]*\|.*Person/mg), '>', 0, 'where those are found that are open');
like($seen, qr/^rows $_ \d+$/m, "and $_ was looked at") for qw(outbox parked);
my ($looked) = $seen =~ /^rows signature (\d+)$/m;
cmp_ok($looked // 0, '>=', $people, 'at every signature');
cmp_ok(scalar(() = $seen =~ /^signature state=1 .*\|/mg), '>', 0, 'and reads who was never confirmed');
my @named = grep { !/^(?:signature state=1|carved) / && /\|.*(?:Person|Khorugh)|^outbox.*Person/ } split /\n/, $seen;
is(scalar @named, 0, 'no name with the master key') or diag join "\n", @named[0 .. ($#named > 5 ? 5 : $#named)];
my @kept = $seen =~ /^signature state=2 (filled\d+@)/mg;
is(scalar @kept, scalar(() = $before =~ /^\d/mg), 'addresses of those who want news are kept');

# ---- who has the opening key ------------------------------------------------------

($st, $out, $err) = $u->undersign('export', 'manuchehr', '--sealed', '-o', "$dir/list");
is($st, 0, 'export --sealed') or diag $err;
($st, my $csv, $err) = $u->run("words\n", "$B/undersign", 'open', '--share', "$dir/deal/share-1-one.txt",
    '--key', "$dir/key", '--passphrase-fd', 0, "$dir/list");
is($st, 0, 'it opens whole') or diag $err;
is($err, '', 'and nothing is missing in it');
my @rows = split /\r\n/, $csv;
my @old = split /\r\n/, $before;
my %now = map { (split /,/)[6] => $_ } @rows;
is(scalar(grep { ($now{(split /,/)[6]} // '') ne $_ } @old), 0, 'who had signed before stands there as before');
my %answered = map { split / /, $_, 2 } split /\n/, Undersigned::slurp($answered);
diag sprintf '%d signed meanwhile', scalar keys %answered;
ok(keys %answered > 0, 'some signed meanwhile');
is(scalar(grep { ($now{$_} // '') !~ /^\d+,\Q$answered{$_}\E,Khorugh,/ } keys %answered), 0, 'each of them opens');
is(scalar keys %now, scalar @rows, 'nobody stands there twice');
is(scalar @rows - 1, $u->count('confirmed'), 'as many as are counted');
is($u->stop, 0, 'ends cleanly');
done_testing;
