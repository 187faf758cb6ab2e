#include "daemon/calls/rotation.h"

#include <string.h>

#include "daemon/logger.h"

int
rotation_settle(struct services *services, const struct keychain *keychain,
    char *why, size_t cap)
{
	if (secret_settle(services->data_dir, &keychain->wanted,
		&services->keys, why, cap))
		return -1;
	services->keys_since_ms = keychain->since_ms;
	return 0;
}

/* --- from one step to the next ------------------------------------------- */

static void
end(struct rotation *rotation)
{
	rotation->erasing.fresh.services->erasing = NULL;
	rotation->done(rotation);
}

static void
write_run(struct work *work, struct intake *intake)
{
	struct rotation *rotation = (struct rotation *)work;

	if (store_is_full(intake->store)) {
		work->failed = true;
		return;
	}
	rotation->seq = keychain_write(intake, &rotation->record,
	    rotation->erasing.order.body);
	keychain_read(intake, &rotation->keychain);
}

/* The event is durable: the files, then the memory follow. */
static bool
has_settled(struct rotation *rotation)
{
	struct erasing *erasing = &rotation->erasing;
	char why[512];

	if (erasing->fresh.work.failed) {
		refuse_for_now(&erasing->why, ERROR_READ_ONLY,
		    RETRY_READ_ONLY_MS,
		    "the disk or the map is full; the key is the same");
		return false;
	}
	if (!rotation_settle(erasing->fresh.services, &rotation->keychain, why,
		sizeof(why)))
		return true;
	log_line(LOG_ERROR, "key-files", "why=%s", LOG_QUOTE(text_of(why)));
	refuse(&erasing->why, ERROR_INTERNAL, NULL,
	    "the log has it, the files of the keys do not follow; the next "
	    "start puts them right");
	return false;
}

static void
write(struct rotation *rotation, void (*done)(struct work *work))
{
	struct erasing *erasing = &rotation->erasing;

	erasing->fresh.work = (struct work){ .run = write_run, .done = done };
	writer_put(erasing->fresh.services->writer, &erasing->fresh.work);
}

/* --- a new one ------------------------------------------------------------ */

static void
begin_done(struct work *work)
{
	struct rotation *rotation = (struct rotation *)work;

	rotation->has_begun = has_settled(rotation);
	if (rotation->has_begun)
		log_line(LOG_INFO, "key-began", "epoch=%u seq=%llu",
		    rotation->record.epoch, (unsigned long long)rotation->seq);
	end(rotation);
}

static void
begin(struct rotation *rotation)
{
	struct services *services = rotation->erasing.fresh.services;
	struct record_key *record = &rotation->record;
	char why[512];

	*record = (struct record_key){ .act = KEY_BEGAN,
		.epoch = services->keys.now.epoch + 1 };
	pseudonym_key_id(services->keys.serial.key, record->serial_id);
	if (!secret_stage(services->data_dir, record->id, why, sizeof(why))) {
		write(rotation, begin_done);
		return;
	}
	refuse(&rotation->erasing.why, ERROR_INTERNAL, NULL, "%s", why);
	end(rotation);
}

/* --- the old one ---------------------------------------------------------- */

static void
old_parted(struct erasing *erasing)
{
	struct rotation *rotation = (struct rotation *)erasing;

	if (erasing->why.code || !rotation->is_begun) {
		rotation->done(rotation);
		return;
	}
	erasing->fresh.services->erasing = erasing;
	begin(rotation);
}

static void
old_ended(struct work *work)
{
	struct rotation *rotation = (struct rotation *)work;
	struct erasing *erasing = &rotation->erasing;

	if (!has_settled(rotation)) {
		end(rotation);
		return;
	}
	rotation->ended = rotation->record.epoch;
	log_line(LOG_INFO, "key-destroyed", "epoch=%u seq=%llu",
	    rotation->ended, (unsigned long long)rotation->seq);
	erasing->epoch = rotation->ended;
	erasing->done = old_parted;
	erasing_start(erasing);
}

void
rotation_start(struct rotation *rotation)
{
	struct services *services = rotation->erasing.fresh.services;

	services->erasing = &rotation->erasing;
	if (!services->keys.before.epoch) {
		begin(rotation);
		return;
	}
	rotation->record = (struct record_key){ .act = KEY_ENDED,
		.epoch = services->keys.before.epoch };
	write(rotation, old_ended);
}
