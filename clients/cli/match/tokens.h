/*
 * tokens.h - in how many records of two tables each token stands, and in
 * which of the right one: the corpus and the index of candidates, in memory.
 */
#ifndef TOCSIN_CLIENTS_CLI_TOKENS_H
#define TOCSIN_CLIENTS_CLI_TOKENS_H

#include "daemon/core/candidate.h"
#include "daemon/core/match.h"

struct tokens;

/* Empty.  NULL when memory runs out; free takes NULL. */
struct tokens *tokens_new(void);
void tokens_free(struct tokens *tokens);

/* Count a record's tokens. */
void tokens_count(struct tokens *tokens, const struct match_record *record);

/* Count them and remember that they stand in record number id. */
void tokens_post(struct tokens *tokens, const struct match_record *record,
    uint32_t id);

/* Did memory run out?  Then what was counted is not all. */
bool tokens_failed(const struct tokens *tokens);

/* What the matcher asks; valid as long as tokens. */
struct match_corpus tokens_corpus(struct tokens *tokens);
struct candidate_index tokens_index(struct tokens *tokens);

#endif
