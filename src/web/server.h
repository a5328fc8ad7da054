/* server.h - HTTP on one listening socket
 *
 * libmicrohttpd reads requests and writes answers; nothing else of the program
 * sees it.  It runs when its descriptor is ready or its time is up, in our one
 * thread, and calls `asked` for each request that is whole and that a page can
 * answer.  What goes without asking (methods that are not for this path,
 * bodies and headers that are too large, OPTIONS) is answered here.
 *
 *  W1  HEAD and OPTIONS are never handed on as a press.
 *  W2  No answer sets a cookie, redirects, or has a script.
 *  W3  Connections, their idle time, their whole time without a finished
 *      request, headers and bodies are bounded.
 */
#ifndef WEB_SERVER_H
#define WEB_SERVER_H

#include <stdbool.h>
#include <stddef.h>

#include "base/status.h"
#include "web/path.h"

struct buf;
struct request;
struct server;

#define SERVER_HEAD_MAX 8192    /* octets of the request line and header */
#define SERVER_BODY_MAX 8192

struct server_setup {
	int fd;                 /* listening; taken over */
	const char *base_url;   /* borrowed; NULL: the metrics' socket */
	unsigned connections;
	unsigned idle;          /* seconds */
	/* Must come to server_answer, now or later, once. */
	void (*asked)(void *arg, struct request *);
	void *arg;
};

/* Before the sandbox. */
enum status server_new(struct server **out, const struct server_setup *,
    struct reason *) MUST_CHECK;
/* Every request has been answered. */
void server_free(struct server **);
void server_quiet(struct server *);     /* no new connections from now on */

int server_fd(const struct server *);   /* wait until it can be read */
/* Milliseconds until server_run is wanted in any case. */
int server_run(struct server *);

struct server *request_server(const struct request *);
const struct path *request_path(const struct request *);
/* A button was pressed: it is a POST, and, for a path where that matters, its
 * body says so. */
bool request_is_press(const struct request *);
/* The name of the text that the page of the button showed; or NULL. */
const char *request_text(const struct request *);
const char *request_language(const struct request *);   /* "?l=ru"; or NULL */
const char *request_accepts(const struct request *);    /* or NULL */

enum server_type { SERVER_HTML, SERVER_TEXT, SERVER_STYLE, SERVER_FIGURES };

/* Ends REQUEST; BODY is emptied. */
void server_answer(struct request *, unsigned status, enum server_type,
    struct buf *body);

#endif
