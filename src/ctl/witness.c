/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "ctl/ctl.h"
#include "ctl/evidence.h"
#include "ctl/key.h"
#include "ctl/output.h"
#include "ctl/passphrase.h"
#include "seal/keys.h"
#include "seal/witness.h"
#include "tally/audit.h"
#include "tally/cosignature.h"
#include "tally/folder.h"
#include "tally/offer.h"
#include "tally/seen.h"

#define FILE_MAX 16384

/* ---- keys -------------------------------------------------------------------------- */

static int
print_key(const char *name, const unsigned char public[SIGN_PUBLIC_BYTES])
{
	struct buf text = BUF_INIT;
	struct vkey k;
	int code = 0;

	if (vkey_make(&k, VKEY_WITNESS, name, public) != OK) {
		code = ctl_complain(EXIT_NOT, "%s: is no name for a witness: it needs "
		    "letters without blanks or plus signs, such as "
		    "witness.example.org", name);
	} else {
		vkey_add(&text, &k);
		(void)puts(text.data);
	}
	buf_free(&text);
	return code;
}

static int
seal_new(struct ctl *ctl, const struct witness_pair *pair, const char *path)
{
	char passphrase[PASSPHRASE_MAX];
	struct buf file = BUF_INIT;
	struct reason why;
	int code = passphrase_read(ctl, "Passphrase of the new key", 1,
	    passphrase, sizeof passphrase);

	if (code == 0 && witness_seal(pair, passphrase, &passphrase_usual, &file,
	    &why) != OK)
		code = ctl_complain(EXIT_NOT, "%s", why.text);
	explicit_bzero(passphrase, sizeof passphrase);
	if (code == 0)
		code = key_write_new(path, &file);
	buf_free(&file);
	return code;
}

static int
witness_make(struct ctl *ctl)
{
	const char *path = ctl->args[1], *name = ctl_value(ctl, "name");
	struct witness_pair *pair;
	int code;

	if (name == NULL)
		return ctl_misuse(ctl, "say whose key it is: --name NAME, such as "
		    "witness.example.org");
	if (strlen(name) >= WITNESS_NAME)
		return ctl_misuse(ctl, "--name: at most %d letters",
		    WITNESS_NAME - 1);
	if (access(path, F_OK) == 0)
		return ctl_complain(EXIT_NOT, "%s: there is a file already; it is "
		    "left as it is", path);
	pair = witness_new(name);
	code = print_key(name, pair->public);
	if (code == 0)
		code = seal_new(ctl, pair, path);
	if (code == 0)
		(void)fprintf(stderr, "The line is the public key: give it to the "
		    "campaign, and say elsewhere that it is yours.\nKeep a copy of "
		    "%s and do not forget its passphrase.\n", path);
	witness_free(&pair);
	return code;
}

static int
witness_show(struct ctl *ctl)
{
	const char *path = ctl->args[1];
	unsigned char public[SIGN_PUBLIC_BYTES];
	char name[WITNESS_NAME];
	struct buf file = BUF_INIT;
	struct reason why;
	int code;

	if (buf_read_file(&file, path, FILE_MAX, &why) != OK)
		code = ctl_complain(EXIT_NOT, "%s", why.text);
	else if (witness_public(file.data, name, public, &why) != OK)
		code = ctl_complain(EXIT_NOT, "%s: %s", path, why.text);
	else
		code = print_key(name, public);
	buf_free(&file);
	return code;
}

/* ---- what is to be cosigned ----------------------------------------------------------- */

struct cosigning {
	struct ctl *ctl;
	const char *state;
	struct seen seen;               /* log.name "": nothing yet */
	bool first;
	struct seen next;               /* to be cosigned */
	struct progress progress;
	size_t wrong;
};

static void
show_fork(const struct cosigning *c)
{
	struct buf text = BUF_INIT;

	checkpoint_add_note(&text, &c->seen.at, &c->seen.log);
	buf_addch(&text, '\n');
	checkpoint_add_note(&text, &c->next.at, &c->next.log);
	(void)fwrite(text.data, 1, text.len, stdout);
	(void)ctl_complain(0, "the two checkpoints on standard output, both signed "
	    "by the log's key, prove it: keep them, and show them");
	buf_free(&text);
}

static int
refuse_fork(const struct cosigning *c)
{
	(void)ctl_complain(0, "REFUSED: the log was forked: its %" PRIu64
	    " %s not begin with the %" PRIu64 " that you have seen",
	    c->next.at.size, count_words((int64_t)c->next.at.size,
	    "entry does", "entries do"), c->seen.at.size);
	show_fork(c);
	return EXIT_NOT;
}

static int
refuse_shorter(const struct cosigning *c)
{
	return ctl_complain(EXIT_NOT, "REFUSED: this checkpoint has %" PRIu64
	    " %s, and you have seen %" PRIu64 " already: it is an old one, or "
	    "the log was rolled back", c->next.at.size, count_words(
	    (int64_t)c->next.at.size, "entry", "entries"), c->seen.at.size);
}

/* The key of --log-key, of the state and of what is to be cosigned are one. */
static int
check_key(struct cosigning *c)
{
	const char *value = ctl_value(c->ctl, "log-key");
	struct buf text = BUF_INIT;
	struct vkey key;
	size_t count = 0;
	int code = 0;

	if (value != NULL) {
		code = evidence_keys("log-key", value, &key, 1, &count);
		if (code == 0 && (count == 0 || !vkey_same(&key, &c->next.log)))
			code = ctl_complain(EXIT_NOT, "REFUSED: the checkpoint is by "
			    "another key than --log-key, of %s", c->next.log.name);
	}
	if (code == 0 && !c->first && !vkey_same(&c->seen.log, &c->next.log))
		code = ctl_complain(EXIT_NOT, "REFUSED: %s remembers another key, of "
		    "%s; a log never changes its key, and each log needs a file of "
		    "its own", c->state, c->seen.log.name);
	if (code == 0 && c->first && value == NULL) {
		vkey_add(&text, &c->next.log);
		(void)ctl_complain(0, "the first checkpoint of this log: %s remembers "
		    "its key from now on; compare it with what the campaign has "
		    "printed elsewhere: %s", c->state, text.data);
	}
	buf_free(&text);
	return code;
}

/* ---- from the published folder ----------------------------------------------------------- */

static void
found(void *context, const char *what)
{
	struct cosigning *c = context;

	if (c->wrong++ < 20)
		(void)ctl_complain(0, "%s", what);
}

static void
at_entry(void *context, uint64_t done, uint64_t total)
{
	struct cosigning *c = context;

	(void)total;
	progress_at(&c->progress, (int64_t)done);
}

static int
check_folder(struct cosigning *c, struct folder *f)
{
	struct audit *a = mem_alloc(sizeof *a);
	struct reason why;
	enum status st;
	int code = 0;

	*a = (struct audit){ .mark_count = 1, .found = found,
	    .progress = at_entry, .context = c };
	a->marks[0].size = c->seen.at.size;
	progress_begin(&c->progress, "entries", (int64_t)c->next.at.size, -1);
	st = audit_folder(f, a, &why);
	progress_end(&c->progress);
	if (a->marks[0].reached && !c->first && memcmp(&a->marks[0].root,
	    &c->seen.at.root, MERKLE_BYTES) != 0)
		code = refuse_fork(c);
	else if (st == DENIED)
		code = ctl_complain(EXIT_NOT, "REFUSED: what is published is not in "
		    "itself right (%zu thing%s)", c->wrong, c->wrong == 1 ?
		    "" : "s");
	else if (st != OK)
		code = ctl_complain(EXIT_NOT, "%s", why.text);
	free(a);
	return code;
}

static int
take_folder(struct cosigning *c, const char *dir)
{
	struct folder *f = NULL;
	struct reason why;
	int code;

	if (folder_open(&f, dir, &why) != OK)
		return ctl_complain(EXIT_NOT, "%s", why.text);
	c->next.log = *folder_key(f);
	c->next.at = folder_newest(f)->checkpoint;
	code = check_key(c);
	if (code == 0 && c->next.at.size < c->seen.at.size)
		code = refuse_shorter(c);
	if (code == 0)
		code = check_folder(c, f);
	folder_close(&f);
	return code;
}

/* ---- from a mail --------------------------------------------------------------------------- */

static enum status
read_offer(void *out, const char *text, size_t len, struct reason *why)
{
	return offer_read_block(out, text, len, why);
}

/* What she has seen begins what is offered, as the proof shows. */
static int
check_growth(struct cosigning *c, const struct offer *o)
{
	const struct checkpoint *was = &c->seen.at, *is = &o->at;

	if (is->size < was->size)
		return refuse_shorter(c);
	if (c->first || was->size == 0)
		return 0;
	if (is->size == was->size)
		return memcmp(&is->root, &was->root, MERKLE_BYTES) == 0 ? 0 :
		    refuse_fork(c);
	if (o->older != was->size)
		return ctl_complain(EXIT_NOT, "the proof in this mail begins at %"
		    PRIu64 " %s, and you have seen %" PRIu64 ": give the "
		    "published folder instead (--tally DIR)", o->older, count_words(
		    (int64_t)o->older, "entry", "entries"), was->size);
	return merkle_check_growth(was->size, is->size, &was->root, &is->root,
	    o->proof.step, o->proof.count) == OK ? 0 : refuse_fork(c);
}

static int
take_mail(struct cosigning *c, const char *path)
{
	struct offer *o = mem_alloc(sizeof *o);
	struct buf text = BUF_INIT;
	struct reason why;
	int code = evidence_load(path, &text);

	if (code == 0 && evidence_find(&text, read_offer, o, &why) != OK)
		code = ctl_complain(EXIT_NOT, "%s", why.text);
	if (code == 0) {
		c->next.log = o->log;
		c->next.at = o->at;
		code = check_key(c);
	}
	if (code == 0)
		code = check_growth(c, o);
	buf_free(&text);
	free(o);
	return code;
}

/* ---- cosigning ------------------------------------------------------------------------------- */

/* One cosigning at a time with a key: two that both were right could together be
 * a fork.  The lock goes with the process. */
static int
load_key(const char *path, struct buf *file)
{
	struct reason why;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);

	if (fd < 0)
		return ctl_complain(EXIT_NOT, "%s: %s", path, strerror(errno));
	if (flock(fd, LOCK_EX | LOCK_NB) != 0)
		return ctl_complain(EXIT_NOT, "%s: somebody is cosigning with this "
		    "key just now", path);
	if (buf_read_file(file, path, FILE_MAX, &why) != OK)
		return ctl_complain(EXIT_NOT, "%s", why.text);
	return 0;
}

/* Remembered before it is shown: what is once signed can never be forgotten. */
static int
cosign(struct cosigning *c, const struct witness_pair *pair)
{
	struct cosignature s;
	struct buf block = BUF_INIT;
	struct reason why;
	struct vkey me;

	if (vkey_make(&me, VKEY_WITNESS, pair->name, pair->public) != OK)
		return ctl_complain(EXIT_NOT, "the name in the key file is none");
	if (seen_write(&c->next, c->state, &why) != OK)
		return ctl_complain(EXIT_NOT, "%s", why.text);
	cosignature_make(&s, &c->next.at, &me, pair->seed, clock_now());
	cosignature_add_block(&block, &s, &c->next.at);
	(void)fwrite(block.data, 1, block.len, stdout);
	(void)fprintf(stderr, "Cosigned: %s, %" PRIu64 " %s, %" PRIu64
	    " counted.\nSend the block back, by an answer to the checkpoint mail or "
	    "any other way.\n", c->next.at.origin, c->next.at.size,
	    count_words((int64_t)c->next.at.size, "entry", "entries"),
	    c->next.at.counted);
	buf_free(&block);
	return 0;
}

static int
unseal_and_sign(struct cosigning *c, const struct buf *file, const char *path)
{
	char passphrase[PASSPHRASE_MAX];
	char *prompt = mem_printf("Passphrase of %s", path);
	struct witness_pair *pair = NULL;
	struct reason why;
	int code = passphrase_read(c->ctl, prompt, 0, passphrase,
	    sizeof passphrase);

	if (code == 0 && witness_unseal(file->data, passphrase, &pair, &why) != OK)
		code = ctl_complain(EXIT_NOT, "%s: %s", path, why.text);
	explicit_bzero(passphrase, sizeof passphrase);
	if (code == 0)
		code = cosign(c, pair);
	witness_free(&pair);
	free(prompt);
	return code;
}

static int
witness_sign(struct ctl *ctl)
{
	const char *key = ctl_value(ctl, "key"), *dir = ctl_value(ctl, "tally");
	struct cosigning c = { .ctl = ctl, .state = ctl_value(ctl, "state") };
	struct buf file = BUF_INIT;
	struct reason why;
	enum status st;
	int code;

	if (key == NULL || c.state == NULL)
		return ctl_misuse(ctl, "witness sign needs --key FILE and --state "
		    "FILE");
	if (dir != NULL && ctl->count > 1)
		return ctl_misuse(ctl, "give the published folder or a mail, not "
		    "both");
	code = load_key(key, &file);
	if (code == 0) {
		st = seen_read(&c.seen, c.state, &why);
		c.first = st == NOT_FOUND;
		if (st != OK && st != NOT_FOUND)
			code = ctl_complain(EXIT_NOT, "%s", why.text);
	}
	if (code == 0)
		code = dir != NULL ? take_folder(&c, dir) :
		    take_mail(&c, ctl->count > 1 ? ctl->args[1] : NULL);
	if (code == 0)
		code = unseal_and_sign(&c, &file, key);
	buf_free(&file);
	return code;
}

int
verb_witness(struct ctl *ctl)
{
	seal_init();
	key_leave_no_trace();
	if (strcmp(ctl->args[0], "new") == 0 && ctl->count == 2)
		return witness_make(ctl);
	if (strcmp(ctl->args[0], "show") == 0 && ctl->count == 2)
		return witness_show(ctl);
	if (strcmp(ctl->args[0], "sign") == 0)
		return witness_sign(ctl);
	return ctl_misuse(ctl, "witness needs %s", ctl->verb->arguments);
}
