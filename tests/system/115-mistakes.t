#!/usr/bin/perl
# What staff may put into a campaign's folder by mistake: said clearly, and it
# neither stops the daemon nor makes anybody wait.
use strict;
use warnings;
use Test::More;
use File::Basename;
use POSIX ();
use Time::HiRes qw(sleep time);
use lib dirname(__FILE__);
use Undersigned;

my $to = 'manuchehr@petitions.example.org';
my $n = 0;

# A pipe or a folder where a file belongs.
my %odd = (pipe => sub { POSIX::mkfifo($_[0], 0644) or die "$_[0]: $!" },
    folder => sub { mkdir $_[0] or die "$_[0]: $!" });
for my $what (sort keys %odd) {
	for my $name ('petition.en.md', 'campaign.conf', 'templates/en/request.mustache') {
		my $u = Undersigned->new;
		my $file = "$u->{dir}/campaigns/manuchehr/$name";
		ok($u->start, 'the daemon starts') or BAIL_OUT($u->log);
		system('mkdir', '-p', dirname($file)) == 0 or die;
		unlink $file;
		$odd{$what}->($file);
		my $start = time;
		my $st = eval { local $SIG{ALRM} = sub { die "waits\n" }; alarm 10; my @r = $u->undersign('check'); alarm 0; $r[0] };
		is($st, 1, "a $what at $name: check ends and says no");
		$u->hup;
		my $end = time + 10;
		sleep 0.05 while time < $end && $u->log !~ /reload=failed/;
		like($u->log, qr/reload=failed .*\Q$name\E: is no plain file/, 'the daemon names the file');
		my $from = 'm' . ++$n . '@example.net';
		like(eval { local $SIG{ALRM} = sub { die "waits\n" }; alarm 10;
		    my $r = $u->write_mail(from => $from, to => $to); alarm 0; $r } // $@,
		    qr/^250/, 'and takes mail as before');
		ok($u->mail_to($from), 'and sends it');
		is($u->stop, 0, 'ends cleanly');
		ok(!$u->start, 'started anew it says no');
		isnt($u->{status} // 0, 0, 'at once') or $u->stop;
	}
}
done_testing;
