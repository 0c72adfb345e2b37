/* SPDX-License-Identifier: Apache-2.0 */
/* special_metrics.c: what a machine's cloud measured of it: fetched, then a line a metric. */
#include <math.h>
#include <stdio.h>

#include "client/cli/human.h"
#include "client/cli/resource.h"
#include "client/cli/show.h"
#include "client/cli/special.h"
#include "client/cli/table.h"
#include "client/cli/value.h"
#include "client/cli/wait.h"
#include "gaon/lifecycle/v1/lifecycle.gaon.h"
#include "runtime/base/time.h"

enum { SINCE_MOST_S = 31 * 24 * 3600 };

/** "12.5 %", "512 MiB", "1.2 MiB/s": by the unit that the metric's name ends with. */
static char *measure(struct arena *arena, const char *metric, double value)
{
	static const char *const STEPS[] = { "B", "KiB", "MiB", "GiB", "TiB" };
	size_t step = 0;

	if (text_ends_with(metric, "-percent"))
		return arena_printf(arena, "%.1f %%", value);
	if (text_ends_with(metric, "-mib"))
		return arena_printf(arena, "%.0f MiB", value);
	if (!text_ends_with(metric, "-bytes-per-s"))
		return arena_printf(arena, "%g", value);
	while (fabs(value) >= 1024 && step + 1 < sizeof(STEPS) / sizeof(STEPS[0])) {
		value /= 1024;
		step++;
	}
	return arena_printf(arena, "%.*f %s/s", step > 0 ? 1 : 0, value, STEPS[step]);
}

static void show_metrics(struct session *session, const Gaon__ListMachineMetricsResponse *found)
{
	static const char *const TITLES[] = { "METRIC", "MIN", "AVG", "MAX", "LAST", "SAMPLES" };
	enum { COLUMNS = sizeof(TITLES) / sizeof(TITLES[0]) };
	struct arena *arena = session->arena;
	struct table *table = table_new(arena, COLUMNS);
	struct text out = text_new(arena);

	for (size_t column = 0; column < COLUMNS; column++)
		table_head(table, column, TITLES[column], column > 0);
	for (size_t i = 0; i < found->n_machine_metrics; i++) {
		const Gaon__MachineMetric *one = found->machine_metrics[i];
		const double values[] = { one->minimum, one->average, one->maximum, one->last };

		table_row(table);
		table_cell(table, 0, one->metric);
		for (size_t k = 0; k < sizeof(values) / sizeof(values[0]); k++)
			table_cell(table, k + 1, measure(arena, one->metric, values[k]));
		table_cell(table, COLUMNS - 1, arena_printf(arena, "%d", one->sample_count));
	}
	table_print(table, &session->screen, 0, &out);
	show_text(out.data);
	if (found->n_machine_metrics == 0)
		fprintf(stderr, "the cloud measured nothing of it in that time\n");
}

/** Asks the cloud, and waits until it answered. */
MUST_CHECK static struct status fetch(struct session *session, const char *machine, const char *since)
{
	Gaon__FetchMachineMetricsRequest request = GAON__FETCH_MACHINE_METRICS_REQUEST__INIT;
	const Gaon__Operation *operation;
	int64_t since_us = TIME_US_PER_HOUR;
	char id[37];

	if (since && (!value_parse_duration(since, &since_us) || since_us < TIME_US_PER_SECOND ||
		      since_us > SINCE_MOST_S * TIME_US_PER_SECOND))
		return status_fail(session->arena, STATUS_INVALID_ARGUMENT, "USAGE",
				   "--since: '%s' is not a duration such as 30m, 1h or 7d, at most 31d", since);
	gaon_request_id(id);
	request.name = machine;
	request.request_id = id;
	request.since_seconds = (int32_t)(since_us / TIME_US_PER_SECOND);
	TRY(session_call(session, &gaon_method_lifecycle_fetch_machine_metrics, &request.base, (const ProtobufCMessage **)&operation));
	return wait_operation(session, arena_strdup(session->arena, operation->name), &operation);
}

struct status special_metrics(struct session *session, const struct command *command, const struct arguments *arguments)
{
	Gaon__ListMachineMetricsRequest list = GAON__LIST_MACHINE_METRICS_REQUEST__INIT;
	const Gaon__ListMachineMetricsResponse *found;

	if (arguments->word_count != 1)
		return status_with_metadata(session->arena,
					    status_fail(session->arena, STATUS_INVALID_ARGUMENT, "USAGE", "which machine?"), "usage",
					    command_usage(session->arena, command));
	TRY(resource_name(session, "machine", arguments->words[0], &list.parent));
	if (!arguments_flag(arguments, "cached"))
		TRY(fetch(session, list.parent, arguments_flag(arguments, "since")));
	list.page_size = 500; /* more than a machine has */
	list.show_samples = session->options.output != OUTPUT_TABLE;
	TRY(session_call(session, command->method, &list.base, (const ProtobufCMessage **)&found));
	if (session->options.output == OUTPUT_TABLE)
		show_metrics(session, found);
	else
		show_reply(session, &found->base, NULL, false);
	return OK;
}
