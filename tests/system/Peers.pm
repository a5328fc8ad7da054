# Peers - real mail systems of our own for the tests: Postfix, and Dovecot's LMTP
# with mailboxes.  Each lives in a folder of its own and ends with its object.
# SPDX-License-Identifier: ISC
package Peers;

use strict;
use warnings;
use File::Path qw(make_path remove_tree);
use IO::Socket::INET;
use Time::HiRes qw(sleep time);
use Undersigned;

# Why they cannot be had here, or undef.
sub missing {
	return 'Postfix and Dovecot of our own need root' if $> != 0;
	for my $program (@_) {
		return "$program is not installed" unless -x $program;
	}
	return undef;
}

# COUNT ports in a row that nobody listens at, below those the kernel gives out.
sub ports {
	my ($count) = @_;
	for (1 .. 100) {
		my $base = 10000 + int rand 20000;
		my @held = map { IO::Socket::INET->new(Listen => 1, LocalAddr => '127.0.0.1',
		    LocalPort => $base + $_) } 0 .. $count - 1;
		return $base if @held == $count && !grep { !defined } @held;
	}
	die 'no free ports';
}

sub wait_for {
	my ($what, $seconds, $name) = @_;
	my $end = time + $seconds;
	until ($what->()) {
		return 0 if time > $end;
		sleep 0.05;
	}
	return 1;
}

# ---- Postfix: takes mail on a port, gives our domain to our daemon and all other
# mail to another LMTP server ------------------------------------------------------

package Peers::Postfix;

use File::Path qw(make_path);

# Options: dir, domain; port, or smtpd (lines of master.cf); socket (ours), or transport
# (where mail for our domain goes); main (more lines of main.cf)
sub new {
	my ($class, %o) = @_;
	my $self = bless { %o }, $class;
	my $p = $self->{dir};
	my @owner = (getpwnam 'postfix')[2, 3];
	$self->{smtpd} //= "127.0.0.1:$self->{port} inet n - n - - smtpd\n";
	$self->{transport} //= "lmtp:unix:$self->{socket}";
	make_path("$p/etc", "$p/queue", "$p/data");
	chmod 0755, $p;
	chown @owner, "$p/data";
	Undersigned::spew("$p/etc/master.cf", $self->{smtpd} . services());
	Undersigned::spew("$p/etc/main.cf", $self->settings . ($self->{main} // ''));
	return $self;
}

sub services {
	return <<'MASTER';
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
smtp unix - - n - - smtp
relay unix - - n - - smtp
showq unix n - n - - showq
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
virtual unix - n n - - virtual
lmtp unix - - n - - lmtp
anvil unix - - n - 1 anvil
postlog unix-dgram n - n - 1 postlogd
MASTER
}

sub settings {
	my ($self) = @_;
	my $p = $self->{dir};
	return <<MAIN;
compatibility_level = 3.6
queue_directory = $p/queue
data_directory = $p/data
command_directory = /usr/sbin
daemon_directory = /usr/lib/postfix/sbin
mail_owner = postfix
setgid_group = postdrop
myhostname = mx.$self->{domain}
mydestination =
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
mynetworks = 127.0.0.0/8
maillog_file = $p/queue/log
maillog_file_prefixes = $p
relay_domains = $self->{domain}
transport_maps = inline:{$self->{domain}=$self->{transport}}
recipient_delimiter = +
minimal_backoff_time = 2s
maximal_backoff_time = 5s
queue_run_delay = 2s
smtpd_peername_lookup = no
smtpd_tls_security_level = none
alias_maps =
alias_database =
disable_dns_lookups = yes
smtputf8_enable = yes
MAIN
}

sub start {
	my ($self) = @_;
	my $out = `postfix -c $self->{dir}/etc start 2>&1`;
	$self->{started} = 1;
	return $? == 0 ? undef : $out;
}

sub stop {
	my ($self) = @_;
	local $?;
	system("postfix -c $self->{dir}/etc stop >/dev/null 2>&1") if delete $self->{started};
}

sub flush { system("postfix -c $_[0]{dir}/etc flush >/dev/null 2>&1") }

sub log { return Undersigned::slurp("$_[0]{dir}/queue/log") // '' }

sub DESTROY { $_[0]->stop }

# ---- Dovecot: LMTP into Maildirs, for the users in a file --------------------------

package Peers::Dovecot;

use File::Path qw(make_path);
use POSIX ();

# Options: dir, port
sub new {
	my ($class, %o) = @_;
	my $self = bless { %o, mail => "$o{dir}/mail" }, $class;
	my @owner = (getpwnam 'dovecot')[2, 3];
	make_path($self->{mail});
	chmod 0755, $self->{dir};
	chown @owner, $self->{mail};
	Undersigned::spew("$self->{dir}/conf", <<CONF);
base_dir = $self->{dir}/run
state_dir = $self->{dir}/state
instance_name = undersigned-test
log_path = $self->{dir}/log
protocols = lmtp
ssl = no
mail_location = maildir:$self->{mail}/%u
service lmtp {
  inet_listener lmtp {
    address = 127.0.0.1
    port = $self->{port}
  }
}
userdb {
  driver = passwd-file
  args = username_format=%u $self->{dir}/users
  default_fields = uid=dovecot gid=dovecot home=$self->{mail}/%u
}
passdb {
  driver = static
  args = nopassword=y
}
first_valid_uid = 1
CONF
	$self->users;
	return $self;
}

# Who has a mailbox, from now on.
sub users {
	my ($self, @who) = @_;
	Undersigned::spew("$self->{dir}/users.new", join '', map { "$_\:::::::\n" } @who);
	chmod 0644, "$self->{dir}/users.new";
	rename "$self->{dir}/users.new", "$self->{dir}/users";
}

sub start {
	my ($self) = @_;
	my $pid = fork // die "fork: $!";
	if ($pid == 0) {
		open STDOUT, '>', "$self->{dir}/out";
		open STDERR, '>&', \*STDOUT;
		exec 'dovecot', '-F', '-c', "$self->{dir}/conf" or
		    POSIX::_exit(127);
	}
	$self->{pid} = $pid;
	return Peers::wait_for(sub { IO::Socket::INET->new("127.0.0.1:$self->{port}") }, 20);
}

sub stop {
	my ($self) = @_;
	local ($?, $!);
	my $pid = delete $self->{pid} or return;
	kill 'TERM', $pid;
	waitpid $pid, 0;
}

# The mails in one mailbox.
sub box {
	my ($self, $who) = @_;
	my @mails;
	for my $f (sort glob("'$self->{mail}/$who'/new/* '$self->{mail}/$who'/cur/*")) {
		push @mails, Undersigned::Mail->new(Undersigned::slurp($f), $f);
	}
	return @mails;
}

sub log { return Undersigned::slurp("$_[0]{dir}/log") // '' }

sub DESTROY { $_[0]->stop }

1;
