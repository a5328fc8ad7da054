/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "ctl/peer.h"

#define REPLY_MAX 65536

struct peer {
	int fd;
	int deadline;
	struct buf in;
	struct buf line;        /* the last one read, for the caller */
};

/* ---- connecting --------------------------------------------------------------- */

/* 1 when ready, 0 when the time is over. */
static int
wait_for(int fd, short events, int64_t until)
{
	struct pollfd p = { .fd = fd, .events = events };
	int64_t left;
	int n;

	do {
		left = until - clock_tick();
		n = poll(&p, 1, left > 0 ? (int)left : 0);
	} while (n < 0 && errno == EINTR);
	if (n == 0)
		errno = ETIMEDOUT;
	return n > 0;
}

static int
connect_to(const struct sockaddr *address, socklen_t len, int deadline)
{
	int fd = socket(address->sa_family,
	    SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), error = 0;
	socklen_t size = sizeof error;

	if (fd < 0)
		return -1;
	if (connect(fd, address, len) == 0)
		return fd;
	if (errno == EINPROGRESS &&
	    wait_for(fd, POLLOUT, clock_tick() + deadline) &&
	    getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) == 0) {
		if (error == 0)
			return fd;
		errno = error;
	}
	error = errno;
	(void)close(fd);
	errno = error;
	return -1;
}

static int
connect_unix(const char *path, int deadline)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };

	if (strlen(path) >= sizeof address.sun_path) {
		errno = ENAMETOOLONG;
		return -1;
	}
	strcpy(address.sun_path, path);
	return connect_to((const struct sockaddr *)&address, sizeof address,
	    deadline);
}

static int
connect_host(const char *place, int deadline, struct reason *why)
{
	const struct addrinfo hints = { .ai_socktype = SOCK_STREAM };
	struct addrinfo *all = NULL, *a;
	const char *colon = strrchr(place, ':'), *host = place;
	size_t len = (size_t)(colon - place);
	char *name;
	int error, fd = -1;

	if (len > 1 && *host == '[' && colon[-1] == ']') {
		host++;
		len -= 2;
	}
	name = mem_strndup(host, len);
	error = getaddrinfo(name, colon + 1, &hints, &all);
	free(name);
	if (error != 0) {
		(void)fail(why, TEMPFAIL, "%s: %s", place, gai_strerror(error));
		errno = 0;
		return -1;
	}
	for (a = all; a != NULL && fd < 0; a = a->ai_next)
		fd = connect_to(a->ai_addr, a->ai_addrlen, deadline);
	freeaddrinfo(all);
	return fd;
}

enum status
peer_open(struct peer **out, const char *place, int deadline, struct reason *why)
{
	struct peer *p;
	int fd;

	*out = NULL;
	errno = 0;
	if (strncmp(place, "unix:", 5) == 0)
		fd = connect_unix(place + 5, deadline);
	else
		fd = connect_host(place, deadline, why);
	if (fd < 0)
		return errno == 0 ? TEMPFAIL :
		    fail_errno(why, TEMPFAIL, "%s: cannot connect", place);
	p = mem_alloc(sizeof *p);
	p->fd = fd;
	p->deadline = deadline;
	buf_init(&p->in);
	buf_init(&p->line);
	*out = p;
	return OK;
}

void
peer_close(struct peer **peer)
{
	struct peer *p = *peer;

	if (p == NULL)
		return;
	(void)close(p->fd);
	buf_free(&p->in);
	buf_free(&p->line);
	free(p);
	*peer = NULL;
}

/* ---- talking ---------------------------------------------------------------------- */

/* Reads until there is a line; 0 when there will be none. */
static int
next_line(struct peer *p, int64_t until)
{
	const char *end;
	ssize_t n;

	while ((end = memchr(p->in.data, '\n', p->in.len)) == NULL) {
		if (p->in.len > REPLY_MAX || !wait_for(p->fd, POLLIN, until))
			return 0;
		buf_reserve(&p->in, 4096);
		n = read(p->fd, p->in.data + p->in.len, 4096);
		if (n < 0 && (errno == EINTR || errno == EAGAIN))
			continue;
		if (n <= 0)
			return 0;
		p->in.len += (size_t)n;
		p->in.data[p->in.len] = '\0';
	}
	buf_clear(&p->line);
	buf_add(&p->line, p->in.data, (size_t)(end - p->in.data));
	buf_consume(&p->in, (size_t)(end - p->in.data) + 1);
	if (p->line.len > 0 && p->line.data[p->line.len - 1] == '\r')
		buf_cut(&p->line, p->line.len - 1);
	return 1;
}

int
peer_reply_with(struct peer *p, const char **text_out, const char *word,
    int *found_out)
{
	int64_t until = clock_tick() + p->deadline;
	size_t len = word == NULL ? 0 : strlen(word);
	const char *s;

	*text_out = "";
	do {
		if (!next_line(p, until))
			return 0;
		s = p->line.data;
		if (p->line.len < 3 || strspn(s, "0123456789") != 3)
			return 0;
		if (word != NULL && p->line.len >= 4 + len &&
		    strncasecmp(s + 4, word, len) == 0 &&
		    (s[4 + len] == '\0' || s[4 + len] == ' '))
			*found_out = 1;
	} while (s[3] == '-');
	*text_out = s[3] == '\0' ? "" : s + 4;
	return atoi(s);
}

int
peer_reply(struct peer *p, const char **text_out)
{
	return peer_reply_with(p, text_out, NULL, NULL);
}

int
peer_send(struct peer *p, const char *bytes, size_t len)
{
	int64_t until = clock_tick() + p->deadline;
	ssize_t n;

	while (len > 0) {
		n = send(p->fd, bytes, len, MSG_NOSIGNAL);
		if (n > 0) {
			bytes += n;
			len -= (size_t)n;
			until = clock_tick() + p->deadline;
		} else if (n < 0 && errno == EAGAIN) {
			if (!wait_for(p->fd, POLLOUT, until))
				return -1;
		} else if (n < 0 && errno != EINTR)
			return -1;
	}
	return 0;
}

int
peer_say(struct peer *p, const char *format, ...)
{
	struct buf line = BUF_INIT;
	va_list ap;
	int answer;

	va_start(ap, format);
	buf_vaddf(&line, format, ap);
	va_end(ap);
	buf_addstr(&line, "\r\n");
	answer = peer_send(p, line.data, line.len);
	buf_free(&line);
	return answer;
}

enum status
peer_probe(const char *place, struct reason *why)
{
	struct peer *p = NULL;
	const char *text;
	enum status st = peer_open(&p, place, 5000, why);
	int code;

	if (st != OK)
		return st;
	code = peer_reply(p, &text);
	if (code != 220)
		st = code == 0 ? fail(why, TEMPFAIL, "%s: no greeting came", place) :
		    fail(why, TEMPFAIL, "%s: answered %d", place, code);
	else
		(void)peer_say(p, "QUIT");
	peer_close(&p);
	return st;
}
