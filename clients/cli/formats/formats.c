/*
 * formats.c - bytes of a file, decoded.
 */
#include "clients/cli/formats/formats.h"

#include <errno.h>
#include <fcntl.h>
#include <iconv.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "proto/value.h"

enum { CHUNK = 1 << 16, HELD_MAX = 16 };

struct input {
	int fd;
	bool is_decoded; /* with decoder and encoder */
	iconv_t decoder, encoder;
	bool is_begun;
	uint64_t nread, size;
	size_t held; /* bytes of a character cut in two, at the front of raw */
	struct buf out;
	char raw[HELD_MAX + CHUNK];
};

int
fault_set(struct fault *fault, const char *field, const char *format, ...)
{
	va_list args;
	snprintf(fault->field, sizeof(fault->field), "%s", field);
	fault->code = "invalid";
	va_start(args, format);
	vsnprintf(fault->reason, sizeof(fault->reason), format, args);
	va_end(args);
	return -1;
}

int
fault_check_text(struct fault *fault, const char *field, struct text text)
{
	if (!text.len)
		return 0;
	if (memchr(text.at, '\0', text.len))
		return fault_set(fault, field, "holds a NUL byte");
	if (!utf8_is_valid(text))
		return fault_set(fault, field,
		    "is not UTF-8; if the file is older, name its encoding "
		    "in a map, as in encoding: cp1252");
	return 0;
}

static const char *
iconv_name(const char *encoding)
{
	if (!strcasecmp(encoding, "utf-8") || !strcasecmp(encoding, "utf8"))
		return NULL;
	if (!strcasecmp(encoding, "latin1"))
		return "ISO-8859-1";
	return encoding;
}

static int
open_converters(struct input *input, const char *encoding)
{
	input->decoder = iconv_open("UTF-8", encoding);
	if (input->decoder == (iconv_t)-1)
		return -1;
	input->encoder = iconv_open(encoding, "UTF-8");
	if (input->encoder == (iconv_t)-1) {
		iconv_close(input->decoder);
		return -1;
	}
	input->is_decoded = true;
	return 0;
}

static int
open_file(struct input *input, const char *path)
{
	struct stat stat;
	input->fd =
	    strcmp(path, "-") ? open(path, O_RDONLY | O_CLOEXEC) : STDIN_FILENO;
	if (input->fd < 0 || fstat(input->fd, &stat))
		return -1;
	if (S_ISDIR(stat.st_mode)) {
		errno = EISDIR;
		return -1;
	}
	if (S_ISREG(stat.st_mode) && stat.st_size > 0)
		input->size = (uint64_t)stat.st_size;
	return 0;
}

struct input *
input_open(const char *path, const char *encoding, char why[WHY_MAX])
{
	struct input *input = calloc(1, sizeof(*input));
	if (!input) {
		snprintf(why, WHY_MAX, "out of memory");
		return NULL;
	}
	input->fd = -1;
	if (encoding)
		encoding = iconv_name(encoding);
	if (encoding && open_converters(input, encoding)) {
		snprintf(why, WHY_MAX, "%.60s is no encoding known here",
		    encoding);
		input_close(input);
		return NULL;
	}
	if (open_file(input, path)) {
		snprintf(why, WHY_MAX, "%s", strerror(errno));
		input_close(input);
		return NULL;
	}
	return input;
}

void
input_close(struct input *input)
{
	if (!input)
		return;
	if (input->fd > STDIN_FILENO)
		close(input->fd);
	if (input->is_decoded) {
		iconv_close(input->decoder);
		iconv_close(input->encoder);
	}
	buf_free(&input->out);
	free(input);
}

/*
 * Convert what can be converted.  A byte that cannot is kept as it is (when
 * decoding: no UTF-8 then, and refused where it stands) or made '?'.  Returns
 * how many bytes at the end are the beginning of a character.
 */
static size_t
convert(iconv_t converter, struct text text, bool is_kept, struct buf *out)
{
	char room[4096];
	/* iconv takes a char **, but changes only the pointer. */
	union {
		const char *is;
		char *as_iconv_has_it;
	} at = { .is = text.at };
	size_t left = text.len;
	while (left) {
		char *to = room;
		size_t cap = sizeof(room);
		size_t done =
		    iconv(converter, &at.as_iconv_has_it, &left, &to, &cap);
		int failure = errno;
		buf_add(out, room, (size_t)(to - room));
		if (done != (size_t)-1 || failure == E2BIG)
			continue;
		if (failure == EINVAL)
			return left;
		buf_u8(out, is_kept ? (uint8_t)*at.is : '?');
		at.is++;
		left--;
		/* The rest of a character that has no equal here. */
		while (!is_kept && left && ((uint8_t)*at.is & 0xc0) == 0x80) {
			at.is++;
			left--;
		}
	}
	return 0;
}

void
input_encode(struct input *input, struct text text, struct buf *out)
{
	if (!input->is_decoded)
		buf_add_text(out, text);
	else if (text.len)
		convert(input->encoder, text, !utf8_is_valid(text), out);
}

/* What a file begins with that is not text. */
static const char *
strange_beginning(struct text bytes)
{
	if (bytes.len >= 2 && !memcmp(bytes.at, "\x1f\x8b", 2))
		return "is compressed; use zcat FILE | tocsin import - ...";
	if (bytes.len >= 2 &&
	    (!memcmp(bytes.at, "\xff\xfe", 2) ||
		!memcmp(bytes.at, "\xfe\xff", 2)))
		return "is UTF-16; save it as CSV in UTF-8";
	if (bytes.len >= 4 && !memcmp(bytes.at, "PK\3\4", 4))
		return "is a spreadsheet or an archive; save it as CSV in "
		       "UTF-8";
	return NULL;
}

static ssize_t
read_more(struct input *input, char why[WHY_MAX])
{
	ssize_t got;
	do
		got = read(input->fd, input->raw + input->held, CHUNK);
	while (got < 0 && errno == EINTR);
	if (got < 0)
		snprintf(why, WHY_MAX, "%s", strerror(errno));
	else
		input->nread += (uint64_t)got;
	return got;
}

/* Decode what was read; the beginning of a character waits for the rest. */
static int
decode(struct input *input, struct text *bytes, bool is_end, char why[WHY_MAX])
{
	size_t held;
	buf_clear(&input->out);
	held = convert(input->decoder, *bytes, true, &input->out);
	if (is_end || held > HELD_MAX) {
		buf_add(&input->out, bytes->at + bytes->len - held, held);
		held = 0;
	}
	memmove(input->raw, bytes->at + bytes->len - held, held);
	input->held = held;
	*bytes = buf_text(&input->out);
	if (!input->out.failed)
		return 0;
	snprintf(why, WHY_MAX, "out of memory");
	return -1;
}

int
input_next(struct input *input, struct text *bytes, char why[WHY_MAX])
{
	const char *strange;
	ssize_t got = read_more(input, why);
	size_t len = input->held + (got > 0 ? (size_t)got : 0);
	if (got < 0)
		return -1;
	if (!len)
		return 0;
	*bytes = (struct text){ input->raw, len };
	if (!input->is_begun) {
		input->is_begun = true;
		strange = strange_beginning(*bytes);
		if (strange) {
			snprintf(why, WHY_MAX, "%s", strange);
			return -1;
		}
		if (len >= 3 && !memcmp(bytes->at, "\xef\xbb\xbf", 3)) {
			bytes->at += 3;
			bytes->len -= 3;
		}
	}
	input->held = 0;
	if (input->is_decoded && decode(input, bytes, got == 0, why))
		return -1;
	return 1;
}

int
input_fd(const struct input *input)
{
	return input->fd;
}

uint64_t
input_read_bytes(const struct input *input)
{
	return input->nread;
}

uint64_t
input_size(const struct input *input)
{
	return input->size;
}
