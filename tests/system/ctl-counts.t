#!/usr/bin/perl
# counts, export, signer, status, backup and restore, while the daemon works.
# SPDX-License-Identifier: ISC
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use JSON::PP;
use Test::More;
use Undersigned;

my $u = Undersigned->new;
$u->start or BAIL_OUT("no daemon: " . $u->log);
my $c = 'manuchehr';
my $to = "$c\@$u->{domain}";

sub ok_run {
	my ($st, $out, $err) = $u->undersign(@_);
	is($st, 0, join ' ', @_) or diag $err;
	return $out;
}
sub json { return JSON::PP->new->utf8->decode(ok_run(@_, '--format=json')) }

# A reader of RFC 4180: rows of cells; dies when the text is none.
sub csv {
	my ($text) = @_;
	my (@rows, @row);
	while (length $text) {
		my $cell;
		if ($text =~ s/\A"((?:[^"]|"")*)"//) { ($cell = $1) =~ s/""/"/g }
		else { $text =~ s/\A([^",\r\n]*)//; $cell = $1 }
		push @row, $cell;
		if ($text =~ s/\A,//) { next }
		$text =~ s/\A\r\n// or die "no CRLF at: " . substr $text, 0, 40;
		push @rows, [@row];
		@row = ();
	}
	return @rows;
}

my $empty = json('counts', $c);
is($empty->{confirmed}, 0, 'nobody yet');
is(scalar(() = csv(ok_run('export', $c))), 1, 'a list of heads');

# Some sign: in two languages, from countries, by a source, one hidden, one with
# a name that is a formula, one who does not answer.
my @people = (
    ['ada@example.net', "Name: Ada Lovelace\nCountry: Norway\nCity: Oslo\nComment: Free him, now\n"],
    ['=calc@example.net', "Name: =SUM(A1;\"y\")\nCountry: Tajikistan\n"],
    ['bo@example.net', "Name: Bo, \"the elder\"\nCountry: Norway\nComment: +1;=1+1\n", "$c+from-poster\@$u->{domain}"],
    ['rus@example.net', "Имя: Анна\nСтрана: Таджикистан\n"]);
for my $p (@people) {
	my ($request, $receipt) = $u->sign(from => $p->[0], body => $p->[1], $p->[2] ? (to => $p->[2]) : ());
	ok($receipt, "$p->[0] has signed") or diag $u->log;
}
like($u->write_mail(from => 'late@example.net', to => $to, body => "Name: Late\n"), qr/^250/, 'one has not answered');
ok($u->mail_to('late@example.net'), 'though asked');

my $all = json('counts', $c);
is($all->{campaign}, $c, 'counts: campaign');
is($all->{confirmed}, 4, 'confirmed');
is($all->{pending}, 1, 'pending');
is($all->{$_}, 0, $_) for qw(withdrawn uncounted expired);
is_deeply(json('counts', $c, '--by=country')->{by}, { NO => 2, TJ => 2 }, 'by country');
is(json('counts', $c, '--by=source')->{by}{poster}, 1, 'by source');
is_deeply([values %{ json('counts', $c, '--by=day')->{by} }], [4], 'by day');
is(json('counts', $c, '--by=language')->{by}{ru}, 1, 'by language');
is(json('counts', $c, '--by=state')->{by}{pending}, 1, 'by state');
my $table = ok_run('counts', $c, '--by=country');
like($table, qr/^country +name +confirmed$/m, 'a table with heads');
like($table, qr/^NO +Norway +2$/m, 'and countries in words');
like($table, qr/^total +4$/m, 'and a sum');
is_deeply([csv(ok_run('counts', $c, '--by=country', '--format=csv'))]->[0], [qw(country country_name confirmed)], 'as CSV');
my ($st, $out, $err) = $u->undersign('counts', 'nobody');
is($st, 1, 'no such campaign');
like($err, qr/there are: manuchehr/, 'and which there are');
is(($u->undersign('counts', $c, '--by=age'))[0], 2, 'no such way to count');
is(($u->undersign('counts', $c, '--format=xml'))[0], 2, 'no such format');

# What may be told to anybody: four people single each other out.
my $public = json('counts', $c, '--public', '--by=country');
is_deeply($public->{by}, {}, 'public: no country of four people');
is($public->{confirmed}, '<10', 'nor how many they are');
is(json('counts', $c, '--public')->{confirmed}, '<10', 'nor without countries');
is(($u->undersign('counts', $c, '--public', '--by=state'))[0], 2, 'states are not public');
for my $i (1 .. 27) {
	$u->sign(from => "many$i\@example.net", body => 'Country: ' . ($i < 14 ? 'Norway' : 'Russia') . "\n");
}
$public = json('counts', $c, '--public', '--by=country');
is_deeply($public->{by}, { NO => 15, RU => '10+', TJ => '<10' }, 'public: small ones are not told, nor what the rest would tell');
is($public->{confirmed}, 31, 'the total is');
like(ok_run('counts', $c, '--public', '--by=country'), qr/^TJ +Tajikistan +<10$/m, 'in a table');
like(ok_run('counts', $c, '--public', '--by=country', '--format=csv'), qr/^TJ,Tajikistan,<10\r$/m, 'as CSV');
$u->sign(from => 'onemore@example.net', body => "Country: Norway\n");
is_deeply(json('counts', $c, '--public', '--by=country'), $public, 'one more changes nothing in public');
is($u->count('confirmed'), 32, 'though it is counted');
$u->undersign('signer', $c, 'forget', $_) for 'onemore@example.net', map { "many$_\@example.net" } 1 .. 27;

# export
my @rows = csv(ok_run('export', $c));
is_deeply(shift @rows, [qw(number name city country country_name comment address language source date state hidden
    count_since list_since updates_since shared_since)], 'heads');
is(scalar @rows, 4, 'the confirmed');
my %by = map { $_->[6] => $_ } @rows;
my $ada = $by{'ada@example.net'};
is_deeply([@$ada[1 .. 5]], ['Ada Lovelace', 'Oslo', 'NO', 'Norway', 'Free him, now'], 'all of Ada');
like($ada->[9], qr/^\d{4}-\d\d-\d\d$/, 'a date');
is_deeply([@$ada[10, 11]], ['confirmed', 'no'], 'state, hidden');
is($by{'bo@example.net'}[1], 'Bo, "the elder"', 'quotes and commas');
is($by{'bo@example.net'}[5], q('+1;'=1+1), 'no formula, here or for those who part cells at semicolons');
is($by{'bo@example.net'}[8], 'poster', 'source');
is($by{"'=calc\@example.net"}[1], q('=SUM(A1;"y")), 'a name that is a formula, and an address');
is_deeply([sort map { $_->[0] } @rows], [1 .. 4], 'numbers');
is(scalar(() = csv(ok_run('export', $c, '--state=pending'))), 2, 'the pending');
is(scalar(() = csv(ok_run('export', $c, '--state', 'all'))), 6, 'all');
is(($u->undersign('export', $c, '--state=happy'))[0], 2, 'no such state');
ok_run('export', $c, '-o', "$u->{dir}/list.csv");
is(sprintf('%04o', (stat "$u->{dir}/list.csv")[2] & 07777), '0600', 'a file for nobody else');
is(Undersigned::slurp("$u->{dir}/list.csv"), ok_run('export', $c), 'the same in a file');
($st, $out, $err) = $u->undersign('export', $c, '-o', "$u->{dir}/none/list.csv");
is($st, 1, 'where no file can be');
like($err, qr{none/list\.csv}, 'and says where');
SKIP: {
	skip 'no /dev/full', 2 unless -c '/dev/full';
	for my $args ("export $c", "counts $c") {
		is(system("'$Undersigned::BUILD/undersign' -c '$u->{conf}' $args >/dev/full 2>/dev/null") >> 8, 1, "$args: a full disk is told");
	}
}

# signer
my $show = ok_run('signer', $c, 'show', 'ADA@example.net');
like($show, qr/^name +Ada Lovelace$/m, 'show: name') or diag $show;
like($show, qr/^country +Norway \(NO\)$/m, 'country');
like(($u->undersign_in("ada\@example.net\n", 'signer', $c, 'show', '-'))[1], qr/Ada Lovelace/, 'an address from standard input');
is(($u->undersign('signer', $c, 'show', 'who@example.net'))[0], 1, 'nobody of that address');
is(($u->undersign('signer', $c, 'show', 'no address'))[0], 1, 'not an address');
is(($u->undersign('signer', $c, 'praise', 'ada@example.net'))[0], 2, 'nothing that can be done');
ok_run('signer', $c, 'withdraw', 'ada@example.net');
is($u->count('withdrawn'), 1, 'withdrawn');
like(ok_run('signer', $c, 'withdraw', 'ada@example.net'), qr/Nothing changed/, 'again');
is_deeply(json('counts', $c, '--by=country')->{by}, { NO => 1, TJ => 2 }, 'no longer counted');
ok_run('signer', $c, 'forget', 'ada@example.net');
unlike(ok_run('signer', $c, 'show', 'ada@example.net'), qr/Lovelace/, 'forgotten');
unlike(ok_run('export', $c, '--state=all'), qr/Lovelace/, 'nowhere');

# status
$u->settle;
my $status = json('status');
ok($status->{daemon}, 'the daemon answers');
is($status->{outbox}{waiting}, 0, 'nothing waits');
is($status->{campaigns}[0]{confirmed}, 3, 'the campaign');
ok($status->{database_octets} > 0, 'the size');
like(ok_run('status'), qr/^daemon +answers$/m, 'in words');

# check, and a copy while it works
($st, $out) = $u->undersign('check', '--offline');
is($st, 0, 'check') or diag $out;
like($out, qr/^ok +key +opens what is in the database/m, 'the key fits');
like($out, qr/^ok +daemon/m, 'the daemon');
ok_run('backup', "$u->{dir}/copy.db");
is(($u->undersign('backup', "$u->{dir}/copy.db"))[0], 1, 'not over a file');
is(($u->undersign('restore', "$u->{dir}/copy.db"))[0], 1, 'not while it works');
is($u->stop, 0, 'the daemon ends');
is(($u->undersign('status'))[0], 1, 'status says that it is away');
($st, $out, $err) = $u->undersign('restore', "$u->{dir}/copy.db");
is($st, 1, 'not over a database');
like($err, qr/move/, 'and what to do');
rename "$u->{dir}/state", "$u->{dir}/old";
mkdir "$u->{dir}/state", 0700;
Undersigned::spew("$u->{dir}/bad.db", 'x' x 5000);
is(($u->undersign('restore', "$u->{dir}/bad.db"))[0], 1, 'not what is no copy');
ok_run('restore', "$u->{dir}/copy.db");
is($u->count('confirmed'), 3, 'all is back');

# Another key.
my $other = Undersigned->new;
rename "$other->{dir}/master.key", "$u->{dir}/master.key" or die $!;
($st, $out, $err) = $u->undersign('export', $c);
is($st, 1, 'export with another key fails');
like($err, qr/does not open with the key/, 'and says why');
($st, $out) = $u->undersign('check', '--offline');
like($out, qr/^FAIL +key +does not open/m, 'check, too');
done_testing;
