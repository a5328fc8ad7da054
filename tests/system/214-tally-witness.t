#!/usr/bin/perl
# Witnesses of the tally by mail: asked once a day, they answer with a block of text,
# and what they have seen is not forgotten.
# SPDX-License-Identifier: ISC
use strict;
use warnings;
use Test::More;
use File::Basename;
use File::Path qw(remove_tree);
use lib dirname(__FILE__);
use Undersigned;
use Time::HiRes qw(sleep);

my $u = Undersigned->new;
my ($pub, $state) = ("$u->{dir}/public", "$u->{dir}/state");
my $word = "$u->{dir}/word";
Undersigned::spew($word, "correct horse battery\n");

# The command on the machine of an organisation.
sub witness {
	my ($in, @args) = @_;
	return $u->run($in, 'sh', '-c', 'exec "$0" -c /nonexistent witness "$@" --passphrase-fd 7 7<' . $word,
	    "$Undersigned::BUILD/undersign", @args);
}

my %key;
for my $name (qw(nordic pamir)) {
	my ($st, $out, $err) = witness('', 'new', '--name', "$name.example.org", "$u->{dir}/$name.key");
	is($st, 0, "a key of $name") or diag $err;
	chomp($key{$name} = $out);
}
my $conf = "$u->{dir}/campaigns/manuchehr/campaign.conf";
my $text = Undersigned::slurp($conf);
for my $name (qw(nordic pamir)) {
	$text =~ s/(organisation "$name" \{)/$1\n\twitness = "$key{$name}"\n\tmail = "witness\@$name.example.org"/;
}
Undersigned::spew($conf, $text);
# It is morning: what is once a day does not come again by midnight.
$u->pass(86400 - time % 86400 + 6 * 3600);
ok($u->start, 'the daemon starts') or BAIL_OUT($u->log);

sub tally { return $u->undersign('tally', 'manuchehr', @_) }

sub status { return $u->tally_status }

sub wait_for {
	my ($name, $value, $what) = @_;
	is($u->tally_comes($name, $value), $value, $what) or diag $u->log;
}

my $people = 0;
sub sign { $u->sign(from => 'person' . ++$people . '@example.net', body => '') for 1 .. $_[0] }

# What the organisation prints for a mail: its block, or nothing.
sub cosign {
	my ($name, $mail) = @_;
	return witness($mail->raw, 'sign', '--key', "$u->{dir}/$name.key", '--state', "$u->{dir}/$name.state");
}

sub answer {
	my ($name, $mail, $body) = @_;
	return $u->write_mail(from => "witness\@$name.example.org", to => $mail->reply_to,
	    subject => 'Re: ' . $mail->subject, body => $body,
	    header => 'In-Reply-To: ' . $mail->header('Message-ID'));
}

sub verify {
	my ($st, $out, $err) = $u->run('', "$Undersigned::BUILD/undersign", '-c', '/nonexistent', 'verify',
	    '--tally-only', '--tally', $pub, @_);
	return ($st, "$out$err");
}

# ---- asked, and answered ------------------------------------------------------------------

sign(3);
$u->pass(3601);
wait_for(signed_size => 3, 'three are in');
my $ask = $u->mail_to('witness@nordic.example.org', 1, 30);
ok($ask, 'the witness is written to') or BAIL_OUT($u->log);
ok($u->mail_to('witness@pamir.example.org', 1, 30), 'and the other');
like($ask->reply_to, qr/^manuchehr\+w-[a-z2-7]{37}\@petitions\.example\.org$/, 'answers go to a token');
like($ask->subject, qr/3/, 'the size in the subject');
like($ask->text, qr/BEGIN UNDERSIGNED CHECKPOINT/, 'the checkpoint in a block');
my ($st, $block, $err) = cosign('nordic', $ask);
is($st, 0, 'the mail as it came is enough for her command') or diag $err;
like($block, qr/BEGIN UNDERSIGNED COSIGNATURE/, 'a cosignature');

# As mail programs answer: above, with the mail quoted below.
my $quoted = join '', map { "> $_\n" } split /\n/, $ask->text;
like(answer('nordic', $ask, "Here it is:\n\n$block\n\nOn Monday, the campaign wrote:\n$quoted"), qr/^250/, 'her answer is taken');
wait_for(cosigned_size => 3, 'and kept');
like((tally('status'))[1], qr/^witness +nordic: has cosigned at 3; asked on \d{4}-\d\d-\d\d at 3$/m, 'status says so');
like((tally('status'))[1], qr/^witness +pamir: has cosigned nothing yet; asked/m, 'and of the other');
is((tally('publish', $pub))[0], 0, 'published');
is((verify('--witnesses', 1))[0], 0, 'one witness');
is((verify('--witnesses', 1, '--witness', $key{nordic}))[0], 0, 'this one');
isnt((verify('--witnesses', 2))[0], 0, 'not two');

# ---- what is no cosignature ------------------------------------------------------------------

my $other = $u->mail_to('witness@pamir.example.org');
like(answer('pamir', $other, "I will do it tomorrow.\n"), qr/^250/, 'a word of hers is no cosignature');
like(answer('pamir', $other, $block), qr/^250/, 'nor is that of another witness');
(my $changed = $block) =~ s/^(signature: )(.)/$1 . ($2 eq 'A' ? 'B' : 'A')/em;
like(answer('pamir', $other, $changed), qr/^250/, 'nor one with a letter changed');
like(answer('nordic', $ask, $block), qr/^250/, 'nor is the same once more anything new');
like($u->write_mail(from => 'eve@example.net', to => 'manuchehr+w-' . 'a' x 37 . '@petitions.example.org', body => $block),
    qr/^550/, 'an address that was made up is refused');
sleep 1;
like((tally('status'))[1], qr/^witness +pamir: has cosigned nothing yet/m, 'nothing is kept of it');

# Where the provider dropped the detail of the address.
($st, my $hers, $err) = cosign('pamir', $other);
is($st, 0, 'the other cosigns too') or diag $err;
like($u->write_mail(from => 'witness@pamir.example.org', to => 'manuchehr@petitions.example.org',
    subject => 'Re: ' . $other->subject, body => $hers,
    header => 'In-Reply-To: ' . $other->header('Message-ID')), qr/^250/, 'to the plain address');
my $end = time + 30;
sleep 0.1 while time < $end && (tally('status'))[1] !~ /pamir: has cosigned at 3/;
like((tally('status'))[1], qr/pamir: has cosigned at 3/, 'found by what it answers');
is((tally('publish', $pub))[0], 0, 'published');
is((verify('--witnesses', 2))[0], 0, 'two witnesses now');
is(scalar(() = $u->mails_to('witness@pamir.example.org')), 1, 'nothing was answered to her');

# ---- once a day, from where she left off ---------------------------------------------------------

sign(2);
$u->pass(3601);
wait_for(signed_size => 5, 'two more');
sleep 1;
is(scalar(() = $u->mails_to('witness@nordic.example.org')), 1, 'not twice a day');
$u->pass(86400);
my $second = $u->mail_to('witness@nordic.example.org', 2, 60);
ok($second, 'the next day') or diag $u->log;
like($second->text, qr/^older: 3$/m, 'with the proof from what she has cosigned');
($st, my $block2, $err) = cosign('nordic', $second);
is($st, 0, 'it goes on from there') or diag $err;
my $file = "$u->{dir}/block2";
Undersigned::spew($file, $block2);
($st, my $out, $err) = tally('cosign', $file);
is($st, 0, 'by hand too') or diag $err;
like($out, qr/nordic has cosigned the tally at 5/, 'whose, and at what');
is((tally('cosign', $file))[0], 0, 'once more does no harm');
is((tally('cosign', "$u->{dir}/word"))[0], 1, 'what is none');
is((tally('publish', $pub))[0], 0, 'published');
like((verify('--witnesses', 1, '--witness', $key{nordic}))[1], qr/5/, 'at the new size');
is((verify('--witnesses', 2))[0], 0, 'and the one with the most stays published');

# ---- she has seen more than the server ---------------------------------------------------------------

is($u->stop, 0, 'stopped');
system('cp', '-a', $state, "$u->{dir}/state-then") == 0 or die;
ok($u->start, 'goes on');
sign(2);
$u->pass(86400);
wait_for(signed_size => 7, 'two more');
my $third = $u->mail_to('witness@nordic.example.org', 3, 60);
($st, my $block3) = cosign('nordic', $third);
is($st, 0, 'and cosigned, but the answer is on its way for long');
is($u->stop, 0, 'stopped');
remove_tree($state);
system('cp', '-a', "$u->{dir}/state-then", $state) == 0 or die;
ok($u->start, 'an old copy of everything');
sign(3);
$u->pass(3601);
wait_for(signed_size => 8, 'it signs another history');
my $staff = () = $u->mails_to('staff@example.org');
like(answer('nordic', $third, $block3), qr/^250/, 'the answer comes');
$end = time + 60;
sleep 0.1 while time < $end && $u->mails_to('staff@example.org') == $staff;
like(($u->mails_to('staff@example.org'))[-1]->text, qr/A witness has cosigned a state of the public tally that this server does not have/,
    'staff hear of it');
is(status()->{stopped}, 'no', 'her word alone stops nothing');
# What she was sent is signed by the log itself.
my $sent = join '', map { "> $_\n" } split /\n/, $third->text;
like(answer('nordic', $third, "$block3\n$sent"), qr/^250/, 'with the mail that she answers');
wait_for(stopped => 'forked', 'but what we have signed ourselves does');
like((tally('status'))[1], qr/STOPPED: what was signed before is not what the database has/, 'status says why');

unlike($u->log, qr/w-[a-z2-7]{37}|witness\@/, 'no token or address in the log');
is($u->stop, 0, 'ends cleanly') or diag $u->log;
done_testing;
