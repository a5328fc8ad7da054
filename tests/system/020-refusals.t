#!/usr/bin/perl
# What is refused at the door, and what never confirms.
use strict;
use warnings;
use Test::More;
use File::Basename;
use lib dirname(__FILE__);
use Undersigned;

my $u = Undersigned->new;
ok($u->start, 'the daemon starts') or BAIL_OUT($u->log);
my $d = 'petitions.example.org';

for my $to ("nobody\@$d", 'manuchehr@elsewhere.example.org', "postmaster\@$d",
    "manuchehr+c-" . 'a' x 37 . "\@$d", "manuchehr+r-\@$d", "manuchehr+x\@$d",
    "manuchehr+c-short\@$d") {
	like($u->write_mail(from => 'ada@example.net', to => $to), qr/^550 5\.1\.1/,
	    "refused at RCPT: $to");
}

# A token of one purpose does nothing for another, nor for another campaign.
$u->write_mail(from => 'ada@example.net', to => "manuchehr\@$d");
my $request = $u->mail_to('ada@example.net') or BAIL_OUT($u->log);
my ($token) = $request->reply_to =~ /\+c-(\w+)\@/;
for my $p (qw(r u b)) {
	like($u->write_mail(from => 'ada@example.net', to => "manuchehr+$p-$token\@$d"),
	    qr/^550 5\.1\.1/, "a confirm token is not good for $p");
}
for my $i (0, 17, 36) {
	my $t = $token;
	substr($t, $i, 1) = substr($t, $i, 1) eq 'a' ? 'b' : 'a';
	next if $i == 36 && 0;
	like($u->write_mail(from => 'ada@example.net', to => "manuchehr+c-$t\@$d"),
	    qr/^550 5\.1\.1/, "one letter changed at $i");
}

# Robots never confirm, and are never answered.
my @robots = (
	['Auto-Submitted' => 'Auto-Submitted: auto-replied'],
	['auto-generated' => 'AUTO-SUBMITTED: Auto-Generated (really)'],
	['Precedence' => 'Precedence: bulk'],
	['List-Id' => 'List-Id: <x.example.net>'],
	['X-Autoreply' => 'X-Autoreply: yes'],
);
for my $robot (@robots) {
	my ($name, $header) = @$robot;
	my $r = $u->write_mail(from => 'ada@example.net', to => $request->reply_to,
	    body => "Thank you for your message\n", header => $header);
	like($r, qr/^250/, "$name: taken and set aside");
}
my $r = $u->lmtp(from => '', to => $request->reply_to,
    data => $u->message(from => 'MAILER-DAEMON@example.net', to => $request->reply_to,
    subject => 'Undelivered Mail Returned to Sender', body => "no\n"));
like($r, qr/^250/, 'a bounce is taken');
$r = $u->write_mail(from => 'ada@example.net', to => $request->reply_to,
    subject => 'Automatic reply: out of office', body => "I am away until Monday.\n");
like($r, qr/^250/, 'an absence notice by its subject is taken');
is($u->count('confirmed'), 0, 'none of them confirmed');
ok($u->settle, 'nothing waits');
is(scalar($u->mails_to('ada@example.net')), 1, 'none was answered');

# Robots at the plain address are not answered either.
$u->write_mail(from => 'robot@example.net', to => "manuchehr\@$d", header => 'Auto-Submitted: auto-generated');
$u->lmtp(from => '', to => "manuchehr\@$d", data => $u->message(from => 'null@example.net', to => 'x'));
ok($u->settle, 'nothing waits');
is(scalar($u->mails_to('robot@example.net')), 0, 'no answer to a robot');
is(scalar($u->mails_to('null@example.net')), 0, 'no answer to a null reverse-path');

# Exactly one author.
for my $from ('ada@example.net, bob@example.net', '', 'not an address') {
	$r = $u->lmtp(from => 'x@example.net', to => "manuchehr\@$d",
	    data => "Subject: hello\n" . ($from eq '' ? '' : "From: $from\n") . "\nhello\n");
	like($r, qr/^550 5\.6\.0/, "refused: From: $from");
}

# A no is a no.
$r = $u->write_mail(from => 'ada@example.net', to => $request->reply_to, body => "No.\n");
like($r, qr/^250/, 'a refusal is taken');
is($u->count('confirmed'), 0, 'and does not confirm');
is($u->count('pending'), 0, 'nothing is pending any more');
$u->write_mail(from => 'ada@example.net', to => $request->reply_to, body => "Yes\n");
is($u->count('confirmed'), 0, 'what was erased cannot be confirmed');

# The same message again changes nothing.
my %same = (from => 'eve@example.net', to => "manuchehr\@$d", id => 'same@example.net');
$u->write_mail(%same);
ok($u->mail_to('eve@example.net'), 'a request');
like($u->write_mail(%same), qr/^250/, 'repeated: taken');
ok($u->settle);
is(scalar($u->mails_to('eve@example.net')), 1, 'and nothing more is sent');

# One request a day, three in all; the replies are the same all along.
for my $day (1 .. 6) {
	$u->pass(86400);
	like($u->write_mail(from => 'eve@example.net', to => "manuchehr\@$d"), qr/^250 2\.0\.0 Accepted$/,
	    "day $day: the same reply");
	like($u->write_mail(from => 'eve@example.net', to => "manuchehr\@$d"), qr/^250 2\.0\.0 Accepted$/,
	    'and again');
}
ok($u->settle);
is(scalar($u->mails_to('eve@example.net')), 3, 'three requests in all');

is($u->stop, 0, 'ends cleanly');
done_testing;
