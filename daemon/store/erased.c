#include "daemon/store/erased.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/digest.h"

enum {
	KEY_HEX = 32,
	LINE_BYTES = 128,
	FILE_MAX_BYTES = 1 << 30,
};

void
erased_write(struct buf *out, const struct erased *erased)
{
	const struct record_erase *record = &erased->record;
	char hex[KEY_HEX + 1];

	if (record->kind == ERASE_DONE)
		return;
	buf_printf(out, "%" PRIu32 " %" PRIu64 " %s ", erased->epoch,
	    erased->seq, erase_kind_name(record->kind));
	digest_hex(record->key, sizeof(record->key), hex);
	if (record->kind == ERASE_REPORT)
		buf_printf(out, "%s %" PRIu64 "\n", hex, record->first_seq);
	else if (record->kind == ERASE_SOURCE)
		buf_printf(out, "%" PRIu32 "\n", record->source);
	else
		buf_printf(out, "%" PRIu64 "\n", record->seq);
}

/* --- reading lines -------------------------------------------------------- */

/* line is NUL-terminated. */
static bool
parse(const char *line, struct erased *erased)
{
	struct record_erase *record = &erased->record;
	char kind[8], key[KEY_HEX + 1];
	uint64_t number = 0, first_seq = 0;
	int count;

	*erased = (struct erased){ .seq = 0 };
	if (sscanf(line, "%" SCNu32 " %" SCNu64 " %7s", &erased->epoch,
		&erased->seq, kind) != 3)
		return false;
	count =
	    sscanf(line, "%*u %*u %*s %32[0-9a-f] %" SCNu64, key, &first_seq);
	if (!strcmp(kind, "report")) {
		record->kind = ERASE_REPORT;
		record->first_seq = first_seq;
		return count == 2 &&
		    !digest_unhex(text_of(key), record->key,
			sizeof(record->key));
	}
	if (sscanf(line, "%*u %*u %*s %" SCNu64, &number) != 1)
		return false;
	record->kind = strcmp(kind, "note") ? ERASE_SOURCE : ERASE_NOTE;
	if (record->kind == ERASE_NOTE)
		record->seq = number;
	else
		record->source = (uint32_t)number;
	return record->kind == ERASE_NOTE || !strcmp(kind, "source");
}

bool
erased_next(struct text *lines, struct erased *erased)
{
	while (lines->len) {
		const char *end = memchr(lines->at, '\n', lines->len);
		size_t len = end ? (size_t)(end - lines->at) : lines->len;
		char line[LINE_BYTES];
		bool is_whole = end && len < sizeof(line);

		if (is_whole) {
			memcpy(line, lines->at, len);
			line[len] = '\0';
		}
		lines->at += end ? len + 1 : len;
		lines->len -= end ? len + 1 : len;
		if (is_whole && parse(line, erased))
			return true;
	}
	return false;
}

static int
compare(const void *a, const void *b)
{
	const struct erased *x = a, *y = b;

	if (x->epoch != y->epoch)
		return x->epoch < y->epoch ? -1 : 1;
	return (x->seq > y->seq) - (x->seq < y->seq);
}

uint64_t
erased_settle(struct buf *lines)
{
	struct text rest = buf_text(lines);
	struct buf all = { 0 }, out = { 0 };
	struct erased erased, *at;
	uint64_t count = 0;
	size_t n;

	while (erased_next(&rest, &erased))
		buf_add(&all, &erased, sizeof(erased));
	at = (struct erased *)(void *)all.at;
	n = all.len / sizeof(*at);
	if (n)
		qsort(at, n, sizeof(*at), compare);
	for (size_t i = 0; i < n; i++) {
		if (i > 0 && !compare(&at[i - 1], &at[i]))
			continue;
		erased_write(&out, &at[i]);
		count++;
	}
	out.failed = out.failed || all.failed || lines->failed;
	buf_free(&all);
	buf_free(lines);
	*lines = out;
	return count;
}

/* --- the file ------------------------------------------------------------- */

/*
 * A line that a crash cut short has no end: the next one begins on a line of
 * its own.
 */
static int
put_lines(int fd, struct text lines)
{
	struct stat st;
	char last = '\n';
	ssize_t n = 1;

	if (fstat(fd, &st) != 0)
		return errno;
	if (st.st_size > 0)
		n = pread(fd, &last, 1, st.st_size - 1);
	if (n == 1 && last != '\n')
		n = write(fd, "\n", 1);
	if (n < 0)
		return errno;
	while (lines.len) {
		n = write(fd, lines.at, lines.len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n < 0 ? errno : ENOSPC;
		lines.at += n;
		lines.len -= (size_t)n;
	}
	return fsync(fd) == 0 ? 0 : errno;
}

int
erased_add(int dir, const char *name, struct text lines,
    struct store_fault *fault)
{
	int fd =
	    openat(dir, name, O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
	int error = fd < 0 ? errno : put_lines(fd, lines);

	if (fd >= 0)
		(void)close(fd);
	if (!error && fsync(dir) != 0)
		error = errno;
	return error ? fault_system(fault, error, "%s: cannot be written", name)
		     : STORE_OK;
}

int
erased_read(int dir, const char *name, struct buf *out,
    struct store_fault *fault)
{
	int fd = openat(dir, name, O_RDONLY | O_CLOEXEC);
	struct stat st;
	ssize_t n = 1;
	int error = 0;

	if (fd < 0 && errno == ENOENT)
		return STORE_OK;
	if (fd < 0 || fstat(fd, &st) != 0)
		error = errno;
	else if (st.st_size > FILE_MAX_BYTES ||
	    !buf_reserve(out, (size_t)st.st_size))
		error = ENOMEM;
	while (!error && n > 0 && st.st_size > 0) {
		n = read(fd, out->at + out->len, (size_t)st.st_size);
		if (n < 0 && errno != EINTR)
			error = errno;
		else if (n > 0)
			out->len += (size_t)n;
		st.st_size -= n > 0 ? n : 0;
		n = n < 0 ? 1 : n;
	}
	if (fd >= 0)
		(void)close(fd);
	return error ? fault_system(fault, error, "%s: cannot be read", name)
		     : STORE_OK;
}
