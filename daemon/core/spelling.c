#include "daemon/core/spelling.h"

#include <assert.h>

static_assert(sizeof(struct spelling_count) == 12, "a count begins a row");

bool
spelling_add(struct spelling_count *count, uint32_t source)
{
	bool has_doubled;

	count->reports++;
	has_doubled = (count->reports & (count->reports - 1)) == 0;
	if (!count->first_source)
		count->first_source = source;
	if (!count->is_shared && count->first_source != source) {
		count->is_shared = 1;
		return true;
	}
	return count->is_shared && has_doubled;
}

void
spelling_remove(struct spelling_count *count)
{
	if (count->reports)
		count->reports--;
}

bool
spelling_prevails(uint32_t reports, uint32_t shown)
{
	return reports > shown;
}
