/*
 * tocsin.h - a client of tocsind: one handle, calls in flight, reconnecting.
 *
 * Nothing here prints, exits, logs or reads the environment.  A handle
 * belongs to one thread at a time.  Callbacks run inside tocsin_step and the
 * functions that wait; they may start calls but must neither wait nor free
 * the handle.  Every call may be repeated safely (a report is known by its
 * id), so calls still unanswered when a connection drops are sent again.
 */
#ifndef TOCSIN_TOCSIN_H
#define TOCSIN_TOCSIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct tocsin;
struct tocsin_reply;
struct tocsin_text; /* this and the next: value.h */
struct tocsin_value;

/* 0 is success.  The first thirteen are the daemon's, the rest ours. */
enum tocsin_code {
	TOCSIN_OK,
	TOCSIN_INVALID,
	TOCSIN_UNAUTHORIZED,
	TOCSIN_FORBIDDEN,
	TOCSIN_NOT_FOUND,
	TOCSIN_CONFLICT,
	TOCSIN_TOO_LARGE,
	TOCSIN_BUSY,
	TOCSIN_READ_ONLY,
	TOCSIN_CURSOR_GONE,
	TOCSIN_TLS_REQUIRED,
	TOCSIN_UNSUPPORTED,
	TOCSIN_BAD_FRAME,
	TOCSIN_INTERNAL,
	TOCSIN_UNREACHABLE, /* no connection could be made, or it was lost */
	TOCSIN_TIMEOUT,     /* no answer in time; the call may have happened */
	TOCSIN_NO_MEMORY,
	TOCSIN_MISUSE,    /* an argument of the caller makes no sense */
	TOCSIN_UNTRUSTED, /* its certificate does not hold; nothing was sent */
	TOCSIN_CODE_COUNT
};

struct tocsin_error {
	enum tocsin_code code;
	char field[64];         /* path of the field at fault, or "" */
	char text[192];         /* one plain sentence, without the code */
	int64_t retry_after_ms; /* 0: trying again would not help */
};

/* "invalid", "not-found", "unreachable" ... static. */
const char *tocsin_code_name(enum tocsin_code code);

/* Zeroed members take the defaults.  Strings are copied. */
struct tocsin_options {
	const char *server;       /* 127.0.0.1:7171; or [V6]:PORT, unix:/PATH */
	const char *client;       /* name and version, told to the daemon */
	const char *organisation; /* who sends, where there are no tokens */
	const char *token;
	const char *lang;  /* en or fr */
	uint32_t window;   /* calls in flight; 64; the daemon's limit wins */
	int timeout_ms;    /* of a call in all; 30,000; negative: none */
	bool no_reconnect; /* a lost connection fails every call */
	/* PEM files.  TLS is spoken, and the server's certificate and name are
	 * checked, always but on loopback without ca and cert, and unix:. */
	const char *ca;   /* believed instead of the system's */
	const char *cert; /* the client's own certificate */
	const char *key;  /* its key; default: in cert */
};

/*
 * Make a handle; it connects at the first step or wait.  NULL with error.
 * free forgets unanswered calls and calls nobody back; NULL is fine.
 */
struct tocsin *tocsin_new(const struct tocsin_options *options,
    struct tocsin_error *error);
void tocsin_free(struct tocsin *tocsin);

/*
 * Wait until connected and greeted, no longer than timeout_ms.  Tries once per
 * address of the name; again, with back-off, when keep_trying.  0 or a code.
 */
int tocsin_connect(struct tocsin *tocsin, bool keep_trying,
    struct tocsin_error *error);

/* Is it up and greeted?  hello's answer: nil before the first; valid until
 * the next step. */
bool tocsin_is_connected(const struct tocsin *tocsin);
struct tocsin_value tocsin_greeting(const struct tocsin *tocsin);

/* HOST:PORT as it will be shown in messages; lives as long as the handle. */
const char *tocsin_server(const struct tocsin *tocsin);
/* Why the connection was last lost or refused; code TOCSIN_OK when never. */
const struct tocsin_error *tocsin_trouble(const struct tocsin *tocsin);

/*
 * A file descriptor for an event loop, the same for the handle's whole life,
 * reconnects and timers included: when it is readable, call tocsin_step with
 * wait_ms 0.  Resolving a host name may block for as long as libc does.
 */
int tocsin_fd(const struct tocsin *tocsin);

/*
 * Do what is possible now and run the callbacks that are due, waiting up to
 * wait_ms (negative: without limit) for something to happen.  0, or a code
 * after which the handle will not recover (the greeting was refused, or
 * no_reconnect and the connection is lost).
 */
int tocsin_step(struct tocsin *tocsin, int wait_ms);

/* The answer to a call; exactly one of them is not NULL.  Borrowed. */
typedef void tocsin_on_reply(void *who, const struct tocsin_value *result,
    const struct tocsin_error *error);

/*
 * Queue a call.  params are the arguments, encoded one behind the other (one
 * map nearly always); copied.  on_reply may be NULL; it runs exactly once.
 * An error with retry_after_ms is not reported but waited for and tried
 * again, within the timeout.  0, TOCSIN_NO_MEMORY or TOCSIN_MISUSE.
 */
int tocsin_call(struct tocsin *tocsin, const char *method,
    struct tocsin_text params, tocsin_on_reply *on_reply, void *who);

/* Calls queued or in flight; step until no more than left are, and return 0
 * or tocsin_step's code. */
size_t tocsin_pending(const struct tocsin *tocsin);
int tocsin_wait(struct tocsin *tocsin, size_t left);

/* Call and wait.  0 with *reply, owned by the caller; or a code and error. */
int tocsin_call_wait(struct tocsin *tocsin, const char *method,
    struct tocsin_text params, struct tocsin_reply **reply,
    struct tocsin_error *error);

/* The answer's value; lives as long as the reply.  free: NULL is fine. */
const struct tocsin_value *tocsin_reply_result(
    const struct tocsin_reply *reply);
void tocsin_reply_free(struct tocsin_reply *reply);

#ifdef __cplusplus
}
#endif
#endif
