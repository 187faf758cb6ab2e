/* cursor.c - see cursor.h. */
#include "daemon/feed/cursor.h"

#include <string.h>

#include "base/crc32c.h"
#include "base/digest.h"

/*
 * "t1", then in lower-case hexadecimal: 8 bytes of instance, epoch u32,
 * snapshot u64, position u64, CRC32C u32 over all before it.  The checksum
 * tells a typing error from a cursor of another store.
 */
enum {
	INSTANCE_BYTES = 8,
	AT_EPOCH = INSTANCE_BYTES,
	AT_SNAPSHOT = AT_EPOCH + 4,
	AT_POSITION = AT_SNAPSHOT + 8,
	AT_CHECK = AT_POSITION + 8,
	CURSOR_BYTES = AT_CHECK + 4,
	PREFIX = 2,
};
static const char prefix[PREFIX + 1] = "t1";

_Static_assert(PREFIX + 2 * CURSOR_BYTES + 1 <= CURSOR_MAX,
    "a cursor fits its buffer");

size_t
cursor_format(const struct cursor *cursor, const uint8_t instance[16],
    uint32_t epoch, char out[CURSOR_MAX])
{
	uint8_t raw[CURSOR_BYTES];
	uint32_t check;

	memcpy(raw, instance, INSTANCE_BYTES);
	memcpy(raw + AT_EPOCH, &epoch, sizeof(epoch));
	memcpy(raw + AT_SNAPSHOT, &cursor->snapshot, sizeof(uint64_t));
	memcpy(raw + AT_POSITION, &cursor->position, sizeof(uint64_t));
	check = crc32c(0, raw, AT_CHECK);
	memcpy(raw + AT_CHECK, &check, sizeof(check));
	memcpy(out, prefix, PREFIX);
	digest_hex(raw, sizeof(raw), out + PREFIX);
	return PREFIX + 2 * sizeof(raw);
}

int
cursor_parse(struct text text, const uint8_t instance[16], uint32_t epoch,
    uint64_t head, struct cursor *cursor, struct refusal *why)
{
	uint8_t raw[CURSOR_BYTES];
	uint32_t check, its_epoch;

	*cursor = (struct cursor){ 0 };
	if (text.len != PREFIX + 2 * CURSOR_BYTES ||
	    memcmp(text.at, prefix, PREFIX) != 0 ||
	    digest_unhex((struct text){ text.at + PREFIX, 2 * CURSOR_BYTES },
		raw, sizeof(raw)) != 0)
		return refuse(why, ERROR_INVALID, "cursor",
		    "is not a cursor; give one back as it was received");
	memcpy(&check, raw + AT_CHECK, sizeof(check));
	if (check != crc32c(0, raw, AT_CHECK))
		return refuse(why, ERROR_INVALID, "cursor",
		    "is damaged: its checksum does not match");
	memcpy(&its_epoch, raw + AT_EPOCH, sizeof(its_epoch));
	memcpy(&cursor->snapshot, raw + AT_SNAPSHOT, sizeof(uint64_t));
	memcpy(&cursor->position, raw + AT_POSITION, sizeof(uint64_t));
	if (memcmp(raw, instance, INSTANCE_BYTES) != 0)
		return refuse(why, ERROR_CURSOR_GONE, "cursor",
		    "belongs to another store");
	if (its_epoch != epoch)
		return refuse(why, ERROR_CURSOR_GONE, "cursor",
		    "is of epoch %u, this store was restored and is of epoch "
		    "%u",
		    its_epoch, epoch);
	if (cursor->position > head || cursor->snapshot > head)
		return refuse(why, ERROR_CURSOR_GONE, "cursor",
		    "is of a future this store never had");
	if (cursor->snapshot != 0 && cursor->position > cursor->snapshot)
		return refuse(why, ERROR_INVALID, "cursor",
		    "stands behind its own snapshot");
	return 0;
}
