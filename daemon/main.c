/* main.c - argv, then start, run, stop. */
#include <malloc.h>
#include <stdio.h>

#include "base/digest.h"
#include "daemon/logger.h"
#include "daemon/options.h"
#include "daemon/sandbox.h"
#include "daemon/tocsind.h"
#include "daemon/tools.h"

enum { EXIT_OK, EXIT_FAILED, EXIT_USAGE };

static int
serve(struct config *config, const struct options *options)
{
	struct inherited inherited;
	struct supervisor supervisor;
	struct tocsind_options how = { options->source,
		options->clock_offset_ms, options->replaces_keys, &inherited,
		&supervisor };
	struct tocsind *daemon = NULL;

	if (inherited_open(&inherited))
		return EXIT_FAILED;
	supervisor_open(&supervisor);
	if (!sandbox_enter(config))
		daemon = tocsind_start(config, &how);
	if (daemon) {
		supervisor_tell(&supervisor, NEWS_READY);
		tocsind_run(daemon);
		tocsind_stop(daemon);
		log_event(LOG_INFO, "stopped");
	}
	supervisor_close(&supervisor);
	inherited_close(&inherited);
	return daemon ? EXIT_OK : EXIT_FAILED;
}

/*
 * Frames of a megabyte come and go thousands of times a second: they are kept
 * on the heap, not mapped anew each time.  The store trims the heap when it is
 * quiet.
 */
static void
tune_memory(void)
{
	mallopt(M_MMAP_THRESHOLD, 32 << 20);
	mallopt(M_TRIM_THRESHOLD, 16 << 20);
	mallopt(M_TOP_PAD, 256 << 10);
	mallopt(M_ARENA_MAX, 4);
}

int
main(int argc, char **argv)
{
	struct options options;
	struct config config;
	int code = EXIT_USAGE;

	tune_memory();
	if (options_read(&options, argc, argv))
		goto done;
	if (digest_init()) {
		fputs("tocsind: no random numbers can be had\n", stderr);
		code = EXIT_FAILED;
		goto done;
	}
	if (tools_need_no_config(options.mode)) {
		code = tools_run(&options, NULL);
		goto done;
	}
	if (tools_load_config(&options, &config))
		goto done;
	log_setup((enum log_level)config.log_level,
	    (enum log_format)config.log_format);
	if (options.mode == MODE_SERVE)
		code = serve(&config, &options);
	else
		code = tools_run(&options, &config);
	config_free(&config);
done:
	options_fini(&options);
	return code;
}
