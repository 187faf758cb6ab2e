/* grouplist.c - groups.list: all groups, page by page. */
#include <stdio.h>

#include "daemon/calls/answer.h"
#include "daemon/calls/inquiry.h"
#include "daemon/net/dispatch.h"
#include "proto/codec.h"

static bool
is_in_category(const struct inquiry *inquiry, const struct shown *shown)
{
	const struct vocabulary *vocabulary =
	    inquiry->fresh.services->vocabulary;
	int category;

	if (inquiry->category < 0)
		return true;
	category = vocabulary_find(vocabulary, WORDS_CATEGORY,
	    text_of(shown->category));
	return category >= 0 &&
	    vocabulary_is_within(vocabulary, category, inquiry->category);
}

/* One group, if there is room for it; non-zero when there is none. */
static int
list_mode(struct inquiry *inquiry, uint16_t mode)
{
	struct aggregate counts;

	look_counts(inquiry->snapshot, &inquiry->family, mode, &counts, NULL);
	if (!counts.reports)
		return 0;
	if (inquiry->count == inquiry->max) {
		inquiry->more = true;
		return 1;
	}
	inquiry_pack_mode(inquiry, mode, &counts, true);
	inquiry->after =
	    key_group(inquiry->family.root, mode, PART_AGGREGATE, 0);
	return 0;
}

/* The rest of a product's groups, in order of their modes. */
static int
list_product(struct inquiry *inquiry, uint16_t after)
{
	struct look_modes modes;
	int result = look_modes(inquiry->snapshot, &inquiry->family, &modes);

	if (!result && inquiry_judge(inquiry))
		result = answer_damaged(&inquiry->fresh.why);

	for (uint16_t mode = after;
	     !result && (mode = look_mode_next(&modes, mode)) != 0;)
		result = list_mode(inquiry, mode);
	return result;
}

/* Each product once, at its first row; merged ones with their root. */
static int
list_group(void *who, struct text key, struct text row)
{
	struct inquiry *inquiry = who;
	struct text from = key_text(&inquiry->after);
	uint32_t product = key_u32(key, 0);
	uint16_t after = 0;

	(void)row;
	if (inquiry->is_read && inquiry->product == product)
		return 0;
	if (from.len && key_u32(from, 0) == product)
		after = key_u16(from, 4);
	inquiry->is_read = true;
	inquiry->product = product;
	if (look_family(inquiry->snapshot, product, &inquiry->family) ||
	    inquiry->family.root != product ||
	    !look_product(inquiry->snapshot,
		inquiry->fresh.services->vocabulary, product,
		&inquiry->shown) ||
	    !is_in_category(inquiry, &inquiry->shown))
		return 0;
	return list_product(inquiry, after);
}

static void
read_groups(struct inquiry *inquiry, struct snapshot *snapshot)
{
	struct text from = key_text(&inquiry->after);
	struct key begin = inquiry->after, prefix;
	char after[32];
	size_t token;

	if (inquiry->product && !inquiry_find(inquiry, snapshot))
		return;
	prefix = key_product(inquiry->family.root);
	if (!inquiry->product)
		prefix.len = 0;
	if (from.len)
		from = key_text(&begin);
	pack_map(&inquiry->out, 3);
	pack_string(&inquiry->out, "groups");
	token = pack_open_list(&inquiry->out);
	snapshot_walk(snapshot, KEYSPACE_GROUP, key_text(&prefix), from,
	    list_group, inquiry);
	pack_close_list(&inquiry->out, token, inquiry->count);
	pack_field_bool(&inquiry->out, "more", inquiry->more);
	snprintf(after, sizeof(after), "%u.%u",
	    inquiry->after.len ? key_u32(key_text(&inquiry->after), 0) : 0,
	    inquiry->after.len ? key_u16(key_text(&inquiry->after), 4) : 0);
	pack_field_string(&inquiry->out, "after", after);
}

static int
take_after(struct inquiry *inquiry, struct text after, struct refusal *why)
{
	char text[32];
	unsigned product, mode;
	int used = 0;

	if (!after.len)
		return 0;
	shown_copy(text, sizeof(text), after);
	if (sscanf(text, "%9u.%5u%n", &product, &mode, &used) != 2 ||
	    text[used] || mode > UINT16_MAX)
		return refuse(why, ERROR_INVALID, "after",
		    "use the after of the page before");
	inquiry->after = key_group(product, (uint16_t)mode, PART_AGGREGATE, 0);
	return 0;
}

void
handle_groups_list(struct call *call)
{
	const struct call_groups_list *args = call->args;
	struct inquiry *inquiry = inquiry_new(call, read_groups);
	struct refusal why = { 0 };

	if (!inquiry)
		return;
	inquiry->max = args->max;
	inquiry->is_public |= args->public;
	if (args->product.len)
		inquiry_take_id(inquiry, args->product, "product", &why);
	if (args->category.len)
		inquiry->category =
		    vocabulary_find(inquiry->fresh.services->vocabulary,
			WORDS_CATEGORY, args->category);
	if (!why.code && args->category.len && inquiry->category < 0)
		refuse(&why, ERROR_INVALID, "category",
		    "no category is called \"%.*s\"", TEXT_ARG(args->category));
	if (!why.code)
		take_after(inquiry, args->after, &why);
	inquiry_start(inquiry, call, &why);
}
