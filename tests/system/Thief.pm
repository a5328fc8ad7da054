# Thief - looks for people in what is left of a server
#
#	my $thief = Thief->new(qw(zqaddress Zqname));   # words of theirs
#	my @found = $thief->files(@names);              # "log: Zqname"
#	my @found = $thief->memory($pid);               # what it may write to; as root
#	my @lines = $thief->seize($u, @files);          # with the master key: seize.c
#
# A word is found in whatever case, in UTF-16, and within base64 wherever it begins;
# let words be of nine letters or more, so that none is found by chance.
#
# SPDX-License-Identifier: ISC
package Thief;

use strict;
use warnings;
no warnings 'portable';         # addresses of 64 bits
use File::Basename qw(basename);
use MIME::Base64 qw(encode_base64);
use Undersigned;

# What stands in base64 of a text for WORD alone, for each place in three octets.
sub in_base64 {
	my ($word) = @_;
	my @pieces;
	for my $before (0 .. 2) {
		my $text = encode_base64(("\0" x $before) . $word, '');
		$text =~ s/=+$//;
		my $last = (length($word) + $before) % 3 ? 1 : 0;
		push @pieces, substr $text, $before ? $before + 1 : 0, length($text) - ($before ? $before + 1 : 0) - $last;
	}
	return @pieces;
}

sub new {
	my ($class, @words) = @_;
	my $plain = join '|', map { quotemeta } @words;
	my $wide = join '|', map { quotemeta join "\0", split // } @words;
	my $coded = join '|', map { quotemeta } map { in_base64($_) } @words;
	return bless { words => qr/((?i:$plain|$wide)|$coded)/ }, $class;
}

sub files {
	my ($self, @files) = @_;
	my @found;
	for my $file (@files) {
		my $bytes = Undersigned::slurp($file) // '';
		push @found, basename($file) . ": $1" if $bytes =~ $self->{words};
	}
	return @found;
}

# Tells in LOOKED how many octets that were, and whether a campaign's name was there.
sub memory {
	my ($self, $pid, $looked) = @_;
	my @found;
	@$looked{qw(octets slug)} = (0, 0);
	open my $maps, '<', "/proc/$pid/maps" or return "no maps: $!";
	open my $mem, '<:raw', "/proc/$pid/mem" or return "no memory: $!";
	while (<$maps>) {
		my ($from, $to, $name) = /^([0-9a-f]+)-([0-9a-f]+) rw\S* \S+ \S+ \S+\s*(.*)$/ or next;
		seek $mem, hex $from, 0;
		read($mem, my $bytes, hex($to) - hex($from)) or next;
		push @found, "$1 in $name" while $bytes =~ /$self->{words}/g;
		$looked->{octets} += length $bytes;
		$looked->{slug} = 1 if index($bytes, 'manuchehr') >= 0;
	}
	return @found;
}

# The same until nothing is found, for half a minute: a thread may be about to wipe.
sub memory_at_rest {
	my ($self, $pid, $looked) = @_;
	my @found;
	for (1 .. 30) {
		@found = $self->memory($pid, $looked);
		last if !@found;
		sleep 1;
	}
	return @found;
}

sub seize {
	my ($self, $u, @files) = @_;
	my ($st, $out, $err) = $u->run('', "$Undersigned::BUILD/tests/system/seize", "$u->{dir}/state/undersigned.db",
	    "$u->{dir}/master.key", @files);
	die "seize: $err" if $st != 0;
	return split /\n/, $out;
}

1;
