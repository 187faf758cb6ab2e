/*
 * formats_ords.c - files of the Open Repair Data Standard, v0.1 to v0.3, as a
 * map: a session at a repair café is a breakdown, filed by the group that
 * held it.
 */
#include "clients/cli/formats/map.h"

/* A column may be two fields; of two columns for one field the first that a
 * file has is taken. */
static const struct {
	const char *column, *path;
} columns[] = {
	{ "data_provider", "origin.source" },
	{ "country", "country" },
	{ "product_category", "product.category" },
	{ "brand", "product.brand" },
	{ "model", "product.model" },
	{ "product_age", "age" },
	{ "repair_status", "outcome.status" },
	{ "repair_barrier_if_end_of_life", "outcome.barrier" },
	{ "group_identifier", "origin.group" },
	{ "event_date", "occurred" },
	{ "event_date", "filed" },
	{ "problem", "text" },
};

void
map_init_ords(struct map *map)
{
	*map = (struct map){ .is_all_kept = true,
		.is_source_folded = true,
		.is_age_dropped = true,
		.decimal = '.',
		.licence = TEXT("CC BY-SA 4.0"),
		.nids = 1,
		.id = { { .name = TEXT("id"), .at = MAP_UNBOUND } } };
	for (size_t i = 0; i < sizeof(columns) / sizeof(columns[0]); i++)
		map_use_column(map, columns[i].path,
		    text_of(columns[i].column));
	map_use_constant(map, "kind", TEXT("breakdown"));
}
