#!/usr/bin/perl
# Nothing that names a signer stands in clear anywhere on the disk.
use strict;
use warnings;
no warnings 'portable';         # addresses are 64 bits long
use Test::More;
use File::Basename;
use File::Find;
use lib dirname(__FILE__);
use Undersigned;

my $u = Undersigned->new;
my $d = 'petitions.example.org';
ok($u->start('-d'), 'the daemon starts, debugging') or BAIL_OUT($u->log);

my @words = map { ("person$_\@secret-domain$_.example.net", "Zaphodina$_", "Cityzen$_", "remarkable$_") } 1 .. 6;
for my $i (1 .. 5) {
	my %m = (name => "Zaphodina$i Beeblebrox", from => "person$i\@secret-domain$i.example.net",
	    body => "Country: NO\nCity: Cityzen$i\nComment: remarkable$i\n");
	if ($i == 5) { $u->write_mail(to => "manuchehr\@$d", %m) } else { $u->sign(%m) }
}
ok($u->settle);
is($u->count('confirmed'), 4, 'four signed');
is(($u->undersign('backup', "$u->{dir}/backup.db"))[0], 0, 'a backup, too');
# The WAL as it is before the keeper comes to empty it.
my $wal;
for my $try (1 .. 20) {
	$u->write_mail(to => "manuchehr\@$d", name => "Zaphodina6 Beeblebrox", from => "person6\@secret-domain6.example.net",
	    body => "Country: NO\nCity: Cityzen6\nComment: remarkable6 $try\n");
	$wal = Undersigned::slurp("$u->{dir}/state/undersigned.db-wal") // '';
	last if length $wal;
}
cmp_ok(length $wal, '>', 0, 'the WAL has something in it');
my $size = -s "$u->{dir}/backup.db";
ok($size, 'which is not empty');

# The memory of every role but the keeper, as root can read it.
my $roles = $u->roles;
sub memory {
	my ($pid) = @_;
	my $all = '';
	open my $maps, '<', "/proc/$pid/maps" or return undef;
	open my $mem, '<:raw', "/proc/$pid/mem" or return undef;
	while (<$maps>) {
		my ($from, $to, $r) = /^([0-9a-f]+)-([0-9a-f]+) (r)w/ or next;
		sysseek $mem, hex $from, 0 or next;
		sysread $mem, my $chunk, hex($to) - hex($from);
		$all .= $chunk // '';
	}
	return $all;
}

sub look {
	my ($what, $text) = @_;
	my @found = grep { index(lc $text, lc $_) >= 0 } @words, 'secret-domain', 'beeblebrox';
	is("@found", '', "nothing of them in $what");
}

look('the WAL', $wal);

# What may name them: the mails in the relay's Maildir, and the clock.
my %n;
find(sub {
	return unless -f $_ && $File::Find::name !~ m{/out/|/clock|/campaigns/};
	my $text = Undersigned::slurp($_);
	$n{$_} = length $text;
	look(basename($File::Find::name), $text);
}, $u->{dir});
cmp_ok(scalar keys %n, '>=', 4, "files looked at: " . join ' ', sort keys %n);
cmp_ok($n{'undersigned.db'} // 0, '>', 0, 'the database among them');
cmp_ok($n{log} // 0, '>', 0, 'and the log');

# Under a sanitizer freed memory is kept on purpose; only the plain build is judged.
SKIP: {
	skip 'a sanitizer keeps freed memory', 3 if -e "$Undersigned::BUILD/sanitized";
	my $keeper = memory($roles->{keeper} // 0);
	skip 'the memory of other processes cannot be read here', 3 unless defined $keeper && length $keeper;
	my $parent = memory($u->{pid}) // '';
	cmp_ok(index($parent, "$u->{dir}/state"), '>=', 0, 'the parent\'s memory is read');
	look('the parent\'s memory', $parent);
	ok(defined $roles->{intake}, 'roles are there');
}
is($u->stop, 0, 'ends cleanly');
look('the database after a stop', Undersigned::slurp("$u->{dir}/state/undersigned.db"));

# And with the key, staff can read them.
my ($st, $csv) = $u->undersign('export', 'manuchehr');
is($st, 0, 'export');
like($csv, qr/Zaphodina1/, 'with the key it can be read');

# Another key opens nothing and says so.
rename "$u->{dir}/master.key", "$u->{dir}/old.key";
$u->undersign('init');
my ($st2, $out2, $err2) = $u->undersign('export', 'manuchehr');
isnt($st2, 0, 'with another key export fails');
like($err2, qr/key/, 'and says why');
unlike($out2, qr/Zaphodina/, 'naming nobody');
done_testing;
