/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "base/arena.h"
#include "message/reader.h"
#include "tests/unit/check.h"

static const struct {
	const char *in, *want;
} cases[] = {
	/* nothing to take off */
	{ "", "" },
	{ "Yes", "Yes" },
	{ "Yes.\nAda\n", "Yes.\nAda" },
	{ "\n\n  \nYes\n\n\n", "Yes" },
	{ "I wrote:\nyes", "I wrote:\nyes" },
	{ "On Monday I will write to them.\nYes", "On Monday I will write to them.\nYes" },
	{ "Name: Ada\nCountry: Norway\nComment: free him", "Name: Ada\nCountry: Norway\nComment: free him" },
	{ "Heading\n=======\ntext", "Heading\n=======\ntext" },
	{ "- yes\n- no", "- yes\n- no" },

	/* quotes above, below and between */
	{ "Yes\n\n> Do you?\n", "Yes" },
	{ "> Do you?\n\nYes", "Yes" },
	{ "> one?\nyes\n> two?\nno", "yes\nno" },
	{ "Yes\n\nOn Mon, Nov 23, 2026 at 8:00 PM Free <f@x.example> wrote:\n\n> Do you?\n> Really?", "Yes" },
	{ "Yes\n\nOn Mon, Nov 23, 2026 at 8:00 PM Free Him <free-him+c-abc@petitions.example>\nwrote:\n\n> Do you?", "Yes" },
	{ "On Mon, Nov 23, 2026 at 8:00 PM Free <f@x.example> wrote:\n> Do you?\n\nYes", "Yes" },
	{ "Yes\n\nOn Mon, Nov 23, 2026 at 8:00 PM Free <f@x.example> wrote:\n\nDo you want to sign?", "Yes" },
	{ "Yes On Mon, Nov 23, 2026 at 8:00 PM Free <f@x.example> wrote:\n> Do you?", "Yes" },
	{ "Ja\nAB> quoted\nAB> more", "Ja" },
	{ "Bob wrote:\n> x\n\nyes", "yes" },

	/* other quote marks, where they are some */
	{ "Yes\n\nOn Mon, Nov 23, 2026 at 8:00 PM Free <f@x.example> wrote:\n| Do you?\n| Really?\n\nAda", "Yes\n\nAda" },
	{ "Bob wrote:\n| x\n\nyes", "yes" },
	{ "Bob wrote:\n\n» x\nyes", "yes" },
	{ "Yes On Mon, Nov 23, 2026 at 8:00 PM Free <f@x.example> wrote:\n| Do you?", "Yes" },
	{ "On Mon, Nov 23, 2026 at 8:00 PM Free\n<free-him+c-abc@petitions.example>\nwrote:\n\n| one?\nyes\n| two?\nno", "yes\nno" },
	{ "23.11.2026 20:00, Free пишет:\n› Вы?\n›\n› Или?\n\nДа", "Да" },
	{ "| Do you?\n| Really?\n\nYes", "Yes" },
	{ "| Do you?\n| | Do I?\nYes\n\n| And?\n\nNo", "Yes\n\nNo" },
	{ "Yes\n\n» Do you?\n» Really?\n", "Yes" },
	{ "Yes\n\n| Do you?\n|\n|| Really?\n-- \nAda", "Yes" },
	{ "Yes\n\n› Do you?\n› Really?\n\nSent from my iPhone", "Yes" },
	{ "Ja\n\nDen 23.11.2026 20:00, skrev Free:\n|Vil du?\n|Sikkert?", "Ja" },
	{ "On Mon, Nov 23, 2026 at 8:00 PM Free <f@x.example> wrote:\n| Do you?\n| Really?", "" },

	/* and where they are not */
	{ "| yes", "| yes" },
	{ "| yes\n| please", "| yes\n| please" },
	{ "» yes\n» please\n-- \nAda", "» yes\n» please" },
	{ "| HIDE\n> Do you?", "| HIDE" },
	{ "Yes\n\n| HIDE", "Yes\n\n| HIDE" },
	{ "| HIDE\nYes", "| HIDE\nYes" },
	{ "I want:\n\n» freedom\n» justice", "I want:\n\n» freedom\n» justice" },
	{ "My wishes\n| freedom\n| justice", "My wishes\n| freedom\n| justice" },
	{ "Yes\n| freedom\n| justice\nNo", "Yes\n| freedom\n| justice\nNo" },
	{ "Yes\n\n| Name | Ada |\n|---|---|\n| City | Oslo |", "Yes\n\n| Name | Ada |\n|---|---|\n| City | Oslo |" },
	{ "Yes, I sign.\n\n» HIDE\n» DO NOT SHARE", "Yes, I sign.\n\n» HIDE\n» DO NOT SHARE" },
	{ "| hide\n| no news\n\nYes", "| hide\n| no news\n\nYes" },
	{ "»Slipp ham fri!«\n»Nå!«\n\nJa", "»Slipp ham fri!«\n»Nå!«\n\nJa" },
	{ "› yes ‹\n› no ‹\n\nx", "› yes ‹\n› no ‹\n\nx" },
	{ "> q\n\n| yes\n| please\n", "| yes\n| please" },

	/* the same in other languages */
	{ "Да\n\nпн, 23 нояб. 2026 г. в 20:00, Free <f@x.example>:\n\n> Вы?", "Да" },
	{ "Да\n\n23 ноября 2026 г. 20:00 пользователь Free <f@x.example> написал:\nВы?", "Да" },
	{ "Да\n\n23.11.2026 20:00, Free пишет:\n> Вы?", "Да" },
	{ "Бале\n\n23.11.2026 20:00, Free <f@x.example> навишт:\nМатн", "Бале" },
	{ "Ja\n\nman. 23. nov. 2026 kl. 20:00 skrev Free <f@x.example>:\n\n> Vil du?", "Ja" },
	{ "Ja\n\nDen 23.11.2026 20:00, skrev Free:\n> Vil du?", "Ja" },
	{ "Ja\n\nAm Mo., 23. Nov. 2026 um 20:00 Uhr schrieb Free <f@x.example>:\n> Wollen Sie?", "Ja" },
	{ "Oui\n\nLe lun. 23 nov. 2026 à 20:00, Free <f@x.example> a écrit :\n\n> Voulez-vous ?", "Oui" },
	{ "Sí\n\nEl lun, 23 nov 2026 a las 20:00, Free (<f@x.example>) escribió:\n> ¿Quiere?", "Sí" },
	{ "Sim\n\nEm seg., 23 de nov. de 2026 às 20:00, Free <f@x.example> escreveu:\nQuer?", "Sim" },
	{ "Sì\n\nIl giorno lun 23 nov 2026 alle ore 20:00 Free <f@x.example> ha scritto:\nVuoi?", "Sì" },
	{ "Ja\n\nOp ma 23 nov. 2026 om 20:00 schreef Free <f@x.example>:\n> Wilt u?", "Ja" },
	{ "Tak\n\npon., 23 lis 2026 o 20:00 Free <f@x.example> napisał(a):\n> Czy?", "Tak" },
	{ "Ano\n\npo 23. 11. 2026 v 20:00 odesílatel Free <f@x.example> napsal:\n> Ano?", "Ano" },
	{ "Kyllä\n\nma 23. marrask. 2026 klo 20.00 Free (f@x.example) kirjoitti:\n> Vai?", "Kyllä" },
	{ "Evet\n\nFree <f@x.example>, 23 Kas 2026 Pzt, 20:00 tarihinde şunu yazdı:\n> ?", "Evet" },
	{ "Ναι\n\nΣτις Δευ 23 Νοε 2026 στις 8:00 μ.μ., ο χρήστης Free <f@x.example> έγραψε:\n> ;", "Ναι" },
	{ "はい\n\n2026年11月23日(月) 20:00 Free <f@x.example>:\n\n> ?", "はい" },
	{ "是\n\nFree <f@x.example> 于2026年11月23日周一 20:00写道：\n> ?", "是" },
	{ "نعم\n\nفي الاثنين، ٢٣ نوفمبر ٢٠٢٦ ٢٠:٠٠ Free <f@x.example> كتب:\n> ؟", "نعم" },

	/* headers and lines of a program's */
	{ "Yes\n\n-----Original Message-----\nFrom: x\nyes no", "Yes" },
	{ "Ja\n\n-----Ursprüngliche Nachricht-----\nVon: x", "Ja" },
	{ "Да\n\n-------- Исходное сообщение --------\nнет", "Да" },
	{ "x\n\n---------- Forwarded message ---------\nFrom: y", "x" },
	{ "x\n\n------ 何か ------\ny", "x" },
	{ "Yes\n\nFrom: Free <f@x.example>\nSent: Monday, 23 November 2026 20:00\nTo: Ada\nSubject: Sign?\n\nDo you?", "Yes" },
	{ "Ja\n\nVon: Free <f@x.example>\nGesendet: Montag, 23. November 2026\nAn: Ada\nBetreff: x\n\nmehr", "Ja" },
	{ "Ja\n\nFra: Free <f@x.example>\nSendt: mandag 23. november 2026\nTil: Ada\nEmne: x\n\nmer", "Ja" },
	{ "Да\n\nОт: Free <f@x.example>\nОтправлено: 23 ноября 2026 г.\nКому: Ада\nТема: x\n\nтекст", "Да" },
	{ "Yes\n\n________________________________\nFrom: Free\nDo you?", "Yes" },
	{ "Yes\n\n*From:* Free <f@x.example>\n*Sent:* Monday\n*To:* Ada\n\nDo you?", "Yes" },
	{ "CAUTION: This mail is from outside.\nBe careful.\n\nYes", "Yes" },

	/* signatures and telephones */
	{ "Yes\n-- \nAda\n+47 1", "Yes" },
	{ "Yes\n--\nAda", "Yes" },
	{ "Yes\n\nSent from my iPhone\n", "Yes" },
	{ "Yes\n\nSent from my iPhone\n\nOn Mon, Nov 23, 2026, at 20:00, Free wrote:\n\n> q", "Yes" },
	{ "Да\n\nОтправлено с iPhone", "Да" },
	{ "Ja\n\nSendt fra min iPhone", "Ja" },
	{ "Ja\n\nVon meinem iPhone gesendet", "Ja" },
	{ "Oui\n\nEnvoyé de mon iPhone", "Oui" },
	{ "Yes\n\nGet Outlook for iOS<https://aka.ms/o0ukef>", "Yes" },
	{ "はい\n\niPhoneから送信", "はい" },
	{ "Sent from my heart: yes", "Sent from my heart: yes" },
	{ "Yes\n\n-Ada", "Yes" },
};

static void
own_words_are_kept(void **state)
{
	struct arena *arena = arena_new();
	size_t i;

	(void)state;
	for (i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		char *got = reader_own_words(arena, cases[i].in, strlen(cases[i].in));

		if (strcmp(got, cases[i].want) != 0)
			fail_msg("case %zu\n%s\n--- wants\n%s\n--- got\n%s", i,
			    cases[i].in, cases[i].want, got);
	}
	arena_free(&arena);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(own_words_are_kept),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
