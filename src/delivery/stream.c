/* SPDX-License-Identifier: ISC */
#include <sys/socket.h>

#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <libetpan/mailstream.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include "base/buf.h"
#include "base/clock.h"
#include "delivery/stream.h"

struct tls_trust {
	SSL_CTX *ctx;
	int verify;
};

struct stream {
	int fd, cancel_fd;
	int64_t deadline;       /* clock_tick */
	size_t octets;          /* may still come before the next stream_allow */
	SSL *tls;
	int dead;               /* said once, true for ever */
};

/* ---- trust -------------------------------------------------------------- */

/* Every certificate in DIR, now: OpenSSL would open them one by one at each
 * handshake, which the sandbox forbids. */
static int
load_folder(X509_STORE *store, const char *dir)
{
	int n = 0;
	struct dirent *entry;
	DIR *d = opendir(dir);

	if (d == NULL)
		return 0;
	while ((entry = readdir(d)) != NULL) {
		char *path;

		if (entry->d_name[0] == '.')
			continue;
		path = mem_printf("%s/%s", dir, entry->d_name);
		n += X509_STORE_load_file(store, path) == 1;
		free(path);
	}
	(void)closedir(d);
	ERR_clear_error();
	return n;
}

static enum status
load_system(X509_STORE *store, struct reason *why)
{
	const char *const files[] = {
		X509_get_default_cert_file(),
		"/etc/ssl/certs/ca-certificates.crt",
		"/etc/pki/tls/certs/ca-bundle.crt",
		"/etc/ssl/cert.pem",
	};
	size_t i;

	for (i = 0; i < sizeof files / sizeof files[0]; i++) {
		if (access(files[i], R_OK) == 0 &&
		    X509_STORE_load_file(store, files[i]) == 1)
			return OK;
	}
	ERR_clear_error();
	if (load_folder(store, X509_get_default_cert_dir()) > 0)
		return OK;
	return fail(why, NOT_FOUND, "there are no certificates to check the "
	    "relay's against: install the package ca-certificates, or name a "
	    "file in delivery.ca_file");
}

static enum status
load_trust(struct tls_trust *trust, const char *ca_file, struct reason *why)
{
	X509_STORE *store = SSL_CTX_get_cert_store(trust->ctx);

	if (!trust->verify)
		return OK;
	if (ca_file == NULL)
		return load_system(store, why);
	if (X509_STORE_load_file(store, ca_file) == 1)
		return OK;
	ERR_clear_error();
	return fail(why, INVALID, "%s: no certificate can be read from this file "
	    "(delivery.ca_file wants one or more in PEM)", ca_file);
}

enum status
tls_trust_new(struct tls_trust **out, const char *ca_file, int verify,
    struct reason *why)
{
	struct tls_trust *trust = mem_alloc(sizeof *trust);
	enum status st;

	*out = NULL;
	trust->verify = verify;
	trust->ctx = SSL_CTX_new(TLS_client_method());
	if (trust->ctx == NULL ||
	    !SSL_CTX_set_min_proto_version(trust->ctx, TLS1_2_VERSION)) {
		st = fail(why, INVALID, "OpenSSL offers no TLS 1.2: look at "
		    "its configuration file");
		goto out;
	}
	(void)SSL_CTX_set_options(trust->ctx, SSL_OP_NO_RENEGOTIATION |
	    SSL_OP_NO_COMPRESSION);
	(void)SSL_CTX_set_mode(trust->ctx, SSL_MODE_ENABLE_PARTIAL_WRITE |
	    SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_RELEASE_BUFFERS);
	SSL_CTX_set_verify(trust->ctx, verify ? SSL_VERIFY_PEER : SSL_VERIFY_NONE,
	    NULL);
	st = load_trust(trust, ca_file, why);
out:
	if (st != OK)
		tls_trust_free(&trust);
	*out = trust;
	return st;
}

void
tls_trust_free(struct tls_trust **p)
{
	if (*p == NULL)
		return;
	SSL_CTX_free((*p)->ctx);
	free(*p);
	*p = NULL;
}

/* ---- waiting ------------------------------------------------------------ */

/* Until the socket is ready for EVENTS: 0; or -1 when the deadline has passed
 * or somebody wants us to stop. */
static int
wait_for(struct stream *s, short events)
{
	struct pollfd p[2] = {
		{ .fd = s->fd, .events = events },
		{ .fd = s->cancel_fd, .events = POLLIN },
	};

	while (!s->dead) {
		int64_t left = s->deadline - clock_tick();
		int n;

		if (left <= 0)
			break;
		n = poll(p, 2, left > INT_MAX ? INT_MAX : (int)left);
		if (n < 0 && errno != EINTR)
			break;
		if (p[1].revents != 0)
			break;
		if (n > 0 && p[0].revents != 0)
			return 0;
	}
	s->dead = 1;
	return -1;
}

/* After a TLS call that gave N: 0 to do it again, -1 when it is over. */
static int
wait_tls(struct stream *s, int n)
{
	switch (SSL_get_error(s->tls, n)) {
	case SSL_ERROR_WANT_READ:
		return wait_for(s, POLLIN);
	case SSL_ERROR_WANT_WRITE:
		return wait_for(s, POLLOUT);
	default:
		s->dead = 1;
		return -1;
	}
}

/* ---- the driver --------------------------------------------------------- */

static ssize_t
receive_plain(struct stream *s, void *buf, size_t size)
{
	for (;;) {
		ssize_t n;

		/* There is seldom anything yet: we have just sent a command. */
		if (wait_for(s, POLLIN) < 0)
			return -1;
		n = recv(s->fd, buf, size, MSG_DONTWAIT);
		if (n >= 0 || (errno != EAGAIN && errno != EINTR))
			return n;
	}
}

static ssize_t
receive_tls(struct stream *s, void *buf, size_t size)
{
	for (;;) {
		int n;

		ERR_clear_error();
		n = SSL_read(s->tls, buf, size > INT_MAX ? INT_MAX : (int)size);
		if (n > 0)
			return n;
		if (wait_tls(s, n) < 0)
			return -1;
	}
}

static ssize_t
driver_read(mailstream_low *low, void *buf, size_t size)
{
	struct stream *s = low->data;
	ssize_t n = -1;

	if (size > s->octets)
		size = s->octets;
	if (!s->dead && size > 0)
		n = s->tls != NULL ? receive_tls(s, buf, size) :
		    receive_plain(s, buf, size);
	if (n <= 0) {
		/* libetpan would ask for ever on 0. */
		s->dead = 1;
		return -1;
	}
	s->octets -= (size_t)n;
	return n;
}

static ssize_t
send_plain(struct stream *s, const void *buf, size_t size)
{
	for (;;) {
		ssize_t n = send(s->fd, buf, size, MSG_DONTWAIT | MSG_NOSIGNAL);

		if (n >= 0 || (errno != EAGAIN && errno != EINTR))
			return n;
		if (errno == EAGAIN && wait_for(s, POLLOUT) < 0)
			return -1;
	}
}

static ssize_t
send_tls(struct stream *s, const void *buf, size_t size)
{
	for (;;) {
		int n;

		ERR_clear_error();
		n = SSL_write(s->tls, buf, size > INT_MAX ? INT_MAX : (int)size);
		if (n > 0)
			return n;
		if (wait_tls(s, n) < 0)
			return -1;
	}
}

static ssize_t
driver_write(mailstream_low *low, const void *buf, size_t size)
{
	struct stream *s = low->data;
	ssize_t n = -1;

	/* A peer that takes one octet at a time is always ready. */
	if (!s->dead && clock_tick() < s->deadline)
		n = s->tls != NULL ? send_tls(s, buf, size) :
		    send_plain(s, buf, size);
	if (n < 0)
		s->dead = 1;
	return n;
}

static int
driver_close(mailstream_low *low)
{
	struct stream *s = low->data;

	if (s->tls != NULL && !s->dead) {
		ERR_clear_error();
		(void)SSL_shutdown(s->tls);     /* a word of farewell, no wait */
	}
	return 0;
}

static int
driver_fd(mailstream_low *low)
{
	const struct stream *s = low->data;

	return s->fd;
}

static void
driver_free(mailstream_low *low)
{
	struct stream *s = low->data;

	stream_free(&s);
	free(low);
}

static mailstream_low_driver driver = {
	.mailstream_read = driver_read,
	.mailstream_write = driver_write,
	.mailstream_close = driver_close,
	.mailstream_get_fd = driver_fd,
	.mailstream_free = driver_free,
};

/* ---- life --------------------------------------------------------------- */

static socklen_t
address_size(const struct sockaddr_storage *a)
{
	return a->ss_family == AF_INET6 ? sizeof(struct sockaddr_in6) :
	    sizeof(struct sockaddr_in);
}

/* One address: 0, or -1 with errno. */
static int
try_address(struct stream *s, const struct sockaddr_storage *a)
{
	int one = 1, error = 0;
	socklen_t len = sizeof error;

	s->dead = 0;
	s->fd = socket(a->ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (s->fd < 0)
		return -1;
	/* Only for speed: mail goes through without it. */
	(void)setsockopt(s->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
	if (connect(s->fd, (const struct sockaddr *)a, address_size(a)) == 0)
		return 0;
	if (errno != EINPROGRESS && errno != EINTR)
		return -1;
	if (wait_for(s, POLLOUT) < 0) {
		errno = ETIMEDOUT;
		return -1;
	}
	if (getsockopt(s->fd, SOL_SOCKET, SO_ERROR, &error, &len) < 0)
		return -1;
	errno = error;
	return error == 0 ? 0 : -1;
}

enum status
stream_connect(struct stream **out, const struct sockaddr_storage *addresses,
    size_t count, int cancel_fd, int64_t deadline, struct reason *why)
{
	struct stream *s = mem_alloc(sizeof *s);
	int64_t now = clock_tick();
	size_t i;

	s->fd = -1;
	s->cancel_fd = cancel_fd;
	errno = EHOSTUNREACH;
	for (i = 0; i < count; i++) {
		/* A dead address must not use up the time of the others. */
		s->deadline = now + (deadline - now) * (int64_t)(i + 1) /
		    (int64_t)count;
		if (try_address(s, &addresses[i]) == 0) {
			*out = s;
			return OK;
		}
		if (s->fd >= 0) {
			int saved = errno;

			(void)close(s->fd);
			errno = saved;
		}
		s->fd = -1;
	}
	*out = NULL;
	free(s);
	return fail_errno(why, TEMPFAIL, "cannot connect");
}

mailstream *
stream_buffered(struct stream *s, size_t size)
{
	mailstream_low *low = mailstream_low_new(s, &driver);
	mailstream *buffered = low == NULL ? NULL : mailstream_new(low, size);

	if (buffered == NULL)
		abort();        /* out of memory, as everywhere */
	return buffered;
}

void
stream_free(struct stream **p)
{
	struct stream *s = *p;

	if (s == NULL)
		return;
	SSL_free(s->tls);
	if (s->fd >= 0)
		(void)close(s->fd);
	free(s);
	*p = NULL;
}

void
stream_allow(struct stream *s, int64_t deadline, size_t octets)
{
	s->deadline = deadline;
	s->octets = octets;
}

/* ---- TLS ---------------------------------------------------------------- */

static int
is_ip(const char *host)
{
	unsigned char address[sizeof(struct in6_addr)];

	return inet_pton(AF_INET, host, address) == 1 ||
	    inet_pton(AF_INET6, host, address) == 1;
}

/* Whom we want to talk to: asked for, and to be found in the certificate. */
static int
name_host(SSL *tls, const char *host)
{
	if (is_ip(host))
		return X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(tls), host);
	SSL_set_hostflags(tls, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
	return SSL_set1_host(tls, host) == 1 &&
	    SSL_set_tlsext_host_name(tls, host) == 1;
}

enum status
stream_tls(struct stream *s, const struct tls_trust *trust, const char *host,
    struct reason *why)
{
	long verdict;
	int n;

	ERR_clear_error();
	s->tls = SSL_new(trust->ctx);
	if (s->tls == NULL || !name_host(s->tls, host) ||
	    !SSL_set_fd(s->tls, s->fd)) {
		s->dead = 1;
		return fail(why, TEMPFAIL, "TLS cannot be set up for this name");
	}
	do {
		ERR_clear_error();
		n = SSL_connect(s->tls);
	} while (n != 1 && wait_tls(s, n) == 0);
	verdict = SSL_get_verify_result(s->tls);
	if (trust->verify && verdict != X509_V_OK) {
		s->dead = 1;
		return fail(why, DENIED, "its certificate is not believed (%s): "
		    "the name has to match, and delivery.ca_file to hold who "
		    "signed it", X509_verify_cert_error_string(verdict));
	}
	if (n != 1)
		return fail(why, TEMPFAIL, "the TLS handshake failed");
	return OK;
}

int
stream_is_tls(const struct stream *s)
{
	return s->tls != NULL;
}

int
stream_is_quiet(struct stream *s)
{
	char c;
	ssize_t n;

	if (s->dead)
		return 0;
	if (s->tls != NULL) {
		ERR_clear_error();
		n = SSL_peek(s->tls, &c, 1);
		return n <= 0 && SSL_get_error(s->tls, (int)n) ==
		    SSL_ERROR_WANT_READ;
	}
	n = recv(s->fd, &c, 1, MSG_PEEK | MSG_DONTWAIT);
	return n < 0 && (errno == EAGAIN || errno == EINTR);
}
