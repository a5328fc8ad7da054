/* SPDX-License-Identifier: ISC */
#include "tests/unit/check.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/wire.h"
#include "daemon/event.h"
#include "daemon/ipc.h"
#include "message/witnessed.h"

#define PARK_MAX 100000

/* One end, and what came to it. */
struct end {
	struct ipc *ipc;
	size_t records, closed, rooms;
	enum ipc_type type;
	uint64_t id, sum;
	struct buf last;
	int fd;
	size_t pause_at, free_at, echo;
	size_t most_per_turn, this_turn;
};

static struct event *ev;
static struct end left, right;
static struct event_hook *hook;

static void
on_record(void *arg, enum ipc_type type, uint64_t id, const void *bytes,
    size_t len, int fd)
{
	struct end *e = arg;

	e->records++;
	e->type = type;
	e->id = id;
	e->sum += id;
	buf_clear(&e->last);
	buf_add(&e->last, bytes, len);
	e->fd = fd;
	if (++e->this_turn > e->most_per_turn)
		e->most_per_turn = e->this_turn;
	if (e->echo > 0)
		ipc_send_verdict(e->ipc, id, VERDICT_ACCEPT);
	if (e->records == e->pause_at)
		ipc_pause(e->ipc, 1);
	if (e->records == e->free_at)
		ipc_free(&e->ipc);
}

static void
on_closed(void *arg)
{
	struct end *e = arg;

	e->closed++;
	ipc_free(&e->ipc);
}

static void
on_room(void *arg)
{
	((struct end *)arg)->rooms++;
}

static const struct ipc_calls calls = { on_record, on_closed, on_room };

static void
turn_over(void *arg)
{
	(void)arg;
	left.this_turn = right.this_turn = 0;
}

static void
open_pair(enum role a, enum role b)
{
	int fd[2];

	ipc_pair(fd);
	left.ipc = ipc_new(ev, fd[0], a, b, PARK_MAX, &calls, &left);
	right.ipc = ipc_new(ev, fd[1], b, a, PARK_MAX, &calls, &right);
}

static int
begin(void **state)
{
	(void)state;
	log_open("ipc_test", LOG_LEVEL_WARN);
	memset(&left, 0, sizeof left);
	memset(&right, 0, sizeof right);
	buf_init(&left.last);
	buf_init(&right.last);
	ev = event_new();
	hook = event_hook_new(ev, EVENT_WORK, turn_over, NULL);
	return 0;
}

static int
end(void **state)
{
	(void)state;
	ipc_free(&left.ipc);
	ipc_free(&right.ipc);
	buf_free(&left.last);
	buf_free(&right.last);
	event_hook_free(&hook);
	event_free(&ev);
	return 0;
}

static void
stop(void *arg)
{
	(void)arg;
	event_stop(ev);
}

static void
run_for(int ms)
{
	struct event_timer *t = event_timer_new(ev, stop, NULL);

	event_timer_set(t, clock_tick() + ms);
	event_run(ev);
	event_timer_free(&t);
}

/* ---- good manners */

static void
records_come_whole_and_in_order(void **state)
{
	char text[300];
	size_t i;

	(void)state;
	open_pair(ROLE_INTAKE, ROLE_KEEPER);
	memset(text, 'x', sizeof text);
	for (i = 1; i <= 1000; i++)
		ipc_send(left.ipc, IPC_LETTER, i, text, i % sizeof text);
	run_for(30);
	assert_int_equal(right.records, 1000);
	assert_int_equal(right.sum, 1000 * 1001 / 2);
	assert_int_equal(right.type, IPC_LETTER);
	assert_int_equal(right.last.len, 1000 % sizeof text);
	assert_int_equal(right.fd, -1);
	/* Group commit stands on this: many in one turn. */
	assert_true(right.most_per_turn > 100);
}

static void
answers_go_back(void **state)
{
	enum verdict v;
	size_t i;

	(void)state;
	open_pair(ROLE_INTAKE, ROLE_KEEPER);
	right.echo = 1;
	for (i = 1; i <= 100; i++)
		ipc_send(left.ipc, IPC_RECIPIENT, i, "a@example.org", 13);
	run_for(30);
	assert_int_equal(left.records, 100);
	assert_int_equal(left.sum, 5050);
	assert_int_equal(ipc_get_verdict(left.last.data, left.last.len, &v), OK);
	assert_int_equal(v, VERDICT_ACCEPT);
}

static void
a_record_larger_than_the_socket_comes_through(void **state)
{
	size_t len = 90000, more;
	char *big = mem_alloc(len), why[64];
	const void *bytes;

	(void)state;
	open_pair(ROLE_INTAKE, ROLE_KEEPER);
	memset(big, 'b', len);
	for (more = 0; more < 60; more++)
		ipc_send_park(left.ipc, more, "a reason", big, len);
	run_for(100);
	assert_int_equal(right.records, 60);
	assert_int_equal(ipc_get_park(right.last.data, right.last.len, why,
	    &bytes, &more), OK);
	assert_string_equal(why, "a reason");
	assert_int_equal(more, len);
	assert_memory_equal(bytes, big, len);
	free(big);
}

static void
packing_straight_into_the_output(void **state)
{
	(void)state;
	open_pair(ROLE_KEEPER, ROLE_DELIVERY);
	buf_addstr(ipc_begin(left.ipc, IPC_JOB, 7), "the job");
	ipc_end(left.ipc);
	buf_addstr(ipc_begin(left.ipc, IPC_JOB, 8), "");
	ipc_end(left.ipc);
	run_for(20);
	assert_int_equal(right.records, 2);
	assert_int_equal(right.sum, 15);
	assert_int_equal(right.last.len, 0);
}

/* ---- back-pressure */

static void
full_then_room(void **state)
{
	char bytes[1000] = { 0 };
	size_t n, i;

	(void)state;
	open_pair(ROLE_INTAKE, ROLE_KEEPER);
	ipc_pause(right.ipc, 1);
	for (n = i = 0; i < 20; i++) {          /* the socket takes some */
		while (!ipc_is_full(left.ipc)) {
			ipc_send(left.ipc, IPC_LETTER, 1, bytes, sizeof bytes);
			n++;
		}
		run_for(10);
	}
	left.rooms = 0;
	run_for(20);
	assert_true(ipc_is_full(left.ipc));
	assert_int_equal(right.records, 0);
	ipc_pause(right.ipc, 0);
	run_for(200);
	assert_int_equal(right.records, n);
	assert_int_equal(left.rooms, 1);
	assert_int_equal(ipc_unsent(left.ipc), 0);
}

static void
a_pause_keeps_what_was_read(void **state)
{
	size_t i;

	(void)state;
	open_pair(ROLE_INTAKE, ROLE_KEEPER);
	right.pause_at = 3;
	for (i = 1; i <= 10; i++)
		ipc_send(left.ipc, IPC_LETTER, i, "", 0);
	run_for(20);
	assert_int_equal(right.records, 3);
	ipc_pause(right.ipc, 0);
	run_for(20);            /* nothing new comes in, the rest is there */
	assert_int_equal(right.records, 10);
	assert_int_equal(right.sum, 55);
}

static void
drain_writes_without_the_loop(void **state)
{
	(void)state;
	open_pair(ROLE_DELIVERY, ROLE_KEEPER);
	ipc_send_outcome(left.ipc, 5, &(struct outcome){
	    .kind = OUTCOME_FAILED, .reply = 550, .code = { 5, 1, 1 } });
	ipc_drain(left.ipc, 100);
	ipc_free(&left.ipc);
	run_for(20);
	assert_int_equal(right.records, 1);     /* then the end was seen */
	assert_int_equal(right.closed, 1);
}

static void
what_a_dead_peer_said_is_heard(void **state)
{
	size_t i;

	(void)state;
	open_pair(ROLE_DELIVERY, ROLE_KEEPER);
	for (i = 1; i <= 5000; i++)
		ipc_send_outcome(left.ipc, i, &(struct outcome){ 0 });
	right.pause_at = 10;
	ipc_drain(left.ipc, 100);
	ipc_free(&left.ipc);
	run_for(10);
	assert_int_equal(right.records, 10);
	ipc_read_rest(right.ipc);
	assert_int_equal(right.records, 5000);
	assert_int_equal(right.sum, 5000 * 5001 / 2);
	assert_int_equal(right.closed, 0);
}

/* ---- ends */

static void
the_end_is_told_once(void **state)
{
	(void)state;
	open_pair(ROLE_INTAKE, ROLE_KEEPER);
	ipc_free(&right.ipc);
	ipc_send(left.ipc, IPC_LETTER, 1, "x", 1);
	run_for(20);
	assert_int_equal(left.closed, 1);
	assert_null(left.ipc);
}

static void
freed_within_its_own_call(void **state)
{
	size_t i;

	(void)state;
	open_pair(ROLE_INTAKE, ROLE_KEEPER);
	right.free_at = 2;
	for (i = 1; i <= 10; i++)
		ipc_send(left.ipc, IPC_LETTER, i, "", 0);
	run_for(20);
	assert_int_equal(right.records, 2);
	assert_int_equal(right.closed, 0);
	assert_int_equal(left.closed, 1);
}

/* ---- bad manners: the channel is closed, nothing is handed out */

static const struct {
	const char *what;
	enum role from, to;
	uint32_t len;
	uint16_t type, zero;
} bad[] = {
	{ "a verdict is not intake's", ROLE_INTAKE, ROLE_KEEPER, 1, IPC_VERDICT, 0 },
	{ "a job is not intake's", ROLE_INTAKE, ROLE_KEEPER, 10, IPC_JOB, 0 },
	{ "a letter is not delivery's", ROLE_DELIVERY, ROLE_KEEPER, 10, IPC_LETTER, 0 },
	{ "only the parent stops", ROLE_INTAKE, ROLE_KEEPER, 0, IPC_STOP, 0 },
	{ "only the parent makes channels", ROLE_KEEPER, ROLE_DELIVERY, 0, IPC_CHANNEL, 0 },
	{ "a channel without a descriptor", ROLE_PARENT, ROLE_KEEPER, 0, IPC_CHANNEL, 0 },
	{ "no such type", ROLE_INTAKE, ROLE_KEEPER, 0, IPC_TYPES, 0 },
	{ "type 0", ROLE_INTAKE, ROLE_KEEPER, 0, 0, 0 },
	{ "type 65535", ROLE_INTAKE, ROLE_KEEPER, 0, 65535, 0 },
	{ "not zero", ROLE_INTAKE, ROLE_KEEPER, 0, IPC_LETTER, 1 },
	{ "letter too long", ROLE_INTAKE, ROLE_KEEPER, IPC_RECORD_MAX + 1, IPC_LETTER, 0 },
	{ "recipient too long", ROLE_INTAKE, ROLE_KEEPER, 1025, IPC_RECIPIENT, 0 },
	{ "park too long", ROLE_INTAKE, ROLE_KEEPER, PARK_MAX + 1, IPC_PARK, 0 },
	{ "the longest there is", ROLE_INTAKE, ROLE_KEEPER, UINT32_MAX, IPC_LETTER, 0 },
	{ "verdict of two bytes", ROLE_KEEPER, ROLE_INTAKE, 2, IPC_VERDICT, 0 },
	{ "started with bytes", ROLE_KEEPER, ROLE_PARENT, 1, IPC_STARTED, 0 },
};

static void
a_broken_rule_closes(void **state)
{
	struct { uint32_t len; uint16_t type, zero; uint64_t id; } head;
	int fd[2], quiet, err;
	size_t i;

	(void)state;
	quiet = open("/dev/null", O_WRONLY);
	err = dup(STDERR_FILENO);
	for (i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		memset(&right, 0, sizeof right);
		buf_init(&right.last);
		ipc_pair(fd);
		right.ipc = ipc_new(ev, fd[1], bad[i].to, bad[i].from, PARK_MAX,
		    &calls, &right);
		head.len = bad[i].len;
		head.type = bad[i].type;
		head.zero = bad[i].zero;
		head.id = 1;
		assert_int_equal(write(fd[0], &head, sizeof head), sizeof head);
		(void)dup2(quiet, STDERR_FILENO);
		run_for(5);
		(void)dup2(err, STDERR_FILENO);
		if (right.records != 0 || right.closed != 1)
			print_error("case %zu: %s\n", i, bad[i].what);
		assert_int_equal(right.records, 0);
		assert_int_equal(right.closed, 1);
		(void)close(fd[0]);
		buf_free(&right.last);
	}
	(void)close(quiet);
	(void)close(err);
}

/* ---- descriptors */

static int
open_descriptors(void)
{
	int fd, n = 0;

	for (fd = 0; fd < 256; fd++)
		n += fcntl(fd, F_GETFD) >= 0;
	return n;
}

static void
a_descriptor_comes_with_its_record(void **state)
{
	int one[2], two[2];
	char c = 0;

	(void)state;
	open_pair(ROLE_PARENT, ROLE_KEEPER);
	assert_int_equal(pipe(one), 0);
	assert_int_equal(pipe(two), 0);
	ipc_send(left.ipc, IPC_RELOAD, 0, NULL, 0);
	ipc_send_fd(left.ipc, IPC_CHANNEL, ROLE_INTAKE, one[1]);
	ipc_send(left.ipc, IPC_RELOAD, 0, NULL, 0);
	run_for(20);
	assert_int_equal(right.records, 3);
	assert_int_equal(right.fd, -1);         /* of the last */
	ipc_send_fd(left.ipc, IPC_CHANNEL, ROLE_DELIVERY, two[1]);
	run_for(20);
	assert_int_equal(right.records, 4);
	assert_int_equal(right.id, ROLE_DELIVERY);
	assert_true(right.fd >= 0);
	assert_true((fcntl(right.fd, F_GETFD) & FD_CLOEXEC) != 0);
	assert_int_equal(write(right.fd, "!", 1), 1);
	assert_int_equal(read(two[0], &c, 1), 1);
	assert_int_equal(c, '!');
	(void)close(right.fd);
	(void)close(one[0]);
	(void)close(two[0]);
}

static void
several_descriptors_keep_their_order(void **state)
{
	int p[3][2], i;
	struct end *e = &right;

	(void)state;
	open_pair(ROLE_PARENT, ROLE_KEEPER);
	for (i = 0; i < 3; i++) {
		assert_int_equal(pipe(p[i]), 0);
		ipc_send_fd(left.ipc, IPC_CHANNEL, (uint64_t)i, p[i][1]);
	}
	e->pause_at = 1;
	for (i = 0; i < 3; i++) {
		char c = 0;

		e->pause_at = (size_t)i + 1;
		ipc_pause(e->ipc, 0);
		run_for(10);
		assert_int_equal(e->records, i + 1);
		assert_int_equal(e->id, i);
		assert_int_equal(write(e->fd, "!", 1), 1);
		assert_int_equal(read(p[i][0], &c, 1), 1);
		(void)close(e->fd);
		(void)close(p[i][0]);
	}
}

/* A role that was taken over cannot fill another's descriptor table. */
static void
nobody_but_the_parent_plants_descriptors(void **state)
{
	struct { uint32_t len; uint16_t type, zero; uint64_t id; } head = {
	    .type = IPC_LETTER };
	union { struct cmsghdr head; char room[CMSG_SPACE(sizeof(int))]; } control;
	struct iovec iov = { &head, sizeof head };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1,
	    .msg_control = control.room, .msg_controllen = sizeof control.room };
	int fd[2], before, zero = 0;

	(void)state;
	ipc_pair(fd);
	right.ipc = ipc_new(ev, fd[1], ROLE_KEEPER, ROLE_INTAKE, PARK_MAX, &calls,
	    &right);
	memset(&control, 0, sizeof control);
	control.head.cmsg_level = SOL_SOCKET;
	control.head.cmsg_type = SCM_RIGHTS;
	control.head.cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(&control.head), &zero, sizeof zero);
	before = open_descriptors();
	assert_int_equal(sendmsg(fd[0], &msg, 0), sizeof head);
	run_for(10);
	assert_int_equal(right.records, 1);
	assert_int_equal(right.fd, -1);
	assert_int_equal(open_descriptors(), before);
	(void)close(fd[0]);
}

/* ---- what records hold */

static void
contents_are_checked(void **state)
{
	static const unsigned char outcome[] = { OUTCOME_DEFERRED, 0, 0, 1, 194,
	    4, 2, 1 };
	unsigned char copy[sizeof outcome];
	struct outcome o;
	enum verdict v;
	const void *bytes;
	size_t len;
	char why[64];

	(void)state;
	assert_int_equal(ipc_get_outcome(outcome, sizeof outcome, &o), OK);
	assert_int_equal(o.kind, OUTCOME_DEFERRED);
	assert_int_equal(o.reply, 450);
	assert_int_equal(o.code[2], 1);
	memcpy(copy, outcome, sizeof copy);
	copy[0] = 99;
	assert_int_equal(ipc_get_outcome(copy, sizeof copy, &o), INVALID);
	copy[0] = 0;
	copy[3] = 9;
	assert_int_equal(ipc_get_outcome(copy, sizeof copy, &o), INVALID);
	assert_int_equal(ipc_get_outcome(outcome, 7, &o), INVALID);
	assert_int_equal(ipc_get_verdict("\xff", 1, &v), INVALID);
	assert_int_equal(v, VERDICT_DEFER);     /* the safe one */
	assert_int_equal(ipc_get_verdict("\0\0", 2, &v), INVALID);
	assert_int_equal(v, VERDICT_DEFER);
	assert_int_equal(ipc_get_verdict("", 0, &v), INVALID);
	assert_int_equal(ipc_get_park("\0\0\0\1w\0\0\0\2ab", 11, why, &bytes,
	    &len), OK);
	assert_string_equal(why, "w");
	assert_int_equal(len, 2);
	assert_int_equal(ipc_get_park("\0\0\0\1w\0\0\0\3ab", 11, why, &bytes,
	    &len), INVALID);
	assert_int_equal(ipc_get_park("\0\0\0\1\0" "\0\0\0\2ab", 11, why, &bytes,
	    &len), INVALID);
}

/* What a witness said: fields of fixed size, and no others. */
static void
a_witness_is_checked(void **state)
{
	struct witnessed said = { .cosigned = { .there = true, .size = 10,
	    .counted = 9, .time = 1795000000 } }, got;
	struct arena *arena = arena_new();
	struct buf record = BUF_INIT, packed = BUF_INIT;
	const char *slug, *token;
	size_t i;

	(void)state;
	memset(said.cosigned.root, 1, sizeof said.cosigned.root);
	memset(said.cosigned.key, 2, sizeof said.cosigned.key);
	memset(said.cosigned.signature, 3, sizeof said.cosigned.signature);
	witnessed_pack(&said, &packed);
	wire_put_string(&record, "parks");
	wire_put_string(&record, "token");
	wire_put_bytes(&record, packed.data, packed.len);
	assert_int_equal(ipc_get_witness(record.data, record.len, arena, &slug,
	    &token, &got), OK);
	assert_string_equal(slug, "parks");
	assert_string_equal(token, "token");
	assert_true(got.cosigned.there);
	assert_false(got.shown.there);
	assert_int_equal(got.cosigned.size, 10);
	assert_int_equal(got.cosigned.counted, 9);
	assert_int_equal(got.cosigned.time, 1795000000);
	assert_memory_equal(got.cosigned.signature, said.cosigned.signature, 64);
	for (i = 0; i < record.len; i++)
		assert_int_equal(ipc_get_witness(record.data, i, arena, &slug,
		    &token, &got), INVALID);
	said.shown.size = -1;
	buf_clear(&packed);
	witnessed_pack(&said, &packed);
	assert_int_equal(witnessed_unpack(&got, packed.data, packed.len),
	    INVALID);
	buf_free(&packed);
	buf_free(&record);
	arena_free(&arena);
}

int
main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, begin, end)
	const struct CMUnitTest tests[] = {
		T(records_come_whole_and_in_order),
		T(answers_go_back),
		T(a_record_larger_than_the_socket_comes_through),
		T(packing_straight_into_the_output),
		T(full_then_room),
		T(a_pause_keeps_what_was_read),
		T(drain_writes_without_the_loop),
		T(what_a_dead_peer_said_is_heard),
		T(the_end_is_told_once),
		T(freed_within_its_own_call),
		T(a_broken_rule_closes),
		T(a_descriptor_comes_with_its_record),
		T(several_descriptors_keep_their_order),
		T(nobody_but_the_parent_plants_descriptors),
		T(contents_are_checked),
		T(a_witness_is_checked),
	};

	alarm(60);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
