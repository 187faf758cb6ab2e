/* import_ids.h - ids for rows that have none. */
#ifndef TOCSIN_CLIENTS_CLI_IMPORT_IDS_H
#define TOCSIN_CLIENTS_CLI_IMPORT_IDS_H

#include "clients/cli/formats/formats.h"

enum { IMPORT_ID_MAX = 128 };

/* How often each content has been seen. */
struct content_ids;
struct content_ids *content_ids_new(void); /* NULL: out of memory */
void content_ids_free(struct content_ids *ids);

/*
 * The id of a row by its first count cells (of NDJSON its line); equal ones
 * get a running number.  0, or -1 when out of memory.
 */
int content_id(struct content_ids *ids, const struct record *record,
    uint32_t count, char out[IMPORT_ID_MAX]);

#endif
