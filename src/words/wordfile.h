/* wordfile.h - a vocabulary as it is made from words files (vocabulary.h)
 *
 * wordfile.c reads the files and fills this in; vocabulary.c uses it on texts.
 */
#ifndef WORDS_WORDFILE_H
#define WORDS_WORDFILE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "words/vocabulary.h"

struct named;
struct meaning;
struct pattern;
struct wordset;

/* What a line of a words file begins with; the kind of a meaning. */
enum kind {
	VERB, FIELD, SAYS, ANSWER, UNTIL, GREETING, POLITE, LANGUAGE, SIGNS, KINDS
};
enum answer { ANSWER_YES, ANSWER_NO, ANSWER_REFUSAL, ANSWERS };

struct vocabulary {
	char **languages;
	size_t language_count;
	struct buf polite, until;       /* expressions, while loading */
	struct wordset *lines;          /* verbs, answers, greetings */
	struct wordset *openings;       /* "NAME ...", "my name is ..." */
	struct wordset *starts;         /* greetings and polite words */
	struct wordset *labels;         /* fields */
	struct wordset *names;          /* of languages */
	struct wordset *refusals;       /* that begin with a line that refuses */
	struct wordset *signs;          /* "I sign", at the end of a sentence */
	struct pattern *ends;           /* of what a sentence says */
	struct named *organisations;
};

/* HIDE and DO NOT SHARE. */
bool meaning_refuses(const struct meaning *);

/* The field that a verb's argument is kept in; FIELD_COUNT_ when the verb takes
 * none. */
enum field verb_field(unsigned verb);

#endif
