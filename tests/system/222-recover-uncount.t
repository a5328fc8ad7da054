#!/usr/bin/perl
# Batches of every kind and an old copy: what was uncounted since the copy is
# uncounted by the batch and for the reason that the public log says, can be undone,
# and stays so for who signs again; what was uncounted while the log stood still keeps
# its own words and reason.
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
	my ($reason, $because, $state, $public, $done) = @_;
	my @found = batches($reason);
	is(scalar(@found), 1, "\"$reason\" is there once");
	is(join(' ', @{ $found[0] }{qw(because state public done total)}), "$because $state $public $done $done",
	    "for $because, and is $state");
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
	my ($domain, $reason, $because) = @_;
	my ($st, $out, $err) = $u->undersign('uncount', $c, '--where', "domain=$domain", '--reason', $reason, '--as', 'anna@example.net',
	    $because ? "--because=$because" : ());
	is($st, 0, "\"$reason\" is proposed") or diag $err;
	$because //= 'fraud';
	like($out, qr/^Because: $because \(/m, "for $because, the preview says");
	my $mail = asked($reason);
	like($mail->text, qr/^ *[-*] In the public tally as: $because$/m, 'and the mail');
	return $mail;
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

my (%receipt, %proof);

# What verify says of her receipt.
sub verify {
	my ($who) = @_;
	Undersigned::spew("$u->{dir}/proof", $proof{$who}->raw);
	return $u->run('', "$Undersigned::BUILD/undersign", '-c', '/nonexistent', 'verify', "$u->{dir}/proof", '--tally', $pub);
}

sub says_why {
	my ($who, $because, $number, $like) = @_;
	my ($st, $out, $err) = verify($who);
	is($st, 1, "$who does not count") or diag $out, $err;
	like($out . $err, qr/took it back: $because $number \(.*$like/, 'and verify says why');
}

# ---- what the copy does not know -----------------------------------------------------

for my $who (map { ("one$_\@a.example", "one$_\@b.example", "one$_\@c.example", "one$_\@home.example") } 1, 2) {
	(undef, $receipt{$who}) = $u->sign(from => $who, body => '');
}
is(scalar(grep { $_ } values %receipt), 8, 'eight sign');
$u->pass(3601);
tally_is(signed_size => 8, 'they are in the log');
for my $who (qw(one2@a.example one2@b.example one2@c.example)) {
	my $had = () = $u->mails_to($who);
	$u->write_mail(from => $who, to => $receipt{$who}->reply_to, body => "RECEIPT\n");
	ok($proof{$who} = $u->mail_to($who, $had + 1, 60), "$who has a receipt");
}
my $ask_c = propose('c.example', 'proposed before', 'unreachable');
my ($st, $out, $err) = $u->undersign('backup', "$u->{dir}/copy");
is($st, 0, 'a backup') or diag $err;
say_yes(propose('a.example', 'one hand', 'duplicate'), 'one hand');
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
batch_is('another hand', fraud => 'done', 1, 2);
($st, $out, $err) = $u->undersign('tally', $c, 'recover', $pub);
is($st, 0, 'recover') or diag $err;
counts_are(2, 6, 'who was uncounted is so once more');
my $batch_a = batch_is('one hand', duplicate => 'done', 1, 2);
my $batch_c = batch_is('proposed before', unreachable => 'proposed', 2, 2);
batch_is('another hand', fraud => 'done', 3, 2);
($st, $out) = $u->undersign('uncount', $c, 'status', $batch_a);
like($out, qr/Chosen by: the published tally/, 'it says where a batch is known from');
$u->pass(120);
$u->pass(3601);
tally_is(signed_size => 17, 'what was uncounted meanwhile goes in');
publish(2);
like(Undersigned::slurp("$pub/batches"), qr/\A1 \S+ 2 one hand\n2 \S+ 2 proposed before\n3 \S+ 2 another hand\n\z/,
    'each with its own words');
says_why('one2@a.example', duplicate => 1, 'the same person had signed already');
says_why('one2@c.example', unreachable => 2, 'its address never worked');
says_why('one2@b.example', fraud => 3, 'it is false');
my $log = join "\n", map { Undersigned::slurp($_) } glob "$pub/tile/entries/000.p/17";
is(join(' ', map { scalar(() = $log =~ /back \d+ $_(?!\d)/g) } 'duplicate 1', 'unreachable 2', 'fraud 3'), '2 2 2', 'two of each in public');
($st, $out) = $u->undersign('uncount', $c, 'list');
like($out, qr/done +duplicate .* one hand$/m, 'the list says which kind');

# ---- approved once more: the same batch ----------------------------------------------------

my @undo = ('undo', $batch_c, '--as', 'anna@example.net', '--reason', 'no');
($st, $out, $err) = $u->undersign('uncount', $c, @undo);
is($st, 1, 'what may still be approved is not undone');
like($err, qr/cancel it first/, 'and why');
say_yes($ask_c, 'proposed before');
batch_is('proposed before', unreachable => 'done', 2, 2);

# ---- N4 -------------------------------------------------------------------------------------

my $she = 'one1@a.example';
my $had = () = $u->mails_to($she);
$u->write_mail(from => $she, to => $receipt{$she}->reply_to, body => "WITHDRAW\n");
ok($u->mail_to($she, $had + 1, 60), 'she withdraws');
counts_are(2, 5, 'and is neither');
$u->pass(86400);                # one request a day, at whatever time this runs
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
($st, $out, $err) = verify('one2@a.example');
is($st, 0, 'her receipt is good again') or diag $out, $err;
like($out, qr/^Entry \d+ was taken back; it stands again as entry \d+ of the log, and counts\.$/m, 'where it stands now');
like(Undersigned::slurp("$pub/batches"), qr/^4 \S+ 0 undoes 1: they were two\n\z/m, 'in public');

($st, $out, $err) = $u->undersign('uncount', $c, 'undo', $batch_c, '--as', 'anna@example.net', '--reason', 'letters reached them');
is($st, 0, 'the other kind is undone likewise') or diag $err;
say_yes(asked('letters reached them'), 'letters reached them');
counts_are(6, 2, 'they count again');
$u->pass(3601);
tally_is(signed_size => 25, 'in the log too');
publish(6);
($st, $out, $err) = verify('one2@c.example');
is($st, 0, 'and are good') or diag $out, $err;

# ---- what it takes ------------------------------------------------------------------------------

($st, $out, $err) = $u->undersign('uncount', $c, '--because=spite', '--where', 'domain=home.example', '--dry-run');
is($st, 2, 'no other reason');
like($err, qr/fraud, duplicate or unreachable, not spite/, 'and why');
($st, $out, $err) = $u->undersign('uncount', $c, 'undo', $batch_c, '--because=fraud', '--as', 'anna@example.net', '--reason', 'x');
is($st, 2, 'an undoing has none of its own');
($st, $out) = $u->undersign('uncount', $c, '--because=unreachable', '--where', 'domain=home.example', '--dry-run');
like($out, qr/^Because: unreachable \(.*Note: an address that broke after/ms, 'a warning before a real one is taken out');

is($u->stop, 0, 'ends cleanly') or diag $u->log;
done_testing;
