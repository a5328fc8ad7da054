#!/usr/bin/perl
# Sealed and provable, from end to end.  1,000 people sign the example campaign of
# seven organisations by mail, and one hand signs 200 times; four organisations
# cosign the public log; the 200 are taken back in public by two people; everybody's
# receipt is checked where there is nothing but the published files; three
# organisations open the list to hand in, two cannot; and the server, taken whole,
# names nobody.
# SPDX-License-Identifier: ISC
use strict;
use warnings;
use utf8;
use Digest::SHA qw(sha256);
use Encode qw(decode encode);
use File::Basename;
use File::Path qw(make_path);
use File::Temp qw(tempdir);
use JSON::PP;
use MIME::Base64 qw(decode_base64 encode_base64);
use Test::More;
use Time::HiRes qw(sleep time);
use Time::Local qw(timegm);
use lib dirname(__FILE__);
use Seizure;
use Sink;
use Tally;
use Undersigned;

plan skip_all => 'python3 is needed' unless -x '/usr/bin/python3';
plan skip_all => 'make check-system builds what is needed'
    unless -x "$Undersigned::BUILD/tests/system/seize";
binmode Test::More->builder->$_, ':utf8' for qw(output failure_output);
my $c = 'manuchehr';
my $patience = 240;

# The server is all of $u->{dir}.  What is with others is elsewhere: mailboxes, the
# machines of the organisations and of a signer.
my $away = tempdir(CLEANUP => 1);
my $sink = Sink->new("$away/mail", keep => 1);
my $u = Undersigned->new(relay => $sink->url);
my ($dir, $d) = ($u->{dir}, $u->{domain});
my $public = "$dir/public";
my $conf = "$dir/campaigns/$c/campaign.conf";

# A command on another machine, in a folder of its own there.
my $serial = 0;
sub elsewhere {
	my ($where, $in, @command) = @_;
	my ($o, $e, $i) = map { "$away/$_" . $serial } qw(out err in);
	$serial++;
	Undersigned::spew($i, $in);
	system('sh', '-c', 'cd "$1" && i=$2 o=$3 e=$4 && shift 4 && exec env -i PATH=/usr/bin:/bin "$@" <"$i" >"$o" 2>"$e"', 'sh',
	    $where, $i, $o, $e, @command);
	my @r = ($? >> 8, Undersigned::slurp($o), Undersigned::slurp($e));
	unlink $o, $e, $i;
	return @r;
}
my $undersign = "$Undersigned::BUILD/undersign";

sub until_true {
	my ($what, $true) = @_;
	my $end = time + $patience;
	sleep 0.1 while time < $end && !$true->();
	ok($true->(), $what) or die "in vain: $what\n";
}

sub box { return @{ $sink->boxes->{ $_[0] } // [] } }

# ---- seven organisations --------------------------------------------------------------

my @orgs = qw(lawyers pamir centralasia nordic fairtrial defenders letters);
my @witnesses = qw(nordic pamir fairtrial letters);     # the first two by mail
my (%holder, %witness);
for my $org (@orgs) {
	make_path("$away/$org");
	my ($st, $out, $err) = elsewhere("$away/$org", "words of $org\n", $undersign, 'key', 'new', 'key', '--passphrase-fd', 0);
	is($st, 0, "$org has a key") or diag $err;
	chomp($holder{$org} = $out);
}
for my $org (@witnesses) {
	my ($st, $out, $err) = elsewhere("$away/$org", "witness of $org\n", $undersign, 'witness', 'new',
	    '--name', "$org.example.org", 'witness', '--passphrase-fd', 0);
	is($st, 0, "$org can witness") or diag $err;
	chomp($witness{$org} = $out);
}
make_path("$away/deal");
my ($st, $opening, $err) = elsewhere("$away/deal", '', $undersign, 'key', 'deal', '--threshold', 3,
    (map { ('--holder', "$_=$holder{$_}") } @orgs), '--output', 'shares');
is($st, 0, 'the opening key is dealt, three of seven') or BAIL_OUT($err);

my $text = Undersigned::slurp($conf) =~ s/^staff *=.*\n//mgr;
for my $org (@witnesses) {
	my $mail = $org =~ /nordic|pamir/ ? "\tmail = \"witness\@$org.example.org\"\n" : '';
	$text =~ s/(organisation "$org" \{\n)/$1\twitness = "$witness{$org}"\n$mail/;
}
Undersigned::spew($conf, "$text\n$opening" . <<'CONF');
receipts = "always"
staff = {"anna@example.org", "boris@example.org"}
approvers = {"anna@example.org", "boris@example.org"}
CONF
ok($u->start, 'the daemon starts') or BAIL_OUT($u->log);
sub tally { return $u->undersign('tally', $c, @_) }
($st, my $key, $err) = tally('key');
is($st, 0, 'the key of the log, which the campaign prints everywhere') or diag $err;

# ---- who signs -------------------------------------------------------------------------

# Words that nothing else has in it: ten letters that N and what they are for make.
my %letters = (
	latin => [ [ split //, 'bdfghjklmnprstvz' ], [ split //, 'aeiouyaeiouyaeio' ] ],
	cyrillic => [ [ split //, 'бвгджзклмнпрстфх' ], [ split //, 'аеиоуыяюаеиоуыяю' ] ],
);
sub word {
	my ($script, $n, $for) = @_;
	my ($first, $second) = @{ $letters{$script} };
	return join '', map { $first->[$_ >> 4] . $second->[$_ & 15] } unpack 'C5', sha256("$n $for");
}

my %labels = (
	en => [ qw(Name City Comment), 'Updates: yes' ],
	ru => [ qw(Имя Город Комментарий), 'Новости: да' ],
	nb => [ qw(Navn By Kommentar), 'Nyheter: ja' ],
);
my @people;
for my $n (1 .. 1000) {
	my $lang = (qw(en ru nb en))[$n % 4];
	my $script = $lang eq 'ru' ? 'cyrillic' : 'latin';
	my $p = { lang => $lang, news => $n % 10 == 0, from => word('latin', $n, 'box') . '@' . word('latin', $n % 40, 'domain') . '.example',
	    name => ucfirst(word($script, $n, 'given')) . ' ' . ucfirst(word($script, $n, 'family')),
	    city => ucfirst(word($script, $n, 'city')), comment => word($script, $n, 'says') . ' ' . word($script, $n, 'more') };
	my ($name, $city, $comment, $news) = @{ $labels{$lang} };
	$p->{body} = "$name: $p->{name}\n$city: $p->{city}\n$comment: $p->{comment}\n" . ($p->{news} ? "$news\n" : '');
	$p->{to} = "$c-$lang";
	push @people, $p;
}
my @stuffed;
for my $n (1 .. 200) {
	my $p = { stuffed => 1, lang => 'en', news => 1, from => word('latin', $n, 'stuffed box') . '@stuffermail.example',
	    name => ucfirst(word('latin', $n, 'stuffed given')) . ' ' . ucfirst(word('latin', $n, 'stuffed family')),
	    city => ucfirst(word('latin', $n, 'stuffed city')), comment => '', to => "$c+from-poster" };
	$p->{body} = "Name: $p->{name}\nCity: $p->{city}\nUpdates: yes\n";
	push @stuffed, $p;
}
my @everybody = (@people, @stuffed);
my %person = map { ($_->{from} => $_) } @everybody;
is(scalar keys %person, 1200, 'all are different');

sub octets { return encode('UTF-8', $_[0]) }

# In one session as a mail host would, and then what all of them got.
sub write_all {
	my ($what, @mails) = @_;
	my $s = $u->session;
	my $refused = grep { ($u->lmtp(session => $s, from => $_->{from}, to => $_->{to}, data => $u->message(%$_)))[0] !~ /^250/ } @mails;
	close $s;
	is($refused, 0, $what);
	ok($u->settle($patience), 'and all is answered');
}

sub number {
	my ($name) = @_;
	my ($st, $json, $err) = tally('status', '--format', 'json');
	return $json =~ /"$name":(\d+)/ ? $1 : "none: $err";
}

# An hour is over, and its batch is in and signed.
sub next_hour {
	my ($size) = @_;
	$u->pass(3601);
	until_true("$size entries are signed", sub { number('signed_size') eq $size });
}

sub reply {
	my ($mail, $from, $body) = @_;
	return { from => $from, to => $mail->reply_to, subject => 'Re: ' . $mail->subject, body => $body,
	    header => 'In-Reply-To: ' . $mail->header('Message-ID') };
}

my $in = 0;
for my $wave ([ @people[0 .. 399] ], [ @people[400 .. 699], @stuffed ], [ @people[700 .. 999] ]) {
	write_all(@$wave . ' write', map { { from => $_->{from}, to => "$_->{to}\@$d", body => octets($_->{body}) } } @$wave);
	write_all('and confirm', map { my ($request) = box($_->{from}); $request ? reply($request, $_->{from}, "Yes!\n") : () } @$wave);
	next_hour($in += @$wave);
}
is($u->count('confirmed'), 1200, '1,200 signatures');
$u->pass(310);
until_true('everybody has a receipt', sub { my $boxes = $sink->boxes; !grep { @{ $boxes->{ $_->{from} } // [] } < 3 } @everybody });
my (%receipt, @bad);
for my $p (@everybody) {
	my ($request, $thanks, $receipt) = box($p->{from});
	push @bad, $p->{from} if $thanks->text !~ /BEGIN UNDERSIGNED PROMISE/ || $receipt->text !~ /BEGIN UNDERSIGNED RECEIPT/;
	$receipt{ $p->{from} } = $receipt;
}
is("@bad", '', 'and was promised it before');

# ---- four organisations cosign ----------------------------------------------------------

sub publish {
	my ($size) = @_;
	my ($st, $out, $err) = tally('publish', $public);
	is($st, 0, 'published') or diag $err;
	like(Undersigned::slurp("$public/checkpoint"), qr/\A[^\n]*\n$size\n/, "at $size entries");
}

sub copy_of_public {
	my ($to) = @_;
	system('rm', '-rf', "$to/tally") == 0 && system('cp', '-r', $public, "$to/tally") == 0 or die;
}

sub cosign {
	my ($size, @who) = @_;
	publish($size);
	for my $org (@who) {
		my @sign = ($undersign, 'witness', 'sign', '--key', 'witness', '--state', 'seen', '--passphrase-fd', 7);
		my $in = '';
		if ($org =~ /nordic|pamir/) {
			until_true("$org has the checkpoint of $size by mail", sub { grep { $_->text =~ /^size: $size$/m } box("witness\@$org.example.org") });
			$in = (box("witness\@$org.example.org"))[-1]->raw;
		} else {
			copy_of_public("$away/$org");
			push @sign, '--tally', 'tally';
		}
		my ($st, $block, $err) = elsewhere("$away/$org", $in, 'sh', '-c', "exec \"\$@\" 7<<END\nwitness of $org\nEND\n", 'sh', @sign);
		is($st, 0, "$org finds it in order") or diag $err;
		if ($in ne '') {
			my $mail = (box("witness\@$org.example.org"))[-1];
			my $answer = reply($mail, "witness\@$org.example.org", "Here it is:\n\n$block\n" . join '', map { "> $_\n" } split /\n/, $mail->text);
			like($u->lmtp(from => $answer->{from}, to => $answer->{to}, data => $u->message(%$answer)), qr/^250/, 'and answers the mail');
		} else {
			Undersigned::spew("$away/block", $block);
			($st, undef, $err) = tally('cosign', "$away/block");
			is($st, 0, 'and sends it in') or diag $err;
		}
		until_true("$org has cosigned at $size", sub { (tally('status'))[1] =~ /^witness +$org: has cosigned at [^;\n]*/m && $& =~ tr/0-9//cdr =~ /$size$/ });
	}
	publish($size);
}

$u->pass(86400);
cosign(1200, qw(nordic fairtrial));

# ---- one hand is found, and taken back by two -----------------------------------------------

($st, my $out, $err) = $u->undersign('review', $c, '--format=json');
is($st, 0, 'a review') or diag $err;
my %found = map { $_->{counted} == 200 ? ($_->{kind} => $_->{where}) : () } @{ decode_json($out)->{groups} };
is($found{source}, 'source=poster', 'shows 200 of one source');
is($found{domain}, 'domain=stuffermail.example', 'and of one domain');
my $reason = 'sent by one hand from one server';
($st, $out, $err) = $u->undersign('uncount', $c, '--where', "$found{source} and $found{domain}", '--as', 'anna@example.org', '--reason', $reason);
is($st, 0, 'Anna proposes to take them back') or diag $err;
my $ask;
until_true('Boris is asked', sub { ($ask) = grep { $_->reply_to =~ /\+a-/ } box('boris@example.org') });
is($u->count('confirmed'), 1200, 'she alone changes nothing');
my $yes = reply($ask, 'boris@example.org', "YES\n");
like($u->lmtp(from => $yes->{from}, to => $yes->{to}, data => $u->message(%$yes)), qr/^250/, 'Boris says yes');
until_true('they count no more', sub { $u->count('uncounted') eq 200 });
until_true('all wait for the log', sub { number('waiting_back') eq 200 });
next_hour(1401);
$u->pass(86400);
cosign(1401, @witnesses);

# ---- the count, five times ---------------------------------------------------------------------

# A machine with nothing on it but what everybody can have.
my $checker = "$away/checker";
make_path($checker);
copy_of_public($checker);
Undersigned::spew("$checker/key", $key);
sub first { return elsewhere($checker, '', $undersign, 'verify', @_, '--tally', 'tally', '--key', 'key') }
sub second { return elsewhere($checker, '', 'python3', "$Undersigned::SOURCE/contrib/verify/verify.py", @_, '--tally', 'tally', '--key', 'key') }

is($u->count('confirmed'), 1000, 'counts: 1,000');
is($u->count('uncounted'), 200, 'and 200 uncounted');
is(number('counted'), 1000, 'tally status: 1,000');
like(Undersigned::slurp("$checker/tally/checkpoint"), qr/\A[^\n]*\n1401\n[^\n]*\ncounted 1000\n\n/, 'the published checkpoint: 1,000');
for my $n (3, 4) {
	($st, $out, $err) = first('--tally-only', '--witnesses', $n);
	is($st, 0, "undersign verify, $n witnesses") or diag $out, $err;
	like($out, qr/^Counted: 1,?000 signatures/m, 'recounts 1,000');
	($st, $out, $err) = second('--tally-only', '--witnesses', $n);
	is($st, 0, "verify.py, $n witnesses") or diag $out, $err;
	like($out, qr/^Counted: 1000 signatures; 1200 were put in, and taken back were 200 fraud\.$/m, 'recounts 1,000');
}
is((first('--tally-only', '--witnesses', 5))[0], 1, 'a fifth witness there is not');
is((second('--tally-only', '--witnesses', 5))[0], 1, 'for the other either');
like(Undersigned::slurp("$checker/tally/batches"), qr/\A1 \d{4}-\d\d-\d\d 200 \Q$reason\E\n\z/, 'everybody can read how many were taken back, and why');
my $log = Tally->new;
$log->add($_) for unpack '(n/a*)*', join '', map { Undersigned::slurp("$checker/tally/tile/entries/00$_") } 0 .. 4, '5.p/121';
my %kinds;
$kinds{ (split / /)[0] }++ for @{ $log->{entries} };
is_deeply(\%kinds, { sign => 1200, back => 200, batch => 1 }, 'and count the entries');

# ---- everybody's receipt --------------------------------------------------------------------------

# Without either program: what is wrong with the receipt that she has by mail.
my %taken = map { /^back (\d+) fraud 1$/ ? ($1 => 1) : () } @{ $log->{entries} };
my %text = map { ($_ => sha256(Undersigned::slurp("$dir/campaigns/$c/petition.$_.md"))) } qw(en ru nb);
my (%signature, %leaf);
sub decode_url { return decode_base64($_[0] =~ tr{-_}{+/}r) }
sub fault {
	my ($p) = @_;
	my $block = $receipt{ $p->{from} }->text;
	my $r = Tally::read_block('receipt', $block) or return 'is none';
	my @proof = $block =~ s/\n //gr =~ /^proof: (\S+)$/mg;
	my ($leaf, $size) = @$r{qw(leaf size)};
	$signature{"@$r{qw(size counted root)}"}{ $r->{signature} } = 1;
	return 'another\'s' if $r->{address} ne $p->{from} || $leaf{$leaf}++;
	return 'another text' if decode_url($r->{text}) ne $text{ $p->{lang} };
	my $commitment = $log->commitment(address => $p->{from}, day => timegm(0, 0, 0, (split /-/, $r->{day})[2], (split /-/, $r->{day})[1] - 1,
	    (split /-/, $r->{day})[0]) / 86400, text => $text{ $p->{lang} }, nonce => decode_url($r->{nonce}));
	return 'not its entry' if $log->{entries}[$leaf] ne 'sign ' . Tally::b64url($commitment);
	return 'not its root' if $r->{root} ne Tally::b64url($log->mth(0, $size)) || $r->{counted} != $log->counted($size);
	return 'not its proof' if "@proof" ne join ' ', map { Tally::b64url($_) } $log->path($leaf, 0, $size);
	return !$taken{$leaf} == !$p->{stuffed} ? () : 'counts, or not, wrongly';
}
is(join(', ', map { my $p = $_; map { "$p->{from}: $_" } fault($p) } @everybody), '',
    'each of 1,200 receipts leads into the log, where those of the 1,000 count and those of the 200 do not');
is(join(' ', map { scalar keys %$_ } values %signature), '1 1 1', 'under three checkpoints, each signed once');

# And by both programs, for some of each checkpoint and language.
for my $p (@everybody[map({ 26 * $_ } 0 .. 38), map { 1000 + 17 * $_ } 0 .. 11]) {
	Undersigned::spew("$checker/receipt", $receipt{ $p->{from} }->raw);
	for my $n (3, 4) {
		my ($status, $said) = $n == 3 ? first('receipt', '--witnesses', 3) : second('receipt', '--witnesses', 4);
		my @wrong = grep { /WRONG/ } split /\n/, $said;
		my $good = !$p->{stuffed} ? $status == 0 && !@wrong :
		    $status == 1 && @wrong == 1 && $wrong[0] =~ /does not count any more: entry [\d,]+ took it back[:,] fraud 1\b/;
		push @bad, "$p->{from}, $n witnesses: $status\n$said" if !$good;
	}
}
is("@bad", '', 'undersign verify and verify.py say the same of 51, in a log that three and four have witnessed');

# ---- three open the list ---------------------------------------------------------------------------------

($st, $out, $err) = $u->undersign('export', $c, '--sealed', '-o', "$dir/list");
is($st, 0, 'the sealed list') or diag $err;
my $table = "$away/table";
make_path($table);
system('cp', "$dir/list", $table) == 0 or die;
sub open_list {
	my (@who) = @_;
	for my $org (@who) {
		system('cp', "$away/$org/key", "$table/$org.key") == 0 && system('cp', "$away/deal/shares/share-1-$org.txt", $table) == 0 or die;
	}
	return elsewhere($table, join('', map { "words of $_\n" } @who), $undersign, 'open',
	    (map { ('--share', "share-1-$_.txt") } @who), (map { ('--key', "$_.key") } @who), '--passphrase-fd', 0, '-o', 'list.csv', 'list');
}
($st, $out, $err) = open_list(qw(centralasia pamir));
is($st, 1, 'two alone do not open it');
like($err, qr/3 of the shares are needed, and 2 are given/, 'and are told so');
ok(!-e "$table/list.csv", 'and get nothing');
($st, $out, $err) = open_list(qw(centralasia pamir defenders));
is($st, 0, 'three do, on a machine of their own') or diag $err;
my @rows = split /\r\n/, decode('UTF-8', Undersigned::slurp("$table/list.csv") // '');
like(shift @rows, qr/^number,name,city,country,country_name,comment,address,language,source,date,state,hidden\b/, 'a list');
is_deeply([ sort map { join ',', (split /,/)[1, 2, 5, 6, 7, 8, 10] } @rows ],
    [ sort map { "$_->{name},$_->{city},$_->{comment},$_->{from},$_->{lang},,confirmed" } @people ],
    'of the 1,000 who count, with all that each of them said, and of nobody else');

# ---- the server is taken ------------------------------------------------------------------------------------

my %words;
for my $p (@everybody) {
	my ($box, $host) = split /\@/, $p->{from};
	$words{ octets($_) } = 1 for $box, $host, map { split / / } $p->{name}, $p->{city}, $p->{comment};
}
my $thief = Seizure->new(keys %words);

# What she finds must be what there is: the request to each shows her all of hers,
# in whatever way a mail writes it.
@bad = ();
my $there = $thief->found(map { (box($_->{from}))[0]->{file} } @everybody);
for my $p (@everybody) {
	my $hers = $there->{ (box($p->{from}))[0]->{file} };
	push @bad, grep { !$hers->{ octets($_) } } $p->{from} =~ /^(.*)\@/, map { split / / } $p->{name}, $p->{city}, $p->{comment};
}
is("@bad", '', 'the search finds everybody in her own mailbox');

sub search {
	my ($what) = @_;
	my @files = Seizure::files($dir);
	my $size = 0;
	$size += -s $_ for @files;
	my @found = $thief->in_files(@files);
	is("@found[0 .. ($#found > 9 ? 9 : $#found)]", '', "$what: nobody in " . @files . " files of $size octets");
	return map { s/^\Q$dir\E\///r } @files;
}

# One of them in each way, and nobody else.
my @planted;
for my $form (sort keys %Seizure::FORM) {
	my $name = octets((split / /, $people[@planted]{name})[0]);
	my $octets = $form =~ /^base64\D* (\d)/ ? encode_base64('x' x $1 . "$name, and more", '') : $Seizure::FORM{$form}[1]->($name);
	$octets =~ tr{+/}{-_} if $form =~ /url/;
	# base64 has ends of lines in it
	substr($octets, 9, 0) = "\r\n" if $form =~ /base64/;
	my $file = "$dir/state/planted." . @planted;
	Undersigned::spew($file, "\0\1$octets\xff");
	push @planted, "$file: $name";
}
is_deeply([ sort $thief->in_files(Seizure::files($dir)) ], [ sort @planted ], 'planted in each way, they are found, and they alone');
unlink glob "$dir/state/planted.*";

($st, undef, $err) = $u->undersign('backup', "$dir/backup.db");
is($st, 0, 'a backup lies there as well') or diag $err;
my @files = search('while it runs');
for my $must (qw(state/undersigned.db state/undersigned.db-wal backup.db log public/checkpoint public/tile/entries/000 list master.key)) {
	ok((grep { $_ eq $must } @files), "$must is among them");
}
$u->kill_all;
search('after its plug was pulled');

# With the master key, too, there are only the addresses of who wants news.
($st, $out, $err) = $u->run('', "$Undersigned::BUILD/tests/system/seize", "$dir/state/undersigned.db", "$dir/master.key");
is($st, 0, 'who has the master key as well reads') or diag $err;
like($out, qr/^rows signature 1200$/m, 'all rows');
my %open = map { ($_ => 1) } $thief->in($out);
my %may = map { ($_ => 1) } map { split /\@/, $_->{from} } grep { $_->{news} } @everybody;
is_deeply([ sort keys %open ], [ sort keys %may ], 'the addresses of who wants news, and of nobody a name, a city or a comment');
done_testing;
