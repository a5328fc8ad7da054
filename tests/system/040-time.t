#!/usr/bin/perl
# One reminder after three days, gone after fourteen; budgets.
use strict;
use warnings;
use Test::More;
use File::Basename;
use lib dirname(__FILE__);
use Undersigned;

my $d = 'petitions.example.org';
my $u = Undersigned->new;
ok($u->start, 'the daemon starts') or BAIL_OUT($u->log);

$u->write_mail(name => 'Late', from => 'late@example.net', to => "manuchehr\@$d");
my $request = $u->mail_to('late@example.net') or BAIL_OUT($u->log);
$u->pass(2 * 86400);
sleep 3;
is(scalar($u->mails_to('late@example.net')), 1, 'nothing after two days');
$u->pass(86400 + 60);
my $reminder = $u->mail_to('late@example.net', 2);
ok($reminder, 'one reminder after three days') or diag $u->log;
$u->pass(3 * 86400);
sleep 3;
is(scalar($u->mails_to('late@example.net')), 2, 'and no more');
is($u->count('pending'), 1, 'pending still');
$u->write_mail(from => 'late@example.net', to => $request->reply_to, body => "Yes, sorry\n");
ok($u->mail_to('late@example.net', 3), 'the first request is still good');
is($u->count('confirmed'), 1, 'confirmed');

$u->write_mail(name => 'Never', from => 'never@example.net', to => "manuchehr\@$d");
my $never = $u->mail_to('never@example.net');
$u->pass(14 * 86400 + 120);
my $end = time + 10;
select undef, undef, undef, 0.2 while time < $end && $u->count('expired') eq '0';
is($u->count('expired'), 1, 'expired after fourteen days');
is($u->count('pending'), 0, 'nothing is pending');
$u->pass(86400);
like($u->write_mail(from => 'never@example.net', to => $never->reply_to, body => "Yes\n"),
    qr/^550 5\.1\.1/, 'an old token is refused');
my ($st, $out) = $u->undersign('signer', 'manuchehr', 'show', 'never@example.net');
unlike($out, qr/Never/, 'her name is gone');
is($u->stop, 0, 'ends cleanly');

# Budgets: what is over them is held, an alarm goes to staff, nothing is lost.
$u = Undersigned->new(limits => 'requests_per_domain_hour = 5 requests_per_hour = 1000');
ok($u->start, 'with a small budget') or BAIL_OUT($u->log);
$u->write_mail(from => "f$_\@flood.example.net", to => "manuchehr\@$d") for 1 .. 12;
sleep 3;
my @sent = grep { $_->to =~ /flood/ } $u->mails;
is(scalar(@sent), 5, 'an hour\'s budget goes out');
is($u->count('pending'), 12, 'all are kept');
$u->write_mail(from => 'someone@other.example.net', to => "manuchehr\@$d");
ok($u->mail_to('someone@other.example.net'), 'another domain is not held up');
ok((grep { $_->to =~ /^staff/ } $u->mails), 'staff are told');
$u->pass(1800);
sleep 3;
@sent = grep { $_->to =~ /flood/ } $u->mails;
ok(@sent >= 7 && @sent <= 8, 'some more after half an hour');
$u->pass(7200);
sleep 3;
@sent = grep { $_->to =~ /flood/ } $u->mails;
is(scalar(@sent), 12, 'all of them in the end');
is($u->stop, 0, 'ends cleanly');

# What is held is reminded of, and let go, by the day it goes out.
$u = Undersigned->new(limits => 'requests_per_domain_hour = 1 requests_per_hour = 0');
ok($u->start, 'with a budget of one') or BAIL_OUT($u->log);
$u->write_mail(from => "f$_\@flood.example.net", to => "manuchehr\@$d") for 1 .. 80;
ok($u->mail_to('f1@flood.example.net'), 'the first goes out');
$u->pass(3 * 86400 + 60);
ok($u->mail_to('f1@flood.example.net', 2), 'and is reminded');
sleep 2;
is(scalar($u->mails_to('f73@flood.example.net')), 1, 'one that went just now is not');
is(scalar($u->mails_to('f79@flood.example.net')), 0, 'nor one that is held');
$u->write_mail(from => 'f79@flood.example.net', to => "manuchehr\@$d");
$u->pass(8 * 3600);
ok($u->mail_to('f79@flood.example.net'), 'it goes in its turn');
sleep 1;
is(scalar($u->mails_to('f79@flood.example.net')), 1, 'once that day');
$u->pass(11 * 86400 - 7 * 3600);
ok($u->mail_to('f79@flood.example.net', 2), 'is reminded later');
my $until = time + 10;
select undef, undef, undef, 0.2 while time < $until && $u->count('expired') eq '0';
is($u->count('expired'), 2, 'those whose time is over expire') or diag $u->log;
is($u->stop, 0, 'ends cleanly');

# The budget for all together.
$u = Undersigned->new(limits => 'requests_per_domain_hour = 0 requests_per_hour = 4');
ok($u->start, 'with a small budget for all') or BAIL_OUT($u->log);
$u->write_mail(from => "f\@d$_.example.net", to => "manuchehr\@$d") for 1 .. 8;
sleep 3;
@sent = grep { $_->to =~ /example\.net/ } $u->mails;
is(scalar(@sent), 4, 'the budget goes out');
ok((grep { $_->to =~ /^staff/ } $u->mails), 'staff are told of the rest');
$u->write_mail(from => 'f@d1.example.net', to => $sent[0]->reply_to, body => "yes\n");
ok($u->mail_to('f@d1.example.net', 2), 'a receipt is not held up by requests');
$u->pass(3700);
sleep 3;
@sent = grep { $_->to =~ /example\.net/ && $_->reply_to =~ /\+c-/ } $u->mails;
is(scalar(@sent), 8, 'the rest goes an hour later');
is($u->stop, 0, 'ends cleanly');

# Mail the trusted host vouches for is outside the budget.
$u = Undersigned->new(limits => 'requests_per_domain_hour = 2 requests_per_hour = 2',
    extra => 'trusted_authserv = "mx.petitions.example.org"');
ok($u->start, 'with a trusted host') or BAIL_OUT($u->log);
$u->lmtp(from => "s$_\@big.example.net", to => "manuchehr\@$d", data =>
    "Authentication-Results: mx.petitions.example.org; dmarc=pass header.from=big.example.net\n" .
    $u->message(from => "s$_\@big.example.net", to => "manuchehr\@$d")) for 1 .. 6;
sleep 3;
@sent = grep { $_->to =~ /big\.example/ } $u->mails;
is(scalar(@sent), 6, 'six of six at once');
$u->lmtp(from => "t$_\@big.example.net", to => "manuchehr\@$d", data =>
    "Authentication-Results: mx.elsewhere.example.org; dmarc=pass header.from=big.example.net\n" .
    $u->message(from => "t$_\@big.example.net", to => "manuchehr\@$d")) for 1 .. 6;
sleep 3;
@sent = grep { $_->to =~ /^t\d\@big\.example/ } $u->mails;
is(scalar(@sent), 2, 'somebody else\'s word does not count');
is($u->stop, 0, 'ends cleanly');
done_testing;
