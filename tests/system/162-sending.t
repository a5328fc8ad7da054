#!/usr/bin/perl
# Sending an update: everybody once, in her language; stopped, paused, cancelled,
# paced, put off, refused; a relay that is away and a daemon that ends.
use strict;
use warnings;
use Test::More;
use File::Basename;
use File::Temp ();
use Time::HiRes qw(sleep time);
use lib dirname(__FILE__);
use Sink;
use Undersigned;

my $c = 'manuchehr';
my ($dir, $sink, $u);

# A daemon (not started) with its relay.  PEOPLE: [ start, rows, domain ]; nine in
# ten rows are confirmed.
sub instance {
	my ($people, %o) = @_;
	undef $u;
	undef $sink;
	$dir = File::Temp->newdir;
	$sink = Sink->new("$dir/sink", keep => 1, %{ $o{sink} // {} });
	$u = Undersigned->new(relay => $sink->url, limits => $o{limits});
	local $ENV{UNDERSIGNED_CLOCK} = "$u->{dir}/clock";
	for my $p (@$people) {
		system("$Undersigned::BUILD/tests/bench/fill_bench", $u->{conf}, $c,
		    $p->[1], $p->[0], $p->[2] // 'example.net') == 0 or die 'fill_bench';
	}
}

sub write_update {
	Undersigned::spew("$u->{dir}/news.$_.md", "Subject: News ($_)\n\nDear {{name}}, we are {{count}}.\n")
	    for qw(en ru tg);
	my ($st, $out, $err) = $u->undersign('update', $c, 'new', @_,
	    map { "$u->{dir}/news.$_.md" } qw(en ru tg));
	die $err if $st != 0;
	return $out =~ /(\d+)/ ? $1 : die $out;
}

sub update { my ($st, $out, $err) = $u->undersign('update', $c, @_); diag $err if $st != 0; return $st == 0 }

sub status {
	my ($st, $json) = $u->undersign('update', $c, 'status', $_[0] // 1, '--format=json');
	return { $json =~ /"(\w+)": "?([\w.]+)"?/g };
}

# Waits until what is asked of the status holds.
sub wait_until {
	my ($what, $seconds) = @_;
	my $end = time + ($seconds // 20);
	my $s;
	do {
		$s = status();
		return $s if $what->($s);
		sleep 0.05;
	} while (time < $end);
	diag explain $s, $u->log;
	return { %$s, state => "$s->{state}, still" };
}
sub finished { return $_[0]{state} eq 'done' }

sub once {
	my (@addresses) = @_;
	my %n = $sink->accepted;
	return join(' ', sort map { "$_=$n{$_}" } keys %n) eq join(' ', sort map { "$_=1" } @addresses);
}
sub people { my ($from, $rows, $domain) = @_; return map { "filled$_\@" . ($domain // 'example.net') }
    grep { $_ % 10 != 9 } $from .. $from + $rows - 1 }

# ---- all of them, each in her language ------------------------------------------------

instance([ [ 0, 200 ] ]);
write_update();
$u->start or BAIL_OUT($u->log);
ok(update('send', 1, '-y'), 'sent');
my $s = wait_until(\&finished);
is($s->{state}, 'done', 'to everybody');
is($s->{sent}, 180, 'all were taken');
ok(once(people(0, 200)), 'each once, and nobody else');
cmp_ok($sink->ahead, '>', 0, 'envelopes went with the end of the mail before');
my (%ids, %language, @bad);
for my $f (glob "$dir/sink/*.eml") {
	my $m = Undersigned::Mail->new(Undersigned::slurp($f), $f);
	my ($n) = $m->to =~ /filled(\d+)/;
	$ids{ $m->header('Message-ID') }++;
	my $want = { tg => 'tg', en => 'en', ru => 'ru', nb => 'en' }->{ (qw(tg en ru nb))[$n % 4] };
	push @bad, "$n: " . $m->subject if $m->subject ne "News ($want)";
	push @bad, "$n: name" if $m->text !~ /Filled Person $n\b/ || $m->text !~ /180/;
	push @bad, "$n: to" if $m->header('X-Recipient') ne $m->to;
	my $rp = $m->header('X-Reverse-Path');
	push @bad, "$n: $rp" if $rp !~ /^$c\+b-[a-z2-7]{37}\@/;
	push @bad, "$n: reply" if $m->reply_to !~ /^$c\+r-[a-z2-7]{37}\@/;
	push @bad, "$n: unsubscribe" if ($m->header('List-Unsubscribe') // '') !~ /<mailto:$c(\+|%2B)u-[a-z2-7]{37}\@/;
	push @bad, "$n: precedence" if ($m->header('Precedence') // '') ne 'bulk';
	push @bad, "$n: list" if ($m->header('List-Id') // '') eq '';
}
is("@bad", '', 'personal, in her language, with her own addresses');
is(scalar keys %ids, 180, 'each with a Message-ID of its own');
ok(update('send', 1, '-y') ? 0 : 1, 'what is done cannot be sent again');
$u->stop;

# ---- some of them ------------------------------------------------------------------------

instance([ [ 0, 100 ] ]);
write_update('--segment', 'country=TJ language=tg');
$u->start or BAIL_OUT($u->log);
update('send', 1, '-y');
$s = wait_until(\&finished);
# fill_bench: even numbers, by tens, from TJ; tg is every fourth.
ok(once(grep { /filled(\d+)/ && $1 % 2 == 0 && $1 / 2 % 5 == 0 && $1 % 4 == 0 && $1 % 20 != 7 } people(0, 100)),
    'a segment gets it, nobody else');
$u->stop;

# ---- a request does not wait behind an update --------------------------------------------

# Eight connections, and four mails of the update claimed for each.
instance([ [ 0, 800 ] ], sink => { pace => 0.02 });
Undersigned::spew($u->{conf}, Undersigned::slurp($u->{conf}) =~ s/connections = \d+/connections = 8/r);
write_update();
$u->start or BAIL_OUT($u->log);
update('send', 1, '-y');
wait_until(sub { $_[0]{sent} > 40 });
my (@late, @passed);
for my $i (1 .. 5) {
	push @late, "late$i\@example.com";
	like($u->write_mail(from => $late[-1], to => "$c\@petitions.example.org"), qr/^250/, "somebody asks to sign ($i)");
	my $before = () = $sink->lines;
	my ($at, $end) = (undef, time + 60);
	until (defined $at || time > $end) {
		my @lines = $sink->lines;
		($at) = grep { $lines[$_][1] eq $late[-1] } 0 .. $#lines;
		sleep 0.05 unless defined $at;
	}
	ok(defined $at, 'and is asked') or diag $u->log;
	push @passed, ($at // 9999) - $before;
}
my $waits = status()->{waiting};
cmp_ok($waits, '>', 200, "while $waits others wait");
@passed = sort { $a <=> $b } @passed;
cmp_ok($passed[-1], '<=', 48, "behind none that was not claimed yet (@passed)");
cmp_ok($passed[0], '<=', 20, 'and mostly behind few of those that were');
update('cancel', 1, '-y');
$u->stop;

# ---- pause, resume, cancel --------------------------------------------------------------------

instance([ [ 0, 400 ] ], sink => { pace => 0.01 });
write_update();
$u->start or BAIL_OUT($u->log);
update('send', 1, '-y');
wait_until(sub { $_[0]{sent} > 20 });
ok(update('pause', 1), 'paused');
sleep 2.5;                      # what is on its way arrives
my $then = () = $sink->lines;
sleep 1;
is(scalar(() = $sink->lines), $then, 'nothing goes out any more');
cmp_ok($then, '<', 360, '... in the middle');
is(status()->{sent}, $then, 'what went out is known');
ok(update('resume', 1), 'resumed');
$s = wait_until(\&finished);
ok(once(people(0, 400)), 'in the end, everybody once');
$u->stop;

instance([ [ 0, 400 ] ], sink => { pace => 0.01 });
write_update();
$u->start or BAIL_OUT($u->log);
update('send', 1, '-y');
wait_until(sub { $_[0]{sent} > 20 });
ok(update('cancel', 1, '-y'), 'cancelled');
sleep 2.5;
$then = () = $sink->lines;
sleep 1;
is(scalar(() = $sink->lines), $then, 'nobody more gets it');
cmp_ok($then, '<', 360, '... in the middle');
is(status()->{unknown}, 0, 'nobody is unknown');
$u->stop;

# ---- who stops after she was claimed ------------------------------------------------------------

instance([ [ 0, 10 ] ]);
write_update();
$sink->trouble(closed => 1);
$u->start or BAIL_OUT($u->log);
update('send', 1, '-y');
wait_until(sub { $u->log =~ /relay-down/ });
sleep 1;
is(status()->{sent}, 0, 'the relay is away');
my ($st, $out, $err) = $u->undersign('signer', $c, 'forget', 'filled3@example.net');
is($st, 0, 'one is forgotten meanwhile') or diag $err;
($st, $out, $err) = $u->undersign('signer', $c, 'withdraw', 'filled4@example.net');
is($st, 0, 'one has withdrawn') or diag $err;
$sink->trouble;
$s = wait_until(\&finished, 40);
is($s->{state}, 'done', 'it is there again');
my %n = $sink->accepted;
is(scalar(grep { /filled/ && $n{$_} == 1 } map { "filled$_\@example.net" } 0, 1, 2, 5, 6, 7, 8), 7,
    'the others have it once: trouble of the relay is held against nobody');
is($s->{gone}, 2, 'those who went are gone');
my @updates = grep { Undersigned::slurp($_) =~ /^Precedence: bulk/m && Undersigned::slurp($_) =~ /X-Recipient: filled[34]@/ }
    glob "$dir/sink/*.eml";
is(scalar @updates, 0, 'and got nothing of it');
$u->stop;

# ---- put off, refused, and a domain that asks for a rest -----------------------------------------

instance([ [ 0, 10 ], [ 10, 30, 'slow.example' ] ]);
write_update();
$sink->trouble(refuse => { 'filled1@example.net' => '451 4.2.1 later',
    'filled2@example.net' => '550 5.1.1 nobody', 'slow.example' => '451 4.7.1 slower, please' });
$u->start or BAIL_OUT($u->log);
update('send', 1, '-y');
$s = wait_until(sub { $_[0]{sent} == 7 && $_[0]{later} == 28 && $_[0]{failed} == 1 });
is("$s->{sent} $s->{later} $s->{failed}", '7 28 1', 'taken, put off, refused');
$sink->trouble;
sleep 2;
is(status()->{later}, 28, 'nobody is tried again at once');
$u->pass(61);
wait_until(sub { $_[0]{later} < 28 });
$u->pass(7200);
$s = wait_until(\&finished);
is("$s->{sent} $s->{failed} $s->{unknown}", '35 1 0', 'all but the one refused have it in the end');
ok(once(grep { !/filled2@/ } people(0, 10), people(10, 30, 'slow.example')), 'once');
$u->stop;

# A rest outlives the daemon, and is twice as long when the first was not enough.
instance([ [ 0, 40, 'slow.example' ] ]);
write_update();
$sink->trouble(refuse => { 'slow.example' => '421 4.7.0 too many' });
$u->start or BAIL_OUT($u->log);
update('send', 1, '-y');
wait_until(sub { $_[0]{later} == 36 });
$u->stop;
$sink->trouble;
$u->start or BAIL_OUT($u->log);
sleep 1.5;
is(status()->{sent}, 0, 'a restart is no reason to try sooner');
is(status()->{unknown}, 0, 'and none for doubt');
$u->pass(62);
$s = wait_until(sub { $_[0]{sent} > 0 });
cmp_ok($s->{sent}, '>', 0, 'after a minute it goes on');
$u->stop;

# ---- limits --------------------------------------------------------------------------------------

instance([ [ 0, 200 ] ], limits => 'updates_per_hour = 1200');
write_update();
$u->start or BAIL_OUT($u->log);
update('send', 1, '-y');
sleep 4;
$then = () = $sink->lines;
cmp_ok($then, '>=', 18, 'some of an hour\'s number go at once');
cmp_ok($then, '<=', 24, '... and no more');
$u->kill_all;
$u->start or BAIL_OUT($u->log);
sleep 2;
cmp_ok(scalar(() = $sink->lines), '<=', 26, 'a crash does not begin it anew');
$u->pass(600);
sleep 2;
cmp_ok(scalar(() = $sink->lines), '>', $then + 10, 'time does');
$u->stop;

instance([ [ 0, 50 ], [ 50, 50, 'slow.example' ] ], limits => 'updates_per_domain_hour = 600');
write_update();
$u->start or BAIL_OUT($u->log);
update('send', 1, '-y');
wait_until(sub { $_[0]{later} + $_[0]{sent} == 90 });
my %by;
$by{ $_->[1] =~ /\@(.*)/ ? $1 : '' }++ for $sink->lines;
cmp_ok($_, '<=', 12, 'at most a minute\'s number to one domain') for @by{ 'example.net', 'slow.example' };
cmp_ok($_, '>=', 9, 'and as much to another') for @by{ 'example.net', 'slow.example' };
for (1 .. 10) { $u->pass(60); sleep 0.7 }
$s = wait_until(\&finished);
ok(once(people(0, 50), people(50, 50, 'slow.example')), 'everybody once');
$u->stop;

# ---- the end of the daemon ----------------------------------------------------------------------------

instance([ [ 0, 600 ] ], sink => { pace => 0.005 });
write_update();
$u->start or BAIL_OUT($u->log);
update('send', 1, '-y');
for (1 .. 4) {
	sleep 0.5;
	$u->stop;
	is(status()->{unknown}, 0, 'stopped in order: nobody is in doubt');
	$u->start or BAIL_OUT($u->log);
}
$s = wait_until(\&finished);
is($s->{unknown}, 0, 'nobody');
ok(once(people(0, 600)), 'everybody once');

# A role that is killed is not all: what the other knows is told.
instance([ [ 0, 600 ] ], sink => { pace => 0.005 });
write_update();
$u->start or BAIL_OUT($u->log);
update('send', 1, '-y');
wait_until(sub { $_[0]{sent} > 50 });
kill 'KILL', $u->roles->{keeper};
$s = wait_until(\&finished);
my %once = $sink->accepted;
is(scalar(grep { $_ > 1 } values %once), 0, 'a keeper killed: nobody twice');
cmp_ok($s->{unknown}, '<=', 64, 'and delivery has told what it sent');
is($s->{sent} + $s->{unknown}, 540, 'nobody is left out');
diag "unknown after a keeper's death: $s->{unknown}";
$u->stop;

# What delivery had and had not begun waits again: only what was on the wire is
# unknown.  The relay has taken those, and never says so.
instance([ [ 0, 600 ] ]);
write_update();
$sink->trouble(hang => 1);
$u->start or BAIL_OUT($u->log);
update('send', 1, '-y');
for (1 .. 200) { last if (() = $sink->lines) >= 2; sleep 0.05 }
sleep 0.5;
is(scalar(() = $sink->lines), 2, 'two connections, two mails on the wire');
is($sink->ahead, 2, '... and two envelopes ahead, of which the relay can have no more');
kill 'KILL', $u->roles->{delivery};
$sink->trouble;
$s = wait_until(\&finished);
is($s->{unknown}, 2, 'delivery killed: they are unknown, the others are not');
is($s->{sent}, 538, 'nobody is left out');
ok(once(people(0, 600)), 'everybody once');

# Killed again and again: few are unknown, and none of the others comes twice.
instance([ [ 0, 2000 ] ], sink => { pace => 0.002 });
write_update();
$u->start or BAIL_OUT($u->log);
update('send', 1, '-y');
my $killed = 0;
for (1 .. 5) {
	my $sent = status()->{sent};
	$s = wait_until(sub { $_[0]{sent} > $sent + 20 || finished($_[0]) });
	last if finished($s);
	my $pid = $u->roles->{delivery} or next;
	$killed += kill 'KILL', $pid;
}
$s = wait_until(\&finished, 60);
cmp_ok($killed, '>=', 3, "delivery killed $killed times");
cmp_ok($s->{unknown}, '<=', 4 * $killed, "$s->{unknown} unknown");
%once = $sink->accepted;
is(scalar(grep { $_ > 1 } values %once), 0, 'nobody twice');
is($s->{sent} + $s->{unknown}, 1800, 'nobody is left out');
$u->stop;

done_testing;
