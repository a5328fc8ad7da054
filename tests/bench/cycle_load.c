/* cycle_load.c - whole cycles: sign, be asked, answer, get the receipt
 *
 *	cycle_load --lmtp unix:PATH --listen PORT --rcpt SLUG@DOMAIN
 *	    --cycles N [--connections C] [--window W] [--start K] [--more]
 *
 * One process, one thread, epoll: C LMTP connections that hand mail to the
 * program under test, and an SMTP server on 127.0.0.1:PORT that it sends its
 * mail to.  W people are under way at once.  Each is known by the number in
 * her address; with --more each gives a city and a comment too.  Prints "name value" lines, rate being cycles a second.
 *
 * SPDX-License-Identifier: ISC
 */
#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"

#define PERSON "person%ld@example.net"
#define STALLED 20000           /* milliseconds without a step: give up */

enum kind { CLIENT, LISTENER, SERVER };

struct peer {
	enum kind kind;
	int fd;
	bool in_data, dead, wants_write;
	struct buf in, out;
	/* client: replies to come until the transaction is over, and whose it is */
	int replies;
	bool busy;
	/* server: the recipient of the mail that comes in */
	long person;
};

/* A mail to hand over by LMTP. */
struct errand {
	long person;
	char *to;               /* NULL: the campaign, a sign mail */
};

static struct {
	const char *lmtp, *rcpt;
	int port, connections;
	long cycles, window, start;
	bool more;
} opt = { .connections = 50, .window = 400, .cycles = 10000 };

static int ep;
static struct peer *clients;
static struct errand *errands;
static size_t errand_count, errand_room;
static long begun, finished, refused;
static bool *answered;
static int64_t last_step;

static void
die(const char *what)
{
	perror(what);
	exit(1);
}

static void
watch(struct peer *p, bool add)
{
	struct epoll_event ev = { .data = { .ptr = p } };

	ev.events = EPOLLIN | (p->wants_write ? (unsigned)EPOLLOUT : 0u);
	if (epoll_ctl(ep, add ? EPOLL_CTL_ADD : EPOLL_CTL_MOD, p->fd, &ev) != 0)
		die("epoll_ctl");
}

static void
flush(struct peer *p)
{
	bool want;

	while (p->out.len > 0) {
		ssize_t n = send(p->fd, p->out.data, p->out.len, MSG_NOSIGNAL);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN)
			break;
		if (n < 0) {
			p->dead = true;
			return;
		}
		buf_consume(&p->out, (size_t)n);
	}
	want = p->out.len > 0;
	if (want != p->wants_write) {
		p->wants_write = want;
		watch(p, false);
	}
}

/* ---- handing mail over ------------------------------------------------------ */

static void
push(long person, char *to)
{
	if (errand_count == errand_room) {
		errand_room = errand_room * 2 + 1024;
		errands = mem_realloc(errands, errand_room, sizeof *errands);
	}
	errands[errand_count++] = (struct errand){ person, to };
}

static void
hand_over(struct peer *p, const struct errand *e)
{
	const char *to = e->to != NULL ? e->to : opt.rcpt;
	char from[64];

	(void)snprintf(from, sizeof from, PERSON, e->person);
	buf_addf(&p->out, "MAIL FROM:<%s>\r\nRCPT TO:<%s>\r\nDATA\r\n", from, to);
	buf_addf(&p->out, "From: Person %ld <%s>\r\nTo: %s\r\nSubject: %s\r\n"
	    "Date: Mon, 23 Nov 2026 12:00:00 +0000\r\n"
	    "Message-ID: <%ld.%d@example.net>\r\nMIME-Version: 1.0\r\n"
	    "Content-Type: text/plain; charset=utf-8\r\n\r\n%s\r\n.\r\n",
	    e->person, from, to, e->to != NULL ? "Re: your mail" : "I sign",
	    e->person, e->to != NULL, e->to != NULL ? "Yes" :
	    opt.more ? "Country: Norway\r\nCity: Oslo\r\nComment: Let him go home to his "
	    "family." : "Country: Norway");
	p->replies = 4;
	p->busy = true;
	free(e->to);
}

static void
give_work(void)
{
	int i;

	for (i = 0; i < opt.connections; i++) {
		struct peer *p = &clients[i];

		if (p->busy || p->dead)
			continue;
		if (errand_count == 0) {
			if (begun - finished >= opt.window || begun >= opt.cycles)
				return;
			push(opt.start + begun++, NULL);
		}
		hand_over(p, &errands[--errand_count]);
		flush(p);
	}
}

static void
client_line(struct peer *p, const char *line)
{
	if (line[0] == '\0' || line[3] == '-' || p->replies == 0)
		return;
	if (line[0] != '2' && line[0] != '3')
		refused++;
	if (--p->replies == 0)
		p->busy = false;
}

/* ---- taking mail ---------------------------------------------------------------- */

static void
mail_came(struct peer *p, char *text)
{
	char *field = strcasestr(text, "\nReply-To:"), *start, *end;

	if (field == NULL || p->person < opt.start ||
	    p->person >= opt.start + opt.cycles)
		return;
	start = field + 10;
	end = strchr(start, '\n');
	if (end == NULL)
		return;
	*end = '\0';
	start += strspn(start, " \t<");
	start[strcspn(start, ">\r \t")] = '\0';
	last_step = clock_tick();
	if (strstr(start, "+c-") != NULL) {
		if (!answered[p->person - opt.start]) {
			answered[p->person - opt.start] = true;
			push(p->person, mem_strdup(start));
		}
	} else
		finished++;
}

static void
server_line(struct peer *p, char *line)
{
	if (strncasecmp(line, "EHLO", 4) == 0)
		buf_addstr(&p->out, "250-sink\r\n250-PIPELINING\r\n"
		    "250-8BITMIME\r\n250-SIZE 0\r\n250 ENHANCEDSTATUSCODES\r\n");
	else if (strncasecmp(line, "RCPT", 4) == 0) {
		char *at = strstr(line, "<person");

		p->person = at == NULL ? -1 : strtol(at + 7, NULL, 10);
		buf_addstr(&p->out, "250 2.1.5 Ok\r\n");
	} else if (strncasecmp(line, "DATA", 4) == 0) {
		p->in_data = true;
		buf_addstr(&p->out, "354 Go\r\n");
	} else if (strncasecmp(line, "QUIT", 4) == 0) {
		buf_addstr(&p->out, "221 Bye\r\n");
	} else
		buf_addstr(&p->out, "250 2.0.0 Ok\r\n");
}

static void
use_input(struct peer *p)
{
	size_t used = 0;
	char *end;

	for (;;) {
		char *at = p->in.data + used;

		if (p->in_data) {
			end = strstr(at, "\r\n.\r\n");
			if (end == NULL)
				break;
			*end = '\0';
			mail_came(p, at);
			p->in_data = false;
			buf_addstr(&p->out, "250 2.0.0 Ok\r\n");
			used = (size_t)(end - p->in.data) + 5;
			continue;
		}
		end = strstr(at, "\r\n");
		if (end == NULL)
			break;
		*end = '\0';
		used = (size_t)(end - p->in.data) + 2;
		if (p->kind == SERVER)
			server_line(p, at);
		else
			client_line(p, at);
	}
	buf_consume(&p->in, used);
}

static void
readable(struct peer *p)
{
	ssize_t n;

	buf_reserve(&p->in, 65536);
	n = recv(p->fd, p->in.data + p->in.len, 65536, 0);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		p->dead = true;
		(void)close(p->fd);
		if (p->kind == CLIENT) {
			fprintf(stderr, "an LMTP connection was closed\n");
			exit(1);
		}
		buf_free(&p->in);
		buf_free(&p->out);
		return;
	}
	p->in.len += (size_t)n;
	p->in.data[p->in.len] = '\0';
	use_input(p);
	if (!p->dead)
		flush(p);
}

/* ---- sockets ------------------------------------------------------------------------ */

static int
connect_lmtp(void)
{
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	struct sockaddr_in in = { .sin_family = AF_INET };
	int fd, one = 1;

	if (strncmp(opt.lmtp, "unix:", 5) == 0) {
		(void)snprintf(un.sun_path, sizeof un.sun_path, "%s", opt.lmtp + 5);
		fd = socket(AF_UNIX, SOCK_STREAM, 0);
		if (fd < 0 || connect(fd, (struct sockaddr *)&un, sizeof un) != 0)
			die(opt.lmtp);
		return fd;
	}
	in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	in.sin_port = htons((uint16_t)atoi(strrchr(opt.lmtp, ':') + 1));
	fd = socket(AF_INET, SOCK_STREAM, 0);
	if (fd < 0 || connect(fd, (struct sockaddr *)&in, sizeof in) != 0)
		die(opt.lmtp);
	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
	return fd;
}

static void
open_clients(void)
{
	int i;

	clients = mem_alloc((size_t)opt.connections * sizeof *clients);
	for (i = 0; i < opt.connections; i++) {
		struct peer *p = &clients[i];

		*p = (struct peer){ .kind = CLIENT, .fd = connect_lmtp(),
		    .in = BUF_INIT, .out = BUF_INIT, .busy = true, .replies = 2 };
		buf_addstr(&p->out, "LHLO load.example.net\r\n");
		(void)fcntl(p->fd, F_SETFL, O_NONBLOCK);
		watch(p, true);
		flush(p);
	}
}

static struct peer listener = { .kind = LISTENER };

static void
open_listener(void)
{
	struct sockaddr_in in = { .sin_family = AF_INET };
	int one = 1;

	in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	in.sin_port = htons((uint16_t)opt.port);
	listener.fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
	(void)setsockopt(listener.fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
	if (listener.fd < 0 || bind(listener.fd, (struct sockaddr *)&in,
	    sizeof in) != 0 || listen(listener.fd, 128) != 0)
		die("listen");
	watch(&listener, true);
}

static void
take_connection(void)
{
	int fd = accept4(listener.fd, NULL, NULL, SOCK_NONBLOCK), one = 1;
	struct peer *p;

	if (fd < 0)
		return;
	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
	p = mem_alloc(sizeof *p);
	*p = (struct peer){ .kind = SERVER, .fd = fd, .in = BUF_INIT,
	    .out = BUF_INIT };
	buf_addstr(&p->out, "220 sink ESMTP\r\n");
	watch(p, true);
	flush(p);
}

static void
options(int argc, char **argv)
{
	static const struct option names[] = {
		{ "lmtp", 1, NULL, 'l' }, { "listen", 1, NULL, 'p' },
		{ "rcpt", 1, NULL, 'r' }, { "cycles", 1, NULL, 'n' },
		{ "connections", 1, NULL, 'c' }, { "window", 1, NULL, 'w' },
		{ "start", 1, NULL, 's' }, { "more", 0, NULL, 'm' },
		{ NULL, 0, NULL, 0 },
	};
	int c;

	while ((c = getopt_long(argc, argv, "", names, NULL)) != -1)
		switch (c) {
		case 'l': opt.lmtp = optarg; break;
		case 'p': opt.port = atoi(optarg); break;
		case 'r': opt.rcpt = optarg; break;
		case 'n': opt.cycles = atol(optarg); break;
		case 'c': opt.connections = atoi(optarg); break;
		case 'w': opt.window = atol(optarg); break;
		case 's': opt.start = atol(optarg); break;
		case 'm': opt.more = true; break;
		default: exit(2);
		}
	if (opt.lmtp == NULL || opt.port == 0 || opt.rcpt == NULL) {
		fprintf(stderr, "usage: cycle_load --lmtp unix:PATH --listen PORT "
		    "--rcpt ADDRESS [--cycles N] [--connections N] "
		    "[--window N] [--start N]\n");
		exit(2);
	}
}

int
main(int argc, char **argv)
{
	struct epoll_event ev[64];
	int64_t from, took;
	int n, i;

	options(argc, argv);
	answered = mem_alloc((size_t)opt.cycles);
	ep = epoll_create1(0);
	open_listener();
	open_clients();
	from = last_step = clock_tick();
	while (finished < opt.cycles && clock_tick() - last_step < STALLED) {
		n = epoll_wait(ep, ev, 64, 1000);
		for (i = 0; i < n; i++) {
			struct peer *p = ev[i].data.ptr;

			if (p->kind == LISTENER)
				take_connection();
			else if (!p->dead) {
				if (ev[i].events & EPOLLOUT)
					flush(p);
				if (ev[i].events & ~(unsigned)EPOLLOUT)
					readable(p);
			}
		}
		give_work();
	}
	took = clock_tick() - from;
	printf("cycles %ld\nrefused %ld\nseconds %.3f\nrate %.1f\n", finished,
	    refused, (double)took / 1000,
	    (double)finished * 1000 / (double)(took > 0 ? took : 1));
	return finished == opt.cycles && refused == 0 ? 0 : 1;
}
