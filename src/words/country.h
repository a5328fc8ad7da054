/* country.h - countries by the names people give them
 *
 * Built on iso-codes: ISO 3166-1 codes, and their names in the languages
 * asked for.  Names are found whatever their case and accents (text_bare), so
 * that what people type without the right keyboard is found too; so are two-
 * and three-letter codes, official and common names, flags, the country's name
 * for itself, and the everyday names that iso-codes lacks (words/everyday.c:
 * UK, USA, Burma, США, Русия ...).  Of "Norway / Norge" and "Tajikistan
 * (Dushanbe)" the country is found, of "Georgia, USA" none.
 */
#ifndef WORDS_COUNTRY_H
#define WORDS_COUNTRY_H

#include "base/status.h"

struct countries;

/* Reads DIR/json/iso_3166-1.json (DIR "/usr/share/iso-codes") and the
 * catalogues LOCALE_DIR/LANG/LC_MESSAGES/iso_3166-1.mo ("/usr/share/locale").
 * A language without a catalogue has the English names.  NULL dirs: these. */
enum status countries_load(struct countries **out, const char *dir,
    const char *locale_dir, const char *const *languages, struct reason *)
    MUST_CHECK;
void countries_free(struct countries **);

/* Two capital letters, or NULL when no country is called that. */
const char *country_find(const struct countries *, const char *name);

/* True for an assigned ISO 3166-1 alpha-2 code. */
int country_is_code(const struct countries *, const char *code);

/* The name of CODE in LANGUAGE (English when there is none); the code itself
 * when it is not a country's. */
const char *country_name(const struct countries *, const char *code,
    const char *language);

/* The country that goes with a top-level domain ("x.no" -> "NO", "uk" -> "GB"),
 * or NULL; no other guess is made, and none from those that are sold all over
 * the world (.io, .me, .tv ...). */
const char *country_of_domain(const struct countries *, const char *domain);

#endif
