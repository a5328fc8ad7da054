#!/usr/bin/perl
# A database comes back from an old copy, by undersign restore or by hand: what was
# mailed to people that it does not know acts on nobody else, nor does an answer of
# an approver on another update.
# SPDX-License-Identifier: ISC
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use File::Copy qw(copy);
use Test::More;
use Undersigned;

my $u = Undersigned->new;
my ($c, $d) = ('manuchehr', $u->{domain});
my $conf = "$u->{dir}/campaigns/$c/campaign.conf";
my $state = "$u->{dir}/state";
Undersigned::spew($conf, Undersigned::slurp($conf) =~ s/^staff\s*=.*\n//mgr .
    "staff = {\"author\@example.net\", \"approver\@example.net\"}\n");
$u->start or BAIL_OUT('no daemon: ' . $u->log);
$u->sign(from => 'first@example.net', body => "Name: First\nUpdates: yes\n");
is($u->count('confirmed'), 1, 'one has signed');

# Who is asked about SUBJECT.
sub asked {
	my ($who, $subject) = @_;
	my $end = time + 30;
	while (time < $end) {
		my ($mail) = grep { $_->reply_to =~ /\+a-/ && ($_->subject . $_->text) =~ /$subject/ } $u->mails_to($who);
		return $mail if $mail;
		sleep 1;
	}
	return undef;
}

sub post {
	my ($subject) = @_;
	like($u->write_mail(from => 'author@example.net', to => "$c+updates\@$d", subject => $subject, body => "It is $subject.\n"),
	    qr/^250/, "an update, $subject");
	my $own = asked('author@example.net', $subject) or return diag $u->log;
	$u->write_mail(from => 'author@example.net', to => $own->reply_to, subject => 'Re: ' . $own->subject, body => "yes\n");
	return asked('approver@example.net', $subject);
}

sub state_of {
	my ($n) = @_;
	my ($st, $out) = $u->undersign('update', $c, 'status', $n, '--format', 'json');
	return $out =~ /"state": *"(\w+)"/ ? $1 : "none: $out";
}

sub put_back {
	my ($how) = @_;
	unlink map { "$state/undersigned.db$_" } '', '-wal', '-shm';
	$how->();
	$u->pass(2);
	ok($u->start, 'and started') or diag $u->log;
}

# Whoever has TOKENS, mails of one who is not known here, does with them what she
# can.
sub act {
	my ($from, @tokens) = @_;
	for my $mail (@tokens) {
		$u->write_mail(from => $from, to => $mail->reply_to, body => "$_\n")
		    for 'yes', 'STOP', 'NAME: Another', 'WITHDRAW', 'FORGET';
		my ($stop) = ($mail->header('List-Unsubscribe') // '') =~ /<mailto:([^?>]+)/;
		$u->write_mail(from => $from, to => $stop, body => '') if $stop;
	}
}

sub unharmed {
	my ($who, $name) = @_;
	my ($st, $out, $err) = $u->undersign('signer', $c, 'show', "$who\@example.net");
	is($st, 0, "$who is there") or diag $err;
	like($out, qr/confirmed/, 'confirmed');
	like($out, qr/$name/, 'under her own name');
	like($out, qr/updates +(?:yes|wanted|on)/i, 'with updates') or diag $out;
}

# ---- restore ----------------------------------------------------------------------

is(($u->undersign('backup', "$u->{dir}/copy"))[0], 0, 'a backup');
my @ada = $u->sign(from => 'ada@example.net', body => "Name: Ada\nUpdates: yes\n");
is(scalar @ada, 2, 'Ada signs after it');
my $asked = post('bridges');
ok($asked, 'an approver is asked');
is($u->stop, 0, 'stopped');
put_back(sub {
	my ($st, $out, $err) = $u->undersign('restore', "$u->{dir}/copy");
	is($st, 0, 'the backup is put back') or diag $err;
});
ok($u->write_mail(from => 'bob@example.net', to => "$c\@$d", body => "Name: Bob\nUpdates: yes\n") =~ /^250/, 'Bob writes');
my $request = $u->mail_to('bob@example.net');
ok($request, 'and is asked');
$u->write_mail(from => 'ada@example.net', to => $ada[0]->reply_to, body => "yes\n");
$u->settle;
is($u->count('confirmed'), 1, "Ada's yes does not confirm him");
$u->write_mail(from => 'bob@example.net', to => $request->reply_to, body => "yes\n");
ok($u->mail_to('bob@example.net', 2), 'he confirms');
act('ada@example.net', @ada);
unharmed('bob', 'Bob');

ok(post('tunnels'), 'another update waits for approval');
my $before = state_of(1);
$u->write_mail(from => 'approver@example.net', to => $asked->reply_to, subject => 'Re: ' . $asked->subject, body => "yes\n");
$u->settle;
sleep 2;
is(state_of(1), $before, 'the yes to the first is none to that one');
like($before, qr/asked|wait|approv|proposed/, "it is $before");
is($u->stop, 0, 'stopped');

# ---- by hand: the same copy once more, and another one -----------------------------

put_back(sub {
	is(($u->undersign('restore', "$u->{dir}/copy"))[0], 0, 'the same backup once more');
});
my @eva = $u->sign(from => 'eva@example.net', body => "Name: Eva\nUpdates: yes\n");
is(scalar @eva, 2, 'Eva signs');
act('bob@example.net', $request, $u->mail_to('bob@example.net', 2));
act('ada@example.net', @ada);
unharmed('eva', 'Eva');
is($u->stop, 0, 'stopped');
copy("$state/undersigned.db", "$u->{dir}/by-hand") or die $!;
ok($u->start, 'goes on');
my @fay = $u->sign(from => 'fay@example.net', body => "Name: Fay\nUpdates: yes\n");
is(scalar @fay, 2, 'Fay signs');
is($u->stop, 0, 'stopped');
put_back(sub {
	copy("$u->{dir}/by-hand", "$state/undersigned.db") or die $!;
	chmod 0600, "$state/undersigned.db";
});
my @gus = $u->sign(from => 'gus@example.net', body => "Name: Gus\nUpdates: yes\n");
is(scalar @gus, 2, 'Gus signs where Fay was never heard of');
act('fay@example.net', @fay);
unharmed('gus', 'Gus');
unharmed('eva', 'Eva');
is($u->stop, 0, 'ends cleanly');
done_testing;
