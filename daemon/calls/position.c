#include "daemon/calls/position.h"

#include "proto/codec.h"

int
position_parse(struct services *services, struct text text,
    struct cursor *cursor, struct refusal *why)
{
	return cursor_parse(text, store_instance(services->store),
	    store_epoch(services->store), store_durable(services->store),
	    cursor, why);
}

int
position_read(struct services *services, struct text text,
    struct cursor *cursor, struct refusal *why)
{
	uint64_t head = hub_head(services->hub);

	*cursor = (struct cursor){ 0 };
	if (!text.len || text_is(text, "snapshot"))
		cursor->snapshot = head;
	else if (text_is(text, "new"))
		cursor->position = head;
	else if (!text_is(text, "all"))
		return position_parse(services, text, cursor, why);
	return 0;
}

void
position_pack(struct services *services, struct buf *out,
    const struct cursor *cursor)
{
	char text[CURSOR_MAX];

	cursor_format(cursor, store_instance(services->store),
	    store_epoch(services->store), text);
	pack_field_string(out, "cursor", text);
}
