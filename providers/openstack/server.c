/* SPDX-License-Identifier: Apache-2.0 */
/* server.c: a server of Nova as a machine of ours. Sources: the Compute API reference; nova/api/openstack/common.py for
 * states. */
#include "providers/openstack/server.h"

#include <string.h>

#include "providers/openstack/fault.h"
#include "providers/openstack/marks.h"
#include "runtime/base/text.h"
#include "runtime/base/time.h"

enum { ADDRESSES_MOST = 64, FAULT_MOST = 300 };

#define COUNT_OF(table) (sizeof(table) / sizeof((table)[0]))

static const struct {
	const char *status;
	enum provider_machine_state state;
} STATES[] = {
	{ "ACTIVE", PROVIDER_MACHINE_RUNNING },
	{ "PASSWORD", PROVIDER_MACHINE_RUNNING },
	{ "RESCUE", PROVIDER_MACHINE_RUNNING },
	{ "SHUTOFF", PROVIDER_MACHINE_STOPPED },
	{ "SHELVED", PROVIDER_MACHINE_STOPPED },
	{ "SHELVED_OFFLOADED", PROVIDER_MACHINE_STOPPED },
	{ "SUSPENDED", PROVIDER_MACHINE_SUSPENDED },
	{ "PAUSED", PROVIDER_MACHINE_SUSPENDED },
	{ "BUILD", PROVIDER_MACHINE_BUILDING },
	{ "ERROR", PROVIDER_MACHINE_FAILED },
	{ "DELETED", PROVIDER_MACHINE_GONE },
	{ "SOFT_DELETED", PROVIDER_MACHINE_GONE },
	{ "HARD_REBOOT", PROVIDER_MACHINE_TRANSITION },
	{ "REBOOT", PROVIDER_MACHINE_TRANSITION },
	{ "REBUILD", PROVIDER_MACHINE_TRANSITION },
	{ "RESIZE", PROVIDER_MACHINE_TRANSITION },
	{ "REVERT_RESIZE", PROVIDER_MACHINE_TRANSITION },
	{ "VERIFY_RESIZE", PROVIDER_MACHINE_TRANSITION },
	{ "MIGRATING", PROVIDER_MACHINE_TRANSITION },
};

/* Tasks beside which a machine goes on as it is. */
static bool is_quiet(const char *task_state)
{
	return !task_state || text_starts_with(task_state, "image_") || text_equal(task_state, "updating_password");
}

static enum provider_machine_state state_of(const char *status, const char *task_state)
{
	for (size_t i = 0; i < COUNT_OF(STATES); i++) {
		if (!text_equal(STATES[i].status, status))
			continue;
		bool is_steady = STATES[i].state == PROVIDER_MACHINE_RUNNING ||
				 STATES[i].state == PROVIDER_MACHINE_STOPPED ||
				 STATES[i].state == PROVIDER_MACHINE_SUSPENDED;
		return is_steady && !is_quiet(task_state) ? PROVIDER_MACHINE_TRANSITION : STATES[i].state;
	}
	return PROVIDER_MACHINE_UNKNOWN;
}

static const char *text_of(struct arena *arena, const struct json *object, const char *key)
{
	const char *text = json_text(json_get(object, key), NULL);
	return text_is_empty(text) ? NULL : arena_strdup(arena, text);
}

static void addresses_read(struct arena *arena, const struct json *networks, struct provider_machine *machine)
{
	const char *name;
	const struct json *addresses;
	machine->addresses = ARENA_ARRAY(arena, ADDRESSES_MOST, const char *);
	for (size_t i = 0; json_member(networks, i, &name, &addresses); i++)
		for (size_t k = 0; k < json_size(addresses) && machine->address_count < ADDRESSES_MOST; k++) {
			const char *address = text_of(arena, json_at(addresses, k), "addr");
			if (address)
				machine->addresses[machine->address_count++] = address;
		}
}

static void size_read(struct arena *arena, const struct json *flavor, struct openstack_server *server)
{
	struct provider_machine *machine = &server->machine;
	int64_t vcpus = json_int(json_get(flavor, "vcpus"), 0);
	server->flavor_id = text_of(arena, flavor, "id");
	server->flavor_name = text_of(arena, flavor, "original_name");
	machine->size = server->flavor_id;
	machine->vcpus = vcpus > 0 && vcpus <= INT32_MAX ? (int32_t)vcpus : 0;
	machine->memory_mib = json_int(json_get(flavor, "ram"), 0);
	machine->disk_gib = json_int(json_get(flavor, "disk"), 0);
}

/* The image that it was made from: the disk may be a snapshot's since, and of a volume Nova does not know it. */
static void image_read(struct arena *arena, const struct json *json, struct openstack_server *server)
{
	const char *made_from = text_of(arena, server->metadata, MARK_IMAGE);
	const char *reverted = json_text(json_get(server->metadata, MARK_REVERTED), NULL);
	server->image = text_of(arena, json_get(json, "image"), "id");
	server->is_volume_backed = json_get(json, "image") && !server->image;
	bool is_ours =
		server->is_volume_backed || (reverted && server->image && text_starts_with(reverted, server->image));
	server->machine.image = is_ours && made_from ? made_from : server->image;
}

static const char *native_state_of(struct arena *arena, const struct openstack_server *server)
{
	if (server->fault)
		return arena_printf(arena, "%s: %.*s", server->status, FAULT_MOST, server->fault);
	return server->task_state ? arena_printf(arena, "%s (%s)", server->status, server->task_state) : server->status;
}

bool openstack_server_read(struct arena *arena, const struct json *json, struct openstack_server *server)
{
	const struct json *metadata = json_get(json, "metadata");
	const char *id = text_of(arena, json, "id");
	int64_t disk_gib = 0;
	if (!id)
		return false;
	*server = (struct openstack_server){ .machine = { .native_id = id } };
	struct provider_machine *machine = &server->machine;
	machine->name = text_of(arena, json, "name");
	if (!machine->name)
		machine->name = id; /* of a cell that is down Nova says only the id */
	server->status = text_of(arena, json, "status");
	server->status = server->status ? server->status : "UNKNOWN";
	server->task_state = text_of(arena, json, "OS-EXT-STS:task_state");
	if (text_equal(server->status, "ERROR"))
		server->fault = text_of(arena, json_get(json, "fault"), "message");
	server->updated = text_of(arena, json, "updated");
	server->metadata = metadata;
	size_read(arena, json_get(json, "flavor"), server);
	image_read(arena, json, server);
	if (server->is_volume_backed && text_to_int64(json_text(json_get(metadata, MARK_DISK), "0"), &disk_gib) &&
	    disk_gib > 0)
		machine->disk_gib = disk_gib;
	addresses_read(arena, json_get(json, "addresses"), machine);
	machine->state = state_of(server->status, server->task_state);
	machine->native_state = native_state_of(arena, server);
	machine->zone = text_of(arena, json, "OS-EXT-AZ:availability_zone");
	machine->tags = openstack_tags_read(arena, metadata);
	machine->marks = openstack_marks_read(metadata);
	(void)time_parse(json_text(json_get(json, "created"), ""), &machine->created_us);
	return true;
}

struct provider_result openstack_server_tell(struct provider_session *session, struct provider_call *call,
					     const struct json *json, struct openstack_server *server)
{
	struct provider_size size = { .native_id = NULL };
	if (!openstack_server_read(call->arena, json, server))
		return openstack_not_found(call, "machine", NULL);
	if (!server->flavor_id && !server->flavor_name)
		return PROVIDER_DONE;
	struct provider_result result = openstack_size(session, call, server->flavor_id, server->flavor_name, &size);
	if (result.error != PROVIDER_OK || !size.native_id)
		return result;
	struct provider_machine *machine = &server->machine;
	machine->size = size.native_id;
	if (machine->vcpus == 0) { /* before 2.47 only its id is said */
		machine->vcpus = size.vcpus;
		machine->memory_mib = size.memory_mib;
		machine->disk_gib = machine->disk_gib > 0 ? machine->disk_gib : size.disk_gib;
	}
	return result;
}

struct provider_result openstack_server_look(struct provider_session *session, struct provider_call *call,
					     const char *native_id, struct openstack_server *server)
{
	struct openstack_reply reply;
	if (!openstack_is_id(native_id))
		return openstack_not_found(call, "machine", native_id);
	struct provider_result result =
		openstack_ask(session, call,
			      &(struct openstack_request){ .service = OPENSTACK_COMPUTE,
							   .method = "GET",
							   .path = arena_printf(call->arena, "/servers/%s", native_id),
							   .what = "reading the machine",
							   .is_read = true,
							   .member = "server" },
			      &reply);
	if (result.error != PROVIDER_OK)
		return result;
	result = openstack_server_tell(session, call, json_get(reply.json, "server"), server);
	if (result.error == PROVIDER_NOT_FOUND || !text_equal(server->machine.native_id, native_id))
		return openstack_senseless(call, "reading the machine");
	return result;
}

struct provider_result openstack_server_get(struct provider_session *session, struct provider_call *call,
					    const char *native_id, struct openstack_server *server)
{
	struct provider_result result = openstack_server_look(session, call, native_id, server);
	/* Nova shows one that was just deleted, or that it keeps for a while, to who knows its id. */
	if (result.error == PROVIDER_OK && server->machine.state == PROVIDER_MACHINE_GONE)
		return openstack_not_found(call, "machine", native_id);
	return result;
}

struct provider_result openstack_server_action(struct provider_session *session, struct provider_call *call,
					       const char *native_id, const char *action, const struct json *argument,
					       const char *what, struct openstack_reply *reply)
{
	struct openstack_reply ignored;
	struct json *body = json_object(call->arena);
	if (!openstack_is_id(native_id))
		return openstack_not_found(call, "machine", native_id);
	json_set(body, action, argument ? argument : json_new_null(call->arena));
	return openstack_ask(
		session, call,
		&(struct openstack_request){ .service = OPENSTACK_COMPUTE,
					     .method = "POST",
					     .path = arena_printf(call->arena, "/servers/%s/action", native_id),
					     .body = body,
					     .what = what },
		reply ? reply : &ignored);
}

struct provider_result openstack_server_failed(struct provider_call *call, const struct openstack_server *server,
					       const char *what)
{
	return provider_fail(call->arena, openstack_fault_words(server->fault, PROVIDER_CONFLICT),
			     "%s failed at OpenStack: %.*s", what, FAULT_MOST,
			     server->fault ? server->fault
					   : arena_printf(call->arena, "the machine is %s", server->status));
}
