/* conf.h - a configuration file, by a table of the keys it may hold
 *
 * Used in config/ only, and the one place that knows libconfuse.  A table of
 * conf_key says what may stand in a file and where its value goes in a struct;
 * conf_read fills the struct, conf_free releases it by the same table.
 *
 * The first mistake ends the reading with one line: file, line, what, and what
 * to do.  Values are not repeated in it, since some are people's addresses.
 */
#ifndef CONFIG_CONF_H
#define CONFIG_CONF_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/status.h"

enum conf_kind {
	CONF_TEXT = 1,  /* char *; NULL when neither given nor FALLBACK */
	CONF_PATH,      /* the same, made absolute: what is not begins in the
	                   folder of the file */
	CONF_PLACE,     /* the same for what follows "unix:" or "maildir:";
	                   everything else stays as it is */
	CONF_INT,       /* int within MIN and MAX */
	CONF_LONG,      /* int64_t, likewise */
	CONF_FLAG,      /* int, from true and false */
	CONF_LIST,      /* char **, NULL-ended, never NULL */
	CONF_GROUP,     /* NAME { KEYS }, whose offsets are in the same struct */
	CONF_TITLED     /* NAME "TITLE" { KEYS }, any number: an array of structs
	                   of SIZE octets that begin with the title (char *) */
};

/* What is wrong with VALUE and what would be right; NULL when it is good. */
typedef const char *(*conf_check)(const char *value);

struct conf_key {
	const char *name;
	enum conf_kind kind;
	size_t offset;
	const struct conf_key *keys;    /* of a section; ends with a NULL name */
	size_t size, count_offset;      /* CONF_TITLED: element, and size_t */
	conf_check check;       /* of a value, of each in a list, of the title */
	int64_t min, max;
	const char *fallback;   /* as it would be written */
	int needed;
	const char *refused;    /* a section that is known and cannot be used yet:
	                           why, and what to do */
};

/* BASE is zeroed by the caller, and must be given to conf_free whatever is
 * answered.  SOURCE, when not NULL, is given the text of the file, for
 * conf_line. */
enum status conf_read(void *base, const struct conf_key *, const char *file,
    struct buf *source, struct reason *) MUST_CHECK;
/* The same for a file that may not be a link (buf_read_own_file). */
enum status conf_read_own(void *base, const struct conf_key *, const char *file,
    struct buf *source, struct reason *) MUST_CHECK;
void conf_free(void *base, const struct conf_key *);

/* The line of SOURCE where WORD stands first outside of comments, for telling
 * where a mistake is; 1 when it does not. */
int conf_line(const struct buf *source, const char *word);

/* Checks that several tables need. */
const char *conf_check_address(const char *);   /* one mail address */
const char *conf_check_url(const char *);       /* http:// or https:// */
const char *conf_check_line(const char *);      /* no control characters */
const char *conf_check_language(const char *);  /* "en", "tg", "nb" */

/* "/etc/x/FILE" for "FILE" in the folder of "/etc/x/y.conf"; caller frees. */
char *conf_beside(const char *file, const char *path);

#endif
