#!/usr/bin/perl
# Progress updates that make themselves: when they are due, when there is news,
# once, and not long after their time.
use strict;
use warnings;
use Test::More;
use File::Basename;
use POSIX qw(floor);
use lib dirname(__FILE__);
use Undersigned;

my $d = 'petitions.example.org';

# A rule whose next time is SECONDS from now, by the daemon's clock.
sub rule_in {
	my ($u, $seconds) = @_;
	my @t = gmtime(time + $u->{clock} + $seconds);
	return sprintf 'FREQ=DAILY;BYHOUR=%d;BYMINUTE=%d;BYSECOND=%d', $t[2], $t[1], $t[0];
}

sub scene {
	my ($plan, %o) = @_;
	my $u = Undersigned->new;
	my $file = "$u->{dir}/campaigns/manuchehr/campaign.conf";
	my $conf = Undersigned::slurp($file);
	my $rule = rule_in($u, $o{in} // 7200);
	$plan =~ s/RULE/$rule/;
	$conf .= "\ndigest = \"none\"\nschedule \"weekly\" {\n$plan\n}\n";
	Undersigned::spew($file, $conf);
	ok($u->start, 'the daemon starts') or BAIL_OUT($u->log);
	sleep 7;                # the schedule has been seen
	return $u;
}

sub waited { my ($u, $re) = @_; for (1 .. 150) { return 1 if $u->log =~ $re; select undef, undef, undef, 0.1 } return 0 }
sub made { my ($u) = @_; my $n = () = $u->log =~ /schedule=weekly event=made/g; return $n }

# What the store says of updates; without the command, which others test.
sub rows { my ($u) = @_; my ($st, $out) = $u->run('', 'sqlite3', "$u->{dir}/state/undersigned.db", 'select id, state, origin from mailing'); return $out // '' }
sub words { my ($u, $lang) = @_; my ($st, $out) = $u->run('', 'sqlite3', "$u->{dir}/state/undersigned.db", "select subject || char(10) || body from mailing_text where language = '$lang' order by mailing desc limit 1"); return $out // '' }
my $sqlite = system('sqlite3 -version >/dev/null 2>&1') == 0;

# ---- mistakes ---------------------------------------------------------------------------
{
	my $u = Undersigned->new;
	my $file = "$u->{dir}/campaigns/manuchehr/campaign.conf";
	my $good = Undersigned::slurp($file);
	my $line = () = $good =~ /\n/g;
	my @wrong = (
		['rule = "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30"', 'start = "2026-12-01"', 2, qr/never comes/],
		['rule = "every monday"', 'start = "2026-12-01"', 2, qr/RFC 5545/],
		['start = "2026-12-01"', "timezone = \"Asia/Nowhere\"\nrule = \"FREQ=DAILY\"", 3, qr/no time zone/],
		['rule = "FREQ=DAILY"', 'start = "soon"', 3, qr/no date/],
		['rule = "FREQ=DAILY"', "start = \"2026-12-01\"\nquiet = \"late\"", 4, qr/quiet/],
	);
	for my $w (@wrong) {
		Undersigned::spew($file, "${good}schedule \"x\" {\n$w->[0]\n$w->[1]\n}\n");
		my ($st, $out, $err) = $u->undersign('check');
		isnt($st, 0, "check says no to: $w->[0] $w->[1]");
		like($out . $err, qr/campaign\.conf:@{[ $line + $w->[2] ]}: schedule "x": /, 'with file and line');
		like($out . $err, $w->[3], 'and the reason');
	}
	Undersigned::spew($file, "${good}schedule \"x\" {\nrule = \"FREQ=DAILY\"\n}\n");
	my ($st, $out, $err) = $u->undersign('check');
	like($out . $err, qr/campaign\.conf:\d+: .*start/, 'a schedule needs a start');
	# and the daemon leaves the campaign out, not the others
	Undersigned::spew($file, "${good}schedule \"x\" {\n$wrong[0][0]\n$wrong[0][1]\n}\n");
	ok($u->start, 'the daemon runs without it');
	like($u->log, qr/never comes/, 'and says why');
	is($u->stop, 0);
}

# ---- its time comes ------------------------------------------------------------------------
{
	my $u = scene("rule = \"RULE\"\nstart = \"2026-01-01\"\nmilestones = {1, 100}");
	my ($st, $out, $err) = $u->undersign('update', 'manuchehr', 'schedule');
	is($st, 0, 'undersign update SLUG schedule') or diag($err);
	my @lines = grep { /^weekly\s/ } split /\n/, $out;
	is(scalar(@lines), 5, 'shows the next times');
	my @t = gmtime(time + $u->{clock} + 7200 - 8);
	like($lines[0], qr/@{[ sprintf '%04d-%02d-%02d', $t[5] + 1900, $t[4] + 1, $t[3] ]} \d\d:\d\d\s+UTC/, 'in their zone');
	($st, $out) = $u->undersign('update', 'manuchehr', 'schedule', '--format', 'json');
	like($out, qr/"schedule": "weekly", "due_at": \d{10}, "send_at": \d{10}, "approve": false/, 'as JSON too');
	$u->pass(7200 + 60);
	ok(waited($u, qr/schedule=weekly event=nothing-new/), 'nothing new sends nothing') or diag($u->log);
	$u->sign(name => 'Ada', from => 'ada@example.net', body => "Updates: yes\nCountry: NO\n");
	is($u->count('confirmed'), 1, 'somebody signs');
	sleep 6;
	is(made($u), 0, 'not before its time');
	$u->pass(86400);
	ok(waited($u, qr/schedule=weekly event=made rise=1/), 'the next day it is made') or diag($u->log);
	sleep 6;
	is(made($u), 1, 'once');
	SKIP: {
		skip 'no sqlite3', 4 unless $sqlite;
		like(rows($u), qr/^1\|[^1]\|2$/m, 'not waiting for approval');
		like(words($u, 'en'), qr/^1 signatures: Freedom/, 'the milestone stands in the subject');
		like(words($u, 'en'), qr/We are 1 people now, 1 more than/, 'numbers in the text');
		like(words($u, 'ru'), qr/Всего подписей: 1/, 'in each language');
	}

	# kill -9 and again: once per time
	$u->kill_all;
	ok($u->start, 'after a power cut');
	sleep 7;
	is(made($u), 1, 'not once more');

	# news
	Undersigned::spew("$u->{dir}/campaigns/manuchehr/news.en.md", "## He was heard\n\nA court will hear him, {{name}}.\n");
	$u->pass(86400);
	ok(waited($u, qr/made rise=0 news=yes/), 'news is reason enough') or diag($u->log);
	SKIP: {
		skip 'no sqlite3', 2 unless $sqlite;
		like(words($u, 'en'), qr/A court will hear him, \{\{name\}\}/, 'and stands in the text, for each reader');
		unlike(words($u, 'nb'), qr/court/, 'in its own language only');
	}
	$u->pass(86400);
	sleep 7;
	is(made($u), 2, 'the same news is not told twice');

	# a mistake in the news
	Undersigned::spew("$u->{dir}/campaigns/manuchehr/news.en.md", "{{nobody}}\n");
	utime time + 100, time + 100, "$u->{dir}/campaigns/manuchehr/news.en.md";
	$u->pass(86400);
	ok(waited($u, qr/schedule=weekly msg="cannot be made/), 'news with a mistake');
	# Other mail goes to staff at the same time: the end of the last update.
	my ($end, $told) = (time + 15, 0);
	until ($told || time > $end) {
		$told = grep { $_->text =~ /nobody/ } $u->mails_to('staff@example.org');
		sleep 1 unless $told;
	}
	ok($told, 'is told to staff');
	is(made($u), 2, 'and sends nothing');
	is($u->stop, 0, 'ends cleanly');
}

# ---- late -------------------------------------------------------------------------------------
{
	my $u = scene("rule = \"RULE\"\nstart = \"2026-01-01\"\nlate = 3");
	$u->sign(name => 'Ada', from => 'ada@example.net', body => "Updates: yes\n");
	is($u->stop, 0, 'the server is down');
	$u->pass(7200 + 4 * 3600);
	ok($u->start, 'and up again, after its time');
	ok(waited($u, qr/schedule=weekly event=made rise=1 news=no late=yes/), 'it is made') or diag($u->log);
	my $ask = $u->mail_to('staff@example.org');
	ok($ask, 'and waits for approval');
	like($ask->subject, qr/Please approve/);
	SKIP: { skip 'no sqlite3', 1 unless $sqlite; like(rows($u), qr/^1\|1\|2$/m, 'it does not go out by itself'); }
	$u->write_mail(from => 'staff@example.org', to => $ask->reply_to, subject => 'Re: x', body => "Yes\n");
	ok(waited($u, qr/approvals=1 needed=1/), 'until somebody says yes');
	is($u->stop, 0, 'ends cleanly');
}

# ---- quiet hours ----------------------------------------------------------------------------------
{
	my @t = gmtime(time + 7200);
	my $from = sprintf '%02d:%02d', ($t[2] + 23) % 24, $t[1];
	my $to = sprintf '%02d:%02d', ($t[2] + 2) % 24, $t[1];
	my $u = scene("rule = \"RULE\"\nstart = \"2026-01-01\"\nquiet = \"$from-$to\"");
	$u->sign(name => 'Ada', from => 'ada@example.net', body => "Updates: yes\n");
	$u->pass(7200 + 60);
	sleep 7;
	is(made($u), 0, 'not in quiet hours');
	$u->pass(7200);
	ok(waited($u, qr/schedule=weekly event=made rise=1 news=no late=no/), 'but at their end') or diag($u->log);
	is($u->stop, 0, 'ends cleanly');
}
done_testing;
