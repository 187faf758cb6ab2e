#include "daemon/options.h"

#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/date.h"
#include "base/nearest.h"

enum {
	OPTION_CONFIG = 'c',
	OPTION_DATA_DIR = 'd',
	OPTION_LISTEN = 'l',
	OPTION_SET = 's',
	OPTION_HELP = 'h',
	OPTION_VERSION = 'V',
	OPTION_CHECK = 256,
	OPTION_PRINT,
	OPTION_VERIFY,
	OPTION_REBUILD,
	OPTION_INIT,
	OPTION_BACKUP,
	OPTION_RESTORE,
	OPTION_REPLACE,
	OPTION_DESCRIBE,
	OPTION_CLOCK,
};

static const struct option long_options[] = {
	{ "config", required_argument, NULL, OPTION_CONFIG },
	{ "data-dir", required_argument, NULL, OPTION_DATA_DIR },
	{ "listen", required_argument, NULL, OPTION_LISTEN },
	{ "set", required_argument, NULL, OPTION_SET },
	{ "check-config", no_argument, NULL, OPTION_CHECK },
	{ "print-config", no_argument, NULL, OPTION_PRINT },
	{ "verify", no_argument, NULL, OPTION_VERIFY },
	{ "rebuild", no_argument, NULL, OPTION_REBUILD },
	{ "init", required_argument, NULL, OPTION_INIT },
	{ "backup", required_argument, NULL, OPTION_BACKUP },
	{ "restore", required_argument, NULL, OPTION_RESTORE },
	{ "replace-lost-keys", no_argument, NULL, OPTION_REPLACE },
	{ "describe", required_argument, NULL, OPTION_DESCRIBE },
	{ "test-clock", required_argument, NULL, OPTION_CLOCK },
	{ "version", no_argument, NULL, OPTION_VERSION },
	{ "help", no_argument, NULL, OPTION_HELP },
	{ 0 },
};

void
options_help(FILE *out)
{
	fputs("Usage: tocsind [options]\n"
	      "\n"
	      "Take reports, group them by product, ring for subscribers.\n"
	      "Without options: 127.0.0.1:7171 and the default data "
	      "directory.\n"
	      "\n"
	      "  -c, --config FILE       read this YAML file\n"
	      "  -d, --data-dir DIR      keep everything here\n"
	      "  -l, --listen ADDRESS    127.0.0.1:7171, [::1]:7171, "
	      "unix:/path; repeatable\n"
	      "  -s, --set KEY=VALUE     set one knob, over the file; "
	      "repeatable\n"
	      "      --check-config      say what is wrong with the "
	      "configuration, and stop\n"
	      "      --print-config      print the configuration in force, "
	      "and stop\n"
	      "      --verify            rebuild the projections from the "
	      "log and compare\n"
	      "      --rebuild           make LMDB anew from the log, and "
	      "stop\n"
	      "      --init NAME         name the first organisation, print a "
	      "token of it with\n"
	      "                          every role, and stop\n"
	      "      --backup DIR        put a copy of the data directory into "
	      "DIR, beside a\n"
	      "                          running daemon, and remove those past "
	      "their time\n"
	      "      --restore BACKUP    make the data directory of such a "
	      "copy, and stop\n"
	      "      --replace-lost-keys start although files of keys are "
	      "lost, with others\n"
	      "      --describe WHAT     print knobs, metrics, errors, "
	      "messages, keyspaces or\n"
	      "                          columns as Markdown, or a sample "
	      "file (sample)\n"
	      "      --test-clock TIME   live at another time "
	      "(2025-08-01T00:00:00Z); for tests\n"
	      "  -V, --version           print the version\n"
	      "  -h, --help              print this\n"
	      "\n"
	      "SIGHUP reloads the configuration, SIGTERM stops in order.\n"
	      "Exit: 0 ok, 1 failure or differences, 2 usage or "
	      "configuration, 74 disk.\n"
	      "See tocsind(8) and tocsind.yaml(5).\n",
	    out);
}

static int
complain(const char *what, const char *why)
{
	fprintf(stderr, "tocsind: %s: %s\nTry tocsind --help.\n", what, why);
	return -1;
}

static int
add_set(struct options *options, const char *set)
{
	if (options->source.nsets == OPTIONS_SETS_MAX)
		return complain(set, "too many settings");
	options->sets[options->source.nsets++] = set;
	return 0;
}

/* An option of its own that is really a knob. */
static int
add_knob(struct options *options, const char *knob, const char *value)
{
	char *set;

	if (options->nowned == OPTIONS_SETS_MAX)
		return complain(value, "too many settings");
	if (asprintf(&set, "%s=%s", knob, value) < 0)
		return complain(knob, "out of memory");
	options->owned[options->nowned++] = set;
	return add_set(options, set);
}

static int
set_clock(struct options *options, const char *time)
{
	struct clock real = { 0 };
	int64_t wanted;

	if (instant_parse(text_of(time), &wanted))
		return complain("--test-clock %s: use 2025-08-01T00:00:00Z",
		    time);
	options->clock_offset_ms = wanted - clock_now(&real);
	return 0;
}

static int
take(struct options *options, int option)
{
	switch (option) {
	case OPTION_CONFIG:
		options->source.file = optarg;
		return 0;
	case OPTION_DATA_DIR:
		return add_knob(options, "data_dir", optarg);
	case OPTION_LISTEN:
		return add_knob(options, "listen", optarg);
	case OPTION_SET:
		return add_set(options, optarg);
	case OPTION_CHECK:
		options->mode = MODE_CHECK_CONFIG;
		return 0;
	case OPTION_PRINT:
		options->mode = MODE_PRINT_CONFIG;
		return 0;
	case OPTION_VERIFY:
		options->mode = MODE_VERIFY;
		return 0;
	case OPTION_REBUILD:
		options->mode = MODE_REBUILD;
		return 0;
	case OPTION_INIT:
		options->mode = MODE_INIT;
		options->init = optarg;
		return 0;
	case OPTION_BACKUP:
		options->mode = MODE_BACKUP;
		options->place = optarg;
		return 0;
	case OPTION_RESTORE:
		options->mode = MODE_RESTORE;
		options->place = optarg;
		return 0;
	case OPTION_REPLACE:
		options->replaces_keys = true;
		return 0;
	case OPTION_DESCRIBE:
		options->mode = MODE_DESCRIBE;
		options->describe = optarg;
		return 0;
	case OPTION_CLOCK:
		return set_clock(options, optarg);
	case OPTION_VERSION:
		options->mode = MODE_VERSION;
		return 0;
	case OPTION_HELP:
		options->mode = MODE_HELP;
		return 0;
	default:
		return -1;
	}
}

/* getopt has said what it did not understand; guess what was meant. */
static int
guess(const char *written)
{
	const char *names[sizeof(long_options) / sizeof(*long_options)];
	const char *nearest;
	size_t count = 0;

	for (size_t i = 0; long_options[i].name; i++)
		names[count++] = long_options[i].name;
	while (*written == '-')
		written++;
	nearest = nearest_word(text_of(written), names, count);
	if (nearest)
		fprintf(stderr, "Did you mean --%s?\n", nearest);
	fputs("Try tocsind --help.\n", stderr);
	return -1;
}

int
options_read(struct options *options, int argc, char **argv)
{
	int option;

	*options = (struct options){ 0 };
	options->source.set = options->sets;
	while ((option = getopt_long(argc, argv, "c:d:l:s:Vh", long_options,
		    NULL)) != -1) {
		if (option == '?')
			return guess(argv[optind - 1]);
		if (take(options, option))
			return -1;
	}
	if (optind < argc)
		return complain(argv[optind], "no such argument");
	return 0;
}

void
options_fini(struct options *options)
{
	while (options->nowned)
		free(options->owned[--options->nowned]);
}
