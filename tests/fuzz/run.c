/* run.c - runs a fuzzer's function on stored inputs, without clang
 *
 * Linked with one NAME_fuzz.c instead of libFuzzer.  Arguments are files and
 * folders; then every input is run again with a few hundred small changes made
 * by a fixed generator, so that make check finds something new now and then
 * without ever differing between two runs.
 *
 * SPDX-License-Identifier: ISC
 */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/buf.h"

#define INPUT_MAX (1u << 20)
#define CHANGES 300

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static uint64_t seed = 88172645463325252u;
static size_t runs;

static uint32_t
draw(uint32_t below)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return (uint32_t)(seed >> 32) % below;
}

/* A copy of exact size, so that a sanitizer sees the first byte beyond it. */
static void
run(const char *data, size_t len)
{
	uint8_t *copy = malloc(len > 0 ? len : 1);

	if (copy == NULL)
		abort();
	memcpy(copy, data, len);
	(void)LLVMFuzzerTestOneInput(copy, len);
	free(copy);
	runs++;
}

static void
change(struct buf *b)
{
	static const char odd[] = "\r\n\0\xff<>@+:;=?\"\\(){}#.-\x80";
	size_t at = draw((uint32_t)b->len), n;

	switch (draw(5)) {
	case 0:
		b->data[at] = (char)draw(256);
		break;
	case 1:
		b->data[at] = odd[draw(sizeof odd - 1)];
		break;
	case 2:
		buf_cut(b, at);
		break;
	case 3:                         /* a piece once more */
		n = draw((uint32_t)(b->len - at)) % 64;
		buf_reserve(b, n);
		buf_add(b, b->data + at, n);
		break;
	default:
		b->data[at] ^= (char)(1 << draw(8));
		break;
	}
}

static void
run_file(const char *path)
{
	struct buf input = BUF_INIT, changed = BUF_INIT;
	struct reason why;
	int i, j;

	if (buf_read_file(&input, path, INPUT_MAX, &why) != OK) {
		fprintf(stderr, "%s\n", why.text);
		exit(1);
	}
	run(input.data, input.len);
	for (i = 0; i < CHANGES && input.len > 0; i++) {
		buf_clear(&changed);
		buf_add(&changed, input.data, input.len);
		for (j = (int)draw(4); j >= 0 && changed.len > 0; j--)
			change(&changed);
		run(changed.data, changed.len);
	}
	buf_free(&input);
	buf_free(&changed);
}

static void
run_folder(const char *path)
{
	struct dirent **names;
	int n = scandir(path, &names, NULL, alphasort), i;

	for (i = 0; i < n; i++) {
		char *file = mem_printf("%s/%s", path, names[i]->d_name);

		if (names[i]->d_name[0] != '.')
			run_file(file);
		free(file);
		free(names[i]);
	}
	if (n >= 0)
		free(names);
}

int
main(int argc, char **argv)
{
	struct stat sb;
	int i;

	for (i = 1; i < argc; i++) {
		if (stat(argv[i], &sb) != 0) {
			perror(argv[i]);
			return 1;
		}
		if (S_ISDIR(sb.st_mode))
			run_folder(argv[i]);
		else
			run_file(argv[i]);
	}
	if (runs == 0) {
		fprintf(stderr, "no inputs\n");
		return 1;
	}
	printf("ok: %zu inputs\n", runs);
	return 0;
}
