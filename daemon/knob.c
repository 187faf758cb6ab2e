#include "daemon/knob.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/nearest.h"
#include "base/utf8.h"
#include "daemon/config.h"

enum { MOST_WORDS = 8, MOST_WORD_BYTES = 64 };

struct unit {
	const char *name;
	uint64_t size;
};

/* Largest first, so that printing finds the shortest number. */
static const struct unit byte_units[] = { { "TiB", 1ULL << 40 },
	{ "GiB", 1ULL << 30 }, { "MiB", 1ULL << 20 }, { "KiB", 1ULL << 10 },
	{ "B", 1 }, { NULL, 0 } };

static const struct unit time_units[] = { { "d", 86400000 }, { "h", 3600000 },
	{ "m", 60000 }, { "s", 1000 }, { "ms", 1 }, { NULL, 0 } };

static const struct unit no_units[] = { { "", 1 }, { NULL, 0 } };

static const struct unit *
units_of(const struct knob *knob)
{
	if (knob->kind == KNOB_BYTES)
		return byte_units;
	return knob->kind == KNOB_DURATION ? time_units : no_units;
}

static void
write_number(const struct knob *knob, uint64_t value, struct buf *out)
{
	const struct unit *unit = units_of(knob);
	while (unit[1].name && (value == 0 || value % unit->size != 0))
		unit++;
	buf_printf(out, "%" PRIu64 "%s", value / unit->size, unit->name);
}

void
knob_write_range(const struct knob *knob, struct buf *out)
{
	if (knob->kind == KNOB_BOOL) {
		buf_add_string(out, "true or false");
	} else if (knob->kind == KNOB_ENUM) {
		for (const char *at = knob->unit; *at; at++) {
			if (*at == '|')
				buf_add_string(out,
				    strchr(at + 1, '|') ? ", " : " or ");
			else
				buf_u8(out, (uint8_t)*at);
		}
	} else if (knob->kind == KNOB_PATH) {
		buf_printf(out, "a path of at most %" PRIu64 " bytes",
		    knob->max);
	} else {
		write_number(knob, knob->min, out);
		buf_add_string(out, " to ");
		write_number(knob, knob->max, out);
		if (*knob->unit)
			buf_printf(out, " %s", knob->unit);
	}
}

static int
out_of_range(const struct knob *knob, struct buf *why)
{
	buf_add_string(why, "must be ");
	knob_write_range(knob, why);
	return -1;
}

/* Digits at the head of text, which is moved behind them; false: too many. */
static bool
read_digits(struct text *text, uint64_t *value)
{
	*value = 0;
	while (text->len > 0 && *text->at >= '0' && *text->at <= '9') {
		if (__builtin_mul_overflow(*value, 10, value) ||
		    __builtin_add_overflow(*value, (uint64_t)(*text->at - '0'),
			value))
			return false;
		*text = (struct text){ text->at + 1, text->len - 1 };
	}
	return true;
}

/* The size of a unit, 0 when there is none of that name. */
static uint64_t
unit_size(const struct knob *knob, struct text name)
{
	/* Bytes may go without; a bare time could be anything. */
	if (name.len == 0 && knob->kind != KNOB_DURATION)
		return 1;
	for (const struct unit *unit = units_of(knob); unit->name; unit++)
		if (text_is(name, unit->name))
			return unit->size;
	return 0;
}

static int
read_number(const struct knob *knob, struct text written, uint64_t *value,
    struct buf *why)
{
	struct text rest = written;
	uint64_t number;
	bool fits = read_digits(&rest, &number);
	if (rest.at == written.at) {
		out_of_range(knob, why);
		return -1;
	}
	if (!fits)
		return out_of_range(knob, why);
	if (rest.len > 1 && *rest.at == ' ')
		rest = (struct text){ rest.at + 1, rest.len - 1 };
	uint64_t size = unit_size(knob, rest);
	if (size == 0) {
		if (knob->kind == KNOB_BYTES)
			buf_add_string(why,
			    "the unit must be B, KiB, MiB, GiB or TiB");
		else if (knob->kind == KNOB_DURATION)
			buf_add_string(why,
			    "a time needs its unit: ms, s, m, h or d");
		else
			out_of_range(knob, why);
		return -1;
	}
	if (__builtin_mul_overflow(number, size, &number) ||
	    number < knob->min || number > knob->max)
		return out_of_range(knob, why);
	*value = number;
	return 0;
}

static const char *const periods[] = { "day", "week", "month" };

static int
rate_unknown(struct text period, struct buf *why)
{
	const char *near = nearest_word(period, periods, 3);

	buf_add_string(why,
	    "must be so many a day, a week or a month, such as 1/week");
	if (near)
		buf_printf(why, "; did you mean \"%s\"?", near);
	return -1;
}

/* "3/month", or just 0. */
static int
read_rate(const struct knob *knob, struct text written,
    struct config_rate *value, struct buf *why)
{
	struct text rest = written;
	uint64_t number;
	bool fits = read_digits(&rest, &number);

	if (rest.at == written.at)
		return rate_unknown((struct text){ 0 }, why);
	if (!fits || number < knob->min || number > knob->max)
		return out_of_range(knob, why);
	if (!rest.len && number == 0) {
		*value = (struct config_rate){ .period = 1 };
		return 0;
	}
	if (!rest.len || *rest.at != '/')
		return rate_unknown((struct text){ 0 }, why);
	rest = (struct text){ rest.at + 1, rest.len - 1 };
	for (unsigned i = 0; i < sizeof(periods) / sizeof(*periods); i++)
		if (text_is(rest, periods[i])) {
			*value = (struct config_rate){ number, i };
			return 0;
		}
	return rate_unknown(rest, why);
}

/* The words of an enum, copied into room; returns how many. */
static size_t
split_words(const struct knob *knob, char room[MOST_WORD_BYTES],
    const char *words[MOST_WORDS])
{
	size_t count = 0;
	strncpy(room, knob->unit, MOST_WORD_BYTES - 1);
	room[MOST_WORD_BYTES - 1] = '\0';
	char *left = room;
	char *word;
	while (count < MOST_WORDS && (word = strsep(&left, "|")))
		words[count++] = word;
	return count;
}

static int
read_enum(const struct knob *knob, struct text written, int *value,
    struct buf *why)
{
	char room[MOST_WORD_BYTES];
	const char *words[MOST_WORDS];
	size_t count = split_words(knob, room, words);
	for (size_t i = 0; i < count; i++) {
		if (text_is(written, words[i])) {
			*value = (int)i;
			return 0;
		}
	}
	out_of_range(knob, why);
	const char *near = nearest_word(written, words, count);
	if (near)
		buf_printf(why, "; did you mean \"%s\"?", near);
	return -1;
}

static int
read_bool(const struct knob *knob, struct text written, bool *value,
    struct buf *why)
{
	if (!text_is(written, "true") && !text_is(written, "false"))
		return out_of_range(knob, why);
	*value = text_is(written, "true");
	return 0;
}

/* A copy with a NUL behind it, or NULL with why. */
static char *
copy_string(struct text written, struct buf *why)
{
	if (written.len > 0 && memchr(written.at, '\0', written.len)) {
		buf_add_string(why, "holds a NUL character");
		return NULL;
	}
	char *copy = strndup(written.at ? written.at : "", written.len);
	if (!copy)
		buf_add_string(why, "out of memory");
	return copy;
}

static int
read_path(const struct knob *knob, struct text written, char **value,
    struct buf *why)
{
	if (written.len < knob->min) {
		buf_add_string(why, "must not be empty");
		return -1;
	}
	if (written.len > knob->max)
		return out_of_range(knob, why);
	char *copy = copy_string(written, why);
	if (!copy)
		return -1;
	free(*value);
	*value = copy;
	return 0;
}

static int
read_item(struct text written, struct config_list *list, struct buf *why)
{
	if (written.len == 0) {
		buf_add_string(why, "an item must not be empty");
		return -1;
	}
	char *copy = copy_string(written, why);
	if (!copy)
		return -1;
	char **item =
	    reallocarray(list->item, list->count + 1, sizeof(*list->item));
	if (!item) {
		buf_add_string(why, "out of memory");
		free(copy);
		return -1;
	}
	item[list->count] = copy;
	list->item = item;
	list->count++;
	return 0;
}

int
knob_read(const struct knob *knob, void *value, struct text written,
    struct buf *why)
{
	uint64_t number;
	switch (knob->kind) {
	case KNOB_PATH:
		return read_path(knob, written, value, why);
	case KNOB_LIST:
		return read_item(written, value, why);
	case KNOB_ENUM:
		return read_enum(knob, written, value, why);
	case KNOB_BOOL:
		return read_bool(knob, written, value, why);
	case KNOB_UINT:
	case KNOB_BYTES:
		return read_number(knob, written, value, why);
	case KNOB_RATE:
		return read_rate(knob, written, value, why);
	case KNOB_DURATION:
		if (read_number(knob, written, &number, why))
			return -1;
		*(int64_t *)value = (int64_t)number;
		return 0;
	}
	return -1;
}

int
knob_check_count(const struct knob *knob, const void *value, struct buf *why)
{
	const struct config_list *list = value;
	if (knob->kind != KNOB_LIST ||
	    (list->count >= knob->min && list->count <= knob->max))
		return 0;
	return out_of_range(knob, why);
}

/* In double quotes, which hold anything; bytes that are no UTF-8 as '?'. */
static void
write_string(struct text text, struct buf *out)
{
	buf_u8(out, '"');
	while (text.len > 0) {
		uint32_t code;
		size_t len = utf8_next(text, &code);
		if (len == 0)
			buf_u8(out, '?');
		else if (code == '"' || code == '\\')
			buf_printf(out, "\\%c", (int)code);
		else if (utf8_is_control(code))
			buf_printf(out, "\\u%04x", code);
		else
			buf_add(out, text.at, len);
		len = len ? len : 1;
		text = (struct text){ text.at + len, text.len - len };
	}
	buf_u8(out, '"');
}

static void
write_list(const struct config_list *list, struct buf *out)
{
	buf_u8(out, '[');
	for (size_t i = 0; i < list->count; i++) {
		if (i > 0)
			buf_add_string(out, ", ");
		write_string(text_of(list->item[i]), out);
	}
	buf_u8(out, ']');
}

void
knob_write(const struct knob *knob, const void *value, struct buf *out)
{
	char room[MOST_WORD_BYTES];
	const char *words[MOST_WORDS];
	switch (knob->kind) {
	case KNOB_PATH:
		write_string(text_of(*(char *const *)value), out);
		break;
	case KNOB_LIST:
		write_list(value, out);
		break;
	case KNOB_ENUM:
		split_words(knob, room, words);
		buf_add_string(out, words[*(const int *)value]);
		break;
	case KNOB_BOOL:
		buf_add_string(out, *(const bool *)value ? "true" : "false");
		break;
	case KNOB_UINT:
	case KNOB_BYTES:
		write_number(knob, *(const uint64_t *)value, out);
		break;
	case KNOB_RATE:
		buf_printf(out, "%" PRIu64 "/%s",
		    ((const struct config_rate *)value)->count,
		    periods[((const struct config_rate *)value)->period]);
		break;
	case KNOB_DURATION:
		write_number(knob, (uint64_t) * (const int64_t *)value, out);
		break;
	}
}

static size_t
size_of(const struct knob *knob)
{
	static const size_t sizes[] = {
		[KNOB_PATH] = sizeof(CONFIG_PATH),
		[KNOB_LIST] = sizeof(CONFIG_LIST),
		[KNOB_ENUM] = sizeof(CONFIG_ENUM),
		[KNOB_UINT] = sizeof(CONFIG_UINT),
		[KNOB_BYTES] = sizeof(CONFIG_BYTES),
		[KNOB_DURATION] = sizeof(CONFIG_DURATION),
		[KNOB_RATE] = sizeof(CONFIG_RATE),
		[KNOB_BOOL] = sizeof(CONFIG_BOOL),
	};
	return sizes[knob->kind];
}

bool
knob_equal(const struct knob *knob, const void *a, const void *b)
{
	if (knob->kind == KNOB_PATH)
		return !strcmp(*(char *const *)a, *(char *const *)b);
	if (knob->kind != KNOB_LIST)
		return !memcmp(a, b, size_of(knob));
	const struct config_list *left = a;
	const struct config_list *right = b;
	if (left->count != right->count)
		return false;
	for (size_t i = 0; i < left->count; i++)
		if (strcmp(left->item[i], right->item[i]) != 0)
			return false;
	return true;
}

void
knob_swap(const struct knob *knob, void *a, void *b)
{
	char held[sizeof(struct config_list)];
	size_t size = size_of(knob);
	memcpy(held, a, size);
	memcpy(a, b, size);
	memcpy(b, held, size);
}

void
knob_clear(const struct knob *knob, void *value)
{
	if (knob->kind == KNOB_PATH)
		free(*(char **)value);
	if (knob->kind == KNOB_LIST) {
		struct config_list *list = value;
		for (size_t i = 0; i < list->count; i++)
			free(list->item[i]);
		free(list->item);
	}
	memset(value, 0, size_of(knob));
}
