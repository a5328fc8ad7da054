/* peer.h - an SMTP server that behaves as badly as it is told
 *
 * Runs in threads of the test.  At one step it does something else than answer
 * well; everything it was told is kept for the test to look at.
 */
#ifndef TESTS_PEER_H
#define TESTS_PEER_H

#include <sys/socket.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include "base/buf.h"
#include "tests/unit/check.h"

enum peer_step { AT_NEVER, AT_GREETING, AT_EHLO, AT_STARTTLS, AT_HANDSHAKE,
	AT_AUTH, AT_MAIL, AT_RCPT, AT_DATA, AT_END, AT_RSET };

enum peer_manner {
	HANG,           /* say nothing */
	DROP,           /* close the connection */
	REPLY,          /* say TEXT */
	ENDLESS,        /* never stop */
	TRICKLE         /* a long reply, one octet every fifth of a second */
};

struct peer {
	/* to be set before peer_start */
	enum peer_step at;
	enum peer_manner how;
	const char *text;
	int after;              /* it behaves so many times first */
	int once;               /* and again afterwards */
	const char *offers;     /* EHLO lines: "PIPELINING\nSIZE 100" */
	SSL_CTX *tls;
	int implicit;           /* TLS from the start */
	int max_connections;    /* 421 to more; 0: any number */
	int close_after;        /* mails; 421 and the end follow; 0: never */
	int careless;           /* 354 without a recipient; counts those */
	int delay;              /* milliseconds before the reply to a message */
	int sips;               /* reads an octet at a time, leaves the rest unread */
	int deaf;               /* to what comes together with a message */

	/* to be looked at */
	int port;
	pthread_mutex_t lock;
	struct buf said;        /* all commands, with LF */
	struct buf data;        /* all messages, as they came */
	int connections, open, open_most, mails, secure;
	int ahead;              /* messages behind whose end more came at once */
	int nonsense;           /* lines that are no commands */
	int asked;              /* for what it is to do at its step */
	char server_name[64];   /* SNI */

	int fd, stop, running;
	pthread_t thread;
};

struct peer_line {
	struct peer *peer;
	int fd;
	SSL *ssl;
	char in[4096];
	size_t have, used;
	int mails;
};

static const char peer_all[] = "PIPELINING\n8BITMIME\nSMTPUTF8\nSIZE 100000\nDSN";

static inline int
peer_get(struct peer_line *l)
{
	while (l->used == l->have) {
		struct pollfd p = { .fd = l->fd, .events = POLLIN };
		int n;

		if (l->peer->stop)
			return -1;
		if ((l->ssl == NULL || SSL_pending(l->ssl) == 0) &&
		    poll(&p, 1, 20) == 0)
			continue;
		n = l->ssl != NULL ? SSL_read(l->ssl, l->in, sizeof l->in) :
		    (int)recv(l->fd, l->in, l->peer->sips ? 1 : sizeof l->in, 0);
		if (n <= 0)
			return -1;
		l->have = (size_t)n;
		l->used = 0;
	}
	return (unsigned char)l->in[l->used++];
}

static inline int
peer_line(struct peer_line *l, struct buf *out)
{
	int c;

	buf_clear(out);
	while ((c = peer_get(l)) != '\n') {
		if (c < 0)
			return -1;
		buf_addch(out, (char)c);
	}
	if (out->len > 0 && out->data[out->len - 1] == '\r')
		buf_cut(out, out->len - 1);
	return 0;
}

static inline int
peer_put(struct peer_line *l, const char *text, size_t len)
{
	if (l->ssl != NULL)
		return SSL_write(l->ssl, text, (int)len) == (int)len ? 0 : -1;
	return send(l->fd, text, len, MSG_NOSIGNAL) == (ssize_t)len ? 0 : -1;
}

static inline int
peer_say(struct peer_line *l, const char *text)
{
	char line[4096];
	int n = snprintf(line, sizeof line, "%s\r\n", text);

	return peer_put(l, line, (size_t)n);
}

static inline void
peer_wait(struct peer_line *l)
{
	char c;

	/* Until the client has gone, or the test is over. */
	while (!l->peer->stop &&
	    recv(l->fd, &c, 1, MSG_PEEK | MSG_DONTWAIT) != 0) {
		struct pollfd p = { .fd = l->fd, .events = POLLRDHUP };

		if (poll(&p, 1, 20) > 0)
			break;
	}
}

/* Is it time to misbehave?  To be asked once for each step. */
static inline int
peer_is_at(struct peer *p, enum peer_step step)
{
	int n, is;

	if (step != p->at)
		return 0;
	pthread_mutex_lock(&p->lock);
	n = p->asked++;
	is = n == p->after || (n > p->after && !p->once);
	pthread_mutex_unlock(&p->lock);
	return is;
}

/* 0: went well; 1: said something else; -1: that was it. */
static inline int
peer_answer_now(struct peer_line *l, int troubled, const char *good)
{
	struct peer *p = l->peer;
	static const char slow[] = "250-01234567890123456789012345678901234567";
	size_t i;

	if (!troubled)
		return peer_say(l, good);
	switch (p->how) {
	case HANG:
		peer_wait(l);
		return -1;
	case DROP:
		return -1;
	case REPLY:
		return peer_say(l, p->text) < 0 ? -1 : 1;
	case ENDLESS:
		while (!p->stop && peer_say(l, "250-and another thing") == 0)
			;
		return -1;
	case TRICKLE:
		for (i = 0; i < sizeof slow && !p->stop; i++) {
			if (peer_put(l, slow + i, 1) < 0)
				return -1;
			usleep(200000);
		}
		return -1;
	}
	return -1;
}

static inline int
peer_answer(struct peer_line *l, enum peer_step step, const char *good)
{
	return peer_answer_now(l, peer_is_at(l->peer, step), good);
}

static inline int
peer_handshake(struct peer_line *l)
{
	struct peer *p = l->peer;
	const char *name;

	if (p->at == AT_HANDSHAKE)
		return peer_answer(l, AT_HANDSHAKE, "") < 0 ? -1 : 0;
	l->ssl = SSL_new(p->tls);
	SSL_set_fd(l->ssl, l->fd);
	if (SSL_accept(l->ssl) != 1)
		return -1;
	name = SSL_get_servername(l->ssl, TLSEXT_NAMETYPE_host_name);
	pthread_mutex_lock(&p->lock);
	snprintf(p->server_name, sizeof p->server_name, "%s",
	    name == NULL ? "" : name);
	p->secure++;
	pthread_mutex_unlock(&p->lock);
	return 0;
}

static inline int
peer_ehlo(struct peer_line *l)
{
	const char *o = l->peer->offers == NULL ? peer_all : l->peer->offers;
	struct buf b = BUF_INIT;
	int r;

	buf_addstr(&b, "250-peer.example");
	for (; *o != '\0'; o += strcspn(o, "\n"), o += *o == '\n')
		buf_addf(&b, "\r\n250-%.*s", (int)strcspn(o, "\n"), o);
	buf_addstr(&b, l->ssl == NULL && l->peer->tls != NULL ?
	    "\r\n250 STARTTLS" : "\r\n250 HELP");
	r = peer_answer(l, AT_EHLO, b.data);
	buf_free(&b);
	return r;
}

static inline int
peer_data(struct peer_line *l, struct buf *line)
{
	struct peer *p = l->peer;
	struct buf all = BUF_INIT;
	int r, troubled;

	while ((r = peer_line(l, line)) == 0 && strcmp(line->data, ".") != 0) {
		buf_add(&all, line->data, line->len);
		buf_addstr(&all, "\n");
	}
	pthread_mutex_lock(&p->lock);
	buf_add(&p->data, all.data, all.len);   /* cut off or not */
	pthread_mutex_unlock(&p->lock);
	if (r == 0) {
		troubled = peer_is_at(p, AT_END);
		pthread_mutex_lock(&p->lock);
		p->ahead += l->used < l->have;
		p->mails += !troubled;
		pthread_mutex_unlock(&p->lock);
		if (p->deaf)
			l->used = l->have;
		if (p->delay > 0)
			usleep((useconds_t)p->delay * 1000);
		r = peer_answer_now(l, troubled, "250 2.0.0 Thank you");
	}
	buf_free(&all);
	if (r >= 0 && ++l->mails == p->close_after) {
		(void)peer_say(l, "421 4.3.2 Enough");
		return -1;
	}
	return r;
}

static inline int
peer_careless(struct peer_line *l, struct buf *line)
{
	if (peer_say(l, "354 Go on") < 0 || peer_line(l, line) < 0)
		return -1;
	if (strcmp(line->data, ".") != 0)
		return -1;
	l->peer->careless++;
	return peer_say(l, "554 5.5.1 Nobody to give it to");
}

static inline int
peer_auth(struct peer_line *l, const char *arg, struct buf *line)
{
	int want = strcasecmp(arg, "LOGIN") == 0 ? 2 :
	    strcasecmp(arg, "PLAIN") == 0 ? 1 : 0;

	while (want-- > 0) {
		if (peer_say(l, "334 ") < 0 || peer_line(l, line) < 0)
			return -1;
		pthread_mutex_lock(&l->peer->lock);
		buf_addf(&l->peer->said, "%s\n", line->data);
		pthread_mutex_unlock(&l->peer->lock);
	}
	return peer_answer(l, AT_AUTH, "235 2.7.0 Welcome");
}

/* One command; STATE says whether MAIL and RCPT went well. */
static inline int
peer_command(struct peer_line *l, struct buf *line, int state[2])
{
	const char *c = line->data;
	int r;

	if (strncasecmp(c, "EHLO", 4) == 0)
		return peer_ehlo(l);
	if (strncasecmp(c, "HELO", 4) == 0)
		return peer_say(l, "250 peer.example");
	if (strcasecmp(c, "STARTTLS") == 0) {
		r = peer_answer(l, AT_STARTTLS, "220 Go on");
		return r < 0 || (r > 0 && strncmp(l->peer->text, "220", 3) != 0) ?
		    r : peer_handshake(l);
	}
	if (strncasecmp(c, "AUTH ", 5) == 0)
		return peer_auth(l, c + 5, line);
	if (strncasecmp(c, "RSET", 4) == 0) {
		state[0] = state[1] = 0;
		return peer_answer(l, AT_RSET, "250 2.0.0 Ok");
	}
	if (strncasecmp(c, "MAIL", 4) == 0) {
		if (state[0])
			return peer_say(l, "503 5.5.1 Nested MAIL");
		r = peer_answer(l, AT_MAIL, "250 2.1.0 Ok");
		state[0] = r == 0;
		return r;
	}
	if (strncasecmp(c, "RCPT", 4) == 0) {
		if (!state[0])
			return peer_say(l, "503 5.5.1 Need MAIL");
		r = peer_answer(l, AT_RCPT, "250 2.1.5 Ok");
		state[1] = r == 0;
		return r;
	}
	if (strncasecmp(c, "DATA", 4) == 0) {
		if (!state[1] && l->peer->careless)
			return peer_careless(l, line);
		if (!state[1])
			return peer_say(l, "503 5.5.1 Need RCPT");
		r = peer_answer(l, AT_DATA, "354 Go on");
		if (r == 0)
			r = peer_data(l, line);
		state[0] = state[1] = 0;
		return r;
	}
	l->peer->nonsense += strncasecmp(c, "QUIT", 4) != 0;
	(void)peer_say(l, strncasecmp(c, "QUIT", 4) == 0 ? "221 Bye" :
	    "500 5.5.2 What");
	return strncasecmp(c, "QUIT", 4) == 0 ? -1 : 0;
}

static inline void
peer_talk(struct peer_line *l)
{
	struct peer *p = l->peer;
	struct buf line = BUF_INIT;
	int state[2] = { 0, 0 };

	if (p->implicit && peer_handshake(l) < 0)
		goto out;
	if (p->max_connections > 0 && p->open > p->max_connections) {
		(void)peer_say(l, "421 4.7.0 Too many connections");
		goto out;
	}
	if (peer_answer(l, AT_GREETING, "220 peer.example ESMTP") < 0)
		goto out;
	while (peer_line(l, &line) == 0) {
		pthread_mutex_lock(&p->lock);
		buf_addf(&p->said, "%s\n", line.data);
		pthread_mutex_unlock(&p->lock);
		if (peer_command(l, &line, state) < 0)
			break;
	}
out:
	buf_free(&line);
}

static inline void *
peer_connection(void *arg)
{
	struct peer_line *l = arg;
	struct peer *p = l->peer;

	peer_talk(l);
	SSL_free(l->ssl);
	pthread_mutex_lock(&p->lock);
	p->open--;
	p->running--;
	pthread_mutex_unlock(&p->lock);
	close(l->fd);
	free(l);
	return NULL;
}

static inline void *
peer_main(void *arg)
{
	struct peer *p = arg;

	while (!p->stop) {
		struct pollfd wait = { .fd = p->fd, .events = POLLIN };
		struct peer_line *l;
		pthread_t thread;
		int fd, one = 1;

		if (poll(&wait, 1, 20) <= 0)
			continue;
		fd = accept4(p->fd, NULL, NULL, SOCK_CLOEXEC);
		if (fd < 0)
			continue;
		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
		l = mem_alloc(sizeof *l);
		l->peer = p;
		l->fd = fd;
		pthread_mutex_lock(&p->lock);
		p->connections++;
		p->running++;
		if (++p->open > p->open_most)
			p->open_most = p->open;
		pthread_mutex_unlock(&p->lock);
		if (pthread_create(&thread, NULL, peer_connection, l) != 0)
			abort();
		pthread_detach(thread);
	}
	return NULL;
}

/* A socket that listens at a free port of loopback. */
static inline int
peer_listen(int *port_out)
{
	struct sockaddr_in a = { .sin_family = AF_INET,
	    .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof a;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || bind(fd, (struct sockaddr *)&a, sizeof a) < 0 ||
	    listen(fd, 64) < 0 ||
	    getsockname(fd, (struct sockaddr *)&a, &len) < 0)
		abort();
	*port_out = ntohs(a.sin_port);
	return fd;
}

static inline void
peer_start(struct peer *p)
{
	pthread_mutex_init(&p->lock, NULL);
	buf_init(&p->said);
	buf_init(&p->data);
	p->fd = peer_listen(&p->port);
	if (pthread_create(&p->thread, NULL, peer_main, p) != 0)
		abort();
}

static inline void
peer_stop(struct peer *p)
{
	int running;

	p->stop = 1;
	pthread_join(p->thread, NULL);
	do {
		pthread_mutex_lock(&p->lock);
		running = p->running;
		pthread_mutex_unlock(&p->lock);
		if (running > 0)
			usleep(5000);
	} while (running > 0);
	close(p->fd);
	buf_free(&p->said);
	buf_free(&p->data);
	pthread_mutex_destroy(&p->lock);
}

/* ---- certificates ------------------------------------------------------- */

struct peer_identity {
	X509 *cert;
	EVP_PKEY *key;
};

static inline void
peer_extension(X509 *cert, X509 *issuer, int nid, const char *value)
{
	X509V3_CTX ctx;
	X509_EXTENSION *e;

	X509V3_set_ctx_nodb(&ctx);
	X509V3_set_ctx(&ctx, issuer, cert, NULL, NULL, 0);
	e = X509V3_EXT_conf_nid(NULL, &ctx, nid, value);
	if (e == NULL)
		abort();
	X509_add_ext(cert, e, -1);
	X509_EXTENSION_free(e);
}

/* SAN NULL: an authority.  ISSUER NULL: signed by itself. */
static inline struct peer_identity
peer_identity(const char *san, const struct peer_identity *issuer, long from,
    long until)
{
	static long serial = 1;
	struct peer_identity id = { X509_new(), EVP_EC_gen("P-256") };
	X509_NAME *name = X509_get_subject_name(id.cert);

	ASN1_INTEGER_set(X509_get_serialNumber(id.cert), serial++);
	X509_set_version(id.cert, 2);
	X509_gmtime_adj(X509_getm_notBefore(id.cert), from);
	X509_gmtime_adj(X509_getm_notAfter(id.cert), until);
	X509_set_pubkey(id.cert, id.key);
	X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
	    (const unsigned char *)(san == NULL ? "Test CA" : "peer"), -1, -1, 0);
	X509_set_issuer_name(id.cert, issuer == NULL ? name :
	    X509_get_subject_name(issuer->cert));
	peer_extension(id.cert, issuer == NULL ? id.cert : issuer->cert,
	    NID_basic_constraints, san == NULL ? "critical,CA:TRUE" : "CA:FALSE");
	if (san != NULL)
		peer_extension(id.cert, id.cert, NID_subject_alt_name, san);
	if (X509_sign(id.cert, issuer == NULL ? id.key : issuer->key,
	    EVP_sha256()) == 0)
		abort();
	return id;
}

static inline void
peer_identity_free(struct peer_identity *id)
{
	X509_free(id->cert);
	EVP_PKEY_free(id->key);
}

static inline SSL_CTX *
peer_tls(const struct peer_identity *id)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());

	if (ctx == NULL || SSL_CTX_use_certificate(ctx, id->cert) != 1 ||
	    SSL_CTX_use_PrivateKey(ctx, id->key) != 1)
		abort();
	return ctx;
}

#endif
