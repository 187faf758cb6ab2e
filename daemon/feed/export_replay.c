/*
 * export_replay.c - what rules would have rung on the stored log, rehearsed
 * product by product beside the rules in force.
 *
 * Memory: that of replay.h, and 80 bytes for each row.
 */
#include <stdlib.h>
#include <string.h>

#include "daemon/core/product.h"
#include "daemon/core/rehearsal.h"
#include "daemon/feed/export_part.h"
#include "daemon/feed/replay.h"

enum {
	REPLAY_ROWS = 1 << 20,
	TOO_MANY_ROWS = -3,
	SETS = 2, /* the rules tried, and those in force */
};

struct row {
	uint64_t order; /* as heard */
	int32_t day, from, to;
	uint32_t product;
	uint32_t reports, cases, cases_min, sources, organisations;
	uint16_t mode, episode;
	uint8_t set, change, severity;
	const struct rule *rule;
};

/* Whose rules they are, for those who hear them. */
struct ear {
	struct trial *trial;
	uint8_t set;
	struct rehearsal *rehearsal; /* owned */
};

struct trial {
	struct export_run *run;
	struct replay replay;
	uint16_t unstated;
	struct ear ear[SETS];
	struct row *row; /* owned */
	size_t nrows, rows_cap;
	int fault; /* of hearing */
};

/* --- the rehearsal ------------------------------------------------------- */

/* An alert as a filter sees it. */
static bool
is_wanted(const struct trial *trial, const struct rehearsed *heard)
{
	const struct export_options *options = trial->run->options;
	const struct rule_counts *counts = heard->counts;
	const struct lexicon_product *product =
	    lexicon_product(trial->run->lexicon, heard->product);
	struct family family;
	struct filter_subject subject = { .product = heard->product,
		.member = family.member,
		.category = product->category,
		.category_name = product->category_name,
		.brand = product->folded_brand,
		.rule = text_of(heard->rule->name),
		.severity = counts->severity,
		.kinds = counts->kinds,
		.ncountries = counts->ncountries,
		.country = counts->country };

	if (heard->day < options->from ||
	    (heard->alarm->is_hidden && !options->show_hidden))
		return false;
	if (heard->change != CHANGE_WATCH && heard->change != CHANGE_RAISED &&
	    heard->change != CHANGE_REGRESSED &&
	    heard->change != CHANGE_CLOSED && heard->change != CHANGE_WITHDRAWN)
		return false;
	if (!options->filter)
		return true;
	lineage_family(lexicon_lineage(trial->run->lexicon), heard->product,
	    &family);
	subject.nmembers = family.count;
	return filter_matches_subject(options->filter, &subject);
}

static int
grow_rows(struct trial *trial)
{
	size_t cap = trial->rows_cap ? 2 * trial->rows_cap : 256;
	struct row *grown;

	if (trial->nrows < trial->rows_cap)
		return 0;
	if (trial->nrows >= REPLAY_ROWS)
		return TOO_MANY_ROWS;
	grown = realloc(trial->row, cap * sizeof(*grown));
	if (!grown)
		return STORE_MEMORY;
	trial->row = grown;
	trial->rows_cap = cap;
	return 0;
}

static void
hear(void *who, const struct rehearsed *heard)
{
	const struct ear *ear = who;
	struct trial *trial = ear->trial;
	const struct rule_counts *counts = heard->counts;

	if (!is_wanted(trial, heard))
		return;
	if (trial->fault == 0)
		trial->fault = grow_rows(trial);
	if (trial->fault != 0)
		return;
	trial->row[trial->nrows] = (struct row){
		.order = trial->nrows,
		.day = heard->day,
		.from = counts->from,
		.to = counts->to,
		.product = heard->product,
		.reports = counts->reports,
		.cases = counts->cases,
		.cases_min = counts->cases_min,
		.sources = counts->sources,
		.organisations = counts->organisations,
		.mode = heard->mode,
		.episode = heard->alarm->episode,
		.set = ear->set,
		.change = (uint8_t)heard->change,
		.severity = (uint8_t)counts->severity,
		.rule = heard->rule,
	};
	trial->nrows++;
}

static void
begin_product(struct trial *trial, uint32_t root)
{
	const struct lexicon_product *product =
	    lexicon_product(trial->run->lexicon, root);
	const struct rehearsal_product begun = { .product = root,
		.category = product->category,
		.is_silent = product->level == LEVEL_CATEGORY,
		.unstated = trial->unstated };

	for (unsigned set = 0; set < SETS; set++)
		rehearsal_begin(trial->ear[set].rehearsal, &begun);
}

/* A report that leaves and comes in the same event was amended. */
static const struct replay_move *
partner_of(const struct trial *trial, size_t at)
{
	const struct replay_move *move = &trial->replay.move[at];
	const struct replay_move *next = move + 1;

	return at + 1 < trial->replay.nmoves && move->step == REPLAY_OUT &&
		next->step == REPLAY_IN && next->event == move->event &&
		next->root == move->root && next->seq == move->seq
	    ? next
	    : NULL;
}

static int
tell(struct trial *trial, const struct replay_move *move,
    const struct replay_move *next)
{
	const struct facts *old =
	    move->step == REPLAY_OUT ? &move->facts : NULL;
	const struct facts *now = next ? &next->facts
	    : old                      ? NULL
				       : &move->facts;
	int failed = 0;

	for (unsigned set = 0; set < SETS; set++) {
		struct rehearsal *rehearsal = trial->ear[set].rehearsal;

		if (move->step > REPLAY_IN)
			rehearsal_mark(rehearsal, move->facts.mode, move->seq,
			    move->step == REPLAY_CASE);
		else
			failed |= rehearsal_move(rehearsal, old, now, move->seq,
			    move->day);
	}
	return failed ? STORE_MEMORY : trial->fault;
}

static void
end_product(struct trial *trial, int32_t last)
{
	/* History may be filed for tomorrow, in a zone ahead of ours. */
	int32_t today = trial->replay.today;

	if (last > today)
		today = last;
	for (unsigned set = 0; set < SETS; set++)
		rehearsal_until(trial->ear[set].rehearsal, today);
}

static int
rehearse(struct trial *trial)
{
	uint32_t root = 0;
	int32_t last = 0;
	int result = 0;

	for (size_t i = 0; i < trial->replay.nmoves && result == 0; i++) {
		const struct replay_move *next = partner_of(trial, i);
		const struct replay_move *move = &trial->replay.move[i];

		if (move->root != root) {
			if (root != 0)
				end_product(trial, last);
			root = move->root;
			begin_product(trial, root);
		}
		if (move->step != REPLAY_DEAD)
			result = tell(trial, move, next);
		last = move->day;
		i += next != NULL;
	}
	if (root != 0)
		end_product(trial, last);
	return result ? result : trial->fault;
}

/* --- the rows ------------------------------------------------------------ */

static int
compare_numbers(uint64_t a, uint64_t b)
{
	return (a > b) - (a < b);
}

static int
compare_rows(const void *left, const void *right)
{
	const struct row *a = left, *b = right;
	int order = (a->day > b->day) - (a->day < b->day);

	if (order == 0)
		order = compare_numbers(a->product, b->product);
	if (order == 0)
		order = a->set - b->set;
	return order ? order : compare_numbers(a->order, b->order);
}

static void
write_row(struct export_run *run, const struct row *row)
{
	struct table *table = &run->table;
	const struct lexicon_product *product =
	    lexicon_product(run->lexicon, row->product);
	char id[PUBLIC_ID_MAX];

	product_id_format(row->product, id);
	table_day(table, row->day);
	table_string(table, row->set ? "running" : "tried");
	table_string(table, row->rule->name);
	table_string(table, alarm_change_name((enum alarm_change)row->change));
	table_string(table, id);
	table_text(table, product->brand);
	table_text(table, product->model);
	table_text(table, product->category_name);
	table_text(table,
	    row->mode ? lexicon_text(run->lexicon, NAME_MODE, row->mode)
		      : (struct text){ 0 });
	table_number(table, row->episode);
	table_string(table, severity_name((enum severity)row->severity));
	table_number(table, row->reports);
	table_number(table, row->cases);
	table_number(table, row->cases_min);
	table_number(table, row->sources);
	table_number(table, row->organisations);
	table_day(table, row->from);
	table_day(table, row->to);
	table_end_row(table);
}

static int
write_rows(struct trial *trial)
{
	int result = 0;

	if (trial->nrows > 0)
		qsort(trial->row, trial->nrows, sizeof(*trial->row),
		    compare_rows);
	for (size_t i = 0; i < trial->nrows && result == 0; i++) {
		write_row(trial->run, &trial->row[i]);
		result = export_go_on(trial->run);
	}
	return result;
}

static uint16_t
find_unstated(const struct lexicon *lexicon)
{
	for (uint32_t mode = 1; mode < UINT16_MAX; mode++)
		if (text_is(lexicon_text(lexicon, NAME_MODE, mode), "unstated"))
			return (uint16_t)mode;
	return 0;
}

static int
begin(struct trial *trial)
{
	const struct export_options *options = trial->run->options;
	const struct rules *const sets[SETS] = { options->rules,
		options->running };

	trial->unstated = find_unstated(trial->run->lexicon);
	for (unsigned set = 0; set < SETS; set++) {
		struct ear *ear = &trial->ear[set];

		ear->trial = trial;
		ear->set = (uint8_t)set;
		ear->rehearsal = rehearsal_new(sets[set],
		    trial->run->source->vocabulary, hear, ear);
		if (!ear->rehearsal)
			return STORE_MEMORY;
	}
	return 0;
}

int
export_replay(struct export_run *run)
{
	struct trial trial = { .run = run,
		.replay = { .store = run->source->store,
		    .seq = run->seq,
		    .lineage = lexicon_lineage(run->lexicon),
		    .progress = run->options->progress } };
	int result = begin(&trial), code;

	while (result == 0) {
		result = replay_turn(&trial.replay);
		if (result == 0)
			result = rehearse(&trial);
	}
	if (result == REPLAY_NO_MORE)
		result = write_rows(&trial);
	if (result == TOO_MANY_ROWS)
		code = refuse(run->why, ERROR_TOO_LARGE, "rules",
		    "these would have rung more than %d times; ask for more "
		    "before they ring, or for fewer days",
		    REPLAY_ROWS);
	else
		code = export_fault(run, result);
	for (unsigned set = 0; set < SETS; set++)
		rehearsal_free(trial.ear[set].rehearsal);
	replay_free(&trial.replay);
	free(trial.row);
	return code;
}
