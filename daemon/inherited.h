/*
 * inherited.h - listening sockets that whoever started the daemon opened for
 * it (socket activation; sd_listen_fds(3) in a few lines of our own).
 */
#ifndef TOCSIN_DAEMON_INHERITED_H
#define TOCSIN_DAEMON_INHERITED_H

enum { INHERITED_MAX = 16, INHERITED_NAME_BYTES = 64 };

struct inherited {
	struct {
		int fd; /* listens, non-blocking, close-on-exec; -1: taken */
		char name[INHERITED_NAME_BYTES]; /* FileDescriptorName= */
	} socket[INHERITED_MAX];
	unsigned count;
};

/*
 * Those of $LISTEN_FDS, if they are meant for this process; the environment
 * forgets them.  Before any descriptor is opened.  0, or -1 after saying on
 * stderr which is no listening stream socket; none are open then.
 */
int inherited_open(struct inherited *inherited);

/* Close those that nobody took. */
void inherited_close(struct inherited *inherited);

#endif
