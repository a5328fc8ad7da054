#!/usr/bin/perl
# From an empty folder: init, campaign new, check; and what they say to mistakes.
# SPDX-License-Identifier: ISC
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use Test::More;
use Undersigned;

my $u = Undersigned->new(example => 0, init => 0);
my $conf = "$u->{dir}/fresh/undersigned.conf";
my $program = "$Undersigned::BUILD/undersign";
sub at { return $u->run('', $program, @_) }
sub fresh { return at('-c', $conf, @_) }
sub mode { return sprintf '%04o', (stat $_[0])[2] & 07777 }

# The command line.
my ($st, $out, $err) = at('--help');
is($st, 0, '--help');
like($out, qr/\bcounts\b.*\bexport\b/s, 'names the verbs');
my @verbs = $out =~ /^  (\w+) /mg;
for my $v (@verbs) {
	next if $v eq 'help';
	my ($s, $o) = at($v, '--help');
	is($s, 0, "$v --help");
	is((at('help', $v))[1], $o, "help $v says the same");
}
is((at('help', '--help'))[1], $out, 'help --help is the same help');
like((at('--version'))[1], qr/^undersign \d/, '--version');
for my $case ([[], 'say what to do'], [['dance'], 'no verb dance'],
    [['counts'], 'needs SLUG'], [['update', 'x'], 'update needs more words'], [['status', 'x'], 'too much'],
    [['counts', 'x', '--colour'], 'not an option'], [['-c'], 'needs a value'],
    [['campaign', 'paint'], 'not paint'], [['counts', 'x', '--by'], 'needs a value']) {
	($st, $out, $err) = at(@{ $case->[0] }[0 .. $#{ $case->[0] }],
	    $case->[0][0] && $case->[0][0] eq 'campaign' ? ('-c', $u->{conf}) : ());
	is($st, 2, "exit 2: @{ $case->[0] }") or diag $err;
	like($err, qr/\Q$case->[1]\E/, "and says: $case->[1]");
	is($out, '', 'nothing on standard output');
}
($st, $out, $err) = fresh('status');
is($st, 1, 'no configuration');
like($err, qr/\Q$conf\E.*undersign init/, 'and what makes one');

# init
($st, $out, $err) = fresh('init');
is($st, 2, 'init wants a domain the first time');
like($err, qr/--domain/, 'and says so');
ok(!-e $conf, 'nothing is left');
($st, $out, $err) = fresh('init', '--domain=not a domain');
is($st, 1, 'init: a bad domain') or diag $out;
like($err, qr/mail_domain/, 'is told');
ok(!-e $conf, 'nothing is left');
($st, $out, $err) = at('init', '--domain', 'Petitions.Example.ORG', '-c', $conf);
is($st, 0, 'init, -c after the verb') or diag $err;
like($out, qr/campaign new/, 'says what to do next');
is(mode("$u->{dir}/fresh/master.key"), '0400', 'the key is closed');
is(mode("$u->{dir}/fresh/state"), '0700', 'so is the state');
is(-s "$u->{dir}/fresh/master.key", 32, 'a key of 32 octets');
my $key = Undersigned::slurp("$u->{dir}/fresh/master.key");
my $text = Undersigned::slurp($conf);
($st, $out) = fresh('init');
is($st, 0, 'init again');
unlike($out, qr/^made/m, 'makes nothing');
ok(Undersigned::slurp("$u->{dir}/fresh/master.key") eq $key, 'keeps the key');
is(Undersigned::slurp($conf), $text, 'and the configuration');
rmdir "$u->{dir}/fresh/campaigns";
($st, $out) = fresh('init');
like($out, qr/^made +campaigns/m, 'what is missing is made');
like((fresh('init', '--domain=other.example'))[2], qr/changes nothing/, 'another domain is told');
SKIP: {
	skip 'needs root', 2 if $> != 0;
	Undersigned::spew($conf, "user = \"nobody\"\n$text");
	is((fresh('init'))[0], 0, 'init for another user');
	is((stat "$u->{dir}/fresh/master.key")[4], scalar getpwnam('nobody'), 'who owns the key then');
	Undersigned::spew($conf, $text);
	fresh('init');
	chown 0, 0, "$u->{dir}/fresh/master.key", "$u->{dir}/fresh/state";
}

# campaign new
my @new = ('campaign', 'new', 'river', '--title', 'Save "the" $river ${HOME}', '--language', 'en,nb,kk');
($st, $out, $err) = fresh(@new);
is($st, 0, 'campaign new') or diag $err;
my $dir = "$u->{dir}/fresh/campaigns/river";
ok(-s "$dir/$_", "writes $_") for qw(campaign.conf petition.en.md petition.nb.md petition.kk.md);
like(Undersigned::slurp("$dir/petition.nb.md"), qr/skriver under/, 'in Norwegian');
is(Undersigned::slurp("$dir/petition.kk.md"), Undersigned::slurp("$dir/petition.en.md"),
    'in English for a language there is no text in');
like((fresh('campaign', 'list'))[1], qr/^river +open +0 +en,nb,kk +Save "the" \$river \$\{HOME\}$/m, 'is listed');
like((fresh('campaign', 'list', '--format=json'))[1],
    qr/"campaign":"river".*"title":"Save \\"the\\" \$river/, 'as JSON');
like((fresh('campaign', 'show', 'river'))[1], qr/river\@petitions\.example\.org/, 'show: its address');
is((fresh(@new))[0], 1, 'not twice');
for my $bad ('Postmaster', 'postmaster', '../x', 'a b', 'x' x 25, '') {
	($st, $out, $err) = fresh('campaign', 'new', $bad, '--title=T', '--language=en');
	is($st, 1, "a bad name: '$bad'");
	like($err, qr/cannot name a campaign/, 'is told');
}
for my $case (['--title=T'], ['--language=en'], ['--title=T', '--language=English'],
    ['--title=T', '--language=,'], ["--title=a\nb", '--language=en']) {
	is((fresh('campaign', 'new', 'lake', @$case))[0], 2, 'wrong: ' . join ' ', map { s/\n/\\n/r } @$case);
}
Undersigned::spew("$dir/campaign.conf", Undersigned::slurp("$dir/campaign.conf") =~ s/# alias = "river-nb"/alias = "elva"/r);
($st, $out, $err) = fresh('campaign', 'new', 'elva', '--title=T', '--language=nb');
is($st, 1, 'a name that is an alias');
like($err, qr/alias of the campaign river/, 'and whose');
opendir my $d, "$u->{dir}/fresh/campaigns" or die;
is(join(' ', grep { !/^\.\.?$/ } readdir $d), 'river', 'no halves are left');

# Open and close; the database is made when it is needed.
($st, $out) = fresh('campaign', 'close', 'river');
is($st, 0, 'close');
like((fresh('campaign', 'list'))[1], qr/^river +closed/m, 'is closed');
like((fresh('campaign', 'close', 'river'))[1], qr/already/, 'closing again');
is((fresh('campaign', 'open', 'river'))[0], 0, 'open');
like((fresh('campaign', 'list'))[1], qr/^river +open/m, 'is open');
($st, $out, $err) = fresh('campaign', 'close', 'rivre');
is($st, 1, 'one that is not there');
like($err, qr/there are: river/, 'and those that are');

# check
Undersigned::spew($conf, "template_dir = \"$Undersigned::SOURCE/templates\"\n" .
    Undersigned::slurp($conf) =~ s{smtp://127.0.0.1:25}{maildir:out}r);
Undersigned::spew("$dir/petition.nb.md", "Vi ber om at elva blir reddet.\n");
($st, $out, $err) = fresh('check', '--offline');
like($out, qr/^ok +configuration/m, 'check: configuration');
like($out, qr/^warn +river .*petition\.en\.md.*write the petition/m, 'a text that was not written');
unlike($out, qr/petition\.nb\.md/, 'but not one that was');
like($out, qr/^ok +database/m, 'database');
like($out, qr/^ok +counts/m, 'counts');
like($out, qr/^warn +daemon.*start it/m, 'the daemon is away');
unlike($out, qr/DNS/, 'no DNS when offline');
# What nobody needs who only tries it out, and everybody else will miss.
like($out, qr/^warn +river +no staff .*add staff = /m, 'nobody is told');
like($out, qr/^warn +river +no contact .*add contact /m, 'nobody reads');
unlike($out, qr/can post an update/, 'without staff nobody is to post');
my $river = Undersigned::slurp("$dir/campaign.conf");
Undersigned::spew("$dir/campaign.conf", $river . join '', map { "organisation \"$_->[0]\" {\n\tname = \"$_->[1]\"\n$_->[2]}\n" }
    [ 'who', 'Who Cares?', "\tshare = true\n" ], [ 'asks', 'Friends of the River', "\tshare = true\n" ], [ 'other', 'friends of the river', '' ],
    [ 'quiet', 'Why?', '' ]);
($st, $out, $err) = fresh('check', '--offline');
like($out, qr/^warn +river +organisation "who": SHARE with a question mark is no consent/m, 'a name that nobody can share with') or diag $out, $err;
like($out, qr/^warn +river +organisations "asks" and "other": nobody can share /m, 'nor with one that is another\'s too');
unlike($out, qr/"quiet"|organisations "other"/, 'which is nothing to those that do not ask');
Undersigned::spew("$dir/campaign.conf", $river);
# What is agreed to must be asked: by the request and the reminder, or by a part of theirs.
mkdir "$dir/templates";
mkdir "$dir/templates/nb";
my $asks = qr/^warn +river +\S+\/river\/templates\/nb\/(\w+)\.mustache: does not ask what signers agree to .*put \{\{>consents\}\} in$/m;
unlike((fresh('check', '--offline'))[1], qr/what signers agree to/, 'the shipped mails ask what signers agree to');
for my $kind (qw(request reminder)) {
	my $own = Undersigned::slurp("$Undersigned::SOURCE/templates/nb/$kind.mustache");
	Undersigned::spew("$dir/templates/nb/$kind.mustache", $own =~ s/^\{\{>consents\}\}\n//mr);
	(undef, $out) = fresh('check', '--offline');
	is(join(' ', $out =~ /$asks/g), $kind, "a $kind that does not is told");
	Undersigned::spew("$dir/templates/nb/$kind.mustache", $own =~ s/>consents/>asking/r);
	Undersigned::spew("$dir/templates/nb/asking.mustache", "{{>asking}}\nX\n");
	(undef, $out) = fresh('check', '--offline');
	is(join(' ', $out =~ /$asks/g), $kind, 'and one with another part');
	Undersigned::spew("$dir/templates/nb/asking.mustache", "X\n{{>consents}}\n");
	(undef, $out) = fresh('check', '--offline');
	unlike($out, qr/what signers agree to/, 'a part that asks will do');
	unlink glob "$dir/templates/nb/*";
}
system('rm', '-r', "$dir/templates");
for my $case (
    ['staff = {"ada@example.org"}', 'nobody', 'a yes from 1 other than its author, and there are 0; name more in staff'],
    ['staff = {"ada@example.org", "Ada@EXAMPLE.org"}', 'nobody', 'there are 0'],
    ['staff = {"ada@example.org"} approvers = {"ada@example.org"}', 'nobody', 'name more in approvers'],
    ['staff = {"ada@example.org", "bo@example.org"} approvals = 2', 'nobody', '2 others than its author, and there is 1'],
    ['staff = {"ada@example.org", "bo@example.org"} approvers = {"bo@example.org"}', 'not everybody', 'there are 0'],
    ['staff = {"ada@example.org", "bo@example.org"}'],
    ['staff = {"ada@example.org"} approvers = {"bo@example.org"}'],
    ['staff = {"ada@example.org"} approvals = 0']) {
	my ($staff, $who, $why) = @$case;
	Undersigned::spew("$dir/campaign.conf", "$river$staff\n");
	($st, $out) = fresh('check', '--offline');
	unlike($out, qr/no staff/, "$staff: is told");
	next if !defined $who && unlike($out, qr/can post an update/, 'and can post');
	like($out, qr/^warn +river +\Q$who\E of staff can post an update by mail: .*\Q$why\E/m, "$who can post");
}
Undersigned::spew("$dir/campaign.conf", "$river\ncontact \"c\" { name = \"C\" address = \"c\@example.org\" }\n" .
    'schedule "old" { rule = "FREQ=DAILY;COUNT=3" start = "2020-12-01" }' . "\n" .
    'schedule "new" { rule = "FREQ=DAILY" start = "2020-12-01" }' . "\n");
($st, $out) = fresh('check', '--offline');
unlike($out, qr/no contact/, 'somebody reads');
like($out, qr/^warn +river +schedule "old": all its times are past/m, 'a schedule that is over');
unlike($out, qr/"new"/, 'but not one that goes on');
Undersigned::spew("$dir/campaign.conf", $river);
my $plain = Undersigned::slurp($conf);
Undersigned::spew($conf, "$plain\nweb { listen = \"unix:$u->{dir}/web.sock\" base_url = \"https://p.example.org\" }\n");
like((fresh('check', '--offline'))[1], qr/^warn +web .*SIGTERM, then undersignd -c \Q$conf\E$/m, 'a web face that is not there yet');
Undersigned::spew($conf, $plain);

# What stands there as a remark is good as it stands.
sub bare { return join '', map { s/^(\t?)# ?(?=\w+ (?:"[^"]*" )?[={]|\t|\})/$1/r } split /^/, $_[0] }
sub uncommented { return bare(bare(Undersigned::slurp($_[0]))) }
is((fresh('campaign', 'new', 'lake', '--title=T', '--language=en,nb'))[0], 0, 'another campaign');
my $lake = "$u->{dir}/fresh/campaigns/lake";
sub printed { my ($s, $o) = $u->run("words\n", $program, '--passphrase-fd', 0, @_); return $s == 0 && $o =~ /(\S+?)"?\n\z/ ? $1 =~ s/.*"//r : '' }
my $holder = printed('key', 'new', "$u->{dir}/holder.key");
my %line = (witness => printed('witness', 'new', '--name', 'w.example.org', "$u->{dir}/w.key"),
    opening_key => printed('key', 'deal', '--threshold', 1, '--holder', "w=$holder", '--output', "$u->{dir}/deal"));
my $all = uncommented("$lake/campaign.conf");
like($all, qr/^\t?$_ = "\.\.\."$/m, "a place for the line of $_") for keys %line;
like($all, qr/^\tshare = true\n(?:\t.*\n)*\tmail = "/m, 'and what an organisation may do');
for my $missing (sort keys %line) {
	Undersigned::spew("$lake/campaign.conf", $all =~ s/^\t?(\w+) = "\K\.\.\.(?="$)/$1 eq $missing ? '...' : $line{$1}/gemr);
	like((fresh('check', '--offline'))[1], qr/^FAIL +lake .*\b$missing\b.*(?:that undersign witness new prints|undersigned-opening- is needed here)/m, "$missing as it stands is refused");
}
Undersigned::spew("$lake/campaign.conf", $all =~ s/^\t?(\w+) = "\K\.\.\.(?="$)/$line{$1}/gmr);
Undersigned::spew($conf, uncommented($conf) =~ s/^user = .*\n//mr =~ s{/var/mail/petitions}{in}r =~ s/lmtp_group = "\K\w+/root/r);
like(Undersigned::slurp("$lake/campaign.conf"), qr/^approvals = 1\n(?:.*\n)*^schedule "weekly" \{\n\trule = /m, 'the remarks are in');
($st, $out) = fresh('check', '--offline');
like($out, qr/^ok +configuration/m, 'those of undersigned.conf');
is(join('', grep { !/write the petition there/ } $out =~ /^(?:warn|FAIL) +lake .*\n/mg), '', 'and those of campaign.conf');
like($out, qr/^warn +web /m, 'the web face is among them');
system('rm', '-r', $lake);
Undersigned::spew($conf, $plain);

chmod 0755, "$u->{dir}/fresh/state";
chmod 0644, "$u->{dir}/fresh/master.key";
($st, $out) = fresh('check', '--offline');
is($st, 1, 'check fails');
like($out, qr/^FAIL +state .*chmod 700/m, 'open state folder');
like($out, qr/^FAIL +key /m, 'open key');
chmod 0700, "$u->{dir}/fresh/state";
chmod 0400, "$u->{dir}/fresh/master.key";
Undersigned::spew("$dir/campaign.conf", "langauge = \"en\"\n");
($st, $out) = fresh('check', '--offline');
is($st, 1, 'check fails');
like($out, qr/^FAIL +river .*campaign\.conf:1: unknown key "langauge"; did you mean "language"\?/m,
    'a key that is not known, with file, line and the nearest');

# What is printed to be typed works as it stands, wherever the configuration lies.
{
	my $there = "$u->{dir}/it's elsewhere";
	my $file = "$there/undersigned.conf";
	sub typed { return $u->run('', 'sh', '-c', "PATH='$Undersigned::BUILD':\$PATH; $_[0]") }
	($st, $out) = at('init', '--domain=p.example.org', '-c', $file);
	my @next = $out =~ /^  (undersignd? .*)/mg;
	is(scalar @next, 3, 'init tells of three commands') or diag $out;
	Undersigned::spew($file, "template_dir = \"$Undersigned::SOURCE/templates\"\n" .
	    Undersigned::slurp($file) =~ s{smtp://127.0.0.1:25}{maildir:out}r =~ s/^user = .*//mr);
	($st, $out, $err) = typed($next[0] =~ s/SLUG/river/r);
	is($st, 0, $next[0]) or diag $err;
	my ($reload, $close) = $out =~ /^  (.*SIGHUP.*)\n(?:.*\n)*.*: (undersign .*close river)$/m;
	is($reload, 'send SIGHUP to undersignd', 'nothing to be typed where there is no command');
	is((typed($close))[0], 0, $close);
	isnt((typed($next[1]))[0], 127, $next[1]);
	like((typed("$next[1] --offline"))[1], qr/^warn +daemon .*start it: \Q$next[2]\E$/m, 'check says the same');
	like((typed($next[1] =~ s/check$/status/r))[1], qr/start it: \Q$next[2]\E$/m, 'so does status');
	($st, $out, $err) = typed($next[2]);
	is($st, 0, $next[2]) or diag $err;
	is((typed($next[1] =~ s/check$/status/r))[0], 0, 'and the daemon answers');
	my ($pid) = $err =~ /\bpid=(\d+)/;
	kill 'TERM', $pid if $pid;
	for (1 .. 100) { last if (typed($next[1] =~ s/check$/status/r))[0]; select undef, undef, undef, 0.1 }
}

# What would steer a terminal is shown, not done, wherever it comes back from.
for my $case (["\e[2Jverb"], ['check', "--\e[2J"], ['check', "--off\nline"], ['check', "too\e[2Jmuch"],
    ['help', "\e[2J"], ['counts', "no\e]0;x\asuch"], ['campaign', 'show', "\xc2\x9b2J"], ['signer', 'river', "\e[2J", 'a@b.example'],
    ['signer', 'river', 'show', "a\e[2J\@b.example"], ['counts', 'river', '--by', "\e[2J"], ['restore', "/nowhere/\e[2J"], ['backup', "/nowhere/\e[2J"],
    ['export', 'river', '--output', "/nowhere/\e[2J"], ['deliver', "a\e[2J\@b.example"], ['-c', "/nowhere/\e[2J", 'check']) {
	my ($s, $o, $e) = $case->[0] eq '-c' ? $u->run('', "$Undersigned::BUILD/undersign", @$case) : fresh(@$case);
	isnt($s, 0, 'refused: ' . join ' ', map { s/[^ -~]/?/gr } @$case);
	unlike("$o$e", qr/[\x00-\x09\x0b-\x1f\x7f]|\xc2[\x80-\x9f]/, 'without a control character');
	isnt($e, '', 'but with a line');
}

# The manual pages name every key, verb and option.
my $man = Undersigned::slurp("$Undersigned::SOURCE/man/undersigned.conf.5");
for my $file (qw(config campaign)) {
	my $source = Undersigned::slurp("$Undersigned::SOURCE/src/config/$file.c");
	while ($source =~ /^\t\{ "(\w+)", CONF_/mg) {
		like($man, qr/^\.(?:(?:It )?Ic|Ss) [^\n]*\b$1\b/m, "undersigned.conf(5) has $1");
	}
}
$man = Undersigned::slurp("$Undersigned::SOURCE/man/undersign.1");
my ($synopsis, $described) = $man =~ /^\.Sh SYNOPSIS\n(.*?)^\.Sh DESCRIPTION\n(.*?)^\.Sh ENVIRONMENT/ms;
my %way;
for my $way (split /^\.Nm\n/m, $synopsis) {
	$way{(split)[0]} .= $way for map { split / \| / } $way =~ /^\.Ic (.+)/m;
}
sub options { return $_[0] =~ /^  (?:-(\w), |    )--([\w-]+)/mg }
my %general = reverse options((at('--help'))[1]);
is(join(' ', sort keys %general), 'config help passphrase-fd version', 'options that all verbs have');
ok($described =~ /^\.It Fl (?:. (?:Ar FILE )?, Fl )?Fl $_\b/m, "undersign(1) has --$_") for sort keys %general;
my @asking;
for my $v (grep { $_ ne 'help' } @verbs) {
	my ($usage, $list) = split /^Options:\n/m, (at($v, '--help'))[1];
	my @options = options($list);
	ok(defined $way{$v}, "undersign(1) has $v");
	while (my ($letter, $name) = splice @options, 0, 2) {
		push @asking, $v if $name eq 'passphrase-fd';
		next if exists $general{$name};
		my $short = $letter // $name;
		like($usage, qr/(?<![\w-])(?:--$name|-$short)(?![\w-])/, "usage of $v has --$name");
		ok($way{$v} =~ /Fl (?:Fl $name|$short)(?![\w-])/, 'so has its synopsis');
		ok($described =~ /Fl Fl $name(?![\w-])/, "and it is described: --$name of $v");
	}
}
is("@asking", 'init export list signer seal import review uncount purge update unlock key open witness tally',
    'the help of those that may ask for a passphrase has --passphrase-fd');
done_testing;
