#include "daemon/store/record_audit.h"

#include "daemon/store/record_access.h"
#include "daemon/store/record_erase.h"
#include "daemon/store/record_type.h"

const char *
audit_kind_name(uint8_t kind)
{
	static const char *const names[AUDIT_KIND_COUNT] = {
		[AUDIT_RELOAD] = "reload",
		[AUDIT_REGROUP] = "regroup",
	};

	return kind && kind < AUDIT_KIND_COUNT ? names[kind] : "unknown";
}

void
record_audit_write(struct buf *out, const struct record_audit *record)
{
	buf_u8(out, record->kind);
}

bool
record_audit_read(struct text header, struct record_audit *record)
{
	struct cut cut = cut_of(header.at, header.len);

	*record = (struct record_audit){ .kind = cut_u8(&cut) };
	return !cut.bad && record->kind && record->kind < AUDIT_KIND_COUNT;
}

static bool
is_asked_erasure(struct text header)
{
	struct record_erase record;

	return record_erase_read(header, &record) &&
	    record.kind != ERASE_DONE && record.kind != ERASE_EPOCH;
}

static bool
is_made_or_revoked(struct text header)
{
	struct record_token record;

	return record_token_read(header, &record) && record.act != TOKEN_USED;
}

bool
record_is_act(const struct store_event *event)
{
	switch (event->type) {
	case RECORD_CURATION:
	case RECORD_LINK:
	case RECORD_UNLINK:
	case RECORD_REMEDY:
	case RECORD_RULES:
	case RECORD_ORGANISATION:
	case RECORD_AUDIT:
		return true;
	case RECORD_ALERT:
	case RECORD_KEY_EPOCH:
		/* What a person did has a body, that says who. */
		return event->body.len || event->is_erased;
	case RECORD_ERASE:
		return is_asked_erasure(event->header);
	case RECORD_TOKEN:
		return is_made_or_revoked(event->header);
	default:
		return false;
	}
}
