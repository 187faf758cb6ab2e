#include "daemon/intake/projection.h"

#include <string.h>

#include "daemon/intake/detecting.h"

void
projection_init(struct projection *projection, struct store *store)
{
	*projection = (struct projection){ .store = store };
	projection_forget(projection);
}

void
projection_forget(struct projection *projection)
{
	memset(&projection->senders, 0, sizeof(projection->senders));
	projection->senders.nestablished = -1;
}

void
projection_fini(struct projection *projection)
{
	buf_free(&projection->scratch);
	detecting_free(projection->detecting);
	projection->detecting = NULL;
}

void
projection_put(struct projection *projection, enum keyspace keyspace,
    const struct key *key, struct text row)
{
	if (!projection->result)
		projection->result =
		    store_put(projection->store, keyspace, key_text(key), row);
}

void
projection_put_scratch(struct projection *projection, enum keyspace keyspace,
    const struct key *key)
{
	if (projection->scratch.failed)
		projection->result = STORE_MEMORY;
	projection_put(projection, keyspace, key,
	    buf_text(&projection->scratch));
}

void *
projection_edit(struct projection *projection, enum keyspace keyspace,
    const struct key *key, size_t len)
{
	size_t present;
	void *row;

	if (projection->result)
		return NULL;
	row = store_edit(projection->store, keyspace, key_text(key), len,
	    &present, &projection->result);
	if (row)
		store_edit_len(projection->store, len);
	return row;
}

void *
projection_add(struct projection *projection, enum keyspace keyspace,
    const struct key *key, size_t len)
{
	void *row;

	if (projection->result)
		return NULL;
	row = store_add(projection->store, keyspace, key_text(key), len,
	    &projection->result);
	if (row)
		store_edit_len(projection->store, len);
	return row;
}

int
projection_get(struct projection *projection, enum keyspace keyspace,
    const struct key *key, struct text *row)
{
	int result;

	if (projection->result)
		return projection->result;
	result = store_get(projection->store, keyspace, key_text(key), row);
	if (result && result != STORE_NOT_FOUND)
		projection->result = result;
	return result;
}

uint64_t
projection_counter(struct projection *projection, const char *name)
{
	struct key key = key_counter(name);
	struct text row;
	uint64_t value = 0;

	if (projection_get(projection, KEYSPACE_COUNTER, &key, &row) ==
		STORE_OK &&
	    row.len == sizeof(value))
		memcpy(&value, row.at, sizeof(value));
	return value;
}

void
projection_set_counter(struct projection *projection, const char *name,
    uint64_t value)
{
	struct key key = key_counter(name);
	uint64_t *row =
	    projection_edit(projection, KEYSPACE_COUNTER, &key, sizeof(*row));

	if (row)
		*row = value;
}

void
projection_add_counter(struct projection *projection, const char *name,
    int64_t change)
{
	struct key key = key_counter(name);
	uint64_t *row =
	    projection_edit(projection, KEYSPACE_COUNTER, &key, sizeof(*row));

	if (row)
		*row += (uint64_t)change;
}
