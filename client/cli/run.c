/* SPDX-License-Identifier: Apache-2.0 */
/* run.c: see run.h. */
#include "client/cli/run.h"

#include <stdio.h>
#include <string.h>

#include "client/cli/human.h"
#include "client/cli/request.h"
#include "client/cli/show.h"
#include "client/cli/value.h"
#include "client/cli/wait.h"

enum { LIST_USUALLY = 500, RECONNECTS = 60, RECONNECT_MS = 5000, REFUSED_MS = 500 };

/** The pages so far, joined into the first one. */
struct pages {
	struct arena *arena;
	const ProtobufCFieldDescriptor *list;
	ProtobufCMessage *joined;
	void **elements;
	size_t count, capacity;
};

static void add_page(struct pages *pages, const ProtobufCMessage *page, size_t most)
{
	size_t count = reflect_count(page, pages->list);
	void **grown;

	if (!pages->joined)
		pages->joined = arena_memdup(pages->arena, page, page->descriptor->sizeof_message);
	if (most && pages->count + count > most)
		count = most - pages->count;
	if (pages->count + count > pages->capacity) {
		pages->capacity = (pages->count + count) * 2;
		grown = ARENA_ARRAY(pages->arena, pages->capacity, void *);
		if (pages->count)
			memcpy(grown, pages->elements, pages->count * sizeof(void *));
		pages->elements = grown;
	}
	if (count)
		memcpy(pages->elements + pages->count, reflect_at(page, pages->list, 0), count * sizeof(void *));
	pages->count += count;
	*(size_t *)((char *)pages->joined + pages->list->quantifier_offset) = pages->count;
	*(void **)((char *)pages->joined + pages->list->offset) = pages->elements;
}

MUST_CHECK static struct status run_pages(struct session *session, const struct command *command,
					  ProtobufCMessage *request)
{
	const struct options *options = &session->options;
	size_t most = options->limit < 0 ? LIST_USUALLY : (size_t)options->limit;
	struct pages pages = { .arena = session->arena, .list = show_list_field(command->method->reply) };
	const char *token;

	do {
		const ProtobufCMessage *page;

		TRY(session_call(session, command->method, request, &page));
		token = reflect_text(page, "next_page_token");
		if (*token && pages.count && strcmp(token, reflect_text(request, "page_token")) == 0)
			return status_fail(session->arena, STATUS_INTERNAL, "PAGE_LOOP",
					   "the server gave the same page token twice");
		if (most && pages.count + reflect_count(page, pages.list) > most)
			token = "more";
		add_page(&pages, page, most);
		if (*token && strcmp(token, "more") != 0)
			reflect_set_text(session->arena, request, "page_token", token);
	} while (*token && (!most || pages.count < most));
	reflect_set_text(session->arena, pages.joined, "next_page_token", strcmp(token, "more") == 0 ? "" : token);
	show_reply(session, pages.joined, command->columns, *token);
	return OK;
}

/** Nothing happened: the stream only says that it is alive. */
static bool is_heartbeat(struct session *session, const ProtobufCMessage *event)
{
	const ProtobufCFieldDescriptor *type = reflect_field(event->descriptor, "type");
	const struct human human = { session->arena, NULL, HUMAN_CELL };

	return type && strcmp(human_field(&human, event, type), "heartbeat") == 0;
}

/** One connection's worth of a stream; *token is where to go on after it broke. */
MUST_CHECK static struct status read_stream(struct session *session, const struct command *command,
					    const ProtobufCMessage *request, const char **token, size_t *shown)
{
	const ProtobufCMessage *event;
	int code = gaon_call_open(session->call, command->method, request);

	while (code == GAON_OK) {
		code = gaon_call_next(session->call, &event);
		if (code != GAON_OK || !event)
			break;
		if (*reflect_text(event, "resume_token"))
			*token = arena_strdup(session->arena, reflect_text(event, "resume_token"));
		if (!is_heartbeat(session, event))
			show_event(session, event,
				   session->options.columns ? session->options.columns : command->columns,
				   (*shown)++ == 0);
	}
	return session_status(session);
}

MUST_CHECK static struct status run_stream(struct session *session, const struct command *command,
					   ProtobufCMessage *request)
{
	size_t shown = 0;

	TRY(session_connect(session));
	for (int attempt = 0;; attempt++) {
		size_t before = shown;
		const char *token = "";
		struct status status = read_stream(session, command, request, &token, &shown);

		if (status.code != STATUS_UNAVAILABLE || !shown || attempt >= RECONNECTS)
			return status;
		if (shown != before)
			attempt = 0;
		if (*token)
			reflect_set_text(session->arena, request, "resume_token", token);
		if (gaon_client_connect(session->client, RECONNECT_MS) && shown == before)
			session_pause(REFUSED_MS);
	}
}

static const char *past_tense(struct arena *arena, const char *verb)
{
	size_t size = strlen(verb);

	return arena_printf(arena, "%s%s", verb, size && verb[size - 1] == 'e' ? "d" : "ed");
}

MUST_CHECK static struct status show_operation(struct session *session, const ProtobufCMessage *reply)
{
	const Gaon__Operation *operation = (const Gaon__Operation *)reply;

	if (!session->options.wait) {
		if (session->options.output == OUTPUT_TABLE)
			wait_hint(session, operation);
		else
			show_reply(session, reply, NULL, false);
		return OK;
	}
	TRY(wait_operation(session, operation->name, &operation));
	if (session->options.output != OUTPUT_TABLE)
		show_reply(session, &operation->base, NULL, false);
	return OK;
}

struct status run_show(struct session *session, const struct command *command, const ProtobufCMessage *request,
		       const ProtobufCMessage *reply)
{
	const char *name = reflect_text(request, "name");
	bool is_write = command->method->access == METHOD_WRITE;

	if (session->options.dry_run)
		fprintf(stderr, "only checked: nothing was changed\n");
	if (command_starts_operation(command) && is_write && !session->options.dry_run &&
	    strcmp(command->verb, "cancel") != 0)
		return show_operation(session, reply);
	if (reply->descriptor->n_fields || session->options.output == OUTPUT_JSON ||
	    session->options.output == OUTPUT_YAML)
		show_reply(session, reply, command->columns, false);
	else
		show_text(arena_printf(session->arena, "%s %s %s\n", command->noun,
				       *name && strrchr(name, '/') ? strrchr(name, '/') + 1 : name,
				       past_tense(session->arena, command->verb)));
	return OK;
}

struct status run_command(struct session *session, const struct command *command, const struct arguments *arguments)
{
	ProtobufCMessage *request;
	const ProtobufCMessage *reply;

	if (command->run)
		return command->run(session, command, arguments);
	TRY(request_build(session, command, arguments, &request));
	if (command->method->is_server_streaming)
		return run_stream(session, command, request);
	if (reflect_field(command->method->reply, "next_page_token") && show_list_field(command->method->reply))
		return run_pages(session, command, request);
	TRY(session_call(session, command->method, request, &reply));
	return run_show(session, command, request, reply);
}
