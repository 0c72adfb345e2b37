/* SPDX-License-Identifier: Apache-2.0 */
/* old_cloud.h: a small stateful OpenStack of old on loopback: Keystone v2.0 by its reference (no real one is left that
 * speaks it), and so much of Nova v2, without microversions and server tags, as signing in and making a machine need.
 */
#ifndef GAON_TESTS_UNIT_OPENSTACK_OLD_CLOUD_H
#define GAON_TESTS_UNIT_OPENSTACK_OLD_CLOUD_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "tests/support/http_server.h"

enum { OLD_SERVERS_MOST = 16, OLD_TEXT = 4096 };

struct old_cloud {
	pthread_mutex_t mutex; /* guards what follows: each connection has a thread */
	struct http_server *server;
	unsigned tokens;  /* given out so far; only the last one is good */
	unsigned refused; /* requests with another one */
	unsigned sign_ins, wrong_sign_ins;
	int64_t token_s;                          /* how long a token is good */
	bool loses_create;                        /* the machine is made, and the answer never comes */
	bool has_fault;                           /* new machines end in ERROR */
	bool is_hollow; /* it answers every question with {} */
	char servers[OLD_SERVERS_MOST][OLD_TEXT]; /* as they were asked for */
	unsigned server_count;
	char version_header[64]; /* of the last request, "" without */
};

void old_cloud_start(struct old_cloud *cloud);
void old_cloud_stop(struct old_cloud *cloud);
/** From now on no token is good that was given out before. */
void old_cloud_revoke(struct old_cloud *cloud);

#endif
