/*
 * draft.c - a report put together from flags, answers and a JSON file.
 */
#include "clients/cli/report.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

const struct fact fact_table[] = {
	{ "category", "product", "category", FACT_TEXT, true,
	    "What kind of product is it (kettle, toaster ...)?",
	    "Quel type de produit (bouilloire, grille-pain ...) ?" },
	{ "brand", "product", "brand", FACT_TEXT, false,
	    "Brand, as written on it?", "Marque, telle qu'inscrite dessus ?" },
	{ "model", "product", "model", FACT_TEXT, false,
	    "Model, as written on it?", "Modèle, tel qu'inscrit dessus ?" },
	{ "gtin", "product", "gtin", FACT_LIST, false, "Barcode digits?",
	    "Chiffres du code-barres ?" },
	{ "lot", "product", "lot", FACT_LIST, false, NULL, NULL },
	{ "serial", "product", "serial", FACT_TEXT, false, NULL, NULL },
	{ "name", "product", "name", FACT_TEXT, false, NULL, NULL },
	{ "kind", NULL, "kind", FACT_TEXT, true, "incident or breakdown?",
	    "incident ou panne (incident, breakdown) ?" },
	{ "mode", "failure", "mode", FACT_TEXT, false,
	    "How did it fail (overheating, leak ...)?",
	    "Comment a-t-il lâché (overheating, leak ...) ?" },
	{ "hazard", "failure", "hazard", FACT_LIST, false, NULL, NULL },
	{ "severity", NULL, "severity", FACT_TEXT, false,
	    "Worst harm (none, damage, minor, medical, severe, fatal)?",
	    "Pire dommage (none, damage, minor, medical, severe, fatal) ?" },
	{ "country", NULL, "country", FACT_TEXT, true, "Country, two letters?",
	    "Pays, deux lettres ?" },
	{ "occurred", NULL, "occurred", FACT_TEXT, true,
	    "When did it happen (YYYY, YYYY-MM or YYYY-MM-DD)?",
	    "Quand est-ce arrivé (AAAA, AAAA-MM ou AAAA-MM-JJ) ?" },
	{ "text", NULL, "text", FACT_TEXT, false,
	    "What happened, in a sentence or two?",
	    "Que s'est-il passé, en une phrase ou deux ?" },
	{ "filed", NULL, "filed", FACT_TEXT, false, NULL, NULL },
	{ "lang", NULL, "lang", FACT_TEXT, false, NULL, NULL },
	{ "reporter", NULL, "reporter", FACT_TEXT, false, NULL, NULL },
	{ "id", NULL, "id", FACT_TEXT, false, NULL, NULL },
	{ "injured", NULL, "injured", FACT_NUMBER, false, NULL, NULL },
	{ "deaths", NULL, "deaths", FACT_NUMBER, false, NULL, NULL },
	{ "group", "origin", "group", FACT_TEXT, false, NULL, NULL },
	{ "source", "origin", "source", FACT_TEXT, false, NULL, NULL },
	{ "licence", "origin", "licence", FACT_TEXT, false, NULL, NULL },
	{ "publish", "consent", "publish", FACT_TRUE, false, NULL, NULL },
	{ NULL, NULL, NULL, FACT_TEXT, false, NULL, NULL },
};

static const char *const sections[] = { "product", "failure", "origin",
	"consent" };

enum { SECTIONS = sizeof(sections) / sizeof(sections[0]) };

void
draft_fini(struct draft *draft)
{
	for (unsigned i = 0; i < FACTS_MAX; i++)
		free(draft->answer[i]);
	free(draft->read);
}

const char *
draft_value(const struct draft *draft, const struct fact *fact, unsigned n)
{
	const char *given;
	if (fact->kind == FACT_TRUE)
		return line_has(draft->line, fact->option) && !n ? "" : NULL;
	given = line_nth(draft->line, fact->option, n);
	if (given && draft->read && !strcmp(fact->key, "text"))
		return draft->read;
	if (!given && !n)
		given = draft->answer[fact - fact_table];
	return given;
}

static bool
is_in(const struct fact *fact, const char *section)
{
	if (!section || !fact->section)
		return section == fact->section;
	return !strcmp(section, fact->section);
}

/* Is this key of a section said by a flag or an answer? */
static bool
is_said(const struct draft *draft, const char *section, struct tocsin_text key)
{
	for (const struct fact *fact = fact_table; fact->option; fact++) {
		if (is_in(fact, section) && tocsin_text_is(key, fact->key) &&
		    draft_value(draft, fact, 0))
			return true;
	}
	return false;
}

static int
write_fact(struct draft *draft, const struct fact *fact,
    struct tocsin_writer *writer)
{
	int64_t range[2] = { 0, 1000000000 };
	int64_t number = 0;
	const char *value;
	unsigned last;
	int code;
	switch (fact->kind) {
	case FACT_TRUE:
		tocsin_put_bool(writer, fact->key, true);
		return 0;
	case FACT_NUMBER:
		code = line_number(draft->line, fact->option, range, &number);
		tocsin_put_int(writer, fact->key, number);
		return code;
	case FACT_LIST:
		tocsin_put_list(writer, fact->key);
		for (unsigned n = 0; (value = draft_value(draft, fact, n)); n++)
			tocsin_put_string(writer, NULL, value);
		tocsin_put_end(writer);
		return 0;
	case FACT_TEXT:
	default:
		/* The last one counts, as with every option. */
		last = line_count(draft->line, fact->option);
		value = draft_value(draft, fact, last ? last - 1 : 0);
		tocsin_put_string(writer, fact->key, value);
		return 0;
	}
}

static bool
is_section(struct tocsin_text key)
{
	for (unsigned i = 0; i < SECTIONS; i++) {
		if (tocsin_text_is(key, sections[i]))
			return true;
	}
	return false;
}

/* The pairs of one map: the file's that no flag replaces, then the flags'. */
static int
write_pairs(struct draft *draft, const struct tocsin_value *file,
    const char *section, struct tocsin_writer *writer)
{
	struct tocsin_walk walk = tocsin_walk_of(file);
	struct tocsin_value key, item;
	while (
	    file->kind == TOCSIN_MAP && tocsin_walk_pair(&walk, &key, &item)) {
		struct tocsin_text name = tocsin_as_text(&key);
		if (is_said(draft, section, name))
			continue;
		if (!section && is_section(name) && item.kind == TOCSIN_MAP)
			continue;
		tocsin_put_key(writer, name);
		tocsin_put_encoded(writer, NULL, item.encoded);
	}
	for (const struct fact *fact = fact_table; fact->option; fact++) {
		int code = 0;
		if (is_in(fact, section) && draft_value(draft, fact, 0))
			code = write_fact(draft, fact, writer);
		if (code)
			return code;
	}
	return 0;
}

static bool
has_facts(const struct draft *draft, const char *section)
{
	for (const struct fact *fact = fact_table; fact->option; fact++) {
		if (is_in(fact, section) && draft_value(draft, fact, 0))
			return true;
	}
	return false;
}

int
draft_write(struct draft *draft, struct tocsin_writer *writer)
{
	const struct tocsin_text id = { "id", 2 };
	struct tocsin_value file, part, known;
	int code;
	tocsin_decode(draft->file, &file);
	known = tocsin_get(&file, "id");
	tocsin_put_map(writer, NULL);
	code = write_pairs(draft, &file, NULL, writer);
	if (tocsin_is_absent(&known) && !is_said(draft, NULL, id)) {
		tocsin_uuid7(draft->id);
		tocsin_put_string(writer, "id", draft->id);
	}
	for (unsigned i = 0; i < SECTIONS && !code; i++) {
		part = tocsin_get(&file, sections[i]);
		if (part.kind != TOCSIN_MAP && !has_facts(draft, sections[i]))
			continue;
		tocsin_put_map(writer, sections[i]);
		code = write_pairs(draft, &part, sections[i], writer);
		tocsin_put_end(writer);
	}
	tocsin_put_end(writer);
	return code;
}

int
read_whole(struct line *line, const char *path, char **bytes, size_t *len)
{
	bool is_stdin = !strcmp(path, "-");
	FILE *from = is_stdin ? stdin : fopen(path, "rb");
	int code = EXIT_LOCAL;
	*bytes = NULL;
	*len = 0;
	if (!from) {
		output_message(line_output(line), "%s: %s", path,
		    strerror(errno));
		return EXIT_LOCAL;
	}
	if (is_stdin && isatty(STDIN_FILENO)) {
		help_brief(line_output(line), line_command(line));
		return EXIT_USAGE;
	}
	*bytes = malloc(TEXT_BYTES_MAX + 1);
	if (*bytes)
		*len = fread(*bytes, 1, TEXT_BYTES_MAX + 1, from);
	if (!*bytes || ferror(from))
		output_message(line_output(line), "%s: %s", path,
		    strerror(errno));
	else if (*len > TEXT_BYTES_MAX)
		output_message(line_output(line), "%s: more than %d bytes",
		    path, TEXT_BYTES_MAX);
	else
		code = 0;
	if (!is_stdin)
		fclose(from);
	if (code) {
		free(*bytes);
		*bytes = NULL;
	} else {
		(*bytes)[*len] = '\0';
	}
	return code;
}
