/* SPDX-License-Identifier: Apache-2.0 */
/* vsphere.c: VMware's own simulator as a vCenter and as a standalone ESXi, over TLS with its own certificate. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "runtime/base/json.h"
#include "tests/contract/provider/contract.h"

#define FOLDER_SIZE 64
#define TEXT_SIZE 8192
static char folder[FOLDER_SIZE];
static char endpoint[128];
static char options[TEXT_SIZE]; /* JSON, with the certificate */

static int tool(const char *words, const char *kind)
{
	char command[512];
	snprintf(command, sizeof command, "'%s/tools/peers/vcsim' %s '%s' %s >&2", SOURCE_FOLDER, words, folder, kind);
	int status = system(command);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}

static bool file_read(const char *name, char *text, size_t size)
{
	char path[FOLDER_SIZE * 2];
	snprintf(path, sizeof path, "%s/%s", folder, name);
	FILE *file = fopen(path, "r");
	size_t read = file ? fread(text, 1, size - 1, file) : 0;
	text[read] = '\0';
	if (file)
		fclose(file);
	return read > 0;
}

/* No guest runs VMware Tools in the simulator. */
static const char VCENTER[] = "{\"hard_reboot\": true, \"datacenter\": \"DC0\"}";
static const char ESXI[] = "{\"hard_reboot\": true, \"fresh_guests\": [\"otherLinux64Guest\"]}";

static bool is_vcenter(const struct peer *peer)
{
	return strcmp(peer->name, "vsphere-vcenter") == 0;
}

static bool options_make(const struct peer *peer)
{
	char certificate[TEXT_SIZE / 2], address[128];
	struct json *json;
	if (!file_read("address", address, sizeof address) || !file_read("certificate.pem", certificate, sizeof certificate))
		return false;
	address[strcspn(address, "\n")] = '\0';
	snprintf(endpoint, sizeof endpoint, "%s", address);
	struct arena *arena = arena_new(0);
	bool is_good = status_is_ok(json_parse(arena, slice_text(is_vcenter(peer) ? VCENTER : ESXI), NULL, &json));
	if (is_good) {
		json_set_text(json, "ca_pem", certificate);
		snprintf(options, sizeof options, "%s", json_print(arena, json));
	}
	arena_free(arena);
	return is_good;
}

static int sim_start(const struct peer *peer)
{
	snprintf(folder, sizeof folder, "/tmp/gaon-vcsim-XXXXXX");
	if (!mkdtemp(folder))
		return 1;
	int result = tool("start", is_vcenter(peer) ? "vcenter" : "esxi");
	if (result == 77)
		printf("SKIP: %s: the simulator cannot be had (see tools/peers/vcsim)\n", peer->name);
	return result != 0 ? result : options_make(peer) ? 0 : 1;
}

static void sim_stop(const struct peer *peer)
{
	char command[FOLDER_SIZE * 2];
	(void)peer;
	(void)tool("stop", "");
	snprintf(command, sizeof command, "rm -rf '%s'", folder);
	(void)!system(command);
}

#define NO_TICKETS { VERB_CONSOLE_URL, "the simulator has no screens (AcquireTicket)" }
static const struct peer_excuse vcenter_excuses[] = { NO_TICKETS, { VERB_COUNT, NULL } };
static const struct peer_excuse esxi_excuses[] = { NO_TICKETS, { VERB_COUNT, NULL } };

const struct peer peers[] = {
	{ .name = "vsphere-vcenter",
	  .kind = "vsphere",
	  .endpoint = endpoint,
	  .options = options,
	  .credentials = "{\"username\": \"gaon\", \"password\": \"gaon-secret\"}",
	  .size = "small",
	  .other_size = "medium",
	  .disk_gib = 10,
	  .not_on_this_peer = vcenter_excuses,
	  .start = sim_start,
	  .stop = sim_stop },
	{ .name = "vsphere-esxi",
	  .kind = "vsphere",
	  .endpoint = endpoint,
	  .options = options,
	  .credentials = "{\"username\": \"gaon\", \"password\": \"gaon-secret\"}",
	  .size = "small",
	  .other_size = "medium",
	  .disk_gib = 10,
	  .not_on_this_peer = esxi_excuses,
	  .start = sim_start,
	  .stop = sim_stop },
};
const size_t peer_count = sizeof peers / sizeof peers[0];
