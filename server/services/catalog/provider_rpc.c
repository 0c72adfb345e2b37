/* SPDX-License-Identifier: Apache-2.0 */
/* provider_rpc.c: the kinds of cloud that this build knows. */
#include "gaon/catalog/v1/catalog.handlers.h"
#include "runtime/base/resource.h"
#include "runtime/base/text.h"
#include "server/services/catalog/connection.h"
#include "server/services/catalog/connection_wire.h"

static void options_to_wire(struct arena *arena, const struct provider *provider, Gaon__Provider *message)
{
	message->n_options = provider->option_count;
	message->options = ARENA_ARRAY(arena, provider->option_count, Gaon__ProviderOption *);
	for (size_t i = 0; i < provider->option_count; i++) {
		const struct provider_option *option = &provider->options[i];
		Gaon__ProviderOption *to = ARENA_NEW(arena, Gaon__ProviderOption);

		gaon__provider_option__init(to);
		to->option = option->name;
		to->default_value = text_or_empty(option->otherwise);
		to->help = text_or_empty(option->help);
		to->required = option->is_required;
		to->secret = option->is_secret;
		message->options[i] = to;
	}
}

static Gaon__Provider *provider_to_wire(struct arena *arena, const struct provider *provider)
{
	Gaon__Provider *message = ARENA_NEW(arena, Gaon__Provider);

	gaon__provider__init(message);
	message->kind = provider->kind;
	message->title = provider->title;
	message->built_in = provider->ops != NULL;
	if (provider->ops)
		message->capabilities =
			capabilities_to_wire(arena, capabilities_of(arena, provider, NULL), &message->n_capabilities);
	options_to_wire(arena, provider, message);
	return message;
}

struct status catalog_list_providers(struct call *call, const Gaon__ListProvidersRequest *request,
				     Gaon__ListProvidersResponse *reply)
{
	struct page page;
	size_t first;

	TRY(page_read(call->arena, request->page_size, request->page_token, "providers", &page));
	reply->n_providers = page_of_table(&page, provider_count, &first);
	reply->providers = ARENA_ARRAY(call->arena, reply->n_providers, Gaon__Provider *);
	for (size_t i = 0; i < reply->n_providers; i++)
		reply->providers[i] = provider_to_wire(call->arena, providers[first + i]);
	reply->next_page_token = page_of_table_next(call->arena, &page, provider_count);
	return OK;
}
