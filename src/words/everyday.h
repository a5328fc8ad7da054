/* everyday.h - names of countries that iso-codes lacks or gives in another form
 *
 * The first name of a row is the one to show in its language; the others, and
 * all names of a row without a language, are only found.
 */
#ifndef WORDS_EVERYDAY_H
#define WORDS_EVERYDAY_H

struct everyday {
	const char *code;
	const char *language;   /* "": in any, and not shown */
	const char *names;      /* apart by "|" */
};

extern const struct everyday everyday_names[];  /* ends with a NULL code */

#endif
