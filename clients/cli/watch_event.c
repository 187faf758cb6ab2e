/*
 * watch_event.c - what is done with one event, and how it is acknowledged.
 */
#include "clients/cli/watch.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

void
watch_fail(struct watch *watch, const struct tocsin_error *error)
{
	if (watch->is_over)
		return;
	watch->is_over = true;
	watch->code = line_refused(watch->line, error);
}

static enum colour
colour_of(struct tocsin_text change)
{
	static const struct {
		const char *change;
		enum colour colour;
	} colours[] = { { "raised", COLOUR_RED }, { "regressed", COLOUR_RED },
		{ "released", COLOUR_RED }, { "updated", COLOUR_YELLOW },
		{ "watch", COLOUR_YELLOW }, { "closed", COLOUR_GREEN },
		{ "withdrawn", COLOUR_GREEN } };
	for (size_t i = 0; i < sizeof(colours) / sizeof(colours[0]); i++) {
		if (tocsin_text_is(change, colours[i].change))
			return colours[i].colour;
	}
	return COLOUR_DIM;
}

static void
print_row(struct output *output, const struct tocsin_value *event)
{
	struct tocsin_text change = tocsin_get_text(event, "change");
	struct tocsin_text id = tocsin_get_text(event, "alert.id");
	struct tocsin_text sentence = tocsin_get_text(event,
	    output_is_french() ? "alert.sentence.fr" : "alert.sentence.en");
	unsigned width = output_width(change);
	char at[32];
	output_time(output, tocsin_get_text(event, "at"), at);
	fprintf(output->data, "%s  ", at);
	output_colour(output, colour_of(change));
	output_safe(output->data, change);
	output_colour(output, COLOUR_NONE);
	fprintf(output->data, "%*s", width < 9 ? (int)(11 - width) : 2, "");
	output_safe(output->data, id);
	width = output_width(id);
	fprintf(output->data, "%*s", width < 5 ? (int)(7 - width) : 2, "");
	output_safe(output->data, sentence);
	fputc('\n', output->data);
}

/* The child: one line of JSON as stdin, then the shell. */
static void
become(const char *command, int in)
{
	signal(SIGINT, SIG_DFL);
	if (dup2(in, STDIN_FILENO) >= 0)
		execl("/bin/sh", "sh", "-c", command, (char *)NULL);
	_exit(127);
}

int
run_with_json(const char *command, const struct tocsin_value *event)
{
	/* A file in memory, not a pipe: a command that does not read it
	 * neither blocks nor breaks us. */
	int in = memfd_create("event", MFD_CLOEXEC);
	FILE *json = in < 0 ? NULL : fdopen(in, "w+");
	int status = -1;
	pid_t child = -1;
	if (!json) {
		if (in >= 0)
			close(in);
		return -1;
	}
	if (!output_json_line(json, event) && !fflush(json) &&
	    lseek(in, 0, SEEK_SET) == 0)
		child = fork();
	if (child == 0)
		become(command, in);
	while (child > 0 && waitpid(child, &status, 0) < 0 && errno == EINTR)
		continue;
	fclose(json);
	if (child < 0)
		return -1;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static int
run_command(struct watch *watch, const struct tocsin_value *event)
{
	struct tocsin_text id = tocsin_get_text(event, "alert.id");
	int status;
	fflush(watch->output->data);
	status = run_with_json(watch->exec, event);
	if (!status)
		return 0;
	if (status < 0)
		output_message(watch->output, "cannot run '%s': %s",
		    watch->exec, strerror(errno));
	else
		output_message(watch->output,
		    "'%s' ended with %d at alert %.*s; stopped, and that "
		    "event is not acknowledged",
		    watch->exec, status, (int)id.len, id.at);
	return EXIT_PARTIAL;
}

static int
show(struct watch *watch, const struct tocsin_value *event)
{
	struct output *output = watch->output;
	if (watch->exec)
		return run_command(watch, event);
	if (output_is_json(output)) {
		output_json_line(output->data, event);
		return output_flush(output);
	}
	print_row(output, event);
	return output_flush(output);
}

static int
verify(struct watch *watch, const struct tocsin_value *event)
{
	struct chain_event link;
	if (!watch->is_verifying)
		return 0;
	if (chain_read(event, &link) && !chain_take(&watch->chain, &link))
		return 0;
	output_message(watch->output, "%s; stopped",
	    watch->chain.why[0] ? watch->chain.why
				: "what the server sent is no alert event");
	return EXIT_BROKEN;
}

/* The end of the chain goes along with the cursor, or neither does. */
static void
move_bookmark(struct watch *watch)
{
	struct bookmark *bookmark = &watch->bookmark;
	strcpy(bookmark->cursor, watch->done);
	if (watch->is_verifying && watch->chain.is_begun) {
		bookmark->has_end = true;
		bookmark->end = watch->chain.top;
		bookmark->is_apart = watch->chain.is_apart;
	}
	watch->is_moved = true;
}

void
watch_keep(struct watch *watch)
{
	if (!watch->bookmark.path || !watch->is_moved)
		return;
	watch->is_moved = false;
	if (!bookmark_write(&watch->bookmark))
		return;
	output_message(watch->output, "%s: %s", watch->bookmark.path,
	    strerror(errno));
	watch->is_over = true;
	if (!watch->code)
		watch->code = EXIT_LOCAL;
}

void
watch_event(struct watch *watch, const struct tocsin_value *event)
{
	struct tocsin_text cursor = tocsin_get_text(event, "cursor");
	watch->code = verify(watch, event);
	if (!watch->code)
		watch->code = show(watch, event);
	if (watch->code) {
		watch->is_over = true;
		return;
	}
	if (cursor.len && cursor.len < CURSOR_BYTES) {
		memcpy(watch->done, cursor.at, cursor.len);
		watch->done[cursor.len] = '\0';
		move_bookmark(watch);
	}
	if (--watch->left <= 0)
		watch->is_over = true;
}

static void
on_acked(void *who, const struct tocsin_value *result,
    const struct tocsin_error *error)
{
	struct watch *watch = who;
	(void)result;
	watch->is_acking = false;
	if (error) {
		int code = line_refused(watch->line, error);
		watch->is_over = true;
		if (!watch->code)
			watch->code = code;
		return;
	}
	watch_ack(watch);
}

/* One at a time: while it is under way, later events gather behind it. */
void
watch_ack(struct watch *watch)
{
	struct tocsin_writer *params;
	if (!watch->durable || watch->is_acking || !watch->done[0] ||
	    !strcmp(watch->done, watch->acked))
		return;
	params = tocsin_writer_new();
	if (!params)
		return;
	tocsin_put_map(params, NULL);
	tocsin_put_string(params, "durable", watch->durable);
	tocsin_put_string(params, "cursor", watch->done);
	tocsin_put_end(params);
	if (!tocsin_call(watch->tocsin, "alerts.ack",
		tocsin_writer_bytes(params), on_acked, watch)) {
		watch->is_acking = true;
		strcpy(watch->acked, watch->done);
	}
	tocsin_writer_free(params);
}

void
watch_settle(struct watch *watch)
{
	watch_ack(watch);
	while (watch->is_acking && !tocsin_step(watch->tocsin, -1))
		continue;
}
