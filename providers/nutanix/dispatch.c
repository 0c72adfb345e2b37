/* SPDX-License-Identifier: Apache-2.0 */
/* dispatch.c: which of its two APIs a Prism Central is spoken to with: as the option says, or v4 when it answers, else v3. */
#include "providers/nutanix/common.h"
#include "providers/nutanix/nutanix.h"
#include "runtime/base/text.h"

/* 200 and even 403 mean that there is a v4; 404 and the gateway's other refusals that there is none. */
static struct provider_result v4_ask(struct provider_session *session, struct provider_call *call, bool *is_there)
{
	struct nutanix_answer answer;
	struct nutanix_request request = {
		.method = "GET",
		.path = arena_printf(call->arena, "/api/vmm/v4.%d/ahv/config/vms?$limit=1", session->options.minor),
		.what = "asking for its API v4",
		.is_read = true,
	};
	struct provider_result result = nutanix_send(session, call, &request, &answer);

	*is_there = result.error == PROVIDER_OK || result.error == PROVIDER_FORBIDDEN;
	switch (result.error) {
	case PROVIDER_OK:
	case PROVIDER_FORBIDDEN:
	case PROVIDER_NOT_FOUND:
	case PROVIDER_UNSUPPORTED:
	case PROVIDER_INVALID:
		return PROVIDER_DONE;
	default:
		return result;
	}
}

struct provider_result nutanix_api_choose(struct provider_session *session, struct provider_call *call, enum nutanix_api *api)
{
	bool is_v4 = false;

	pthread_mutex_lock(&session->mutex);
	*api = session->api;
	pthread_mutex_unlock(&session->mutex);
	if (*api != NUTANIX_API_UNKNOWN)
		return PROVIDER_DONE;
	/* Two callers may both ask: they get the same answer. */
	struct provider_result result = v4_ask(session, call, &is_v4);
	if (result.error != PROVIDER_OK)
		return result;
	*api = is_v4 ? NUTANIX_API_V4 : NUTANIX_API_V3;
	pthread_mutex_lock(&session->mutex);
	session->api = *api;
	pthread_mutex_unlock(&session->mutex);
	return PROVIDER_DONE;
}

struct provider_result nutanix_probe(struct provider_session *session, struct provider_call *call, struct provider_info *info)
{
	enum nutanix_api api = NUTANIX_API_UNKNOWN;
	struct provider_result result = nutanix_api_choose(session, call, &api);

	if (result.error != PROVIDER_OK)
		return result;
	const struct provider_ops *ops = api == NUTANIX_API_V3 ? &nutanix_v3_ops : &nutanix_v4_ops;
	*info = (struct provider_info){ .product = "Nutanix Prism Central" };
	for (int verb = 0; verb < VERB_COUNT; verb++)
		info->support[verb] = provider_nutanix.traits[verb].support;
	return ops->probe(session, call, info);
}
