/*
 * drill_field.h - the keys of a map in a file of rule tests: each read by its
 * kind into its member, and complained about at its place.  Only drill_read.c
 * calls this.
 */
#ifndef TOCSIN_CLIENTS_CLI_DRILL_FIELD_H
#define TOCSIN_CLIENTS_CLI_DRILL_FIELD_H

#include "clients/cli/drill.h"

enum drill_field_kind {
	DRILL_INT32,    /* int32_t: a whole number from least to most */
	DRILL_INT64,    /* int64_t: the same */
	DRILL_WORD,     /* struct text */
	DRILL_FLAG,     /* bool: true or false */
	DRILL_CATEGORY, /* int: index in the vocabulary */
	DRILL_MODE,     /* struct text: slug where the vocabulary has one */
	DRILL_HAZARDS,  /* uint32_t: mask, one or a list */
	DRILL_SEVERITY, /* int */
	DRILL_KIND,     /* int */
	DRILL_COUNTRY,  /* uint16_t */
	DRILL_CHANGE,   /* int */
	DRILL_STATE,    /* int */
};

struct drill_field {
	const char *name; /* NULL ends the table */
	enum drill_field_kind kind;
	size_t at; /* offset of the member */
	int32_t least, most;
};

struct drill_reading {
	const struct vocabulary *vocabulary;
	const struct yaml_doc *doc;
	struct yaml_errors *errors;
};

/* Read every key of a map into the struct at to; what is wrong is in errors. */
void drill_fields_read(struct drill_reading *reading,
    const struct drill_field *fields, const struct yaml_node *map, void *to);

/* The mask of the change a scalar names; 0 after complaining. */
uint32_t drill_change_read(struct drill_reading *reading,
    const struct yaml_node *node);

#endif
