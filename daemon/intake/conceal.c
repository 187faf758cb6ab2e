#include "daemon/intake/conceal.h"

#include "proto/codec.h"

static void
pack_concealed(const struct prepare_options *options, const char *what,
    struct text text, struct buf *out)
{
	const struct pseudonym_keys *keys = options->keys;
	char pseudonym[PSEUDONYM_MAX];

	pseudonym_of(!strcmp(what, "serial") ? &keys->serial : &keys->now, what,
	    options->organisation, text, pseudonym);
	pack_string(out, pseudonym);
}

static void
pack_product(const struct prepare_options *options, const struct value *map,
    struct text serial, struct buf *out)
{
	struct value_walk walk = value_walk(map);
	struct value key, item;

	pack_map(out, map->count);
	while (value_next_pair(&walk, &key, &item)) {
		pack_raw(out, key.span);
		if (text_is(value_text(&key), "serial"))
			pack_concealed(options, "serial", serial, out);
		else
			pack_raw(out, item.span);
	}
}

bool
conceal_report(const struct prepare_options *options, const struct value *map,
    const struct report *report, struct buf *out)
{
	struct value_walk walk = value_walk(map);
	struct value key, item;

	if (!report->reporter.len && !report->serial.len)
		return false;
	pack_map(out, map->count);
	while (value_next_pair(&walk, &key, &item)) {
		struct text name = value_text(&key);

		pack_raw(out, key.span);
		if (text_is(name, "reporter") && report->reporter.len)
			pack_concealed(options, "reporter", report->reporter,
			    out);
		else if (text_is(name, "product") && report->serial.len)
			pack_product(options, &item, report->serial, out);
		else
			pack_raw(out, item.span);
	}
	return true;
}
