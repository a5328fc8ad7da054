#!/usr/bin/perl
# Somebody takes the server after people of all kinds have signed: asked and not
# answered, signed with and without updates, corrected, hidden, stopped, withdrawn,
# forgotten, expired, uncounted, not reached, on paper, with a mail that waits, with
# a letter that was handed on or set aside; in a campaign with an opening key
# and in one without.  Files and memory name nobody; the master key too, in the
# sealed one, but who is asked, wants updates or waits for a mail.
#
# SEIZURE_PEOPLE (default 140; make check-long: 10,000) says how many;
# SEIZURE_PROGRESS=1 tells how it goes.
# SPDX-License-Identifier: ISC
use strict;
use warnings;
use Test::More;
use File::Basename;
use Time::HiRes qw(sleep time);
use lib dirname(__FILE__);
use Sink;
use Thief;
use Undersigned;

$SIG{PIPE} = 'IGNORE';
my $people = $ENV{SEIZURE_PEOPLE} // 140;
my $patience = 60 + $people / 10;       # seconds
my ($B, $d, $day) = ($Undersigned::BUILD, 'petitions.example.org', 86400);
my @words = qw(zqaddress zqhostname Zqgivenname Zqlastname Zqcityname Zqcomment);
my $thief = Thief->new(@words);
my $tmp = File::Temp::tempdir(CLEANUP => 1);
my $sink = Sink->new("$tmp/sink", keep => 1);
my $u = Undersigned->new(relay => $sink->url);
my $dir = $u->{dir};
my $begun = time;
sub progress { diag sprintf '%4.0f s  %s', time - $begun, $_[0] if $people > 1000 || $ENV{SEIZURE_PROGRESS} }

# ---- two campaigns ---------------------------------------------------------------

my ($st, $public, $err) = $u->run('', "$B/tests/system/light_key", "$dir/key", 'words');
is($st, 0, 'a key') or BAIL_OUT($err);
chomp $public;
($st, my $opening, $err) = $u->run('', "$B/undersign", 'key', 'deal', '--threshold', 1, '--holder', "one=$public", '--output', "$tmp/deal");
is($st, 0, 'a share') or BAIL_OUT($err);
my %campaign = (s => 'manuchehr', o => 'river');        # sealed, open
system('cp', '-r', "$dir/campaigns/manuchehr", "$dir/campaigns/river") == 0 or die;
for my $c ('s', 'o') {
	my $conf = "$dir/campaigns/$campaign{$c}/campaign.conf";
	my $text = Undersigned::slurp($conf) =~ s/^(staff|approvers)\s*=.*\n//mgr =~ s/alias = "manuchehr/alias = "$campaign{$c}/gr;
	# A digest, which is due at eight, would wait beside what is counted below.
	Undersigned::spew($conf, $text . "\nstaff = {\"anna\@example.net\", \"boris\@example.net\"}\ndigest = \"none\"\n" .
	    ($c eq 's' ? $opening : ''));
}
my $trap = Undersigned::killer($tmp);
$u->{env}{LD_PRELOAD} = $trap if $trap && !-e "$B/sanitized";
ok($u->start, 'the daemon starts') or BAIL_OUT($u->log);

# ---- the people ------------------------------------------------------------------

my @kinds = qw(expired pending plain comment hidden news stopped corrected withdrawn forgotten unreachable
    uncounted waiting writer);
my @who = map {
	my $kind = $kinds[$_ % @kinds];
	my $c = int($_ / @kinds) % 2 ? 'o' : 's';
	{ kind => $kind, c => $c, from => "zqaddress-$c-$kind-$_\@zqhostname.example", name => "Zqgivenname-$c-$kind Zqlastname-$_",
	    city => "Zqcityname-$c-$kind-$_", comment => "Zqcomment-$c-$kind-$_ words" };
} 0 .. $people - 1;
sub of { my %k = map { $_ => 1 } @_; return grep { $k{ $_->{kind} } } @who }

# Mail that went out, in the order of its going: what is new since the last time.
my (%mail, $read);
sub look {
	while (-e (my $file = "$tmp/sink/" . ($read + 1) . '.eml')) {
		my $m = Undersigned::Mail->new(Undersigned::slurp($file));
		push @{ $mail{ lc $m->header('X-Recipient') } }, { reply => $m->reply_to, id => $m->header('Message-ID'),
		    subject => $m->subject, back => $m->header('X-Reverse-Path') };
		$read++;
	}
}
$read = 0;
sub settled { ok($u->settle($patience), "$_[0]: all is sent"); look(); progress($_[0]) }
sub last_to { return ($mail{ $_[0]{from} } // [])->[-1] // { reply => 'none@petitions.example.org', id => '<>', back => '' } }

my $session;
sub post {
	my ($p, %m) = @_;
	$session //= $u->session;
	my $r = eval { scalar $u->write_mail(session => $session, from => $p->{from}, name => $p->{name}, %m) } // 'closed';
	undef $session if $r !~ /^\d/;
	return $r =~ /^250/ ? 0 : 1;
}
sub all_taken { my ($what, $refused) = @_; is($refused, 0, "$what: taken") }
sub ask {
	my ($what, @p) = @_;
	my $bad = 0;
	for my $p (@p) {
		my $source = $p->{kind} eq 'uncounted' ? '+from-poster' : '';
		my $body = "City: $p->{city}\n" . ($p->{kind} =~ /^(?:news|stopped|unreachable)$/ ? "News: yes\n" : '') .
		    ($p->{kind} =~ /^(?:plain|hidden)$/ ? '' : "Comment: $p->{comment}\n");
		$bad += post($p, to => "$campaign{ $p->{c} }$source\@$d", body => $body);
	}
	all_taken($what, $bad);
}
# A word in reply to the last mail, of each.
sub answer {
	my ($what, $words, @p) = @_;
	my $bad = 0;
	for my $p (@p) {
		my $m = last_to($p);
		$bad += post($p, to => $m->{reply}, subject => 'Re: ' . ($m->{subject} // ''), header => "In-Reply-To: $m->{id}",
		    body => ref $words ? $words->($p) : "$words\n");
	}
	all_taken($what, $bad);
}
sub numbers {
	my ($what) = @_;
	return { map { $_ => $u->count($what, $campaign{$_}) } 's', 'o' };
}
sub expect {
	my (@k) = @_;
	my %n = (s => 0, o => 0);
	$n{ $_->{c} }++ for of(@k);
	return \%n;
}
sub wait_for {
	my ($what, $is) = @_;
	my $end = time + $patience;
	sleep 0.3 until $is->() || time > $end;
	ok($is->(), $what);
	progress($what);
}
sub same { my ($x, $y) = @_; return $x->{s} eq $y->{s} && $x->{o} eq $y->{o} }

ask('who will not answer', of('expired'));
settled('asked');
$u->pass(15 * $day);
wait_for('their requests expire', sub { same(numbers('expired'), expect('expired')) });
undef $session;

my @later = ('expired', 'pending', 'waiting');
my %later = map { $_ => 1 } @later;
my @signed = grep { !$later{$_} } @kinds;
ask('the others', of(@signed));
settled('asked');
is(($u->undersign('backup', "$tmp/asked.db"))[0], 0, 'a backup, of when they were asked');
answer('yes', 'Yes', of(@signed));
settled('signed');
is_deeply(numbers('confirmed'), expect(@signed), 'all of them have signed');

answer('STOP', 'STOP', of('stopped'));
answer('HIDE', 'HIDE', of('hidden'));
answer('corrections', sub { my $p = shift; $p->{comment} =~ s/words/again/; "NAME $p->{name} Zqgivenname-more\nComment: $p->{comment}\n" }, of('corrected'));
answer('letters', sub { my $p = shift; "Dear friends, I live in $p->{city} and would like to help: is there a meeting, and may I come to it?\n" }, of('writer'));
answer('WITHDRAW', 'WITHDRAW', of('withdrawn'));
answer('FORGET', 'FORGET', of('forgotten'));
settled('answered');
is_deeply(numbers('withdrawn'), expect('withdrawn'), 'some have withdrawn');

# On paper.
my $sheets = int($people / @kinds / 2) + 1;
for my $c ('s', 'o') {
	Undersigned::spew("$dir/paper.csv", "name,city,country,address,comment\n" . join '', map {
	    "Zqgivenname-$c-paper Zqlastname-$_,Zqcityname-$c-paper-$_,NO,zqaddress-$c-paper-$_\@zqhostname.example,Zqcomment-$c-paper-$_\n" } 1 .. $sheets);
	($st, undef, $err) = $u->undersign('import', $campaign{$c}, "$dir/paper.csv", '--batch', 'sheet');
	is($st, 0, "paper of $campaign{$c}") or diag $err;
	unlink "$dir/paper.csv";
}

# Uncounted, by two people.
for my $c ('s', 'o') {
	($st, undef, $err) = $u->undersign('uncount', $campaign{$c}, '--where', 'source=poster', '--as', 'anna@example.net', '--reason', 'one hand');
	is($st, 0, "proposed in $campaign{$c}") or diag $err;
	$u->settle($patience);
	look();
	my ($ask) = reverse grep { $_->{reply} =~ /^\Q$campaign{$c}\E\+a-/ } @{ $mail{'boris@example.net'} };
	like($u->write_mail(from => 'boris@example.net', to => $ask->{reply}, body => "YES\n"), qr/^250/, 'approved');
}
wait_for('uncounted', sub { same(numbers('uncounted'), expect('uncounted')) });

# An update, which comes back from some until they are not reached any more.
Undersigned::spew("$dir/news.md", "There is news.\n");
for my $c ('s', 'o') {
	($st, my $out, $err) = $u->undersign('update', $campaign{$c}, 'new', '--subject', 'News', "$dir/news.md");
	is($st, 0, "an update in $campaign{$c}") or diag $err;
	my ($n) = ($out // '') =~ /(\d+)/;
	($st, undef, $err) = $u->undersign('update', $campaign{$c}, 'send', $c eq 's' ? 1 : 2, '-y');
	is($st, 0, 'is sent') or diag $err;
}
my @lost = of('unreachable');
my @readers = of('news', 'unreachable');
wait_for('the update is there', sub { look(); @readers == grep { last_to($_)->{subject} eq 'News' } @readers });
sub come_back {
	my ($what) = @_;
	my ($bad, $serial) = (0, 0);
	my $s = $u->session;
	for my $p (@lost) {
		my $to = last_to($p)->{back};
		$serial++;
		my $r = $u->lmtp(session => $s, from => '', to => $to, data => "From: <MAILER-DAEMON\@mx.example.net>\nTo: $to\n" .
		    "Subject: failed\nMessage-ID: <$what$serial\@mx.example.net>\nMIME-Version: 1.0\n" .
		    "Content-Type: multipart/report; report-type=delivery-status; boundary=b\n\n--b\n\nSorry.\n\n--b\n" .
		    "Content-Type: message/delivery-status\n\nReporting-MTA: dns; mx.example.net\n\n" .
		    "Final-Recipient: rfc822; $p->{from}\nAction: failed\nStatus: 5.1.1\n\n--b--\n");
		$bad++ if $r !~ /^250/;
	}
	all_taken($what, $bad);
}
for my $step ([ 'update', 3.1 ], [ 'warning', 7.1 ], [ 'probe', 0 ]) {
	my ($what, $days) = @$step;
	my $n = () = map { @{ $mail{ $_->{from} } } } @lost;
	come_back("the $what comes back");
	next if $days == 0;
	$u->pass($days * $day);
	wait_for('they hear of it', sub { look(); @lost + $n == map { @{ $mail{ $_->{from} } } } @lost });
}
is_deeply({ map { $_ => ($u->undersign('list', $campaign{$_}, '--format=json'))[1] =~ /"unreachable": *(\d+)/ } 's', 'o' },
    expect('unreachable'), 'who is not reached');

# Asked just now; and those whose thanks wait, since the relay takes nothing.
$u->pass(3601);                 # the tally grows
ask('some more', of('pending', 'waiting'));
settled('asked');
($st) = $u->undersign('tally', $_, 'publish', "$tmp/tally-$_") for values %campaign;
is($st, 0, 'the tally is published');
$sink->trouble(451 => 1);
answer('yes', 'Yes', of('waiting'));

# Letters that nobody can read.
my @aside = map { { from => "zqaddress-$_-aside\@zqhostname.example", name => "Zqgivenname-$_-aside", c => $_, kind => 'aside' } } 's', 'o';
SKIP: {
	skip 'no compiler for the trap', 1 if !$u->{env}{LD_PRELOAD};
	for my $p (@aside) {
		my $letter = $u->message(from => $p->{from}, to => "$campaign{$p->{c}}\@$d", body => "Yes FATAL-TO-READ Zqcomment-$p->{c}-aside\n");
		my $end = time + 60;
		my $r = '';
		until ($r =~ /^250/ || time > $end) {
			$r = eval { scalar $u->lmtp(from => $p->{from}, to => "$campaign{$p->{c}}\@$d", data => $letter) } // '';
			sleep 0.3;
		}
	}
	like(($u->undersign('status'))[1], qr/^parked\s+2\b/m, 'two letters are set aside');
}
is_deeply(numbers('confirmed'), expect(grep { !/^(?:expired|pending|withdrawn|forgotten|uncounted)$/ } @kinds), 'so many count');
my $waits = () = of('waiting');
like(($u->undersign('status', '--format', 'json'))[1], qr/"waiting": *$waits\b/, 'and so many mails wait');

# ---- without any key ---------------------------------------------------------------

# It was overwritten, as soon as it is quiet.
my $end = time + 360;
sleep 0.5 while time < $end && (-s "$dir/state/undersigned.db-wal" // 0) > 0;
progress('quiet');
is(($u->undersign('backup', "$dir/copy.db"))[0], 0, 'a backup');
my @files = (grep { -f } "$dir/log", "$dir/copy.db", glob("$dir/state/*"), glob("$dir/state/.*"), split /\0/, `find "$tmp"/tally-* -type f -print0`);
cmp_ok(scalar @files, '>', 8, 'files to look into');
is_deeply([ $thief->files(@files) ], [], 'nobody in database, log of changes, backup, log, guard and published tally');
SKIP: {
	skip 'only root can read the memory of the roles', 10 if $> != 0;
	skip 'a sanitizer keeps what is freed', 10 if -e "$B/sanitized";
	my %role = (%{ $u->roles }, parent => $u->{pid});
	is(join(' ', sort keys %role), 'delivery intake keeper parent', 'the roles run');
	for my $role (sort keys %role) {
		my %looked;
		is_deeply([ $thief->memory_at_rest($role{$role}, \%looked) ], [], "nobody in the memory of $role");
		cmp_ok($looked{octets}, '>', 1 << 18, "... of which $looked{octets} octets were read");
		ok($looked{slug}, '... with a campaign in it') if $role eq 'keeper';
	}
}

progress('searched');

# It would be found.
sub planted {
	my ($what, $text) = @_;
	Undersigned::spew("$tmp/planted", ('x' x 4099) . $text . ('y' x 100));
	is(scalar(() = $thief->files("$tmp/planted")), 1, "found: $what");
}
planted('as it is', 'ZQADDRESS-1@example.net');
planted('in UTF-16', join "\0", split //, 'Zqlastname');
planted("in base64, $_ octets on", Thief::encode_base64(('-' x $_) . 'Zqgivenname, and more', '')) for 0 .. 2;
SKIP: {
	skip 'only root can read the memory of others', 1 if $> != 0;
	my $child = fork // die;
	if ($child == 0) {
		my $kept = 'a long text in which zqaddress' . '-1@zqhostname.example stands';
		sleep 60;
		POSIX::_exit(length $kept > 0);
	}
	sleep 0.3;
	my @found = $thief->memory($child);
	kill 'KILL', $child;
	waitpid $child, 0;
	cmp_ok(scalar @found, '>', 0, 'found: in memory');
}

# ---- with the master key -------------------------------------------------------------

# What was overwritten is looked for too, where the files are not too long for it; in
# those of then it is found.
my $small = $people <= 140;
my @lines = $thief->seize($u, $small ? ("$dir/state/undersigned.db", "$dir/state/undersigned.db-wal") : ());
if ($small) {
	my @carved = grep { /^carved / } $thief->seize($u, "$tmp/asked.db");
	for my $kind (qw(s-plain s-corrected o-withdrawn s-forgotten)) {
		cmp_ok(scalar(grep { /zqaddress-$kind.*Zqgivenname/ } @carved), '>', 0, "found: what a row had once ($kind)");
	}
}
progress('seized');
my %rows = map { /^rows (\S+) (\d+)/ ? ($1 => $2) : () } @lines;
cmp_ok($rows{signature}, '>=', $people - 0, 'every row is looked at');
is($rows{paper}, 2 * $sheets, 'paper too');
is($rows{parked}, $u->{env}{LD_PRELOAD} ? 2 : 0, 'and letters set aside');
my %kinds_of;           # "s name" => kinds of whom such a word is read
my %address;
for (@lines) {
	$kinds_of{"$2 address"}{$3}++ while /(zqaddress)-([so])-(\w+)/g;
	$kinds_of{"$1 words"}{$2}++ while /Zq(?:givenname|cityname|comment)-([so])-(\w+)/g;
	$address{$1} = 1 while /(zqaddress-s-[\w-]+\@zqhostname\.example)/g;
}
sub read_of { return join ' ', sort keys %{ $kinds_of{$_[0]} // {} } }
my @aside_kind = $u->{env}{LD_PRELOAD} ? 'aside' : ();
# Of who is asked the server keeps all that the request shows, until she answers; a
# letter that was set aside is kept as it came.
is(read_of('s address'), join(' ', sort @aside_kind, qw(pending waiting news unreachable)),
    'sealed: addresses of who is asked, waits for a mail, or wants updates');
is(read_of('s words'), join(' ', sort @aside_kind, 'pending'), 'sealed: names, cities and comments of nobody who has signed');
is_deeply([ sort keys %address ], [ sort map { $_->{from} } (@aside_kind ? grep { $_->{c} eq 's' } @aside : ()),
    grep { $_->{c} eq 's' } of(qw(pending waiting news unreachable)) ], 'sealed: of each of them, and of no other');
# Which finds whoever is there: in the campaign without an opening key, all but those
# who are gone.
my @gone = qw(expired withdrawn forgotten);
my %gone = map { $_ => 1 } @gone;
is(read_of("o $_"), join(' ', sort @aside_kind, 'paper', grep { !$gone{$_} } @kinds), "open: $_ of all but @gone") for qw(address words);

# ---- with the opening key --------------------------------------------------------------

($st, undef, $err) = $u->undersign('export', $campaign{s}, '--sealed', '--state', $_, '-o', "$tmp/list-$_") for qw(confirmed uncounted paper);
is($st, 0, 'the sealed lists') or diag $err;
my $opened = '';
for my $state (qw(confirmed uncounted paper)) {
	($st, my $csv, $err) = $u->run("words\n", "$B/undersign", 'open', '--share', "$tmp/deal/share-1-one.txt",
	    '--key', "$dir/key", '--passphrase-fd', 0, "$tmp/list-$state");
	is($st, 0, "opened: $state") or diag $err;
	$opened .= $csv;
}
my @there = grep { $_->{c} eq 's' } of(grep { !$gone{$_} && $_ ne 'pending' } @kinds);
is(scalar(grep { index($opened, $_->{from}) < 0 || index($opened, $_->{name}) < 0 || index($opened, $_->{city}) < 0 } @there), 0,
    'everybody is there for the holders of the opening key');
is(scalar(() = $opened =~ /zqaddress-s-paper/g), $sheets, 'who signed on paper too');
$sink->trouble;
is($u->stop, 0, 'ends');
progress('the end');
done_testing;
