/* erase.h - erase.report, erase.reporter, erase.note.  Loop thread. */
#ifndef TOCSIN_CALLS_ERASE_H
#define TOCSIN_CALLS_ERASE_H

struct services;

/* At a start: go on with what was cut short. */
void erase_begin(struct services *services);

/* What is under way ends soon.  At the end of the daemon. */
void erase_stop(struct services *services);

#endif
