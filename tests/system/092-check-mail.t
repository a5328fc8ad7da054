#!/usr/bin/perl
# undersign check --mail: a mail to oneself by real ways. Postfix takes it, one
# opendkim signs it, a second Postfix smtpd with another opendkim verifies it,
# and Postfix's LMTP client brings it to the daemon. Then the ways that fail.
use strict;
use warnings;
use Test::More;
use File::Basename;
use File::Path qw(make_path);
use Time::HiRes qw(sleep time);
use IO::Socket::INET;
use lib dirname(__FILE__);
use Undersigned;
use Peers;

my $why = Peers::missing(qw(/usr/sbin/postfix /usr/sbin/opendkim /usr/bin/openssl));
plan skip_all => $why if $why;

my $d = 'petitions.example.org';
my $first = Peers::ports(7);
my ($signed, $verified, $plain, $lost, $failing, $signer, $verifier) = $first .. $first + 6;
my $u = Undersigned->new(relay => "smtp://127.0.0.1:$signed",
    extra => qq(trusted_authserv = "mx.$d"));
my $p = "$u->{dir}/postfix";
my (%dkim, $postfix);
$SIG{$_} = sub { exit 1 } for qw(INT TERM HUP);
END {
	local $?;
	$postfix->stop if $postfix;
	kill 'TERM', $_ for values %dkim;
}

chmod 0711, $u->{dir};
make_path("$p/dkim");
chmod 0755, $p;
my $services = join '', map { "127.0.0.1:$_->[0] inet n - n - - smtpd\n" . join '', map { " -o $_\n" } @$_[1 .. $#$_] }
    [$signed, "smtpd_milters=inet:127.0.0.1:$signer"],
    [$verified, "smtpd_milters=inet:127.0.0.1:$verifier", "content_filter=lmtp:unix:$u->{socket}"],
    [$plain, "content_filter=lmtp:unix:$u->{socket}"],
    [$lost, 'content_filter=discard:'],
    [$failing, 'content_filter=error:5.4.4'];
$postfix = Peers::Postfix->new(dir => $p, domain => $d, smtpd => $services,
    transport => "smtp:[127.0.0.1]:$verified");

# One that signs and one that verifies, with the public key from a file.
my $rsa = `openssl genrsa 2048 2>/dev/null`;
Undersigned::spew("$p/dkim/key", $rsa);
my $public = join '', grep { !/^-/ } split /\n/, `openssl rsa -in $p/dkim/key -pubout 2>/dev/null`;
Undersigned::spew("$p/dkim/public", "mail._domainkey.$d v=DKIM1; k=rsa; p=$public\n");
Undersigned::spew("$p/dkim/outside", "192.0.2.1\n");
chmod 0600, "$p/dkim/key";
sub opendkim {
	my ($name, $port, $text) = @_;
	if ($dkim{$name}) {
		kill 'TERM', $dkim{$name};
		waitpid $dkim{$name}, 0;
	}
	Undersigned::spew("$p/dkim/$name.conf", "Socket inet:$port\@127.0.0.1\nBackground no\nSyslog no\n" .
	    "RequireSafeKeys no\nAuthservID mx.$d\n$text");
	my $pid = fork // die;
	if ($pid == 0) {
		open STDERR, '>', "$p/dkim/$name.log";
		open STDOUT, '>&', \*STDERR;
		exec 'opendkim', '-f', '-x', "$p/dkim/$name.conf" or POSIX::_exit(99);
	}
	$dkim{$name} = $pid;
	my $end = time + 10;
	until (IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $port)) {
		BAIL_OUT("opendkim $name: " . (Undersigned::slurp("$p/dkim/$name.log") // '')) if time > $end;
		sleep 0.1;
	}
	return $pid;
}
my $sign = "Mode s\nDomain $d\nSelector mail\nKeyFile $p/dkim/key\n";
opendkim('signer', $signer, "${sign}SignHeaders *,+message-id,+list-unsubscribe-post\n");
opendkim('verifier', $verifier, "Mode v\nInternalHosts $p/dkim/outside\nTestPublicKeys $p/dkim/public\n");

is($postfix->start, undef, 'Postfix starts');
ok($u->start, 'the daemon starts') or BAIL_OUT($u->log);
chmod 0666, $u->{socket};

my $conf = Undersigned::slurp($u->{conf});
sub check_by {
	my ($port, @more) = @_;
	(my $text = $conf) =~ s{smtp://127\.0\.0\.1:\d+}{smtp://127.0.0.1:$port} or die;
	$text =~ s/^trusted_authserv.*//m if grep { $_ eq 'distrust' } @more;
	$text =~ s/^trusted_authserv.*/trusted_authserv = "mx.example.net"/m if grep { $_ eq 'other' } @more;
	Undersigned::spew("$u->{dir}/other.conf", $text);
	@more = grep { !/^(?:distrust|other)$/ } @more;
	return $u->run('', "$Undersigned::BUILD/undersign", '-c', "$u->{dir}/other.conf", 'check', '--mail', @more);
}

my ($st, $o, $e) = check_by($signed);
is($st, 0, 'a signed mail comes in: all is well')
    or diag $o, $e, $u->log, Undersigned::slurp("$p/queue/log"), map { Undersigned::slurp("$p/dkim/$_.log") } qw(signer verifier);
like($o, qr/^ok +mail +a mail to ourselves went out and came in$/m, 'it says so');
like($o, qr/^ok +DKIM +our mail is signed for petitions\.example\.org$/m, 'signed for the right domain');
like($o, qr/^ok +DKIM +the signature covers all that it has to$/m, 'and all of it') or diag $o;
like($o, qr/^ok +DKIM +mx\.petitions\.example\.org says: pass$/m, 'what the trusted host said is told');
is($e, '', 'nothing is said twice');
unlike($u->log, qr/undersigned\+k-/, 'the address is not logged');

# The signer forgets what one-click needs.
opendkim('signer', $signer, "${sign}SignHeaders from,to,subject,date,message-id\n");
($st, $o) = check_by($signed);
is($st, 0, 'a signature that covers too little breaks nothing');
like($o, qr/^warn +DKIM +the signature does not cover List-Id, List-Unsubscribe, List-Unsubscribe-Post; .*\*,\+list-id,\+list-unsubscribe,/m,
    'but what is missing is named');

# Its public key is another's.
Undersigned::spew("$p/dkim/key2", scalar `openssl genrsa 2048 2>/dev/null`);
opendkim('signer', $signer, $sign =~ s{dkim/key\n}{dkim/key2\n}r);
($st, $o) = check_by($signed);
is($st, 1, 'a signature that does not fit the public key fails');
like($o, qr/^FAIL +DKIM +mx\.\S+ says: fail/m, 'in the words of who verified') or diag $o;

($st, $o) = check_by($plain);
is($st, 1, 'a mail that nobody signs fails');
like($o, qr/^FAIL +DKIM +our mail is not signed/m, 'and it says what to do');
like($o, qr/^warn +verifying +mx\.\S+ said nothing/m, 'nobody verified it');

my $begun = time;
($st, $o) = check_by($lost, '--wait', 3);
is($st, 1, 'a mail that does not come fails');
like($o, qr/did not come in within 3 seconds/, 'it says so');
cmp_ok(time - $begun, '<', 25, 'and waits no longer than told');

($st, $o) = check_by($failing, '--wait', 20);
is($st, 1, 'a mail that comes back fails');
like($o, qr/came back as undeliverable/, 'and it says so') or diag $o, Undersigned::slurp("$p/queue/log");

($st, $o) = check_by($lost + 2000);
is($st, 1, 'no relay at all fails');
like($o, qr/^FAIL +mail +not sent: /m, 'and it says so');

# Nobody else can write there.
my $s = $u->session;
print $s "MAIL FROM:<x\@example.net>\r\n";
$u->reply($s);
for my $to ('undersigned', 'undersigned+k-' . 'a' x 37, 'manuchehr+k-' . 'a' x 37, 'undersigned+c-' . 'a' x 37) {
	print $s "RCPT TO:<$to\@$d>\r\n";
	like($u->reply($s), qr/^550 5\.1\.1/, "refused: $to");
}
my ($log) = Undersigned::slurp("$p/queue/log") =~ /to=<(undersigned\+k-[a-z2-7]+\@)/;
print $s "RCPT TO:<$log$d>\r\n";
like($u->reply($s), qr/^250/, 'a good one is taken');
$u->pass(3 * 86400);
print $s "RCPT TO:<$log$d>\r\n";
like($u->reply($s), qr/^550 5\.1\.1/, 'until it is old');
close $s;

($st, $o) = $u->undersign('check', '--mail', '--wait', 'x');
is($st, 2, '--wait wants a number');
is($u->count('pending'), 0, 'none of it signed anything');
is($u->stop, 0, 'ends cleanly');
done_testing;
