#!/usr/bin/perl
# Every mail we send keeps to the standards: by a strict checker of our own, by
# Python's parser and by mutt, which nobody here wrote.
# SPDX-License-Identifier: ISC
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use File::Path qw(make_path);
use Time::HiRes qw(sleep time);
use Test::More;
use Undersigned;
use Standards;

my $here = $FindBin::Bin;
my $u = Undersigned->new(limits => 'requests_per_domain_hour = 40 requests_per_hour = 0',
    extra => "web {\n\tlisten = \"unix:/tmp/undersigned-standards-$$.sock\"\n" .
    "\tbase_url = \"https://petitions.example.org\"\n}\n");
END { unlink "/tmp/undersigned-standards-$$.sock" }
ok($u->start, 'the daemon runs, with a web face') or diag $u->log;
my $d = $u->{domain};

# What is found, and by whom.
sub findings {
	my ($crlf, @files) = @_;
	my (@all, %seen);
	for my $file (@files) {
		my ($name) = $file =~ m{([^/]+)$};
		push @all, "$name: $_" for Standards::check(Undersigned::slurp($file), crlf => $crlf);
	}
	return @all;
}

sub python {
	my (@files) = @_;
	my ($st, $out, $err) = $u->run('', 'python3', "$here/standards.py", @files);
	my @lines = split /\n/, $out;
	my $last = pop @lines // '';
	push @lines, "not all were read: $last $err" unless $last eq @files . ' read' && $st == 0;
	return @lines;
}

sub none { my ($name, @found) = @_; ok(!@found, $name) or diag join "\n", splice @found, 0, 20 }

# ---- the checker finds what is wrong ---------------------------------------------

my $good = "From: =?UTF-8?Q?A=C3=A6?= <a\@example.org>\nTo: <b\@example.net>\nSubject: x\n" .
    "Date: Mon, 23 Nov 2026 20:10:00 +0000\nMessage-ID: <1\@example.org>\n" .
    "Auto-Submitted: auto-generated\nList-Unsubscribe: <https://example.org/u/x>,\n <mailto:u\@example.org>\n" .
    "List-Unsubscribe-Post: List-Unsubscribe=One-Click\nList-Id: A <a.example.org>\nList-Help: <mailto:a\@example.org?subject=help>\n" .
    "List-Owner: <mailto:a\@example.org>\nList-Post: NO\nPrecedence: bulk\nMIME-Version: 1.0\n" .
    "Content-Type: multipart/alternative; boundary=\"=_1\"\n\n--=_1\nContent-Type: text/plain; charset=utf-8\n" .
    "Content-Transfer-Encoding: 7bit\n\nHi\n\n--=_1\nContent-Type: text/html; charset=utf-8\n" .
    "Content-Transfer-Encoding: quoted-printable\n\n<p>H=C3=A6</p>\n\n--=_1--\n";
none('a good mail passes', Standards::check($good));
my @wrong = (
	[qr/^Subject: x/m, 'Subject: =?UTF-8?B?w6Y?='],         # base64 not whole
	[qr/^Subject: x/m, 'Subject: =?UTF-8?Q?=C3?='],         # half a character
	[qr/^Subject: x/m, "Subject: x\nSubject: y"],
	[qr/^Subject: x/m, "Subject: \xc3\xa6"],
	[qr/^Subject: x/m, 'Subject: ' . 'long words ' x 8],
	[qr/Mon, 23/, 'Tue, 23'],
	[qr/To: </, 'To: a@b.example, <'],
	[qr/From: \S+/, 'From: a.b: c'],
	[qr/ID: <1\@/, 'ID: <1 2@'],
	[qr/u\/x>,\n </, "u/x>\n <"],
	[qr/https:/, 'http:'],
	[qr/One-Click/, 'one-click'],
	[qr/A <a\.example\.org>/, '<a.example.org>'],
	[qr/Post: NO/, 'Post: no'],
	[qr/H=C3=A6/, 'H=c3=a6'],
	[qr/H=C3=A6/, "H\xc3\xa6"],
	[qr/H=C3=A6/, 'H=C3'],
	[qr/<p>/, '<p><b>'],
	[qr/<p>/, '<p><img src="https://x.example/">'],
	[qr/\n--=_1--\n/, "\n"],
	[qr/Hi\n/, "Hi {{name}}\n"],
	[qr/Hi\n/, 'Hi' x 40 . "\n"],
	[qr/MIME-Version: 1.0\n/, ''],
	[qr/Precedence: bulk\n/, ''],
	[qr/auto-generated/, 'yes'],
);
for my $w (@wrong) {
	my $bad = $good;
	$bad =~ s/$w->[0]/$w->[1]/ or die "$w->[0]";
	ok(scalar(Standards::check($bad)), 'found: ' . $w->[1] =~ s/\n/ /gr =~ s/[^ -~]/?/gr);
}

# ---- what the daemon sends ----------------------------------------------------------

# One mail of each kind in a language; what each step waits for is its mail.
my %words = (
	en => { status => 'STATUS', city => 'City: Oslo', stop => 'STOP', withdraw => 'WITHDRAW',
	    forget => 'FORGET', help => 'HELP', name => 'Ada "the" Lovelace, (x)', updates => 'News: yes' },
	ru => { status => 'СТАТУС', city => 'Город: Осло', stop => 'СТОП', withdraw => 'ОТОЗВАТЬ',
	    forget => 'ЗАБЫТЬ', help => 'ПОМОЩЬ', name => 'Мария Кузнецова-Преображенская', updates => 'Новости: да' },
	tg => { status => 'ҲОЛАТ', city => 'Шаҳр: Хоруғ', stop => 'БАС', withdraw => 'БОЗПАС',
	    forget => 'ФАРОМӮШ', help => 'ЁРӢ', name => 'Зарина Холиқназарова', updates => 'Хабарҳо: ҳа' },
	nb => { status => 'STATUS', city => 'By: Tromsø', stop => 'STOPP', withdraw => 'TREKK',
	    forget => 'GLEM', help => 'HJELP', name => 'Åse Ødegård', updates => 'Nyheter: ja' },
);

sub encoded { my ($s) = @_; require MIME::Base64; return '=?UTF-8?B?' . MIME::Base64::encode_base64($s, '') . '?=' }

# Writes, and waits for the next mail to her.
my %count;
sub next_mail {
	my ($from, $to, $body, %m) = @_;
	my $r = $u->write_mail(from => $from, to => $to, body => "$body\n", %m);
	return "$to: $r" unless $r =~ /^250/;
	return $u->mail_to($from, ++$count{$from}) // 'no mail came';
}

for my $l (sort keys %words) {
	my $w = $words{$l};
	my $ada = "ada-$l\@example.net";
	my $alias = "manuchehr-$l\@$d";
	my %kind;

	# The last of a domain's mails go to four people each, so that they do not use up
	# its budget.
	$kind{request} = next_mail($ada, $alias, "$w->{updates}\n", name => encoded($w->{name}));
	$kind{receipt} = next_mail($ada, ref $kind{request} ? $kind{request}->reply_to : $alias, '1');
	my $reply = ref $kind{receipt} ? $kind{receipt}->reply_to : $alias;
	$kind{status} = next_mail($ada, $reply, $w->{status});
	$kind{changed} = next_mail($ada, $reply, $w->{city});
	$kind{question} = next_mail($ada, $alias, $w->{withdraw});
	$kind{help} = next_mail("helped-$l\@help.example", $alias, $w->{help});
	my $bea = "bea-$l\@example.org";
	my $r = next_mail($bea, $alias, $w->{updates}, name => encoded($w->{name}));
	$r = next_mail($bea, ref $r ? $r->reply_to : $alias, '1');
	$kind{withdrawn} = next_mail($bea, ref $r ? $r->reply_to : $alias, $w->{withdraw});
	my $eva = "eva-$l\@example.org";
	$r = next_mail($eva, $alias, '');
	$r = next_mail($eva, ref $r ? $r->reply_to : $alias, '1');
	$kind{forgotten} = next_mail($eva, ref $r ? $r->reply_to : $alias, $w->{forget});
	for my $k (sort keys %kind) {
		ok(ref $kind{$k}, "$l: $k") or diag $kind{$k};
		is(ref $kind{$k} && $kind{$k}->header('Content-Language'), $l, "$l: $k is in it");
	}
	if (ref $kind{request} && ref $kind{receipt}) {
		like($kind{request}->text, qr{<https://petitions\.example\.org/c/manuchehr/[a-z2-7]{37}>},
		    "$l: the request has the link to sign");
		unlike($kind{request}->header('List-Unsubscribe') // '', qr/https/, "$l: and none to stop by a click");
		like($kind{receipt}->text, qr{<https://petitions\.example\.org/u/manuchehr/[a-z2-7]{37}>},
		    "$l: the receipt has the link to stop");
	}
}
$u->write_mail(from => "quiet-$_\@quiet.example", to => "manuchehr-$_\@$d", body => "\n") for sort keys %words;
ok($u->mail_to("quiet-$_\@quiet.example", 1), "a request to be reminded of, $_") for sort keys %words;
$u->pass(3 * 86400 + 3600);
ok($u->mail_to("quiet-$_\@quiet.example", 2, 30), "the reminder, $_") for sort keys %words;

# ---- updates --------------------------------------------------------------------------

my %news = (en => "# News\n\nDear {{name}}, we are **{{count}}**.\n\n- [more](https://x.example/?a=1&b=2)\n",
    ru => "# Новости\n\nНас уже **{{count}}**, {{name}}.\n\n1. раз\n2. два\n",
    tg => "Мо **{{count}}** нафар ҳастем.\n\n> Озодӣ!\n", nb => "Vi er {{count}} nå. Ærlig talt = 100 %.\n");
for my $l (sort keys %news) {
	Undersigned::spew("$u->{dir}/news.$l.md", "Subject: {{count}} " .
	    ($l =~ /ru|tg/ ? 'имзо имзо имзо имзо имзо имзо имзо имзо имзо' : 'ære') . "\n\n$news{$l}");
}
my ($st, $out, $err) = $u->undersign('update', 'manuchehr', 'new', map { "$u->{dir}/news.$_.md" } sort keys %news);
is($st, 0, 'an update is written') or diag $err;
my ($number) = $out =~ /^Update (\d+)/;
($st, $out, $err) = $u->undersign('update', 'manuchehr', 'preview', $number // 0, '--to', 'staff@example.org', '--name', 'Зарина');
is($st, 0, 'a preview of it is asked for') or diag $err;
my $end = time + 15;
sleep 0.1 while time < $end && 4 > grep { $_->header('List-Id') } $u->mails_to('staff@example.org');
my @previews = grep { $_->header('List-Id') } $u->mails_to('staff@example.org');
is(scalar @previews, 4, 'it comes, in each language');
($st, $out, $err) = $u->undersign('update', 'manuchehr', 'send', $number // 0, '--yes');
is($st, 0, 'the update is sent') or diag $err;
for my $l (sort keys %news) {
	my $mail;
	$end = time + 20;
	do {
		sleep 0.1;
		($mail) = grep { $_->header('List-Id') } $u->mails_to("ada-$l\@example.net");
	} while (!$mail && time < $end);
	ok($mail, "the update comes, $l") or next;
	is($mail->header('List-Unsubscribe-Post'), 'List-Unsubscribe=One-Click', "$l: with one click");
	like($mail->header('List-Unsubscribe'), qr{^<https://petitions\.example\.org/u/manuchehr/([a-z2-7]{37})>, <mailto:manuchehr\+u-\1\@\Q$d\E>$},
	    "$l: the web first, then mail, with one token");
	like($mail->{raw}, qr/^Return-Path: <manuchehr\+b-[a-z2-7]{37}\@/m, "$l: and an envelope of its own");
	is($mail->header('Precedence'), 'bulk', "$l: as bulk");
}

# ---- a closed campaign ------------------------------------------------------------------

$u->undersign('campaign', 'close', 'manuchehr');
for my $l (sort keys %words) {
	my $m = next_mail("late-$l\@late.example", "manuchehr-$l\@$d", '');
	ok(ref $m, "$l: closed") or diag $m;
}
my @sent = map { $_->{file} } $u->mails;
cmp_ok(scalar @sent, '>=', 60, 'many mails were sent');
none('nothing is wrong with any of them', findings(0, @sent));
none('nor by a parser nobody here wrote', python(@sent));

# ---- all kinds, with the strangest values -----------------------------------------------

SKIP: {
	my $test = "$Undersigned::BUILD/tests/unit/render_test";
	skip 'tests/unit/render_test is not built', 4 unless -x $test;
	mkdir "$u->{dir}/rendered";
	{
		local $u->{env} = { UNDERSIGNED_MAILS => "$u->{dir}/rendered" };
		($st, $out, $err) = $u->run('', $test);
	}
	is($st, 0, 'every kind of mail is rendered') or diag $err;
	my @rendered = glob "$u->{dir}/rendered/*";
	cmp_ok(scalar @rendered, '>', 400, 'in every language');
	none('nothing is wrong with any of them', findings(1, @rendered));
	none('nor by a parser nobody here wrote', python(@rendered));
}

# ---- a real client -----------------------------------------------------------------------

SKIP: {
	skip 'mutt or script is not installed', 4 unless -x '/usr/bin/mutt' && -x '/usr/bin/script';
	my $read = "$u->{dir}/read";
	make_path("$u->{dir}/home/Mail");         # else it asks whether to make it
	Undersigned::spew("$u->{dir}/home/rc", <<RC);
set charset = utf-8
set pipe_decode = yes
set pipe_split = no
set pipe_sep = "\\n=-=-=\\n"
set wait_key = no
ignore *
unignore from to subject list-id
set sleep_time = 0
set quit = yes
set auto_tag = yes
push "T~A\\n|cat > $read\\nq"
RC
	{
		local $ENV{HOME} = "$u->{dir}/home";
		local $ENV{TERM} = 'vt100';
		local $ENV{LC_ALL} = 'C.UTF-8';
		# A keyboard on which nobody types; and not for ever, should it ask
		# something.
		$u->run('', 'sh', '-c', 'cd "$HOME" && mkfifo keys && exec timeout 60 script -qec ' .
		    '"mutt -n -F $PWD/rc -f \"$1\"" typescript <>keys', 'sh', $u->{maildir});
	}
	my @shown = grep { /\S/ } split /^=-=-=$/m, Undersigned::slurp($read) // '';
	is(scalar @shown, scalar @sent, 'mutt reads them all') or diag substr(Undersigned::slurp("$u->{dir}/home/typescript") // '', 0, 2000);
	none('and complains of nothing', grep { /^\[-- .*(?:Error|unsupported|unable)/mi } @shown);
	none('every subject and name is readable', grep { /=\?utf-8/i || !/^Subject: \S/m || !/^From: .*\S.*</m } @shown);
	ok((grep { /^Subject: \d+ имзо имзо/m && /нафар ҳастем/ } @shown), 'the update in Tajik reads as it was written');
}
is($u->stop, 0, 'the daemon ends well');
done_testing;
