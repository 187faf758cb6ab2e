/*
 * connect.c - a command line's connection: made, waited for, and its refusals
 * told and turned into exit codes.
 */
#include "clients/cli/shell/line.h"
#include "clients/cli/shell/tokenfile.h"

#include <string.h>

enum { TIMEOUT_MS = 30000, HINT_MS = 100 };

#define CLIENT "tocsin/0.1.0"

int
exit_code_of(enum tocsin_code code)
{
	static const unsigned char codes[TOCSIN_CODE_COUNT] = {
		[TOCSIN_OK] = EXIT_OK,
		[TOCSIN_INVALID] = EXIT_REJECTED,
		[TOCSIN_UNAUTHORIZED] = EXIT_DENIED,
		[TOCSIN_FORBIDDEN] = EXIT_DENIED,
		[TOCSIN_NOT_FOUND] = EXIT_NOT_FOUND,
		[TOCSIN_CONFLICT] = EXIT_CONFLICT,
		[TOCSIN_TOO_LARGE] = EXIT_REJECTED,
		[TOCSIN_BUSY] = EXIT_LATER,
		[TOCSIN_READ_ONLY] = EXIT_LATER,
		[TOCSIN_CURSOR_GONE] = EXIT_CONFLICT,
		[TOCSIN_TLS_REQUIRED] = EXIT_DENIED,
		[TOCSIN_UNSUPPORTED] = EXIT_PARTIAL,
		[TOCSIN_BAD_FRAME] = EXIT_PARTIAL,
		[TOCSIN_INTERNAL] = EXIT_PARTIAL,
		[TOCSIN_UNREACHABLE] = EXIT_UNREACHABLE,
		[TOCSIN_TIMEOUT] = EXIT_UNREACHABLE,
		[TOCSIN_NO_MEMORY] = EXIT_LOCAL,
		[TOCSIN_MISUSE] = EXIT_USAGE,
		[TOCSIN_UNTRUSTED] = EXIT_DENIED,
	};
	return code < TOCSIN_CODE_COUNT ? codes[code] : EXIT_PARTIAL;
}

/* What the user can do about it, or "". */
static const char *
advice(const struct tocsin_error *error)
{
	if (error->code == TOCSIN_UNREACHABLE &&
	    strstr(error->text, "cannot connect"))
		return ". Is tocsind running? Start it with 'tocsind', or "
		       "name another server with --server HOST:PORT";
	if (error->code == TOCSIN_UNTRUSTED)
		return ". Nothing was sent. Does it have an authority of its "
		       "own? Name that one's file with --ca FILE";
	if (error->code == TOCSIN_TLS_REQUIRED)
		return ". On this machine TLS is spoken when you name who "
		       "signed the server's certificate: --ca FILE";
	if (strstr(error->text, "client certificate"))
		return ". Name yours with --cert FILE and --key FILE";
	if (strstr(error->text, "does not speak TLS at that port"))
		return ". tocsin speaks in plain with its own machine only; "
		       "the server's TLS addresses stand under tls.listen";
	if (error->code == TOCSIN_UNAUTHORIZED)
		return ". Name the file with your token: --token-file FILE, or "
		       "TOCSIN_TOKEN_FILE";
	if (error->code == TOCSIN_CURSOR_GONE)
		return ". Begin again with --since snapshot; 'tocsin alerts "
		       "list' shows what changed meanwhile";
	if (error->code == TOCSIN_BUSY || error->code == TOCSIN_READ_ONLY)
		return ". Nothing was lost; try again later";
	return "";
}

int
line_refused(struct line *line, const struct tocsin_error *error)
{
	bool is_ours = error->code >= TOCSIN_UNREACHABLE;
	output_message(line_output(line), "%s%s%s%s%s%s",
	    is_ours ? "" : tocsin_code_name(error->code), is_ours ? "" : ": ",
	    error->field, error->field[0] ? ": " : "", error->text,
	    advice(error));
	return exit_code_of(error->code);
}

/* Step until greeted; a hint when it is not done at once. */
static int
wait_for_greeting(struct line *line, struct tocsin *tocsin, int64_t timeout)
{
	const struct tocsin_error *trouble = tocsin_trouble(tocsin);
	int64_t until = clock_ms() + timeout;
	bool is_told = false;
	while (!tocsin_is_connected(tocsin)) {
		struct tocsin_error late = { .code = TOCSIN_TIMEOUT };
		int64_t left = until - clock_ms();
		if (trouble->code)
			return line_refused(line, trouble);
		if (left <= 0) {
			snprintf(late.text, sizeof(late.text),
			    "cannot connect to %s: no answer in time",
			    tocsin_server(tocsin));
			return line_refused(line, &late);
		}
		tocsin_step(tocsin, left < HINT_MS ? (int)left : HINT_MS);
		if (!is_told && !trouble->code &&
		    !tocsin_is_connected(tocsin) &&
		    clock_ms() - (until - timeout) >= HINT_MS) {
			output_message(line_output(line),
			    "connecting to %s ...", tocsin_server(tocsin));
			is_told = true;
		}
	}
	return 0;
}

struct tocsin *
line_connect(struct line *line, int *exit_code)
{
	struct tocsin_options options = {
		.server = line_option(line, "server"),
		.organisation = line_option(line, "organisation"),
		.ca = line_option(line, "ca"),
		.cert = line_option(line, "cert"),
		.key = line_option(line, "key"),
		.client = CLIENT,
	};
	struct tocsin_error error;
	struct tocsin *tocsin;
	const char *path = line_option(line, "token-file");
	char token[TOKENFILE_MAX], why[512];
	int64_t timeout = TIMEOUT_MS;
	*exit_code = 0;
	if (line_tocsin(line))
		return line_tocsin(line);
	if (path && tokenfile_read(path, token, why, sizeof(why))) {
		output_message(line_output(line), "--token-file %s", why);
		*exit_code = EXIT_LOCAL;
		return NULL;
	}
	options.token = path ? token : NULL;
	*exit_code = line_duration(line, "timeout", &timeout);
	if (*exit_code)
		return NULL;
	if (timeout < 1 || timeout > INT32_MAX)
		timeout = timeout < 1 ? 1 : INT32_MAX;
	options.timeout_ms = line_is_patient(line) ? INT32_MAX : (int)timeout;
	tocsin = tocsin_new(&options, &error);
	if (!tocsin) {
		*exit_code = line_refused(line, &error);
		return NULL;
	}
	line_keep_tocsin(line, tocsin);
	*exit_code = wait_for_greeting(line, tocsin, timeout);
	return *exit_code ? NULL : tocsin;
}

int
line_call(struct line *line, const char *method,
    const struct tocsin_writer *params, struct tocsin_reply **reply)
{
	const struct tocsin_text none = { NULL, 0 };
	struct tocsin_error error;
	int code;
	struct tocsin *tocsin = line_connect(line, &code);
	*reply = NULL;
	if (!tocsin)
		return code;
	if (params && !tocsin_writer_is_whole(params)) {
		output_message(line_output(line), "out of memory");
		return EXIT_LOCAL;
	}
	code = tocsin_call_wait(tocsin, method,
	    params ? tocsin_writer_bytes(params) : none, reply, &error);
	return code ? line_refused(line, &error) : 0;
}
