/* SPDX-License-Identifier: ISC */
#include <sys/socket.h>
#include <sys/stat.h>

#include <arpa/inet.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "delivery/smtp.h"
#include "delivery/stream.h"

#define PASSWORD_MAX 4096

/* HOST[:PORT] or [ADDRESS][:PORT], perhaps with a slash at the end. */
static enum status
parse_host(struct smtp_relay *relay, const char *url, const char *at,
    struct reason *why)
{
	int bracket = *at == '[';
	const char *name = at + bracket, *rest;
	size_t host = strcspn(name, bracket ? "]" : ":/@[]"), port;
	long number;

	rest = name + host;
	if (bracket && *rest == ']')
		rest++;
	else if (bracket)
		host = 0;
	relay->host = mem_strndup(name, host);
	if (*rest == ':') {
		port = strspn(++rest, "0123456789");
		free(relay->port);
		relay->port = mem_strndup(rest, port);
		rest += port;
	}
	number = strlen(relay->port) > 5 ? 0 : strtol(relay->port, NULL, 10);
	if (host > 0 && host < 256 && number > 0 && number < 65536 &&
	    (*rest == '\0' || strcmp(rest, "/") == 0))
		return OK;
	return fail(why, INVALID, "delivery.relay \"%s\" is not of the form "
	    "smtp://host:port, smtps://host:port or maildir:DIR%s", url,
	    strchr(at, '@') == NULL ? "" :
	    " (a user goes into delivery.user, its password into password_file)");
}

static enum status
parse_url(struct smtp_relay *relay, const char *url, struct reason *why)
{
	if (strncasecmp(url, "smtps://", 8) == 0) {
		relay->tls = SMTP_TLS_IMPLICIT;
		relay->port = mem_strdup("465");
		return parse_host(relay, url, url + 8, why);
	}
	relay->port = mem_strdup("25");
	if (strncasecmp(url, "smtp://", 7) == 0)
		return parse_host(relay, url, url + 7, why);
	return fail(why, INVALID, "delivery.relay \"%s\" should begin with "
	    "smtp://, smtps:// or maildir:", url);
}

static int
is_loopback(const struct sockaddr_storage *a)
{
	const struct sockaddr_in *four = (const struct sockaddr_in *)a;
	const struct sockaddr_in6 *six = (const struct sockaddr_in6 *)a;

	if (a->ss_family == AF_INET)
		return ntohl(four->sin_addr.s_addr) >> 24 == 127;
	return IN6_IS_ADDR_LOOPBACK(&six->sin6_addr);
}

static enum status
resolve(struct smtp_relay *relay, struct reason *why)
{
	const struct addrinfo hints = { .ai_socktype = SOCK_STREAM };
	struct addrinfo *list = NULL, *a;
	size_t n = 0;
	int e = getaddrinfo(relay->host, relay->port, &hints, &list);

	if (e != 0)
		return fail(why, TEMPFAIL, "delivery.relay: the address of %s "
		    "cannot be found: %s", relay->host, gai_strerror(e));
	for (a = list; a != NULL; a = a->ai_next)
		n++;
	relay->addresses = mem_realloc(NULL, n, sizeof *relay->addresses);
	relay->loopback = 1;
	for (a = list; a != NULL; a = a->ai_next) {
		struct sockaddr_storage *to = &relay->addresses[relay->address_count];

		if (a->ai_family != AF_INET && a->ai_family != AF_INET6)
			continue;
		memset(to, 0, sizeof *to);
		memcpy(to, a->ai_addr, a->ai_addrlen);
		relay->loopback &= is_loopback(to);
		relay->address_count++;
	}
	freeaddrinfo(list);
	if (relay->address_count > 0)
		return OK;
	return fail(why, INVALID, "delivery.relay: %s has no address that can "
	    "be used", relay->host);
}

/* What is to be done about TLS, and then whom to trust for it. */
static enum status
choose_tls(struct smtp_relay *relay, const char *tls, const char *ca_file,
    struct reason *why)
{
	int implicit = relay->tls == SMTP_TLS_IMPLICIT;
	enum smtp_tls wish;

	if (tls == NULL)
		tls = relay->loopback ? "may" : "require";
	if (strcmp(tls, "may") == 0)
		wish = SMTP_TLS_MAY;
	else if (strcmp(tls, "require") == 0)
		wish = SMTP_TLS_REQUIRE;
	else if (strcmp(tls, "off") != 0)
		return fail(why, INVALID, "delivery.tls \"%s\" should be "
		    "\"may\", \"require\" or \"off\"", tls);
	else if (implicit)
		return fail(why, INVALID, "delivery.tls is \"off\", but smtps:// "
		    "is TLS from the start: change one of them");
	else {
		relay->tls = SMTP_TLS_OFF;
		return OK;
	}
	if (!implicit)
		relay->tls = wish;
	relay->verify = !relay->loopback || wish == SMTP_TLS_REQUIRE;
	return tls_trust_new(&relay->trust, ca_file, relay->verify, why);
}

/* The first line of the file. */
static enum status
read_password(struct smtp_relay *relay, const char *path, struct reason *why)
{
	char text[PASSWORD_MAX + 1] = "";
	struct stat sb;
	ssize_t n = -1;
	enum status st = OK;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);

	if (fd < 0 || fstat(fd, &sb) < 0) {
		st = fail_errno(why, DENIED, "%s: cannot open "
		    "(delivery.password_file)", path);
		goto out;
	}
	if ((sb.st_mode & S_IRWXO) != 0) {
		st = fail(why, DENIED, "%s: others may read the password: "
		    "chmod o= %s", path, path);
		goto out;
	}
	n = read(fd, text, PASSWORD_MAX);
	if (n < 0) {
		st = fail_errno(why, DENIED, "%s: cannot read "
		    "(delivery.password_file)", path);
		goto out;
	}
	text[strcspn(text, "\r\n")] = '\0';
	relay->password = mem_strdup(text);
	if (text[0] == '\0')
		st = fail(why, INVALID, "%s: the first line should be the "
		    "password, but is empty", path);
out:
	explicit_bzero(text, sizeof text);
	if (fd >= 0)
		(void)close(fd);
	return st;
}

static enum status
read_login(struct smtp_relay *relay, const char *user, const char *file,
    struct reason *why)
{
	if (user == NULL && file == NULL)
		return OK;
	if (user == NULL || file == NULL)
		return fail(why, INVALID, "delivery.user and "
		    "delivery.password_file belong together: %s is missing",
		    user == NULL ? "user" : "password_file");
	if (relay->tls == SMTP_TLS_OFF && !relay->loopback)
		return fail(why, INVALID, "delivery.tls is \"off\": the password "
		    "would cross the network in the clear; use \"require\"");
	relay->user = mem_strdup(user);
	return read_password(relay, file, why);
}

/* One word of printable ASCII, as it becomes part of a command. */
static enum status
set_helo(struct smtp_relay *relay, const char *helo, struct reason *why)
{
	size_t i, len = helo == NULL ? 0 : strlen(helo);

	for (i = 0; i < len; i++) {
		if (helo[i] <= ' ' || helo[i] > '~')
			break;
	}
	if (len == 0 || len > 255 || i < len)
		return fail(why, INVALID, "delivery.helo has to be a host name "
		    "(of ASCII letters: xn--... for others)");
	relay->helo = mem_strdup(helo);
	return OK;
}

enum status
smtp_relay_new(struct smtp_relay **out, const char *url, const char *tls,
    const char *ca_file, const char *user, const char *password_file,
    int timeout, const char *helo, struct reason *why)
{
	struct smtp_relay *relay = mem_alloc(sizeof *relay);
	enum status st;

	relay->cancel_fd = -1;
	relay->timeout = timeout;
	st = parse_url(relay, url, why);
	if (st == OK)
		st = set_helo(relay, helo, why);
	if (st == OK)
		st = resolve(relay, why);
	if (st == OK)
		st = choose_tls(relay, tls, ca_file, why);
	if (st == OK)
		st = read_login(relay, user, password_file, why);
	if (st != OK)
		smtp_relay_free(&relay);
	*out = relay;
	return st;
}

void
smtp_relay_free(struct smtp_relay **p)
{
	struct smtp_relay *relay = *p;

	if (relay == NULL)
		return;
	if (relay->password != NULL)
		explicit_bzero(relay->password, strlen(relay->password));
	tls_trust_free(&relay->trust);
	free(relay->host);
	free(relay->port);
	free(relay->addresses);
	free(relay->user);
	free(relay->password);
	free(relay->helo);
	free(relay);
	*p = NULL;
}

int
smtp_relay_port(const struct smtp_relay *relay)
{
	return (int)strtol(relay->port, NULL, 10);
}
