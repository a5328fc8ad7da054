#!/usr/bin/perl
# Bad input by the administrator and bad days: one clear line, nothing lost.
use strict;
use warnings;
use Test::More;
use File::Basename;
use File::Copy;
use Time::HiRes qw(sleep time);
use lib dirname(__FILE__);
use Undersigned;

my $d = 'petitions.example.org';
my $to = "manuchehr\@$d";

# Each of these stops the start with a line that says what and where.
sub refuses {
	my ($what, $break, $line) = @_;
	my $u = Undersigned->new;
	$break->($u);
	my $began = time;
	my $ok = $u->start;
	my $log = $u->log;
	ok(!$ok, "$what: does not start");
	isnt($u->{status} // 0, 0, 'and says so by its status');
	like($log, $line, 'with a clear line') or diag $log;
	$u->kill_all if $u->{pid};
}
# Each of these leaves the campaign out, with such a line; the daemon starts.
sub leaves_out {
	my ($what, $break, $line) = @_;
	my $u = Undersigned->new;
	$break->($u);
	ok($u->start, "$what: starts") or diag $u->log;
	like($u->log, qr/campaign=manuchehr state=left-out .*$line/, 'with a clear line') or diag $u->log;
	like($u->write_mail(from => 'ada@example.net', to => $to), qr/^451/, 'and its mail waits');
	is($u->stop, 0, 'ends cleanly');
}
sub edit {
	my ($file, $from, $to) = @_;
	my $text = Undersigned::slurp($file);
	$text =~ s/$from/$to/ or die "$file: no $from";
	Undersigned::spew($file, $text);
}
refuses('a wrong key', sub { edit($_[0]{conf}, qr/^mail_domain/m, "mail_domian = \"x.example.org\"\nmail_domain") },
    qr/undersigned\.conf:\d+:.*mail_domian/);
refuses('a wrong value', sub { edit($_[0]{conf}, qr/connections = 2/, 'connections = many') },
    qr/undersigned\.conf:\d+:.*connections/);
refuses('a key that others can read', sub { chmod 0644, "$_[0]{dir}/master.key" }, qr/master\.key.*(?:0400|others)/);
refuses('no key', sub { unlink "$_[0]{dir}/master.key" }, qr/master\.key.*undersign init/);
refuses('a damaged key', sub { chmod 0600, "$_[0]{dir}/master.key"; Undersigned::spew("$_[0]{dir}/master.key", 'short'); chmod 0400, "$_[0]{dir}/master.key" },
    qr/master\.key/);
leaves_out('a bad campaign', sub { edit("$_[0]{dir}/campaigns/manuchehr/campaign.conf", qr/default_language/, 'defualt_language') },
    qr/campaign\.conf:\d+:.*defualt_language/);
leaves_out('a missing petition text', sub { unlink "$_[0]{dir}/campaigns/manuchehr/petition.tg.md" }, qr/petition\.tg\.md/);
leaves_out('a missing template', sub {
	my ($u) = @_;
	system('cp', '-r', "$Undersigned::SOURCE/templates", "$u->{dir}/templates");
	unlink "$u->{dir}/templates/ru/receipt.mustache";
	edit($u->{conf}, qr/^template_dir.*$/m, "template_dir = \"$u->{dir}/templates\"");
}, qr/ru\/receipt/);
leaves_out('an unknown variable in a template', sub {
	my ($u) = @_;
	system('cp', '-r', "$Undersigned::SOURCE/templates", "$u->{dir}/templates");
	open my $fh, '>>', "$u->{dir}/templates/en/receipt.mustache";
	print $fh "\n{{nmae}}\n";
	close $fh;
	edit($u->{conf}, qr/^template_dir.*$/m, "template_dir = \"$u->{dir}/templates\"");
}, qr/receipt\.mustache:\d+:.*nmae/);

# A relay that is down: mail is kept and goes when it is back.
my $port = 20000 + $$ % 20000;
my $u = Undersigned->new(relay => "smtp://127.0.0.1:$port");
ok($u->start, 'starts with the relay down') or BAIL_OUT($u->log);
like($u->write_mail(from => 'ada@example.net', to => $to), qr/^250/, 'mail is taken all the same');
sleep 2;
my ($st, $out) = $u->undersign('status', '--format', 'json');
like($out, qr/"waiting":\s*1\b/, 'and waits') or diag $out;
my $sink = "$u->{dir}/sink";
mkdir $sink;
chmod 0777, $sink;
chmod 0711, $u->{dir};
my $pid = fork // die;
if ($pid == 0) {
	chdir $sink;
	open STDOUT, '>', '/dev/null';
	open STDERR, '>', '/dev/null';
	my @user = $> == 0 ? ('-u', 'nobody') : ();
	exec('/usr/sbin/smtp-sink', @user, '-d', "$sink/mail.", "127.0.0.1:$port", '100')
	    or POSIX::_exit(99);
}
my $end = time + 90;
my @got;
sleep 0.2 while time < $end && !(@got = glob("$sink/mail.*"));
is(scalar(@got), 1, 'it goes when the relay is back');
kill 'TERM', $pid;
waitpid $pid, 0;
is($u->stop, 0, 'ends cleanly');

# A locked database: mail waits with its sender.
$u = Undersigned->new;
ok($u->start, 'starts') or BAIL_OUT($u->log);
SKIP: {
	skip 'no sqlite3 here', 3 unless -x '/usr/bin/sqlite3';
	my $lock = open(my $sql, '|-', 'sqlite3', '-bail', "$u->{dir}/state/undersigned.db") or die;
	$sql->autoflush(1);
	print $sql "BEGIN IMMEDIATE;\n";
	sleep 0.5;
	like($u->write_mail(from => 'bob@example.net', to => $to), qr/^451 4\.3\.0/, 'locked: 451');
	print $sql "ROLLBACK;\n";
	close $sql;
	sleep 0.2;
	like($u->write_mail(from => 'bob@example.net', to => $to), qr/^250/, 'then 250');
	ok($u->mail_to('bob@example.net'), 'and a request');
}
# SIGHUP: new texts are used, a session goes on, a bad folder keeps the old ones.
my $s = $u->session;
edit("$u->{dir}/campaigns/manuchehr/petition.en.md", qr/\A/, "Brand new first line.\n\n");
$u->hup;
sleep 1.5;
like($u->write_mail(session => $s, from => 'hup@example.net', to => $to), qr/^250/, 'a session goes on over SIGHUP');
my $m = $u->mail_to('hup@example.net');
like($m ? $m->text : '', qr/Brand new first line/, 'the new text is sent');
edit("$u->{dir}/campaigns/manuchehr/campaign.conf", qr/default_language/, 'defualt_language');
$u->hup;
sleep 1.5;
like($u->log, qr/campaign\.conf:\d+:/, 'a bad folder is told of');
like($u->write_mail(session => $s, from => 'hup2@example.net', to => $to), qr/^250/, 'and the old one is kept');
edit("$u->{dir}/campaigns/manuchehr/campaign.conf", qr/defualt_language/, 'default_language');
close $s;

# A new campaign while it runs.
($st, my $o, my $e) = $u->undersign('campaign', 'new', 'river', '--title', 'Save the river', '--language', 'en,nb');
is($st, 0, 'campaign new') or diag $e;
sleep 1.2;
like($u->write_mail(from => 'kim@example.net', to => "river\@$d"), qr/^250/, 'is open at once');
ok($u->mail_to('kim@example.net'), 'and answers');
($st) = $u->undersign('campaign', 'close', 'river');
is($st, 0, 'campaign close');
like($u->write_mail(from => 'lou@example.net', to => "river\@$d"), qr/^250/, 'closed: mail is answered');
ok($u->mail_to('lou@example.net'), 'with a mail that says so');
is($u->count('pending', 'river'), 1, 'and not taken as a signature');

# A role that dies is started again.
my $roles = $u->roles;
for my $name (qw(intake delivery keeper)) {
	kill 'KILL', $roles->{$name};
	my $from = "after-$name\@example.net";
	my $r = '';
	my $until = time + 15;
	while (time < $until) {
		$r = eval { $u->write_mail(from => $from, to => $to) } // '';
		last if $r =~ /^250/;
		sleep 0.1;
	}
	like($r, qr/^250/, "$name is back");
	ok($u->mail_to($from), 'and the way is whole');
}
is($u->stop, 0, 'ends cleanly');

# Backup and restore.
my $before = $u->count('pending');
is(($u->undersign('backup', "$u->{dir}/copy.db"))[0], 0, 'backup');
isnt(($u->undersign('backup', "$u->{dir}/copy.db"))[0], 0, 'never over a file that is there');
isnt(($u->undersign('restore', "$u->{dir}/copy.db"))[0], 0, 'restore: not over a database that is there');
rename "$u->{dir}/state", "$u->{dir}/state.lost";
mkdir "$u->{dir}/state", 0700;
is(($u->undersign('restore', "$u->{dir}/copy.db"))[0], 0, 'restore');
is($u->count('pending'), $before, 'everything is back');
ok($u->start, 'and runs');
like($u->write_mail(from => 'new@example.net', to => $to), qr/^250/, 'and goes on');
is($u->stop, 0, 'ends cleanly');

# A full disk: 452, and it recovers by itself.
SKIP: {
	my $dir = File::Temp::tempdir(CLEANUP => 1);
	skip 'no small file system can be made here', 5
	    if $> != 0 || system("mount -t tmpfs -o size=3m none $dir 2>/dev/null") != 0;
	$u = Undersigned->new(init => 0);
	edit($u->{conf}, qr/^state_dir.*$/m, "state_dir = \"$dir/state\"");
	mkdir "$dir/state", 0700;
	is(($u->undersign('init'))[0], 0, 'init');
	ok($u->start, 'starts on a small disk') or diag $u->log;
	like($u->write_mail(from => 'first@example.net', to => $to), qr/^250/, 'there is room');
	open my $fill, '>', "$dir/fill";
	1 while syswrite $fill, 'x' x 4096;
	my ($full, $i) = ('', 0);
	while ($i++ < 400 && $full !~ /^452/) {
		$full = $u->write_mail(from => "full$i\@example.net", to => $to, body => 'y' x 500);
	}
	like($full, qr/^452 4\.3\.1/, 'full: 452');
	close $fill;
	unlink "$dir/fill";
	my $r = '';
	for (1 .. 20) { $r = $u->write_mail(from => 'again@example.net', to => $to); last if $r =~ /^250/; sleep 0.3 }
	like($r, qr/^250/, 'room again: 250');
	is($u->stop, 0, 'ends cleanly');
	$u->kill_all if $u->{pid};
	system('umount', $dir);
}
done_testing;
