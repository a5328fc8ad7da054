#!/usr/bin/perl
# The token of an approval names no signer: a complaint that is sent to it stops
# nobody, though approvals and signers are both counted from one.
# SPDX-License-Identifier: ISC
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use JSON::PP;
use Test::More;
use Undersigned;

my $u = Undersigned->new;
my ($c, $d) = ('manuchehr', $u->{domain});
my $conf = "$u->{dir}/campaigns/$c/campaign.conf";
Undersigned::spew($conf, Undersigned::slurp($conf) =~ s/^staff\s*=.*\n//mgr .
    "staff = {\"author\@example.net\", \"approver\@example.net\"}\n");
$u->start or BAIL_OUT('no daemon: ' . $u->log);
for my $i (1 .. 3) {
	$u->sign(from => "signer$i\@example.net", body => "Name: Signer\nUpdates: yes\n");
}
is($u->count('confirmed'), 3, 'three have signed');
like($u->write_mail(from => 'author@example.net', to => "$c+updates\@$d", subject => 'News', body => "Good news.\n"),
    qr/^250/, 'a post');
my $mail = $u->mail_to('author@example.net');
like($mail ? $mail->reply_to : '', qr/\+a-/, 'is asked back for');
like($u->lmtp(from => '', to => $mail->reply_to, data => <<REPORT), qr/^250/, 'a complaint to that address');
From: <fbl\@provider.example>
To: <${\ $mail->reply_to}>
Subject: complaint
Date: Mon, 23 Nov 2026 12:00:00 +0000
Message-ID: <complaint.$$\@provider.example>
MIME-Version: 1.0
Content-Type: multipart/report; report-type=feedback-report; boundary=bb

--bb
Content-Type: text/plain

A report.

--bb
Content-Type: message/feedback-report

Feedback-Type: abuse
User-Agent: Provider/1.0
Version: 1

--bb
Content-Type: message/rfc822

From: x\@y.example
Subject: redacted

nothing

--bb--
REPORT
my ($st, $json) = $u->undersign('list', $c, '--format=json');
my $l = decode_json($json);
is($l->{complained} // 0, 0, 'is about nobody');
is($l->{active}, 3, 'everybody still gets updates');
is($u->stop, 0, 'ends cleanly');
done_testing;
