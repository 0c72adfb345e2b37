/* SPDX-License-Identifier: Apache-2.0 */
/* libvirt.c: the test driver, and a libvirtd with QEMU of its own. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/contract/provider/contract.h"

#define FOLDER_SIZE 64
static char folder[FOLDER_SIZE];
static char qemu_uri[FOLDER_SIZE * 2]; /* of the libvirtd that was started */

/* A program of tools/peers with one word and the folder; its exit code. */
static int peer_tool(const char *tool, const char *words)
{
	char command[512];
	snprintf(command, sizeof command, "'%s/tools/peers/%s' %s >&2", SOURCE_FOLDER, tool, words);
	return system(command);
}

static bool uri_read(void)
{
	char path[FOLDER_SIZE * 2];
	snprintf(path, sizeof path, "%s/peer", folder);
	FILE *file = fopen(path, "r");
	bool is_read = file && fscanf(file, "uri=%127s", qemu_uri) == 1;
	if (file)
		fclose(file);
	return is_read;
}

#define DISK_IMAGE "zz-contract-disk.qcow2"

/* A command on the pool's folder, which it gets as $pool. */
static bool disk_image(const char *what)
{
	char command[512];
	snprintf(command, sizeof command, "pool=$(sed -n 's/^pool_path=//p' '%s/peer'); %s", folder, what);
	return system(command) == 0;
}

static int qemu_start(const struct peer *peer)
{
	char words[FOLDER_SIZE * 2];
	snprintf(folder, sizeof folder, "/var/tmp/gaon-contract-XXXXXX");
	if (!mkdtemp(folder) || chmod(folder, 0755) != 0)
		return 1;
	snprintf(words, sizeof words, "start-private '%s'", folder);
	if (peer_tool("libvirtd", words) != 0) {
		printf("SKIP: %s: no libvirtd answers and none can be started\n", peer->name);
		return 77;
	}
	if (!uri_read())
		return 1;
	/* Into the pool, wherever it is: another libvirtd may have brought its own. */
	snprintf(words, sizeof words, "\"$(sed -n 's/^pool_path=//p' '%s/peer')\"", folder);
	if (peer_tool("guest-image", words) == 0 && disk_image("qemu-img create -q -f qcow2 \"$pool/" DISK_IMAGE "\" 2G"))
		return 0;
	printf("SKIP: %s: the guest image cannot be made\n", peer->name);
	return 77;
}

static void qemu_stop(const struct peer *peer)
{
	char words[FOLDER_SIZE * 2];
	(void)peer;
	(void)disk_image("rm -f \"$pool/" DISK_IMAGE "\"");
	snprintf(words, sizeof words, "stop '%s'", folder);
	(void)!peer_tool("libvirtd", words);
	snprintf(words, sizeof words, "rm -rf '%s'", folder);
	(void)!system(words);
}

/* Of this process: other suites may run on the same libvirtd. */
static bool qemu_plant(const struct peer *peer)
{
	char command[512];
	(void)peer;
	snprintf(command, sizeof command,
		 "printf '%%s' \"<domain type='qemu'><name>of-somebody-else-%d</name><memory unit='MiB'>64</memory>"
		 "<os><type arch='x86_64'>hvm</type></os></domain>\" | virsh -q -c '%s' define /dev/stdin >&2",
		 (int)getpid(), qemu_uri);
	return system(command) == 0;
}

static void qemu_unplant(const struct peer *peer)
{
	char command[256];
	(void)peer;
	snprintf(command, sizeof command, "virsh -q -c '%s' undefine of-somebody-else-%d >&2", qemu_uri, (int)getpid());
	(void)!system(command);
}

const struct peer peers[] = {
	{ .name = "libvirt-test",
	  .kind = "libvirt",
	  .endpoint = "test:///default",
	  .options = "{}",
	  .size = "tiny",
	  .other_size = "small" },
	{ .name = "libvirt-qemu-copy",
	  .kind = "libvirt",
	  .endpoint = qemu_uri,
	  .options = "{\"disk_mode\": \"copy\", \"machine_type\": \"q35\", \"domain_type\": \"qemu\"}",
	  .size = "tiny",
	  .other_size = "small",
	  .has_guest = true,
	  .boot_s = 90,
	  .start = qemu_start,
	  .stop = qemu_stop,
	  .plant = qemu_plant,
	  .unplant = qemu_unplant },
	{ .name = "libvirt-qemu",
	  .kind = "libvirt",
	  .endpoint = qemu_uri,
	  .options = "{}",
	  .size = "tiny",
	  .other_size = "small",
	  .has_guest = true,
	  .boot_s = 90,
	  .start = qemu_start,
	  .stop = qemu_stop,
	  .plant = qemu_plant,
	  .unplant = qemu_unplant },
};
const size_t peer_count = sizeof peers / sizeof peers[0];
