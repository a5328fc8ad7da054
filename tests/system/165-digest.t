#!/usr/bin/perl
# The day in numbers, for staff: at eight, of their own time zone; nothing when
# nothing is new; no person in it.
use strict;
use warnings;
use Test::More;
use File::Basename;
use lib dirname(__FILE__);
use Undersigned;

my $d = 'petitions.example.org';

sub scene {
	my ($conf) = @_;
	my $u = Undersigned->new;
	my $file = "$u->{dir}/campaigns/manuchehr/campaign.conf";
	Undersigned::spew($file, Undersigned::slurp($file) . "\n$conf\n");
	# Noon of a Wednesday.
	my $now = time;
	my $day = int($now / 86400);
	my $to = (2 - ($day + 3) % 7 + 7) % 7;          # 1970-01-01 was a Thursday
	$u->pass(($day + $to + 7) * 86400 + 12 * 3600 - $now);
	ok($u->start, 'the daemon starts') or BAIL_OUT($u->log);
	sleep 7;
	return $u;
}

sub digests { my ($u) = @_; return grep { $_->subject =~ /in numbers/ } $u->mails_to('staff@example.org') }
sub wait_digest {
	my ($u, $n) = @_;
	for (1 .. 120) { my @m = digests($u); return $m[$n - 1] if @m >= $n; select undef, undef, undef, 0.1 }
	return undef;
}

{
	my $u = scene('');
	$u->pass(86400);
	sleep 7;
	is(scalar(digests($u)), 0, 'nothing new, nothing sent');
	like($u->log, qr/digest=nothing-new/, 'as the log says');

	for my $i (1 .. 11) {
		$u->sign(name => "Person$i", from => "p$i\@example.net", body => "Country: NO\n");
	}
	my ($request, $receipt) = $u->sign(name => 'Zarina', from => 'zarina@example.net', body => "Country: TJ\nUpdates: yes\n");
	$u->write_mail(from => 'zarina@example.net', to => $receipt->reply_to, body => "STOP\n");
	$u->write_mail(from => 'zarina@example.net', to => $receipt->reply_to, body => "I have a question about the letter, can you help me?\n");
	$u->settle;
	is(scalar(digests($u)), 0, 'not before its time');
	$u->pass(86400);
	my $m = wait_digest($u, 1);
	ok($m, 'the next morning') or diag($u->log);
	my $t = $m ? $m->text : '';
	like($t, qr/Signatures: 12, 12 of them new/, 'new signatures');
	like($t, qr/Norway: 11/, 'by country');
	like($t, qr/Tajikistan: <10/, 'small numbers hidden');
	like($t, qr/no more news: 1/, 'who stopped');
	like($t, qr/contact persons: 1/, 'who wrote back');
	unlike($t, qr/Zarina|Person|example\.net/, 'and no person');
	unlike($t, qr/by command/, 'nobody sent anything by command');
	$u->pass(86400);
	sleep 7;
	is(scalar(digests($u)), 1, 'told once');

	# An update that waited for nobody's yes.
	$u->sign(name => 'Reader', from => 'reader@example.net', body => "Updates: yes\n");
	Undersigned::spew("$u->{dir}/news.md", "Subject: News\n\nNews.\n");
	$u->undersign('update', 'manuchehr', 'new', "$u->{dir}/news.md");
	is(($u->undersign('update', 'manuchehr', 'send', 1, '--yes'))[0], 0, 'an update is sent by command');
	ok($u->mail_to('reader@example.net', 3), 'and goes out') or diag($u->log);
	$u->pass(86400);
	$m = wait_digest($u, 2);
	my $me = getlogin || getpwuid($<);
	like($m ? $m->text : '', qr/sent by command on the server \(number, login\): 1 \(\Q$me\E\)$/m, 'staff hear who did it');
	$u->pass(86400);
	sleep 7;
	is(scalar(digests($u)), 2, 'once');

	# through a crash
	$u->sign(name => 'Late', from => 'late@example.net', body => "Country: NO\n");
	$u->kill_all;
	$u->pass(86400);
	ok($u->start, 'started again after its time');
	$m = wait_digest($u, 3);
	like($m ? $m->text : '', qr/Signatures: 14, 1 of them new/, 'the digest comes late rather than never');
	like($m ? $m->text : '', qr/Norway: <10/);
	is($u->stop, 0, 'ends cleanly');
}
{
	my $u = scene("digest = \"weekly\"\ntimezone = \"Asia/Dushanbe\"");
	$u->sign(name => 'Ada', from => 'ada@example.net', body => "Country: NO\n");
	# Wednesday noon to Monday 02:30: half past seven in Dushanbe
	$u->pass(4 * 86400 + 14 * 3600 + 1800);
	sleep 7;
	is(scalar(digests($u)), 0, 'weekly: not before Monday, eight in the morning there');
	$u->pass(3600);
	my $m = wait_digest($u, 1);
	like($m ? $m->subject : '', qr/the week in numbers/, 'but then');
	is($u->stop, 0, 'ends cleanly');
}
{
	my $u = scene('digest = "none"');
	$u->sign(name => 'Ada', from => 'ada@example.net');
	$u->pass(2 * 86400);
	sleep 7;
	is(scalar(digests($u)), 0, 'none: none');
	is($u->stop, 0, 'ends cleanly');
}
done_testing;
