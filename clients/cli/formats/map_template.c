/*
 * map_template.c - headings that need no map, in English and French, and the
 * French words that stand for ours.
 */
#include <stdlib.h>
#include <string.h>

#include "base/nearest.h"
#include "clients/cli/formats/map.h"
#include "clients/cli/formats/map_value.h"
#include "daemon/core/fold.h"

enum { FOLDED_MAX = 160 };

static const struct heading {
	const char *path, *en, *fr;
} headings[] = {
	{ "id", "id", "identifiant" },
	{ "kind", "kind", "nature" },
	{ "product.category", "category", "catégorie" },
	{ "product.brand", "brand", "marque" },
	{ "product.model", "model", "modèle" },
	{ "product.name", "product name", "nom du produit" },
	{ "product.gtin", "barcode", "code-barres" },
	{ "product.lot", "lot", "numéro de lot" },
	{ "product.serial", "serial number", "numéro de série" },
	{ "failure.mode", "failure", "panne" },
	{ "failure.hazard", "hazard", "danger" },
	{ "failure.component", "component", "composant" },
	{ "severity", "severity", "gravité" },
	{ "injured", "injured", "blessés" },
	{ "deaths", "deaths", "décès" },
	{ "units", "units", "nombre d'appareils" },
	{ "outcome.status", "outcome", "suite donnée" },
	{ "outcome.barrier", "barrier to repair", "obstacle à la réparation" },
	{ "country", "country", "pays" },
	{ "region", "region", "région" },
	{ "occurred", "occurred", "date des faits" },
	{ "filed", "filed", "date de réception" },
	{ "purchased", "purchased", "date d'achat" },
	{ "age", "age in years", "âge en années" },
	{ "reporter", "reporter", "déclarant" },
	{ "text", "text", "texte" },
	{ "lang", "language", "langue" },
	{ "consent.publish", "may be published", "publication permise" },
	{ "consent.share_with_maker", "may go to the maker",
	    "transmission au fabricant permise" },
	{ "origin.source", "source", "source" },
	{ "origin.group", "branch", "antenne" },
	{ "origin.licence", "licence", "licence" },
};

enum { HEADINGS = sizeof(headings) / sizeof(headings[0]) };

/* In the order find_word wants. */
static const struct {
	const char *path, *from, *to;
} words[] = {
	{ "kind", "incident", "incident" },
	{ "kind", "panne", "breakdown" },
	{ "severity", "aucun", "none" },
	{ "severity", "aucune", "none" },
	{ "severity", "dégâts", "damage" },
	{ "severity", "grave", "severe" },
	{ "severity", "légère", "minor" },
	{ "severity", "mortelle", "fatal" },
	{ "severity", "médicale", "medical" },
};

void
map_put_template(struct buf *out, bool is_french)
{
	for (size_t i = 0; i < HEADINGS; i++) {
		struct text cell =
		    text_of(is_french ? headings[i].fr : headings[i].en);
		/* Where commas are decimal marks, spreadsheets want ; */
		if (i)
			buf_u8(out, is_french ? ';' : ',');
		csv_put_row(out, &cell, 1, is_french ? ';' : ',');
	}
	buf_add_string(out, "\r\n");
}

static bool
is_same(struct text a, struct text b)
{
	char left[FOLDED_MAX], right[FOLDED_MAX];
	size_t len = fold_name(a, left, sizeof(left));
	return len && len == fold_name(b, right, sizeof(right)) &&
	    !memcmp(left, right, len);
}

static const struct heading *
find_heading(struct text written)
{
	for (size_t i = 0; i < HEADINGS; i++) {
		if (is_same(written, text_of(headings[i].en)) ||
		    is_same(written, text_of(headings[i].fr)) ||
		    is_same(written, text_of(headings[i].path)))
			return &headings[i];
	}
	return NULL;
}

static int
refuse_heading(struct text written, char why[WHY_MAX])
{
	const char *known[2 * HEADINGS];
	const char *near;
	int shown = written.len < 60 ? (int)written.len : 60;
	for (size_t i = 0; i < HEADINGS; i++) {
		known[2 * i] = headings[i].en;
		known[2 * i + 1] = headings[i].fr;
	}
	near = nearest_word(written, known, 2 * HEADINGS);
	if (near)
		snprintf(why, WHY_MAX,
		    "the heading \"%.*s\" is not known; did you mean \"%s\"?",
		    shown, written.at, near);
	else
		snprintf(why, WHY_MAX,
		    "the heading \"%.*s\" is not known; 'tocsin import "
		    "--template en' shows those that are, a --map explains "
		    "others",
		    shown, written.at);
	return -1;
}

/* Give a use the French words that there are for it. */
static void
add_words(struct map_use *use)
{
	size_t count = sizeof(words) / sizeof(words[0]);
	use->word = calloc(count, sizeof(*use->word));
	use->is_open = true;
	for (size_t i = 0; use->word && i < count; i++) {
		if (!strcmp(words[i].path, use->field->path))
			use->word[use->nwords++] =
			    (struct map_word){ text_of(words[i].from),
				    text_of(words[i].to) };
	}
}

int
map_init_template(struct map *map, const struct text *heading, uint32_t count,
    char why[WHY_MAX])
{
	*map = (struct map){ 0 };
	for (uint32_t i = 0; i < count; i++) {
		struct text written = map_trim(heading[i]);
		const struct heading *found = find_heading(written);
		struct map_use *use;
		if (!written.len || map_is_reject_heading(written))
			continue;
		if (!found)
			return refuse_heading(written, why);
		if (!strcmp(found->path, "id")) {
			map->id[0] = (struct map_column){ .name = heading[i],
				.at = (int)i };
			map->nids = 1;
			continue;
		}
		map_use_column(map, found->path, heading[i]);
		use = &map->use[map_field(text_of(found->path))->index];
		use->at = (int)i;
		if (!strcmp(found->path, "kind") ||
		    !strcmp(found->path, "severity"))
			add_words(use);
	}
	return 0;
}
