/* config_rig.h - for tests: configurations from a file made for the test. */
#ifndef TOCSIN_TESTS_CONFIG_RIG_H
#define TOCSIN_TESTS_CONFIG_RIG_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/config.h"

static char file_path[] = "test_config.XXXXXX";

static inline int
make_file(void **state)
{
	(void)state;
	int fd = mkstemp(file_path);
	if (fd < 0)
		return -1;
	setenv("STATE_DIRECTORY", "/state/one:/state/two", 1);
	return close(fd);
}

static inline int
drop_file(void **state)
{
	(void)state;
	return unlink(file_path);
}

static inline void
write_file(const char *text, size_t len)
{
	FILE *file = fopen(file_path, "w");
	assert_non_null(file);
	assert_int_equal(fwrite(text, 1, len, file), len);
	assert_int_equal(fclose(file), 0);
}

/* Load text as the file, with up to three --set. */
static inline int
load(struct config *config, struct yaml_errors *errors, const char *text,
    const char *const set[3])
{
	struct config_source source = { .set = set };
	if (text) {
		write_file(text, strlen(text));
		source.file = file_path;
	}
	while (set && source.nsets < 3 && set[source.nsets])
		source.nsets++;
	return config_load(config, &source, errors);
}

/* As load, of what must be good. */
static inline void
load_good(struct config *config, const char *text, const char *const set[3])
{
	struct yaml_errors errors = { 0 };
	if (load(config, &errors, text, set))
		fail_msg("%.*s", TEXT_ARG(buf_text(&errors.text)));
	assert_int_equal(errors.count, 0);
}

static inline const char *
said(struct yaml_errors *errors)
{
	buf_u8(&errors->text, 0);
	return (const char *)errors->text.at;
}

/* What config_print writes, or of no configuration what print writes. */
static inline char *
printed(const struct config *config, void (*print)(FILE *out))
{
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);
	assert_non_null(out);
	if (config)
		config_print(config, out);
	else
		print(out);
	assert_int_equal(fclose(out), 0);
	return text;
}

/* A sample's lines with the comment sign taken off what is a setting. */
static inline char *
uncomment(const char *sample)
{
	char *text = strdup(sample);
	assert_non_null(text);
	char *to = text;
	for (const char *at = sample; *at; at++)
		if (*at != '#' || at[1] == ' ')
			*to++ = *at;
	*to = '\0';
	return text;
}

#endif
