/* Counters and gauges, by the table. */
#include "daemon/metrics.h"

#include <ctype.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { THREADS = 4, TIMES = 20000 };

static void
numbers_go_up_and_down(void **state)
{
	(void)state;
	metrics_clear();
	metrics_add(METRIC_calls, 1);
	metrics_add(METRIC_calls, 41);
	metrics_add(METRIC_connections_open, 3);
	metrics_sub(METRIC_connections_open, 2);
	metrics_set(METRIC_seq, UINT64_C(1) << 52);
	assert_int_equal(metrics_get(METRIC_calls), 42);
	assert_int_equal(metrics_get(METRIC_connections_open), 1);
	assert_true(metrics_get(METRIC_seq) == UINT64_C(1) << 52);
	assert_int_equal(metrics_get(METRIC_calls_refused), 0);
	metrics_clear();
	assert_int_equal(metrics_get(METRIC_calls), 0);
}

static void *
count(void *who)
{
	(void)who;
	for (int i = 0; i < TIMES; i++)
		metrics_add(METRIC_bytes_in, 3);
	return NULL;
}

static void
threads_lose_no_counts(void **state)
{
	(void)state;
	pthread_t threads[THREADS];
	metrics_clear();
	for (int i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, count, NULL),
		    0);
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	assert_int_equal(metrics_get(METRIC_bytes_in), 3 * THREADS * TIMES);
}

struct seen {
	unsigned count;
	unsigned with_value;
};

static void
look(void *who, const struct metric_info *info, uint64_t value)
{
	struct seen *seen = who;
	assert_ptr_equal(info, metrics_info(seen->count));
	assert_true(value == 0 || !strcmp(info->name, "pushes"));
	seen->count++;
	seen->with_value += value == 7;
}

static void
all_are_visited_in_order(void **state)
{
	(void)state;
	struct seen seen = { 0 };
	metrics_clear();
	metrics_set(METRIC_pushes, 7);
	metrics_each(look, &seen);
	assert_int_equal(seen.count, METRICS);
	assert_int_equal(seen.with_value, 1);
}

static void
rows_are_well_formed(void **state)
{
	(void)state;
	for (unsigned i = 0; i < METRICS; i++) {
		const struct metric_info *info = metrics_info(i);
		assert_true(strlen(info->name) > 0);
		for (const char *at = info->name; *at; at++)
			assert_true(islower((unsigned char)*at) || *at == '_');
		size_t len = strlen(info->meaning);
		assert_true(len > 1 && info->meaning[len - 1] == '.');
		for (unsigned j = 0; j < i; j++)
			assert_string_not_equal(info->name,
			    metrics_info(j)->name);
	}
}

static void
the_table_is_markdown(void **state)
{
	(void)state;
	char *text = NULL;
	size_t len = 0;
	unsigned lines = 0;
	FILE *out = open_memstream(&text, &len);
	assert_non_null(out);
	metrics_describe(out);
	fclose(out);
	for (size_t i = 0; i < len; i++)
		lines += text[i] == '\n';
	assert_int_equal(lines, METRICS + 2);
	assert_non_null(strstr(text,
	    "| `checkpoint_ms` | gauge | ms | Time the last checkpoint "));
	assert_non_null(strstr(text, "| `reports_new` | counter |  | "));
	free(text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers_go_up_and_down),
		cmocka_unit_test(threads_lose_no_counts),
		cmocka_unit_test(all_are_visited_in_order),
		cmocka_unit_test(rows_are_well_formed),
		cmocka_unit_test(the_table_is_markdown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
