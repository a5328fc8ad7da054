#!/usr/bin/perl
# The snippets for nginx and Caddy, in real ones: pages come through, one click
# stops, a crowd is slowed down, and no log has a token.
# SPDX-License-Identifier: ISC
use strict;
use warnings;
use Test::More;
use File::Basename;
use IO::Socket::INET;
use POSIX ();
use Time::HiRes qw(sleep time);
use lib dirname(__FILE__);
use Undersigned;

my $contrib = "$Undersigned::SOURCE/contrib";
$ENV{PATH} .= ':/usr/sbin:/sbin';
sub program { my ($p) = grep { -x } map { "$_/$_[0]" } split /:/, $ENV{PATH}; return $p }
plan skip_all => 'neither nginx nor caddy, or no curl' unless program('curl') && (program('nginx') || program('caddy'));

sub free_port {
	my $s = IO::Socket::INET->new(LocalAddr => '127.0.0.1', Listen => 1) or die $!;
	return $s->sockport;
}

my ($port, $front) = (free_port(), free_port());
my $u = Undersigned->new(extra => "web {\n\tlisten = \"127.0.0.1:$port\"\n\tbase_url = \"http://127.0.0.1:$front\"\n}\n");
my $dir = $u->{dir};
ok($u->start, 'starts') or BAIL_OUT($u->log);
my $d = $u->{domain};
my $proxy;

sub unfolded { my $raw = $_[0]->raw; $raw =~ s/\r?\n[ \t]//g; return $raw }
sub curl {
	my ($st, $out) = $u->run('', 'curl', '-s', '-i', '-m', '10', @_);
	my ($head, $body) = split /\r\n\r\n/, $out, 2;
	return (($head // '') =~ m{\AHTTP/[\d.]+ (\d+)} ? $1 : 0, $head // '', $body // '');
}
sub proxy_start {
	my (@argv) = @_;
	$proxy = fork // die "fork: $!";
	if ($proxy == 0) {
		$ENV{HOME} = $ENV{XDG_DATA_HOME} = $ENV{XDG_CONFIG_HOME} = $dir;
		open STDOUT, '>>', "$dir/proxy.log";
		open STDERR, '>&', \*STDOUT;
		exec @argv or POSIX::_exit(99);
	}
	my $end = time + 15;
	while (time < $end) {
		return 1 if IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $front);
		sleep 0.1;
	}
	diag(Undersigned::slurp("$dir/proxy.log"));
	return 0;
}
sub proxy_stop { kill 'TERM', $proxy; waitpid $proxy, 0; $proxy = undef }

sub through {
	my ($name, $who) = @_;
	$u->write_mail(from => $who, to => "manuchehr\@$d", body => "News: yes\n");
	my ($token) = unfolded($u->mail_to($who)) =~ /\+c-([a-z2-7]{37})/;
	my ($c, $h, $b) = curl("http://127.0.0.1:$front/c/manuchehr/$token");
	is($c, 200, "$name: the page");
	like($h, qr/^Content-Security-Policy: default-src 'none'/mi, 'with its headers');
	like($b, qr/<form method="post">/, 'and its button');
	my ($text) = $b =~ /name="text" value="([0-9a-f]{16})"/;
	($c) = curl('-d', "sign=yes&text=$text", "http://127.0.0.1:$front/c/manuchehr/$token");
	is($c, 200, 'which works');
	my ($stop) = unfolded($u->mail_to($who, 2)) =~ /\+u-([a-z2-7]{37})/;
	my $out = "http://127.0.0.1:$front/u/manuchehr/$stop";
	($c) = curl('-F', 'List-Unsubscribe=One-Click', $out);
	is($c, 200, 'one click');
	like(($u->undersign('signer', 'manuchehr', 'show', $who))[1], qr/updates\s+no/, 'stops');
	($c) = curl('-X', 'DELETE', $out);
	is($c, 405, 'other methods do not');
	Undersigned::spew("$dir/big", 'x' x 9000);
	($c) = curl('-H', 'Expect:', '--data-binary', "\@$dir/big", $out);
	like($c, qr/^(?:413|502)$/, 'nor large bodies');   # Caddy 2.6 says 502
	# Links as some mail programs break them.
	curl('--path-as-is', "http://127.0.0.1:$front$_") for "/c/$token", "/C/MANUCHEHR/" . uc $token, "/c/manuchehr=2F$token",
	    "/https:/p.example.org/u/manuchehr/$stop", "/manuchehr+u-$stop\@$d", "/%2Fc%2Fmanuchehr%2F$token", "/?x=$token";
	return ($token, $stop);
}

SKIP: {
	my $nginx = program('nginx') or skip 'nginx is not installed', 1;
	my $conf = Undersigned::slurp("$contrib/nginx/undersigned.conf");
	ok($conf =~ s/listen 443 ssl;/listen 127.0.0.1:$front;/ && $conf =~ s/^\tssl_.*\n//mg &&
	    $conf =~ s/127\.0\.0\.1:8026/127.0.0.1:$port/ && $conf =~ s{/var/log/nginx}{$dir}g, 'the snippet for nginx');
	my $user = $> == 0 ? "user root;\n" : '';
	Undersigned::spew("$dir/nginx.conf", "${user}daemon off;\nmaster_process off;\npid $dir/nginx.pid;\nerror_log $dir/nginx-error.log;\n" .
	    "events {}\nhttp {\naccess_log off;\n" .
	    join('', map { "${_}_temp_path $dir/t-$_;\n" } qw(client_body proxy fastcgi uwsgi scgi)) . "$conf\n}\n");
	ok(proxy_start($nginx, '-p', $dir, '-c', "$dir/nginx.conf"), 'nginx runs') or skip 'nginx does not start', 1;
	my @tokens = through('nginx', 'ada@example.net');
	my %codes;
	$codes{ (curl("http://127.0.0.1:$front/"))[0] }++ for 1 .. 60;
	ok($codes{200}, 'a crowd is let in');
	my %posts;
	$posts{ (curl('-d', 'List-Unsubscribe=One-Click', "http://127.0.0.1:$front/u/manuchehr/$tokens[1]"))[0] }++ for 1 .. 40;
	is(join(' ', %posts), '200 40', 'and one-click stops are never turned away');
	proxy_stop();
	my $log = join '', map { Undersigned::slurp($_) // '' } glob "$dir/*.log";
	like($log, qr{GET /c/manuchehr/- 200}, 'the log tells what was asked');
	unlike($log, qr/$tokens[0]|$tokens[1]/i, 'and has no token, of broken links neither');
}

SKIP: {
	my $caddy = program('caddy') or skip 'caddy is not installed', 1;
	my $conf = Undersigned::slurp("$contrib/caddy/Caddyfile");
	ok($conf =~ s/^petitions\.example\.org \{/http:\/\/127.0.0.1:$front {/m && $conf =~ s/127\.0\.0\.1:8026/127.0.0.1:$port/ &&
	    $conf =~ s/^\{\n/{\n\tadmin off\n/m, 'the snippet for Caddy');
	Undersigned::spew("$dir/Caddyfile", $conf);
	unlink "$dir/proxy.log";
	ok(proxy_start($caddy, 'run', '--adapter', 'caddyfile', '--config', "$dir/Caddyfile"), 'Caddy runs') or skip 'caddy does not start', 1;
	my @tokens = through('Caddy', 'bob@example.net');
	kill 'TERM', $u->roles->{web};
	$u->stop;
	curl("http://127.0.0.1:$front/c/manuchehr/$tokens[0]");
	proxy_stop();
	my $log = Undersigned::slurp("$dir/proxy.log") // '';
	like($log, qr{/c/manuchehr/-}, 'the log tells what was asked');
	unlike($log, qr/$tokens[0]|$tokens[1]/i, 'and has no token, in errors and of broken links neither');
}

END { kill 'TERM', $proxy if $proxy }
done_testing;
