#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "clients/cli/detect.h"

static const char *const method_names[] = {
	[DETECT_EARS_C1] = "ears-c1",
	[DETECT_EARS_C2] = "ears-c2",
	[DETECT_EARS_C3] = "ears-c3",
	[DETECT_CUSUM] = "cusum",
	[DETECT_BAYES] = "bayes",
	[DETECT_GLR] = "glr",
	[DETECT_SRE] = "sre",
	[DETECT_SRE_RESTART] = "sre-restart",
	[DETECT_MAXSPRT] = "maxsprt",
	[DETECT_METHODS] = NULL,
};

/* Sets of methods, as detect.def names them. */
enum {
	C3 = 1u << DETECT_EARS_C3,
	EARS = 1u << DETECT_EARS_C1 | 1u << DETECT_EARS_C2 | C3,
	CUSUM = 1u << DETECT_CUSUM,
	BAYES = 1u << DETECT_BAYES,
	GLR = 1u << DETECT_GLR,
	SRE = 1u << DETECT_SRE | 1u << DETECT_SRE_RESTART,
	MEAN = CUSUM | GLR | 1u << DETECT_MAXSPRT, /* what needs a mean */
};

struct parameter {
	const char *name;
	unsigned methods;
	size_t offset;
	double fallback, least, most;
	bool is_whole;
};

/* clang-format off */
static const struct parameter parameters[] = {
#define PARAMETER(member, name, methods, fallback, least, most, is_whole) \
	{ name, methods, offsetof(struct detect_options, member), \
	    (double)fallback, least, most, is_whole },
#include "clients/cli/detect.def"
#undef PARAMETER
};
/* clang-format on */

/* Those that are no number. */
static const struct {
	const char *name;
	unsigned methods;
} words[] = {
	{ "c3", C3 },
	{ "transform", CUSUM },
	{ "ratios", SRE },
};

/* A whole argument as a number; "inf" is one where most is. */
static int
read_real(const char *text, double *out)
{
	char *end;

	/* Neither blanks nor hexadecimal, which strtod would take. */
	if (!*text || strspn(text, "0123456789.eE+-inf") != strlen(text))
		return -1;
	*out = strtod(text, &end);
	return *end || isnan(*out) ? -1 : 0;
}

static int
read_parameter(struct line *line, const struct parameter *parameter,
    struct detect_options *options)
{
	double *value = (double *)(void *)((char *)options + parameter->offset);
	const char *text = line_option(line, parameter->name);

	*value = parameter->fallback;
	if (!text)
		return 0;
	if (read_real(text, value))
		return line_usage(line, "--%s: %s is no number",
		    parameter->name, text);
	if (*value < parameter->least || *value > parameter->most)
		return line_usage(line, "--%s: %s is not within %g..%g",
		    parameter->name, text, parameter->least, parameter->most);
	if (parameter->is_whole && *value > floor(*value))
		return line_usage(line, "--%s: %s is no whole number",
		    parameter->name, text);
	return 0;
}

static int
read_ratios(struct line *line, struct detect_options *options)
{
	const char *at = line_option(line, "ratios");

	options->nratios = 0;
	for (at = at ? at : "2,4,8,16"; at; at = strchr(at, ',')) {
		char word[32];
		double ratio;

		at += *at == ',';
		snprintf(word, sizeof(word), "%.*s", (int)strcspn(at, ","), at);
		if (options->nratios == SRE_SERIES_RATIOS_MAX)
			return line_usage(line, "--ratios: at most %d",
			    SRE_SERIES_RATIOS_MAX);
		if (read_real(word, &ratio) || !(ratio > 1 && ratio <= 1e6))
			return line_usage(line,
			    "--ratios: %s is no number above 1, to 1e6", word);
		options->ratios[options->nratios++] = ratio;
	}
	return 0;
}

static int
read_words(struct line *line, struct detect_options *options)
{
	static const char *const forms[] = { "surveillance", "cdc", NULL };
	const char *names[CUSUM_TRANSFORMS + 1] = { NULL };
	const char *form = NULL, *transform = NULL;
	int code = line_word(line, "c3", forms, &form);

	options->is_cdc = form && !strcmp(form, "cdc");
	memcpy(names, cusum_name, sizeof(cusum_name));
	if (!code)
		code = line_word(line, "transform", names, &transform);
	options->transform = CUSUM_TRANSFORMS;
	for (int i = 0; i < CUSUM_TRANSFORMS && transform; i++)
		if (!strcmp(transform, cusum_name[i]))
			options->transform = (enum cusum_transform)i;
	return code ? code : read_ratios(line, options);
}

/* Does any row give this option to the method? */
static bool
is_taken(const char *name, enum detect_method method)
{
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (!strcmp(words[i].name, name) &&
		    words[i].methods & 1u << method)
			return true;
	for (size_t i = 0; i < sizeof(parameters) / sizeof(parameters[0]); i++)
		if (!strcmp(parameters[i].name, name) &&
		    parameters[i].methods & 1u << method)
			return true;
	return false;
}

static int
refuse_others(struct line *line, const char *name, enum detect_method method)
{
	if (!line_has(line, name) || is_taken(name, method))
		return 0;
	return line_usage(line, "--%s is no parameter of %s", name,
	    method_names[method]);
}

static int
read_method(struct line *line, struct detect_options *options)
{
	const char *name = NULL;
	int code = line_word(line, "method", method_names, &name);

	if (code)
		return code;
	if (!name)
		return line_usage(line, "--method METHOD is needed");
	while (strcmp(name, method_names[options->method]))
		options->method++;
	return 0;
}

int
detect_options_read(struct line *line, struct detect_options *options)
{
	int code;

	*options = (struct detect_options){ 0 };
	code = read_method(line, options);
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]) && !code; i++)
		code = refuse_others(line, words[i].name, options->method);
	for (size_t i = 0;
	     i < sizeof(parameters) / sizeof(parameters[0]) && !code; i++) {
		code = refuse_others(line, parameters[i].name, options->method);
		if (!code && parameters[i].methods & 1u << options->method)
			code = read_parameter(line, &parameters[i], options);
	}
	return code ? code : read_words(line, options);
}
