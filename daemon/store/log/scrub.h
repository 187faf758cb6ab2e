/* scrub.h - bytes of files that have been replaced. */
#ifndef TOCSIN_STORE_LOG_SCRUB_H
#define TOCSIN_STORE_LOG_SCRUB_H

/*
 * Overwrite with zeroes a file that has no name any more, sync and close it;
 * -1 is fine.  One that has a link elsewhere is somebody's backup: it is left
 * alone.  What a file system or a disk keeps beside (copies on write,
 * spare blocks) is out of reach, so a failure is none to tell of.
 */
void scrub_close(int fd);

/*
 * Remove name in directory dir, a file or a folder with what is in it; its
 * files are overwritten as above.  0 or an errno; nothing there is 0.
 */
int scrub_tree(int dir, const char *name);

#endif
