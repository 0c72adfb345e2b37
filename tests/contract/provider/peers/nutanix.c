/* SPDX-License-Identifier: Apache-2.0 */
/* nutanix.c: a Prism Central that keeps what it is told: over v3, held to Nutanix's swagger, and over v4, held to its clients. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "runtime/base/text.h"
#include "tests/contract/provider/contract.h"

#define FOLDER_SIZE 64
#define EAST "00000002-0000-4000-8000-000000000001"
#define NET_0 "00000004-0000-4000-8000-000000000001"
#define DEBIAN "00000006-0000-4000-8000-000000000001"
#define PLANTED "f0000000-0000-4000-8000-000000000001" /* there from the start, somebody else's */
#define CREDENTIALS "{\"username\": \"admin\", \"password\": \"nutanix/4u\"}"
#define OPTIONS(api_)                                                                                              \
	"{\"api\": \"" api_ "\", \"cluster\": \"" EAST "\", \"templates\": [\"" PLANTED "\"]," \
	" \"sizes\": [{\"id\": \"small\", \"vcpus\": 1, \"memory_mib\": 512}, {\"id\": \"medium\", \"vcpus\": 2, \"memory_mib\": 1024}," \
	" {\"id\": \"large\", \"vcpus\": 4, \"memory_mib\": 4096}]}"

static char folder[FOLDER_SIZE], url[FOLDER_SIZE];

static int tool(const char *words)
{
	char command[512];
	snprintf(command, sizeof command, "'%s/tools/peers/nutanix' %s", SOURCE_FOLDER, words);
	int code = system(command);
	return code == -1 ? 1 : code / 256;
}

static void stop(const struct peer *peer)
{
	char words[FOLDER_SIZE * 2];
	(void)peer;
	snprintf(words, sizeof words, "stop '%s' >&2", folder);
	(void)tool(words);
	snprintf(words, sizeof words, "rm -rf '%s'", folder);
	(void)!system(words);
}

/* The last line of the script says why. */
static void skip_say(const struct peer *peer)
{
	char line[256] = "", path[FOLDER_SIZE * 2];
	snprintf(path, sizeof path, "%s/start.log", folder);
	FILE *file = fopen(path, "r");
	while (file && fgets(line, sizeof line, file))
		;
	if (file)
		fclose(file);
	printf("SKIP: %s: %s%s", peer->name, line[0] ? line : "it cannot be had", line[0] ? "" : "\n");
}

static int start(const struct peer *peer)
{
	char words[FOLDER_SIZE * 4];
	snprintf(folder, sizeof folder, "/tmp/gaon-nutanix-XXXXXX");
	if (!mkdtemp(folder))
		return 1;
	snprintf(words, sizeof words, "start '%s' %s > '%s/address' 2> '%s/start.log'", folder,
		 text_ends_with(peer->name, "v3") ? "v3" : "v4", folder, folder);
	int code = tool(words);
	snprintf(words, sizeof words, "%s/address", folder);
	FILE *file = fopen(words, "r");
	bool is_read = file && fscanf(file, "%63s", url) == 1;
	if (file)
		fclose(file);
	if (code == 0 && is_read)
		return 0;
	skip_say(peer);
	stop(peer);
	return code == 77 ? 77 : 1;
}

/* The planted machine has a disk of its own, which is counted too. */
static int64_t disks_of(const struct peer *peer, const char *native_id)
{
	char command[512];
	long long count = -1;
	(void)peer;
	snprintf(command, sizeof command, "'%s/tools/peers/nutanix' disks '%s' '%s'", SOURCE_FOLDER, folder, native_id ? native_id : "");
	FILE *output = popen(command, "r");
	if (!output || fscanf(output, "%lld", &count) != 1)
		count = -1;
	if (output)
		pclose(output);
	return count;
}

const struct peer peers[] = {
	{ .name = "nutanix-v3",
	  .kind = "nutanix",
	  .endpoint = url,
	  .options = OPTIONS("v3"),
	  .credentials = CREDENTIALS,
	  .size = "small",
	  .other_size = "medium",
	  .image = DEBIAN,
	  .network = NET_0,
	  .disks_of = disks_of,
	  .start = start,
	  .stop = stop },
	{ .name = "nutanix-v4",
	  .kind = "nutanix",
	  .endpoint = url,
	  .options = OPTIONS("auto"),
	  .credentials = CREDENTIALS,
	  .size = "small",
	  .other_size = "medium",
	  .image = DEBIAN,
	  .network = NET_0,
	  .disks_of = disks_of,
	  .start = start,
	  .stop = stop },
};
const size_t peer_count = sizeof peers / sizeof peers[0];
