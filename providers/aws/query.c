/* SPDX-License-Identifier: Apache-2.0 */
/* query.c: the Query APIs: a form goes out, XML comes back. */
#include "providers/aws/session.h"

#include "providers/aws/mark.h"
#include "runtime/base/text.h"

#define FIELDS_FIRST 16

struct aws_query aws_query_new(struct arena *arena, enum aws_action action)
{
	struct aws_query query = { .arena = arena, .action = action };

	aws_query_add(&query, "Action", aws_actions[action].name);
	aws_query_add(&query, "Version", aws_services[aws_actions[action].service].version);
	return query;
}

void aws_query_add(struct aws_query *query, const char *name, const char *value)
{
	if (!value)
		return;
	if (query->count == query->capacity) {
		size_t capacity = query->capacity > 0 ? query->capacity * 2 : FIELDS_FIRST;
		struct http_header *fields = ARENA_ARRAY(query->arena, capacity, struct http_header);

		if (query->count > 0)
			memcpy(fields, query->fields, query->count * sizeof *fields);
		query->fields = fields;
		query->capacity = capacity;
	}
	query->fields[query->count++] = (struct http_header){ name, value };
}

void aws_query_add_int(struct aws_query *query, const char *name, int64_t value)
{
	aws_query_add(query, name, arena_printf(query->arena, "%lld", (long long)value));
}

void aws_query_add_at(struct aws_query *query, const char *name, size_t index, const char *value)
{
	aws_query_add(query, arena_printf(query->arena, "%s.%zu", name, index), value);
}

void aws_query_filter_any(struct aws_query *query, const char *name, const char *const *values, size_t count)
{
	const char *prefix = arena_printf(query->arena, "Filter.%u", ++query->filters);

	aws_query_add(query, arena_printf(query->arena, "%s.Name", prefix), name);
	for (size_t i = 0; i < count; i++)
		aws_query_add_at(query, arena_printf(query->arena, "%s.Value", prefix), i + 1, values[i]);
}

void aws_query_filter(struct aws_query *query, const char *name, const char *value)
{
	aws_query_filter_any(query, name, &value, 1);
}

void aws_query_filter_intent(struct aws_query *query, struct provider_session *session,
			     const struct provider_intent *intent)
{
	aws_query_filter(query, "tag:" AWS_MARK_RESOURCE, text_or_empty(intent->resource));
	aws_query_filter(query, "tag:" AWS_MARK_INSTALLATION, session->installation);
}

/* As browsers and AWS's own libraries write a form: a blank is '+'. */
static const char *form_of(struct arena *arena, const struct aws_query *query)
{
	char *form = http_encode_form(arena, query->fields, query->count);
	char *end = form;

	for (const char *c = form; *c; c++) {
		bool is_blank = strncmp(c, "%20", 3) == 0;

		*end++ = is_blank ? '+' : *c;
		c += is_blank ? 2 : 0;
	}
	*end = '\0';
	return form;
}

struct provider_result aws_ask(struct provider_session *session, struct provider_call *call, struct aws_query *query,
			       struct xml **root)
{
	struct aws_message message = { query->action, form_of(call->arena, query), query->keys };
	struct aws_reply reply;
	struct xml *unread;

	struct provider_result result = aws_send(session, call, &message, &reply);
	const char *request_id = result.request_id;
	query->refusal = reply.refusal;
	if (result.error == PROVIDER_OK && (root || aws_actions[query->action].is_read)) {
		result = cloud_xml(session->cloud, call, &reply.request, &reply.response, root ? root : &unread);
		result.request_id = request_id;
	}
	return result;
}
