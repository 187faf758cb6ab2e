#include "daemon/core/detection.h"

#include <math.h>

#include "daemon/core/detect/disproportion.h"

/* A root's pulse, copied, at this week. */
static int
read_pulse(struct detection *detection, uint32_t product, uint16_t now,
    struct pulse *pulse)
{
	const struct pulse *row =
	    detection->rows.pulse(detection->rows.who, product);

	if (!row)
		return -1;
	*pulse = *row;
	pulse_roll(pulse, now);
	return 0;
}

/* What streams of the product with this pulse are seen against. */
static int
read_scene(struct detection *detection, const struct pulse *own,
    struct stream_scene *scene)
{
	struct volumes *volumes = detection->volumes;
	bool fault = false;
	const struct yardstick *yardstick =
	    volumes_yardstick(volumes, own->category, &fault);
	struct volume *measured = volumes_find(volumes,
	    yardstick ? yardstick->volume : own->category);
	struct volume *all = volumes_find(volumes, VOLUME_ALL);

	if (fault || !measured || !all)
		return -1;
	*scene =
	    (struct stream_scene){ .view = { .category = &measured->exposure,
				       .all = &all->exposure,
				       .own = own },
		    .is_alone = detection->is_alone };
	if (yardstick)
		scene->prior = (struct prior){ yardstick->a0, yardstick->b0,
			yardstick->size, yardstick->since };
	return 0;
}

static int
add_volume(struct detection *detection, uint64_t hash, uint16_t week,
    int32_t weight)
{
	/* Once its row has changed, it would be read in with the change. */
	if (!volumes_find(detection->volumes, hash))
		return -1;
	if (detection->rows.volume)
		detection->rows.volume(detection->rows.who, hash, week, weight);
	return volumes_add(detection->volumes, hash, week, weight);
}

/*
 * How much the report changes its category's volume.  What came too fast to
 * count is not taken out again.
 */
static int32_t
volume_change(const struct pulse *own, const struct detection_move *move,
    uint16_t week)
{
	uint16_t weight = subject_volume(move->facts);
	uint32_t held = weight;

	if (move->is_added)
		return week == move->now ? pulse_allowed(own, weight) : weight;
	if (own->week - week < PULSE_WEEKS)
		held = pulse_weight(own, week);
	return -(int32_t)(weight < held ? weight : held);
}

static int
move_volumes(struct detection *detection, uint64_t category, uint16_t week,
    int32_t change)
{
	const struct volume *own = volumes_find(detection->volumes, category);
	uint64_t family = own ? own->yardstick.family : 0;
	int result = own ? 0 : -1;

	if (!result)
		result = add_volume(detection, category, week, change);
	if (!result && family)
		result = add_volume(detection, family, week, change);
	return result ? result
		      : add_volume(detection, VOLUME_ALL, week, change);
}

/*
 * Its own pulse and its root's, of which a copy is left in *root.  What is too
 * old to count (week 0) changes neither.
 */
static int
move_pulses(struct detection *detection, const struct detection_move *move,
    uint16_t week, struct pulse *root)
{
	uint32_t product = move->facts->product;
	struct detection_rows *rows = &detection->rows;
	struct pulse *pulse = rows->pulse(rows->who, product);
	int32_t change;

	if (!pulse)
		return -1;
	detection->category = pulse->category;
	if (!week)
		return 0;
	pulse_roll(pulse, move->now);
	change = volume_change(pulse, move, week);
	pulse_add(pulse, week, change);
	*root = *pulse;
	if (move->root != product) {
		pulse = rows->pulse(rows->who, move->root);
		if (!pulse)
			return -1;
		pulse_roll(pulse, move->now);
		if (pulse->category == detection->category)
			pulse_add(pulse, week, change);
		*root = *pulse;
	}
	return change
	    ? move_volumes(detection, detection->category, week, change)
	    : 0;
}

static void
tell_roll(const struct detection *detection, const struct detection_roll *roll)
{
	if (detection->rows.roll)
		detection->rows.roll(detection->rows.who, roll);
}

/* In or out of a stream that is rolled. */
static void
change_stream(struct stream *stream, const struct detection_move *move,
    uint16_t week)
{
	uint16_t weight = subject_weight(move->facts);
	uint16_t organisation = move->facts->organisation;

	if (week != stream->week)
		stream_learn(stream, week, move->is_added ? weight : -weight);
	else if (move->is_added)
		stream_add(stream, organisation, weight);
	else
		stream_take(stream, organisation, weight);
}

static void
tell_news(struct detection *detection, const struct stream *stream,
    const struct stream_scene *scene)
{
	struct detection_news *news = &detection->news;
	bool fault = false;
	const struct yardstick *yardstick =
	    volumes_yardstick(detection->volumes, news->category, &fault);

	news->is_set = true;
	news->stream = *stream;
	stream_read(stream, scene, &news->reading);
	news->has_yardstick = yardstick != NULL;
	if (yardstick)
		news->yardstick = *yardstick;
}

/* Streams that are new, or have become severe, are counted. */
static void
count_stream(struct detection *detection, bool is_new, bool was_severe,
    bool is_severe)
{
	const struct detection_rows *rows = &detection->rows;

	if (!rows->count)
		return;
	if (!is_new && was_severe != is_severe)
		rows->count(rows->who, was_severe, -1);
	if (is_new || was_severe != is_severe)
		rows->count(rows->who, is_severe, 1);
}

static int
move_stream(struct detection *detection, const struct detection_move *move,
    uint16_t week, const struct pulse *own)
{
	struct detection_news *news = &detection->news;
	struct subject subject = subject_of(move->facts, &detection->words);
	bool is_severe = subject_is_severe(move->facts, &detection->words);
	struct stream_scene scene;
	struct stream *stream;
	bool is_new, was_severe;

	if (!own->has_streams || !subject_weight(move->facts))
		return 0;
	if (read_scene(detection, own, &scene))
		return -1;
	stream = detection->rows.stream(detection->rows.who, move->root,
	    subject, move->is_added);
	if (!stream)
		return move->is_added ? -1 : 0;
	is_new = !stream->week;
	was_severe = stream->flags & STREAM_SEVERE;
	tell_roll(detection,
	    &(struct detection_roll){ move->root, subject, move->now, stream,
		&scene });
	stream_roll(stream, &scene, move->now);
	change_stream(stream, move, week);
	if (is_severe && move->is_added)
		stream->flags |= STREAM_SEVERE;
	is_severe = stream->flags & STREAM_SEVERE;
	if (detection->wants_news && move->is_added && week == stream->week) {
		news->root = move->root;
		news->category = own->category;
		news->subject = subject;
		tell_news(detection, stream, &scene);
	}
	count_stream(detection, is_new, was_severe, is_severe);
	return 0;
}

int
detection_move(struct detection *detection, const struct detection_move *move)
{
	uint16_t week = subject_week(move->facts, move->received, move->now);
	struct pulse own;

	detection->news.is_set = false;
	if (move_pulses(detection, move, week, &own))
		return -1;
	return week ? move_stream(detection, move, week, &own) : 0;
}

/* Another's stream, copied, at this week: 0, 1 when there is none, or -1. */
static int
copy_stream(struct detection *detection, uint32_t root, struct subject subject,
    uint16_t now, struct stream *copy)
{
	struct stream_scene scene;
	struct pulse own;
	const struct stream *stream;

	stream =
	    detection->rows.stream(detection->rows.who, root, subject, false);
	if (!stream || !stream->week)
		return 1;
	*copy = *stream;
	if (read_pulse(detection, root, now, &own) ||
	    read_scene(detection, &own, &scene))
		return -1;
	stream_roll(copy, &scene, now);
	return 0;
}

int
detection_unite(struct detection *detection, const struct detection_union *both,
    struct subject subject)
{
	struct stream copy, *stream;
	struct stream_scene scene;
	struct pulse own;
	bool is_new, was_severe;
	int result =
	    copy_stream(detection, both->product, subject, both->now, &copy);

	if (result)
		return result < 0 ? -1 : 0;
	if (read_pulse(detection, both->root, both->now, &own) ||
	    read_scene(detection, &own, &scene))
		return -1;
	stream = detection->rows.stream(detection->rows.who, both->root,
	    subject, both->sign > 0);
	if (!stream)
		return both->sign > 0 ? -1 : 0;
	is_new = !stream->week;
	was_severe = stream->flags & STREAM_SEVERE;
	tell_roll(detection,
	    &(struct detection_roll){ both->root, subject, both->now, stream,
		&scene });
	stream_roll(stream, &scene, both->now);
	stream_unite(stream, &copy, both->sign);
	if (both->sign > 0)
		stream->flags |= copy.flags & STREAM_SEVERE;
	count_stream(detection, is_new, was_severe,
	    stream->flags & STREAM_SEVERE);
	return 0;
}

int
detection_unite_pulses(struct detection *detection,
    const struct detection_union *both)
{
	struct detection_rows *rows = &detection->rows;
	struct pulse other, *pulse;

	if (read_pulse(detection, both->product, both->now, &other))
		return -1;
	pulse = rows->pulse(rows->who, both->root);
	if (!pulse)
		return -1;
	pulse_roll(pulse, both->now);
	if (pulse->category == other.category)
		pulse_unite(pulse, &other, both->sign);
	return 0;
}

int
detection_ring(struct detection *detection, uint32_t root,
    struct subject subject, bool is_fired)
{
	struct stream *stream =
	    detection->rows.stream(detection->rows.who, root, subject, false);

	if (!stream)
		return 0;
	stream->flags |= STREAM_ALARMED;
	if (is_fired)
		stream_fire(stream);
	return 0;
}

/* All that was reported of a category, into another volume or out of it. */
static int
pour(struct detection *detection, uint64_t from, uint64_t into, int sign)
{
	const struct volume *own = volumes_find(detection->volumes, from);
	int result = own ? 0 : -1;

	for (unsigned i = 0; !result && i < own->exposure.count; i++)
		if (own->exposure.weight[i])
			result = add_volume(detection, into,
			    (uint16_t)(own->exposure.first + i),
			    sign * (int32_t)own->exposure.weight[i]);
	return result;
}

int
detection_measure(struct detection *detection, uint64_t category,
    const struct yardstick *yardstick)
{
	struct volume *own = volumes_find(detection->volumes, category);
	uint64_t family;
	int result = 0;

	if (!own)
		return -1;
	family = own->has_yardstick ? own->yardstick.family : 0;
	if (family != yardstick->family) {
		if (family)
			result = pour(detection, category, family, -1);
		if (!result && yardstick->family)
			result =
			    pour(detection, category, yardstick->family, 1);
	}
	own->yardstick = *yardstick;
	own->has_yardstick = true;
	return result;
}

/* What a baseline without the last weeks expects of them. */
static void
tell_window(const struct stream *stream, const struct stream_scene *scene,
    struct detection_news *news)
{
	struct detection_past *past = &news->past;
	uint16_t now = stream->week;
	double cases = 0, volume = 0, fade = 1;
	double total = news->reading.volume;

	past->observed = news->reading.observed;
	for (uint16_t i = 1; i < DETECTION_WEEKS && i < now;
	     i++, fade *= SRE_RHO) {
		uint16_t week = (uint16_t)(now - i);
		unsigned x = stream_recent(stream, week);
		double v;

		if (!exposure_is_observed(&scene->view, week))
			continue;
		v = exposure_volume(&scene->view, week);
		past->observed += x;
		cases += x * fade;
		volume += v * fade;
		total += v;
	}
	cases = stream->learnt > cases ? stream->learnt - cases : 0;
	volume = exposure_learnt(&scene->view, now) - volume;
	past->expected = total * (scene->prior.a0 + cases) /
	    (scene->prior.b0 + (volume > 0 ? volume : 0));
}

/* As the detector would see these weeks, begun anew. */
static unsigned
count_quiet(const struct stream *stream, const struct stream_scene *scene,
    const struct stream_reading *reading)
{
	double evidence[SRE_RATIOS] = { 0 };
	double observed[STREAM_WEEKS] = { 0 }, expected[STREAM_WEEKS] = { 0 };
	unsigned quiet = 0;

	for (unsigned i = 0; i < STREAM_WEEKS; i++) {
		uint16_t week = (uint16_t)(stream->week - STREAM_WEEKS + i);
		double sum = 0, x = 0, e = 0;
		struct sre_forecast forecast;

		if (stream->week <= STREAM_WEEKS ||
		    !exposure_is_observed(&scene->view, week))
			continue;
		forecast = sre_forecast(reading->a, reading->b,
		    exposure_volume(&scene->view, week), scene->prior.size);
		observed[i] = stream_recent(stream, week);
		expected[i] = forecast.mean;
		sre_step(evidence, &forecast, observed[i]);
		for (unsigned j = 0; j < SRE_RATIOS; j++)
			sum += evidence[j];
		for (unsigned j = 0; j < DETECTION_QUIET_WEEKS && j <= i; j++) {
			x += observed[i - j];
			e += expected[i - j];
		}
		quiet = sum < SRE_RATIOS && disproportion_ic(x, e, .025) <= 0
		    ? quiet + 1
		    : 0;
	}
	return quiet;
}

int
detection_look(struct detection *detection, uint32_t root,
    struct subject subject, uint16_t now)
{
	struct stream_scene scene;
	struct stream copy;
	struct pulse own;
	int result = copy_stream(detection, root, subject, now, &copy);

	detection->news.is_set = false;
	if (result)
		return result;
	if (read_pulse(detection, root, now, &own) ||
	    read_scene(detection, &own, &scene))
		return -1;
	if (detection->rows.roll)
		tell_roll(detection,
		    &(struct detection_roll){ root, subject, now,
			detection->rows.stream(detection->rows.who, root,
			    subject, false),
			&scene });
	detection->news.root = root;
	detection->news.category = own.category;
	detection->news.subject = subject;
	tell_news(detection, &copy, &scene);
	detection->news.past = (struct detection_past){ 0 };
	if (!detection->news.has_yardstick)
		return 0;
	tell_window(&copy, &scene, &detection->news);
	detection->news.past.quiet_weeks =
	    count_quiet(&copy, &scene, &detection->news.reading);
	return 0;
}
