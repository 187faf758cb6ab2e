/*
 * tokenfile.h - a token's own file: read only when nobody else can, written
 * so that nobody else can.
 */
#ifndef TOCSIN_CLIENTS_CLI_TOKENFILE_H
#define TOCSIN_CLIENTS_CLI_TOKENFILE_H

#include <stddef.h>

enum { TOKENFILE_MAX = 201 /* with its NUL */ };

/*
 * Read the first line of a file, without blanks around it.  0, or -1 with a
 * sentence in why: it cannot be read, is empty or too long, or others than
 * its owner (and the group, for reading) have rights on it.
 */
int tokenfile_read(const char *path, char token[TOKENFILE_MAX], char *why,
    size_t cap);

/*
 * Write a token to a file that is not there yet, for its owner alone.  0, or
 * -1 with why.
 */
int tokenfile_write(const char *path, const char *token, char *why, size_t cap);

#endif
