#!/usr/bin/perl
# Every line of the log is key=value, whatever happens: real traffic, mistakes,
# a relay in trouble, roles that die; and no person is in it.
# SPDX-License-Identifier: ISC
use strict;
use warnings;
use Test::More;
use File::Basename;
use Time::HiRes qw(sleep time);
use lib dirname(__FILE__);
use Sink;
use Undersigned;

my $d = 'petitions.example.org';
my $to = "manuchehr\@$d";

sub waited { my ($u, $re) = @_; for (1 .. 200) { return 1 if $u->log =~ $re; sleep 0.1 } return 0 }
sub all_pairs {
	my ($u, $name) = @_;
	my @bad = $u->log_faults;
	is(scalar @bad, 0, "$name: every line is pairs") or diag join "\n", @bad[0 .. (@bad > 10 ? 9 : $#bad)];
	cmp_ok(scalar(split /\n/, $u->log), '>', 5, "$name: of which there are some");
	unlike($u->log, qr/\@|Lovelace|zarina/i, "$name: and nobody is named");
}

# ---- signing, posting, mistakes ------------------------------------------------
{
	my $u = Undersigned->new(extra => 'trusted_authserv = "mx.example.org"');
	my $conf = "$u->{dir}/campaigns/manuchehr/campaign.conf";
	my $good = Undersigned::slurp($conf);
	$good =~ s/^staff = .*$/staff = {"lena\@staff.example", "omar\@staff.example"}/m;
	Undersigned::spew($conf, $good);
	ok($u->start('--debug'), 'the daemon starts') or BAIL_OUT($u->log);
	my (undef, $receipt) = $u->sign(name => '"Ada Lovelace"', from => 'ada@example.net', body => "Country: NO\nUpdates: yes\n");
	ok($receipt, 'somebody signs');
	$u->write_mail(from => 'ada@example.net', to => $receipt->reply_to, body => "$_\n") for 'STATUS', 'I have a question, who are you?', 'STOP';
	like($u->write_mail(from => 'zarina@example.net', to => "manuchehr+r-" . 'a' x 37 . "\@$d", body => 'x'), qr/^550/, 'a bad token');
	like(scalar $u->lmtp(from => '', to => $to, data => "Subject: \x{1b}[31m \"q\" \\\n\n" . "\0\x01" x 50 . "\n"), qr/^[25]/, 'rubbish');
	my $post = "Authentication-Results: mx.example.org; dmarc=%s header.from=staff.example\n" .
	    "From: lena\@staff.example\nTo: manuchehr+updates\@$d\nSubject: News\nMessage-ID: <%d\@staff.example>\n\nHello.\n";
	like(scalar $u->lmtp(from => 'lena@staff.example', to => "manuchehr+updates\@$d", data => sprintf($post, 'pass', 1)), qr/^250/, 'a post');
	like(scalar $u->lmtp(from => 'lena@staff.example', to => "manuchehr+updates\@$d", data => sprintf($post, 'fail', 2)), qr/^550/, 'a forged one');

	Undersigned::spew($conf, "$good\nmistake \"of = \\\\mine\\\"\n");
	$u->hup;
	ok(waited($u, qr/reload=failed/), 'a mistake');
	Undersigned::spew($conf, $good);
	my $before = () = $u->log =~ /reload=done/g;
	$u->hup;
	for (1 .. 100) { last if $before < (() = $u->log =~ /reload=done/g); sleep 0.1 }
	for my $role (qw(intake delivery keeper)) {
		my $pid = $u->roles->{$role} or next;
		kill 'KILL', $pid;
		ok(waited($u, qr/role=$role died=signal-9/), "$role is killed");
		for (1 .. 200) { my $now = $u->roles->{$role}; last if $now && $now != $pid; sleep 0.1 }
		sleep 1;
	}
	$u->pass(15 * 86400);
	ok(waited($u, qr/event=cancelled msg="nobody approved it in time"/), 'words at the end are one pair');
	is($u->stop, 0, 'ends cleanly');
	all_pairs($u, 'traffic');
}

# ---- a relay in trouble, an update -----------------------------------------------
{
	my $dir = File::Temp::tempdir(CLEANUP => 1);
	my $sink = Sink->new("$dir/sink");
	my $u = Undersigned->new(relay => $sink->url, limits => 'requests_per_domain_hour = 2 requests_per_hour = 0');
	$sink->trouble(refuse => { 'gone@example.net' => '550 5.1.1 no "such" \\user', 'later@example.com' => '451 4.2.0 "not" now' });
	ok($u->start, 'the daemon starts') or BAIL_OUT($u->log);
	$u->write_mail(from => $_, to => $to, body => "x\n") for 'gone@example.net', 'later@example.com', 'held@example.net', 'held2@example.net';
	ok(waited($u, qr/outcome=failed/), 'a mail fails');
	Undersigned::spew("$u->{dir}/list.csv", "address,name\n");
	$sink->trouble(closed => 1);
	$u->write_mail(from => 'closed@example.org', to => $to, body => "x\n");
	sleep 3;
	$u->pass(7200);
	sleep 3;
	$u->kill_all;
	ok($u->start, 'and again, after a crash');
	is($u->stop, 0, 'ends cleanly');
	all_pairs($u, 'trouble');
}

# ---- what it cannot start with -----------------------------------------------------
for my $wrong (['a wrong line', sub { $_[0] . "nonsense \"a\" = { \\\n" }], ['a missing folder', sub { $_[0] =~ s/^state_dir.*$/state_dir = "\/nowhere\/\\"at\\" all"/mr }]) {
	my ($name, $how) = @$wrong;
	my $u = Undersigned->new;
	Undersigned::spew($u->{conf}, $how->(Undersigned::slurp($u->{conf})));
	ok(!$u->start, "$name: it does not start");
	my @bad = $u->log_faults;
	is(scalar @bad, 0, "$name: is told in pairs") or diag join "\n", @bad;
	like($u->log, qr/level=\w+ .*(?:msg|error)="/, "$name: and in words");
}
done_testing;
