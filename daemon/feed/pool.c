/* pool.c - see pool.h. */
#include "daemon/feed/pool.h"

#include <stdlib.h>
#include <string.h>

enum { BLOCK_BYTES = 256 << 10 };

struct pool_block {
	struct pool_block *next;
	size_t used, size;
	char at[];
};

void
pool_free(struct pool *pool)
{
	while (pool->blocks != NULL) {
		struct pool_block *block = pool->blocks;

		pool->blocks = block->next;
		free(block);
	}
}

bool
pool_keep(struct pool *pool, struct text *text)
{
	struct pool_block *block = pool->blocks;

	if (text->len == 0)
		return true;
	if (block == NULL || block->size - block->used < text->len) {
		size_t size = text->len > BLOCK_BYTES ? text->len : BLOCK_BYTES;

		block = malloc(sizeof(*block) + size);
		if (block == NULL)
			return false;
		*block = (struct pool_block){ pool->blocks, 0, size };
		pool->blocks = block;
	}
	memcpy(block->at + block->used, text->at, text->len);
	text->at = block->at + block->used;
	block->used += text->len;
	return true;
}
