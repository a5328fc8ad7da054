/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "config/config.h"
#include "ctl/control.h"

#define DEADLINE 10             /* seconds for one answer */
#define START_MOST 30000        /* ms */

static enum status
reach(int *fd_out, const struct config *config, struct reason *why)
{
	char *path = mem_printf("%s/" CONTROL_NAME, config->state_dir);
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	struct timeval deadline = { .tv_sec = DEADLINE };
	enum status st = OK;
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

	if (fd < 0 || strlen(path) >= sizeof sun.sun_path)
		st = fail(why, TEMPFAIL, "%s: this socket cannot be used", path);
	else {
		memcpy(sun.sun_path, path, strlen(path));
		(void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &deadline,
		    sizeof deadline);
		(void)setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &deadline,
		    sizeof deadline);
		if (connect(fd, (struct sockaddr *)&sun, sizeof sun) != 0)
			st = errno == ENOENT || errno == ECONNREFUSED ?
			    fail(why, NOT_FOUND, "undersignd is not running (%s)",
			    path) : fail_errno(why, errno == EACCES ? DENIED :
			    TEMPFAIL, "%s: undersignd cannot be asked; run this "
			    "as root", path);
	}
	if (st != OK && fd >= 0)
		(void)close(fd);
	free(path);
	*fd_out = fd;
	return st;
}

/* The record, with a descriptor if there is one. */
static bool
say(int to, const struct control_request *request, int fd)
{
	union {
		struct cmsghdr header;
		char room[CMSG_SPACE(sizeof fd)];
	} space;
	struct iovec iov = { (void *)(uintptr_t)request, sizeof *request };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };
	struct cmsghdr *c;

	memset(&space, 0, sizeof space);
	if (fd >= 0) {
		msg.msg_control = &space;
		msg.msg_controllen = sizeof space;
		c = CMSG_FIRSTHDR(&msg);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(sizeof fd);
		memcpy(CMSG_DATA(c), &fd, sizeof fd);
	}
	return sendmsg(to, &msg, MSG_NOSIGNAL) == (ssize_t)sizeof *request;
}

enum status
control_ask(const struct config *config, enum control_ask ask,
    const unsigned char *key, int fd, struct control_reply *out,
    struct reason *why)
{
	struct control_request request = { .version = CONTROL_VERSION,
	    .ask = (uint8_t)ask };
	enum status st;
	int to;

	*out = (struct control_reply){ 0 };
	st = reach(&to, config, why);
	if (st != OK)
		return st;
	if (key != NULL)
		memcpy(request.key, key, CONTROL_KEY);
	if (!say(to, &request, fd) || recv(to, out, sizeof *out, 0) !=
	    (ssize_t)sizeof *out || out->version != CONTROL_VERSION)
		st = fail(why, TEMPFAIL, "undersignd gives no answer; it listens "
		    "to root and to its own user only");
	explicit_bzero(&request, sizeof request);
	(void)close(to);
	return st;
}

enum status
control_wait(const struct config *config, struct reason *why)
{
	const struct timespec pause = { .tv_nsec = 100000000 };
	int64_t until = clock_tick() + START_MOST;
	struct control_reply reply;
	enum status st;

	do {
		st = control_ask(config, CONTROL_STATE, NULL, -1, &reply, why);
		if (st != OK || reply.state == CONTROL_OPEN)
			return st;
		if (reply.answer == CONTROL_FAILED)
			return fail(why, TEMPFAIL, "undersignd could not start "
			    "with this key; its log says why");
		(void)nanosleep(&pause, NULL);
	} while (clock_tick() < until);
	return fail(why, TEMPFAIL, "undersignd is still starting; its log tells when "
	    "it is done: ready=yes");
}
