/*
 * match.c - tocsin match: which rows of two tables of products name the same
 * product.  No daemon and no database.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/digest.h"
#include "clients/cli/match/learner.h"
#include "clients/cli/match/pairs.h"
#include "clients/cli/match/tokens.h"
#include "clients/cli/match/verdicts.h"
#include "clients/cli/match/weights.h"
#include "clients/cli/shell/command.h"
#include "clients/cli/shell/safefile.h"

struct matching {
	struct line *line;
	struct output *output;
	struct wares left, right;
	struct tokens *tokens;
	struct match_corpus corpus;
	struct match_weights weights;
	struct pairs pairs;
	uint64_t compared; /* pairs */
	struct progress progress;
};

static int
fail_memory(struct matching *matching)
{
	output_message(matching->output, "out of memory");
	return EXIT_LOCAL;
}

/* --- reading ------------------------------------------------------------- */

static void
count_tokens(struct matching *matching, const struct wares *wares,
    bool is_right)
{
	for (uint32_t i = 0; i < wares->count; i++) {
		struct match_record record;
		struct match_input input = wares_input(wares, i);
		match_read(&input, NULL, &record);
		if (is_right)
			tokens_post(matching->tokens, &record, i);
		else
			tokens_count(matching->tokens, &record);
	}
}

static int
read_tables(struct matching *matching)
{
	const char *encoding = line_option(matching->line, "encoding");
	int code = wares_read(&matching->left, matching->output,
	    line_operand(matching->line, 0), encoding);
	if (!code)
		code = wares_read(&matching->right, matching->output,
		    line_operand(matching->line, 1), encoding);
	if (code)
		return code;
	matching->tokens = tokens_new();
	if (!matching->tokens)
		return fail_memory(matching);
	count_tokens(matching, &matching->left, false);
	count_tokens(matching, &matching->right, true);
	matching->corpus = tokens_corpus(matching->tokens);
	matching->pairs.left = &matching->left;
	matching->pairs.right = &matching->right;
	return tokens_failed(matching->tokens) ? fail_memory(matching) : 0;
}

static void
read_record(const struct matching *matching, const struct wares *wares,
    uint32_t row, struct match_record *record)
{
	struct match_input input = wares_input(wares, row);
	match_read(&input, &matching->corpus, record);
}

/* --- scoring ------------------------------------------------------------- */

static void
score(struct matching *matching, const struct match_record *left,
    struct pair *pair)
{
	struct match_record right;
	struct match_result result;
	read_record(matching, &matching->right, pair->right, &right);
	match_score(left, &right, &matching->weights, &result);
	pair->score = result.score;
	pair->decision = result.decision;
	matching->compared++;
}

static int
score_listed(struct matching *matching)
{
	struct pairs *pairs = &matching->pairs;
	struct match_record left;
	int code = pairs_read(pairs, matching->output,
	    line_option(matching->line, "pairs"), false);
	for (size_t i = 0; i < pairs->count && !code; i++) {
		struct pair *pair = &pairs->pair[i];
		/* Lists are most often sorted by their left row. */
		if (i == 0 || pair->left != pairs->pair[i - 1].left)
			read_record(matching, &matching->left, pair->left,
			    &left);
		score(matching, &left, pair);
	}
	return code;
}

/* The rows of the right table that are worth a look; returns how many. */
static unsigned
find_candidates(struct matching *matching, const struct match_record *left,
    struct candidate found[CANDIDATE_MAX])
{
	struct text text[MATCH_TOKENS_MAX];
	struct candidate_token token[MATCH_TOKENS_MAX];
	struct candidate_index index = tokens_index(matching->tokens);
	unsigned count = match_tokens(left, text);
	for (unsigned i = 0; i < count; i++) {
		token[i].text = text[i];
		token[i].frequency =
		    matching->corpus.frequency(matching->corpus.who, text[i]);
	}
	return candidate_select(&index, token, count, found, CANDIDATE_MAX);
}

static int
compare_pairs(const void *left, const void *right)
{
	const struct pair *a = left;
	const struct pair *b = right;
	if (a->score != b->score)
		return a->score > b->score ? -1 : 1;
	return (a->right > b->right) - (a->right < b->right);
}

/* Keep what is more than a no, and the best whatever it is. */
static int
score_row(struct matching *matching, uint32_t row)
{
	struct match_record left;
	struct candidate found[CANDIDATE_MAX];
	struct pair pair[CANDIDATE_MAX];
	bool is_all = line_has(matching->line, "all");
	read_record(matching, &matching->left, row, &left);
	unsigned count = find_candidates(matching, &left, found);
	for (unsigned i = 0; i < count; i++) {
		pair[i] = (struct pair){ .left = row,
			.right = (uint32_t)found[i].id };
		score(matching, &left, &pair[i]);
	}
	qsort(pair, count, sizeof(pair[0]), compare_pairs);
	for (unsigned i = 0; i < count; i++) {
		if (i > 0 && pair[i].decision == MATCH_NO && !is_all)
			continue;
		if (pairs_add(&matching->pairs, &pair[i]))
			return fail_memory(matching);
	}
	return 0;
}

static int
score_tables(struct matching *matching)
{
	int code = 0;
	progress_start(&matching->progress, matching->output, "rows",
	    matching->left.count);
	for (uint32_t i = 0; i < matching->left.count && !code; i++) {
		code = score_row(matching, i);
		if (i % 64 == 0)
			progress_update(&matching->progress, i, i);
	}
	progress_clear(&matching->progress);
	return code;
}

static void
tell(struct matching *matching)
{
	size_t count[3] = { 0 };
	char compared[32];
	for (size_t i = 0; i < matching->pairs.count; i++)
		count[matching->pairs.pair[i].decision]++;
	output_number((int64_t)matching->compared, compared);
	output_message(matching->output,
	    "compared %s pairs of %u and %u rows: %zu match, %zu propose",
	    compared, matching->left.count, matching->right.count,
	    count[MATCH_SAME], count[MATCH_PROPOSE]);
}

static int
match(struct matching *matching)
{
	const char *path = line_option(matching->line, "weights");
	match_weights_init(&matching->weights);
	int code = 0;
	if (path)
		code = weights_read(&matching->weights, matching->output, path);
	if (!code)
		code = line_has(matching->line, "pairs")
		    ? score_listed(matching)
		    : score_tables(matching);
	if (code)
		return code;
	if (pairs_doubt_rivals(&matching->pairs))
		return fail_memory(matching);
	if (line_has(matching->line, "one-to-one") &&
	    pairs_keep_best(&matching->pairs))
		return fail_memory(matching);
	const struct verdicts verdicts = { .output = matching->output,
		.pairs = &matching->pairs,
		.corpus = &matching->corpus,
		.weights = &matching->weights };
	code = verdicts_print(&verdicts);
	tell(matching);
	return code ? code : output_flush(matching->output);
}

/* --- training ------------------------------------------------------------ */

static int
learn(struct matching *matching, struct learner *learner)
{
	const struct pairs *pairs = &matching->pairs;
	for (size_t i = 0; i < pairs->count; i++) {
		struct match_record left, right;
		double value[MATCH_FEATURES];
		read_record(matching, &matching->left, pairs->pair[i].left,
		    &left);
		read_record(matching, &matching->right, pairs->pair[i].right,
		    &right);
		match_compare(&left, &right, value);
		if (learner_add(learner, value, pairs->pair[i].is_same))
			return fail_memory(matching);
	}
	if (!learner_fit(learner, &matching->weights))
		return 0;
	output_message(matching->output,
	    "%s: label: pairs of both kinds are needed, 1 and 0",
	    line_option(matching->line, "train"));
	return EXIT_REJECTED;
}

static int
write_weights(struct matching *matching)
{
	const char *path = line_option(matching->line, "weights");
	struct safefile file = { .fd = -1 };
	if (!path) {
		weights_write(&matching->weights, matching->output->data);
		return output_flush(matching->output);
	}
	int code = EXIT_LOCAL;
	if (!safefile_open(&file, path, "")) {
		weights_write(&matching->weights, file.stream);
		code = safefile_keep(&file) ? EXIT_LOCAL : 0;
	}
	if (code)
		output_message(matching->output, "%s: %s", path,
		    strerror(errno));
	safefile_drop(&file);
	return code;
}

static int
train(struct matching *matching)
{
	int code = pairs_read(&matching->pairs, matching->output,
	    line_option(matching->line, "train"), true);
	if (code)
		return code;
	struct learner *learner = learner_new();
	code = learner ? learn(matching, learner) : fail_memory(matching);
	learner_free(learner);
	return code ? code : write_weights(matching);
}

/* --- the command --------------------------------------------------------- */

int
run_match(struct line *line)
{
	struct matching matching = { .line = line,
		.output = line_output(line) };
	if (line_has(line, "train") && line_has(line, "pairs"))
		return line_usage(line,
		    "--train and --pairs do not go together");
	if (digest_init())
		return EXIT_LOCAL;
	int code = read_tables(&matching);
	if (!code)
		code = line_has(line, "train") ? train(&matching)
					       : match(&matching);
	pairs_fini(&matching.pairs);
	tokens_free(matching.tokens);
	wares_fini(&matching.left);
	wares_fini(&matching.right);
	return code;
}
