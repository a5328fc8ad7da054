/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "base/buf.h"
#include "ctl/starter.h"

static const struct { const char *language, *text; } petitions[] = {
	{ "en",
	    "To: [who is asked, by name and office]\n"
	    "\n"
	    "We, the undersigned, ask you to [what you want done].\n"
	    "\n"
	    "- [The first reason, in one sentence.]\n"
	    "- [The second reason.]\n"
	    "\n"
	    "[What happens if nothing is done, and why it is in your hands.]\n" },
	{ "ru",
	    "Кому: [имя и должность того, к кому обращение]\n"
	    "\n"
	    "Мы, нижеподписавшиеся, просим вас [что нужно сделать].\n"
	    "\n"
	    "- [Первая причина, одним предложением.]\n"
	    "- [Вторая причина.]\n"
	    "\n"
	    "[Что будет, если ничего не сделать, и почему это зависит от вас.]\n" },
	{ "tg",
	    "Ба: [ном ва вазифаи шахсе, ки ба ӯ муроҷиат мешавад]\n"
	    "\n"
	    "Мо, имзокунандагон, аз шумо хоҳиш мекунем, ки [чӣ бояд карда шавад].\n"
	    "\n"
	    "- [Сабаби якум, дар як ҷумла.]\n"
	    "- [Сабаби дуюм.]\n"
	    "\n"
	    "[Агар коре карда нашавад, чӣ мешавад ва чаро ин дар дасти шумост.]\n" },
	{ "nb",
	    "Til: [hvem oppropet gjelder, med navn og stilling]\n"
	    "\n"
	    "Vi som skriver under, ber deg om å [hva som skal gjøres].\n"
	    "\n"
	    "- [Den første grunnen, i én setning.]\n"
	    "- [Den andre grunnen.]\n"
	    "\n"
	    "[Hva som skjer hvis ingenting blir gjort, og hvorfor det ligger i dine "
	    "hender.]\n" },
};

const char *
starter_petition(const char *language)
{
	size_t i;

	for (i = 0; i < sizeof petitions / sizeof petitions[0]; i++)
		if (strcmp(petitions[i].language, language) == 0)
			return petitions[i].text;
	return petitions[0].text;
}

/* VALUE in double quotes, as the configuration reads them; "$" too, since
 * "${NAME}" stands for a variable of the environment there. */
static void
add_quoted(struct buf *out, const char *value)
{
	buf_addch(out, '"');
	for (; *value != '\0'; value++) {
		if (strchr("\"\\$", *value) != NULL)
			buf_addch(out, '\\');
		buf_addch(out, *value);
	}
	buf_addch(out, '"');
}

static void
add_language(struct buf *out, const char *slug, const char *title,
    const char *language)
{
	buf_addf(out, "language \"%s\" {\n\ttitle = ", language);
	add_quoted(out, title);
	buf_addf(out, "\n\t# Mail to this name signs in this language:\n"
	    "\t# alias = \"%s-%s\"\n}\n\n", slug, language);
}

void
starter_campaign(struct buf *out, const char *slug, const char *title,
    char *const *languages)
{
	char *const *l;

	buf_addf(out,
	    "# The petition \"%s\".  man 5 undersigned.conf explains every key.\n"
	    "# The text that people sign is in petition.LANGUAGE.md beside this file.\n"
	    "\n"
	    "# For those whose language is not known or not spoken here.\n"
	    "default_language = \"%s\"\n\n"
	    "# One section for each language; translate the titles.\n",
	    slug, languages[0]);
	for (l = languages; *l != NULL; l++)
		add_language(out, slug, title, *l);
	buf_addstr(out,
	    "# Who asks: one section for each organisation.\n"
	    "# organisation \"example\" {\n"
	    "#\tname = \"Example Rights\"\n"
	    "#\turl = \"https://example.org/\"\n"
	    "#\t# It asks signers to share name and address with it, one by one:\n"
	    "#\t# share = true\n"
	    "#\t# It vouches for the count: the line of undersign witness new, and\n"
	    "#\t# where checkpoints of the tally are sent to be cosigned:\n"
	    "#\t# witness = \"...\"\n"
	    "#\t# mail = \"witness@example.org\"\n"
	    "# }\n\n"
	    "# Who answers letters of signers: by country, language, or all others.\n"
	    "# contact \"north\" {\n"
	    "#\tname = \"Kari Nordmann\"\n"
	    "#\taddress = \"kari@example.org\"\n"
	    "#\tcountries = {\"NO\", \"SE\"}\n"
	    "#\tlanguages = {\"nb\"}\n"
	    "#\tdefault = true\n"
	    "# }\n\n"
	    "# What signers can do besides: \"postcard\", \"letter\", \"video\" ...\n"
	    "# action \"postcard\" {\n"
	    "#\turl = \"https://example.org/postcard\"\n"
	    "#\taddress = \"Name, street, town, country\"\n");
	buf_addf(out, "#\ttext \"%s\" { value = \"Send a postcard.\" }\n# }\n\n",
	    languages[0]);
	buf_addstr(out,
	    "# Who is told when something needs a person, and may post updates by\n"
	    "# mail; each takes a yes from so many others of them, or of approvers.\n"
	    "# staff = {\"ada@example.org\", \"omar@example.org\"}\n"
	    "# approvers = {\"board@example.org\"}\n"
	    "# approvals = 1\n\n"
	    "# When they get the numbers: \"daily\", \"weekly\" or \"none\"; and where\n"
	    "# that is, for schedules too.\n"
	    "# digest = \"daily\"\n"
	    "# timezone = \"Asia/Dushanbe\"\n\n"
	    "# Updates that are made by themselves when there is something to tell.\n"
	    "# schedule \"weekly\" {\n"
	    "#\trule = \"FREQ=WEEKLY;BYDAY=MO;BYHOUR=9\"\n"
	    "#\tstart = \"2026-12-01\"\n"
	    "#\tquiet = \"21:00-08:00\"\n"
	    "# }\n\n"
	    "# Names that nobody on this server can read, only so many organisations\n"
	    "# together: the line of undersign key deal.\n"
	    "# opening_key = \"...\"\n\n"
	    "# The public page of the campaign.\n"
	    "# site = \"https://example.org/\"\n\n"
	    "# Days until one reminder is sent; 0: none.\n"
	    "remind_after = 3\n\n"
	    "# For how many days what is kept: a request that nobody answers; names\n"
	    "# and comments after closing, and after handing in (handin); addresses of\n"
	    "# who wants updates, and all else that leads to a person, after the end;\n"
	    "# notes on mail to each; who got which update; what undersign review\n"
	    "# compares, from the mail on.\n"
	    "retention {\n"
	    "\tpending = 14\n"
	    "\tnames = 180\n"
	    "\tcomments = 180\n"
	    "\thandin = 60\n"
	    "\taddresses = 365\n"
	    "\ttraces = 400\n"
	    "\thistory = 180\n"
	    "\tlogs = 90\n"
	    "\ttraits = 30\n"
	    "}\n");
}

void
starter_config(struct buf *out, const char *domain, const char *state_dir,
    const char *lmtp, const char *key_file, const char *campaign_dir,
    int with_user)
{
	buf_addstr(out,
	    "# Undersigned.  man 5 undersigned.conf explains every key.\n"
	    "# After a change: undersign check, then restart the daemon.\n\n"
	    "# Mail for CAMPAIGN@DOMAIN comes here.\n"
	    "mail_domain = ");
	add_quoted(out, domain);
	buf_addstr(out, "\n\n# The database: signatures, and mail to be sent.\n"
	    "state_dir = ");
	add_quoted(out, state_dir);
	buf_addstr(out, "\n\n# The master key.  Without it the database cannot be "
	    "read: keep a copy in a safe place.\nkey_file = ");
	add_quoted(out, key_file);
	buf_addstr(out, "\n\n# One folder for each campaign: undersign campaign new\n"
	    "campaign_dir = ");
	add_quoted(out, campaign_dir);
	buf_addf(out, "\n\n# Who the daemon becomes when root starts it.\n"
	    "%suser = \"" SERVICE_USER "\"\n\n", with_user ? "" : "# ");
	buf_addstr(out, "# How mail comes in: the mail system hands it over by "
	    "LMTP.\nintake {\n\tlmtp = ");
	add_quoted(out, lmtp);
	buf_addstr(out,
	    "\n\t# lmtp_group = \"postfix\"   # who may connect, besides us\n"
	    "\t# maildir = \"/var/mail/petitions\"   # or: a Maildir that is watched\n"
	    "}\n\n"
	    "# How mail goes out: through the mail system of this machine.\n"
	    "delivery {\n"
	    "\trelay = \"smtp://127.0.0.1:25\"\n"
	    "\tconnections = 4\n"
	    "}\n\n"
	    "# Confirmation requests an hour, so that forged mail cannot make us a\n"
	    "# nuisance; 0: no limit.\n"
	    "limits {\n"
	    "\tmessage_size = 1048576\n"
	    "\trequests_per_domain_hour = 500\n"
	    "\trequests_per_hour = 20000\n"
	    "}\n\n"
	    "# Links to sign and to stop by, beside replies; nginx or Caddy in front of\n"
	    "# it has the certificate.\n"
	    "# web {\n"
	    "#\tlisten = \"127.0.0.1:8026\"\n");
	buf_addf(out, "#\tbase_url = \"https://%s\"\n# }\n\n", domain);
	buf_addstr(out,
	    "# The name our own mail system writes into Authentication-Results; set\n"
	    "# it only if that system removes such lines from mail that comes in.\n"
	    "# trusted_authserv = ");
	buf_addf(out, "\"mx.%s\"\n", domain);
}
