#!/usr/bin/perl
# The whole life of an update, with a real Postfix on both sides and Dovecot's
# mailboxes: posted by mail, approved by mail, it reaches everybody in three
# languages through a crash in the middle; some bounce, some stop in four ways,
# some complain, some write back; and list, update status, the contact persons'
# mailboxes and the digest tell exactly that.
#
# SIGNERS=1000 for the real thing (make check-long); the default is what a test run
# can spare.
# SPDX-License-Identifier: ISC
use strict;
use warnings;
use utf8;
use FindBin;
use lib $FindBin::Bin;
use Encode qw(decode encode);
use IO::Socket::INET;
use JSON::PP;
use List::Util qw(sum0);
use Test::More;
use Time::HiRes qw(sleep time);
use Undersigned;
use Peers;

my $why = Peers::missing('/usr/sbin/postfix', '/usr/sbin/dovecot');
plan skip_all => $why if $why;

my $signers = $ENV{SIGNERS} // 200;
my $bounces = int($signers / 20);
my ($stops, $complaints, $replies) = (10, 5, 5);
my $c = 'manuchehr';
my $d = 'petitions.example.org';
my $port = Peers::ports(3);
my ($lmtp, $web) = ($port + 1, $port + 2);
my $u = Undersigned->new(relay => "smtp://127.0.0.1:$port", extra => <<WEB);
web {
	listen = "127.0.0.1:$web"
	base_url = "https://petitions.example.org"
}
WEB
chmod 0711, $u->{dir};
my $conf = "$u->{dir}/campaigns/$c/campaign.conf";
{
	my $text = Undersigned::slurp($conf);
	$text =~ s/^staff\s*=.*\n//mg;
	Undersigned::spew($conf, $text . "staff = {\"author\@example.net\", \"approver\@example.net\"}\n");
}

my $dovecot = Peers::Dovecot->new(dir => "$u->{dir}/dovecot", port => $lmtp);
my $postfix = Peers::Postfix->new(dir => "$u->{dir}/postfix", port => $port, domain => $d,
    socket => $u->{socket}, main => <<MAIN);
default_transport = lmtp:[127.0.0.1]:$lmtp
default_destination_concurrency_limit = 20
lmtp_destination_recipient_limit = 1
smtpd_client_connection_rate_limit = 0
MAIN
my @people = map { sprintf 's%04d@example.net', $_ } 0 .. $signers - 1;
my @staff = qw(author@example.net approver@example.net);
my @contacts = qw(europe@example.org pamir@example.org nordic@example.org);
$dovecot->users(@people, @staff, @contacts);
ok($dovecot->start, 'Dovecot starts') or die $dovecot->log;
# Before the folder goes in which they live.
END { $_ && $_->stop for $postfix, $dovecot }
my $out = $postfix->start;
is($out, undef, 'Postfix starts') or die $out;
ok($u->start, 'the daemon starts') or die $u->log;
chmod 0666, $u->{socket};

# By SMTP to our Postfix.
sub submit {
	my ($from, $to, $mail) = @_;
	my $s = IO::Socket::INET->new(PeerAddr => "127.0.0.1:$port", Timeout => 20) or return 'no connection';
	my $ask = sub {
		print $s $_[0] if length $_[0];
		my $line;
		do { $line = <$s> // return 'closed' } while $line =~ /^\d{3}-/;
		return $line;
	};
	$mail =~ s/\r?\n/\r\n/g;
	$mail =~ s/^\./../mg;
	my $r = $ask->('');
	for my $say ("EHLO me\r\n", "MAIL FROM:<$from>\r\n", "RCPT TO:<$to>\r\n", "DATA\r\n", "$mail\r\n.\r\n") {
		$r = $ask->($say);
		return $r if $r !~ /^[23]/;
	}
	return $r;
}

sub mail {      # text of a plain mail
	my (%m) = @_;
	return encode('UTF-8', $u->message(%m));
}

sub box_until {
	my ($who, $what, $seconds) = @_;
	my $found;
	Peers::wait_for(sub { ($found) = grep { $what->($_) } $dovecot->box($who); $found }, $seconds // 30);
	return $found;
}

# ---- everybody signs ---------------------------------------------------------------
my %spoken = (en => ['Name: %s', 'Country: Norway', 'Updates: yes', 'Yes'],
    ru => ['Имя: %s', 'Страна: Россия', 'Новости: да', 'Да'],
    tg => ['Ном: %s', 'Кишвар: Тоҷикистон', 'Хабарҳо: ҳа', 'Ҳа']);
my (%language, %alias);
for my $i (0 .. $#people) {
	my $l = (qw(en ru tg))[$i % 3];
	$language{$people[$i]} = $l;
	my @lines = @{ $spoken{$l} };
	my $r = $u->lmtp(from => $people[$i], to => "$c-$l\@$d", data => mail(from => $people[$i],
	    to => "$c-$l\@$d", subject => '', body => sprintf("$lines[0]\n", "N$i") . "$lines[1]\n"));
	die("sign mail: $r") unless $r =~ /^250/;
}
my $asked = 0;
for my $who (@people) {
	my $request = box_until($who, sub { $_[0]->reply_to =~ /\+c-/ }, 60) or last;
	$asked++;
	my $l = $language{$who};
	my $r = $u->lmtp(from => $who, to => $request->reply_to, data => mail(from => $who, to => $request->reply_to,
	    subject => 'Re:', body => "$spoken{$l}[3]\n$spoken{$l}[2]\n"));
	die("answer: $r") unless $r =~ /^250/;
}
is($asked, $signers, 'all were asked') or diag $u->log;
is($u->count('confirmed'), $signers, 'all have signed');
my %receipt;
for my $who (@people) {
	$receipt{$who} = box_until($who, sub { $_[0]->reply_to =~ /\+r-/ }, 60) or last;
}
is(scalar(keys %receipt), $signers, 'all have a receipt');

# ---- some mailboxes close ------------------------------------------------------------
my @dead = @people[0 .. $bounces - 1];
my @alive = @people[$bounces .. $#people];
$dovecot->users(@alive, @staff, @contacts);

# ---- the update is posted, and approved --------------------------------------------
like(submit('stranger@example.net', "$c+updates\@$d", mail(from => 'stranger@example.net',
    to => "$c+updates\@$d", subject => 'Buy', body => "now\n")), qr/^250/, 'a stranger posts');
like(submit($staff[0], "$c+updates\@$d", mail(from => $staff[0], to => "$c+updates\@$d",
    subject => 'What has happened', body => <<'BODY')), qr/^250/, 'the author posts');
We are **{{count}}** now.

Language: ru
Subject: Что произошло

{{name}}, нас уже **{{count}}**.

Language: tg
Subject: Чӣ рӯй дод

{{name}}, мо акнун **{{count}}** нафарем.
BODY
my $mine = box_until($staff[0], sub { $_[0]->reply_to =~ /\+a-/ });
ok($mine, 'the author is asked whether it is hers') or diag $u->log;
ok(!grep({ $_->reply_to =~ /\+a-/ } $dovecot->box($staff[1])), 'the approver is not asked yet');
like(submit($staff[0], $mine->reply_to, mail(from => $staff[0], to => $mine->reply_to, subject => 'Re:', body => "Yes\n")),
    qr/^250/, 'and says yes');
my $preview = box_until($staff[1], sub { $_[0]->reply_to =~ /\+a-/ });
ok($preview, 'the approver gets the preview') or diag $u->log;
like(decode('UTF-8', $preview->text), qr/нас уже/, 'in every language');
sleep 1;
ok(!grep({ $_->raw =~ /^Precedence: bulk/m } map { $dovecot->box($_) } @alive[0 .. 4]), 'nothing has gone out');
like(submit($staff[1], $preview->reply_to, mail(from => $staff[1], to => $preview->reply_to, subject => 'Re:', body => "Yes\n")),
    qr/^250/, 'the approver says yes');

# ---- a crash in the middle --------------------------------------------------------------
sub status {
	my ($st, $json, $err) = $u->undersign('update', $c, 'status', '--format=json');
	return {} if $st != 0;
	my $all = decode_json($json);
	my $list = ref $all eq 'ARRAY' ? $all : $all->{updates} // [$all];
	return $list->[-1];
}
my ($sent, $end) = (0, time + 60);
$sent = status()->{sent} // 0 while $sent < $signers / 20 && time < $end;
$u->kill_all;
my $cut = status();
is($cut->{state}, 'sending', 'it is on its way when all is killed') or diag explain $cut, $u->log;
cmp_ok($cut->{sent}, '>', 0, "some have it ($cut->{sent})");
cmp_ok($cut->{sent}, '<', $signers, 'and some do not');
ok($u->start, 'after kill -9 of all it starts again') or die $u->log;
chmod 0666, $u->{socket};
ok(Peers::wait_for(sub { (status()->{state} // '') eq 'done' }, 120), 'and goes on to the end') or diag $u->log;
my $s = status();
is($s->{sent} + $s->{failed} + $s->{unknown}, $signers, 'everybody is accounted for') or diag explain $s;
# What two connections have on their way at most.
cmp_ok($s->{unknown}, '<=', 64, "few are unknown ($s->{unknown})");
my ($ust, $unknown_list) = $u->undersign('update', $c, 'unknown', $s->{update}, '--list');
my %unknown = map { $_ => 1 } grep { length } split /\n/, $unknown_list // '';
is(scalar(keys %unknown), $s->{unknown}, 'and who they are is known');
is(scalar(grep { $language{$_} } keys %unknown), $s->{unknown}, 'all of them signers') or diag $unknown_list;

# Exactly once to each of those accepted, at most once to the unknown.
ok(Peers::wait_for(sub { postfix_empty() }, 120), 'Postfix has delivered')
    or diag queue(), substr($postfix->log, -3000);
sub queue { return scalar `postqueue -c $postfix->{dir}/etc -j 2>&1` }
# What waited while we were away is tried again now.
sub postfix_empty {
	return 1 if queue() !~ /\S/;
	system("postqueue -c $postfix->{dir}/etc -f >/dev/null 2>&1");
	sleep 1;
	return 0;
}
my (%update, $twice, @missing, %wrong);
for my $who (@alive) {
	my @u = grep { $_->raw =~ /^Precedence: bulk/m } $dovecot->box($who);
	$twice++ if @u > 1;
	push @missing, $who if !@u;
	$update{$who} = $u[0] or next;
	$wrong{$who} = 1 unless ($u[0]->header('Content-Language') // '') eq $language{$who};
}
is($twice // 0, 0, 'nobody got it twice');
is(join(' ', grep { !$unknown{$_} } @missing), '', 'nobody was skipped who is not listed as unknown');
is(scalar(keys %wrong), 0, 'each in her language');
my @got = grep { $update{$_} } @alive;

# ---- ten stop, in four ways ------------------------------------------------------------------
my %stop_word = (en => 'STOP', ru => 'СТОП', tg => 'БАС');
my @stopping = splice @got, 0, $stops;
for my $i (0 .. $#stopping) {
	my ($who, $m) = ($stopping[$i], $update{$stopping[$i]});
	my ($uri, $mailto) = $m->header('List-Unsubscribe') =~ /<(http[^>]*)>,\s*<mailto:([^>?]*)/;
	ok($uri && $mailto, 'there are a link and an address to stop') or next;
	if ($i % 4 == 0) {
		like(submit($who, $m->reply_to, mail(from => $who, to => $m->reply_to, subject => 'Re:',
		    body => "$stop_word{$language{$who}}\n")), qr/^250/, "way $i: a word");
	} elsif ($i % 4 == 1) {
		like(submit($who, $mailto, mail(from => $who, to => $mailto, subject => 'unsubscribe', body => "\n")),
		    qr/^250/, "way $i: the address");
	} else {
		my $body = $i % 4 == 2 ? 'List-Unsubscribe=One-Click' : '';
		my $url = $i % 4 == 2 ? $uri : ($m->text =~ m{(https://petitions\.example\.org/u/\S+?)[>\s)]})[0];
		ok($url, "way $i: a link") or next;
		my ($path) = $url =~ m{^https://[^/]+(/.*)};
		my $h = IO::Socket::INET->new(PeerAddr => "127.0.0.1:$web", Timeout => 10);
		ok($h, "way $i: the web face is there") or next;
		print $h "POST $path HTTP/1.1\r\nHost: 127.0.0.1:$web\r\nConnection: close\r\n",
		    "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: ", length $body, "\r\n\r\n$body";
		my $answer = join '', <$h>;
		like($answer, qr{^HTTP/1\.1 200}, "way $i: 200");
	}
}

# ---- five complain, five write back --------------------------------------------------------------
my @complaining = splice @got, 0, $complaints;
for my $who (@complaining) {
	my $m = $update{$who};
	my ($path) = $m->raw =~ /^Return-Path: <([^>]*)>/m;
	$path //= $m->reply_to;
	like(submit('', $path, join '', "From: <fbl\@provider.example>\nTo: <$path>\nSubject: FW: complaint\n",
	    "Date: Mon, 23 Nov 2026 12:00:00 +0000\nMessage-ID: <", ++$Undersigned::serial, ".$$\@provider.example>\n",
	    "MIME-Version: 1.0\nContent-Type: multipart/report; report-type=feedback-report; boundary=bb\n\n",
	    "--bb\nContent-Type: text/plain\n\nThis is a report.\n\n--bb\nContent-Type: message/feedback-report\n\n",
	    "Feedback-Type: abuse\nUser-Agent: Provider/1.0\nVersion: 1\n\n--bb\nContent-Type: message/rfc822\n\n",
	    $m->raw =~ s/\r//gr, "\n--bb--\n"), qr/^250/, 'a complaint is taken');
}
my @writing = splice @got, 0, $replies;
for my $i (0 .. $#writing) {
	my ($who, $m) = ($writing[$i], $update{$writing[$i]});
	like(submit($who, $m->reply_to, mail(from => $who, to => $m->reply_to, subject => 'Re: ' . $i,
	    body => "Can I do more? This is question $i-$$.\n")), qr/^250/, 'she writes back');
}
sub contact_mails { return map { $dovecot->box($_) } @contacts }
ok(Peers::wait_for(sub { (grep { $_->text =~ /question \d-$$/ } contact_mails()) >= $replies }, 60),
    'the contact persons have the replies') or diag $u->log;
for my $i (0 .. $#writing) {
	my @m = grep { $_->text =~ /question $i-$$/ } contact_mails();
	is(scalar @m, 1, "reply $i came once");
	is($m[0] && $m[0]->reply_to, $writing[$i], 'an answer goes to her');
	my $contact = { en => 'nordic@example.org', ru => 'pamir@example.org', tg => 'pamir@example.org' }->{$language{$writing[$i]}};
	is($m[0] && $m[0]->to, $contact, 'to the contact for her country and language');
}

# ---- and all of it is told -----------------------------------------------------------------------
sub listed {
	my ($st, $json, $err) = $u->undersign('list', $c, '--format=json');
	return $st == 0 ? decode_json($json) : {};
}
# Mail to them that may not have been sent may not have come back.
my $came_back = grep { !$unknown{$_} } @dead;
sub bouncing { my ($l) = @_; return ($l->{bouncing} // 0) + ($l->{unreachable} // 0) }
ok(Peers::wait_for(sub { my $l = listed(); ($l->{stopped} // 0) >= $stops && ($l->{complained} // 0) >= $complaints
    && bouncing($l) >= $came_back }, 60), 'list: stopped, complained, bouncing') or diag explain listed();
my $l = listed();
is($l->{stopped}, $stops, 'ten stopped');
is($l->{complained}, $complaints, 'five complained');
if ($came_back == $bounces) {
	is(bouncing($l), $bounces, 'as many are bouncing as mailboxes are closed');
} else {
	cmp_ok(bouncing($l), '>=', $came_back, 'closed mailboxes are bouncing, but for the unknown');
	cmp_ok(bouncing($l), '<=', $bounces, 'and no living one');
}
is($u->count('confirmed'), $signers, 'every signature still counts');
$u->pass(86400 + 3600 * 20);
my $digest = box_until($staff[0], sub { ($_[0]->header('Subject') // '') =~ /in numbers/ }, 60);
ok($digest, 'the digest comes') or diag map { $_->text } ($dovecot->box($staff[0]))[-1];
my $told = $digest ? $digest->text =~ s/\r//gr : '';
like($told, qr/^- Signatures: $signers, $signers of them new$/m, 'the digest tells how many have signed');
like($told, qr/^- Wanted no more news: $stops$/m, 'how many stopped');
like($told, qr/^- Called our mail abuse: $complaints$/m, 'how many complained');
like($told, qr/^- Replies handed to contact persons: $replies$/m, 'and how many wrote back');
my $came = ($told =~ /^- Mail to them came back: (\d+)$/m ? $1 : 0) + ($told =~ /^- Could not be reached any more: (\d+)$/m ? $1 : 0);
is($came, bouncing($l), 'and whose mail came back');
is($u->stop, 0, 'ends cleanly');
done_testing;
