/* SPDX-License-Identifier: ISC */
#include <stdint.h>
#include <string.h>
#include <unicase.h>
#include <unictype.h>
#include <unistr.h>

#include "words/text.h"

/* A guess needs no more than this much of a text. */
#define LOOK 1000

static const struct {
	const char *name;       /* Unicode's */
	const char *code;       /* ISO 15924 */
} scripts[] = {
	{ "Latin", "Latn" }, { "Cyrillic", "Cyrl" }, { "Arabic", "Arab" },
	{ "Han", "Hani" }, { "Hiragana", "Hira" }, { "Katakana", "Kana" },
	{ "Hangul", "Hang" }, { "Greek", "Grek" }, { "Hebrew", "Hebr" },
	{ "Armenian", "Armn" }, { "Georgian", "Geor" }, { "Devanagari", "Deva" },
	{ "Bengali", "Beng" }, { "Gurmukhi", "Guru" }, { "Gujarati", "Gujr" },
	{ "Tamil", "Taml" }, { "Telugu", "Telu" }, { "Kannada", "Knda" },
	{ "Malayalam", "Mlym" }, { "Sinhala", "Sinh" }, { "Thai", "Thai" },
	{ "Lao", "Laoo" }, { "Tibetan", "Tibt" }, { "Myanmar", "Mymr" },
	{ "Khmer", "Khmr" }, { "Mongolian", "Mong" }, { "Ethiopic", "Ethi" },
	{ "Syriac", "Syrc" }, { "Thaana", "Thaa" },
};
#define SCRIPTS (sizeof scripts / sizeof scripts[0])

/* Letters and words (between blanks) that tell a language from its neighbours
 * in the same script.  What is not here is taken to be in Latin script. */
static const struct language {
	const char *code, *script, *letters, *words;
} languages[] = {
	{ "en", "Latn", "",
	    " the and of is are my name please sign hello dear this with from i you "
	    "want would like support signature for your have petition thank thanks " },
	{ "nb", "Latn", "æøå",
	    " og jeg er det ikke til som på hei navn mitt takk vennlig hilsen med "
	    "av vil skriver under støtter oppropet fra kjære dette " },
	{ "nn", "Latn", "æøå",
	    " og eg er det ikkje til som på hei namn mitt takk helsing med av vil "
	    "skriv under støttar oppropet frå kjære dette " },
	{ "da", "Latn", "æøå",
	    " og jeg er det ikke til som på hej navn mit tak venlig hilsen med af "
	    "vil underskriver støtter fra kære dette " },
	{ "sv", "Latn", "åäö",
	    " och jag är det inte till som på hej namn mitt tack med av vill från "
	    "kära detta " },
	{ "de", "Latn", "äöüß",
	    " und ich ist nicht das der die mein name bitte mit von für hallo danke "
	    "grüße möchte unterschreiben " },
	{ "fr", "Latn", "éèêàçùœ",
	    " et je est pas le la les mon nom bonjour merci avec pour de du signe "
	    "veux pétition " },
	{ "es", "Latn", "ñáíóú¿¡",
	    " y yo es no el la los mi nombre hola gracias con para de del quiero "
	    "firmar petición " },
	{ "pl", "Latn", "ąćęłńśźż", " i ja jest nie to moje dziękuję proszę z na do " },
	{ "tr", "Latn", "ğışç", " ve ben bir bu için adım merhaba teşekkürler " },
	{ "uz", "Latn", "ʻ", " va men bu uchun ismim salom rahmat bilan " },
	{ "ru", "Cyrl", "щыьцэъ",
	    " и в не на я что с по это меня зовут мое моё имя подпись здравствуйте "
	    "прошу спасибо из за как поддерживаю " },
	{ "tg", "Cyrl", "ғӣқӯҳҷ",
	    " ва ман аз ба дар ки ин барои номи ном салом ассалому рахмат ташаккур "
	    "бо мебошам хастам имзо мекунам раҳмат ҳастам " },
	{ "uk", "Cyrl", "іїєґ", " і та не на я що це мене звати дякую з до " },
	{ "be", "Cyrl", "ўі", " і не на я што гэта мяне дзякуй з да " },
	{ "bg", "Cyrl", "ъщ", " и не на аз че това се казвам благодаря от за " },
	{ "sr", "Cyrl", "ђћџљњј", " и не на ја да је се зовем хвала " },
	{ "kk", "Cyrl", "әғқңөұүһі", " және мен бұл үшін атым рахмет " },
	{ "ky", "Cyrl", "ңөү", " жана мен бул үчүн атым рахмат " },
	{ "mn", "Cyrl", "өү", " ба би энэ миний нэр баярлалаа " },
	{ "fa", "Arab", "پچژگک", " و من از به در که این برای نام سلام " },
	{ "ar", "Arab", "ةىيك", " و أنا من في على هذا اسمي مرحبا شكرا " },
	{ "ur", "Arab", "ٹڈڑےہ", " اور میں ہے کا کی نام شکریہ " },
	{ "ps", "Arab", "ټډړښځڅ", " او زه د په نوم مننه " },
	{ "he", "Hebr", "", "" }, { "yi", "Hebr", "", "" },
	{ "el", "Grek", "", "" }, { "hy", "Armn", "", "" },
	{ "ka", "Geor", "", "" }, { "hi", "Deva", "", "" },
	{ "ne", "Deva", "", "" }, { "mr", "Deva", "", "" },
	{ "bn", "Beng", "", "" }, { "ta", "Taml", "", "" },
	{ "th", "Thai", "", "" }, { "my", "Mymr", "", "" },
	{ "km", "Khmr", "", "" }, { "lo", "Laoo", "", "" },
	{ "am", "Ethi", "", "" }, { "ti", "Ethi", "", "" },
	{ "ko", "Hang", "", "" }, { "zh", "Hani", "", "" },
	{ "ja", "Hira", "", "" },
};
#define LANGUAGES (sizeof languages / sizeof languages[0])

/* ---- script ------------------------------------------------------------- */

static size_t
script_of(ucs4_t c)
{
	const uc_script_t *script;
	size_t i;

	if (c < 0x250)
		return 0;
	if (c >= 0x400 && c < 0x530)
		return 1;
	script = uc_script(c);
	for (i = 0; script != NULL && i < SCRIPTS; i++)
		if (strcmp(scripts[i].name, script->name) == 0)
			return i;
	return SCRIPTS;
}

static bool
is_letter(ucs4_t c)
{
	if (c < 0x80)
		return (c | 0x20) >= 'a' && (c | 0x20) <= 'z';
	if (c >= 0x400 && c < 0x482)
		return true;
	return uc_is_general_category_withtable(c, UC_CATEGORY_MASK_L);
}

const char *
text_script(const char *s)
{
	const uint8_t *p = (const uint8_t *)s, *end = p + strnlen(s, LOOK);
	size_t count[SCRIPTS + 1] = { 0 }, best = SCRIPTS, i;
	ucs4_t c;

	while (p < end) {
		p += u8_mbtouc(&c, p, (size_t)(end - p));
		if (is_letter(c))
			count[script_of(c)]++;
	}
	for (i = 0; i < SCRIPTS; i++)
		if (count[i] > 0 && (best == SCRIPTS || count[i] > count[best]))
			best = i;
	return best == SCRIPTS ? NULL : scripts[best].code;
}

/* ---- language ----------------------------------------------------------- */

static const struct language *
language_find(const char *code)
{
	/* "pt-BR" is written as "pt" is */
	size_t i, len = strcspn(code, "-_");

	if (len == 2 && strncmp(code, "no", 2) == 0)
		code = "nb";
	for (i = 0; i < LANGUAGES; i++)
		if (len == 2 && strncmp(languages[i].code, code, 2) == 0)
			return &languages[i];
	return NULL;
}

static bool
same_script(const struct language *l, const char *script)
{
	if (l == NULL)
		return strcmp(script, "Latn") == 0;
	if (strcmp(l->script, script) == 0)
		return true;
	/* Japanese mail may have more kanji than kana, or none but those */
	return strcmp(l->code, "ja") == 0 &&
	    (strcmp(script, "Hani") == 0 || strcmp(script, "Kana") == 0);
}

/* The text in lower case with one blank around each word. */
static size_t
spread(const char *s, char *out, size_t room)
{
	const uint8_t *p = (const uint8_t *)s, *end = p + strnlen(s, LOOK);
	size_t len = 0;
	ucs4_t c;
	int n;

	out[len++] = ' ';
	while (p < end && len + 8 < room) {
		p += u8_mbtouc(&c, p, (size_t)(end - p));
		if (!is_letter(c) && c != 0x2bb) {
			if (out[len - 1] != ' ')
				out[len++] = ' ';
			continue;
		}
		c = c < 0x80 ? c | 0x20 : uc_tolower(c);
		n = u8_uctomb((uint8_t *)out + len, c, (ptrdiff_t)(room - len));
		len += n > 0 ? (size_t)n : 0;
	}
	if (out[len - 1] != ' ')
		out[len++] = ' ';
	out[len] = '\0';
	return len;
}

static unsigned
score_letters(const struct language *l, const char *text)
{
	const uint8_t *p = (const uint8_t *)text;
	unsigned score = 0;
	ucs4_t c;
	int n;

	if (l->letters[0] == '\0')
		return 0;
	for (; *p != '\0'; p += n) {
		n = 1;
		if (*p < 0x80)
			continue;
		n = u8_mbtouc(&c, p, 4);
		if (u8_strchr((const uint8_t *)l->letters, c) != NULL)
			score++;
	}
	return score;
}

/* By language, a bit for each beginning of its words; 0: not filled. */
static uint64_t beginnings[LANGUAGES];

static uint64_t
beginning(const char *word)
{
	unsigned hash = (unsigned char)word[0] * 31u + (unsigned char)word[1];

	return UINT64_C(1) << hash % 64;
}

/* Most words of a text are none of L's, which two letters mostly tell. */
static uint64_t
beginnings_of(const struct language *l)
{
	uint64_t *bits = &beginnings[l - languages];
	const char *p = l->words;

	if (*bits == 0)
		for (; *p != '\0' && p[1] != '\0'; p++)
			if (*p == ' ')
				*bits |= beginning(p + 1);
	return *bits;
}

static unsigned
score_words(const struct language *l, char *text)
{
	unsigned score = 0;
	uint64_t bits = beginnings_of(l);
	char *word, *end, keep;

	for (word = text; *word != '\0' && word[1] != '\0'; word = end) {
		end = strchr(word + 1, ' ');
		if (end == NULL)
			break;
		if ((bits & beginning(word + 1)) == 0)
			continue;
		keep = end[1];
		end[1] = '\0';
		if (end > word + 1 && strstr(l->words, word) != NULL)
			score++;
		end[1] = keep;
	}
	return score;
}

const char *
text_language(const char *s, const char *const *choices)
{
	char text[LOOK + 16];
	const char *script = text_script(s), *best = NULL;
	unsigned best_score = 0, score;
	size_t i, fitting = 0;
	int tie = 1;

	if (script == NULL)
		return NULL;
	(void)spread(s, text, sizeof text);
	for (i = 0; choices[i] != NULL; i++) {
		const struct language *l = language_find(choices[i]);

		if (!same_script(l, script))
			continue;
		fitting++;
		score = l == NULL ? 0 :
		    2 * score_letters(l, text) + 3 * score_words(l, text);
		if (best == NULL || score > best_score) {
			best = choices[i];
			best_score = score;
			tie = 0;
		} else if (score == best_score) {
			tie = 1;
		}
	}
	if (fitting == 1)
		return best;
	return tie || best_score == 0 ? NULL : best;
}
