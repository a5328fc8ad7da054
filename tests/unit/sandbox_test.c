/* SPDX-License-Identifier: ISC */
#include "tests/unit/check.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <iconv.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/log.h"
#include "config/config.h"
#include "daemon/role.h"
#include "daemon/sandbox.h"

/* Each role's own profile is entered in a process of its own, which then tries
 * one thing.  What it may do must work; what it may not must end it or fail.
 *
 *	DIR/campaigns DIR/templates     to read
 *	DIR/state DIR/inbox             to change, for those who may
 *	DIR/secret                      nobody's
 */

static char dir[128];
static struct config config;
static int listen_fd, port, other_fd, other_port;

static const char *
in_dir(const char *name)
{
	static char path[4][256];
	static unsigned turn;
	char *p = path[turn++ % 4];

	(void)snprintf(p, sizeof path[0], "%s/%s", dir, name);
	return p;
}

/* ---- things to try: 1 it worked, 0 it was refused */

static int
can_open(const char *path, int flags)
{
	int fd = open(path, flags | O_CLOEXEC, 0600);

	if (fd >= 0)
		(void)close(fd);
	return fd >= 0;
}

static int reads_campaign(void) { return can_open(in_dir("campaigns/file"), O_RDONLY); }
static int reads_template(void) { return can_open(in_dir("templates/file"), O_RDONLY); }
static int reads_secret(void) { return can_open(in_dir("secret"), O_RDONLY); }
static int reads_state(void) { return can_open(in_dir("state/db"), O_RDONLY); }
static int reads_inbox(void) { return can_open(in_dir("inbox/new/1"), O_RDONLY); }
static int reads_passwd(void) { return can_open("/etc/passwd", O_RDONLY); }
static int reads_random(void) { return can_open("/dev/urandom", O_RDONLY); }
static int writes_campaign(void) { return can_open(in_dir("campaigns/file"), O_WRONLY); }
static int makes_campaign(void) { return can_open(in_dir("campaigns/new"), O_WRONLY | O_CREAT); }
static int makes_in_tmp(void) { return can_open("/tmp/undersigned-sandbox-test", O_WRONLY | O_CREAT); }
static int climbs(void) { return can_open(in_dir("campaigns/../secret"), O_RDONLY); }

/* Not only open: the first write is what fails when truncating is not in the
 * rule. */
static int
writes_state(void)
{
	int fd = open(in_dir("state/db"), O_RDWR | O_CREAT, 0600), ok;
	int dirfd = open(in_dir("state"), O_RDONLY | O_DIRECTORY);

	ok = fd >= 0 && write(fd, "x", 1) == 1 && ftruncate(fd, 100) == 0 &&
	    fdatasync(fd) == 0 && dirfd >= 0 && fsync(dirfd) == 0 &&
	    rename(in_dir("state/db"), in_dir("state/db2")) == 0 &&
	    rename(in_dir("state/db2"), in_dir("state/db")) == 0;
	(void)close(fd);
	(void)close(dirfd);
	return ok;
}

static int
moves_mail(void)
{
	return rename(in_dir("inbox/new/1"), in_dir("inbox/cur/1")) == 0 &&
	    rename(in_dir("inbox/cur/1"), in_dir("inbox/new/1")) == 0;
}

/* /bin/false: its exit status 1 says that it ran. */
static int
executes(void)
{
	char *argv[] = { (char *)(uintptr_t)"false", NULL };

	execv("/bin/false", argv);
	return 0;
}

static int
forks(void)
{
	pid_t pid = fork();

	if (pid == 0)
		_exit(0);
	return pid > 0;
}

static int
connects_to(int to)
{
	struct sockaddr_in sin = { .sin_family = AF_INET,
	    .sin_port = htons((uint16_t)to),
	    .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	return fd >= 0 && connect(fd, (struct sockaddr *)&sin, sizeof sin) == 0;
}

static int connects(void) { return connects_to(port); }
static int connects_elsewhere(void) { return connects_to(other_port); }
static int makes_udp(void) { return socket(AF_INET, SOCK_DGRAM, 0) >= 0; }
static int makes_unix(void) { return socket(AF_UNIX, SOCK_STREAM, 0) >= 0; }
static int makes_netlink(void) { return socket(AF_NETLINK, SOCK_RAW, 0) >= 0; }

static int
listens(void)
{
	struct sockaddr_in sin = { .sin_family = AF_INET };
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	return fd >= 0 && bind(fd, (struct sockaddr *)&sin, sizeof sin) == 0;
}

static int
accepts(void)
{
	int fd = accept4(listen_fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

	return fd >= 0 || errno == EAGAIN;
}

static int
maps_code(void)
{
	return mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) != MAP_FAILED;
}

static int
makes_memory_code(void)
{
	void *p = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return p != MAP_FAILED && mprotect(p, 4096, PROT_READ | PROT_EXEC) == 0;
}

/* Needs a module of iconv's that was not loaded before. */
static int
reads_old_charsets(void)
{
	iconv_t cd = iconv_open("UTF-8", "EUC-KR");
	char in[] = "\xb0\xa1", out[8] = "", *i = in, *o = out;
	size_t in_left = 2, out_left = sizeof out;

	return cd != (iconv_t)-1 && iconv(cd, &i, &in_left, &o, &out_left) == 0 &&
	    memcmp(out, "\xea\xb0\x80", 3) == 0;
}

static void *
thread_work(void *arg)
{
	*(int *)arg = 1;
	return NULL;
}

static int
makes_threads(void)
{
	pthread_t t;
	int done = 0;

	return pthread_create(&t, NULL, thread_work, &done) == 0 &&
	    pthread_join(t, NULL) == 0 && done;
}

static int kills(void) { return kill(getppid(), 0) == 0; }
static int traces(void) { return ptrace(PTRACE_TRACEME, 0, NULL, NULL) == 0; }
static int gets_io_uring(void) { return syscall(SYS_io_uring_setup, 1, NULL) >= 0 || errno == EFAULT; }
static int changes_user(void) { return setuid(1) == 0; }

static int
dumps_core(void)
{
	struct rlimit r;

	return getrlimit(RLIMIT_CORE, &r) == 0 && r.rlim_max > 0;
}

static int
ordinary_work(void)
{
	char *p = malloc(3000000), *q;
	struct stat sb;

	if (p == NULL)
		return 0;
	memset(p, 1, 3000000);
	q = realloc(p, 6000000);
	free(q);
	return q != NULL && fstat(0, &sb) == 0 && clock() != (clock_t)-1;
}

/* ---- who may what */

#define INTAKE 1
#define KEEPER 2
#define DELIVERY 4

static const struct {
	const char *what;
	int (*try)(void);
	int may;
} cases[] = {
	{ "ordinary work", ordinary_work, INTAKE | KEEPER | DELIVERY },
	{ "reads a campaign", reads_campaign, INTAKE | KEEPER | DELIVERY },
	{ "reads a template", reads_template, INTAKE | KEEPER | DELIVERY },
	{ "reads random bytes", reads_random, INTAKE | KEEPER | DELIVERY },
	{ "reads a secret", reads_secret, 0 },
	{ "reads a secret by ..", climbs, 0 },
	{ "reads /etc/passwd", reads_passwd, 0 },
	{ "reads the database", reads_state, KEEPER },
	{ "writes the database", writes_state, KEEPER },
	{ "reads the inbox", reads_inbox, INTAKE },
	{ "moves a mail", moves_mail, INTAKE },
	{ "writes a campaign", writes_campaign, 0 },
	{ "makes a file among campaigns", makes_campaign, 0 },
	{ "makes a file in /tmp", makes_in_tmp, 0 },
	{ "executes", executes, 0 },
	{ "forks", forks, 0 },
	{ "connects to the relay", connects, DELIVERY },
	{ "connects elsewhere", connects_elsewhere, 0 },
	{ "makes a UDP socket", makes_udp, 0 },
	{ "makes a Unix socket", makes_unix, 0 },
	{ "makes a netlink socket", makes_netlink, 0 },
	{ "listens", listens, 0 },
	{ "accepts", accepts, INTAKE },
	{ "maps code to write", maps_code, 0 },
	{ "makes memory code", makes_memory_code, 0 },
	{ "reads old charsets", reads_old_charsets, INTAKE },
	{ "makes threads", makes_threads, DELIVERY },
	{ "kills", kills, 0 },
	{ "traces", traces, 0 },
	{ "gets an io_uring", gets_io_uring, 0 },
	{ "changes its user", changes_user, 0 },
};

static void
profile_of(enum role role, struct sandbox_profile *p)
{
	role_profile(role, &config, p);
	if (role == ROLE_DELIVERY)
		p->connect_port = port;
}

/* 1: it worked, 0: refused, -1: the sandbox could not be entered.  As an
 * exit status; a process that was ended is 0 as well. */
static int
try_in(enum role role, int (*try)(void))
{
	struct sandbox_profile p;
	struct reason why = { "" };
	pid_t pid;
	int how;

	pid = fork();
	if (pid == 0) {
		profile_of(role, &p);
		if (sandbox_enter(&p, SANDBOX_REQUIRE, &why) != OK) {
			fprintf(stderr, "%s\n", why.text);
			_exit(9);
		}
		_exit(try());
	}
	assert_int_equal(waitpid(pid, &how, 0), pid);
	if (WIFSIGNALED(how)) {
		assert_int_equal(WTERMSIG(how), SIGSYS);
		return 0;
	}
	return WEXITSTATUS(how) == 9 ? -1 : WEXITSTATUS(how);
}

static bool
can_test(void)
{
#if defined(__SANITIZE_ADDRESS__)
	print_message("skipped: sanitizers and the sandbox do not go together\n");
	return false;
#else
	if (sandbox_has_seccomp() && sandbox_landlock_abi() >= 4)
		return true;
	print_message("skipped: this kernel has %s\n", sandbox_has_seccomp() ?
	    "no Landlock with rules for TCP" : "no seccomp filters");
	return false;
#endif
}

static void
check_role(enum role role, int bit)
{
	size_t i, bad = 0;
	int got, want;

	if (!can_test())
		skip();
	for (i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		want = (cases[i].may & bit) != 0;
		got = try_in(role, cases[i].try);
		if (got != want) {
			print_error("%s %s: %d\n", role_name(role),
			    cases[i].what, got);
			bad++;
		}
	}
	assert_int_equal(bad, 0);
}

static void intake(void **s) { (void)s; check_role(ROLE_INTAKE, INTAKE); }
static void keeper(void **s) { (void)s; check_role(ROLE_KEEPER, KEEPER); }
static void delivery(void **s) { (void)s; check_role(ROLE_DELIVERY, DELIVERY); }

/* What the cases try is possible outside: else they prove nothing. */
static void
outside_all_of_it_works(void **state)
{
	size_t i;
	int how;
	pid_t pid;

	(void)state;
	for (i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		if (cases[i].try == traces || cases[i].try == gets_io_uring ||
		    cases[i].try == changes_user)
			continue;
		pid = fork();
		if (pid == 0)
			_exit(cases[i].try() == 1 ? 0 : 1);
		assert_int_equal(waitpid(pid, &how, 0), pid);
		how = cases[i].try == executes ? WEXITSTATUS(how) != 1 : how;
		if (how != 0)
			print_error("%s does not work at all\n", cases[i].what);
		assert_int_equal(how, 0);
	}
	(void)unlink("/tmp/undersigned-sandbox-test");
	(void)unlink(in_dir("campaigns/new"));
}

static void
the_parent_may_start_programs_but_not_spy(void **state)
{
	int how;
	pid_t pid;

	(void)state;
	if (!can_test())
		skip();
	assert_int_equal(try_in(ROLE_PARENT, forks), 1);
	assert_int_equal(try_in(ROLE_PARENT, kills), 1);
	assert_int_equal(try_in(ROLE_PARENT, traces), 0);
	assert_int_equal(try_in(ROLE_PARENT, gets_io_uring), 0);
	/* and a role can enter its own within it */
	pid = fork();
	if (pid == 0) {
		struct sandbox_profile p;

		profile_of(ROLE_PARENT, &p);
		if (sandbox_enter(&p, SANDBOX_REQUIRE, NULL) != OK)
			_exit(1);
		_exit(try_in(ROLE_KEEPER, writes_state) == 1 &&
		    try_in(ROLE_KEEPER, connects) == 0 ? 0 : 2);
	}
	assert_int_equal(waitpid(pid, &how, 0), pid);
	assert_int_equal(how, 0);
}

static int
status_says_so(void)
{
	char text[4096] = "";
	int fd = open("/proc/self/status", O_RDONLY);
	ssize_t n;
	struct sandbox_profile p;

	profile_of(ROLE_KEEPER, &p);
	if (fd < 0 || sandbox_enter(&p, SANDBOX_REQUIRE, NULL) != OK)
		return 2;
	n = read(fd, text, sizeof text - 1);
	return n > 0 && strstr(text, "NoNewPrivs:\t1") != NULL &&
	    strstr(text, "Seccomp:\t2") != NULL;
}

static void
the_system_says_so_too(void **state)
{
	pid_t pid;
	int how;

	(void)state;
	if (!can_test())
		skip();
	pid = fork();
	if (pid == 0)
		_exit(status_says_so());
	assert_int_equal(waitpid(pid, &how, 0), pid);
	assert_int_equal(WEXITSTATUS(how), 1);
}

static void
off_is_off_but_for_cores(void **state)
{
	pid_t pid;
	int how;

	(void)state;
	pid = fork();
	if (pid == 0) {
		struct sandbox_profile p;

		profile_of(ROLE_INTAKE, &p);
		if (sandbox_enter(&p, SANDBOX_OFF, NULL) != OK)
			_exit(2);
		_exit(reads_passwd() && makes_udp() && !dumps_core() ? 0 : 1);
	}
	assert_int_equal(waitpid(pid, &how, 0), pid);
	assert_int_equal(how, 0);
}

/* ---- set-up */

static int
open_port(int *port_out)
{
	struct sockaddr_in sin = { .sin_family = AF_INET,
	    .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof sin;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	assert_int_equal(bind(fd, (struct sockaddr *)&sin, sizeof sin), 0);
	assert_int_equal(listen(fd, 64), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&sin, &len), 0);
	*port_out = ntohs(sin.sin_port);
	return fd;
}

static void
make_file(const char *name)
{
	int fd = open(in_dir(name), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	(void)close(fd);
}

static int
begin(void **state)
{
	static const char *const folders[] = { "campaigns", "templates", "state",
	    "inbox", "inbox/new", "inbox/cur" };
	size_t i;

	(void)state;
	(void)strcpy(dir, "/tmp/undersigned-sandbox-XXXXXX");
	assert_non_null(mkdtemp(dir));
	for (i = 0; i < sizeof folders / sizeof folders[0]; i++)
		assert_int_equal(mkdir(in_dir(folders[i]), 0700), 0);
	make_file("campaigns/file");
	make_file("templates/file");
	make_file("state/db");
	make_file("inbox/new/1");
	make_file("secret");
	config.campaign_dir = strdup(in_dir("campaigns"));
	config.template_dir = strdup(in_dir("templates"));
	config.state_dir = strdup(in_dir("state"));
	config.intake.maildir = strdup(in_dir("inbox"));
	config.intake.connections = 100;
	listen_fd = open_port(&port);
	other_fd = open_port(&other_port);
	log_open("sandbox_test", LOG_LEVEL_WARN);
	return 0;
}

static int
end(void **state)
{
	static const char *const names[] = { "campaigns/file", "templates/file",
	    "state/db", "inbox/new/1", "secret" };
	static const char *const folders[] = { "inbox/new", "inbox/cur", "inbox",
	    "state", "templates", "campaigns", "" };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof names / sizeof names[0]; i++)
		(void)unlink(in_dir(names[i]));
	for (i = 0; i < sizeof folders / sizeof folders[0]; i++)
		(void)rmdir(in_dir(folders[i]));
	free(config.campaign_dir);
	free(config.template_dir);
	free(config.state_dir);
	free(config.intake.maildir);
	(void)close(listen_fd);
	(void)close(other_fd);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(outside_all_of_it_works),
		cmocka_unit_test(intake),
		cmocka_unit_test(keeper),
		cmocka_unit_test(delivery),
		cmocka_unit_test(the_parent_may_start_programs_but_not_spy),
		cmocka_unit_test(the_system_says_so_too),
		cmocka_unit_test(off_is_off_but_for_cores),
	};

	alarm(120);
	return cmocka_run_group_tests(tests, begin, end);
}
