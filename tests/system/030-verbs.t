#!/usr/bin/perl
# Verbs of a known signer, and what happens to them without a token.
use strict;
use warnings;
use Test::More;
use File::Basename;
use lib dirname(__FILE__);
use Undersigned;

my $u = Undersigned->new;
ok($u->start, 'the daemon starts') or BAIL_OUT($u->log);
my $d = 'petitions.example.org';
my $n = 0;

my ($request, $receipt) = $u->sign(name => 'Ada', from => 'ada@example.net', body => "Country: UK\n");
ok($receipt, 'Ada has signed') or BAIL_OUT($u->log);
$n = 2;

# Say something with the receipt's token and read the answer.
sub say_to {
	my ($to, %m) = @_;
	my $r = $u->write_mail(from => 'ada@example.net', to => $to, %m);
	return (undef, $r) unless $r =~ /^250/;
	my $mail = $u->mail_to('ada@example.net', $n + 1, $m{wait} // 10);
	$n++ if $mail;
	return ($mail, $r);
}
my $to = $receipt->reply_to;

my ($m) = say_to($to, body => "STATUS\n");
ok($m, 'STATUS is answered');
like($m->text, qr/Ada/, 'with what is held');

($m) = say_to($to, body => "Name: Ada King\nCity: London\n");
ok($m, 'a correction is answered');
like($m->text, qr/Ada King/, 'new name');
like($m->text, qr/London/, 'new city');

($m) = say_to($to, body => "HIDE\n");
ok($m, 'HIDE');
($m) = say_to($to, body => "SHOW\n");
ok($m, 'SHOW');
($m) = say_to($to, subject => 'Re: RECEIPT', body => '');
ok($m, 'a verb in the subject');
($m) = say_to($to, body => "HELP\n");
ok($m, 'HELP');
($m) = say_to($to, body => "Language: Norwegian\n");
ok($m, 'language');
is($m && $m->header('Content-Language'), 'nb', 'she is answered in Norwegian from now on');
($m) = say_to($to, body => "Country: Norge\n");
my ($st, $json) = $u->undersign('counts', 'manuchehr', '--by', 'country', '--format', 'json');
like($json, qr/"NO"/, 'counted in Norway now');
is($u->count('confirmed'), 1, 'still once');

# Without a token: a question back, never an action.
($m) = say_to("manuchehr\@$d", body => "WITHDRAW\n");
ok($m, 'WITHDRAW without a token is asked back');
is($u->count('confirmed'), 1, 'and not done');
like($m->reply_to, qr/\+r-/, 'with a token to answer to');
($m) = say_to($m->reply_to, subject => 'Re: ' . $m->subject, body => "ja takk\n");
ok($m, 'the answer, by the subject alone, is acted upon');
is($u->count('confirmed'), 0, 'withdrawn');
is($u->count('withdrawn'), 1, 'and counted as such');

# A stranger's verb looks the same from outside and changes nothing.
my $r = $u->write_mail(from => 'stranger@example.net', to => "manuchehr\@$d", body => "WITHDRAW\n");
like($r, qr/^250 2\.0\.0 Accepted$/, 'the same reply for a stranger');
my $q = $u->mail_to('stranger@example.net');
ok($q, 'and the same kind of mail');
$u->write_mail(from => 'stranger@example.net', to => $q->reply_to, subject => 'Re: ' . $q->subject, body => '');
ok($u->mail_to('stranger@example.net', 2), 'who is told that nothing is kept');

# Withdrawn, she may sign again; a forged mail alone does not move the count.
$u->pass(2 * 86400);
($m) = say_to("manuchehr\@$d", body => "Name: Ada\n");
ok($m, 'a request again');
is($u->count('withdrawn'), 1, 'withdrawn until she answers');
($m) = say_to($m->reply_to, body => "Yes\n");
is($u->count('confirmed'), 1, 'confirmed again');

# FORGET.
($m) = say_to($to, body => "FORGET\n");
ok($m, 'FORGET is answered, a last time');
is($u->count('confirmed'), 0, 'no longer counted');
$u->pass(10 * 86400);
$u->write_mail(from => 'ada@example.net', to => "manuchehr\@$d");
$u->write_mail(from => 'ada@example.net', to => $to, body => "STATUS\n");
$u->write_mail(from => 'ada@example.net', to => "manuchehr\@$d", body => "HELP\n");
ok($u->settle);
is(scalar($u->mails_to('ada@example.net')), $n, 'never written to again');

# What is no verb goes to the contact person, once, and not to a list.
($request, $receipt) = $u->sign(name => 'Bea', from => 'bea@example.no', body => "Land: Norge\n");
$u->write_mail(from => 'bea@example.no', to => $receipt->reply_to, body => "Can I help with translating?\n");
my ($handed) = grep { $_->text && $_->text =~ /help with translating/ } map { $u->settle; $u->mails } 1;
ok($handed, 'a human question is handed on');
is($handed && $handed->reply_to, 'bea@example.no', 'with her address to answer to');
isnt($handed && $handed->to, 'bea@example.no', 'not to herself');

# List-Unsubscribe acts at once and is not answered.
my ($stop) = ($receipt->header('List-Unsubscribe') // '') =~ /mailto:([^?>]+)/;
ok($stop, 'a mail has a stop address');
my $before = () = $u->mails_to('bea@example.no');
like($u->write_mail(from => 'bea@example.no', to => $stop, header => 'Auto-Submitted: auto-generated'), qr/^250/, 'taken, whatever sends it');
ok($u->settle);
is(scalar($u->mails_to('bea@example.no')), $before, 'without an answer');

is($u->stop, 0, 'ends cleanly');
done_testing;
