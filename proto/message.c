/* message.c - messages.def as tables. */
#include "proto/message.h"

#include <assert.h>
#include <inttypes.h>

/* clang-format off */

#define REPLY(name, kind, field, meaning)
#define METHOD(NAME, name, wire, flags, role, scope, summary) \
	static const struct message_arg args_##name[] = {
#define ARG(name, kind, field, need, min, max, fallback, meaning) \
	{ #field, sizeof(#field) - 1, FIELD_##kind, NEED_##need, \
	    offsetof(struct call_##name, field), min, max, fallback, meaning },
#define END(NAME, name) { 0 } };
#include "proto/messages.def"
#undef METHOD
#undef ARG
#undef REPLY
#undef END

#define ARG(name, kind, field, need, min, max, fallback, meaning)
#define METHOD(NAME, name, wire, flags, role, scope, summary) \
	static const struct message_reply replies_##name[] = {
#define REPLY(name, kind, field, meaning) { #field, FIELD_##kind, meaning },
#define END(NAME, name) { 0 } };
#include "proto/messages.def"
#undef METHOD
#undef REPLY
#undef END

#define REPLY(name, kind, field, meaning)
#define END(NAME, name)
static const struct message messages[] = {
#define METHOD(NAME, name, wire, flags, role, scope, summary) \
	[MESSAGE_##NAME] = { wire, flags, ROLE_##role, ABOUT_##scope, \
	    summary, sizeof(struct call_##name), args_##name, \
	    replies_##name },
#include "proto/messages.def"
#undef METHOD
};

/* Apart from the rest, so that a look-up touches few cache lines. */
static const struct text names[] = {
#define METHOD(NAME, name, wire, flags, role, scope, summary) \
	[MESSAGE_##NAME] = { wire, sizeof(wire) - 1 },
#include "proto/messages.def"
#undef METHOD
};
#undef ARG
#undef REPLY
#undef END

/* clang-format on */

static const char *const kind_name[] = {
	[FIELD_TEXT] = "text",
	[FIELD_UINT] = "uint",
	[FIELD_BOOL] = "bool",
	[FIELD_MAP] = "map",
	[FIELD_LIST] = "list",
	[FIELD_ANY] = "any",
};

const struct message *
message_row(enum message_id id)
{
	assert(id < MESSAGE_COUNT);
	return &messages[id];
}

enum message_id
message_find(struct text wire)
{
	unsigned id;

	/* Lengths differ enough that few names are ever compared. */
	for (id = 0; id < MESSAGE_COUNT; id++)
		if (text_equal(names[id], wire))
			break;
	return (enum message_id)id;
}

const char *
field_kind_name(enum field_kind kind)
{
	return kind_name[kind];
}

static void
describe_limits(FILE *out, const struct message_arg *arg)
{
	if (arg->kind == FIELD_BOOL || arg->kind == FIELD_ANY) {
		fputs("–", out);
		return;
	}
	if (arg->max == INT64_MAX)
		fprintf(out, "%" PRIu64 "..2^63-1", arg->min);
	else if (arg->max == UINT32_MAX)
		fprintf(out, "%" PRIu64 "..2^32-1", arg->min);
	else
		fprintf(out, "%" PRIu64 "..%" PRIu64, arg->min, arg->max);
	if (arg->kind == FIELD_TEXT)
		fputs(" bytes", out);
	else if (arg->kind != FIELD_UINT)
		fputs(" items", out);
	else if (arg->need == NEED_OPTIONAL)
		fprintf(out, ", default %" PRIu64, arg->fallback);
}

static void
describe_one(FILE *out, const struct message *message)
{
	static const char *const need[] = { "", "yes", "the first map" };

	fprintf(out, "### %s\n\n%s Role: %s. Scope: %s.%s\n", message->wire,
	    message->summary, role_name(message->role),
	    role_about(message->scope),
	    message->flags & PUBLIC_VIEW ? " Public view." : "");
	if (message->args->name)
		fputs("\n| argument | kind | required | limits | meaning |\n"
		      "|---|---|---|---|---|\n",
		    out);
	for (const struct message_arg *arg = message->args; arg->name; arg++) {
		fprintf(out, "| `%s` | %s | %s | ", arg->name,
		    kind_name[arg->kind], need[arg->need]);
		describe_limits(out, arg);
		fprintf(out, " | %s |\n", arg->meaning);
	}
	fputs("\n| result | kind | meaning |\n|---|---|---|\n", out);
	for (const struct message_reply *reply = message->replies; reply->name;
	     reply++)
		fprintf(out, "| `%s` | %s | %s |\n", reply->name,
		    kind_name[reply->kind], reply->meaning);
}

void
message_describe(FILE *out)
{
	for (unsigned id = 0; id < MESSAGE_COUNT; id++) {
		if (id > 0)
			fputs("\n", out);
		describe_one(out, &messages[id]);
	}
}
