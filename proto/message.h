/*
 * message.h - messages.def as ids, argument structs and descriptors.
 * Tables only; any thread.
 */
#ifndef TOCSIN_PROTO_MESSAGE_H
#define TOCSIN_PROTO_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/text.h"
#include "proto/role.h"
#include "proto/value.h"

/* Kinds of an argument field, and the C type each becomes. */
enum field_kind {
	FIELD_TEXT, /* struct text; min..max bytes */
	FIELD_UINT, /* uint64_t; min..max */
	FIELD_BOOL, /* bool */
	FIELD_MAP,  /* struct value, a map or nil */
	FIELD_LIST, /* struct value: a list, a lone value as it is, or nil */
	FIELD_ANY,  /* struct value */
};

typedef struct text field_type_TEXT;
typedef uint64_t field_type_UINT;
typedef bool field_type_BOOL;
typedef struct value field_type_MAP;
typedef struct value field_type_LIST;
typedef struct value field_type_ANY;

enum field_need {
	NEED_OPTIONAL,
	NEED_REQUIRED,
	NEED_WHOLE, /* the first parameter itself, of a TWO_MAPS message */
};

enum message_flags { TWO_MAPS = 1, LARGE = 2, PUBLIC_VIEW = 4 };

/* About the longest answer to a LARGE call. */
enum { MESSAGE_LARGE_BYTES = 256 * 1024 };

enum { MESSAGE_ARGS_MAX = 31 };

/* clang-format off */

/* Columns are explained at the top of messages.def. */
enum message_id {
#define METHOD(NAME, name, wire, flags, role, scope, summary) MESSAGE_##NAME,
#define ARG(name, kind, field, need, min, max, fallback, meaning)
#define REPLY(name, kind, field, meaning)
#define END(NAME, name)
#include "proto/messages.def"
#undef METHOD
#undef ARG
#undef END
	MESSAGE_COUNT
};

/*
 * struct call_<name> for every METHOD, with a member for every ARG.  present
 * has bit ARG_<name>_<field> for every argument that was given (and not nil,
 * "", [] or {}).
 */
#define METHOD(NAME, name, wire, flags, role, scope, summary) \
	struct call_##name { uint32_t present;
#define ARG(name, kind, field, need, min, max, fallback, meaning) \
	field_type_##kind field;
#define END(NAME, name) };
#include "proto/messages.def"
#undef METHOD
#undef ARG
#undef END

/* Position of an argument among its method's.  A name used twice in one
 * method does not compile, and neither do too many of them. */
#define METHOD(NAME, name, wire, flags, role, scope, summary) enum {
#define ARG(name, kind, field, need, min, max, fallback, meaning) \
	ARG_##name##_##field,
#define END(NAME, name) ARGS_##name }; \
	_Static_assert((unsigned)ARGS_##name <= MESSAGE_ARGS_MAX, "present");
#include "proto/messages.def"
#undef METHOD
#undef ARG
#undef REPLY
#undef END

/* clang-format on */

/* One argument; a row of an array that ends with a name of NULL. */
struct message_arg {
	const char *name;
	size_t name_len;
	enum field_kind kind;
	enum field_need need;
	size_t offset; /* in struct call_<message> */
	uint64_t min, max, fallback;
	const char *meaning;
};

/* One key of the result; ends with a name of NULL. */
struct message_reply {
	const char *name;
	enum field_kind kind;
	const char *meaning;
};

struct message {
	const char *wire; /* name of the method */
	unsigned flags;   /* enum message_flags */
	enum message_role role;
	enum message_about scope;
	const char *summary;
	size_t size; /* of struct call_<message> */
	const struct message_arg *args;
	const struct message_reply *replies;
};

/* The row of a message; static.  id must be below MESSAGE_COUNT. */
const struct message *message_row(enum message_id id);

/* The message of that name on the wire, or MESSAGE_COUNT. */
enum message_id message_find(struct text wire);

/* "text", "uint" ... for messages. */
const char *field_kind_name(enum field_kind kind);

/* Print every message as Markdown, for docs/protocol.md. */
void message_describe(FILE *out);

#endif
