/* report_variant.h - a report with every field of fields.def, one varied. */
#ifndef TOCSIN_TESTS_REPORT_VARIANT_H
#define TOCSIN_TESTS_REPORT_VARIANT_H

#include "proto/fields.h"
#include "report_case.h"

/* Something that its kind allows, in notation. */
static inline void
pack_minimal(struct buf *out, const struct report_field *field)
{
	static const char *const minimal[REPORT_FIELD_KINDS] = {
		[REPORT_FIELD_KIND] = "'incident'",
		[REPORT_FIELD_SEVERITY] = "'minor'",
		[REPORT_FIELD_COUNT] = "1000000",
		[REPORT_FIELD_YEARS] = "200",
		[REPORT_FIELD_COUNTRY] = "'FR'",
		[REPORT_FIELD_LANG] = "'fr'",
		[REPORT_FIELD_DATE] = "'2026-11-24'",
		[REPORT_FIELD_FLAG] = "true",
	};
	const char *text = minimal[field->kind];

	notation(out, text ? text : "'x'");
}

static inline void
pack_filled(struct buf *out, size_t len)
{
	struct buf text = { 0 };

	for (size_t i = 0; i < len; i++)
		buf_u8(&text, 'y');
	pack_text(out, buf_text(&text));
	buf_free(&text);
}

enum variant {
	AS_IT_IS,
	LEFT_OUT,
	NIL,
	TWICE,
	LONGEST,
	TOO_LONG,
	NO_SUCH_TYPE
};

static inline size_t
longest(const struct report_field *field)
{
	if (field->kind == REPORT_FIELD_PROSE)
		return limits.text_bytes;
	if (field->kind == REPORT_FIELD_LIST ||
	    field->kind == REPORT_FIELD_CODES)
		return REPORT_NAME_MAX;
	return field->max;
}

static inline uint32_t
pack_variant(struct buf *out, const struct report_field *field,
    enum variant variant)
{
	if (variant == LEFT_OUT)
		return 0;
	pack_string(out, field->key);
	if (variant == NIL)
		pack_nil(out);
	else if (variant == LONGEST || variant == TOO_LONG)
		pack_filled(out, longest(field) + (variant == TOO_LONG));
	else if (variant == NO_SUCH_TYPE)
		notation(out, "<c7 01 05 00>");
	else
		pack_minimal(out, field);
	if (variant != TWICE)
		return 1;
	pack_string(out, field->key);
	pack_minimal(out, field);
	return 2;
}

static inline uint32_t
pack_group(struct buf *out, enum report_group group,
    const struct report_field *varied, enum variant variant)
{
	unsigned count;
	const struct report_field *fields = report_fields(&count);
	uint32_t pairs = 0;

	for (unsigned i = 0; i < count; i++) {
		const struct report_field *field = &fields[i];
		bool is_map = field->kind == REPORT_FIELD_MAP;

		if (!is_map && field->group == group)
			pairs += pack_variant(out, field,
			    field == varied ? variant : AS_IT_IS);
		if (is_map && group == GROUP_TOP) {
			size_t token;
			uint32_t inner;

			pack_string(out, field->key);
			token = pack_open_map(out);
			inner = pack_group(out, (enum report_group)field->group,
			    varied, variant);
			pack_close_map(out, token, inner);
			pairs++;
		}
	}
	return pairs;
}

/* A report with every field, of which one is different. */
static inline struct case_of *
read_variant(const struct report_field *varied, enum variant variant)
{
	struct buf bytes = { 0 };
	size_t token = pack_open_map(&bytes);

	pack_close_map(&bytes, token,
	    pack_group(&bytes, GROUP_TOP, varied, variant));
	return read_bytes(bytes);
}

/* Has it a longest length? */
static inline bool
is_lengthy(const struct report_field *field)
{
	return field->kind == REPORT_FIELD_ID ||
	    field->kind == REPORT_FIELD_LINE ||
	    field->kind == REPORT_FIELD_PROSE ||
	    field->kind == REPORT_FIELD_LIST ||
	    field->kind == REPORT_FIELD_CODES;
}

#endif
