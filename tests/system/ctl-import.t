#!/usr/bin/perl
# People who signed on paper: counted apart, never written to, never twice.
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
my $sheet = "$u->{dir}/sheet 1.csv";

sub sheet { Undersigned::spew($sheet, join '', @_) }
sub counts { my (undef, $out) = $u->undersign('counts', $c, '--format=json'); return decode_json($out) }
sub import_it { return $u->undersign('import', $c, $sheet, @_) }

# ---- mistakes: each with its line, and nothing is taken in
for my $bad (
    ['', qr/is empty/], ["name\n", qr/nobody/],
    ["city,country\nOslo,NO\n", qr/:1: no column is called "name"/],
    ["name,name\nAda,Ada\n", qr/:1: two columns/],
    ["name,country\nAda,NO\n,NO\n", qr/:3: the name is missing/],
    ["name,country\nAda,Atlantis\n", qr/:2: no country/],
    ["name,address\nAda,not an address\n", qr/:2: the address/],
    ["name,date\nAda,31.12.2025\n", qr/:2: the date must/],
    ["name,date\nAda,2999-01-01\n", qr/:2: the date is in the future/],
    ["name\n\"Ada\n", qr/line 2: a quote/],
    ["name\nAda\nBj\xf8rn\n", qr/:3: not UTF-8/],
    ["PK\x03\x04\0\0", qr/not a CSV file/],
    ["name\n" . ('a,' x 100) . "\n", qr/line 2: more than 64 cells/]) {
	sheet($bad->[0]);
	my ($st, $out, $err) = import_it();
	is($st, 1, "refused: $bad->[1]");
	like($err, $bad->[1], 'and says why') or diag $err;
}
is(counts()->{paper}, 0, 'nothing was taken in');
my ($st, $out, $err) = $u->undersign('import', $c, "$sheet.none");
is($st, 1, 'a file that is not there');
($st, $out, $err) = $u->undersign('import', 'nocampaign', $sheet);
is($st, 1, 'a campaign that is not there');
like($err, qr/no campaign nocampaign/, 'by name');

# ---- some have signed by mail before, and one of them withdrew or was forgotten
for my $who (qw(ada bo cia)) {
	$u->sign(from => "$who\@example.net", body => "Name: $who\nCountry: Norway\n") or diag $u->log;
}
$u->undersign('signer', $c, 'withdraw', 'bo@example.net');
$u->undersign('signer', $c, 'forget', 'cia@example.net');
$u->settle;
my $mails = $u->mails;
sheet("\xef\xbb\xbfИмя;Страна;city;E-mail;Комментарий;date\r\n",
    "Ада;Норвегия;Осло;ada\@example.net;;2026-01-02\r\n",
    "Bo;NO;;bo\@example.net;;\r\n", "Cia;NO;;CIA\@example.net;;\r\n",
    "\"Дилором, \"\"Дила\"\"\";Таджикистан;Хоруғ;;\"две\nстроки\";2026-01-03\r\n",
    "Dilorom;TJ;Khorugh;dilorom\@example.net;;2026-01-03\r\n",
    "dilorom;tj;KHORUGH;Dilorom\@EXAMPLE.net;;\r\n", ";;;;;\r\n",
    "=SUM(1);Norway;Oslo;;;\r\n", "  =sum(1) ;Norge;oslo;;;\r\n");
($st, $out, $err) = import_it('--dry-run');
is($st, 0, 'dry run') or diag $err;
like($out, qr/^8 rows are good/, 'empty rows do not count');
is(counts()->{paper}, 0, 'and takes nothing in');
($st, $out, $err) = import_it('--batch', 'Khorugh bazaar');
is($st, 0, 'import') or diag $err;
like($out, qr/^3 taken in/m, 'three are new');
like($out, qr/^2 stood there/m, 'two stand twice');
like($out, qr/^1 has signed by mail and is counted there/m, 'one has signed by mail');
like($out, qr/^2 withdrew/m, 'what was said by mail goes before a sheet');
is(counts()->{paper}, 3, 'counted');
is(counts()->{confirmed}, 1, 'apart');
my $list;
($st, $list, $err) = $u->undersign('export', $c, '--state', 'paper');
is($st, 0, 'the list of them') or diag $err;
like($list, qr/Дилором.*Хоруғ/, 'with a name, also of one who left no address') or diag $list;
($st, $out) = import_it('--batch', 'again');
like($out, qr/^0 taken in/, 'the same list again changes nothing');
($st, $out) = $u->undersign('import', $c, '--list');
like($out, qr/Khorugh bazaar\s+TJ\s+2/, 'batches by country') or diag $out;
$u->settle;
is($u->mails, $mails, 'nobody was written to');

# ---- nothing of them in clear
for my $file (glob("$u->{dir}/state/*"), "$u->{dir}/log") {
	my $bytes = -f $file ? Undersigned::slurp($file) : '';
	unlike($bytes, qr/dilorom|Дилором|SUM\(1/i, "nothing in clear in $file");
}

# ---- she signs by mail: counted there, once
$u->sign(from => 'dilorom@example.net', body => "Name: Dilorom\nCountry: Tajikistan\n");
is(counts()->{confirmed}, 2, 'signed by mail');
is(counts()->{paper}, 2, 'and no longer on paper');

# ---- a batch is taken back
($st, $out) = $u->undersign('import', $c, 'Khorugh bazaar', '--undo');
is($st, 0, 'undo');
like($out, qr/^2 people/, 'of those who are left');
is(counts()->{paper}, 0, 'gone');
($st) = $u->undersign('import', $c, 'Khorugh bazaar', '--undo');
is($st, 1, 'there is none any more');
done_testing;
