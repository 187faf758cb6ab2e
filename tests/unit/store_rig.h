/*
 * store_rig.h - for the tests of the store: a directory of one's own, and a
 * small projection whose rows can be counted again from the log.
 */
#ifndef TOCSIN_TESTS_STORE_RIG_H
#define TOCSIN_TESTS_STORE_RIG_H

#include <dirent.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "daemon/store/store.h"

enum { PATH_BYTES = 4096, NPRODUCTS = 7, BODY_MAX = 200 };

static inline void
path_join(char out[PATH_BYTES], const char *dir, const char *name)
{
	assert_true(snprintf(out, PATH_BYTES, "%s/%s", dir, name) < PATH_BYTES);
}

/* Remove a directory of at most two levels. */
static inline void
remove_tree(const char *path)
{
	DIR *dir = opendir(path);
	struct dirent *entry;

	while (dir && (entry = readdir(dir)) != NULL) {
		char child[PATH_BYTES];

		if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, ".."))
			continue;
		path_join(child, path, entry->d_name);
		if (unlink(child) != 0)
			remove_tree(child);
	}
	if (dir)
		(void)closedir(dir);
	(void)rmdir(path);
}

static inline int
setup_dir(void **state)
{
	const char *base = getenv("TMPDIR");
	char *path = malloc(PATH_BYTES);

	if (!path)
		return -1;
	path_join(path, base ? base : "/tmp", "tocsin-test-XXXXXX");
	*state = path;
	return mkdtemp(path) ? 0 : -1;
}

static inline int
teardown_dir(void **state)
{
	remove_tree(*state);
	free(*state);
	return 0;
}

/* A test in a directory of its own; *state is its path. */
#define IN_DIR(test) \
	cmocka_unit_test_setup_teardown(test, setup_dir, teardown_dir)

/* A whole file in memory; at is malloced. */
struct file_copy {
	uint8_t *at;
	size_t len;
};

static inline struct file_copy
file_read(const char *dir, const char *name)
{
	char path[PATH_BYTES];
	struct file_copy copy = { 0 };
	struct stat st;
	int fd;

	path_join(path, dir, name);
	fd = open(path, O_RDONLY);
	assert_true(fd >= 0 && fstat(fd, &st) == 0);
	copy.len = (size_t)st.st_size;
	copy.at = malloc(copy.len + 1);
	assert_non_null(copy.at);
	assert_int_equal(read(fd, copy.at, copy.len), copy.len);
	(void)close(fd);
	return copy;
}

static inline void
file_write(const char *dir, const char *name, const void *at, size_t len)
{
	char path[PATH_BYTES];
	int fd;

	path_join(path, dir, name);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, at, len), len);
	(void)close(fd);
}

/* --- a projection --- */

struct product_count {
	uint64_t events;
	uint64_t last_seq;
	uint64_t sum; /* of body lengths and seqs */
};

/* What event seq is made of: everything follows from its number. */
static inline uint32_t
event_product(uint64_t seq)
{
	return (uint32_t)(seq * 2654435761u >> 7) % NPRODUCTS + 1;
}

static inline size_t
event_body(uint64_t seq, char body[BODY_MAX])
{
	size_t len = seq % 11 == 0 ? 0 : 20 + (size_t)(seq * 7 % 150);

	for (size_t i = 0; i < len; i++)
		body[i] = (char)('a' + (seq + i * i) % 26);
	return len;
}

static inline void
event_header(uint64_t seq, uint8_t header[12])
{
	uint32_t product = event_product(seq);

	memcpy(header, &seq, 8);
	memcpy(header + 8, &product, 4);
}

static inline bool
event_is_right(const struct store_event *event)
{
	uint8_t header[12];
	char body[BODY_MAX];
	size_t len = event_body(event->seq, body);

	event_header(event->seq, header);
	return event->header.len == 12 && event->type == event->seq % 5 + 1 &&
	    !memcmp(event->header.at, header, 12) && event->body.len == len &&
	    (len == 0 || !memcmp(event->body.at, body, len)) &&
	    event->received_ms >= 1764000000000;
}

/* Put an event's rows; the only writer of the projection. */
static inline int
apply_event(struct store *store, uint64_t seq)
{
	char body[BODY_MAX];
	struct key key = key_product(event_product(seq));
	struct product_count *count;
	uint64_t total = 0;
	struct text row;
	size_t len;
	int result;

	count = store_edit(store, KEYSPACE_PRODUCT, key_text(&key),
	    sizeof(*count), &len, &result);
	if (!count)
		return result;
	count->events++;
	count->last_seq = seq;
	count->sum += event_body(seq, body) + seq;
	store_edit_len(store, sizeof(*count));
	/* A row that comes and goes: present after every odd event. */
	key = key_counter("odd");
	if (seq % 2 == 0)
		result = store_delete(store, KEYSPACE_COUNTER, key_text(&key));
	else
		result = store_put(store, KEYSPACE_COUNTER, key_text(&key),
		    (struct text){ (const char *)&seq, sizeof(seq) });
	if (result != STORE_OK)
		return result;
	key = key_counter("total");
	result = store_get(store, KEYSPACE_COUNTER, key_text(&key), &row);
	if (result == STORE_OK)
		memcpy(&total, row.at, sizeof(total));
	else if (result != STORE_NOT_FOUND)
		return result;
	total++;
	return store_put(store, KEYSPACE_COUNTER, key_text(&key),
	    (struct text){ (const char *)&total, sizeof(total) });
}

static inline int
replay_event(void *who, const struct store_event *event)
{
	if (!event_is_right(event))
		return -1;
	return apply_event(who, event->seq);
}

/* Gather nframes frames of nevents events each; rows too. */
static inline void
gather(struct store *store, unsigned nframes, unsigned nevents)
{
	for (unsigned i = 0; i < nframes; i++) {
		store_frame_begin(store, 1764000000000 + i);
		for (unsigned k = 0; k < nevents; k++) {
			uint64_t seq = store_next_seq(store);
			uint8_t header[12];
			char body[BODY_MAX];
			size_t len = event_body(seq, body);

			event_header(seq, header);
			(void)store_frame_add(store, (uint8_t)(seq % 5 + 1),
			    (struct text){ (const char *)header, 12 },
			    (struct text){ body, len });
			if (apply_event(store, seq) != STORE_OK)
				abort();
		}
		store_frame_end(store);
	}
}

static inline struct store_options
small_options(const char *dir)
{
	return (struct store_options){ .dir = dir,
		.map_bytes = UINT64_C(64) << 20,
		.segment_bytes = 65536,
		.overlay_events = 1000,
		.overlay_bytes = UINT64_C(1) << 20 };
}

/* Open and replay; the rows are then those of the log. */
static inline struct store *
open_small(const char *dir)
{
	struct store_options options = small_options(dir);
	struct store_fault fault = { .text = "" };
	struct store *store = store_open(&options, &fault);

	if (!store)
		print_error("open: %s\n", fault.text);
	assert_non_null(store);
	assert_int_equal(store_replay(store, replay_event, store), 0);
	return store;
}

/* Opening must fail so, saying this. */
static inline void
open_fails(const struct store_options *options, int result,
    const char *contains)
{
	struct store_fault fault = { .text = "" };
	struct store *store = store_open(options, &fault);

	if (store || (int)fault.result != result ||
	    !strstr(fault.text, contains))
		print_error("open gave %d, \"%s\", wanted %d, \"%s\"\n",
		    store ? 0 : (int)fault.result, fault.text, result,
		    contains);
	assert_null(store);
	assert_int_equal(fault.result, result);
	assert_non_null(strstr(fault.text, contains));
}

struct recount {
	struct product_count product[NPRODUCTS + 1];
	uint64_t events, next;
};

static inline int
recount_event(void *who, const struct store_event *event)
{
	struct recount *recount = who;
	struct product_count *count =
	    &recount->product[event_product(event->seq)];
	char body[BODY_MAX];

	if (event->seq != recount->next || !event_is_right(event))
		return -1;
	recount->next++;
	recount->events++;
	count->events++;
	count->last_seq = event->seq;
	count->sum += event_body(event->seq, body) + event->seq;
	return 0;
}

/*
 * Every event in order from 1 to the last, as made, and every row as the
 * events say.  Returns the last sequence.
 */
static inline uint64_t
check_all(struct store *store)
{
	struct recount recount = { .next = 1 };
	struct key key;
	struct text row;
	uint64_t total = 0;

	store_wait_durable(store);
	assert_int_equal(store_walk(store, 1, UINT64_MAX, recount_event,
			     &recount),
	    0);
	assert_int_equal(recount.events, store_seq(store));
	for (uint32_t i = 1; i <= NPRODUCTS; i++) {
		int result;

		key = key_product(i);
		result =
		    store_get(store, KEYSPACE_PRODUCT, key_text(&key), &row);
		if (recount.product[i].events == 0) {
			assert_int_equal(result, STORE_NOT_FOUND);
			continue;
		}
		assert_int_equal(result, STORE_OK);
		assert_int_equal(row.len, sizeof(struct product_count));
		assert_memory_equal(row.at, &recount.product[i],
		    sizeof(struct product_count));
	}
	key = key_counter("total");
	if (store_get(store, KEYSPACE_COUNTER, key_text(&key), &row) ==
	    STORE_OK)
		memcpy(&total, row.at, sizeof(total));
	assert_int_equal(total, recount.events);
	key = key_counter("odd");
	assert_int_equal(store_get(store, KEYSPACE_COUNTER, key_text(&key),
			     &row),
	    recount.events % 2 ? STORE_OK : STORE_NOT_FOUND);
	return recount.events;
}

/* --- rows by number, without events of their own --- */

static inline struct text
number(uint32_t id, struct key *key)
{
	*key = key_alert(id);
	return key_text(key);
}

/* One event, so that there is something to checkpoint. */
static inline void
tick(struct store *store)
{
	gather(store, 1, 1);
	assert_int_equal(store_append(store), STORE_OK);
}

/* Freeze and wait until the rows are in LMDB and let go of. */
static inline void
settle(struct store *store)
{
	uint64_t seq = store_seq(store);

	for (int i = 0; i < 5000; i++) {
		store_checkpoint(store);
		if (store_applied(store) == seq)
			break;
		(void)usleep(1000);
	}
	assert_int_equal(store_applied(store), seq);
	store_checkpoint(store);
}

static inline void
put(struct store *store, uint32_t id, const char *bytes)
{
	struct key key;

	assert_int_equal(store_put(store, KEYSPACE_ALERT, number(id, &key),
			     text_of(bytes)),
	    STORE_OK);
}

static inline void
is(struct store *store, uint32_t id, const char *bytes)
{
	struct key key;
	struct text row;
	int result = store_get(store, KEYSPACE_ALERT, number(id, &key), &row);

	if (!bytes) {
		assert_int_equal(result, STORE_NOT_FOUND);
		return;
	}
	assert_int_equal(result, STORE_OK);
	assert_true(text_is(row, bytes));
	assert_int_equal((uintptr_t)row.at % 8, 0);
}

#endif
