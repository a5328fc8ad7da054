#!/usr/bin/perl
# The roles: what the system says of their sandbox, restarts, mail that kills,
# reloading without dropping a connection, new campaigns, ending in time.
# SPDX-License-Identifier: ISC
use strict;
use warnings;
use Test::More;
use File::Basename;
use Time::HiRes qw(sleep time);
use lib dirname(__FILE__);
use Undersigned;

$SIG{PIPE} = 'IGNORE';
my $d = 'petitions.example.org';
my $sanitized = qx{nm -D $Undersigned::BUILD/undersignd 2>/dev/null} =~ /__asan_init/;

sub proc_status {
	my ($pid) = @_;
	my $s = Undersigned::slurp("/proc/$pid/status") // '';
	return { $s =~ /^(\w+):\s*(.*)$/mg };
}

sub wait_for {
	my ($seconds, $what) = @_;
	my $end = time + $seconds;
	while (time < $end) {
		return 1 if $what->();
		sleep 0.05;
	}
	return 0;
}

# ---- each in its sandbox

my $u = Undersigned->new;
ok($u->start, 'starts') or BAIL_OUT($u->log);
my $roles = $u->roles;
is(join(' ', sort keys %$roles), 'delivery intake keeper', 'three roles');
SKIP: {
	skip 'sanitizers and the sandbox do not go together', 8 if $sanitized;
	for my $r (['parent', $u->{pid}], map { [$_, $roles->{$_}] } sort keys %$roles) {
		my $s = proc_status($r->[1]);
		is($s->{Seccomp}, 2, "$r->[0]: system calls are filtered");
		is($s->{NoNewPrivs}, 1, "$r->[0]: no new privileges");
	}
}
my @limits = map { (Undersigned::slurp("/proc/$_/limits") // '') =~
    /^Max core file size\s+0\s+0\s/m ? 1 : 0 } $u->{pid}, values %$roles;
is("@limits", '1 1 1 1', 'no core files');
my %fds = map { my $p = $roles->{$_}; $_ => join ' ', sort map { readlink($_) // () }
    glob "/proc/$p/fd/*" } keys %$roles;
unlike($fds{intake}, qr/master\.key|undersigned\.db/, 'intake holds neither key nor database');
unlike($fds{delivery}, qr/master\.key|undersigned\.db/, 'nor does delivery');
SKIP: {
	skip 'only root sees the descriptors of a process that cannot be dumped', 1 if $> != 0;
	like($fds{keeper}, qr/undersigned\.db/, 'the keeper has the database');
}
unlike($fds{keeper}, qr/master\.key/, 'and has closed the key file');

# ---- a role that dies comes back, and the others go on

for my $role (qw(delivery keeper intake)) {
	my $old = $u->roles->{$role};
	kill 'KILL', $old;
	ok(wait_for(5, sub { my $new = $u->roles->{$role}; $new && $new != $old }),
	    "$role is started again");
	ok(wait_for(10, sub { my $r = eval { $u->write_mail(from => "$role\@example.net",
	    to => "manuchehr\@$d", body => "Name: $role\n") } // 'closed';
	    $r =~ /^250/ }), 'and mail is taken');
	ok($u->mail_to("$role\@example.net"), 'and sent');
}

# ---- the keeper away: not now, and then all is well

kill 'STOP', $u->roles->{keeper};
my $s = $u->session;
print $s "MAIL FROM:<x\@example.net>\r\nRCPT TO:<manuchehr\@$d>\r\nDATA\r\n";
$u->reply($s) for 1 .. 3;
print $s "From: x\@example.net\r\n\r\nhello\r\n.\r\n";
sleep 0.3;
kill 'KILL', $u->roles->{keeper};
like($u->reply($s), qr/^451 4\.3\.0/, 'who waits for a keeper that dies hears 451');
ok(wait_for(5, sub { my $r = eval { $u->write_mail(session => $s,
    from => 'x@example.net', to => "manuchehr\@$d") } // ''; $r =~ /^250/ }),
    'the same connection goes on with the next one');

# ---- SIGHUP

print $s "MAIL FROM:<y\@example.net>\r\nRCPT TO:<manuchehr\@$d>\r\nDATA\r\n";
$u->reply($s) for 1 .. 3;
print $s "From: y\@example.net\r\n\r\nhal";
my $before = () = $u->log =~ /reload=done/g;
$u->hup;
ok(wait_for(5, sub { my $n = () = $u->log =~ /reload=done/g; $n >= $before + 3 }),
    'SIGHUP: all roles read the campaigns again');
print $s "f a mail\r\n.\r\n";
like($u->reply($s), qr/^250/, 'a mail that was half in is taken');

my $conf = "$u->{dir}/campaigns/manuchehr/campaign.conf";
my $good = Undersigned::slurp($conf);
Undersigned::spew($conf, "$good\nno_such_key = 1\n");
$u->hup;
ok(wait_for(5, sub { $u->log =~ /by=intake level=warn reload=failed .*campaign\.conf:\d+/ }),
    'a bad folder is one line with file and line');
like(scalar $u->write_mail(session => $s, from => 'z@example.net',
    to => "manuchehr\@$d"), qr/^250/, 'and the old campaigns stay in use');
Undersigned::spew($conf, $good);
close $s;

# ---- a campaign that has just been made

my ($st, $out, $err) = $u->undersign('campaign', 'new', 'river', '--title', 'River',
    '--language', 'en');
is($st, 0, 'campaign new') or diag $err;
$u->undersign('campaign', 'open', 'river');
is(substr(scalar $u->write_mail(from => 'new@example.net', to => "river\@$d",
    body => "Name: New\n"), 0, 3), 250, 'its first mail is taken without SIGHUP');
ok($u->mail_to('new@example.net'), 'and answered');
like(scalar $u->lmtp(from => 'a@example.net', to => "lake\@$d", data => "x\n"),
    qr/^550 5\.1\.1/, 'one that is not there is still refused');

# ---- ends in time

my $t = time;
is($u->stop, 0, 'SIGTERM: ends with 0');
cmp_ok(time - $t, '<', 5, 'within 5 seconds');
ok(!-e $u->{socket}, 'and takes its socket away');

# ---- mail that kills

SKIP: {
	skip 'a sanitizer wants to be loaded first', 9 if $sanitized;
	my $so = Undersigned::killer($u->{dir}) or skip 'no compiler', 9;
	$u->{env}{LD_PRELOAD} = $so;
	ok($u->start, 'starts with a trap in it') or BAIL_OUT($u->log);
	my $mail = $u->message(from => 'bad@example.net', to => "manuchehr\@$d",
	    body => "Yes FATAL-TO-READ\n");
	my @r;
	for my $try (1 .. 3) {
		wait_for(10, sub { push @r, eval { scalar $u->lmtp(from => 'bad@example.net',
		    to => ["manuchehr\@$d"], data => $mail) } // return 0; 1 });
		like(scalar $u->write_mail(from => "other$try\@example.net",
		    to => "manuchehr\@$d"), qr/^250/, "others are served after try $try")
		    if wait_for(5, sub { my $x = eval { $u->session }; $x && close $x });
	}
	like($r[0], qr/^(closed|4)/, 'the first time it is not taken');
	like($r[1], qr/^(closed|4)/, 'nor the second');
	like($r[2], qr/^250/, 'the third time it is set aside');
	my $deaths = () = $u->log =~ /role=intake died=signal-11/g;
	is($deaths, 2, 'it killed twice');
	(undef, $out) = $u->undersign('status');
	like($out, qr/^parked\s+1\b/m, 'status tells of it');

	SKIP: {
		skip 'set SLOW=1 to wait half a minute for it', 3 unless $ENV{SLOW};
		my $pid = fork // die;
		if ($pid == 0) {
			$u->{pid} = undef;
			$mail = $u->message(from => 'slow@example.net',
			    to => "manuchehr\@$d", body => "Yes ENDLESS-TO-READ\n");
			for (1 .. 3) {
				wait_for(30, sub { my $x = eval { $u->session }; $x && close $x });
				my $r = eval { scalar $u->lmtp(from => 'slow@example.net',
				    to => ["manuchehr\@$d"], data => $mail) } // '';
				POSIX::_exit($r =~ /^250/ && $_ == 3 ? 0 : 1) if $r =~ /^250/;
			}
			POSIX::_exit(2);
		}
		waitpid $pid, 0;
		is($?, 0, 'what is never done reading is set aside as well');
		my $ends = () = $u->log =~ /died=signal-9 reason=stuck/g;
		is($ends, 2, 'it was ended twice');
		like(scalar $u->write_mail(from => 'last@example.net', to => "manuchehr\@$d"),
		    qr/^250/, 'and others are served');
	}
	$u->stop;
}
# ---- a mail in hand when delivery crashes twice

my $silent = IO::Socket::INET->new(Listen => 10, LocalAddr => '127.0.0.1')
    or die "listen: $!";
my $v = Undersigned->new(relay => 'smtp://127.0.0.1:' . $silent->sockport);
ok($v->start, 'starts with a relay that says nothing') or BAIL_OUT($v->log);
like(scalar $v->write_mail(from => 'one@example.net', to => "manuchehr\@$d"),
    qr/^250/, 'mail is taken');
for my $n (1, 2) {
	my $c = $silent->accept;        # the mail is in hand now
	my $old = $v->roles->{delivery};
	kill 'ABRT', $old;
	ok(wait_for(5, sub { my $new = $v->roles->{delivery}; $new && $new != $old }),
	    "delivery comes back from crash $n");
}
ok(wait_for(5, sub { $v->log =~ /^o=1 by=keeper level=warn parked=mail/m }),
    'the mail is set aside');
like(scalar $v->write_mail(from => 'two@example.net', to => "manuchehr\@$d"),
    qr/^250/, 'others are taken');
$silent->timeout(10);
ok($silent->accept, 'and tried');
is($v->stop, 0, 'ends although the relay hangs');

unlike($v->log, qr/Sanitizer|runtime error/, 'no sanitizer has a complaint');
unlike($v->log, qr/died=sandbox/, 'nor the sandbox');
unlike($u->log, qr/Sanitizer|runtime error/, 'no sanitizer has a complaint');
unlike($u->log, qr/died=sandbox/, 'no role ever made a call that it may not make');
done_testing;
