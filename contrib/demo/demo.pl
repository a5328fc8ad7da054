#!/usr/bin/perl
# demo.pl - plays three signatures through the real programs, for a reader
#
#	make demo           in build/demo
#	make demo-clean     removes it
#
# Nothing is sent anywhere: mail comes in by a Unix socket and goes out into a
# Maildir.
# SPDX-License-Identifier: ISC
use strict;
use warnings;
use utf8;
use File::Basename;
use lib dirname(__FILE__) . '/../../tests/system';
use Undersigned;

$| = 1;
# Whatever ends this ends the daemon it started.
$SIG{$_} = sub { exit 1 } for qw(INT TERM HUP PIPE);
my $dir = shift or die "usage: demo.pl DIR\n";
my $wide = '=' x 72;

sub title { print "\n$wide\n$_[0]\n$wide\n" }

sub show {
	my ($mail) = @_;
	for my $h (qw(From To Subject Reply-To)) {
		my $v = Undersigned::Mail::plain($mail->header($h) // next);
		print "$h: $v\n";
	}
	print "\n", map({ "    $_\n" } split /\n/, $mail->text), "\n";
}

# As far as the first paragraph that says something.
sub beginning {
	my ($mail) = @_;
	my @p = split /\n\n/, $mail->text;
	return join "\n\n", map({ s/^/    /gmr } 'Subject: ' . $mail->subject, @p[0, 1], '...'), '';
}

my @people = (
	{ name => 'John', from => 'john@example.net', body => "Country: UK\n",
	  answer => "Yes, with all my heart.\n" },
	{ name => 'Gulrukhsor', from => 'gulru@example.com',
	  body => Encode::encode('UTF-8', "Ном: Гулрухсор\nКишвар: Тоҷикистон\nШаҳр: Хоруғ\n"),
	  answer => Encode::encode('UTF-8', "Ҳа\n") },
	{ name => 'Kari Nordmann', from => 'kari@example.no',
	  body => Encode::encode('UTF-8', "Navn: Kari Nordmann\nLand: Norge\n"), answer => "Ja\n" },
);

my $u = Undersigned->new(dir => $dir, domain => 'petitions.example.org');
$u->start or die "the daemon did not start:\n" . $u->log;
my $to = "manuchehr\@$u->{domain}";

for my $i (0 .. $#people) {
	my %p = %{ $people[$i] };
	title("$p{name} writes to $to");
	print "From: $p{name} <$p{from}>\n\n", map({ "    $_\n" } split /\n/, $p{body});
	my ($request, $receipt) = $u->sign(%p);
	die "no receipt for $p{name}:\n" . $u->log unless $receipt;
	if ($i == 0) {
		title('He is sent this, and nothing is counted yet');
		show($request);
		title('He answers; any answer will do');
		print map({ "    $_\n" } split /\n/, $p{answer});
		title('He is sent this, and is counted');
		show($receipt);
	} else {
		print "\n  ... is asked the same in her own language:\n\n", beginning($request);
		print "\n  ... answers, and gets:\n\n", beginning($receipt);
	}
}
title('undersign counts manuchehr --by country');
my (undef, $table) = $u->undersign('counts', 'manuchehr', '--by', 'country');
print $table;
$u->stop;

title('Where it all lies');
print <<TXT;
  configuration   $u->{conf}
  campaign        $u->{dir}/campaigns/manuchehr
  master key      $u->{dir}/master.key
  database        $u->{dir}/state/undersigned.db   (search it for a name: there is none)
  mail sent       $u->{maildir}/new
  log             $u->{dir}/log

Try:  $Undersigned::BUILD/undersign -c $u->{conf} counts manuchehr
      $Undersigned::BUILD/undersign -c $u->{conf} export manuchehr
Away with it:  make demo-clean
TXT
