/* test_filter.c - filters of subscribers: read, written, matched. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "daemon/feed/filter.h"
#include "proto/codec.h"

static struct vocabulary *vocabulary;

/*
 * A little text form for filters and alerts: "key=a,b;key=c" is {key: [a, b],
 * key: c}; a single value stands alone.
 */
static void
pack_values(struct buf *out, const char *at, const char *end)
{
	uint32_t count = 1;

	for (const char *c = at; c < end; c++)
		count += *c == ',';
	if (count > 1)
		pack_list(out, count);
	while (at <= end) {
		const char *comma = memchr(at, ',', (size_t)(end - at));
		const char *stop = comma ? comma : end;

		pack_text(out, (struct text){ at, (size_t)(stop - at) });
		at = stop + 1;
	}
}

static void
pack_pairs(struct buf *out, const char *text)
{
	size_t token = pack_open_map(out);
	uint32_t pairs = 0;

	while (*text != '\0') {
		const char *is = strchr(text, '=');
		const char *end = strchr(text, ';');

		if (end == NULL)
			end = text + strlen(text);
		pack_text(out, (struct text){ text, (size_t)(is - text) });
		pack_values(out, is + 1, end);
		pairs++;
		text = *end == ';' ? end + 1 : end;
	}
	pack_close_map(out, token, pairs);
}

static int
make(const char *text, struct filter **filter, struct refusal *why)
{
	struct buf out = { 0 };
	struct value map;
	int code;

	pack_pairs(&out, text);
	assert_false(out.failed);
	assert_true(value_of(buf_text(&out), &map));
	*why = (struct refusal){ 0 };
	code = filter_new(&map, vocabulary, filter, why);
	assert_int_equal(code, why->code);
	assert_true((code == 0) == (*filter != NULL));
	buf_free(&out);
	return code;
}

/* An alert of a kettle (category given) in FR and BE. */
static void
pack_alert(struct buf *out, const char *category)
{
	pack_map(out, 6);
	pack_field_string(out, "id", "a1");
	pack_field_string(out, "rule", "three-sources");
	pack_string(out, "product");
	pack_map(out, 4);
	pack_field_string(out, "id", "p12");
	pack_field_string(out, "brand", "Black & Decker");
	pack_field_string(out, "model", "K7");
	pack_field_string(out, "category", category);
	pack_field_string(out, "severity", "minor");
	pack_string(out, "kinds");
	pack_list(out, 1);
	pack_string(out, "breakdown");
	pack_string(out, "countries");
	pack_list(out, 2);
	pack_string(out, "BE");
	pack_string(out, "FR");
}

/* The first category that has a parent: its slug and that of its parent. */
static int
child_category(char child[80], char parent[80])
{
	unsigned count = vocabulary_count(vocabulary, WORDS_CATEGORY);

	for (unsigned i = 0; i < count; i++) {
		const struct word *word =
		    vocabulary_word(vocabulary, WORDS_CATEGORY, i);
		const struct word *above;

		if (word->parent < 0)
			continue;
		above = vocabulary_word(vocabulary, WORDS_CATEGORY,
		    (unsigned)word->parent);
		snprintf(child, 80, "%.*s", TEXT_ARG(word->slug));
		snprintf(parent, 80, "%.*s", TEXT_ARG(above->slug));
		return 0;
	}
	return -1;
}

static bool
matches(const char *filter_text, const char *category)
{
	struct buf out = { 0 };
	struct filter *filter;
	struct refusal why;
	struct value alert;
	bool does;

	assert_int_equal(make(filter_text, &filter, &why), 0);
	pack_alert(&out, category);
	assert_true(value_of(buf_text(&out), &alert));
	does = filter_matches(filter, &alert);
	buf_free(&out);
	filter_free(filter);
	return does;
}

static void
test_matches(void **state)
{
	static const struct {
		const char *filter;
		bool does;
	} cases[] = {
		{ "", true },
		{ "product=p12", true },
		{ "product=p1", false },
		{ "product=p1,p12", true },
		{ "brand=black/DECKER", true },
		{ "brand=Black", false },
		{ "brand=Philips,blackdecker", true },
		{ "country=fr", true },
		{ "country=DE", false },
		{ "country=DE,BE", true },
		{ "country=UK", false },
		{ "country=FRA", true },
		{ "kind=breakdown", true },
		{ "kind=incident", false },
		{ "kind=incident,breakdown", true },
		{ "rule=three-sources", true },
		{ "rule=three", false },
		{ "severity_min=none", true },
		{ "severity_min=minor", true },
		{ "severity_min=medical", false },
		{ "severity_min=unstated", true },
		{ "brand=black & decker;country=FR;kind=breakdown", true },
		{ "brand=black & decker;country=DE;kind=breakdown", false },
		{ "product=;country=", true },
		{ "category=other:kettle", false },
	};
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char child[80], parent[80];

		assert_int_equal(child_category(child, parent), 0);
		if (matches(cases[i].filter, child) != cases[i].does)
			fail_msg("%s: not %d", cases[i].filter, cases[i].does);
	}
}

static void
test_categories_match_descendants(void **state)
{
	char child[80], parent[80], text[200];
	(void)state;

	assert_int_equal(child_category(child, parent), 0);
	snprintf(text, sizeof(text), "category=%s", parent);
	assert_true(matches(text, child));
	assert_true(matches(text, parent));
	assert_false(matches(text, "other:whatsit"));
	snprintf(text, sizeof(text), "category=%s", child);
	assert_true(matches(text, child));
	assert_false(matches(text, parent));
	assert_true(matches("category=other:whatsit", "other:whatsit"));
	assert_true(matches("category=other:What Sit!", "other:what sit"));
	assert_false(matches("category=other:what", "other:whatsit"));
}

static void
test_any_label_of_a_category(void **state)
{
	unsigned count = vocabulary_count(vocabulary, WORDS_CATEGORY);
	(void)state;

	for (unsigned i = 0; i < count; i++) {
		const struct word *word =
		    vocabulary_word(vocabulary, WORDS_CATEGORY, i);
		const struct text labels[] = { word->slug, word->en, word->fr };

		for (size_t j = 0; j < 3; j++) {
			struct buf out = { 0 };
			struct buf written = { 0 };
			struct filter *filter;
			struct refusal why = { 0 };
			struct value map, list;

			pack_map(&out, 1);
			pack_field_text(&out, "category", labels[j]);
			assert_true(value_of(buf_text(&out), &map));
			assert_int_equal(filter_new(&map, vocabulary, &filter,
					     &why),
			    0);
			filter_write(filter, &written);
			assert_true(value_of(buf_text(&written), &map));
			assert_true(value_find(&map, "category", &list));
			assert_int_equal(list.count, 1);
			filter_free(filter);
			buf_free(&out);
			buf_free(&written);
		}
	}
}

static void
test_refused(void **state)
{
	static const struct {
		const char *filter;
		const char *field;
		const char *says;
	} cases[] = {
		{ "products=p1", "filter", "product" },
		{ "countri=FR", "filter", "country" },
		{ "zzzzzzzz=FR", "filter", "unknown key" },
		{ "product=12", "filter.product", "p123" },
		{ "product=p", "filter.product", "p123" },
		{ "product=p0", "filter.product", "p123" },
		{ "product=p1,x", "filter.product", "p123" },
		{ "brand=???", "filter.brand", "letter" },
		{ "country=FRQ", "filter.country", "alpha-2" },
		{ "country=F1", "filter.country", "alpha-2" },
		{ "country=f", "filter.country", "alpha-2" },
		{ "kind=fault", "filter.kind", "incident" },
		{ "rule=Three Sources", "filter.rule", "a-z" },
		{ "severity_min=sever", "filter.severity_min", "severe" },
		{ "severity_min=minor,severe", "filter.severity_min", "one" },
		{ "category=zzqqzzqq", "filter.category", "no category" },
		{ "category=other:", "filter.category", "missing" },
		{ "category=other:-", "filter.category", "missing" },
		{ "country=FR,", "filter.country", "empty" },
		{ "kind=incident;kind=incident", "filter.kind", "twice" },
	};
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct filter *filter;
		struct refusal why;

		if (make(cases[i].filter, &filter, &why) != ERROR_INVALID)
			fail_msg("%s: was taken", cases[i].filter);
		assert_string_equal(why.field, cases[i].field);
		if (strstr(why.text, cases[i].says) == NULL)
			fail_msg("%s: says %s", cases[i].filter, why.text);
	}
}

static void
test_nearest_category(void **state)
{
	char child[80], parent[80], text[200];
	struct filter *filter;
	struct refusal why;
	(void)state;

	assert_int_equal(child_category(child, parent), 0);
	assert_true(strlen(child) > 3);
	snprintf(text, sizeof(text), "category=%sq", child);
	assert_int_equal(make(text, &filter, &why), ERROR_INVALID);
	assert_non_null(strstr(why.text, "did you mean"));
	assert_non_null(strstr(why.text, child));
}

static void
test_types_refused(void **state)
{
	struct buf out = { 0 };
	struct value map;
	struct filter *filter;
	struct refusal why = { 0 };
	(void)state;

	pack_list(&out, 1);
	pack_string(&out, "FR");
	assert_true(value_of(buf_text(&out), &map));
	assert_int_equal(filter_new(&map, vocabulary, &filter, &why),
	    ERROR_INVALID);
	buf_clear(&out);
	pack_map(&out, 1);
	pack_field_uint(&out, "country", 33);
	assert_true(value_of(buf_text(&out), &map));
	assert_int_equal(filter_new(&map, vocabulary, &filter, &why),
	    ERROR_INVALID);
	assert_string_equal(why.text, "must be text");
	buf_clear(&out);
	pack_map(&out, 1);
	pack_uint(&out, 1);
	pack_string(&out, "FR");
	assert_true(value_of(buf_text(&out), &map));
	assert_int_equal(filter_new(&map, vocabulary, &filter, &why),
	    ERROR_INVALID);
	buf_clear(&out);
	pack_nil(&out);
	assert_true(value_of(buf_text(&out), &map));
	assert_int_equal(filter_new(&map, vocabulary, &filter, &why), 0);
	filter_free(filter);
	buf_free(&out);
}

static void
test_too_many(void **state)
{
	for (unsigned count = FILTER_ITEMS_MAX; count <= FILTER_ITEMS_MAX + 1;
	     count++) {
		struct buf out = { 0 };
		struct value map;
		struct filter *filter;
		struct refusal why = { 0 };
		int expected = count > FILTER_ITEMS_MAX ? ERROR_INVALID : 0;

		pack_map(&out, 1);
		pack_string(&out, "brand");
		pack_list(&out, count);
		for (unsigned i = 0; i < count; i++) {
			char brand[20];

			snprintf(brand, sizeof(brand), "brand %u", i);
			pack_string(&out, brand);
		}
		assert_true(value_of(buf_text(&out), &map));
		assert_int_equal(filter_new(&map, vocabulary, &filter, &why),
		    expected);
		filter_free(filter);
		buf_free(&out);
	}
	(void)state;
}

/* Equal filters are written as equal bytes, and read back as themselves. */
static void
test_canonical(void **state)
{
	static const struct {
		const char *a, *b;
		bool same;
	} cases[] = {
		{ "country=FR,BE", "country=be,fr,FR", true },
		{ "brand=Black & Decker;country=FR",
		    "country=FR;brand=black/decker", true },
		{ "product=p2,p10", "product=p10,p2", true },
		{ "kind=incident,breakdown", "kind=breakdown,incident", true },
		{ "country=UK", "country=GB", true },
		{ "", "severity_min=unstated", true },
		{ "rule=a,b", "rule=b", false },
		{ "severity_min=minor", "severity_min=none", false },
		{ "kind=incident", "", false },
		{ "category=other:a", "category=other:b", false },
	};
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct filter *a, *b, *again;
		struct buf bytes_a = { 0 }, bytes_b = { 0 }, bytes = { 0 };
		struct refusal why;
		struct value map;

		assert_int_equal(make(cases[i].a, &a, &why), 0);
		assert_int_equal(make(cases[i].b, &b, &why), 0);
		filter_write(a, &bytes_a);
		filter_write(b, &bytes_b);
		assert_int_equal(text_equal(buf_text(&bytes_a),
				     buf_text(&bytes_b)),
		    cases[i].same);
		assert_true(value_of(buf_text(&bytes_a), &map));
		assert_int_equal(filter_new(&map, vocabulary, &again, &why), 0);
		filter_write(again, &bytes);
		assert_true(text_equal(buf_text(&bytes), buf_text(&bytes_a)));
		filter_free(a);
		filter_free(b);
		filter_free(again);
		buf_free(&bytes_a);
		buf_free(&bytes_b);
		buf_free(&bytes);
	}
}

static void
test_no_filter(void **state)
{
	struct buf out = { 0 };
	struct value map;
	(void)state;

	filter_write(NULL, &out);
	assert_true(value_of(buf_text(&out), &map));
	assert_int_equal(map.kind, VALUE_MAP);
	assert_int_equal(map.count, 0);
	assert_true(filter_matches(NULL, &map));
	filter_free(NULL);
	buf_free(&out);
}

static int
setup(void **state)
{
	struct yaml_errors errors = { 0 };
	(void)state;

	vocabulary = vocabulary_new(NULL, &errors);
	if (errors.count > 0)
		print_error("%.*s\n", TEXT_ARG(buf_text(&errors.text)));
	yaml_errors_free(&errors);
	return vocabulary == NULL;
}

static int
teardown(void **state)
{
	(void)state;
	vocabulary_free(vocabulary);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_matches),
		cmocka_unit_test(test_categories_match_descendants),
		cmocka_unit_test(test_any_label_of_a_category),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_nearest_category),
		cmocka_unit_test(test_types_refused),
		cmocka_unit_test(test_too_many),
		cmocka_unit_test(test_canonical),
		cmocka_unit_test(test_no_filter),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
