/*
 * test_sandbox.c - what a daemon that was taken over could still do: each
 * deed is tried by a process of its own, once free, where it must succeed (or
 * the refusal would prove nothing), and once in the sandbox, on a thread that
 * ran before the doors closed.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "daemon/metrics.h"
#include "daemon/sandbox.h"

enum { NO_SANDBOX = 250, BROKEN = 251 };

/* DIR/keep is the data directory, DIR/conf holds the configuration. */
struct rig {
	char dir[64];
	char settings[4][128];
	const char *set[4];
};

struct attempt {
	const struct rig *rig;
	int (*deed)(const struct attempt *attempt); /* 0 or an errno */
	int socket;                                 /* TCP, opened before */
	pid_t editor_id;
	bool is_free;
	int editor; /* write a byte, read a byte: the file was replaced */
	int result;
	pthread_barrier_t settled;
};

static const char *
path_in(const struct rig *rig, const char *name, char out[128])
{
	snprintf(out, 128, "%s/%s", rig->dir, name);
	return out;
}

static int
open_as(const struct attempt *attempt, const char *name, int flags)
{
	char path[128];
	int fd =
	    open(path_in(attempt->rig, name, path), flags | O_CLOEXEC, 0600);

	if (fd < 0)
		return errno;
	close(fd);
	return 0;
}

/* --- deeds that must be refused --- */

static int
read_others(const struct attempt *attempt)
{
	int fd = open("/etc/passwd", O_RDONLY);

	(void)attempt;
	return fd < 0 ? errno : 0;
}

static int
read_beside(const struct attempt *attempt)
{
	return open_as(attempt, "secret", O_RDONLY);
}

static int
write_beside(const struct attempt *attempt)
{
	return open_as(attempt, "secret", O_WRONLY);
}

static int
create_beside(const struct attempt *attempt)
{
	return open_as(attempt, "new", O_WRONLY | O_CREAT);
}

static int
write_configuration(const struct attempt *attempt)
{
	return open_as(attempt, "conf/tocsind.yaml", O_WRONLY);
}

static int
climb_out(const struct attempt *attempt)
{
	return open_as(attempt, "keep/../secret", O_RDONLY);
}

static int
move_out(const struct attempt *attempt)
{
	char from[128], to[128];

	return rename(path_in(attempt->rig, "keep/mine", from),
		   path_in(attempt->rig, "stolen", to))
	    ? errno
	    : 0;
}

static int
link_in(const struct attempt *attempt)
{
	char from[128], to[128];

	return link(path_in(attempt->rig, "secret", from),
		   path_in(attempt->rig, "keep/secret", to))
	    ? errno
	    : 0;
}

static int
make_device(const struct attempt *attempt)
{
	char path[128];

	return mkfifo(path_in(attempt->rig, "keep/fifo", path), 0600) ? errno
								      : 0;
}

static int
open_socket(const struct attempt *attempt)
{
	(void)attempt;
	return socket(AF_INET, SOCK_STREAM, 0) < 0 ? errno : 0;
}

static int
sniff(const struct attempt *attempt)
{
	(void)attempt;
	return socket(AF_PACKET, SOCK_RAW, 0) < 0 ? errno : 0;
}

static int
call_home(const struct attempt *attempt)
{
	struct sockaddr_in home = { .sin_family = AF_INET,
		.sin_port = htons(9),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };

	/* Nobody is there; to have been told so is to have asked. */
	return connect(attempt->socket, (struct sockaddr *)&home,
		   sizeof(home)) &&
		errno != ECONNREFUSED
	    ? errno
	    : 0;
}

static int
open_door(const struct attempt *attempt)
{
	struct sockaddr_in door = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };

	return bind(attempt->socket, (struct sockaddr *)&door, sizeof(door))
	    ? errno
	    : 0;
}

static int
run_program(const struct attempt *attempt)
{
	char *argv[] = { (char *)(uintptr_t) "true", NULL };

	(void)attempt;
	execv("/bin/true", argv);
	return errno;
}

static int
have_child(const struct attempt *attempt)
{
	pid_t child = fork();

	(void)attempt;
	if (child == 0)
		_exit(0);
	return child < 0 ? errno : 0;
}

static int
trace_another(const struct attempt *attempt)
{
	return ptrace(PTRACE_SEIZE, attempt->editor_id, NULL, NULL) ? errno : 0;
}

static int
map_code(const struct attempt *attempt)
{
	(void)attempt;
	return mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC,
		   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED
	    ? errno
	    : 0;
}

static int
make_code(const struct attempt *attempt)
{
	void *at = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	(void)attempt;
	if (at == MAP_FAILED)
		return BROKEN;
	return mprotect(at, 4096, PROT_READ | PROT_EXEC) ? errno : 0;
}

static int
signal_others(const struct attempt *attempt)
{
	(void)attempt;
	return kill(getppid(), 0) ? errno : 0;
}

static int
be_dumpable(const struct attempt *attempt)
{
	(void)attempt;
	return prctl(PR_SET_DUMPABLE, 1, 0, 0, 0) ? errno : 0;
}

static int
use_newest_number(const struct attempt *attempt)
{
	(void)attempt;
	/* Landlock's own: no part of the program asks for it a second time. */
	return syscall(SYS_landlock_create_ruleset, NULL, 0, 1) < 0 ? errno : 0;
}

/* --- deeds that must go on working --- */

static int
keep_books(const struct attempt *attempt)
{
	char from[128], to[128];
	int fd = open(path_in(attempt->rig, "keep/a", from),
	    O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	if (fd < 0)
		return errno;
	if (write(fd, "x", 1) != 1 || ftruncate(fd, 4096) || fdatasync(fd) ||
	    fallocate(fd, 0, 0, 8192))
		return errno;
	close(fd);
	if (mkdir(path_in(attempt->rig, "keep/sub", to), 0700) &&
	    errno != EEXIST)
		return errno;
	if (rename(from, path_in(attempt->rig, "keep/sub/b", to)) ||
	    unlink(to) || rmdir(path_in(attempt->rig, "keep/sub", to)))
		return errno;
	fd = open(path_in(attempt->rig, "keep", to), O_TMPFILE | O_RDWR, 0600);
	return fd < 0 ? errno : 0;
}

/* By now the file is another one than that at the start. */
static int
read_replaced(const struct attempt *attempt)
{
	char byte = 0;

	if (write(attempt->editor, &byte, 1) != 1 ||
	    read(attempt->editor, &byte, 1) != 1)
		return BROKEN;
	return open_as(attempt, "conf/tocsind.yaml", O_RDONLY);
}

static void *
nothing(void *who)
{
	return who;
}

static int
start_thread(const struct attempt *attempt)
{
	pthread_t thread;
	int error = pthread_create(&thread, NULL, nothing, NULL);

	(void)attempt;
	return error ? error : pthread_join(thread, NULL);
}

static int
dump_nothing(const struct attempt *attempt)
{
	struct rlimit limit;

	(void)attempt;
	if (prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) == -1 && errno != EPERM)
		return BROKEN;
	getrlimit(RLIMIT_CORE, &limit);
	return limit.rlim_max ? BROKEN : 0;
}

/* --- one attempt --- */

static void *
try_it(void *who)
{
	struct attempt *attempt = who;

	pthread_barrier_wait(&attempt->settled);
	attempt->result = attempt->deed(attempt);
	return NULL;
}

static void
load(const struct rig *rig, struct config *config)
{
	struct config_source source = { .set = rig->set, .nsets = 1 };
	struct yaml_errors errors = { 0 };
	char path[128];

	source.file = path_in(rig, "conf/tocsind.yaml", path);
	if (config_load(config, &source, &errors))
		_exit(BROKEN);
}

/* A process outside that replaces the configuration as an editor does. */
static void
start_editor(struct attempt *attempt)
{
	const struct rig *rig = attempt->rig;
	char from[128], to[128], byte;
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair))
		_exit(BROKEN);
	attempt->editor_id = fork();
	if (attempt->editor_id == 0) {
		close(pair[0]);
		if (read(pair[1], &byte, 1) == 1 &&
		    open(path_in(rig, "fresh", from), O_WRONLY | O_CREAT,
			0600) >= 0 &&
		    !rename(from, path_in(rig, "conf/tocsind.yaml", to)) &&
		    write(pair[1], &byte, 1) == 1)
			_exit(0);
		_exit(1);
	}
	close(pair[1]);
	attempt->editor = pair[0];
}

static int
child(struct attempt *attempt)
{
	struct config config;
	pthread_t thread;

	load(attempt->rig, &config);
	attempt->socket = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	start_editor(attempt);
	pthread_barrier_init(&attempt->settled, NULL, 2);
	if (!attempt->is_free && sandbox_enter(&config))
		return BROKEN;
	if (pthread_create(&thread, NULL, try_it, attempt))
		return BROKEN;
	if (!attempt->is_free && sandbox_settle(&config))
		return BROKEN;
	if (!attempt->is_free &&
	    (!metrics_get(METRIC_sandbox_landlock) ||
		!metrics_get(METRIC_sandbox_seccomp)))
		return NO_SANDBOX;
	pthread_barrier_wait(&attempt->settled);
	pthread_join(thread, NULL);
	return attempt->result;
}

/* 0, or the errno of the deed; skips where there is no sandbox. */
static int
attempt(const struct rig *rig, int (*deed)(const struct attempt *),
    bool is_free)
{
	int status;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0) {
		struct attempt one = { .rig = rig,
			.deed = deed,
			.is_free = is_free };

		/* Refusals are told on stderr: here they are wanted. */
		if (!freopen("/dev/null", "w", stderr))
			_exit(BROKEN);
		_exit(child(&one));
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	if (!WIFEXITED(status))
		return 1000 + WTERMSIG(status);
	if (WEXITSTATUS(status) == NO_SANDBOX) {
		print_message("skipped: no sandbox here, by the kernel or "
			      "for a sanitizer\n");
		skip();
	}
	return WEXITSTATUS(status);
}

/* --- the tests --- */

static void
make_file(const struct rig *rig, const char *name)
{
	char path[128];
	int fd = open(path_in(rig, name, path), O_WRONLY | O_CREAT, 0600);

	assert_true(fd >= 0);
	close(fd);
}

static int
set_up(void **state)
{
	struct rig *rig = calloc(1, sizeof(*rig));
	char path[128];

	assert_non_null(rig);
	strcpy(rig->dir, "/tmp/tocsin-sandbox-XXXXXX");
	assert_non_null(mkdtemp(rig->dir));
	assert_int_equal(mkdir(path_in(rig, "keep", path), 0700), 0);
	assert_int_equal(mkdir(path_in(rig, "conf", path), 0700), 0);
	make_file(rig, "secret");
	make_file(rig, "keep/mine");
	make_file(rig, "conf/tocsind.yaml");
	snprintf(rig->settings[0], sizeof(rig->settings[0]), "data_dir=%s/keep",
	    rig->dir);
	rig->set[0] = rig->settings[0];
	*state = rig;
	return 0;
}

static int
tear_down(void **state)
{
	static const char *const names[] = { "keep/mine", "keep/secret",
		"keep/fifo", "keep/a", "keep/sub/b", "keep/sub", "keep",
		"conf/tocsind.yaml", "conf", "secret", "new", "stolen", "fresh",
		"" };
	struct rig *rig = *state;
	char path[128];

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		(void)remove(path_in(rig, names[i], path));
	free(rig);
	return 0;
}

static void
what_is_not_needed_is_refused(void **state)
{
	static const struct {
		const char *name;
		int (*deed)(const struct attempt *attempt);
		int error;
	} row[] = {
		{ "read another's file", read_others, EACCES },
		{ "read a file beside", read_beside, EACCES },
		{ "write a file beside", write_beside, EACCES },
		{ "make a file beside", create_beside, EACCES },
		{ "write the configuration", write_configuration, EACCES },
		{ "climb out of the folder", climb_out, EACCES },
		{ "link a file in", link_in, EXDEV },
		{ "make a pipe", make_device, EPERM },
		{ "open a socket", open_socket, EPERM },
		{ "read the wire", sniff, EPERM },
		{ "connect to elsewhere", call_home, EPERM },
		{ "open a door", open_door, EPERM },
		{ "run a program", run_program, EPERM },
		{ "have a child", have_child, EPERM },
		{ "trace another process", trace_another, EPERM },
		{ "map code", map_code, EPERM },
		{ "make code of data", make_code, EPERM },
		{ "signal another process", signal_others, EPERM },
		{ "be dumpable again", be_dumpable, EPERM },
		{ "a call of no use here", use_newest_number, EPERM },
	};
	const struct rig *rig = *state;

	for (size_t i = 0; i < sizeof(row) / sizeof(*row); i++) {
		int error = attempt(rig, row[i].deed, false);

		if (error != row[i].error)
			fail_msg("%s: errno %d (%s), not %s", row[i].name,
			    error, strerror(error), strerror(row[i].error));
		if (row[i].deed == sniff && geteuid() != 0)
			continue; /* refused to this account anyway */
		error = attempt(rig, row[i].deed, true);
		if (error)
			fail_msg("%s: even outside it fails: %s", row[i].name,
			    strerror(error));
	}
}

static void
files_cannot_leave(void **state)
{
	int error = attempt(*state, move_out, false);

	assert_true(error == EACCES || error == EXDEV);
	assert_int_equal(attempt(*state, move_out, true), 0);
}

static void
what_is_needed_goes_on(void **state)
{
	const struct rig *rig = *state;

	assert_int_equal(attempt(rig, keep_books, false), 0);
	assert_int_equal(attempt(rig, start_thread, false), 0);
	assert_int_equal(attempt(rig, dump_nothing, false), 0);
	assert_int_equal(attempt(rig, read_replaced, false), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(what_is_not_needed_is_refused,
		    set_up, tear_down),
		cmocka_unit_test_setup_teardown(files_cannot_leave, set_up,
		    tear_down),
		cmocka_unit_test_setup_teardown(what_is_needed_goes_on, set_up,
		    tear_down),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
