/* SPDX-License-Identifier: Apache-2.0 */
/* config_fuzz.c: any file and any argument is read or refused, within the bounds of the table. */
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "runtime/base/config.h"
#include "tests/support/fuzz.h"

const char *const fuzz_seeds[] = {
	"# ours\nstore.path = /var/lib/gaon # disk\nrpc.port=1\nengine.lease = 5m\nrpc.message = 64KiB\n",
	"rpc.is-open = true\r\nrpc.port = 65535",
	"engine.lease = 500ms\n\n\nrpc.message = 9223372036854775807",
	"--rpc.port=7",
	"--store.path=x y",
	"rpc.port = 1\nrpc.port = 2\n",
	"store.path\n=\n = \n",
	NULL,
};

static const struct config_option options[] = {
	{ .name = "store.path", .kind = CONFIG_TEXT, .otherwise = "gaon.db", .help = "x" },
	{ .name = "rpc.port", .kind = CONFIG_INT, .otherwise = "7443", .least = 1, .most = 65535, .help = "x" },
	{ .name = "rpc.is-open", .kind = CONFIG_BOOL, .otherwise = "false", .help = "x" },
	{ .name = "engine.lease",
	  .kind = CONFIG_DURATION_MS,
	  .otherwise = "30s",
	  .least = 100,
	  .most = 600000,
	  .help = "x" },
	{ .name = "rpc.message", .kind = CONFIG_SIZE_BYTES, .otherwise = "4MiB", .help = "x" },
};

static void check(struct arena *arena, const char *path, int argc, char **argv)
{
	struct config *config;
	struct status status =
		config_read(arena, options, sizeof options / sizeof options[0], path, argc, argv, &config);

	if (!status_is_ok(status)) {
		FUZZ_CHECK(status.code == STATUS_INVALID_ARGUMENT && text_is_utf8(slice_text(status.message)));
		return;
	}
	FUZZ_CHECK(config_int(config, "rpc.port") >= 1 && config_int(config, "rpc.port") <= 65535);
	FUZZ_CHECK(config_int(config, "engine.lease") >= 100 && config_int(config, "engine.lease") <= 600000);
	FUZZ_CHECK(text_is_printable(slice_text(config_text(config, "store.path"))));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = arena_new(0);
	int file = memfd_create("config", MFD_CLOEXEC);
	char *argv[] = { "gaond", arena_strndup(arena, (const char *)data, size), NULL };

	FUZZ_CHECK(file >= 0 && write(file, data, size) == (ssize_t)size);
	check(arena, arena_printf(arena, "/proc/self/fd/%d", file), 0, NULL);
	check(arena, NULL, 2, argv);
	close(file);
	arena_free(arena);
	return 0;
}
