#include "daemon/store/log/segment.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/crc32c.h"

static const char magic[8] = { 'T', 'O', 'C', 'S', 'L', 'O', 'G', '1' };

void
segment_name(char out[SEGMENT_NAME_MAX], uint64_t number, const char *suffix)
{
	(void)snprintf(out, SEGMENT_NAME_MAX, "%010" PRIu64 "%.8s", number,
	    suffix);
}

void
segment_head_write(uint8_t out[SEGMENT_HEADER], const struct segment_head *head)
{
	uint32_t version = SEGMENT_VERSION;
	uint32_t crc;

	memcpy(out, magic, 8);
	memcpy(out + 8, &version, 4);
	memcpy(out + 12, &head->seed, 4);
	memcpy(out + 16, &head->number, 8);
	memcpy(out + 24, &head->first_seq, 8);
	memcpy(out + 32, &head->durable_seq, 8);
	memcpy(out + 40, &head->chain, 4);
	memcpy(out + 44, head->instance, 16);
	crc = crc32c(0, out, 60);
	memcpy(out + 60, &crc, 4);
}

int
segment_head_read(const uint8_t bytes[SEGMENT_HEADER],
    struct segment_head *head, const char *name, struct store_fault *fault)
{
	uint32_t version, crc;

	memcpy(&version, bytes + 8, 4);
	memcpy(&head->seed, bytes + 12, 4);
	memcpy(&head->number, bytes + 16, 8);
	memcpy(&head->first_seq, bytes + 24, 8);
	memcpy(&head->durable_seq, bytes + 32, 8);
	memcpy(&head->chain, bytes + 40, 4);
	memcpy(head->instance, bytes + 44, 16);
	memcpy(&crc, bytes + 60, 4);
	if (memcmp(bytes, magic, 8) != 0 || crc != crc32c(0, bytes, 60))
		return fault_set(fault, STORE_CORRUPT,
		    "log/%s: the header (offset 0) is damaged", name);
	if (version != SEGMENT_VERSION)
		return fault_set(fault, STORE_REFUSED,
		    "log/%s: format version %" PRIu32 ", this program reads "
		    "version %d",
		    name, version, SEGMENT_VERSION);
	return STORE_OK;
}

struct segment *
segment_new(const struct segment_head *head)
{
	struct segment *segment = calloc(1, sizeof(*segment));

	if (!segment)
		return NULL;
	if (pthread_mutex_init(&segment->lock, NULL) != 0) {
		free(segment);
		return NULL;
	}
	segment->head = *head;
	segment->refs = 1;
	segment->fd = -1;
	segment->last_seq = head->first_seq - 1;
	segment->end = SEGMENT_HEADER;
	segment->chain = head->chain;
	return segment;
}

void
segment_free(struct segment *segment)
{
	if (!segment)
		return;
	if (segment->fd >= 0)
		(void)close(segment->fd);
	(void)pthread_mutex_destroy(&segment->lock);
	free(segment->mark);
	free(segment);
}

static int
write_all(int fd, const void *bytes, size_t len, uint64_t offset)
{
	const uint8_t *at = bytes;

	while (len) {
		ssize_t n = pwrite(fd, at, len, (off_t)offset);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n < 0 ? errno : ENOSPC;
		at += n;
		len -= (size_t)n;
		offset += (uint64_t)n;
	}
	return 0;
}

/* Fill and sync the new file.  0 or an errno. */
static int
fill_new(int fd, const struct segment_head *head, const struct buf *frames,
    uint64_t bytes)
{
	uint8_t header[SEGMENT_HEADER];
	uint64_t need = SEGMENT_HEADER + (frames ? frames->len : 0);
	int error = 0;

	segment_head_write(header, head);
	if (fallocate(fd, 0, 0, (off_t)(bytes > need ? bytes : need)) != 0 &&
	    errno != EOPNOTSUPP)
		return errno;
	error = write_all(fd, header, sizeof(header), 0);
	if (error == 0 && frames)
		error = write_all(fd, frames->at, frames->len, sizeof(header));
	if (error == 0 && fdatasync(fd) != 0)
		error = errno;
	return error;
}

struct segment *
segment_create(int dir, const struct segment_head *head,
    const struct buf *frames, uint64_t bytes, struct store_fault *fault)
{
	char name[SEGMENT_NAME_MAX], temporary[SEGMENT_NAME_MAX];
	struct segment *segment = segment_new(head);
	struct stat st;
	int error;

	if (!segment) {
		fault_set(fault, STORE_MEMORY, "out of memory");
		return NULL;
	}
	segment_name(temporary, head->number, ".new");
	segment_name(name, head->number, ".seg");
	segment->fd = openat(dir, temporary,
	    O_CREAT | O_TRUNC | O_RDWR | O_CLOEXEC, 0600);
	error = segment->fd < 0 ? errno
				: fill_new(segment->fd, head, frames, bytes);
	if (error == 0 &&
	    (renameat(dir, temporary, dir, name) != 0 || fsync(dir) != 0 ||
		fstat(segment->fd, &st) != 0))
		error = errno;
	if (error == 0) {
		segment->file_bytes = (uint64_t)st.st_size;
		segment->end += frames ? frames->len : 0;
		return segment;
	}
	(void)unlinkat(dir, temporary, 0);
	fault_system(fault, error, "log/%s: cannot be made", name);
	segment_free(segment);
	return NULL;
}

struct segment *
segment_open(int dir, uint64_t number, bool is_sealed,
    struct store_fault *fault)
{
	char name[SEGMENT_NAME_MAX];
	uint8_t bytes[SEGMENT_HEADER];
	struct segment_head head;
	struct segment *segment;
	struct stat st;
	int fd;

	segment_name(name, number, is_sealed ? ".zseg" : ".seg");
	fd = openat(dir, name, (is_sealed ? O_RDONLY : O_RDWR) | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st) != 0) {
		fault_system(fault, errno, "log/%s: cannot be opened", name);
		goto fail;
	}
	if (segment_pread(fd, bytes, sizeof(bytes), 0) != SEGMENT_HEADER) {
		fault_set(fault, STORE_CORRUPT,
		    "log/%s: shorter than its header (%lld bytes)", name,
		    (long long)st.st_size);
		goto fail;
	}
	if (segment_head_read(bytes, &head, name, fault) != STORE_OK)
		goto fail;
	if (head.number != number) {
		fault_set(fault, STORE_CORRUPT,
		    "log/%s: its header says segment %" PRIu64, name,
		    head.number);
		goto fail;
	}
	segment = segment_new(&head);
	if (!segment) {
		fault_set(fault, STORE_MEMORY, "out of memory");
		goto fail;
	}
	segment->fd = fd;
	segment->is_sealed = is_sealed;
	segment->file_bytes = (uint64_t)st.st_size;
	return segment;
fail:
	if (fd >= 0)
		(void)close(fd);
	return NULL;
}

int
segment_reopen(int dir, struct segment *segment, struct store_fault *fault)
{
	char name[SEGMENT_NAME_MAX];

	if (segment->fd >= 0)
		return STORE_OK;
	segment_name(name, segment->head.number,
	    segment->is_sealed ? ".zseg" : ".seg");
	segment->fd = openat(dir, name, O_RDONLY | O_CLOEXEC);
	if (segment->fd < 0)
		return fault_system(fault, errno, "log/%s: cannot be opened",
		    name);
	return STORE_OK;
}

int
segment_mark_add(struct segment *segment, const struct segment_mark *mark)
{
	int result = STORE_OK;

	pthread_mutex_lock(&segment->lock);
	if (segment->nmarks == segment->cap) {
		size_t cap = segment->cap ? 2 * segment->cap : 64;
		void *grown = realloc(segment->mark, cap * sizeof(*mark));

		if (grown) {
			segment->mark = grown;
			segment->cap = cap;
		} else {
			result = STORE_MEMORY;
		}
	}
	if (result == STORE_OK)
		segment->mark[segment->nmarks++] = *mark;
	pthread_mutex_unlock(&segment->lock);
	return result;
}

struct segment_mark
segment_mark_find(struct segment *segment, uint64_t seq)
{
	struct segment_mark found = { .seq = segment->head.first_seq,
		.offset = SEGMENT_HEADER };
	size_t low = 0, high;

	pthread_mutex_lock(&segment->lock);
	high = segment->nmarks;
	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (segment->mark[middle].seq <= seq)
			low = middle + 1;
		else
			high = middle;
	}
	if (low > 0)
		found = segment->mark[low - 1];
	pthread_mutex_unlock(&segment->lock);
	return found;
}

int64_t
segment_pread(int fd, void *at, size_t len, uint64_t offset)
{
	uint8_t *to = at;
	size_t done = 0;

	while (done < len) {
		ssize_t n =
		    pread(fd, to + done, len - done, (off_t)(offset + done));

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		if (n == 0)
			break;
		done += (size_t)n;
	}
	return (int64_t)done;
}
