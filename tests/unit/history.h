/*
 * history.h - a pseudo-random history of intake, for tests: reports of a few
 * products that come, change, go and come back, and alerts that grow old.
 */
#ifndef TOCSIN_TESTS_HISTORY_H
#define TOCSIN_TESTS_HISTORY_H

#include "tests/unit/intake_rig.h"
#include "tests/unit/notation.h"

struct history {
	struct rig rig;
	uint64_t random;
	unsigned ids; /* reports that there can be */
	int day;
	unsigned lived; /* stretches */
};

static inline unsigned
pick(struct history *history, unsigned below)
{
	history->random = history->random * UINT64_C(6364136223846793005) +
	    1442695040888963407;
	return (unsigned)(history->random >> 33) % below;
}

static const char *
pick_word(struct history *history, const char *const *words)
{
	unsigned count = 0;

	while (words[count] != NULL)
		count++;
	return words[pick(history, count)];
}

/* Names that fold to few products, some of which are joined by a barcode. */
static inline void
write_product(struct history *history, struct buf *out)
{
	static const char *const brands[] = { "Moulinex", "MOULINEX",
		"moulinex", "Dupont & Fils", "DUPONT et fils", "Philips",
		"philips", NULL };
	static const char *const models[] = { "K 1", "K1", "k1", "X-200",
		"x200", NULL };
	static const char *const categories[] = { "kettle", "toaster", "lamp",
		NULL };

	buf_printf(out, "'product': {'category': '%s'",
	    pick_word(history, categories));
	if (pick(history, 8) > 0)
		buf_printf(out, ", 'brand': '%s'", pick_word(history, brands));
	if (pick(history, 4) > 0)
		buf_printf(out, ", 'model': '%s'", pick_word(history, models));
	if (pick(history, 6) == 0)
		buf_printf(out, ", 'gtin': '4006381333931'");
	buf_printf(out, "}, ");
}

static inline void
write_facts(struct history *history, struct buf *out)
{
	static const char *const modes[] = { "overheating", "smoke",
		"odd noise", "leak", "will not start", NULL };
	static const char *const severities[] = { "none", "damage", "minor",
		"medical", "severe", "fatal", NULL };
	static const char *const countries[] = { "FR", "BE", "NL", "DK", NULL };
	static const char *const days[] = { "2026-11-03", "2026-10", "2025",
		"2024-02-29", NULL };

	buf_printf(out, "'failure': {'mode': '%s'%s}, 'country': '%s'",
	    pick_word(history, modes),
	    pick(history, 3) ? "" : ", 'hazard': ['fire', 'burn']",
	    pick_word(history, countries));
	if (pick(history, 4))
		buf_printf(out, ", 'severity': '%s'",
		    pick_word(history, severities));
	buf_printf(out, ", 'occurred': '%s'", pick_word(history, days));
	if (pick(history, 3) == 0)
		buf_printf(out, ", 'injured': %u, 'deaths': %u, 'units': %u",
		    pick(history, 3), pick(history, 2), pick(history, 9));
	if (pick(history, 5) == 0)
		buf_printf(out, ", 'filed': '2026-01-05'");
}

/* A report of one of a few ids: new, the same, another text, or back again. */
static inline void
write_report(struct history *history, struct buf *map)
{
	static const char *const licences[] = { "CC0", "CC BY 4.0", "ODbL",
		NULL };
	struct buf text = { 0 };

	buf_printf(&text, "{'id': '%u', 'kind': '%s', ",
	    pick(history, history->ids),
	    pick(history, 2) ? "incident" : "breakdown");
	write_product(history, &text);
	write_facts(history, &text);
	buf_printf(&text, ", 'origin': {'group': 'cafe %u'", pick(history, 9));
	if (pick(history, 3))
		buf_printf(&text, ", 'licence': '%s'",
		    pick_word(history, licences));
	buf_printf(&text, "}}");
	buf_u8(&text, 0);
	assert_false(text.failed);
	buf_clear(map);
	notation(map, (const char *)text.at);
	buf_free(&text);
}

static inline void
prepare(struct history *history)
{
	static const char *const organisations[] = { "ufc", "which", "taenk",
		NULL };
	struct rig *rig = &history->rig;
	struct refusal why = { 0 };
	struct value map;

	write_report(history, &rig->map);
	rig->prepare = (struct prepare_options){
		.vocabulary = rig->vocabulary,
		.limits = { 65536, 8192, intake_today(&rig->intake) },
		.hash_key = store_hash_key(rig->store),
		.keys = &rig->keys,
		.organisation = text_of(pick_word(history, organisations)),
		.backfill_days = 35,
		.compares = true,
	};
	rig->decide = (struct decide_options){ .prepare = &rig->prepare,
		.organisation_hash = prepare_name_hash(rig->prepare.hash_key,
		    NAME_ORGANISATION, rig->prepare.organisation) };
	assert_true(value_of(buf_text(&rig->map), &map));
	if (prepare_report(&rig->prepare, &map, &rig->candidate, NULL, &why))
		fail_msg("%s: %s", why.field, why.text);
}

static inline void
forget_notices(struct intake *intake)
{
	while (intake->notices) {
		struct alert_notice *notice = intake->notices;

		intake->notices = notice->next;
		free(notice);
	}
	intake->last_notice = &intake->notices;
}

/* How often each thing happened. */
struct happened {
	unsigned status[STATUS_COUNT];
	unsigned withdrawn, revived;
};

static inline void
step(struct history *history, struct happened *happened)
{
	struct rig *rig = &history->rig;
	struct decision decision = { 0 };
	struct facts left;
	uint64_t seq;
	int result;

	prepare(history);
	if (pick(history, 6) == 0) {
		result = decide_withdrawal(&rig->intake, rig->candidate.key,
		    TEXT("a test"), &seq, &left);
		assert_true(result == STORE_OK || result == STORE_NOT_FOUND);
		happened->withdrawn += result == STORE_OK;
	} else {
		for (unsigned times = 1 + pick(history, 2); times > 0; times--)
			assert_int_equal(decide_report(&rig->intake,
					     &rig->candidate, &rig->decide,
					     &decision),
			    STORE_OK);
		happened->status[decision.status]++;
		happened->revived += decision.was_withdrawn;
	}
	if (pick(history, 9) == 0)
		rig_append(rig);
	forget_notices(&rig->intake);
}

/* Some history, then days in which alerts may grow old, and a checkpoint. */
static inline void
live(struct history *history, unsigned steps, struct happened *happened)
{
	struct rig *rig = &history->rig;

	for (unsigned i = 0; i < steps; i++)
		step(history, happened);
	rig_append(rig);
	/* Alerts are quiet for long enough every other time, not at last. */
	history->day += history->lived++ % 2 ? 80 : 3;
	rig_set_day(rig, history->day);
	ring_age(&rig->intake);
	rig_append(rig);
	forget_notices(&rig->intake);
	store_wait_durable(rig->store);
	while (store_applied(rig->store) < store_seq(rig->store)) {
		store_checkpoint(rig->store);
		usleep(1000);
	}
}

static inline void
begin(struct history *history, const char *dir, unsigned ids)
{
	struct rig *rig = &history->rig;

	*history = (struct history){ .ids = ids, .random = 11 };
	rig_init(rig, dir);
	rig_set_rule(rig);
	rig->rules.rule[1] = rig->rules.rule[0];
	rig->rules.rule[1].id = 9;
	rig->rules.rule[1].scope = SCOPE_MODE;
	rig->rules.rule[1].sources = 3;
	rig->rules.count = 2;
	rig_open(rig);
}

static inline void
end(struct history *history)
{
	rig_close(&history->rig);
	rig_fini(&history->rig);
}

#endif
