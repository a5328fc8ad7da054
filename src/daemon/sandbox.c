/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/log.h"
#include "daemon/sandbox.h"

#if defined(__x86_64__)
#define ARCH AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define ARCH AUDIT_ARCH_AARCH64
#else
#define ARCH 0                  /* not known here: no seccomp */
#endif

#if defined(__SANITIZE_ADDRESS__)
#define SANITIZED 1
#else
#define SANITIZED 0
#endif

/* ---- which system calls -------------------------------------------------- */

/* What an argument must be for a call to be allowed. */
enum check {
	FREE,           /* anything */
	NO_CODE,        /* argument 2 does not ask for executable memory */
	NOT_BOTH,       /* ... or not for writable as well (MODULES) */
	READ_ONLY,      /* argument 2 opens for reading and makes nothing */
	TCP_FAMILY,     /* argument 0 is IPv4 or IPv6; argument 1 a stream */
	A_THREAD,       /* argument 0 makes a thread, not a process */
	SAYS_ENOTTY,    /* never allowed, but libraries ask to learn something */
	SAYS_ENOSYS
};

#define ALWAYS 0u
#define LISTED (SANDBOX_ACCEPT | SANDBOX_CONNECT)

/* The first line whose group the profile has (or that is for ALL) decides. */
static const struct rule {
	int call;
	unsigned groups;
	enum check check;
} rules[] = {
	/* memory */
	{ SYS_mmap, SANDBOX_SPAWN, FREE },
	{ SYS_mmap, SANDBOX_MODULES, NOT_BOTH },
	{ SYS_mmap, ALWAYS, NO_CODE },
	{ SYS_mprotect, SANDBOX_SPAWN, FREE },
	{ SYS_mprotect, ALWAYS, NO_CODE },
	{ SYS_munmap, ALWAYS, FREE },
	{ SYS_mremap, ALWAYS, FREE },
	{ SYS_madvise, ALWAYS, FREE },
	{ SYS_brk, ALWAYS, FREE },
	{ SYS_mlock, ALWAYS, FREE },
	{ SYS_munlock, ALWAYS, FREE },

	/* reading, writing and waiting on what is open */
	{ SYS_read, ALWAYS, FREE },
	{ SYS_write, ALWAYS, FREE },
	{ SYS_readv, ALWAYS, FREE },
	{ SYS_writev, ALWAYS, FREE },
	{ SYS_pread64, ALWAYS, FREE },
	{ SYS_pwrite64, ALWAYS, FREE },
	{ SYS_lseek, ALWAYS, FREE },
	{ SYS_close, ALWAYS, FREE },
	{ SYS_fstat, ALWAYS, FREE },
	{ SYS_newfstatat, ALWAYS, FREE },       /* glibc's fstat */
	{ SYS_fcntl, ALWAYS, FREE },
	{ SYS_dup, ALWAYS, FREE },
	{ SYS_recvmsg, ALWAYS, FREE },
	{ SYS_sendmsg, ALWAYS, FREE },
	{ SYS_recvfrom, ALWAYS, FREE },
	{ SYS_sendto, ALWAYS, FREE },
	{ SYS_shutdown, ALWAYS, FREE },
	{ SYS_epoll_ctl, ALWAYS, FREE },
	{ SYS_epoll_pwait, ALWAYS, FREE },
	{ SYS_ppoll, ALWAYS, FREE },
	{ SYS_ioctl, SANDBOX_SPAWN, FREE },
	{ SYS_ioctl, ALWAYS, SAYS_ENOTTY },
#ifdef SYS_poll                         /* not on newer architectures */
	{ SYS_epoll_wait, ALWAYS, FREE },
	{ SYS_poll, ALWAYS, FREE },
#endif

	/* time, chance, oneself */
	{ SYS_clock_gettime, ALWAYS, FREE },
	{ SYS_clock_getres, ALWAYS, FREE },     /* clock_getcpuclockid() */
	{ SYS_gettimeofday, ALWAYS, FREE },
	{ SYS_nanosleep, ALWAYS, FREE },
	{ SYS_clock_nanosleep, ALWAYS, FREE },
	{ SYS_getrandom, ALWAYS, FREE },
	{ SYS_futex, ALWAYS, FREE },
	{ SYS_sched_yield, ALWAYS, FREE },
	{ SYS_sched_getaffinity, ALWAYS, FREE },
	{ SYS_getpid, ALWAYS, FREE },
	{ SYS_gettid, ALWAYS, FREE },
	{ SYS_getppid, ALWAYS, FREE },
	{ SYS_getuid, ALWAYS, FREE },
	{ SYS_geteuid, ALWAYS, FREE },
	{ SYS_getgid, ALWAYS, FREE },
	{ SYS_getegid, ALWAYS, FREE },
	{ SYS_uname, ALWAYS, FREE },
	{ SYS_sysinfo, ALWAYS, FREE },
	{ SYS_getrusage, ALWAYS, FREE },
	{ SYS_rt_sigaction, ALWAYS, FREE },
	{ SYS_rt_sigprocmask, ALWAYS, FREE },
	{ SYS_rt_sigreturn, ALWAYS, FREE },
	{ SYS_restart_syscall, ALWAYS, FREE },
	{ SYS_sigaltstack, ALWAYS, FREE },
	{ SYS_tgkill, ALWAYS, FREE },           /* abort() */
	{ SYS_exit, ALWAYS, FREE },
	{ SYS_exit_group, ALWAYS, FREE },

	/* files; Landlock says which */
	{ SYS_openat, SANDBOX_EDIT | SANDBOX_SPAWN, FREE },
	{ SYS_openat, SANDBOX_READ, READ_ONLY },
	{ SYS_statx, SANDBOX_READ, FREE },
	{ SYS_statfs, SANDBOX_READ, FREE },
	{ SYS_fstatfs, SANDBOX_READ, FREE },
	{ SYS_faccessat, SANDBOX_READ, FREE },
	{ SYS_faccessat2, SANDBOX_READ, FREE },
	{ SYS_readlinkat, SANDBOX_READ, FREE },
	{ SYS_getdents64, SANDBOX_READ, FREE },
	{ SYS_getcwd, SANDBOX_READ, FREE },
	{ SYS_fadvise64, SANDBOX_READ, FREE },
	{ SYS_mkdirat, SANDBOX_EDIT, FREE },
	{ SYS_unlinkat, SANDBOX_EDIT, FREE },
	{ SYS_renameat, SANDBOX_EDIT, FREE },
	{ SYS_renameat2, SANDBOX_EDIT, FREE },
	{ SYS_linkat, SANDBOX_EDIT, FREE },
	{ SYS_fsync, SANDBOX_EDIT, FREE },
	{ SYS_fdatasync, SANDBOX_EDIT, FREE },
	{ SYS_ftruncate, SANDBOX_EDIT, FREE },
	{ SYS_fallocate, SANDBOX_EDIT, FREE },
	{ SYS_fchmod, SANDBOX_EDIT, FREE },
	{ SYS_fchown, SANDBOX_EDIT, FREE },
	{ SYS_utimensat, SANDBOX_EDIT, FREE },
	{ SYS_flock, SANDBOX_EDIT, FREE },
	{ SYS_umask, SANDBOX_EDIT, FREE },
#ifdef SYS_open
	{ SYS_stat, SANDBOX_READ, FREE },
	{ SYS_lstat, SANDBOX_READ, FREE },
	{ SYS_access, SANDBOX_READ, FREE },
	{ SYS_readlink, SANDBOX_READ, FREE },
	{ SYS_mkdir, SANDBOX_EDIT, FREE },
	{ SYS_rmdir, SANDBOX_EDIT, FREE },
	{ SYS_unlink, SANDBOX_EDIT, FREE },
	{ SYS_rename, SANDBOX_EDIT, FREE },
	{ SYS_link, SANDBOX_EDIT, FREE },
#endif
	{ SYS_inotify_init1, SANDBOX_WATCH, FREE },
	{ SYS_inotify_add_watch, SANDBOX_WATCH, FREE },
	{ SYS_inotify_rm_watch, SANDBOX_WATCH, FREE },

	/* connections */
	{ SYS_accept4, SANDBOX_ACCEPT, FREE },
	{ SYS_getsockname, LISTED, FREE },
	{ SYS_getpeername, LISTED, FREE },
	{ SYS_getsockopt, LISTED, FREE },
	{ SYS_setsockopt, LISTED, FREE },
	{ SYS_socket, SANDBOX_SPAWN, FREE },
	{ SYS_socket, SANDBOX_CONNECT, TCP_FAMILY },
	{ SYS_connect, SANDBOX_CONNECT, FREE },
	{ SYS_pselect6, SANDBOX_CONNECT, FREE },
#ifdef SYS_select
	{ SYS_select, SANDBOX_CONNECT, FREE },
#endif

	/* threads */
	{ SYS_clone, SANDBOX_SPAWN, FREE },
	{ SYS_clone, SANDBOX_THREADS, A_THREAD },
	{ SYS_clone3, SANDBOX_SPAWN, FREE },
	{ SYS_clone3, SANDBOX_THREADS, SAYS_ENOSYS },   /* glibc then clones */
	{ SYS_set_robust_list, SANDBOX_THREADS, FREE },
	{ SYS_rseq, SANDBOX_THREADS, FREE },
	{ SYS_eventfd2, SANDBOX_THREADS, FREE },
	{ SYS_pipe2, SANDBOX_THREADS, FREE },

	/* the parent, and its children until they enter their own */
	{ SYS_execve, SANDBOX_SPAWN, FREE },
	{ SYS_wait4, SANDBOX_SPAWN, FREE },
	{ SYS_waitid, SANDBOX_SPAWN, FREE },
	{ SYS_kill, SANDBOX_SPAWN, FREE },
	{ SYS_dup3, SANDBOX_SPAWN, FREE },
#ifdef SYS_dup2
	{ SYS_vfork, SANDBOX_SPAWN, FREE },
	{ SYS_dup2, SANDBOX_SPAWN, FREE },
	{ SYS_arch_prctl, SANDBOX_SPAWN, FREE },
	{ SYS_pipe, SANDBOX_SPAWN, FREE },
#endif
	{ SYS_close_range, SANDBOX_SPAWN, FREE },
	{ SYS_socketpair, SANDBOX_SPAWN, FREE },
	{ SYS_bind, SANDBOX_SPAWN, FREE },      /* a resolver's */
	{ SYS_sendmmsg, SANDBOX_SPAWN, FREE },
	{ SYS_epoll_create1, SANDBOX_SPAWN, FREE },
	{ SYS_signalfd4, SANDBOX_SPAWN, FREE },
	{ SYS_memfd_create, SANDBOX_SPAWN, FREE },
	{ SYS_set_tid_address, SANDBOX_SPAWN, FREE },
	{ SYS_prctl, SANDBOX_SPAWN, FREE },
	{ SYS_prlimit64, SANDBOX_SPAWN, FREE },
	{ SYS_seccomp, SANDBOX_SPAWN, FREE },
	{ SYS_landlock_create_ruleset, SANDBOX_SPAWN, FREE },
	{ SYS_landlock_add_rule, SANDBOX_SPAWN, FREE },
	{ SYS_landlock_restrict_self, SANDBOX_SPAWN, FREE },
	{ SYS_fchownat, SANDBOX_SPAWN, FREE },
	{ SYS_fchmodat, SANDBOX_SPAWN, FREE },
	{ SYS_mlock2, SANDBOX_SPAWN, FREE },
	{ SYS_getgroups, SANDBOX_SPAWN, FREE },
};

#define RULES (sizeof rules / sizeof rules[0])
#define PROGRAM_MAX (RULES * 8 + 16)

/* ---- seccomp ---------------------------------------------------------------- */

struct program {
	struct sock_filter code[PROGRAM_MAX];
	size_t len;
	unsigned allowed;
};

static void
put(struct program *p, unsigned code, uint32_t k, unsigned yes, unsigned no)
{
	p->code[p->len++] = (struct sock_filter){ (uint16_t)code, (uint8_t)yes,
	    (uint8_t)no, k };
}

#define LOAD(p, offset) put(p, BPF_LD | BPF_W | BPF_ABS, (uint32_t)(offset), 0, 0)
#define EQUAL(p, k, yes, no) put(p, BPF_JMP | BPF_JEQ | BPF_K, (k), (yes), (no))
#define ANSWER(p, k) put(p, BPF_RET | BPF_K, (k), 0, 0)
#define REFUSE(error) (SECCOMP_RET_ERRNO | (uint32_t)(error))

/* The low half of an argument: all that we look at are ints to the kernel. */
static void
load_argument(struct program *p, int i)
{
	LOAD(p, offsetof(struct seccomp_data, args) + 8 * (size_t)i);
}

/* Answer by whether argument I, masked, is VALUE. */
static void
put_masked(struct program *p, int i, uint32_t mask, uint32_t value,
    uint32_t if_equal, uint32_t if_not)
{
	load_argument(p, i);
	put(p, BPF_ALU | BPF_AND | BPF_K, mask, 0, 0);
	EQUAL(p, value, 0, 1);
	ANSWER(p, if_equal);
	ANSWER(p, if_not);
}

static void
put_check(struct program *p, enum check check)
{
	const uint32_t yes = SECCOMP_RET_ALLOW;
	const uint32_t code = PROT_EXEC, both = PROT_EXEC | PROT_WRITE;
	const uint32_t change = O_ACCMODE | O_CREAT | O_TRUNC;

	switch (check) {
	case FREE:
		ANSWER(p, yes);
		return;
	case NO_CODE:
		put_masked(p, 2, code, 0, yes, REFUSE(EPERM));
		return;
	case NOT_BOTH:
		put_masked(p, 2, both, both, REFUSE(EPERM), yes);
		return;
	case READ_ONLY:
		put_masked(p, 2, change, O_RDONLY, yes, REFUSE(EACCES));
		return;
	case TCP_FAMILY:
		load_argument(p, 0);
		EQUAL(p, AF_INET, 2, 0);
		EQUAL(p, AF_INET6, 1, 0);
		ANSWER(p, REFUSE(EACCES));
		put_masked(p, 1, 0xf, SOCK_STREAM, yes, REFUSE(EACCES));
		return;
	case A_THREAD:
		put_masked(p, 0, CLONE_THREAD, CLONE_THREAD, yes, REFUSE(EPERM));
		return;
	case SAYS_ENOTTY:
		ANSWER(p, REFUSE(ENOTTY));
		return;
	case SAYS_ENOSYS:
		ANSWER(p, REFUSE(ENOSYS));
		return;
	}
}

static void
put_rule(struct program *p, const struct rule *r)
{
	size_t at;

	at = p->len;
	EQUAL(p, (uint32_t)r->call, 0, 0);
	put_check(p, r->check);
	p->code[at].jf = (uint8_t)(p->len - at - 1);
	p->allowed++;
}

static void
build(struct program *p, unsigned groups, uint32_t otherwise)
{
	unsigned has = groups & SANDBOX_SPAWN ? ~0u : groups;
	size_t i;

	p->len = p->allowed = 0;
	LOAD(p, offsetof(struct seccomp_data, arch));
	EQUAL(p, ARCH, 1, 0);
	ANSWER(p, SECCOMP_RET_KILL_PROCESS);
	LOAD(p, offsetof(struct seccomp_data, nr));
	for (i = 0; i < RULES; i++)
		if (rules[i].groups == ALWAYS || (rules[i].groups & has) != 0)
			put_rule(p, &rules[i]);
	ANSWER(p, otherwise);
}

static const char *traced_role;

/* Only in trace mode: say which call, in a way that is safe here. */
static void
name_the_call(int sig, siginfo_t *info, void *context)
{
	char text[128];
	int n;

	(void)sig;
	(void)context;
	n = snprintf(text, sizeof text, "by=%s level=warn sandbox=refused call=%d\n",
	    traced_role, info->si_syscall);
	if (n > 0 && write(STDERR_FILENO, text, (size_t)n) < 0)
		_exit(159);
	_exit(159);
}

static uint32_t
refusal(const struct sandbox_profile *profile)
{
	struct sigaction sa = { .sa_sigaction = name_the_call,
	    .sa_flags = SA_SIGINFO };

	if (profile->calls & SANDBOX_SPAWN)
		return REFUSE(ENOSYS);
	if (getenv("UNDERSIGNED_SANDBOX_TRACE") == NULL)
		return SECCOMP_RET_KILL_PROCESS;
	traced_role = profile->role;
	(void)sigaction(SIGSYS, &sa, NULL);
	return SECCOMP_RET_TRAP;
}

bool
sandbox_has_seccomp(void)
{
	uint32_t action = SECCOMP_RET_KILL_PROCESS;

	return ARCH != 0 && syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0,
	    &action) == 0;
}

static int
enter_seccomp(const struct sandbox_profile *profile, unsigned *allowed_out)
{
	static struct program p;
	struct sock_fprog prog;

	build(&p, profile->calls, refusal(profile));
	*allowed_out = p.allowed;
	prog.len = (unsigned short)p.len;
	prog.filter = p.code;
	return (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER,
	    SECCOMP_FILTER_FLAG_TSYNC, &prog);
}

/* ---- Landlock --------------------------------------------------------------- */

/* Our own, since the system's header is older than the kernel. */
struct ruleset {
	uint64_t files, net, scopes;
};
struct path_rule {
	uint64_t allowed;
	int32_t fd;
} __attribute__((packed));
struct port_rule {
	uint64_t allowed, port;
};

#define RULE_PATH 1
#define RULE_PORT 2
#define CREATE_VERSION 1u

enum {
	F_EXECUTE = 1 << 0, F_WRITE = 1 << 1, F_READ = 1 << 2,
	F_READ_DIR = 1 << 3, F_REMOVE_DIR = 1 << 4, F_REMOVE = 1 << 5,
	F_MAKE_CHAR = 1 << 6, F_MAKE_DIR = 1 << 7, F_MAKE_FILE = 1 << 8,
	F_MAKE_SOCK = 1 << 9, F_MAKE_FIFO = 1 << 10, F_MAKE_BLOCK = 1 << 11,
	F_MAKE_LINK = 1 << 12,
	F_REFER = 1 << 13,      /* ABI 2: rename from folder to folder */
	F_TRUNCATE = 1 << 14,   /* ABI 3 */
	F_DEVICE = 1 << 15      /* ABI 5 */
};
#define READS (F_READ | F_READ_DIR)
#define EDITS (READS | F_WRITE | F_REMOVE | F_REMOVE_DIR | F_MAKE_DIR | \
    F_MAKE_FILE | F_REFER | F_TRUNCATE)
#define OF_A_FILE (F_EXECUTE | F_READ | F_WRITE | F_TRUNCATE | F_DEVICE)
#define NET_BIND 1u
#define NET_CONNECT 2u
#define SCOPE_ABSTRACT 1u
#define SCOPE_SIGNAL 2u

int
sandbox_landlock_abi(void)
{
	long abi = syscall(SYS_landlock_create_ruleset, NULL, 0, CREATE_VERSION);

	return abi < 0 ? 0 : (int)abi;
}

static void
rights_of(int abi, struct ruleset *out)
{
	out->files = (F_MAKE_LINK << 1) - 1;
	if (abi >= 2)
		out->files |= F_REFER;
	if (abi >= 3)
		out->files |= F_TRUNCATE;
	if (abi >= 5)
		out->files |= F_DEVICE;
	out->net = abi >= 4 ? NET_BIND | NET_CONNECT : 0;
	out->scopes = abi >= 6 ? SCOPE_ABSTRACT | SCOPE_SIGNAL : 0;
}

static int
allow_path(int rules_fd, const char *path, uint64_t rights)
{
	struct path_rule r;
	struct stat sb;
	int rc = 0;

	r.fd = open(path, O_PATH | O_CLOEXEC);
	if (r.fd < 0)
		return errno == ENOENT || errno == EACCES ? 0 : -1;
	if (fstat(r.fd, &sb) == 0 && !S_ISDIR(sb.st_mode))
		rights &= OF_A_FILE;
	r.allowed = rights;
	rc = (int)syscall(SYS_landlock_add_rule, rules_fd, RULE_PATH, &r, 0);
	(void)close(r.fd);
	return rc;
}

static int
allow_all(int rules_fd, const struct sandbox_profile *p, const struct ruleset *has)
{
	struct port_rule port = { NET_CONNECT, (uint64_t)p->connect_port };
	size_t i;

	for (i = 0; i < SANDBOX_PATHS && p->reads[i] != NULL; i++)
		if (allow_path(rules_fd, p->reads[i], READS & has->files) != 0)
			return -1;
	for (i = 0; i < SANDBOX_PATHS && p->edits[i] != NULL; i++)
		if (allow_path(rules_fd, p->edits[i], EDITS & has->files) != 0)
			return -1;
	if (p->connect_port > 0 && has->net != 0)
		return (int)syscall(SYS_landlock_add_rule, rules_fd, RULE_PORT,
		    &port, 0);
	return 0;
}

static int
enter_landlock(const struct sandbox_profile *p, int abi)
{
	struct ruleset has;
	int fd, rc, saved;

	rights_of(abi, &has);
	fd = (int)syscall(SYS_landlock_create_ruleset, &has,
	    abi >= 6 ? sizeof has : abi >= 4 ? offsetof(struct ruleset, scopes) :
	    offsetof(struct ruleset, net), 0);
	if (fd < 0)
		return -1;
	rc = allow_all(fd, p, &has);
	if (rc == 0)
		rc = (int)syscall(SYS_landlock_restrict_self, fd, 0);
	saved = errno;
	(void)close(fd);
	errno = saved;
	return rc;
}

/* The parent must leave its children what they need; and before ABI 2 nothing
 * can be renamed from folder to folder, which a Maildir is all about. */
static bool
wants_landlock(const struct sandbox_profile *p, int abi)
{
	return !(p->calls & SANDBOX_SPAWN) && abi > 0 &&
	    (abi > 1 || p->edits[0] == NULL);
}

/* ---- all of it ---------------------------------------------------------------- */

static void
limit(int what, rlim_t most)
{
	struct rlimit r = { most, most }, now;

	if (getrlimit((__rlimit_resource_t)what, &now) == 0 &&
	    now.rlim_max < most)
		r.rlim_cur = r.rlim_max = now.rlim_max;
	(void)setrlimit((__rlimit_resource_t)what, &r);
}

static void
enter_limits(const struct sandbox_profile *p)
{
	limit(RLIMIT_CORE, 0);
	if (p->descriptors > 0)
		limit(RLIMIT_NOFILE, p->descriptors);
	if (!(p->calls & (SANDBOX_THREADS | SANDBOX_SPAWN)))
		limit(RLIMIT_NPROC, 0);
	(void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
}

enum status
sandbox_enter(const struct sandbox_profile *p, enum sandbox_wish wish,
    struct reason *why)
{
	int abi = sandbox_landlock_abi();
	bool landlock = wants_landlock(p, abi), seccomp = sandbox_has_seccomp();
	unsigned allowed = 0;

	enter_limits(p);
	if (wish == SANDBOX_OFF || SANITIZED) {
		log_info("sandbox=off reason=%s", wish == SANDBOX_OFF ?
		    "configured" : "sanitizers");
		return OK;
	}
	if (wish == SANDBOX_REQUIRE && (!seccomp ||
	    (!landlock && !(p->calls & SANDBOX_SPAWN))))
		return fail(why, DENIED, "this system has no %s; set sandbox = "
		    "\"prefer\" to run without it", seccomp ? "Landlock (or "
		    "too old a one)" : "seccomp filter for this machine");
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
		return fail_errno(why, DENIED, "cannot set no-new-privs");
	if (landlock && enter_landlock(p, abi) != 0)
		return fail_errno(why, DENIED, "cannot enter Landlock");
	if (seccomp && enter_seccomp(p, &allowed) != 0)
		return fail_errno(why, DENIED, "cannot enter seccomp");
	log_info("sandbox=on landlock=%d seccomp=%u", landlock ? abi : 0, allowed);
	return OK;
}
