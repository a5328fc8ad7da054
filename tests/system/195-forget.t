#!/usr/bin/perl
# After FORGET nothing of her is left in any file: not even sealed.
use strict;
use warnings;
use Test::More;
use File::Basename;
use lib dirname(__FILE__);
use Time::HiRes qw(sleep time);
use Undersigned;

plan skip_all => 'no sqlite3 here' unless -x '/usr/bin/sqlite3';

my $u = Undersigned->new;
ok($u->start, 'the daemon starts') or BAIL_OUT($u->log);
my $d = 'petitions.example.org';

sub rows { return map { [ split /\|/, $_, -1 ] } $u->rows(@_) }

# Everything sealed that there is of a person, by what it is.
my %sealed;
sub keep {
	my ($what, @sql) = @_;
	for my $r (map { rows($_) } @sql) {
		$sealed{pack 'H*', $_} = $what for grep { length $_ >= 32 } @$r;
	}
}

sub keep_all {
	my ($id) = @_;
	keep('identity', "select hex(identity) from signature where id = $id");
	keep('outbox', "select hex(payload) from outbox where signature = $id");
	keep('serial', "select hex(serial) from outbox where signature = $id");
	keep('leaf', "select hex(opening) from leaf where signature = $id");
}

# What of that can be found in a text, by any 16 octets of it.
sub found {
	my ($text) = @_;
	my %in;
	for my $blob (keys %sealed) {
		for (my $i = 0; $i + 16 <= length $blob; $i++) {
			next if index($text, substr $blob, $i, 16) < 0;
			$in{$sealed{$blob}}++;
			last;
		}
	}
	return join ' ', map { "$_ $in{$_}" } sort keys %in;
}

sub files { return map { $_ => Undersigned::slurp($_) // '' } glob("$u->{dir}/state/* $u->{dir}/log $u->{dir}/backup*") }
sub where { my %f = files(); return join ', ', map { my $n = found($f{$_}); $n eq '' ? () : basename($_) . ": $n" } sort keys %f }

# Hers among others', who go on writing.
$u->sign(name => "Other $_", from => "other$_\@example.net", body => "City: Town $_\n") for 1 .. 6;
my ($request, $receipt) = $u->sign(name => 'Ada Lovelace', from => 'ada@example.net',
    body => "Country: NO\nCity: Bergen\nComment: " . 'what I want to say ' x 6 . "\n");
ok($receipt, 'Ada has signed') or BAIL_OUT($u->log);
my ($row) = rows("select id, hex(key) from signature order by id desc limit 1");
my ($id, $key) = ($row->[0], pack 'H*', $row->[1]);
ok($id > 6 && length $key == 16, 'hers is the last row');
keep_all($id);

# Mail to her that waits: delivery stands still meanwhile.
my $delivery = $u->roles->{delivery};
kill 'STOP', $delivery;
for my $body ("STATUS\n", "Name: Augusta Ada King\n", "HIDE\n", "UPDATES\n", "City: Oslo\n") {
	like($u->write_mail(from => 'ada@example.net', to => $receipt->reply_to, body => $body), qr/^250/, 'taken');
	keep_all($id);
}
my %kinds = map { $_ => 1 } values %sealed;
is(join(' ', sort keys %kinds), 'identity leaf outbox serial', 'sealed values of each kind are noted');
cmp_ok(scalar(keys %sealed), '>=', 8, 'and several of them: ' . keys %sealed);
isnt(where(), '', 'they are in the files now: ' . where());

like($u->write_mail(from => 'ada@example.net', to => $receipt->reply_to, body => "FORGET\n"), qr/^250/, 'FORGET');
kill 'CONT', $delivery;
my $end = time + 60;
my @all;
do { @all = $u->mails_to('ada@example.net'); sleep 0.1 } until time > $end || grep { $_->text =~ /is deleted/ } @all;
ok((grep { $_->text =~ /is deleted/ } @all), 'she is told');
keep_all($id);

$end = time + 120;
sleep 0.5 until where() eq '' || time > $end;
is(where(), '', 'nothing of her is in any file, within a minute or two');
is(($u->undersign('backup', "$u->{dir}/backup.db"))[0], 0, 'a backup made later');
ok(-s "$u->{dir}/backup.db" > 10000, 'with the others in it');
is(where(), '', 'has nothing of her either');

# All that may be left is the row that keeps her from being written to: once, and
# once in the index that finds it.
my %f = files();
my @hits = map { my $n = () = $f{$_} =~ /\Q$key\E/g; $n ? basename($_) . " $n" : () } sort keys %f;
is("@hits", 'backup.db 2 undersigned.db 2', 'her keyed hash is in her row and in its index alone');
is(join(',', map { @$_ } rows("select state, country, language, source, created_day, confirmed_day, number, hidden, updates, requested_at, answers, asked, answered_day, length(identity) from signature where id = $id")),
    '6,,,,0,0,0,0,0,0,0,0,0,', 'the row says nothing more');

# Pages that she was on are written again, and bring nothing back.
$u->sign(name => "More $_", from => "more$_\@example.net", body => "City: Town $_\n") for 1 .. 6;
is(where(), '', 'nor when her pages are written again');
is($u->stop, 0, 'ends cleanly');
is(where(), '', 'nor when the daemon has ended');

# Staff erase by the command, with the daemon and without.
($row) = rows("select id, hex(key) from signature where state = 2 order by id limit 1");
%sealed = ();
keep_all($row->[0]);
is(scalar(keys %sealed), 2, 'another');
is(($u->undersign('signer', 'manuchehr', 'forget', 'other1@example.net'))[0], 0, 'is erased by staff');
is(where() =~ s/backup.db: identity 1 leaf 1//r, '', 'at once, but for the old backup');

ok($u->start, 'with the daemon') or BAIL_OUT($u->log);
($row) = rows("select id, hex(key) from signature where state = 2 order by id limit 1");
%sealed = ();
keep_all($row->[0]);
my ($st, $out) = $u->undersign('signer', 'manuchehr', 'forget', 'other2@example.net');
is($st, 0, 'erased by staff');
$end = time + 60;
sleep 0.5 until where() =~ s/backup.db: identity 1 leaf 1//r eq '' || time > $end;
is(where() =~ s/backup.db: identity 1 leaf 1//r, '', 'and gone');

# Killed right after: what is in the WAL then goes when it runs again.
($row) = rows("select id, hex(key) from signature where state = 2 order by id desc limit 1");
%sealed = ();
keep_all($row->[0]);
my @m = $u->mails_to('more6@example.net');
like($u->write_mail(from => 'more6@example.net', to => $m[-1]->reply_to, body => "FORGET\n"), qr/^250/, 'FORGET');
$u->kill_all;
diag('cleaned before the power went') if where() eq '';
ok($u->start, 'started again') or BAIL_OUT($u->log);
$end = time + 120;
sleep 0.5 until where() eq '' || time > $end;
is(where(), '', 'gone');
is($u->stop, 0, 'ends cleanly');
done_testing;
