/* SPDX-License-Identifier: ISC
 *
 * Any octets may come from a client.  The first one says how the rest is cut
 * and whether answers come at once or late; replies and messages must be the
 * same as when all comes whole, and what is taken as a message must be one.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "intake/lmtp.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static const struct lmtp_limits limits = {
	.message = 512, .recipients = 4, .line = 256, .errors = 5,
	.hostname = "mx.example",
};

struct owner {
	struct lmtp *lmtp;
	int late;
	char letter;            /* the recipient asked about begins with it */
	int asked;              /* 'r', 'm' or 0 */
	struct buf mails;
};

static enum verdict
judge(char letter)
{
	return letter == 'n' ? VERDICT_NO_USER : letter == 'd' ? VERDICT_DEFER :
	    VERDICT_ACCEPT;
}

static void
answer(struct owner *o)
{
	int asked = o->asked;
	size_t i;

	o->asked = 0;
	if (asked == 'r')
		lmtp_recipient_answer(o->lmtp, judge(o->letter));
	else
		for (i = lmtp_recipient_count(o->lmtp); i > 0; i--)
			lmtp_message_answer(o->lmtp, i - 1, VERDICT_ACCEPT);
}

static void
on_recipient(void *arg, struct lmtp *s, const char *address)
{
	struct owner *o = arg;

	(void)s;
	if (o->asked != 0 || address[0] == '\0' || strpbrk(address, "\r\n") != NULL)
		abort();
	o->asked = 'r';
	o->letter = address[0];
	if (!o->late)
		answer(o);
}

static void
check_message(const char *bytes, size_t len)
{
	size_t i;

	if (len > limits.message || (len > 0 && (len < 2 || bytes[len - 1] != '\n')))
		abort();
	for (i = 0; i < len; i++)
		if ((bytes[i] == '\n' && (i == 0 || bytes[i - 1] != '\r')) ||
		    (bytes[i] == '\r' && (i + 1 == len || bytes[i + 1] != '\n')))
			abort();
}

static void
on_message(void *arg, struct lmtp *s, const char *bytes, size_t len)
{
	struct owner *o = arg;
	size_t i, count = lmtp_recipient_count(s);

	if (o->asked != 0 || count == 0 || count > limits.recipients)
		abort();
	check_message(bytes, len);
	buf_addstr(&o->mails, lmtp_reverse_path(s));
	for (i = 0; i < count; i++)
		buf_addstr(&o->mails, lmtp_recipient(s, i));
	buf_add(&o->mails, bytes, len);
	o->asked = 'm';
	if (!o->late)
		answer(o);
}

static const struct lmtp_calls calls = { on_recipient, on_message };

static void
talk(struct owner *o, const uint8_t *data, size_t size, size_t step, int late)
{
	size_t at, n;

	*o = (struct owner){ .late = late, .mails = BUF_INIT };
	o->lmtp = lmtp_new(&limits, &calls, o);
	lmtp_greet(o->lmtp, NULL);
	for (at = 0; at < size; at += n) {
		n = size - at < step ? size - at : step;
		lmtp_input(o->lmtp, (const char *)data + at, n);
		while (lmtp_is_waiting(o->lmtp)) {
			if (o->asked == 0 || lmtp_wants_input(o->lmtp))
				abort();
			answer(o);
		}
	}
}

static int
same(const struct buf *a, const struct buf *b)
{
	return a->len == b->len && memcmp(a->data, b->data, a->len) == 0;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct owner whole, cut;

	if (size == 0)
		return 0;
	talk(&whole, data + 1, size - 1, SIZE_MAX, 0);
	talk(&cut, data + 1, size - 1, data[0] % 16 + 1u, data[0] & 16);
	if (!same(lmtp_output(whole.lmtp), lmtp_output(cut.lmtp)) ||
	    !same(&whole.mails, &cut.mails) ||
	    lmtp_is_closing(whole.lmtp) != lmtp_is_closing(cut.lmtp))
		abort();
	lmtp_free(&whole.lmtp);
	lmtp_free(&cut.lmtp);
	buf_free(&whole.mails);
	buf_free(&cut.mails);
	return 0;
}
