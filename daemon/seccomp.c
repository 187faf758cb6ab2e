/*
 * seccomp.c - the table as one run of BPF instructions.  The kernel remembers
 * which calls are allowed whatever their arguments, so that the length of the
 * run does not matter to the frequent ones.
 */
#include "daemon/seccomp.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>

#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>

#include "daemon/logger.h"
#include "daemon/metrics.h"

#if defined(__x86_64__)
enum { OWN_NUMBERS = (int)AUDIT_ARCH_X86_64 };
#define RESULT_OF(context) (context)->uc_mcontext.gregs[REG_RAX]
#elif defined(__aarch64__)
enum { OWN_NUMBERS = (int)AUDIT_ARCH_AARCH64 };
#define RESULT_OF(context) (context)->uc_mcontext.regs[0]
#else
enum { OWN_NUMBERS = 0 };
#define RESULT_OF(context) (*(long *)(context))
#endif

enum test { ALWAYS, IS, WITH, WITHOUT, SELF, FAILS };

struct call {
	int number; /* -1: this processor has none of the name */
	enum test test;
	unsigned argument;
	uint32_t value;
};

/* The names that only older processors have numbers for. */
#ifdef __aarch64__
enum {
	SYS_epoll_wait = -1,
	SYS_poll = -1,
	SYS_open = -1,
	SYS_stat = -1,
	SYS_lstat = -1,
	SYS_access = -1,
	SYS_rename = -1,
	SYS_link = -1,
	SYS_unlink = -1,
	SYS_mkdir = -1,
	SYS_rmdir = -1,
	SYS_readlink = -1,
	SYS_chmod = -1,
	SYS_dup2 = -1,
	SYS_time = -1,
	SYS_getrlimit = -1,
};
#endif

/* clang-format off */
static const struct call calls[] = {
#define CALL(name) { SYS_##name, ALWAYS, 0, 0 },
#define CALL_IS(name, argument, value) \
	{ SYS_##name, IS, argument, (uint32_t)(value) },
#define CALL_WITH(name, argument, bits) \
	{ SYS_##name, WITH, argument, (uint32_t)(bits) },
#define CALL_WITHOUT(name, argument, bits) \
	{ SYS_##name, WITHOUT, argument, (uint32_t)(bits) },
#define CALL_SELF(name, argument) { SYS_##name, SELF, argument, 0 },
#define CALL_FAILS(name, error) { SYS_##name, FAILS, 0, error },
#include "daemon/seccomp_calls.def"
#undef CALL
#undef CALL_IS
#undef CALL_WITH
#undef CALL_WITHOUT
#undef CALL_SELF
#undef CALL_FAILS
};
/* clang-format on */

enum {
	CALLS = sizeof(calls) / sizeof(*calls),
	ROW_MOST = 5,      /* instructions of a row */
	LOGGED_MOST = 100, /* refusals */
	HEAD = 4,
};

struct program {
	struct sock_filter at[HEAD + CALLS * ROW_MOST + 1];
	unsigned short len;
};

static void
add(struct program *program, struct sock_filter instruction)
{
	program->at[program->len++] = instruction;
}

static void
load(struct program *program, size_t offset)
{
	add(program,
	    (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
		(uint32_t)offset));
}

/* Skip so many instructions if the accumulator is or has value, or not. */
static void
jump(struct program *program, unsigned test, uint32_t value, unsigned yes,
    unsigned no)
{
	add(program,
	    (struct sock_filter)BPF_JUMP((uint16_t)(BPF_JMP | test | BPF_K),
		value, (uint8_t)yes, (uint8_t)no));
}

static void
give(struct program *program, uint32_t verdict)
{
	add(program, (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, verdict));
}

/*
 * One row: the number stands in the accumulator before and after.  A row that
 * looks at an argument loads it, and the number again if it does not hold.
 */
static void
add_call(struct program *program, const struct call *call)
{
	size_t argument = offsetof(struct seccomp_data, args) +
	    call->argument * sizeof(uint64_t);
	uint32_t value = call->test == SELF ? (uint32_t)getpid() : call->value;
	bool is_plain = call->test == ALWAYS || call->test == FAILS;

	if (call->number < 0)
		return;
	jump(program, BPF_JEQ, (uint32_t)call->number, 0,
	    is_plain ? 1 : ROW_MOST - 1);
	if (is_plain) {
		give(program,
		    call->test == FAILS ? SECCOMP_RET_ERRNO | call->value
					: SECCOMP_RET_ALLOW);
		return;
	}
	load(program, argument);
	if (call->test == WITHOUT)
		jump(program, BPF_JSET, value, 1, 0);
	else
		jump(program, call->test == WITH ? BPF_JSET : BPF_JEQ, value, 0,
		    1);
	give(program, SECCOMP_RET_ALLOW);
	load(program, offsetof(struct seccomp_data, nr));
}

static void
assemble(struct program *program)
{
	load(program, offsetof(struct seccomp_data, arch));
	jump(program, BPF_JEQ, (uint32_t)OWN_NUMBERS, 1, 0);
	give(program, SECCOMP_RET_KILL_PROCESS);
	load(program, offsetof(struct seccomp_data, nr));
	for (size_t i = 0; i < CALLS; i++)
		add_call(program, &calls[i]);
	give(program, SECCOMP_RET_TRAP);
}

bool
seccomp_is_there(void)
{
	uint32_t action = SECCOMP_RET_TRAP;

	return OWN_NUMBERS != 0 &&
	    !syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &action);
}

static void
on_refused(int signal, siginfo_t *info, void *where)
{
	int saved = errno;

	(void)signal;
	RESULT_OF((ucontext_t *)where) = -EPERM;
	metrics_add(METRIC_sandbox_refused, 1);
	if (metrics_get(METRIC_sandbox_refused) <= LOGGED_MOST)
		log_line(LOG_ERROR, "sandbox-refused", "call=%d",
		    info->si_syscall);
	errno = saved;
}

int
seccomp_close(void)
{
	struct sigaction action = { .sa_sigaction = on_refused,
		.sa_flags = SA_SIGINFO | SA_NODEFER };
	struct program *program;
	struct sock_fprog filter;
	long result;

	if (!seccomp_is_there())
		return ENOSYS;
	program = calloc(1, sizeof(*program));
	if (!program)
		return ENOMEM;
	assemble(program);
	filter = (struct sock_fprog){ program->len, program->at };
	sigemptyset(&action.sa_mask);
	result = sigaction(SIGSYS, &action, NULL);
	if (!result)
		result = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER,
		    SECCOMP_FILTER_FLAG_TSYNC, &filter);
	free(program);
	/* More than 0: the thread that could not be made to follow. */
	return result < 0 ? errno : result > 0 ? EBUSY : 0;
}
