#include "daemon/store/log/shelf.h"

#include <unistd.h>

#include "daemon/store/log/reader.h"
#include "daemon/store/log/seal.h"

void
shelf_init(struct shelf *shelf)
{
	*shelf = (struct shelf){ .dir = -1 };
	pthread_mutex_init(&shelf->lock, NULL);
	pthread_mutex_init(&shelf->marking, NULL);
	pthread_mutex_init(&shelf->swapping, NULL);
}

void
shelf_fini(struct shelf *shelf)
{
	segment_list_free(&shelf->list);
	for (unsigned i = 0; i < SHELF_BLOCKS; i++)
		buf_free(&shelf->block[i].bytes);
	if (shelf->dir >= 0)
		(void)close(shelf->dir);
	pthread_mutex_destroy(&shelf->swapping);
	pthread_mutex_destroy(&shelf->marking);
	pthread_mutex_destroy(&shelf->lock);
}

void
shelf_fail(struct shelf *shelf, const struct store_fault *fault)
{
	pthread_mutex_lock(&shelf->lock);
	shelf->fault = *fault;
	pthread_mutex_unlock(&shelf->lock);
}

void
shelf_last_fault(struct shelf *shelf, struct store_fault *fault)
{
	pthread_mutex_lock(&shelf->lock);
	*fault = shelf->fault;
	pthread_mutex_unlock(&shelf->lock);
}

int
shelf_add(struct shelf *shelf, struct segment *old, struct segment *fresh)
{
	int result;

	pthread_mutex_lock(&shelf->lock);
	result = segment_list_add(&shelf->list, fresh);
	if (result == STORE_OK)
		old->is_closed = true;
	pthread_mutex_unlock(&shelf->lock);
	return result;
}

/* Index of the segment that holds seq; the list is never empty. */
static size_t
find_segment(const struct segment_list *list, uint64_t seq)
{
	size_t low = 0, high = list->n;

	while (high - low > 1) {
		size_t middle = low + (high - low) / 2;

		if (list->at[middle]->head.first_seq <= seq)
			low = middle;
		else
			high = middle;
	}
	return low;
}

/* A closed segment is marked before anybody reads it, the sealer included. */
static int
mark(struct shelf *shelf, struct segment *segment, struct store_fault *fault)
{
	int result;

	pthread_mutex_lock(&shelf->marking);
	result = reader_mark_all(segment, fault);
	pthread_mutex_unlock(&shelf->marking);
	return result;
}

int
shelf_hold(struct shelf *shelf, uint64_t seq, struct segment **held,
    uint64_t *last)
{
	struct store_fault fault = { .result = STORE_OK };
	struct segment *segment;
	int result;

	pthread_mutex_lock(&shelf->lock);
	segment = shelf->list.at[find_segment(&shelf->list, seq)];
	segment->refs++;
	result = segment_reopen(shelf->dir, segment, &fault);
	*last = segment->is_closed ? segment->last_seq : UINT64_MAX;
	pthread_mutex_unlock(&shelf->lock);
	if (result == STORE_OK && *last != UINT64_MAX)
		result = mark(shelf, segment, &fault);
	if (result == STORE_OK) {
		*held = segment;
		return STORE_OK;
	}
	shelf_fail(shelf, &fault);
	shelf_drop(shelf, segment);
	return result;
}

void
shelf_drop(struct shelf *shelf, struct segment *segment)
{
	bool is_last;

	pthread_mutex_lock(&shelf->lock);
	is_last = --segment->refs == 0;
	/* Sealed segments are many: their files are open while in use. */
	if (segment->refs == 1 && segment->is_sealed && !segment->is_swapped &&
	    segment->fd >= 0) {
		(void)close(segment->fd);
		segment->fd = -1;
	}
	pthread_mutex_unlock(&shelf->lock);
	if (is_last)
		segment_free(segment);
}

struct segment *
shelf_hold_plain(struct shelf *shelf, uint64_t applied)
{
	struct store_fault fault = { .result = STORE_OK };
	struct segment *found = NULL;

	pthread_mutex_lock(&shelf->lock);
	for (size_t i = 0; i < shelf->list.n && !found; i++)
		if (!shelf->list.at[i]->is_sealed)
			found = shelf->list.at[i];
	if (found && found->is_closed && found->last_seq <= applied)
		found->refs++;
	else
		found = NULL;
	pthread_mutex_unlock(&shelf->lock);
	if (!found || mark(shelf, found, &fault) == STORE_OK)
		return found;
	shelf_fail(shelf, &fault);
	shelf_drop(shelf, found);
	return NULL;
}

size_t
shelf_plain(struct shelf *shelf)
{
	size_t n = 0;

	/* Segments are sealed from the oldest on. */
	pthread_mutex_lock(&shelf->lock);
	while (n < shelf->list.n &&
	    !shelf->list.at[shelf->list.n - 1 - n]->is_sealed)
		n++;
	pthread_mutex_unlock(&shelf->lock);
	return n;
}

void
shelf_begin_swap(struct shelf *shelf)
{
	pthread_mutex_lock(&shelf->swapping);
}

void
shelf_end_swap(struct shelf *shelf)
{
	pthread_mutex_unlock(&shelf->swapping);
}

bool
shelf_has(struct shelf *shelf, struct segment *segment)
{
	bool is_swapped;

	pthread_mutex_lock(&shelf->lock);
	is_swapped = segment->is_swapped;
	pthread_mutex_unlock(&shelf->lock);
	return !is_swapped;
}

bool
shelf_is_alone(struct shelf *shelf, const struct segment *segment)
{
	bool is_alone;

	pthread_mutex_lock(&shelf->lock);
	is_alone = segment->refs == 1;
	pthread_mutex_unlock(&shelf->lock);
	return is_alone;
}

static int
open_twin(struct shelf *shelf, const struct segment *old, struct segment **twin,
    struct store_fault *fault)
{
	struct segment *sealed =
	    segment_open(shelf->dir, old->head.number, true, fault);
	int result =
	    sealed ? seal_index_read(sealed, fault) : (int)fault->result;

	if (result == STORE_OK &&
	    (sealed->last_seq != old->last_seq || sealed->chain != old->chain))
		result = reader_corrupt(sealed, 0, "another end", fault);
	if (result != STORE_OK) {
		segment_free(sealed);
		return result;
	}
	sealed->is_closed = true;
	(void)close(sealed->fd);
	sealed->fd = -1;
	*twin = sealed;
	return STORE_OK;
}

/* Blocks that were kept of the old one go with it. */
static void
forget_blocks(struct shelf *shelf, uint64_t number)
{
	for (unsigned i = 0; i < SHELF_BLOCKS; i++) {
		struct shelf_block *block = &shelf->block[i];

		if (block->number != number)
			continue;
		buf_free(&block->bytes);
		*block = (struct shelf_block){ .number = 0 };
	}
}

int
shelf_swap(struct shelf *shelf, struct segment *old)
{
	struct store_fault fault = { .result = STORE_OK };
	char name[SEGMENT_NAME_MAX];
	struct segment *sealed;
	int result = open_twin(shelf, old, &sealed, &fault);

	if (result != STORE_OK) {
		shelf_fail(shelf, &fault);
		return result;
	}
	pthread_mutex_lock(&shelf->lock);
	for (size_t i = 0; i < shelf->list.n; i++)
		if (shelf->list.at[i] == old)
			shelf->list.at[i] = sealed;
	old->is_swapped = true;
	forget_blocks(shelf, old->head.number);
	pthread_mutex_unlock(&shelf->lock);
	segment_name(name, old->head.number, ".seg");
	if (!old->is_sealed)
		(void)unlinkat(shelf->dir, name, 0);
	shelf_drop(shelf, old);
	return STORE_OK;
}

bool
shelf_take_block(struct shelf *shelf, uint64_t number, uint64_t offset,
    struct shelf_block *block)
{
	bool is_found = false;

	pthread_mutex_lock(&shelf->lock);
	for (unsigned i = 0; i < SHELF_BLOCKS && !is_found; i++) {
		struct shelf_block *kept = &shelf->block[i];

		if (kept->number != number || offset < kept->base ||
		    offset - kept->base >= kept->bytes.len)
			continue;
		is_found = true;
		*block = *kept;
		*kept = (struct shelf_block){ .number = 0 };
	}
	pthread_mutex_unlock(&shelf->lock);
	return is_found;
}

void
shelf_keep_block(struct shelf *shelf, const struct segment *segment,
    struct shelf_block *block)
{
	struct shelf_block *oldest = &shelf->block[0];
	struct shelf_block gone = *block;

	pthread_mutex_lock(&shelf->lock);
	if (segment->is_swapped)
		goto done;
	for (unsigned i = 1; i < SHELF_BLOCKS; i++)
		if (shelf->block[i].used < oldest->used)
			oldest = &shelf->block[i];
	gone = *oldest;
	block->used = ++shelf->nreads;
	*oldest = *block;
done:
	*block = (struct shelf_block){ .number = 0 };
	pthread_mutex_unlock(&shelf->lock);
	buf_free(&gone.bytes);
}
