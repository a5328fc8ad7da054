#!/usr/bin/perl
# Vacation notices, challenges, robots and lists of many systems, collected by
# others: sent as answers to live confirm tokens, and as sign mails, to the real
# daemon.  No automatic message confirms, none is answered, and people are taken
# for robots in at most two of a hundred cases.
use strict;
use warnings;
use Test::More;
use File::Basename;
use lib dirname(__FILE__);
use Undersigned;

my $folder = $ENV{UNDERSIGNED_CORPORA} // "$Undersigned::SOURCE/../shared/corpora";
plan skip_all => 'no collection of mail beside the project' unless -r "$folder/autoreply.tsv";

my @rows;
open my $tsv, '<', "$folder/autoreply.tsv" or die $!;
my @names = split /\t/, <$tsv> =~ s/\n\z//r;
while (<$tsv>) {
	chomp;
	my %row;
	@row{@names} = split /\t/, $_, -1;
	push @rows, \%row;
}

my $u = Undersigned->new;
ok($u->start, 'the daemon starts') or BAIL_OUT($u->log);
my $d = 'petitions.example.org';

# The envelope sender the collection names, else a person's.
sub reverse_path {
	my ($row) = @_;
	return $1 if ($row->{detail} // '') =~ /sender=<?([^>\s]*)>?/;
	return 'person@example.net';
}

# One live token each.
my $s = $u->session;
my $n = 0;
for my $row (@rows) {
	$row->{signer} = sprintf 'signer%03d@example.net', ++$n;
	my $r = $u->write_mail(session => $s, from => $row->{signer}, to => "manuchehr\@$d");
	$r =~ /^250/ or die "sign mail: $r";
}
ok($u->settle(60), 'requests are out');
my %to = map { $_->to => $_->reply_to } $u->mails;
my $sent = () = $u->mails;

# As answers to them: first what is automatic, then what people wrote.  A person
# may also say no, which is heard; only what is set aside was taken for a robot.
sub answer {
	my ($row) = @_;
	my $from = length $u->log;
	my $r = $u->lmtp(from => reverse_path($row), to => $to{ $row->{signer} },
	    data => Undersigned::slurp("$folder/$row->{path}"));
	my $aside = substr($u->log, $from) =~ /purpose=confirm done=aside/;
	return ($r, $aside);
}
my @auto = grep { $_->{expected} eq 'auto' } @rows;
my @human = grep { $_->{expected} eq 'human' && $_->{class} eq 'human' } @rows;
answer($_) for @auto;
ok($u->settle(60), 'nothing waits');
is($u->count('confirmed'), 0, 'no automatic message confirms (' . @auto . ')');
my @missed = grep { my ($r, $aside) = answer($_); $aside || $r !~ /^250/ } @human;
cmp_ok(@missed / @human, '<=', 0.02, 'people are not taken for robots (' . @missed . ' of ' . @human . ')')
    or diag join "\n", map { $_->{path} } @missed;
cmp_ok($u->count('confirmed'), '>=', @human * 0.9, 'and their answers confirm');

# As sign mails: nobody who must not be answered is.
$u->settle(60);        # the receipts of those who confirmed
my $before = () = $u->mails;
for my $row (grep { $_->{respond} eq 'no' } @rows) {
	$u->lmtp(from => reverse_path($row), to => "manuchehr\@$d", data => Undersigned::slurp("$folder/$row->{path}"));
}
ok($u->settle(60), 'nothing waits');
my $after = () = $u->mails;
is($after - $before, 0, 'none of those is answered');
is($u->stop, 0, 'ends cleanly');
unlike($u->log, qr/signal/, 'no role died');
done_testing;
