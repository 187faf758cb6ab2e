/* config_load.c - the file and --set, with every complaint in one pass. */
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/nearest.h"
#include "daemon/config_table.h"

/* Room for the longest path in knobs.def and what an unknown key adds. */
enum { PATH_BYTES = 128 };

/* What must not be larger than what, or the limits contradict each other. */
static const struct {
	enum config_knob less;
	enum config_knob more;
} orders[] = {
	{ CONFIG_KNOB_limits_text_bytes, CONFIG_KNOB_limits_report_bytes },
	{ CONFIG_KNOB_limits_report_bytes, CONFIG_KNOB_limits_frame_bytes },
	{ CONFIG_KNOB_limits_queue_bytes, CONFIG_KNOB_limits_output_bytes },
	{ CONFIG_KNOB_limits_frame_bytes, CONFIG_KNOB_limits_queued_bytes },
};

/* What there was once, and what to do instead. */
static const struct {
	const char *path, *section, *instead;
} gone[] = {
	{ "organisations.file", "organisations",
	    "; organisations.file is no more: tocsin org import FILE tells "
	    "the store once what such a file says" },
};

/* A configuration being read. */
struct loading {
	struct config *config;
	struct yaml_errors *errors;
	const struct yaml_doc *doc;
};

static int
find_knob(struct text path)
{
	for (int i = 0; i < CONFIG_KNOBS; i++)
		if (text_is(path, config_knobs[i].path))
			return i;
	return -1;
}

/* Is path what the knobs of a section begin with? */
static bool
is_section(const char *path)
{
	size_t len = strlen(path);
	for (unsigned i = 0; i < CONFIG_KNOBS; i++) {
		const char *knob = config_knobs[i].path;
		if (!strncmp(knob, path, len) && knob[len] == '.')
			return true;
	}
	return false;
}

static bool
explain_gone(struct text key, struct buf *why)
{
	for (size_t i = 0; i < sizeof(gone) / sizeof(*gone); i++)
		if (text_is(key, gone[i].path) ||
		    text_is(key, gone[i].section)) {
			buf_add_string(why, gone[i].instead);
			return true;
		}
	return false;
}

/*
 * What was meant by an unknown key: a word of the same section, or else a
 * knob of another section with that name.  Added to why when there is one.
 */
static void
suggest(const char *section, struct text key, struct buf *why)
{
	char words[CONFIG_KNOBS][PATH_BYTES];
	const char *word[CONFIG_KNOBS];
	size_t count = 0;
	size_t skip = *section ? strlen(section) + 1 : 0;
	const char *elsewhere = NULL;
	for (unsigned i = 0; i < CONFIG_KNOBS; i++) {
		const char *path = config_knobs[i].path;
		const char *dot = strrchr(path, '.');
		if (text_is(key, dot ? dot + 1 : path) || text_is(key, path))
			elsewhere = path;
		if (strncmp(path, section, strlen(section)) != 0 ||
		    (skip > 0 && path[skip - 1] != '.'))
			continue;
		size_t len = strcspn(path + skip, ".");
		word[count] = words[count];
		memcpy(words[count], path + skip, len);
		words[count++][len] = '\0';
	}
	const char *near = nearest_word(key, word, count);
	if (!near)
		near = elsewhere;
	if (near)
		buf_printf(why, "; did you mean \"%s\"?", near);
}

/* As suggest, for a whole path. */
static void
suggest_path(struct text path, struct buf *why)
{
	const char *paths[CONFIG_KNOBS];
	for (unsigned i = 0; i < CONFIG_KNOBS; i++)
		paths[i] = config_knobs[i].path;
	const char *near = nearest_word(path, paths, CONFIG_KNOBS);
	if (near)
		buf_printf(why, "; did you mean \"%s\"?", near);
	else
		suggest("", path, why);
}

static void
refuse_value(struct loading *loading, const struct yaml_node *node,
    const struct knob *knob, const struct buf *why)
{
	yaml_complain(loading->doc, loading->errors, node, false, "%s: %.*s",
	    knob->path, TEXT_ARG(buf_text(why)));
}

/* A list knob takes a list, or one item without the brackets. */
static void
load_list(struct loading *loading, enum config_knob id,
    const struct yaml_node *node)
{
	const struct knob *knob = &config_knobs[id];
	void *value = config_value(loading->config, id);
	const struct yaml_node *item = node;
	struct buf why = { 0 };
	knob_clear(knob, value);
	if (node->kind == YAML_LIST)
		item = node->child;
	else if (node->scalar.len == 0 && !node->is_quoted)
		item = NULL;
	for (; item; item = item->next) {
		buf_clear(&why);
		if (item->kind != YAML_SCALAR)
			buf_add_string(&why, "an item must be plain text");
		if (item->kind != YAML_SCALAR ||
		    knob_read(knob, value, item->scalar, &why))
			refuse_value(loading, item, knob, &why);
		if (item == node)
			break;
	}
	buf_clear(&why);
	if (knob_check_count(knob, value, &why))
		refuse_value(loading, node, knob, &why);
	buf_free(&why);
}

static void
load_knob(struct loading *loading, enum config_knob id,
    const struct yaml_node *node)
{
	const struct knob *knob = &config_knobs[id];
	struct buf why = { 0 };
	loading->config->origin[id].from = CONFIG_FROM_FILE;
	loading->config->origin[id].line = node->key_line;
	if (knob->kind == KNOB_LIST && node->kind != YAML_MAP) {
		load_list(loading, id, node);
		return;
	}
	if (node->kind != YAML_SCALAR)
		buf_add_string(&why, "takes one value");
	else if (node->scalar.len == 0 && !node->is_quoted)
		buf_add_string(&why, "a value is missing");
	if (why.len > 0 ||
	    knob_read(knob, config_value(loading->config, id), node->scalar,
		&why))
		refuse_value(loading, node, knob, &why);
	buf_free(&why);
}

static void
refuse_key(struct loading *loading, const char *section,
    const struct yaml_node *node)
{
	struct buf why = { 0 };
	int len = node->key.len < PATH_BYTES ? (int)node->key.len : PATH_BYTES;
	buf_printf(&why, "unknown key \"%.*s\"", len, node->key.at);
	if (*section)
		buf_printf(&why, " in \"%s\"", section);
	if (*section)
		suggest(section, node->key, &why);
	else if (find_knob(node->key) >= 0)
		buf_add_string(&why,
		    "; what is before the dot is a key of its own");
	else if (!explain_gone(node->key, &why))
		suggest(section, node->key, &why);
	yaml_complain(loading->doc, loading->errors, node, true, "%.*s",
	    TEXT_ARG(buf_text(&why)));
	buf_free(&why);
}

/* Sections do not nest: a path has at most one dot. */
static void
load_section(struct loading *loading, const char *section,
    const struct yaml_node *map)
{
	const struct yaml_node *node = map ? map->child : NULL;
	for (; node; node = node->next) {
		char path[PATH_BYTES];
		int len = snprintf(path, sizeof(path), "%s%s%.*s", section,
		    *section ? "." : "", TEXT_ARG(node->key));
		bool known = len >= 0 && len < PATH_BYTES &&
		    !memchr(node->key.at, '.', node->key.len) &&
		    !memchr(node->key.at, '\0', node->key.len);
		int id = known ? find_knob(text_of(path)) : -1;
		if (id >= 0) {
			load_knob(loading, (enum config_knob)id, node);
		} else if (!known || *section || !is_section(path)) {
			refuse_key(loading, section, node);
		} else if (node->kind == YAML_MAP) {
			load_section(loading, path, node);
		} else if (node->kind == YAML_LIST || node->scalar.len > 0) {
			yaml_complain(loading->doc, loading->errors, node,
			    false, "\"%s\" holds further keys, no value", path);
		}
	}
}

static void
load_file(struct loading *loading, const char *file)
{
	struct yaml_doc *doc = yaml_load_refused(file, loading->errors);
	if (!doc)
		return;
	const struct yaml_node *root = yaml_root(doc);
	loading->doc = doc;
	if (root && root->kind != YAML_MAP)
		yaml_complain(doc, loading->errors, root, false,
		    "\"key: value\" is expected");
	else
		load_section(loading, "", root);
	loading->doc = NULL;
	yaml_free(doc);
}

__attribute__((format(printf, 2, 3))) static void
refuse(struct loading *loading, const char *format, ...)
{
	va_list args;
	char text[512];
	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	buf_printf(&loading->errors->text, "%s\n", text);
	loading->errors->count++;
}

/* The first --set of a list replaces it, an empty one empties it. */
static int
set_knob(struct loading *loading, enum config_knob id, struct text written,
    struct buf *why)
{
	struct config *config = loading->config;
	const struct knob *knob = &config_knobs[id];
	void *value = config_value(config, id);
	bool is_first = config->origin[id].from != CONFIG_FROM_SET;
	config->origin[id].from = CONFIG_FROM_SET;
	config->origin[id].line = 0;
	if (knob->kind == KNOB_LIST && (is_first || written.len == 0))
		knob_clear(knob, value);
	if (knob->kind == KNOB_LIST && written.len == 0)
		return 0;
	return knob_read(knob, value, written, why);
}

static void
load_set(struct loading *loading, const char *set)
{
	const char *equals = strchr(set, '=');
	struct buf why = { 0 };
	if (!equals) {
		refuse(loading, "--set %s: KEY=VALUE is expected", set);
		return;
	}
	struct text path = { set, (size_t)(equals - set) };
	int id = find_knob(path);
	if (id < 0) {
		buf_add_string(&why, "unknown key");
		if (!explain_gone(path, &why))
			suggest_path(path, &why);
	} else {
		set_knob(loading, (enum config_knob)id, text_of(equals + 1),
		    &why);
	}
	if (why.len > 0)
		refuse(loading, "--set %s: %.*s", set,
		    TEXT_ARG(buf_text(&why)));
	buf_free(&why);
}

/* Lists are counted when all --set have been read. */
static void
check_set_counts(struct loading *loading)
{
	struct config *config = loading->config;
	for (unsigned i = 0; i < CONFIG_KNOBS; i++) {
		const struct knob *knob = &config_knobs[i];
		struct buf why = { 0 };
		if (config->origin[i].from == CONFIG_FROM_SET &&
		    knob_check_count(knob, config_value(config, i), &why))
			refuse(loading, "--set %s: %.*s", knob->path,
			    TEXT_ARG(buf_text(&why)));
		buf_free(&why);
	}
}

static void
check_orders(struct loading *loading)
{
	for (size_t i = 0; i < sizeof(orders) / sizeof(*orders); i++) {
		const struct knob *less = &config_knobs[orders[i].less];
		const struct knob *more = &config_knobs[orders[i].more];
		const uint64_t *small =
		    config_value(loading->config, orders[i].less);
		const uint64_t *large =
		    config_value(loading->config, orders[i].more);
		if (*small <= *large)
			continue;
		refuse(loading,
		    "%s (%" PRIu64 " bytes) must not be over %s "
		    "(%" PRIu64 " bytes)",
		    less->path, *small, more->path, *large);
	}
	if (!*loading->config->data_dir)
		refuse(loading,
		    "data_dir must be set: neither "
		    "$STATE_DIRECTORY nor $HOME says where it could be");
}

int
config_load(struct config *config, const struct config_source *source,
    struct yaml_errors *errors)
{
	struct loading loading = { .config = config, .errors = errors };
	unsigned before = errors->count;
	if (config_default(config)) {
		refuse(&loading, "out of memory");
		return -1;
	}
	if (source->file) {
		config->file = strdup(source->file);
		if (!config->file)
			refuse(&loading, "out of memory");
		load_file(&loading, source->file);
	}
	for (size_t i = 0; i < source->nsets; i++)
		load_set(&loading, source->set[i]);
	check_set_counts(&loading);
	if (errors->count == before)
		check_orders(&loading);
	if (errors->count == before)
		return 0;
	config_free(config);
	return -1;
}
