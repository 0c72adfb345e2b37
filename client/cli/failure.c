/* SPDX-License-Identifier: Apache-2.0 */
/* failure.c: what went wrong, where, and what to do about it. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "client/cli/session.h"
#include "client/cli/wide.h"
#include "runtime/rpc/method.h"

static const struct {
	enum status_code code;
	enum exit_code exit_code;
} exits[] = {
	{ STATUS_OK, EXIT_OK },
	{ STATUS_INVALID_ARGUMENT, EXIT_USAGE },
	{ STATUS_OUT_OF_RANGE, EXIT_USAGE },
	{ STATUS_UNAUTHENTICATED, EXIT_DENIED },
	{ STATUS_PERMISSION_DENIED, EXIT_DENIED },
	{ STATUS_NOT_FOUND, EXIT_NOT_FOUND },
	{ STATUS_ALREADY_EXISTS, EXIT_CONFLICT },
	{ STATUS_FAILED_PRECONDITION, EXIT_CONFLICT },
	{ STATUS_ABORTED, EXIT_CONFLICT },
	{ STATUS_UNAVAILABLE, EXIT_UNAVAILABLE },
	{ STATUS_DEADLINE_EXCEEDED, EXIT_UNAVAILABLE },
	{ STATUS_RESOURCE_EXHAUSTED, EXIT_UNAVAILABLE },
};

enum exit_code exit_code_of(struct status status)
{
	if (text_equal(status.reason, "OPERATION_FAILED"))
		return EXIT_OPERATION;
	for (size_t i = 0; i < sizeof(exits) / sizeof(exits[0]); i++)
		if (exits[i].code == status.code)
			return exits[i].exit_code;
	return EXIT_FAILED;
}

static bool names_permission(struct status status)
{
	for (const struct status_detail *d = status.details; d; d = d->next)
		if (d->kind == STATUS_DETAIL_METADATA && strcmp(d->key, "permission") == 0)
			return true;
	return false;
}

/** What to do next, where the message itself does not say. */
static const char *advice(const struct session *session, const struct method *method, struct status status)
{
	switch (status.code) {
	case STATUS_UNAVAILABLE:
		return "another server: --address, GAON_ADDRESS or gaon context use";
	case STATUS_UNAUTHENTICATED:
		if (method && method->is_public)
			return NULL;
		return text_is_empty(session->context.token)
			       ? "give a key: gaon context add NAME --token KEY, or GAON_TOKEN"
			       : "another key: see gaon context list, or ask for a new one";
	case STATUS_PERMISSION_DENIED:
		return names_permission(status) || !method || !*method->permission
			       ? "see what you hold with gaon whoami"
			       : arena_printf(session->arena, "it needs %s: see what you hold with gaon whoami",
					      method->permission);
	case STATUS_DEADLINE_EXCEEDED:
		return "wait longer with --timeout 2m";
	case STATUS_ABORTED:
		return "it changed meanwhile: read it again and repeat";
	default:
		return NULL;
	}
}

/** The reason of a failed operation stands in its message already; wrong usage needs no word. */
static bool is_worth_showing(const char *reason)
{
	return !text_is_empty(reason) && strcmp(reason, "USAGE") != 0 && strcmp(reason, "OPERATION_FAILED") != 0;
}

static void print_details(struct session *session, struct status status)
{
	const struct status_detail *ordered[64];
	size_t count = 0;

	for (const struct status_detail *d = status.details; d && count < 64; d = d->next)
		ordered[count++] = d;
	while (count--) {
		const struct status_detail *d = ordered[count];
		const char *key = wide_clean(session->arena, text_or_empty(d->key));
		const char *value = wide_clean(session->arena, text_or_empty(d->value));

		/* The message of a lone wrong field is that field's: once is enough. */
		if (d->kind == STATUS_DETAIL_FIELD &&
		    text_equal(text_or_empty(status.message), arena_printf(session->arena, "%s: %s", d->key, d->value)))
			continue;
		if (d->kind == STATUS_DETAIL_FIELD)
			fprintf(stderr, "  field    %s: %s\n", key, value);
		else if (d->kind == STATUS_DETAIL_RESOURCE)
			fprintf(stderr, "  about    %s\n", value);
		else if (d->kind == STATUS_DETAIL_METADATA)
			fprintf(stderr, "  %-8s %s\n", strcmp(key, "permission") == 0 ? "needs" : key, value);
		else
			fprintf(stderr, "  wait     %.1f s, then try again\n", (double)d->number / 1000);
	}
}

static void print_json(struct session *session, struct status status, const char *trace)
{
	struct arena *arena = session->arena;
	struct json *error = json_object(arena), *outer = json_object(arena), *fields = json_array(arena);

	json_set_text(error, "code", status_code_name(status.code));
	json_set_text(error, "reason", text_or_empty(status.reason));
	json_set_text(error, "message", text_or_empty(status.message));
	for (const struct status_detail *d = status.details; d; d = d->next) {
		struct json *field = json_object(arena);

		if (d->kind != STATUS_DETAIL_FIELD)
			continue;
		json_set_text(field, "field", d->key);
		json_set_text(field, "description", d->value);
		json_append(fields, field);
	}
	json_set(error, "fieldViolations", fields);
	json_set_text(error, "traceId", trace);
	json_set(outer, "error", error);
	fprintf(stderr, "%s\n", json_print(arena, outer));
}

void session_report(struct session *session, const struct method *method, struct status status)
{
	bool was_sent = session->call && gaon_call_code(session->call) == (int)status.code && status.code != STATUS_OK;
	const char *trace = was_sent ? gaon_call_trace_id(session->call) : "";
	const char *what = advice(session, method, status);
	bool has_colour = isatty(STDERR_FILENO) && session->screen.has_colour;

	if (session->options.output == OUTPUT_JSON) {
		print_json(session, status, trace);
		return;
	}
	fprintf(stderr, "%serror:%s %s", has_colour ? "\033[1;31m" : "", has_colour ? "\033[0m" : "",
		wide_clean(session->arena, text_or_empty(status.message)));
	if (is_worth_showing(status.reason))
		fprintf(stderr, " (%s)", status.reason);
	fprintf(stderr, "\n");
	print_details(session, status);
	if (what && (was_sent || status.code != STATUS_PERMISSION_DENIED))
		fprintf(stderr, "  try      %s\n", what);
	if (*trace)
		fprintf(stderr, "  trace    %s\n", trace);
}
