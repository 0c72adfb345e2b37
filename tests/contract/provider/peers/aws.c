/* SPDX-License-Identifier: Apache-2.0 */
/* aws.c: moto, with users, rights and signatures: the adapter has just the rights that its documentation asks for. */
#include <stdio.h>
#include <stdlib.h>

#include "tests/contract/provider/contract.h"
#include "tests/support/moto.h"

static char endpoint[MOTO_TEXT_SIZE], vpc[MOTO_TEXT_SIZE], credentials[MOTO_TEXT_SIZE], role_credentials[2 * MOTO_TEXT_SIZE];

static bool values_read(void)
{
	char id[MOTO_TEXT_SIZE], secret[MOTO_TEXT_SIZE], role[MOTO_TEXT_SIZE], external[MOTO_TEXT_SIZE];
	if (!moto_value("endpoint", endpoint) || !moto_value("vpc", vpc) || !moto_value("access_key_id", id) ||
	    !moto_value("secret_access_key", secret))
		return false;
	snprintf(credentials, sizeof credentials, "{\"access_key_id\": \"%.128s\", \"secret_access_key\": \"%.128s\"}", id, secret);
	if (!moto_value("role_access_key_id", id) || !moto_value("role_secret_access_key", secret) || !moto_value("role_arn", role) ||
	    !moto_value("external_id", external))
		return false;
	snprintf(role_credentials, sizeof role_credentials,
		 "{\"access_key_id\": \"%.128s\", \"secret_access_key\": \"%.128s\", \"role_arn\": \"%.128s\","
		 " \"external_id\": \"%.128s\"}",
		 id, secret, role, external);
	return true;
}

static int start(const struct peer *peer)
{
	int code = moto_start(peer->name);
	if (code != 0)
		return code;
	if (values_read() && moto_do("bill", NULL))
		return 0;
	moto_stop();
	return 1;
}

static void stop(const struct peer *peer)
{
	(void)peer;
	moto_stop();
}

static bool plant(const struct peer *peer)
{
	(void)peer;
	return moto_do("plant", NULL);
}

static bool feed_metrics(const struct peer *peer, const char *native_id)
{
	char words[MOTO_TEXT_SIZE];
	(void)peer;
	snprintf(words, sizeof words, "metrics '%.64s'", native_id);
	return moto_do(words, NULL);
}

static int64_t disks_of(const struct peer *peer, const char *native_id)
{
	char words[MOTO_TEXT_SIZE], output[MOTO_TEXT_SIZE];
	(void)peer;
	snprintf(words, sizeof words, "disks '%.64s'", native_id ? native_id : "");
	return moto_do(words, output) ? atoll(output) : -1;
}

static const struct peer_excuse NOT_ON_MOTO[] = {
	{ VERB_CONSOLE, "moto has no GetConsoleOutput" },
	{ VERB_PRICES, "moto has no price list; the unit tests read one as AWS documents it" },
	{ VERB_COUNT, NULL },
};

/* clang-format off */
#define MOTO(name_, credentials_)                                                                                     \
	.name = name_, .kind = "aws", .endpoint = endpoint, .region = "eu-west-1", .credentials = credentials_,       \
	.options = "{\"image_names\": [\"amzn2-ami-hvm-2.0*\", \"*Windows_Server-2016*\"],"                           \
		   " \"instance_types\": [\"t2.*\", \"t3.*\"]}",                                                      \
	.size = "t3.micro", .other_size = "t3.small", .network_parent = vpc, .not_on_this_peer = NOT_ON_MOTO,         \
	.feed_metrics = feed_metrics, .disks_of = disks_of, .start = start, .stop = stop, .plant = plant
/* clang-format on */

const struct peer peers[] = {
	{ MOTO("aws-moto", credentials) },
	{ MOTO("aws-moto-role", role_credentials) },
};
const size_t peer_count = sizeof peers / sizeof peers[0];
