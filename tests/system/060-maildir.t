#!/usr/bin/perl
# Mail by way of a Maildir and of a pipe.
use strict;
use warnings;
use Test::More;
use File::Basename;
use Time::HiRes qw(sleep time);
use lib dirname(__FILE__);
use Undersigned;

my $d = 'petitions.example.org';
my $u = Undersigned->new;
mkdir "$u->{dir}/in";
mkdir "$u->{dir}/in/$_" for qw(tmp new cur);
my $conf = Undersigned::slurp($u->{conf});
$conf =~ s/(lmtp = [^\n]*)/$1\n\tmaildir = "$u->{dir}\/in"/;
Undersigned::spew($u->{conf}, $conf);

my $serial = 0;
sub drop {
	my ($text) = @_;
	my $name = sprintf '%d.%d_%d.host', time, $$, ++$serial;
	Undersigned::spew("$u->{dir}/in/tmp/$name", $text);
	rename "$u->{dir}/in/tmp/$name", "$u->{dir}/in/new/$name" or die $!;
	return $name;
}
sub mail {
	my (%m) = @_;
	return "Return-Path: <$m{from}>\nDelivered-To: $m{to}\n" . $u->message(%m);
}

# Before the daemon runs, and while it does.
drop(mail(from => "early$_\@example.net", to => "manuchehr\@$d")) for 1 .. 20;
ok($u->start, 'the daemon starts') or BAIL_OUT($u->log);
drop(mail(from => "late$_\@example.net", to => "manuchehr\@$d")) for 1 .. 20;
ok($u->mail_to("early$_\@example.net"), "early$_ is answered") for 1, 20;
ok($u->mail_to("late$_\@example.net"), "late$_ is answered") for 1, 20;
my $end = time + 10;
sleep 0.1 while time < $end && glob("$u->{dir}/in/new/*");
is(scalar(my @new = glob("$u->{dir}/in/new/*")), 0, 'new/ is empty');
is(scalar(my @cur = glob("$u->{dir}/in/cur/*")), 40, 'cur/ has them all');
is($u->count('pending'), 40, 'each once');

# Offered again after a crash: the same mail changes nothing.
my ($one) = glob("$u->{dir}/in/cur/*");
(my $again = $one) =~ s{/cur/([^:]*).*}{/new/$1};
rename $one, $again;
$end = time + 10;
sleep 0.1 while time < $end && glob("$u->{dir}/in/new/*");
ok($u->settle);
is($u->count('pending'), 40, 'still each once');
is(scalar(grep { $_->to =~ /^early|^late/ } $u->mails), 40, 'nobody is written to twice');

# The pipe.
my $request = $u->mail_to('early1@example.net');
my ($st) = $u->undersign_in($u->message(from => 'early1@example.net', to => $request->reply_to,
    body => "Yes\n"), 'deliver', '-f', 'early1@example.net', $request->reply_to);
is($st, 0, 'deliver: taken');
ok($u->mail_to('early1@example.net', 2), 'and acted upon');
is($u->count('confirmed'), 1, 'counted');
($st) = $u->undersign_in($u->message(from => 'Plain <plain@example.net>', to => "Manuchehr <manuchehr\@$d>"), 'deliver');
is($st, 0, 'deliver: without an envelope, from what the mail says');
ok($u->mail_to('plain@example.net'), 'and acted upon');
($st) = $u->undersign_in($u->message(from => 'a@example.net', to => 'x'), 'deliver', '-f',
    'a@example.net', "nobody\@$d");
is($st, 67, 'deliver: EX_NOUSER for an unknown address');
($st) = $u->undersign_in("Subject: x\n\nhello\n", 'deliver', '-f', 'a@example.net', "manuchehr\@$d");
is($st, 65, 'deliver: EX_DATAERR for a mail without an author');
is($u->stop, 0, 'ends cleanly');
system 'rm', '-rf', "$u->{dir}/in";
ok($u->start, 'a Maildir that the mail server has not made yet is made');
drop(mail(from => 'first@example.net', to => "manuchehr\@$d"));
ok($u->mail_to('first@example.net'), 'and watched');
is($u->stop, 0, 'ends cleanly again');
($st) = $u->undersign_in($u->message(from => 'a@example.net', to => 'x'), 'deliver', '-f',
    'a@example.net', "manuchehr\@$d");
is($st, 75, 'deliver: EX_TEMPFAIL while the daemon is away');
done_testing;
