#include "clients/cli/import/import_gate.h"

#include <stdlib.h>
#include <string.h>

#include "clients/cli/formats/map_value.h"
#include "clients/cli/import/import.h"
#include "daemon/core/fold.h"

enum {
	ASKED = 1000,    /* ids a call */
	ENOUGH = 1000,   /* shared ids that make a verdict */
	HELD_MAX = 5000, /* rows that wait for one */
	DIFFER_MIN = 3,  /* fewer are amendments */
	DIFFER_PERCENT = 20,
	FOLDED_MAX = 256,
};

bool
import_gate_holds(const struct import *import, uint32_t source)
{
	const struct import_gate *gate = &import->gate;
	return !gate->is_open &&
	    (gate->held || import->sources.at[source].is_shared);
}

static struct text
field(const struct tocsin_value *map, const char *path)
{
	struct tocsin_text found = tocsin_get_text(map, path);
	return map_trim((struct text){ found.at, found.len });
}

static bool
is_other_brand(struct text a, struct text b)
{
	char left[FOLDED_MAX], right[FOLDED_MAX];
	struct text one = { left, fold_prose(a, left, sizeof(left)) };
	struct text two = { right, fold_prose(b, right, sizeof(right)) };
	return !text_equal(one, two);
}

/* At most so many bytes, between characters. */
static struct text
cut(struct text text, size_t most)
{
	if (text.len <= most)
		return text;
	while (most && ((unsigned char)text.at[most] & 0xc0) == 0x80)
		most--;
	return (struct text){ text.at, most };
}

static void
note_example(struct import_gate *gate, const struct tocsin_value *held,
    const struct tocsin_value *report)
{
	struct text id = field(report, "id");
	struct text was = field(held, "brand"),
		    is = field(report, "product.brand");
	struct text then = field(held, "occurred"),
		    now = field(report, "occurred");
	if (gate->example[0])
		return;
	snprintf(gate->example, sizeof(gate->example),
	    "%.*s was %.*s \"%.*s\", is %.*s \"%.*s\"", TEXT_ARG(cut(id, 60)),
	    TEXT_ARG(cut(then, 10)), TEXT_ARG(cut(was, 60)),
	    TEXT_ARG(cut(now, 10)), TEXT_ARG(cut(is, 60)));
}

/* One answer of report.lookup beside the row it was asked for. */
static void
compare(struct import_gate *gate, const struct gated *row,
    const struct tocsin_value *held)
{
	struct tocsin_value report;
	if (gate->shared == ENOUGH || !tocsin_get_text(held, "occurred").len ||
	    !tocsin_decode((struct tocsin_text){ row->report, row->len },
		&report))
		return;
	gate->shared++;
	if (text_equal(field(held, "occurred"), field(&report, "occurred")) ||
	    !is_other_brand(field(held, "brand"),
		field(&report, "product.brand")))
		return;
	gate->differ++;
	note_example(gate, held, &report);
}

/* The next unasked row of that source, after row or from the first. */
static struct gated *
next_of(struct import_gate *gate, struct gated *row, uint32_t source)
{
	row = row ? STAILQ_NEXT(row, entry) : STAILQ_FIRST(&gate->rows);
	while (row && (row->is_asked || row->source != source))
		row = STAILQ_NEXT(row, entry);
	return row;
}

static void
put_question(struct import *import, uint32_t source)
{
	struct tocsin_writer *writer = import->scratch;
	struct gated *row = NULL;
	tocsin_writer_clear(writer);
	tocsin_put_map(writer, NULL);
	tocsin_put_string(writer, "source", import->sources.at[source].name);
	tocsin_put_bool(writer, "contents", true);
	tocsin_put_list(writer, "ids");
	while ((row = next_of(&import->gate, row, source))) {
		struct tocsin_value report;
		struct tocsin_text id = { NULL, 0 };
		if (tocsin_decode((struct tocsin_text){ row->report, row->len },
			&report))
			id = tocsin_get_text(&report, "id");
		/* One that the daemon will refuse is nobody's id. */
		if (!id.len || id.len > IMPORT_ID_MAX)
			id = (struct tocsin_text){ "-", 1 };
		tocsin_put_text(writer, NULL, id);
	}
	tocsin_put_end(writer);
	tocsin_put_end(writer);
}

static int
ask_of(struct import *import, uint32_t source)
{
	struct import_gate *gate = &import->gate;
	struct gated *row = NULL, *after;
	struct tocsin_reply *reply;
	struct tocsin_value items, item;
	struct tocsin_walk walk;
	int code;
	put_question(import, source);
	code =
	    line_call(import->line, "report.lookup", import->scratch, &reply);
	if (code)
		return import->code = code;
	items = tocsin_get(tocsin_reply_result(reply), "items");
	walk = tocsin_walk_of(&items);
	for (row = next_of(gate, NULL, source);
	     row && tocsin_walk_item(&walk, &item); row = after) {
		after = next_of(gate, row, source);
		compare(gate, row, &item);
		row->is_asked = true;
	}
	tocsin_reply_free(reply);
	return 0;
}

/* Ask for all rows not asked for yet, source by source. */
static int
ask(struct import *import)
{
	struct import_gate *gate = &import->gate;
	struct gated *row;
	gate->unasked = 0;
	STAILQ_FOREACH (row, &gate->rows, entry) {
		if (row->is_asked)
			continue;
		if (!import->sources.at[row->source].is_shared)
			row->is_asked = true;
		else if (ask_of(import, row->source))
			return import->code;
	}
	return 0;
}

static int
tell_unstable(struct import *import)
{
	struct import_gate *gate = &import->gate;
	bool is_epoch = import->how && !strcmp(import->how, "epoch");
	gate->is_unstable = true;
	progress_clear(&import->progress);
	output_message(import->output,
	    "ids-unstable: %llu of the first %llu ids held already stand for "
	    "another date and another brand here (%s); %s",
	    (unsigned long long)gate->differ, (unsigned long long)gate->shared,
	    gate->example,
	    import->has_sent ? "the rest was not imported"
			     : "nothing was imported");
	if (is_epoch)
		output_message(import->output,
		    "release \"%s\" was imported before: give this one a "
		    "--label of its own",
		    import->label);
	else
		output_message(import->output,
		    "if this source gives its ids anew with each release, "
		    "import it with --ids epoch --change-ids");
	return import->code = EXIT_CONFLICT;
}

static int
send_all(struct import *import)
{
	struct import_gate *gate = &import->gate;
	struct gated *row;
	int failed = 0;
	while (!failed && (row = STAILQ_FIRST(&gate->rows))) {
		STAILQ_REMOVE_HEAD(&gate->rows, entry);
		gate->held--;
		failed = import_send(import, row->pending,
		    (struct text){ row->report, row->len });
		free(row);
	}
	return failed;
}

static int
judge(struct import *import)
{
	struct import_gate *gate = &import->gate;
	if (gate->differ >= DIFFER_MIN &&
	    gate->differ * 100 > gate->shared * DIFFER_PERCENT)
		return tell_unstable(import);
	gate->is_open = gate->shared >= ENOUGH;
	return send_all(import);
}

int
import_gate_add(struct import *import, struct pending *pending, uint32_t source,
    struct text report)
{
	struct import_gate *gate = &import->gate;
	struct gated *row = malloc(sizeof(*row) + report.len);
	if (!row) {
		free(pending);
		output_message(import->output, "out of memory");
		return import->code = EXIT_LOCAL;
	}
	*row = (struct gated){ .pending = pending,
		.source = source,
		.len = report.len };
	memcpy(row->report, report.at, report.len);
	STAILQ_INSERT_TAIL(&gate->rows, row, entry);
	gate->held++;
	gate->unasked++;
	if (gate->unasked < ASKED)
		return 0;
	if (ask(import))
		return import->code;
	return gate->shared >= ENOUGH || gate->held >= HELD_MAX ? judge(import)
								: 0;
}

int
import_gate_finish(struct import *import)
{
	if (!import->gate.held || import->gate.is_unstable)
		return import->code;
	if (ask(import))
		return import->code;
	return judge(import);
}

void
import_gate_fini(struct import *import)
{
	struct gated *row;
	while ((row = STAILQ_FIRST(&import->gate.rows))) {
		STAILQ_REMOVE_HEAD(&import->gate.rows, entry);
		free(row->pending);
		free(row);
	}
}
