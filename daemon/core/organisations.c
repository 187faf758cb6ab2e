#include "daemon/core/organisations.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/date.h"
#include "base/nearest.h"
#include "daemon/core/detect/doubt.h"
#include "daemon/core/fold.h"
#include "daemon/core/labels.h"

enum {
	NAME_MAX_BYTES = 64,  /* */
	SITE_MAX_BYTES = 120, /* folded it must stay a label */
	INDEX_DIGITS = 4, /* "0012" before a site: two may have one of a name */
};

struct organisations {
	struct yaml_doc *doc; /* owned: the names' texts lie in it, ... */
	struct buf names;     /* ... or here */
	struct organisation *at;
	unsigned count, nsites;
	struct labels sites;
};

/* What reading one organisation needs at hand. */
struct reader {
	struct organisations *all;
	struct yaml_errors *errors;
	struct organisation *one;
	unsigned index;
	bool has_memory;
};

#define COMPLAIN(reader, node, at_key, ...)                               \
	yaml_complain((reader)->all->doc, (reader)->errors, node, at_key, \
	    __VA_ARGS__)

static bool
check_text(struct reader *reader, const struct yaml_node *node, int most,
    const char *what)
{
	if (node->kind == YAML_SCALAR && node->scalar.len > 0 &&
	    node->scalar.len <= (size_t)most)
		return true;
	COMPLAIN(reader, node, false, "%s is a text of 1 to %d bytes", what,
	    most);
	return false;
}

/* As hello takes it: another name would never be that of a peer. */
bool
organisations_is_name(struct text name)
{
	if (!name.len || name.len > NAME_MAX_BYTES)
		return false;
	for (size_t i = 0; i < name.len; i++) {
		char c = name.at[i];

		if (!(c >= 'a' && c <= 'z') && !(c >= '0' && c <= '9') &&
		    c != '.' && c != '-')
			return false;
	}
	return true;
}

static void
read_name(struct reader *reader, const struct yaml_node *node)
{
	if (!check_text(reader, node, NAME_MAX_BYTES, "a name"))
		return;
	if (!organisations_is_name(node->scalar))
		COMPLAIN(reader, node, false,
		    "name: use lower-case letters, digits, dots and hyphens");
	else if (organisations_find(reader->all, node->scalar) >= 0)
		COMPLAIN(reader, node, false, "name: \"%.*s\" is named already",
		    TEXT_ARG(node->scalar));
	reader->one->name = node->scalar;
}

/* 0 to 1 with digits behind a point; twentieths, rounded, or -1. */
int
organisations_trust(struct text text)
{
	char digits[16] = "";
	char *end;
	double trust;

	if (!text.len || text.len >= sizeof(digits))
		return -1;
	for (size_t i = 0; i < text.len; i++)
		if (text.at[i] != '.' && (text.at[i] < '0' || text.at[i] > '9'))
			return -1;
	memcpy(digits, text.at, text.len);
	trust = strtod(digits, &end);
	if (*end || !(trust >= 0 && trust <= 1))
		return -1;
	return (int)(trust * WEIGHT_CASE + .5);
}

static void
read_trust(struct reader *reader, const struct yaml_node *node)
{
	int trust =
	    node->kind == YAML_SCALAR ? organisations_trust(node->scalar) : -1;

	if (trust < 0)
		COMPLAIN(reader, node, false, "trust is a number from 0 to 1");
	else
		reader->one->trust = (uint8_t)trust;
}

static bool
is_word(const struct yaml_node *node, const char *word)
{
	return node->kind == YAML_SCALAR && text_is(node->scalar, word);
}

static void
read_trusted(struct reader *reader, const struct yaml_node *node)
{
	reader->one->is_trusted = is_word(node, "true");
	if (!reader->one->is_trusted && !is_word(node, "false"))
		COMPLAIN(reader, node, false, "trusted is true or false");
}

static void
read_probation(struct reader *reader, const struct yaml_node *node)
{
	const char *why = "a day, such as 2027-03-01";
	struct date date;

	if (is_word(node, "false"))
		return;
	if (node->kind == YAML_SCALAR &&
	    !date_parse(node->scalar, &date, &why) &&
	    date.precision == DATE_DAY)
		reader->one->probation_until = date.day;
	else
		COMPLAIN(reader, node, false,
		    "probation is false or the day it is over: %s", why);
}

/* A site's label: its organisation's index, then its name. */
static struct text
site_label(unsigned index, struct text site,
    char out[INDEX_DIGITS + SITE_MAX_BYTES + 1])
{
	int len = snprintf(out, INDEX_DIGITS + SITE_MAX_BYTES + 1, "%0*u%.*s",
	    INDEX_DIGITS, index, TEXT_ARG(site));

	return (struct text){ out, (size_t)len };
}

static void
read_site(struct reader *reader, const struct yaml_node *node)
{
	char text[INDEX_DIGITS + SITE_MAX_BYTES + 1];
	struct organisations *all = reader->all;
	unsigned before = all->sites.count;
	char folded[4];

	if (!check_text(reader, node, SITE_MAX_BYTES, "a site"))
		return;
	if (!fold_name(node->scalar, folded, sizeof(folded))) {
		COMPLAIN(reader, node, false,
		    "sites: \"%.*s\" has no letter or digit",
		    TEXT_ARG(node->scalar));
		return;
	}
	if (all->nsites == ORGANISATION_SITES_MAX) {
		COMPLAIN(reader, node, false, "more than %d sites in all",
		    ORGANISATION_SITES_MAX);
		return;
	}
	labels_add(&all->sites, site_label(reader->index, node->scalar, text),
	    (int)all->nsites + 1, &reader->has_memory);
	if (all->sites.count == before && reader->has_memory)
		COMPLAIN(reader, node, false,
		    "sites: \"%.*s\" stands here already",
		    TEXT_ARG(node->scalar));
	all->nsites++;
	reader->one->nsites++;
}

static void
read_sites(struct reader *reader, const struct yaml_node *node)
{
	if (node->kind != YAML_LIST) {
		COMPLAIN(reader, node, false, "sites is a list of names");
		return;
	}
	for (node = node->child; node && reader->has_memory; node = node->next)
		read_site(reader, node);
}

static const struct key {
	const char *name;
	void (*read)(struct reader *reader, const struct yaml_node *node);
} keys[] = {
	{ "name", read_name },
	{ "trust", read_trust },
	{ "sites", read_sites },
	{ "trusted", read_trusted },
	{ "probation", read_probation },
};
enum { NKEYS = sizeof(keys) / sizeof(*keys) };

static void
read_key(struct reader *reader, const struct yaml_node *node)
{
	const char *names[NKEYS], *near;

	for (unsigned i = 0; i < NKEYS; i++) {
		names[i] = keys[i].name;
		if (text_is(node->key, keys[i].name)) {
			keys[i].read(reader, node);
			return;
		}
	}
	near = nearest_word(node->key, names, NKEYS);
	if (near)
		COMPLAIN(reader, node, true,
		    "unknown key \"%.*s\"; did you mean \"%s\"?",
		    TEXT_ARG(node->key), near);
	else
		COMPLAIN(reader, node, true,
		    "unknown key \"%.*s\": an organisation has name, trust, "
		    "sites, trusted and probation",
		    TEXT_ARG(node->key));
}

static void
read_one(struct reader *reader, const struct yaml_node *item)
{
	*reader->one = (struct organisation){ .trust = WEIGHT_CASE,
		.probation_until = INT32_MIN };
	if (item->kind != YAML_MAP || !yaml_get(item, "name")) {
		COMPLAIN(reader, item, false,
		    "an organisation is a map with a name");
		return;
	}
	for (const struct yaml_node *node = item->child;
	     node && reader->has_memory; node = node->next)
		read_key(reader, node);
}

/* The list under the only key there is, or NULL. */
static const struct yaml_node *
list_of(struct reader *reader)
{
	const struct yaml_doc *doc = reader->all->doc;
	const struct yaml_node *root = yaml_root(doc);
	const struct yaml_node *list = yaml_get(root, "organisations");

	if (!root)
		return NULL;
	for (const struct yaml_node *node = root->child;
	     root->kind == YAML_MAP && node; node = node->next)
		if (node != list)
			COMPLAIN(reader, node, true,
			    "unknown key, the only one here is "
			    "\"organisations\"");
	if (list && list->kind == YAML_LIST)
		return list;
	COMPLAIN(reader, list ? list : root, false,
	    "write a list of organisations under \"organisations:\"");
	return NULL;
}

static void
read_all(struct reader *reader)
{
	const struct yaml_node *list = list_of(reader);
	struct organisations *all = reader->all;
	const struct yaml_node *item = list ? list->child : NULL;
	size_t count = 1;

	for (const struct yaml_node *at = item; at; at = at->next)
		count++;
	all->at = calloc(count, sizeof(*all->at));
	reader->has_memory = all->at != NULL;
	for (; item && reader->has_memory; item = item->next) {
		if (all->count == ORGANISATIONS_MAX) {
			COMPLAIN(reader, item, false,
			    "more than %d organisations", ORGANISATIONS_MAX);
			return;
		}
		reader->index = all->count;
		reader->one = &all->at[all->count++];
		read_one(reader, item);
	}
}

struct organisations *
organisations_none(void)
{
	return calloc(1, sizeof(struct organisations));
}

struct organisations *
organisations_read(struct yaml_doc *doc, struct yaml_errors *errors)
{
	struct organisations *all = organisations_none();
	struct reader reader = { .all = all, .errors = errors };
	unsigned before = errors->count;

	if (!all) {
		yaml_free(doc);
		return NULL;
	}
	all->doc = doc;
	read_all(&reader);
	if (reader.has_memory && errors->count == before)
		return all;
	organisations_free(all);
	return NULL;
}

/* Sites beyond the most there may be are no sites. */
static void
take_sites(struct organisations *all, unsigned index, struct text sites,
    bool *has_memory)
{
	char label[INDEX_DIGITS + SITE_MAX_BYTES + 1];
	struct cut cut = cut_of(sites.at, sites.len);

	for (unsigned i = 0; i < all->at[index].nsites && *has_memory; i++) {
		struct text site = cut_string(&cut);

		if (cut.bad || site.len > SITE_MAX_BYTES ||
		    all->nsites == ORGANISATION_SITES_MAX)
			return;
		labels_add(&all->sites, site_label(index, site, label),
		    (int)++all->nsites, has_memory);
	}
}

struct organisations *
organisations_of(const struct organisation_given given[], unsigned count)
{
	struct organisations *all = organisations_none();
	bool has_memory = true;
	size_t at = 0;

	if (!all)
		return NULL;
	all->at = calloc(count + 1, sizeof(*all->at));
	for (unsigned i = 0; i < count; i++)
		buf_add_text(&all->names, given[i].known.name);
	for (unsigned i = 0; all->at && !all->names.failed && i < count; i++) {
		all->at[i] = given[i].known;
		all->at[i].name.at = (const char *)all->names.at + at;
		at += all->at[i].name.len;
		take_sites(all, i, given[i].sites, &has_memory);
	}
	all->count = count;
	if (all->at && !all->names.failed && has_memory)
		return all;
	organisations_free(all);
	return NULL;
}

struct organisations *
organisations_load(const char *path, struct yaml_errors *errors)
{
	struct yaml_doc *doc = yaml_load(path, errors);

	return doc ? organisations_read(doc, errors) : NULL;
}

void
organisations_free(struct organisations *organisations)
{
	if (!organisations)
		return;
	labels_free(&organisations->sites);
	free(organisations->at);
	buf_free(&organisations->names);
	yaml_free(organisations->doc);
	free(organisations);
}

unsigned
organisations_count(const struct organisations *organisations)
{
	return organisations->count;
}

const struct organisation *
organisations_at(const struct organisations *organisations, unsigned index)
{
	assert(index < organisations->count);
	return &organisations->at[index];
}

int
organisations_find(const struct organisations *organisations, struct text name)
{
	for (unsigned i = 0; i < organisations->count; i++)
		if (text_equal(organisations->at[i].name, name))
			return (int)i;
	return -1;
}

uint32_t
organisations_site(const struct organisations *organisations, unsigned index,
    struct text site)
{
	char text[INDEX_DIGITS + SITE_MAX_BYTES + 1];
	int number;

	if (!site.len || site.len > SITE_MAX_BYTES)
		return 0;
	number =
	    labels_find(&organisations->sites, site_label(index, site, text));
	return number < 0 ? 0 : (uint32_t)number;
}

void
organisations_each_site(const struct organisations *organisations,
    unsigned index, void (*tell)(void *who, struct text site), void *who)
{
	const struct yaml_node *root, *node;

	if (!organisations->doc)
		return;
	root = yaml_root(organisations->doc);
	node = yaml_get(root, "organisations")->child;
	for (unsigned i = 0; i < index; i++)
		node = node->next;
	node = yaml_get(node, "sites");
	for (node = node ? node->child : NULL; node; node = node->next)
		tell(who, node->scalar);
}

bool
organisations_is_trusted(const struct organisations *organisations,
    struct text name)
{
	int index = organisations_find(organisations, name);

	return !organisations->count ||
	    (index >= 0 && organisations->at[index].is_trusted);
}
