#!/usr/bin/perl
# Somebody takes the server, running or not: what lies in files, and in the memory
# of each role once its work is done.
# SPDX-License-Identifier: ISC
use strict;
use warnings;
no warnings 'portable';         # addresses of 64 bits
use Test::More;
use File::Basename;
use File::Temp ();
use lib dirname(__FILE__);
use Sink;
use Undersigned;

my $words = qr/(zqmark|zqhost|Zqname|Zqlast|Zqcity|Zqcomment)/i;
my $d = 'petitions.example.org';

# What WORDS are found in the memory that PID may write to, with where.
sub in_memory {
	my ($pid) = @_;
	my @found;
	open my $maps, '<', "/proc/$pid/maps" or return "no maps: $!";
	open my $mem, '<:raw', "/proc/$pid/mem" or return "no memory: $!";
	while (<$maps>) {
		my ($from, $to, $name) = /^([0-9a-f]+)-([0-9a-f]+) rw\S* \S+ \S+ \S+\s*(.*)$/ or next;
		seek $mem, hex $from, 0;
		read($mem, my $bytes, hex($to) - hex($from)) or next;
		push @found, "$1 in $name" while $bytes =~ /$words/g;
	}
	return @found;
}

sub in_files {
	my ($u, @files) = @_;
	my @found;
	for my $file (@files) {
		my $bytes = Undersigned::slurp($file) // '';
		push @found, basename($file) . ": $1" if $bytes =~ $words;
	}
	return @found;
}

for my $relay ('maildir', 'smtp') {
	my $dir = File::Temp::tempdir(CLEANUP => 1);
	my $sink = $relay eq 'smtp' ? Sink->new("$dir/sink") : undef;
	my $u = Undersigned->new($sink ? (relay => $sink->url) : ());
	ok($u->start, "$relay: starts") or BAIL_OUT($u->log);
	for my $i (1 .. 30) {
		my $body = "City: Zqcity$i\nComment: Zqcomment number $i\n" . ($i % 3 ? "News: yes\n" : '');
		my %who = (from => "zqmark$i\@zqhost.example", name => "Zqname$i Zqlast", body => $body);
		if ($sink) { like($u->write_mail(%who, to => "manuchehr\@$d"), qr/^250/, "letter $i") if $i <= 5; next }
		my (undef, $receipt) = $u->sign(%who);
		$receipt or fail("no receipt for $i");
		$u->write_mail(%who, to => $receipt->reply_to, body => "STATUS\n") if $i % 7 == 0;
	}
	$u->settle;
	is(($u->undersign('backup', "$u->{dir}/copy.db"))[0], 0, 'a backup');
	is_deeply([in_files($u, "$u->{dir}/log", "$u->{dir}/copy.db", glob "$u->{dir}/state/*")], [], "$relay: nobody in database, WAL, backup and log");
	SKIP: {
		skip 'only root can read the memory of the roles', 3 if $> != 0;
		skip 'a sanitizer keeps what is freed', 3 if -e "$Undersigned::BUILD/sanitized";
		my %role = %{ $u->roles };
		ok(scalar keys %role >= 3, 'the roles run');
		for my $role (sort keys %role) {
			my @found;
			for (1 .. 30) {         # a thread may be about to wipe
				@found = in_memory($role{$role});
				last if !@found;
				sleep 1;
			}
			is_deeply(\@found, [], "$relay: nobody in the memory of $role");
		}
	}
	is($u->stop, 0, 'ends');
}
done_testing;
