#!/usr/bin/perl
# A clock that was far ahead for a while and is right again: budgets that were
# used up in that future do not hold anybody's mail until it comes, and what was
# promised in it does not wait for it.
use strict;
use warnings;
use Test::More;
use File::Basename;
use lib dirname(__FILE__);
use Undersigned;

my $to = 'manuchehr@petitions.example.org';
my $u = Undersigned->new(limits => 'requests_per_domain_hour = 2 requests_per_hour = 0');
ok($u->start, 'the daemon starts') or BAIL_OUT($u->log);
$u->pass(400 * 86400);
sleep 3;                # it is seen once a second
$u->write_mail(from => "f$_\@example.net", to => $to) for 1 .. 3;
$u->write_mail(from => "one.box+$_\@example.com", to => $to) for 1 .. 2;
ok($u->mail_to($_), "a request to $_ while the clock is wrong") for qw(f2@example.net one.box+2@example.com);
$u->pass(-400 * 86400);
$u->write_mail(from => "now$_\@example.net", to => $to) for 1 .. 3;
$u->write_mail(from => "onebox+now$_\@example.com", to => $to) for 1 .. 2;
ok($u->mail_to($_), "$_ is asked when it is right") for qw(now1@example.net now2@example.net onebox+now1@example.com);
sub noticed { my ($re) = @_; for (1 .. 150) { return 1 if $u->log =~ $re; select undef, undef, undef, 0.1 } return 0 }
ok(noticed(qr/clock=back days=(?:399|400) changed=[1-9]/), 'which is noticed');
sleep 2;
is(scalar($u->mails_to('now3@example.net')), 0, 'the budget holds as ever');
is(scalar($u->mails_to('f3@example.net')), 0, 'also for who came before');
$u->pass(3600);
ok($u->mail_to('now3@example.net'), 'and frees as ever');
ok($u->mail_to('f3@example.net'), 'what was held in that future is sent now');
# (while nothing runs, too)
$u->pass(300 * 86400);
sleep 3;
$u->write_mail(from => "g$_\@example.net", to => $to) for 1 .. 3;
ok($u->mail_to('g2@example.net'), 'wrong once more');
is($u->stop, 0, 'and stopped');
$u->pass(-300 * 86400);
ok($u->start, 'right when it is started');
ok(noticed(qr/clock=back days=(?:299|300) changed=[1-9]/), 'which is noticed too');
$u->pass(7200);
ok($u->mail_to('g3@example.net'), 'what was held is sent');

# Nor is one used up for more than a week, however many are sent.
$u->write_mail(from => "many$_\@example.org", to => $to) for 1 .. 400;
$u->pass(8 * 86400);
ok($u->settle(60), 'within eight days all have gone');
my %asked = map { $_->to => 1 } grep { $_->to =~ /^many/ } $u->mails;
is(scalar(keys %asked), 400, 'every one');
is($u->stop, 0, 'ends cleanly');
done_testing;
