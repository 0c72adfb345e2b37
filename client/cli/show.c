/* SPDX-License-Identifier: Apache-2.0 */
/* show.c: which shape a reply gets. */
#include "client/cli/show.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/cli/human.h"
#include "client/cli/protojson_read.h"
#include "client/cli/wide.h"
#include "client/cli/yaml.h"

void show_text(const char *text)
{
	if (fputs(text, stdout) == EOF || fflush(stdout) != 0)
		exit(errno == EPIPE ? EXIT_OK : EXIT_FAILED);
}

void show_json(struct session *session, const struct json *value)
{
	if (session->options.output == OUTPUT_YAML) {
		show_text(yaml_print(session->arena, value));
		return;
	}
	show_text(arena_printf(session->arena, "%s\n", json_print_pretty(session->arena, value)));
}

const ProtobufCFieldDescriptor *show_list_field(const ProtobufCMessageDescriptor *reply)
{
	const ProtobufCFieldDescriptor *found = NULL;
	bool is_page = reflect_field(reply, "next_page_token") != NULL;

	for (unsigned i = 0; i < reply->n_fields; i++) {
		const ProtobufCFieldDescriptor *field = &reply->fields[i];

		if (!reflect_is_repeated(field) || !reflect_is_message(field) || reflect_is_map(field))
			continue;
		if (found && !is_page)
			return NULL;
		found = found ? found : field;
	}
	return is_page || reply->n_fields == 1 ? found : NULL;
}

/** One column: a title, the path of its value (with alternatives after '|') and how it is shown. */
struct column {
	const char *title;
	char **paths;
	size_t path_count;
	bool is_fleeting;  /* its title ended with '?': left out when no row has it */
	const char *style; /* "at": exact time; "span": how long; "full": whole name; "id": its last part; "code": of
			      gRPC */
};

static size_t parse_columns(struct arena *arena, const char *spec, struct column **columns)
{
	char **parts;
	size_t count = text_split(arena, spec, ' ', &parts), used = 0;

	*columns = ARENA_ARRAY(arena, count, struct column);
	for (size_t i = 0; i < count; i++) {
		struct column *column = &(*columns)[used];
		char *equals = strchr(parts[i], '='), *colon = strchr(parts[i], ':');

		if (!*parts[i])
			continue;
		if (colon)
			*colon = '\0';
		if (equals)
			*equals = '\0';
		column->style = colon ? colon + 1 : "";
		column->title = parts[i];
		column->is_fleeting = text_ends_with(parts[i], "?");
		if (column->is_fleeting)
			parts[i][strlen(parts[i]) - 1] = '\0';
		column->path_count =
			text_split(arena, equals ? equals + 1 : text_lower(arena, parts[i]), '|', &column->paths);
		for (char *at = parts[i]; *at; at++)
			*at = *at == '_' || *at == '.' ? ' ' : *at >= 'a' && *at <= 'z' ? (char)(*at - 'a' + 'A') : *at;
		used++;
	}
	return used;
}

/** What the elements of a nested list are shown by, where all their fields would be too much. */
static const struct {
	const char *type, *columns;
} nested_columns[] = {
	{ "gaon.common.v1.OperationStep", "STEP UNDO? OUTCOME ATTEMPTS BEGAN=start_time:at TOOK=start_time:span NOTE? "
					  "CLOUD_REQUEST?=provider_request_id" },
	{ "gaon.request.v1.OrderItem",
	  "ITEM=number ACTION STATE? WHAT=product:id|deployment:id VERSION?=product_version:id PARAMETERS? VCPUS? "
	  "MEMORY?=memory_mib DISK?=disk_gib CONNECTION?=connection:id HOURLY? MONTHLY? MESSAGE?" },
	{ "gaon.catalog.v1.PlacementCandidate",
	  "RANK CONNECTION=connection:id FITS SIZE? IMAGE? NETWORK? VCPUS? MEMORY?=memory_mib HOURLY? USED%?=used_percent MACHINES "
	  "REASON? MESSAGE" },
	{ "gaon.request.v1.ApprovalStage", "STAGE=number POLICY?=policy:id APPROVERS QUORUM COMPLETE" },
	{ "gaon.request.v1.Decision", "PRINCIPAL APPROVED COMMENT? AT=decision_time:at SUPERSEDED?" },
	{ "gaon.request.v1.QuotaEffect", "QUOTA METRIC USED ADDED LIMIT" },
	{ "gaon.catalog.v1.Capability", "VERB SUPPORT TASK?=asynchronous REPEAT=idempotence NOTE?" },
	{ "gaon.catalog.v1.Size", "SIZE VCPUS MEMORY=memory_mib DISK=disk_gib NATIVE_ID?" },
};

/** A title without blanks: they part the columns. */
static const char *column_title(struct arena *arena, const char *field)
{
	char *title = human_label(arena, field);

	for (char *at = title; *at; at++)
		*at = *at == ' ' ? '_' : *at;
	return title;
}

/** All plain fields, when nobody names columns. */
static const char *default_columns(struct arena *arena, const ProtobufCMessageDescriptor *type)
{
	struct text spec = text_new(arena);

	for (size_t i = 0; i < sizeof(nested_columns) / sizeof(nested_columns[0]); i++)
		if (strcmp(nested_columns[i].type, type->name) == 0)
			return nested_columns[i].columns;
	for (unsigned i = 0; i < type->n_fields; i++) {
		const ProtobufCFieldDescriptor *field = &type->fields[i];

		if (reflect_is_message(field) && !reflect_is_map(field) &&
		    reflect_known(field->descriptor) == KNOWN_NONE)
			continue;
		if (strcmp(field->name, "etag") == 0)
			continue;
		text_printf(&spec, "%s?=%s ", column_title(arena, field->name), field->name);
	}
	return spec.data;
}

static const ProtobufCFieldDescriptor *walk(const ProtobufCMessage **message, const char *path)
{
	const char *dot;

	while (*message && (dot = strchr(path, '.'))) {
		char name[64];

		snprintf(name, sizeof(name), "%.*s", (int)(dot - path), path);
		*message = reflect_message(*message, name);
		path = dot + 1;
	}
	return *message ? reflect_field((*message)->descriptor, path) : NULL;
}

/** From start_time to end_time. */
static const char *span(struct arena *arena, const ProtobufCMessage *message)
{
	const ProtobufCMessage *start = reflect_message(message, "start_time"),
			       *end = reflect_message(message, "end_time");

	return start && end ? human_duration(arena, protojson_time_us(end) - protojson_time_us(start)) : "";
}

static const char *styled(struct session *session, const ProtobufCMessage *message,
			  const ProtobufCFieldDescriptor *field, const char *style)
{
	struct human human = { session->arena, &session->context, HUMAN_CELL };
	const char *text, *slash;

	if (strcmp(style, "full") == 0)
		human.context = NULL;
	if (strcmp(style, "at") == 0 && reflect_is_message(field) && reflect_count(message, field))
		return human_time(session->arena,
				  protojson_time_us(*(ProtobufCMessage *const *)reflect_at(message, field, 0)));
	if (strcmp(style, "span") == 0)
		return span(session->arena, message);
	if (strcmp(style, "code") == 0)
		return status_code_name((enum status_code)reflect_int(message, field->name));
	text = human_field(&human, message, field);
	slash = strrchr(text, '/');
	if (slash && (strcmp(style, "id") == 0 || (!*style && strcmp(field->name, "name") == 0)))
		return slash + 1;
	return text;
}

static const char *cell(struct session *session, const ProtobufCMessage *message, const struct column *column)
{
	for (size_t i = 0; i < column->path_count; i++) {
		const ProtobufCMessage *holder = message;
		const ProtobufCFieldDescriptor *field = walk(&holder, column->paths[i]);
		const char *text = field ? styled(session, holder, field, column->style) : "";

		if (*text)
			return text;
	}
	return "-";
}

static bool is_number(const ProtobufCMessageDescriptor *type, const char *path)
{
	const ProtobufCFieldDescriptor *field = reflect_field(type, path);

	if (!field || reflect_is_repeated(field))
		return false;
	if (reflect_is_message(field))
		return reflect_known(field->descriptor) == KNOWN_MONEY;
	return field->type != PROTOBUF_C_TYPE_STRING && field->type != PROTOBUF_C_TYPE_ENUM &&
	       field->type != PROTOBUF_C_TYPE_BOOL && field->type != PROTOBUF_C_TYPE_BYTES;
}

struct table *show_table(struct session *session, const ProtobufCMessageDescriptor *type,
			 const ProtobufCMessage *const *messages, size_t count, const char *spec)
{
	struct column *columns;
	size_t column_count =
		parse_columns(session->arena, spec ? spec : default_columns(session->arena, type), &columns);
	struct table *table = table_new(session->arena, column_count);

	for (size_t i = 0; i < column_count; i++)
		table_head(table, i, columns[i].title, is_number(type, columns[i].paths[0]));
	for (size_t row = 0; row < count; row++) {
		table_row(table);
		for (size_t i = 0; i < column_count; i++)
			table_cell(table, i, cell(session, messages[row], &columns[i]));
	}
	for (size_t i = 0; i < column_count; i++)
		if (columns[i].is_fleeting)
			table_drop_empty(table, i);
	return table;
}

static void show_names(struct session *session, const ProtobufCMessage *reply, const ProtobufCFieldDescriptor *list)
{
	struct text out = text_new(session->arena);

	for (size_t i = 0; list && i < reflect_count(reply, list); i++)
		text_printf(&out, "%s\n", reflect_text(*(ProtobufCMessage *const *)reflect_at(reply, list, i), "name"));
	if (!list)
		text_printf(&out, "%s\n", reflect_text(reply, "name"));
	show_text(wide_clean_lines(session->arena, out.data));
}

/** What a page says beside its list (totals), below the table. */
static void show_rest(struct session *session, const ProtobufCMessage *reply, const ProtobufCFieldDescriptor *list,
		      struct text *out)
{
	struct human human = { session->arena, &session->context, HUMAN_CELL };

	for (unsigned i = 0; i < reply->descriptor->n_fields; i++) {
		const ProtobufCFieldDescriptor *field = &reply->descriptor->fields[i];
		const char *text;

		if (field == list || strcmp(field->name, "next_page_token") == 0)
			continue;
		text = human_field(&human, reply, field);
		if (*text)
			text_printf(
				out, "%s  %s\n",
				screen_dim(session->arena, &session->screen, human_label(session->arena, field->name)),
				wide_clean(session->arena, text));
	}
}

static void show_list(struct session *session, const ProtobufCMessage *reply, const ProtobufCFieldDescriptor *list,
		      const char *columns, bool has_more)
{
	size_t count = reflect_count(reply, list);
	struct text out = text_new(session->arena);
	struct table *table;

	if (!count) {
		fprintf(stderr, "no %s\n", text_lower(session->arena, human_label(session->arena, list->name)));
		show_rest(session, reply, list, &out);
		show_text(out.data);
		return;
	}
	table = show_table(session, list->descriptor, reflect_at(reply, list, 0), count,
			   session->options.columns ? session->options.columns : columns);
	table_print(table, &session->screen, 0, &out);
	show_rest(session, reply, list, &out);
	show_text(out.data);
	if (has_more)
		fprintf(stderr, "there are more: --limit shows a larger part, --limit 0 all\n");
}

void show_reply(struct session *session, const ProtobufCMessage *reply, const char *columns, bool has_more)
{
	const ProtobufCFieldDescriptor *list = show_list_field(reply->descriptor);
	struct text out = text_new(session->arena);

	if (session->options.output == OUTPUT_NAME) {
		show_names(session, reply, list);
	} else if (session->options.output != OUTPUT_TABLE) {
		show_json(session, protojson_write(session->arena, reply));
	} else if (list) {
		show_list(session, reply, list, columns, has_more);
	} else {
		show_details(session, reply, 0, &out);
		show_text(out.data);
	}
}

void show_event(struct session *session, const ProtobufCMessage *event, const char *columns, bool is_first)
{
	struct text out = text_new(session->arena);
	struct table *table;
	const char *body;

	if (session->options.output != OUTPUT_TABLE) {
		show_text(arena_printf(session->arena, "%s\n",
				       json_print(session->arena, protojson_write(session->arena, event))));
		return;
	}
	table = show_table(session, event->descriptor, &event, 1, columns);
	table_print_fixed(table, &session->screen, &out);
	body = strchr(out.data, '\n');
	show_text(is_first || !body ? out.data : body + 1);
}
