#include "daemon/core/suppress.h"

/* What is withheld so far. */
struct withheld {
	uint64_t parts, reports;
};

static void
withhold(struct suppress_part *part, struct withheld *withheld)
{
	part->is_withheld = true;
	withheld->parts++;
	withheld->reports += part->reports;
}

static bool
is_enough(const struct withheld *withheld, uint32_t k)
{
	return withheld->parts == 0 ||
	    (withheld->parts >= 2 &&
		withheld->reports >= k + withheld->parts - 1);
}

/* The part to withhold next, NULL when all that hold anything are. */
static struct suppress_part *
find_next(struct suppress_part *part, size_t count)
{
	struct suppress_part *next = NULL;

	for (size_t i = 0; i < count; i++)
		if (!part[i].is_withheld && part[i].reports > 0 &&
		    (!next || part[i].rank < next->rank))
			next = &part[i];
	return next;
}

void
suppress(struct suppress_part *total, struct suppress_part *part, size_t count,
    uint32_t k)
{
	struct withheld withheld = { 0 };
	struct suppress_part *next;

	for (size_t i = 0; i < count; i++) {
		part[i].is_withheld = false;
		if (part[i].reports > 0 && part[i].sources < k)
			withhold(&part[i], &withheld);
	}
	while (!is_enough(&withheld, k) && (next = find_next(part, count)))
		withhold(next, &withheld);
	total->is_withheld = (total->reports > 0 && total->sources < k) ||
	    !is_enough(&withheld, k);
	for (size_t i = 0; i < count && total->is_withheld; i++)
		part[i].is_withheld = part[i].reports > 0;
}
