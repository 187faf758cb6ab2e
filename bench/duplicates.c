/*
 * duplicates.c - find the duplicates of a stream of reports as the daemon
 * does, with blocks and cases in memory.
 *
 * bench-duplicates REPORTS CASES: REPORTS is MessagePack, one map after the
 * other; CASES becomes CSV: id,case,decision,best,rule,probability,similarity.
 * Prints figures as one JSON object.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/digest.h"
#include "bench/dupindex.h"
#include "bench/measure.h"
#include "daemon/core/fold.h"
#include "proto/value.h"

enum { FOLDED_MAX = 512, REPORTS_MAX = 4000000 };

static const uint8_t hash_key[16] = "bench-duplicates";

struct totals {
	uint64_t reports, candidates, pages, linked, review, possible, refused;
	uint64_t read_ns, look_ns, compare_ns, choose_ns, keep_ns;
};

static uint64_t
hash_name(const char *kind, struct text a, struct text b)
{
	char folded[FOLDED_MAX];
	size_t len = strlen(kind);
	memcpy(folded, kind, len);
	len += fold_name(a, folded + len, FOLDED_MAX / 3);
	folded[len++] = '\x1f';
	len += fold_name(b, folded + len, FOLDED_MAX / 3);
	return digest_sip64(hash_key, folded, len);
}

/* Ordinals as the store would give them; the sender is the organisation. */
static struct evidence_place
place_of(struct dupindex *index, const struct report *report, uint64_t seq)
{
	const struct text none = { NULL, 0 };
	bool is_model = report->model.len > 0;
	struct text second = is_model ? report->model : none;
	struct text first =
	    report->brand.len ? report->brand : report->category;
	return (struct evidence_place){
		.seq = seq,
		.product = dupindex_ordinal(index,
		    hash_name(is_model ? "model" : "brand", first, second)),
		.mode = report->mode.len
		    ? (uint16_t)dupindex_ordinal(index,
			  hash_name("mode", report->mode, none))
		    : 0,
		.organisation = (uint16_t)dupindex_ordinal(index,
		    hash_name("organisation", report->source, none)),
		.source = dupindex_ordinal(index,
		    report->reporter.len
			? hash_name("reporter", report->source,
			      report->reporter)
			: hash_name("group", report->source, report->group)),
		.is_model = is_model,
	};
}

static void
add_report(struct dupindex *index, const struct value *map,
    struct totals *totals, FILE *out)
{
	struct report_limits limits = { 1 << 16, 1 << 13, 60000 };
	struct refusal why;
	struct report report;
	struct evidence evidence;
	struct evidence_place place;
	struct dupindex_outcome outcome;
	uint64_t start;
	if (report_read(&report, map, &limits, NULL, &why))
		die("report %llu was refused: %s %s",
		    (unsigned long long)totals->reports, why.field, why.text);
	place = place_of(index, &report, totals->reports);
	start = now_ns();
	evidence_of(&evidence, &report, hash_key, report.source, &place);
	totals->read_ns += now_ns() - start;
	dupindex_add(index, &evidence, &outcome);
	totals->candidates += outcome.candidates;
	totals->pages += outcome.pages;
	totals->refused += outcome.refused;
	totals->linked += outcome.case_number != totals->reports;
	totals->review += outcome.linkage.decision == LINKAGE_REVIEW;
	totals->possible += outcome.linkage.decision == LINKAGE_POSSIBLE;
	totals->look_ns += outcome.look_ns;
	totals->compare_ns += outcome.compare_ns;
	totals->choose_ns += outcome.choose_ns;
	totals->keep_ns += outcome.keep_ns;
	totals->reports++;
	fprintf(out, "%.*s,%u,%s,%u,%s,%.4f,%.3f\n", TEXT_ARG(report.id),
	    outcome.case_number,
	    linkage_decision_name(outcome.linkage.decision), outcome.best,
	    linkage_rule_name(outcome.linkage.rule),
	    (double)outcome.linkage.probability,
	    (double)outcome.linkage.similarity);
}

static void
print_figures(const struct totals *totals)
{
	double reports = (double)totals->reports;
	double pairs = totals->candidates ? (double)totals->candidates : 1;
	printf("{\"reports\": %llu, \"candidates_per_report\": %.3f, "
	       "\"pages_per_report\": %.3f, \"linked\": %llu, "
	       "\"review\": %llu, \"possible\": %llu, \"refused\": %llu, "
	       "\"linkage_us\": %.5f, \"evidence_us\": %.4f, "
	       "\"look_us\": %.4f, \"compare_us\": %.4f, "
	       "\"choose_us\": %.4f, \"keep_us\": %.4f}\n",
	    (unsigned long long)totals->reports,
	    (double)totals->candidates / reports,
	    (double)totals->pages / reports, (unsigned long long)totals->linked,
	    (unsigned long long)totals->review,
	    (unsigned long long)totals->possible,
	    (unsigned long long)totals->refused,
	    (double)totals->compare_ns / pairs / 1e3,
	    (double)totals->read_ns / reports / 1e3,
	    (double)totals->look_ns / reports / 1e3,
	    (double)totals->compare_ns / reports / 1e3,
	    (double)totals->choose_ns / reports / 1e3,
	    (double)totals->keep_ns / reports / 1e3);
}

static uint32_t
count_values(struct text bytes)
{
	const uint8_t *at = (const uint8_t *)bytes.at;
	const uint8_t *end = at + bytes.len;
	struct value value;
	uint32_t count = 0;
	while (at < end && value_read(at, end, &value)) {
		at += value.span.len;
		count++;
	}
	if (at != end || count > REPORTS_MAX)
		die("not a stream of reports");
	return count;
}

int
main(int argc, char **argv)
{
	struct totals totals = { 0 };
	struct dupindex *index;
	struct text bytes;
	const uint8_t *at, *end;
	struct value map;
	FILE *out;
	if (argc != 3)
		die("usage: bench-duplicates REPORTS CASES");
	if (digest_init())
		die("no randomness");
	bytes = read_whole(argv[1]);
	at = (const uint8_t *)bytes.at;
	end = at + bytes.len;
	index = dupindex_new(count_values(bytes));
	out = fopen(argv[2], "w");
	if (!out)
		die("cannot write %s", argv[2]);
	fprintf(out, "id,case,decision,best,rule,probability,similarity\n");
	for (; at < end && value_read(at, end, &map); at += map.span.len)
		add_report(index, &map, &totals, out);
	if (fclose(out))
		die("cannot write %s", argv[2]);
	print_figures(&totals);
	dupindex_free(index);
	return 0;
}
