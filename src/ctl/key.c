/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "config/conf.h"
#include "ctl/ctl.h"
#include "ctl/key.h"
#include "ctl/passphrase.h"
#include "seal/keys.h"
#include "seal/opening.h"

#define FILE_MAX 16384

/* What fails here is only a second wall. */
void
key_leave_no_trace(void)
{
	struct rlimit none = { 0, 0 };

	(void)setrlimit(RLIMIT_CORE, &none);
	(void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
}

int
key_may_write_beside(const char *path)
{
	char *copy = mem_strdup(path);
	const char *dir = dirname(copy);
	int code = access(dir, W_OK | X_OK) == 0 ? 0 :
	    ctl_complain(EXIT_NOT, "%s: no file can be made there: %s%s", dir,
	    strerror(errno), errno == EACCES ? "; run this as root" : "");

	free(copy);
	return code;
}

static int
write_all(int fd, const struct buf *text)
{
	size_t at = 0;
	ssize_t n;

	while (at < text->len) {
		n = write(fd, text->data + at, text->len - at);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		at += (size_t)n;
	}
	return fsync(fd);
}

int
key_write_new(const char *path, const struct buf *text)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW,
	    S_IRUSR), saved;

	if (fd < 0 && errno == EEXIST)
		return ctl_complain(EXIT_NOT, "%s: there is a file already; it is "
		    "left as it is", path);
	if (fd < 0)
		return ctl_complain(EXIT_NOT, "%s: cannot be made: %s", path,
		    strerror(errno));
	saved = write_all(fd, text) == 0 ? 0 : errno;
	if (close(fd) != 0 && saved == 0)
		saved = errno;
	if (saved == 0)
		return 0;
	(void)unlink(path);
	return ctl_complain(EXIT_NOT, "%s: cannot be written: %s", path,
	    strerror(saved));
}

char *
key_beside_config(const struct ctl *ctl, const char *name)
{
	return conf_beside(ctl->config_file, name);
}

static int
sync_folder_of(const char *path)
{
	char *copy = mem_strdup(path);
	int fd = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int bad = fd < 0 || fsync(fd) != 0;

	if (fd >= 0)
		(void)close(fd);
	free(copy);
	return bad;
}

int
key_put_in_place(const char *fresh, const char *path)
{
	struct stat old;

	if (stat(path, &old) == 0 && ((geteuid() == 0 &&
	    chown(fresh, old.st_uid, old.st_gid) != 0) ||
	    chmod(fresh, old.st_mode & 0777) != 0))
		return ctl_complain(EXIT_NOT, "%s: owner and mode cannot be set: "
		    "%s", fresh, strerror(errno));
	if (rename(fresh, path) != 0 || sync_folder_of(path))
		return ctl_complain(EXIT_NOT, "%s: cannot be put in place: %s",
		    path, strerror(errno));
	return 0;
}

static int
key_new(struct ctl *ctl)
{
	const char *path = ctl->args[1];
	char passphrase[PASSPHRASE_MAX], text[OPENING_TEXT];
	struct opening_pair *pair;
	struct buf file = BUF_INIT;
	struct reason why;
	int code;

	if (access(path, F_OK) == 0)
		return ctl_complain(EXIT_NOT, "%s: there is a file already; it is "
		    "left as it is", path);
	code = passphrase_read(ctl, "Passphrase of the new key", 1, passphrase,
	    sizeof passphrase);
	if (code != 0)
		return code;
	pair = opening_new();
	if (opening_seal(pair, passphrase, &passphrase_usual, &file, &why) != OK)
		code = ctl_complain(EXIT_NOT, "%s", why.text);
	explicit_bzero(passphrase, sizeof passphrase);
	if (code == 0)
		code = key_write_new(path, &file);
	if (code == 0) {
		opening_text(OPENING_HOLDER, pair->public, text);
		(void)puts(text);
		(void)fprintf(stderr, "The line is the public half: give it to who "
		    "deals the shares.\nKeep a copy of %s and do not forget its "
		    "passphrase:\nnobody can replace either.\n", path);
	}
	opening_free(&pair);
	buf_free(&file);
	return code;
}

static int
key_show(struct ctl *ctl)
{
	const char *path = ctl->args[1];
	unsigned char public[OPENING_BYTES];
	char text[OPENING_TEXT];
	struct buf file = BUF_INIT;
	struct reason why;
	int code = EXIT_DONE;

	if (buf_read_file(&file, path, FILE_MAX, &why) != OK)
		code = ctl_complain(EXIT_NOT, "%s", why.text);
	else if (opening_public(file.data, public, &why) != OK)
		code = ctl_complain(EXIT_NOT, "%s: %s", path, why.text);
	else {
		opening_text(OPENING_HOLDER, public, text);
		(void)puts(text);
	}
	buf_free(&file);
	return code;
}

int
verb_key(struct ctl *ctl)
{
	static const struct {
		const char *name;
		int count;
		int (*run)(struct ctl *);
	} ways[] = {
		{ "new", 2, key_new },
		{ "show", 2, key_show },
		{ "deal", 1, key_deal },
		{ "redeal", 1, key_redeal },
		{ "unseal-share", 1, key_unseal_share },
		{ "lock", 1, key_lock },
		{ "passphrase", 1, key_passphrase },
		{ "rotate", 1, key_rotate },
	};
	size_t i;

	seal_init();
	key_leave_no_trace();
	for (i = 0; i < sizeof ways / sizeof ways[0]; i++)
		if (strcmp(ctl->args[0], ways[i].name) == 0)
			break;
	if (i == sizeof ways / sizeof ways[0])
		return ctl_misuse(ctl, "key can rotate, lock, passphrase, new, show, "
		    "deal, redeal and unseal-share, not %s", ctl->args[0]);
	if (ctl->count < ways[i].count)
		return ctl_misuse(ctl, "say which file: key %s FILE", ways[i].name);
	if (ctl->count > ways[i].count)
		return ctl_misuse(ctl, "%s is too much", ctl->args[ways[i].count]);
	return ways[i].run(ctl);
}
