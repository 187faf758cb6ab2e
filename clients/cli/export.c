#include "clients/cli/shell/command.h"

#include <errno.h>
#include <string.h>

#include "base/date.h"
#include "base/digest.h"
#include "clients/cli/erasures.h"
#include "clients/cli/licences.h"
#include "clients/cli/proof.h"
#include "clients/cli/shell/safefile.h"
#include "clients/cli/transfer.h"

#define BYTE_ORDER_MARK "\xef\xbb\xbf"

struct exporting {
	struct line *line;
	const char *what;
	const char *format;
	struct safefile file;
	FILE *to;              /* borrowed: the file's, or stdout */
	struct sha256 *digest; /* owned: of what is written, mark included */
	struct licences licences;
	struct erasures erasures; /* of reports */
	struct proof *proof;      /* owned; NULL: not to be verified */
	struct transfer transfer;
	struct tocsin_writer *params; /* owned */
	char sha256[65];
};

static int
write_failed(struct exporting *exporting)
{
	const char *out = line_option(exporting->line, "out");
	output_message(line_output(exporting->line), "%s: %s",
	    out ? out : "stdout", strerror(errno));
	return EXIT_LOCAL;
}

/* Do its rows tell of reports, one by one? */
static bool
has_erased(const struct exporting *exporting)
{
	return !strcmp(exporting->what, "reports");
}

static int
broken(struct exporting *exporting)
{
	output_message(line_output(exporting->line), "%s; %s",
	    proof_why(exporting->proof),
	    exporting->file.path ? "no file was written"
				 : "nothing of it should be used");
	return EXIT_BROKEN;
}

static int
put(void *who, const char *bytes, size_t len)
{
	struct exporting *exporting = who;
	if (exporting->proof && proof_feed(exporting->proof, bytes, len))
		return broken(exporting);
	sha256_add(exporting->digest, bytes, len);
	if (exporting->file.path)
		licences_scan(&exporting->licences, bytes, len);
	if (exporting->file.path && has_erased(exporting))
		erasures_scan(&exporting->erasures, bytes, len);
	if (exporting->to == stdout)
		output_bytes(line_output(exporting->line), bytes, len);
	else
		fwrite(bytes, 1, len, exporting->to);
	return ferror(exporting->to) ? write_failed(exporting) : 0;
}

static void
put_option(struct exporting *exporting, const char *name)
{
	const char *value = line_option(exporting->line, name);
	if (value)
		tocsin_put_string(exporting->params, name, value);
}

static int
put_sequence(struct exporting *exporting, const char *option, const char *name)
{
	int64_t range[2] = { 0, INT64_C(1) << 53 };
	int64_t number = -1;
	int code = line_number(exporting->line, option, range, &number);
	if (!code && number >= 0)
		tocsin_put_int(exporting->params, name, number);
	return code;
}

/* Words are checked here, so that a slip costs no connection. */
static int
check_words(struct exporting *exporting)
{
	static const char *const clocks[] = { "filed", "occurred", "received",
		NULL };
	static const char *const steps[] = { "day", "week", "month", NULL };
	const char *word;
	int code = line_word(exporting->line, "by", clocks, &word);
	return code ? code : line_word(exporting->line, "step", steps, &word);
}

static bool
is_subject(const struct exporting *exporting)
{
	return !strcmp(exporting->what, "subject");
}

/* All that is held of what one reporter sent. */
static int
put_subject(struct exporting *exporting)
{
	struct line *line = exporting->line;
	const char *of = line_option(line, "of");
	tocsin_put_map(exporting->params, NULL);
	put_option(exporting, "reporter");
	put_option(exporting, "pseudonym");
	if (of)
		tocsin_put_string(exporting->params, "organisation", of);
	tocsin_put_string(exporting->params, "format", exporting->format);
	tocsin_put_end(exporting->params);
	exporting->transfer.method = "export.subject";
	return 0;
}

static int
put_params(struct exporting *exporting)
{
	struct tocsin_writer *params = exporting->params;
	int code = check_words(exporting);
	if (code)
		return code;
	if (is_subject(exporting))
		return put_subject(exporting);
	tocsin_put_map(params, NULL);
	tocsin_put_string(params, "what",
	    exporting->proof ? "chain" : exporting->what);
	tocsin_put_string(params, "format", exporting->format);
	line_put_filter(exporting->line, params, "filter");
	put_option(exporting, "by");
	put_option(exporting, "step");
	put_option(exporting, "mode");
	if (line_has(exporting->line, "fill"))
		tocsin_put_bool(params, "fill", true);
	if (line_has(exporting->line, "public"))
		tocsin_put_bool(params, "public", true);
	if (line_has(exporting->line, "own-texts"))
		tocsin_put_bool(params, "own_texts", true);
	if (line_has(exporting->line, "raw-cells") ||
	    line_has(exporting->line, "raw"))
		tocsin_put_bool(params, "raw_cells", true);
	code = put_sequence(exporting, "at", "at");
	if (!code)
		code = put_sequence(exporting, "since", "since");
	if (!code)
		code = put_sequence(exporting, "erased-since", "since");
	if (line_has(exporting->line, "erased-since"))
		tocsin_put_bool(params, "erased", true);
	tocsin_put_end(params);
	return code;
}

/* FILE.json: what is needed to trust the file and to make it again. */
static void
put_sidecar(struct exporting *exporting, struct tocsin_writer *writer)
{
	int code;
	struct tocsin *tocsin = line_connect(exporting->line, &code);
	struct tocsin_value greeting = tocsin_greeting(tocsin);
	struct tocsin_value params, filter;
	char now[INSTANT_MAX];
	instant_format(clock_wall_ms(), now);
	tocsin_decode(tocsin_writer_bytes(exporting->params), &params);
	filter = tocsin_get(&params, "filter");
	tocsin_put_map(writer, NULL);
	tocsin_put_string(writer, "what", exporting->what);
	tocsin_put_string(writer, "format", exporting->format);
	tocsin_put_int(writer, "sequence", exporting->transfer.seq);
	tocsin_put_int(writer, "epoch", exporting->transfer.epoch);
	tocsin_put_text(writer, "instance",
	    tocsin_get_text(&greeting, "instance"));
	if (filter.encoded.len)
		tocsin_put_encoded(writer, "filter", filter.encoded);
	tocsin_put_encoded(writer, "request", params.encoded);
	tocsin_put_int(writer, "rows", exporting->transfer.rows);
	tocsin_put_string(writer, "sha256", exporting->sha256);
	tocsin_put_map(writer, "versions");
	tocsin_put_string(writer, "client", "0.1.0");
	tocsin_put_text(writer, "server", tocsin_get_text(&greeting, "server"));
	tocsin_put_int(writer, "protocol",
	    tocsin_get_int(&greeting, "protocol", 1));
	tocsin_put_end(writer);
	licences_put(&exporting->licences, writer, "licences");
	if (has_erased(exporting))
		erasures_put(&exporting->erasures, writer, "erased");
	tocsin_put_string(writer, "exported", now);
	tocsin_put_end(writer);
}

static int
write_sidecar(struct exporting *exporting)
{
	struct tocsin_writer *writer = tocsin_writer_new();
	struct safefile file = { .fd = -1 };
	struct tocsin_value value;
	int code = EXIT_LOCAL;
	if (writer)
		put_sidecar(exporting, writer);
	if (writer && tocsin_writer_is_whole(writer) &&
	    tocsin_decode(tocsin_writer_bytes(writer), &value) &&
	    !safefile_open(&file, exporting->file.path, ".json") &&
	    !output_json_line(file.stream, &value) && !safefile_keep(&file))
		code = 0;
	else
		output_message(line_output(exporting->line), "%s.json: %s",
		    exporting->file.path, strerror(errno));
	safefile_drop(&file);
	tocsin_writer_free(writer);
	return code;
}

static void
tell_chain(struct exporting *exporting)
{
	char text[CHAIN_TELL_MAX];
	if (exporting->proof)
		output_message(line_output(exporting->line), "%s",
		    chain_tell(proof_chain(exporting->proof), text));
}

static int
finish(struct exporting *exporting)
{
	struct output *output = line_output(exporting->line);
	char rows[32];
	int code;
	if (exporting->proof && proof_finish(exporting->proof))
		return broken(exporting);
	sha256_finish(exporting->digest, exporting->sha256);
	if (!exporting->file.path) {
		code = output_flush(output);
	} else {
		code = write_sidecar(exporting);
		if (!code && safefile_keep(&exporting->file))
			code = write_failed(exporting);
	}
	if (code)
		return code;
	output_number(exporting->transfer.rows, rows);
	output_message(output, "%s rows of %s at sequence %lld, sha256 %s",
	    rows, exporting->what, (long long)exporting->transfer.seq,
	    exporting->sha256);
	tell_chain(exporting);
	return 0;
}

/*
 * All of the chain is there, from its first link, unless less was asked for.
 * 0, or an exit code.
 */
static int
begin_proof(struct exporting *exporting)
{
	const struct chain_end beginning = { 0 };
	struct line *line = exporting->line;
	struct tocsin_writer *scratch;
	if (!line_has(line, "verify"))
		return 0;
	if (strcmp(exporting->what, "alerts") != 0)
		return line_usage(line, "--verify is for alerts");
	scratch = tocsin_writer_new();
	exporting->proof = proof_new(!strcmp(exporting->format, "csv"));
	if (!scratch || !exporting->proof) {
		tocsin_writer_free(scratch);
		output_message(line_output(line), "out of memory");
		return EXIT_LOCAL;
	}
	line_put_filter(line, scratch, NULL);
	if (tocsin_writer_bytes(scratch).len)
		chain_init(proof_chain(exporting->proof), true);
	if (!line_has(line, "since"))
		chain_resume(proof_chain(exporting->proof), &beginning);
	tocsin_writer_free(scratch);
	return 0;
}

static int
run(struct exporting *exporting)
{
	struct line *line = exporting->line;
	const char *out = line_option(line, "out");
	bool is_marked = line_has(line, "excel");
	int code = put_params(exporting);
	if (code)
		return code;
	exporting->to = stdout;
	if (out && strcmp(out, "-") != 0) {
		if (safefile_open(&exporting->file, out, ""))
			return write_failed(exporting);
		exporting->to = exporting->file.stream;
	}
	if (is_marked) {
		sha256_add(exporting->digest, BYTE_ORDER_MARK, 3);
		fputs(BYTE_ORDER_MARK, exporting->to);
	}
	code = transfer_run(line, exporting->params, put, exporting,
	    &exporting->transfer);
	return code ? code : finish(exporting);
}

/* csv unless a JSON format was asked for: an export is machine data. */
static const char *
format_of(struct line *line)
{
	return output_is_json(line_output(line)) ? "ndjson" : "csv";
}

/* Whoever names a reporter wants what is held of that one. */
static bool
is_of_somebody(struct line *line)
{
	return line_has(line, "reporter") || line_has(line, "pseudonym");
}

static int
check_what(struct line *line, const char **what)
{
	static const char *const words[] = { "groups", "products", "reports",
		"alerts", "timeseries", "evidence", "audit", "subject", NULL };
	const char *written = line_operand(line, 0);
	if (!written && is_of_somebody(line))
		written = "subject";
	if (!written)
		return line_usage(line, "say what to export, as in groups");
	for (unsigned i = 0; words[i]; i++) {
		if (!strcmp(words[i], written)) {
			*what = words[i];
			return 0;
		}
	}
	return line_usage_word(line, written, words);
}

static int
check_options(struct exporting *exporting)
{
	struct line *line = exporting->line;
	if (is_subject(exporting) != is_of_somebody(line))
		return line_usage(line,
		    "subject, and nothing else, is of a --reporter or a "
		    "--pseudonym");
	if (line_has(line, "erased-since") && line_has(line, "since"))
		return line_usage(line,
		    "give --since or --erased-since, not both");
	if (line_has(line, "excel") && strcmp(exporting->format, "csv") != 0)
		return line_usage(line, "--excel is for csv");
	return 0;
}

int
run_export(struct line *line)
{
	struct exporting exporting = { .line = line, .file = { .fd = -1 } };
	int code = check_what(line, &exporting.what);
	if (code)
		return code;
	exporting.format = format_of(line);
	code = check_options(&exporting);
	if (code)
		return code;
	licences_init(&exporting.licences, !strcmp(exporting.format, "csv"));
	erasures_init(&exporting.erasures, !strcmp(exporting.format, "csv"));
	code = begin_proof(&exporting);
	if (code)
		return code;
	exporting.params = tocsin_writer_new();
	exporting.digest = digest_init() ? NULL : sha256_new();
	if (exporting.params && exporting.digest) {
		code = run(&exporting);
	} else {
		output_message(line_output(line), "out of memory");
		code = EXIT_LOCAL;
	}
	safefile_drop(&exporting.file);
	licences_fini(&exporting.licences);
	erasures_fini(&exporting.erasures);
	proof_free(exporting.proof);
	sha256_free(exporting.digest);
	tocsin_writer_free(exporting.params);
	return code;
}
