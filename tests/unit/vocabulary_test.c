/* SPDX-License-Identifier: ISC */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/buf.h"
#include "tests/unit/check.h"
#include "words/text.h"
#include "words/vocabulary.h"

static const char *const four[] = { "en", "ru", "tg", "nb", NULL };

static struct vocabulary *v;
static struct arena *arena;

static int
load(void **state)
{
	struct reason why;

	(void)state;
	arena = arena_new();
	if (vocabulary_load(&v, SOURCE_DIR "/templates", four, &why) != OK) {
		print_error("%s\n", why.text);
		return -1;
	}
	return 0;
}

static int
unload(void **state)
{
	(void)state;
	vocabulary_free(&v);
	arena_free(&arena);
	return v == NULL ? 0 : -1;
}

static void
names(void **state)
{
	unsigned i;

	(void)state;
	for (i = 1; i < VERB_COUNT_; i++) {
		assert_non_null(verb_name((enum verb)i));
		assert_int_equal(verb_find(verb_name((enum verb)i)), i);
	}
	assert_string_equal(verb_name(VERB_NONE), "none");
	assert_string_equal(verb_name(VERB_WITHDRAW), "withdraw");
	assert_int_equal(verb_find("none"), VERB_NONE);
	assert_int_equal(verb_find("dance"), VERB_NONE);
	for (i = 0; i < FIELD_COUNT_; i++)
		assert_non_null(field_name((enum field)i));
}

static void
verbs(void **state)
{
	static const struct { const char *text; enum verb verb; const char *language; } cases[] = {
		{ "STOP", VERB_STOP, "en" }, { "stop", VERB_STOP, "en" },
		{ "\n\n  Stop!\n\nAda", VERB_STOP, "en" }, { "*STOP*", VERB_STOP, "en" },
		{ "Please stop.", VERB_STOP, "en" }, { "Hi, please stop, thanks!", VERB_STOP, "en" },
		{ "Hello,\nplease stop sending me emails.", VERB_STOP, "en" },
		{ "Dear Sir or Madam,\n\nunsubscribe", VERB_STOP, "en" },
		{ "Don’t write to me again", VERB_STOP, "en" },
		{ "Remove me from your mailing list", VERB_STOP, "en" },
		{ "Could you please remove me from the list?", VERB_STOP, "en" },
		{ "withdraw", VERB_WITHDRAW, "en" },
		{ "Please remove my name from the petition.", VERB_WITHDRAW, "en" },
		{ "forget me", VERB_FORGET, "en" }, { "FORGET", VERB_FORGET, "en" },
		{ "Delete all my personal data", VERB_FORGET, "en" },
		{ "Status", VERB_STATUS, "en" }, { "Have I already signed?", VERB_STATUS, "en" },
		{ "receipt", VERB_RECEIPT, "en" }, { "help", VERB_HELP, "en" },
		{ "hide", VERB_HIDE, "en" }, { "Don't publish my name", VERB_HIDE, "en" },
		{ "show my name", VERB_SHOW, "en" }, { "UPDATES", VERB_UPDATES, "en" },
		{ "Keep me informed please", VERB_UPDATES, "en" },
		{ "sign", VERB_SIGN, "en" }, { "I would like to sign this petition", VERB_SIGN, "en" },
		{ "I support this petition.", VERB_SIGN, "en" },
		{ "Posted", VERB_POSTED, "en" }, { "I have sent the postcard", VERB_POSTED, "en" },
		{ "I've sent a postcard today", VERB_POSTED, "en" },
		{ "wrote", VERB_WROTE, "en" }, { "I wrote to the ministry", VERB_WROTE, "en" },
		{ "I sent a letter to the ministry of foreign affairs", VERB_WROTE, "en" },

		{ "СТОП", VERB_STOP, "ru" }, { "Отпишите меня, пожалуйста", VERB_STOP, "ru" },
		{ "Здравствуйте!\nНе пишите мне больше.", VERB_STOP, "ru" },
		{ "Прошу отозвать мою подпись", VERB_WITHDRAW, "ru" },
		{ "отозвать", VERB_WITHDRAW, "ru" }, { "Снимите мою подпись", VERB_WITHDRAW, "ru" },
		{ "ЗАБЫТЬ", VERB_FORGET, "ru" }, { "Удалите мои персональные данные", VERB_FORGET, "ru" },
		{ "Забудьте обо мне", VERB_FORGET, "ru" },
		{ "статус", VERB_STATUS, "ru" }, { "Подписала ли я?", VERB_STATUS, "ru" },
		{ "квитанция", VERB_RECEIPT, "ru" }, { "помощь", VERB_HELP, "ru" },
		{ "Скрыть", VERB_HIDE, "ru" }, { "скройте мое имя", VERB_HIDE, "ru" },
		{ "показать", VERB_SHOW, "ru" }, { "новости", VERB_UPDATES, "ru" },
		{ "Хочу получать новости", VERB_UPDATES, "ru" },
		{ "Подписываю", VERB_SIGN, "ru" }, { "Я хочу подписать эту петицию.", VERB_SIGN, "ru" },
		{ "отправила открытку", VERB_POSTED, "ru" },
		{ "Я написал письмо в МИД", VERB_WROTE, "ru" },

		{ "ИСТ", VERB_STOP, "tg" }, { "Дигар ба ман нанависед", VERB_STOP, "tg" },
		{ "Имзои маро бекор кунед", VERB_WITHDRAW, "tg" },
		{ "Имзоямро бозпас мегирам", VERB_WITHDRAW, "tg" },
		{ "Маро фаромӯш кунед", VERB_FORGET, "tg" }, { "фаромуш", VERB_FORGET, "tg" },
		{ "Маълумоти маро нест кунед", VERB_FORGET, "tg" },
		{ "ҳолат", VERB_STATUS, "tg" }, { "Холат", VERB_STATUS, "tg" },
		{ "расид", VERB_RECEIPT, "tg" }, { "Ёрӣ", VERB_HELP, "tg" }, { "ёри", VERB_HELP, "tg" },
		{ "пинҳон", VERB_HIDE, "tg" }, { "Нишон диҳед", VERB_SHOW, "tg" },
		{ "хабархо", VERB_UPDATES, "tg" }, { "имзо", VERB_SIGN, "tg" },
		{ "Салом!\nМан имзо мекунам", VERB_SIGN, "tg" },
		{ "Мехоҳам имзо гузорам", VERB_SIGN, "tg" },
		{ "Открыткаро фиристодам", VERB_POSTED, "tg" }, { "Мактуб навиштам", VERB_WROTE, "tg" },

		{ "Stopp", VERB_STOP, "nb" }, { "meld meg av", VERB_STOP, "nb" },
		{ "Hei!\nIkke send meg flere e-poster, takk.", VERB_STOP, "nb" },
		{ "Trekk underskriften min", VERB_WITHDRAW, "nb" },
		{ "Trekk tilbake underskriften min", VERB_WITHDRAW, "nb" },
		{ "GLEM MEG", VERB_FORGET, "nb" }, { "Slett opplysningene mine", VERB_FORGET, "nb" },
		{ "kvittering", VERB_RECEIPT, "nb" }, { "hjelp", VERB_HELP, "nb" },
		{ "skjul navnet mitt", VERB_HIDE, "nb" }, { "vis", VERB_SHOW, "nb" },
		{ "nyheter", VERB_UPDATES, "nb" }, { "Hold meg orientert", VERB_UPDATES, "nb" },
		{ "Skriv under", VERB_SIGN, "nb" }, { "Jeg vil gjerne skrive under på oppropet", VERB_SIGN, "nb" },
		{ "Eg støttar oppropet", VERB_SIGN, "nb" },
		{ "Jeg har sendt et postkort", VERB_POSTED, "nb" },
		{ "Jeg har skrevet brev til departementet", VERB_WROTE, "nb" },

		{ "", VERB_NONE, NULL }, { "...", VERB_NONE, NULL },
		{ "Stop the torture of prisoners!", VERB_NONE, NULL },
		{ "Stop torture", VERB_NONE, NULL },
		{ "Please do not stop your good work", VERB_NONE, NULL },
		{ "Help him!", VERB_NONE, NULL }, { "Never forget", VERB_NONE, NULL },
		{ "The status of human rights is bad.", VERB_NONE, NULL },
		{ "Hello!\nFree him.\nSTOP", VERB_NONE, "en" },  /* not the first words */
		{ "> STOP", VERB_NONE, NULL },
		{ "Name is important to all of us", VERB_NONE, NULL },
		{ "Country roads take me home to the place where I belong", VERB_NONE, NULL },
		{ "Помощь заключённым нужна сейчас", VERB_NONE, NULL },
		{ "Новости из Таджикистана ужасны", VERB_NONE, NULL },
	};
	struct said said;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		vocabulary_read(v, arena, cases[i].text, NULL, &said);
		if (said.verb != cases[i].verb)
			fail_msg("%s: %s", cases[i].text, verb_name(said.verb));
		if (cases[i].verb != VERB_NONE)
			assert_string_equal(said.language, cases[i].language);
		if (said.no || said.yes)
			fail_msg("%s: an answer", cases[i].text);
	}
}

/* What refuses does so behind other words, too, whatever they are. */
static void
refuses_behind_others(const char *text, unsigned wanted)
{
	static const char *const others[] = { "I met him in Khorog, in 2019, and "
	    "what he did there for us I shall not forget", "Я видел его в Хороге, "
	    "и того, что он сделал, не забуду", "(1) \xe2\x80\x94 \xc2\xab\xd1 x" };
	const unsigned refusals = WISH_HIDE | WISH_UNSHARE;
	struct said said;
	size_t i;

	for (i = 0; i < sizeof others / sizeof others[0]; i++) {
		vocabulary_read(v, arena, arena_printf(arena, "%s.\n\n%s", others[i],
		    text), NULL, &said);
		if ((said.wishes & refusals) != (wanted & refusals))
			fail_msg("%s, behind other words: %u", text, said.wishes);
		assert_true(said.other);
	}
}

/* What one letter may agree to, and in which words. */
static void
wishes(void **state)
{
	static const struct {
		const char *text, *subject;
		enum verb verb;
		unsigned wishes;
		const char *share;
	} cases[] = {
		{ "HIDE", NULL, VERB_HIDE, WISH_HIDE, NULL },
		{ "Yes\nHIDE\nUPDATES\n", NULL, VERB_HIDE, WISH_HIDE | WISH_UPDATES, NULL },
		{ "UPDATES\n\nHIDE", NULL, VERB_UPDATES, WISH_HIDE | WISH_UPDATES, NULL },
		{ "HIDE\nSHOW", NULL, VERB_HIDE, WISH_SHOW, NULL },
		{ "SHARE Fair Trial Alliance", NULL, VERB_SHARE, WISH_SHARE, "Fair Trial Alliance" },
		{ "share my name and address with Amnesty", NULL, VERB_SHARE, WISH_SHARE, "Amnesty" },
		{ "Yes.\nShare with nordic\nshare pamir", NULL, VERB_SHARE, WISH_SHARE, "nordic\npamir" },
		{ "Share: nordic, pamir", NULL, VERB_NONE, WISH_SHARE, "nordic, pamir" },
		{ "Share: no", NULL, VERB_NONE, WISH_UNSHARE, NULL },
		{ "SHARE", NULL, VERB_SHARE, WISH_SHARE, NULL },
		{ "DO NOT SHARE", NULL, VERB_UNSHARE, WISH_UNSHARE, NULL },
		{ "Please don't share my address with anybody", NULL, VERB_UNSHARE, WISH_UNSHARE, NULL },
		{ "Keep my name off the list", NULL, VERB_HIDE, WISH_HIDE, NULL },
		{ "", "Re: HIDE", VERB_HIDE, WISH_HIDE, NULL },
		{ "СКРЫТЬ\nНОВОСТИ", NULL, VERB_HIDE, WISH_HIDE | WISH_UPDATES, NULL },
		{ "Да\nПЕРЕДАТЬ Pamir Solidarity", NULL, VERB_SHARE, WISH_SHARE, "Pamir Solidarity" },
		{ "НЕ ПЕРЕДАВАТЬ", NULL, VERB_UNSHARE, WISH_UNSHARE, NULL },
		{ "Не передавайте мой адрес никому", NULL, VERB_UNSHARE, WISH_UNSHARE, NULL },
		{ "SKJUL\nNYHETER\nDEL Nordisk komité", NULL, VERB_HIDE,
		    WISH_HIDE | WISH_UPDATES | WISH_SHARE, "Nordisk komité" },
		{ "IKKE DEL", NULL, VERB_UNSHARE, WISH_UNSHARE, NULL },
		{ "Ҳа\nПИНҲОН\nХАБАРҲО", NULL, VERB_HIDE, WISH_HIDE | WISH_UPDATES, NULL },
		{ "ДИҲЕД Pamir Solidarity", NULL, VERB_SHARE, WISH_SHARE, "Pamir Solidarity" },
		{ "НАДИҲЕД", NULL, VERB_UNSHARE, WISH_UNSHARE, NULL },
		{ "надихед", NULL, VERB_UNSHARE, WISH_UNSHARE, NULL },
		{ "Share: yes", NULL, VERB_NONE, WISH_SHARE, NULL },
		{ "DO NOT SHARE\nSHARE pamir", NULL, VERB_UNSHARE,
		    WISH_SHARE | WISH_UNSHARE, "pamir" },
		{ "SHARE pamir\nDO NOT SHARE", NULL, VERB_SHARE, WISH_UNSHARE, NULL },
		{ "Передайте моё имя и адрес организации Pamir Solidarity", NULL, VERB_SHARE,
		    WISH_SHARE, "Pamir Solidarity" },
		{ "ДИҲЕД БА Pamir Solidarity", NULL, VERB_SHARE, WISH_SHARE, "Pamir Solidarity" },
		{ "Диҳед: Pamir Solidarity", NULL, VERB_NONE, WISH_SHARE, "Pamir Solidarity" },
		{ "DEL MED Nordisk komité", NULL, VERB_SHARE, WISH_SHARE, "Nordisk komité" },
		{ "Ikke del adressen min med noen", NULL, VERB_UNSHARE, WISH_UNSHARE, NULL },

		/* What gives nothing counts wherever it stands. */
		{ "Yes, HIDE", NULL, VERB_NONE, WISH_HIDE, NULL },
		{ "Yes HIDE", NULL, VERB_NONE, WISH_HIDE, NULL },
		{ "Yes. Hide my name please.", NULL, VERB_NONE, WISH_HIDE, NULL },
		{ "Yes please hide my name", NULL, VERB_NONE, WISH_HIDE, NULL },
		{ "Yes\nThank you for this!\nHIDE", NULL, VERB_NONE, WISH_HIDE, NULL },
		{ "Yes\n\nPlease hide\nmy name", NULL, VERB_HIDE, WISH_HIDE, NULL },
		{ "HIDE, UPDATES", NULL, VERB_NONE, WISH_HIDE, NULL },
		{ "UPDATES, HIDE", NULL, VERB_NONE, WISH_HIDE, NULL },
		{ "HIDE and UPDATES", NULL, VERB_NONE, WISH_HIDE, NULL },
		{ "Yes and hide my name", NULL, VERB_NONE, WISH_HIDE, NULL },
		{ "Hide: yes", NULL, VERB_NONE, WISH_HIDE, NULL },
		{ "Hide: no", NULL, VERB_NONE, 0, NULL },
		{ "Hide - yes", NULL, VERB_NONE, WISH_HIDE, NULL },
		{ "Yes\nhello\n- HIDE", NULL, VERB_NONE, WISH_HIDE, NULL },
		{ "Good day to all!\n1. HIDE\n2) DO NOT SHARE", NULL, VERB_NONE,
		    WISH_HIDE | WISH_UNSHARE, NULL },
		{ "Yes\nGood luck!\nDO NOT SHARE", NULL, VERB_NONE, WISH_UNSHARE, NULL },
		{ "Yes, DO NOT SHARE", NULL, VERB_NONE, WISH_UNSHARE, NULL },
		{ "Yes, but do not share my name with anyone", NULL, VERB_NONE,
		    WISH_UNSHARE, NULL },
		{ "I sign, and please do not\nshare my name", NULL, VERB_NONE,
		    WISH_UNSHARE, NULL },
		{ "Shared with: nobody", NULL, VERB_NONE, WISH_UNSHARE, NULL },
		{ "Comment: Free him\nHIDE", NULL, VERB_HIDE, WISH_HIDE, NULL },
		{ "City:\nHIDE", NULL, VERB_HIDE, WISH_HIDE, NULL },
		{ "Yes, I sign.\nBest wishes, Ada\nHIDE", NULL, VERB_NONE, WISH_HIDE, NULL },
		{ "no\nHIDE", NULL, VERB_NONE, WISH_HIDE, NULL },
		{ "Да\nСпасибо!\nСКРЫТЬ", NULL, VERB_NONE, WISH_HIDE, NULL },
		{ "Да, скройте моё имя", NULL, VERB_NONE, WISH_HIDE, NULL },
		{ "Да, но никому не передавайте мой адрес", NULL, VERB_NONE, WISH_UNSHARE, NULL },
		{ "Передать: никому", NULL, VERB_NONE, WISH_UNSHARE, NULL },
		{ "Ja, skjul navnet mitt", NULL, VERB_NONE, WISH_HIDE, NULL },
		{ "Ja\nLykke til!\nIKKE DEL", NULL, VERB_NONE, WISH_UNSHARE, NULL },
		{ "Del med: ingen", NULL, VERB_NONE, WISH_UNSHARE, NULL },
		{ "Ҳа, номи маро пинҳон кунед", NULL, VERB_NONE, WISH_HIDE, NULL },
		{ "Ҳа\nКомёб бошед!\nНАДИҲЕД", NULL, VERB_NONE, WISH_UNSHARE, NULL },
		{ "Диҳед: ҳеҷ кас", NULL, VERB_NONE, WISH_UNSHARE, NULL },
		{ "They hide the truth, and we will not.", NULL, VERB_NONE, 0, NULL },
		{ "Do not hide my name", NULL, VERB_NONE, 0, NULL },

		/* In capitals, all that follows is meant as a name. */
		{ "SHARE The Refugee Council", NULL, VERB_SHARE, WISH_SHARE, "The Refugee Council" },
		{ "Yes\nSHARE Friends of St. Mary. Of the Cross", NULL, VERB_SHARE, WISH_SHARE,
		    "Friends of St. Mary. Of the Cross" },
		{ "SHARE one two three four five six seven", NULL, VERB_SHARE, WISH_SHARE,
		    "one two three four five six seven" },
		{ "ДИҲЕД БА Это", NULL, VERB_SHARE, WISH_SHARE, "Это" },
		{ "DEL MED Den norske komité", NULL, VERB_SHARE, WISH_SHARE, "Den norske komité" },
		{ "SHARE pamir?", NULL, VERB_SHARE, WISH_UNCLEAR, NULL },
		{ "SHARE The Council?", NULL, VERB_SHARE, WISH_SHARE | WISH_UNCLEAR, NULL },
		{ "Yes\nSHARE nordic\nSHARE pamir?", NULL, VERB_SHARE,
		    WISH_SHARE | WISH_UNCLEAR, "nordic" },
		{ "Yes\nThank you\nSHARE pamir", NULL, VERB_NONE, WISH_UNCLEAR, NULL },

		/* A greeting may swallow what turns it round. */
		{ "Hello I don't want you to share my name with Pamir Solidarity", NULL,
		    VERB_NONE, 0, NULL },
		{ "Hello I don't want you to\nshare my name with Pamir Solidarity", NULL,
		    VERB_NONE, 0, NULL },
		{ "Dear friends who share Pamir Solidarity", NULL, VERB_NONE,
		    0, NULL },
		{ "Здравствуйте я не разрешаю передать имя организации Pamir Solidarity",
		    NULL, VERB_NONE, 0, NULL },
		{ "Share my name with Pamir Solidarity\nonly if he agrees", NULL,
		    VERB_NONE, 0, NULL },
		{ "Hello dear friends, share my name with Pamir Solidarity", NULL,
		    VERB_SHARE, WISH_SHARE, "Pamir Solidarity" },
		{ "Hello I do not want updates", NULL, VERB_NONE, 0, NULL },
		{ "Hello you must not show my name", NULL, VERB_NONE, 0, NULL },
		{ "Hello dear friends, updates please", NULL, VERB_UPDATES,
		    WISH_UPDATES, NULL },

		/* Nothing of that in what people write besides. */
		{ "I read the\nnews\nof him", NULL, VERB_NONE, 0, NULL },
		{ "Share the news of him with everybody!", NULL, VERB_NONE, 0, NULL },
		{ "Share this petition", NULL, VERB_NONE, 0, NULL },
		{ "Please share this widely", NULL, VERB_NONE, 0, NULL },
		{ "Please share widely!", NULL, VERB_NONE, 0, NULL },
		{ "I will share it with Pamir Solidarity", NULL, VERB_NONE, 0, NULL },
		{ "Yes\nThank you\nShare pamir", NULL, VERB_NONE, 0, NULL },
		{ "Yes\nThank you\nUPDATES", NULL, VERB_NONE, 0, NULL },
		{ "Передайте ему привет", NULL, VERB_NONE, 0, NULL },
		{ "Передайте это всем друзьям!", NULL, VERB_NONE, 0, NULL },
		{ "Хочу передать ему привет", NULL, VERB_NONE, 0, NULL },
		{ "Ба ӯ салом диҳед", NULL, VERB_NONE, 0, NULL },
		{ "Ба мо хабар диҳед", NULL, VERB_NONE, 0, NULL },
		{ "Del dette med alle", NULL, VERB_NONE, 0, NULL },
		{ "Del gjerne videre!", NULL, VERB_NONE, 0, NULL },
		{ "WITHDRAW\nHIDE", NULL, VERB_WITHDRAW, WISH_HIDE, NULL },
		{ "> HIDE\nyes", NULL, VERB_NONE, 0, NULL },
	};
	struct said said;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		vocabulary_read(v, arena, cases[i].text, cases[i].subject, &said);
		if (said.verb != cases[i].verb || said.wishes != cases[i].wishes)
			fail_msg("%s: %s %u", cases[i].text, verb_name(said.verb),
			    said.wishes);
		if ((said.field[FIELD_SHARE] == NULL) != (cases[i].share == NULL) ||
		    (cases[i].share != NULL &&
		    strcmp(said.field[FIELD_SHARE], cases[i].share) != 0))
			fail_msg("%s: share %s", cases[i].text,
			    said.field[FIELD_SHARE]);
		if (cases[i].subject == NULL && (cases[i].wishes & WISH_SHOW) == 0)
			refuses_behind_others(cases[i].text, cases[i].wishes);
	}
}

/* Words that mean nothing to us may mean something to her. */
static void
other_words(void **state)
{
	static const struct { const char *text; int other; } cases[] = {
		{ "", 0 }, { "\n\n", 0 }, { "Yes", 0 }, { "Yes, I confirm.", 0 },
		{ "Hello!\n\nYes\nThank you very much!", 0 }, { "Yes, HIDE", 0 },
		{ "Yes\nHIDE\nUPDATES\nSHARE Fair Trial Alliance", 0 },
		{ "Yes\n1. HIDE\n2. UPDATES", 0 }, { "Yes\nCity: Oslo", 0 },
		{ "Yes\n> what she was sent", 0 }, { "Да\nСпасибо!", 0 },
		{ "Ja takk", 0 }, { "Ҳа\nРаҳмат", 0 },
		{ "Yes, but no organisation", 1 }, { "Yes. I want it to stay here.", 1 },
		{ "Yes\n\nNot with Fair Trial", 1 }, { "Да, но только вам", 1 },
		{ "Ja, men bare dere", 1 }, { "Ҳа, аммо танҳо ба шумо", 1 },
	};
	struct said said;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		vocabulary_read(v, arena, cases[i].text, NULL, &said);
		if (said.other != cases[i].other)
			fail_msg("%s: %d", cases[i].text, said.other);
	}
}

static void
answers(void **state)
{
	static const struct { const char *text; int answer; } cases[] = {
		{ "yes", 1 }, { "Yes, I confirm.", 1 }, { "YES!", 1 }, { "ok", 1 },
		{ "Yes please", 1 }, { "Hello,\n\nyes\n\nAda", 1 }, { "I confirm", 1 },
		{ "Yes! Free him now.", 1 },
		{ "Да", 1 }, { "да, подтверждаю", 1 }, { "Подтверждаю свою подпись", 1 },
		{ "Ҳа", 1 }, { "ха", 1 }, { "Бале, розӣ ҳастам", 1 }, { "Тасдиқ мекунам", 1 },
		{ "Ja", 1 }, { "Ja, jeg bekrefter", 1 }, { "Jeg bekrefter underskriften min", 1 },

		{ "no", -1 }, { "No.", -1 }, { "No, thank you", -1 }, { "no thanks", -1 },
		{ "I did not sign this", -1 }, { "I didn’t sign this petition.", -1 },
		{ "No, I did not sign.", -1 }, { "Not me", -1 }, { "That wasn't me!", -1 },
		{ "it wasnt me", 0 }, { "This is not me.", -1 }, { "I never signed this", -1 },
		{ "I don't want to sign this", -1 }, { "I do not confirm", -1 },
		{ "Sorry, wrong person", -1 }, { "I never asked for this", -1 },
		{ "Hello,\nI do not know who you are. I did not sign this petition. Goodbye.", -1 },
		{ "Who are you?\nI never signed anything.\n", -1 },
		{ "Someone used my email address", -1 }, { "Cancel", -1 },
		{ "No. I did not.", -1 },
		{ "Нет", -1 }, { "нет, спасибо", -1 }, { "Не", -1 }, { "Это не я", -1 },
		{ "«Это был не я»", -1 }, { "Я не подписывала это", -1 },
		{ "Здравствуйте, я ничего не подписывал.", -1 },
		{ "Не подтверждаю", -1 }, { "Я не хочу подписывать эту петицию", -1 },
		{ "Вы ошиблись адресом", -1 }, { "Отмена", -1 },
		{ "Не", -1 }, { "ман не", -1 }, { "«Ман не»", -1 }, { "Ин ман нестам", -1 },
		{ "Ман имзо накардаам", -1 }, { "Инро имзо накардам", -1 },
		{ "Имзо намекунам", -1 }, { "Намехоҳам", -1 }, { "Розӣ нестам", -1 },
		{ "Nei", -1 }, { "Nei takk", -1 }, { "Det var ikke meg", -1 },
		{ "Jeg har ikke skrevet under på dette", -1 }, { "Eg har ikkje signert", -1 },
		{ "Jeg vil ikke signere", -1 }, { "Jeg bekrefter ikke", -1 },

		/* lines that a mail program broke */
		{ "I do not\nwant to sign", -1 }, { "Hello,\nI do\nnot want to sign this\npetition.\nBye", -1 },
		{ "Who are you? I do not\nwant to sign.", -1 }, { "I\nnever\nsigned\nthis", -1 },
		{ "Я не хочу\nподписывать эту петицию", -1 }, { "Jeg vil\nikke signere", -1 },
		{ "Ман имзо\nнакардаам", -1 },
		{ "I do not\n\nwant to sign", 0 }, { "I do not.\nWant to sign", 0 },
		{ "I do not\n> want to sign", 0 }, { "I do not\nComment: x\nwant to sign", 0 },
		{ "I did not\nsign earlier because I was away", 0 },
		{ "No. 1 lawyer must be free!", 0 }, { "no. 12 on my list of heroes", 0 },
		{ "Hi, No. 1 lawyer must be free!", 0 }, { "Please, no. 1 on the list is he", 0 },
		{ "Dear friends, NO. 1 is he", 0 }, { "Hi, no. Not me", -1 },
		{ "Ok. 2 of us", 1 }, { "Hei, nei. 2 ganger nei", -1 },
		{ "No. I am 1 of many who refuse", -1 }, { "No.\n1 thing", -1 },
		{ "I do not want to sign. 2 of my friends neither", -1 },

		{ "No problem, I confirm", 0 }, { "No to torture!", 0 },
		{ "No pasarán", 0 }, { "No one should be in prison for this", 0 },
		{ "Нет войне", 0 }, { "Нет войне!", 0 }, { "Нет пыткам", 0 },
		{ "Не молчите", 0 }, { "Не ҷанг", 0 }, { "Nei til tortur", 0 },
		{ "Nei til krig!", 0 }, { "Ikke glem ham", 0 },
		{ "I did not know about this case, thank you for telling me", 0 },
		{ "I did not sign earlier because I was away", 0 },
		{ "Yesterday", 0 }, { "", 0 }, { "Я не могу молчать", 0 },
		{ "> no", 0 }, { "Comment: no", 0 },
	};
	struct said said;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		int got;

		vocabulary_read(v, arena, cases[i].text, NULL, &said);
		got = said.no ? -1 : said.yes;
		if (got != cases[i].answer || (said.no && said.yes))
			fail_msg("%s: %d", cases[i].text, got);
		if (said.verb != VERB_NONE)
			fail_msg("%s: verb %s", cases[i].text, verb_name(said.verb));
	}
	assert_int_equal(vocabulary_answer(v, "Да, пожалуйста"), 1);
	assert_int_equal(vocabulary_answer(v, "nei"), -1);
	assert_int_equal(vocabulary_answer(v, "I did not sign"), -1);
	assert_int_equal(vocabulary_answer(v, "maybe"), 0);
	assert_int_equal(vocabulary_answer(v, ""), 0);
}

static void
check_field(const char *text, const struct said *said, enum field f, const char *want)
{
	const char *got = said->field[f];

	if (want == NULL ? got != NULL : got == NULL || strcmp(got, want) != 0)
		fail_msg("%s\n%s is %s, not %s", text, field_name(f),
		    got == NULL ? "absent" : got, want == NULL ? "absent" : want);
}

static void
fields(void **state)
{
	static const struct {
		const char *text, *name, *country, *city, *comment, *language, *updates;
		const char *words;
	} cases[] = {
		{ "Name: Ada Lovelace\nCountry: United Kingdom\nCity: London\n"
		    "Comment: Free him!\nLanguage: English\nUpdates: yes\n", "Ada Lovelace",
		    "United Kingdom", "London", "Free him!", "en", "yes", "en" },
		{ "NAME:Ada\r\nCOUNTRY :\tNorway\r\n", "Ada", "Norway", 0, 0, 0, 0, "en" },
		{ "Имя: Рустам\nСтрана: Таджикистан\nГород: Душанбе\nЯзык: таджикский\n"
		    "Новости: нет\nКомментарий: Свободу!", "Рустам", "Таджикистан", "Душанбе",
		    "Свободу!", "tg", "no", "ru" },
		{ "Ном: Рустам Ҳакимов\nКишвар: Тоҷикистон\nШаҳр: Хуҷанд\nШарҳ: Озод кунед\n"
		    "Забон: русӣ\nХабарҳо: ҳа", "Рустам Ҳакимов", "Тоҷикистон", "Хуҷанд",
		    "Озод кунед", "ru", "yes", "tg" },
		{ "Ному насаб: Зарина\nШахр: Хоруг", "Зарина", 0, "Хоруг", 0, 0, 0, "tg" },
		{ "Navn: Åse Øygard\nLand: Norge\nSted: Bodø\nKommentar: Slipp ham fri\n"
		    "Språk: norsk\nOppdateringer: nei takk", "Åse Øygard", "Norge", "Bodø",
		    "Slipp ham fri", "nb", "no", "nb" },
		{ "ФИО: Иванов Иван", "Иванов Иван", 0, 0, 0, 0, 0, "ru" },
		{ "Name：Ada", "Ada", 0, 0, 0, 0, 0, "en" },
		{ "Name = Ada", "Ada", 0, 0, 0, 0, 0, "en" },
		{ "Name - Ada", "Ada", 0, 0, 0, 0, 0, "en" },
		{ "Имя — Рустам", "Рустам", 0, 0, 0, 0, 0, "ru" },
		{ "* Name: Ada\n- Country: Norway\n3. City: Oslo", "Ada", "Norway", "Oslo",
		    0, 0, 0, "en" },
		{ "**Name:** Ada", "Ada", 0, 0, 0, 0, 0, "en" },
		{ "Name (optional): Ada", "Ada", 0, 0, 0, 0, 0, "en" },
		{ "Name:\nAda\nCity:\nCountry: Norway", "Ada", "Norway", 0, 0, 0, 0, "en" },
		{ "Name: ______\nCity: ...\nCountry: Norway", 0, "Norway", 0, 0, 0, 0, "en" },
		{ "Name:\n\nAda", 0, 0, 0, 0, 0, 0, "en" },
		{ "Name: Ada\nName: Bob", "Ada", 0, 0, 0, 0, 0, "en" },
		{ "Comment: one\ntwo\nthree\n\nBest wishes", 0, 0, 0, "one\ntwo\nthree", 0, 0, "en" },
		{ "Comment: one\nName: Ada", "Ada", 0, 0, "one", 0, 0, "en" },
		{ "Comment:\none\ntwo", 0, 0, 0, "one\ntwo", 0, 0, "en" },
		{ "I sign.\nName: Ada", "Ada", 0, 0, 0, 0, 0, "en" },
		{ "Language: Klingon\nUpdates: perhaps", 0, 0, 0, 0, 0, 0, "en" },
		{ "Name: A\xe2\x80\xae" "da\x07", "Ada", 0, 0, 0, 0, 0, "en" },
		{ "NAME Ada Lovelace", "Ada Lovelace", 0, 0, 0, 0, 0, "en" },
		{ "COUNTRY Norway", 0, "Norway", 0, 0, 0, 0, "en" },
		{ "Please change my name to Ada.", "Ada", 0, 0, 0, 0, 0, "en" },
		{ "язык таджикский", 0, 0, 0, 0, "tg", 0, "ru" },
		{ "LANGUAGE ru", 0, 0, 0, 0, "ru", 0, "en" },
		{ "UPDATES no", 0, 0, 0, 0, 0, "no", "en" },
		{ "Номро иваз кунед ба Рустам", "Рустам", 0, 0, 0, 0, 0, "tg" },
		/* said in a sentence */
		{ "Hello, my name is Ada Lovelace and I live in Norway.", "Ada Lovelace",
		    0, 0, 0, 0, 0, "en" },
		{ "Hello!\nMy name is Ada.\nI live in Norway.", "Ada", "Norway", 0, 0, 0, 0, "en" },
		{ "My name is on the list already", 0, 0, 0, 0, 0, 0, NULL },
		{ "My name is Ada\nName: Ada Lovelace", "Ada Lovelace", 0, 0, 0, 0, 0, "en" },
		{ "Здравствуйте, меня зовут Иван Иванов, я из Москвы", "Иван Иванов",
		    0, 0, 0, 0, 0, "ru" },
		{ "Салом! Номи ман Рустам аст", "Рустам", 0, 0, 0, 0, 0, "tg" },
		{ "Hei, jeg heter Åse og bor i Bodø", "Åse", 0, 0, 0, 0, 0, "nb" },
		{ "Please write to me in Russian", 0, 0, 0, 0, "ru", 0, "en" },
		/* none */
		{ "Hallo zusammen,\nich unterschreibe.", 0, 0, 0, 0, 0, 0, NULL },
		{ "http://example.org/", 0, 0, 0, 0, 0, 0, NULL },
		{ "A very long line of text that has a colon only much later: Name", 0, 0, 0, 0, 0, 0, NULL },
		{ "Surname: x", 0, 0, 0, 0, 0, 0, NULL },
		{ "Name", 0, 0, 0, 0, 0, 0, "en" },
		{ ":", 0, 0, 0, 0, 0, 0, NULL }, { " - ", 0, 0, 0, 0, 0, 0, NULL },
	};
	struct said said;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		vocabulary_read(v, arena, cases[i].text, NULL, &said);
		check_field(cases[i].text, &said, FIELD_NAME, cases[i].name);
		check_field(cases[i].text, &said, FIELD_COUNTRY, cases[i].country);
		check_field(cases[i].text, &said, FIELD_CITY, cases[i].city);
		check_field(cases[i].text, &said, FIELD_COMMENT, cases[i].comment);
		check_field(cases[i].text, &said, FIELD_LANGUAGE, cases[i].language);
		check_field(cases[i].text, &said, FIELD_UPDATES, cases[i].updates);
		if (cases[i].words == NULL ? said.language != NULL :
		    said.language == NULL || strcmp(said.language, cases[i].words) != 0)
			fail_msg("%s: in %s", cases[i].text,
			    said.language == NULL ? "none" : said.language);
	}
}

static void
arguments(void **state)
{
	static const struct { const char *text; enum verb verb; } cases[] = {
		{ "NAME Ada", VERB_NAME }, { "name", VERB_NAME }, { "COUNTRY Norway", VERB_COUNTRY },
		{ "страна Норвегия", VERB_COUNTRY }, { "LANGUAGE tajik", VERB_LANGUAGE },
		{ "updates no", VERB_UPDATES }, { "UPDATES yes please", VERB_UPDATES },
		/* fields and sentences are no verbs */
		{ "Name: Ada", VERB_NONE }, { "My name is Ada", VERB_NONE },
		{ "LANGUAGE klingon", VERB_NONE }, { "updates are nice", VERB_NONE },
		{ "Name the guilty! Now!", VERB_NONE }, { "Name one good reason. I wait.", VERB_NONE },
	};
	struct said said;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		vocabulary_read(v, arena, cases[i].text, NULL, &said);
		if (said.verb != cases[i].verb)
			fail_msg("%s: %s", cases[i].text, verb_name(said.verb));
	}
}

static void
subjects(void **state)
{
	static const struct { const char *text, *subject; enum verb verb; int answer; } cases[] = {
		{ "", "STOP", VERB_STOP, 0 }, { "", "Re: stop", VERB_STOP, 0 },
		{ "", "RE: Fwd: SV: Отв: stop", VERB_STOP, 0 }, { "", "Re[2]: stop", VERB_STOP, 0 },
		{ "Kind regards", "withdraw my signature", VERB_WITHDRAW, 0 },
		{ "status", "stop", VERB_STATUS, 0 },
		{ "Name: Ada", "sign", VERB_SIGN, 0 },
		{ "", "No", VERB_NONE, -1 }, { "", "Re: No", VERB_NONE, 0 },
		{ "Free him", "No", VERB_NONE, 0 }, { "", "yes", VERB_NONE, 1 },
		{ "", "Free Manuchehr", VERB_NONE, 0 }, { "", "", VERB_NONE, 0 },
		{ "", "Re:", VERB_NONE, 0 }, { "", "Ответ: помощь", VERB_HELP, 0 },
		/* our own question, perhaps of somebody else's doing */
		{ "No!", "Re: WITHDRAW", VERB_NONE, -1 }, { "No. It was not me.", "Re: FORGET", VERB_NONE, -1 },
		{ "Who is this?", "Re: WITHDRAW", VERB_NONE, 0 },
		{ "Please do nothing. Keep it as it is.", "Re: SHOW", VERB_NONE, 0 },
		{ "No, I do not want your news!", "Re: UPDATES", VERB_NONE, 0 },
		{ "No", "Re: STOP", VERB_NONE, -1 }, { "Нет! Это была не я.", "Re: ЗАБЫТЬ", VERB_NONE, -1 },
		{ "Ada", "Re: STOP", VERB_STOP, 0 }, { "Ada", "Re: HIDE", VERB_HIDE, 0 },
		{ "Yes, please", "Re: WITHDRAW", VERB_WITHDRAW, 1 }, { "", "Re: FORGET", VERB_FORGET, 0 },
		{ "No", "Re: STATUS", VERB_STATUS, -1 }, { "No more of this", "WITHDRAW", VERB_WITHDRAW, 0 },
	};
	struct said said;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		int got;

		vocabulary_read(v, arena, cases[i].text, cases[i].subject, &said);
		got = said.no ? -1 : said.yes;
		if (said.verb != cases[i].verb || got != cases[i].answer)
			fail_msg("%s / %s: %s %d", cases[i].text, cases[i].subject,
			    verb_name(said.verb), got);
	}
}

static void
languages(void **state)
{
	static const struct { const char *said, *code; } cases[] = {
		{ "English", "en" }, { "RU", "ru" }, { "русский", "ru" }, { "Русский язык", "ru" },
		{ "по-русски", "ru" }, { "тоҷикӣ", "tg" }, { "точики", "tg" }, { "Tajik", "tg" },
		{ "таджикский", "tg" }, { "norsk", "nb" }, { "nb", "nb" }, { "no", "nb" },
		{ "Norwegian.", "nb" }, { "en-GB", "en" }, { "nb_NO", "nb" }, { "tg-Cyrl-TJ", "tg" },
		{ "Klingon", NULL }, { "de", NULL }, { "", NULL }, { "e", NULL }, { "-", NULL },
		{ "ruski", NULL },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		const char *got = vocabulary_language(v, cases[i].said);

		if (cases[i].code == NULL ? got != NULL :
		    got == NULL || strcmp(got, cases[i].code) != 0)
			fail_msg("%s: %s", cases[i].said, got == NULL ? "none" : got);
	}
}

/* ---- what the templates tell people to write -------------------------------- */

/* All capitals, as in "STOP": in Latin and Cyrillic, where our mails are. */
static size_t
capitals(const char *s)
{
	size_t n = 0, signs = 0;
	const unsigned char *p = (const unsigned char *)s;

	while (p[n] != '\0') {
		char *one, *folded;
		size_t len = p[n] < 0x80 ? 1 : 2;

		if (p[n] < 0x80 && (p[n] < 'A' || p[n] > 'Z'))
			break;
		if (p[n] >= 0xe0)
			break;
		one = arena_strndup(arena, s + n, len);
		folded = text_lower(arena, one, len);
		if (folded == NULL || strcmp(one, folded) == 0)
			break;
		n += len;
		signs++;
	}
	return signs >= 3 ? n : 0;
}

static int
is_label(const char *label, size_t len)
{
	struct said said;
	size_t f;

	vocabulary_read(v, arena, arena_printf(arena, "%.*s: yes", (int)len, label),
	    NULL, &said);
	for (f = 0; f < FIELD_COUNT_; f++)
		if (said.field[f] != NULL)
			return 1;
	return 0;
}

static unsigned
check_words(const char *at, const char *file)
{
	struct said said;
	unsigned count = 0;
	size_t n, more;

	for (; *at != '\0'; at += n > 0 ? n : 1) {
		n = capitals(at);
		if (n == 0)
			continue;
		while (at[n] == ' ' && (more = capitals(at + n + 1)) > 0)
			n += more + 1;
		vocabulary_read(v, arena, arena_strndup(arena, at, n), NULL, &said);
		if (said.verb == VERB_NONE)
			fail_msg("%s: %.*s is no verb", file, (int)n, at);
		count++;
	}
	return count;
}

static unsigned
check_labels(const char *text, const char *file)
{
	static const char *const quotes[] = { "\"", "«" };
	const char *at, *label;
	unsigned count = 0;
	size_t i;

	for (at = strstr(text, ": …"); at != NULL; at = strstr(at + 1, ": …"))
		for (i = 0; i < 2; i++) {
			label = at;
			while (label > text && label > at - 60 &&
			    strncmp(label, quotes[i], strlen(quotes[i])) != 0)
				label--;
			if (strncmp(label, quotes[i], strlen(quotes[i])) != 0)
				continue;
			label += strlen(quotes[i]);
			if (!is_label(label, (size_t)(at - label)))
				fail_msg("%s: \"%.*s:\" is no field", file,
				    (int)(at - label), label);
			count++;
		}
	return count;
}

static void
promises(void **state)
{
	struct reason why;
	size_t i;

	(void)state;
	for (i = 0; four[i] != NULL; i++) {
		const char *file = arena_printf(arena,
		    SOURCE_DIR "/templates/%s/words-to-write.mustache", four[i]);
		struct buf b = BUF_INIT;

		assert_int_equal(buf_read_file(&b, file, 1 << 20, &why), OK);
		assert_true(check_words(b.data, file) >= 8);
		assert_true(check_labels(b.data, file) >= 3);
		buf_free(&b);
	}
}

static void
bounds(void **state)
{
	struct buf b = BUF_INIT;
	struct said said;
	clock_t start = clock();
	size_t i;

	(void)state;
	for (i = 0; i < 101; i++)
		buf_addstr(&b, "x\n");
	buf_addstr(&b, "Name: Ada\n");
	vocabulary_read(v, arena, b.data, NULL, &said);
	assert_null(said.field[FIELD_NAME]);
	buf_clear(&b);
	buf_addstr(&b, "Comment: ");
	for (i = 0; i < 5000; i++)
		buf_addstr(&b, "ӣ");
	buf_addstr(&b, "\n\nName: ");
	for (i = 0; i < 1000; i++)
		buf_addstr(&b, "ӣ");
	vocabulary_read(v, arena, b.data, b.data, &said);
	assert_int_equal(strlen(said.field[FIELD_COMMENT]), SAID_COMMENT_MAX * 2);
	assert_int_equal(strlen(said.field[FIELD_NAME]), SAID_FIELD_MAX * 2);
	buf_clear(&b);
	for (i = 0; i < 200000; i++)
		buf_addstr(&b, "hello please no ");
	vocabulary_read(v, arena, b.data, b.data, &said);
	buf_clear(&b);
	for (i = 0; i < 20000; i++)
		buf_addstr(&b, "dear hello dear hi hi hi hi please thanks\n");
	vocabulary_read(v, arena, b.data, b.data, &said);
	vocabulary_read(v, arena, "Name: \xff\xfe\nno\xff\n\xc3", "\xff: \xc3", &said);
	assert_true(text_is_utf8(said.field[FIELD_NAME], strlen(said.field[FIELD_NAME])));
	assert_true(clock() - start < CLOCKS_PER_SEC);
	buf_free(&b);
}

/* ---- words files ----------------------------------------------------------- */

static enum status
load_text(const char *text, struct reason *why)
{
	static const char *const one[] = { "xx", NULL };
	char dir[] = "/tmp/vocabulary_test.XXXXXX", path[80];
	struct vocabulary *got = NULL;
	enum status st;
	FILE *f;

	assert_non_null(mkdtemp(dir));
	(void)snprintf(path, sizeof path, "%s/xx", dir);
	assert_int_equal(mkdir(path, 0700), 0);
	(void)snprintf(path, sizeof path, "%s/xx/words", dir);
	f = fopen(path, "w");
	assert_non_null(f);
	(void)fputs(text, f);
	assert_int_equal(fclose(f), 0);
	st = vocabulary_load(&got, dir, one, why);
	assert_true((st == OK) == (got != NULL));
	vocabulary_free(&got);
	assert_int_equal(unlink(path), 0);
	(void)snprintf(path, sizeof path, "%s/xx", dir);
	assert_int_equal(rmdir(path), 0);
	assert_int_equal(rmdir(dir), 0);
	return st;
}

static void
mistakes(void **state)
{
	static const struct { const char *text, *why; } cases[] = {
		{ "# fine\n\nverb dance x\n", "xx/words:3: \"dance\" is not a verb; there are: sign, " },
		{ "field age x", "xx/words:1: \"age\" is not a field; there are: name, " },
		{ "answer maybe x", "\"maybe\" is not an answer; there are: yes, no" },
		{ "noun x y", "\"noun\" is not what a line begins with; there are: verb, " },
		{ "verb stop", "a pattern is missing" },
		{ "verb none x", "\"none\" is not a verb" },
		{ "verb stop x?", "all of the pattern may be left out" },
		{ "verb stop (x", "xx/words:1: the pattern is wrong at its byte" },
		{ "verb stop (?<w0>x)", "groups with names" },
		{ "verb stop (x)\\1", "xx/words:1: the pattern is wrong" },
		{ "verb stop \xff", "not in UTF-8" },
	};
	static const char *const missing[] = { "zz", NULL };
	struct vocabulary *got = NULL;
	struct reason why;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		assert_int_equal(load_text(cases[i].text, &why), INVALID);
		if (strstr(why.text, cases[i].why) == NULL)
			fail_msg("%s: %s", cases[i].text, why.text);
	}
	assert_int_equal(load_text("", &why), OK);
	assert_int_equal(load_text("# only\n \t\r\nverb stop x|y # z\r\n", &why), OK);
	assert_int_equal(vocabulary_load(&got, "/nonexistent", missing, &why), NOT_FOUND);
	assert_non_null(strstr(why.text, "/nonexistent/zz/words"));
}

/* In letters as in any sentence it is a consent only with the whole name, or id, of
 * an organisation; where that may be meant she is told, and what people say of a
 * petition is nothing.  The vocabulary knows them from here on. */
static void
named_shares(void **state)
{
	static const struct { const char *name; int is_id; } organisations[] = {
		{ "nordic", 1 }, { "Nordic Committee for Prisoners of Conscience", 0 },
		{ "refuge", 1 }, { "The Refugee. Council for All of the World", 0 },
		{ "letters", 1 }, { "Letters & Postcards, Limited", 0 },
		{ "helsinki", 1 }, { "Den norske Helsingforskomité", 0 },
		{ "pamir", 1 }, { "Pamir Solidarity", 0 },
		{ "umed", 1 }, { "Фонд «Умед»", 0 }, { "The Freedom", 0 },
		{ "Свободу", 0 },
	};
	static const struct {
		const char *text;
		enum verb verb;
		unsigned wishes;
		int other;
		const char *share;
	} cases[] = {
		/* understood */
		{ "Share The Nordic Committee for Prisoners of Conscience", VERB_SHARE, WISH_SHARE, 0,
		    "The Nordic Committee for Prisoners of Conscience" },
		{ "share the nordic committee for prisoners of conscience.", VERB_SHARE, WISH_SHARE, 0,
		    "the nordic committee for prisoners of conscience." },
		{ "Please share with the Pamir Solidarity, thank you!", VERB_SHARE, WISH_SHARE, 0,
		    "the Pamir Solidarity," },
		{ "share Refugee Council for all of the world", VERB_SHARE, WISH_SHARE, 0,
		    "Refugee Council for all of the world" },
		{ "Yes\nshare my name and address with the Nordic Committee for Prisoners of Conscience\nHIDE",
		    VERB_SHARE, WISH_SHARE | WISH_HIDE, 0,
		    "the Nordic Committee for Prisoners of Conscience" },
		{ "Yes\nshare the Pamir Solidarity\nshare the refugee council for all of the world",
		    VERB_SHARE, WISH_SHARE, 0,
		    "the Pamir Solidarity\nthe refugee council for all of the world" },
		{ "Share the Pamir Solidarity, Letters & Postcards, Limited", VERB_SHARE,
		    WISH_UNCLEAR, 1, NULL },
		{ "Share the Letters & Postcards, Limited", VERB_SHARE, WISH_SHARE, 0,
		    "the Letters & Postcards, Limited" },
		{ "Share the Pamir Solidarity; the Nordic Committee for Prisoners of Conscience",
		    VERB_SHARE, WISH_SHARE, 0,
		    "the Pamir Solidarity\nthe Nordic Committee for Prisoners of Conscience" },
		{ "Share The Nordic", VERB_SHARE, WISH_SHARE, 0, "The Nordic" },
		{ "Share the Pamir Solidarity please", VERB_SHARE, WISH_SHARE, 0,
		    "the Pamir Solidarity" },
		{ "Передайте Фонд Умед", VERB_SHARE, WISH_SHARE, 0, "Фонд Умед" },
		{ "передайте организации pamir solidarity, спасибо", VERB_SHARE, WISH_SHARE, 0,
		    "pamir solidarity," },
		{ "Номи маро ба Pamir Solidarity диҳед.", VERB_SHARE, WISH_SHARE, 0,
		    "Pamir Solidarity" },
		{ "ба фонди умед дихед", VERB_NONE, 0, 1, NULL },
		{ "Ба Фонд «Умед» додан мумкин аст", VERB_SHARE, WISH_SHARE, 0,
		    "Фонд «Умед»" },
		{ "Del med den norske Helsingforskomité", VERB_SHARE, WISH_SHARE, 0,
		    "den norske Helsingforskomité" },
		{ "del navnet mitt med Den Norske Helsingforskomite", VERB_SHARE, WISH_SHARE, 0,
		    "Den Norske Helsingforskomite" },
		{ "Del norske Helsingforskomité", VERB_SHARE, WISH_SHARE, 0,
		    "norske Helsingforskomité" },

		/* not clear: she is told */
		{ "Share the Nordic Committee", VERB_SHARE, WISH_UNCLEAR, 1, NULL },
		{ "Share The Xyz Fund", VERB_SHARE, WISH_UNCLEAR, 1, NULL },
		{ "Share the Pamir Solidarity?", VERB_SHARE, WISH_UNCLEAR, 1, NULL },
		{ "Share the Pamir Solidarity but not my address", VERB_SHARE, WISH_UNCLEAR, 1, NULL },
		{ "Share the Pamir Solidarity, but not my address", VERB_SHARE, WISH_UNCLEAR, 1, NULL },
		{ "Share the Pamir Solidarity appeal with all your friends", VERB_SHARE,
		    WISH_UNCLEAR, 1, NULL },
		{ "Share the letters", VERB_SHARE, WISH_UNCLEAR, 1, NULL },
		{ "Share my name with the world", VERB_SHARE, WISH_UNCLEAR, 1, NULL },
		{ "Share my name with the letters", VERB_SHARE, WISH_UNCLEAR, 1, NULL },
		{ "Share the pamir", VERB_SHARE, WISH_UNCLEAR, 1, NULL },
		{ "Share The Freedom", VERB_SHARE, WISH_SHARE, 0, "The Freedom" },
		{ "Share the freedom!", VERB_SHARE, WISH_UNCLEAR, 1, NULL },
		{ "Передайте свободу", VERB_SHARE, WISH_UNCLEAR, 1, NULL },
		{ "Dear friends who share the Pamir Solidarity", VERB_NONE, WISH_UNCLEAR, 1, NULL },
		{ "Please share with the Pamir Solidarity\nnothing that is mine.", VERB_NONE,
		    WISH_UNCLEAR, 1, NULL },
		{ "Yes\nshare with the Pamir Solidarity\nif he agrees", VERB_NONE,
		    WISH_UNCLEAR, 1, NULL },
		{ "Yes\nshare with the Pamir Solidarity\nhide\nshare the umed", VERB_SHARE,
		    WISH_SHARE | WISH_HIDE | WISH_UNCLEAR, 1, "the Pamir Solidarity" },
		{ "I support you\nShare the Pamir Solidarity", VERB_NONE, WISH_UNCLEAR, 1, NULL },
		{ "I support you\nShare Pamir Solidarity", VERB_NONE, WISH_UNCLEAR, 1, NULL },
		{ "Del Den Norske Kirke", VERB_SHARE, WISH_UNCLEAR, 1, NULL },
		{ "I do not want you to\nshare the Pamir Solidarity", VERB_NONE,
		    WISH_UNCLEAR, 1, NULL },

		/* what people say */
		{ "Please share this petition with your friends", VERB_NONE, 0, 1, NULL },
		{ "Share the petition!", VERB_NONE, 0, 1, NULL },
		{ "Please share the news of him with everybody.", VERB_NONE, 0, 1, NULL },
		{ "Share the world with him", VERB_NONE, 0, 1, NULL },
		{ "share the council", VERB_NONE, 0, 1, NULL },
		{ "Share it with Pamir Solidarity", VERB_NONE, 0, 1, NULL },
		{ "Please share this with the Nordic Committee for Prisoners of Conscience",
		    VERB_NONE, 0, 1, NULL },
		{ "I would like to share the Pamir Solidarity's appeal", VERB_NONE, 0, 1, NULL },
		{ "We all share the Pamir Solidarity", VERB_NONE, 0, 1, NULL },
		{ "Передайте Манучехру, что мы с ним", VERB_NONE, 0, 1, NULL },
		{ "Передайте ему привет от Pamir Solidarity", VERB_NONE, 0, 1, NULL },
		{ "Передайте это организации Pamir Solidarity", VERB_NONE, 0, 1, NULL },
		{ "Ба ӯ салом диҳед", VERB_NONE, 0, 1, NULL },
		{ "Ба мо хабар диҳед", VERB_NONE, 0, 1, NULL },
		{ "Номи маро ба Pamir Solidarity", VERB_NONE, 0, 1, NULL },
		{ "Del de gode nyhetene med alle", VERB_NONE, 0, 1, NULL },
		{ "Del det med Pamir Solidarity", VERB_NONE, 0, 1, NULL },
		{ "Del gjerne oppropet med Pamir Solidarity!", VERB_NONE, 0, 1, NULL },

		/* and what she refuses */
		{ "Do not share the Pamir Solidarity", VERB_UNSHARE, WISH_UNSHARE, 0, NULL },
		{ "Номи маро ба Pamir Solidarity надиҳед", VERB_UNSHARE, WISH_UNSHARE, 0, NULL },
		{ "Ikke del med den norske Helsingforskomité", VERB_UNSHARE, WISH_UNSHARE, 0, NULL },
		{ "Share the Pamir Solidarity\nDo not share", VERB_SHARE, WISH_UNSHARE, 0, NULL },
	};
	static const struct {
		const char *text, *subject;
		unsigned wishes;
	} subjects[] = {
		{ "", "Share the Pamir Solidarity", WISH_SHARE },
		{ "Thank you", "Share the Pamir Solidarity", WISH_SHARE },
		{ "", "Re: Share the Pamir Solidarity", WISH_SHARE },
		{ "Yes", "Re: Share the Pamir Solidarity", WISH_SHARE },
		{ "Thank you", "Re: Share the Pamir Solidarity", 0 },
		{ "No", "Re: Share my name with Pamir Solidarity", 0 },
		{ "Thank you", "Share the petition", 0 },
	};
	struct said said;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof organisations / sizeof organisations[0]; i++)
		vocabulary_know(v, organisations[i].name, organisations[i].is_id);
	for (i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		vocabulary_read(v, arena, cases[i].text, NULL, &said);
		if (said.verb != cases[i].verb || said.wishes != cases[i].wishes ||
		    said.other != cases[i].other)
			fail_msg("%s: %s %u, other %d", cases[i].text,
			    verb_name(said.verb), said.wishes, said.other);
		if ((said.field[FIELD_SHARE] == NULL) != (cases[i].share == NULL) ||
		    (cases[i].share != NULL &&
		    strcmp(said.field[FIELD_SHARE], cases[i].share) != 0))
			fail_msg("%s: share %s", cases[i].text,
			    said.field[FIELD_SHARE]);
	}
	for (i = 0; i < sizeof subjects / sizeof subjects[0]; i++) {
		vocabulary_read(v, arena, subjects[i].text, subjects[i].subject, &said);
		if (said.wishes != subjects[i].wishes)
			fail_msg("%s: %u", subjects[i].subject, said.wishes);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names),
		cmocka_unit_test(verbs),
		cmocka_unit_test(wishes),
		cmocka_unit_test(other_words),
		cmocka_unit_test(answers),
		cmocka_unit_test(fields),
		cmocka_unit_test(arguments),
		cmocka_unit_test(subjects),
		cmocka_unit_test(languages),
		cmocka_unit_test(promises),
		cmocka_unit_test(bounds),
		cmocka_unit_test(mistakes),
		cmocka_unit_test(named_shares),
	};

	return cmocka_run_group_tests(tests, load, unload);
}
