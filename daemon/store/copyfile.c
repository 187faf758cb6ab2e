#include "daemon/store/copyfile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

enum { PIECE_BYTES = 256 * 1024 };

static int
put(int fd, const uint8_t *at, size_t len)
{
	while (fd >= 0 && len) {
		ssize_t n = write(fd, at, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n < 0 ? errno : ENOSPC;
		at += n;
		len -= (size_t)n;
	}
	return 0;
}

/* 0 or an errno. */
static int
run(int in, int out, struct sha256 *digest)
{
	uint8_t *piece = malloc(PIECE_BYTES);
	ssize_t n = 1;
	int error = piece ? 0 : ENOMEM;

	while (!error && n != 0) {
		n = read(in, piece, PIECE_BYTES);
		if (n < 0 && errno != EINTR)
			error = errno;
		if (n <= 0)
			continue;
		sha256_add(digest, piece, (size_t)n);
		error = put(out, piece, (size_t)n);
	}
	free(piece);
	if (!error && out >= 0 && fsync(out) != 0)
		error = errno;
	return error;
}

int
copyfile(int from, int to, const char *name, char sha256[SHA256_HEX_MAX],
    struct store_fault *fault)
{
	int in = openat(from, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	struct sha256 *digest = sha256_new();
	int out = -1, error = 0;

	if (in < 0 && errno == ENOENT) {
		sha256_free(digest);
		return fault_set(fault, STORE_NOT_FOUND, "%s is missing", name);
	}
	if (in < 0 || !digest)
		error = in < 0 ? errno : ENOMEM;
	if (!error && to >= 0) {
		out = openat(to, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC,
		    0600);
		error = out < 0 ? errno : 0;
	}
	if (!error)
		error = run(in, out, digest);
	if (!error)
		sha256_finish(digest, sha256);
	sha256_free(digest);
	if (in >= 0)
		(void)close(in);
	if (out >= 0)
		(void)close(out);
	return error ? fault_system(fault, error, "%s: cannot be copied", name)
		     : STORE_OK;
}
