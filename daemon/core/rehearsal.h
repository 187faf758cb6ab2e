/*
 * rehearsal.h - what some rules would have rung for one product, told its
 * reports in the order in which they came, with the days passing as the caller
 * says.  Windows, rules and alarms are those of intake; gates, statistics and
 * people's verbs are not rehearsed.  One thread.
 *
 * Memory: about 2 KiB and 100 bytes a rule for each failure mode of the
 * product at hand.
 */
#ifndef TOCSIN_CORE_REHEARSAL_H
#define TOCSIN_CORE_REHEARSAL_H

#include "daemon/core/alarm.h"
#include "daemon/core/window.h"

struct rehearsal;

/* A change of an alarm; pointers are borrowed until the callback returns. */
struct rehearsed {
	int32_t day;
	enum alarm_change change;
	const struct rule *rule;
	const struct rule_counts *counts; /* in the rule's window */
	const struct alarm *alarm;        /* after the change */
	uint32_t product;
	uint16_t mode; /* 0 all */
};
typedef void rehearsal_hear(void *who, const struct rehearsed *heard);

/* All borrowed.  NULL when out of memory; free takes NULL. */
struct rehearsal *rehearsal_new(const struct rules *rules,
    const struct vocabulary *vocabulary, rehearsal_hear *hear, void *who);
void rehearsal_free(struct rehearsal *rehearsal);

/*
 * Begin another product, with nothing reported and nothing rung.  category as
 * in rule_is_for; is_silent: of a product known by category only nothing rings;
 * unstated: the number of the mode that nobody named, 0 none.
 */
struct rehearsal_product {
	uint32_t product;
	int category;
	bool is_silent;
	uint16_t unstated;
};
void rehearsal_begin(struct rehearsal *rehearsal,
    const struct rehearsal_product *product);

/*
 * A report comes in (old NULL), is taken back (now NULL) or changes, on a day
 * not before the last one; seq tells reports apart.  Its is_backfill is
 * obeyed: history counts nowhere.  0, or -1 when out of memory.
 */
int rehearsal_move(struct rehearsal *rehearsal, const struct facts *old,
    const struct facts *now, uint64_t seq, int32_t today);

/*
 * From now on the report brings its product (mode 0) or its mode a case, or
 * does so no longer; as window_mark.
 */
void rehearsal_mark(struct rehearsal *rehearsal, uint16_t mode, uint64_t seq,
    bool is_case);

/* Let the days pass up to this one: what is quiet closes. */
void rehearsal_until(struct rehearsal *rehearsal, int32_t today);

#endif
