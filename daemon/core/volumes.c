#include "daemon/core/volumes.h"

#include <assert.h>
#include <stdlib.h>

#include "base/digest.h"

enum { PLACES_MIN = 64 };

static_assert(sizeof(struct yardstick) == 48, "a yardstick is a stored row");

struct volumes {
	struct volume **at; /* owned, as are they; open-addressed, half full */
	unsigned places, count;
	struct volume *all; /* of them, once asked for */
	volumes_load *load;
	void *who;
};

static uint64_t
hash_of(struct text slug, uint8_t kind)
{
	const uint8_t key[DIGEST_SIP_KEY_BYTES] = { kind };

	return digest_sip64(key, slug.at, slug.len) | 1;
}

uint64_t
volume_of_category(struct text slug)
{
	return hash_of(slug, 1);
}

uint64_t
volume_of_family(struct text slug)
{
	return hash_of(slug, 2);
}

struct volumes *
volumes_new(volumes_load *load, void *who)
{
	struct volumes *volumes = calloc(1, sizeof(*volumes));

	if (volumes)
		*volumes = (struct volumes){ .load = load, .who = who };
	return volumes;
}

void
volumes_forget(struct volumes *volumes)
{
	for (unsigned i = 0; i < volumes->places; i++) {
		if (!volumes->at[i])
			continue;
		exposure_fini(&volumes->at[i]->exposure);
		free(volumes->at[i]);
	}
	free(volumes->at);
	volumes->at = NULL;
	volumes->all = NULL;
	volumes->places = volumes->count = 0;
}

void
volumes_free(struct volumes *volumes)
{
	if (volumes)
		volumes_forget(volumes);
	free(volumes);
}

void
volumes_trim(struct volumes *volumes, unsigned most)
{
	if (volumes->count > most)
		volumes_forget(volumes);
}

static struct volume **
place_of(struct volume **at, unsigned places, uint64_t hash)
{
	unsigned place = (unsigned)(hash >> 7);

	while (
	    at[place & (places - 1)] && at[place & (places - 1)]->hash != hash)
		place++;
	return &at[place & (places - 1)];
}

static int
grow(struct volumes *volumes)
{
	unsigned places = volumes->places ? 2 * volumes->places : PLACES_MIN;
	struct volume **at;

	if (2 * (volumes->count + 1) <= volumes->places)
		return 0;
	at = calloc(places, sizeof(struct volume *));
	if (!at)
		return -1;
	for (unsigned i = 0; i < volumes->places; i++)
		if (volumes->at[i])
			*place_of(at, places, volumes->at[i]->hash) =
			    volumes->at[i];
	free(volumes->at);
	volumes->at = at;
	volumes->places = places;
	return 0;
}

static struct volume *
read_in(struct volumes *volumes, uint64_t hash)
{
	struct volume *volume = calloc(1, sizeof(*volume));

	if (!volume || grow(volumes))
		goto fail;
	volume->hash = hash;
	if (volumes->load && volumes->load(volumes->who, volume))
		goto fail;
	*place_of(volumes->at, volumes->places, hash) = volume;
	volumes->count++;
	if (hash == VOLUME_ALL)
		volumes->all = volume;
	return volume;
fail:
	if (volume)
		exposure_fini(&volume->exposure);
	free(volume);
	return NULL;
}

struct volume *
volumes_find(struct volumes *volumes, uint64_t hash)
{
	struct volume *found = NULL;

	if (hash == VOLUME_ALL && volumes->all)
		return volumes->all;
	if (volumes->places)
		found = *place_of(volumes->at, volumes->places, hash);
	return found ? found : read_in(volumes, hash);
}

int
volumes_add(struct volumes *volumes, uint64_t hash, uint16_t week,
    int32_t weight)
{
	struct volume *volume = volumes_find(volumes, hash);
	bool was_observed;

	if (!volume)
		return -1;
	was_observed = exposure_weight(&volume->exposure, week) > 0;
	if (exposure_add(&volume->exposure, week, weight))
		return -1;
	if (hash != VOLUME_ALL ||
	    was_observed == (exposure_weight(&volume->exposure, week) > 0))
		return 0;
	for (unsigned i = 0; i < volumes->places; i++)
		if (volumes->at[i])
			exposure_forget(&volumes->at[i]->exposure);
	return 0;
}

const struct yardstick *
volumes_yardstick(struct volumes *volumes, uint64_t category, bool *fault)
{
	const struct volume *own = volumes_find(volumes, category);
	const struct volume *all = volumes_find(volumes, VOLUME_ALL);

	if (!own || !all) {
		*fault = true;
		return NULL;
	}
	if (own->has_yardstick)
		return &own->yardstick;
	return all->has_yardstick ? &all->yardstick : NULL;
}
