# Seizure - what whoever takes the server finds in the raw octets of its files
#
#	my $s = Seizure->new('zaphodina', "ФИРУЗА" as octets of UTF-8, ...);
#	my @words = $s->in($octets);
#	my @found = $s->in_files(Seizure::files($dir));         # "file: word", once each
#
# For thousands of words; Thief.pm looks for a few, and in memory too.
#
# A word is found in capitals of ASCII or small letters, in base64 at each of its
# three places in either alphabet, in quoted-printable and percent, in hexadecimal
# digits and in UTF-16 either way; also across the ends of lines, of those encodings
# too.  It should have eight octets and more, or chance will write it.
#
# SPDX-License-Identifier: ISC
package Seizure;

use strict;
use warnings;
use Encode qw(decode encode);
use File::Find ();
use File::Temp ();
use MIME::Base64 qw(encode_base64);
use Undersigned;

# The characters of base64 that are of these octets alone, where SHIFT precede them.
sub base64_core {
	my ($octets, $shift) = @_;
	my $text = encode_base64("\0" x $shift . $octets, '');
	my $from = (0, 2, 3)[$shift];
	return substr $text, $from, int(8 * ($shift + length $octets) / 6) - $from;
}

# By name: a form that a word may have, and whether letters' case is part of it.
our %FORM = (
	plain => [ 0, sub { $_[0] } ],
	'quoted-printable' => [ 0, sub { $_[0] =~ s/([^\x21-\x3c\x3e-\x7e])/sprintf '=%02X', ord $1/ger } ],
	percent => [ 0, sub { $_[0] =~ s/([^A-Za-z0-9._~-])/sprintf '%%%02X', ord $1/ger } ],
	hexadecimal => [ 0, sub { unpack 'H*', $_[0] } ],
	'UTF-16LE' => [ 0, sub { encode('UTF-16LE', decode('UTF-8', $_[0])) } ],
	'UTF-16BE' => [ 0, sub { encode('UTF-16BE', decode('UTF-8', $_[0])) } ],
	map { my $shift = $_; (
		"base64 $shift" => [ 1, sub { base64_core($_[0], $shift) } ],
		"base64url $shift" => [ 1, sub { base64_core($_[0], $shift) =~ tr{+/}{-_}r } ],
	) } 0 .. 2,
);

sub new {
	my ($class, @words) = @_;
	my $s = bless { tmp => File::Temp::tempdir(CLEANUP => 1), forms => [ {}, {} ] }, $class;
	for my $word (@words) {
		my $small = encode('UTF-8', lc decode('UTF-8', $word));
		for my $form (values %FORM) {
			my ($case, $make) = @$form;
			for my $w ($word, $small) {
				my $text = $make->($w);
				$s->{forms}[$case]{ $case ? $text : lc $text } = $word;
			}
		}
	}
	Undersigned::spew("$s->{tmp}/forms$_", join '', map { "$_\n" } keys %{ $s->{forms}[$_] }) for 0, 1;
	return $s;
}

# By file, which words there are in it: { file => { word => 1 } }; files without any
# are left out.  The name of a file is part of it.
sub found {
	my ($s, @files) = @_;
	my %found;
	while (my @some = splice @files, 0, 500) {
		for my $i (0 .. $#some) {
			my $octets = "$some[$i]\n" . (Undersigned::slurp($some[$i]) // die "$some[$i]: $!");
			$octets .= "\n" . $octets =~ s/=?\r?\n[ \t]?//gr;
			Undersigned::spew("$s->{tmp}/$i.1", $octets);
			Undersigned::spew("$s->{tmp}/$i.0", lc $octets);
		}
		for my $case (0, 1) {
			local $ENV{LC_ALL} = 'C';
			open my $grep, '-|:raw', 'grep', '-aoHZF', '-f', "$s->{tmp}/forms$case", map { "$s->{tmp}/$_.$case" } 0 .. $#some or die $!;
			while (<$grep>) {
				my ($i, $text) = m{/(\d+)\.$case\0(.*)\n\z}s or die "grep: $_";
				$found{ $some[$i] }{ $s->{forms}[$case]{$text} // die "grep: $_" } = 1;
			}
			close $grep;
			die 'grep' if $? >> 8 > 1;
		}
	}
	return \%found;
}

# As lines to be shown.
sub in_files {
	my ($s, @files) = @_;
	my $found = $s->found(@files);
	return map { my $f = $_; map { "$f: $_" } sort keys %{ $found->{$f} } } sort keys %$found;
}

# In octets that are no file.
sub in {
	my ($s, $octets) = @_;
	Undersigned::spew("$s->{tmp}/octets", $octets);
	return sort keys %{ $s->found("$s->{tmp}/octets")->{"$s->{tmp}/octets"} // {} };
}

# All below these folders.
sub files {
	my (@dirs) = @_;
	my @files;
	File::Find::find({ no_chdir => 1, wanted => sub { push @files, $_ if -f && !-l } }, @dirs);
	return sort @files;
}

1;
