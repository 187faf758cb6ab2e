#include "daemon/store/log/scrub.h"

#include <errno.h>
#include <stdint.h>
#include <sys/stat.h>
#include <unistd.h>

enum { SCRUB_BYTES = 65536 };

void
scrub_close(int fd)
{
	static const uint8_t zeroes[SCRUB_BYTES];
	struct stat st;
	off_t at = 0;

	if (fd < 0)
		return;
	if (fstat(fd, &st) != 0 || st.st_nlink > 0)
		st.st_size = 0;
	while (at < st.st_size) {
		off_t left = st.st_size - at;
		ssize_t n = pwrite(fd, zeroes,
		    left < SCRUB_BYTES ? (size_t)left : SCRUB_BYTES, at);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			break;
		at += n;
	}
	(void)fdatasync(fd);
	(void)close(fd);
}
