/*
 * curators.h - for tests: curators in a history, who merge, split, name and
 * take back at random, while reports keep coming.
 */
#ifndef TOCSIN_TESTS_CURATORS_H
#define TOCSIN_TESTS_CURATORS_H

#include "tests/unit/history.h"

#include "daemon/intake/curate.h"

/* What they did. */
struct acts {
	unsigned merged, split, renamed, undone, refused;
	uint64_t last; /* act that may be taken back */
};

/* All that is decided, durable and in a checkpoint. */
static inline void
settle_history(struct history *history)
{
	struct rig *rig = &history->rig;

	rig_append(rig);
	store_wait_durable(rig->store);
	while (store_applied(rig->store) < store_seq(rig->store)) {
		store_checkpoint(rig->store);
		usleep(1000);
	}
}

/* The families there will be. */
static inline void
plan_overlaps(const struct curation *curation, struct overlap overlap[2])
{
	struct family all = curation->family, rest = { .root = all.root };

	for (unsigned i = 0; i < all.count; i++)
		if (!family_holds(&curation->branch, all.member[i]))
			rest.member[rest.count++] = all.member[i];
	if (curation->kind == CURATION_MERGE) {
		struct family alone = { .root = curation->product,
			.count = 1,
			.member = { curation->product } };

		for (unsigned i = 0; i < curation->branch.count; i++)
			all.member[all.count++] = curation->branch.member[i];
		overlap_init(&overlap[0], &all);
		overlap_init(&overlap[1], &alone);
	} else {
		overlap_init(&overlap[0], &rest);
		overlap_init(&overlap[1], &curation->branch);
	}
}

/* Some reports, where the history has any. */
static inline void
report_meanwhile(struct history *history)
{
	struct happened happened = { 0 };

	for (unsigned steps = history->ids ? pick(history, 12) : 0; steps > 0;
	     steps--)
		step(history, &happened);
}

/* Counted from a snapshot, and put right for the reports that came since. */
static inline void
count_overlaps(struct history *history, struct overlap overlap[2])
{
	struct rig *rig = &history->rig;
	struct snapshot *snapshot;

	for (unsigned i = 0; i < 2; i++)
		overlap_begin(&overlap[i], &rig->intake.projection);
	settle_history(history);
	report_meanwhile(history);
	snapshot = snapshot_open(rig->store);
	assert_non_null(snapshot);
	for (unsigned i = 0; i < 2; i++)
		assert_int_equal(overlap_gather(&overlap[i], snapshot), 0);
	snapshot_close(snapshot);
	report_meanwhile(history);
	for (unsigned i = 0; i < 2; i++) {
		overlap_end(&overlap[i], &rig->intake.projection);
		assert_true(
		    overlap_settle(&overlap[i], &rig->intake.projection));
	}
}

/* The sequence of the act; 0: it was refused, and nothing changed. */
static inline uint64_t
curate(struct history *history, struct curation *curation)
{
	struct intake *intake = &history->rig.intake;
	struct overlap overlap[2] = { 0 };
	struct refusal why = { 0 };
	unsigned noverlaps = 0;
	struct buf body = { 0 };
	uint64_t seq;

	if (curate_check(intake, curation, &why) != 0)
		return 0;
	if (curation->kind == CURATION_MERGE ||
	    curation->kind == CURATION_SPLIT) {
		noverlaps = 2;
		plan_overlaps(curation, overlap);
		count_overlaps(history, overlap);
		assert_int_equal(curate_check(intake, curation, &why), 0);
	}
	pack_map(&body, 0);
	curation->body = buf_text(&body);
	curation->organisation = TEXT("ufc");
	curation->organisation_hash =
	    prepare_name_hash(store_hash_key(history->rig.store),
		NAME_ORGANISATION, curation->organisation);
	seq = curate_take(intake, curation, overlap, noverlaps);
	assert_int_equal(intake->projection.result, STORE_OK);
	forget_notices(intake);
	rig_append(&history->rig);
	for (unsigned i = 0; i < 2; i++)
		overlap_fini(&overlap[i]);
	buf_free(&body);
	return seq;
}

static inline void
name_product(struct history *history, struct curation *curation)
{
	static const char *const names[] = { "Given\x1fName",
		"Philips\x1fK 1\xc3\xa9", "Only a brand\x1f", NULL };
	const char *name = pick_word(history, names);

	curation->kind = CURATION_RENAME;
	curation->given_len = (uint16_t)strlen(name);
	memcpy(curation->given, name, curation->given_len);
}

static inline void
act(struct history *history, struct acts *acts)
{
	struct intake *intake = &history->rig.intake;
	unsigned nproducts =
	    (unsigned)projection_counter(&intake->projection, COUNTER_PRODUCTS);
	struct curation curation = { .product = 1 + pick(history, nproducts),
		.other = 1 + pick(history, nproducts) };
	unsigned what = pick(history, 10);
	uint64_t seq;

	if (what < 5)
		curation.kind = CURATION_MERGE;
	else if (what < 7)
		curation.kind = CURATION_SPLIT;
	else if (what < 9)
		name_product(history, &curation);
	else
		curation.undoes = acts->last ? acts->last : 1;
	seq = curate(history, &curation);
	acts->refused += seq == 0;
	if (seq == 0)
		return;
	acts->undone += curation.undoes != 0;
	acts->merged += curation.kind == CURATION_MERGE;
	acts->split += curation.kind == CURATION_SPLIT;
	acts->renamed += curation.kind == CURATION_RENAME;
	acts->last = curation.undoes ? 0 : seq;
}

/* As live, with a few acts among the reports. */
static inline void
live_curated(struct history *history, unsigned steps, struct happened *happened,
    struct acts *acts)
{
	enum { PARTS = 6 };

	for (unsigned part = 0; part < PARTS; part++) {
		for (unsigned i = 0; i < steps / PARTS; i++)
			step(history, happened);
		act(history, acts);
	}
	live(history, steps / PARTS, happened);
}

#endif
