#include "daemon/intake/notice.h"

#include <stdio.h>
#include <string.h>

#include "base/date.h"
#include "base/digest.h"
#include "daemon/core/product.h"
#include "daemon/core/sentence.h"
#include "daemon/intake/explanation.h"
#include "daemon/intake/shown.h"
#include "daemon/store/family.h"
#include "daemon/store/rows.h"
#include "proto/codec.h"

/* Products that were merged into it are named, so that filters follow. */
static void
pack_members(struct buf *out, const struct family *family)
{
	pack_string(out, "members");
	pack_list(out, family->count - 1);
	for (unsigned i = 1; i < family->count; i++) {
		char id[PUBLIC_ID_MAX];

		product_id_format(family->member[i], id);
		pack_string(out, id);
	}
}

static void
pack_product(struct buf *out, const struct shown *shown,
    const struct family *family)
{
	pack_string(out, "product");
	pack_map(out, family->count > 1 ? 6 : 5);
	pack_field_string(out, "id", shown->id);
	pack_field_text(out, "name",
	    (struct text){ shown->name, shown->name_len });
	pack_field_string(out, "brand", shown->brand);
	pack_field_string(out, "model", shown->model);
	pack_field_string(out, "category", shown->category);
	if (family->count > 1)
		pack_members(out, family);
}

static void
pack_hazards(const struct vocabulary *vocabulary, struct buf *out,
    uint32_t mask)
{
	size_t token;
	uint32_t count = 0;

	pack_string(out, "hazards");
	token = pack_open_list(out);
	for (unsigned i = 0;
	     i < vocabulary_count(vocabulary, WORDS_HAZARD) && i < 32; i++)
		if (mask & 1u << i) {
			pack_text(out,
			    vocabulary_word(vocabulary, WORDS_HAZARD, i)->slug);
			count++;
		}
	pack_close_list(out, token, count);
}

static void
pack_countries(struct buf *out, const struct rule_counts *counts)
{
	pack_string(out, "countries");
	pack_list(out, counts->ncountries);
	for (unsigned i = 0; i < counts->ncountries; i++) {
		char code[2] = { (char)(counts->country[i] >> 8),
			(char)(counts->country[i] & 0xff) };

		pack_text(out, (struct text){ code, sizeof(code) });
	}
}

static void
pack_kinds(struct buf *out, uint8_t kinds)
{
	uint32_t count = (kinds & 1) + (kinds >> 1 & 1);

	pack_string(out, "kinds");
	pack_list(out, count);
	for (unsigned kind = 0; kind < 2; kind++)
		if (kinds & 1u << kind)
			pack_string(out,
			    report_kind_name((enum report_kind)kind));
}

static void
pack_day(struct buf *out, const char *key, int32_t day)
{
	char text[DATE_MAX];

	date_format((struct date){ day, DATE_DAY }, text);
	pack_field_string(out, key, text);
}

static void
pack_counts(struct buf *out, const struct rule_counts *counts)
{
	pack_string(out, "counts");
	pack_map(out, 4);
	pack_field_uint(out, "reports", counts->reports);
	pack_field_uint(out, "cases", counts->cases);
	pack_field_uint(out, "sources", counts->sources);
	pack_field_uint(out, "organisations", counts->organisations);
	pack_field_uint(out, "cases_min", counts->cases_min);
	pack_string(out, "window");
	pack_map(out, 3);
	pack_day(out, "from", counts->from);
	pack_day(out, "to", counts->to);
	pack_field_string(out, "clock", "filed");
	pack_day(out, "first_seen", counts->first);
	pack_day(out, "last_seen", counts->last);
}

/* What a reader needs to check the rule by hand. */
static void
pack_evidence(struct buf *out, const struct announcement *announcement)
{
	const struct rule *rule = announcement->rule;
	const struct rule_counts *counts = announcement->counts;

	size_t token;
	uint32_t count = 6;

	pack_string(out, "evidence");
	token = pack_open_map(out);
	pack_field_uint(out, "window_days", (uint64_t)rule->window_days);
	pack_field_uint(out, "sources_at_least", rule->sources);
	pack_field_uint(out, "cases_at_least", rule->cases);
	pack_field_uint(out, "reports_at_least", rule->reports);
	pack_field_uint(out, "organisations_at_least", rule->organisations);
	pack_field_bool(out, "counts_are_at_least", counts->is_at_least);
	if (announcement->sources) {
		pack_field_uint(out, "episode_sources", announcement->sources);
		count++;
	}
	if (announcement->explanation)
		count += explanation_pack(announcement->explanation, out);
	pack_close_map(out, token, count);
}

static void
pack_sentences(struct buf *out, const struct sentence_facts *facts)
{
	char text[SENTENCE_MAX];

	pack_string(out, "sentence");
	pack_map(out, 2);
	sentence_en(facts, text);
	pack_field_string(out, "en", text);
	sentence_fr(facts, text);
	pack_field_string(out, "fr", text);
}

/*
 * Only a word of the vocabulary is said: "unstated" and "other" are said by
 * saying nothing, and a mode in a reporter's own words is theirs.
 */
static void
name_mode(const struct vocabulary *vocabulary, const char *mode,
    struct sentence_facts *facts)
{
	int index = vocabulary_find(vocabulary, WORDS_MODE, text_of(mode));
	const struct word *word;

	if (index < 0 || !strcmp(mode, "unstated") || !strcmp(mode, "other"))
		return;
	word = vocabulary_word(vocabulary, WORDS_MODE, (unsigned)index);
	facts->mode_en = word->en;
	facts->mode_fr = word->fr;
}

static void
pack_state(struct buf *out, const struct notice_facts *facts)
{
	const struct alarm *alarm = facts->alarm;
	const struct rule *rule = facts->announcement->rule;
	char id[PUBLIC_ID_MAX], prev[65];

	alert_id_format(alarm->id, id);
	digest_hex(facts->chain, 32, prev);
	pack_field_string(out, "id", id);
	pack_field_uint(out, "episode", alarm->episode);
	pack_field_string(out, "state",
	    alarm_status_name((enum alarm_status)alarm->status));
	pack_field_string(out, "prev", prev);
	pack_field_string(out, "basis", rule_basis_name(rule->basis));
	pack_field_string(out, "rule", rule->name);
	pack_field_uint(out, "rule_version", rule->version);
}

/*
 * What only some alerts say, the same in whatever is published of one: why it
 * was held, that it is muted, what people said of it.
 */
static const char *const mark_names[] = { "held", "muted", "judged",
	"acknowledged" };

static bool
is_mark(struct text key)
{
	for (unsigned i = 0; i < sizeof(mark_names) / sizeof(*mark_names); i++)
		if (text_is(key, mark_names[i]))
			return true;
	return false;
}

static uint32_t
count_marks(const struct alarm *alarm)
{
	return (uint32_t)((alarm->hold != HOLD_NONE) + (alarm->muted_seq != 0) +
	    (alarm->verdict != VERDICT_NONE) + (alarm->is_acknowledged != 0));
}

static void
pack_marks(struct intake *intake, const struct alarm *alarm, struct buf *out)
{
	if (alarm->hold)
		pack_field_string(out, "held",
		    alarm_hold_name((enum alarm_hold)alarm->hold));
	if (alarm->muted_seq) {
		pack_string(out, "muted");
		pack_map(out, 2);
		pack_day(out, "until", alarm->muted_until);
		pack_field_text(out, "reason",
		    mutes_reason(&intake->mutes, alarm->id));
	}
	if (alarm->verdict)
		pack_field_bool(out, "judged", alarm->verdict == VERDICT_TRUE);
	if (alarm->is_acknowledged)
		pack_field_bool(out, "acknowledged", true);
}

/* Alerts whose evidence this one took over. */
static void
pack_replaces(struct buf *out, const struct announcement *announcement)
{
	pack_string(out, "replaces");
	pack_list(out, announcement->nreplaces);
	for (unsigned i = 0; i < announcement->nreplaces; i++) {
		char id[PUBLIC_ID_MAX];

		alert_id_format(announcement->replaces[i], id);
		pack_string(out, id);
	}
}

void
notice_write(struct intake *intake, const struct notice_facts *facts,
    struct buf *out)
{
	const struct rule_counts *counts = facts->announcement->counts;
	struct sentence_facts sentence = { .counts = counts };
	struct text mode = { 0 };
	char mode_name[PRODUCT_SLUG_MAX + 1];
	struct family family;
	struct shown shown;

	if (!intake_family(intake, facts->alarm->product, &family))
		return;
	shown_read(&intake->projection, intake->vocabulary,
	    facts->alarm->product, &shown);
	if (facts->alarm->mode)
		mode = intake_name_text(intake, NAME_MODE, facts->alarm->mode);
	shown_copy(mode_name, sizeof(mode_name), mode);
	sentence.product = (struct text){ shown.name, shown.name_len };
	name_mode(intake->vocabulary, mode_name, &sentence);
	if (facts->announcement->explanation)
		sentence.expected =
		    facts->announcement->explanation->news.past.expected;
	pack_map(out, 21 + count_marks(facts->alarm));
	pack_state(out, facts);
	pack_marks(intake, facts->alarm, out);
	pack_product(out, &shown, &family);
	pack_field_string(out, "mode", mode_name);
	pack_field_string(out, "severity", severity_name(counts->severity));
	pack_hazards(intake->vocabulary, out, counts->hazards);
	pack_kinds(out, counts->kinds);
	pack_countries(out, counts);
	pack_counts(out, counts);
	pack_evidence(out, facts->announcement);
	pack_sentences(out, &sentence);
	pack_replaces(out, facts->announcement);
}

/* Pairs of the map that are repeated, changed or not. */
static uint32_t
count_repeated(const struct value *published)
{
	struct value_walk walk = value_walk(published);
	struct value key, item;
	uint32_t count = 0;

	while (value_next_pair(&walk, &key, &item))
		count += !is_mark(value_text(&key));
	return count;
}

void
notice_repeat(struct intake *intake, const struct alarm *alarm,
    const uint8_t chain[32], const struct value *published, struct buf *out)
{
	struct value_walk walk = value_walk(published);
	struct value key, item;
	char prev[65];

	digest_hex(chain, 32, prev);
	pack_map(out, count_repeated(published) + count_marks(alarm));
	while (value_next_pair(&walk, &key, &item)) {
		struct text name = value_text(&key);

		if (is_mark(name))
			continue;
		pack_raw(out, key.span);
		if (text_is(name, "state"))
			pack_string(out,
			    alarm_status_name(
				(enum alarm_status)alarm->status));
		else if (text_is(name, "episode"))
			pack_uint(out, alarm->episode);
		else if (text_is(name, "prev"))
			pack_string(out, prev);
		else
			pack_raw(out, item.span);
	}
	pack_marks(intake, alarm, out);
}
