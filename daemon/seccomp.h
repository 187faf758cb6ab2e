/*
 * seccomp.h - let go of all system calls but those of seccomp_calls.def.
 */
#ifndef TOCSIN_DAEMON_SECCOMP_H
#define TOCSIN_DAEMON_SECCOMP_H

#include <stdbool.h>

/* Can this kernel, on this kind of processor, filter system calls? */
bool seccomp_is_there(void);

/*
 * From now on every thread of the process, and those it starts, can make only
 * the calls of the table.  Another one fails with EPERM, is counted, and is
 * logged up to a hundred times: from a signal handler, but at a known place,
 * within the call.  A call by another processor's numbers (32-bit on 64) ends
 * the process.  Needs no_new_privs, and that no thread blocks SIGSYS.  Cannot
 * be undone.  0 or an errno; EBUSY: a thread filters by rules of its own.
 */
int seccomp_close(void);

#endif
