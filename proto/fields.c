/* fields.c - fields.def as a table. */
#include "proto/fields.h"

#include <assert.h>

#include "base/nearest.h"
#include "proto/report.h"

/* clang-format off */

/* Row numbers, and where each group's rows begin: the second enumerator of
 * GROUP_ROWS sets the count back, so that the next row has that number. */
enum {
#define GROUP_ROWS(NAME) FIRST_##NAME, BEFORE_##NAME = FIRST_##NAME - 1,
#define GROUP(NAME, key, meaning) AT_TOP_##key,
#define FIELD(GROUP, KIND, key, member, NEED, min, max, meaning) \
	AT_##GROUP##_##key,
#include "proto/fields.def"
#undef FIELD
#undef GROUP
	FIELDS
};

_Static_assert(FIELDS < 64, "a bit a row");

#define IN_TOP ""
#define IN_PRODUCT "product."
#define IN_FAILURE "failure."
#define IN_OUTCOME "outcome."
#define IN_CONSENT "consent."
#define IN_ORIGIN "origin."

#undef GROUP_ROWS
#define GROUP_ROWS(NAME)
static const struct report_field fields[FIELDS] = {
#define GROUP(NAME, key, meaning) \
	[AT_TOP_##key] = { #key, #key, AT_TOP_##key, \
	    REPORT_FIELD_MAP, NEED_OPTIONAL, GROUP_##NAME, 0, 0, 0, meaning },
#define FIELD(GROUP, KIND, key, member, NEED, min, max, meaning) \
	[AT_##GROUP##_##key] = { IN_##GROUP #key, #key, \
	    AT_##GROUP##_##key, REPORT_FIELD_##KIND, NEED_##NEED, \
	    GROUP_##GROUP, offsetof(struct report, member), min, max, meaning },
#include "proto/fields.def"
#undef FIELD
#undef GROUP
};

/* Lengths alone tell most keys apart, and these share a cache line. */
static const uint8_t key_len[FIELDS] = {
#define GROUP(NAME, key, meaning) [AT_TOP_##key] = sizeof(#key) - 1,
#define FIELD(GROUP, KIND, key, member, NEED, min, max, meaning) \
	[AT_##GROUP##_##key] = sizeof(#key) - 1,
#include "proto/fields.def"
#undef FIELD
#undef GROUP
};

#define GROUP(NAME, key, meaning)
#define FIELD(GROUP, KIND, key, member, NEED, min, max, meaning) \
	| (uint64_t)(NEED_##NEED == NEED_REQUIRED) << AT_##GROUP##_##key
static const uint64_t required = 0
#include "proto/fields.def"
;
#undef FIELD
#undef GROUP
#undef GROUP_ROWS

static const uint8_t group_first[GROUP_COUNT + 1] = {
	[GROUP_TOP] = FIRST_TOP,
	[GROUP_PRODUCT] = FIRST_PRODUCT,
	[GROUP_FAILURE] = FIRST_FAILURE,
	[GROUP_OUTCOME] = FIRST_OUTCOME,
	[GROUP_CONSENT] = FIRST_CONSENT,
	[GROUP_ORIGIN] = FIRST_ORIGIN,
	[GROUP_COUNT] = FIELDS,
};

/* clang-format on */

static const char *const kind_name[REPORT_FIELD_KINDS] = {
	[REPORT_FIELD_ID] = "id",
	[REPORT_FIELD_KIND] = "word",
	[REPORT_FIELD_SEVERITY] = "word",
	[REPORT_FIELD_COUNT] = "integer",
	[REPORT_FIELD_COUNTRY] = "country",
	[REPORT_FIELD_LINE] = "line",
	[REPORT_FIELD_PROSE] = "text",
	[REPORT_FIELD_LANG] = "language",
	[REPORT_FIELD_DATE] = "date",
	[REPORT_FIELD_YEARS] = "number",
	[REPORT_FIELD_FLAG] = "bool",
	[REPORT_FIELD_LIST] = "lines",
	[REPORT_FIELD_CODES] = "lines or integers",
	[REPORT_FIELD_MAP] = "map",
};

const struct report_field *
report_fields(unsigned *count)
{
	*count = FIELDS;
	return fields;
}

uint64_t
report_fields_required(void)
{
	return required;
}

static inline uint64_t
word_at(const char *at, size_t len)
{
	uint64_t word = 0;

	memcpy(&word, at, len);
	return word;
}

/*
 * memcmp, but inlined: two words that overlap cover a key of 4 to 16 bytes.
 * Twenty calls a report were a sixth of its reading time.
 */
static inline bool
is_same(const char *a, const char *b, size_t len)
{
	if (len >= 8 && len <= 16)
		return word_at(a, 8) == word_at(b, 8) &&
		    word_at(a + len - 8, 8) == word_at(b + len - 8, 8);
	if (len >= 4 && len < 8)
		return word_at(a, 4) == word_at(b, 4) &&
		    word_at(a + len - 4, 4) == word_at(b + len - 4, 4);
	return memcmp(a, b, len) == 0;
}

const struct report_field *
report_field_find(enum report_group group, struct text key, unsigned *hint)
{
	unsigned first = group_first[group];
	unsigned end = group_first[group + 1];
	unsigned at = first + *hint;

	for (unsigned tried = first; tried < end; tried++, at++) {
		if (at == end)
			at = first;
		if (key_len[at] != key.len ||
		    !is_same(fields[at].key, key.at, key.len))
			continue;
		*hint = at + 1 - first;
		return &fields[at];
	}
	return NULL;
}

const struct report_field *
report_field_nearest(enum report_group group, struct text key)
{
	const char *words[FIELDS] = { NULL };
	unsigned first = group_first[group];
	unsigned count = group_first[group + 1] - first;
	const char *near;

	for (unsigned i = 0; i < count; i++)
		words[i] = fields[first + i].key;
	near = nearest_word(key, words, count);
	for (unsigned i = 0; near && i < count; i++)
		if (words[i] == near)
			return &fields[first + i];
	return NULL;
}

const char *
report_group_name(enum report_group group)
{
	static const char *const name[GROUP_COUNT] = { "", "product", "failure",
		"outcome", "consent", "origin" };

	assert(group < GROUP_COUNT);
	return name[group];
}

const char *
report_field_kind_name(enum report_field_kind kind)
{
	assert(kind < REPORT_FIELD_KINDS);
	return kind_name[kind];
}

static void
describe_limits(FILE *out, const struct report_field *field)
{
	if (field->max <= 1 || field->kind == REPORT_FIELD_COUNTRY)
		fputs("–", out);
	else if (field->kind == REPORT_FIELD_COUNT ||
	    field->kind == REPORT_FIELD_YEARS)
		fprintf(out, "%u..%u", field->min, field->max);
	else if (field->kind == REPORT_FIELD_LIST ||
	    field->kind == REPORT_FIELD_CODES)
		fprintf(out, "%u items of %u bytes", field->max,
		    (unsigned)REPORT_NAME_MAX);
	else
		fprintf(out, "%u bytes", field->max);
}

void
report_describe(FILE *out)
{
	fputs("| key | kind | required | most | meaning |\n"
	      "|---|---|---|---|---|\n",
	    out);
	for (unsigned i = 0; i < FIELDS; i++) {
		const struct report_field *field = &fields[i];

		fprintf(out, "| `%s` | %s | %s | ", field->path,
		    kind_name[field->kind],
		    field->need == NEED_REQUIRED ? "yes" : "");
		describe_limits(out, field);
		fprintf(out, " | %s |\n", field->meaning);
	}
}
