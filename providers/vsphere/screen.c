/* SPDX-License-Identifier: Apache-2.0 */
/* screen.c: a ticket for a machine's screen. */
#include <string.h>

#include "providers/vsphere/vsphere.h"
#include "runtime/base/text.h"

/* "host[:port]" of "https://host[:port]/sdk", without the port. */
static const char *host_of(struct arena *arena, const char *url)
{
	const char *start = strstr(url, "://") + 3;
	size_t size = *start == '[' ? strcspn(start, "]") + 1 : strcspn(start, ":/");

	return arena_strndup(arena, start, size);
}

struct provider_result vsphere_console_url(struct provider_session *session, struct provider_call *call, const char *native_id,
					   const char **url, int64_t *expires_us)
{
	const struct xml *response;
	struct vsphere_vm vm;

	*expires_us = 0;
	struct provider_result result = vsphere_vm_get(session, call, native_id, VSPHERE_MACHINE, &vm);
	if (result.error != PROVIDER_OK)
		return result;
	if (vm.machine.state != PROVIDER_MACHINE_RUNNING)
		return provider_fail(call->arena, PROVIDER_CONFLICT, "the machine is %s; start it to see its screen",
				     vm.machine.native_state);
	struct xml *method = vsphere_method(call->arena, "AcquireTicket", vm.ref);
	xml_add_text(method, "ticketType", "webmks");
	/* Nothing that has to be found again: a ticket that nobody uses runs out. */
	result = vsphere_send(session, call, method, true, &response, NULL);
	if (result.error != PROVIDER_OK)
		return result;
	const struct xml *ticket = xml_child(response, "returnval");
	const char *word = xml_text(xml_child(ticket, "ticket"), "");
	const char *host = xml_text(xml_child(ticket, "host"), "");
	*url = xml_text(xml_child(ticket, "url"), NULL);
	if (text_is_empty(*url) && word[0]) /* before 7.0 the parts only; a host names itself by leaving its name out */
		*url = arena_printf(call->arena, "wss://%s:%lld/ticket/%s", host[0] ? host : host_of(call->arena, session->url),
				    (long long)xml_int(xml_child(ticket, "port"), 443), word);
	if (!text_starts_with(text_or_empty(*url), "wss://"))
		return provider_fail(call->arena, PROVIDER_UNAVAILABLE, "vSphere gave no ticket for the screen; try again");
	return result;
}
