#include "daemon/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "daemon/folder.h"
#include "daemon/landlock.h"
#include "daemon/logger.h"
#include "daemon/metrics.h"
#include "daemon/seccomp.h"

/*
 * A sanitizer looks at /proc, maps memory as it likes and, at the end, traces
 * the process it is in.
 */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define HAS_SANITIZER true
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || \
    __has_feature(memory_sanitizer)
#define HAS_SANITIZER true
#endif
#endif
#ifndef HAS_SANITIZER
#define HAS_SANITIZER false
#endif

enum { PATHS_MAX = 192 };

struct paths {
	struct landlock_path at[PATHS_MAX];
	char *owned[PATHS_MAX]; /* the same paths */
	size_t count;
	bool failed;
};

static int
fail(const char *what, const char *why)
{
	fprintf(stderr, "tocsind: %s: %s\n", what, why);
	return -1;
}

/* --- which files are kept --- */

/* path is given. */
static void
keep(struct paths *paths, char *path, enum landlock_use use)
{
	if (!path || paths->count == PATHS_MAX) {
		paths->failed = true;
		free(path);
		return;
	}
	paths->owned[paths->count] = path;
	paths->at[paths->count++] = (struct landlock_path){ path, use };
}

static void
free_paths(struct paths *paths)
{
	while (paths->count)
		free(paths->owned[--paths->count]);
}

/*
 * Editors and certificate tools replace a file by another of its name, so the
 * folder is kept.  Not one like /etc or /tmp, which is everybody's: there only
 * the file that is there now.
 */
static void
keep_file(struct paths *paths, const char *path)
{
	char *folder;

	if (!path || !*path)
		return;
	folder = folder_of(path);
	if (!folder)
		return; /* whoever reads it will say so */
	if (strchr(folder + 1, '/')) {
		keep(paths, folder, KEPT_TO_READ);
		/* A link's other end may lie elsewhere. */
		keep(paths, strdup(path), KEPT_TO_READ);
	} else {
		free(folder);
		keep(paths, strdup(path), KEPT_TO_READ);
	}
}

static void
keep_knob(void *who, enum config_knob knob, const char *path)
{
	if (knob != CONFIG_KNOB_data_dir &&
	    knob != CONFIG_KNOB_exports_directory)
		keep_file(who, path);
}

static void
keep_sockets(struct paths *paths, const struct config_list *list)
{
	for (size_t i = 0; i < list->count; i++) {
		char *folder = strncmp(list->item[i], "unix:", 5)
		    ? NULL
		    : folder_of(list->item[i] + 5);

		if (folder)
			keep(paths, folder, KEPT_TO_BIND);
	}
}

static void
gather(struct paths *paths, const struct config *config)
{
	keep(paths, strdup(config->data_dir), KEPT_TO_WRITE);
	if (config->exports_directory[0])
		keep(paths, strdup(config->exports_directory), KEPT_TO_WRITE);
	keep_file(paths, config->file);
	config_each_path(config, keep_knob, paths);
	for (size_t i = 0; i < config->rules_files.count; i++)
		keep_file(paths, config->rules_files.item[i]);
	keep_sockets(paths, &config->listen);
}

/* --- giving up --- */

static bool
is_off(const struct config *config)
{
	return config->sandbox == SANDBOX_OFF || HAS_SANITIZER;
}

/* This kernel cannot: a complaint, or the end. */
static int
miss(const struct config *config, const char *what, int error)
{
	const char *why =
	    error == ENOSYS ? "this kernel has none" : strerrordesc_np(error);

	if (config->sandbox == SANDBOX_REQUIRED) {
		fprintf(stderr, "tocsind: sandbox: %s is required: %s\n", what,
		    why);
		return -1;
	}
	log_line(LOG_WARNING, "sandbox-missing", "what=%s why=%s", what,
	    LOG_QUOTE(text_of(why)));
	return 0;
}

static int
say_off(const struct config *config)
{
	if (config->sandbox == SANDBOX_REQUIRED)
		return fail("sandbox",
		    "is required, and this program was built with a "
		    "sanitizer, which cannot live in one");
	log_line(LOG_INFO, "sandbox-off", "why=%s",
	    HAS_SANITIZER ? "\"built with a sanitizer\"" : "configuration");
	return 0;
}

/* Reports and the pseudonyms' key must not end up in a core file. */
static void
keep_memory_private(void)
{
	struct rlimit none = { 0, 0 };

	setrlimit(RLIMIT_CORE, &none);
	prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
}

int
sandbox_enter(const struct config *config)
{
	struct paths paths = { .count = 0 };
	int error;

	if (is_off(config))
		return say_off(config);
	/* What is kept must be there. */
	if (folder_make(config->data_dir) ||
	    (config->exports_directory[0] &&
		folder_make(config->exports_directory)))
		return -1;
	keep_memory_private();
	gather(&paths, config);
	error = paths.failed ? ENOMEM : landlock_close(paths.at, paths.count);
	free_paths(&paths);
	if (error)
		return miss(config, "landlock", error);
	metrics_set(METRIC_sandbox_landlock, (uint64_t)landlock_version());
	return 0;
}

int
sandbox_settle(const struct config *config)
{
	int error;

	if (is_off(config))
		return 0;
	error = seccomp_close();
	if (error && miss(config, "seccomp", error))
		return -1;
	metrics_set(METRIC_sandbox_seccomp, !error);
	log_line(LOG_INFO, "sandboxed", "landlock=%llu seccomp=%s",
	    (unsigned long long)metrics_get(METRIC_sandbox_landlock),
	    error ? "false" : "true");
	return 0;
}

/* --- what was not kept --- */

static void
explain_file(const char *path)
{
	int fd =
	    path && *path ? open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC) : -1;

	if (fd >= 0)
		close(fd);
	else if (path && *path && errno == EACCES)
		fprintf(stderr,
		    "tocsind: %s: may lie outside the folders that were kept "
		    "at the start; a restart keeps it\n",
		    path);
}

static void
explain_knob(void *who, enum config_knob knob, const char *path)
{
	(void)who;
	if (knob != CONFIG_KNOB_data_dir &&
	    knob != CONFIG_KNOB_exports_directory)
		explain_file(path);
}

void
sandbox_explain(const struct config *config)
{
	if (!metrics_get(METRIC_sandbox_landlock))
		return;
	explain_file(config->file);
	config_each_path(config, explain_knob, NULL);
	for (size_t i = 0; i < config->rules_files.count; i++)
		explain_file(config->rules_files.item[i]);
}
