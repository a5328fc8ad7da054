#!/usr/bin/perl
# Another master key, while mail comes in: old tokens stay good, nobody is
# counted twice, what waits is sent, kill -9 anywhere, the earlier key is told.
# SPDX-License-Identifier: ISC
use strict;
use warnings;
use Test::More;
use File::Basename;
use File::Copy qw(copy);
use Time::HiRes qw(sleep time);
use lib dirname(__FILE__);
use Undersigned;

my $d = 'petitions.example.org';
my $to = "manuchehr\@$d";
my $u = Undersigned->new(limits => 'requests_per_domain_hour = 1 requests_per_hour = 0');
my $key = "$u->{dir}/master.key";
ok($u->start, 'starts') or BAIL_OUT($u->log);

my ($request, $receipt) = $u->sign(from => 'ada@example.net', name => 'Ada Lovelace');
ok($receipt, 'one has signed') or diag $u->log;
$u->write_mail(from => 'bo@example.com', to => $to);
my $bo = $u->mail_to('bo@example.com');
ok($bo, 'one is asked');
like($u->write_mail(from => 'cy@example.com', to => $to), qr/^250/, 'one waits for the budget of her domain');
Undersigned::spew("$u->{dir}/paper.csv", "name,country\n" . join '', map { "Person $_,NO\n" } 1 .. 3000);
is(($u->undersign('import', 'manuchehr', "$u->{dir}/paper.csv", '--batch', 'street'))[0], 0, 'and many on paper');

copy($key, "$u->{dir}/first.key") or die $!;
chmod 0400, "$u->{dir}/first.key";
my ($st, $out, $err) = $u->undersign('key', 'rotate');
is($st, 0, 'key rotate') or diag $err, $u->log;
like($out, qr/^Sealed anew: 30\d\d$/m, 'all is sealed anew');
like($out, qr/safe place/, 'and a copy asked for');
isnt(Undersigned::slurp($key), Undersigned::slurp("$u->{dir}/first.key"), 'the key is another');
is(sprintf('%04o', (stat $key)[2] & 07777), '0400', 'for nobody else');
ok(!-e "$key.new", 'nothing is left');
like($u->log, qr/level=info role=keeper ended=as-told/, 'the keeper is told to take another');
unlike($u->log, qr/died=/, 'and has not died, in the log');

like($u->write_mail(from => 'bo@example.com', to => $bo->reply_to, body => "yes\n"), qr/^250/, 'an address made before');
ok($u->mail_to('bo@example.com', 2), 'confirms');
is($u->count('confirmed'), 2, 'and counts');
$u->sign(from => 'ada@example.net');
is($u->count('confirmed'), 2, 'who has signed is known again');
$u->write_mail(from => 'ada@example.net', to => $receipt->reply_to, body => "STATUS\n");
like($u->mail_to('ada@example.net', 3)->text, qr/Ada Lovelace/, 'what was sealed before is read');
$u->pass(2 * 3600);
ok($u->mail_to('cy@example.com'), 'what waited goes out');
like(($u->undersign('export', 'manuchehr'))[1], qr/Ada Lovelace/, 'export');
is(($u->undersign('check', '--offline'))[0], 0, 'check is content');

# The earlier key opens nothing any more, and is told so.
rename $key, "$u->{dir}/second.key" or die $!;
copy("$u->{dir}/first.key", $key) or die $!;
chmod 0400, $key;
($st, $out, $err) = $u->undersign('export', 'manuchehr');
is($st, 1, 'export with the earlier key');
like($err, qr/was changed.*not the present one/, 'is told');
like(($u->undersign('check', '--offline'))[1], qr/^FAIL +key .*not the present one/m, 'check tells it');
is($u->stop, 0, 'ends');
ok(!$u->start, 'the daemon does not start with it');
like($u->log, qr/not the present one/, 'and says why');
unlink $key;
rename "$u->{dir}/second.key", $key or die $!;
ok($u->start, 'with the present one it does');

# kill -9 at any moment, while mail comes in: as soon as the new key is written, as
# soon as it is in place, and anywhere.  Who goes on after a kill changes no key.
srand 7;
my ($killed, $fresh, $half) = (0, 0, 0);
sub of { return Undersigned::slurp($_[0]) // '' }
for my $round (1 .. 12) {
	my ($present, $left) = (of($key), of("$key.new"));
	my $pid = fork // die;
	if ($pid == 0) {
		$u->set_env;
		open STDOUT, '>', '/dev/null';
		open STDERR, '>', "$u->{dir}/rotate.err";
		exec "$Undersigned::BUILD/undersign", '-c', $u->{conf}, 'key', 'rotate' or POSIX::_exit(99);
	}
	my $end = time + ($round <= 8 ? 20 : rand 0.6);
	my $written = sub { my $now = of("$key.new"); return $now ne '' && $now ne $left };
	my $placed = sub { return of($key) ne $present };
	my $over = 0;
	until ($over || time > $end || ($round <= 4 && $written->()) || ($round <= 8 && $placed->())) {
		$over = waitpid($pid, POSIX::WNOHANG()) == $pid;
	}
	# One that is over takes a kill as well, as long as nobody has waited for it.
	if (!$over) {
		kill 'KILL', $pid;
		waitpid $pid, 0;
	}
	if (($? & 127) == 9) {
		$killed++;
		$half += $placed->();
		$fresh += $written->();
	}
	my $reply;
	for (1 .. 100) {        # the keeper may be starting
		$reply = $u->write_mail(from => "p$round\@example$round.net", to => $to);
		last if $reply =~ /^250/;
		sleep 0.1;
	}
	like($reply, qr/^250/, "mail is taken after kill $round") or diag $u->log, Undersigned::slurp("$u->{dir}/rotate.err");
}
($st, $out, $err) = $u->undersign('key', 'rotate');
is($st, 0, 'the last one goes through') or diag $err, $u->log;
unlike($err, qr/damaged/, 'nothing is damaged') or diag $err;
cmp_ok($killed, '>=', 3, "$killed were killed at work");
cmp_ok($fresh, '>=', 1, "$fresh of them with the new key written and not in place");
cmp_ok($half, '>=', 1, "$half with it in place already");
ok(!-e "$key.new", 'nothing of them is left');
my $asked = 0;
$asked += defined $u->mail_to("p$_\@example$_.net") for 1 .. 12;
is($asked, 12, 'all are asked');
for my $i (1 .. 3) {
	$u->write_mail(from => "p$i\@example$i.net", to => $u->mail_to("p$i\@example$i.net")->reply_to, body => "yes\n");
}
is($u->count('confirmed'), 5, 'and confirm');
$u->write_mail(from => 'ada@example.net', to => $receipt->reply_to, body => "STOP\n");
$u->settle;
like(($u->undersign('signer', 'manuchehr', 'show', 'ada@example.net'))[1], qr/Ada Lovelace/, 'read through all changes');
is(($u->undersign('check', '--offline'))[0], 0, 'check is content');
is($u->stop, 0, 'ends');

# While the daemon is away; and under a passphrase.
is(($u->undersign('key', 'rotate'))[0], 0, 'key rotate while the daemon is away');
ok($u->start, 'it starts with the new one');
is($u->count('confirmed'), 5, 'with all of them');
is($u->stop, 0, 'ends');
is(($u->undersign_in("one\n", '--passphrase-fd', 0, 'key', 'lock'))[0], 0, 'key lock');
unlink $key;
Undersigned::spew($u->{conf}, Undersigned::slurp($u->{conf}) =~ s/^key_file .*$/key_file = "locked"/mr);
ok($u->start, 'starts locked');
is(($u->undersign_in("one\n", '--passphrase-fd', 0, 'unlock'))[0], 0, 'unlock');
($st, $out, $err) = $u->undersign_in("one\ntwo\n", '--passphrase-fd', 0, 'key', 'rotate');
is($st, 0, 'key rotate of a locked key') or diag $err, $u->log;
like($u->write_mail(from => 'di@example.net', to => $to), qr/^250/, 'mail is taken');
is(($u->undersign_in("two\n", '--passphrase-fd', 0, 'export', 'manuchehr'))[0], 0, 'the new passphrase opens');
is($u->stop, 0, 'ends');

# A command that was at work before the change seals nothing under the earlier key
# after it, since nobody would seal that anew.
{
	my $v = Undersigned->new;
	ok($v->start, 'starts') or BAIL_OUT($v->log);
	my ($rows, $list) = ("name,country,address\nEva,NO,eva\@example.net\n", "$v->{dir}/list");
	POSIX::mkfifo($list, 0600) or die $!;
	my $pid = fork // die;
	if ($pid == 0) {
		$v->set_env;
		open STDOUT, '>', '/dev/null';
		open STDERR, '>', "$v->{dir}/import.err";
		exec "$Undersigned::BUILD/undersign", '-c', $v->{conf}, 'import', 'manuchehr', $list, '--batch', 'street' or POSIX::_exit(99);
	}
	Undersigned::spew($list, $rows);
	sleep 1;                # it has its key, has read that, and reads once more
	($st, $out, $err) = $v->undersign('key', 'rotate');
	is($st, 0, 'key rotate while a list is taken in') or diag $err;
	Undersigned::spew($list, $rows);
	waitpid $pid, 0;
	is($? >> 8, 1, 'that does not go on under the earlier key');
	like(Undersigned::slurp("$v->{dir}/import.err"), qr/the master key was changed meanwhile.*run this again/, 'and says so');
	unlink $list;
	Undersigned::spew($list, $rows);
	($st, $out, $err) = $v->undersign('import', 'manuchehr', $list, '--batch', 'street');
	is($st, 0, 'run again') or diag $err;
	like($out, qr/^1 taken in/m, 'it is taken in now');
	($st, $out, $err) = $v->undersign('export', 'manuchehr', '--state', 'paper');
	is($st, 0, 'and can be read') or diag $err;
	like($out, qr/Eva/, 'by the present key');
	is($v->stop, 0, 'ends');
}
done_testing;
