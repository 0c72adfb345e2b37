/* SPDX-License-Identifier: Apache-2.0 */
/* session.h: one run of the command line: what was asked, of which server, and how it is shown. */
#ifndef GAON_CLI_SESSION_H
#define GAON_CLI_SESSION_H

#include <gaon/client.h>
#include <stdbool.h>

#include "client/cli/context.h"
#include "client/cli/table.h"
#include "runtime/base/text.h"

/** Documented in gaon(1); scripts rely on them. */
enum exit_code {
	EXIT_OK = 0,
	EXIT_FAILED = 1,
	EXIT_USAGE = 2,  /* the command line or the request was wrong */
	EXIT_DENIED = 3, /* unauthenticated or not permitted */
	EXIT_NOT_FOUND = 4,
	EXIT_CONFLICT = 5,    /* it exists, it changed, or its state forbids it */
	EXIT_UNAVAILABLE = 6, /* no server, no answer in time, or too busy */
	EXIT_OPERATION = 7,   /* the call was fine; the operation it started failed */
};

enum output { OUTPUT_TABLE, OUTPUT_JSON, OUTPUT_YAML, OUTPUT_NAME };

/** The flags that every command takes; NULL and 0: not given. */
struct options {
	enum output output;
	const char *context, *address, *token, *tenant, *project, *ca;
	const char *file, *columns;
	int64_t limit, timeout_ms;
	bool use_tls, wait, dry_run, verbose, yes, help;
};

struct session {
	struct arena *arena;
	struct options options;
	struct context context;
	struct screen screen;
	struct gaon_client *client;
	struct gaon_call *call;
};

/** Connects on first use; fails CLI-side only (bad address, unreadable certificate). */
MUST_CHECK struct status session_connect(struct session *session);
void session_close(struct session *session);

struct method;

/** One unary call on session->call, shown on stderr with --verbose. The status is a copy with all details. */
MUST_CHECK struct status session_call(struct session *session, const struct method *method,
				      const ProtobufCMessage *request, const ProtobufCMessage **reply);

/** What the session's call failed with, as a status: reason, fields, resource, retry. */
MUST_CHECK struct status session_status(struct session *session);

/** Sleeps. */
void session_pause(int64_t ms);

enum exit_code exit_code_of(struct status status);

/** Prints what went wrong, where, what to do and the trace id, to stderr. */
void session_report(struct session *session, const struct method *method, struct status status);

#endif
