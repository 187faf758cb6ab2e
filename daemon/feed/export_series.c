/*
 * export_series.c - counts per bucket of time, product (merged ones as their
 * root) and failure mode.
 * Reports become tuples, which are sorted and folded; equal ones are merged
 * whenever the array is full, so that memory follows what differs.
 */
#include <stdlib.h>
#include <string.h>

#include "base/date.h"
#include "daemon/feed/casemap.h"
#include "daemon/feed/export_part.h"
#include "daemon/feed/once.h"
#include "daemon/feed/revisions.h"
#include "daemon/store/rows.h"

enum {
	TUPLES_MIN = 1 << 16,
	TUPLES_MAX = 1 << 24,
	POINTS_MAX = 1 << 23,
	ORGANISATIONS = 1 << 16,
	/* What a visit answers when there would be more than that. */
	TOO_LARGE = -2,
};

struct tuple {
	uint32_t product;
	uint16_t mode;
	uint16_t organisation;
	int32_t bucket; /* its first day */
	uint32_t source;
	uint32_t reports, cases, backfill;
};

/* A row to be. */
struct point {
	int32_t bucket;
	uint32_t product;
	uint16_t mode;
	uint32_t reports, cases, sources, organisations, backfill;
};

struct series {
	struct export_run *run;
	struct tuple *tuple; /* owned */
	size_t ntuples, tuples_cap;
	struct point *point; /* owned */
	size_t npoints, points_cap;
	uint32_t *seen; /* owned; by organisation: the last point it was in */
	struct casemap *cases; /* owned */
	struct once told;      /* cases counted already, by product and mode */
	uint32_t nth;          /* number of the point being folded, from 1 */
};

static int32_t
bucket_of(enum export_step step, int32_t day)
{
	int year, month, mday;

	switch (step) {
	case STEP_DAY:
		break;
	case STEP_WEEK:
		return date_week_start(day);
	case STEP_MONTH:
		date_split(day, &year, &month, &mday);
		return date_join(year, month, 1);
	}
	return day;
}

static int32_t
bucket_after(enum export_step step, int32_t bucket)
{
	/* 31 days after the first of a month lie in the next month. */
	static const int32_t
	    days[] = { [STEP_DAY] = 1, [STEP_WEEK] = 7, [STEP_MONTH] = 31 };

	return bucket_of(step, bucket + days[step]);
}

static int32_t
day_of(enum export_clock clock, const struct facts *facts)
{
	if (clock == CLOCK_RECEIVED)
		return date_of_ms(facts->received_ms);
	if (clock == CLOCK_OCCURRED && facts->occurred.precision != DATE_ABSENT)
		return facts->occurred.day;
	return facts->filed;
}

#define ORDER(a, b)     \
	if ((a) != (b)) \
	return (a) < (b) ? -1 : 1

static int
order_tuples(const void *left, const void *right)
{
	const struct tuple *a = left, *b = right;

	ORDER(a->product, b->product);
	ORDER(a->mode, b->mode);
	ORDER(a->bucket, b->bucket);
	ORDER(a->source, b->source);
	ORDER(a->organisation, b->organisation);
	return 0;
}

static int
order_points(const void *left, const void *right)
{
	const struct point *a = left, *b = right;

	ORDER(a->bucket, b->bucket);
	ORDER(a->product, b->product);
	ORDER(a->mode, b->mode);
	return 0;
}

/* Sort the tuples and merge equal ones. */
static void
merge_tuples(struct series *series)
{
	struct tuple *tuple = series->tuple;
	size_t kept = 0;

	if (series->ntuples == 0)
		return;
	qsort(tuple, series->ntuples, sizeof(*tuple), order_tuples);
	for (size_t i = 1; i < series->ntuples; i++) {
		if (order_tuples(&tuple[kept], &tuple[i]) != 0) {
			tuple[++kept] = tuple[i];
			continue;
		}
		tuple[kept].reports += tuple[i].reports;
		tuple[kept].cases += tuple[i].cases;
		tuple[kept].backfill += tuple[i].backfill;
	}
	series->ntuples = kept + 1;
}

/* Room for one more; merging must free half, else the array grows. */
static int
make_room(struct series *series)
{
	struct tuple *grown;
	size_t cap;

	if (series->ntuples < series->tuples_cap)
		return 0;
	merge_tuples(series);
	if (series->tuples_cap != 0 &&
	    series->ntuples <= series->tuples_cap / 2)
		return 0;
	cap = series->tuples_cap ? series->tuples_cap * 2 : TUPLES_MIN;
	if (cap > TUPLES_MAX)
		return series->ntuples < series->tuples_cap ? 0 : TOO_LARGE;
	grown = realloc(series->tuple, cap * sizeof(*grown));
	if (grown == NULL)
		return STORE_MEMORY;
	series->tuple = grown;
	series->tuples_cap = cap;
	return 0;
}

/*
 * A case counts where the first of its reports stands, so that the points of a
 * group add up to its cases.
 */
static bool
is_new_case(struct series *series, const struct revised *revised,
    uint32_t product)
{
	uint64_t found = casemap_find(series->cases, revised->first_seq);
	uint64_t group = (uint64_t)product << 16 | revised->facts->mode;

	return once_add(&series->told,
	    (found + 1) * UINT64_C(0x9e3779b97f4a7c15) ^ group);
}

static int
visit_report(void *who, const struct revised *revised)
{
	struct series *series = who;
	const struct facts *facts = revised->facts;
	const struct export_options *options = series->run->options;
	uint32_t product;
	int result;

	if (revised->is_withdrawn || !export_wants(series->run, facts))
		return 0;
	result = make_room(series);
	if (result != 0)
		return result;
	product =
	    lineage_root(lexicon_lineage(series->run->lexicon), facts->product);
	series->tuple[series->ntuples++] = (struct tuple){
		.product = product,
		.mode = facts->mode,
		.organisation = facts->organisation,
		.bucket = bucket_of(options->step, day_of(options->by, facts)),
		.source = facts->source,
		.reports = 1,
		.cases = is_new_case(series, revised, product),
		.backfill = facts->is_backfill,
	};
	return 0;
}

static int
add_point(struct series *series, struct point point)
{
	if (series->npoints == series->points_cap) {
		size_t cap = series->points_cap ? series->points_cap * 2 : 1024;
		struct point *grown;

		if (cap > POINTS_MAX)
			return TOO_LARGE;
		grown = realloc(series->point, cap * sizeof(*grown));
		if (grown == NULL)
			return STORE_MEMORY;
		series->point = grown;
		series->points_cap = cap;
	}
	series->point[series->npoints++] = point;
	return 0;
}

/* Empty points between the last one and this bucket of the same group. */
static int
fill_up_to(struct series *series, const struct tuple *tuple)
{
	enum export_step step = series->run->options->step;
	struct point empty = { .product = tuple->product, .mode = tuple->mode };
	struct point last;
	int result = 0;

	if (!series->run->options->fill || series->npoints == 0)
		return 0;
	last = series->point[series->npoints - 1];
	if (last.product != tuple->product || last.mode != tuple->mode)
		return 0;
	empty.bucket = bucket_after(step, last.bucket);
	while (empty.bucket < tuple->bucket && result == 0) {
		result = add_point(series, empty);
		empty.bucket = bucket_after(step, empty.bucket);
	}
	return result;
}

/* Fold the tuples from this one on that fall into one point. */
static struct point
fold_point(struct series *series, size_t *at)
{
	const struct tuple *tuple = series->tuple;
	const struct tuple *first = &tuple[*at];
	struct point point = { .bucket = first->bucket,
		.product = first->product,
		.mode = first->mode };
	size_t i = *at;

	series->nth++;
	for (; i < series->ntuples && tuple[i].product == first->product &&
	     tuple[i].mode == first->mode && tuple[i].bucket == first->bucket;
	     i++) {
		uint32_t *seen = &series->seen[tuple[i].organisation];

		point.reports += tuple[i].reports;
		point.cases += tuple[i].cases;
		point.backfill += tuple[i].backfill;
		point.sources +=
		    i == *at || tuple[i].source != tuple[i - 1].source;
		point.organisations += *seen != series->nth;
		*seen = series->nth;
	}
	*at = i;
	return point;
}

static int
fold(struct series *series)
{
	int result = 0;

	series->seen = calloc(ORGANISATIONS, sizeof(*series->seen));
	if (series->seen == NULL)
		return STORE_MEMORY;
	merge_tuples(series);
	for (size_t at = 0; at < series->ntuples && result == 0;) {
		result = fill_up_to(series, &series->tuple[at]);
		if (result == 0)
			result = add_point(series, fold_point(series, &at));
	}
	if (result == 0 && series->npoints > 0)
		qsort(series->point, series->npoints, sizeof(*series->point),
		    order_points);
	return result;
}

static void
write_point(struct series *series, const struct point *point)
{
	struct export_run *run = series->run;
	struct table *table = &run->table;
	const struct lexicon_product *product =
	    lexicon_product(run->lexicon, point->product);
	char id[PUBLIC_ID_MAX];

	product_id_format(point->product, id);
	table_day(table, point->bucket);
	table_string(table, export_step_name(run->options->step));
	table_string(table, export_clock_name(run->options->by));
	table_string(table, id);
	table_text(table, product->brand);
	table_text(table, product->model);
	table_text(table, product->category_name);
	table_text(table, lexicon_text(run->lexicon, NAME_MODE, point->mode));
	table_number(table, point->reports);
	table_number(table, point->cases);
	table_number(table, point->sources);
	table_number(table, point->organisations);
	table_number(table, point->backfill);
	table_end_row(table);
}

int
export_series(struct export_run *run)
{
	struct series series = { .run = run };
	const struct revision_range range = { .store = run->source->store,
		.seq = run->seq };
	int result, code;

	series.cases = casemap_new();
	result = series.cases
	    ? casemap_read(series.cases, run->source->store, run->seq)
	    : STORE_MEMORY;
	if (result == 0)
		result = revisions_each(&range, visit_report, &series);
	if (result == 0 && series.told.failed)
		result = STORE_MEMORY;

	if (result == 0)
		result = fold(&series);
	for (size_t i = 0; result == 0 && i < series.npoints; i++) {
		write_point(&series, &series.point[i]);
		result = export_go_on(run);
	}
	if (result == TOO_LARGE)
		code = refuse(run->why, ERROR_TOO_LARGE, NULL,
		    "the series has too many points; take a longer step, no "
		    "fill, or a filter");
	else
		code = export_fault(run, result);
	free(series.tuple);
	free(series.point);
	free(series.seen);
	casemap_free(series.cases);
	once_free(&series.told);
	return code;
}
