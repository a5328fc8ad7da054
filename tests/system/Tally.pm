# Tally.pm - logs, folders, receipts and cosignatures written by another program
#
#	my $t = Tally->new;                    # an empty log with a key
#	$t->sign for 1 .. 300;                 # signatures of p0@example.org, p1@...
#	$t->back(7, 'withdrawn');
#	$t->publish($dir, cosigned => [$w1, $w2], texts => [...]);
#	$t->receipt(5), $t->promise(5), $t->offer(100);
#	my $w = Tally::Witness->new('one.example.org');
#
# Made from undersigned-tally(5) and RFC 6962 alone, shares no code with src/tally:
# what one writes the other must be able to read.  Ed25519 is that of openssl(1).
#
# SPDX-License-Identifier: ISC
package Tally;

use strict;
use warnings;
use Digest::SHA qw(sha256);
use File::Basename qw(dirname);
use File::Path qw(make_path);
use File::Temp ();
use MIME::Base64 qw(encode_base64 decode_base64);
use POSIX ();

our $ORIGIN = 'petitions.example.org/manuchehr';
our $TEXT = "Free Manuchehr Kholiknazarov.\n";
our $DAY = 20777;               # 2026-11-20

sub b64 { return encode_base64($_[0], '') }
sub b64url { my $t = b64($_[0]); $t =~ tr{+/=}{-_}d; return $t }

sub slurp {
	my ($file) = @_;
	open my $fh, '<:raw', $file or die "$file: $!";
	local $/;
	return scalar <$fh>;
}

sub spew {
	my ($file, $text) = @_;
	make_path(dirname($file));
	open my $fh, '>:raw', $file or die "$file: $!";
	print $fh $text;
	close $fh or die "$file: $!";
}

# ---- Ed25519 ---------------------------------------------------------------------

package Tally::Key;

our $tmp = File::Temp::tempdir(CLEANUP => 1);
our $number = 0;

sub new {
	my ($class, $seed, $name, $type) = @_;
	my $file = "$tmp/key" . ++$number;
	Tally::spew($file, pack('H*', '302e020100300506032b657004220420') . $seed);
	my $der = `openssl pkey -inform DER -in $file -pubout -outform DER 2>/dev/null`;
	my $public = substr $der, -32;
	my $id = substr Digest::SHA::sha256("$name\n" . chr($type) . $public), 0, 4;
	return bless { file => $file, public => $public, name => $name, id => $id, type => $type }, $class;
}

sub vkey {
	my ($k) = @_;
	return "$k->{name}+" . unpack('H8', $k->{id}) . '+' . Tally::b64(chr($k->{type}) . $k->{public});
}

sub sign {
	my ($k, $text) = @_;
	Tally::spew("$tmp/text", $text);
	my $sig = `openssl pkeyutl -sign -keyform DER -inkey $k->{file} -rawin -in $tmp/text 2>/dev/null`;
	die "openssl cannot sign\n" unless length $sig == 64;
	return $sig;
}

sub line { return "\xe2\x80\x94 $_[0]{name} " . Tally::b64($_[0]{id} . $_[1]) . "\n" }

package Tally::Witness;

sub new {
	my ($class, $name) = @_;
	return bless { key => Tally::Key->new(Digest::SHA::sha256($name), $name, 4) }, $class;
}

sub vkey { return $_[0]{key}->vkey }

# A signature line for the checkpoint with this body.
sub cosign {
	my ($w, $body, $time) = @_;
	$time //= 1795183200;
	return $w->{key}->line(pack('Q>', $time) . $w->{key}->sign("cosignature/v1\ntime $time\n$body"));
}

# ---- the tree, as RFC 6962 defines it ----------------------------------------------

package Tally;

sub new {
	my ($class, %o) = @_;
	my $origin = $o{origin} // $ORIGIN;
	return bless { origin => $origin, entries => [], leaves => [], memo => {}, batches => [],
	    key => Tally::Key->new($o{seed} // 's' x 32, $origin, 1) }, $class;
}

sub size { return scalar @{$_[0]{entries}} }

sub add {
	my ($t, $entry) = @_;
	push @{$t->{entries}}, $entry;
	push @{$t->{leaves}}, sha256("\0$entry");
	return $#{$t->{entries}};
}

# MTH(D[begin:end]); what is kept never changes, since entries do not.
sub mth {
	my ($t, $begin, $end) = @_;
	my $n = $end - $begin;
	return sha256('') if $n == 0;
	return $t->{leaves}[$begin] if $n == 1;
	return $t->{memo}{"$begin,$end"} //= do {
		my $k = 1;
		$k *= 2 while 2 * $k < $n;
		sha256("\1" . $t->mth($begin, $begin + $k) . $t->mth($begin + $k, $end));
	};
}

sub path {
	my ($t, $m, $begin, $end) = @_;
	my $n = $end - $begin;
	return () if $n == 1;
	my $k = 1;
	$k *= 2 while 2 * $k < $n;
	return $m < $k
	    ? ($t->path($m, $begin, $begin + $k), $t->mth($begin + $k, $end))
	    : ($t->path($m - $k, $begin + $k, $end), $t->mth($begin, $begin + $k));
}

sub subproof {
	my ($t, $m, $begin, $end, $whole) = @_;
	my $n = $end - $begin;
	return $whole ? () : ($t->mth($begin, $end)) if $m == $n;
	my $k = 1;
	$k *= 2 while 2 * $k < $n;
	return $m <= $k
	    ? ($t->subproof($m, $begin, $begin + $k, $whole), $t->mth($begin + $k, $end))
	    : ($t->subproof($m - $k, $begin + $k, $end, 0), $t->mth($begin, $begin + $k));
}

# ---- entries -------------------------------------------------------------------------

sub parts {
	my ($t, $i) = @_;
	return (address => "p$i\@example.org", day => $DAY, text => sha256($TEXT), nonce => sha256("nonce $i"));
}

sub commitment {
	my ($t, %p) = @_;
	return sha256("undersigned commitment v1\n" . pack('n/a*', $t->{origin}) . $p{nonce} .
	    pack('n/a*', $p{address}) . pack('N', $p{day}) . $p{text});
}

sub sign {
	my ($t, %over) = @_;
	my $i = $t->size;
	return $t->add('sign ' . b64url($t->commitment($t->parts($i), %over)));
}

sub back { my ($t, $i, $reason) = @_; return $t->add("back $i $reason") }

sub batch {
	my ($t, $words) = @_;
	push @{$t->{batches}}, $words;
	return $t->add('batch ' . @{$t->{batches}} . " 2026-11-20 $words");
}

sub counted {
	my ($t, $size) = @_;
	my $n = 0;
	for my $e (@{$t->{entries}}[0 .. ($size // $t->size) - 1]) {
		$n++ if $e =~ /^sign /;
		$n-- if $e =~ /^back /;
	}
	return $n;
}

# ---- checkpoints and folders ------------------------------------------------------------

sub body {
	my ($t, $size, %o) = @_;
	$size //= $t->size;
	return join '', "$t->{origin}\n$size\n", b64($o{root} // $t->mth(0, $size)),
	    "\ncounted ", $o{counted} // $t->counted($size), "\n";
}

sub note {
	my ($t, $body, @lines) = @_;
	return join '', $body, "\n", $t->{key}->line($t->{key}->sign($body)), @lines;
}

sub index_path {
	my ($n) = @_;
	my @group = sprintf '%03d', $n % 1000;
	while ($n >= 1000) {
		$n = int($n / 1000);
		unshift @group, sprintf 'x%03d', $n % 1000;
	}
	return join '/', @group;
}

sub put_tiles {
	my ($t, $dir, $size) = @_;
	for (my ($level, $span) = (0, 1); int($size / $span) > 0; $level++, $span *= 256) {
		my $hashes = int($size / $span);
		for (my $n = 0; $n * 256 < $hashes; $n++) {
			my $width = $hashes - $n * 256;
			$width = 256 if $width > 256;
			my $name = index_path($n) . ($width < 256 ? ".p/$width" : '');
			my @range = map { $n * 256 + $_ } 0 .. $width - 1;
			spew("$dir/tile/$level/$name", join '', map { $t->mth($_ * $span, ($_ + 1) * $span) } @range);
			spew("$dir/tile/entries/$name", join '', map { pack 'n/a*', $t->{entries}[$_] } @range)
			    if $level == 0;
		}
	}
}

# The file of that name, for a log of these entries.
sub batches {
	my (@entries) = @_;
	my %count;
	$count{$_}++ for map { /^back \d+ (?:fraud|duplicate|unreachable) (\d+)$/ } @entries;
	return join '', map { /^batch (\d+) (\S+) (.*)\z/s ? "$1 $2 " . ($count{$1} // 0) . " $3\n" : () } @entries;
}

# Options: size, counted, root (of the checkpoint); cosigned (witnesses under it);
# witnesses (all there are); older (size of checkpoint.cosigned), older_by.
sub publish {
	my ($t, $dir, %o) = @_;
	my $size = $o{size} // $t->size;
	my @cosigned = @{$o{cosigned} // []};
	my $body = $t->body($size, %o);
	$t->put_tiles($dir, $size);
	spew("$dir/key", $t->{key}->vkey . "\n");
	spew("$dir/witnesses", join '', map { $_->vkey . "\n" } @{$o{witnesses} // \@cosigned});
	spew("$dir/batches", batches(@{$t->{entries}}[0 .. $size - 1]));
	spew("$dir/texts/" . unpack('H*', sha256($TEXT)) . '.md', $TEXT);
	if ($o{older}) {
		my $old = $t->body($o{older});
		spew("$dir/checkpoint.cosigned", $t->note($old, map { $_->cosign($old) } @{$o{older_by}}));
	}
	spew("$dir/checkpoint", $t->note($body, map { $_->cosign($body) } @cosigned));
}

# ---- blocks -----------------------------------------------------------------------------

sub block {
	my ($kind, @fields) = @_;
	my (@lines, $text);
	$text = "undersigned $kind v1\n";
	while (my ($name, $value) = splice @fields, 0, 2) {
		$text .= "$name: $value\n";
	}
	my $sum = b64url(substr sha256($text), 0, 8);
	$text =~ s/^.*\n//;
	for my $line (split /\n/, $text . "check: $sum\n") {
		push @lines, substr($line, 0, 70, '');
		push @lines, ' ' . substr($line, 0, 69, '') while length $line;
	}
	my $marker = 'UNDERSIGNED ' . uc($kind) . '-----';
	return join '', map { "$_\n" } "-----BEGIN $marker", @lines, "-----END $marker";
}

sub origin_key {
	my ($t) = @_;
	return (origin => $t->{origin}, key => b64url("\1" . $t->{key}{public}));
}

sub head {
	my ($t, $size) = @_;
	return (size => $size, counted => $t->counted($size), root => b64url($t->mth(0, $size)));
}

# Options: size; over (other values of fields); parts (of the commitment).
sub receipt {
	my ($t, $i, %o) = @_;
	my $size = $o{size} // $t->size;
	my %p = ($t->parts($i), %{$o{parts} // {}});
	my @f = ($t->origin_key, address => $p{address}, day => '2026-11-20', text => b64url($p{text}),
	    nonce => b64url($p{nonce}), leaf => $i, $t->head($size),
	    (map { (proof => b64url($_)) } $t->path($i, 0, $size)),
	    signature => b64url($t->{key}->sign($t->body($size))));
	for (my $k = 0; $k < @f; $k += 2) {
		$f[$k + 1] = $o{over}{$f[$k]} if exists $o{over}{$f[$k]};
	}
	return block('receipt', @f);
}

sub promise {
	my ($t, $i, $by) = @_;
	my $c = b64url($t->commitment($t->parts($i)));
	return block('promise', $t->origin_key, commitment => $c, by => $by,
	    signature => b64url($t->{key}->sign("undersigned promise v1\n$t->{origin}\n$c\n$by\n")));
}

sub offer {
	my ($t, $older, $size) = @_;
	$size //= $t->size;
	return block('checkpoint', $t->origin_key, $t->head($size),
	    signature => b64url($t->{key}->sign($t->body($size))), older => $older,
	    (map { (proof => b64url($_)) } $older > 0 ? $t->subproof($older, 0, $size, 1) : ()));
}

# The fields of the block of KIND in TEXT, in a hash; its check must fit.
sub read_block {
	my ($kind, $text) = @_;
	my $marker = 'UNDERSIGNED ' . uc($kind) . '-----';
	my ($inner) = $text =~ /-----BEGIN \Q$marker\E\n(.*?)-----END \Q$marker\E\n/s or return;
	$inner =~ s/\n //g;
	my ($fields, $check) = $inner =~ /\A(.*)check: (.*)\n\z/s or return;
	return unless $check eq b64url(substr sha256("undersigned $kind v1\n$fields"), 0, 8);
	return { $fields =~ /^(\w+): (.*)$/mg };
}

1;
