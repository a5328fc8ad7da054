#!/usr/bin/perl
# The master key is lost, or is another's: nothing goes on that would make a
# second, unreadable, list beside the first.
use strict;
use warnings;
use Test::More;
use File::Basename;
use File::Copy qw(move copy);
use lib dirname(__FILE__);
use Undersigned;

my $u = Undersigned->new;
my $key = "$u->{dir}/master.key";
ok($u->start, 'starts') or BAIL_OUT($u->log);
ok(($u->sign(from => 'ada@example.net', name => 'Ada', body => "Country: Norway\n"))[1], 'one signature');
is($u->stop, 0, 'ends');
move($key, "$u->{dir}/kept") or die $!;

my ($st, $out, $err) = $u->undersign('check', '--offline');
is($st, 1, 'check: no key');
like($out, qr/^FAIL +key .*put back the copy/m, 'and says what to do');
ok(!$u->start, 'the daemon does not start');
like($u->log, qr/no key file; put back the copy/, 'and says why');
($st, $out, $err) = $u->undersign('init');
is($st, 1, 'init makes no new key beside a database');
like($err, qr/put back your copy of the key/, 'and says what to do');
ok(!-e $key, 'indeed');

# Another's.
my $other = Undersigned->new;
copy("$other->{dir}/master.key", $key) or die $!;
chmod 0400, $key;
($st, $out) = $u->undersign('check', '--offline');
is($st, 1, 'check: another key');
like($out, qr/^FAIL +key .*does not open what is in the database/m, 'and says so');
ok(!$u->start, 'the daemon does not start with it');
like($u->log, qr/this key does not open what is in the database/, 'and says why');

unlink $key;
move("$u->{dir}/kept", $key) or die $!;
ok($u->start, 'with the right one it does') or diag $u->log;
is($u->count('confirmed'), 1, 'and nothing is lost');

# As the user of the daemon, who may read the key and not put another beside it.
SKIP: {
	skip 'needs root', 8 if $> != 0;
	my ($uid, $gid) = (getpwnam 'nobody')[2, 3];
	my @as = ($^X, '-e', '$) = "$ARGV[1] $ARGV[1]"; $( = $ARGV[1]; ($<, $>) = ($ARGV[0], $ARGV[0]); exec @ARGV[2 .. $#ARGV]', $uid, $gid);
	system('chown', '-R', "$uid:$gid", "$u->{dir}/state", $key);
	chmod 0555, $u->{dir};
	my $run = sub { return $u->run('', @as, "$Undersigned::BUILD/undersign", '-c', $u->{conf}, @_) };
	skip 'programs that another user cannot run', 8 if ($run->('--version'))[0] != 0;
	is(($run->('counts', 'manuchehr'))[0], 0, 'counts as the user of the daemon');
	for my $case ([ 'rotate' ], [ 'lock' ]) {
		($st, $out, $err) = $run->('key', @$case);
		is($st, 1, "but not key @$case");
		like($err, qr/^undersign: \Q$u->{dir}\E: no file can be made there: Permission denied; run this as root$/, 'which root can');
		is($out, '', 'nothing is begun');
	}
	is(join(' ', grep { -e } glob("$u->{dir}/master.*")), $key, 'nor is anything left');
	chmod 0700, $u->{dir};
	system('chown', '-R', '0:0', "$u->{dir}/state", $key);
}
is($u->stop, 0, 'ends');
done_testing;
