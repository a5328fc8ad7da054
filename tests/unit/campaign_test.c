/* SPDX-License-Identifier: ISC */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "config/campaign.h"

#include <cmocka.h>

static char dir[] = "/tmp/campaign_test.XXXXXX";

static void
put(const char *slug, const char *name, const char *text)
{
	char path[256];
	FILE *f;

	(void)snprintf(path, sizeof path, "%s/%s", dir, slug);
	(void)mkdir(path, 0700);
	(void)snprintf(path, sizeof path, "%s/%s/%s", dir, slug, name);
	if (text == NULL) {
		(void)unlink(path);
		return;
	}
	f = fopen(path, "w");
	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
}

static void
drop(const char *slug)
{
	static const char *const names[] = { "campaign.conf", "petition.en.md",
	    "petition.ru.md", "petition.nb.md" };
	char path[256];
	size_t i;

	for (i = 0; i < sizeof names / sizeof names[0]; i++)
		put(slug, names[i], NULL);
	(void)snprintf(path, sizeof path, "%s/%s", dir, slug);
	(void)rmdir(path);
}

#define BLUE "blue.example.org+d44687db+BAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f"
#define BLUE_LOG "blue.example.org+3a0150a0+AQABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f"

static const char full[] =
    "default_language = \"en\"\n"
    "language \"en\" { title = \"Free the parks\" alias = \"parks-en\" }\n"
    "language \"ru\" { title = \"Освободите парки\" alias = \"parki\" }\n"
    "organisation \"green\" { name = \"Green\" url = \"https://green.example.org/\" }\n"
    "organisation \"blue\" { name = \"Blue\" witness = \"" BLUE "\"\n"
    "  mail = \"witness@blue.example.org\" }\n"
    "contact \"south\" { name = \"South\" address = \"south@example.org\" default = true }\n"
    "contact \"north\" { name = \"North\" address = \"north@example.org\"\n"
    "  countries = {\"NO\", \"SE\"} languages = {\"nb\"} }\n"
    "contact \"east\" { name = \"East\" address = \"east@example.org\"\n"
    "  languages = {\"ru\"} }\n"
    "action \"postcard\" { address = \"A street\\n1\" text \"en\" { value = \"Send it\" }\n"
    "  text \"ru\" { value = \"Отправьте\" } }\n"
    "action \"video\" { url = \"https://example.org/v\" text \"en\" { value = \"See\" } }\n"
    "staff = {\"staff@example.org\", \"two@example.org\"}\n"
    "site = \"https://example.org/parks\"\n"
    "remind_after = 2\n"
    "expire_after = 10\n"
    "tally_every = 20\n"
    "receipts = \"always\"\n";

#define EN "language \"en\" { title = \"T\" }\n"

static void
test_full(void **state)
{
	struct reason why = { "" };
	struct campaign *c;

	(void)state;
	put("parks", "campaign.conf", full);
	put("parks", "petition.en.md", "\xef\xbb\xbfWe ask.\r\n");
	put("parks", "petition.ru.md", "Мы просим.\n");
	if (campaign_load(&c, dir, "parks", &why) != OK)
		fail_msg("%s", why.text);
	assert_string_equal(c->slug, "parks");
	assert_int_equal(c->language_count, 2);
	assert_string_equal(c->languages[1].title, "Освободите парки");
	assert_string_equal(c->languages[0].petition, "We ask.\n");
	assert_int_equal(c->organisation_count, 2);
	assert_string_equal(c->organisations[0].id, "green");
	assert_null(c->organisations[1].url);
	assert_string_equal(c->staff[1], "two@example.org");
	assert_null(c->staff[2]);
	assert_int_equal(c->remind_after, 2);
	assert_int_equal(c->expire_after, 10);
	assert_int_equal(c->tally, 1);
	assert_int_equal(c->tally_every, 20);
	assert_int_equal(c->receipts, RECEIPTS_ALWAYS);
	assert_string_equal(c->organisations[1].witness, BLUE);
	assert_string_equal(c->organisations[1].mail, "witness@blue.example.org");
	assert_null(c->organisations[0].witness);
	/* what is signed are the very bytes of the file */
	assert_int_equal(c->languages[0].petition_len, 12);
	assert_memory_equal(c->languages[0].petition_bytes,
	    "\xef\xbb\xbfWe ask.\r\n", 12);
	assert_string_equal(campaign_language(c, "ru")->alias, "parki");
	assert_null(campaign_language(c, "tg"));
	assert_string_equal(campaign_action_text(c, &c->actions[0], "ru"), "Отправьте");
	assert_string_equal(campaign_action_text(c, &c->actions[1], "ru"), "See");
	campaign_free(&c);
	assert_null(c);
	drop("parks");
}

static void
test_contact(void **state)
{
	static const struct { const char *country, *language, *want; } cases[] = {
		{ "NO", "en", "north" }, { "SE", "ru", "north" },
		{ "DK", "nb", "north" }, { NULL, "nb", "north" },
		{ "DE", "en", "south" }, { NULL, NULL, "south" },
		{ "DE", "ru", "east" }, { NULL, "ru", "east" },
	};
	struct reason why = { "" };
	struct campaign *c;
	size_t i;

	(void)state;
	put("parks", "campaign.conf", full);
	put("parks", "petition.en.md", "We ask.\n");
	put("parks", "petition.ru.md", "Мы просим.\n");
	assert_int_equal(campaign_load(&c, dir, "parks", &why), OK);
	for (i = 0; i < sizeof cases / sizeof cases[0]; i++)
		if (strcmp(campaign_contact(c, cases[i].country,
		    cases[i].language)->id, cases[i].want) != 0)
			fail_msg("case %zu", i);
	campaign_free(&c);
	put("parks", "campaign.conf", "language \"en\" { title = \"T\" }\n");
	assert_int_equal(campaign_load(&c, dir, "parks", &why), OK);
	assert_null(campaign_contact(c, "NO", "en"));
	assert_string_equal(c->default_language, "en");
	assert_int_equal(c->remind_after, 3);
	assert_int_equal(c->expire_after, 14);
	campaign_free(&c);
	drop("parks");
}

static void
test_retention(void **state)
{
	struct reason why = { "" };
	struct campaign *c;

	(void)state;
	put("parks", "petition.en.md", "We ask.\n");
	put("parks", "campaign.conf", EN);
	assert_int_equal(campaign_load(&c, dir, "parks", &why), OK);
	assert_int_equal(c->retention.pending, 14);
	assert_int_equal(c->retention.addresses, 365);
	assert_int_equal(c->retention.names, 180);
	assert_int_equal(c->retention.comments, 180);
	assert_int_equal(c->retention.handin, 60);
	assert_int_equal(c->retention.traces, 400);
	assert_int_equal(c->retention.history, 180);
	assert_int_equal(c->retention.logs, 90);
	assert_int_equal(c->retention.traits, 30);
	campaign_free(&c);

	/* Under either name, or under both. */
	put("parks", "campaign.conf", EN "retention { pending = 20 names = 90 }\n");
	assert_int_equal(campaign_load(&c, dir, "parks", &why), OK);
	assert_int_equal(c->expire_after, 20);
	assert_int_equal(c->retention.names, 90);
	assert_int_equal(c->retention.handin, 60);
	campaign_free(&c);
	put("parks", "campaign.conf", EN "expire_after = 7\nretention { pending = 7 }\n");
	assert_int_equal(campaign_load(&c, dir, "parks", &why), OK);
	assert_int_equal(c->retention.pending, 7);
	campaign_free(&c);
	drop("parks");
}

#define KEY_REST "WLoBTGh1tZaaz7wu-rZhoxW_MDOqruMF5TfMGU-3mkhB471"
#define KEY "X" KEY_REST

static const struct { const char *text, *place, *says; } wrong[] = {
	{ "", "campaign.conf:1:", "there is no section language" },
	{ EN "titel = \"x\"\n", "campaign.conf:2:", "did you mean \"title\", in the section language { }?" },
	{ "language \"en\" { titel = \"x\" }\n", "campaign.conf:1:", "\"title\"?" },
	{ "language \"en\" {\n}\n", "campaign.conf:2:", "without title" },
	{ "language \"en\" { title = \"\" }\n", "campaign.conf:1:", "must not be empty" },
	{ "language \"en\" { title = \"a\\nb\" }\n", "campaign.conf:1:", "one line" },
	{ "language \"EN\" { title = \"T\" }\n", "campaign.conf:1:", "small letters" },
	{ "\n# \"EN\" in a remark\nlanguage \"EN\" {\n title = \"T\"\n}\n", "campaign.conf:3:", "small letters" },
	{ "language { title = \"T\" }\n", "campaign.conf:1:", "\"TITLE\"" },
	{ EN EN, "campaign.conf:2:", "join the two" },
	{ "language \"en\" { title = \"T\" alias = \"Not Good\" }\n", "campaign.conf:1:", "a-z" },
	{ EN "language \"ru\" { title = \"T\" }\n", "campaign.conf:1:", "add default_language = \"en\"" },
	{ EN "\ndefault_language = \"tg\"\n", "campaign.conf:3:", "add language \"tg\"" },
	{ EN "action \"a\" { text \"tg\" { value = \"v\" } }\n", "campaign.conf:2:", "\"tg\"" },
	{ EN "contact \"c\" { name = \"N\" }\n", "campaign.conf:2:", "without address; add address = \"...\"" },
	{ EN "contact \"c\" { name = \"N\" address = \"none\" }\n", "campaign.conf:2:", "one mail address" },
	{ EN "contact \"c\" { name = \"N\" address = \"a@example.org\" countries = {\"Norway\"} }\n",
	    "campaign.conf:2:", "capital letters" },
	{ EN "contact \"c\" { name = \"N\" address = \"a@example.org\" default = 1 }\n",
	    "campaign.conf:2:", "true or false" },
	{ EN "contact \"c\" { name = \"N\" address = \"a@example.org\" default = true }\n"
	    "contact \"d\" { name = \"N\" address = \"a@example.org\" default = true }\n",
	    "campaign.conf:2:", "2 contacts" },
	{ EN "organisation \"o\" { url = \"https://x.example\" }\n", "campaign.conf:2:", "without name; add name = \"...\"" },
	{ EN "site = \"example.org\"\n", "campaign.conf:2:", "https://" },
	{ EN "staff = {\"a@example.org\",\n\"b\"}\n", "campaign.conf:3:", "one mail address" },
	{ EN "remind_after = 20\n", "campaign.conf:2:", "less than expire_after" },
	{ EN "expire_after = 0\n", "campaign.conf:2:", "from 1 to 365" },
	{ EN "expire_after = 7\nretention {\n pending = 8\n}\n", "campaign.conf:4:", "two names of the same" },
	{ EN "retention {\n names = 0\n}\n", "campaign.conf:3:", "from 1 to 3650" },
	{ EN "retention { adresses = 3 }\n", "campaign.conf:2:", "\"addresses\"" },
	{ EN "retention {\n addresses = 90\n}\n", "campaign.conf:", "names (180 days) cannot be kept for longer than addresses (90 days)" },
	{ EN "retention {\n addresses = 500\n}\n", "campaign.conf:3:", "longer than traces (400 days)" },
	{ EN "\nopening_key = \"secret\"\n", "campaign.conf:3:", "opening_key: a key that begins with undersigned-opening-" },
	{ EN "opening_key = \"undersigned-opening-" KEY "A\"\n", "campaign.conf:2:", "cut short or damaged" },
	{ EN "opening_key = \"undersigned-opening-X" KEY "\"\n", "campaign.conf:2:", "cut short or damaged" },
	{ EN "opening_key = \"undersigned-opening-A" KEY_REST "\"\n", "campaign.conf:2:", "a letter of the key is wrong" },
	{ EN "tally_every = 0\n", "campaign.conf:2:", "from 1 to" },
	{ EN "receipts = \"never\"\n", "campaign.conf:2:", "\"ask\" or \"always\"" },
	{ EN "organisation \"o\" { name = \"O\" witness = \"x\" }\n",
	    "campaign.conf:2:", "undersign witness new" },
	{ EN "organisation \"o\" { name = \"O\" witness = \"" BLUE_LOG "\" }\n",
	    "campaign.conf:2:", "undersign witness new" },
	{ EN "organisation \"o\" { name = \"O\" mail = \"o@example.org\" }\n",
	    "campaign.conf:2:", "has no witness" },
	{ EN "organisation \"o\" { name = \"O\" witness = \"" BLUE "\" }\n"
	    "organisation \"p\" { name = \"P\" witness = \"" BLUE "\" }\n",
	    "campaign.conf:2:", "same witness" },
	{ "language \"nb\" { title = \"T\" }\n", "petition.nb.md:", "write the petition's text in language \"nb\"" },
};

static void
test_wrong(void **state)
{
	struct reason why;
	struct campaign *c;
	size_t i;

	(void)state;
	put("parks", "petition.en.md", "We ask.\n");
	put("parks", "petition.ru.md", "Мы просим.\n");
	for (i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
		enum status st;

		put("parks", "campaign.conf", wrong[i].text);
		why.text[0] = '\0';
		st = campaign_load(&c, dir, "parks", &why);
		if (st != INVALID || c != NULL ||
		    strstr(why.text, wrong[i].place) == NULL ||
		    strstr(why.text, wrong[i].says) == NULL)
			fail_msg("case %zu: %d \"%s\", wanted %s %s", i, (int)st,
			    why.text, wrong[i].place, wrong[i].says);
		/* what is typed may be a person's address */
		if (strstr(wrong[i].says, "mail address") == NULL)
			assert_null(strstr(why.text, "@example.org"));
	}
	put("parks", "campaign.conf", EN);
	put("parks", "petition.en.md", " \n");
	assert_int_equal(campaign_load(&c, dir, "parks", &why), INVALID);
	assert_non_null(strstr(why.text, "petition.en.md:1: is empty"));
	put("parks", "petition.en.md", "\xff\n");
	assert_int_equal(campaign_load(&c, dir, "parks", &why), INVALID);
	assert_non_null(strstr(why.text, "UTF-8"));
	drop("parks");
	assert_int_equal(campaign_load(&c, dir, "parks", &why), NOT_FOUND);
	assert_non_null(strstr(why.text, "campaign new parks"));
	assert_int_equal(campaign_load(&c, dir, "postmaster", &why), INVALID);
}

static void
test_opening_key(void **state)
{
	static const struct { const char *line; int seals; } cases[] = {
		{ "", 0 }, { "opening_key = \"none\"\n", 0 },
		{ "opening_key = \"undersigned-opening-" KEY "\"\n", 1 },
	};
	struct reason why = { "" };
	struct campaign *c;
	size_t i;
	char *text;

	(void)state;
	put("parks", "petition.en.md", "We ask.\n");
	for (i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		text = mem_printf("%s%s", EN, cases[i].line);
		put("parks", "campaign.conf", text);
		free(text);
		if (campaign_load(&c, dir, "parks", &why) != OK)
			fail_msg("%s", why.text);
		assert_int_equal(c->seals, cases[i].seals);
		assert_true((c->opening_key == NULL) == (i == 0));
		assert_int_equal(c->opening[0], cases[i].seals ? 0x5d : 0);
		campaign_free(&c);
	}
	drop("parks");
}

static void
test_all(void **state)
{
	struct reason why = { "" };
	struct campaigns *cs;
	const char *language = "x";

	(void)state;
	assert_int_equal(campaigns_load(&cs, "/nonexistent", 0, &why), NOT_FOUND);
	assert_int_equal(campaigns_load(&cs, dir, 0, &why), OK);
	assert_int_equal(campaigns_complete(cs), 1);
	assert_int_equal(campaigns_count(cs), 0);
	assert_null(campaigns_find(cs, "parks", &language));
	assert_null(campaigns_languages(cs)[0]);
	campaigns_free(&cs);

	put("parks", "campaign.conf", full);
	put("parks", "petition.en.md", "We ask.\n");
	put("parks", "petition.ru.md", "Мы просим.\n");
	put("trees", "campaign.conf", "language \"nb\" { title = \"Trær\" }\n");
	put("trees", "petition.nb.md", "Vi ber.\n");
	put("notes", "petition.en.md", "no campaign here\n");
	if (campaigns_load(&cs, dir, 0, &why) != OK)
		fail_msg("%s", why.text);
	assert_int_equal(campaigns_count(cs), 2);
	assert_string_equal(campaigns_at(cs, 1)->slug, "trees");
	assert_null(campaigns_at(cs, 2));
	assert_string_equal(campaigns_find(cs, "parki", &language)->slug, "parks");
	assert_string_equal(language, "ru");
	assert_string_equal(campaigns_find(cs, "trees", &language)->slug, "trees");
	assert_null(language);
	assert_null(campaigns_find(cs, "PARKS", NULL));
	assert_string_equal(campaigns_languages(cs)[0], "en");
	assert_string_equal(campaigns_languages(cs)[2], "nb");
	assert_null(campaigns_languages(cs)[3]);
	campaigns_free(&cs);

	/* an alias that another campaign has, and a broken folder */
	put("trees", "campaign.conf", "language \"nb\" { title = \"T\" alias = \"parki\" }\n");
	assert_int_equal(campaigns_load(&cs, dir, 0, &why), INVALID);
	assert_null(cs);
	assert_non_null(strstr(why.text, "\"parki\" is also used by"));
	assert_int_equal(campaigns_load(&cs, dir, 1, &why), OK);
	assert_int_equal(campaigns_complete(cs), 0);
	assert_int_equal(campaigns_count(cs), 1);
	campaigns_free(&cs);
	/* one in use is not lost by a mistake, one that was not in use is out */
	{
		struct campaigns_rule rule = { .in_use = NULL };
		struct campaigns *in_use, *none;

		put("trees", "campaign.conf", "language \"nb\" { title = \"T\" }\n");
		assert_int_equal(campaigns_load(&in_use, dir, 0, &why), OK);
		put("trees", "campaign.conf", "oops = 1\n");
		assert_int_equal(campaigns_load_by(&cs, dir, &rule, &why), OK);
		assert_int_equal(campaigns_count(cs), 1);
		rule.in_use = cs;
		assert_int_equal(campaigns_load_by(&none, dir, &rule, &why), OK);
		campaigns_free(&none);
		rule.in_use = in_use;
		assert_int_equal(campaigns_load_by(&none, dir, &rule, &why), INVALID);
		assert_null(none);
		campaigns_free(&cs);
		campaigns_free(&in_use);
	}
	put("Bad Name", "campaign.conf", EN);
	assert_int_equal(campaigns_load(&cs, dir, 0, &why), INVALID);
	assert_non_null(strstr(why.text, "the name of the folder"));
	drop("Bad Name");
	drop("notes");
	drop("trees");
	drop("parks");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_full),
		cmocka_unit_test(test_contact),
		cmocka_unit_test(test_retention),
		cmocka_unit_test(test_wrong),
		cmocka_unit_test(test_opening_key),
		cmocka_unit_test(test_all),
	};
	int failed;

	if (mkdtemp(dir) == NULL)
		return 1;
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	(void)rmdir(dir);
	return failed;
}
