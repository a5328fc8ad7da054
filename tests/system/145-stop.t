#!/usr/bin/perl
# Every way out: STOP in four languages in reply to every kind of mail, and the
# unsubscribe address; at once, idempotent, for a year, and for nobody else.
use strict;
use warnings;
use utf8;
use Test::More;
use Encode qw(encode);
use File::Basename;
use JSON::PP;
use Time::HiRes qw(sleep);
use lib dirname(__FILE__);
use Undersigned;

my $u = Undersigned->new;
ok($u->start, 'the daemon starts') or BAIL_OUT($u->log);
my $d = 'petitions.example.org';
my $c = 'manuchehr';
my $day = 86400;
my %n;

sub list {
	my ($st, $json, $err) = $u->undersign('list', $c, '--format=json');
	return $st == 0 ? decode_json($json) : { error => $err };
}
sub reason {
	my ($who) = @_;
	my ($st, $json) = $u->undersign('list', $c, '--state=stopped', '--addresses', '--format=json');
	my ($row) = grep { $_->{address} eq "$who\@example.net" } @{ decode_json($json)->{signers} };
	return $row ? $row->{reason} : undef;
}
sub wants { return ($u->undersign('signer', $c, 'show', "$_[0]\@example.net"))[1] =~ /^updates\s+yes$/m ? 1 : 0 }
sub next_mail {
	my ($who, $seconds) = @_;
	my $m = $u->mail_to("$who\@example.net", ($n{$who} // 0) + 1, $seconds // 10);
	$n{$who}++ if $m;
	return $m;
}
# Signs and wants news: the request and the receipt.
sub signer {
	my ($who, %o) = @_;
	my @m = $u->sign(name => ucfirst $who, from => "$who\@example.net",
	    to => "$c\@$d", body => encode('UTF-8', $o{body} // "News: yes\n"));
	$n{$who} = 2;
	return @m;
}
sub answer {
	my ($who, $mail, $text, %o) = @_;
	return $u->write_mail(from => $o{from} // "$who\@example.net", to => $mail->reply_to,
	    subject => encode('UTF-8', $o{subject} // 'Re: ') . ($o{subject} ? '' : $mail->subject),
	    body => encode('UTF-8', $text), header => 'In-Reply-To: ' . $mail->header('Message-ID'));
}
sub unsubscribe { return $_[0]->header('List-Unsubscribe') =~ /<mailto:([^>?]+)/ ? $1 =~ s/%([0-9A-F]{2})/chr hex $1/ger : '' }

# ---- the languages, to a receipt ---------------------------------------------

my %words = (en => ['STOP', 'Please stop', 'unsubscribe'], ru => ['СТОП', 'Стоп.', 'отписаться', 'больше не пишите'],
    tg => ['БАС', 'ист'], nb => ['STOPP', 'Slutt', 'meld meg av']);
my $k = 0;
for my $lang (sort keys %words) {
	for my $word (@{ $words{$lang} }) {
		my $who = 'w' . ++$k;
		my ($request, $receipt) = signer($who, body => "Language: $lang\nNews: yes\n");
		ok($receipt && wants($who), "$lang: signed, wants news") or next;
		like(answer($who, $receipt, "$word\n\n> quoted\n"), qr/^250/, encode('UTF-8', "$lang: $word"));
		is(wants($who), 0, 'acts at once');
	}
}
is(list()->{stopped}, $k, 'all of them are listed');
is(reason('w1'), 'by reply', 'with the way they went');
is($u->count('confirmed'), $k, 'and count as before');

# ---- each kind of mail --------------------------------------------------------------

my ($request, $receipt) = signer('ada');
answer('ada', $receipt, "STATUS\n");
my $status = next_mail('ada');
my %mail = (receipt => $receipt, status => $status, request => $request);
for my $kind (sort keys %mail) {
	answer('ada', $receipt, "UPDATES\n");
	ok(next_mail('ada'), "UPDATES, before $kind") and is(wants('ada'), 1, 'wants news');
	like(answer('ada', $mail{$kind}, "STOP\n"), qr/^250/, "STOP to the $kind");
	is(wants('ada'), 0, 'acts at once');
	my $told = next_mail('ada');
	like($told ? $told->text : '', qr/News: no/, 'one short word that it did');
	like(answer('ada', $mail{$kind}, "Stop!\n"), qr/^250/, 'again is no trouble');
	ok(next_mail('ada'), 'and is told the same');
}
is($u->count('confirmed'), $k + 1, 'nothing but the news is stopped');
answer('ada', $receipt, "UPDATES\n");
next_mail('ada');
answer('ada', $receipt, '', subject => 'Re: STOP');
is(wants('ada'), 0, 'in the subject');
next_mail('ada');

# A warning.
answer('ada', $receipt, "UPDATES\n");
next_mail('ada');
my ($back) = $receipt->header('Return-Path') =~ /<([^>]+)>/;
$u->lmtp(from => '', to => $back, data => "From: MAILER-DAEMON\@mx.example.net\nTo: $back\n" .
    "Subject: failure\nMIME-Version: 1.0\nMessage-ID: <b1\@mx.example.net>\n" .
    "Content-Type: multipart/report; report-type=delivery-status; boundary=b\n\n--b\n\nno\n--b\n" .
    "Content-Type: message/delivery-status\n\nReporting-MTA: dns; mx\n\nFinal-Recipient: rfc822; ada\@example.net\n" .
    "Action: failed\nStatus: 5.1.1\n\n--b--\n");
$u->pass(3.1 * $day);
my $warning = next_mail('ada');
like($warning ? $warning->subject : '', qr/came back/, 'a warning');
answer('ada', $warning, "STOP\n");
is(wants('ada'), 0, 'STOP to a warning');
is(list()->{bouncing}, 0, 'and she is on no rung');
next_mail('ada');

# ---- the unsubscribe address -----------------------------------------------------------

(undef, my $bobs) = signer('bob');
my $u_address = unsubscribe($bobs);
like($u_address, qr/^manuchehr\+u-[a-z2-7]{37}\@/, 'a mail has an unsubscribe address');
# Staff get a digest of the day meanwhile.
sub others { return scalar grep { $_->to ne 'staff@example.org' } $u->mails }
my $before = others();
like($u->lmtp(from => '', to => $u_address, data => "From: bob\@example.net\nTo: x\nSubject: unsubscribe\n" .
    "Auto-Submitted: auto-generated\nMessage-ID: <u1\@x>\n\n"), qr/^250/, 'mail to it, by a machine');
is(wants('bob'), 0, 'stops');
is(reason('bob'), 'by unsubscribe mail', 'the reason is kept');
like($u->lmtp(from => 'bob@example.net', to => $u_address, data => "From: bob\@example.net\nMessage-ID: <u2\@x>\n\n"),
    qr/^250/, 'again');
is(wants('bob'), 0, 'is the same');
sleep 0.5;
is(others(), $before, 'it is never answered');

# ---- whose token it is ---------------------------------------------------------------------

my (undef, $cleos) = signer('cleo');
my (undef, $doras) = signer('dora');
answer('cleo', $doras, "STOP\n");
is(wants('dora'), 0, 'a token stops the news of whose mail it was in');
is(wants('cleo'), 1, 'and nobody else\'s');
my $before_cleo = () = $u->mails_to('cleo@example.net');
ok($u->mail_to('dora@example.net', 3), 'who is told');
is(scalar(() = $u->mails_to('cleo@example.net')), $before_cleo, 'and nobody else');
my $swap = unsubscribe($cleos);
$swap =~ s/\+u-/+r-/;
like($u->write_mail(from => 'cleo@example.net', to => $swap, body => "STOP\n"), qr/^550 5\.1\.1/, 'a token is good for one thing');
$u->write_mail(from => 'cleo@example.net', to => "$c\@$d", body => "STOP\n");
is(wants('cleo'), 1, 'without a token nothing is done');
my $question = $u->mail_to('cleo@example.net', 3);
like($question->subject, qr/STOP/, 'but asked');
$u->write_mail(from => 'cleo@example.net', to => $question->reply_to, subject => 'Re: ' . $question->subject, body => '');
is(wants('cleo'), 0, 'an answer stops');

# ---- somebody who has not signed yet -----------------------------------------------------------

my $j = 0;
for my $word ('STOP', 'СТОП', 'БАС', 'STOPP', 'No') {
	my $who = 'p' . ++$j;
	$u->write_mail(from => "$who\@example.net", to => "$c\@$d");
	my $asked = $u->mail_to("$who\@example.net");
	like(answer($who, $asked, "$word\n"), qr/^250/, encode('UTF-8', "$word to a request"));
}
is($u->count('expired'), $j, 'none of them is signed, nor asked again');
$u->write_mail(from => 'q@example.net', to => "$c\@$d");
my $asked = $u->mail_to('q@example.net');
$u->lmtp(from => 'q@example.net', to => unsubscribe($asked), data => "From: q\@example.net\nMessage-ID: <u3\@x>\n\n");
is($u->count('expired'), $j + 1, 'the unsubscribe address of a request does the same');
$u->pass(4 * $day);
sleep 1.6;
is(scalar(() = $u->mails_to('q@example.net')), 1, 'no reminder');

# ---- a year later ----------------------------------------------------------------------------------

my ($old_request, $old_receipt) = signer('emil');
my (undef, $fays) = signer('fay');
my (undef, $gus) = signer('gus');
$u->pass(370 * $day);
sleep 1.2;
like(answer('gus', $gus, "STOP\n"), qr/^250/, 'STOP to a receipt of a year ago');
is(wants('gus'), 0, 'stops');
like($u->lmtp(from => '', to => unsubscribe($fays), data => "From: fay\@example.net\nMessage-ID: <u4\@x>\n\n"),
    qr/^250/, 'the unsubscribe address too');
is(wants('fay'), 0, 'stops');
like(answer('emil', $old_request, "Yes please\n"), qr/^550 5\.1\.1/, 'a request of a year ago can no longer be confirmed');
is(wants('emil'), 1, 'which changes nothing');
like(answer('emil', $old_request, "STOP\n"), qr/^250/, 'but stopped');
is(wants('emil'), 0, 'it can be');
my (undef, $hanas) = signer('hana');
my $m = $hanas->header('Message-ID');
like($u->write_mail(from => 'hana@example.net', to => "$c\@$d", body => "STOP\n", header => "In-Reply-To: $m"),
    qr/^250/, 'STOP where the provider drops the detail');
is(wants('hana'), 0, 'stops too');
unlike($u->log, qr/example\.net/, 'no address in the log');
is($u->stop, 0, 'stops');
done_testing;
