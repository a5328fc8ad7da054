#!/usr/bin/perl
# Two verifiers that share no code, undersign verify and contrib/verify/verify.py,
# are asked about the same logs, receipts and promises: random logs as the library
# publishes them, good and damaged.  What they answer must be the same, and right.
# Roots are computed a third time here (Tally.pm).
#
# UNDERSIGNED_LOGS=1000: so many logs, not 15; 501-1000: those.  UNDERSIGNED_EVERY_BYTE=1:
# every byte of one log is changed, not every 499th.  make check-long asks for both.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use File::Find;
use File::Path qw(make_path remove_tree);
use File::Temp qw(tempdir);
use IPC::Open2;
use Test::More;
use Tally;

my $published = "$ENV{BUILD}/tests/system/published";
my $verifier = "$FindBin::Bin/../../contrib/verify/verify.py";
plan skip_all => 'python3 and openssl(1) are needed' unless -x '/usr/bin/python3' && -x '/usr/bin/openssl';
plan skip_all => 'make check-system builds what is needed' unless -x $published && -x "$ENV{BUILD}/tests/system/first";

my ($FROM, $TO) = ($ENV{UNDERSIGNED_LOGS} // 15) =~ /^(?:(\d+)-)?(\d+)$/;     # 15: each kind of damage once
$FROM //= 1;
my $LOGS = $TO - $FROM + 1;
my $top = tempdir(CLEANUP => 1, -w '/dev/shm' ? (DIR => '/dev/shm') : ());
$ENV{TZ} = 'UTC';

chomp(my $vectors = `python3 '$FindBin::Bin/second.py' '$verifier' vectors`);
is($vectors, 'good', 'the second verifier knows what others have signed and hashed');

my $first = open2(my $from1, my $to1, "$ENV{BUILD}/tests/system/first");
my $second = open2(my $from2, my $to2, 'python3', "$FindBin::Bin/second.py", $verifier);

# ---- asking both ------------------------------------------------------------------

my (@differ, @wrong);
my ($asked, $refused, $again) = (0, 0, 0);

sub ask {
	my ($to, $from, @args) = @_;
	print {$to} join("\t", @args), "\n";
	my $answer = <$from> // BAIL_OUT('a verifier is gone');
	return split /\t/, $answer, 2;
}

sub first_says { return ask($to1, $from1, '-c', '/nonexistent/conf', 'verify', @_) }

# WANT is undef where only both being of one mind is asked for.  State is --state of
# the one and --seen of the other.
sub both {
	my ($what, $want, $state, @args) = @_;
	my ($first, $said) = first_says(@args, $state ? ('--state', $state) : ());
	my ($other, $told) = ask($to2, $from2, @args, $state ? ('--seen', $state) : ());
	$asked++;
	$refused++ if $first == 1;
	push @differ, "$what: $first, the second: $other\n$said\n$told" if $first != $other || $first > 1;
	push @wrong, "$what: $first\n$said" if defined $want && $first != $want;
	return $first;
}

# What was asked since the last time.
sub settled {
	my ($name) = @_;
	ok(!@differ && !@wrong, $name) or diag join "\n", "they differ:", @differ, "not as it should be:", @wrong;
	@differ = @wrong = ();
}

# ---- folders -----------------------------------------------------------------------

sub files {
	my ($dir) = @_;
	my %content;
	find({ no_chdir => 1, wanted => sub { $content{substr $_, length($dir) + 1} = Tally::slurp($_) if -f } }, $dir);
	return \%content;
}

sub restore {
	my ($dir, $was) = @_;
	my $is = files($dir);
	for my $name (keys %$is) {
		unlink "$dir/$name" unless exists $was->{$name};
	}
	for my $name (keys %$was) {
		Tally::spew("$dir/$name", $was->{$name}) unless ($is->{$name} // '') eq $was->{$name};
	}
}

sub make_log {
	my ($name, @args) = @_;
	my ($dir, $papers) = ("$top/$name", "$top/$name.papers");
	remove_tree($dir, $papers);
	make_path($papers);
	system($published, $dir, $papers, @args) == 0 or BAIL_OUT("published @args");
	return ($dir, $papers);
}

# The same log in the hands of this program: it has its key.
sub load {
	my ($dir, $number, $files) = @_;
	my $t = Tally->new(seed => chr(97 + $number % 26) x 32);
	my ($size) = $files->{checkpoint} =~ /^[^\n]*\n(\d+)\n/;
	for (my $n = 0; $n * 256 < $size; $n++) {
		my $width = $size - $n * 256;
		my $bundle = $files->{'tile/entries/' . Tally::index_path($n) . ($width < 256 ? ".p/$width" : '')};
		$t->add($_) for unpack '(n/a*)*', $bundle;
	}
	return $t;
}

sub changed_byte {
	my ($text, $at, $xor) = @_;
	substr($text, $at, 1) = chr(ord(substr $text, $at, 1) ^ $xor);
	return $text;
}

# What the keeper of the key could publish: another log, or a false word about it.
sub lie {
	my ($t, $dir, $o, @entries) = @_;
	my $x = Tally->new;
	$x->{key} = $t->{key};
	$x->add($_) for @entries;
	$x->put_tiles($dir, $x->size);
	Tally::spew("$dir/batches", Tally::batches(@entries));
	my $body = $x->body(undef, counted => $x->counted, %{$o->{body} // {}});
	my ($line) = Tally::slurp("$dir/checkpoint") =~ /\n\n(\xe2\x80\x94[^\n]*\n)/;
	Tally::spew("$dir/checkpoint", $o->{unsigned} ? "$body\n$line" : $x->note($body));
	unlink "$dir/checkpoint.cosigned";
}

# The entries that count.
sub counting {
	my ($t) = @_;
	my %taken = map { /^back (\d+) / ? ($1 => 1) : () } @{$t->{entries}};
	return grep { $t->{entries}[$_] =~ /^sign/ && !$taken{$_} } 0 .. $t->size - 1;
}

# One that counts is taken out by staff, which is undone, as it must be; and then
# FALSE says what stands at the end instead.
sub undone {
	my ($t, $dir, $false) = @_;
	my @open = counting($t);
	my @log = @{$t->{entries}};
	push @open, push(@log, 'sign ' . Tally::b64url('o' x 32)) - 1 if !@open;
	my $n = 1 + grep { /^batch/ } @log;
	push @log, "batch $n 2026-11-20 a school";
	my $at = $open[rand @open];
	my $why = (qw(fraud duplicate unreachable))[rand 3] . " $n";
	lie($t, $dir, {}, @log, "back $at $why", $log[$at]);
	both('undone as it must be', 0, undef, '--tally-only', '--tally', $dir);
	lie($t, $dir, {}, @log, $false->($log[$at], $at, $why));
}

# ---- one log after the other -----------------------------------------------------------

sub good_ones {
	my ($t, $dir, $papers) = @_;
	my %taken = map { /^back (\d+) / ? ($1 => 1) : () } @{$t->{entries}};
	# Of what stands again, the last.
	my %index = map { $t->{entries}[$_] =~ /^sign (.*)/ ? ($1 => $_) : () } 0 .. $t->size - 1;
	both('the log', 0, undef, '--tally-only', '--tally', $dir);
	both('with its key', 0, undef, '--tally-only', '--tally', $dir, '--key', $t->{key}->vkey);
	my @papers = glob "$papers/*";
	splice @papers, 5 if $t->size > 5000;   # each takes both of them seconds
	for my $paper (@papers) {
		my $text = Tally::slurp($paper);
		my $f = Tally::read_block('receipt', $text);
		my $leaf = $index{$f ? substr $t->{entries}[ $f->{leaf} ], 5 : Tally::read_block('promise', $text)->{commitment}};
		$again++ if $f && $leaf != $f->{leaf} && !$taken{$leaf};
		both($paper, $taken{$leaf} ? 1 : 0, undef, $paper, '--tally', $dir);
		my $n = 1 + int rand 4;
		both("$paper, $n witnesses", undef, undef, $paper, '--tally', $dir, '--witnesses', $n);
	}
}

sub changed_bytes {
	my ($dir, $papers, $files) = @_;
	my @names = grep { length $files->{$_} } sort keys %$files;
	for (1 .. 3) {
		my $name = $names[rand @names];
		my $at = int rand length $files->{$name};
		Tally::spew("$dir/$name", changed_byte($files->{$name}, $at, 1 + int rand 255));
		both("$name changed at $at", 1, undef, '--tally-only', '--tally', $dir);
		Tally::spew("$dir/$name", $files->{$name});
	}
	for my $paper ((glob "$papers/*")[0 .. 1]) {
		next unless defined $paper;
		my $text = Tally::slurp($paper);
		my $at = int rand length $text;
		my $changed = "$top/changed";
		Tally::spew($changed, changed_byte($text, $at, 1 + int rand 255));
		# a blank may become another blank: no harm is done
		both("$paper changed at $at", substr($text, $at, 1) =~ /\s/ ? undef : 1, undef, $changed, '--tally', $dir);
	}
}

my %rewritten = (
	'an entry dropped from its bundle' => sub {
		my ($t, $dir, $files) = @_;
		my ($name) = sort grep { /^tile\/entries/ } keys %$files;
		Tally::spew("$dir/$name", substr $files->{$name}, 2 + unpack 'n', $files->{$name});
	},
	'an entry dropped, tiles and all' => sub {
		my ($t, $dir) = @_;
		lie($t, $dir, { unsigned => 1 }, @{$t->{entries}}[0 .. $t->size - 2]);
	},
	'an entry added, tiles and all' => sub {
		my ($t, $dir) = @_;
		lie($t, $dir, { unsigned => 1 }, @{$t->{entries}}, 'sign ' . Tally::b64url('n' x 32));
	},
	'two entries swapped, tiles and all' => sub {
		my ($t, $dir) = @_;
		my @e = @{$t->{entries}};
		my $i = int rand $#e;
		@e[$i, $i + 1] = @e[$i + 1, $i];
		lie($t, $dir, { unsigned => 1 }, @e);
	},
	'a wrong count that is signed' => sub {
		my ($t, $dir) = @_;
		my $false = $t->counted > 0 ? $t->counted - 1 : 1;
		lie($t, $dir, { body => { counted => $false } }, @{$t->{entries}});
	},
	'a wrong root that is signed' => sub {
		my ($t, $dir) = @_;
		lie($t, $dir, { body => { root => 'r' x 32 } }, @{$t->{entries}});
	},
	'a commitment that is back too late, signed' => sub {
		my ($t, $dir) = @_;
		undone($t, $dir, sub { my ($again, $at, $why) = @_; return ($again, "back $at $why") });
	},
	'a commitment that is there again twice, signed' => sub {
		my ($t, $dir) = @_;
		undone($t, $dir, sub { my ($again, $at, $why) = @_; return ("back $at $why", $again, $again) });
	},
	'a commitment that was back for something else, signed' => sub {
		my ($t, $dir) = @_;
		my $why = (qw(withdrawn erased))[rand 2];
		undone($t, $dir, sub { my ($again, $at) = @_; return ("back $at $why", $again) });
	},
	'a commitment twice, signed' => sub {
		my ($t, $dir) = @_;
		my ($at) = counting($t);
		lie($t, $dir, {}, @{$t->{entries}}, defined $at ? $t->{entries}[$at] : 'sign');
	},
	'one taken back twice, signed' => sub {
		my ($t, $dir) = @_;
		my ($i) = grep { $t->{entries}[$_] =~ /^sign/ } 0 .. $t->size - 1;
		lie($t, $dir, {}, (grep { !/^batch|fraud|duplicate|unreachable/ } @{$t->{entries}}), ('back ' . ($i // 0) . ' erased') x 2);
	},
	'what is no entry, signed' => sub {
		my ($t, $dir) = @_;
		my @none = ('', 'sign', 'sign ' . 'A' x 42 . 'B', 'back 0 bored', 'back 00 erased', 'back 0 fraud 99', 'back 0 duplicate', 'back 0 unreachable', 'back 0 duplicate 99',
		    'back 0 unreachable 0', 'back 0 withdrawn 1', 'back 0  erased',
		    'batch 99 2026-11-20 x', 'batch 1 2026-02-30 x', "batch 1 2026-11-20 \xff", 'x' x 257);
		lie($t, $dir, {}, @{$t->{entries}}, $none[rand @none]);
	},
	'a tile that is missing' => sub {
		my ($t, $dir, $files) = @_;
		my $size = $t->size;
		unlink "$dir/tile/0/" . Tally::index_path(int(($size - 1) / 256)) . ($size % 256 ? '.p/' . $size % 256 : '');
	},
);
my @rewritten = sort keys %rewritten;

sub moved {
	my ($number, $size, $dir) = @_;
	my $state = "$top/state";
	unlink $state;
	first_says('--tally-only', '--tally', $dir, '--state', $state);
	my ($less) = make_log('less', $number, int($size * rand));
	both('rolled back', 1, $state, '--tally-only', '--tally', $less);
	my $fork = int rand $size;
	my ($forked) = make_log('forked', $number, $size + int(rand 3), $fork);
	both("forked at $fork", 1, $state, '--tally-only', '--tally', $forked);
	if (-e "$dir/checkpoint.cosigned") {
		my $cosigned = Tally::slurp("$dir/checkpoint.cosigned");
		Tally::spew("$forked/checkpoint.cosigned", $cosigned);
		my ($at) = $cosigned =~ /^[^\n]*\n(\d+)\n/;
		both("forked at $fork, cosigned at $at", $at > $fork ? 1 : 0, undef, '--tally-only', '--tally', $forked);
	}
	my ($more) = make_log('more', $number, $size + 1 + int rand 300);
	both('grown', 0, $state, '--tally-only', '--tally', $more);
	remove_tree($less, $forked, $more);
}

sub size_of {
	my ($number) = @_;
	return 66_000 if $number == 150;
	return int rand 3 if $number % 25 == 1;
	return $number % 10 == 0 ? 200 + int rand 1500 : 1 + int rand 60;
}

for my $number ($FROM .. $TO) {
	srand $number;
	my $size = size_of($number);
	my ($dir, $papers) = make_log('log', $number, $size);
	my $files = files($dir);
	my $t = load($dir, $number, $files);
	push @wrong, 'root or count' unless index($files->{checkpoint}, $t->body . "\n") == 0;
	good_ones($t, $dir, $papers);
	if ($size > 1) {
		changed_bytes($dir, $papers, $files);
		my $kind = $rewritten[$number % @rewritten];
		$rewritten{$kind}->($t, $dir, $files);
		both($kind, 1, undef, '--tally-only', '--tally', $dir);
		restore($dir, $files);
		both('all as it was', 0, undef, '--tally-only', '--tally', $dir);
		moved($number, $size, $dir) if $number % 5 == 0 && $size < 5000;
	}
	settled("log $number, $size entries");
}

# ---- every byte ---------------------------------------------------------------------------

my ($dir, $papers) = make_log('log', 1000, 12);
my $files = files($dir);
my $step = $ENV{UNDERSIGNED_EVERY_BYTE} ? 1 : 499;
for my $name (sort keys %$files) {
	for (my $at = 0; $at < length $files->{$name}; $at += $step) {
		Tally::spew("$dir/$name", changed_byte($files->{$name}, $at, 1 + $at % 255));
		both("$name changed at $at", 1, undef, '--tally-only', '--tally', $dir);
	}
	unlink "$dir/$name";
	# a log without cosignatures is a log; a partial tile of before may be gone when the full one is there
	both("$name missing", $name eq 'checkpoint.cosigned' || $name =~ /^texts/ ? 0 : undef, undef,
	    '--tally-only', '--tally', $dir);
	Tally::spew("$dir/$name", $files->{$name});
}
settled('every byte of a log');
for my $paper (glob "$papers/*") {
	my $text = Tally::slurp($paper);
	for (my $at = 0; $at < length $text; $at += $step) {
		for my $byte (1, ord(substr $text, $at, 1) ^ ord ' ', ord(substr $text, $at, 1) ^ ord '<') {
			next if $byte == 0;
			Tally::spew("$top/changed", changed_byte($text, $at, $byte));
			both("$paper changed at $at by $byte", undef, undef, "$top/changed", '--tally', $dir);
		}
	}
}
settled('every byte of receipts and promises');

# ---- cosigned before and after ---------------------------------------------------------------

my @w = map { Tally::Witness->new("$_.example.org") } qw(one two three);
my $t = Tally->new;
$t->sign for 1 .. 40;
$t->publish("$top/two", cosigned => [@w[0, 1]], witnesses => \@w, older => 20, older_by => \@w);
for my $leaf (5, 30) {
	Tally::spew("$top/receipt", $t->receipt($leaf));
	for my $n (1 .. 4) {
		my $there = $leaf < 20 ? 3 : 2;
		both("entry $leaf, $n witnesses", $n <= $there ? 0 : 1, undef, "$top/receipt", '--tally', "$top/two", '--witnesses', $n);
	}
	both("entry $leaf, her alone", $leaf < 20 ? 0 : 1, undef, "$top/receipt", '--tally', "$top/two", '--witnesses', 1,
	    '--witness', $w[2]->vkey);
}
settled('which checkpoint of the two has the entry and enough witnesses');

# ---- promises --------------------------------------------------------------------------------

for my $case ([ 5, '2001-11-20T14:00:00Z', 0 ], [ 1000, '2001-11-20T14:00:00Z', 1 ], [ 1000, '2999-11-20T14:00:00Z', 0 ]) {
	my ($i, $by, $want) = @$case;
	Tally::spew("$top/promise", $t->promise($i, $by));
	both("a promise of $i by $by", $want, undef, "$top/promise", '--tally', "$top/two");
	both("a promise of $i by $by, $_ witnesses", $want || $_ > 3, undef, "$top/promise", '--tally', "$top/two", '--witnesses', $_) for 2 .. 4;
}
settled('a promise that was kept, one that was broken, and one that is not due');

# ---- what may be otherwise than it is -----------------------------------------------------------

Tally::spew("$top/two/index.html", "<p>the log</p>\n");
Tally::spew("$top/two/tile/0/0000", 'x');
Tally::spew("$top/two/tile/8/000", 'x');
Tally::spew("$top/two/.well-known/x", 'x');
Tally::spew("$top/two/tile/0/000.p/41", 'x');
both('other files are no part of it', 0, undef, '--tally-only', '--tally', "$top/two");
unlink "$top/two/tile/0/000.p/41";
# the full tile has come and the partial one is gone, but not yet the checkpoint
my $full = Tally->new;
$full->sign for 1 .. 256;
$full->publish("$top/full");
for my $where ('tile/0/000', 'tile/entries/000') {
	unlink "$top/two/$where.p/40";
	Tally::spew("$top/two/$where", Tally::slurp("$top/full/$where"));
	both("$where is read from the full one", 0, undef, '--tally-only', '--tally', "$top/two");
	Tally::spew("$top/two/$where", substr Tally::slurp("$top/full/$where"), 0, 40 * 45);
	both("$where is cut short", 1, undef, '--tally-only', '--tally', "$top/two");
	Tally::spew("$top/two/$where", Tally::slurp("$top/full/$where"));
}
for my $name (qw(witnesses batches key)) {
	rename "$top/two/$name", "$top/$name";
	symlink "$top/$name", "$top/two/$name" or die $!;
	both("$name is a link to elsewhere", 1, undef, '--tally-only', '--tally', "$top/two");
	unlink "$top/two/$name";
	rename "$top/$name", "$top/two/$name";
}
# texts have one way to be written
Tally::spew("$top/receipt", $t->receipt(5));
my $f = Tally::read_block('receipt', Tally::slurp("$top/receipt"));
for my $address ('base64:' . Tally::b64url($f->{address}), "$f->{address}%", 'base64:', "base64:" . Tally::b64url("\xff\xff")) {
	Tally::spew("$top/receipt", $t->receipt(5, over => { address => $address }));
	both("address: $address", 1, undef, "$top/receipt", '--tally', "$top/two");
}
for my $address ("p5+x'y\@example.org", "п\@example.org") {
	Tally::spew("$top/receipt", $t->receipt(5, parts => { address => $address },
	    over => { address => 'base64:' . Tally::b64url($address) }));
	both('well-formed, but of another', 1, undef, "$top/receipt", '--tally', "$top/two");
}
settled('what else a folder may hold, and must not');

# ---- the second by itself -------------------------------------------------------------------------

my $out = `'$verifier' '$top/receipt' --tally '$top/nothing' 2>&1`;
is($? >> 8, 1, 'no folder');
Tally::spew("$top/receipt", $t->receipt(5));
$out = `'$verifier' - --tally '$top/two' --witnesses 3 <'$top/receipt'`;
is($? >> 8, 0, 'from standard input') or diag $out;
like($out, qr/^Counted: 40 signatures; .*taken back were none\.$/m, 'the count');
like($out, qr/^It counts\.$/m, 'and that hers is in it');
like($out, qr/^This proves .*; not that .*\.$/m, 'what it proves and what not, in a sentence');
$out = `'$verifier' '$top/promise' --tally '$top/two'`;
like($out, qr/^What was promised is not in the log yet, and is not due until 2999-11-20T14:00:00Z: nothing is proved of it yet\.$/m, 'until when a promise is not due');
unlike($out, qr/WRONG|It counts/, 'and no more');
for my $args ('', "'$top/receipt'", "--tally '$top/two'", "--tally-only '$top/receipt' --tally '$top/two'",
    "--tally-only --tally '$top/two' --witnesses 0") {
	`'$verifier' $args 2>&1`;
	is($? >> 8, 2, "usage: $args");
}

close $_ for $to1, $to2;
waitpid $_, 0 for $first, $second;
cmp_ok($asked, '>', 10 * $LOGS, "$asked questions to both");
cmp_ok($refused, '>', 5 * $LOGS, "$refused of them about what was not right");
cmp_ok($again, '>', 0, "$again receipts were of what stands again") if $LOGS >= 15;
done_testing();
