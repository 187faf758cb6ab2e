/* copyfile.h - a file copied and digested on the way.  Any thread. */
#ifndef TOCSIN_STORE_COPYFILE_H
#define TOCSIN_STORE_COPYFILE_H

#include "base/digest.h"
#include "daemon/store/log/fault.h"

/*
 * Copy the file of this name (which may go through a folder) from directory
 * from to directory to, made 0600 and synced; to -1: only read it.  STORE_OK;
 * STORE_NOT_FOUND when there is none; or a fault.
 */
int copyfile(int from, int to, const char *name, char sha256[SHA256_HEX_MAX],
    struct store_fault *fault);

#endif
