/* SPDX-License-Identifier: Apache-2.0 */
/* command_table_test.c: every RPC has a row, and every row means something. */
#include "tests/support/arena_fixture.h"

#include <string.h>

#include "client/cli/arguments.h"
#include "client/cli/help.h"
#include "client/cli/request.h"
#include "client/cli/show.h"
#include "client/cli/value.h"
#include "gaon/permissions.h"
#include "google/protobuf/descriptor.pb-c.h"
#include "proto/descriptor_set.h"

/** RPCs that a row reaches from inside, not as its own method. */
static const char *const indirect[] = { "FetchConsoleOutput", "CreateConsoleSession", "FetchMachineMetrics" };

static bool has_row(const char *method)
{
	const struct command *command;

	for (size_t i = 0; i < sizeof(indirect) / sizeof(indirect[0]); i++)
		if (strcmp(indirect[i], method) == 0)
			return true;
	for (size_t i = 0; (command = command_at(i)); i++)
		if (command->method && strcmp(command->method->name, method) == 0)
			return true;
	return false;
}

static void every_rpc_of_ours_has_a_command(void **state)
{
	struct slice bytes = gaon_descriptor_set();
	Google__Protobuf__FileDescriptorSet *set =
		google__protobuf__file_descriptor_set__unpack(NULL, bytes.size, (const uint8_t *)bytes.data);
	size_t count = 0;

	(void)state;
	assert_non_null(set);
	for (size_t f = 0; f < set->n_file; f++)
		for (size_t s = 0; text_starts_with(set->file[f]->package, "gaon.") && s < set->file[f]->n_service; s++)
			for (size_t m = 0; m < set->file[f]->service[s]->n_method; m++, count++)
				if (!has_row(set->file[f]->service[s]->method[m]->name))
					fail_msg("no command calls %s", set->file[f]->service[s]->method[m]->name);
	assert_true(count > 100);
	google__protobuf__file_descriptor_set__free_unpacked(set, NULL);
}

/** How many fields `labels` there are below; each of them must be held to the one shape. */
static size_t labels_below(const struct message_rules *rules)
{
	size_t count = 0;

	for (unsigned i = 0; rules && i < rules->descriptor->n_fields; i++) {
		const struct message_rules *inner = rules->fields[i].message;

		if (strcmp(rules->descriptor->fields[i].name, "labels") == 0) {
			assert_string_equal(inner->descriptor->fields[0].name, "key");
			assert_int_equal(inner->fields[0].format, FIELD_LABEL_KEY);
			count++;
		} else if (inner) {
			count += labels_below(inner);
		}
	}
	return count;
}

static void wherever_labels_are_taken_their_keys_have_one_shape(void **state)
{
	const struct command *command;
	size_t count = 0;

	(void)state;
	for (size_t i = 0; (command = command_at(i)); i++)
		if (command->method)
			count += labels_below(command->method->request_rules);
	/* Tenants, projects, connections, products: made and changed; machines: changed. */
	assert_true(count >= 9);
}

static void every_row_has_noun_summary_and_example(void **state)
{
	const struct command *command;

	(void)state;
	for (size_t i = 0; (command = command_at(i)); i++) {
		if (!command_is_noun(command->noun))
			fail_msg("the noun %s is in no help", command->noun);
		if (text_is_empty(command->summary) || text_is_empty(command->example))
			fail_msg("gaon %s %s has no summary or example", command->noun, command->verb);
		if (!command->method && !command->run)
			fail_msg("gaon %s %s does nothing", command->noun, command->verb);
		if (command_find(command->noun, command->verb) != command)
			fail_msg("gaon %s %s is there twice", command->noun, command->verb);
	}
}

static void every_noun_of_the_help_has_a_row(void **state)
{
	(void)state;
	for (size_t n = 0; n < noun_count; n++) {
		const struct command *command;
		bool is_found = false;

		for (size_t i = 0; (command = command_at(i)); i++)
			is_found = is_found || strcmp(command->noun, nouns[n].noun) == 0;
		if (!is_found)
			fail_msg("nothing is behind the noun %s", nouns[n].noun);
	}
}

static bool has_path(const ProtobufCMessageDescriptor *type, const char *path, const char *item)
{
	size_t size = item ? strlen(item) : 0;
	const ProtobufCFieldDescriptor *items;

	if (!size || strncmp(path, item, size) != 0 || path[size] != '.')
		return value_find(type, path, NULL) != NULL;
	items = value_find(type, item, NULL);
	return items && value_find(items->descriptor, path + size + 1, NULL);
}

/** Its function reads the words itself. */
static bool is_own(const struct command *command)
{
	return command->run && (strcmp(command->verb, "lease") == 0 || strcmp(command->noun, "provider") == 0);
}

static void words_and_presets_name_fields_of_the_request(void **state)
{
	const struct command *command;

	for (size_t i = 0; (command = command_at(i)); i++) {
		struct word words[8];
		size_t count = command->method ? command_words(*state, command, words, 8) : 0;

		for (size_t w = 0; w < count; w++)
			if (!has_path(command->method->request, words[w].field, command->item) && !is_own(command))
				fail_msg("gaon %s %s: no field %s", command->noun, command->verb, words[w].field);
		if (command->preset &&
		    !value_find(command->method->request,
				arena_strndup(*state, command->preset, strcspn(command->preset, "=")), NULL))
			fail_msg("gaon %s %s: no field %s", command->noun, command->verb, command->preset);
	}
}

/** "TITLE?=path|path:style" → the paths. */
static void check_column(struct arena *arena, const struct command *command, const ProtobufCMessageDescriptor *type,
			 const char *column)
{
	char *spec = arena_strdup(arena, column), *equals = strchr(spec, '='), **paths;
	size_t count;

	if (!*spec)
		return;
	if (strchr(spec, ':'))
		*strchr(spec, ':') = '\0';
	if (!equals && text_ends_with(spec, "?"))
		spec[strlen(spec) - 1] = '\0';
	count = text_split(arena, equals ? equals + 1 : text_lower(arena, spec), '|', &paths);
	for (size_t i = 0; i < count; i++)
		if (!value_find(type, paths[i], NULL))
			fail_msg("gaon %s %s: %s has no %s", command->noun, command->verb, type->short_name, paths[i]);
}

static void columns_name_fields_of_the_elements(void **state)
{
	const struct command *command;

	for (size_t i = 0; (command = command_at(i)); i++) {
		const ProtobufCFieldDescriptor *list = command->method ? show_list_field(command->method->reply) : NULL;
		const ProtobufCMessageDescriptor *type = list ? list->descriptor : NULL;
		char **columns;
		size_t count;

		if (!command->columns)
			continue;
		if (!type && command->method->is_server_streaming)
			type = command->method->reply;
		if (!type)
			fail_msg("gaon %s %s: columns, but no list", command->noun, command->verb);
		count = text_split(*state, command->columns, ' ', &columns);
		for (size_t c = 0; c < count; c++)
			check_column(*state, command, type, columns[c]);
	}
}

/** Words as a shell makes them, as far as examples need: double and single quotes. */
static int split_line(struct arena *arena, const char *line, char **argv)
{
	int argc = 0;

	while (*line) {
		struct text word = text_new(arena);
		char quote = 0;

		for (; *line && (quote || *line != ' '); line++) {
			if (!quote && (*line == '"' || *line == '\''))
				quote = *line;
			else if (quote && *line == quote)
				quote = 0;
			else
				text_append_char(&word, *line);
		}
		argv[argc++] = word.data;
		line += strspn(line, " ");
	}
	return argc;
}

static void every_example_is_understood_by_its_own_command(void **state)
{
	const struct command *command;

	for (size_t i = 0; (command = command_at(i)); i++) {
		struct session session = { .arena = *state };
		struct arguments arguments;
		struct status status;
		char *argv[64] = { "gaon" };
		int argc = 1 + split_line(*state,
					  arena_printf(*state, "%.*s", (int)strcspn(command->example, ">"),
						       command->example),
					  argv + 1);

		status = arguments_parse(&session, argc, argv, &arguments);
		if (!status_is_ok(status))
			fail_msg("gaon %s: %s", command->example, status.message);
		if (arguments.command != command)
			fail_msg("gaon %s is another command", command->example);
	}
}

/** With ids given in full, so that nothing has to be asked of a server. */
static bool needs_server(const struct command *command)
{
	return !command->method || command->run || strstr(text_or_empty(command->words), ":machine") ||
	       strstr(text_or_empty(command->words), ":volume") ||
	       strstr(command->example, "--resource");
}

static void examples_build_whole_requests(void **state)
{
	const struct command *command;
	size_t built = 0;

	for (size_t i = 0; (command = command_at(i)); i++) {
		struct session session = { .arena = *state, .context = { .tenant = "acme", .project = "web" } };
		struct arguments arguments;
		ProtobufCMessage *request;
		struct status status;
		char *argv[64] = { "gaon" };
		int argc = 1 + split_line(*state, command->example, argv + 1);

		if (needs_server(command) || strstr(command->example, "--file") || strstr(command->example, " @"))
			continue;
		assert_ok(arguments_parse(&session, argc, argv, &arguments));
		session.options.file = NULL;
		status = request_build(&session, command, &arguments, &request);
		if (!status_is_ok(status))
			fail_msg("gaon %s: %s", command->example, status.message);
		built++;
	}
	assert_true(built > 70);
}

static void help_and_manual_speak_of_every_command(void **state)
{
	const char *manual = help_manual(*state);
	const struct command *command;

	for (size_t i = 0; (command = command_at(i)); i++) {
		struct session session = { .arena = *state };
		struct text out = text_new(*state);

		help_command(&session, command, &out);
		assert_non_null(strstr(out.data, command->summary));
		assert_non_null(strstr(out.data, command->example));
	}
	assert_non_null(strstr(manual, "gaon snapshot revert MACHINE SNAPSHOT"));
	assert_non_null(strstr(manual, "\\-\\-grace\\-seconds"));
}

static void every_code_ends_as_the_manual_says(void **state)
{
	static const enum exit_code expected[] = { 0, 1, 1, 2, 6, 4, 5, 3, 6, 5, 5, 2, 1, 1, 6, 1, 3 };

	for (int code = 0; code <= STATUS_UNAUTHENTICATED; code++)
		assert_int_equal(exit_code_of((struct status){ .code = (enum status_code)code }), expected[code]);
	assert_int_equal(exit_code_of(status_fail(*state, STATUS_CANCELLED, "OPERATION_FAILED", "x")), 7);
}

static const char *completed(void **state, char **words, size_t count)
{
	return help_complete(*state, count, words);
}

static void completion_offers_nouns_verbs_flags_and_values(void **state)
{
	assert_string_equal(completed(state, (char *[]){ "mac" }, 1),
			    "machine\tvirtual machines and their life\nmachine-image\timages made from machines\n");
	assert_non_null(strstr(completed(state, (char *[]){ "machine", "st" }, 2), "start\t"));
	assert_null(strstr(completed(state, (char *[]){ "machine", "st" }, 2), "delete"));
	assert_non_null(strstr(completed(state, (char *[]){ "machine", "stop", "--gr" }, 3), "--grace-seconds\t"));
	assert_string_equal(completed(state, (char *[]){ "order", "list", "--state", "pend" }, 4),
			    "pending-approval\t\n");
	assert_string_equal(completed(state, (char *[]){ "-o", "j" }, 2), "json\t\n");
	assert_non_null(strstr(completed(state, (char *[]){ "-o", "json", "mach" }, 3), "machine"));
	assert_non_null(strstr(completed(state, (char *[]){ "-", "mach" }, 2), "machine"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ARENA_TEST(every_rpc_of_ours_has_a_command),
		ARENA_TEST(wherever_labels_are_taken_their_keys_have_one_shape),
		ARENA_TEST(every_row_has_noun_summary_and_example),
		ARENA_TEST(every_noun_of_the_help_has_a_row),
		ARENA_TEST(words_and_presets_name_fields_of_the_request),
		ARENA_TEST(columns_name_fields_of_the_elements),
		ARENA_TEST(every_example_is_understood_by_its_own_command),
		ARENA_TEST(examples_build_whole_requests),
		ARENA_TEST(help_and_manual_speak_of_every_command),
		ARENA_TEST(every_code_ends_as_the_manual_says),
		ARENA_TEST(completion_offers_nouns_verbs_flags_and_values),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
