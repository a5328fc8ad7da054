#!/usr/bin/perl
# The tally says which text she signed: the one that the mail she answered showed,
# though it waited while the text was changed, went out twice, or was followed by a
# reminder with another.
# SPDX-License-Identifier: ISC
use strict;
use warnings;
use Test::More;
use Digest::SHA qw(sha256);
use File::Basename;
use MIME::Base64 qw(encode_base64url);
use lib dirname(__FILE__);
use Undersigned;
use Sink;
use Time::HiRes qw(sleep);

my $tmp = File::Temp::tempdir('which-text-XXXXXX', TMPDIR => 1, CLEANUP => 1);
my $sink = Sink->new("$tmp/sink", keep => 1);
my $u = Undersigned->new(relay => $sink->url,
    limits => 'requests_per_domain_hour = 0 requests_per_hour = 2');
my $to = 'manuchehr@petitions.example.org';
my $dir = "$u->{dir}/campaigns/manuchehr";
Undersigned::spew("$dir/campaign.conf", Undersigned::slurp("$dir/campaign.conf") . "\nreceipts = \"always\"\ntally_every = 20\n");

# ---- tools ----------------------------------------------------------------------

my %text;

sub text {
	my ($n) = @_;
	$text{$n} = "# Text $n\n\nFree him, we ask for the time number $n.\n";
	Undersigned::spew("$dir/petition.en.md", $text{$n});
}

sub until_true {
	my ($what) = @_;
	my $end = time + 60;
	sleep 0.05 while time < $end && !$what->();
	return $what->();
}

# All four of them have read the campaigns; one of them may have had cause before.
sub reload {
	my $before = () = $u->log =~ /reload=done/g;
	$u->hup;
	ok(until_true(sub { (() = $u->log =~ /reload=done/g) >= $before + 3 }), 'reloaded');
}

sub mail {
	my ($who, $n) = @_;
	until_true(sub { @{ $sink->boxes->{"$who\@example.net"} // [] } >= $n });
	return $sink->boxes->{"$who\@example.net"}[ $n - 1 ];
}

sub count { return scalar @{ $sink->boxes->{"$_[0]\@example.net"} // [] } }

sub asks { $u->write_mail(from => "$_\@example.net", to => $to, body => '') for @_ }

sub answers {
	my ($who, $mail, $n) = @_;
	like($u->write_mail(from => "$who\@example.net", to => $mail->reply_to, body => "Yes\n"), qr/^250/, "$who answers");
	my $receipt = mail($who, $n);
	like($receipt ? $receipt->text : '', qr/BEGIN UNDERSIGNED PROMISE/, 'and is counted at once');
}

# ---- it was held by the budget -------------------------------------------------------

text(1);
ok($u->start, 'the daemon starts') or BAIL_OUT($u->log);
asks(qw(ann bob cyd));
my %first = map { $_ => mail($_, 1) } qw(ann bob);
like($first{$_}->text, qr/number 1\./, "$_ is shown the first text") for qw(ann bob);
is(count('cyd'), 0, 'the third waits for the budget');
text(2);
reload();
$u->pass(3601);
$first{cyd} = mail('cyd', 1);
like($first{cyd}->text, qr/number 2\./, 'and shows the text of the time when it goes out');
answers('cyd', $first{cyd}, 2);

# ---- it may have gone out when the machine went down -----------------------------------

$u->pass(3601);
$sink->trouble(hang => 1);
asks(qw(dee eve));
$first{$_} = mail($_, 1) for qw(dee eve);
like($first{$_}->text, qr/number 2\./, "$_ gets the second text, and nobody knows of it") for qw(dee eve);
$u->kill_all;
text(3);
$sink->trouble;
$u->pass(3601);
ok($u->start, 'kill -9, another text, and started again');
my %second = map { $_ => mail($_, 2) } qw(dee eve);
like($second{$_}->text, qr/number 3\./, "$_ gets it again, with the third") for qw(dee eve);
answers('dee', $first{dee}, 3);
answers('eve', $second{eve}, 3);

# ---- a reminder shows another ------------------------------------------------------------

$u->pass(3 * 86400);
$second{$_} = mail($_, 2) for qw(ann bob);
like($second{$_}->text, qr/number 3\./, "$_ is reminded, with the third") for qw(ann bob);
answers('ann', $first{ann}, 3);
answers('bob', $second{bob}, 3);

# ---- who sends has read another text than who keeps ---------------------------------------

text(4);
my $sends = $u->roles->{delivery};
kill 'KILL', $sends;
ok(until_true(sub { ($u->roles->{delivery} // $sends) != $sends }), 'delivery begins anew');
$u->pass(3601);
asks('fay');
# Both have read the fourth soon, and until then nothing goes out.
$first{fay} = mail('fay', 1);
like($first{fay}->text, qr/number 4\./, 'when both have the same, her request goes out');
answers('fay', $first{fay}, 2);

# ---- what the receipts say -------------------------------------------------------------------

my %shown = (ann => 1, bob => 3, cyd => 2, dee => 2, eve => 3, fay => 4);
sub signed { return ($u->undersign('tally', 'manuchehr', 'status', '--format', 'json'))[1] =~ /"signed_size":(\d+)/ ? $1 : -1 }
$u->pass(1230);
until_true(sub { signed() >= 6 });
is(signed(), 6, 'six are in the tally');
$u->pass(310);
for my $who (sort keys %shown) {
	my $receipt;
	ok(until_true(sub { ($receipt) = grep { $_->text =~ /BEGIN UNDERSIGNED RECEIPT/ } @{ $sink->boxes->{"$who\@example.net"} } }), "$who has her receipt");
	is($receipt ? ($receipt->text =~ /^text: (\S+)$/m)[0] : undef, encode_base64url(sha256($text{ $shown{$who} })), "of text $shown{$who}, which she has read");
}

unlike($u->log, qr/example\.net/, 'nothing of them in the log');
is($u->stop, 0, 'SIGTERM ends it cleanly') or diag $u->log;
done_testing;
