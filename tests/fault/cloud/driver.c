/* SPDX-License-Identifier: Apache-2.0 */
/* driver.c: opens a session by the first line, then runs verbs, a line each, until there are no more. */
#include "tests/fault/cloud/driver.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/base/text.h"
#include "runtime/base/time.h"
#include "runtime/http/http.h"

#define DEADLINE_MS 20000

const char *order_text(const struct order *order, const char *name)
{
	return json_text(json_get(order->arguments, name), NULL);
}

int64_t order_int(const struct order *order, const char *name)
{
	return json_int(json_get(order->arguments, name), 0);
}

struct provider_intent order_intent(const struct order *order)
{
	return (struct provider_intent){
		.resource = order_text(order, "resource"),
		.operation = order_text(order, "operation"),
		.tenant = "acme",
		.project = "web",
	};
}

struct provider_result order_unsupported(struct order *order)
{
	return provider_fail(order->call.arena, PROVIDER_UNSUPPORTED, "the row has no such verb");
}

void answer_task(struct order *order, const struct provider_task *task, const char *native_id)
{
	json_set_text(order->answer, "handle", task->handle);
	json_set_text(order->answer, "native_id", native_id);
}

void answer_marks(struct json *object, const struct provider_marks *marks)
{
	json_set_text(object, "resource", marks->resource);
	json_set_text(object, "operation", marks->operation);
	json_set_text(object, "installation", marks->installation);
}

void answer_snapshots(struct order *order, const struct provider_snapshot *snapshots, size_t count)
{
	struct json *rows = json_array(order->call.arena);

	for (size_t i = 0; i < count; i++) {
		struct json *row = json_object(order->call.arena);

		json_set_text(row, "native_id", snapshots[i].native_id);
		json_set_text(row, "name", snapshots[i].name);
		json_append(rows, row);
	}
	json_set(order->answer, "rows", rows);
}

static void add_result(struct order *order, struct provider_result result, int64_t took_us)
{
	json_set_text(order->answer, "error", provider_error_name(result.error));
	json_set_text(order->answer, "message", result.message);
	json_set_text(order->answer, "request_id", result.request_id);
	json_set_int(order->answer, "retry_after_ms", result.retry_after_ms);
	json_set_int(order->answer, "took_ms", took_us / TIME_US_PER_MS);
	json_set_bool(order->answer, "is_retryable", provider_error_is_retryable(result.error));
}

static struct provider_result run_verb(struct order *order)
{
	static const struct verb_row *const tables[] = { machine_verbs, volume_verbs };
	const char *verb = order_text(order, "verb");

	for (size_t table = 0; table < sizeof tables / sizeof tables[0]; table++)
		for (const struct verb_row *row = tables[table]; row->name; row++)
			if (text_equal(row->name, verb))
				return row->run(order);
	return provider_fail(order->call.arena, PROVIDER_UNSUPPORTED, "there is no verb %s", text_or_empty(verb));
}

static struct provider_result open_session(struct order *order, struct arena *lasting)
{
	struct provider_config config = {
		.connection = "connections/faulty",
		.installation = order_text(order, "installation"),
		.endpoint = order_text(order, "endpoint"),
		.region = order_text(order, "region"),
		.options = json_get(order->arguments, "options"),
		.credentials = json_get(order->arguments, "credentials"),
	};
	const char *kind = order_text(order, "kind");

	order->call.arena = lasting;
	order->provider = provider_find(text_or_empty(kind));
	if (!order->provider || !order->provider->ops)
		return provider_fail(lasting, PROVIDER_UNSUPPORTED, "the provider %s is not built in",
				     text_or_empty(kind));
	return order->provider->ops->open(&order->call, &config, &order->session);
}

/* False: that line was no order. */
static bool obey(struct order *order, const char *line, struct arena *lasting)
{
	struct arena *arena = arena_new(0);
	struct json *arguments = NULL;
	bool is_order = status_is_ok(json_parse(order->session ? arena : lasting, slice_text(line), NULL, &arguments));

	order->arguments = arguments;
	order->answer = json_object(arena);
	if (is_order) {
		int64_t deadline_ms = order_int(order, "deadline_ms");
		int64_t start_us = time_monotonic_us();

		order->call = (struct provider_call){ .arena = arena };
		order->call.deadline_us = start_us + (deadline_ms > 0 ? deadline_ms : DEADLINE_MS) * TIME_US_PER_MS;
		struct provider_result result = order->session ? run_verb(order) : open_session(order, lasting);
		add_result(order, result, time_monotonic_us() - start_us);
		printf("%s\n", json_print(arena, order->answer));
		fflush(stdout);
	}
	arena_free(arena);
	return is_order;
}

int main(void)
{
	struct arena *lasting = arena_new(0);
	struct order order = { 0 };
	char *line = NULL;
	size_t size = 0;
	bool is_well = status_is_ok(http_allow_networks(lasting, "127.0.0.0/8, ::1/128"));

	while (is_well && getline(&line, &size, stdin) > 0)
		is_well = obey(&order, line, lasting);
	free(line);
	if (order.session)
		order.provider->ops->close(order.session);
	arena_free(lasting);
	return is_well ? 0 : 1;
}
