/* SPDX-License-Identifier: Apache-2.0 */
/* observe.c: the console's text, an address of the screen, counters. */
#include <string.h>

#include "providers/openstack/machine.h"
#include "providers/openstack/version.h"
#include "runtime/base/text.h"

#define COUNT_OF(table) (sizeof(table) / sizeof((table)[0]))

enum { URL_MOST = 4096, KIB_PER_MIB = 1024 };

/* ---- the console ---- */

struct provider_result openstack_console(struct provider_session *session, struct provider_call *call,
					 const char *native_id, size_t most, struct slice *output)
{
	struct openstack_reply reply;
	struct json *body = json_object(call->arena);
	if (!openstack_is_id(native_id))
		return openstack_not_found(call, "machine", native_id);
	/* Lines are what Nova counts, so all of them (it keeps some 100 KiB), and of those the end. */
	json_set(body, "os-getConsoleOutput", json_object(call->arena));
	struct provider_result result =
		openstack_ask(session, call,
			      &(struct openstack_request){ .service = OPENSTACK_COMPUTE,
							   .method = "POST",
							   .path = arena_printf(call->arena, "/servers/%s/action", native_id),
							   .body = body,
							   .what = "reading the console",
							   .is_read = true,
							   .member = "output" },
			      &reply);
	if (result.error != PROVIDER_OK)
		return result;
	*output = slice_text(json_text(json_get(reply.json, "output"), ""));
	if (output->size > most)
		*output = slice_of(output->data + (output->size - most), most);
	return result;
}

/* Types of screens: since 2.6 with a protocol, before as an action of their own. */
static const struct {
	const char *type, *protocol, *action;
} SCREENS[] = {
	{ "novnc", "vnc", "os-getVNCConsole" },        { "spice-html5", "spice", "os-getSPICEConsole" },
	{ "serial", "serial", "os-getSerialConsole" }, { "rdp-html5", "rdp", "os-getRDPConsole" },
	{ "webmks", "mks", "os-getVNCConsole" },
};

static struct provider_result screen_ask(struct provider_session *session, struct provider_call *call,
					 const char *native_id, size_t screen, struct openstack_reply *reply)
{
	struct json *body = json_object(call->arena), *argument = json_object(call->arena);
	int minor;
	struct provider_result result = openstack_minor(session, call, OPENSTACK_COMPUTE, &minor);
	if (result.error != PROVIDER_OK)
		return result;
	json_set_text(argument, "type", SCREENS[screen].type);
	if (minor < NOVA_REMOTE_CONSOLES)
		return openstack_server_action(session, call, native_id, SCREENS[screen].action, argument,
					       "opening the screen", reply);
	json_set_text(argument, "protocol", SCREENS[screen].protocol);
	json_set(body, "remote_console", argument);
	return openstack_ask(session, call,
			     &(struct openstack_request){
				     .service = OPENSTACK_COMPUTE,
				     .method = "POST",
				     .path = arena_printf(call->arena, "/servers/%s/remote-consoles", native_id),
				     .body = body,
				     .what = "opening the screen" },
			     reply);
}

struct provider_result openstack_console_url(struct provider_session *session, struct provider_call *call,
					     const char *native_id, const char **url, int64_t *expires_us)
{
	struct openstack_reply reply;
	size_t screen = 0;
	while (screen + 1 < COUNT_OF(SCREENS) && !text_equal(SCREENS[screen].type, session->options.console_type))
		screen++;
	if (!openstack_is_id(native_id))
		return openstack_not_found(call, "machine", native_id);
	struct provider_result result = screen_ask(session, call, native_id, screen, &reply);
	if (result.error == PROVIDER_UNKNOWN_OUTCOME)
		result.error = PROVIDER_UNAVAILABLE; /* a ticket too many runs out by itself */
	if (result.error != PROVIDER_OK)
		return result;
	const struct json *answer = json_get(reply.json, "remote_console");
	const char *told = json_text(json_get(answer ? answer : json_get(reply.json, "console"), "url"), NULL);
	if (!told || strlen(told) > URL_MOST || !strstr(told, "://") || !text_is_printable(slice_text(told)))
		return provider_fail(call->arena, PROVIDER_UNAVAILABLE,
				     "OpenStack gave no address of the screen; try again");
	*url = told;
	*expires_us = 0;
	return result;
}

/* ---- counters ---- */

static void add(int64_t *sum, const struct json *number)
{
	int64_t more = json_int(number, 0);
	if (more > 0 && *sum <= INT64_MAX - more)
		*sum += more;
}

static void each_add(const struct json *rows, const char *key, int64_t *sum)
{
	for (size_t i = 0; i < json_size(rows); i++)
		add(sum, json_get(json_at(rows, i), key));
}

/* Before 2.48 each hypervisor has its own names; these are libvirt's, one member for each device. */
static void old_read(const struct json *diagnostics, struct provider_usage *usage)
{
	const struct {
		const char *ending;
		int64_t *sum;
	} ENDINGS[] = {
		{ "_time", &usage->cpu_ns },
		{ "_read", &usage->disk_read_bytes },
		{ "_write", &usage->disk_write_bytes },
		{ "_rx", &usage->network_receive_bytes },
		{ "_tx", &usage->network_send_bytes },
	};
	const char *key;
	const struct json *value;
	for (size_t i = 0; json_member(diagnostics, i, &key, &value); i++)
		for (size_t k = 0; k < COUNT_OF(ENDINGS); k++)
			if (text_ends_with(key, ENDINGS[k].ending))
				add(ENDINGS[k].sum, value);
	usage->memory_mib = json_int(json_get(diagnostics, "memory"), 0) / KIB_PER_MIB;
}

void openstack_diagnostics_read(const struct json *diagnostics, struct provider_usage *usage)
{
	const struct json *memory = json_get(diagnostics, "memory_details");
	*usage = (struct provider_usage){ .is_known = json_size(diagnostics) > 0 };
	if (!memory) {
		old_read(diagnostics, usage);
		return;
	}
	int64_t used_mib = json_int(json_get(memory, "used"), 0);
	usage->memory_mib = used_mib > 0 ? used_mib : json_int(json_get(memory, "maximum"), 0);
	each_add(json_get(diagnostics, "cpu_details"), "time", &usage->cpu_ns);
	each_add(json_get(diagnostics, "disk_details"), "read_bytes", &usage->disk_read_bytes);
	each_add(json_get(diagnostics, "disk_details"), "write_bytes", &usage->disk_write_bytes);
	each_add(json_get(diagnostics, "nic_details"), "rx_octets", &usage->network_receive_bytes);
	each_add(json_get(diagnostics, "nic_details"), "tx_octets", &usage->network_send_bytes);
}

struct provider_result openstack_usage(struct provider_session *session, struct provider_call *call,
				       const char *native_id, struct provider_usage *usage)
{
	struct openstack_reply reply;
	if (!openstack_is_id(native_id))
		return openstack_not_found(call, "machine", native_id);
	struct provider_result result = openstack_ask(
		session, call,
		&(struct openstack_request){ .service = OPENSTACK_COMPUTE,
					     .method = "GET",
					     .path = arena_printf(call->arena, "/servers/%s/diagnostics", native_id),
					     .what = "reading the counters",
					     .is_read = true },
		&reply);
	*usage = (struct provider_usage){ .is_known = false };
	/* Most clouds show them to administrators only; a hypervisor may have none; a stopped machine has none. */
	if (result.error == PROVIDER_FORBIDDEN || result.error == PROVIDER_CONFLICT ||
	    result.error == PROVIDER_UNSUPPORTED || result.error == PROVIDER_INVALID)
		return PROVIDER_DONE;
	if (result.error == PROVIDER_OK)
		openstack_diagnostics_read(reply.json, usage);
	return result;
}
