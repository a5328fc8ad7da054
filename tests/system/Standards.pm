# Standards - what is wrong with a mail by the letter of the standards
#
#	my @findings = Standards::check($raw, crlf => 1);
#
# For mail of our own only: what is allowed but never written by us is a finding
# too, so that the checker can be small and strict.  RFC 5322, 2045 to 2047, 2369,
# 2919, 3834, 8058; each finding begins with the number of the one it is by.
# SPDX-License-Identifier: ISC
package Standards;

use strict;
use warnings;
use Encode ();
use MIME::Base64 qw(decode_base64 encode_base64);
use MIME::QuotedPrint qw(decode_qp);
use Time::Local qw(timegm);

my $atext = qr{[A-Za-z0-9!#\$%&'*+/=?^_`\{|\}~-]};
my $dot_atom = qr{$atext+(?:\.$atext+)*};
my $quoted = qr{"(?:[\x20\x21\x23-\x5b\x5d-\x7e]|\\[\x20-\x7e])*"};
my $utf8 = qr{(?:[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3})};
my $host = qr{[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?)+};
my $local = qr{(?:(?:$atext|$utf8)+(?:\.(?:$atext|$utf8)+)*|$quoted)};
my $domain = qr{(?:$host|(?:[A-Za-z0-9-]|$utf8)+(?:\.(?:[A-Za-z0-9-]|$utf8)+)+)};
my $addr = qr{$local\@$domain};
my $word = qr{=\?UTF-8\?[BQ]\?[!->\@-~]*\?=};
# In a phrase, Q is narrower: RFC 2047 section 5 (3).
my $phrase_word = qr{=\?UTF-8\?(?:B\?[A-Za-z0-9+/]+=*|Q\?[A-Za-z0-9!*+/=_-]+)\?=};
my $phrase = qr{(?:$phrase_word|$quoted|$atext+)(?:\x20(?:$phrase_word|$quoted|$atext+))*};
my $msg_id = qr{<$dot_atom\@$host>};

my @days = qw(Sun Mon Tue Wed Thu Fri Sat);
my @months = qw(Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec);

my %once = map { $_ => 1 } qw(from to subject date message-id mime-version content-type auto-submitted);
my %known = (%once, map { $_ => 1 } qw(reply-to in-reply-to references list-id
    list-unsubscribe list-unsubscribe-post list-help list-owner list-post precedence
    content-language x-auto-response-suppress));

our @found;
sub found { push @found, join '', @_; return }

sub is_utf8 { my ($s) = @_; return eval { Encode::decode('UTF-8', $s, Encode::FB_CROAK); 1 } }

# ---- header -----------------------------------------------------------------

# Fields in order as [name, unfolded value, raw lines].
sub fields {
	my ($head) = @_;
	my @f;
	for my $line (split /\n/, $head, -1) {
		found("5322 2.1.1: a header line of ", length $line, " octets") if length $line > 998;
		# Longer than 78 only where it could not have been folded.
		found("5322 2.1.1: a line that could be folded: $line")
		    if length $line > 78 && $line =~ /^(?:[!-9;-~]+:)?[ \t]*\S.*[ \t]\S/ && $line !~ /^[!-9;-~]+: \S+$/;
		found("5322 2.2: a control character in: $line") if $line =~ /[\x00-\x08\x0a-\x1f\x7f]/;
		if ($line =~ /^[ \t]/) {
			found("5322 3.2.2: a continuation line of blanks only") if $line =~ /^[ \t]*$/;
			found("5322 2.2.3: a continuation before any field") unless @f;
			$f[-1][1] .= $line, push @{ $f[-1][2] }, $line if @f;
		} elsif ($line =~ /^([!-9;-~]+):(.*)$/) {
			push @f, [lc $1, $2, [$line]];
		} else {
			found("5322 2.2: not a field: $line");
		}
	}
	for (@f) {
		$_->[1] =~ s/^ // or found("5322: no blank after $_->[0]:") if $_->[1] !~ /^ ?$/;
		$_->[1] =~ s/^\s+//;
	}
	return @f;
}

# Encoded words: RFC 2047 sections 2, 5 and 6.2.
sub check_words {
	my ($name, $value, $lines) = @_;
	for my $line (@$lines) {
		found("2047 2: a line of ", length $line, " octets with encoded words: $name")
		    if length $line > 76 && $line =~ /=\?/;
	}
	for my $w (split /[ \t]+/, $value) {
		next unless $w =~ /=\?/;
		found("2047 5: \"$w\" is not one encoded word in $name"), next unless $w =~ /^$word$/;
		found("2047 2: an encoded word of ", length $w, " octets") if length $w > 75;
		my ($how, $text) = $w =~ /^=\?UTF-8\?([BQ])\?(.*)\?=$/;
		if ($how eq 'B') {
			found("2047 4.1: base64 that is not whole: $w")
			    if encode_base64(decode_base64($text), '') ne $text;
			$text = decode_base64($text);
		} else {
			found("2047 4.2: a code that is none: $w") if $text =~ /=(?![0-9A-F]{2})/;
			$text =~ tr/_/ /;
			$text = decode_qp($text);
		}
		found("2047 5: half a character in $w") unless is_utf8($text);
		found("2047 8: a control character hides in $name") if $text =~ /[\x00-\x1f\x7f]/;
	}
}

sub check_date {
	my ($v) = @_;
	return found("5322 3.3: Date: $v") unless
	    $v =~ /^(\w{3}), (\d\d) (\w{3}) (\d{4}) (\d\d):(\d\d):(\d\d) ([+-]\d{4})$/;
	my ($month) = grep { $months[$_] eq $3 } 0 .. 11;
	my $time = eval { timegm($7, $6, $5, $2, $month, $4) };
	found("5322 3.3: no such time: $v"), return unless defined $time;
	found("5322 3.3: the wrong day of the week: $v") unless $days[(gmtime $time)[6]] eq $1;
}

sub check_uris {
	my ($name, $v) = @_;
	my @uris;
	for my $part (split /,\s*/, $v) {
		found("2369 2: $name: $part"), next unless $part =~ /^<([^<>\s]+)>$/;
		my $uri = $1;
		push @uris, $uri;
		if ($uri =~ /^mailto:/) {
			found("6068 2: $uri") unless
			    $uri =~ /^mailto:(?:[A-Za-z0-9._~+-]|%[0-9A-F]{2})+\@$host(?:\?[a-z]+=[A-Za-z0-9._~%+-]+)?$/;
		} else {
			found("3986: $uri") unless
			    $uri =~ m{^https://$host(?::\d+)?(?:/[A-Za-z0-9._~!\$&'()*+,;=:\@%-]*)*(?:\?[^\s<>"]*)?$};
		}
	}
	return @uris;
}

sub check_list {
	my (%h) = @_;
	my %uris = map { $_ => [check_uris($_, $h{$_})] }
	    grep { defined $h{$_} } qw(list-unsubscribe list-help list-owner);
	my @stop = @{ $uris{'list-unsubscribe'} // [] };
	if (defined $h{'list-id'}) {
		found("2919 3: List-Id: $h{'list-id'}") unless
		    $h{'list-id'} =~ /^(?:$phrase )?<($host)>$/ && length $1 <= 255;
		found("a list's mail without $_") for grep { !defined $h{$_} }
		    qw(list-unsubscribe list-help list-owner list-post precedence);
		found("2919: a list without a name for people") unless $h{'list-id'} =~ /^$phrase </;
	}
	found("2369 3.4: List-Post: $h{'list-post'}") if ($h{'list-post'} // 'NO') ne 'NO';
	found("Precedence: $h{precedence}") if ($h{precedence} // 'bulk') ne 'bulk';
	found("Precedence on a mail that is not a list's") if defined $h{precedence} && !defined $h{'list-id'};
	if (defined(my $post = $h{'list-unsubscribe-post'})) {
		found("8058 3.1: List-Unsubscribe-Post: $post") if $post ne 'List-Unsubscribe=One-Click';
		found("8058 3.1: not one https URI") if 1 != grep { /^https:/ } @stop;
		found("One-Click on a mail that is not a list's") unless defined $h{'list-id'};
	}
	found("https does not come first") if @stop > 1 && $stop[0] !~ /^https:/;
	found("no way to stop by mail") if @stop && !grep { /^mailto:/ } @stop;
	found("8058: two ways to stop by web") if 1 < grep { /^https?:/ } @stop;
}

sub check_header {
	my ($head) = @_;
	my (%h, %n);
	for my $f (fields($head)) {
		my ($name, $value, $lines) = @$f;
		$n{$name}++;
		$h{$name} = $value;
		found("a field we do not write: $name") unless $known{$name};
		check_words($name, $value, $lines);
		found("6532: not UTF-8: $name") unless is_utf8($value);
		found("5322 2.2: not ASCII: $name") if $value =~ /[\x80-\xff]/ && $name !~ /^(?:to|reply-to)$/;
	}
	found("5322 3.6: ", $n{$_} // 0, " times $_") for grep { ($n{$_} // 0) != 1 } sort keys %once;
	found("5322 3.6: $n{$_} times $_") for grep { $n{$_} > 1 && !$once{$_} } sort keys %n;
	for my $name (qw(from to reply-to)) {
		next unless defined $h{$name};
		found("5322 3.4: $name: $h{$name}") unless $h{$name} =~ /^(?:$phrase )?<$addr>$/;
	}
	check_date($h{date} // '');
	found("5322 3.6.4: Message-ID: ", $h{'message-id'} // '') unless ($h{'message-id'} // '') =~ /^$msg_id$/;
	for my $name (qw(in-reply-to references)) {
		found("5322 3.6.4: $name: $h{$name}") unless !defined $h{$name} || $h{$name} =~ /^<[^\s<>]+>$/;
	}
	found("3834 5: Auto-Submitted: ", $h{'auto-submitted'} // '') unless
	    ($h{'auto-submitted'} // '') =~ /^auto-(?:generated|replied)$/;
	found("3834 3.1.5: an answer without References") if defined $h{'in-reply-to'} && !defined $h{references};
	found("2045 4: MIME-Version: ", $h{'mime-version'} // '') unless ($h{'mime-version'} // '') eq '1.0';
	found("5646: Content-Language: $h{'content-language'}") unless ($h{'content-language'} // 'en') =~ /^[a-z]{2,3}(?:-\w+)*$/;
	found("5322: no subject") unless ($h{subject} // '') =~ /\S/;
	check_list(%h);
	return %h;
}

# ---- body --------------------------------------------------------------------

# Decoded, with LF; undef when it cannot be.
sub check_encoding {
	my ($encoding, $body) = @_;
	my @lines = split /\n/, $body, -1;
	for (@lines) {
		found("2045 6: a line of ", length, " octets in $encoding") if length > 76;
		found("2045 6: not ASCII in $encoding") if /[^\t\x20-\x7e]/;
	}
	return $body if $encoding eq '7bit';
	if ($encoding eq 'base64') {
		my $text = join '', @lines;
		found("2045 6.8: not base64") if encode_base64(decode_base64($text), '') ne $text;
		$text = decode_base64($text);
		found("2046 4.1.1: line ends that are not CRLF in base64") if $text =~ /(?<!\r)\n|\r(?!\n)/;
		$text =~ s/\r\n/\n/g;
		return $text;
	}
	if ($encoding eq 'quoted-printable') {
		for (@lines) {
			found("2045 6.7: a code that is none") if /=(?![0-9A-F]{2}|$)/;
			found("2045 6.7: a blank at the end of a line") if /[ \t]$/;
		}
		return decode_qp($body);
	}
	found("2045 6: $encoding");
	return undef;
}

sub check_part {
	my ($part, $type) = @_;
	return found("2046 5.1: a part without an empty line") unless $part =~ /\n\n/;
	my ($head, $body) = split /\n\n/, $part, 2;
	my %h = map { $_->[0] => $_->[1] } fields($head);
	found("2045 5: ", $h{'content-type'} // '') unless ($h{'content-type'} // '') eq "$type; charset=utf-8";
	found("2046: a field of a part: $_") for grep { !/^content-(?:type|transfer-encoding)$/ } keys %h;
	my $text = check_encoding($h{'content-transfer-encoding'} // '7bit', $body) // return;
	found("2279: $type is not UTF-8") unless is_utf8($text);
	found("$type is empty") unless $text =~ /\S/;
	found("$type holds what nobody filled in: $1") if $text =~ /(\{\{.*?\}\}|undersignedpetition)/;
	found("a control character in $type") if $text =~ /[\x00-\x08\x0b-\x1f\x7f]/;
	return $text;
}

sub check_html {
	my ($text) = @_;
	my @open;
	while ($text =~ m{<(/?)([a-z][a-z0-9]*)([^<>]*?)(/?)>}gi) {
		my ($end, $tag, $attributes, $alone) = ($1, lc $2, $3, $4);
		found("HTML: <$tag> has no place in a mail") if $tag =~ /^(?:script|img|iframe|object|form|link|base)$/;
		found("HTML: $attributes") if $attributes =~ /\son\w+=|javascript:|\ssrc=/i;
		next if $alone || $tag =~ /^(?:meta|br|hr)$/;
		if (!$end) {
			push @open, $tag;
		} elsif ((pop @open // '') ne $tag) {
			found("HTML: </$tag> closes another tag");
			last;
		}
	}
	found("HTML: never closed: @open") if @open;
	found("HTML: a link that is none: $1") if $text =~ /href="(?!https?:|mailto:)([^"]*)"/;
}

sub check_body {
	my ($type, $body) = @_;
	my ($boundary) = ($type // '') =~ m{^multipart/alternative; boundary="([^"]+)"$};
	return found("2046 5.1.4: Content-Type: ", $type // '') unless defined $boundary;
	found("2046 5.1.1: boundary $boundary") unless
	    $boundary =~ m{^[A-Za-z0-9'()+_,./:=? -]{0,69}[A-Za-z0-9'()+_,./:=?-]$};
	my @parts = split /(?:\A|\n)--\Q$boundary\E(?=\n|--)/, $body, -1;
	return found("2046 5.1.1: ", scalar @parts - 2, " parts") if @parts != 4;
	found("2046 5.1.1: words before the first part") if $parts[0] ne '';
	found("2046 5.1.1: does not end with its boundary") if $parts[3] !~ /^--\n?\z/;
	s/^\n// for @parts[1, 2];
	my $plain = check_part($parts[1], 'text/plain');
	my $html = check_part($parts[2], 'text/html');
	check_html($html) if defined $html;
	return $plain;
}

# ---- a mail ---------------------------------------------------------------------

# RAW with CRLF line ends (crlf => 1), else with LF; a Maildir's Return-Path and
# Delivered-To on top are passed over.
sub check {
	my ($raw, %o) = @_;
	local @found = ();
	if ($o{crlf}) {
		found("5322 2.3: a bare CR or LF") if $raw =~ /(?<!\r)\n|\r(?!\n)/;
		$raw =~ s/\r\n/\n/g;
	}
	found("5322 2.3: a CR") if $raw =~ /\r/;
	found("5322: a NUL") if $raw =~ /\0/;
	found("5322 2.1: does not end with a line end") unless $raw =~ /\n\z/;
	$raw =~ s/\A(?:(?:Return-Path|Delivered-To): .*\n)+//;
	my ($head, $body) = split /\n\n/, $raw, 2;
	my %h = check_header($head);
	check_body($h{'content-type'}, $body // '');
	return @found;
}

1;
