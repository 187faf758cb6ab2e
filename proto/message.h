/*
 * message.h - messages.def as ids, argument structs and descriptors.
 */
#ifndef TOCSIN_PROTO_MESSAGE_H
#define TOCSIN_PROTO_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/text.h"
#include "proto/value.h"

/* Kinds of an argument field, and the C type each becomes. */
enum field_kind {
	FIELD_TEXT, /* struct text; min..max bytes */
	FIELD_UINT, /* uint64_t; min..max */
	FIELD_BOOL, /* bool */
	FIELD_MAP, /* struct value, a map or nil */
	FIELD_LIST, /* struct value, a list (a lone value is kept as is) or nil */
	FIELD_ANY, /* struct value */
};

typedef struct text field_type_TEXT;
typedef uint64_t field_type_UINT;
typedef bool field_type_BOOL;
typedef struct value field_type_MAP;
typedef struct value field_type_LIST;
typedef struct value field_type_ANY;

/* Columns are explained at the top of messages.def. */
enum message_id {
#define METHOD(NAME, name, wire, flags, role, summary) MESSAGE_##NAME,
#define ARG(name, kind, field, need, min, max, fallback, meaning)
#define REPLY(name, kind, field, meaning)
#define END(NAME, name)
#include "proto/messages.def"
#undef METHOD
#undef ARG
#undef REPLY
#undef END
	MESSAGE_COUNT
};

/*
 * struct call_<name> { <type> <field>; ... } for every METHOD, e.g.
 * struct call_alerts_subscribe { struct value filter; struct text durable; }.
 * (expansion and descriptors: the owner of proto/ fills these in)
 */

#endif
