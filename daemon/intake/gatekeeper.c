#include "daemon/intake/gatekeeper.h"

#include <assert.h>
#include <stdlib.h>

#include "daemon/intake/bursts.h"
#include "daemon/intake/findings.h"
#include "daemon/intake/senders.h"
#include "daemon/intake/weigh.h"
#include "proto/value.h"

static_assert((int)GATE_ENTRIES_MAX >= (int)WINDOW_MAX,
    "a window's entries fit");

enum { LOOKED_SHIFT = 20, LOOKED = 1 << (32 - LOOKED_SHIFT) }; /* groups */

/* A group whose sites were looked at. */
struct looked {
	uint32_t product;
	uint16_t mode;
	uint16_t day; /* modulo 65536 */
	uint32_t rule;
	uint32_t sites; /* that were found */
};

struct gatekeeper {
	int32_t day;
	unsigned looks; /* on that day */
	struct buf scratch;
	struct looked looked[LOOKED];
};

struct gatekeeper *
gatekeeper_new(void)
{
	return calloc(1, sizeof(struct gatekeeper));
}

void
gatekeeper_free(struct gatekeeper *gatekeeper)
{
	if (!gatekeeper)
		return;
	buf_free(&gatekeeper->scratch);
	free(gatekeeper);
}

/* One question, being put together. */
struct asking {
	struct intake *intake;
	struct gate_evidence evidence;
	uint32_t seq[GATE_ENTRIES_MAX]; /* low halves, by entry */
	int index[GATE_ENTRIES_MAX];    /* among the organisations named */
};

static void
add_entry(struct asking *asking, const struct window_entry *entry)
{
	unsigned at = asking->evidence.count++;
	struct sender sender;

	senders_find(asking->intake, entry->organisation, &sender);
	asking->seq[at] = entry->seq;
	asking->index[at] = sender.index;
	asking->evidence.entry[at] = (struct gate_entry){
		.source = entry->source,
		.organisation = entry->organisation,
		.filed = entry->filed,
		.is_established = sender.is_established,
		.is_doubted = entry->is_doubted || entry->is_joined,
	};
}

static bool
gather(struct asking *asking, struct recent *recent, const struct rule *rule)
{
	int32_t today = intake_today(asking->intake);
	const struct window *window;

	asking->evidence.kind =
	    rule->basis == BASIS_HAZARD ? GATE_HAZARD : GATE_STATISTIC;
	asking->evidence.is_single = senders_is_single(asking->intake);
	asking->evidence.count = 0;
	if (!recent_window(asking->intake, recent, &window))
		return false;
	for (unsigned i = 0; i < window->count; i++)
		if (rule_takes(rule, &window->entry[i], today))
			add_entry(asking, &window->entry[i]);
	return true;
}

/* --- sites ---------------------------------------------------------------- */

static uint64_t
whole_seq(const struct intake *intake, uint32_t low)
{
	uint64_t newest = store_next_seq(intake->store);
	uint64_t seq = (newest & ~UINT64_C(0xffffffff)) | low;

	return seq > newest && seq > UINT32_MAX ? seq - (UINT64_C(1) << 32)
						: seq;
}

static uint32_t
read_site(struct asking *asking, unsigned at)
{
	struct intake *intake = asking->intake;
	struct buf *scratch = &intake->gatekeeper->scratch;
	struct store_event event;
	struct value map, origin;

	if (store_read(intake->store, whole_seq(intake, asking->seq[at]),
		scratch, &event) ||
	    event.is_erased || !value_of(event.body, &map) ||
	    !value_find(&map, "origin", &origin))
		return 0;
	return organisations_site(intake->organisations,
	    (unsigned)asking->index[at], value_find_text(&origin, "group"));
}

static struct looked *
slot_of(struct gatekeeper *keeper, const struct looked *wanted)
{
	uint32_t hash =
	    (wanted->product * 31 + wanted->mode) * 31 + wanted->rule;

	return &keeper->looked[hash * UINT32_C(2654435769) >> LOOKED_SHIFT];
}

/* Once a day for each group, and so many of them; NULL: not now. */
static struct looked *
take_look(struct gatekeeper *keeper, const struct looked *wanted, int32_t today)
{
	struct looked *slot = slot_of(keeper, wanted);

	if (keeper->day != today) {
		keeper->day = today;
		keeper->looks = 0;
	}
	if (keeper->looks == GATEKEEPER_LOOKS)
		return NULL;
	keeper->looks++;
	*slot = *wanted;
	return slot;
}

static void
look_for_sites(struct asking *asking, struct gate_answer *answer)
{
	for (unsigned i = 0; i < asking->evidence.count; i++) {
		struct gate_entry *entry = &asking->evidence.entry[i];

		if (entry->is_established && !entry->is_doubted &&
		    asking->index[i] >= 0)
			entry->site = read_site(asking, i);
	}
	gate_ask(&asking->evidence, answer);
}

static void
ask_for_sites(struct asking *asking, const struct recent *recent,
    const struct rule *rule, struct gate_answer *answer)
{
	struct gatekeeper *keeper = asking->intake->gatekeeper;
	int32_t today = intake_today(asking->intake);
	const struct looked wanted = { .product = recent->family->root,
		.rule = rule->id,
		.mode = recent->mode,
		.day = (uint16_t)today };
	struct looked *slot = slot_of(keeper, &wanted);

	if (slot->product == wanted.product && slot->mode == wanted.mode &&
	    slot->day == wanted.day && slot->rule == wanted.rule) {
		gate_know_sites(answer, slot->sites);
		return;
	}
	slot = take_look(keeper, &wanted, today);
	if (!slot)
		return;
	look_for_sites(asking, answer);
	slot->sites = answer->sites;
}

/* --- asking --------------------------------------------------------------- */

static int64_t
held_until(struct intake *intake, const struct family *family)
{
	const struct bursts *bursts = weigh_bursts(intake->weigher);
	int64_t until = 0;

	for (unsigned i = 0; i < family->count && !until; i++)
		until = bursts_until(bursts, family->member[i],
		    intake->received_ms);
	return until;
}

void
gatekeeper_ask(struct intake *intake, struct recent *recent,
    const struct rule *rule, struct gate_answer *answer)
{
	int64_t until = held_until(intake, recent->family);
	struct asking asking = { .intake = intake };

	*answer = (struct gate_answer){ .gate = GATE_OPEN };
	if (rule->basis != BASIS_RULE) {
		if (!gather(&asking, recent, rule)) {
			answer->gate = GATE_SHUT;
			answer->reason = GATE_FEW_SOURCES;
			return;
		}
		gate_ask(&asking.evidence, answer);
		if (answer->wants_sites)
			ask_for_sites(&asking, recent, rule, answer);
	}
	if (until)
		gate_coordinate(answer, until);
}

static enum alarm_hold
hold_of(enum gate_reason reason)
{
	if (reason == GATE_COORDINATED)
		return HOLD_COORDINATED;
	return reason == GATE_PROBATION ? HOLD_PROBATION
					: HOLD_ONE_ORGANISATION;
}

bool
gatekeeper_pass(struct intake *intake, struct recent *recent,
    struct findings *findings, struct gate_answer *answer)
{
	struct alarm_finding *finding = &findings->finding;
	bool is_held = findings->alarm.status == ALARM_HELD &&
	    findings->rule->basis == BASIS_STATISTIC &&
	    finding->counts->reports;

	if (alarm_is_open(&findings->alarm) ||
	    (finding->level != FINDING_RING && !is_held))
		return false;
	gatekeeper_ask(intake, recent, findings->rule, answer);
	switch (answer->gate) {
	case GATE_OPEN:
		finding->level = FINDING_RING;
		break;
	case GATE_HELD:
		finding->level = FINDING_HELD;
		finding->hold = hold_of(answer->reason);
		break;
	case GATE_SHUT:
		finding->level = FINDING_WATCH;
		break;
	}
	return true;
}

uint32_t
gatekeeper_ended(struct intake *intake)
{
	return bursts_ended(weigh_bursts(intake->weigher), intake->received_ms);
}
