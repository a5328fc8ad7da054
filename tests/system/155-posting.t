#!/usr/bin/perl
# An update is posted by mail, approved by mail, and by nobody else.
use strict;
use warnings;
use utf8;
use Test::More;
use Encode qw(encode);
use MIME::Base64 qw(encode_base64);
use File::Basename;
use lib dirname(__FILE__);
use Undersigned;

my $d = 'petitions.example.org';
my $to = "manuchehr+updates\@$d";
my $n = 0;

sub scene {
	my (%o) = @_;
	my $u = Undersigned->new(extra => $o{extra} // '');
	my $file = "$u->{dir}/campaigns/manuchehr/campaign.conf";
	my $conf = Undersigned::slurp($file);
	my $staff = join ', ', map { "\"$_\@staff.example\"" } @{ $o{staff} // [qw(lena omar kari)] };
	$conf =~ s/^staff = .*$/staff = {$staff}/m;
	$conf .= "\n$o{conf}\n" if $o{conf};
	Undersigned::spew($file, $conf);
	ok($u->start, 'the daemon starts') or BAIL_OUT($u->log);
	return $u;
}

sub passed { my ($from) = @_; my ($dom) = $from =~ /@(.*)/; return "Authentication-Results: mx.example.org; dmarc=pass header.from=$dom" }

# As the MTA would hand it over: its field first.
sub post {
	my ($u, %m) = @_;
	my $mail = $u->message(from => $m{from}, to => $m{rcpt} // $to, subject => $m{subject} // 'News',
	    body => encode('UTF-8', $m{body}), header => $m{header});
	$mail = "$m{auth}\n$mail" if $m{auth};
	return scalar $u->lmtp(from => $m{from}, to => $m{rcpt} // $to, data => $mail);
}

# Hers, as mail programs attach files: base64, a name of RFC 2231.
sub post_files {
	my ($u, $body, @files) = @_;
	my $mail = passed('lena@staff.example') . "\nFrom: lena\@staff.example\nTo: $to\nSubject: News\n" .
	    'Message-ID: <' . ++$n . "\@staff.example>\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=\"=_b\"\n\n" .
	    "--=_b\nContent-Type: text/plain; charset=utf-8\n\n$body\n";
	for my $f (@files) {
		my ($type, $name, $text) = @$f;
		(my $coded = encode('UTF-8', $name)) =~ s/([^\w.])/sprintf '%%%02X', ord $1/ge;
		$mail .= "--=_b\nContent-Type: $type; charset=utf-8\nContent-Transfer-Encoding: base64\n" .
		    "Content-Disposition: attachment;\n filename*0*=utf-8''" . substr($coded, 0, 3) . ";\n filename*1*=" . substr($coded, 3) . "\n\n" .
		    encode_base64(encode('UTF-8', $text)) . "\n";
	}
	return scalar $u->lmtp(from => 'lena@staff.example', to => $to, data => "$mail--=_b--\n");
}

sub answer {
	my ($u, $mail, %m) = @_;
	return post($u, from => $m{from}, rcpt => $mail->reply_to, subject => 'Re: ' . ($m{subject} // 'update'),
	    body => $m{body}, auth => $m{auth}, header => 'In-Reply-To: ' . $mail->header('Message-ID'));
}

sub text { my ($mail) = @_; my $t = $mail ? $mail->text : undef; return defined $t ? Encode::decode('UTF-8', $t) : '' }

# Mails to somebody whose subject fits.
sub got { my ($u, $who, $re) = @_; return grep { Encode::decode('UTF-8', $_->subject) =~ $re } $u->mails_to($who) }
sub wait_for {
	my ($u, $who, $re, $count) = @_;
	for (1 .. 150) {
		my @m = got($u, $who, $re);
		return $m[$count // 0] if @m > ($count // 0);
		select undef, undef, undef, 0.1;
	}
	return undef;
}

my $body = "# We were heard\n\nDear {{name}}, we are {{count}} now.\n\n  1. one\n     - inner\n\n> a quote\n\nLanguage: ru\nSubject: Новости\n\nНас уже {{count}}.\n\nЯзык: таджикский\n\nМо {{count}} нафарем.\n-- \nLena\n";

# ---- with a trusted host ----------------------------------------------------------------
{
	my $u = scene(extra => 'trusted_authserv = "mx.example.org"');
	like(post($u, from => 'lena@staff.example', body => $body, auth => passed('lena@staff.example')), qr/^250/, 'a post of staff is taken');
	my $preview = wait_for($u, 'omar@staff.example', qr/Please approve/);
	ok($preview, 'another one is asked') or diag($u->log);
	my $t = text($preview);
	like($t, qr/We were heard/, 'with the text');
	like($t, qr/Dear Ada Lovelace, we are 0 now/, 'and a sample of its values');
	like($t, qr/ru: Новости/, 'in the second language, with its own subject');
	like($t, qr/Мо 0 нафарем/, 'and in the third, named in another language');
	like($t, qr/> a quote/, 'quotes stay');
	unlike($t, qr/^Lena$/m, 'the signature block goes');
	like($preview->reply_to, qr/^manuchehr\+a-[a-z2-7]{37}\@/, 'with an address to answer to');
	my $copy = wait_for($u, 'lena@staff.example', qr/Your update/);
	ok($copy, 'the author has a copy');
	is($copy && $copy->header('Reply-To'), undef, 'without such an address');
	ok(wait_for($u, 'kari@staff.example', qr/Please approve/), 'and the third is asked too');

	# not hers
	like(answer($u, $preview, from => 'kari@staff.example', body => "Yes\n"), qr/^550 5\.7\.1/, 'a token handed on is refused');
	like(answer($u, $preview, from => 'eve@elsewhere.example', body => "Yes\n"), qr/^550 5\.7\.1/, 'and so is a stranger');
	like(answer($u, $preview, from => 'omar@staff.example', body => "Looks odd to me, who wrote it?\n"), qr/^250/, 'neither yes nor no');
	my $q = wait_for($u, 'omar@staff.example', qr/About the update/);
	like(text($q), qr/YES or NO/, 'is asked again');
	is($q && $q->reply_to, $preview->reply_to, 'with the same address');
	unlike($u->log, qr/approvals=1/, 'nothing counted so far');
	like(answer($u, $q // $preview, from => 'omar@staff.example', body => "Да\n"), qr/^250/, 'yes in any language');
	ok(waited($u, qr/approvals=1 needed=1/), 'counts') or diag($u->log);
	like(answer($u, $preview, from => 'omar@staff.example', body => "Yes, yes\n"), qr/^250/, 'another yes');
	like(text(wait_for($u, 'omar@staff.example', qr/About the update/, 1)), qr/answered about this update already/, 'is told to be one too many');
	my ($kari) = got($u, 'kari@staff.example', qr/Please approve/);
	like(answer($u, $kari, from => 'kari@staff.example', body => "No\n"), qr/^250/, 'a no that comes late');
	like(text(wait_for($u, 'kari@staff.example', qr/About the update/)), qr/decided already/, 'is told so');
	unlike($u->log, qr/done=rejected/, 'and stops nothing');

	# strangers and forgeries
	like(post($u, from => 'eve@elsewhere.example', body => $body, auth => passed('eve@elsewhere.example')), qr/^550 5\.7\.1/, 'a stranger may not post');
	my $fail = passed('lena@staff.example') =~ s/pass/fail/r;
	for (1 .. 3) {
		like(post($u, from => 'lena@staff.example', body => "Send money $_\n", auth => $fail), qr/^550 5\.7\.1/, 'nor in the name of staff');
	}
	ok(wait_for($u, 'kari@staff.example', qr/in your name/), 'of which staff hear');
	ok($u->settle);
	is(scalar(got($u, 'kari@staff.example', qr/in your name/)), 1, 'once');
	is(scalar(got($u, 'eve@elsewhere.example', qr/./)), 0, 'and the stranger nothing');
	is(scalar(grep { text($_) =~ /Send money/ } $u->mails), 0, 'nothing of it was kept');

	# mistakes
	my %mistake = (
		"Hello {{nobody}}\n" => qr/no variable.*nobody/s,
		"\n" => qr/no text/,
		"Language: fr\n\nBonjour\n" => qr/fr: the campaign does not speak/,
		"Language: ru\n\nПривет\n" => qr/default language/,
		"Hi\n\nLanguage: en\n\nHi again\n" => qr/two texts in this language/,
		('A long line of words, again and again.' . "\n") x 1 . ('x' x 70 . "\n") x 1000 => qr/too long/,
	);
	my $hi = ['text/markdown', 'a.ru.md', "Привет\n"];
	my @files = (
		['Hi', ['text/markdown', 'a.fr.md', "Bonjour\n"]] => qr/fr: the campaign does not speak/,
		['Hi', ['text/markdown', 'a.en.md', "Hi again\n"]] => qr/en: there are two texts in this language/,
		['Hi', $hi, ['text/plain', 'b.ru.md', "Привет\n"]] => qr/ru: there are two texts in this language/,
		['', $hi] => qr/en: there is no text in the campaign's default language/,
		['Hi', ['application/octet-stream', 'a.ru.md', "Кто {{nobody}}?\n"]] => qr/ru:1: updates have no variable "nobody"/,
		['Hi', ['text/markdown', 'a.ru.md', "\n"]] => qr/ru: has no text/,
		['Hi', ['text/markdown', 'a.ru.md', join('', ('ж' x 70 . "\n") x 1000)]] => qr/too long or too much/,
		['Hi', map { ['text/markdown', "a.x$_.md", 'x'] } 'a' .. 'i'] => qr/too long or too much/,
	);
	my $before = () = got($u, 'lena@staff.example', qr/not taken/);
	my $previews = () = got($u, 'omar@staff.example', qr/Please approve/);
	for my $wrong (sort keys %mistake) {
		like(post($u, from => 'lena@staff.example', body => $wrong, auth => passed('lena@staff.example')), qr/^250/, 'a mistake');
		my $m = wait_for($u, 'lena@staff.example', qr/not taken/, $before++);
		like(text($m), $mistake{$wrong}, 'is told to the author');
	}
	while (my ($parts, $says) = splice @files, 0, 2) {
		like(post_files($u, @$parts), qr/^250/, 'a mistake in files');
		my $m = wait_for($u, 'lena@staff.example', qr/not taken/, $before++);
		like(text($m), $says, 'is told to the author');
	}
	ok($u->settle);
	is(scalar(got($u, 'omar@staff.example', qr/Please approve/)), $previews, 'and nobody else hears');

	# files
	like(post_files($u, "Good news.\n", ['application/octet-stream', 'новости.ru.md', "Subject: Новости дня\n\nХорошие новости.\n"],
	    ['text/markdown', 'news.tg.md', "Хабари хуш.\n"]), qr/^250/, 'texts in attached files');
	my $f = text(wait_for($u, 'omar@staff.example', qr/Please approve/, $previews++));
	like($f, qr/Good news/, 'beside that of the mail');
	like($f, qr/ru: Новости дня/, 'with a subject of their own');
	like($f, qr/Хорошие новости/, 'are seen by who approves');
	like($f, qr/tg: News/, 'or with that of the mail');
	like(post_files($u, '', ['text/markdown', 'news.en.md', "All in files.\n"]), qr/^250/, 'or instead of it');
	like(text(wait_for($u, 'omar@staff.example', qr/Please approve/, $previews++)), qr/All in files/, 'are taken too');

	# a no
	post($u, from => 'lena@staff.example', subject => 'Second', body => "Second one.\n", auth => passed('lena@staff.example'));
	my $second = wait_for($u, 'kari@staff.example', qr/Please approve/, $previews);
	like(text($second), qr/Second one/, 'a second update');
	answer($u, $second, from => 'kari@staff.example', body => "Nei\n");
	my $told = wait_for($u, 'lena@staff.example', qr/About the update: Second/);
	like(text($told), qr/kari\@staff\.example said no/, 'is stopped by a no, and the author told');
	my ($omar) = grep { text($_) =~ /Second one/ } got($u, 'omar@staff.example', qr/Please approve/);
	answer($u, $omar, from => 'omar@staff.example', body => "Yes\n");
	ok($u->settle);
	unlike($u->log, qr/u=4 .*approvals/, 'for good');

	# nobody answers
	post($u, from => 'lena@staff.example', subject => 'Third', body => "Third one.\n", auth => passed('lena@staff.example'));
	my $third = wait_for($u, 'kari@staff.example', qr/Please approve/, $previews + 1);
	$u->pass(16 * 86400);
	like(answer($u, $third, from => 'kari@staff.example', body => "Yes\n"), qr/^550 5\.1\.1/, 'after a fortnight the address is gone');
	ok(wait_for($u, 'lena@staff.example', qr/About the update: Third/), 'and the author hears that nobody approved it');
	unlike($u->log, qr/lena\@|omar\@|Lovelace/, 'no name in the log');
	is($u->stop, 0, 'ends cleanly');
}

sub waited { my ($u, $re) = @_; for (1 .. 100) { return 1 if $u->log =~ $re; select undef, undef, undef, 0.1 } return 0 }

# ---- nobody vouches for the author ------------------------------------------------------
{
	my $u = scene();
	like(post($u, from => 'lena@staff.example', body => "Good news.\n"), qr/^250/, 'without a trusted host');
	my $q = wait_for($u, 'lena@staff.example', qr/Is this yours/);
	ok($q, 'the author is asked first');
	like(text($q), qr/Good news/, 'with the text');
	ok($u->settle);
	is(scalar(got($u, 'omar@staff.example', qr/./)), 0, 'and nobody else');
	like(answer($u, $q, from => 'omar@staff.example', body => "Yes\n"), qr/^550 5\.7\.1/, 'nobody else can answer for her');
	answer($u, $q, from => 'lena@staff.example', body => "Yes, it is mine.\n");
	ok(wait_for($u, 'omar@staff.example', qr/Please approve/), 'her yes asks the others');
	ok(wait_for($u, 'lena@staff.example', qr/Your update/), 'and gives her a copy');

	post($u, from => 'kari@staff.example', body => "Not me.\n");
	my $k = wait_for($u, 'kari@staff.example', qr/Is this yours/);
	answer($u, $k, from => 'kari@staff.example', body => "No!\n");
	ok(waited($u, qr/done=rejected/), 'her no ends it');
	ok($u->settle);
	is(scalar(grep { text($_) =~ /Not me/ } got($u, 'omar@staff.example', qr/Please approve/)), 0, 'before anybody saw it');

	# A flood in her name is bounded.
	my $taken = 0;
	for my $i (1 .. 8) {
		$taken++ if post($u, from => 'lena@staff.example', body => "Flood $i\n") =~ /^250/;
	}
	is($taken, 4, 'five posts a day in her name that nobody vouches for, and no more');
	like(post($u, from => 'omar@staff.example', body => "Ours.\n"), qr/^250/, 'which leaves the others theirs');

	# A refused one and a repeated one count nothing.
	$u->pass(86400);
	my $same = $u->message(from => 'lena@staff.example', to => "manuchehr+updates\@$u->{domain}", subject => 'News', body => "Again.\n");
	my @replies = map { $u->lmtp(from => 'lena@staff.example', to => "manuchehr+updates\@$u->{domain}", data => $same) } 1 .. 8;
	is(scalar(grep { /^250/ } @replies), 8, 'a mail that is repeated is taken as before');
	like(post($u, from => 'kari@staff.example', body => "Another.\n"), qr/^250/, 'and leaves room for others');
	is($u->stop, 0, 'ends cleanly');
}

# ---- a flood in the names of all of them -----------------------------------------------------
{
	my $u = scene(extra => 'trusted_authserv = "mx.example.org"', staff => [map { "s$_" } 1 .. 6]);
	my $taken = 0;
	for my $who (map { "s$_" } 1 .. 6) {
		for my $i (1 .. 6) {
			$taken++ if post($u, from => "$who\@staff.example", body => "Flood $i\n") =~ /^250/;
		}
	}
	is($taken, 20, 'twenty posts a day that nobody vouches for');
	like(post($u, from => 's6@staff.example', body => "Mine.\n", auth => passed('s6@staff.example')), qr/^250/, 'lock out nobody whom the trusted host vouches for');
	ok(wait_for($u, 's1@staff.example', qr/Please approve/), 'and hers goes its way');
	$u->pass(86400);
	like(post($u, from => 's5@staff.example', body => "Ours.\n"), qr/^250/, 'the next day is new');
	is($u->stop, 0, 'ends cleanly');
}

# ---- other numbers ------------------------------------------------------------------------
{
	my $u = scene(extra => 'trusted_authserv = "mx.example.org"', conf => 'approvals = 0');
	my ($request, $receipt) = $u->sign(name => 'Ada', from => 'ada@example.net', body => "Updates: yes\n");
	ok($receipt, 'somebody signs');
	post($u, from => 'lena@staff.example', body => "At once.\n", auth => passed('lena@staff.example'));
	my $mail = wait_for($u, 'ada@example.net', qr/^News$/);
	ok($mail, 'approvals = 0: it goes out at once') or diag($u->log);
	my $done = wait_for($u, 'lena@staff.example', qr/has gone out/);
	like(text($done), qr/Taken by their mail servers: 1/, 'and the author is told the numbers');
	is($u->stop, 0, 'ends cleanly');
}
{
	my $u = scene(extra => 'trusted_authserv = "mx.example.org"', conf => "approvals = 2\napprovers = {\"lena\@staff.example\", \"omar\@staff.example\"}");
	post($u, from => 'lena@staff.example', body => "Hm.\n", auth => passed('lena@staff.example'));
	like(text(wait_for($u, 'lena@staff.example', qr/not taken/)), qr/2 must approve it and there are 1/, 'an update that nobody can approve is refused');
	post($u, from => 'kari@staff.example', body => "Ours.\n", auth => passed('kari@staff.example'));
	my $l = wait_for($u, 'lena@staff.example', qr/Please approve/);
	my $o = wait_for($u, 'omar@staff.example', qr/Please approve/);
	answer($u, $l, from => 'lena@staff.example', body => "approved\n");
	like(text(wait_for($u, 'lena@staff.example', qr/About the update/)), qr/approval counts/, 'the first of two');
	unlike($u->log, qr/approvals=2/, 'is not enough');
	answer($u, $o, from => 'omar@staff.example', body => "Ja\n");
	ok(waited($u, qr/approvals=2 needed=2/), 'the second is');
	is($u->stop, 0, 'ends cleanly');
}
done_testing;
