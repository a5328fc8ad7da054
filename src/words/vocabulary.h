/* vocabulary.h - what people write when they mean a verb or a field
 *
 * Read from TEMPLATE_DIR/LANG/words, which staff may edit and a campaign may
 * override; one entry a line:
 *
 *	verb withdraw   withdraw|remove my (name|signature)
 *	field country   country|land
 *	answer no       no|no,? thanks
 *	answer refusal  I did not (sign|ask).*
 *	says name       my name is
 *	until           and|from
 *	greeting        hello|dear friends
 *	polite          please|thank you
 *	language        english|английский
 *
 * "says share" is what begins a sentence that may name an organisation, or be
 * about anything else ("share the ..."): it is a consent only where one follows
 * that the vocabulary knows (vocabulary_know).
 *
 * The rest of a line is a PCRE2 expression; its groups do not capture.  A verb
 * or an answer must match a whole line of the writer's (punctuation, a greeting
 * and polite words around it aside) or, for verbs with an argument, its
 * beginning; an answer may also be the first sentence of a line, and a refusal
 * any sentence of the first lines.  A field is the word before ":" (any of : ：
 * = or a dash between blanks).  What "says" a field in a sentence gives it
 * where no line of its own does, up to a word of "until".  A language's line
 * gives the names it is asked for by.
 *
 * Letters that many keyboards lack stand for the ones people type instead too
 * (the six Tajik letters, a yo, a curved apostrophe).  A line that begins with
 * '#' is a comment.  Mistakes are told with file and line.
 *
 * A vocabulary is for one thread: matching needs room in it.
 */
#ifndef WORDS_VOCABULARY_H
#define WORDS_VOCABULARY_H

#include <stddef.h>

#include "base/status.h"

struct arena;

enum verb {
	VERB_NONE,
	VERB_SIGN, VERB_STOP, VERB_WITHDRAW, VERB_FORGET, VERB_STATUS,
	VERB_RECEIPT, VERB_NAME, VERB_COUNTRY, VERB_LANGUAGE, VERB_HIDE,
	VERB_SHOW, VERB_HELP, VERB_UPDATES, VERB_POSTED, VERB_WROTE,
	VERB_SHARE, VERB_UNSHARE,
	VERB_COUNT_
};

/* What she agrees to or does not, of which one letter may say several: on lines
 * of their own, one after the other, from the first line on ("Yes", "HIDE",
 * "UPDATES"), or as a verb.  HIDE and UNSHARE, which give nothing, count from any
 * line, also beside other words of it ("Yes, HIDE").  Bits; of two that
 * contradict, the later counts, and UNSHARE comes before the SHARE that is said
 * with it.  UNCLEAR is a SHARE that was not understood, or is a question, or names
 * an organisation where a SHARE does not count. */
enum wish {
	WISH_HIDE = 1, WISH_SHOW = 2, WISH_UPDATES = 4, WISH_SHARE = 8,
	WISH_UNSHARE = 16, WISH_UNCLEAR = 32,
	WISHES = 63
};

enum field {
	FIELD_NAME, FIELD_COUNTRY, FIELD_CITY, FIELD_COMMENT, FIELD_LANGUAGE,
	FIELD_UPDATES, FIELD_SHARE, FIELD_COUNT_
};

const char *verb_name(enum verb);               /* "withdraw"; "none" */
enum verb verb_find(const char *name);          /* VERB_NONE when unknown */
const char *field_name(enum field);

/* What a writer said, all strings in the arena, cleaned (words/text.h).
 * A field not given is NULL.  A verb's argument goes into its field: "NAME Ada"
 * and "Name: Ada" are the same but for the verb.  Of the fields, country is as
 * written, not looked up; language is a code among those loaded ("tg"), and
 * updates is "yes" or "no"; one that cannot be understood is NULL.  Share is as
 * written, what several lines name parted by LF. */
struct said {
	enum verb verb;
	unsigned wishes;        /* enum wish */
	int no;                 /* begins with a no, or refuses clearly */
	int yes;                /* begins with a plain yes; never with no */
	int other;              /* there are words besides those that mean something */
	char *field[FIELD_COUNT_];
	const char *language;   /* of the words that matched, borrowed; or NULL */
};

#define SAID_FIELD_MAX 200      /* characters */
#define SAID_COMMENT_MAX 2000

struct vocabulary;

/* Reads DIR/LANG/words for every language (NULL-terminated); a file that is
 * missing is NOT_FOUND with a reason that names it. */
enum status vocabulary_load(struct vocabulary **out, const char *dir,
    const char *const *languages, struct reason *) MUST_CHECK;
void vocabulary_free(struct vocabulary **);

/* An organisation that people may share with is called so, or has this id. */
void vocabulary_know(struct vocabulary *, const char *name, int is_id);

/* The code of the language SAID names ("Русский", "tajik", "nb", "en-GB"),
 * borrowed, or NULL when it is none of those loaded. */
const char *vocabulary_language(const struct vocabulary *, const char *said);

/* 1 for a yes, -1 for a no, 0 for neither. */
int vocabulary_answer(const struct vocabulary *, const char *said);

/* When LINE says which language follows ("Language: ru", in the words of any
 * language loaded): the code, or what else is named there as one word, in the
 * arena; else NULL. */
const char *vocabulary_says_language(const struct vocabulary *, struct arena *,
    const char *line, size_t len);
/* Does the beginning of TEXT say, anywhere in it, that its writer signs ("I am on
 * holiday, but I sign")?  People do; programs that answer for them do not. */
int vocabulary_signs(const struct vocabulary *, const char *text);

/* Read TEXT, what the person wrote (no quotes, no signature), and SUBJECT
 * (reply prefixes are skipped).  The body counts first: its first line that is
 * not blank and not a field; the subject's verb only when the body has none.
 * SUBJECT may be NULL.  At most the first 100 lines are looked at. */
void vocabulary_read(const struct vocabulary *, struct arena *,
    const char *text, const char *subject, struct said *out);

#endif
