#!/usr/bin/perl
# A locked start: the key is nowhere but under a passphrase; mail waits with its
# sender; unlock, a keeper that dies, lock, the wrong passphrase, another user.
# SPDX-License-Identifier: ISC
use strict;
use warnings;
use Test::More;
use File::Basename;
use IO::Socket::UNIX;
use JSON::PP;
use Socket qw(SOCK_SEQPACKET);
use Time::HiRes qw(sleep time);
use lib dirname(__FILE__);
use Undersigned;

my $d = 'petitions.example.org';
my $to = "manuchehr\@$d";
my $pass = 'a river of many words';

my $u = Undersigned->new(init => 0);
my $conf = Undersigned::slurp($u->{conf});
$conf =~ s/^key_file .*$/key_file = "locked"/m or die;
Undersigned::spew($u->{conf}, $conf);
my ($st, $out, $err) = $u->undersign_in("$pass\n", '--passphrase-fd', 0, 'init');
is($st, 0, 'init') or diag $err;
ok(-f "$u->{dir}/master.locked", 'makes a locked key');
ok(!-e "$u->{dir}/master.key", 'and no other');
like($out, qr/unlock/, 'and says what comes next');
is(sprintf('%04o', (stat "$u->{dir}/master.locked")[2] & 07777), '0400', 'for nobody else');
($st, $out) = $u->undersign('init');
is($st, 0, 'init again leaves it');

sub wait_for {
	my ($what) = @_;
	my $end = time + 60;
	while (time < $end) {
		return 1 if $what->();
		sleep 0.1;
	}
	return 0;
}
sub status { return JSON::PP->new->decode(($u->undersign('status', '--format=json'))[1]) }
sub unlock { return $u->undersign_in("$_[0]\n", '--passphrase-fd', 0, 'unlock') }

ok($u->start, 'the daemon starts') or BAIL_OUT($u->log);
like($u->log, qr/ready=yes locked=yes/, 'locked');
ok(status()->{locked}, 'status says so');
like(($u->undersign('status'))[1], qr/open it: undersign -c \Q$u->{conf}\E unlock/, 'and what to do');
like(($u->undersign('check', '--offline'))[1], qr/^warn +key .*until undersign -c \Q$u->{conf}\E unlock/mi, 'check as well');
like($u->write_mail(from => 'ada@example.net', to => $to), qr/^451/, 'mail waits with its sender');
is($u->count('pending'), 0, 'and nothing is kept of it');

($st, $out, $err) = unlock('some other words');
is($st, 1, 'a wrong passphrase');
like($err, qr/does not open/, 'is told');
ok(status()->{locked}, 'and opens nothing');
($st, $out, $err) = unlock($pass);
is($st, 0, 'unlock') or diag $err, $u->log;
like($out, qr/^Open/, 'says so');
ok(!status()->{locked}, 'it is open');
like($u->write_mail(from => 'ada@example.net', to => $to), qr/^250/, 'mail is taken');
my $request = $u->mail_to('ada@example.net');
ok($request, 'and answered');
like((unlock($pass))[1], qr/open already/, 'unlock again');

# A keeper that dies needs nobody to come.
my %roles = %{ $u->roles };
kill 'KILL', $roles{keeper};
ok(wait_for(sub { my %now = %{ $u->roles }; ($now{keeper} // 0) != $roles{keeper} && $now{keeper} }), 'a keeper that died comes back');
ok(wait_for(sub { $u->write_mail(from => 'ada@example.net', to => $request->reply_to, body => "yes\nUpdates: yes\n") =~ /^250/ }), 'and takes mail');
is($u->count('confirmed'), 1, 'she is counted');

# Staff commands ask for the passphrase.
($st, $out, $err) = $u->undersign_in("$pass\n", '--passphrase-fd', 0, 'export', 'manuchehr');
is($st, 0, 'export') or diag $err;
like($out, qr/ada\@example\.net/, 'with the passphrase');
($st, $out, $err) = $u->undersign_in("wrong\n", '--passphrase-fd', 0, 'export', 'manuchehr');
is($st, 1, 'not without');
like($err, qr/does not open/, 'and says so');
unlike($out, qr/ada/, 'nothing comes out');
is(($u->undersign('counts', 'manuchehr'))[0], 0, 'counting needs none');

# Each that needs the key; what it says when it has it.
Undersigned::spew("$u->{dir}/paper.csv", "name,country\nPaper Person,NO\n");
Undersigned::spew("$u->{dir}/news.md", "Subject: News\n\nNews.\n");
my @need = (
	['export', [qw(export manuchehr)], qr/ada\@example\.net/],
	['list --addresses', [qw(list manuchehr --state active --addresses)], qr/ada\@example\.net/],
	['signer show', [qw(signer manuchehr show ada@example.net)], qr/^state +confirmed/m],
	['import', ['import', 'manuchehr', "$u->{dir}/paper.csv", '--batch', 'sheet'], qr/\b1\b/],
	['update new', ['update', 'manuchehr', 'new', "$u->{dir}/news.md"], qr/\b1\b/],
	['review', [qw(review manuchehr)], qr/\S/],
	['purge', [qw(purge manuchehr --dry-run)], qr/\S/],
	['uncount', ['uncount', 'manuchehr', '--dry-run', '--where', 'domain=example.net'], qr/Meant: 1 of 1/],
	['seal', [qw(seal manuchehr)], undef, qr/opening_key/],
	['tally recover', ['tally', 'manuchehr', 'recover', "$u->{dir}/published"], undef, qr/tally|published/],
	['signer forget', [qw(signer manuchehr forget nobody@example.net)], qr/erased/],
);
for my $need (@need) {
	my ($name, $args, $said, $complained) = @$need;
	($st, $out, $err) = $u->undersign(@$args);
	is($st, 1, "$name: with nobody to ask it does nothing");
	like($err, qr/no terminal to ask for a passphrase; give it with --passphrase-fd/, "$name: and says what it needs");
	is($out, '', "$name: nothing comes out");
	($st, $out, $err) = $u->undersign_in("$pass\n", '--passphrase-fd', 0, @$args);
	if ($said) {
		is($st, 0, "$name: with the passphrase") or diag $err;
		like($out, $said, "$name: does its work");
	} else {
		unlike($err, qr/passphrase/, "$name: with the passphrase it comes to its own");
		like($err, $complained, "$name: question");
	}
}

# All that do, as the manual page says, and none besides.
my @ask = ([ 'export', 'manuchehr' ], [ 'list', 'manuchehr', '--state=active', '--addresses' ], [ 'signer', 'manuchehr', 'show', 'x@example.net' ],
    [ 'seal', 'manuchehr' ], [ 'import', 'manuchehr', '--list' ], [ 'review', 'manuchehr' ], [ 'uncount', 'manuchehr', 'list' ],
    [ 'purge', '--dry-run' ], [ 'update', 'manuchehr', 'list' ], [ 'tally', 'manuchehr', 'recover' ], [ 'key', 'rotate' ], [ 'key', 'passphrase' ]);
my @ask_not = ([ 'check', '--offline' ], [ 'campaign', 'list' ], [ 'campaign', 'show', 'manuchehr' ], [ 'counts', 'manuchehr' ], [ 'counts', 'manuchehr', '--public' ],
    [ 'list', 'manuchehr' ], [ 'list', 'manuchehr', '--state=active' ], [ 'status' ], [ 'backup', "$u->{dir}/copy.db" ],
    [ 'tally', 'manuchehr', 'status' ], [ 'tally', 'manuchehr', 'key' ], [ 'campaign', 'close', 'manuchehr' ], [ 'campaign', 'open', 'manuchehr' ]);
like(($u->undersign_in('', '--passphrase-fd', 0, @$_))[2], qr/no passphrase could be read/, "@$_ asks") for @ask;
unlike(($u->undersign_in('', '--passphrase-fd', 0, @$_))[2], qr/passphrase/, "@$_ does not") for @ask_not;
my ($said) = Undersigned::slurp("$Undersigned::SOURCE/man/undersign.1") =~ /^(These ask for the passphrase.*?)^No others ask/ms;
my @said = map { s/ Fl Fl / --/r } ($said // '') =~ /^\.Ic ([a-z]+(?: Fl Fl [a-z]+| [a-z]+)?) [,;.]$/mg;
my %part = (tally => 2, key => 1, list => 3);   # which word belongs to it
is(join(', ', sort @said), join(', ', sort map { join ' ', $_->[0], $part{ $_->[0] } ? $_->[$part{ $_->[0] }] : () } @ask),
    'the manual page names just these');

is(scalar(() = glob "$u->{dir}/*.key $u->{dir}/state/*.key"), 0, 'no key lies about');

# Locked again.
my $before = length $u->log;
($st, $out, $err) = $u->undersign('lock');
is($st, 0, 'lock') or diag $err;
ok(status()->{locked}, 'it is locked');
ok(wait_for(sub { my %now = %{ $u->roles }; !$now{keeper} }), 'the keeper is gone') or diag $u->log;
like($u->write_mail(from => 'bo@example.net', to => $to), qr/^451/, 'mail waits');
is((unlock($pass))[0], 0, 'and opened again');
like($u->write_mail(from => 'bo@example.net', to => $to), qr/^250/, 'mail is taken');
my $since = substr $u->log, $before;
like($since, qr/level=info role=keeper ended=as-told/, 'being locked is told in the log');
unlike($since, qr/died=/, 'and is no death');

# Nonsense on the control socket.
for my $bytes ('', 'x', 'y' x 33, 'z' x 34, "\1\2" . 'k' x 31, "\1\7" . 'k' x 32, "\2\2" . 'k' x 32, 'w' x 5000) {
	socket(my $s, AF_UNIX, SOCK_SEQPACKET, 0) or die $!;
	connect($s, Socket::pack_sockaddr_un("$u->{dir}/state/control.sock")) or die $!;
	send($s, $bytes, 0);
	close $s;
}
my @held = map { socket(my $s, AF_UNIX, SOCK_SEQPACKET, 0); connect($s, Socket::pack_sockaddr_un("$u->{dir}/state/control.sock")); $s } 1 .. 20;
ok(wait_for(sub { my ($st) = $u->undersign('status'); $st == 0 && !status()->{locked} }), 'nonsense and silence on the control socket change nothing');
@held = ();

# Another passphrase, and from a plain key to a locked one.
ok(wait_for(sub { ($u->undersign_in("$pass\nnew words\n", '--passphrase-fd', 0, 'key', 'passphrase'))[0] == 0 }), 'key passphrase');
is(($u->undersign_in("$pass\n", '--passphrase-fd', 0, 'export', 'manuchehr'))[0], 1, 'the old one does not open it');
is(($u->undersign_in("new words\n", '--passphrase-fd', 0, 'export', 'manuchehr'))[0], 0, 'the new one does');
is($u->stop, 0, 'SIGTERM ends it');
ok(!-e "$u->{dir}/state/control.sock", 'and its socket');
ok($u->start, 'it starts again');
like($u->write_mail(from => 'cy@example.net', to => $to), qr/^451/, 'locked');
is($u->stop, 0, 'and ends locked');

# Unlocked with the key of another database: told, and locked still.
rename "$u->{dir}/master.locked", "$u->{dir}/kept" or die $!;
is(($u->undersign_in("$pass\n", '--passphrase-fd', 0, 'init'))[0], 1, 'init makes no new key beside a database');
my $other = Undersigned->new(init => 0);
Undersigned::spew($other->{conf}, Undersigned::slurp($other->{conf}) =~ s/^key_file .*$/key_file = "locked"/mr);
$other->undersign_in("$pass\n", '--passphrase-fd', 0, 'init');
rename "$other->{dir}/master.locked", "$u->{dir}/master.locked" or die $!;
ok($u->start, 'starts');
($st, $out, $err) = unlock($pass);
is($st, 1, 'the key of another database');
like($err, qr/could not start with this key/, 'is told');
ok(status()->{locked}, 'it is locked as before');
unlink "$u->{dir}/master.locked";
rename "$u->{dir}/kept", "$u->{dir}/master.locked" or die $!;
is((unlock('new words'))[0], 0, 'the right one opens it');
is($u->count('confirmed'), 1, 'nothing is lost');
is($u->stop, 0, 'ends');

my $plain = Undersigned->new;
($st, $out, $err) = $plain->undersign('unlock');
is($st, 1, 'unlock where nothing is locked');
like($err, qr/does not have key_file = "locked"/, 'is told');
ok($plain->start, 'a plain one');
($plain->sign(from => 'di@example.net'))[1] or diag $plain->log;
($st, $out, $err) = $plain->undersign_in("$pass\n", '--passphrase-fd', 0, 'key', 'lock');
is($st, 0, 'key lock') or diag $err;
is($plain->stop, 0, 'ends');
Undersigned::spew($plain->{conf}, Undersigned::slurp($plain->{conf}) =~ s/^key_file .*$/key_file = "locked"/mr);
unlink "$plain->{dir}/master.key";
ok($plain->start, 'starts locked');
($st, $out, $err) = $plain->undersign_in("$pass\n", '--passphrase-fd', 0, 'unlock');
is($st, 0, 'and opens') or diag $err, $plain->log;
is($plain->count('confirmed'), 1, 'the same database');
$plain->stop;

# A credential of systemd.
my $c = Undersigned->new(env => {});
mkdir "$c->{dir}/cred", 0700;
rename "$c->{dir}/master.key", "$c->{dir}/cred/undersigned.key";
Undersigned::spew($c->{conf}, Undersigned::slurp($c->{conf}) =~ s/^key_file .*$/key_file = "credential:undersigned.key"/mr);
ok(!$c->start, 'no credential, no start');
like($c->log, qr/no key file/, 'and says so');
$c->{env}{CREDENTIALS_DIRECTORY} = "$c->{dir}/cred";
ok($c->start, 'with the credential it starts') or diag $c->log;
ok(($c->sign(from => 'ed@example.net'))[1], 'and works');
$c->stop;
Undersigned::spew($c->{conf}, Undersigned::slurp($c->{conf}) =~ s/^key_file .*$/key_file = "credential:..\/x"/mr);
like(($c->undersign('status'))[2], qr/key_file.*name of a credential/, 'a path is no credential');
done_testing;
