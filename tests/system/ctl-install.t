#!/usr/bin/perl
# make install: everything in its place, and nothing left to fill in.
use strict;
use warnings;
use Test::More;
use File::Basename;
use File::Find;
use File::Temp qw(tempdir);
use lib dirname(__FILE__);
use Undersigned;

my $make_dir = dirname($Undersigned::BUILD);
plan skip_all => 'no Makefile beside the programs' unless -r "$make_dir/Makefile";
my ($prefix, $unitdir) = map {
	my $name = $_;
	Undersigned::slurp("$make_dir/Makefile") =~ /^\Q$name\E = (\S+)/m ? $1 : '' } qw(prefix unitdir);
my $dest = tempdir(CLEANUP => 1);
# Without the flags and job server of the make that may have started us.
delete @ENV{qw(MAKEFLAGS MAKELEVEL MFLAGS)};

sub files {
	my %f;
	find(sub { $f{substr $File::Find::name, length $dest} = 1 if -f }, $dest);
	return \%f;
}

my $out = `make -C "$make_dir" install DESTDIR="$dest" 2>&1`;
is($? >> 8, 0, 'make install DESTDIR=') or diag $out;
my $there = files();
for my $f ("$prefix/bin/undersign", "$prefix/sbin/undersignd", "$unitdir/undersigned.service",
    "$unitdir/undersigned.socket", "$prefix/lib/sysusers.d/undersigned.conf",
    "$prefix/lib/tmpfiles.d/undersigned.conf", "$prefix/share/undersigned/templates/en/request.mustache",
    "$prefix/share/undersigned/verify/verify.py", "$prefix/share/undersigned/verify/README.md",
    "$prefix/share/man/man8/undersignd.8", "$prefix/share/man/man1/undersign.1",
    "$prefix/share/man/man5/undersigned.conf.5", "$prefix/share/man/man5/undersigned-templates.5",
    "$prefix/share/man/man7/undersigned.7", "$prefix/share/doc/undersigned/SECURITY.md") {
	ok($there->{$f}, $f);
}
# Who builds it where it is to run, as README.md has it, installs no other list.
sub packages { return grep { length } map { s/\s*#.*//sr } split /\n/, Undersigned::slurp("$Undersigned::SOURCE/contrib/packages/$_[0]") }
my %build = map { $_ => 1 } packages('build');
is(join(' ', grep { !/^lib/ && !$build{$_} } packages('run')), 'wget', 'what it runs with is in the list of what it is built with');
my @holes = grep { Undersigned::slurp("$dest$_") =~ /\@[a-z]+\@/ } grep { m{/lib/|/man/} } sort keys %$there;
is("@holes", '', 'no hole is left in units, snippets and manual pages');
my $unit = Undersigned::slurp("$dest$unitdir/undersigned.service") // '';
like($unit, qr{^ExecStart=/\S+/undersignd -f -c /\S+/undersigned\.conf$}m, 'the unit starts the program');
# Reloading takes nothing that a small system lacks: no program but the shell.
my ($shell, $words) = $unit =~ m{^ExecReload=(\S+) -c '(.*)'$}m;
is($shell, '/bin/sh', 'reloading is left to the shell');
my $child = fork // die $!;
if ($child == 0) {
	exec 'sleep', '60' or die $!;
}
system('/usr/bin/env', '-i', "MAINPID=$child", 'PATH=/nonexistent', $shell, '-c', $words);
is($? >> 8, 0, 'which needs no other program');
waitpid $child, 0;
is($? & 127, 1, 'and sends SIGHUP');

# Run from there, where nothing else was installed, with the configuration of a
# beginner: the shipped templates are found beside the program.
my $u = Undersigned->new(example => 0, init => 0);
my $conf = Undersigned::slurp($u->{conf});
$conf =~ s/^template_dir.*\n//m;
Undersigned::spew($u->{conf}, $conf);
for my $command (["init"], ['campaign', 'new', 'freedom', '--title', 'Freedom', '--language', 'en,ru,tg'],
    [qw(check --offline)]) {
	my ($st, $said, $err) = $u->run('', "$dest$prefix/bin/undersign", '-c', $u->{conf}, @$command);
	is($st, 0, "@$command, by the program under DESTDIR") or diag $said . $err;
}
is(($u->run('', "$Undersigned::BUILD/undersign", '-c', $u->{conf}, 'check', '--offline'))[0], 0,
    'and by the one that was only built');
my ($st, undef, $err) = $u->run('', "$dest$prefix/sbin/undersignd", '-t', '-c', $u->{conf});
is($st, 0, 'so does the daemon') or diag $err;

$out = `make -C "$make_dir" uninstall DESTDIR="$dest" 2>&1`;
is($? >> 8, 0, 'make uninstall DESTDIR=') or diag $out;
is(join(' ', sort keys %{ files() }), '', 'leaves no file of ours');
done_testing;
