#!/usr/bin/perl
# A campaign ends: its clocks run, its signers hear of it once, and what has been
# kept for long enough is erased.
use strict;
use warnings;
use Test::More;
use File::Basename;
use lib dirname(__FILE__);
use Time::HiRes qw(sleep time);
use Undersigned;

plan skip_all => 'no sqlite3 here' unless -x '/usr/bin/sqlite3';

my $u = Undersigned->new;
my $d = 'petitions.example.org';
my $day = 86400;
my $conf = "$u->{dir}/campaigns/manuchehr/campaign.conf";
(my $rest = Undersigned::slurp($conf)) =~ s/^retention \{.*?^\}\n//ms;
Undersigned::spew($conf, $rest . <<'CONF');
retention {
	comments = 20
	names = 40
	handin = 10
	addresses = 60
	traces = 90
	history = 50
	logs = 5
}
CONF
ok($u->start, 'the daemon starts') or BAIL_OUT($u->log);

sub rows { return $u->rows(@_) }
sub wait_for {
	my ($sub, $seconds) = @_;
	my $end = time + ($seconds // 60);
	sleep 0.2 until $sub->() || time > $end;
	return $sub->();
}
# The clock goes on and the keeper has looked at everything since: on its own day.
sub looked_today { return ((rows("select value from note where name = 'purge.day'"))[0] // 0) == int((CORE::time + $u->{clock}) / $day) }
sub days {
	my ($n) = @_;
	$u->pass($n * $day);
	ok(wait_for(\&looked_today), "$n days later it has been looked") or diag $u->log;
}
sub export { my ($st, $out) = $u->undersign('export', 'manuchehr'); return $out }
sub dry { my ($st, $out, $err) = $u->undersign('purge', @_, '--dry-run'); return join ' ', map { /^(\w+)\s+([\d,]+)\s/ && $2 ne '0' ? "$1=$2" : () } split /\n/, $out }

$u->sign(name => 'Ada Lovelace', from => 'ada@example.net', body => "City: Bergen\nComment: Words of Ada\nNews: yes\n");
$u->sign(name => 'Бэла', from => 'bea@example.net', body => "Город: Минск\nКомментарий: Слова\nНовости: да\n");
$u->sign(name => 'Cyd Quiet', from => 'cyd@example.net', body => "City: Tokyo\nComment: Words of Cyd\n");
my (undef, $last) = $u->sign(name => 'Dora', from => 'dora@example.net');
$u->write_mail(from => 'dora@example.net', to => $last->reply_to, body => "FORGET\n");
$u->write_mail(from => 'stranger@example.net', to => "manuchehr\@$d", body => "HELP\n");
Undersigned::spew("$u->{dir}/paper.csv", "name,city,country\nPaper Person,Oslo,NO\n");
is(($u->undersign('import', 'manuchehr', "$u->{dir}/paper.csv", '--batch', 'sheet'))[0], 0, 'one on paper');
ok($u->settle);
is($u->count('confirmed'), 3, 'three have signed');
my %key = map { split /\|/ } rows('select id, hex(key) from signature');
my @sealed = map { pack 'H*', $_ } grep { length } rows('select hex(identity) from signature'), rows('select hex(identity) from paper');
is(scalar @sealed, 4, 'four sealed rows');
is(dry(), '', 'nothing is erased while it is open');
cmp_ok((rows('select count(*) from history'))[0], '>', 0, 'there are notes on mail');
days(500);
like(export(), qr/Words of Ada.*Words of Cyd/s, 'not in a year and a half');
like(join(' ', rows("select count(*) from history where at < strftime('%s', 'now') + 400 * 86400")), qr/^0$/, 'but old notes on mail are');
is((rows("select count(*) from signature where state = 0"))[0], 0, 'and who only asked something');

# Closed: told once, an hour later, in her own language.
my $news = () = $u->mails_to('ada@example.net');
my $quiet = () = $u->mails_to('cyd@example.net');
my ($st, $out, $err) = $u->undersign('campaign', 'close', 'manuchehr');
is($st, 0, 'closed');
like($out, qr/In an hour the signers/, 'it says what follows');
like($out, qr/erased\s+\d{4}-\d\d-\d\d\s+names and cities/, 'and what is erased when');
is((rows('select count(*) from mailing'))[0], 0, 'nobody is told at once');
$u->pass(3700);
my $m = $u->mail_to('ada@example.net', $news + 1, 60);
ok($m, 'Ada is told');
like($m->subject, qr/closed/i, 'that it is closed');
like($m->text, qr/3 signatures/, 'how many have signed');
my @dates = $m->text =~ /on (\d{4}-\d\d-\d\d): (names|comments|mail|everything)/g;
is(scalar @dates, 8, "what is deleted when: @dates");
my %when = reverse @dates;
cmp_ok($when{comments}, 'lt', $when{names}, 'comments first');
cmp_ok($when{mail}, 'lt', $when{everything}, 'all the rest last');
like($m->text, qr/FORGET/, 'and how to be faster');
ok($m->header('List-Unsubscribe'), 'it is an update like others');
my $b = $u->mail_to('bea@example.net', $news + 1, 60);
ok($b, 'Бэла is told');
like($b->text, qr/Петиция закрыта/, 'in Russian');
is(scalar(() = $u->mails_to('cyd@example.net')), $quiet, 'not who did not ask for news');
is($u->stop, 0, 'restarted');
ok($u->start) or BAIL_OUT($u->log);
$u->pass($day);
sleep 3;
ok($u->settle);
is(scalar(() = $u->mails_to('ada@example.net')), $news + 1, 'nobody is told twice');
($st, $out) = $u->undersign('campaign', 'close', 'manuchehr');
like($out, qr/closed already/, 'closed again: nothing');
like(($u->undersign('campaign', 'show', 'manuchehr'))[1], qr/closed\s+\d{4}-\d\d-\d\d.*erased\s+\d{4}/s, 'show tells the clocks');

# Comments.
is($u->stop, 0, 'the daemon is away');
$u->pass(19 * $day);
is(dry('manuchehr'), 'comments=3 logs=2', 'the dry run tells');
like(export(), qr/Words of Ada/, 'and changes nothing');
ok($u->start) or BAIL_OUT($u->log);
ok(wait_for(sub { export() !~ /Words of|Слова/ }), 'comments are gone');
like(export(), qr/Ada Lovelace,Bergen.*Cyd Quiet,Tokyo/s, 'names are not');
is((rows('select count(*) from ledger'))[0], 0, 'who got which update is gone');
is((rows('select accepted from mailing'))[0], 2, 'not how many');

# Handed in.
($st, $out) = $u->undersign('campaign', 'hand-in', 'manuchehr');
is($st, 0, 'handed in');
$u->pass(3700);
$m = $u->mail_to('ada@example.net', $news + 2, 60);
ok($m, 'Ada is told once more');
like($m->subject, qr/handed in/i, 'that it is');
($st, $out, $err) = $u->undersign('campaign', 'open', 'manuchehr');
is($st, 1, 'it cannot just be opened again');
like($err, qr/is still handed in: if that was a mistake, /, 'and why');
like(($u->undersign('campaign', 'list'))[1], qr/^manuchehr +handed in /m, 'list says what it is');
like(($u->undersign('campaign', 'show', 'manuchehr'))[1], qr/^state +handed in$/m, 'so does show');
like(($u->undersign($_ eq 'status' ? () : 'campaign', $_, '--format=json'))[1], qr/"state":"handed in"/, "and $_, for programs") for qw(list status);
ok($u->settle);
is($u->stop, 0, 'the daemon is away');
$u->pass(10 * $day);
is(dry(), 'names=3 addresses=1 paper=1 logs=2', 'what the list was made of is due');
my (undef, $would) = $u->undersign('purge', 'manuchehr', '--dry-run');
($st, $out) = $u->undersign('purge', 'manuchehr');
is($st, 0, 'erased by command');
is($would =~ s/would be erased/were erased/r =~ tr/ //sr, $out =~ tr/ //sr, 'and told in the words in which it was told before');
like($out, qr/^names\s+3\b.*^addresses\s+1\b/ms, 'which tells the numbers');
is(dry(), '', 'then nothing is left to erase');
my $csv = export();
unlike($csv, qr/Ada|Bergen|Cyd|Tokyo|cyd\@|Бэла/, 'no names');
like($csv, qr/ada\@example\.net/, 'the address of who wants news is there');
is($u->count('confirmed'), 3, 'the count is what it was');
cmp_ok((rows('select count(*) from leaf where opening is not null'))[0], '>=', 3, 'what shows that somebody is in the tally is there');
my %f = map { $_ => Undersigned::slurp($_) } glob("$u->{dir}/state/*");
my @left = grep { my $s = $_; grep { index($f{$_}, substr $s, 0, 16) >= 0 || index($f{$_}, substr $s, -16) >= 0 } keys %f } @sealed;
is(scalar @left, 0, 'nothing of the sealed values is in any file');

# Addresses, then everything.
ok($u->start) or BAIL_OUT($u->log);
days(60);
unlike(export(), qr/\@example/, 'no addresses');
is((rows("select count(*) from signature where identity is not null or updates <> 0"))[0], 0, 'no identities');
is($u->count('confirmed'), 3, 'still counted');
days(30);
my %now = map { split /\|/ } rows('select id, hex(key) from signature');
my @same = grep { ($now{$_} // '') eq $key{$_} } keys %key;
is(scalar @same, 1, 'of the hashes one is left');
is((rows("select state from signature where id = $same[0]"))[0], 6, 'of her who wants to be left alone');
is((rows('select count(*) from leaf where signature <> 0 or opening is not null'))[0] + (rows('select count(*) from signature where leaf <> 0'))[0], 0, 'and nothing leads to the tally');
is($u->count('confirmed'), 3, 'still counted');
is(($u->undersign('counts', 'manuchehr', '--by', 'language', '--format', 'json'))[1] =~ /"ru"/ ? 1 : 0, 1, 'by language too');
is((rows('select count(*) from paper where identity is not null'))[0], 0, 'no paper');
($st, $out, $err) = $u->undersign('campaign', 'close', 'manuchehr');
is($st, 0, 'the hand-in can be taken back') or diag $err;
like($out, qr/^manuchehr is closed: no new signatures/m, 'then it is closed');
($st, $out, $err) = $u->undersign('campaign', 'open', 'manuchehr');
is($st, 1, 'but it cannot be opened');
like($err, qr/counted twice/, 'and why');
is(($u->undersign('check', '--offline'))[0], 0, 'check is content');
is($u->stop, 0, 'ends cleanly');
unlike($u->log, qr/=failed\b/, 'nothing failed');
done_testing;
