/*
 * ending.h - those who want to know when something ends.  Loop thread.
 */
#ifndef TOCSIN_NET_ENDING_H
#define TOCSIN_NET_ENDING_H

#include <stdbool.h>
#include <stdint.h>

struct ending;

typedef void ending_fn(void *who);

/*
 * Have end(who) called by endings_run; *list is NULL when empty, token names
 * it.  false when out of memory.
 */
bool endings_add(struct ending **list, uint64_t token, ending_fn *end,
    void *who);

/* Forget the one of that token, if it is there. */
void endings_cancel(struct ending **list, uint64_t token);

/* Call all, newest first, and empty the list; each may cancel others. */
void endings_run(struct ending **list);

#endif
