/* test_links.c - a log whose alert events were altered is found out. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/digest.h"
#include "daemon/intake/links.h"
#include "tests/unit/intake_rig.h"

static char dir[] = "/tmp/test_links.XXXXXX";

/* Some alerts, as they ring. */
static void
ring_some(struct rig *rig, unsigned first)
{
	for (unsigned i = first; i < first + 4; i++) {
		rig_submit(rig,
		    &(struct spec){ .id = 2 * i,
			.brand = i,
			.source = 1,
			.organisation = 1 });
		rig_submit(rig,
		    &(struct spec){ .id = 2 * i + 1,
			.brand = i,
			.source = 2,
			.organisation = 2 });
	}
	rig_append(rig);
	store_wait_durable(rig->store);
}

struct found {
	uint64_t seq;
	struct buf header;
	struct record_alert record; /* borrows header */
};

static int
keep_last(void *who, const struct store_event *event)
{
	struct found *found = who;

	if (event->type != RECORD_ALERT)
		return 0;
	found->seq = event->seq;
	buf_clear(&found->header);
	buf_add_text(&found->header, event->header);
	return 0;
}

static void
read_last(struct rig *rig, struct found *found)
{
	assert_int_equal(store_walk(rig->store, 1, store_durable(rig->store),
			     keep_last, found),
	    0);
	assert_true(found->seq > 0);
	assert_true(
	    record_alert_read(buf_text(&found->header), &found->record));
}

/* Put an event of this header into the log, and into no row. */
static void
put_alert(struct rig *rig, const struct record_alert *record)
{
	struct intake *intake = &rig->intake;

	intake_open_frame(intake);
	buf_clear(&intake->header);
	record_alert_write(&intake->header, record);
	(void)intake_add_event(intake, RECORD_ALERT, (struct text){ 0 });
	rig_append(rig);
	store_wait_durable(rig->store);
}

static int64_t
breaks(struct rig *rig)
{
	FILE *out = fopen("/dev/null", "w");
	int64_t count = links_check(rig->store, out, 10);

	fclose(out);
	return count;
}

static void
a_log_is_followed(void **state)
{
	struct found last = { 0 };
	struct rig rig;

	(void)state;
	rig_init(&rig, dir);
	rig_set_rule(&rig);
	rig_open(&rig);
	assert_int_equal(breaks(&rig), 0);
	ring_some(&rig, 1);
	assert_int_equal(breaks(&rig), 0);
	read_last(&rig, &last);
	assert_true(last.record.audience == AUDIENCE_ALL);
	/* The last one again: it does not follow itself. */
	put_alert(&rig, &last.record);
	assert_int_equal(breaks(&rig), 1);
	/* Made to follow, but its map says something else. */
	digest_chain(last.record.chain, last.record.alert.at,
	    last.record.alert.len, last.record.chain);
	put_alert(&rig, &last.record);
	assert_int_equal(breaks(&rig), 2);
	buf_free(&last.header);
	rig_close(&rig);
	rig_fini(&rig);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_log_is_followed),
	};

	assert_true(mkdtemp(dir) != NULL);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
