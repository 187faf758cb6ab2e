/*
 * map.h - how rows of cells become reports: which column is which field, what
 * its values mean, how dates and numbers are written.  Read from map.yaml,
 * or built in for ORDS files and for the headings of the template.
 */
#ifndef TOCSIN_CLIENTS_CLI_MAP_H
#define TOCSIN_CLIENTS_CLI_MAP_H

#include <stdbool.h>
#include <stdint.h>

#include "base/date.h"
#include "base/text.h"
#include "base/yaml.h"
#include "clients/cli/formats/formats.h"
#include "clients/libtocsin/value.h"
#include "proto/fields.h"

enum {
	MAP_USES_MAX = 64, /* fields of a report are fewer */
	MAP_IDS_MAX = 8,
	MAP_KEPT_MAX = 64,
	MAP_UNBOUND = -1,
};

/* A value as written, and what it means. */
struct map_word {
	struct text from, to;
};

/* Where a field of the report comes from. */
struct map_use {
	const struct report_field *field; /* NULL: not used */
	struct text column;               /* heading; empty: a constant */
	int at;                /* its place in the heading, or MAP_UNBOUND */
	struct text constant;  /* where the cell is empty or there is none */
	struct map_word *word; /* owned, sorted; NULL: values as they are */
	uint32_t nwords;
	bool is_open;     /* a value that is no word stands for itself */
	const char *date; /* as map.date, of this column */
	const struct yaml_node *node; /* for complaints; NULL: built in */
};

struct map_column {
	struct text name;
	int at;
	const struct yaml_node *node;
};

struct map {
	struct yaml_doc *doc; /* owned; NULL: built in */
	struct yaml_errors errors;
	const char *encoding; /* NULL: UTF-8 */
	char delimiter;       /* 0: guess */
	char decimal;         /* '.' or ','; 0: either */
	const char *date;     /* "DD/MM/YYYY"; NULL: ISO only */
	struct text source, licence;
	struct map_column id[MAP_IDS_MAX];
	uint32_t nids;
	struct map_column kept[MAP_KEPT_MAX]; /* go along as they are */
	uint32_t nkept;
	bool is_all_kept;      /* every column nothing else uses */
	bool is_source_folded; /* origin.source becomes a slug */
	bool is_age_dropped;   /* one out of range is no reason to refuse */
	struct map_use use[MAP_USES_MAX]; /* by index of the field */
	char *held; /* owned: texts that stand nowhere else */
};

/* --- making one ---------------------------------------------------------- */

/* 0, or -1 with map->errors filled.  map_fini in any case. */
int map_load(struct map *map, const char *path);

/* Release what the map owns; zeroed is fine. */
void map_fini(struct map *map);

/* Built in: ORDS files (formats_ords.c). */
void map_init_ords(struct map *map);

/*
 * Built in: the template's headings in English or French (map_template.c).
 * 0, or -1 with why when a heading is none of them.
 */
int map_init_template(struct map *map, const struct text *heading,
    uint32_t count, char why[WHY_MAX]);

/* The field of a path such as "product.brand", or NULL. */
const struct report_field *map_field(struct text path);

/* Let a column, or the same for every row, be a field. */
void map_use_column(struct map *map, const char *path, struct text column);
void map_use_constant(struct map *map, const char *path, struct text constant);

/*
 * Find the columns in a heading.  0, or -1 with map->errors filled (with why
 * where the map is built in).
 */
int map_bind(struct map *map, const struct text *heading, uint32_t count,
    char why[WHY_MAX]);

/* The template in a language, one line. */
void map_put_template(struct buf *out, bool is_french);

/* _line, _field, _code, _reason: what the rejects file adds. */
bool map_is_reject_heading(struct text heading);

/* --- using it ------------------------------------------------------------ */

/* What stands for the map's own; empty: nothing does. */
struct map_overlay {
	struct text id; /* where the map has no id columns */
	struct text source, licence;
};

/* What a row says that the importer wants to know; texts are borrowed. */
struct map_notes {
	struct text reporter, group, source;
	char filed[DATE_MAX]; /* "" when it is not stated */
	char source_held[200];
	bool is_age_dropped;
};

/* A row; overlay is borrowed as the cells are. */
struct map_row {
	const struct text *cell;
	uint32_t count;
	const struct map_overlay *overlay;
};

/* Write a row's report into writer (cleared first).  0, or -1 with fault. */
int map_report(const struct map *map, const struct map_row *row,
    struct tocsin_writer *writer, struct map_notes *notes, struct fault *fault);

#endif
