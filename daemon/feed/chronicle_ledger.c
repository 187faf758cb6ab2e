/* chronicle_ledger.c - the writer's rows of detection as tables, and the weeks
 * of streams as they are closed. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/feed/chronicle_part.h"

enum {
	WARES_MIN = 1024,
	TRACKS_MIN = 256,
	ROWS_MIN = 1024,
	ALERTS_MAX = 1 << 24
};

void
ledger_fini(struct ledger *ledger)
{
	free(ledger->ware);
	free(ledger->track);
	free(ledger->place);
	free(ledger->row);
	free(ledger->shown);
}

static void
fail(struct ledger *ledger, int result)
{
	if (!ledger->result)
		ledger->result = result;
}

int
ledger_fault(const struct ledger *ledger)
{
	return ledger->result ? ledger->result : STORE_MEMORY;
}

/* --- products */

static struct ware *
ware_of(struct ledger *ledger, uint32_t product)
{
	if (product >= CHRONICLE_PRODUCTS_MAX) {
		fail(ledger, CHRONICLE_TOO_LARGE);
		return NULL;
	}
	if (product >= ledger->nwares) {
		uint32_t cap =
		    ledger->wares_cap ? ledger->wares_cap : WARES_MIN;
		struct ware *grown;

		while (cap <= product)
			cap *= 2;
		grown = reallocarray(ledger->ware, cap, sizeof(*grown));
		if (!grown) {
			fail(ledger, STORE_MEMORY);
			return NULL;
		}
		memset(grown + ledger->nwares, 0,
		    (cap - ledger->nwares) * sizeof(*grown));
		ledger->ware = grown;
		ledger->wares_cap = ledger->nwares = cap;
	}
	return &ledger->ware[product];
}

int
ledger_product(struct ledger *ledger, uint32_t product, uint64_t category,
    bool has_streams)
{
	struct ware *ware = ware_of(ledger, product);

	if (!ware)
		return ledger->result;
	ware->category = category;
	ware->has_streams = has_streams;
	return 0;
}

void
ledger_count(struct ledger *ledger, uint32_t product)
{
	struct ware *ware = ware_of(ledger, product);

	if (ware)
		ware->is_counted = true;
}

/* A product is known by what it was when its pulse began. */
static struct pulse *
find_pulse(void *who, uint32_t product)
{
	struct ledger *ledger = who;
	struct ware *ware = ware_of(ledger, product);
	struct pulse *pulse = &ledger->spare_pulse;

	if (!ware)
		return NULL;
	if (ware->is_counted)
		pulse = &ware->pulse;
	else
		*pulse = (struct pulse){ 0 };
	if (!pulse->category) {
		pulse->category = ware->category;
		pulse->has_streams = ware->has_streams;
	}
	return pulse;
}

/* --- streams */

static uint32_t *
place_of(const struct ledger *ledger, uint32_t root, struct subject subject)
{
	uint64_t key =
	    (uint64_t)root << 24 | (uint64_t)subject.mode << 8 | subject.hazard;
	uint64_t place = key * UINT64_C(0x9e3779b97f4a7c15) >> 32;

	for (;; place++) {
		uint32_t *at = &ledger->place[place & ledger->mask];
		const struct track *track =
		    *at ? &ledger->track[*at - 1] : NULL;

		if (!track ||
		    (track->root == root &&
			track->subject.mode == subject.mode &&
			track->subject.hazard == subject.hazard))
			return at;
	}
}

static int
grow_tracks(struct ledger *ledger)
{
	uint32_t cap = ledger->tracks_cap ? ledger->tracks_cap * 2 : TRACKS_MIN;
	struct track *track;
	uint32_t *place;

	if (ledger->ntracks < ledger->tracks_cap)
		return 0;
	track = reallocarray(ledger->track, cap, sizeof(*track));
	if (!track)
		return -1;
	ledger->track = track;
	place = calloc(cap * UINT64_C(2), sizeof(*place));
	if (!place)
		return -1;
	free(ledger->place);
	ledger->place = place;
	ledger->mask = cap * 2 - 1;
	ledger->tracks_cap = cap;
	for (uint32_t i = 0; i < ledger->ntracks; i++)
		*place_of(ledger, track[i].root, track[i].subject) = i + 1;
	return 0;
}

static struct track *
find_track(const struct ledger *ledger, uint32_t root, struct subject subject)
{
	uint32_t nth = ledger->place ? *place_of(ledger, root, subject) : 0;

	return nth ? &ledger->track[nth - 1] : NULL;
}

/* One that nobody asks for begins anew with each report. */
static struct stream *
find_stream(void *who, uint32_t root, struct subject subject, bool is_made)
{
	struct ledger *ledger = who;
	struct track *track;

	if (!kindred_is_wanted(ledger->kindred, root)) {
		ledger->spare_stream = (struct stream){ 0 };
		return is_made ? &ledger->spare_stream : NULL;
	}
	track = find_track(ledger, root, subject);
	if (track && (is_made || track->stream.week))
		return &track->stream;
	if (!is_made)
		return NULL;
	if (grow_tracks(ledger)) {
		fail(ledger, STORE_MEMORY);
		return NULL;
	}
	track = &ledger->track[ledger->ntracks++];
	*track = (struct track){ .root = root, .subject = subject };
	*place_of(ledger, root, subject) = ledger->ntracks;
	return &track->stream;
}

/* --- rows */

static void
add_row(struct ledger *ledger, const struct track *track,
    const struct chronicle_row *row)
{
	if (ledger->nrows == ledger->rows_cap) {
		uint32_t cap =
		    ledger->rows_cap ? ledger->rows_cap * 2 : ROWS_MIN;
		struct chronicle_row *grown = cap > CHRONICLE_ROWS_MAX
		    ? NULL
		    : reallocarray(ledger->row, cap, sizeof(*grown));

		if (!grown) {
			fail(ledger,
			    cap > CHRONICLE_ROWS_MAX ? CHRONICLE_TOO_LARGE
						     : STORE_MEMORY);
			return;
		}
		ledger->row = grown;
		ledger->rows_cap = cap;
	}
	ledger->row[ledger->nrows] = *row;
	ledger->row[ledger->nrows++].root = (uint32_t)(track - ledger->track);
}

/* A week as it is closed. */
static struct chronicle_row
closed_week(const struct stream *stream, const struct stream_scene *scene)
{
	const struct prior *prior = &scene->prior;
	struct chronicle_row row = { .week = stream->week,
		.is_scored = prior->since && stream->week >= prior->since,
		.is_closed = stream->flags & STREAM_FIRED,
		.observed = stream_observed(stream, scene->is_alone),
		.volume = exposure_volume(&scene->view, stream->week),
		.a = prior->a0 + stream->learnt,
		.b = prior->b0 + exposure_learnt(&scene->view, stream->week),
		.size = prior->size };
	struct sre_forecast forecast;

	if (!row.is_scored)
		return row;
	forecast = sre_forecast(row.a, row.b, row.volume, row.size);
	row.expected = forecast.mean;
	row.score = row.is_closed
	    ? (double)NAN
	    : sre_score(stream->evidence, &forecast, row.observed);
	return row;
}

/* A stream is about to be brought to a week. */
static void
take_roll(void *who, const struct detection_roll *roll)
{
	struct ledger *ledger = who;
	const struct stream_scene *scene = roll->scene;
	struct track *track = find_track(ledger, roll->root, roll->subject);
	struct stream stream = *roll->stream;

	if (!track || !stream.week || stream.week >= roll->week)
		return;
	while (stream.week < roll->week) {
		struct chronicle_row row = closed_week(&stream, scene);

		if (track->alert) {
			row = track->reading;
			row.alert = track->alert;
			row.is_closed = true;
		}
		if (exposure_is_observed(&scene->view, stream.week))
			add_row(ledger, track, &row);
		track->alert = 0;
		stream_roll(&stream, scene, (uint16_t)(stream.week + 1));
	}
	track->is_read = false;
}

struct detection_rows
ledger_rows(struct ledger *ledger)
{
	return (struct detection_rows){ .who = ledger,
		.pulse = find_pulse,
		.stream = find_stream,
		.roll = take_roll };
}

/* The open week, as it was looked at. */
static struct chronicle_row
read_week(const struct detection_news *news)
{
	const struct stream_reading *reading = &news->reading;
	const struct yardstick *yardstick = &news->yardstick;
	uint16_t week = news->stream.week;

	return (struct chronicle_row){
		.week = week,
		.is_scored = news->has_yardstick && yardstick->since &&
		    week >= yardstick->since,
		.is_closed = news->stream.flags & STREAM_FIRED,
		.observed = reading->observed,
		.volume = reading->volume,
		.a = reading->a,
		.b = reading->b,
		.size = yardstick->size,
		.expected = reading->forecast.mean,
		.score = reading->score,
	};
}

bool
ledger_is_open(const struct ledger *ledger, uint32_t root,
    struct subject subject, uint16_t week)
{
	const struct track *track = find_track(ledger, root, subject);

	return track && track->stream.week == week;
}

void
ledger_read(struct ledger *ledger, const struct detection_news *news)
{
	struct track *track = find_track(ledger, news->root, news->subject);

	/* Once it rang, what rang stands. */
	if (!track || track->alert)
		return;
	track->reading = read_week(news);
	track->is_read = true;
}

void
ledger_ring(struct ledger *ledger, uint32_t root, struct subject subject,
    uint32_t alert)
{
	struct track *track = find_track(ledger, root, subject);

	if (track && track->is_read && !track->alert)
		track->alert = alert;
}

int
ledger_show(struct ledger *ledger, uint32_t alert)
{
	uint32_t cap = ledger->shown_cap ? ledger->shown_cap : TRACKS_MIN;
	uint8_t *grown;

	if (alert >= ALERTS_MAX)
		return CHRONICLE_TOO_LARGE;
	while (cap <= alert)
		cap *= 2;
	if (cap > ledger->shown_cap) {
		grown = realloc(ledger->shown, cap);
		if (!grown)
			return STORE_MEMORY;
		memset(grown + ledger->shown_cap, 0, cap - ledger->shown_cap);
		ledger->shown = grown;
		ledger->shown_cap = cap;
	}
	ledger->shown[alert] = 1;
	return 0;
}

int
ledger_close(struct ledger *ledger, uint32_t number,
    const struct detection_news *news)
{
	struct track *track = &ledger->track[number];
	struct chronicle_row row =
	    track->is_read ? track->reading : read_week(news);

	row.alert = track->alert;
	row.is_closed = news->stream.flags & STREAM_FIRED;
	if (row.is_closed && !row.alert)
		row.score = (double)NAN;
	add_row(ledger, track, &row);
	return ledger->result;
}

/* --- in order */

#define ORDER(a, b)     \
	if ((a) != (b)) \
	return (a) < (b) ? -1 : 1

static int
order_tracks(const void *left, const void *right)
{
	const struct track *const *a = left, *const *b = right;

	ORDER((*a)->root, (*b)->root);
	ORDER(!(*a)->subject.mode, !(*b)->subject.mode);
	ORDER((*a)->subject.mode, (*b)->subject.mode);
	ORDER((*a)->subject.hazard, (*b)->subject.hazard);
	return 0;
}

/* Of each track its rows, as numbers, in the order in which they came. */
static uint32_t *
sort_rows(struct ledger *ledger)
{
	uint32_t *order = calloc(ledger->nrows + 1ul, sizeof(*order));
	uint32_t at = 0;

	if (!order)
		return NULL;
	for (uint32_t i = 0; i < ledger->nrows; i++)
		ledger->track[ledger->row[i].root].to++;
	for (uint32_t i = 0; i < ledger->ntracks; i++) {
		struct track *track = &ledger->track[i];

		track->first = at;
		at += track->to;
		track->to = track->first;
	}
	for (uint32_t i = 0; i < ledger->nrows; i++)
		order[ledger->track[ledger->row[i].root].to++] = i;
	return order;
}

static int
visit_track(struct ledger *ledger, const struct chronicle_range *range,
    const struct track *track, const uint32_t *order)
{
	int result = 0;

	for (uint32_t i = track->first; !result && i < track->to; i++) {
		struct chronicle_row row = ledger->row[order[i]];

		row.root = track->root;
		row.subject = track->subject;
		row.is_hidden = row.alert &&
		    (row.alert >= ledger->shown_cap ||
			!ledger->shown[row.alert]);
		result = range->visit(range->who, &row);
	}
	return result;
}

int
ledger_visit(struct ledger *ledger, const struct chronicle_range *range)
{
	uint32_t *order = sort_rows(ledger);
	struct track **sorted = calloc(ledger->ntracks + 1ul, sizeof(*sorted));
	int result = order && sorted ? 0 : STORE_MEMORY;
	uint32_t count = 0;

	for (uint32_t i = 0; !result && i < ledger->ntracks; i++)
		if (ledger->track[i].is_shown)
			sorted[count++] = &ledger->track[i];
	if (count > 0)
		qsort(sorted, count, sizeof(*sorted), order_tracks);
	for (uint32_t i = 0; !result && i < count; i++)
		result = visit_track(ledger, range, sorted[i], order);
	free(sorted);
	free(order);
	return result;
}
