/* SPDX-License-Identifier: Apache-2.0 */
/* config_test.c: settings come from four places and say from which. */
#include "tests/support/arena_fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "runtime/base/config.h"

static const struct config_option options[] = {
	{ .name = "store.path", .kind = CONFIG_TEXT, .otherwise = "gaon.db", .help = "Where the store lives." },
	{ .name = "rpc.port", .kind = CONFIG_INT, .otherwise = "7443", .least = 1, .most = 65535, .help = "The port." },
	{ .name = "rpc.is-open", .kind = CONFIG_BOOL, .otherwise = "false", .help = "Whether." },
	{ .name = "engine.lease",
	  .kind = CONFIG_DURATION_MS,
	  .otherwise = "30s",
	  .least = 1000,
	  .most = 600000,
	  .help = "How long." },
	{ .name = "rpc.message", .kind = CONFIG_SIZE_BYTES, .otherwise = "4MiB", .help = "How big." },
};

enum { COUNT = sizeof options / sizeof options[0] };

static char path[64];

static const char *file_with(const char *content)
{
	snprintf(path, sizeof path, "%s", "/tmp/gaon-config-XXXXXX");
	int descriptor = mkstemp(path);

	assert_true(descriptor >= 0);
	assert_int_equal(write(descriptor, content, strlen(content)), (ssize_t)strlen(content));
	close(descriptor);
	return path;
}

static int clean(void **state)
{
	unlink(path);
	unsetenv("GAON_RPC_PORT");
	unsetenv("GAON_RPC_IS_OPEN");
	return arena_teardown(state);
}

static struct status read_with(struct arena *arena, const char *file, char **argv, struct config **config)
{
	int argc = 0;

	while (argv && argv[argc])
		argc++;
	return config_read(arena, options, COUNT, file, argc, argv, config);
}

static void defaults_hold_when_nothing_is_set(void **state)
{
	struct config *config;

	assert_ok(read_with(*state, NULL, NULL, &config));
	assert_string_equal(config_text(config, "store.path"), "gaon.db");
	assert_int_equal(config_int(config, "rpc.port"), 7443);
	assert_false(config_bool(config, "rpc.is-open"));
	assert_int_equal(config_int(config, "engine.lease"), 30000);
	assert_int_equal(config_int(config, "rpc.message"), 4 << 20);
	assert_string_equal(config_origin(config, "rpc.port"), "default");
}

static void later_places_win(void **state)
{
	const char *file =
		file_with("# ours\n\nstore.path = /var/lib/gaon # the disk\r\nrpc.port=1\nengine.lease = 5m\n"
			  "rpc.message = 64KiB");
	char *argv[] = { "gaond", "--engine.lease", "2s", "--rpc.port=3", NULL };
	struct config *config;

	setenv("GAON_RPC_PORT", "2", 1);
	setenv("GAON_RPC_IS_OPEN", "true", 1);
	assert_ok(read_with(*state, file, argv, &config));
	assert_string_equal(config_text(config, "store.path"), "/var/lib/gaon");
	assert_string_equal(config_origin(config, "store.path"), "file");
	assert_int_equal(config_int(config, "rpc.port"), 3);
	assert_string_equal(config_origin(config, "rpc.port"), "argument");
	assert_true(config_bool(config, "rpc.is-open"));
	assert_string_equal(config_origin(config, "rpc.is-open"), "environment");
	assert_int_equal(config_int(config, "engine.lease"), 2000);
	assert_int_equal(config_int(config, "rpc.message"), 65536);
}

static void mistakes_in_a_file_are_told_with_their_line(void **state)
{
	static const struct {
		const char *content, *place;
	} rows[] = {
		{ "rpc.port = 0\n", ":1: rpc.port must be 1 to 65535" },
		{ "\nrpc.port = x\n", ":2: rpc.port must be a whole number" },
		{ "rpc.port = 99999999999999999999999\n", ":1: rpc.port must be a whole number" },
		{ "store.pth = x\n", ":1: there is no setting \"store.pth\"" },
		{ "store.path\n", ":1: a line must be" },
		{ "rpc.port = 1\nrpc.port = 2\n", ":2: rpc.port was already set on line 1" },
		{ "engine.lease = 5\n", "must be a duration" },
		{ "engine.lease = 1ms\n", "must be 1000ms to 600000ms" },
		{ "engine.lease = 9999999999999999d\n", "must be a duration" },
		{ "rpc.is-open = yes\n", "must be true or false" },
		{ "rpc.message = 4 MiB\n", "must be a size" },
		{ "store.path = a\x01\n", "printable" },
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct config *config = NULL;
		struct status status = read_with(*state, file_with(rows[i].content), NULL, &config);

		assert_int_equal(status.code, STATUS_INVALID_ARGUMENT);
		assert_string_equal(status.reason, "CONFIG_INVALID");
		if (!strstr(status.message, rows[i].place))
			fail_msg("\"%s\" does not say \"%s\"", status.message, rows[i].place);
		assert_null(config);
		unlink(path);
	}
}

static void mistakes_in_arguments_and_variables_are_told(void **state)
{
	char *unknown[] = { "gaond", "--rpc.prot=secret", NULL };
	char *alone[] = { "gaond", "--rpc.port", NULL };
	char *positional[] = { "gaond", "rpc.port", "1", NULL };
	struct config *config;

	struct status status = read_with(*state, NULL, unknown, &config);
	assert_string_equal(status.reason, "CONFIG_INVALID");
	assert_non_null(strstr(status.message, "--rpc.prot"));
	assert_null(strstr(status.message, "secret"));
	assert_fails(read_with(*state, NULL, alone, &config), STATUS_INVALID_ARGUMENT, "CONFIG_INVALID");
	assert_fails(read_with(*state, NULL, positional, &config), STATUS_INVALID_ARGUMENT, "CONFIG_INVALID");
	assert_fails(read_with(*state, "/no/such/file", NULL, &config), STATUS_INVALID_ARGUMENT, "CONFIG_INVALID");
	setenv("GAON_RPC_PORT", "http", 1);
	status = read_with(*state, NULL, NULL, &config);
	assert_non_null(strstr(status.message, "GAON_RPC_PORT"));
}

static void the_help_names_every_setting_and_its_variable(void **state)
{
	struct text text = text_new(*state);

	config_help(options, COUNT, &text);
	assert_non_null(strstr(text.data, "--rpc.is-open  (GAON_RPC_IS_OPEN)"));
	assert_non_null(strstr(text.data, "Default: 30s"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(defaults_hold_when_nothing_is_set, arena_setup, clean),
		cmocka_unit_test_setup_teardown(later_places_win, arena_setup, clean),
		cmocka_unit_test_setup_teardown(mistakes_in_a_file_are_told_with_their_line, arena_setup, clean),
		cmocka_unit_test_setup_teardown(mistakes_in_arguments_and_variables_are_told, arena_setup, clean),
		cmocka_unit_test_setup_teardown(the_help_names_every_setting_and_its_variable, arena_setup, clean),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
