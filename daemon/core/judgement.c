#include "daemon/core/judgement.h"

#include <assert.h>

static const struct judgement_entry {
	const char *name;
	enum judgement_kind inverse;
} entries[JUDGEMENT_KIND_COUNT] = {
	[JUDGEMENT_LINK] = { "link", JUDGEMENT_UNLINK },
	[JUDGEMENT_UNLINK] = { "unlink", JUDGEMENT_LINK },
	[JUDGEMENT_REFUSE] = { "refuse", JUDGEMENT_ALLOW },
	[JUDGEMENT_ALLOW] = { "allow", JUDGEMENT_REFUSE },
};

const char *
judgement_kind_name(uint8_t kind)
{
	if (kind >= JUDGEMENT_KIND_COUNT || !entries[kind].name)
		return "unknown";
	return entries[kind].name;
}

enum judgement_kind
judgement_inverse(enum judgement_kind kind)
{
	return entries[kind].inverse;
}

/* The first of a mode (0: of any) on one side; count when there is none. */
static unsigned
first_of(const struct evidence *members, const bool *is_other, unsigned count,
    uint32_t wanted)
{
	uint16_t mode = (uint16_t)(wanted >> 1);
	unsigned i = 0;

	while (i < count &&
	    ((mode && members[i].mode != mode) ||
		is_other[i] != (bool)(wanted & 1)))
		i++;
	return i;
}

static bool
is_listed(const struct judgement_share *shares, unsigned count, uint16_t mode)
{
	for (unsigned i = 0; i < count; i++)
		if (shares[i].mode == mode)
			return true;
	return false;
}

/* Of the two who are first on their sides, the later one. */
static unsigned
add_share(const struct evidence *members, const bool *is_other, unsigned count,
    struct judgement_share *share)
{
	uint32_t mode = (uint32_t)share->mode << 1;
	unsigned one = first_of(members, is_other, count, mode);
	unsigned other = first_of(members, is_other, count, mode | 1);

	if (one == count || other == count)
		return 0;
	share->seq = evidence_seq(&members[one > other ? one : other]);
	return 1;
}

unsigned
judgement_shares(const struct evidence *members, const bool *is_other,
    unsigned count, struct judgement_share out[JUDGEMENT_SHARES_MAX])
{
	unsigned found;

	assert(count <= CASES_MEMBERS_MAX);
	out[0].mode = 0;
	found = add_share(members, is_other, count, &out[0]);
	for (unsigned i = 0; i < count; i++) {
		if (!members[i].mode || is_listed(out, found, members[i].mode))
			continue;
		out[found].mode = members[i].mode;
		found += add_share(members, is_other, count, &out[found]);
	}
	return found;
}
