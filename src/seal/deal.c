/* SPDX-License-Identifier: ISC */
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "base/buf.h"
#include "base/log.h"
#include "seal/deal.h"
#include "seal/lines.h"

#define PLAIN (1 + SHARE_BYTES + DIGEST_BYTES)
#define CHECK 8

_Static_assert(PLAIN + crypto_box_SEALBYTES == DEAL_SEALED, "sealed share");

const char *
deal_share_name(const struct deal_share *s)
{
	return s->deal.holders[s->mine - 1].name;
}

/* ---- writing ---------------------------------------------------------------------- */

static void
commit_to(const struct deal *d, const struct share *share,
    unsigned char out[DIGEST_BYTES])
{
	const unsigned numbers[4] = { d->number, d->needed, d->count,
	    share->number };
	unsigned char text[16];
	struct seal_digest *digest = seal_digest_new();
	size_t i;

	for (i = 0; i < sizeof text; i++)
		text[i] = (unsigned char)(numbers[i / 4] >> (24 - i % 4 * 8));
	seal_digest_add(digest, d->opening, OPENING_BYTES);
	seal_digest_add(digest, text, sizeof text);
	seal_digest_add(digest, share->value, SHARE_BYTES);
	seal_digest_end(&digest, out);
}

static void
write_head(const struct deal *d, struct buf *out)
{
	char text[OPENING_TEXT];
	unsigned i;

	opening_text(OPENING_CAMPAIGN, d->opening, text);
	buf_addf(out, "undersigned share 1\nopening: %s\ndeal: %u\nneeded: %u\n"
	    "holders: %u\n", text, d->number, d->needed, d->count);
	for (i = 0; i < d->count; i++) {
		opening_text(OPENING_HOLDER, d->holders[i].public, text);
		buf_addf(out, "holder: %s\nkey: %s\n", d->holders[i].name, text);
		lines_add(out, "commitment: ", d->holders[i].commitment,
		    DIGEST_BYTES);
	}
}

static void
head_digest(const struct deal *d, unsigned char out[DIGEST_BYTES])
{
	struct buf head = BUF_INIT;

	write_head(d, &head);
	seal_digest(head.data, head.len, out);
	buf_free(&head);
}

static enum status
seal_share(struct deal_share *s, const struct share *share, struct reason *why)
{
	unsigned char plain[PLAIN];
	int bad;

	plain[0] = share->number;
	memcpy(plain + 1, share->value, SHARE_BYTES);
	head_digest(&s->deal, plain + 1 + SHARE_BYTES);
	bad = crypto_box_seal(s->sealed, plain, sizeof plain, s->to);
	sodium_memzero(plain, sizeof plain);
	return bad ? fail(why, INVALID, "the key of %s is none that can be used",
	    deal_share_name(s)) : OK;
}

static void
write_lines(const struct deal_share *s, struct buf *out)
{
	char text[OPENING_TEXT];

	write_head(&s->deal, out);
	opening_text(OPENING_HOLDER, s->to, text);
	buf_addf(out, "share: %u\nto: %s\n", s->mine, text);
	lines_add(out, "sealed: ", s->sealed, DEAL_SEALED);
}

static void
write_share(const struct deal_share *s, struct buf *out)
{
	unsigned char sum[DIGEST_BYTES];
	struct buf lines = BUF_INIT;

	write_lines(s, &lines);
	seal_digest(lines.data, lines.len, sum);
	buf_add(out, lines.data, lines.len);
	lines_add(out, "checksum: ", sum, CHECK);
	buf_addstr(out, "end\n");
	buf_free(&lines);
}

static enum status
check_holders(const struct deal *d, struct reason *why)
{
	unsigned i, k;

	if (d->number < 1 || d->needed < 1 || d->needed > d->count ||
	    d->count > SHARES_MAX)
		return fail(why, INVALID, "as many shares as are needed (%u) must "
		    "be from 1 to the number of holders (%u), who are at most %d",
		    d->needed, d->count, SHARES_MAX);
	for (i = 0; i < d->count; i++)
		for (k = 0; k < i; k++)
			if (strcmp(d->holders[i].name, d->holders[k].name) == 0 ||
			    memcmp(d->holders[i].public, d->holders[k].public,
			    OPENING_BYTES) == 0)
				return fail(why, INVALID, "%s and %s have the same "
				    "name or key; each share needs a holder of "
				    "its own", d->holders[k].name,
				    d->holders[i].name);
	return OK;
}

enum status
deal_make(struct deal *d, const struct opening_pair *campaign,
    struct buf *files, struct reason *why)
{
	struct deal_share *s = mem_alloc(sizeof *s);
	struct share shares[SHARES_MAX];
	enum status st = check_holders(d, why);
	unsigned i;

	if (st == OK)
		st = shares_split(campaign->secret, d->needed, d->count, shares);
	if (st == OK)
		memcpy(d->opening, campaign->public, OPENING_BYTES);
	for (i = 0; st == OK && i < d->count; i++)
		commit_to(d, &shares[i], d->holders[i].commitment);
	s->deal = *d;
	for (i = 0; st == OK && i < d->count; i++) {
		s->mine = i + 1;
		memcpy(s->to, d->holders[i].public, OPENING_BYTES);
		st = seal_share(s, &shares[i], why);
		if (st == OK)
			write_share(s, &files[i]);
	}
	sodium_memzero(shares, sizeof shares);
	free(s);
	return st;
}

/* ---- reading ---------------------------------------------------------------------- */

static enum status
take_key(const char **at, const char *name, enum opening_kind kind,
    unsigned char *out)
{
	char text[LINES_VALUE];

	return lines_take(at, name, text, sizeof text) == OK ?
	    opening_parse(kind, text, out, NULL) : INVALID;
}

static enum status
read_head(const char **at, struct deal *d)
{
	char text[LINES_VALUE];
	struct deal_holder *h;
	enum status st;

	st = lines_take(at, "undersigned share 1", text, sizeof text);
	if (st == OK)
		st = take_key(at, "opening: ", OPENING_CAMPAIGN, d->opening);
	if (st == OK)
		st = lines_take_number(at, "deal: ", &d->number);
	if (st == OK)
		st = lines_take_number(at, "needed: ", &d->needed);
	if (st == OK)
		st = lines_take_number(at, "holders: ", &d->count);
	if (st == OK && d->count > SHARES_MAX)
		st = INVALID;
	for (h = d->holders; st == OK && h < d->holders + d->count; h++) {
		st = lines_take(at, "holder: ", h->name, sizeof h->name);
		if (st == OK)
			st = take_key(at, "key: ", OPENING_HOLDER, h->public);
		if (st == OK)
			st = lines_take_bytes(at, "commitment: ", h->commitment,
			    DIGEST_BYTES);
	}
	return st == OK ? check_holders(d, NULL) : st;
}

/* The lines are written again, so that only what they say counts. */
static enum status
check_sum(const struct deal_share *s, const unsigned char sum[CHECK])
{
	unsigned char whole[DIGEST_BYTES];
	struct buf lines = BUF_INIT;

	write_lines(s, &lines);
	seal_digest(lines.data, lines.len, whole);
	buf_free(&lines);
	return memcmp(whole, sum, CHECK) == 0 ? OK : INVALID;
}

enum status
deal_share_read(struct deal_share *s, const char *text, struct reason *why)
{
	unsigned char sum[CHECK];
	char end[2];
	enum status st;

	*s = (struct deal_share){ .mine = 0 };
	if (strncmp(text, "undersigned share 1", 19) != 0)
		return fail(why, INVALID, "this is no share file of undersign");
	st = read_head(&text, &s->deal);
	if (st == OK)
		st = lines_take_number(&text, "share: ", &s->mine);
	if (st == OK && (s->mine < 1 || s->mine > s->deal.count))
		st = INVALID;
	if (st == OK)
		st = take_key(&text, "to: ", OPENING_HOLDER, s->to);
	if (st == OK)
		st = lines_take_bytes(&text, "sealed: ", s->sealed, DEAL_SEALED);
	if (st == OK)
		st = lines_take_bytes(&text, "checksum: ", sum, CHECK);
	if (st == OK)
		st = lines_take(&text, "end", end, sizeof end);
	if (st == OK)
		st = check_sum(s, sum);
	return st == OK ? OK : fail(why, INVALID, "the share is cut short or "
	    "damaged (its checksum says so); ask its holder for it again");
}

/* ---- using ------------------------------------------------------------------------ */

enum status
deal_share_open(struct deal_share *s, const struct opening_pair *pair,
    struct reason *why)
{
	unsigned char plain[PLAIN], want[DIGEST_BYTES], got[DIGEST_BYTES];
	int bad;

	if (memcmp(pair->public, s->to, OPENING_BYTES) != 0 ||
	    crypto_box_seal_open(plain, s->sealed, DEAL_SEALED, pair->public,
	    pair->secret) != 0)
		return fail(why, DENIED, "share of %s: it is sealed to another "
		    "key", deal_share_name(s));
	s->share.number = plain[0];
	memcpy(s->share.value, plain + 1, SHARE_BYTES);
	head_digest(&s->deal, want);
	commit_to(&s->deal, &s->share, got);
	bad = plain[0] != s->mine ||
	    memcmp(want, plain + 1 + SHARE_BYTES, DIGEST_BYTES) != 0 ||
	    memcmp(got, s->deal.holders[s->mine - 1].commitment,
	    DIGEST_BYTES) != 0;
	sodium_memzero(plain, sizeof plain);
	s->is_open = !bad;
	return bad ? fail(why, INVALID, "share of %s: it is not what was dealt; "
	    "somebody has put another in its place", deal_share_name(s)) : OK;
}

enum status
deal_share_pass(const struct deal_share *s,
    const unsigned char to[OPENING_BYTES], struct buf *out, struct reason *why)
{
	struct deal_share *copy;
	enum status st;

	if (!s->is_open)
		log_fatalx("a share that is not open was to be passed on");
	copy = mem_alloc(sizeof *copy);
	*copy = *s;
	memcpy(copy->to, to, OPENING_BYTES);
	st = seal_share(copy, &s->share, why);
	if (st == OK)
		write_share(copy, out);
	sodium_memzero(copy, sizeof *copy);
	free(copy);
	return st;
}

/* Whether S goes with those before it; NEWEST is the highest deal of all. */
static enum status
check_fit(const struct deal_share *all, unsigned at, unsigned newest,
    const unsigned char head[DIGEST_BYTES], struct reason *why)
{
	const struct deal_share *s = &all[at];
	unsigned char own[DIGEST_BYTES];
	unsigned i;

	if (!s->is_open)
		return fail(why, INVALID, "share of %s: it is not unsealed",
		    deal_share_name(s));
	if (memcmp(s->deal.opening, all[0].deal.opening, OPENING_BYTES) != 0)
		return fail(why, INVALID, "share of %s: it is of another "
		    "campaign's key than that of %s", deal_share_name(s),
		    deal_share_name(&all[0]));
	if (s->deal.number != newest)
		return fail(why, INVALID, "share of %s: it is stale, of deal %u, "
		    "while others are of deal %u; old and new do not mix",
		    deal_share_name(s), s->deal.number, newest);
	for (i = 0; i < at; i++)
		if (all[i].mine == s->mine)
			return fail(why, INVALID, "share of %s: it is given twice",
			    deal_share_name(s));
	head_digest(&s->deal, own);
	return memcmp(own, head, DIGEST_BYTES) == 0 ? OK : fail(why, INVALID,
	    "share of %s: it tells of other holders than that of %s; one of the "
	    "two is not from this deal", deal_share_name(s),
	    deal_share_name(&all[0]));
}

static enum status
check_all(const struct deal_share *all, unsigned count, struct reason *why)
{
	unsigned char head[DIGEST_BYTES];
	unsigned i, newest = 0;
	enum status st = OK;

	for (i = 0; i < count; i++)
		if (all[i].deal.number > newest)
			newest = all[i].deal.number;
	if (count > 0)
		head_digest(&all[0].deal, head);
	for (i = 0; st == OK && i < count; i++)
		st = check_fit(all, i, newest, head, why);
	if (st == OK && (count == 0 || count < all[0].deal.needed))
		st = fail(why, INVALID, "%u of the shares are needed, and %u %s "
		    "given", count == 0 ? 1 : all[0].deal.needed, count,
		    count == 1 ? "is" : "are");
	return st;
}

enum status
deal_join(const struct deal_share *all, unsigned count,
    struct opening_pair **out, struct reason *why)
{
	struct share shares[SHARES_MAX];
	struct opening_pair *pair;
	enum status st = check_all(all, count, why);
	unsigned i;

	*out = NULL;
	if (st != OK)
		return st;
	pair = opening_new();
	for (i = 0; i < all[0].deal.needed; i++)
		shares[i] = all[i].share;
	st = shares_join(shares, all[0].deal.needed, pair->secret);
	sodium_memzero(shares, sizeof shares);
	if (st == OK && (crypto_scalarmult_base(pair->public, pair->secret) != 0 ||
	    memcmp(pair->public, all[0].deal.opening, OPENING_BYTES) != 0))
		st = fail(why, INVALID, "the shares are those of their deal, and "
		    "the deal does not make this opening key: it was wrong from "
		    "the beginning");
	if (st == OK)
		*out = pair;
	else
		opening_free(&pair);
	return st;
}
