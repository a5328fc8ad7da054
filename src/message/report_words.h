/* report_words.h - what mail systems say about mail that did not arrive
 *
 * Tables, in as many languages as we know.  All take text as fold_line gives
 * it (message/phrases.h).
 */
#ifndef MESSAGE_REPORT_WORDS_H
#define MESSAGE_REPORT_WORDS_H

#include <stdbool.h>

#include "message/report.h"

/* Why it failed: FATE_HARD, FATE_SOFT or FATE_FAULT, or FATE_NONE when no
 * reason that we know is in it.  What is our fault goes before a mailbox that
 * is full, and that before one that is not there: when in doubt nobody loses
 * her place on a list. */
enum fate words_fate(const char *);

bool words_intro(const char *);         /* "the following addresses failed" */
bool words_end_of_list(const char *);   /* "transcript of session follows" */
bool words_original(const char *);      /* "below is a copy of the message" */
bool words_original_field(const char *);        /* "received: from ..." */
bool words_delayed(const char *);       /* "will be retried" */
bool words_given_up(const char *);      /* "I've given up" */
bool words_not_failed(const char *);    /* "was successfully delivered" */
bool words_challenge(const char *);     /* "your server requires confirmation" */
bool words_refused(const char *);       /* "was automatically rejected" */

/* What stands before an address: "rcpt to:", "failed address:". */
bool words_names_recipient(const char *);
/* The same: "mail from:", "please contact". */
bool words_names_other(const char *);

#endif
