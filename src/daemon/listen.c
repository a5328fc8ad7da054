/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <libgen.h>
#include <netdb.h>
#include <pwd.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/buf.h"
#include "config/config.h"
#include "daemon/listen.h"

#define BACKLOG 1024
#define SYSTEMD_FD 3

/* One place to listen on, as the configuration has it. */
struct place {
	const char *file;               /* the configuration's */
	const char *key, *text;         /* "intake.lmtp", "127.0.0.1:2424" */
	int mode;                       /* of a Unix socket */
	const char *group_key, *group;  /* likewise; group may be NULL */
	const char *user;               /* what root becomes, or NULL */
	bool mail;                      /* not on port 25 */
};

static struct place
lmtp_place(const struct config *c)
{
	return (struct place){ c->file, "intake.lmtp", c->intake.lmtp,
	    c->intake.lmtp_mode, "intake.lmtp_group", c->intake.lmtp_group,
	    c->user, true };
}

static struct place
web_place(const struct config *c, const char *key, const char *text)
{
	return (struct place){ c->file, key, text, c->web.listen_mode,
	    "web.listen_group", c->web.listen_group, c->user, false };
}

/* The first socket that systemd hands over, or -1. */
static int
adopt(void)
{
	const char *pid = getenv("LISTEN_PID"), *count = getenv("LISTEN_FDS");
	int fd = -1;

	if (pid != NULL && count != NULL &&
	    strtol(pid, NULL, 10) == (long)getpid() &&
	    strtol(count, NULL, 10) >= 1)
		fd = SYSTEMD_FD;
	(void)unsetenv("LISTEN_PID");
	(void)unsetenv("LISTEN_FDS");
	(void)unsetenv("LISTEN_FDNAMES");
	return fd;
}

static enum status
be_ready(int fd, const struct place *p, struct reason *why)
{
	if (fcntl(fd, F_SETFD, FD_CLOEXEC) != 0 ||
	    fcntl(fd, F_SETFL, O_NONBLOCK) != 0 || listen(fd, BACKLOG) != 0)
		return fail_errno(why, TEMPFAIL, "%s: cannot listen on %s",
		    p->file, p->text);
	return OK;
}

/* ---- a Unix socket -------------------------------------------------------- */

static enum status
unix_address(struct sockaddr_un *sun, const struct place *p, struct reason *why)
{
	const char *path = p->text + strlen("unix:");

	memset(sun, 0, sizeof *sun);
	sun->sun_family = AF_UNIX;
	if (strlen(path) >= sizeof sun->sun_path)
		return fail(why, INVALID, "%s: %s: the path of a socket may "
		    "have at most %zu characters", p->file, p->key,
		    sizeof sun->sun_path - 1);
	memcpy(sun->sun_path, path, strlen(path));
	return OK;
}

/* Away with a socket that nobody listens on. */
static enum status
clear_stale(const struct sockaddr_un *sun, const struct place *p,
    struct reason *why)
{
	struct stat sb;
	int fd, rc, err;

	if (lstat(sun->sun_path, &sb) != 0)
		return OK;
	if (!S_ISSOCK(sb.st_mode))
		return fail(why, EXISTS, "%s: is there and is not a socket; "
		    "choose another path for %s", sun->sun_path, p->key);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return fail_errno(why, TEMPFAIL, "cannot make a socket");
	rc = connect(fd, (const struct sockaddr *)sun, sizeof *sun);
	err = errno;
	(void)close(fd);
	if (rc == 0 || err == EAGAIN)
		return fail(why, EXISTS, "%s: another program listens on it; is "
		    "undersignd running already?", sun->sun_path);
	if (err != ECONNREFUSED || unlink(sun->sun_path) != 0)
		return fail_errno(why, DENIED, "%s: cannot replace the old "
		    "socket", sun->sun_path);
	return OK;
}

static gid_t
group_of(const struct place *p, enum status *st, struct reason *why)
{
	struct group *g;

	if (p->group == NULL)
		return (gid_t)-1;
	g = getgrnam(p->group);
	if (g != NULL)
		return g->gr_gid;
	*st = fail(why, INVALID, "%s: %s: there is no group %s", p->file,
	    p->group_key, p->group);
	return (gid_t)-1;
}

/* The folder is lost at each boot where nothing like tmpfiles(5) makes it. */
static void
make_folder(const char *path, uid_t owner)
{
	char *copy = mem_strdup(path), *dir = dirname(copy);

	/* chmod: the MTA must get in, whatever our umask is. */
	if (mkdir(dir, 0755) == 0 && (chmod(dir, 0755) != 0 ||
	    (owner != (uid_t)-1 && chown(dir, owner, (gid_t)-1) != 0)))
		(void)rmdir(dir);
	free(copy);
}

/* Nobody can connect before listen(), so the rights are in place by then. */
static enum status
open_unix(int *fd_out, const struct place *p, struct reason *why)
{
	struct sockaddr_un sun;
	struct passwd *pw = geteuid() == 0 && p->user != NULL ?
	    getpwnam(p->user) : NULL;
	uid_t owner = pw == NULL ? (uid_t)-1 : pw->pw_uid;
	enum status st = OK;
	gid_t group;
	mode_t old;
	int fd, rc;

	group = group_of(p, &st, why);
	if (st == OK)
		st = unix_address(&sun, p, why);
	if (st == OK)
		st = clear_stale(&sun, p, why);
	if (st != OK)
		return st;
	make_folder(sun.sun_path, owner);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return fail_errno(why, TEMPFAIL, "cannot make a socket");
	old = umask(0777);
	rc = bind(fd, (struct sockaddr *)&sun, sizeof sun);
	(void)umask(old);
	if (rc != 0)
		st = fail_errno(why, DENIED, "%s: cannot make the socket of %s",
		    sun.sun_path, p->key);
	else if (((owner != (uid_t)-1 || group != (gid_t)-1) &&
	    chown(sun.sun_path, owner, group) != 0) ||
	    chmod(sun.sun_path, (mode_t)p->mode & 0777) != 0)
		st = fail_errno(why, DENIED, "%s: cannot set owner, group and "
		    "mode of the socket of %s", sun.sun_path, p->key);
	if (st == OK)
		st = be_ready(fd, p, why);
	if (st == OK)
		*fd_out = fd;
	else
		(void)close(fd);
	return st;
}

/* ---- a TCP socket ------------------------------------------------------------ */

static enum status
bind_one(int *fd_out, const struct addrinfo *ai, const struct place *p,
    struct reason *why)
{
	int fd, on = 1;
	enum status st = OK;

	fd = socket(ai->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return fail_errno(why, TEMPFAIL, "cannot make a socket");
	(void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
	if (bind(fd, ai->ai_addr, ai->ai_addrlen) != 0)
		st = fail_errno(why, errno == EADDRINUSE ? EXISTS : DENIED,
		    "%s: %s: cannot use %s", p->file, p->key, p->text);
	if (st == OK)
		st = be_ready(fd, p, why);
	if (st == OK)
		*fd_out = fd;
	else
		(void)close(fd);
	return st;
}

/* "host:port" or "[v6]:port" in two; HOST has the room of TEXT. */
static const char *
split(const char *text, char *host)
{
	const char *colon = strrchr(text, ':');
	size_t len;

	if (colon == NULL)
		return NULL;
	len = (size_t)(colon - text);
	if (len >= 2 && text[0] == '[' && text[len - 1] == ']') {
		text++;
		len -= 2;
	}
	memcpy(host, text, len);
	host[len] = '\0';
	return len == 0 ? NULL : colon + 1;
}

static enum status
open_tcp(int *fd_out, const struct place *p, struct reason *why)
{
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM,
	    .ai_flags = AI_PASSIVE | AI_NUMERICSERV }, *list = NULL, *ai;
	char *host = mem_strdup(p->text);
	const char *port = split(p->text, host);
	enum status st;
	int rc;

	st = fail(why, INVALID, "%s: %s: \"%s\" is neither unix:/path nor "
	    "host:port", p->file, p->key, p->text);
	if (port == NULL)
		goto out;
	if (p->mail && strcmp(port, "25") == 0) {
		st = fail(why, INVALID, "%s: %s: LMTP may not be spoken on port "
		    "25 (RFC 2033); choose another, such as 2424", p->file,
		    p->key);
		goto out;
	}
	rc = getaddrinfo(host, port, &hints, &list);
	if (rc != 0) {
		st = fail(why, INVALID, "%s: %s: %s: %s", p->file, p->key,
		    p->text, gai_strerror(rc));
		goto out;
	}
	for (ai = list; ai != NULL; ai = ai->ai_next) {
		st = bind_one(fd_out, ai, p, why);
		if (st == OK)
			break;
	}
out:
	if (list != NULL)
		freeaddrinfo(list);
	free(host);
	return st;
}

/* ---- either ---------------------------------------------------------------------- */

static bool
is_unix(const char *text)
{
	return text != NULL && strncmp(text, "unix:", strlen("unix:")) == 0;
}

static enum status
open_place(int *fd_out, const struct place *p, struct reason *why)
{
	*fd_out = -1;
	if (p->text == NULL)
		return OK;
	return is_unix(p->text) ? open_unix(fd_out, p, why) :
	    open_tcp(fd_out, p, why);
}

static bool adopted;

enum status
listen_open(int *fd_out, const struct config *c, struct reason *why)
{
	struct place place = lmtp_place(c);

	*fd_out = adopt();
	if (*fd_out < 0)
		return open_place(fd_out, &place, why);
	adopted = true;
	if (fcntl(*fd_out, F_SETFD, FD_CLOEXEC) != 0 ||
	    fcntl(*fd_out, F_SETFL, O_NONBLOCK) != 0)
		return fail_errno(why, INVALID, "the socket that LISTEN_FDS "
		    "speaks of cannot be used");
	return OK;
}

enum status
listen_open_web(int *fd_out, int *metrics_out, const struct config *c,
    struct reason *why)
{
	struct place web = web_place(c, "web.listen", c->web.listen);
	struct place metrics = web_place(c, "web.metrics", c->web.metrics);
	enum status st = open_place(fd_out, &web, why);

	*metrics_out = -1;
	return st != OK ? st : open_place(metrics_out, &metrics, why);
}

static void
remove_name(const char *text)
{
	if (is_unix(text))
		(void)unlink(text + strlen("unix:"));
}

void
listen_unlink(const struct config *c)
{
	if (!adopted)
		remove_name(c->intake.lmtp);
	remove_name(c->web.listen);
	remove_name(c->web.metrics);
}
