/* measure.c - time, samples and dice. */
#include "bench/measure.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>

void
die(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	fputs("bench: ", stderr);
	vfprintf(stderr, format, args);
	fputc('\n', stderr);
	va_end(args);
	exit(1);
}

uint64_t
now_ns(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

double
cpu_seconds(void)
{
	struct rusage used;

	getrusage(RUSAGE_SELF, &used);
	return (double)(used.ru_utime.tv_sec + used.ru_stime.tv_sec) +
	    1e-6 * (double)(used.ru_utime.tv_usec + used.ru_stime.tv_usec);
}

void *
must_alloc(size_t count, size_t size)
{
	void *memory = calloc(count ? count : 1, size);

	if (!memory)
		die("out of memory");
	return memory;
}

struct text
read_whole(const char *path)
{
	enum { STEP = 1 << 20 };
	FILE *file = fopen(path, "rb");
	struct buf bytes = { 0 };
	size_t got;
	if (!file)
		die("cannot open %s", path);
	do {
		if (!buf_reserve(&bytes, STEP))
			die("out of memory");
		got = fread(bytes.at + bytes.len, 1, STEP, file);
		bytes.len += got;
	} while (got > 0);
	if (ferror(file))
		die("cannot read %s", path);
	fclose(file);
	return buf_text(&bytes);
}

uint64_t
number_of(const char *name, const char *text, uint64_t min, uint64_t max)
{
	char *end;
	unsigned long long value;

	errno = 0;
	value = strtoull(text, &end, 10);
	if (errno || end == text || *end || value < min || value > max)
		die("%s %s: a number of %llu to %llu is needed", name, text,
		    (unsigned long long)min, (unsigned long long)max);
	return value;
}

void
samples_add(struct samples *samples, uint64_t ns)
{
	if (samples->count == samples->cap) {
		size_t cap = samples->cap ? samples->cap * 2 : 1024;
		uint64_t *at =
		    reallocarray(samples->at, cap, sizeof(*samples->at));

		if (!at)
			die("out of memory");
		samples->at = at;
		samples->cap = cap;
	}
	samples->at[samples->count++] = ns;
}

static int
compare(const void *a, const void *b)
{
	uint64_t left = *(const uint64_t *)a;
	uint64_t right = *(const uint64_t *)b;

	return left < right ? -1 : left > right;
}

void
samples_sort(struct samples *samples)
{
	if (samples->count)
		qsort(samples->at, samples->count, sizeof(*samples->at),
		    compare);
}

uint64_t
samples_at(const struct samples *samples, double share)
{
	size_t index = (size_t)(share * (double)samples->count);

	if (!samples->count)
		return 0;
	return samples->at[index < samples->count ? index : samples->count - 1];
}

void
samples_free(struct samples *samples)
{
	free(samples->at);
	*samples = (struct samples){ 0 };
}

uint64_t
dice(uint64_t *state)
{
	uint64_t mixed = *state += 0x9e3779b97f4a7c15u;

	mixed = (mixed ^ mixed >> 30) * 0xbf58476d1ce4e5b9u;
	mixed = (mixed ^ mixed >> 27) * 0x94d049bb133111ebu;
	return mixed ^ mixed >> 31;
}

double
dice_share(uint64_t *state)
{
	return (double)(dice(state) >> 11) * 0x1p-53;
}
