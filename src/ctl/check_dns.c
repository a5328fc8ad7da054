/* SPDX-License-Identifier: ISC */
#include <arpa/nameser.h>
#include <netdb.h>
#include <netinet/in.h>
#include <resolv.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/buf.h"
#include "config/config.h"
#include "ctl/check.h"
#include "ctl/ctl.h"

#define ANSWER 4096

struct records {
	unsigned char answer[ANSWER];
	ns_msg msg;
	int count;
	int later;              /* nobody answered; 0: the count is right */
};

static int
ask(struct records *r, const char *name, int type)
{
	int n = res_query(name, ns_c_in, type, r->answer, ANSWER);

	r->later = n <= 0 && h_errno == TRY_AGAIN;
	r->count = n > 0 && n <= ANSWER && ns_initparse(r->answer, n,
	    &r->msg) == 0 ? ns_msg_count(r->msg, ns_s_an) : 0;
	return r->count;
}

/* The text of record I begins with WORD. */
static int
is_text(struct records *r, int i, const char *word)
{
	size_t len = strlen(word);
	ns_rr rr;

	return ns_parserr(&r->msg, ns_s_an, i, &rr) == 0 &&
	    ns_rr_type(rr) == ns_t_txt && ns_rr_rdlen(rr) > len &&
	    ns_rr_rdata(rr)[0] >= len && strncasecmp(
	    (const char *)ns_rr_rdata(rr) + 1, word, len) == 0;
}

static int
texts_of(struct records *r, const char *name, const char *word)
{
	int i, n = 0;

	(void)ask(r, name, ns_t_txt);
	for (i = 0; i < r->count; i++)
		n += is_text(r, i, word);
	return n;
}

static void
check_spf(struct checking *c, struct records *r, const char *domain)
{
	int n = texts_of(r, domain, "v=spf1");

	if (r->later)
		point(c, WARN, "SPF", "no name server answered for %s", domain);
	else if (n == 1)
		point(c, FINE, "SPF", "%s says who may send its mail", domain);
	else if (n == 0)
		point(c, WARN, "SPF", "%s does not say who may send its mail; add a "
		    "TXT record such as \"v=spf1 mx -all\"", domain);
	else
		point(c, WARN, "SPF", "%s has %d records that begin with v=spf1, and "
		    "others then obey none; leave one", domain, n);
}

/* RFC 7489, 6.6.3: of the domain itself, or of the one it belongs to.  Which one
 * that is only a list of public suffixes knows; the next above is near enough
 * to spare most people a false warning. */
static void
check_dmarc(struct checking *c, struct records *r, const char *domain)
{
	const char *d = domain, *dot;
	int n = 0;

	do {
		char *name = mem_printf("_dmarc.%s", d);

		n = texts_of(r, name, "v=DMARC1");
		free(name);
		dot = strchr(d, '.');
		d = dot == NULL ? d : dot + 1;
	} while (n == 0 && !r->later && strchr(d, '.') != NULL);
	if (r->later)
		point(c, WARN, "DMARC", "no name server answered for %s", domain);
	else if (n > 0)
		point(c, FINE, "DMARC", "%s has a policy", domain);
	else
		point(c, WARN, "DMARC", "%s has no policy; large providers ask for "
		    "one: add a TXT record _dmarc.%s \"v=DMARC1; p=none\", and a "
		    "stricter one when all mail passes", domain, domain);
}

/* Many refuse mail from a machine without a name of its own.  Which one sends we
 * cannot see; it is most often the one that receives. */
static void
check_pointer(struct checking *c, const char *host)
{
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM }, *all, *a;
	char name[NI_MAXHOST];
	int rc = 0;

	if (getaddrinfo(host, NULL, &hints, &all) != 0) {
		point(c, WARN, "DNS", "the mail exchanger %s has no address", host);
		return;
	}
	for (a = all; a != NULL && rc == 0; a = a->ai_next)
		rc = getnameinfo(a->ai_addr, a->ai_addrlen, name, sizeof name,
		    NULL, 0, NI_NAMEREQD);
	freeaddrinfo(all);
	if (rc == 0)
		point(c, FINE, "PTR", "every address of %s has a name", host);
	else if (rc == EAI_NONAME)
		point(c, WARN, "PTR", "an address of %s has no name (PTR); if it "
		    "sends our mail, ask who gave you the address for one", host);
}

static void
check_exchanger(struct checking *c, struct records *r)
{
	char host[NS_MAXDNAME];
	ns_rr rr;
	int i;

	for (i = 0; i < r->count; i++)
		if (ns_parserr(&r->msg, ns_s_an, i, &rr) == 0 &&
		    ns_rr_type(rr) == ns_t_mx && ns_rr_rdlen(rr) > 2 &&
		    ns_name_uncompress(ns_msg_base(r->msg), ns_msg_end(r->msg),
		    ns_rr_rdata(rr) + 2, host, sizeof host) >= 0) {
			check_pointer(c, host);
			return;
		}
}

static int
check_mx(struct checking *c, struct records *r, const char *domain)
{
	if (ask(r, domain, ns_t_mx) > 0) {
		point(c, FINE, "DNS", "%s has a mail exchanger (MX)", domain);
		check_exchanger(c, r);
	} else if (!r->later && (ask(r, domain, ns_t_a) > 0 ||
	    (!r->later && ask(r, domain, ns_t_aaaa) > 0)))
		point(c, WARN, "DNS", "%s has no mail exchanger (MX): mail goes to "
		    "the machine of that name; see that it takes it", domain);
	else if (r->later) {
		point(c, WARN, "DNS", "no name server answered for %s", domain);
		return 0;
	} else
		point(c, WARN, "DNS", "%s is not known: mail from elsewhere cannot "
		    "come until it has a mail exchanger (MX)", domain);
	return 1;
}

void
check_dns(struct checking *c)
{
	const char *domain = c->ctl->config->mail_domain;
	struct records *r = mem_alloc(sizeof *r);

	if (res_init() == 0) {
		_res.retrans = 3;       /* seconds */
		_res.retry = 1;
	}
	if (check_mx(c, r, domain)) {
		check_spf(c, r, domain);
		check_dmarc(c, r, domain);
	}
	free(r);
}
