/*
 * config.h - how the daemon is set up: YAML and --set, by knobs.def, to one
 * struct.  No file is needed: every knob has a default.  Loop thread; other
 * threads are given copies of what they need.
 */
#ifndef TOCSIN_DAEMON_CONFIG_H
#define TOCSIN_DAEMON_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/bytes.h"
#include "base/yaml.h"

/* Owned strings. */
struct config_list {
	char **item;
	size_t count;
};

/* So many a day, a week or a month (0, 1, 2). */
struct config_rate {
	uint64_t count;
	uint64_t period;
};
double config_rate_per_week(struct config_rate rate);

/* The C type of each kind of knob. */
#define CONFIG_PATH char *
#define CONFIG_LIST struct config_list
#define CONFIG_ENUM int
#define CONFIG_UINT uint64_t
#define CONFIG_BYTES uint64_t
#define CONFIG_DURATION int64_t
#define CONFIG_RATE struct config_rate
#define CONFIG_BOOL bool

enum config_knob {
/* clang-format off */
#define KNOB(path, kind, member, fallback, min, max, unit, when, meaning) \
	CONFIG_KNOB_##member,
#include "daemon/knobs.def"
#undef KNOB
	/* clang-format on */
	CONFIG_KNOBS
};

enum config_from { CONFIG_FROM_DEFAULT, CONFIG_FROM_FILE, CONFIG_FROM_SET };

struct config {
/* clang-format off */
#define KNOB(path, kind, member, fallback, min, max, unit, when, meaning) \
	CONFIG_##kind member;
#include "daemon/knobs.def"
#undef KNOB
	/* clang-format on */
	char *file; /* owned; NULL when none was read */
	struct {
		enum config_from from;
		uint32_t line; /* in file */
	} origin[CONFIG_KNOBS];
};

/* Where a configuration comes from; all borrowed. */
struct config_source {
	const char *file; /* NULL: none */
	/*
	 * "limits.depth=12", later ones winning.  A list takes one item each:
	 * the first replaces what the file says, the others add to it; an
	 * empty value empties it.
	 */
	const char *const *set;
	size_t nsets;
};

/*
 * Everything as when nothing is said; the environment decides data_dir, which
 * is empty when it names no home.  config need not be initialised.  0, or -1
 * when memory runs out.
 */
int config_default(struct config *config);

/*
 * Defaults, then the file, then --set.  0; or -1 with every complaint in
 * errors, and config zeroed.  config need not be initialised.
 */
int config_load(struct config *config, const struct config_source *source,
    struct yaml_errors *errors);

/* Release everything and make it zero.  NULL is fine. */
void config_free(struct config *config);

/* What a reload did: knobs by path, joined by commas. */
struct config_changes {
	struct buf applied;
	struct buf waiting; /* these need a restart */
};
void config_changes_free(struct config_changes *changes);

/*
 * Take over from fresh what may change while running, and say so in changes
 * (zeroed).  fresh is left to be freed.
 */
void config_reload(struct config *config, struct config *fresh,
    struct config_changes *changes);

/* Every knob of kind PATH with its value, "" included. */
typedef void config_path_visit(void *who, enum config_knob knob,
    const char *path);
void config_each_path(const struct config *config, config_path_visit *visit,
    void *who);

/*
 * Every knob called limits.NAME that is a number, with its value and its NAME;
 * is_ms: a time, in milliseconds.
 */
typedef void config_limit_visit(void *who, const char *name, bool is_ms,
    uint64_t value);
void config_each_limit(const struct config *config, config_limit_visit *visit,
    void *who);

/* Write it as YAML that says of each value where it was set. */
void config_print(const struct config *config, FILE *out);

/* Write a file of all defaults, each commented out and explained. */
void config_sample(FILE *out);

/* The table of knobs in Markdown, and as scdoc for the manual. */
void config_describe(FILE *out);
void config_manual(FILE *out);

#endif
