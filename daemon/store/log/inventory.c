#include "daemon/store/log/inventory.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/store/log/reader.h"
#include "daemon/store/log/seal.h"

void
segment_list_free(struct segment_list *list)
{
	for (size_t i = 0; i < list->n; i++)
		segment_free(list->at[i]);
	free(list->at);
	*list = (struct segment_list){ 0 };
}

int
segment_list_add(struct segment_list *list, struct segment *segment)
{
	if (list->n == list->cap) {
		size_t cap = list->cap ? 2 * list->cap : 16;
		void *grown = realloc(list->at, cap * sizeof(struct segment *));

		if (!grown)
			return STORE_MEMORY;
		list->at = grown;
		list->cap = cap;
	}
	list->at[list->n++] = segment;
	return STORE_OK;
}

/* --- which files there are --- */

struct found {
	uint64_t number;
	bool is_plain, is_sealed;
};

struct found_list {
	struct found *at;
	size_t n, cap;
};

static int
found_add(struct found_list *list, uint64_t number, bool is_sealed)
{
	struct found *found = NULL;

	for (size_t i = 0; i < list->n && !found; i++)
		if (list->at[i].number == number)
			found = &list->at[i];
	if (!found && list->n == list->cap) {
		size_t cap = list->cap ? 2 * list->cap : 16;
		void *grown = realloc(list->at, cap * sizeof(*found));

		if (!grown)
			return STORE_MEMORY;
		list->at = grown;
		list->cap = cap;
	}
	if (!found) {
		found = &list->at[list->n++];
		*found = (struct found){ .number = number };
	}
	found->is_plain |= !is_sealed;
	found->is_sealed |= is_sealed;
	return STORE_OK;
}

static int
by_number(const void *a, const void *b)
{
	const struct found *x = a, *y = b;

	return (x->number > y->number) - (x->number < y->number);
}

/* Unfinished files (.new, .znew) were never part of the log. */
static int
take_name(int dir, const char *name, struct found_list *list)
{
	char *suffix;
	uint64_t number = strtoull(name, &suffix, 10);

	if (suffix == name || number == 0)
		return STORE_OK;
	if (!strcmp(suffix, ".new") || !strcmp(suffix, ".znew")) {
		(void)unlinkat(dir, name, 0);
		return STORE_OK;
	}
	if (!strcmp(suffix, ".seg"))
		return found_add(list, number, false);
	if (!strcmp(suffix, ".zseg"))
		return found_add(list, number, true);
	return STORE_OK;
}

static int
find_files(int dir, struct found_list *list, struct store_fault *fault)
{
	int fd = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *stream = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *entry;
	int result = STORE_OK;

	if (!stream) {
		if (fd >= 0)
			(void)close(fd);
		return fault_system(fault, errno, "log: cannot be listed");
	}
	while (result == STORE_OK && (entry = readdir(stream)) != NULL)
		result = take_name(dir, entry->d_name, list);
	(void)closedir(stream);
	if (result != STORE_OK)
		return fault_set(fault, STORE_MEMORY, "out of memory");
	if (list->n)
		qsort(list->at, list->n, sizeof(*list->at), by_number);
	return STORE_OK;
}

/* --- do they belong together --- */

struct inventory {
	int dir;
	const uint8_t *instance;
	struct segment_list *list;
};

static int
open_one(const struct inventory *inventory, const struct found *found,
    struct store_fault *fault)
{
	char name[SEGMENT_NAME_MAX];
	struct segment *segment = segment_open(inventory->dir, found->number,
	    found->is_sealed, fault);

	if (!segment)
		return fault ? (int)fault->result : STORE_IO;
	if (segment_list_add(inventory->list, segment) != STORE_OK) {
		segment_free(segment);
		return fault_set(fault, STORE_MEMORY, "out of memory");
	}
	segment_name(name, found->number, found->is_sealed ? ".zseg" : ".seg");
	if (memcmp(segment->head.instance, inventory->instance, 16) != 0)
		return fault_set(fault, STORE_REFUSED,
		    "log/%s belongs to another store", name);
	if (!found->is_sealed)
		return STORE_OK;
	if (seal_index_read(segment, fault) != STORE_OK)
		return fault ? (int)fault->result : STORE_CORRUPT;
	segment->is_closed = true;
	(void)close(segment->fd);
	segment->fd = -1;
	if (!found->is_plain)
		return STORE_OK;
	/* Killed between sealing and unlinking. */
	segment_name(name, found->number, ".seg");
	if (unlinkat(inventory->dir, name, 0) != 0 ||
	    fsync(inventory->dir) != 0)
		return fault_system(fault, errno, "log/%s: cannot be removed",
		    name);
	return STORE_OK;
}

/* Every number from 1; the last segment is never sealed. */
static int
check_numbers(const struct segment_list *list, struct store_fault *fault)
{
	uint64_t missing = 0;

	for (size_t i = 0; i < list->n && !missing; i++)
		if (list->at[i]->head.number != i + 1)
			missing = i + 1;
	if (!missing && list->at[list->n - 1]->is_sealed)
		missing = list->n + 1;
	if (missing)
		return fault_set(fault, STORE_CORRUPT,
		    "log: segment %" PRIu64 " is missing", missing);
	return STORE_OK;
}

/* Each segment but the last ends where the next one says it begins. */
static int
join(struct segment_list *list, struct store_fault *fault)
{
	struct segment *segment = list->at[0];

	if (check_numbers(list, fault) != STORE_OK)
		return STORE_CORRUPT;
	if (segment->head.first_seq != 1 || segment->head.chain != 0)
		return reader_corrupt(segment, 0,
		    "a header that begins nothing", fault);
	for (size_t i = 1; i < list->n; i++) {
		struct segment *next = list->at[i];

		if (next->head.first_seq < segment->head.first_seq ||
		    (segment->is_sealed &&
			(next->head.first_seq != segment->last_seq + 1 ||
			    next->head.chain != segment->chain)))
			return reader_corrupt(next, 0,
			    "a header that does not follow", fault);
		segment->last_seq = next->head.first_seq - 1;
		segment->chain = next->head.chain;
		segment->is_closed = true;
		segment = next;
	}
	return STORE_OK;
}

int
inventory_take(int dir, const uint8_t instance[16], struct segment_list *list,
    struct store_fault *fault)
{
	struct inventory inventory = { dir, instance, list };
	struct found_list found = { 0 };
	int result = find_files(dir, &found, fault);

	for (size_t i = 0; i < found.n && result == STORE_OK; i++)
		result = open_one(&inventory, &found.at[i], fault);
	free(found.at);
	if (result == STORE_OK && list->n > 0)
		result = join(list, fault);
	return result;
}
