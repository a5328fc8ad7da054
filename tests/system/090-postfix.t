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

plan skip_all => 'a Postfix of our own needs root' if $> != 0;
for my $program (qw(/usr/sbin/postfix /usr/bin/swaks /usr/bin/mutt)) {
	plan skip_all => "$program is not installed" unless -x $program;
}

my $d = 'petitions.example.org';
my $port = 20000 + ($$ * 7) % 20000;
my $u = Undersigned->new(relay => "smtp://127.0.0.1:$port");
my $p = "$u->{dir}/postfix";
my @owner = (getpwnam 'postfix')[2, 3];
my $drop = (getgrnam 'postdrop')[2];

# The scratch folder must be passable for Postfix's own user.
chmod 0711, $u->{dir};
make_path("$p/etc", "$p/queue", "$p/data", "$p/mail");
chmod 0755, $p;
chown @owner, "$p/data", "$p/mail";
Undersigned::spew("$p/etc/master.cf", <<MASTER);
127.0.0.1:$port inet n - n - - smtpd
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
smtp unix - - n - - smtp
relay unix - - n - - smtp
showq unix n - n - - showq
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
virtual unix - n n - - virtual
lmtp unix - - n - - lmtp
anvil unix - - n - 1 anvil
postlog unix-dgram n - n - 1 postlogd
MASTER
Undersigned::spew("$p/etc/main.cf", <<MAIN);
compatibility_level = 3.6
queue_directory = $p/queue
data_directory = $p/data
command_directory = /usr/sbin
daemon_directory = /usr/lib/postfix/sbin
mail_owner = postfix
setgid_group = postdrop
myhostname = mx.$d
mydestination =
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
mynetworks = 127.0.0.0/8
maillog_file = $p/queue/log
maillog_file_prefixes = $p
relay_domains = $d
transport_maps = inline:{$d=lmtp:unix:$u->{socket}}
recipient_delimiter = +
virtual_mailbox_domains = example.net
virtual_mailbox_base = $p/mail
virtual_mailbox_maps = static:all/
virtual_uid_maps = static:$owner[0]
virtual_gid_maps = static:$owner[1]
virtual_minimum_uid = 1
minimal_backoff_time = 2s
maximal_backoff_time = 5s
queue_run_delay = 2s
smtpd_peername_lookup = no
smtpd_tls_security_level = none
alias_maps =
alias_database =
disable_dns_lookups = yes
smtputf8_enable = yes
MAIN
my @postfix = ('postfix', '-c', "$p/etc");
$SIG{$_} = sub { exit 1 } for qw(INT TERM HUP);     # by way of END
END { system("@postfix stop >/dev/null 2>&1") if $p && -e "$p/etc/main.cf" }
my $out = `@postfix start 2>&1`;
is($? >> 8, 0, 'Postfix starts') or diag $out;

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
	diag Undersigned::slurp("$p/queue/log") // 'no Postfix log';
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
ok($bounce && $bounce->raw =~ /5\.1\.1/, 'an unknown campaign bounces with 5.1.1');

# The daemon is away: Postfix keeps the mail.
$u->stop;
($st) = $u->run('', 'swaks', '--server', "127.0.0.1:$port", '--from', 'tom@example.net',
    '--to', "manuchehr\@$d", '--header', 'From: tom@example.net', '--body', "\n");
is($st, 0, 'mail while the daemon is away is kept by Postfix');
ok($u->start, 'the daemon is back');
chmod 0666, $u->{socket};
`@postfix flush 2>&1`;
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
