/* recover.h - a log goes on after its database was lost or put back
 *
 * What is published has been seen, so it is what the log is: entries that the
 * database does not have are taken back into it, and entries of its own that are
 * not what is published are given up; their signatures wait again, and so does
 * what was to be taken back.  Whoever withdrew or was forgotten after the copy was
 * made has done so in what is published, and is taken at her word once more; and
 * who was taken out by staff, or counts again after that, is and does here too.  A
 * batch of its own that is not published keeps its words, and gets a number behind
 * those that are.
 *
 * Nothing can be done for whom the database does not know: her entry stays in the
 * log, of nobody.
 */
#ifndef LOGBOOK_RECOVER_H
#define LOGBOOK_RECOVER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/status.h"
#include "store/tally.h"

struct arena;
struct folder;
struct store;

/* Within the transaction: what the log says became of a signature; LEAF_STAYS: it
 * counts again. */
typedef enum status recover_back(void *arg, struct arena *, int64_t signature,
    enum leaf_back);

struct recover {
	struct store *store;
	const char *state_dir, *slug;
	const struct tally *tally;
	struct folder *folder;  /* that audit_folder found nothing wrong with; NULL:
	                           nothing was ever published */
	bool give_up;           /* what was signed besides */
	recover_back *back;
	void *arg;
};

struct recovered {
	uint64_t was, is;       /* sizes */
	uint64_t given_up;      /* entries of the database */
	uint64_t taken;         /* entries of what is published */
	uint64_t of_nobody;     /* sign entries among them */
};

/* Within a transaction that is committed at once when it answers OK: the guard is
 * replaced by then.  DENIED: more or other was signed than this would keep, as the
 * guard says, and give_up is not set; or the folder is of another log.  INVALID:
 * the folder does not lead to its own root. */
enum status recover_log(const struct recover *, struct recovered *out,
    struct reason *) MUST_CHECK;

#endif
