/* lmtp_load.c - hands mail to an LMTP server as fast as it takes it
 *
 * One process, one thread, many connections: it shares the machine with the
 * server it measures, so it does as little as can be for each mail - two writes
 * and two reads, or one of each with --overlap - and composes nothing twice.
 * MAIL, RCPT and DATA go in one group (RFC 2920); with --overlap the end of a
 * message and the next group do too, which that RFC allows.
 *
 * It prints "name value" lines, and exits with 1 unless every mail got a 250.
 *
 * SPDX-License-Identifier: ISC
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"

#define REPLY_ROOM 4096
#define EVENTS 256
#define CODES 600               /* replies by code; [0]: connection lost */

static struct {
	const char *socket, *rcpt, *from_format, *body_file, *list_file;
	const char *accepted_file, *name, *header;
	long connections, messages, size, start;
	bool overlap, smtp;
} opt = {
	.from_format = "signer%d@example.net", .name = "load.example.net",
	.connections = 10, .messages = 1000, .size = 2048,
};

/* What a connection waits for. */
enum phase {
	PHASE_GREETING, PHASE_HELLO,
	PHASE_RSET, PHASE_MAIL, PHASE_RCPT, PHASE_DATA,
	PHASE_END,              /* the reply to a message */
	PHASE_QUIT, PHASE_CLOSED
};

struct connection {
	int fd;
	enum phase phase;
	bool dirty;             /* a transaction is open that must be reset */
	bool ahead;             /* the group for `next` is out already */
	int refused;            /* the code that says why this mail is not taken */
	long mail, next;        /* numbers, from opt.start; next only when ahead */
	uint64_t sent;          /* when the end of data went out */
	char reply[REPLY_ROOM];
	size_t reply_len;
	struct buf rest;        /* what the socket would not take yet */
};

/* One sender and recipient of --list. */
struct pair {
	const char *from, *rcpt;
};

static struct {
	int epoll;
	struct sockaddr_storage address;
	socklen_t address_len;
	struct connection *connections;
	long open, given, done, lost;
	struct buf from_head, from_tail;        /* around the number */
	struct buf fixed;                       /* of header and body; ends in CRLF.CRLF */
	struct buf list_text;
	struct pair *pairs;
	uint32_t *waits;                        /* microseconds */
	size_t wait_count;
	long codes[CODES];
	FILE *accepted;
	struct buf out;                         /* of the group being composed */
	uint64_t last;
} all;

static void
die(const char *what)
{
	perror(what);
	exit(2);
}

static uint64_t
now_us(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000 + (uint64_t)ts.tv_nsec / 1000;
}

/* ---- composing ---------------------------------------------------------------- */

static void
add_number(struct buf *b, long n)
{
	char digits[24];
	size_t at = sizeof digits;

	do {
		digits[--at] = (char)('0' + n % 10);
		n /= 10;
	} while (n > 0);
	buf_add(b, digits + at, sizeof digits - at);
}

static void
add_from(struct buf *b, long n)
{
	if (all.pairs != NULL) {
		buf_addstr(b, all.pairs[n - opt.start].from);
		return;
	}
	buf_add(b, all.from_head.data, all.from_head.len);
	add_number(b, n);
	buf_add(b, all.from_tail.data, all.from_tail.len);
}

static const char *
rcpt_of(long n)
{
	return all.pairs != NULL ? all.pairs[n - opt.start].rcpt : opt.rcpt;
}

static void
add_group(struct buf *b, long n, bool reset)
{
	if (reset)
		buf_add(b, "RSET\r\n", 6);
	buf_add(b, "MAIL FROM:<", 11);
	add_from(b, n);
	buf_add(b, ">\r\nRCPT TO:<", 12);
	buf_addstr(b, rcpt_of(n));
	buf_add(b, ">\r\nDATA\r\n", 9);
}

static void
add_message(struct buf *b, long n)
{
	buf_add(b, "From: Signer ", 13);
	add_number(b, n);
	buf_add(b, " <", 2);
	add_from(b, n);
	buf_add(b, ">\r\nTo: ", 7);
	buf_addstr(b, rcpt_of(n));
	buf_add(b, "\r\nMessage-ID: <", 15);
	add_number(b, n);
	buf_add(b, ".load@example.net>\r\n", 20);
	buf_add(b, all.fixed.data, all.fixed.len);
}

/* Lines of a body, LF or CRLF, as they go over the wire. */
static void
add_wire(struct buf *out, const char *text, size_t len)
{
	const char *at = text, *end = text + len;

	while (at < end) {
		const char *lf = memchr(at, '\n', (size_t)(end - at));
		const char *stop = lf == NULL ? end : lf;

		if (*at == '.')
			buf_addch(out, '.');
		if (stop > at && stop[-1] == '\r')
			stop--;
		buf_add(out, at, (size_t)(stop - at));
		buf_add(out, "\r\n", 2);
		at = lf == NULL ? end : lf + 1;
	}
}

static void
fill_body(struct buf *b, size_t size)
{
	static const char line[] = "We, the undersigned, ask that he be set free. ";
	size_t column = 0;

	while (b->len + 2 < size) {
		buf_addch(b, line[column % (sizeof line - 1)]);
		if (++column % 72 == 0)
			buf_add(b, "\r\n", 2);
	}
	buf_add(b, "\r\n", 2);
}

/* All of a message that is the same in each, so that the whole has --size. */
static void
compose_fixed(void)
{
	struct buf file = BUF_INIT, first = BUF_INIT;
	struct reason why;
	size_t before;

	add_message(&first, opt.start + opt.messages - 1);
	before = first.len;
	buf_addstr(&all.fixed, "Subject: I sign\r\n"
	    "Date: Mon, 23 Nov 2026 12:00:00 +0000\r\nMIME-Version: 1.0\r\n"
	    "Content-Type: text/plain; charset=utf-8\r\n");
	if (opt.header != NULL)
		buf_addf(&all.fixed, "%s\r\n", opt.header);
	buf_addstr(&all.fixed, "\r\n");
	if (opt.body_file != NULL) {
		if (buf_read_file(&file, opt.body_file, 1u << 30, &why) != OK) {
			fprintf(stderr, "%s\n", why.text);
			exit(2);
		}
		add_wire(&all.fixed, file.data, file.len);
	} else if ((size_t)opt.size > before) {
		fill_body(&all.fixed, (size_t)opt.size - before);
	}
	buf_addstr(&all.fixed, ".\r\n");
	buf_free(&file);
	buf_free(&first);
}

/* "FROM RCPT" in each line. */
static void
read_list(void)
{
	struct reason why;
	char *save = NULL, *line, *blank;
	long n = 0, room = 0;

	if (buf_read_file(&all.list_text, opt.list_file, 1u << 30, &why) != OK) {
		fprintf(stderr, "%s\n", why.text);
		exit(2);
	}
	for (line = strtok_r(all.list_text.data, "\n", &save); line != NULL;
	    line = strtok_r(NULL, "\n", &save)) {
		blank = strchr(line, ' ');
		if (blank == NULL) {
			fprintf(stderr, "%s: want FROM RCPT in each line\n", opt.list_file);
			exit(2);
		}
		*blank = '\0';
		if (n == room) {
			room = room == 0 ? 1024 : room * 2;
			all.pairs = mem_realloc(all.pairs, (size_t)room, sizeof *all.pairs);
		}
		all.pairs[n++] = (struct pair){ line, blank + 1 };
	}
	opt.messages = n;
}

/* ---- connections --------------------------------------------------------------- */

static void
open_connection(struct connection *c)
{
	struct epoll_event ev = { .events = EPOLLIN, .data.ptr = c };
	int on = 1;

	c->fd = socket(all.address.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (c->fd < 0)
		die("socket");
	if (connect(c->fd, (struct sockaddr *)&all.address, all.address_len) != 0)
		die(opt.socket);
	if (all.address.ss_family != AF_UNIX)
		(void)setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
	if (fcntl(c->fd, F_SETFL, O_NONBLOCK) != 0)
		die("fcntl");
	if (epoll_ctl(all.epoll, EPOLL_CTL_ADD, c->fd, &ev) != 0)
		die("epoll_ctl");
	c->phase = PHASE_GREETING;
	c->reply_len = 0;
	c->dirty = c->ahead = false;
	c->mail = -1;
	all.open++;
}

static void
want(struct connection *c, uint32_t events)
{
	struct epoll_event ev = { .events = events, .data.ptr = c };

	if (epoll_ctl(all.epoll, EPOLL_CTL_MOD, c->fd, &ev) != 0)
		die("epoll_ctl");
}

static void
settle(struct connection *c, int code)
{
	all.codes[code]++;
	all.done++;
	all.last = now_us();
	if (code == 250 && all.accepted != NULL)
		fprintf(all.accepted, "%ld\n", c->mail);
	c->mail = -1;
}

static void
close_connection(struct connection *c)
{
	if (c->phase == PHASE_CLOSED)
		return;
	(void)close(c->fd);
	buf_free(&c->rest);
	all.open--;
	if (c->mail >= 0)
		settle(c, 0);
	if (c->ahead) {
		c->mail = c->next;
		settle(c, 0);
	}
	if (c->phase != PHASE_QUIT)
		all.lost++;
	c->phase = PHASE_CLOSED;
	c->ahead = false;
}

static void
put(struct connection *c, const char *bytes, size_t len)
{
	ssize_t n = 0;

	if (c->rest.len == 0)
		n = send(c->fd, bytes, len, MSG_NOSIGNAL);
	if (n < 0 && errno != EAGAIN && errno != EINTR)
		n = (ssize_t)len;       /* the next read tells */
	else if (n < 0)
		n = 0;
	if ((size_t)n < len) {
		buf_add(&c->rest, bytes + n, len - (size_t)n);
		want(c, EPOLLIN | EPOLLOUT);
	}
}

static void
put_rest(struct connection *c)
{
	ssize_t n = send(c->fd, c->rest.data, c->rest.len, MSG_NOSIGNAL);

	if (n > 0)
		buf_consume(&c->rest, (size_t)n);
	if (c->rest.len == 0 || (n < 0 && errno != EAGAIN && errno != EINTR)) {
		buf_clear(&c->rest);
		want(c, EPOLLIN);
	}
}

/* ---- the conversation ------------------------------------------------------------- */

static bool
more_mails(void)
{
	return all.given < opt.messages;
}

static void
begin_group(struct connection *c)
{
	c->mail = opt.start + all.given++;
	c->refused = 0;
	c->phase = c->dirty ? PHASE_RSET : PHASE_MAIL;
}

static void
next_mail(struct connection *c)
{
	buf_clear(&all.out);
	if (c->ahead) {
		c->ahead = false;
		c->mail = c->next;
		c->refused = 0;
		c->phase = PHASE_MAIL;
		return;
	}
	if (!more_mails()) {
		c->phase = PHASE_QUIT;
		put(c, "QUIT\r\n", 6);
		return;
	}
	begin_group(c);
	add_group(&all.out, c->mail, c->dirty);
	c->dirty = false;
	put(c, all.out.data, all.out.len);
}

static void
send_message(struct connection *c)
{
	buf_clear(&all.out);
	add_message(&all.out, c->mail);
	if (opt.overlap && more_mails()) {
		c->next = opt.start + all.given++;
		c->ahead = true;
		add_group(&all.out, c->next, false);
	}
	c->phase = PHASE_END;
	c->sent = now_us();
	put(c, all.out.data, all.out.len);
}

/* The reply to DATA settles what became of the group. */
static void
data_answered(struct connection *c, int code)
{
	if (code == 354 && c->refused == 0) {
		send_message(c);
		return;
	}
	if (code == 354) {              /* taken with no recipient: end it */
		c->phase = PHASE_END;
		c->sent = now_us();
		put(c, ".\r\n", 3);
		return;
	}
	settle(c, c->refused != 0 ? c->refused : code);
	c->dirty = true;
	next_mail(c);
}

static void
message_answered(struct connection *c, int code)
{
	if (c->refused == 0)
		all.waits[all.wait_count++] = (uint32_t)(now_us() - c->sent);
	settle(c, c->refused != 0 ? c->refused : code);
	next_mail(c);
}

static void
answered(struct connection *c, int code)
{
	if (code == 421) {
		if (c->mail >= 0)
			settle(c, code);
		close_connection(c);
		return;
	}
	switch (c->phase) {
	case PHASE_GREETING:
		buf_clear(&all.out);
		buf_addf(&all.out, "%s %s\r\n", opt.smtp ? "EHLO" : "LHLO", opt.name);
		c->phase = PHASE_HELLO;
		put(c, all.out.data, all.out.len);
		break;
	case PHASE_HELLO:
		next_mail(c);
		break;
	case PHASE_RSET:
	case PHASE_MAIL:
	case PHASE_RCPT:
		if (code >= 400 && c->refused == 0)
			c->refused = code;
		c->phase++;
		break;
	case PHASE_DATA:
		data_answered(c, code);
		break;
	case PHASE_END:
		message_answered(c, code);
		break;
	case PHASE_QUIT:
		close_connection(c);
		break;
	case PHASE_CLOSED:
		break;
	}
}

static int
code_of(const char *line, size_t len)
{
	int code = 0, i;

	for (i = 0; i < 3; i++) {
		if ((size_t)i >= len || line[i] < '0' || line[i] > '9')
			return 599;
		code = code * 10 + line[i] - '0';
	}
	return code < CODES ? code : 599;
}

static void
read_replies(struct connection *c)
{
	char *at = c->reply, *end, *lf;
	ssize_t n = recv(c->fd, c->reply + c->reply_len,
	    REPLY_ROOM - c->reply_len, 0);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		close_connection(c);
		return;
	}
	end = c->reply + c->reply_len + n;
	while (c->phase != PHASE_CLOSED &&
	    (lf = memchr(at, '\n', (size_t)(end - at))) != NULL) {
		if (lf - at < 4 || at[3] != '-')
			answered(c, code_of(at, (size_t)(lf - at)));
		at = lf + 1;
	}
	c->reply_len = (size_t)(end - at);
	memmove(c->reply, at, c->reply_len);
	if (c->reply_len == REPLY_ROOM)
		close_connection(c);
}

static void
run(void)
{
	struct epoll_event events[EVENTS];
	long i;
	int n, e;

	for (i = 0; i < opt.connections; i++)
		open_connection(&all.connections[i]);
	while (all.open > 0) {
		n = epoll_wait(all.epoll, events, EVENTS, -1);
		if (n < 0 && errno != EINTR)
			die("epoll_wait");
		for (e = 0; e < n; e++) {
			struct connection *c = events[e].data.ptr;

			if (c->phase != PHASE_CLOSED && (events[e].events & EPOLLOUT))
				put_rest(c);
			if (c->phase != PHASE_CLOSED && (events[e].events & ~(uint32_t)EPOLLOUT))
				read_replies(c);
		}
	}
}

/* ---- what came of it ----------------------------------------------------------------- */

static int
by_size(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

static double
wait_at(double share)
{
	size_t at = (size_t)(share * (double)all.wait_count);

	if (all.wait_count == 0)
		return 0;
	if (at >= all.wait_count)
		at = all.wait_count - 1;
	return all.waits[at] / 1000.0;
}

static void
report(uint64_t began)
{
	double seconds = (double)(all.last > began ? all.last - began : 1) / 1e6;
	struct rusage r;
	double cpu;
	int i;

	(void)getrusage(RUSAGE_SELF, &r);
	cpu = (double)(r.ru_utime.tv_sec + r.ru_stime.tv_sec) * 1e6 +
	    (double)(r.ru_utime.tv_usec + r.ru_stime.tv_usec);
	qsort(all.waits, all.wait_count, sizeof all.waits[0], by_size);
	printf("mails %ld\nseconds %.3f\nrate %.1f\n", all.done, seconds,
	    (double)all.done / seconds);
	printf("p50_ms %.3f\np99_ms %.3f\nmax_ms %.3f\n", wait_at(0.5),
	    wait_at(0.99), wait_at(1));
	printf("load_cpu_us %.2f\n", all.done > 0 ? cpu / (double)all.done : 0);
	for (i = 0; i < CODES; i++)
		if (all.codes[i] > 0)
			printf("reply_%03d %ld\n", i, all.codes[i]);
	if (all.lost > 0)
		printf("lost_connections %ld\n", all.lost);
	if (all.given < opt.messages)
		printf("not_given %ld\n", opt.messages - all.given);
}

/* ---- options --------------------------------------------------------------------------- */

static const char usage_text[] =
"usage: lmtp_load --socket unix:PATH|HOST:PORT --rcpt ADDRESS [OPTION]...\n"
"       lmtp_load --socket unix:PATH|HOST:PORT --list FILE [OPTION]...\n"
"  --connections N       at once [10]\n"
"  --messages M          in all [1000]\n"
"  --size S              octets of a message [2048]\n"
"  --from-format TEXT    sender, with %d for its number [signer%d@example.net]\n"
"  --start N             first number [0]\n"
"  --body-file FILE      text of each message, instead of --size\n"
"  --header LINE         one more header line\n"
"  --list FILE           senders and recipients: FROM RCPT in each line\n"
"  --accepted FILE       write the numbers of the mails that got a 250\n"
"  --overlap             send the next group together with the end of a message\n"
"  --lhlo NAME           what to call oneself [load.example.net]\n"
"  --smtp                say EHLO instead of LHLO\n";

static void
usage(void)
{
	fputs(usage_text, stderr);
	exit(2);
}

static long
number(const char *text)
{
	char *end;
	long n = strtol(text, &end, 10);

	if (end == text || *end != '\0' || n < 0)
		usage();
	return n;
}

static void
options(int argc, char **argv)
{
	static const struct option longs[] = {
		{ "connections", required_argument, NULL, 'c' },
		{ "messages", required_argument, NULL, 'm' },
		{ "size", required_argument, NULL, 's' },
		{ "rcpt", required_argument, NULL, 'r' },
		{ "from-format", required_argument, NULL, 'f' },
		{ "start", required_argument, NULL, 'n' },
		{ "body-file", required_argument, NULL, 'b' },
		{ "header", required_argument, NULL, 'H' },
		{ "list", required_argument, NULL, 'l' },
		{ "accepted", required_argument, NULL, 'a' },
		{ "socket", required_argument, NULL, 'S' },
		{ "lhlo", required_argument, NULL, 'L' },
		{ "overlap", no_argument, NULL, 'o' },
		{ "smtp", no_argument, NULL, 'e' },
		{ NULL, 0, NULL, 0 },
	};
	int o;

	while ((o = getopt_long(argc, argv, "", longs, NULL)) != -1)
		switch (o) {
		case 'c': opt.connections = number(optarg); break;
		case 'm': opt.messages = number(optarg); break;
		case 's': opt.size = number(optarg); break;
		case 'r': opt.rcpt = optarg; break;
		case 'f': opt.from_format = optarg; break;
		case 'n': opt.start = number(optarg); break;
		case 'b': opt.body_file = optarg; break;
		case 'H': opt.header = optarg; break;
		case 'l': opt.list_file = optarg; break;
		case 'a': opt.accepted_file = optarg; break;
		case 'S': opt.socket = optarg; break;
		case 'L': opt.name = optarg; break;
		case 'o': opt.overlap = true; break;
		case 'e': opt.smtp = true; break;
		default: usage();
		}
	if (opt.socket == NULL || (opt.rcpt == NULL) == (opt.list_file == NULL) ||
	    opt.connections == 0 || strstr(opt.from_format, "%d") == NULL)
		usage();
}

static void
find_unix(const char *path)
{
	struct sockaddr_un un = { .sun_family = AF_UNIX };

	if (strlen(path) >= sizeof un.sun_path) {
		fprintf(stderr, "%s: longer than a socket's name may be\n", path);
		exit(2);
	}
	memcpy(un.sun_path, path, strlen(path) + 1);
	memcpy(&all.address, &un, sizeof un);
	all.address_len = sizeof un;
}

static void
find_server(void)
{
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM }, *found;
	const char *colon = strrchr(opt.socket, ':');
	char *host;
	int error;

	if (strncmp(opt.socket, "unix:", 5) == 0) {
		find_unix(opt.socket + 5);
		return;
	}
	if (colon == NULL)
		usage();
	host = mem_strndup(opt.socket, (size_t)(colon - opt.socket));
	error = getaddrinfo(host, colon + 1, &hints, &found);
	if (error != 0) {
		fprintf(stderr, "%s: %s\n", opt.socket, gai_strerror(error));
		exit(2);
	}
	memcpy(&all.address, found->ai_addr, found->ai_addrlen);
	all.address_len = found->ai_addrlen;
	freeaddrinfo(found);
	free(host);
}

static void
prepare(void)
{
	const char *slot = strstr(opt.from_format, "%d");
	struct buf *bufs[] = { &all.from_head, &all.from_tail, &all.fixed,
	    &all.list_text, &all.out };
	size_t i;

	for (i = 0; i < sizeof bufs / sizeof bufs[0]; i++)
		buf_init(bufs[i]);
	buf_add(&all.from_head, opt.from_format, (size_t)(slot - opt.from_format));
	buf_addstr(&all.from_tail, slot + 2);
	if (opt.list_file != NULL)
		read_list();
	if (opt.messages == 0)
		usage();
	compose_fixed();
	if (opt.connections > opt.messages)
		opt.connections = opt.messages;
	all.waits = mem_realloc(NULL, (size_t)opt.messages, sizeof all.waits[0]);
	all.connections = mem_alloc((size_t)opt.connections * sizeof *all.connections);
	for (i = 0; i < (size_t)opt.connections; i++)
		buf_init(&all.connections[i].rest);
	all.epoll = epoll_create1(EPOLL_CLOEXEC);
	if (all.epoll < 0)
		die("epoll_create1");
	if (opt.accepted_file != NULL &&
	    (all.accepted = fopen(opt.accepted_file, "w")) == NULL)
		die(opt.accepted_file);
}

int
main(int argc, char **argv)
{
	uint64_t began;

	options(argc, argv);
	find_server();
	prepare();
	(void)signal(SIGPIPE, SIG_IGN);
	began = all.last = now_us();
	run();
	report(began);
	if (all.accepted != NULL && fclose(all.accepted) != 0)
		die(opt.accepted_file);
	return all.codes[250] == opt.messages ? 0 : 1;
}
