/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "check.h"

#include "base/buf.h"
#include "sample.h"
#include "seal/keys.h"
#include "tally/cosignature.h"
#include "tally/note.h"
#include "tally/offer.h"

/* The example of C2SP signed-note. */
#define EXAMPLE_KEY "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"
#define EXAMPLE_TEXT "This is an example message.\n"
#define EXAMPLE EXAMPLE_TEXT "\n\xe2\x80\x94 example.com/foo Uw2QOkn8srV1yJGh2VYRlL1" \
    "Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n"
#define LINE "\xe2\x80\x94 name AAAAAAA=\n"

static void
published_example(void **state)
{
	unsigned char signature[SIGN_SIGNATURE_BYTES];
	struct buf text = BUF_INIT;
	struct note note;
	struct vkey k;
	struct reason why;

	(void)state;
	assert_int_equal(vkey_parse(&k, EXAMPLE_KEY, &why), OK);
	assert_string_equal(k.name, "example.com/foo");
	vkey_add(&text, &k);
	assert_string_equal(text.data, EXAMPLE_KEY);
	assert_int_equal(note_parse(&note, EXAMPLE, strlen(EXAMPLE), &why), OK);
	assert_int_equal(note.count, 1);
	assert_int_equal(note.text_len, strlen(EXAMPLE_TEXT));
	assert_true(note_is_by(&note, 0, &k));
	assert_int_equal(note_signature(&note, 0, signature, sizeof signature), OK);
	assert_int_equal(sign_check(k.key, note.text, note.text_len, signature), OK);
	assert_int_equal(note_signature(&note, 0, signature, 63), INVALID);
	buf_clear(&text);
	buf_addstr(&text, EXAMPLE_TEXT "\n");
	note_add_line(&text, &k, signature, sizeof signature);
	assert_string_equal(text.data, EXAMPLE);
	buf_free(&text);
}

/* Every letter of a public key counts. */
static void
key_letters(void **state)
{
	char text[] = EXAMPLE_KEY;
	struct vkey k;
	size_t i;
	int c;

	(void)state;
	for (i = 0; i < sizeof text - 1; i++)
		for (c = 1; c < 256; c++) {
			text[i] = (char)(EXAMPLE_KEY[i] ^ c);
			assert_int_equal(vkey_parse(&k, text, NULL), INVALID);
			text[i] = EXAMPLE_KEY[i];
		}
	assert_int_equal(vkey_parse(&k, text, NULL), OK);
	assert_int_equal(vkey_parse(&k, "", NULL), INVALID);
	assert_int_equal(vkey_parse(&k, EXAMPLE_KEY "\n", NULL), INVALID);
	assert_int_equal(vkey_make(&k, VKEY_LOG, "", k.key), INVALID);
	assert_int_equal(vkey_make(&k, VKEY_LOG, "a b", k.key), INVALID);
	assert_int_equal(vkey_make(&k, VKEY_LOG, "a+b", k.key), INVALID);
	assert_int_equal(vkey_make(&k, VKEY_LOG, "a\xc2\xa0" "b", k.key), INVALID);
}

static void
notes_refused(void **state)
{
	static const char *const t[] = {
		"", "\n", "\n\n", "text\n", "text\n\n", "text\n" LINE,
		"text\n\n" LINE "x", "text\n\n- name AAAAAAA=\n",
		"text\n\n\xe2\x80\x94 name AAAAAA==\n",          /* no signature */
		"text\n\n\xe2\x80\x94 name AAAAAAA\n",
		"text\n\n\xe2\x80\x94 name  AAAAAAA=\n",
		"text\n\n\xe2\x80\x94 name AAAAAAA= \n",
		"text\n\n\xe2\x80\x94 na+me AAAAAAA=\n",
		"text\n\n\xe2\x80\x94  AAAAAAA=\n",
		"text\n\n\xe2\x80\x94 name\n", "text\r\n\n" LINE, "te\txt\n\n" LINE,
		"te\xff\n\n" LINE, "text\n\n" LINE "\n",
	};
	struct buf many = BUF_INIT;
	struct note note;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof t / sizeof t[0]; i++)
		if (note_parse(&note, t[i], strlen(t[i]), NULL) != INVALID)
			fail_msg("taken: %s", t[i]);
	assert_int_equal(note_parse(&note, "te\0t\n\n" LINE, 6 + strlen(LINE), NULL), INVALID);
	buf_addstr(&many, "a\n\nb\n\n");        /* the last empty line parts */
	for (i = 0; i < NOTE_SIGNATURES; i++)
		buf_addstr(&many, LINE);
	assert_int_equal(note_parse(&note, many.data, many.len, NULL), OK);
	assert_int_equal(note.count, NOTE_SIGNATURES);
	assert_int_equal(note.text_len, 5);
	buf_addstr(&many, LINE);
	assert_int_equal(note_parse(&note, many.data, many.len, NULL), INVALID);
	buf_free(&many);
}

/* ---- checkpoints ------------------------------------------------------------ */

static void
fill(struct sample *s, size_t size)
{
	sample_init(s, 7);
	while (s->front.size < size)
		sample_sign(s);
}

/* Of a published checkpoint every single byte counts. */
static void
checkpoint_bytes(void **state)
{
	struct checkpoint c, got;
	struct buf note = BUF_INIT;
	struct sample s;
	struct note parsed;
	struct reason why;
	size_t i;
	int bit;

	(void)state;
	fill(&s, 5);
	sample_checkpoint(&s, &c);
	checkpoint_add_note(&note, &c, &s.log);
	assert_int_equal(checkpoint_read(&got, &parsed, note.data, note.len,
	    &s.log, &why), OK);
	assert_memory_equal(&got, &c, sizeof c);
	for (i = 0; i < note.len; i++)
		for (bit = 1; bit < 256; bit++) {
			note.data[i] = (char)(note.data[i] ^ bit);
			why.text[0] = '\0';
			assert_int_not_equal(checkpoint_read(&got, &parsed,
			    note.data, note.len, &s.log, &why), OK);
			assert_true(why.text[0] != '\0');
			note.data[i] = (char)(note.data[i] ^ bit);
		}
	buf_free(&note);
	sample_free(&s);
}

/* A checkpoint with another line, though signed, or of another log or key. */
static void
checkpoints_refused(void **state)
{
	static const char *const bodies[] = {
		SAMPLE_ORIGIN "\n5\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n",
		SAMPLE_ORIGIN "\n5\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\ncounted 6\n",
		SAMPLE_ORIGIN "\n5\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\ncounted 05\n",
		SAMPLE_ORIGIN "\n05\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\ncounted 5\n",
		SAMPLE_ORIGIN "\n5\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\ncounted 5\nmore\n",
		SAMPLE_ORIGIN "\n5\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\ncounted 5\n",
		"other\n5\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\ncounted 5\n",
	};
	unsigned char signature[SIGN_SIGNATURE_BYTES];
	struct buf note = BUF_INIT;
	struct checkpoint got;
	struct note parsed;
	struct sample s, other;
	size_t i;

	(void)state;
	fill(&s, 5);
	sample_init(&other, 8);
	for (i = 0; i < sizeof bodies / sizeof bodies[0]; i++) {
		buf_clear(&note);
		buf_addstr(&note, bodies[i]);
		sign_make(s.seed, note.data, note.len, signature);
		buf_addch(&note, '\n');
		note_add_line(&note, &s.log, signature, sizeof signature);
		if (checkpoint_read(&got, &parsed, note.data, note.len, &s.log,
		    NULL) == OK)
			fail_msg("taken: %s", bodies[i]);
	}
	sample_checkpoint(&s, &got);
	buf_clear(&note);
	checkpoint_add_note(&note, &got, &s.log);
	assert_int_equal(checkpoint_read(&got, &parsed, note.data, note.len,
	    &other.log, NULL), DENIED);
	/* a second signature by the same key, which is false */
	note_add_line(&note, &s.log, signature, sizeof signature);
	assert_int_equal(checkpoint_read(&got, &parsed, note.data, note.len,
	    &s.log, NULL), DENIED);
	buf_free(&note);
	sample_free(&s);
	sample_free(&other);
}

/* ---- cosignatures ----------------------------------------------------------- */

static void
witness(struct vkey *k, unsigned char seed[SIGN_SEED_BYTES], int number)
{
	unsigned char key[SIGN_PUBLIC_BYTES];
	char name[] = "witness0.example.org";

	name[7] = (char)('0' + number);
	memset(seed, 0x40 + number, SIGN_SEED_BYTES);
	sign_public(seed, key);
	assert_int_equal(vkey_make(k, VKEY_WITNESS, name, key), OK);
}

static void
cosigned(void **state)
{
	unsigned char seed[SIGN_SEED_BYTES];
	struct cosignature a, b, got;
	struct checkpoint c, again;
	struct buf note = BUF_INIT;
	struct vkey ada, eva;
	struct note parsed;
	struct sample s;
	size_t line;

	(void)state;
	fill(&s, 5);
	sample_checkpoint(&s, &c);
	checkpoint_add_note(&note, &c, &s.log);
	witness(&eva, seed, 2);
	witness(&ada, seed, 1);
	cosignature_make(&a, &c, &ada, seed, 1795183200);
	assert_int_equal(cosignature_check(&a, &c), OK);
	cosignature_make(&b, &c, &ada, seed, 1795183300);
	cosignature_add_line(&note, &b);
	line = note.len;
	cosignature_add_line(&note, &a);
	assert_int_equal(checkpoint_read(&again, &parsed, note.data, note.len,
	    &s.log, NULL), OK);
	assert_int_equal(cosignature_find(&got, &parsed, &c, &ada, NULL), OK);
	assert_int_equal(got.time, 1795183300);         /* the newer */
	assert_memory_equal(&got, &b, sizeof b);
	assert_int_equal(cosignature_find(&got, &parsed, &c, &eva, NULL), NOT_FOUND);
	c.counted--;
	assert_int_equal(cosignature_find(&got, &parsed, &c, &ada, NULL), DENIED);
	assert_int_equal(cosignature_check(&a, &c), DENIED);
	c.counted++;
	note.data[note.len - 10] ^= 1;
	assert_int_equal(checkpoint_read(&again, &parsed, note.data, note.len,
	    &s.log, NULL), OK);
	assert_int_equal(cosignature_find(&got, &parsed, &c, &ada, NULL), DENIED);
	buf_cut(&note, line);
	assert_int_equal(note_parse(&parsed, note.data, note.len, NULL), OK);
	assert_int_equal(cosignature_find(&got, &parsed, &c, &ada, NULL), OK);
	buf_free(&note);
	sample_free(&s);
}

/* The example of C2SP tlog-cosignature: what is signed, as it stands there. */
static void
cosigned_text(void **state)
{
	static const char want[] = "cosignature/v1\ntime 1679315147\n"
	    SAMPLE_ORIGIN "\n5\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n"
	    "counted 4\n";
	unsigned char seed[SIGN_SEED_BYTES];
	struct checkpoint c = { .origin = SAMPLE_ORIGIN, .size = 5, .counted = 4 };
	struct cosignature s;
	struct vkey ada;

	(void)state;
	witness(&ada, seed, 1);
	cosignature_make(&s, &c, &ada, seed, 1679315147);
	assert_int_equal(sign_check(ada.key, want, strlen(want), s.signature), OK);
}

static void
blocks(void **state)
{
	unsigned char seed[SIGN_SEED_BYTES];
	struct buf block = BUF_INIT;
	struct cosignature s, got;
	struct checkpoint c, again;
	struct offer o = { .older = 3 }, back;
	struct sample log;
	struct vkey ada;

	(void)state;
	fill(&log, 300);
	sample_checkpoint(&log, &c);
	witness(&ada, seed, 1);
	cosignature_make(&s, &c, &ada, seed, 1795183200);
	cosignature_add_block(&block, &s, &c);
	assert_int_equal(cosignature_read_block(&got, &again, block.data,
	    block.len, NULL), OK);
	assert_memory_equal(&got, &s, sizeof s);
	memset(again.signature, 0, sizeof again.signature);
	memset(c.signature, 0, sizeof c.signature);
	assert_memory_equal(&again, &c, sizeof c);
	s.time++;
	buf_clear(&block);
	cosignature_add_block(&block, &s, &c);
	assert_int_equal(cosignature_read_block(&got, &again, block.data,
	    block.len, NULL), DENIED);

	buf_clear(&block);
	sample_checkpoint(&log, &o.at);
	o.log = log.log;
	assert_int_equal(merkle_prove_growth(3, 300, sample_get, &log, &o.proof), OK);
	offer_add_block(&block, &o);
	assert_int_equal(offer_read_block(&back, block.data, block.len, NULL), OK);
	assert_int_equal(back.older, 3);
	assert_int_equal(back.proof.count, o.proof.count);
	assert_memory_equal(back.proof.step, o.proof.step, o.proof.count * MERKLE_BYTES);
	assert_memory_equal(&back.at, &o.at, sizeof o.at);
	o.at.size++;
	buf_clear(&block);
	offer_add_block(&block, &o);
	assert_int_equal(offer_read_block(&back, block.data, block.len, NULL), DENIED);
	buf_free(&block);
	sample_free(&log);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(published_example),
		cmocka_unit_test(key_letters),
		cmocka_unit_test(notes_refused),
		cmocka_unit_test(checkpoint_bytes),
		cmocka_unit_test(checkpoints_refused),
		cmocka_unit_test(cosigned),
		cmocka_unit_test(cosigned_text),
		cmocka_unit_test(blocks),
	};

	seal_init();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
