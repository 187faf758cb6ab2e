#include "daemon/config.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/config_table.h"

const struct knob config_knobs[CONFIG_KNOBS] = {
/* clang-format off */
#define KNOB(path, kind, member, fallback, min, max, unit, when, meaning) \
	{ path, KNOB_##kind, offsetof(struct config, member), fallback, min, \
	    max, unit, KNOB_##when, meaning },
#include "daemon/knobs.def"
#undef KNOB
	/* clang-format on */
};

void
config_each_limit(const struct config *config, config_limit_visit *visit,
    void *who)
{
	static const char prefix[] = "limits.";
	const size_t len = sizeof(prefix) - 1;

	for (unsigned i = 0; i < CONFIG_KNOBS; i++) {
		const struct knob *knob = &config_knobs[i];
		const void *value = config_value_const(config, i);

		if (strncmp(knob->path, prefix, len))
			continue;
		if (knob->kind == KNOB_DURATION)
			visit(who, knob->path + len, true,
			    (uint64_t) * (const int64_t *)value);
		else if (knob->kind == KNOB_UINT || knob->kind == KNOB_BYTES)
			visit(who, knob->path + len, false,
			    *(const uint64_t *)value);
	}
}

/* The environment's data directory, owned; NULL when memory runs out. */
static char *
default_data_dir(void)
{
	const char *state = getenv("STATE_DIRECTORY");
	const char *xdg = getenv("XDG_STATE_HOME");
	const char *home = getenv("HOME");
	char *dir = NULL;
	int rc = 0;
	/* systemd may name several, by colons; the first is ours. */
	if (state && *state)
		return strndup(state, strcspn(state, ":"));
	if (geteuid() == 0)
		return strdup("/var/lib/tocsin");
	if (xdg && *xdg == '/')
		rc = asprintf(&dir, "%s/tocsin", xdg);
	else if (home && *home == '/')
		rc = asprintf(&dir, "%s/.local/state/tocsin", home);
	else
		return strdup("");
	return rc < 0 ? NULL : dir;
}

int
config_default(struct config *config)
{
	struct buf why = { 0 };
	int rc = 0;
	*config = (struct config){ 0 };
	for (unsigned i = 0; i < CONFIG_KNOBS && !rc; i++) {
		const struct knob *knob = &config_knobs[i];
		if (i == CONFIG_KNOB_data_dir)
			config->data_dir = default_data_dir();
		else if (knob->kind != KNOB_LIST || *knob->fallback)
			rc = knob_read(knob, config_value(config, i),
			    text_of(knob->fallback), &why);
	}
	buf_free(&why);
	if (!rc && config->data_dir)
		return 0;
	config_free(config);
	return -1;
}

void
config_free(struct config *config)
{
	if (!config)
		return;
	for (unsigned i = 0; i < CONFIG_KNOBS; i++)
		knob_clear(&config_knobs[i], config_value(config, i));
	free(config->file);
	*config = (struct config){ 0 };
}

void
config_changes_free(struct config_changes *changes)
{
	buf_free(&changes->applied);
	buf_free(&changes->waiting);
}

static void
add_name(struct buf *names, const char *name)
{
	if (names->len > 0)
		buf_u8(names, ',');
	buf_add_string(names, name);
}

void
config_reload(struct config *config, struct config *fresh,
    struct config_changes *changes)
{
	for (unsigned i = 0; i < CONFIG_KNOBS; i++) {
		const struct knob *knob = &config_knobs[i];
		void *old = config_value(config, i);
		void *new = config_value(fresh, i);
		bool differs = !knob_equal(knob, old, new);
		if (differs && knob->when == KNOB_RESTART) {
			add_name(&changes->waiting, knob->path);
			continue;
		}
		if (differs)
			add_name(&changes->applied, knob->path);
		knob_swap(knob, old, new);
		config->origin[i] = fresh->origin[i];
	}
	char *file = config->file;
	config->file = fresh->file;
	fresh->file = file;
}

double
config_rate_per_week(struct config_rate rate)
{
	static const double periods[] = { 7, 1, 7 * 12 / 365.25 };

	return (double)rate.count * periods[rate.period];
}

void
config_each_path(const struct config *config, config_path_visit *visit,
    void *who)
{
	for (unsigned i = 0; i < CONFIG_KNOBS; i++)
		if (config_knobs[i].kind == KNOB_PATH)
			visit(who, (enum config_knob)i,
			    *(char *const *)config_value_const(config, i));
}
