#!/usr/bin/perl
# Who asks is answered, and as anybody would be: also when her address is kept no
# more, and when somebody else has asked in her name before.
# SPDX-License-Identifier: ISC
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use Test::More;
use Time::HiRes qw(sleep time);
use Undersigned;

my $day = 86400;

# ---- closed, her address erased, and opened again ------------------------------------

{
	my $u = Undersigned->new;
	my ($c, $to) = ('manuchehr', "manuchehr\@$u->{domain}");
	my $conf = "$u->{dir}/campaigns/$c/campaign.conf";
	(my $rest = Undersigned::slurp($conf)) =~ s/^retention \{.*?^\}\n//ms;
	Undersigned::spew($conf, $rest . "retention {\n\tcomments = 2\n\tnames = 2\n\thandin = 2\n\taddresses = 3\n\ttraces = 900\n}\n");
	ok($u->start, 'starts') or BAIL_OUT($u->log);
	my (undef, $receipt) = $u->sign(from => 'ada@example.net', body => "Name: Ada\n");
	ok($receipt, 'Ada has signed') or diag $u->log;
	ok($u->settle, 'all is sent');
	is(($u->undersign('campaign', 'close', $c, '--quiet'))[0], 0, 'closed');
	is($u->stop, 0, 'the daemon is away');
	$u->pass(10 * $day);
	my ($st, $out, $err) = $u->undersign('purge', $c);
	is($st, 0, 'purged') or diag $err;
	unlike(($u->undersign('export', $c))[1], qr/Ada|ada\@/, 'her name and address are gone');
	($st, $out, $err) = $u->undersign('campaign', 'open', $c);
	is($st, 0, 'opened again') or diag $err;
	ok($u->start, 'and started') or BAIL_OUT($u->log);
	my $n = () = $u->mails_to('ada@example.net');
	$u->write_mail(from => $_, to => $to, body => '') for 'ada@example.net', 'new@example.net';
	my $new = $u->mail_to('new@example.net', 1, 30);
	ok($new, 'who is new is asked');
	my $request = $u->mail_to('ada@example.net', $n + 1, 30);
	ok($request, 'and who has signed before, too') or diag $u->log;
	if ($request) {
		is($request->subject =~ s/\[.*//r, $new->subject =~ s/\[.*//r, 'in the same words');
		$u->write_mail(from => 'ada@example.net', to => $request->reply_to, body => "yes\n");
		ok($u->mail_to('ada@example.net', $n + 2, 30), 'her yes is answered') or diag $u->log;
	}
	$u->write_mail(from => 'ada@example.net', to => $receipt->reply_to, body => "STATUS\n");
	ok($u->mail_to('ada@example.net', $n + 3, 30), 'and her question') or diag $u->log;
	is($u->count('confirmed'), 1, 'she counts once');
	is($u->stop, 0, 'ends');
	unlike($u->log, qr/cannot be made/, 'nothing was promised that cannot be sent');
}

# ---- sealed: a receipt that somebody else has asked for --------------------------------

{
	my $u = Undersigned->new;
	my $c = 'manuchehr';
	my $conf = "$u->{dir}/campaigns/$c/campaign.conf";
	my @holders;
	for my $name (qw(one two)) {
		my ($st, $out, $err) = $u->run('', "$Undersigned::BUILD/tests/system/light_key", "$u->{dir}/$name.key", "of $name");
		is($st, 0, "key of $name") or diag $err;
		chomp $out;
		push @holders, '--holder', "$name=$out";
	}
	my ($st, $opening, $err) = $u->run('', "$Undersigned::BUILD/undersign", 'key', 'deal', '--threshold', 2, @holders,
	    '--output', "$u->{dir}/deal");
	is($st, 0, 'dealt') or diag $err;
	Undersigned::spew($conf, Undersigned::slurp($conf) . "\n$opening");
	ok($u->start, 'starts') or BAIL_OUT($u->log);
	my (undef, $receipt) = $u->sign(from => 'ada@example.net', body => "Name: Ada\n");
	ok($receipt, 'Ada has signed, sealed') or diag $u->log;
	ok($u->settle, 'all is sent');
	$u->write_mail(from => 'other@example.net', to => $receipt->reply_to, body => "RECEIPT\n");
	sleep 1;
	is(scalar(() = $u->mails_to('other@example.net')), 0, 'nothing goes to another address');
	my $n = () = $u->mails_to('ada@example.net');
	$u->write_mail(from => 'ada@example.net', to => $receipt->reply_to, body => "RECEIPT\n");
	ok($u->mail_to('ada@example.net', $n + 1, 30), 'she is told that it comes') or diag $u->log;
	my $end = time + 60;
	$u->pass(3601);
	sleep 0.2 until $u->log =~ /tally=signed size=1/ || time > $end;
	my $proof;
	for (1 .. 20) {
		$u->pass(600);
		$proof = $u->mail_to('ada@example.net', $n + 2, 2);
		last if $proof;
	}
	ok($proof, 'and it comes') or diag $u->log;
	like($proof ? $proof->text : '', qr/BEGIN UNDERSIGNED RECEIPT/, 'the receipt itself');
	is($u->stop, 0, 'ends');
}
done_testing;
