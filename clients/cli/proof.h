/*
 * proof.h - an export of alerts with their chain, checked row by row: does
 * each alert have its hash, does the chain hold, and do the columns say what
 * the alert says?  Not what the chain does not cover: seq, at and change.
 */
#ifndef TOCSIN_CLIENTS_CLI_PROOF_H
#define TOCSIN_CLIENTS_CLI_PROOF_H

#include "clients/cli/chain.h"

struct proof;

/* NULL when out of memory.  free: NULL is fine. */
struct proof *proof_new(bool is_csv);
void proof_free(struct proof *proof);

/* Its chain: to begin, to tell of. */
struct chain *proof_chain(struct proof *proof);

/* Take bytes of the file; then its end.  0, or -1: proof_why says why. */
int proof_feed(struct proof *proof, const char *bytes, size_t len);
int proof_finish(struct proof *proof);
const char *proof_why(const struct proof *proof);

#endif
