/*
 * linkage.c - how long reading the evidence of a report and comparing a pair
 * take, without a daemon around them.
 *
 * bench-linkage REPORTS: MessagePack, one map after the other.  Each report
 * is compared with those before it of its product and mode, at most a page of
 * them.  Prints figures as one JSON object.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/digest.h"
#include "bench/measure.h"
#include "daemon/core/fold.h"
#include "daemon/core/linkage.h"
#include "proto/value.h"

enum { FOLDED_MAX = 512, FOUND_MAX = 8, CANDIDATES = 16 };

static const uint8_t hash_key[16] = "bench-linkage";
static const struct pseudonym_key serial_key = { .sip = "bench-linkage" };
static const struct evidence_keys keys = { hash_key, &serial_key };

struct held {
	struct evidence *at; /* owned */
	uint32_t count;
	uint64_t read_ns;
};

static uint64_t
hash_names(struct text a, struct text b)
{
	char folded[FOLDED_MAX];
	size_t len = fold_name(a, folded, FOLDED_MAX / 2 - 1);

	folded[len++] = '\x1f';
	len += fold_name(b, folded + len, FOLDED_MAX / 2);
	return digest_sip64(hash_key, folded, len);
}

/* Hashes stand for the ordinals of a store. */
static struct evidence_place
place_of(const struct report *report, uint64_t seq)
{
	const struct text none = { NULL, 0 };

	return (struct evidence_place){
		.seq = seq,
		.product = (uint32_t)hash_names(report->brand, report->model),
		.mode = (uint16_t)hash_names(report->mode, none),
		.source = (uint32_t)hash_names(report->source, report->group),
		.is_model = report->model.len > 0,
	};
}

static void
hold(struct held *held, const struct value *map)
{
	const struct report_limits limits = { 1 << 16, 1 << 13, 60000 };
	const struct text organisation = { "bench", 5 };
	struct refusal why;
	struct report report;
	struct evidence_place place;
	uint64_t start;

	if (report_read(&report, map, &limits, NULL, &why))
		die("report %u was refused: %s %s", held->count, why.field,
		    why.text);
	place = place_of(&report, held->count + 1);
	start = now_ns();
	evidence_of(&held->at[held->count], &report, &keys, organisation,
	    &place);
	held->read_ns += now_ns() - start;
	held->count++;
}

static void
read_reports(struct held *held, struct text bytes)
{
	const uint8_t *at = (const uint8_t *)bytes.at;
	const uint8_t *end = at + bytes.len;
	uint32_t most = 1024;
	struct value map;

	held->at = must_alloc(most, sizeof(*held->at));
	for (; at < end && value_read(at, end, &map); at += map.span.len) {
		if (held->count == most) {
			most *= 2;
			held->at = realloc(held->at, most * sizeof(*held->at));
			if (!held->at)
				die("out of memory");
		}
		hold(held, &map);
	}
	if (at != end || !held->count)
		die("not a stream of reports");
}

static int
order_groups(const void *left, const void *right)
{
	const struct evidence *a = left, *b = right;

	if (a->product != b->product)
		return a->product < b->product ? -1 : 1;
	if (a->mode != b->mode)
		return a->mode < b->mode ? -1 : 1;
	return evidence_seq(a) < evidence_seq(b) ? -1 : 1;
}

/* Pairs looked over; what was found is summed up, so that it is not idle. */
static uint64_t
compare_all(const struct held *held, uint64_t *found)
{
	struct linkage_weights weights;
	uint64_t pairs = 0;

	linkage_weights_init(&weights, LINKAGE_PRIOR_ODDS);
	for (uint32_t i = 0; i < held->count; i++) {
		const struct evidence *fresh = &held->at[i];
		const struct evidence *candidate[CANDIDATES];
		struct linkage_found best[FOUND_MAX];
		struct linkage_block block;
		unsigned count = 0;

		while (count < CANDIDATES && count < i &&
		    fresh[-1 - (int)count].product == fresh->product &&
		    fresh[-1 - (int)count].mode == fresh->mode) {
			candidate[count] = &fresh[-1 - (int)count];
			count++;
		}
		if (!count)
			continue;
		linkage_block_init(&block, &weights, fresh, candidate, count);
		*found += linkage_search(&block, best, FOUND_MAX);
		pairs += count;
	}
	return pairs;
}

int
main(int argc, char **argv)
{
	struct held held = { 0 };
	uint64_t start, ns, pairs, found = 0;

	if (argc != 2)
		die("usage: bench-linkage REPORTS");
	if (digest_init())
		die("no randomness");
	read_reports(&held, read_whole(argv[1]));
	qsort(held.at, held.count, sizeof(*held.at), order_groups);
	start = now_ns();
	pairs = compare_all(&held, &found);
	ns = now_ns() - start;
	printf("{\"reports\": %u, \"pairs\": %llu, \"found\": %llu, "
	       "\"linkage_us\": %.5f, \"evidence_us\": %.4f}\n",
	    held.count, (unsigned long long)pairs, (unsigned long long)found,
	    (double)ns / (double)(pairs ? pairs : 1) / 1e3,
	    (double)held.read_ns / held.count / 1e3);
	free(held.at);
	return 0;
}
