#include "daemon/intake/prepare.h"

#include <stdio.h>

#include "base/digest.h"
#include "daemon/core/duplicate.h"
#include "daemon/store/db/keys.h"

int
backfill_find(struct text word)
{
	if (!word.len || text_is(word, "auto"))
		return BACKFILL_AUTO;
	if (text_is(word, "all"))
		return BACKFILL_ALL;
	return text_is(word, "none") ? BACKFILL_NONE : -1;
}

uint64_t
prepare_name_hash(const uint8_t hash_key[16], uint8_t kind, struct text name)
{
	uint8_t bytes[1 + SOURCE_NAME_MAX];
	size_t len = name.len < SOURCE_NAME_MAX ? name.len : SOURCE_NAME_MAX;

	bytes[0] = kind;
	if (len)
		memcpy(bytes + 1, name.at, len);
	return digest_sip64(hash_key, bytes, len + 1);
}

uint64_t
prepare_label_hash(const uint8_t hash_key[16], struct text organisation,
    struct text label)
{
	char both[2 * 64 + 2];
	int len = snprintf(both, sizeof(both), "%.*s\x1f%.*s",
	    TEXT_ARG(organisation), TEXT_ARG(label));

	return prepare_name_hash(hash_key, NAME_LABEL,
	    (struct text){ both, (size_t)len });
}

/* The space of ids a report comes from: its own, else the organisation's. */
static struct text
origin_of(const struct prepare_options *options, struct text source)
{
	return source.len ? source : options->organisation;
}

void
prepare_key(const struct prepare_options *options, struct text source,
    struct text id, uint8_t out[16])
{
	duplicate_key(options->hash_key, options->organisation,
	    origin_of(options, source), id, out);
}

struct text
prepare_source(const struct prepare_options *options,
    const struct report *report, char out[SOURCE_NAME_MAX])
{
	struct text origin = origin_of(options, report->source);
	char pseudonym[PSEUDONYM_MAX];
	size_t len;

	if (report->reporter.len) {
		pseudonym_of(&options->keys->now, "reporter",
		    options->organisation, report->reporter, pseudonym);
		len = pseudonym_name(options->keys->now.epoch, pseudonym, out);
	} else if (report->group.len) {
		len = (size_t)snprintf(out, SOURCE_NAME_MAX, "g:%.*s/%.*s/%.*s",
		    TEXT_ARG(options->organisation), TEXT_ARG(origin),
		    TEXT_ARG(report->group));
	} else {
		len = (size_t)snprintf(out, SOURCE_NAME_MAX, "s:%.*s/%.*s",
		    TEXT_ARG(options->organisation), TEXT_ARG(origin));
	}
	return (struct text){ out, len };
}

static bool
is_backfill(const struct prepare_options *options, const struct report *report)
{
	if (options->backfill != BACKFILL_AUTO)
		return options->backfill == BACKFILL_ALL;
	return report->filed.day <
	    options->limits.today - options->backfill_days;
}

uint64_t
prepare_reporter_hash(const uint8_t hash_key[16], uint32_t epoch,
    const char *pseudonym)
{
	char name[PSEUDONYM_NAME_MAX];
	size_t len = pseudonym_name(epoch, pseudonym, name);

	return prepare_name_hash(hash_key, NAME_SOURCE,
	    (struct text){ name, len });
}

bool
prepare_is_same(const struct candidate *candidate, uint64_t fingerprint)
{
	return fingerprint == candidate->fingerprint ||
	    (candidate->fingerprint_before &&
		fingerprint == candidate->fingerprint_before);
}

/* What reporter and serial leave of themselves, under both epochs' keys. */
static void
fill_codes(const struct prepare_options *options, struct candidate *candidate)
{
	const struct pseudonym_keys *keys = options->keys;
	const struct report *report = &candidate->report;
	struct duplicate_keys codes = { &keys->now, &keys->serial };
	char pseudonym[PSEUDONYM_MAX];

	candidate->fingerprint = duplicate_fingerprint(report, &codes);
	candidate->fingerprint_before = candidate->source_before = 0;
	if (!report->reporter.len || !keys->before.epoch)
		return;
	codes.reporter = &keys->before;
	candidate->fingerprint_before = duplicate_fingerprint(report, &codes);
	pseudonym_of(&keys->before, "reporter", options->organisation,
	    report->reporter, pseudonym);
	candidate->source_before = prepare_reporter_hash(options->hash_key,
	    keys->before.epoch, pseudonym);
}

int
prepare_report(const struct prepare_options *options, const struct value *map,
    struct candidate *candidate, struct problems *problems, struct refusal *why)
{
	struct report *report = &candidate->report;
	char source[SOURCE_NAME_MAX];
	struct text origin;
	int code = report_read(report, map, &options->limits, problems, why);

	if (code)
		return code;
	origin = origin_of(options, report->source);
	product_identify(options->vocabulary, report, &candidate->identity,
	    problems);
	candidate->nproduct_keys =
	    product_keys(&candidate->identity, candidate->product_key);
	prepare_key(options, report->source, report->id, candidate->key);
	fill_codes(options, candidate);
	candidate->is_backfill = is_backfill(options, report);
	candidate->has_evidence = options->compares;
	if (options->compares)
		evidence_read(&candidate->evidence, report,
		    &(struct evidence_keys){ options->hash_key,
			&options->keys->serial },
		    options->organisation);
	candidate->source_hash = prepare_name_hash(options->hash_key,
	    NAME_SOURCE, prepare_source(options, report, source));
	candidate->origin_hash =
	    prepare_name_hash(options->hash_key, NAME_ORIGIN, origin);
	candidate->mode_hash = prepare_name_hash(options->hash_key, NAME_MODE,
	    (struct text){ candidate->identity.mode,
		candidate->identity.mode_len });
	candidate->licence_hash = report->licence.len
	    ? prepare_name_hash(options->hash_key, NAME_LICENCE,
		  report->licence)
	    : 0;
	return 0;
}
