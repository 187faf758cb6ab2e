/*
 * import_state.c - how many rows of an import are answered, kept in
 * $XDG_STATE_HOME/tocsin/.  Losing it costs time only: a row sent again is
 * known.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/bytes.h"
#include "base/digest.h"
#include "clients/cli/import/import_state.h"
#include "clients/cli/shell/output.h"

enum { EVERY_MS = 1000, NAME_BYTES = 16 };

/* The folder, made where it is missing; owned, or NULL. */
static char *
make_folder(void)
{
	const char *state = getenv("XDG_STATE_HOME");
	const char *home = getenv("HOME");
	char *folder = NULL;
	int len = -1;
	if (state && state[0] == '/')
		len = asprintf(&folder, "%s/tocsin", state);
	else if (home && home[0] == '/')
		len = asprintf(&folder, "%s/.local/state/tocsin", home);
	if (len < 0)
		return NULL;
	for (char *at = folder + 1; *at; at++) {
		if (*at != '/')
			continue;
		*at = '\0';
		mkdir(folder, 0700);
		*at = '/';
	}
	if (!mkdir(folder, 0700) || errno == EEXIST)
		return folder;
	free(folder);
	return NULL;
}

static int
name_of(const struct import_identity *identity, char out[2 * NAME_BYTES + 1])
{
	uint8_t digest[NAME_BYTES];
	struct buf bytes = { 0 };
	struct stat stat;
	if (fstat(identity->fd, &stat) || !S_ISREG(stat.st_mode))
		return -1;
	buf_u64(&bytes, stat.st_dev);
	buf_u64(&bytes, stat.st_ino);
	buf_u64(&bytes, (uint64_t)stat.st_size);
	buf_u64(&bytes, (uint64_t)stat.st_mtim.tv_sec);
	buf_u64(&bytes, (uint64_t)stat.st_mtim.tv_nsec);
	for (const char *const *word = identity->words; *word; word++)
		buf_string(&bytes, text_of(*word));
	if (bytes.failed)
		return -1;
	digest_blake2b(NULL, 0, bytes.at, bytes.len, digest, NAME_BYTES);
	buf_free(&bytes);
	digest_hex(digest, NAME_BYTES, out);
	return 0;
}

void
import_state_open(struct import_state *state,
    const struct import_identity *identity)
{
	char name[2 * NAME_BYTES + 1];
	char *folder;
	unsigned long long rows;
	FILE *file;
	*state = (struct import_state){ 0 };
	if (name_of(identity, name))
		return;
	folder = make_folder();
	if (!folder || asprintf(&state->path, "%s/import-%s", folder, name) < 0)
		state->path = NULL;
	free(folder);
	file = state->path ? fopen(state->path, "re") : NULL;
	if (!file)
		return;
	if (fscanf(file, "rows %llu", &rows) == 1)
		state->rows = rows;
	fclose(file);
}

/* Written beside and renamed, so that a half is never read. */
static void
save(const struct import_state *state, uint64_t rows)
{
	char *part;
	FILE *file;
	if (asprintf(&part, "%s.part", state->path) < 0)
		return;
	file = fopen(part, "we");
	if (file) {
		fprintf(file, "rows %llu\n", (unsigned long long)rows);
		if (fclose(file) || rename(part, state->path))
			unlink(part);
	}
	free(part);
}

void
import_state_save(struct import_state *state, uint64_t rows, bool is_now)
{
	int64_t now = clock_ms();
	if (!state->path || (!is_now && now - state->saved_ms < EVERY_MS))
		return;
	state->saved_ms = now;
	save(state, rows);
}

void
import_state_forget(struct import_state *state)
{
	if (state->path)
		unlink(state->path);
}

void
import_state_close(struct import_state *state)
{
	free(state->path);
	state->path = NULL;
}
