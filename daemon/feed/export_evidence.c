/* export_evidence.c - what detection saw of each stream, week by week. */
#include <string.h>

#include "daemon/core/detect/week.h"
#include "daemon/core/product.h"
#include "daemon/feed/chronicle.h"
#include "daemon/feed/export_part.h"

static bool
wants_product(void *who, uint32_t product)
{
	const struct export_run *run = who;
	const struct lexicon_product *named =
	    lexicon_product(run->lexicon, product);
	struct family family;
	struct filter_subject subject = { .product = product,
		.member = family.member,
		.category = named->category,
		.category_name = named->category_name,
		.brand = named->folded_brand };

	if (run->options->filter == NULL)
		return true;
	lineage_family(lexicon_lineage(run->lexicon), product, &family);
	subject.nmembers = family.count;
	return filter_matches_subject(run->options->filter, &subject);
}

static void
write_numbers(struct table *table, const struct chronicle_row *row)
{
	table_real(table, row->observed);
	table_real(table, row->volume);
	if (row->is_scored) {
		table_real(table, row->a);
		table_real(table, row->b);
		table_real(table, row->size);
		table_real(table, row->expected);
		table_real(table, row->score);
	} else {
		for (int i = 0; i < 5; i++)
			table_absent(table);
	}
	table_flag(table, row->is_closed);
}

static int
write_row(void *who, const struct chronicle_row *row)
{
	struct export_run *run = who;
	struct table *table = &run->table;
	const struct vocabulary *vocabulary = run->source->vocabulary;
	struct text mode =
	    lexicon_text(run->lexicon, NAME_MODE, row->subject.mode);
	struct text hazard = { 0 };
	char id[PUBLIC_ID_MAX];

	if (run->options->mode != NULL && !text_is(mode, run->options->mode))
		return 0;
	if (row->subject.mode == 0)
		mode = (struct text){ 0 };
	if (row->subject.mode == 0 &&
	    row->subject.hazard < vocabulary_count(vocabulary, WORDS_HAZARD))
		hazard = vocabulary_word(vocabulary, WORDS_HAZARD,
		    row->subject.hazard)
			     ->slug;
	product_id_format(row->root, id);
	table_string(table, id);
	table_text(table, mode);
	table_text(table, hazard);
	table_day(table, week_first_day(row->week));
	write_numbers(table, row);
	if (row->alert && (!row->is_hidden || run->options->show_hidden)) {
		alert_id_format(row->alert, id);
		table_string(table, id);
	} else {
		table_absent(table);
	}
	table_end_row(table);
	return export_go_on(run);
}

int
export_evidence(struct export_run *run)
{
	const struct chronicle_range range = { .store = run->source->store,
		.seq = run->seq,
		.wants = wants_product,
		.visit = write_row,
		.who = run };
	int result = chronicle_walk(&range);

	if (result == CHRONICLE_TOO_LARGE)
		return refuse(run->why, ERROR_TOO_LARGE, "filter",
		    "the evidence of so many products does not fit in memory; "
		    "ask for some of them");
	return export_fault(run, result);
}
