/* Which model a report means: its own cell, the brand's, the name. */
#include "daemon/core/product_model.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "daemon/core/model_word.h"
#include "tests/unit/vocabulary_rig.h"

static const struct {
	const char *brand, *model, *name;
	const char *key, *shown;
	unsigned how;
} rows[] = {
	/* As written. */
	{ "Tefal", "KBV 2001", "", "kbv2001", "KBV 2001", 0 },
	{ "Tefal", "kbv-2001", "", "kbv2001", "kbv-2001", 0 },
	{ "Tefal", "HD4622/90", "", "hd462290", "HD4622/90", 0 },
	{ "Apple", "5S", "", "5s", "5S", 0 },
	{ "Canon", "100D", "", "100d", "100D", 0 },
	{ "Singer", "1409 Promise", "", "1409promise", "1409 Promise", 0 },
	{ "Samsung", "SM-G960F 64", "", "smg960f64", "SM-G960F 64", 0 },
	{ "Samsung", "KM4622 KM4623", "", "km4622km4623", "KM4622 KM4623", 0 },
	{ "Kenwood", "lid for KM4622", "", "lidforkm4622", "lid for KM4622",
	    0 },
	{ "Amazon", "Kindle Gen2", "", "kindlegen2", "Kindle Gen2", 0 },
	{ "", "KBV 2001", "", "kbv2001", "KBV 2001", 0 },
	/* One word says it all. */
	{ "Kenwood", "Chef XL KM4622", "", "km4622", "KM4622", MODEL_WORD },
	{ "Kenwood", "KM4622, 1200W", "", "km4622", "KM4622", MODEL_WORD },
	{ "Kenwood", "KM4622 1200 W", "", "km4622", "KM4622", MODEL_WORD },
	{ "Philips", "HD4622/90 series", "", "hd462290", "HD4622/90",
	    MODEL_WORD },
	{ "", "Chef XL (KM4622)", "", "km4622", "KM4622", MODEL_WORD },
	/* The brand again. */
	{ "Tefal", "Tefal KI 150", "", "ki150", "KI 150", MODEL_WORD },
	{ "B&D", "B&D 12", "", "12", "12", MODEL_WORD },
	{ "HP", "HPX 100", "", "hpx100", "HPX 100", 0 },
	{ "Tefal", "Tefal", "", "tefal", "Tefal", 0 },
	{ "Tefal", "Tefal --", "", "tefal", "Tefal --", 0 },
	/* No model. */
	{ "Tefal", "", "", "", "", 0 },
	{ "Tefal", "n/a", "", "", "", 0 },
	{ "Tefal", "unknown", "", "", "", 0 },
	{ "Tefal", "2400W", "", "", "", MODEL_SIZE },
	{ "Tefal", "40 inch", "", "", "", MODEL_SIZE },
	{ "Tefal", "230V", "", "", "", MODEL_SIZE },
	{ "Tefal", "? the white one", "", "", "", MODEL_CHATTER },
	{ "Tefal", "can't read it", "", "", "", MODEL_CHATTER },
	/* From the brand's cell, unless the model has its own. */
	{ "Phillips HD4622", "", "", "hd4622", "HD4622", MODEL_FROM_BRAND },
	{ "Phillips HD4622", "2400W", "", "hd4622", "HD4622",
	    MODEL_FROM_BRAND | MODEL_SIZE },
	{ "Phillips HD4622", "HD9999", "", "hd9999", "HD9999", 0 },
	{ "United / AF2372", "", "", "af2372", "AF2372", MODEL_FROM_BRAND },
	{ "Unknown / AF2372", "", "", "", "", 0 },
	{ "Kenwood chef xl", "", "", "", "", 0 },
	{ "Bosch 18v", "", "", "", "", 0 },
	{ "Bernina / Model ca.1987", "", "", "", "", 0 },
	/* From the name. */
	{ "Philips", "", "Philips HD4622 kettle, 1.7 L", "hd4622", "HD4622",
	    MODEL_FROM_NAME },
	{ "Philips AZ1834", "", "HD4622", "az1834", "AZ1834",
	    MODEL_FROM_BRAND },
	{ "Philips", "", "Filter for HD4622", "", "", 0 },
	{ "Philips", "", "HD4622 and HD4623", "", "", 0 },
	{ "Philips", "", "A kettle", "", "", 0 },
	{ "", "", "Philips HD4622", "", "", 0 },
};

static void
models_are_read(void **state)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct report report = { .brand = text_of(rows[i].brand),
			.model = text_of(rows[i].model),
			.name = text_of(rows[i].name) };
		struct brand_reading brand;
		struct product_model model;
		brand_read(*state, report.brand, &brand);
		product_model_read(*state, &report, &brand, &model);
		if (strcmp(model.key, rows[i].key) != 0 ||
		    model.how != rows[i].how ||
		    (model.key_len > 0 && !text_is(model.shown, rows[i].shown)))
			fail_msg("%s | %s | %s: \"%s\", \"%.*s\", how %u",
			    rows[i].brand, rows[i].model, rows[i].name,
			    model.key, TEXT_ARG(model.shown), model.how);
		assert_int_equal(model.key_len, strlen(rows[i].key));
	}
}

static void
words_name_a_model_or_do_not(void **state)
{
	static const char *const models[] = { "HD4622", "HD4622/90", "T480",
		"MX-00007-R", "UE49KU6515", "SM-G960F", "42615",
		"5kfc3516eer" };
	static const char *const others[] = { "", "Chef", "6234", "Gen2",
		"Zoom2", "CompleteC3", "2400W", "SV12", "802.11g", "ca.1987",
		"HD4622/HD4623", "-", "office2007" };
	(void)state;
	for (size_t i = 0; i < sizeof(models) / sizeof(models[0]); i++) {
		if (!model_word_is(text_of(models[i])))
			fail_msg("%s names no model", models[i]);
	}
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		if (model_word_is(text_of(others[i])))
			fail_msg("%s names a model", others[i]);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(models_are_read),
		cmocka_unit_test(words_name_a_model_or_do_not),
	};
	return cmocka_run_group_tests(tests, load_vocabulary, drop_vocabulary);
}
