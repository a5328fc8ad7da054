#!/usr/bin/perl
# The pages in a real browser, at the size of a phone, with JavaScript off and
# on; and a robot that opens every link in every mail.
# SPDX-License-Identifier: ISC
use strict;
use warnings;
use Test::More;
use File::Basename;
use File::Temp ();
use IO::Socket::INET;
use JSON::PP ();
use MIME::Base64 qw(decode_base64);
use POSIX ();
use Time::HiRes qw(sleep time);
use lib dirname(__FILE__);
use Undersigned;

$SIG{PIPE} = 'IGNORE';
my ($program) = grep { -x } map { ("$_/chromium", "$_/chromium-browser") } split /:/, $ENV{PATH};
plan skip_all => 'chromium is not installed' unless $program;

sub free_port {
	my $s = IO::Socket::INET->new(LocalAddr => '127.0.0.1', Listen => 1) or die $!;
	return $s->sockport;
}

# ---- a browser on a pipe: JSON, each message ended by a NUL

my ($pid, $to, $from, $in, $serial, $session) = (undef, undef, undef, '', 0, undef);
my $profile = File::Temp::tempdir('undersigned-browser-XXXXXX', TMPDIR => 1, CLEANUP => 1);

sub browser_start {
	pipe(my $r3, $to) && pipe($from, my $w4) or die "pipe: $!";
	$pid = fork // die "fork: $!";
	if ($pid == 0) {
		my ($r, $w) = (POSIX::dup2(fileno $r3, 20), POSIX::dup2(fileno $w4, 21));
		POSIX::dup2(20, 3);
		POSIX::dup2(21, 4);
		POSIX::close($_) for 5 .. 30;
		open STDOUT, '>', '/dev/null';
		open STDERR, '>', '/dev/null';
		setpgrp;
		exec $program, '--headless=new', '--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage',
		    '--disable-background-networking', '--disable-component-update', '--no-first-run', '--disable-sync',
		    '--disable-extensions', '--metrics-recording-only', '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1',
		    "--user-data-dir=$profile", '--remote-debugging-pipe', 'about:blank' or POSIX::_exit(99);
	}
	close $r3;
	close $w4;
	$to->autoflush(1);
	binmode $_ for $to, $from;
}

my @events;

sub receive {
	my ($seconds) = @_;
	my $end = time + $seconds;
	while (1) {
		return JSON::PP::decode_json($1) if $in =~ s/\A([^\0]*)\0//;
		my $left = $end - time;
		return undef if $left <= 0;
		my $set = '';
		vec($set, fileno $from, 1) = 1;
		next unless select($set, undef, undef, $left);
		sysread $from, $in, 65536, length $in or return undef;
	}
}

sub call {
	my ($method, $params, $alone) = @_;
	my $id = ++$serial;
	my %m = (id => $id, method => $method, params => $params // {});
	$m{sessionId} = $session if $session && !$alone;
	print $to JSON::PP::encode_json(\%m), "\0";
	while (my $m = receive(30)) {
		push(@events, $m), next unless defined $m->{id};
		next if $m->{id} != $id;
		diag("$method: $m->{error}{message}") if $m->{error};
		return $m->{result} // {};
	}
	return {};
}

sub wait_event {
	my ($name) = @_;
	my $end = time + 20;
	while (time < $end) {
		while (my $m = shift @events) {
			return $m if ($m->{method} // '') eq $name;
		}
		my $m = receive(1) or next;
		push @events, $m if $m->{method};
	}
	return undef;
}

sub page_new {
	my ($script) = @_;
	$session = undef;
	my $context = call('Target.createBrowserContext')->{browserContextId};
	my $target = call('Target.createTarget', { url => 'about:blank', browserContextId => $context });
	$session = call('Target.attachToTarget', { targetId => $target->{targetId}, flatten => JSON::PP::true })->{sessionId};
	call('Page.enable');
	call('Network.enable');
	call('Log.enable');
	call('Emulation.setDeviceMetricsOverride', { width => 320, height => 640, deviceScaleFactor => 2, mobile => JSON::PP::true });
	call('Emulation.setScriptExecutionDisabled', { value => $script ? JSON::PP::false : JSON::PP::true });
}

my (@asked, @complaints);

# What the page has asked for since, and what the browser complained of.
sub note_events {
	for my $m (@events) {
		push @asked, $m->{params}{request}{url} if $m->{method} eq 'Network.requestWillBeSent';
		push @complaints, $m->{params}{entry}{text} if $m->{method} eq 'Log.entryAdded';
	}
}

sub go {
	my ($url) = @_;
	@events = ();
	call('Page.navigate', { url => $url });
	note_events();
	return wait_event('Page.loadEventFired');
}

sub html {
	my $root = call('DOM.getDocument')->{root}{nodeId};
	return call('DOM.getOuterHTML', { nodeId => $root })->{outerHTML} // '';
}

# Press what SELECTOR finds, as a finger would.
sub press {
	my ($selector) = @_;
	my $root = call('DOM.getDocument')->{root}{nodeId};
	my $node = call('DOM.querySelector', { nodeId => $root, selector => $selector })->{nodeId} or return undef;
	call('DOM.scrollIntoViewIfNeeded', { nodeId => $node });
	my $box = call('DOM.getBoxModel', { nodeId => $node })->{model} or return undef;
	my @q = @{ $box->{border} };
	my %at = (x => ($q[0] + $q[4]) / 2, y => ($q[1] + $q[5]) / 2, button => 'left', clickCount => 1);
	@events = ();
	call('Input.dispatchMouseEvent', { type => 'mousePressed', %at });
	call('Input.dispatchMouseEvent', { type => 'mouseReleased', %at });
	note_events();
	wait_event('Page.loadEventFired') or return undef;
	return [$q[4] - $q[0], $q[5] - $q[1]];
}

# Buttons, links and headings as a screen reader is told them.
sub spoken {
	my @nodes = @{ call('Accessibility.getFullAXTree')->{nodes} // [] };
	return map { ($_->{role}{value} // '') . ':' . ($_->{name}{value} // '') } grep { !$_->{ignored} } @nodes;
}

# ---- the daemon

my $port = free_port();
my $base = "http://127.0.0.1:$port";
my $u = Undersigned->new(extra => "web {\n\tlisten = \"127.0.0.1:$port\"\n\tbase_url = \"$base\"\n}\n");
ok($u->start, 'starts') or BAIL_OUT($u->log);
my $d = $u->{domain};

sub unfolded { my $raw = $_[0]->raw; $raw =~ s/\r?\n[ \t]//g; return $raw }
sub counts {
	my ($st, $out) = $u->undersign('counts', 'manuchehr', '--format', 'json');
	return { $out =~ /"(\w+)": ?(\d+)/g };
}
sub shown { return ($u->undersign('signer', 'manuchehr', 'show', $_[0]))[1] }

browser_start();
ok(call('Browser.getVersion')->{product}, 'a browser') or BAIL_OUT('chromium does not start');

for my $script (0, 1) {
	my $how = $script ? 'with JavaScript' : 'without JavaScript';
	my $who = "ada$script\@example.net";
	$u->write_mail(from => $who, to => "manuchehr\@$d", body => "Name: Ada Lovelace\nCountry: Norway\nNews: yes\n");
	my ($token) = unfolded($u->mail_to($who)) =~ /manuchehr\+c-([a-z2-7]{37})/;
	my $before = counts()->{confirmed};
	page_new($script);
	ok(go("$base/c/manuchehr/$token"), "$how: the confirming page loads");
	my $html = html();
	like($html, qr/Ada Lovelace/, 'with her name');
	my $size = call('Page.getLayoutMetrics')->{cssContentSize};
	cmp_ok($size->{width}, '<=', 320, 'nothing is wider than a phone of 320 pixels');
	my @spoken = spoken();
	ok((grep { $_ eq 'button:Sign this petition' } @spoken), 'a screen reader finds the button');
	is(scalar(grep { $_ eq 'heading:Sign this petition' } @spoken), 1, 'and one heading that says what this is');
	ok((grep { $_ eq 'main:' } @spoken) && (grep { $_ eq 'navigation:Language' } @spoken), 'and its parts');
	ok(press('nav a[hreflang="tg"]'), 'the language is switched by a link');
	like(html(), qr/<html lang="tg"/, 'to the one wanted');
	is(counts()->{confirmed}, $before, 'nothing is signed so far');
	my $box = press('button');
	ok($box, 'the button is pressed');
	cmp_ok($box->[1], '>=', 44, 'it is large enough for a finger') if $box;
	like(html(), qr/Ташаккур. Муроҷиат имзо шуд|\x{422}\x{430}\x{448}/, 'thanks, in that language');
	is(counts()->{confirmed}, $before + 1, 'signed');

	my ($stop) = unfolded($u->mail_to($who, 2)) =~ /\+u-([a-z2-7]{37})/;
	ok(go("$base/u/manuchehr/$stop"), 'the stopping page loads');
	like(html(), qr/a\S+\@example\.net/, 'it says whose updates');
	cmp_ok(call('Page.getLayoutMetrics')->{cssContentSize}{width}, '<=', 320, 'on a phone');
	like(shown($who), qr/updates\s+yes/, 'looking stops nothing');
	ok(press('button'), 'the button');
	like(html(), qr/No more news/, 'says that it is done');
	like(shown($who), qr/updates\s+no/, 'and it is');
	is(scalar @{ call('Network.getCookies', { urls => [$base] })->{cookies} // [] }, 0, 'no cookie was set');
}
note_events();
is(scalar(grep { !/^\Q$base\E\// && !/^about:/ } @asked), 0, 'nothing was asked of anybody else') or diag("@asked");
is(scalar(grep { /Content Security|refused|blocked/i } @complaints), 0, 'the browser has nothing to complain of') or diag("@complaints");

# Dark, and a page of nobody.
call('Emulation.setEmulatedMedia', { features => [{ name => 'prefers-color-scheme', value => 'dark' }] });
ok(go("$base/c/manuchehr/" . 'a' x 37), 'a link that is none');
like(html(), qr/There is nothing here/, 'says so');
kill 'KILL', -$pid if $pid;
waitpid $pid, 0;

# ---- a robot that opens every link in every mail

my $who = 'robot@example.net';
$u->write_mail(from => $who, to => "manuchehr\@$d", body => "Name: Grace\nNews: yes\n");
$u->mail_to($who);
$u->write_mail(from => 'signed@example.net', to => "manuchehr\@$d", body => "Name: Grace\nNews: yes\n");
my $reply = $u->mail_to('signed@example.net')->reply_to;
$u->write_mail(from => 'signed@example.net', to => $reply, body => "yes\n");
$u->mail_to('signed@example.net', 2);
my $before = counts();
my ($links, @wrong) = (0);
for my $mail ($u->mails_to($who), $u->mails_to('signed@example.net')) {
	my $raw = unfolded($mail);
	my $all = "$raw\n" . ($mail->text // '');
	my %link = map { $_ => 1 } $all =~ /(\Q$base\E\/[^\s"'<>,)\]]+)/g;
	# Links as they are made, whether or not a mail of today has them.
	$link{"$base/$1/manuchehr/$2"} = 1 while $raw =~ /manuchehr\+([curb])-([a-z2-7]{37})\@/g;
	for my $l (sort keys %link) {
		$links++;
		for my $how ([], ['-I'], ['-X', 'OPTIONS'], ['-L', '-A', 'Scanner/1.0', '-H', 'X-Purpose: preview']) {
			my ($st, $out) = $u->run('', 'curl', '-s', '-m', '10', '-o', '/dev/null', '-w', '%{http_code}', @$how, $l);
			push @wrong, "$l $out" unless $out =~ /^(?:200|204|404)$/;
		}
	}
}
cmp_ok($links, '>=', 2, "every link of its mails ($links)");
is("@wrong", '', 'opens in every harmless way');
is_deeply(counts(), $before, 'and nothing has changed');
like(shown('signed@example.net'), qr/updates\s+yes/, 'nor has who gets updates');
is($u->stop, 0, 'ends');

END { kill 'KILL', -$pid if $pid && kill 0, $pid }
done_testing;
