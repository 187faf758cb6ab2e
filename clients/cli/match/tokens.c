#include "clients/cli/match/tokens.h"

#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/digest.h"

struct token {
	size_t at; /* in held */
	uint32_t len;
	uint32_t frequency;
	uint32_t *id; /* owned: where it stands, CANDIDATE_POSTINGS at most */
	uint32_t count, cap;
};

struct tokens {
	uint8_t key[16];
	struct token *token; /* owned; a power of two of slots, len 0: free */
	size_t slots, used;
	struct buf held;
	uint64_t records;
	bool failed;
};

enum { SLOTS_FIRST = 4096 };

struct tokens *
tokens_new(void)
{
	struct tokens *tokens = calloc(1, sizeof(*tokens));
	if (!tokens)
		return NULL;
	digest_random(tokens->key, sizeof(tokens->key));
	tokens->slots = SLOTS_FIRST;
	tokens->token = calloc(tokens->slots, sizeof(*tokens->token));
	if (tokens->token)
		return tokens;
	free(tokens);
	return NULL;
}

void
tokens_free(struct tokens *tokens)
{
	if (!tokens)
		return;
	for (size_t i = 0; i < tokens->slots; i++)
		free(tokens->token[i].id);
	free(tokens->token);
	buf_free(&tokens->held);
	free(tokens);
}

static struct text
text_of_token(const struct tokens *tokens, const struct token *token)
{
	return (struct text){ (const char *)tokens->held.at + token->at,
		token->len };
}

/* Where a token is, or the free slot where it belongs. */
static struct token *
slot_of(const struct tokens *tokens, struct text text)
{
	uint64_t hash = digest_sip64(tokens->key, text.at, text.len);
	size_t slot = (size_t)hash & (tokens->slots - 1);
	while (tokens->token[slot].len > 0 &&
	    !text_equal(text, text_of_token(tokens, &tokens->token[slot])))
		slot = (slot + 1) & (tokens->slots - 1);
	return &tokens->token[slot];
}

static bool
grow(struct tokens *tokens)
{
	struct token *old = tokens->token;
	size_t slots = tokens->slots;
	struct token *more = calloc(2 * slots, sizeof(*more));
	if (!more)
		return false;
	tokens->token = more;
	tokens->slots = 2 * slots;
	for (size_t i = 0; i < slots; i++) {
		if (old[i].len > 0)
			*slot_of(tokens, text_of_token(tokens, &old[i])) =
			    old[i];
	}
	free(old);
	return true;
}

static struct token *
add(struct tokens *tokens, struct text text)
{
	if (2 * (tokens->used + 1) > tokens->slots && !grow(tokens))
		return NULL;
	struct token *token = slot_of(tokens, text);
	if (token->len > 0)
		return token;
	token->at = tokens->held.len;
	buf_add_text(&tokens->held, text);
	if (tokens->held.failed)
		return NULL;
	token->len = (uint32_t)text.len;
	tokens->used++;
	return token;
}

static bool
post(struct token *token, uint32_t id)
{
	if (token->count == CANDIDATE_POSTINGS)
		return true;
	if (token->count == token->cap) {
		uint32_t cap = token->cap ? 2 * token->cap : 2;
		uint32_t *more = realloc(token->id, cap * sizeof(*more));
		if (!more)
			return false;
		token->id = more;
		token->cap = cap;
	}
	token->id[token->count++] = id;
	return true;
}

static void
take(struct tokens *tokens, const struct match_record *record,
    const uint32_t *id)
{
	struct text text[MATCH_TOKENS_MAX];
	unsigned count = match_tokens(record, text);
	for (unsigned i = 0; i < count && !tokens->failed; i++) {
		struct token *token = add(tokens, text[i]);
		if (!token || (id && !post(token, *id)))
			tokens->failed = true;
		else
			token->frequency++;
	}
	tokens->records++;
}

void
tokens_count(struct tokens *tokens, const struct match_record *record)
{
	take(tokens, record, NULL);
}

void
tokens_post(struct tokens *tokens, const struct match_record *record,
    uint32_t id)
{
	take(tokens, record, &id);
}

bool
tokens_failed(const struct tokens *tokens)
{
	return tokens->failed;
}

static uint32_t
frequency(void *who, struct text text)
{
	return slot_of(who, text)->frequency;
}

static unsigned
read_ids(void *who, struct text text, uint64_t *id, unsigned max)
{
	const struct token *token = slot_of(who, text);
	unsigned count = token->count < max ? token->count : max;
	for (unsigned i = 0; i < count; i++)
		id[i] = token->id[i];
	return count;
}

struct match_corpus
tokens_corpus(struct tokens *tokens)
{
	return (struct match_corpus){ .records = tokens->records,
		.frequency = frequency,
		.who = tokens };
}

struct candidate_index
tokens_index(struct tokens *tokens)
{
	return (struct candidate_index){ .records = tokens->records,
		.read = read_ids,
		.who = tokens };
}
