/* SPDX-License-Identifier: Apache-2.0 */
/* walk_test.c: a random walk over orders of every kind against a small model of what an approval is. */
#include <string.h>

#include "tests/support/line_fixture.h"

enum { STEPS = 1500, ORDERS_MOST = 200, STAGES = 3, PEOPLE = 4 };

static const char *const people[PEOPLE] = { "mina", "noah", "olga", "pia" };
/* Who is named in a stage, by bits of `people`: as users; through the group leads and as users; everybody. */
static const struct {
	const char *approvers;
	unsigned who;
	int quorum;
} stages[STAGES] = {
	{ "tenants/acme/users/noah,tenants/acme/users/olga", 1u << 1 | 1u << 2, 1 },
	{ "tenants/acme/groups/leads,tenants/acme/users/noah,tenants/acme/users/pia", 1u << 1 | 1u << 2 | 1u << 3, 1 },
	{ NULL, 0xf, 1 },
};

/** What an order must be, by what happened to it. */
struct model {
	const Gaon__Order *order;
	int requester;
	unsigned decided[STAGES]; /* bits of people */
	bool is_begun, is_ended;
};

static uint64_t luck;

static unsigned draw(unsigned below)
{
	luck = luck * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (unsigned)(luck >> 33) % below;
}

/** STAGES when all are complete. */
static int open_stage(const struct model *model)
{
	int stage = 0;

	while (stage < STAGES && __builtin_popcount(model->decided[stage]) >= stages[stage].quorum)
		stage++;
	return stage;
}

static bool may_approve(const struct model *model, int who)
{
	unsigned decided = model->decided[0] | model->decided[1] | model->decided[2];
	int stage = open_stage(model);

	return !model->is_begun && !model->is_ended && who != model->requester && !(decided & 1u << who) && stage < STAGES &&
	       stages[stage].who & 1u << who;
}

static void approve(void **state, struct model *model)
{
	int who = (int)draw(PEOPLE);
	bool may = may_approve(model, who);
	int stage = open_stage(model);

	assert_int_equal(status_is_ok(line_approve(*state, people[who], model->order)), may);
	if (!may)
		return;
	model->decided[stage] |= 1u << who;
	model->is_begun = open_stage(model) == STAGES;
	assert_int_equal(line_get_order(*state, model->order->name)->state == GAON__ORDER_STATE__ORDER_STATE_FULFILLING,
			 model->is_begun);
}

static void reject(void **state, struct model *model)
{
	int who = (int)draw(PEOPLE);
	bool may = may_approve(model, who);

	assert_int_equal(status_is_ok(line_reject(*state, people[who], model->order)), may);
	model->is_ended = model->is_ended || may;
}

static void withdraw(void **state, struct model *model)
{
	bool may = !model->is_begun && !model->is_ended;

	assert_int_equal(status_is_ok(line_cancel(*state, people[model->requester], model->order)), may);
	model->is_ended = true;
}

static void order_one(void **state, struct model *model, const char *deployment)
{
	static const enum order_action actions[] = { ORDER_ADD, ORDER_CHANGE, ORDER_ACT, ORDER_REMOVE };
	enum order_action action = actions[draw(4)];
	const struct line_item item = {
		.action = action,
		.parameters = action == ORDER_ADD    ? "image=debian-12,disk_gib=5,name=walker" :
			      action == ORDER_CHANGE ? "size=medium" :
						       NULL,
		.deployment = action == ORDER_ADD ? NULL : deployment,
		.verb = action == ORDER_ACT ? "reboot" : NULL,
	};

	*model = (struct model){ .requester = (int)draw(PEOPLE) };
	line_as(*state, people[model->requester]);
	model->order = line_order(*state, WEB, &item, 1);
	assert_int_equal(model->order->state, GAON__ORDER_STATE__ORDER_STATE_PENDING_APPROVAL);
	assert_int_equal(model->order->n_approval_stages, STAGES);
}

/** What must be true of all that began, read from what was written down and not from the model. */
static void judge(void **state)
{
	static const char BEGUN[] = "SELECT count(*) FROM request_order o WHERE state = 2";
	static const char SELF[] = "SELECT count(*) FROM request_decision d JOIN request_order o ON o.name = d.order_name"
				   " WHERE d.principal = o.requester";
	static const char TWICE[] = "SELECT count(*) FROM (SELECT order_name, principal FROM request_decision"
				    " WHERE is_approved = 1 AND is_superseded = 0 GROUP BY order_name, principal HAVING count(*) > 1) t";
	static const char SHORT[] = "SELECT count(*) FROM request_order o JOIN request_stage s ON s.order_name = o.name"
				    " WHERE o.state = 2 AND (SELECT count(*) FROM request_decision d WHERE d.order_name = o.name"
				    " AND d.stage = s.number AND d.is_approved = 1 AND d.is_superseded = 0) < s.quorum";

	assert_true(service_number(*state, BEGUN) >= 10);
	assert_int_equal(service_number(*state, SELF), 0);
	assert_int_equal(service_number(*state, TWICE), 0);
	assert_int_equal(service_number(*state, SHORT), 0);
}

static void no_walk_leads_past_the_stages_of_an_order(void **state)
{
	struct service_fixture *fixture = *state;
	const char *deployment = line_machine(*state, "there")->deployment;
	struct model *models = ARENA_ARRAY(fixture->arena, ORDERS_MOST, struct model);
	size_t count = 0;

	luck = 20261123;
	for (int i = 0; i < STAGES; i++)
		assert_ok(line_policy(*state, &(struct line_policy){ .id = arena_printf(fixture->arena, "stage-%d", i + 1),
								     .stage = i + 1,
								     .approvers = stages[i].approvers,
								     .quorum = stages[i].quorum }));
	for (int step = 0; step < STEPS; step++) {
		unsigned kind = draw(100);

		if (count == 0 || (kind < 10 && count < ORDERS_MOST))
			order_one(state, &models[count++], deployment);
		else if (kind < 92)
			approve(state, &models[draw((unsigned)count)]);
		else if (kind < 96)
			reject(state, &models[draw((unsigned)count)]);
		else
			withdraw(state, &models[draw((unsigned)count)]);
	}
	judge(state);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		LINE_TEST(no_walk_leads_past_the_stages_of_an_order),
	};

	return cmocka_run_group_tests_name("request_walk", tests, NULL, NULL);
}
