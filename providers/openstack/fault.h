/* SPDX-License-Identifier: Apache-2.0 */
/* fault.h: what OpenStack says when it refuses, and what that means to us. */
#ifndef GAON_PROVIDERS_OPENSTACK_FAULT_H
#define GAON_PROVIDERS_OPENSTACK_FAULT_H

#include "providers/kit/cloud.h"

struct openstack_fault {
	const char *type; /* Neutron's name of it; NULL: it has none */
	const char *text; /* NULL: it says nothing that people could read */
};

/**
 * The message of an error body: Nova's and Cinder's {"conflictingRequest": {"message"}}, Neutron's {"NeutronError":
 * {"type", "message"}}, Keystone's {"error": {"message"}}, Placement's {"errors": [{"detail"}]}, Glance's HTML, a
 * gateway's text.
 */
struct openstack_fault openstack_fault_read(struct arena *arena, struct slice body);
/** By its words first: a 403 may be a quota, a 400 a state, a 413 either. */
enum provider_error openstack_fault_class(int status, const struct openstack_fault *fault, bool is_read);
/** Of the fault that a machine in the state ERROR bears. */
enum provider_error openstack_fault_words(const char *text, enum provider_error otherwise);

/** For cloud_settings: what a 413 or a 5xx says for itself. */
enum provider_error openstack_classify(const struct http_response *response, bool is_read);

#endif
