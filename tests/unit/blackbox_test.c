/* SPDX-License-Identifier: ISC */
#include "tests/unit/check.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "daemon/blackbox.h"
#include "seal/keys.h"

static void
what_was_in_hand_is_known_after_death(void **state)
{
	struct blackbox *box = blackbox_new(), *theirs;
	struct blackbox_item item[BLACKBOX_SLOTS];
	unsigned char a[BLACKBOX_NAME], b[BLACKBOX_NAME];
	int how;
	pid_t pid;

	(void)state;
	blackbox_name_bytes(a, "a mail", 6);
	blackbox_name_id(b, 42);
	pid = fork();
	if (pid == 0) {
		theirs = blackbox_open(dup(blackbox_fd(box)));
		blackbox_take(theirs, 0, b);
		blackbox_done(theirs, 0);
		blackbox_take(theirs, 3, b);
		blackbox_take(theirs, 0, a);
		(void)raise(SIGKILL);
	}
	assert_int_equal(waitpid(pid, &how, 0), pid);
	assert_true(WIFSIGNALED(how));
	assert_int_equal(blackbox_read(box, item, BLACKBOX_SLOTS), 2);
	assert_memory_equal(item[0].name, a, sizeof a);
	assert_memory_equal(item[1].name, b, sizeof b);
	assert_true(item[0].since > 0);
	assert_int_equal(blackbox_read(box, item, 1), 1);
	blackbox_clear(box);
	assert_int_equal(blackbox_read(box, item, BLACKBOX_SLOTS), 0);
	blackbox_close(&box);
	assert_null(box);
}

static void
what_was_begun_is_known_after_death(void **state)
{
	struct blackbox *box = blackbox_new(), *theirs;
	uint64_t since;
	int64_t i;
	int how;
	pid_t pid;

	(void)state;
	blackbox_begin(box, 7);
	blackbox_begin(box, 8);
	since = blackbox_begun(box);
	assert_int_equal(since, 2);
	assert_false(blackbox_has_begun(box, 7, since));
	assert_true(blackbox_has_begun(box, 7, since - 2));
	assert_false(blackbox_has_begun(box, 7, since - 1));
	pid = fork();
	if (pid == 0) {
		theirs = blackbox_open(dup(blackbox_fd(box)));
		blackbox_begin(theirs, 9);
		blackbox_begin(theirs, 10);
		(void)raise(SIGKILL);
	}
	assert_int_equal(waitpid(pid, &how, 0), pid);
	assert_true(WIFSIGNALED(how));
	blackbox_clear(box);            /* the next life begins */
	assert_true(blackbox_has_begun(box, 9, since));
	assert_true(blackbox_has_begun(box, 10, since));
	assert_false(blackbox_has_begun(box, 11, since));
	/* What is no more known is not said not to be. */
	for (i = 0; i < BLACKBOX_BEGUN - 2; i++)
		blackbox_begin(box, 100 + i);
	assert_true(blackbox_has_begun(box, 9, since));
	assert_false(blackbox_has_begun(box, 11, since));
	blackbox_begin(box, 100 + i);
	assert_true(blackbox_has_begun(box, 9, since));
	assert_true(blackbox_has_begun(box, 11, since));
	assert_false(blackbox_has_begun(box, 11, since + 1));
	blackbox_close(&box);
}

static void
names_differ(void **state)
{
	unsigned char a[BLACKBOX_NAME], b[BLACKBOX_NAME];

	(void)state;
	blackbox_name_bytes(a, "a mail", 6);
	blackbox_name_bytes(b, "b mail", 6);
	assert_memory_not_equal(a, b, sizeof a);
	blackbox_name_bytes(b, "a mail", 6);
	assert_memory_equal(a, b, sizeof a);
	blackbox_name_id(a, 1);
	blackbox_name_id(b, 2);
	assert_memory_not_equal(a, b, sizeof a);
}

/* A role cannot pull the page away under the parent. */
static void
the_page_cannot_be_shrunk(void **state)
{
	struct blackbox *box = blackbox_new();

	(void)state;
	assert_int_equal(ftruncate(blackbox_fd(box), 0), -1);
	blackbox_close(&box);
}

static void
the_second_strike_is_out(void **state)
{
	struct strikes *s = strikes_new();
	unsigned char a[BLACKBOX_NAME], b[BLACKBOX_NAME];

	(void)state;
	blackbox_name_id(a, 1);
	blackbox_name_id(b, 2);
	assert_false(strikes_add(s, a));
	assert_false(strikes_add(s, b));
	assert_true(strikes_add(s, a));
	assert_true(strikes_add(s, a));
	assert_true(strikes_add(s, b));
	strikes_free(&s);
	assert_null(s);
}

static void
poison_is_remembered_and_bounded(void **state)
{
	struct poison *p = poison_new();
	unsigned char name[BLACKBOX_NAME];
	int64_t i;

	(void)state;
	for (i = 1; i <= 3000; i++) {
		blackbox_name_id(name, i);
		assert_false(poison_has(p, name));
		poison_add(p, name);
		poison_add(p, name);
		assert_true(poison_has(p, name));
	}
	assert_true(poison_count(p) >= 1000 && poison_count(p) < 3000);
	blackbox_name_id(name, 1);
	assert_false(poison_has(p, name));      /* the oldest went */
	blackbox_name_id(name, 2999);
	assert_true(poison_has(p, name));
	assert_memory_equal(poison_at(p, poison_count(p) - 2), name, sizeof name);
	poison_free(&p);
	assert_null(p);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_was_in_hand_is_known_after_death),
		cmocka_unit_test(what_was_begun_is_known_after_death),
		cmocka_unit_test(names_differ),
		cmocka_unit_test(the_page_cannot_be_shrunk),
		cmocka_unit_test(the_second_strike_is_out),
		cmocka_unit_test(poison_is_remembered_and_bounded),
	};

	seal_init();
	alarm(60);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
