/*
 * landlock.h - let go of all files but some: the kernel's Landlock, from its
 * second version on (Linux 5.19), which lets files be renamed.
 */
#ifndef TOCSIN_DAEMON_LANDLOCK_H
#define TOCSIN_DAEMON_LANDLOCK_H

#include <stddef.h>

/* What a path is kept for; what lies below a folder is kept with it. */
enum landlock_use {
	KEPT_TO_READ,  /* files, not the listing of folders */
	KEPT_TO_WRITE, /* everything but devices, sockets and programs */
	KEPT_TO_BIND,  /* sockets are made and removed there */
};

struct landlock_path {
	const char
	    *path; /* a folder or a file; one that is not there is left out */
	enum landlock_use use;
};

/* The version the kernel has; 0: none that can be used. */
int landlock_version(void);

/*
 * From now on this thread, and those it starts, can open only what lies below
 * these paths, whatever the account may; they cannot connect over TCP, run
 * programs or, where the kernel can tell, send signals and speak to abstract
 * Unix sockets outside.  What is open stays usable.  Needs no_new_privs.
 * Cannot be undone.  0 or an errno.
 */
int landlock_close(const struct landlock_path *paths, size_t count);

#endif
