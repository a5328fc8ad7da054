#!/usr/bin/perl
# Somebody takes the server, running or not: what lies in files, and in the memory
# of each role once its work is done.
# SPDX-License-Identifier: ISC
use strict;
use warnings;
use Test::More;
use File::Basename;
use File::Temp ();
use lib dirname(__FILE__);
use Sink;
use Thief;
use Undersigned;

my $thief = Thief->new(qw(zqmarkzqm zqhostzqh Zqnamezqn Zqlastzql Zqcityzqc Zqcomment));
my $d = 'petitions.example.org';

for my $relay ('maildir', 'smtp') {
	my $dir = File::Temp::tempdir(CLEANUP => 1);
	my $sink = $relay eq 'smtp' ? Sink->new("$dir/sink") : undef;
	my $u = Undersigned->new($sink ? (relay => $sink->url) : ());
	ok($u->start, "$relay: starts") or BAIL_OUT($u->log);
	for my $i (1 .. 30) {
		my $body = "City: Zqcityzqc$i\nComment: Zqcomment number $i\n" . ($i % 3 ? "News: yes\n" : '');
		my %who = (from => "zqmarkzqm$i\@zqhostzqh.example", name => "Zqnamezqn$i Zqlastzql", body => $body);
		if ($sink) { like($u->write_mail(%who, to => "manuchehr\@$d"), qr/^250/, "letter $i") if $i <= 5; next }
		my (undef, $receipt) = $u->sign(%who);
		$receipt or fail("no receipt for $i");
		$u->write_mail(%who, to => $receipt->reply_to, body => "STATUS\n") if $i % 7 == 0;
	}
	ok($u->settle, 'all is sent');
	if ($sink) {
		my %n = $sink->accepted;
		is(join(' ', map { "$_=$n{$_}" } sort keys %n), join(' ', map { "zqmarkzqm$_\@zqhostzqh.example=1" } 1 .. 5), 'to the relay');
	}
	is(($u->undersign('backup', "$u->{dir}/copy.db"))[0], 0, 'a backup');
	is_deeply([$thief->files("$u->{dir}/log", "$u->{dir}/copy.db", glob "$u->{dir}/state/*")], [], "$relay: nobody in database, WAL, backup and log");
	SKIP: {
		skip 'only root can read the memory of the roles', 3 if $> != 0;
		skip 'a sanitizer keeps what is freed', 3 if -e "$Undersigned::BUILD/sanitized";
		my %role = %{ $u->roles };
		ok(scalar keys %role >= 3, 'the roles run');
		for my $role (sort keys %role) {
			my %looked;
			is_deeply([$thief->memory_at_rest($role{$role}, \%looked)], [], "$relay: nobody in the memory of $role");
			cmp_ok($looked{octets}, '>', 1 << 20, "... of which $looked{octets} octets were read");
			ok($looked{slug}, '... with the campaign in it') if $role eq 'keeper';
		}
	}
	is($u->stop, 0, 'ends');
}
# ---- sealed, and then forgotten or withdrawn -------------------------------------------

SKIP: {
	skip 'no sqlite3 here', 1 unless -x '/usr/bin/sqlite3';
	my $u = Undersigned->new;
	my ($dir, $B) = ($u->{dir}, $Undersigned::BUILD);
	my ($st, $public, $err) = $u->run('', "$B/tests/system/light_key", "$dir/key", 'words');
	is($st, 0, 'a key') or BAIL_OUT($err);
	chomp $public;
	($st, my $line, $err) = $u->run('', "$B/undersign", 'key', 'deal', '--threshold', 1, '--holder', "one=$public", '--output', "$dir/deal");
	is($st, 0, 'a share') or BAIL_OUT($err);
	my $conf = "$dir/campaigns/manuchehr/campaign.conf";
	Undersigned::spew($conf, Undersigned::slurp($conf) . "\n$line");
	ok($u->start, 'starts') or BAIL_OUT($u->log);
	my @who = qw(ada bea cyd dee eve);
	my %receipt;
	for my $who (@who) {
		(undef, $receipt{$who}) = $u->sign(from => "$who\@zqhost.example", name => "Zqname $who",
		    body => "City: Zqcity\nComment: Zqcomment\n" . ($who =~ /bea|dee/ ? "News: yes\n" : ''));
		ok($receipt{$who}, "$who has signed") or BAIL_OUT($u->log);
	}
	ok($u->settle, 'all is sent');
	my ($rst, $rows) = $u->run('', 'sqlite3', '-readonly', '-cmd', '.timeout 10000', "$dir/state/undersigned.db",
	    'select hex(sealed), hex(identity) from signature where state = 2 order by id');
	is($rst, 0, 'what is kept of them');
	my %sealed;
	@sealed{@who} = map { my ($box, $address) = map { pack 'H*', $_ } split /\|/, $_, 2;
	    [ Undersigned::parts($box), length $address ? $address : () ] } split /\n/, $rows;
	is(join(' ', map { scalar @{ $sealed{$_} } } @who), '4 5 4 5 4', 'name, city, comment, address, and that for news');
	# Which of these are in any file.
	my $there = sub {
		my %file = map { $_ => Undersigned::slurp($_) // '' } grep { -f } glob("$dir/state/*"), "$dir/log";
		return join ' ', grep { my $who = $_; grep { my $part = $_; grep { index($file{$_}, $part) >= 0 } keys %file } @{ $sealed{$who} } } @who;
	};
	is($there->(), "@who", 'it is found in the files');
	for my $do ([ ada => 'FORGET' ], [ bea => 'FORGET' ], [ cyd => 'WITHDRAW' ], [ dee => 'WITHDRAW' ]) {
		my ($who, $word) = @$do;
		like($u->write_mail(from => "$who\@zqhost.example", to => $receipt{$who}->reply_to, body => "$word\n"), qr/^250/, "$who: $word");
		ok($u->mail_to("$who\@zqhost.example", 3), 'is answered') or diag $u->log;
	}
	ok($u->settle, 'all is sent');
	# Within minutes their bytes are overwritten too.
	my $end = time + 300;
	sleep 1 while $there->() ne 'eve' && time < $end;
	is($there->(), 'eve', 'nothing is left of them in any file, and all of who stays');
	is($u->stop, 0, 'ends');
	is($there->(), 'eve', 'nor when it has ended');
}
done_testing;
