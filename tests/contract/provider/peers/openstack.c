/* SPDX-License-Identifier: Apache-2.0 */
/* openstack.c: a real OpenStack of our own on loopback; below Nova and Cinder are their own fakes
 * (tools/peers/openstack). */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/contract/provider/contract.h"

enum { TEXT_SIZE = 512, ID_SIZE = 64 };

static char folder[TEXT_SIZE];
static char endpoint[TEXT_SIZE], options[TEXT_SIZE], volume_options[TEXT_SIZE], credentials[TEXT_SIZE],
	application[TEXT_SIZE];
static char network[ID_SIZE], external[ID_SIZE];

/* "name=value" of what the peer said when it started. */
static bool peer_value(const char *name, char *value, size_t size)
{
	char path[TEXT_SIZE + 8], line[TEXT_SIZE];
	size_t name_size = strlen(name);
	bool is_found = false;
	snprintf(path, sizeof path, "%s/peer", folder);
	FILE *file = fopen(path, "r");
	while (file && !is_found && fgets(line, sizeof line, file)) {
		line[strcspn(line, "\n")] = '\0';
		is_found = strncmp(line, name, name_size) == 0 && line[name_size] == '=' &&
			   (size_t)snprintf(value, size, "%s", line + name_size + 1) < size;
	}
	if (file)
		fclose(file);
	return is_found;
}

static bool peer_read(void)
{
	char project[ID_SIZE], password[ID_SIZE], id[ID_SIZE], secret[TEXT_SIZE / 2];
	if (!peer_value("auth_url", endpoint, sizeof endpoint) || !peer_value("project", project, sizeof project) ||
	    !peer_value("password", password, sizeof password) || !peer_value("network", network, sizeof network) ||
	    !peer_value("application_credential_id", id, sizeof id) ||
	    !peer_value("application_credential_secret", secret, sizeof secret) ||
	    !peer_value("external_network", external, sizeof external))
		return false;
	snprintf(options, sizeof options, "{\"project_id\": \"%s\"}", project);
	snprintf(credentials, sizeof credentials, "{\"username\": \"gaon\", \"password\": \"%s\"}", password);
	snprintf(volume_options, sizeof volume_options,
		 "{\"boot\": \"volume\", \"interface\": \"internal\", \"network\": \"%s\"}", network);
	snprintf(application, sizeof application,
		 "{\"application_credential_id\": \"%s\", \"application_credential_secret\": \"%s\"}", id, secret);
	return true;
}

/* Both rows run on one OpenStack, as it takes two minutes to start: ctest starts it before them and stops it after
 * them. */
static int start(const struct peer *peer)
{
	const char *running = getenv("GAON_OPENSTACK");
	snprintf(folder, sizeof folder, "%s", running ? running : "");
	if (peer_read())
		return 0;
	printf("SKIP: %s: no OpenStack runs; start one (tools/peers/openstack/peer start FOLDER, which needs root and "
	       "the packages of the "
	       "group openstack) and give its folder as GAON_OPENSTACK\n",
	       peer->name);
	return 77;
}

static bool by_hand(const char *what, const char *word, char *answer, size_t size)
{
	char command[4 * TEXT_SIZE];
	snprintf(command, sizeof command, "/usr/bin/python3 '%s/tools/peers/openstack/hand.py' '%s' %s %s",
		 SOURCE_FOLDER, folder, what, word ? word : "");
	FILE *output = popen(command, "r");
	bool is_read = output && fgets(answer, (int)size, output) != NULL;
	return output && pclose(output) == 0 && is_read;
}

static bool plant(const struct peer *peer)
{
	char answer[ID_SIZE];
	(void)peer;
	return by_hand("plant", "of-somebody-else", answer, sizeof answer);
}

static void unplant(const struct peer *peer)
{
	char answer[ID_SIZE];
	(void)peer;
	(void)by_hand("unplant", "of-somebody-else", answer, sizeof answer);
}

static int64_t disks_of(const struct peer *peer, const char *native_id)
{
	char answer[ID_SIZE] = "";
	(void)peer;
	return by_hand("disks", native_id, answer, sizeof answer) ? strtoll(answer, NULL, 10) : -1;
}

const struct peer peers[] = {
	{ .name = "openstack",
	  .kind = "openstack",
	  .endpoint = endpoint,
	  .options = options,
	  .region = "RegionOne",
	  .credentials = credentials,
	  .size = "gaon.small-id",
	  .other_size = "gaon.medium-id",
	  .network = network,
	  .wait_s = 120,
	  .network_prefix = "10.78",
	  .address_network = external,
	  .disks_of = disks_of,
	  .start = start,
	  .plant = plant,
	  .unplant = unplant },
	/* The same with an application credential, by internal addresses; machines boot from volumes, addresses from
	   where they are. */
	{ .name = "openstack-volume",
	  .kind = "openstack",
	  .endpoint = endpoint,
	  .options = volume_options,
	  .region = "RegionOne",
	  .credentials = application,
	  .size = "gaon.small-id",
	  .other_size = "gaon.medium-id",
	  .wait_s = 120,
	  .network_prefix = "10.79",
	  .start = start,
	  .plant = plant,
	  .unplant = unplant },
};
const size_t peer_count = sizeof peers / sizeof peers[0];
