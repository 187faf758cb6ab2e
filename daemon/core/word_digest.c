#include "daemon/core/word_digest.h"

#include <string.h>

#include "base/digest.h"

/* The digest so far is the key of what comes after it. */
static uint64_t
add(uint64_t digest, struct text text)
{
	uint8_t key[DIGEST_SIP_KEY_BYTES] = { 0 };

	memcpy(key, &digest, sizeof(digest));
	return digest_sip64(key, text.at, text.len);
}

/* No file nests deeper than yaml.h lets it. */
static uint64_t
add_node(uint64_t digest, const struct yaml_node *node)
{
	digest = add(digest + node->kind + 1, node->key);
	digest = add(digest, node->scalar);
	for (const struct yaml_node *child = node->child; child;
	     child = child->next)
		digest = add_node(digest, child);
	return add(digest, TEXT("."));
}

uint64_t
word_digest_add(uint64_t digest, const struct yaml_doc *doc)
{
	const struct yaml_node *root = doc ? yaml_root(doc) : NULL;

	digest = add(digest, TEXT("doc"));
	return root ? add_node(digest, root) : digest;
}
