/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <libgen.h>
#include <netdb.h>
#include <pwd.h>
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
be_ready(int fd, const struct config *c, struct reason *why)
{
	if (fcntl(fd, F_SETFD, FD_CLOEXEC) != 0 ||
	    fcntl(fd, F_SETFL, O_NONBLOCK) != 0 || listen(fd, BACKLOG) != 0)
		return fail_errno(why, TEMPFAIL, "%s: cannot listen on %s",
		    c->file, c->intake.lmtp);
	return OK;
}

/* ---- a Unix socket -------------------------------------------------------- */

static enum status
unix_address(struct sockaddr_un *sun, const struct config *c, struct reason *why)
{
	const char *path = c->intake.lmtp + strlen("unix:");

	memset(sun, 0, sizeof *sun);
	sun->sun_family = AF_UNIX;
	if (strlen(path) >= sizeof sun->sun_path)
		return fail(why, INVALID, "%s: the path of the LMTP socket may "
		    "have at most %zu characters", c->file,
		    sizeof sun->sun_path - 1);
	memcpy(sun->sun_path, path, strlen(path));
	return OK;
}

/* Away with a socket that nobody listens on. */
static enum status
clear_stale(const struct sockaddr_un *sun, struct reason *why)
{
	struct stat sb;
	int fd, rc, err;

	if (lstat(sun->sun_path, &sb) != 0)
		return OK;
	if (!S_ISSOCK(sb.st_mode))
		return fail(why, EXISTS, "%s: is there and is not a socket; "
		    "choose another path for intake.lmtp", sun->sun_path);
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
group_of(const struct config *c, enum status *st, struct reason *why)
{
	struct group *g;

	if (c->intake.lmtp_group == NULL)
		return (gid_t)-1;
	g = getgrnam(c->intake.lmtp_group);
	if (g != NULL)
		return g->gr_gid;
	*st = fail(why, INVALID, "%s: intake.lmtp_group: there is no group %s",
	    c->file, c->intake.lmtp_group);
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
open_unix(int *fd_out, const struct config *c, struct reason *why)
{
	struct sockaddr_un sun;
	struct passwd *pw = geteuid() == 0 && c->user != NULL ?
	    getpwnam(c->user) : NULL;
	uid_t owner = pw == NULL ? (uid_t)-1 : pw->pw_uid;
	enum status st = OK;
	gid_t group;
	mode_t old;
	int fd, rc;

	group = group_of(c, &st, why);
	if (st == OK)
		st = unix_address(&sun, c, why);
	if (st == OK)
		st = clear_stale(&sun, why);
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
		st = fail_errno(why, DENIED, "%s: cannot make the LMTP socket",
		    sun.sun_path);
	else if (((owner != (uid_t)-1 || group != (gid_t)-1) &&
	    chown(sun.sun_path, owner, group) != 0) ||
	    chmod(sun.sun_path, (mode_t)c->intake.lmtp_mode & 0777) != 0)
		st = fail_errno(why, DENIED, "%s: cannot set owner, group and "
		    "mode of the LMTP socket", sun.sun_path);
	if (st == OK)
		st = be_ready(fd, c, why);
	if (st == OK)
		*fd_out = fd;
	else
		(void)close(fd);
	return st;
}

/* ---- a TCP socket ------------------------------------------------------------ */

static enum status
bind_one(int *fd_out, const struct addrinfo *ai, const struct config *c,
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
		    "%s: intake.lmtp: cannot use %s", c->file, c->intake.lmtp);
	if (st == OK)
		st = be_ready(fd, c, why);
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
open_tcp(int *fd_out, const struct config *c, struct reason *why)
{
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM,
	    .ai_flags = AI_PASSIVE | AI_NUMERICSERV }, *list = NULL, *ai;
	char *host = mem_strdup(c->intake.lmtp);
	const char *port = split(c->intake.lmtp, host);
	enum status st;
	int rc;

	st = fail(why, INVALID, "%s: intake.lmtp: \"%s\" is neither unix:/path "
	    "nor host:port", c->file, c->intake.lmtp);
	if (port == NULL)
		goto out;
	if (strcmp(port, "25") == 0) {
		st = fail(why, INVALID, "%s: intake.lmtp: LMTP may not be spoken "
		    "on port 25 (RFC 2033); choose another, such as 2424",
		    c->file);
		goto out;
	}
	rc = getaddrinfo(host, port, &hints, &list);
	if (rc != 0) {
		st = fail(why, INVALID, "%s: intake.lmtp: %s: %s", c->file,
		    c->intake.lmtp, gai_strerror(rc));
		goto out;
	}
	for (ai = list; ai != NULL; ai = ai->ai_next) {
		st = bind_one(fd_out, ai, c, why);
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

static int
is_unix(const struct config *c)
{
	return c->intake.lmtp != NULL &&
	    strncmp(c->intake.lmtp, "unix:", strlen("unix:")) == 0;
}

static int adopted;

enum status
listen_open(int *fd_out, const struct config *c, struct reason *why)
{
	*fd_out = adopt();
	if (*fd_out >= 0) {
		adopted = 1;
		if (fcntl(*fd_out, F_SETFD, FD_CLOEXEC) != 0 ||
		    fcntl(*fd_out, F_SETFL, O_NONBLOCK) != 0)
			return fail_errno(why, INVALID, "the socket that "
			    "LISTEN_FDS speaks of cannot be used");
		return OK;
	}
	if (c->intake.lmtp == NULL)
		return OK;
	return is_unix(c) ? open_unix(fd_out, c, why) : open_tcp(fd_out, c, why);
}

void
listen_unlink(const struct config *c)
{
	if (is_unix(c) && !adopted)
		(void)unlink(c->intake.lmtp + strlen("unix:"));
}
