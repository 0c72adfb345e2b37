/* SPDX-License-Identifier: Apache-2.0 */
/* special_access.c: keys that are kept in contexts, bindings that are merged into a policy, the audit verdict. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/cli/file.h"
#include "client/cli/protojson_read.h"
#include "client/cli/request.h"
#include "client/cli/resource.h"
#include "client/cli/run.h"
#include "client/cli/show.h"
#include "client/cli/special.h"
#include "client/cli/value.h"
#include "gaon/catalog/v1/catalog.gaon.h"
#include "gaon/iam/v1/iam.gaon.h"

enum { POLICY_ATTEMPTS = 5 };

static const char *last_part(const char *name)
{
	const char *slash = strrchr(name, '/');

	return slash ? slash + 1 : name;
}

/** The present server with another key, under a name of its own. */
MUST_CHECK static struct status keep(struct session *session, const char *name, const char *token, bool is_current)
{
	struct context context = session->context;

	context.name = name;
	context.token = token;
	TRY(context_save(session->arena, &context, is_current));
	fprintf(stderr, "kept in the context \"%s\" (%s)%s\n", name, context_path(session->arena),
		is_current ? ", which is the current one now" : "");
	return OK;
}

struct status special_bootstrap(struct session *session, const struct command *command,
				const struct arguments *arguments)
{
	const char *save_as = arguments_flag(arguments, "save-as");
	const Gaon__BootstrapResponse *response;
	Gaon__BootstrapRequest *request = NULL;
	ProtobufCMessage *built;
	const ProtobufCMessage *reply;

	built = reflect_new(session->arena, command->method->request);
	TRY(request_fill(session, command, arguments, built));
	request = (Gaon__BootstrapRequest *)built;
	if (text_is_empty(request->token) && getenv("GAON_BOOTSTRAP_TOKEN"))
		request->token = getenv("GAON_BOOTSTRAP_TOKEN");
	if (text_equal(request->token, "-"))
		TRY(file_read_text(session->arena, "-", &request->token));
	TRY(request_finish(session, command, arguments, built));
	session->context.token = NULL; /* nobody is known yet, and a stale key must not be in the way */
	TRY(session_call(session, command->method, built, &reply));
	show_reply(session, reply, NULL, false);
	response = (const Gaon__BootstrapResponse *)reply;
	if (response->tenant)
		session->context.tenant = arena_strdup(session->arena, last_part(response->tenant->name));
	session->context.project = NULL;
	return keep(session, save_as ? save_as : "default", response->api_key, true);
}

struct status special_create_key(struct session *session, const struct command *command,
				 const struct arguments *arguments)
{
	const char *save_as = arguments_flag(arguments, "save-as");
	const Gaon__CreateApiKeyResponse *response;
	const ProtobufCMessage *reply;
	ProtobufCMessage *request;

	TRY(request_build(session, command, arguments, &request));
	TRY(session_call(session, command->method, request, &reply));
	show_reply(session, reply, NULL, false);
	response = (const Gaon__CreateApiKeyResponse *)reply;
	if (text_is_empty(response->secret))
		fprintf(stderr, "the secret was shown when the key was made, and is not shown again\n");
	else if (save_as)
		return keep(session, save_as, response->secret, false);
	else
		fprintf(stderr, "keep the secret now: it is not shown again\n");
	return OK;
}

/** There is no RPC for one provider: the list is short. */
struct status special_provider(struct session *session, const struct command *command,
			       const struct arguments *arguments)
{
	Gaon__ListProvidersRequest request = GAON__LIST_PROVIDERS_REQUEST__INIT;
	const Gaon__ListProvidersResponse *response;
	const char *kind = arguments->word_count == 1 ? arguments->words[0] : "";

	TRY(session_call(session, command->method, &request.base, (const ProtobufCMessage **)&response));
	for (size_t i = 0; i < response->n_providers; i++) {
		if (strcmp(response->providers[i]->kind, kind) != 0)
			continue;
		show_reply(session, &response->providers[i]->base, NULL, false);
		return OK;
	}
	return status_fail(session->arena, STATUS_NOT_FOUND, "PROVIDER_UNKNOWN",
			   "there is no provider '%s': see gaon provider list", kind);
}

/** The binding that the flags describe. */
MUST_CHECK static struct status read_binding(struct session *session, const struct arguments *arguments,
					     Gaon__Binding **binding)
{
	ProtobufCMessage *made = reflect_new(session->arena, &gaon__binding__descriptor);

	for (size_t i = 0; i < arguments->flag_count; i++) {
		const struct argument *argument = &arguments->flags[i];
		const char *label = arena_printf(session->arena, "--%s", argument->flag);

		if (reflect_field(made->descriptor, value_snake(session->arena, argument->flag)) ||
		    strcmp(argument->flag, "member") == 0)
			TRY(value_set(session->arena, made, argument->flag, label, argument->value));
	}
	TRY(resource_complete(session, made));
	*binding = (Gaon__Binding *)made;
	if (text_is_empty((*binding)->role) || !(*binding)->n_members)
		return status_fail(session->arena, STATUS_INVALID_ARGUMENT, "USAGE", "--role and --member are needed");
	return OK;
}

static bool is_same_time(const Google__Protobuf__Timestamp *a, const Google__Protobuf__Timestamp *b)
{
	return (!a && !b) || (a && b && a->seconds == b->seconds && a->nanos == b->nanos);
}

static bool has_member(const Gaon__Binding *binding, const char *member)
{
	for (size_t i = 0; i < binding->n_members; i++)
		if (strcmp(binding->members[i], member) == 0)
			return true;
	return false;
}

static void add_members(struct arena *arena, Gaon__Policy *policy, Gaon__Binding *given)
{
	const ProtobufCFieldDescriptor *bindings = reflect_field(&gaon__policy__descriptor, "bindings");
	const ProtobufCFieldDescriptor *members = reflect_field(&gaon__binding__descriptor, "members");
	Gaon__Binding *into = NULL;

	for (size_t i = 0; i < policy->n_bindings && !into; i++)
		if (strcmp(policy->bindings[i]->role, given->role) == 0 &&
		    is_same_time(policy->bindings[i]->expire_time, given->expire_time))
			into = policy->bindings[i];
	if (!into) {
		*(Gaon__Binding **)reflect_slot(arena, &policy->base, bindings) = given;
		return;
	}
	for (size_t i = 0; i < given->n_members; i++)
		if (!has_member(into, given->members[i]))
			*(const char **)reflect_slot(arena, &into->base, members) = given->members[i];
}

static void remove_members(struct arena *arena, Gaon__Policy *policy, Gaon__Binding *given)
{
	size_t kept = 0;

	(void)arena;
	for (size_t i = 0; i < policy->n_bindings; i++) {
		Gaon__Binding *binding = policy->bindings[i];
		size_t left = 0;

		for (size_t k = 0; k < binding->n_members; k++)
			if (strcmp(binding->role, given->role) != 0 || !has_member(given, binding->members[k]))
				binding->members[left++] = binding->members[k];
		binding->n_members = left;
		if (left)
			policy->bindings[kept++] = binding;
	}
	policy->n_bindings = kept;
}

/** Read, merge, write with the etag; again when somebody else was faster. */
MUST_CHECK static struct status merge(struct session *session, const struct command *command,
				      const struct arguments *arguments,
				      void (*change)(struct arena *, Gaon__Policy *, Gaon__Binding *))
{
	Gaon__GetIamPolicyRequest get = GAON__GET_IAM_POLICY_REQUEST__INIT;
	struct command get_command = *command;
	struct arguments words = *arguments;
	const ProtobufCMessage *reply;
	ProtobufCMessage *built;
	struct status status = OK;

	get_command.method = &gaon_method_iam_get_iam_policy;
	words.flag_count = 0;
	for (size_t i = 0; i < arguments->flag_count; i++) {
		if (strcmp(arguments->flags[i].flag, "resource") != 0)
			continue;
		words.flags = &arguments->flags[i];
		words.flag_count = 1;
	}
	TRY(request_build(session, &get_command, &words, &built));
	get.resource = reflect_text(built, "resource");
	for (int attempt = 0; attempt < POLICY_ATTEMPTS; attempt++) {
		Gaon__SetIamPolicyRequest set = GAON__SET_IAM_POLICY_REQUEST__INIT;
		Gaon__Binding *binding;
		char id[37];

		TRY(read_binding(session, arguments, &binding));
		TRY(session_call(session, get_command.method, &get.base, &reply));
		set.resource = get.resource;
		set.policy = (Gaon__Policy *)reply;
		change(session->arena, set.policy, binding);
		gaon_request_id(id);
		set.request_id = id;
		status = session_call(session, command->method, &set.base, &reply);
		if (status.code != STATUS_ABORTED)
			break;
	}
	if (status_is_ok(status))
		show_reply(session, reply, NULL, false);
	return status;
}

struct status special_add_binding(struct session *session, const struct command *command,
				  const struct arguments *arguments)
{
	return merge(session, command, arguments, add_members);
}

struct status special_remove_binding(struct session *session, const struct command *command,
				     const struct arguments *arguments)
{
	return merge(session, command, arguments, remove_members);
}

struct status special_verify_audit(struct session *session, const struct command *command,
				   const struct arguments *arguments)
{
	Gaon__VerifyAuditChainResponse *response;
	const ProtobufCMessage *reply;
	ProtobufCMessage *request;
	int64_t checked = 0;

	TRY(request_build(session, command, arguments, &request));
	/* One call checks so much and says where to go on. */
	do {
		TRY(session_call(session, command->method, request, &reply));
		response = (Gaon__VerifyAuditChainResponse *)(uintptr_t)reply;
		checked += response->checked_count;
		((Gaon__VerifyAuditChainRequest *)request)->first_sequence = response->next_sequence;
	} while (response->valid && response->next_sequence != 0);
	response->checked_count = checked;
	show_reply(session, reply, NULL, false);
	if (!response->valid)
		return status_fail(session->arena, STATUS_DATA_LOSS, "AUDIT_TAMPERED",
				   "the record is not intact from event %lld on: %s",
				   (long long)response->broken_sequence, response->problem);
	return OK;
}
