/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <grp.h>
#include <limits.h>
#include <pwd.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/log.h"
#include "config/campaign.h"
#include "config/config.h"
#include "daemon/control.h"
#include "daemon/listen.h"
#include "daemon/notify.h"
#include "daemon/parent.h"
#include "daemon/role.h"
#include "daemon/sandbox.h"
#include "seal/keys.h"
#include "template/fit.h"

#define EXIT_USAGE 2

struct options {
	char *config_file;
	bool foreground, debug, check;
	enum role role;         /* ROLE_PARENT unless started by it */
};

/* ---- options --------------------------------------------------------------- */

static void
print_help(void)
{
	puts("Usage: undersignd [-dft] [-c FILE]\n"
	    "Collects signatures to petitions by mail.\n"
	    "\n"
	    "  -c, --config=FILE   read FILE");
	printf("                      [%s]\n", config_default_file());
	puts("  -f, --foreground    stay in the foreground, log to standard error\n"
	    "  -d, --debug         log more\n"
	    "  -t, --check         check the configuration and the campaigns, then end\n"
	    "      --help          print this\n"
	    "      --version       print the version\n"
	    "\n"
	    "SIGHUP reads the campaigns again; SIGTERM finishes and ends.\n"
	    "See undersignd(8) and undersigned.conf(5).");
}

_Noreturn static void
usage(const char *what, const char *value)
{
	struct buf shown = BUF_INIT;

	buf_add_visible(&shown, value);
	fprintf(stderr, "undersignd: %s%s; undersignd --help lists the options\n",
	    what, shown.data == NULL ? "" : shown.data);
	exit(EXIT_USAGE);
}

static void
read_options(struct options *o, int argc, char **argv)
{
	enum { HELP = 256, VERSION_, ROLE };
	static const struct option longs[] = {
		{ "config", required_argument, NULL, 'c' },
		{ "foreground", no_argument, NULL, 'f' },
		{ "debug", no_argument, NULL, 'd' },
		{ "check", no_argument, NULL, 't' },
		{ "help", no_argument, NULL, HELP },
		{ "version", no_argument, NULL, VERSION_ },
		{ "role", required_argument, NULL, ROLE },
		{ NULL, 0, NULL, 0 }
	};
	const char *file = config_default_file();
	int c;

	while ((c = getopt_long(argc, argv, "c:dft", longs, NULL)) != -1)
		switch (c) {
		case 'c': file = optarg; break;
		case 'd': o->debug = true; break;
		case 'f': o->foreground = true; break;
		case 't': o->check = true; break;
		case HELP: print_help(); exit(0);
		case VERSION_: puts("undersignd " VERSION); exit(0);
		case ROLE:
			if (!role_find(optarg, &o->role))
				usage("there is no role ", optarg);
			break;
		default: usage("that is not how it is called", "");
		}
	if (optind < argc)
		usage("cannot do anything with ", argv[optind]);
	/* Without -f the working directory is left. */
	o->config_file = realpath(file, NULL);
	if (o->config_file == NULL)
		o->config_file = mem_strdup(file);
}

/* ---- steps of the start ------------------------------------------------------- */

static void
tell_bad(void *arg, const char *slug, const char *why)
{
	(void)arg;
	log_warnx("campaign=%s %s", slug, why);
}

/* Roles load them too and leave a bad one out; here each is named. */
static int
check_only(const struct config *c)
{
	struct campaigns *campaigns = NULL;
	struct reason why = { "" };

	if (fit_load_telling(&campaigns, c, tell_bad, NULL, &why) != OK) {
		log_warnx("%s", why.text);
		return 1;
	}
	if (!campaigns_complete(campaigns)) {
		campaigns_free(&campaigns);
		return 1;
	}
	printf("%s: good, with %zu campaigns in %s\n", c->file,
	    campaigns_count(campaigns), c->campaign_dir);
	campaigns_free(&campaigns);
	return 0;
}

/* The keeper gets it open, since it is not root any more when it starts, and
 * the file may be root's alone. */
static int
open_key(const struct config *c)
{
	int fd;

	if (c->key_place == KEY_LOCKED)
		return -1;
	fd = open(c->key_file, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd < 0 && errno == ENOENT)
		log_fatalx("%s: there is no key file; put back "
		    "the copy of it, or, if there never was one, run undersign "
		    "init", c->key_file);
	if (fd < 0)
		log_fatal("%s: cannot open the key file as this user",
		    c->key_file);
	return fd;
}

static enum status
drop_privileges(const struct config *c, struct reason *why)
{
	struct passwd *pw;

	if (geteuid() != 0)
		return OK;
	if (c->user == NULL) {
		log_warnx("user=root no user is configured to become; set "
		    "user = \"...\" in %s", c->file);
		return OK;
	}
	errno = 0;
	pw = getpwnam(c->user);
	if (pw == NULL)
		return fail(why, INVALID, "%s: user: there is no user %s; make "
		    "it (contrib/systemd has a sysusers file) or name another",
		    c->file, c->user);
	if (initgroups(pw->pw_name, pw->pw_gid) != 0 ||
	    setresgid(pw->pw_gid, pw->pw_gid, pw->pw_gid) != 0 ||
	    setresuid(pw->pw_uid, pw->pw_uid, pw->pw_uid) != 0)
		return fail_errno(why, DENIED, "cannot become user %s", c->user);
	if (pw->pw_uid != 0 && setuid(0) == 0)
		return fail(why, DENIED, "root's rights could be taken back");
	return OK;
}

/* The starter waits until all is up, and ends with the answer. */
_Noreturn static void
wait_for_child(int fd)
{
	char c;
	ssize_t n;

	do
		n = read(fd, &c, 1);
	while (n < 0 && errno == EINTR);
	_exit(n == 1 ? 0 : 1);
}

/* Standard error stays where it was led, unless that is a terminal. */
static void
leave_terminal(void)
{
	int fd = open("/dev/null", O_RDWR);

	if (chdir("/") != 0 || fd < 0 || dup2(fd, STDIN_FILENO) < 0 ||
	    dup2(fd, STDOUT_FILENO) < 0 ||
	    (isatty(STDERR_FILENO) && dup2(fd, STDERR_FILENO) < 0))
		log_fatal("cannot leave the terminal");
	if (fd > STDERR_FILENO)
		(void)close(fd);
}

static int
go_to_background(void)
{
	int fd[2];
	pid_t pid;

	if (pipe2(fd, O_CLOEXEC) != 0 || (pid = fork()) < 0)
		log_fatal("cannot go to the background");
	if (pid > 0) {
		(void)close(fd[1]);
		wait_for_child(fd[0]);
	}
	(void)close(fd[0]);
	if (setsid() < 0 || (pid = fork()) < 0)
		log_fatal("cannot go to the background");
	if (pid > 0)
		_exit(0);
	leave_terminal();
	return fd[1];
}

/* 0, 1 and 2 must be something before anything else is opened; beyond them
 * only what systemd hands over is wanted. */
static void
tidy_descriptors(void)
{
	const char *count = getenv("LISTEN_FDS");
	long handed = count == NULL ? 0 : strtol(count, NULL, 10);
	int fd;

	if (handed >= 0 && handed < 1000)
		(void)close_range((unsigned)(STDERR_FILENO + 1 + handed), ~0U, 0);
	do
		fd = open("/dev/null", O_RDWR);
	while (fd >= 0 && fd <= STDERR_FILENO);
	if (fd >= 0)
		(void)close(fd);
}

static int
serve(const struct options *o, const struct config *c)
{
	struct parent_setup setup = { .config = c, .debug = o->debug,
	    .config_file = o->config_file, .lmtp_fd = -1,
	    .control_fd = -1, .ready_fd = -1 };
	struct sandbox_profile profile;
	struct reason why = { "" };
	enum status st;
	int rc;

	/* As who started us. */
	notify_open();
	st = listen_open(&setup.lmtp_fd, c, &why);
	if (st == OK)
		st = listen_open_web(&setup.web_fd, &setup.metrics_fd, c, &why);
	if (st == OK)
		st = control_open(&setup.control_fd, c, &why);
	if (st != OK)
		log_fatalx("%s", why.text);
	setup.key_fd = open_key(c);
	seal_init();
	if (!o->foreground)
		setup.ready_fd = go_to_background();

	/* As nobody much. */
	st = drop_privileges(c, &why);
	if (st != OK)
		log_fatalx("%s", why.text);
	role_profile(ROLE_PARENT, c, &profile);
	st = sandbox_enter(&profile, c->sandbox, &why);
	if (st != OK)
		log_fatalx("%s", why.text);
	log_info("version=" VERSION " pid=%d", (int)getpid());
	rc = parent_run(&setup);
	listen_unlink(c);
	control_unlink(c);
	return rc;
}

int
main(int argc, char **argv)
{
	struct options o = { .role = ROLE_PARENT };
	struct config *config = NULL;
	struct reason why = { "" };
	int rc;

	(void)umask(0077);
	read_options(&o, argc, argv);
	if (o.role != ROLE_PARENT) {
		rc = role_main(o.role, o.config_file, o.debug);
		free(o.config_file);
		return rc;
	}
	tidy_descriptors();
	log_open("undersignd", o.debug ? LOG_LEVEL_DEBUG : LOG_LEVEL_INFO);
	if (config_load(&config, o.config_file, &why) != OK)
		log_fatalx("%s", why.text);
	if (config->debug)
		log_open("undersignd", LOG_LEVEL_DEBUG);
	rc = o.check ? check_only(config) : serve(&o, config);
	config_free(&config);
	free(o.config_file);
	return rc;
}
