/* SPDX-License-Identifier: ISC */
#include <microhttpd.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

#include "base/buf.h"
#include "base/clock.h"
#include "message/visit.h"
#include "web/server.h"

#define POOL (16u << 10)        /* of one connection, for all its headers */
#define FIELD_ROOM 1024         /* of the reader of forms */
#define VALUE_MAX VISIT_TEXT
#define LANGUAGE_MAX 8
#define SWEEP 1000              /* ms */
#define LIFE_FACTOR 2           /* idle seconds a whole request may take */

/* One open connection; in the list from its start to its end. */
struct line {
	struct MHD_Connection *connection;
	struct line *next, **back;
	int64_t since;                  /* start, or end of the last request */
	bool asking;                    /* the keeper is being asked */
};

struct server {
	struct MHD_Daemon *daemon;
	struct server_setup setup;
	char *prefix;                   /* path of the base URL */
	struct line *lines;
	int64_t life, sweep_at;         /* ms; tick */
};

struct request {
	struct server *server;
	struct MHD_Connection *connection;
	struct line *line;
	struct path path;
	char language[LANGUAGE_MAX + 1];
	struct MHD_PostProcessor *form;         /* NULL: no form came */
	size_t body;                            /* octets so far */
	char value[VALUE_MAX + 1];              /* of the field "sign" */
	char text[VALUE_MAX + 1];               /* of the field "text" */
	bool post, too_large, suspended, in_call;
	unsigned status;                        /* 0: not answered yet */
	enum server_type type;
	struct buf answer;
};

/* ---- answers ----------------------------------------------------------------- */

static const struct {
	const char *name, *value;
} every_header[] = {
	{ "Content-Security-Policy", "default-src 'none'; style-src 'self'; "
	    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'" },
	{ "Referrer-Policy", "no-referrer" },
	{ "X-Content-Type-Options", "nosniff" },
	{ "X-Frame-Options", "DENY" },
	{ "X-Robots-Tag", "noindex, nofollow" },
	{ "Cross-Origin-Opener-Policy", "same-origin" },
	{ "Cross-Origin-Resource-Policy", "same-origin" },
	{ "Permissions-Policy", "interest-cohort=()" },
};

static const struct {
	const char *type, *cache;
} types[] = {
	[SERVER_HTML] = { "text/html; charset=utf-8", "no-store" },
	[SERVER_TEXT] = { "text/plain; charset=utf-8", "no-store" },
	[SERVER_STYLE] = { "text/css; charset=utf-8", "public, max-age=3600" },
	[SERVER_FIGURES] = { "text/plain; version=0.0.4; charset=utf-8",
	    "no-store" },
};

static bool
takes_post(const struct path *path)
{
	return path->kind == PATH_SIGN || path->kind == PATH_STOP;
}

static enum MHD_Result
respond(struct MHD_Connection *connection, const struct path *path,
    unsigned status, enum server_type type, const char *body, size_t len)
{
	struct MHD_Response *r = MHD_create_response_from_buffer(len,
	    (void *)(uintptr_t)body, MHD_RESPMEM_MUST_COPY);
	enum MHD_Result rc = MHD_YES;
	size_t i;

	if (r == NULL)
		return MHD_NO;
	for (i = 0; i < sizeof every_header / sizeof every_header[0]; i++)
		rc &= MHD_add_response_header(r, every_header[i].name,
		    every_header[i].value);
	rc &= MHD_add_response_header(r, "Cache-Control", types[type].cache);
	if (len > 0)
		rc &= MHD_add_response_header(r, "Content-Type",
		    types[type].type);
	if (status == MHD_HTTP_METHOD_NOT_ALLOWED ||
	    status == MHD_HTTP_NO_CONTENT)
		rc &= MHD_add_response_header(r, "Allow", takes_post(path) ?
		    "GET, HEAD, OPTIONS, POST" : "GET, HEAD, OPTIONS");
	if (status == MHD_HTTP_BAD_REQUEST)
		rc &= MHD_add_response_header(r, "Connection", "close");
	if (status == MHD_HTTP_SERVICE_UNAVAILABLE)
		rc &= MHD_add_response_header(r, "Retry-After", "30");
	if (rc == MHD_YES)
		rc = MHD_queue_response(connection, status, r);
	MHD_destroy_response(r);
	return rc;
}

static enum MHD_Result
refuse(struct MHD_Connection *connection, const struct path *path,
    unsigned status, const char *words)
{
	return respond(connection, path, status, SERVER_TEXT, words,
	    strlen(words));
}

void
server_answer(struct request *rq, unsigned status, enum server_type type,
    struct buf *body)
{
	rq->status = status;
	rq->type = type;
	rq->answer = *body;
	buf_init(body);
	rq->line->asking = false;
	if (rq->suspended) {
		rq->suspended = false;
		MHD_resume_connection(rq->connection);
	}
}

/* ---- what a request says -------------------------------------------------------- */

struct server *
request_server(const struct request *rq)
{
	return rq->server;
}

const struct path *
request_path(const struct request *rq)
{
	return &rq->path;
}

/* Stopping must work from any mail program's button, whatever its body is
 * (RFC 8058); signing takes our own form. */
bool
request_is_press(const struct request *rq)
{
	return rq->post && (rq->path.kind == PATH_STOP ||
	    (rq->path.kind == PATH_SIGN && strcmp(rq->value, "yes") == 0));
}

const char *
request_text(const struct request *rq)
{
	return rq->path.kind == PATH_SIGN && visit_is_text(rq->text) ?
	    rq->text : NULL;
}

const char *
request_language(const struct request *rq)
{
	return rq->language[0] == '\0' ? NULL : rq->language;
}

const char *
request_accepts(const struct request *rq)
{
	return MHD_lookup_connection_value(rq->connection, MHD_HEADER_KIND,
	    "Accept-Language");
}

static void
take_language(struct request *rq)
{
	const char *l = MHD_lookup_connection_value(rq->connection,
	    MHD_GET_ARGUMENT_KIND, "l");
	size_t len = l == NULL ? 0 : strlen(l);

	if (len > 0 && len <= LANGUAGE_MAX &&
	    strspn(l, "abcdefghijklmnopqrstuvwxyz") == len)
		memcpy(rq->language, l, len + 1);
}

static enum MHD_Result
take_field(void *arg, enum MHD_ValueKind kind, const char *key,
    const char *filename, const char *content_type, const char *encoding,
    const char *data, uint64_t off, size_t size)
{
	struct request *rq = arg;
	char *into = strcmp(key, "sign") == 0 ? rq->value :
	    strcmp(key, "text") == 0 ? rq->text : NULL;

	(void)kind;
	(void)filename;
	(void)content_type;
	(void)encoding;
	if (into != NULL && off + size <= VALUE_MAX) {
		memcpy(into + off, data, size);
		into[off + size] = '\0';
	}
	return MHD_YES;
}

static void
take_body(struct request *rq, const char *data, size_t len)
{
	rq->body += len;
	if (rq->body > SERVER_BODY_MAX)
		rq->too_large = true;
	else if (rq->form != NULL)
		(void)MHD_post_process(rq->form, data, len);
}

/* ---- the life of a request --------------------------------------------------------- */

static bool
says_too_much(struct MHD_Connection *connection)
{
	const char *length = MHD_lookup_connection_value(connection,
	    MHD_HEADER_KIND, "Content-Length");

	return length != NULL && strtoull(length, NULL, 10) > SERVER_BODY_MAX;
}

static bool
head_too_large(struct MHD_Connection *connection)
{
	const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection,
	    MHD_CONNECTION_INFO_REQUEST_HEADER_SIZE);

	return info == NULL || info->header_size > SERVER_HEAD_MAX;
}

struct framing {
	unsigned lengths, codings;
};

static enum MHD_Result
note_framing(void *arg, enum MHD_ValueKind kind, const char *key,
    const char *value)
{
	struct framing *f = arg;

	(void)kind;
	(void)value;
	f->lengths += strcasecmp(key, "Content-Length") == 0;
	f->codings += strcasecmp(key, "Transfer-Encoding") == 0;
	return MHD_YES;
}

/* A request whose end can be read in two ways hides another one from a proxy
 * that reads it in the other way (RFC 9112 sections 6.1 and 6.3). */
static bool
is_ambiguous(struct MHD_Connection *connection, const char *version)
{
	struct framing f = { 0, 0 };

	(void)MHD_get_connection_values(connection, MHD_HEADER_KIND,
	    note_framing, &f);
	return f.lengths + f.codings > 1 ||
	    (f.codings > 0 && strcmp(version, "HTTP/1.1") != 0);
}

/* What is answered without a body's being read. */
static bool
answered_at_once(struct MHD_Connection *connection, const char *method,
    const char *version, const struct path *path, enum MHD_Result *rc)
{
	bool get = strcmp(method, "GET") == 0 || strcmp(method, "HEAD") == 0;
	bool post = strcmp(method, "POST") == 0 && takes_post(path);

	if (is_ambiguous(connection, version))
		*rc = refuse(connection, path, MHD_HTTP_BAD_REQUEST,
		    "This request can be read in two ways.\n");
	else if (head_too_large(connection))
		*rc = refuse(connection, path,
		    MHD_HTTP_REQUEST_HEADER_FIELDS_TOO_LARGE,
		    "Too long a request.\n");
	else if (strcmp(method, "OPTIONS") == 0)
		*rc = refuse(connection, path, MHD_HTTP_NO_CONTENT, "");
	else if (!get && !post)
		*rc = refuse(connection, path, MHD_HTTP_METHOD_NOT_ALLOWED,
		    "This cannot be done here.\n");
	else if (says_too_much(connection))
		*rc = refuse(connection, path, MHD_HTTP_CONTENT_TOO_LARGE,
		    "Too much.\n");
	else
		return false;
	return true;
}

static struct line *
line_of(struct MHD_Connection *connection)
{
	const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection,
	    MHD_CONNECTION_INFO_SOCKET_CONTEXT);

	return info == NULL ? NULL : info->socket_context;
}

static struct request *
request_new(struct server *s, struct MHD_Connection *connection,
    const char *method, const struct path *path)
{
	struct request *rq = mem_alloc(sizeof *rq);

	rq->server = s;
	rq->connection = connection;
	rq->line = line_of(connection);
	rq->path = *path;
	rq->post = strcmp(method, "POST") == 0;
	buf_init(&rq->answer);
	take_language(rq);
	if (rq->post)           /* NULL for a type that is no form */
		rq->form = MHD_create_post_processor(connection, FIELD_ROOM,
		    take_field, rq);
	return rq;
}

static void
path_of(const struct server *s, const char *url, struct path *out)
{
	path_parse(out, s->prefix, url);
	if ((out->kind == PATH_METRICS) != (s->setup.base_url == NULL))
		memset(out, 0, sizeof *out);
}

static enum MHD_Result
begin(struct server *s, struct MHD_Connection *connection, const char *url,
    const char *method, const char *version, void **context)
{
	enum MHD_Result rc;
	struct path path;

	path_of(s, url, &path);
	if (!answered_at_once(connection, method, version, &path, &rc)) {
		*context = request_new(s, connection, method, &path);
		rc = MHD_YES;
	}
	return rc;
}

/* Ask; the answer is there at once, or the connection sleeps until it is. */
static enum MHD_Result
finish(struct request *rq)
{
	if (rq->too_large)
		return refuse(rq->connection, &rq->path,
		    MHD_HTTP_CONTENT_TOO_LARGE, "Too much.\n");
	if (rq->status == 0) {
		rq->line->asking = true;
		rq->server->setup.asked(rq->server->setup.arg, rq);
	}
	if (rq->status == 0) {
		rq->suspended = true;
		MHD_suspend_connection(rq->connection);
		return MHD_YES;
	}
	return respond(rq->connection, &rq->path, rq->status, rq->type,
	    rq->answer.data, rq->answer.len);
}

static enum MHD_Result
handle(void *arg, struct MHD_Connection *connection, const char *url,
    const char *method, const char *version, const char *data, size_t *len,
    void **context)
{
	struct request *rq = *context;

	if (rq == NULL)
		return begin(arg, connection, url, method, version, context);
	if (*len > 0) {
		take_body(rq, data, *len);
		*len = 0;
		return MHD_YES;
	}
	return finish(rq);
}

static void
completed(void *arg, struct MHD_Connection *connection, void **context,
    enum MHD_RequestTerminationCode how)
{
	struct line *line = line_of(connection);
	struct request *rq = *context;

	(void)arg;
	(void)how;
	if (line != NULL) {
		line->since = clock_tick();
		line->asking = false;
	}
	*context = NULL;
	if (rq == NULL)
		return;
	if (rq->form != NULL)
		(void)MHD_destroy_post_processor(rq->form);
	buf_wipe(&rq->answer);
	free(rq);
}

/* ---- connections ---------------------------------------------------------------------- */

static void
notified(void *arg, struct MHD_Connection *connection, void **context,
    enum MHD_ConnectionNotificationCode what)
{
	struct server *s = arg;
	struct line *line = *context;

	if (what == MHD_CONNECTION_NOTIFY_STARTED) {
		*context = line = mem_alloc(sizeof *line);
		line->connection = connection;
		line->since = clock_tick();
		line->next = s->lines;
		line->back = &s->lines;
		if (line->next != NULL)
			line->next->back = &line->next;
		s->lines = line;
	} else if (line != NULL) {
		*line->back = line->next;
		if (line->next != NULL)
			line->next->back = line->back;
		free(line);
		*context = NULL;
	}
}

/* A request that drips in is not idle, and yet has an end. */
static void
sweep(struct server *s)
{
	int64_t now = clock_tick();
	const union MHD_ConnectionInfo *info;
	struct line *line;

	if (now < s->sweep_at)
		return;
	s->sweep_at = now + SWEEP;
	for (line = s->lines; line != NULL; line = line->next) {
		if (line->asking || now - line->since < s->life)
			continue;
		info = MHD_get_connection_info(line->connection,
		    MHD_CONNECTION_INFO_CONNECTION_FD);
		if (info != NULL)
			(void)shutdown(info->connect_fd, SHUT_RDWR);
	}
}

/* ---- the server -------------------------------------------------------------------------- */

/* A NUL would end the path before its end. */
static size_t
unescape(void *arg, struct MHD_Connection *connection, char *s)
{
	(void)arg;
	(void)connection;
	return strstr(s, "%00") != NULL ? strlen(s) : MHD_http_unescape(s);
}

/* "https://host/p" -> "/p" */
static char *
prefix_of(const char *base_url)
{
	const char *host = base_url == NULL ? NULL : strstr(base_url, "://");
	const char *slash = host == NULL ? NULL : strchr(host + 3, '/');

	return mem_strdup(slash == NULL ? "" : slash);
}

enum status
server_new(struct server **out, const struct server_setup *setup,
    struct reason *why)
{
	struct server *s = mem_alloc(sizeof *s);

	s->setup = *setup;
	s->prefix = prefix_of(setup->base_url);
	s->life = (int64_t)setup->idle * 1000 * LIFE_FACTOR;
	s->daemon = MHD_start_daemon(MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME, 0,
	    NULL, NULL, handle, s,
	    MHD_OPTION_LISTEN_SOCKET, setup->fd,
	    MHD_OPTION_CONNECTION_LIMIT, setup->connections,
	    MHD_OPTION_CONNECTION_TIMEOUT, setup->idle,
	    MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)POOL,
	    MHD_OPTION_STRICT_FOR_CLIENT, 1,
	    MHD_OPTION_UNESCAPE_CALLBACK, unescape, NULL,
	    MHD_OPTION_NOTIFY_CONNECTION, notified, s,
	    MHD_OPTION_NOTIFY_COMPLETED, completed, s,
	    MHD_OPTION_END);
	*out = s;
	return s->daemon != NULL ? OK : fail(why, TEMPFAIL,
	    "the HTTP server cannot start");
}

void
server_free(struct server **sp)
{
	struct server *s = *sp;

	if (s == NULL)
		return;
	if (s->daemon != NULL)
		MHD_stop_daemon(s->daemon);
	free(s->prefix);
	free(s);
	*sp = NULL;
}

/* The parent has the socket too, so that nobody is turned away. */
void
server_quiet(struct server *s)
{
	(void)MHD_quiesce_daemon(s->daemon);
}

int
server_fd(const struct server *s)
{
	return MHD_get_daemon_info(s->daemon, MHD_DAEMON_INFO_EPOLL_FD)->epoll_fd;
}

int
server_run(struct server *s)
{
	MHD_UNSIGNED_LONG_LONG wait = SWEEP;

	(void)MHD_run(s->daemon);
	sweep(s);
	if (MHD_get_timeout(s->daemon, &wait) != MHD_YES || wait > SWEEP)
		wait = SWEEP;
	return (int)wait;
}
