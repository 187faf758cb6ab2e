#include "daemon/calls/fresh.h"

#include <stddef.h>

static struct fresh *
fresh_of(struct job *job)
{
	void *at = (char *)job - offsetof(struct fresh, job);

	return at;
}

static void
run_job(struct job *job)
{
	struct fresh *fresh = fresh_of(job);

	fresh->read(fresh);
}

static void
job_done(struct job *job)
{
	struct fresh *fresh = fresh_of(job);

	fresh->done(fresh);
}

/* When the daemon stops, its workers are gone before the store is. */
static void
work_done(struct work *work)
{
	struct fresh *fresh = (struct fresh *)work;

	if (work->failed)
		refuse_for_now(&fresh->why, ERROR_READ_ONLY, RETRY_READ_ONLY_MS,
		    "the disk or the map is full, and what LMDB holds is old");
	else if (!fresh->services->workers)
		fresh->read(fresh);
	if (work->failed || !fresh->services->workers) {
		fresh->done(fresh);
		return;
	}
	fresh->job = (struct job){ .run = run_job, .done = job_done };
	workers_put(fresh->services->workers, &fresh->job);
}

void
fresh_start(struct fresh *fresh)
{
	fresh->work =
	    (struct work){ .run = writer_fresh_run, .done = work_done };
	writer_put(fresh->services->writer, &fresh->work);
}
