#include "daemon/intake/herald.h"

#include <stdlib.h>

struct errand {
	struct work work; /* first */
	const struct herald *herald;
	struct alert_notice *notice; /* owned */
};

static void
errand_done(struct work *work)
{
	struct errand *errand = (struct errand *)work;
	const struct herald *herald = errand->herald;

	if (!work->failed)
		herald->on_alert(herald->who, errand->notice);
	free(errand->notice);
	free(errand);
}

int
herald_send(const struct herald *herald, struct intake *intake,
    struct pending *pending, uint64_t last)
{
	while (intake->notices && intake->notices->event.seq <= last) {
		struct alert_notice *notice = intake->notices;
		struct errand *errand = calloc(1, sizeof(*errand));

		if (!errand)
			return -1;
		intake->notices = notice->next;
		errand->herald = herald;
		errand->notice = notice;
		errand->work.done = errand_done;
		errand->work.barrier = notice->event.seq;
		pending_put(pending, &errand->work);
	}
	if (!intake->notices)
		intake->last_notice = &intake->notices;
	return 0;
}
