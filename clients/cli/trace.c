/* trace.c - tocsin reports trace: why a report is counted where it is. */
#include <stdio.h>

#include "clients/cli/duplicates.h"
#include "clients/cli/shell/listing.h"

static void
print(struct output *output, const struct tocsin_value *map, const char *path,
    const char *before)
{
	struct tocsin_text text = tocsin_get_text(map, path);

	if (!text.len)
		return;
	fputs(before, output->data);
	output_safe(output->data, text);
}

static void
print_words(struct output *output, const struct tocsin_value *map,
    const char *path, const char *before)
{
	struct tocsin_value words = tocsin_get(map, path), word;
	struct tocsin_walk walk = tocsin_walk_of(&words);

	while (tocsin_walk_item(&walk, &word)) {
		fputs(before, output->data);
		output_safe(output->data, tocsin_as_text(&word));
		before = ", ";
	}
}

static void
print_heading(struct output *output, const char *heading)
{
	output_colour(output, COLOUR_BOLD);
	fprintf(output->data, "%s\n", heading);
	output_colour(output, COLOUR_NONE);
}

static void
show_revision(struct output *output, const struct tocsin_value *revision)
{
	char at[32];

	output_time(output, tocsin_get_text(revision, "received"), at);
	fprintf(output->data, "  %lld  %s  @%lld",
	    (long long)tocsin_get_int(revision, "revision", 0), at,
	    (long long)tocsin_get_int(revision, "seq", 0));
	print(output, revision, "status", "  ");
	print_words(output, revision, "changed", ": ");
	fputc('\n', output->data);
}

static void
show_key(struct output *output, const struct tocsin_value *key)
{
	int64_t act = tocsin_get_int(key, "act", 0);

	print(output, key, "of", "  by ");
	if (!tocsin_get_text(key, "product").len)
		fputs(": known of no product", output->data);
	print(output, key, "product", ": ");
	if (tocsin_get_bool(key, "alias"))
		fputs(", a curator's alias", output->data);
	if (act)
		fprintf(output->data, " (act %lld)", (long long)act);
	fputc('\n', output->data);
}

static void
show_identity(struct output *output, const struct tocsin_value *identity)
{
	print(output, identity, "brand", "  brand ");
	print_words(output, identity, "brand_how", ": ");
	print(output, identity, "model", "; model ");
	print_words(output, identity, "model_how", ": ");
	print(output, identity, "category", "; category ");
	fprintf(output->data, " (rules %lld)\n",
	    (long long)tocsin_get_int(identity, "version", 0));
}

static void
show_act(struct output *output, const struct tocsin_value *act)
{
	int64_t undone = tocsin_get_int(act, "undone_by", 0);
	char at[32];

	output_time(output, tocsin_get_text(act, "at"), at);
	fprintf(output->data, "  %s  act %lld  ", at,
	    (long long)tocsin_get_int(act, "act", 0));
	print(output, act, "kind", "");
	print(output, act, "product", " ");
	print(output, act, "other", ", ");
	print(output, act, "author", " by ");
	print(output, act, "organisation", " of ");
	print(output, act, "reason", ": ");
	if (undone)
		fprintf(output->data, " (taken back by act %lld)",
		    (long long)undone);
	fputc('\n', output->data);
}

/* "same as 17 of ufc-rennes (97 %, text): text alike .82, ..." */
static void
show_found(struct output *output, const struct tocsin_value *found)
{
	struct tocsin_value other = tocsin_get(found, "other");
	struct tocsin_value fields = tocsin_get(found, "fields"), field;
	struct tocsin_walk walk = tocsin_walk_of(&fields);
	double alike = tocsin_get_real(found, "similarity", -1);
	const char *before = ": ";
	bool is_link =
	    tocsin_text_is(tocsin_get_text(found, "decision"), "link");
	char name[NAMED_MAX];

	duplicates_name(&other, name);
	fputs(is_link ? "  same as " : "  like ", output->data);
	output_safe(output->data, tocsin_text_of(name));
	fprintf(output->data, " (%.0f %%",
	    tocsin_get_real(found, "probability", 0) * 100);
	print(output, found, "rule", ", ");
	fputc(')', output->data);
	if (alike >= 0) {
		fprintf(output->data, ": text alike %.2f", alike);
		before = ", ";
	}
	while (tocsin_walk_item(&walk, &field)) {
		fputs(before, output->data);
		output_safe(output->data, tocsin_get_text(&field, "name"));
		print(output, &field, "outcome", " ");
		fprintf(output->data, " %+.1f",
		    tocsin_get_real(&field, "bits", 0));
		before = ", ";
	}
	fputc('\n', output->data);
}

static void
show_member(struct output *output, const struct tocsin_value *member)
{
	char name[NAMED_MAX];

	duplicates_name(member, name);
	fputs("  ", output->data);
	output_safe(output->data, tocsin_text_of(name));
	fputc('\n', output->data);
}

/* A list under a heading, when there is anything in it. */
static void
show_each(struct output *output, const struct tocsin_value *result,
    const char *path, const char *heading,
    void (*each)(struct output *output, const struct tocsin_value *item))
{
	struct tocsin_value list = tocsin_get(result, path), item;
	struct tocsin_walk walk = tocsin_walk_of(&list);

	if (!list.count)
		return;
	print_heading(output, heading);
	while (tocsin_walk_item(&walk, &item))
		each(output, &item);
}

static void
show_case(struct output *output, const struct tocsin_value *result)
{
	struct tocsin_value other = tocsin_get(result, "decided.other");
	char heading[64], name[NAMED_MAX];

	if (other.kind == TOCSIN_MAP) {
		duplicates_name(&other, name);
		print_heading(output, "decided when it was received");
		fputs("  like ", output->data);
		output_safe(output->data, tocsin_text_of(name));
		fprintf(output->data, " (%.0f %%)",
		    tocsin_get_real(result, "decided.probability", 0) * 100);
		print(output, result, "decided.decision", ": ");
		print(output, result, "decided.rule", ", by ");
		fprintf(output->data, " (linkage %lld)\n",
		    (long long)tocsin_get_int(result, "decided.version", 0));
	}
	snprintf(heading, sizeof(heading), "case c%lld",
	    (long long)tocsin_get_int(result, "case.id", 0));
	show_each(output, result, "case.members", heading, show_member);
	snprintf(heading, sizeof(heading), "compared with %lld reports now",
	    (long long)tocsin_get_int(result, "compared.candidates", 0));
	show_each(output, result, "compared.found", heading, show_found);
}

static void
show(struct line *line, const struct tocsin_value *result)
{
	static const char *const texts[][2] = { { "report", "report.id" },
		{ "organisation", "report.organisation" },
		{ "source", "report.source" }, { "product", "product.name" },
		{ "read as", "product.id" },
		{ "received as", "product.resolved" }, { "group", "group.id" },
		{ "status", "dedup.status" }, { "key", "dedup.key" },
		{ "fingerprint", "dedup.fingerprint" } };
	struct output *output = line_output(line);
	struct tocsin_value identity = tocsin_get(result, "identity");

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		show_text(output, texts[i][0],
		    tocsin_get_text(result, texts[i][1]));
	if (output->format != OUTPUT_TABLE)
		return;
	show_each(output, result, "revisions", "revisions", show_revision);
	if (identity.kind == TOCSIN_MAP) {
		print_heading(output, "identity");
		show_identity(output, &identity);
		show_each(output, &identity, "keys", "keys", show_key);
	}
	show_each(output, result, "merges", "merges on the way", show_act);
	show_case(output, result);
	show_each(output, result, "judgements", "said of the report", show_act);
	show_each(output, result, "acts", "done to the product", show_act);
}

int
run_reports_trace(struct line *line)
{
	struct tocsin_writer *writer = tocsin_writer_new();
	int code;

	if (!writer)
		return EXIT_LOCAL;
	tocsin_put_map(writer, NULL);
	code = duplicates_put_report(line, writer, line_operand(line, 0), "seq",
	    "id");
	if (line_option(line, "source"))
		tocsin_put_string(writer, "source",
		    line_option(line, "source"));
	if (line_option(line, "of"))
		tocsin_put_string(writer, "organisation",
		    line_option(line, "of"));
	tocsin_put_end(writer);
	if (!code)
		code = show_one(line, "report.trace", writer, show);
	tocsin_writer_free(writer);
	return code;
}
