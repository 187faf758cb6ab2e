#include "daemon/core/curation.h"

static const struct curation_entry {
	const char *name;
	enum curation_kind inverse;
} entries[CURATION_KIND_COUNT] = {
	[CURATION_MERGE] = { "merge", CURATION_SPLIT },
	[CURATION_SPLIT] = { "split", CURATION_MERGE },
	[CURATION_ALIAS] = { "alias", CURATION_UNALIAS },
	[CURATION_UNALIAS] = { "unalias", CURATION_ALIAS },
	[CURATION_RENAME] = { "rename", CURATION_RENAME },
	[CURATION_DISTINCT] = { "distinct", CURATION_INDISTINCT },
	[CURATION_INDISTINCT] = { "indistinct", CURATION_DISTINCT },
};

const char *
curation_kind_name(uint8_t kind)
{
	if (kind >= CURATION_KIND_COUNT || !entries[kind].name)
		return "unknown";
	return entries[kind].name;
}

enum curation_kind
curation_inverse(enum curation_kind kind)
{
	return entries[kind].inverse;
}
