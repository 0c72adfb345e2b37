/* SPDX-License-Identifier: Apache-2.0 */
/* special_order.c: what needs more than one look at an order. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "client/cli/human.h"
#include "client/cli/request.h"
#include "client/cli/show.h"
#include "client/cli/special.h"
#include "client/cli/wait.h"
#include "gaon/request/v1/request.gaon.h"
#include "runtime/base/time.h"

enum { POLL_MS = 500 };

static const char *money(struct session *session, const Gaon__Money *money)
{
	return money ? human_money(session->arena, money->currency_code, money->amount) : "nothing";
}

struct status special_preview(struct session *session, const struct command *command, const struct arguments *arguments)
{
	const Gaon__PreviewOrderResponse *preview;
	const ProtobufCMessage *reply;
	ProtobufCMessage *request;

	TRY(request_build(session, command, arguments, &request));
	TRY(session_call(session, command->method, request, &reply));
	show_reply(session, reply, NULL, false);
	preview = (const Gaon__PreviewOrderResponse *)reply;
	for (size_t i = 0; i < preview->n_items; i++)
		if (!text_is_empty(preview->items[i]->placement))
			fprintf(stderr, "item %d would be placed on %s: %s\n", preview->items[i]->number,
				preview->items[i]->connection, preview->items[i]->placement);
	if (preview->n_blockers)
		fprintf(stderr, "it would be refused, for %zu reason%s\n", preview->n_blockers,
			preview->n_blockers == 1 ? "" : "s");
	else
		fprintf(stderr, "it would be accepted%s; order exactly this with --plan-digest %.12s…\n",
			preview->n_approval_stages ? ", and wait for approval" : " and begin at once",
			text_or_empty(preview->plan_digest));
	return OK;
}

MUST_CHECK static struct status get_order(struct session *session, const char *name, const Gaon__Order **order)
{
	Gaon__GetOrderRequest request = GAON__GET_ORDER_REQUEST__INIT;

	request.name = name;
	return session_call(session, &gaon_method_request_get_order, &request.base, (const ProtobufCMessage **)order);
}

/** Reads the order until it has left `state`. */
MUST_CHECK static struct status await(struct session *session, const char *name, Gaon__OrderState state,
				      const Gaon__Order **order)
{
	int64_t deadline_us = time_monotonic_us() + session->options.timeout_ms * TIME_US_PER_MS;

	for (;;) {
		gaon_call_reset(session->call);
		TRY(get_order(session, name, order));
		if ((*order)->state != state)
			return OK;
		if (session->options.timeout_ms && time_monotonic_us() > deadline_us)
			return status_fail(session->arena, STATUS_DEADLINE_EXCEEDED, "WAIT_TIMEOUT",
					   "the order goes on, but was not waited for any longer");
		session_pause(POLL_MS);
	}
}

MUST_CHECK static struct status await_decision(struct session *session, const char *name, const Gaon__Order **order)
{
	fprintf(stderr, "waiting for approval: gaon order approve %s\n",
		strrchr(name, '/') ? strrchr(name, '/') + 1 : name);
	return await(session, name, GAON__ORDER_STATE__ORDER_STATE_PENDING_APPROVAL, order);
}

/** Follows an order to its end and shows it. */
MUST_CHECK static struct status follow(struct session *session, const Gaon__Order *order)
{
	const char *name = arena_strdup(session->arena, order->name);
	const Gaon__Operation *operation;

	if (order->state == GAON__ORDER_STATE__ORDER_STATE_PENDING_APPROVAL)
		TRY(await_decision(session, name, &order));
	if (!text_is_empty(order->operation)) {
		struct status status =
			wait_operation(session, arena_strdup(session->arena, order->operation), &operation);

		/* Who may see an order need not see its operation; the order tells its end too. */
		if (status.code != STATUS_PERMISSION_DENIED && !text_equal(status.reason, "OPERATION_FAILED"))
			TRY(status);
	}
	TRY(await(session, name, GAON__ORDER_STATE__ORDER_STATE_FULFILLING, &order));
	show_reply(session, &order->base, NULL, false);
	if (order->state == GAON__ORDER_STATE__ORDER_STATE_FULFILLED)
		return OK;
	return status_fail(session->arena, STATUS_FAILED_PRECONDITION, "OPERATION_FAILED",
			   "the order was not fulfilled: %s",
			   text_is_empty(order->state_message) ? "see its items" : order->state_message);
}

MUST_CHECK static struct status finish(struct session *session, const Gaon__Order *order)
{
	if (session->options.wait && !session->options.dry_run)
		return follow(session, order);
	show_reply(session, &order->base, NULL, false);
	if (session->options.dry_run)
		fprintf(stderr, "only checked: nothing was ordered\n");
	return OK;
}

struct status special_order(struct session *session, const struct command *command, const struct arguments *arguments)
{
	const ProtobufCMessage *reply;
	ProtobufCMessage *request;

	TRY(request_build(session, command, arguments, &request));
	TRY(session_call(session, command->method, request, &reply));
	return finish(session, (const Gaon__Order *)reply);
}

MUST_CHECK static struct status confirm(struct session *session, const Gaon__Order *order)
{
	char answer[16] = "";

	if (session->options.yes)
		return OK;
	if (!isatty(STDIN_FILENO))
		return status_fail(session->arena, STATUS_INVALID_ARGUMENT, "CONFIRMATION_NEEDED",
				   "nobody can be asked here: give --plan-digest as you saw it, or --yes");
	fprintf(stderr, "approve this plan for %s an hour, %s a month? [y/N] ", money(session, order->hourly),
		money(session, order->monthly));
	if (!fgets(answer, sizeof(answer), stdin) || (*answer != 'y' && *answer != 'Y'))
		return status_fail(session->arena, STATUS_CANCELLED, "NOT_CONFIRMED", "nothing was approved");
	return OK;
}

/** An approval is bound to what the approver saw: the digest of the order as it is shown here. */
struct status special_approve(struct session *session, const struct command *command, const struct arguments *arguments)
{
	Gaon__ApproveOrderRequest *request;
	const ProtobufCMessage *reply;
	const Gaon__Order *order;
	ProtobufCMessage *built = reflect_new(session->arena, command->method->request);
	struct text out = text_new(session->arena);

	TRY(request_fill(session, command, arguments, built));
	request = (Gaon__ApproveOrderRequest *)built;
	if (text_is_empty(request->plan_digest)) {
		TRY(get_order(session, request->name, &order));
		if (!session->options.yes) {
			show_details(session, &order->base, 0, &out);
			fprintf(stderr, "%s\n", out.data);
		}
		TRY(confirm(session, order));
		request->plan_digest = order->plan_digest;
	}
	TRY(request_finish(session, command, arguments, built));
	TRY(session_call(session, command->method, built, &reply));
	return finish(session, (const Gaon__Order *)reply);
}
