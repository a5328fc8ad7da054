/* path.h - what the path of a request asks for
 *
 * Pure text from a stranger.  Whether a campaign or a token is good is the
 * keeper's to say; what cannot be one of ours is PATH_OTHER.
 */
#ifndef WEB_PATH_H
#define WEB_PATH_H

#include "message/recipient.h"

enum path_kind {
	PATH_OTHER,
	PATH_HOME,              /* / */
	PATH_SIGN,              /* /c/SLUG/TOKEN */
	PATH_STOP,              /* /u/SLUG/TOKEN */
	PATH_STYLE,             /* /style.css */
	PATH_HEALTH,            /* /healthz */
	PATH_METRICS            /* /metrics; of the other socket alone */
};

struct path {
	enum path_kind kind;
	char slug[SLUG_MAX + 1], token[TOKEN_LENGTH + 1];       /* lower case */
};

/* PREFIX is the path in base_url, "" or "/p": a proxy may hand it on or not.
 * One "/" at the end makes no difference. */
void path_parse(struct path *out, const char *prefix, const char *path);

#endif
