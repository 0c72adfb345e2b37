/* SPDX-License-Identifier: Apache-2.0 */
/* line_fixture.h: all services over a fresh store and a simulated cloud: people, a product on sale, and ways to order it. */
#ifndef GAON_TESTS_SUPPORT_LINE_FIXTURE_H
#define GAON_TESTS_SUPPORT_LINE_FIXTURE_H

#include "gaon/lifecycle/v1/lifecycle.handlers.h"
#include "gaon/request/v1/request.handlers.h"
#include "server/services/lifecycle/lifecycle.h"
#include "server/services/request/request.h"
#include "tests/support/service_fixture.h"
#include "tests/unit/catalog/catalog_fixture.h"

#define API "tenants/acme/projects/api"
#define PRICED "tenants/acme/rateCards/standard"

/*
 * In acme: the users mina, noah, olga and pia. Noah and olga hold roles/approver in acme; olga is in the group leads.
 * The product LINUX costs, on the card PRICED in KRW: a vCPU 36, a GiB of memory 18, a GiB of disk 1 an hour; so a "small" one
 * with 5 GiB costs 36 + 9 + 5 = 50 an hour, 36,500 a month.
 */
struct line {
	struct service_fixture base; /* first: a `state` is also a service_fixture's */
	struct lifecycle_options lifecycle;
	const char *endpoint; /* of the simulated cloud behind LAB */
	stream_next next;     /* of the stream that line_watch began */
	void *watch;
};

int line_setup(void **state);
int line_teardown(void **state);
#define LINE_TEST(test_) cmocka_unit_test_setup_teardown((test_), line_setup, line_teardown)

/** The simulated cloud's options from now on: JSON. A new connection revision, so a new session opens with them. */
void line_cloud(void *state, const char *options);
/** Who calls from now on: "mina", "noah", … */
void line_as(void *state, const char *user);
/** Runs the engine until nothing is due. */
void line_run(void *state);

struct line_item {
	enum order_action action;
	const char *parameters; /* "size=small,name=web-1"; ADD and CHANGE */
	const char *deployment; /* CHANGE, ACTION, REMOVE */
	const char *verb;       /* ACTION */
	const char *product;    /* ADD; NULL: LINUX */
};
Gaon__PreviewOrderResponse *line_preview(void *state, const char *project, const struct line_item *items, size_t count);
/** As the present caller; `digest` "" for none. */
MUST_CHECK struct status line_try_order(void *state, const char *project, const struct line_item *items, size_t count,
					const char *digest, Gaon__Order *order);
Gaon__Order *line_order(void *state, const char *project, const struct line_item *items, size_t count);
Gaon__Order *line_get_order(void *state, const char *name);
MUST_CHECK struct status line_approve(void *state, const char *user, const Gaon__Order *order);
MUST_CHECK struct status line_reject(void *state, const char *user, const Gaon__Order *order);
MUST_CHECK struct status line_cancel(void *state, const char *user, const Gaon__Order *order);

struct line_policy {
	const char *id, *tenant; /* tenant NULL: acme */
	const char *approvers, *products, *projects; /* separated by commas; NULL: any */
	const char *least;       /* a month, in KRW; NULL: any */
	int stage, quorum;
	enum order_action action; /* 0: any */
	bool is_disabled;
};
MUST_CHECK struct status line_policy(void *state, const struct line_policy *policy);
/** A quota on a tenant or project. */
void line_quota(void *state, const char *scope, Gaon__QuotaMetric metric, int64_t limit);
/** What is used of a metric there, whether or not a quota stands on it. */
int64_t line_used(void *state, const char *scope, Gaon__QuotaMetric metric);

/** Orders one as mina where no policy asks, and waits for it: a RUNNING machine named `display_name`. */
Gaon__Machine *line_machine(void *state, const char *display_name);
Gaon__Machine *line_get(void *state, const char *machine);
/** The machine that an order item's deployment has. */
Gaon__Machine *line_machine_of(void *state, const char *deployment);
Gaon__Deployment *line_deployment(void *state, const char *name);
/** What a deployment says of one of its parameters; "" when nothing. */
const char *line_parameter(void *state, const char *deployment, const char *parameter);
/** "StartMachine", "SuspendMachine", …: the requests that only name their machine. */
MUST_CHECK struct status line_power(void *state, const char *method, const char *machine, Gaon__Operation *operation);
MUST_CHECK struct status line_resize(void *state, const char *machine, const char *size, bool allow_restart,
				     Gaon__Operation *operation);
MUST_CHECK struct status line_delete(void *state, const char *machine, Gaon__Operation *operation);
Gaon__Operation *line_operation(void *state, const char *name);
/** Begins a stream: WatchMachines, WatchOperation. It goes on by line_next. */
MUST_CHECK struct status line_watch(void *state, const char *method, const void *request);
struct stream_step line_next(void *state, void *reply);
/** Begins it, runs the engine, and gives the operation as it ended. */
Gaon__Operation *line_did(void *state, struct status begun, const Gaon__Operation *operation);

#endif
