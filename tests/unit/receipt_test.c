/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "check.h"

#include "base/buf.h"
#include "sample.h"
#include "seal/keys.h"
#include "seal/sha256.h"
#include "tally/armour.h"
#include "tally/promise.h"
#include "tally/receipt.h"

static struct sample log_of_300;

static int
set_up(void **state)
{
	(void)state;
	sample_init(&log_of_300, 7);
	while (log_of_300.front.size < 300)
		sample_sign(&log_of_300);
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	sample_free(&log_of_300);
	return 0;
}

static void
assert_receipt(const struct receipt *r, const char *text, size_t len)
{
	struct receipt got;
	struct reason why = { "" };

	if (receipt_read_block(&got, text, len, &why) != OK)
		fail_msg("%s in:\n%s", why.text, text);
	assert_memory_equal(&got, r, offsetof(struct receipt, proof));
	assert_int_equal(got.proof.count, r->proof.count);
	assert_memory_equal(got.proof.step, r->proof.step,
	    r->proof.count * MERKLE_BYTES);
	assert_int_equal(receipt_check(&got, &why), OK);
}

static void
written_and_read(void **state)
{
	static const uint64_t leaves[] = { 0, 1, 77, 255, 256, 299 };
	struct buf text = BUF_INIT;
	struct receipt r;
	const char *at, *end;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof leaves / sizeof leaves[0]; i++) {
		sample_receipt(&log_of_300, leaves[i], &r);
		buf_clear(&text);
		buf_addstr(&text, "Your receipt:\n\n");
		receipt_add_block(&text, &r);
		buf_addstr(&text, "\nKeep it.\n");
		assert_receipt(&r, text.data, text.len);
		for (at = text.data; *at != '\0'; at = end + 1) {
			end = strchr(at, '\n');
			assert_true(end - at <= 70);
			assert_true(end == at || end[-1] != ' ');
		}
	}
	assert_non_null(strstr(text.data, "\nday: 2026-11-20\n"));
	assert_non_null(strstr(text.data, "\naddress: p299@example.org\n"));
	buf_free(&text);
}

/* Addresses that mail programs would not leave alone. */
static void
odd_addresses(void **state)
{
	static const char *const t[] = {
		"\"a b\"@example.org", "\xd0\xb0\xd0\xb4\xd0\xb0@example.org",
		"a=b@example.org", "a|b@example.org", "base64:@example.org",
		"o'hara@example.org", "<a>@example.org",
	};
	struct buf text = BUF_INIT;
	struct receipt r, got;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof t / sizeof t[0]; i++) {
		sample_receipt(&log_of_300, 3, &r);
		memset(r.address, 0, sizeof r.address);
		memcpy(r.address, t[i], strlen(t[i]));
		buf_clear(&text);
		receipt_add_block(&text, &r);
		assert_null(strstr(text.data, t[i]));
		assert_int_equal(receipt_read_block(&got, text.data, text.len,
		    NULL), OK);
		assert_string_equal(got.address, t[i]);
		assert_int_equal(receipt_check(&got, NULL), DENIED);    /* not hers */
	}
	buf_free(&text);
}

/* ---- what mail programs do ------------------------------------------------- */

enum damage {
	QUOTED, QUOTED_TWICE, QUOTED_BARE, STUFFED, CRLF, CR, TRAILING, NO_BREAK,
	LATIN1, NO_INDENT, ONE_LINE, LINKED, BRACKETED, DASHED, MARKED, REFLOWED,
	BLANK_LINES, DAMAGES
};

static void
damage_line(struct buf *out, const char *line, size_t len, enum damage how)
{
	static const char *const before[DAMAGES] = {
		[QUOTED] = "> ", [QUOTED_TWICE] = "> > ", [QUOTED_BARE] = ">",
		[MARKED] = "\xef\xbb\xbf| ", [TRAILING] = "",
	};
	static const char *const after[DAMAGES] = {
		[CRLF] = "\r\n", [CR] = "\r", [TRAILING] = "  \n",
		[ONE_LINE] = " ", [BLANK_LINES] = "\n\n",
	};
	size_t i;

	if (before[how] != NULL)
		buf_addstr(out, before[how]);
	if (how == STUFFED && (*line == ' ' || *line == '>'))
		buf_addch(out, ' ');
	if (how == DASHED && *line == '-')
		buf_addstr(out, "- ");
	if (how == NO_INDENT && *line == ' ') {
		line++;
		len--;
	}
	for (i = 0; i < len; i++)
		if (line[i] == ' ' && (how == NO_BREAK || how == LATIN1))
			buf_addstr(out, how == LATIN1 ? "\xa0" : "\xc2\xa0");
		else
			buf_addch(out, line[i]);
	if (memchr(line, '@', len) != NULL && how == LINKED)
		buf_addstr(out, "<mailto:p77@example.org>");
	if (memchr(line, '@', len) != NULL && how == BRACKETED)
		buf_addstr(out, " [mailto:p77@example.org]");
	if (strncmp(line, "origin", 6) == 0 && how == LINKED)
		buf_addstr(out, " <https://safelinks.example.net/?url=http%3A%2F%2F"
		    "petitions.example.org%2Fmanuchehr&\ndata=05%7C02>");
	buf_addstr(out, after[how] == NULL ? "\n" : after[how]);
}

/* Words to lines of 50 characters, as a program does that fills paragraphs. */
static void
reflow(struct buf *out, const char *text)
{
	size_t column = 0, n;

	while (*text != '\0') {
		text += strspn(text, " \n");
		n = strcspn(text, " \n");
		if (column > 0) {
			buf_addch(out, column + n > 50 ? '\n' : ' ');
			column = column + n > 50 ? 0 : column;
		}
		buf_add(out, text, n);
		column += n + 1;
		text += n;
	}
}

static void
mail_programs(void **state)
{
	struct buf block = BUF_INIT, text = BUF_INIT;
	const char *at, *end;
	struct receipt r;
	int how;

	(void)state;
	sample_receipt(&log_of_300, 77, &r);
	receipt_add_block(&block, &r);
	for (how = 0; how < DAMAGES; how++) {
		buf_clear(&text);
		buf_addstr(&text, "On Friday the campaign wrote:\n");
		if (how == REFLOWED)
			reflow(&text, block.data);
		else
			for (at = block.data; *at != '\0'; at = end + 1) {
				end = strchr(at, '\n');
				damage_line(&text, at, (size_t)(end - at),
				    (enum damage)how);
			}
		buf_addstr(&text, "\n-- \nAda\n");
		assert_receipt(&r, text.data, text.len);
	}
	buf_free(&block);
	buf_free(&text);
}

/* Nothing of the block has to be quoted by quoted-printable, whose coders may
 * break no line of 70 characters either. */
static void
quoted_printable(void **state)
{
	struct buf block = BUF_INIT;
	struct receipt r;
	size_t i;

	(void)state;
	sample_receipt(&log_of_300, 77, &r);
	receipt_add_block(&block, &r);
	for (i = 0; i < block.len; i++)
		assert_true(block.data[i] == '\n' || (block.data[i] >= ' ' &&
		    block.data[i] < 0x7f && block.data[i] != '='));
	buf_free(&block);
}

/* A damaged copy before a good one, as in a mail with two parts. */
static void
several_blocks(void **state)
{
	struct buf text = BUF_INIT;
	struct receipt r, got;
	size_t len;

	(void)state;
	sample_receipt(&log_of_300, 77, &r);
	receipt_add_block(&text, &r);
	len = text.len;
	text.data[len / 2] ^= 1;
	assert_int_equal(receipt_read_block(&got, text.data, len, NULL), INVALID);
	receipt_add_block(&text, &r);
	assert_receipt(&r, text.data, text.len);
	buf_consume(&text, 1);                  /* "----BEGIN" */
	assert_receipt(&r, text.data, text.len);
	text.data[len + len / 2] ^= 1;
	assert_int_equal(receipt_read_block(&got, text.data, text.len, NULL), INVALID);
	assert_int_equal(receipt_read_block(&got, "hello", 5, NULL), NOT_FOUND);
	assert_int_equal(receipt_read_block(&got, "", 0, NULL), NOT_FOUND);
	buf_free(&text);
}

/* Every change of every single byte is told, but of one blank for another. */
static void
every_byte(void **state)
{
	struct buf block = BUF_INIT, again = BUF_INIT;
	struct receipt r, got;
	struct reason why;
	size_t i, same = 0;
	int bit;

	(void)state;
	sample_receipt(&log_of_300, 77, &r);
	receipt_add_block(&block, &r);
	for (i = 0; i < block.len; i++)
		for (bit = 1; bit < 256; bit++) {
			char was = block.data[i];

			block.data[i] = (char)(was ^ bit);
			why.text[0] = '\0';
			if (receipt_read_block(&got, block.data, block.len,
			    &why) != OK) {
				assert_true(why.text[0] != '\0');
			} else {        /* it must say the very same */
				assert_true(was == ' ' || was == '\n');
				buf_clear(&again);
				receipt_add_block(&again, &got);
				block.data[i] = was;
				assert_string_equal(again.data, block.data);
				same++;
			}
			block.data[i] = was;
		}
	assert_true(same > 0);
	buf_free(&block);
	buf_free(&again);
}

static void
cut_anywhere(void **state)
{
	struct buf block = BUF_INIT;
	struct receipt r, got;
	size_t i;

	(void)state;
	sample_receipt(&log_of_300, 77, &r);
	receipt_add_block(&block, &r);
	for (i = 0; i + 1 < block.len; i++)
		assert_int_not_equal(receipt_read_block(&got, block.data, i,
		    NULL), OK);
	buf_free(&block);
}

/* ---- forgeries: the check fits, the rest does not --------------------------- */

static void
forged(void **state)
{
	struct receipt r, f;
	struct reason why;
	struct sample other;
	unsigned i;

	(void)state;
	sample_init(&other, 8);
	sample_receipt(&log_of_300, 77, &r);
	assert_int_equal(receipt_check(&r, &why), OK);
	for (i = 0; i < 10; i++) {
		f = r;
		switch (i) {
		case 0: f.address[0] = 'q'; break;
		case 1: f.day++; break;
		case 2: f.text[31] ^= 1; break;
		case 3: f.nonce[0] ^= 1; break;
		case 4: f.leaf++; break;
		case 5: f.at.size++; break;
		case 6: f.at.counted--; break;
		case 7: f.at.root.bytes[5] ^= 1; break;
		case 8: f.proof.step[2].bytes[1] ^= 1; break;
		case 9: f.log = other.log; break;
		}
		why.text[0] = '\0';
		assert_int_equal(receipt_check(&f, &why), DENIED);
		assert_true(why.text[0] != '\0');
	}
	/* a log of her own making is told by its key alone */
	f = r;
	f.log = other.log;
	checkpoint_sign(&f.at, other.pair);
	assert_int_equal(receipt_check(&f, &why), OK);
	assert_false(vkey_same(&f.log, &log_of_300.log));
}

static void
bad_fields(void **state)
{
	static const char *const t[] = {
		"day: 2026-02-30", "day: 2026-11-20x", "leaf: 077", "size: -1",
		"counted: 301", "leaf: 1000000000000000000", "nonce: AAAA",
		"address: base64:AA", "address: base64:", "text: ",
	};
	struct buf block = BUF_INIT, all = BUF_INIT;
	struct receipt r, got;
	struct armour a;
	const char *at, *eol;
	size_t i, n;

	(void)state;
	sample_receipt(&log_of_300, 77, &r);
	receipt_add_block(&block, &r);
	for (i = 0; i < sizeof t / sizeof t[0]; i++) {
		assert_int_equal(armour_read(&a, "receipt", block.data, block.len,
		    NULL), OK);
		n = strcspn(t[i], ":") + 1;
		at = strstr(a.text.data, "\naddress: ");
		while (strncmp(at + 1, t[i], n) != 0)
			at = strchr(at + 1, '\n');
		eol = strchr(at + 1, '\n');
		buf_clear(&all);
		buf_add(&all, a.text.data, (size_t)(at + 1 - a.text.data));
		buf_addf(&all, "%s%s", t[i], eol);
		buf_clear(&a.text);
		buf_add(&a.text, all.data, all.len);
		buf_clear(&all);
		armour_write(&a, &all);         /* with a check that fits */
		assert_int_equal(receipt_read_block(&got, all.data, all.len,
		    NULL), INVALID);
		armour_free(&a);
	}
	buf_free(&all);
	buf_free(&block);
}

/* ---- promises ---------------------------------------------------------------- */

static void
promised(void **state)
{
	static const char want[] = "undersigned promise v1\n" SAMPLE_ORIGIN
	    "\nAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE\n2026-11-20T14:00:59Z\n";
	struct promise p = { .log = log_of_300.log, .by = 1795183259 }, got;
	struct buf text = BUF_INIT;

	(void)state;
	memset(p.commitment, 1, sizeof p.commitment);
	promise_sign(&p, log_of_300.pair);
	assert_int_equal(sign_check(p.log.key, want, strlen(want), p.signature), OK);
	promise_add_block(&text, &p);
	assert_int_equal(promise_read_block(&got, text.data, text.len, NULL), OK);
	assert_memory_equal(&got, &p, sizeof p);
	assert_int_equal(promise_check(&got), OK);
	got.by++;
	assert_int_equal(promise_check(&got), DENIED);
	got = p;
	got.commitment[0] ^= 1;
	assert_int_equal(promise_check(&got), DENIED);
	assert_int_equal(promise_read_block(&got, "x", 1, NULL), NOT_FOUND);
	buf_free(&text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(written_and_read),
		cmocka_unit_test(odd_addresses),
		cmocka_unit_test(mail_programs),
		cmocka_unit_test(quoted_printable),
		cmocka_unit_test(several_blocks),
		cmocka_unit_test(every_byte),
		cmocka_unit_test(cut_anywhere),
		cmocka_unit_test(forged),
		cmocka_unit_test(bad_fields),
		cmocka_unit_test(promised),
	};

	seal_init();
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
