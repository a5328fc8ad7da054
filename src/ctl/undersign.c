/* SPDX-License-Identifier: ISC */
#include <ctype.h>
#include <errno.h>
#include <getopt.h>
#include <locale.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>

#include "base/clock.h"
#include "base/log.h"
#include "config/config.h"
#include "ctl/ctl.h"
#include "store/ring.h"

static const struct ctl_verb verbs[] = {
	{ "init", "--domain DOMAIN [--locked]", "make key, folders and a configuration to edit",
	    0, 0, MAY_ASK, {
		{ "domain", 0, "DOMAIN", "the mail domain of the campaigns" },
		{ "locked", 0, NULL, "keep the key under a passphrase; the daemon "
		    "starts locked" } },
	    verb_init, false },
	{ "check", "[--offline] | [--mail] [--wait SECONDS]",
	    "see whether everything is as it must be",
	    0, 0, NEED_CONFIG, {
		{ "offline", 0, NULL, "ask neither the relay nor DNS" },
		{ "mail", 0, NULL, "send a mail to ourselves; see how it arrives" },
		{ "wait", 0, "SECONDS", "for that mail, at most (60)" } },
	    verb_check, false },
	{ "campaign", "new SLUG --title T --language L[,L...] | list [--format FORMAT] | "
	    "show SLUG | "
	    "open SLUG | close SLUG [--quiet] | hand-in SLUG [--quiet]",
	    "make, show, open, close and hand in campaigns",
	    1, 2, NEED_CONFIG, {
		{ "title", 't', "TITLE", "new: what the petition asks, in a line" },
		{ "language", 'l', "L[,L...]", "new: its languages, such as en,ru,tg" },
		{ "quiet", 'q', NULL, "close, hand-in: do not tell its signers" },
		{ "format", 0, "FORMAT", "list: table (default), csv or json" } },
	    verb_campaign, false },
	{ "counts", "SLUG [--by WHAT] [--public] [--format FORMAT]",
	    "how many have signed", 1, 1, NEED_CONFIG | NEED_READ, {
		{ "by", 0, "WHAT", "country, language, day, source or state" },
		{ "public", 0, NULL, "only what singles nobody out: may be told "
		    "to anybody" },
		{ "format", 0, "FORMAT", "table (default), csv or json" } },
	    verb_counts, false },
	{ "export", "SLUG [--hand-in|--state STATE|--share ORGANISATION] "
	    "[--sealed] [--output FILE]",
	    "the list of signers, as CSV or sealed",
	    1, 1, NEED_CONFIG | NEED_READ | NEED_KEYS, {
		{ "state", 0, "STATE", "confirmed (default), pending, withdrawn, "
		    "uncounted, expired, all or paper" },
		{ "hand-in", 0, NULL, "to hand in: names and places of who is counted "
		    "and did not say HIDE" },
		{ "share", 0, "ORGANISATION", "only name and address of who agreed to "
		    "share them with it" },
		{ "sealed", 0, NULL, "for undersign open, where the shares are" },
		{ "output", 'o', "FILE", "write to FILE, not to standard output" } },
	    verb_export, false },
	{ "list", "SLUG [--state STATE] [--addresses] [--format FORMAT]",
	    "who gets updates, who does not, and why",
	    1, 1, NEED_CONFIG | NEED_READ | MAY_ASK, {
		{ "state", 0, "STATE", "person by person: active, stopped, "
		    "bouncing, complained or unreachable" },
		{ "addresses", 0, NULL, "with their mail addresses" },
		{ "format", 0, "FORMAT", "table (default), csv or json" } },
	    verb_list, false },
	{ "signer", "SLUG show|withdraw|forget ADDRESS",
	    "see, withdraw or erase one signature (ADDRESS -: from standard input)",
	    3, 3, NEED_CONFIG | NEED_CAMPAIGNS | NEED_KEYS | NEED_WRITE, { { NULL } },
	    verb_signer, false },
	{ "consent", "SLUG [HASH]", "the words in which signers were asked what "
	    "they agree to", 1, 2, NEED_CONFIG | NEED_READ, { { NULL } },
	    verb_consent, false },
	{ "seal", "SLUG", "seal those who signed before there was an opening key",
	    1, 1, NEED_CONFIG | NEED_CAMPAIGNS | NEED_KEYS | NEED_WRITE, { { NULL } },
	    verb_seal, false },
	{ "import", "SLUG FILE [--batch NAME] [--date DAY] [--dry-run] | "
	    "SLUG NAME --undo | SLUG --list",
	    "people who signed on paper, from a CSV file; counted apart",
	    1, 2, NEED_CONFIG | NEED_CAMPAIGNS | NEED_KEYS | NEED_WRITE, {
		{ "batch", 'b', "NAME", "call the pile so (default: the file's name)" },
		{ "date", 0, "DAY", "of rows without a date (default: today)" },
		{ "dry-run", 'n', NULL, "only look for mistakes" },
		{ "undo", 0, NULL, "take the batch NAME back" },
		{ "list", 0, NULL, "show the batches" } },
	    verb_import, false },
	{ "review", "SLUG [--since DAY] [--domain NAME] [--format FORMAT]",
	    "what looks like stuffing: bursts, and what they have in common",
	    1, 1, NEED_CONFIG | NEED_READ | NEED_KEYS, {
		{ "since", 0, "DAY", "only who asked to sign on that day or later" },
		{ "domain", 0, "NAME", "show this mail domain in any case" },
		{ "format", 0, "FORMAT", "table (default) or json" } },
	    verb_review, false },
	{ "uncount", "SLUG --where WORDS --reason TEXT --as ADDRESS "
	    "[--because KIND] [--dry-run] [--names] | SLUG list [--format FORMAT] | "
	    "SLUG status N [--format FORMAT] | SLUG cancel N | "
	    "SLUG undo N --reason TEXT --as ADDRESS",
	    "stop counting signatures, in public, with two people's approval",
	    1, 3, NEED_CONFIG | NEED_CAMPAIGNS | NEED_KEYS | NEED_WRITE, {
		{ "where", 'w', "WORDS", "which: \"domain=example.net and "
		    "from=2026-11-20\"" },
		{ "reason", 'r', "TEXT", "why; everybody will read it" },
		{ "as", 0, "ADDRESS", "who proposes it: staff or approver" },
		{ "because", 0, "KIND", "fraud (default), duplicate or "
		    "unreachable; everybody will read it" },
		{ "dry-run", 'n', NULL, "only show which they are" },
		{ "names", 0, NULL, "with names in the sample" },
		{ "format", 0, "FORMAT", "table (default) or json" } },
	    verb_uncount, false },
	{ "purge", "[SLUG] [--dry-run]",
	    "erase what has been kept for long enough",
	    0, 1, NEED_CONFIG | NEED_CAMPAIGNS | NEED_KEYS | NEED_WRITE, {
		{ "dry-run", 'n', NULL, "only tell what would be erased" } },
	    verb_purge, false },
	{ "update", "SLUG new [--subject [LANG=]TEXT]... [--segment WORDS] FILE... | "
	    "SLUG preview N [--language L] [--name NAME] [--to ADDRESS|-o FILE] | "
	    "SLUG send N [--at TIME] [--segment WORDS] [--yes] | "
	    "SLUG status [N] [--format FORMAT] | SLUG list [--format FORMAT] | "
	    "SLUG schedule [--format FORMAT] | "
	    "SLUG pause N | SLUG resume N | SLUG cancel N [--yes] | "
	    "SLUG unknown N [--list|--send-again]",
	    "write to the signers who asked for updates",
	    2, -1, NEED_CONFIG | NEED_CAMPAIGNS | NEED_KEYS | NEED_WRITE, {
		{ "subject", 's', "[LANG=]TEXT", "new: the subject (of one language)" },
		{ "segment", 0, "WORDS", "new, send: to whom: \"country=TJ,RU since=2026-10-01\"" },
		{ "language", 'l', "LANG", "preview: only in this language" },
		{ "name", 0, "NAME", "preview: as for somebody of this name" },
		{ "to", 0, "ADDRESS", "preview: send it there" },
		{ "output", 'o', "FILE", "preview: the mail itself (-: standard output)" },
		{ "at", 0, "TIME", "send: not before, such as \"2026-12-01 09:00\"" },
		{ "yes", 'y', NULL, "send, cancel: do not ask" },
		{ "list", 0, NULL, "unknown: who they are" },
		{ "send-again", 0, NULL, "unknown: send it to them once more" },
		{ "format", 0, "FORMAT", "list: table, csv or json; status, schedule: table or json" } },
	    verb_update, false },
	{ "unlock", "", "give a locked daemon its key: asks for the passphrase",
	    0, 0, NEED_CONFIG | MAY_ASK, { { NULL } }, verb_unlock, false },
	{ "lock", "", "make the daemon forget its key, at once",
	    0, 0, NEED_CONFIG, { { NULL } }, verb_lock, false },
	{ "key", "rotate | lock | passphrase | new FILE | show FILE | "
	    "deal --threshold K --holder NAME=PUBLIC... --output DIR | "
	    "redeal --share FILE... --key FILE... --output DIR [--threshold K] "
	    "[--holder NAME=PUBLIC...] | "
	    "unseal-share --share FILE --key FILE --for PUBLIC --output FILE",
	    "the server's master key; keys of the organisations, on their machines",
	    1, 2, MAY_ASK, {
		{ "threshold", 0, "K", "so many shares open" },
		{ "holder", 0, "NAME=PUBLIC", "who gets a share, and her public half" },
		{ "share", 0, "FILE", "a share" },
		{ "key", 0, "FILE", "a key that unseals one; its passphrase is asked for" },
		{ "for", 0, "PUBLIC", "unseal-share: who is to unseal it from then on" },
		{ "output", 'o', "DIR", "where to; a file of unseal-share" } },
	    verb_key, false },
	{ "open", "--share FILE... [--key FILE...] [--rescue] [--output FILE] LIST",
	    "a sealed list as CSV, where enough shares come together",
	    1, 1, MAY_ASK, {
		{ "share", 0, "FILE", "a share; as many as are needed" },
		{ "key", 0, "FILE", "a key that unseals one; its passphrase is asked for" },
		{ "output", 'o', "FILE", "write to FILE, not to standard output" },
		{ "rescue", 0, NULL, "of a damaged list, all that can be read" } },
	    verb_open, false },
	{ "verify", "RECEIPT --tally DIR [--key KEY] [--witnesses N] [--witness KEY]... "
	    "[--state FILE] | "
	    "--tally-only --tally DIR [--key KEY] [--witnesses N] "
	    "[--witness KEY]... [--state FILE]",
	    "check the published count, and that a receipt is in it",
	    0, 1, 0, {
		{ "tally", 0, "DIR", "the published log" },
		{ "tally-only", 0, NULL, "without a receipt" },
		{ "key", 0, "KEY", "the log's public key, or a file with it" },
		{ "witnesses", 0, "N", "so many must have cosigned" },
		{ "witness", 0, "KEY", "count only her (a key, or a file with "
		    "several)" },
		{ "state", 0, "FILE", "remember the log there, to see whether it "
		    "was shortened or forked" } },
	    verb_verify, false },
	{ "witness", "new --name NAME FILE | show FILE | "
	    "sign --key FILE --state FILE --tally DIR [--log-key KEY] | "
	    "sign --key FILE --state FILE [--log-key KEY] [MAIL]",
	    "keep an eye on a log, and cosign its checkpoints",
	    1, 2, MAY_ASK, {
		{ "name", 0, "NAME", "new: of the witness, such as "
		    "witness.example.org" },
		{ "key", 0, "FILE", "sign: the witness's key; its passphrase is "
		    "asked for" },
		{ "state", 0, "FILE", "sign: where the last checkpoint is "
		    "remembered" },
		{ "tally", 0, "DIR", "sign: what is published there" },
		{ "log-key", 0, "KEY", "sign: the log's public key, or a file with "
		    "it" } },
	    verb_witness, false },
	{ "tally", "SLUG status [--format FORMAT] | SLUG publish DIR | SLUG key | "
	    "SLUG cosign FILE | SLUG recover [DIR] [--give-up]",
	    "the public log that the count can be checked by",
	    2, 3, NEED_CONFIG | NEED_CAMPAIGNS | MAY_ASK, {
		{ "format", 0, "FORMAT", "status: table (default) or json" },
		{ "give-up", 0, NULL, "recover: what was signed and is not "
		    "published" } },
	    verb_tally, false },
	{ "deliver", "[-f REVERSE-PATH] [RECIPIENT...]", "hand one mail on standard input to the daemon",
	    0, -1, NEED_CONFIG, {
		{ "from", 'f', "REVERSE-PATH", "the envelope sender" } },
	    verb_deliver, true },
	{ "status", "[--format FORMAT]", "how the daemon, its queue and the campaigns are",
	    0, 0, NEED_CONFIG | NEED_CAMPAIGNS | NEED_READ, {
		{ "format", 0, "FORMAT", "table (default) or json" } },
	    verb_status, false },
	{ "backup", "FILE", "a copy of the database, made while the daemon works",
	    1, 1, NEED_CONFIG | NEED_READ, { { NULL } }, verb_backup, false },
	{ "restore", "FILE", "put a backup in place of a missing database",
	    1, 1, NEED_CONFIG, { { NULL } }, verb_restore, false },
};
#define VERBS (sizeof verbs / sizeof verbs[0])

/* What every verb takes; what getopt gives for one is its place here. */
enum general { CONFIG, HELP, ASK, OF_VERSION, GENERAL };
static const struct ctl_option general[GENERAL] = {
	[CONFIG] = { "config", 'c', "FILE", "the configuration" },
	[HELP] = { "help", 'h', NULL, "this help" },
	[ASK] = { "passphrase-fd", 0, "N", "passphrases are lines of descriptor N" },
	[OF_VERSION] = { "version", 0, NULL, "the version of the program" },
};

/* ---- help ------------------------------------------------------------------- */

static void
help_option(const struct ctl_option *o)
{
	char head[64], dash[8] = "    ";

	if (o->letter != '\0')
		(void)snprintf(dash, sizeof dash, "-%c, ", o->letter);
	(void)snprintf(head, sizeof head, "%s--%s%s%s", dash, o->name,
	    o->argument == NULL ? "" : "=", o->argument == NULL ? "" :
	    o->argument);
	(void)printf("  %-26s %s\n", head, o->help);
}

/* V, or NULL for all of them. */
static void
help_general_options(const struct ctl_verb *v)
{
	help_option(&general[CONFIG]);
	(void)printf("  %26s (default %s)\n", "", config_default_file());
	help_option(&general[HELP]);
	if (v == NULL || (v->needs & (NEED_KEYS | MAY_ASK)))
		help_option(&general[ASK]);
	if (v == NULL)
		help_option(&general[OF_VERSION]);
}

static void
help(void)
{
	size_t i;

	(void)puts("Usage: undersign [-c FILE] VERB [OPTION...] [ARGUMENT...]\n"
	    "Collect signatures to a petition by email.\n\nVerbs:");
	for (i = 0; i < VERBS; i++)
		(void)printf("  %-10s %s\n", verbs[i].name, verbs[i].help);
	(void)puts("  help       this help, or that of a verb: undersign help VERB"
	    "\n\nOptions:");
	help_general_options(NULL);
	(void)puts("\nExit status: 0 done, 1 not done, 2 wrong command line.\n"
	    "Begin with: undersign init --domain=petitions.example.org");
}

/* A line for each way to use it; they are parted by " | ". */
static void
help_verb(const struct ctl_verb *v)
{
	const struct ctl_option *o;
	const char *way = v->arguments, *end;

	do {
		end = strstr(way, " | ");
		(void)printf("%s undersign [-c FILE] %s%s%.*s\n",
		    way == v->arguments ? "Usage:" : "      ", v->name,
		    *way == '\0' ? "" : " ",
		    end == NULL ? (int)strlen(way) : (int)(end - way), way);
		way = end == NULL ? NULL : end + 3;
	} while (way != NULL);
	(void)printf("%c%s.\n\nOptions:\n", toupper((unsigned char)*v->help),
	    v->help + 1);
	for (o = v->options; o < v->options + CTL_OPTIONS && o->name != NULL; o++)
		help_option(o);
	help_general_options(v);
}

/* ---- the command line --------------------------------------------------------- */

static const struct ctl_verb *
find_verb(const char *name)
{
	size_t i;

	for (i = 0; i < VERBS; i++)
		if (strcmp(verbs[i].name, name) == 0)
			return &verbs[i];
	return NULL;
}

/* What getopt gives for a long option of the verb's table, and of GENERAL. */
#define OPTION_BASE 256
#define GENERAL_BASE (OPTION_BASE + CTL_OPTIONS)

/* ROOM options are added at LONGS, and the letters of those that have one at
 * LETTERS, whose end is given back. */
static char *
add_options(const struct ctl_option *from, size_t room, int base,
    struct option **longs, char *letters)
{
	size_t i;

	for (i = 0; i < room && from[i].name != NULL; i++) {
		const struct ctl_option *o = &from[i];

		*(*longs)++ = (struct option){ o->name,
		    o->argument == NULL ? no_argument : required_argument, NULL,
		    base + (int)i };
		if (o->letter != '\0')
			letters += sprintf(letters, "%c%s", o->letter,
			    o->argument == NULL ? "" : ":");
	}
	return letters;
}

/* LONGS has room for CTL_OPTIONS + GENERAL + 1, LETTERS for twice as many. */
static void
make_getopt(const struct ctl_verb *v, struct option *longs, char *letters)
{
	letters += sprintf(letters, "%s:", v == NULL ? "+" : "");
	letters = add_options(general, GENERAL, GENERAL_BASE, &longs, letters);
	if (v != NULL)
		(void)add_options(v->options, CTL_OPTIONS, OPTION_BASE, &longs,
		    letters);
	*longs = (struct option){ 0 };
}

static int
option_of_letter(const struct ctl_option *from, size_t room, int letter)
{
	size_t i;

	for (i = 0; i < room && from[i].name != NULL; i++)
		if (from[i].letter != '\0' && from[i].letter == letter)
			return (int)i;
	return -1;
}

/* Place in GENERAL, or -1. */
static int
general_option(int c)
{
	return c >= GENERAL_BASE ? c - GENERAL_BASE :
	    c >= OPTION_BASE ? -1 : option_of_letter(general, GENERAL, c);
}

/* -1: go on; else exit. */
static int
take_general(struct ctl *ctl, int option)
{
	switch (option) {
	case CONFIG:
		ctl->config_file = optarg;
		return -1;
	case ASK:
		ctl->passphrase_fd = optarg;
		return -1;
	case OF_VERSION:
		(void)puts("undersign " VERSION);
		return EXIT_DONE;
	}
	if (ctl->verb == NULL)
		help();
	else
		help_verb(ctl->verb);
	return EXIT_DONE;
}

/* -1: go on; else exit. */
static int
take_option(struct ctl *ctl, int c)
{
	int i = c >= OPTION_BASE ? c - OPTION_BASE :
	    option_of_letter(ctl->verb->options, CTL_OPTIONS, c);

	ctl->values[i] = optarg == NULL ? "" : optarg;
	if (ctl->given_count == CTL_GIVEN)
		return ctl_misuse(ctl, "more than %d options", CTL_GIVEN);
	ctl->given[ctl->given_count].option = i;
	ctl->given[ctl->given_count++].value = ctl->values[i];
	return -1;
}

/* Options up to the verb (verb NULL) or after it.  -1: go on; else exit. */
static int
parse_options(struct ctl *ctl, int argc, char **argv)
{
	struct option longs[CTL_OPTIONS + GENERAL + 1];
	char letters[2 * (CTL_OPTIONS + GENERAL + 1) + 1];
	int c, code = -1;

	make_getopt(ctl->verb, longs, letters);
	opterr = 0;
	optind = 0;             /* glibc: start anew, and look at "+" */
	while (code < 0 &&
	    (c = getopt_long(argc, argv, letters, longs, NULL)) != -1) {
		if (c == ':')
			return ctl_misuse(ctl, "%s needs a value", argv[optind - 1]);
		if (c == '?')
			return ctl_misuse(ctl, "%s is not an option here",
			    argv[optind - 1]);
		code = general_option(c) >= 0 ?
		    take_general(ctl, general_option(c)) : take_option(ctl, c);
	}
	return code;
}

static int
help_words(struct ctl *ctl, int argc, char **argv)
{
	const struct ctl_verb *v = NULL;

	if (argc > 1 && strcmp(argv[1], "-h") != 0 &&
	    strcmp(argv[1], "--help") != 0) {
		v = find_verb(argv[1]);
		if (v == NULL)
			return ctl_misuse(ctl, "there is no verb %s", argv[1]);
		help_verb(v);
	} else
		help();
	return EXIT_DONE;
}

/* With many ways to use a verb, all of them would be no answer. */
static int
too_few(const struct ctl *ctl)
{
	const struct ctl_verb *v = ctl->verb;

	return strstr(v->arguments, " | ") != NULL ?
	    ctl_misuse(ctl, "%s needs more words than that", v->name) :
	    ctl_misuse(ctl, "%s needs %s", v->name, v->arguments);
}

/* -1: go on with ctl->verb. */
static int
parse(struct ctl *ctl, int argc, char **argv)
{
	int code = parse_options(ctl, argc, argv), first = optind;

	if (code >= 0)
		return code;
	argc -= first;
	argv += first;
	if (argc == 0)
		return ctl_misuse(ctl, "say what to do");
	if (strcmp(argv[0], "help") == 0)
		return help_words(ctl, argc, argv);
	ctl->verb = find_verb(argv[0]);
	if (ctl->verb == NULL)
		return ctl_misuse(ctl, "there is no verb %s", argv[0]);
	code = parse_options(ctl, argc, argv);
	if (code >= 0)
		return code;
	ctl->count = argc - optind;
	ctl->args = argv + optind;
	if (ctl->count < ctl->verb->least)
		return too_few(ctl);
	if (ctl->verb->most >= 0 && ctl->count > ctl->verb->most)
		return ctl_misuse(ctl, "%s is too much; %s takes %s",
		    ctl->args[ctl->verb->most], ctl->verb->name,
		    ctl->verb->most == 0 ? "no arguments" : ctl->verb->arguments);
	return -1;
}

/* What was printed must have arrived: a full disk under a redirect is told. */
static int
flush_output(const struct ctl *ctl, int code)
{
	int bad = ferror(stdout);

	if (fflush(stdout) == 0 && !bad)
		return code;
	code = ctl_complain(EXIT_NOT, "cannot write the output: %s",
	    strerror(errno));
	return ctl->verb != NULL && ctl->verb->sysexits ? EX_TEMPFAIL : code;
}

/* It failed; was it for that? */
static void
tell_of_rotation(const struct ctl *ctl)
{
	bool passed;

	if (ctl->store != NULL && store_ring_is_passed(ctl->store, &passed) == OK &&
	    passed)
		(void)ctl_complain(0, "the master key was changed meanwhile "
		    "(undersign key rotate): run this again");
}

int
main(int argc, char **argv)
{
	struct ctl ctl = { .config_file = config_default_file() };
	int code;

	/* Only how characters are counted; messages and numbers stay as they are. */
	(void)setlocale(LC_CTYPE, "C.UTF-8");
	(void)umask(077);
	log_open("undersign", LOG_LEVEL_WARN);
	clock_open();
	code = parse(&ctl, argc, argv);
	if (code < 0) {
		ctl_find_commands(&ctl);
		code = ctl_open(&ctl, ctl.verb->needs);
		if (code == 0)
			code = ctl.verb->run(&ctl);
		if (code != 0)
			tell_of_rotation(&ctl);
		ctl_close(&ctl);
	}
	return flush_output(&ctl, code);
}
