#include "daemon/store/log/eventlog.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/store/log/recovery.h"
#include "daemon/store/log/sealer.h"
#include "daemon/store/log/syncer.h"

struct eventlog {
	struct shelf shelf;
	uint64_t segment_bytes;
	struct segment *active; /* the last on the shelf; writer thread */
	struct syncer *syncer;
	struct sealer *sealer;
};

static int
open_dir(struct eventlog *log, int data_dir, struct store_fault *fault)
{
	if (mkdirat(data_dir, "log", 0700) == 0) {
		if (fsync(data_dir) != 0)
			return fault_system(fault, errno, "data directory");
	} else if (errno != EEXIST) {
		return fault_system(fault, errno, "log: cannot be made");
	}
	log->shelf.dir =
	    openat(data_dir, "log", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (log->shelf.dir < 0)
		return fault_system(fault, errno, "log: cannot be opened");
	return STORE_OK;
}

struct eventlog *
eventlog_open(const struct eventlog_options *options, struct store_fault *fault)
{
	struct eventlog *log = calloc(1, sizeof(*log));
	struct recovery recovery = { .segment_bytes = options->segment_bytes,
		.seed = options->seed,
		.instance = options->instance,
		.anchor_seq = options->anchor_seq,
		.anchor_chain = options->anchor_chain };

	if (!log) {
		fault_set(fault, STORE_MEMORY, "out of memory");
		return NULL;
	}
	shelf_init(&log->shelf);
	log->segment_bytes = options->segment_bytes;
	if (open_dir(log, options->dir, fault) != STORE_OK)
		goto fail;
	recovery.dir = log->shelf.dir;
	if (recovery_run(&recovery, &log->shelf.list, fault) != STORE_OK)
		goto fail;
	log->active = log->shelf.list.at[log->shelf.list.n - 1];
	log->syncer = syncer_start(log->active->last_seq, options->on_durable,
	    options->who);
	log->sealer = sealer_start(&log->shelf);
	if (log->syncer && log->sealer)
		return log;
	fault_set(fault, STORE_MEMORY, "a thread cannot be made");
fail:
	eventlog_close(log);
	return NULL;
}

void
eventlog_close(struct eventlog *log)
{
	if (!log)
		return;
	syncer_stop(log->syncer);
	sealer_stop(log->sealer);
	shelf_fini(&log->shelf);
	free(log);
}

struct log_position
eventlog_position(const struct eventlog *log)
{
	const struct segment *segment = log->active;

	return (struct log_position){ segment->last_seq, segment->head.number,
		segment->end, segment->chain };
}

/* The old segment is synced before the new one gets its name. */
static int
rotate(struct eventlog *log, uint64_t need)
{
	struct segment *old = log->active;
	struct segment_head head = old->head;
	struct store_fault fault;
	struct segment *fresh;

	syncer_wait(log->syncer);
	head.number++;
	head.first_seq = old->last_seq + 1;
	head.durable_seq = old->last_seq;
	head.chain = old->chain;
	need += SEGMENT_HEADER;
	fresh = segment_create(log->shelf.dir, &head, NULL,
	    need > log->segment_bytes ? need : log->segment_bytes, &fault);
	if (!fresh && fault.result == STORE_IO)
		fault_exit(fault.text, EIO);
	if (!fresh) {
		shelf_fail(&log->shelf, &fault);
		return STORE_FULL;
	}
	fresh->is_marked = true;
	if (shelf_add(&log->shelf, old, fresh) != STORE_OK)
		fault_exit("log: a segment cannot be added", ENOMEM);
	log->active = fresh;
	/* Give back what was allocated and not used. */
	if (ftruncate(old->fd, (off_t)old->end) != 0)
		fault_exit("log: ftruncate", errno);
	return STORE_OK;
}

int
eventlog_rotate(struct eventlog *log)
{
	return log->active->end > SEGMENT_HEADER ? rotate(log, 0) : STORE_OK;
}

/* Have the file system promise the space before anything is written. */
static int
make_room(struct eventlog *log, uint64_t len)
{
	struct segment *segment = log->active;
	uint64_t end = segment->end + len;

	if (end > log->segment_bytes && segment->end > SEGMENT_HEADER)
		return rotate(log, len);
	if (end <= segment->file_bytes)
		return STORE_OK;
	if (end < log->segment_bytes)
		end = log->segment_bytes;
	if (fallocate(segment->fd, 0, 0, (off_t)end) == 0)
		segment->file_bytes = end;
	else if (errno == ENOSPC || errno == EDQUOT)
		return STORE_FULL;
	else if (errno != EOPNOTSUPP)
		fault_exit("log: fallocate", errno);
	return STORE_OK;
}

static int
write_frames(struct segment *segment, const uint8_t *at, size_t len)
{
	uint64_t offset = segment->end;

	while (len) {
		ssize_t n = pwrite(segment->fd, at, len, (off_t)offset);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno != ENOSPC && errno != EDQUOT)
			fault_exit("log: pwrite", errno);
		if (n <= 0) {
			if (ftruncate(segment->fd, (off_t)segment->end) != 0)
				fault_exit("log: ftruncate", errno);
			segment->file_bytes = segment->end;
			return STORE_FULL;
		}
		at += n;
		len -= (size_t)n;
		offset += (uint64_t)n;
	}
	return STORE_OK;
}

/* Without memory for a mark, reading is slower and nothing else. */
static void
mark_frames(struct segment *segment, const uint8_t *at, size_t len)
{
	uint64_t offset = segment->end;
	uint64_t next = offset;

	if (segment->nmarks)
		next = segment->mark[segment->nmarks - 1].offset +
		    SEGMENT_MARK_BYTES;
	while (len) {
		struct segment_mark mark = { .offset = offset };
		uint32_t length;

		memcpy(&length, at, 4);
		memcpy(&mark.seq, at + 12, 6);
		if (offset >= next) {
			(void)segment_mark_add(segment, &mark);
			next = offset + SEGMENT_MARK_BYTES;
		}
		at += length;
		offset += length;
		len -= length;
	}
}

int
eventlog_append(struct eventlog *log, const struct frame_maker *maker)
{
	struct segment *segment;

	if (maker->bytes.failed)
		return STORE_FULL;
	if (maker->ended == 0)
		return STORE_OK;
	if (make_room(log, maker->ended) != STORE_OK)
		return STORE_FULL;
	segment = log->active;
	if (write_frames(segment, maker->bytes.at, maker->ended) != STORE_OK)
		return STORE_FULL;
	mark_frames(segment, maker->bytes.at, maker->ended);
	segment->end += maker->ended;
	segment->last_seq = maker->next_seq - 1;
	segment->chain = maker->chain;
	syncer_ask(log->syncer, segment->fd, segment->last_seq);
	sealer_note_append(log->sealer);
	return STORE_OK;
}

uint64_t
eventlog_durable(const struct eventlog *log)
{
	return syncer_durable(log->syncer);
}

void
eventlog_wait(struct eventlog *log)
{
	syncer_wait(log->syncer);
}

void
eventlog_wait_for(struct eventlog *log, uint64_t seq)
{
	syncer_wait_for(log->syncer, seq);
}

struct shelf *
eventlog_shelf(struct eventlog *log)
{
	return &log->shelf;
}

void
eventlog_applied(struct eventlog *log, uint64_t seq)
{
	sealer_poke(log->sealer, seq);
}

void
eventlog_wait_sealed(struct eventlog *log)
{
	sealer_wait(log->sealer);
}

void
eventlog_figures(struct eventlog *log, struct eventlog_figures *figures)
{
	struct shelf *shelf = &log->shelf;
	struct stat st;

	*figures =
	    (struct eventlog_figures){ .syncs = syncer_count(log->syncer) };
	pthread_mutex_lock(&shelf->lock);
	for (size_t i = 0; i < shelf->list.n; i++) {
		struct segment *segment = shelf->list.at[i];

		if (segment->is_sealed) {
			figures->sealed_bytes += segment->file_bytes;
			figures->sealed_events +=
			    segment->last_seq - segment->head.first_seq + 1;
		} else if (fstat(segment->fd, &st) == 0) {
			figures->log_bytes += (uint64_t)st.st_blocks * 512;
		}
	}
	pthread_mutex_unlock(&shelf->lock);
}
