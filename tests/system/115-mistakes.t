#!/usr/bin/perl
# What staff may put into a campaign's folder by mistake: said clearly, and it
# neither stops the daemon nor touches the other campaigns.
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
		ok($u->start, 'started anew it goes on') or diag $u->log;
		like($u->log, qr/campaign=manuchehr state=left-out .*\Q$name\E: is no plain file/, 'and names the file again');
		like($u->write_mail(from => "late$n\@example.net", to => $to), qr/^451 4\.3\./, 'its mail waits');
		is($u->stop, 0, 'ends cleanly');
	}
}

# One campaign has a mistake, the other goes on; what the first has promised
# waits.
my %mistake = (
	'campaign.conf' => [ qr/default_language/, 'defualt_language', 'default_language', qr/campaign\.conf:\d+: unknown key/ ],
	'petition.ru.md' => [ undef, undef, undef, qr/petition\.ru\.md: there is no such file/ ],
	'templates/en/request.mustache' => [ undef, "No subject.\n", undef, qr/request\.mustache:1: must begin with \\?"Subject: / ],
	'templates/en/receipt.mustache' => [ undef, "Subject: x\n\n{{nothing_known}}\n", undef, qr/receipt\.mustache:3: there is no variable/ ],
	'templates/en/reminder.mustache' => [ undef, "Subject: x\n\n{{>nowhere}}\n", undef, qr/nowhere\.mustache: there is no such file/ ],
);
for my $name (sort keys %mistake) {
	my ($find, $wrong, $right, $said) = @{ $mistake{$name} };
	my $u = Undersigned->new;
	my $file = "$u->{dir}/campaigns/manuchehr/$name";
	my $old = Undersigned::slurp($file);
	is(($u->undersign('campaign', 'new', 'river', '--title', 'Save the river', '--language', 'en'))[0], 0, 'another campaign');
	ok($u->start, 'the daemon starts') or BAIL_OUT($u->log);
	# A promise that is not sent before all ends.
	kill 'STOP', $u->roles->{delivery};
	like($u->write_mail(from => 'first@example.net', to => $to), qr/^250/, 'a mail before the mistake');
	$u->kill_all;

	system('mkdir', '-p', dirname($file)) == 0 or die;
	if ($find) { (my $text = $old) =~ s/$find/$wrong/; Undersigned::spew($file, $text) }
	elsif (defined $wrong) { Undersigned::spew($file, $wrong) }
	else { unlink $file }

	my ($st, $o, $e) = $u->run('', "$Undersigned::BUILD/undersignd", '-t', '-c', $u->{conf});
	is($st, 1, "$name: undersignd -t says no");
	like($e, $said, 'and names it');
	($st, $o) = $u->undersign('check', '--offline');
	is($st, 1, 'check says no');
	like($o, qr/^FAIL +manuchehr .*$said/m, 'and names it') or diag $o;
	like($o, qr/^ok +campaigns +1 other in/m, 'and counts the others');

	ok($u->start, 'the daemon starts all the same') or diag $u->log;
	like($u->log, qr/campaign=manuchehr state=left-out .*$said/, 'and says in one line what is out and why');
	like($u->write_mail(from => 'second@example.net', to => $to), qr/^451 4\.3\./, 'its mail waits with its sender');
	my ($request, $receipt) = $u->sign(from => "kim\@example.net", to => 'river@petitions.example.org');
	ok($receipt, 'the other campaign is signed meanwhile');
	is($u->mails_to('first@example.net'), 0, 'what it had promised waits');

	my $roles = $u->roles;
	kill 'KILL', $roles->{keeper};
	my ($r, $end) = ('', time + 15);
	while (time < $end && $r !~ /^250/) {
		sleep 0.2;
		$r = $u->write_mail(from => 'lou@example.net', to => 'river@petitions.example.org') // '';
	}
	like($r, qr/^250/, 'a keeper that starts anew takes mail');

	# A third campaign is brought in although the first is out.
	is(($u->undersign('campaign', 'new', 'lake', '--title', 'Save the lake', '--language', 'en'))[0], 0, 'a third campaign');
	sleep 1.2;
	like($u->write_mail(from => 'mia@example.net', to => 'lake@petitions.example.org'), qr/^250/, 'is in by itself');

	if (defined $old) { Undersigned::spew($file, $old) } else { unlink $file }
	my $before = () = $u->log =~ /reload=done/g;
	$u->hup;
	$end = time + 10;
	sleep 0.1 while time < $end && $before + 3 > (() = $u->log =~ /reload=done/g);
	like($u->write_mail(from => 'second@example.net', to => $to), qr/^250/, 'mended, SIGHUP brings it in');
	ok($u->mail_to('second@example.net'), 'and it answers');
	$u->pass(3600);
	ok($u->mail_to('first@example.net'), 'what it had promised is sent');
	is(($u->run('', "$Undersigned::BUILD/undersignd", '-t', '-c', $u->{conf}))[0], 0, 'undersignd -t is content');
	is($u->stop, 0, 'ends cleanly');
}
# Links: the folder may be one, its files may not, or they would be a way to
# have files of others mailed out.
{
	my $u = Undersigned->new;
	my $dir = "$u->{dir}/campaigns/manuchehr";
	rename $dir, "$u->{dir}/checkout" or die;
	symlink "$u->{dir}/checkout", $dir or die;
	is(($u->undersign('check', '--offline'))[0], 0, 'a folder that is a link is good');
	ok($u->start, 'the daemon starts');
	like($u->write_mail(from => 'ann@example.net', to => $to), qr/^250/, 'and takes mail for it');
	ok($u->mail_to('ann@example.net'), 'and answers');
	is($u->stop, 0, 'ends cleanly');
	mkdir "$dir/templates";
	mkdir "$dir/templates/en";
	Undersigned::spew("$u->{dir}/secret", "Subject: nobody's business\n\nnobody's business\n");
	mkdir "$u->{dir}/secrets";
	mkdir "$u->{dir}/secrets/en";
	Undersigned::spew("$u->{dir}/secrets/$_", "Subject: nobody's business\n\nnobody's business\n") for 'request.mustache', 'en/request.mustache';
	for my $link (['petition.en.md', 'secret'], ['campaign.conf', 'secret'], ['templates/en/request.mustache', 'secret'],
	    ['templates/en', 'secrets'], ['templates', 'secrets']) {
		my ($name, $aim) = @$link;
		my $what = $aim eq 'secret' ? 'file' : 'folder';
		rename "$dir/$name", "$u->{dir}/kept";
		symlink "$u->{dir}/$aim", "$dir/$name" or die;
		my ($st, $o) = $u->undersign('check', '--offline');
		is($st, 1, "$name as a link is not");
		like($o, qr/\Q$name\E: is a symbolic link; put the $what itself there/, 'and it is said');
		if ($what eq 'folder') {
			ok($u->start, 'the daemon starts without the campaign');
			like($u->write_mail(from => 'ann@example.net', to => $to), qr/^45|^55/, 'and takes no mail for it');
			is($u->stop, 0, 'ends cleanly');
		}
		unlike($o, qr/business/, 'without a word of what it leads to');
		unlink "$dir/$name";
		rename "$u->{dir}/kept", "$dir/$name";
	}
	is(($u->undersign('check', '--offline'))[0], 0, 'and all is well again');
}
done_testing;
