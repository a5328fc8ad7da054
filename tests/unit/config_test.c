/* SPDX-License-Identifier: ISC */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "config/config.h"

#include <cmocka.h>

static char dir[] = "/tmp/config_test.XXXXXX";
static char file[64];

static enum status
load(const char *text, struct config **out, struct reason *why)
{
	FILE *f = fopen(file, "w");

	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
	why->text[0] = '\0';
	return config_load(out, file, why);
}

/* As the design shows it. */
static const char sample[] =
    "mail_domain  = \"petitions.example.org\"\n"
    "state_dir    = \"/var/lib/undersigned\"          # the database\n"
    "key_file     = \"/etc/undersigned/master.key\"   # 32 bytes\n"
    "campaign_dir = \"/etc/undersigned/campaigns\"\n"
    "intake   { lmtp = \"unix:/run/undersigned/lmtp.sock\" }   # or \"127.0.0.1:2424\"; maildir = \"…\"; imap { … }\n"
    "delivery { relay = \"smtp://127.0.0.1:25\" connections = 4 }   # smtps://, or \"maildir:DIR\" with no MTA\n"
    "web      { listen = \"127.0.0.1:8026\" base_url = \"https://petitions.example.org\" }\n"
    "limits   { message_size = 1048576 requests_per_domain_hour = 500 requests_per_hour = 20000 }  # 0: no limit\n"
    "trusted_authserv = \"mx.petitions.example.org\"   # none by default\n";

static void
test_sample(void **state)
{
	struct reason why;
	struct config *c;

	(void)state;
	if (load(sample, &c, &why) != OK)
		fail_msg("%s", why.text);
	assert_string_equal(c->file, file);
	assert_string_equal(c->mail_domain, "petitions.example.org");
	assert_string_equal(c->state_dir, "/var/lib/undersigned");
	assert_string_equal(c->key_file, "/etc/undersigned/master.key");
	assert_string_equal(c->campaign_dir, "/etc/undersigned/campaigns");
	assert_string_equal(c->intake.lmtp, "unix:/run/undersigned/lmtp.sock");
	assert_null(c->intake.maildir);
	assert_string_equal(c->delivery.relay, "smtp://127.0.0.1:25");
	assert_int_equal(c->delivery.connections, 4);
	assert_string_equal(c->web.base_url, "https://petitions.example.org");
	assert_int_equal(c->limits.message_size, 1048576);
	assert_string_equal(c->trusted_authserv, "mx.petitions.example.org");
	config_free(&c);
	assert_null(c);
}

static void
test_defaults(void **state)
{
	struct reason why;
	struct config *c;
	char want[96];

	(void)state;
	assert_int_equal(load("mail_domain = Petitions.Example.ORG\n", &c, &why), OK);
	assert_string_equal(c->mail_domain, "petitions.example.org");
	(void)snprintf(want, sizeof want, "%s/master.key", dir);
	assert_string_equal(c->key_file, want);
	(void)snprintf(want, sizeof want, "%s/campaigns", dir);
	assert_string_equal(c->campaign_dir, want);
	assert_int_equal(c->delimiter, '+');
	assert_int_equal(c->sandbox, SANDBOX_PREFER);
	assert_false(c->debug);
	assert_null(c->trusted_authserv);
	assert_null(c->intake.lmtp);
	assert_int_equal(c->intake.lmtp_mode, 0660);
	assert_int_equal(c->intake.connections, 2000);
	assert_int_equal(c->intake.idle, 300);
	assert_null(c->delivery.relay);
	assert_null(c->delivery.tls);
	assert_int_equal(c->delivery.connections, 4);
	assert_int_equal(c->delivery.timeout, 60);
	assert_string_equal(c->delivery.helo, "petitions.example.org");
	assert_int_equal(c->limits.message_size, 1048576);
	assert_int_equal(c->limits.requests_per_domain_hour, 500);
	assert_int_equal(c->limits.requests_per_hour, 20000);
	assert_int_equal(c->limits.letters_per_contact_hour, 60);
	assert_int_equal(c->limits.recipients, 100);
	config_free(&c);
}

static void
test_everything(void **state)
{
	struct reason why;
	struct config *c;
	char want[96];

	(void)state;
	assert_int_equal(load(
	    "mail_domain = \"x.example\" user = \"\" recipient_delimiter = \"=\"\n"
	    "sandbox = \"require\" log = \"debug\" template_dir = \"t\"\n"
	    "state_dir = \"state\"\n"
	    "intake {\n"
	    "  lmtp = \"unix:run/lmtp\" lmtp_mode = \"0600\" lmtp_group = \"mail\"\n"
	    "  maildir = \"in\" connections = 10 idle = 5\n}\n"
	    "delivery {\n"
	    "  relay = \"maildir:out\" user = \"u\" password_file = \"pw\"\n"
	    "  tls = \"require\" ca_file = \"/ca\" timeout = 9 helo = \"h.example\"\n}\n"
	    "limits { requests_per_hour = 0 recipients = 7 }\n", &c, &why), OK);
	assert_null(c->user);
	assert_int_equal(c->delimiter, '=');
	assert_int_equal(c->sandbox, SANDBOX_REQUIRE);
	assert_true(c->debug);
	(void)snprintf(want, sizeof want, "unix:%s/run/lmtp", dir);
	assert_string_equal(c->intake.lmtp, want);
	(void)snprintf(want, sizeof want, "maildir:%s/out", dir);
	assert_string_equal(c->delivery.relay, want);
	(void)snprintf(want, sizeof want, "%s/state", dir);
	assert_string_equal(c->state_dir, want);
	assert_int_equal(c->intake.lmtp_mode, 0600);
	assert_string_equal(c->delivery.tls, "require");
	assert_int_equal(c->delivery.timeout, 9);
	assert_string_equal(c->delivery.helo, "h.example");
	assert_int_equal(c->limits.requests_per_hour, 0);
	assert_int_equal(c->limits.recipients, 7);
	config_free(&c);
}

#define DOMAIN "mail_domain = \"x.example\"\n"

/* Each mistake, the line it is in, and the words that must tell it. */
static const struct { const char *text; int line; const char *says; } wrong[] = {
	{ "", 1, "mail_domain is not set; add mail_domain" },
	{ DOMAIN "sate_dir = \"/x\"\n", 2, "did you mean \"state_dir\"?" },
	{ DOMAIN "\nmail_domian = \"y.example\"\n", 3, "\"mail_domain\"?" },
	{ DOMAIN "maildir = \"/x\"\n", 2, "put it into the section intake" },
	{ DOMAIN "intake {\n state_dir = \"/x\"\n}\n", 3, "outside of intake" },
	{ DOMAIN "intake {\n\n  conections = 1\n}\n", 4, "\"connections\"?" },
	{ DOMAIN "colour = \"red\"\n", 2, "known here: mail_domain, state_dir" },
	{ DOMAIN "delivary { }\n", 2, "did you mean \"delivery\"?" },
	{ DOMAIN "intake { imap { host = \"h\" } }\n", 2, "later version" },
	{ DOMAIN "log = \"info\nsandbox = off\n", 2, "not closed" },
	{ DOMAIN "/* remark\nlog = info\n", 2, "not closed" },
	{ DOMAIN "intake {\n idle = 3\n", 2, "is not closed; add }" },
	{ DOMAIN "log =\n", 3, "a value is missing" },
	{ DOMAIN "}\n", 2, "too many" },
	{ DOMAIN "log info\n", 2, "write KEY = \"VALUE\"" },
	{ DOMAIN "log = info\n\nlog = debug\n", 4, "set already, in line 2" },
	{ DOMAIN "web { }\nweb { }\n", 3, "set already" },
	{ DOMAIN "log = loud\n", 2, "must be \"info\" or \"debug\"" },
	{ DOMAIN "sandbox = maybe\n", 2, "\"prefer\"" },
	{ DOMAIN "intake { connections = many }\n", 2, "from 1 to 50000" },
	{ DOMAIN "intake { connections = 0 }\n", 2, "from 1 to 50000" },
	{ DOMAIN "intake { connections = 99999999999999999999 }\n", 2, "from 1" },
	{ DOMAIN "intake { connections = \"\" }\n", 2, "from 1 to 50000" },
	{ DOMAIN "limits { message_size = 12x }\n", 2, "from 4096 to" },
	{ DOMAIN "intake { lmtp = \"/run/x\" }\n", 2, "unix:" },
	{ DOMAIN "intake { lmtp = \"localhost\" }\n", 2, "ADDRESS:PORT" },
	{ DOMAIN "intake { lmtp = \"localhost:70000\" }\n", 2, "1 to 65535" },
	{ DOMAIN "intake { lmtp_mode = \"rw\" }\n", 2, "octal" },
	{ DOMAIN "delivery { relay = \"127.0.0.1:25\" }\n", 2, "smtp://HOST" },
	{ DOMAIN "delivery { relay = \"smtp://h:25/x\" }\n", 2, "nothing after" },
	{ DOMAIN "delivery { relay = \"smtp://h:mail\" }\n", 2, "port" },
	{ DOMAIN "delivery { tls = \"yes\" }\n", 2, "\"require\"" },
	{ DOMAIN "delivery {\n user = \"u\"\n}\n", 1, "password_file" },
	{ DOMAIN "recipient_delimiter = \"-\"\n", 2, "usual" },
	{ DOMAIN "state_dir = \"\"\n", 2, "must not be empty" },
	{ DOMAIN "web { base_url = \"petitions\" }\n", 2, "https://" },
	{ "mail_domain = \"localhost\"\n", 1, "full domain name" },
	{ "mail_domain = \"a..example\"\n", 1, "full domain name" },
	{ "mail_domain = \"-a.example\"\n", 1, "full domain name" },
	{ "mail_domain = \"a.example.\"\n", 1, "full domain name" },
	{ "mail_domain = \"пример.example\"\n", 1, "xn--" },
	{ DOMAIN "log = \"\xff\"\n", 2, "UTF-8" },
	{ "# a\n# b\n" DOMAIN "# c\n\nlgo = info\n", 6, "\"log\"?" },
	{ DOMAIN "intake {\n # \"a\n // 'b\n idle = 3   # {\n}\nlgo = info\n",
	    7, "\"log\"?" },
	{ DOMAIN "/* a\n # b\n*/\nlgo = info\n", 5, "\"log\"?" },
	{ DOMAIN "user = \"#a//b\" # c\nuser = \"x\"\n", 3, "already, in line 2" },
};

static void
test_wrong(void **state)
{
	struct reason why;
	struct config *c;
	char place[96];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
		enum status st = load(wrong[i].text, &c, &why);

		(void)snprintf(place, sizeof place, "%s:%d: ", file,
		    wrong[i].line);
		if (st != INVALID || c != NULL ||
		    strncmp(why.text, place, strlen(place)) != 0 ||
		    strstr(why.text, wrong[i].says) == NULL ||
		    strchr(why.text, '\n') != NULL)
			fail_msg("case %zu: status %d, \"%s\", wanted \"%s...%s\"",
			    i, (int)st, why.text, place, wrong[i].says);
	}
	/* and none of them leaves the scanner in a bad state */
	assert_int_equal(load(sample, &c, &why), OK);
	config_free(&c);
}

static void
test_no_file(void **state)
{
	struct reason why;
	struct config *c;

	(void)state;
	assert_int_equal(config_load(&c, "/nonexistent/x.conf", &why), NOT_FOUND);
	assert_non_null(strstr(why.text, "/nonexistent/x.conf"));
	assert_non_null(strstr(why.text, "undersign init"));
	assert_null(c);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sample),
		cmocka_unit_test(test_defaults),
		cmocka_unit_test(test_everything),
		cmocka_unit_test(test_wrong),
		cmocka_unit_test(test_no_file),
	};
	int failed;

	if (mkdtemp(dir) == NULL)
		return 1;
	(void)snprintf(file, sizeof file, "%s/undersigned.conf", dir);
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	(void)unlink(file);
	(void)rmdir(dir);
	return failed;
}
