#!/usr/bin/perl
# undersign deliver against an LMTP server that answers as it is told.
# SPDX-License-Identifier: ISC
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use IO::Socket::UNIX;
use Test::More;
use Undersigned;

my $u = Undersigned->new(example => 0);
my $d = $u->{domain};
my $seen = "$u->{dir}/seen";

# One session: replies by what the line begins with; the data goes to $seen.
sub serve {
	my (%say) = @_;
	unlink $u->{socket}, $seen;
	my $l = IO::Socket::UNIX->new(Local => $u->{socket}, Listen => 1) or die $!;
	my $pid = fork // die;
	return $pid if $pid;
	my $s = $l->accept or POSIX::_exit(1);
	$s->autoflush(1);
	my (@lines, $accepted);
	my $answer = sub {
		my $r = ref $_[0] ? shift @{ $_[0] } : $_[0];
		POSIX::_exit(0) if $r eq 'close';
		$accepted++ if $_[1] && $r =~ /^250/;
		print $s "$r\r\n";
	};
	$answer->($say{greet} // '220 test LMTP');
	while (defined(my $line = $s->getline)) {
		push @lines, $line;
		if ($line =~ /^LHLO/) {
			$answer->($say{lhlo} // "250-test\r\n250-8BITMIME\r\n250 SMTPUTF8");
		} elsif ($line =~ /^MAIL/) {
			$answer->($say{mail} // '250 2.1.0 Ok');
		} elsif ($line =~ /^RCPT/) {
			$answer->($say{rcpt} // '250 2.1.5 Ok', 1);
		} elsif ($line =~ /^DATA/) {
			$answer->($say{data} // '354 Go on');
			while (defined(my $data = $s->getline)) {
				push @lines, $data;
				last if $data eq ".\r\n";
			}
			Undersigned::spew($seen, join '', @lines);
			$answer->($say{end} // '250 2.0.0 Accepted') for 1 .. $accepted;
		} elsif ($line =~ /^QUIT/) {
			last;
		}
	}
	POSIX::_exit(0);
}

sub deliver {
	my ($say, $mail, @args) = @_;
	my $pid = serve(%$say);
	my ($st, $out, $err) = $u->undersign_in($mail, 'deliver', @args);
	kill 'KILL', $pid;
	waitpid $pid, 0;
	is($out, '', 'says nothing on standard output');
	return ($st, Undersigned::slurp($seen) // '', $err);
}

my $mail = "From: ada\@example.net\nSubject: x\n\nHello\n.dot\n..\nbye";
my ($st, $got, $err) = deliver({}, $mail, '-f', 'ada@example.net', "a\@$d", "b\@$d");
is($st, 0, 'taken');
like($got, qr/^MAIL FROM:<ada\@example\.net> BODY=8BITMIME\r\n/m, 'the sender');
like($got, qr/^RCPT TO:<a\@$d>\r\nRCPT TO:<b\@$d>\r\n/m, 'both recipients');
like($got, qr/DATA\r\nFrom: ada\@example\.net\r\nSubject: x\r\n\r\nHello\r\n\.\.dot\r\n\.\.\.\r\nbye\r\n\.\r\n\z/,
    'CRLF, dots doubled, the last line ended');
($st, $got) = deliver({}, "From x\@y Mon Nov 23\r\nFrom: a\@example.net\r\nX: 1\rAuthentication-Results: mx\r\n\r\nhi\r\n", '-f', '<>', "a\@$d");
is($st, 0, 'CRLF mail is taken');
like($got, qr/DATA\r\nFrom: a\@example\.net\r\nX: 1 Authentication-Results: mx\r\n\r\nhi\r\n\.\r\n\z/,
    'an mbox line goes, and a CR alone makes no new field');
like($got, qr/^MAIL FROM:<> /m, 'an empty sender');

# Answers.
for my $case (
    [75, { greet => '421 4.3.2 Too many' }], [75, { greet => 'close' }],
    [75, { lhlo => '451 4.3.0 Not now' }], [75, { mail => '452 4.3.1 Full' }],
    [67, { rcpt => '550 5.1.1 No such address here' }], [75, { rcpt => '451 4.3.0 Not now' }],
    [69, { rcpt => '554 5.7.1 No' }], [75, { data => '451 4.3.0 Not now' }],
    [65, { end => '550 5.6.0 This message cannot be read' }],
    [65, { end => '552 5.3.4 Too large' }], [75, { end => '452 4.3.1 No room' }],
    [75, { end => 'close' }], [75, { rcpt => 'close' }],
    [75, { greet => 'nonsense' }]) {
	my ($want, $say) = @$case;
	($st, undef, $err) = deliver($say, $mail, "a\@$d");
	is($st, $want, join ' ', $want, %$say);
	unlike($err, qr/\@/, 'naming nobody');
}
# Two recipients, two answers: what may still come through decides.
for my $rcpt (['250 Ok', '550 5.1.1 No'], ['550 5.1.1 No', '250 Ok']) {
	($st, $got, $err) = deliver({ rcpt => $rcpt }, $mail, "a\@$d", "b\@$d");
	is($st, 67, 'one of two is unknown');
	unlike($got, qr/^DATA/m, 'so nothing is handed over: what bounces was not taken');
	like($err, qr/so nobody of the 2 got the mail/, 'as is said');
}
is((deliver({ rcpt => ['550 5.1.1 No', '451 4.3.0 Not now'] }, $mail, "a\@$d", "b\@$d"))[0], 75, 'one unknown, one later: all later');
($st, $got, $err) = deliver({ end => ['250 Ok', '550 5.7.1 No'] }, $mail, "a\@$d", "b\@$d");
is($st, 69, 'one of two is refused for what it says: who sent it hears of it');
like($err, qr/1 of the 2 recipients got the mail all the same/, 'and that the other has it');
is((deliver({ end => ['250 Ok', '451 4.3.0 Not now'] }, $mail, "a\@$d", "b\@$d"))[0], 75, 'one of two later');
is((deliver({ end => ['451 4.3.0 Not now', '550 5.6.0 Never'] }, $mail, "a\@$d", "b\@$d"))[0], 75, 'later wins over never');

# Who it is for.
sub rcpt { return join ' ', $_[0] =~ /^RCPT TO:<(.*?)>/mg }
{
	local $u->{env} = { ORIGINAL_RECIPIENT => "one\@$d", RECIPIENT => "two\@$d", SENDER => 'bob@example.net' };
	($st, $got) = deliver({}, $mail);
	is(rcpt($got), "one\@$d", 'ORIGINAL_RECIPIENT');
	like($got, qr/^MAIL FROM:<bob\@example\.net>/m, 'SENDER');
	is(rcpt((deliver({}, $mail, "arg\@$d"))[1]), "arg\@$d", 'arguments first');
	delete $u->{env}{ORIGINAL_RECIPIENT};
	delete $ENV{ORIGINAL_RECIPIENT};
	is(rcpt((deliver({}, $mail))[1]), "two\@$d", 'RECIPIENT');
}
is(rcpt((deliver({}, "Delivered-To: local\@host.example\nDelivered-To: <s+c-x\@\U$d\E>\nDelivered-To: old\@$d\nFrom: a\@b.example\n\nDelivered-To: body\@$d\n"))[1]),
    "s+c-x\@\U$d\E", 'the topmost Delivered-To of ours');
is(rcpt((deliver({}, "X-Original-To: q\@$d\n$mail"))[1]), "q\@$d", 'X-Original-To');
($st, $got, $err) = deliver({}, "From: a\@b.example\n\nDelivered-To: body\@$d\n");
is($st, 64, 'nobody to deliver to');
like($err, qr/Delivered-To/, 'and how to say it');
is((deliver({}, $mail, "a\@$d\r\nDATA"))[0], 64, 'no line end in a recipient');
is((deliver({}, $mail, '-f', "a>\r\nDATA", "a\@$d"))[0], 64, 'nor in the sender');
($st, $got) = deliver({}, $mail, '-f', "\xc3\xa5se\@example.net", "a\@$d");
like($got, qr/ SMTPUTF8\r\n/, 'an address in Unicode');
is((deliver({ lhlo => '250 test' }, $mail, '-f', "\xc3\xa5se\@example.net", "a\@$d"))[0], 69, 'which not all take');

# What comes before any talk.
is((deliver({}, '', "a\@$d"))[0], 65, 'an empty mail');
is((deliver({}, 'x' x 1_100_000, "a\@$d"))[0], 65, 'one too large');
is((deliver({}, "Subject: x\n\nhello\n", "a\@$d"))[0], 65, 'one without author or envelope');
unlink $u->{socket};
is(($u->undersign_in($mail, 'deliver', "a\@$d"))[0], 75, 'nobody is there');
is(($u->undersign('deliver', '--colour'))[0], 64, 'a wrong option');
is(($u->run($mail, "$Undersigned::BUILD/undersign", '-c', "$u->{dir}/none.conf", 'deliver', "a\@$d"))[0], 78, 'no configuration');
Undersigned::spew("$u->{dir}/bad.conf", "mail_domian = \"x.example\"\n");
is(($u->run($mail, "$Undersigned::BUILD/undersign", '-c', "$u->{dir}/bad.conf", 'deliver', "a\@$d"))[0], 78, 'a bad one');
Undersigned::spew("$u->{dir}/bad.conf", "mail_domain = \"x.example\"\n");
is(($u->run($mail, "$Undersigned::BUILD/undersign", '-c', "$u->{dir}/bad.conf", 'deliver', "a\@$d"))[0], 78, 'one without a socket');
done_testing;
