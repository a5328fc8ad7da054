#!/usr/bin/perl
# Batches of fraud and an old copy: what was uncounted since the copy is uncounted
# by the batch that the public log says, can be undone, and stays so for who signs
# again; what was uncounted while the log stood still keeps its own words.
# SPDX-License-Identifier: ISC
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use JSON::PP;
use Test::More;
use Time::HiRes qw(sleep);
use Undersigned;

my $c = 'manuchehr';
my $u = Undersigned->new;
my ($pub, $state) = ("$u->{dir}/public", "$u->{dir}/state");
my $conf = "$u->{dir}/campaigns/$c/campaign.conf";
Undersigned::spew($conf, Undersigned::slurp($conf) =~ s/^(staff|approvers)\s*=.*\n//mgr .
    "staff = {\"anna\@example.net\", \"boris\@example.net\"}\n");
$u->start or BAIL_OUT('no daemon: ' . $u->log);

sub until_is {
	my ($get, $want, $what) = @_;
	my $end = time + 90;
	sleep 0.2 while time < $end && ($get->() // '') ne $want;
	is($get->(), $want, $what) or diag $u->log;
}

sub tally_is {
	my ($name, $value, $what) = @_;
	until_is(sub { my ($st, $json) = $u->undersign('tally', $c, 'status', '--format', 'json');
	    return $json =~ /"$name":"?([\w.-]*)/ ? $1 : '' }, $value, $what);
}

sub counts_are {
	my ($confirmed, $uncounted, $what) = @_;
	until_is(sub { $u->count('confirmed') . ' and ' . $u->count('uncounted') }, "$confirmed and $uncounted", $what);
}

# Those of the batches here that have REASON.
sub batches {
	my ($reason) = @_;
	my ($st, $json) = $u->undersign('uncount', $c, 'list', '--format=json');
	return grep { $_->{reason} eq $reason } @{ decode_json($json) };
}

sub batch_is {
	my ($reason, $state, $public, $done) = @_;
	my @found = batches($reason);
	is(scalar(@found), 1, "\"$reason\" is there once");
	is(join(' ', @{ $found[0] }{qw(state public done total)}), "$state $public $done $done", "and is $state");
	return $found[0]{batch};
}

# Boris is asked about it.
sub asked {
	my ($reason) = @_;
	my $end = time + 60;
	while (time < $end) {
		my ($mail) = grep { ($_->reply_to // '') =~ /\+a-/ && $_->text =~ /\Q$reason\E/ } $u->mails_to('boris@example.net');
		return $mail if $mail;
		sleep 0.5;
	}
	BAIL_OUT("boris is not asked about \"$reason\": " . $u->log);
}

sub say_yes {
	my ($mail, $reason) = @_;
	like($u->write_mail(from => 'boris@example.net', to => $mail->reply_to, subject => 'Re: ' . $mail->subject, body => "YES\n"),
	    qr/^250/, 'boris says yes');
	until_is(sub { (batches($reason))[-1]{state} }, 'done', "\"$reason\" is done");
}

sub propose {
	my ($domain, $reason) = @_;
	my ($st, $out, $err) = $u->undersign('uncount', $c, '--where', "domain=$domain", '--reason', $reason, '--as', 'anna@example.net');
	is($st, 0, "\"$reason\" is proposed") or diag $err;
	return asked($reason);
}

sub publish {
	my ($count) = @_;
	my ($st, $out, $err) = $u->undersign('tally', $c, 'publish', $pub);
	is($st, 0, 'published') or diag $err;
	($st, $out, $err) = $u->run('', "$Undersigned::BUILD/undersign", '-c', '/nonexistent', 'verify', '--tally-only',
	    '--tally', $pub);
	is($st, 0, 'and nothing is wrong with it') or diag $out, $err;
	like($out, qr/\b$count\b/, "and $count count");
	tally_is(counted => $count, 'here too');
}

# ---- what the copy does not know -----------------------------------------------------

my %receipt;
for my $who (map { ("one$_\@a.example", "one$_\@b.example", "one$_\@c.example", "one$_\@home.example") } 1, 2) {
	(undef, $receipt{$who}) = $u->sign(from => $who, body => '');
}
is(scalar(grep { $_ } values %receipt), 8, 'eight sign');
$u->pass(3601);
tally_is(signed_size => 8, 'they are in the log');
my $ask_c = propose('c.example', 'proposed before');
my ($st, $out, $err) = $u->undersign('backup', "$u->{dir}/copy");
is($st, 0, 'a backup') or diag $err;
say_yes(propose('a.example', 'one hand'), 'one hand');
say_yes($ask_c, 'proposed before');
$u->pass(3601);
tally_is(signed_size => 14, 'four are taken back');
counts_are(4, 4, 'four count');
publish(4);

# ---- it comes back, and goes on by itself ------------------------------------------------

is($u->stop, 0, 'stopped');
unlink map { "$state/undersigned.db$_" } '', '-wal', '-shm';
($st, $out, $err) = $u->undersign('restore', "$u->{dir}/copy");
is($st, 0, 'the old copy is put back') or diag $err;
$u->pass(2);
ok($u->start, 'and started') or diag $u->log;
tally_is(stopped => 'behind', 'the log stands still');
counts_are(8, 0, 'all count again');
say_yes(propose('b.example', 'another hand'), 'another hand');
counts_are(6, 2, 'two do not');
batch_is('another hand', 'done', 1, 2);
($st, $out, $err) = $u->undersign('tally', $c, 'recover', $pub);
is($st, 0, 'recover') or diag $err;
counts_are(2, 6, 'who was uncounted is so once more');
my $batch_a = batch_is('one hand', 'done', 1, 2);
my $batch_c = batch_is('proposed before', 'proposed', 2, 2);
batch_is('another hand', 'done', 3, 2);
($st, $out) = $u->undersign('uncount', $c, 'status', $batch_a);
like($out, qr/Chosen by: the published tally/, 'it says where a batch is known from');
$u->pass(120);
$u->pass(3601);
tally_is(signed_size => 17, 'what was uncounted meanwhile goes in');
publish(2);
like(Undersigned::slurp("$pub/batches"), qr/\A1 \S+ 2 one hand\n2 \S+ 2 proposed before\n3 \S+ 2 another hand\n\z/,
    'each with its own words');

# ---- approved once more: the same batch ----------------------------------------------------

my @undo = ('undo', $batch_c, '--as', 'anna@example.net', '--reason', 'no');
($st, $out, $err) = $u->undersign('uncount', $c, @undo);
is($st, 1, 'what may still be approved is not undone');
like($err, qr/cancel it first/, 'and why');
say_yes($ask_c, 'proposed before');
batch_is('proposed before', 'done', 2, 2);

# ---- N4 -------------------------------------------------------------------------------------

my $she = 'one1@a.example';
my $had = () = $u->mails_to($she);
$u->write_mail(from => $she, to => $receipt{$she}->reply_to, body => "WITHDRAW\n");
ok($u->mail_to($she, $had + 1, 60), 'she withdraws');
counts_are(2, 5, 'and is neither');
ok(($u->sign(from => $she, body => ''))[1], 'she signs again');
counts_are(2, 6, 'and is uncounted still');
$u->pass(3601);
tally_is(signed_size => 19, 'her new entry is in, and taken back');
publish(2);

# ---- and it can be undone ----------------------------------------------------------------------

($st, $out, $err) = $u->undersign('uncount', $c, 'undo', $batch_a, '--as', 'anna@example.net', '--reason', 'they were two');
is($st, 0, 'an undoing is proposed') or diag $err;
say_yes(asked('they were two'), 'they were two');
counts_are(4, 4, 'both count again');
$u->pass(3601);
tally_is(signed_size => 22, 'in the log too');
publish(4);
like(Undersigned::slurp("$pub/batches"), qr/^4 \S+ 0 undoes 1: they were two\n\z/m, 'in public');

is($u->stop, 0, 'ends cleanly') or diag $u->log;
done_testing;
