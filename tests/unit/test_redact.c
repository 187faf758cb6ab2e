/*
 * Addresses, telephone and vehicle numbers in texts: found as people write
 * them, and models, measures, dates and barcodes left alone.
 */
#include "daemon/core/redact.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <time.h>

#include <cmocka.h>

#include "tests/lib/csvread.h"

/* The text with its marks. */
static const char *
redacted(const char *string, bool is_name)
{
	static char out[1 << 15];
	const struct redact_text in = { text_of(string), is_name };
	struct redact_find find;
	size_t from = 0, len = 0;

	while (redact_next(&in, from, &find)) {
		assert_true(find.at >= from && find.len > 0);
		assert_true(find.at + find.len <= in.text.len);
		len += (size_t)snprintf(out + len, sizeof(out) - len, "%.*s%s",
		    (int)(find.at - from), string + from,
		    redact_mark(find.kind));
		from = find.at + find.len;
	}
	snprintf(out + len, sizeof(out) - len, "%s", string + from);
	return out;
}

static const struct {
	const char *text, *left;
} taken_out[] = {
	{ "mail jane.doe+x@mail.example.co.uk, please",
	    "mail [e-mail], please" },
	{ "jane (at) example.org", "[e-mail]" },
	{ "(jane[at]example.org)", "([e-mail])" },
	{ "a@b.co c@d.eu", "[e-mail] [e-mail]" },
	{ "call +49 (0)170 1234567 now", "call [phone] now" },
	{ "+33 6 12 34 56 78 20 minutes", "[phone] 20 minutes" },
	{ "+442079460958", "[phone]" },
	{ "+1 212 555 0187.", "[phone]." },
	{ "0049 170 1234567", "[phone]" },
	{ "00491701234567", "[phone]" },
	{ "01 23 45 67 89 or 01.23.45.67.89", "[phone] or [phone]" },
	{ "0170/1234567", "[phone]" },
	{ "020 7946 0958", "[phone]" },
	{ "(020) 7946 0958", "[phone]" },
	{ "my number is 0612345678", "my number is [phone]" },
	{ "06-12345678, 089-1234567", "[phone], [phone]" },
	{ "(555) 234-5678; 555-234-5678", "[phone]; [phone]" },
	{ "1-800-555-1234", "[phone]" },
	{ "call me on 2345678", "call me on [phone]" },
	{ "tel. 12 34 56 78", "tel. [phone]" },
	{ "t\xc3\xa9l\xc3\xa9phone : 30123456",
	    "t\xc3\xa9l\xc3\xa9phone : [phone]" },
	{ "VIN 1M8GDM9AXKP042788.", "VIN [vin]." },
	{ "WVWZZZ1JZ3W386752", "[vin]" },
	{ "1hgcm82633a004352", "[vin]" },
};

static const char *const left_alone[] = {
	"model 0123456789 broke",
	"EAN 4006381333931 and 0012345678905",
	"220-240 V 50-60 Hz 2000-2200 W",
	"bought 2019-02-11 12:30 for 1 299,00 euro",
	"01/02/2023 14 00 hours, 01.02.2023 08 30",
	"from 2019 to 2023 2024 2025",
	"made 04.2019 - 04.2021",
	"size 120 x 60 x 75 cm, 1.5 m",
	"part 0986424797, no. 00/142658892",
	"0 601 2A4 000 and article 010-10723-00",
	"Mount - 010-10815-00",
	"S/N 036308 629108, P/N: 0170 1234567",
	"batch L2023041200012",
	"iPhone 12 Pro 128 GB",
	"Miele WKF 311 WPS 12345678",
	"0.5 0.75 0.125",
	"100000 km 2 500 000 cycles",
	"about $ 1 200 000 of damage",
	"called 911 in 2019, called 3 times on 03/15/2020",
	"10:15:20 2022 01 05",
	"@home 4@1.5v user@ @x.org a@b",
	"12345678901234567",
	"ABCDEFGHJKLMNPRST",
	"1M8GDM9AXKP04278",
	"WAT28400GB01XXXXX",
	"http://x.org/dp/0123456789",
	"+5 -10 +100",
	"€0612345678",
	"",
};

static void
what_leads_to_a_person_is_found(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(taken_out) / sizeof(*taken_out); i++)
		assert_string_equal(redacted(taken_out[i].text, false),
		    taken_out[i].left);
}

static void
what_names_a_thing_stays(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(left_alone) / sizeof(*left_alone); i++)
		assert_string_equal(redacted(left_alone[i], false),
		    left_alone[i]);
}

/* Article numbers begin with 0, too. */
static void
names_are_read_with_more_care(void **state)
{
	(void)state;
	assert_string_equal(redacted("USB cable - 0101023101", true),
	    "USB cable - 0101023101");
	assert_string_equal(redacted("USB cable - 0101023101", false),
	    "USB cable - [phone]");
	assert_string_equal(redacted("Kettle, tel 0101023101", true),
	    "Kettle, tel [phone]");
	assert_string_equal(redacted("Kettle +49 170 1234567 a@b.org", true),
	    "Kettle [phone] [e-mail]");
}

/* Once out, nothing is found again: a report that is resent is the same. */
static void
marks_are_not_found(void **state)
{
	char once[4096];

	(void)state;
	for (size_t i = 0; i < sizeof(taken_out) / sizeof(*taken_out); i++) {
		snprintf(once, sizeof(once), "%s",
		    redacted(taken_out[i].text, false));
		assert_string_equal(redacted(once, false), once);
	}
}

static uint32_t
next_random(uint32_t *seed)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 17;
	*seed ^= *seed << 5;
	return *seed;
}

/* Numbers as telephones have them, in the shapes people give them. */
static void
generated_numbers_are_found(void **state)
{
	static const char *const shapes[] = { "+49 1## #######",
		"+44 7### ######", "+33 # ## ## ## ##", "+32 4## ## ## ##",
		"0049 1## #######", "07### ######", "020 #### ####",
		"0# ## ## ## ##", "0# ########", "01## #######",
		"(2##) 5##-####", "2##-5##-####", "1-8##-5##-####",
		"phone 2##.5##.####", "call 2## 5## ####", "tlf ## ## ## ##" };
	uint32_t seed = 20261124;
	unsigned missed = 0, made = 0;

	(void)state;
	for (unsigned round = 0; round < 2000; round++) {
		for (size_t i = 0; i < sizeof(shapes) / sizeof(*shapes); i++) {
			char text[96];
			size_t len =
			    (size_t)snprintf(text, sizeof(text), "it burnt, ");

			for (const char *c = shapes[i]; *c; c++)
				text[len++] = *c == '#'
				    ? (char)('1' + next_random(&seed) % 9)
				    : *c;
			snprintf(text + len, sizeof(text) - len, " at once");
			made++;
			missed += !strstr(redacted(text, false), "[phone]");
		}
	}
	print_message("%u of %u numbers missed\n", missed, made);
	assert_true(missed * 500 < made);
}

/* Whatever the bytes are, finds lie in the text and in order. */
static void
noise_is_survived(void **state)
{
	static const char bytes[] = "0123456789 +-./()[]@at.deWZX\xc3\xa9 n:#";
	uint32_t seed = 7;

	(void)state;
	for (unsigned round = 0; round < 20000; round++) {
		char text[80];
		size_t len = next_random(&seed) % (sizeof(text) - 1);

		for (size_t i = 0; i < len; i++)
			text[i] =
			    bytes[next_random(&seed) % (sizeof(bytes) - 1)];
		text[len] = '\0';
		redacted(text, round & 1);
	}
}

/* A text twice as long takes about twice as long, however it is made. */
static void
hostile_texts_take_linear_time(void **state)
{
	static const char *const units[] = { "(", "+", "@", "1 ", "0 1-", "a@",
		"(at)", "0123456789", "n° 12345 ", "12345678 me ", "a.b@c." };
	enum { BYTES = 1 << 20 };
	char *text = malloc(BYTES + 16);

	(void)state;
	assert_non_null(text);
	for (size_t i = 0; i < sizeof(units) / sizeof(*units); i++) {
		struct redact_text in = { { text, BYTES }, false };
		struct redact_find find;
		size_t len = strlen(units[i]), from = 0;
		clock_t start = clock();

		for (size_t at = 0; at < BYTES; at += len)
			memcpy(text + at, units[i],
			    at + len < BYTES ? len : BYTES - at);
		while (redact_next(&in, from, &find))
			from = find.at + find.len;
		/* Some 100 ms; quadratic would be minutes. */
		assert_true(clock() - start < 10 * CLOCKS_PER_SEC);
	}
	free(text);
}

static void
contact_keys_are_known(void **state)
{
	(void)state;
	assert_true(redact_is_contact(TEXT("email"), true));
	assert_true(redact_is_contact(TEXT("E-Mail"), false));
	assert_true(redact_is_contact(TEXT("customer_phone"), false));
	assert_true(redact_is_contact(TEXT("First Name"), false));
	assert_true(redact_is_contact(TEXT("name"), true));
	assert_false(redact_is_contact(TEXT("name"), false));
	assert_false(redact_is_contact(TEXT("shop"), true));
	assert_false(redact_is_contact(TEXT("phone_model"), true));
	assert_false(redact_is_contact(TEXT(""), true));
	assert_false(redact_is_contact(
	    TEXT("a key that is longer than any that is known here"), true));
}

/* How often something is found in a column of a shared file. */
static long
finds_in(const char *file, const char *column, long *rows, bool is_name)
{
	static struct csvread csv;
	long found = 0;
	int at;

	if (!csvread_open(&csv, file))
		return -1;
	assert_true(csvread_next(&csv));
	at = csvread_column(&csv, column);
	assert_true(at >= 0);
	for (; csvread_next(&csv); (*rows)++) {
		const struct redact_text in = { text_of(csv.field[at]),
			is_name };
		struct redact_find find;
		size_t from = 0;

		while (redact_next(&in, from, &find)) {
			from = find.at + find.len;
			found++;
		}
	}
	assert_int_equal(csvread_close(&csv), 0);
	return found;
}

/*
 * What was wrong with things that were brought to repair cafes: three numbers
 * of persons and shops (one thrice released would count thrice), and of the
 * models, years and voltages that stand there none.
 */
static void
real_texts_keep_their_models(void **state)
{
	static const char *const files[] = { "FixitClinic_202507",
		"RepairCafeDenmark_202507", "RepairCafeWales_202507",
		"RepairConnects_202507", "RestartProject_202204" };
	long rows = 0, found = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(files) / sizeof(*files); i++) {
		char name[128];
		long here;

		snprintf(name, sizeof(name),
		    "data/ords/OpenRepairData_v0.3_%s.csv.gz", files[i]);
		here = finds_in(name, "problem", &rows, false);
		if (here < 0)
			skip();
		found += here;
	}
	print_message("%ld finds in %ld texts\n", found, rows);
	assert_int_equal(rows, 77977);
	assert_in_range(found, 1, 3);
}

/* Names and descriptions of two shops, whose part numbers begin with 0, too. */
static void
real_names_keep_their_numbers(void **state)
{
	static const char *const files[] = { "data/matching/abt-buy/abt.csv",
		"data/matching/abt-buy/buy.csv" };
	char path[CSVREAD_PATH], line[1 << 14];
	long rows = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(files) / sizeof(*files); i++) {
		FILE *file =
		    csvread_path(files[i], path) ? fopen(path, "r") : NULL;

		if (!file)
			skip();
		for (; fgets(line, sizeof(line), file); rows++)
			assert_string_equal(redacted(line, true), line);
		fclose(file);
	}
	print_message("nothing found in %ld rows\n", rows);
	assert_true(rows > 2000);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_leads_to_a_person_is_found),
		cmocka_unit_test(what_names_a_thing_stays),
		cmocka_unit_test(names_are_read_with_more_care),
		cmocka_unit_test(marks_are_not_found),
		cmocka_unit_test(generated_numbers_are_found),
		cmocka_unit_test(noise_is_survived),
		cmocka_unit_test(hostile_texts_take_linear_time),
		cmocka_unit_test(contact_keys_are_known),
		cmocka_unit_test(real_texts_keep_their_models),
		cmocka_unit_test(real_names_keep_their_numbers),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
