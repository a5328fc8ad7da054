#!/usr/bin/perl
# What a relay refuses while it is offered feeds the same ladder as what comes
# back later.
use strict;
use warnings;
use Test::More;
use File::Basename;
use IO::Socket::INET;
use JSON::PP;
use Time::HiRes qw(sleep time);
use lib dirname(__FILE__);
use Undersigned;

my $listen = IO::Socket::INET->new(Listen => 20, LocalAddr => '127.0.0.1') or die "listen: $!";
my $u = Undersigned->new(relay => 'smtp://127.0.0.1:' . $listen->sockport);
my $box = "$u->{maildir}/new";
system('mkdir', '-p', $box);
my $day = 86400;
my $c = 'manuchehr';
my $d = 'petitions.example.org';

# A relay that says of each recipient what a file of its name says, or takes the
# mail into a Maildir.
sub relay {
	my ($s, $n) = @_;
	my ($from, $to, $serial) = ('', '', 0);
	print $s "220 relay.example\r\n";
	while (defined(my $line = $s->getline)) {
		if ($line =~ /^MAIL FROM:<([^>]*)>/i) { $from = $1; print $s "250 2.1.0 ok\r\n" }
		elsif ($line =~ /^RCPT TO:<([^>]*)>/i) {
			$to = $1;
			my $say = Undersigned::slurp("$u->{dir}/say.$to");
			print $s defined $say ? "$say\r\n" : "250 2.1.5 ok\r\n";
		} elsif ($line =~ /^DATA/i) {
			print $s "354 go\r\n";
			my $mail = "Return-Path: <$from>\n";
			while (defined($line = $s->getline) && $line ne ".\r\n") {
				$line =~ s/^\.\./\./;
				$line =~ s/\r\n/\n/;
				$mail .= $line;
			}
			my $name = sprintf '%.6f.%d.%d', time, $n, ++$serial;
			Undersigned::spew("$u->{dir}/$name", $mail);
			rename "$u->{dir}/$name", "$box/$name";
			print $s "250 2.0.0 taken\r\n";
		} elsif ($line =~ /^EHLO/i) { print $s "250-relay.example\r\n250-PIPELINING\r\n250 ENHANCEDSTATUSCODES\r\n" }
		elsif ($line =~ /^QUIT/i) { print $s "221 bye\r\n"; last }
		else { print $s "250 ok\r\n" }
	}
}
my $server = fork // die;
if ($server == 0) {
	local $SIG{CHLD} = 'IGNORE';
	for (my $n = 0; my $s = $listen->accept; $n++) {
		next if fork;
		$s->autoflush(1);
		relay($s, $n);
		POSIX::_exit(0);
	}
	POSIX::_exit(0);
}
END { kill 'TERM', $server if $server; }
close $listen;

sub say_of { my ($who, $reply) = @_;
	my $file = "$u->{dir}/say.$who\@example.net";
	return unlink $file unless defined $reply;
	Undersigned::spew($file, $reply);
}
sub list {
	my ($st, $json, $err) = $u->undersign('list', $c, '--format=json');
	return $st == 0 ? decode_json($json) : { error => $err };
}
sub step {
	my ($who, $state) = @_;
	my ($st, $json) = $u->undersign('list', $c, '--state', $state // 'bouncing', '--addresses', '--format=json');
	my ($row) = grep { $_->{address} eq "$who\@example.net" } @{ decode_json($json)->{signers} };
	return $row ? $row->{step} : undef;
}
sub wait_for { my ($what) = @_; my $end = time + 10; sleep 0.1 until $what->() || time > $end; return $what->() }
sub shown { return ($u->undersign('signer', $c, 'show', "$_[0]\@example.net"))[1] }
sub provoke {   # a mail to a signer
	my ($who, $receipt) = @_;
	$u->write_mail(from => "$who\@example.net", to => $receipt->reply_to, body => "STATUS\n");
}
sub days { $u->pass($_[0] * $day); sleep 1.6 }

ok($u->start, 'the daemon starts') or BAIL_OUT($u->log);

# A pending person: never reached.
say_of('gone', '550 5.1.1 no such user');
$u->write_mail(from => 'gone@example.net', to => "$c\@$d");
ok(wait_for(sub { (list()->{unreachable} // 0) == 1 }), 'a request refused with 5.1.1: unreachable') or diag $u->log;
like(shown('gone'), qr/refused: request \(5\.1\.1\)/, 'signer show tells');
say_of('gone');
days(4);
is(scalar(() = $u->mails_to('gone@example.net')), 0, 'no reminder');
days(11);
is($u->count('expired'), 1, 'expires');

# A pending person whose mailbox is full, or whose host does not like us: tried
# again, for days.
my %soft = (full => '552 5.2.2 over quota', odd => '554 5.5.0 whatever');
for my $who (sort keys %soft) {
	say_of($who, $soft{$who});
	$u->write_mail(from => "$who\@example.net", to => "$c\@$d");
}
ok(wait_for(sub { shown('odd') =~ /refused: request/ }), 'a refusal that says nothing of her: noted');
for (1 .. 9) {
	days(0.7);
}
ok(wait_for(sub { shown('full') =~ /refused: (request|reminder)/ }), 'a full mailbox: given up at last') or diag $u->log;
is(list()->{unreachable}, 0, 'none of them is unreachable');

# A confirmed signer: a rung, not an end.
my (undef, $ada) = $u->sign(name => 'Ada', from => 'ada@example.net', body => "News: yes\n");
ok($ada, 'Ada has signed') or BAIL_OUT($u->log);
say_of('ada', '550 5.1.1 no such user');
provoke('ada', $ada);
ok(wait_for(sub { (step('ada') // '') eq 'bounced' }), 'a refusal is the first rung') or diag shown('ada');
is(list()->{active}, 1, 'she gets updates still');
days(3.1);
ok(wait_for(sub { (step('ada') // '') eq 'warning-bounced' }), 'the warning is refused: the next') or diag shown('ada');
days(7.1);
ok(wait_for(sub { (step('ada', 'unreachable') // '') eq 'unreachable' }), 'the probe as well: no updates') or diag shown('ada');
is($u->count('confirmed'), 1, 'her signature counts');
like(shown('ada'), qr/refused: warning \(5\.1\.1\).*refused: probe \(5\.1\.1\)/s, 'signer show tells all of it');

# Refused for what we are.
my (undef, $bob) = $u->sign(name => 'Bob', from => 'bob@example.net', body => "News: yes\n");
say_of('bob', '550 5.7.1 blocked');
provoke('bob', $bob);
sleep 1;
is(step('bob'), undef, 'refused for what we are: counts against nobody');
$u->pass(3700);
ok(wait_for(sub { grep { $_->text =~ /refused 1 of our mails/ } $u->mails_to('staff@example.org') }), 'staff are told soon');
say_of('bob');
$u->pass(3700);
ok($u->mail_to('bob@example.net', 3), 'and it is tried again');

# One of an update, whose envelope went with the end of the mail before and took
# the next one's with it: this relay answers 354 to no recipient.
for my $who (map { "reader$_" } 1 .. 6) {
	ok(($u->sign(name => $who, from => "$who\@example.net", body => "News: yes\n"))[1], "$who has signed");
}
say_of('reader3', '550 5.1.1 no such user');
Undersigned::spew("$u->{dir}/news.$_.md", "Subject: News\n\nDear {{name}}.\n") for qw(en ru tg);
my ($st, undef, $err) = $u->undersign('update', $c, 'new', map { "$u->{dir}/news.$_.md" } qw(en ru tg));
is($st, 0, 'an update') or diag $err;
($st, undef, $err) = $u->undersign('update', $c, 'send', 1, '-y');
is($st, 0, '... is sent') or diag $err;
my $status;
ok(wait_for(sub {
	$status = decode_json(($u->undersign('update', $c, 'status', 1, '--format=json'))[1]);
	return $status->{state} eq 'done';
}), '... to the end') or diag explain $status;
is("$status->{sent} $status->{failed} $status->{unknown}", '6 1 0', 'all have it but the one who is refused');
for my $who (qw(bob reader1 reader2 reader4 reader5 reader6)) {
	is(scalar(grep { $_->subject eq 'News' } $u->mails_to("$who\@example.net")), 1, "$who, once");
}
is(scalar(grep { $_->subject eq 'News' } $u->mails_to('reader3@example.net')), 0, 'not she');
is(step('reader3'), 'bounced', 'and it is her rung, nobody else\'s');
is(list()->{bouncing}, 1, 'of nobody else');
unlike($u->log, qr/example\.net/, 'no address in the log');
is($u->stop, 0, 'stops');
kill 'TERM', $server;
waitpid $server, 0;
$server = 0;
done_testing;
