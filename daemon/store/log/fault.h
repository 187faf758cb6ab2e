/*
 * fault.h - how the store fails: a few results for programs, and a text for
 * people that names file and place.
 */
#ifndef TOCSIN_STORE_LOG_FAULT_H
#define TOCSIN_STORE_LOG_FAULT_H

enum store_result {
	STORE_OK = 0,
	STORE_NOT_FOUND,
	STORE_FULL,    /* disk or map full: read-only until it succeeds */
	STORE_CORRUPT, /* a checksum or an invariant says no */
	STORE_REFUSED, /* wrong instance, locked, ahead of the log, version */
	STORE_IO,
	STORE_MEMORY,
};

/* Why opening or reading failed, for people: names file and place. */
struct store_fault {
	enum store_result result;
	char text[320];
};

/* Fill fault (may be NULL) and return result. */
int fault_set(struct store_fault *fault, enum store_result result,
    const char *format, ...) __attribute__((format(printf, 3, 4)));

/*
 * As fault_set for a system call that failed with this errno: "what: why",
 * where ENOSPC and EDQUOT become STORE_FULL and all else STORE_IO.
 */
int fault_system(struct store_fault *fault, int error, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/*
 * The disk failed in a way that must not be retried: one line on stderr, then
 * _exit(74).  A supervisor starts us again, and recovery decides.  Any thread.
 */
_Noreturn void fault_exit(const char *what, int error);

#endif
