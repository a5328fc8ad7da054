#!/usr/bin/perl
# Real Postfix on both sides: mail by swaks and by mutt comes in by Postfix's
# LMTP client, our answers go out through Postfix into real mailboxes.
use strict;
use warnings;
use Test::More;
use File::Basename;
use File::Path qw(make_path remove_tree);
use Time::HiRes qw(sleep time);
use lib dirname(__FILE__);
use Undersigned;
use Peers;

my $why = Peers::missing(qw(/usr/sbin/postfix /usr/bin/swaks /usr/bin/mutt));
plan skip_all => $why if $why;

my $d = 'petitions.example.org';
my $port = Peers::ports(1);
my $u = Undersigned->new(relay => "smtp://127.0.0.1:$port");
my $p = "$u->{dir}/postfix";
my @owner = (getpwnam 'postfix')[2, 3];

# The scratch folder must be passable for Postfix's own user.
chmod 0711, $u->{dir};
make_path("$p/mail");
chown @owner, "$p/mail";
my $postfix = Peers::Postfix->new(dir => $p, port => $port, domain => $d, socket => $u->{socket}, main => <<MAIN);
virtual_mailbox_domains = example.net
virtual_mailbox_base = $p/mail
virtual_mailbox_maps = static:all/
virtual_uid_maps = static:$owner[0]
virtual_gid_maps = static:$owner[1]
virtual_minimum_uid = 1
MAIN
$SIG{$_} = sub { exit 1 } for qw(INT TERM HUP);     # by way of END
END { $postfix->stop if $postfix }
is($postfix->start, undef, 'Postfix starts');

ok($u->start, 'the daemon starts') or BAIL_OUT($u->log);
chmod 0666, $u->{socket};

sub box {       # mail for one address in the mailbox of example.net
	my ($address, $count) = @_;
	my $end = time + 40;
	do {
		my @m = grep { $_->to eq $address } $u->mails("$p/mail/all");
		return $m[-1] if @m >= $count;
		sleep 0.1;
	} while (time < $end);
	diag $postfix->log;
	diag $u->log;
	return undef;
}

# swaks: asks, and answers.
my ($st, $o, $e) = $u->run('', 'swaks', '--server', "127.0.0.1:$port", '--from', 'sam@example.net',
    '--to', "manuchehr\@$d", '--header', 'From: Sam Sender <sam@example.net>', '--header', 'Subject: I sign',
    '--body', "Country: Norway\n");
is($st, 0, 'swaks: the sign mail is accepted') or diag $o, $e;
my $request = box('sam@example.net', 1);
ok($request, 'the request is in the mailbox') or BAIL_OUT('no request');
($st, $o, $e) = $u->run('', 'swaks', '--server', "127.0.0.1:$port", '--from', 'sam@example.net',
    '--to', $request->reply_to, '--header', 'From: Sam Sender <sam@example.net>',
    '--header', 'Subject: Re: ' . $request->subject, '--body', "Yes, I do.\n");
is($st, 0, 'swaks: the answer is accepted') or diag $o, $e;
ok(box('sam@example.net', 2), 'the receipt is in the mailbox');
is($u->count('confirmed'), 1, 'and the count says one');

# mutt: a person's own mail program, in Tajik.
make_path("$u->{dir}/mutt");
Undersigned::spew("$u->{dir}/mutt/rc", <<RC);
set from = "zarina\@example.net"
set realname = "Зарина"
set smtp_url = "smtp://127.0.0.1:$port"
set ssl_starttls = no
set ssl_force_tls = no
set charset = utf-8
set send_charset = "us-ascii:koi8-r:utf-8"
set copy = no
set use_envelope_from = yes
set envelope_from_address = "zarina\@example.net"
RC
sub mutt {
	my ($to, $subject, $body) = @_;
	local $ENV{HOME} = "$u->{dir}/mutt";
	local $ENV{LC_ALL} = 'C.UTF-8';
	return $u->run($body, 'mutt', '-n', '-F', "$u->{dir}/mutt/rc", '-s', $subject, '--', $to);
}
($st, $o, $e) = mutt("manuchehr\@$d", 'Имзо', "Кишвар: Тоҷикистон\n");
is($st, 0, 'mutt: the sign mail is accepted') or diag $o, $e;
$request = box('zarina@example.net', 1);
ok($request, 'the request is in the mailbox');
is($request && $request->header('Content-Language'), 'tg', 'in Tajik');
($st, $o, $e) = mutt($request ? $request->reply_to : 'x', 'Re: ' . ($request ? $request->subject : ''), "Ҳа\n");
is($st, 0, 'mutt: the answer is accepted') or diag $o, $e;
ok(box('zarina@example.net', 2), 'the receipt is in the mailbox');
is($u->count('confirmed'), 2, 'and the count says two');
my (undef, $json) = $u->undersign('counts', 'manuchehr', '--by', 'country', '--format', 'json');
like($json, qr/"NO"/, 'one in Norway');
like($json, qr/"TJ"/, 'one in Tajikistan');

# Refused at RCPT: Postfix tells its client, nobody else is bothered.
($st, $o, $e) = $u->run('', 'swaks', '--server', "127.0.0.1:$port", '--from', 'sam@example.net',
    '--to', "nobody\@$d", '--body', 'x');
my $bounce = box('sam@example.net', 3);
# Postfix may be writing it still.
my $whole = time + 40;
while ($bounce && $bounce->raw !~ /5\.1\.1/ && time < $whole) {
	sleep 0.1;
	$bounce = box('sam@example.net', 3);
}
ok($bounce && $bounce->raw =~ /5\.1\.1/, 'an unknown campaign bounces with 5.1.1');

# The daemon is away: Postfix keeps the mail.
$u->stop;
($st) = $u->run('', 'swaks', '--server', "127.0.0.1:$port", '--from', 'tom@example.net',
    '--to', "manuchehr\@$d", '--header', 'From: tom@example.net', '--body', "\n");
is($st, 0, 'mail while the daemon is away is kept by Postfix');
ok($u->start, 'the daemon is back');
chmod 0666, $u->{socket};
$postfix->flush;
ok(box('tom@example.net', 1), 'and the request comes');

# A vacation notice by Postfix's road never confirms.
my $tom = box('tom@example.net', 1);
($st) = $u->run('', 'swaks', '--server', "127.0.0.1:$port", '--from', '<>', '--to', $tom->reply_to,
    '--header', 'From: tom@example.net', '--header', 'Auto-Submitted: auto-replied',
    '--header', 'Subject: Out of office', '--body', 'I am away');
sleep 2;
is($u->count('confirmed'), 2, 'a vacation notice does not confirm');
is($u->stop, 0, 'ends cleanly');
done_testing;
