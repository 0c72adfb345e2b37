/* SPDX-License-Identifier: Apache-2.0 */
/* changes.c: what happened since a cursor: the vCenter's events say to which machines, and those are read as they are now. */
#include <stdlib.h>
#include <string.h>

#include "providers/vsphere/vsphere.h"
#include "runtime/base/text.h"
#include "runtime/base/time.h"

/*
 * A cursor is "<time>:<key>:<seen>": when the newest event that was told of happened (by the server's clock), its key, and when
 * we learnt of it (by ours). Events are written a little after the change or before it, and not in the order of their times. So
 * older ones are looked through again, and machines of the last events are told again for a while: twice rather than never.
 */

enum { PAGE = 500, EVENTS_MOST = 10000, MACHINES_MOST = 100 };
#define LATE_US (60 * TIME_US_PER_SECOND)  /* an event may come this late */
#define AGAIN_US (10 * TIME_US_PER_SECOND) /* the last ones, this long */
#define AGE_MOST_US (7 * TIME_US_PER_DAY)  /* less than any vCenter keeps its events */

struct cursor {
	int64_t time_us, key, seen_us;
};

struct event {
	int64_t key, time_us;
	const char *vm;
};

static bool cursor_read(struct arena *arena, const char *text, struct cursor *cursor)
{
	char **parts;

	if (strlen(text) > 80 || text_split(arena, text, ':', &parts) != 3)
		return false;
	return text_to_int64(parts[0], &cursor->time_us) && text_to_int64(parts[1], &cursor->key) &&
	       text_to_int64(parts[2], &cursor->seen_us) && cursor->time_us >= LATE_US && cursor->key >= 0 &&
	       cursor->time_us < INT64_MAX / 2;
}

static const char *cursor_print(struct arena *arena, const struct cursor *cursor)
{
	return arena_printf(arena, "%lld:%lld:%lld", (long long)cursor->time_us, (long long)cursor->key, (long long)cursor->seen_us);
}

static struct provider_result server_time(struct provider_session *session, struct provider_call *call, int64_t *now_us)
{
	const struct vsphere_ref instance = { "ServiceInstance", "ServiceInstance" };
	const struct xml *response;

	struct provider_result result =
		vsphere_send(session, call, vsphere_method(call->arena, "CurrentTime", instance), true, &response, NULL);
	if (result.error == PROVIDER_OK)
		*now_us = vsphere_time(xml_child(response, "returnval"), 0);
	if (result.error == PROVIDER_OK && *now_us <= LATE_US)
		return provider_fail(call->arena, PROVIDER_UNAVAILABLE, "vSphere does not tell its time; try again");
	return result;
}

/* ---- events ---- */

static struct provider_result collector_new(struct provider_session *session, struct provider_call *call,
					    const struct vsphere_service *service, int64_t from_us, struct vsphere_ref *collector)
{
	const struct vsphere_place *place;
	const struct xml *response;

	struct provider_result result = vsphere_place(session, call, &place);
	if (result.error != PROVIDER_OK)
		return result;
	struct xml *method = vsphere_method(call->arena, "CreateCollectorForEvents", service->event_manager);
	struct xml *filter = xml_add(method, "filter");
	struct xml *entity = xml_add(filter, "entity");
	vsphere_add_ref(entity, "entity", place->datacenter->ref);
	xml_add_text(entity, "recursion", "all");
	xml_add_text(xml_add(filter, "time"), "beginTime", time_format(call->arena, from_us));
	vsphere_add_bool(filter, "disableFullMessage", true);
	/* It ends with the login at the latest. */
	result = vsphere_send(session, call, method, true, &response, NULL);
	if (result.error == PROVIDER_OK)
		*collector = vsphere_ref_read(xml_child(response, "returnval"));
	if (result.error == PROVIDER_OK && !collector->id)
		return provider_fail(call->arena, PROVIDER_UNAVAILABLE, "vSphere gave no collector of events; try again");
	return result;
}

/* One page, added to the events; `*is_end` when there was none. Reading moves the collector, so it is not repeated. */
static struct provider_result page_read(struct provider_session *session, struct provider_call *call, struct vsphere_ref collector,
					struct event *events, size_t *count, bool *is_end)
{
	struct xml *method = vsphere_method(call->arena, "ReadNextEvents", collector);
	const struct xml *response;

	xml_add_int(method, "maxCount", PAGE);
	struct provider_result result = vsphere_send(session, call, method, false, &response, NULL);
	if (result.error == PROVIDER_UNKNOWN_OUTCOME)
		result.error = PROVIDER_UNAVAILABLE; /* nothing was changed */
	if (result.error != PROVIDER_OK)
		return result;
	*is_end = true;
	for (const struct xml *each = xml_child(response, "returnval"); each && *count < EVENTS_MOST;
	     each = xml_next_child(each, "returnval")) {
		struct vsphere_ref vm = vsphere_ref_read(xml_path(each, "vm", "vm", NULL));
		*is_end = false;
		events[(*count)++] = (struct event){ .key = xml_int(xml_child(each, "key"), 0),
						     .time_us = vsphere_time(xml_child(each, "createdTime"), 0),
						     .vm = vsphere_is_id(vm.id) ? vm.id : NULL };
	}
	return result;
}

static int by_key(const void *a, const void *b)
{
	const struct event *first = a, *second = b;

	return first->key < second->key ? -1 : first->key > second->key;
}

static struct provider_result events_read(struct provider_session *session, struct provider_call *call,
					  const struct vsphere_service *service, int64_t from_us, struct event **events,
					  size_t *count)
{
	struct vsphere_ref collector;
	const struct xml *response;
	bool is_end = false;

	*events = ARENA_ARRAY(call->arena, EVENTS_MOST, struct event);
	*count = 0;
	struct provider_result result = collector_new(session, call, service, from_us, &collector);
	if (result.error != PROVIDER_OK)
		return result;
	while (result.error == PROVIDER_OK && !is_end && *count < EVENTS_MOST)
		result = page_read(session, call, collector, *events, count, &is_end);
	(void)vsphere_send(session, call, vsphere_method(call->arena, "DestroyCollector", collector), true, &response, NULL);
	qsort(*events, *count, sizeof **events, by_key);
	return result;
}

/* ---- machines ---- */

static bool is_told(const struct provider_changes *changes, const char *vm)
{
	for (size_t i = 0; i < changes->count; i++)
		if (text_equal(changes->machines[i].native_id, vm))
			return true;
	return false;
}

static struct provider_result machine_tell(struct provider_session *session, struct provider_call *call, const char *id,
					   struct provider_changes *changes)
{
	struct provider_machine *machine = &changes->machines[changes->count];
	struct vsphere_vm vm;

	struct provider_result result = vsphere_vm_get(session, call, id, VSPHERE_MACHINE, &vm);
	if (result.error == PROVIDER_NOT_FOUND)
		*machine = (struct provider_machine){ .native_id = id, .state = PROVIDER_MACHINE_GONE, .native_state = "gone" };
	else if (result.error == PROVIDER_OK)
		*machine = vm.machine;
	else
		return result;
	changes->count++;
	return PROVIDER_DONE;
}

static struct provider_result tell(struct provider_session *session, struct provider_call *call, const struct event *events,
				   size_t count, struct cursor *cursor, struct provider_changes *changes)
{
	const struct cursor since = *cursor;
	bool is_fresh = time_now_us() - since.seen_us < AGAIN_US;
	struct provider_result result = PROVIDER_DONE;

	changes->machines = ARENA_ARRAY(call->arena, MACHINES_MOST, struct provider_machine);
	for (size_t i = 0; i < count && result.error == PROVIDER_OK; i++) {
		bool is_new = events[i].key > since.key;
		bool is_again = is_fresh && events[i].time_us >= since.time_us - AGAIN_US;
		if (is_new && changes->count == MACHINES_MOST) {
			changes->has_more = true;
			break;
		}
		if (events[i].vm && (is_new || is_again) && !is_told(changes, events[i].vm) && changes->count < MACHINES_MOST)
			result = machine_tell(session, call, events[i].vm, changes);
		if (!is_new)
			continue;
		cursor->key = events[i].key;
		cursor->time_us = events[i].time_us > cursor->time_us ? events[i].time_us : cursor->time_us;
		cursor->seen_us = time_now_us();
	}
	return result;
}

struct provider_result vsphere_changes(struct provider_session *session, struct provider_call *call,
				       struct provider_changes *changes)
{
	struct cursor cursor = { 0, 0, 0 };
	const struct vsphere_service *service;
	const char *given = changes->cursor;
	struct event *events;
	size_t count;

	*changes = (struct provider_changes){ .cursor = NULL };
	if (given && !cursor_read(call->arena, given, &cursor))
		return provider_fail(call->arena, PROVIDER_INVALID, "the cursor is not one of these changes; list all and begin anew");
	struct provider_result result = vsphere_enter(session, call, &service);
	if (result.error == PROVIDER_OK && (!service->is_vcenter || !service->event_manager.id))
		return provider_fail(call->arena, PROVIDER_UNSUPPORTED, "a standalone host keeps too few events; list its machines");
	if (result.error != PROVIDER_OK)
		return result;
	if (!given) {
		result = server_time(session, call, &cursor.time_us);
		if (result.error == PROVIDER_OK)
			changes->cursor = cursor_print(call->arena, &cursor);
		return result;
	}
	if (time_now_us() - cursor.time_us > AGE_MOST_US)
		return result; /* too old: list all */
	result = events_read(session, call, service, cursor.time_us - LATE_US, &events, &count);
	if (result.error != PROVIDER_OK || count == EVENTS_MOST || (count > 0 && events[count - 1].key < cursor.key))
		return result; /* more than can be followed; or the vCenter was set back to an older time */
	result = tell(session, call, events, count, &cursor, changes);
	if (result.error != PROVIDER_OK)
		return result;
	changes->cursor = cursor_print(call->arena, &cursor);
	return result;
}
