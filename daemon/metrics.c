#include "daemon/metrics.h"

#include <assert.h>
#include <stdatomic.h>

static _Atomic uint64_t values[METRICS];

static const struct metric_info infos[METRICS] = {
/* clang-format off */
#define METRIC(name, kind, unit, meaning) \
	{ #name, METRIC_##kind, unit, meaning },
#include "daemon/metrics.def"
#undef METRIC
	/* clang-format on */
};

const struct metric_info *
metrics_info(enum metric metric)
{
	assert(metric < METRICS);
	return &infos[metric];
}

void
metrics_add(enum metric metric, uint64_t more)
{
	assert(metric < METRICS);
	atomic_fetch_add_explicit(&values[metric], more, memory_order_relaxed);
}

void
metrics_sub(enum metric metric, uint64_t less)
{
	assert(metric < METRICS && infos[metric].kind == METRIC_GAUGE);
	atomic_fetch_sub_explicit(&values[metric], less, memory_order_relaxed);
}

void
metrics_set(enum metric metric, uint64_t value)
{
	assert(metric < METRICS);
	atomic_store_explicit(&values[metric], value, memory_order_relaxed);
}

uint64_t
metrics_get(enum metric metric)
{
	assert(metric < METRICS);
	return atomic_load_explicit(&values[metric], memory_order_relaxed);
}

void
metrics_each(metrics_visit *visit, void *who)
{
	for (unsigned i = 0; i < METRICS; i++)
		visit(who, &infos[i], metrics_get(i));
}

void
metrics_clear(void)
{
	for (unsigned i = 0; i < METRICS; i++)
		metrics_set(i, 0);
}

void
metrics_describe(FILE *out)
{
	fputs("| metric | kind | unit | meaning |\n|---|---|---|---|\n", out);
	for (unsigned i = 0; i < METRICS; i++)
		fprintf(out, "| `%s` | %s | %s | %s |\n", infos[i].name,
		    infos[i].kind == METRIC_COUNTER ? "counter" : "gauge",
		    infos[i].unit, infos[i].meaning);
}
