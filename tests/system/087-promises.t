#!/usr/bin/perl
# Promises that only the whole program can keep or break: the same message again
# changes nothing; three requests in all; no 250, and no mail sent again, when
# what was to be kept did not get onto the disk.
# SPDX-License-Identifier: ISC
use strict;
use warnings;
use Test::More;
use File::Basename;
use IO::Socket::INET;
use Time::HiRes qw(sleep time);
use lib dirname(__FILE__);
use Undersigned;

$SIG{PIPE} = 'IGNORE';
my $d = 'petitions.example.org';
my $to = "manuchehr\@$d";
my $sanitized = qx{nm -D $Undersigned::BUILD/undersignd 2>/dev/null} =~ /__asan_init/;

# ---- the same message again

my $u = Undersigned->new;
ok($u->start, 'starts') or BAIL_OUT($u->log);
my ($request, $receipt) = $u->sign(from => 'ada@example.net', name => 'Ada');
ok($receipt, 'she signs') or BAIL_OUT($u->log);
my %mail = (from => 'ada@example.net', to => $receipt->reply_to);
my $data = $u->message(%mail, body => "STATUS\n");
like(scalar $u->lmtp(%mail, data => $data), qr/^250/, 'a question is taken');
ok($u->mail_to('ada@example.net', 3), 'and answered');
like(scalar $u->lmtp(%mail, data => $data), qr/^250/, 'the same again: 250');
is($u->stop, 0, 'the daemon stops');
ok($u->start, 'and starts') or BAIL_OUT($u->log);
$u->pass(6 * 86400);
like(scalar $u->lmtp(%mail, data => $data), qr/^250/, 'the same days later: 250');
sleep 1;
is(scalar($u->mails_to('ada@example.net')), 3, 'but it was answered once');
$u->lmtp(%mail, data => $u->message(%mail, body => "STATUS\n"));
ok($u->mail_to('ada@example.net', 4), 'another question is answered');

# ---- three requests in all

for my $day (1 .. 6) {
	$u->write_mail(from => 'bob@example.net', to => $to);
	$u->write_mail(from => 'bob@example.net', to => $to);
	sleep 0.5;
	my $sent = () = $u->mails_to('bob@example.net');
	cmp_ok($sent, '<=', $day < 3 ? $day : 3, "day $day: no more than one");
	$u->pass(86400 + 60);
	sleep 1.2;
}
is(scalar($u->mails_to('bob@example.net')), 3, 'three in all, the reminder too');
is($u->stop, 0, 'ends cleanly');

# ---- the disk does not take it

SKIP: {
	skip 'a sanitizer wants to be loaded first', 10 if $sanitized;
	my $listen = IO::Socket::INET->new(Listen => 10, LocalAddr => '127.0.0.1')
	    or die "listen: $!";
	$u = Undersigned->new(relay => 'smtp://127.0.0.1:' . $listen->sockport);
	Undersigned::spew("$u->{dir}/sync.c", <<'C');
#include <errno.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

static int
fails(void)
{
	const char *flag = getenv("SYNC_FAILS");

	if (flag == NULL || access(flag, F_OK) != 0)
		return 0;
	errno = EIO;
	return 1;
}

int
fsync(int fd)
{
	return fails() ? -1 : (int)syscall(SYS_fsync, fd);
}

int
fdatasync(int fd)
{
	return fails() ? -1 : (int)syscall(SYS_fdatasync, fd);
}
C
	my $cc = $ENV{CC} // 'cc';
	system("$cc -D_GNU_SOURCE -O1 -fPIC -shared -o $u->{dir}/sync.so $u->{dir}/sync.c") == 0
	    or skip 'no compiler', 10;
	my $flag = "$u->{dir}/state/sync-fails";
	$u->{env} = { LD_PRELOAD => "$u->{dir}/sync.so", SYNC_FAILS => $flag };
	ok($u->start, 'starts with a disk that can fail') or BAIL_OUT($u->log);
	like(scalar $u->write_mail(from => 'one@example.net', to => $to), qr/^250/,
	    'a mail is taken');
	$listen->timeout(15);
	my $c = $listen->accept or BAIL_OUT($u->log);
	$c->autoflush(1);
	print $c "220 relay\r\n";
	while (defined(my $line = $c->getline)) {
		last if $line eq ".\r\n";
		print $c $line =~ /^DATA/ ? "354 go on\r\n" : "250 good\r\n"
		    if $line =~ /^(EHLO|MAIL|RCPT|DATA|RSET)/;
	}
	Undersigned::spew($flag, '');
	print $c "250 taken\r\n";
	sleep 0.3;
	like(scalar $u->write_mail(from => "two$_\@example.net", to => $to), qr/^451/,
	    'what the disk does not take is not taken') for 1 .. 3;
	$listen->timeout(3);
	my $again = $listen->accept;
	ok(!$again, 'what was sent is not sent again');
	unlink $flag;
	my ($r, $end) = ('', time + 10);
	while (time < $end && $r !~ /^250/) {
		$r = $u->write_mail(from => 'two1@example.net', to => $to);
		sleep 0.2;
	}
	like($r, qr/^250/, 'the disk is well again: 250');
	sleep 1.5;
	my (undef, $out) = $u->undersign('status', '--format', 'json');
	like($out, qr/"waiting":\s*1\b/, 'the mail that was sent is settled') or diag $out;
	is($u->count('pending'), 2, 'and nothing of what was refused is there');
	is($u->stop, 0, 'ends cleanly');
}
unlike($u->log, qr/Sanitizer|runtime error/, 'no sanitizer has a complaint');
done_testing;
