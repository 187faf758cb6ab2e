/* config_print.c - the knobs for people: in force, as a sample, as tables. */
#include <string.h>

#include "daemon/config_table.h"

/* The knob's own name, and its section as a length of its path. */
static const char *
name_of(const struct knob *knob, size_t *section)
{
	const char *dot = strchr(knob->path, '.');
	*section = dot ? (size_t)(dot - knob->path) : 0;
	return dot ? dot + 1 : knob->path;
}

/*
 * Begin the knob's section when the one before was of another; says whether
 * it is in one.
 */
static bool
begin_section(unsigned id, FILE *out)
{
	const char *path = config_knobs[id].path;
	size_t len;
	name_of(&config_knobs[id], &len);
	if (len == 0)
		return false;
	if (id == 0 || strncmp(config_knobs[id - 1].path, path, len + 1) != 0)
		fprintf(out, "%.*s:\n", (int)len, path);
	return true;
}

static void
print_origin(const struct config *config, unsigned id, FILE *out)
{
	if (config->origin[id].from == CONFIG_FROM_SET)
		fputs("  # --set\n", out);
	else if (config->origin[id].from == CONFIG_FROM_FILE)
		fprintf(out, "  # %s:%u\n", config->file ? config->file : "",
		    config->origin[id].line);
	else
		fputs("  # default\n", out);
}

static void
print_buf(const struct buf *buf, FILE *out)
{
	fwrite(buf->at, 1, buf->len, out);
}

void
config_print(const struct config *config, FILE *out)
{
	struct buf text = { 0 };
	for (unsigned i = 0; i < CONFIG_KNOBS; i++) {
		size_t section;
		const char *name = name_of(&config_knobs[i], &section);
		buf_clear(&text);
		if (begin_section(i, out))
			buf_add_string(&text, "  ");
		buf_printf(&text, "%s: ", name);
		knob_write(&config_knobs[i], config_value_const(config, i),
		    &text);
		print_buf(&text, out);
		print_origin(config, i, out);
	}
	buf_free(&text);
}

/* Text as comment lines of at most 78 columns. */
static void
print_comment(const char *indent, const char *text, FILE *out)
{
	while (*text) {
		size_t room = 76 - strlen(indent);
		size_t len = strlen(text);
		if (len > room) {
			len = room;
			while (len > 0 && text[len] != ' ')
				len--;
		}
		fprintf(out, "%s# %.*s\n", indent, (int)len, text);
		text += len;
		while (*text == ' ')
			text++;
	}
}

/* The default as it would be written; of data_dir it is the environment's. */
static void
write_fallback(const struct knob *knob, struct buf *out)
{
	bool is_text = knob->kind == KNOB_PATH || knob->kind == KNOB_LIST;
	if (knob->kind == KNOB_LIST)
		buf_u8(out, '[');
	if (knob->kind == KNOB_PATH || (is_text && *knob->fallback))
		buf_printf(out, "\"%s\"", knob->fallback);
	else
		buf_add_string(out, knob->fallback);
	if (knob->kind == KNOB_LIST)
		buf_u8(out, ']');
}

static const char *
when_of(const struct knob *knob)
{
	return knob->when == KNOB_RELOAD ? "taken over on reload"
					 : "needs a restart";
}

/* "Meaning (range; when)" */
static void
write_meaning(const struct knob *knob, struct buf *out)
{
	buf_printf(out, "%s (", knob->meaning);
	knob_write_range(knob, out);
	buf_printf(out, "; %s)", when_of(knob));
}

void
config_sample(FILE *out)
{
	struct buf text = { 0 };
	fputs("# tocsind.yaml: how tocsind is set up.  Every key is optional; "
	      "what is commented\n"
	      "# out here is the default.  \"tocsind --check-config\" tries "
	      "the file.\n",
	    out);
	for (unsigned i = 0; i < CONFIG_KNOBS; i++) {
		const struct knob *knob = &config_knobs[i];
		size_t section;
		const char *name = name_of(knob, &section);
		fputc('\n', out);
		const char *indent = begin_section(i, out) ? "  " : "";
		buf_clear(&text);
		write_meaning(knob, &text);
		buf_u8(&text, 0);
		if (!text.failed)
			print_comment(indent, (const char *)text.at, out);
		buf_clear(&text);
		write_fallback(knob, &text);
		fprintf(out, "%s#%s: %.*s\n", indent, name,
		    TEXT_ARG(buf_text(&text)));
	}
	buf_free(&text);
}

void
config_describe(FILE *out)
{
	struct buf text = { 0 };
	fputs("| key | default | values | on SIGHUP | meaning |\n"
	      "|---|---|---|---|---|\n",
	    out);
	for (unsigned i = 0; i < CONFIG_KNOBS; i++) {
		const struct knob *knob = &config_knobs[i];
		buf_clear(&text);
		buf_printf(&text, "| `%s` | `", knob->path);
		write_fallback(knob, &text);
		buf_add_string(&text, "` | ");
		knob_write_range(knob, &text);
		buf_printf(&text, " | %s | %s |\n", when_of(knob),
		    knob->meaning);
		print_buf(&text, out);
	}
	buf_free(&text);
}

/* scdoc reads underscores as underlining unless they are escaped. */
static void
print_scdoc(struct text text, FILE *out)
{
	for (size_t i = 0; i < text.len; i++) {
		if (strchr("_*\\#~<>", text.at[i]))
			fputc('\\', out);
		fputc(text.at[i], out);
	}
}

void
config_manual(FILE *out)
{
	struct buf text = { 0 };
	for (unsigned i = 0; i < CONFIG_KNOBS; i++) {
		const struct knob *knob = &config_knobs[i];
		fputc('*', out);
		print_scdoc(text_of(knob->path), out);
		fputs("*: ", out);
		buf_clear(&text);
		write_fallback(knob, &text);
		print_scdoc(buf_text(&text), out);
		buf_clear(&text);
		write_meaning(knob, &text);
		fputs("\n\t", out);
		print_scdoc(buf_text(&text), out);
		fputs("\n\n", out);
	}
	buf_free(&text);
}
