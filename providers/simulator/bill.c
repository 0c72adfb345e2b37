/* SPDX-License-Identifier: Apache-2.0 */
/* bill.c: what a simulated cloud asks for, and its bill: the hours that a machine was there, at the price of its size. */
#include <inttypes.h>
#include <stdlib.h>

#include "providers/simulator/world.h"
#include "runtime/base/money.h"
#include "runtime/base/text.h"
#include "runtime/base/time.h"

#define CURRENCY "USD"
#define DAYS_MOST 366
#define STAYS_MOST 100000 /* of machines that are gone; the oldest go from the bill */

/* Of 10^-12 of a unit an hour: a vcpu 0.01, a GiB of memory 0.005, Windows 0.04 a vcpu more. */
#define VCPU_PRICE INT64_C(10000000000)
#define MEMORY_GIB_PRICE INT64_C(5000000000)
#define WINDOWS_VCPU_PRICE INT64_C(40000000000)

static const char *const SYSTEMS[] = { "linux", "windows" };
#define SYSTEM_COUNT (sizeof SYSTEMS / sizeof SYSTEMS[0])

static struct amount price(int64_t vcpus, int64_t memory_mib, bool is_windows)
{
	int64_t parts = vcpus * (VCPU_PRICE + (is_windows ? WINDOWS_VCPU_PRICE : 0)) + memory_mib * MEMORY_GIB_PRICE / 1024;
	return (struct amount){ parts / MONEY_FRACTION_PER_UNIT, parts % MONEY_FRACTION_PER_UNIT };
}

struct provider_result sim_prices(struct provider_session *session, struct provider_call *call, struct provider_page *page,
				  struct provider_price **prices, size_t *count)
{
	struct sim_visit visit;
	size_t first;
	struct provider_result result = sim_enter(session, call, VERB_PRICES, &visit);
	if (result.error != PROVIDER_OK)
		return result;
	const struct provider_size_table *sizes = &visit.world->sizes;
	result = sim_page_cut(&visit, page, sizes->count * SYSTEM_COUNT, &first, count);
	if (result.error != PROVIDER_OK)
		return sim_leave(&visit, result);
	*prices = ARENA_ARRAY(call->arena, *count, struct provider_price);
	for (size_t i = 0; i < *count; i++) {
		const struct provider_size *size = &sizes->sizes[(first + i) / SYSTEM_COUNT];
		size_t system = (first + i) % SYSTEM_COUNT;
		(*prices)[i] = (struct provider_price){
			.size = arena_strdup(call->arena, size->native_id),
			.per_hour = amount_format(call->arena, price(size->vcpus, size->memory_mib, system == 1)),
			.currency = CURRENCY,
			.os = SYSTEMS[system],
		};
	}
	return sim_leave(&visit, result);
}

void sim_stay_keep(struct sim_world *world, const struct sim_machine *machine, int64_t end_us)
{
	if (!machine->account || end_us <= machine->created_us || world->stay_count >= STAYS_MOST)
		return;
	struct sim_stay *stay = ARENA_NEW(world->arena, struct sim_stay);
	*stay = (struct sim_stay){ .next = world->stays,
				   .number = machine->number,
				   .connection = machine->account->connection,
				   .size = machine->size,
				   .vcpus = machine->vcpus,
				   .memory_mib = machine->memory_mib,
				   .start_us = machine->created_us,
				   .end_us = end_us };
	world->stays = stay;
	world->stay_count++;
}

#define NUMBER(field) SIM_FIELD(struct sim_stay, field)
static const struct sim_field NUMBERS[] = { NUMBER(number), NUMBER(vcpus), NUMBER(memory_mib), NUMBER(start_us), NUMBER(end_us) };
#define NUMBER_COUNT (sizeof NUMBERS / sizeof NUMBERS[0])

bool sim_stays_put(struct sim_world *world)
{
	bool is_good = true;
	struct arena *arena = arena_new(0);
	for (const struct sim_stay *stay = world->stays; stay && is_good; stay = stay->next) {
		struct json *row = json_object(arena);
		json_set_text(row, "thing", "stay");
		sim_fields_write(row, stay, NUMBERS, NUMBER_COUNT);
		json_set_text(row, "connection", stay->connection);
		json_set_text(row, "size", stay->size);
		is_good = sim_journal_append(world, arena, row);
		arena_reset(arena);
	}
	arena_free(arena);
	return is_good;
}

bool sim_stay_read(struct sim_world *world, const struct json *row)
{
	struct sim_stay read = { .number = 0 };
	const char *connection = json_text(json_get(row, "connection"), NULL);
	if (!connection || !sim_fields_read(row, &read, NUMBERS, NUMBER_COUNT) ||
	    read.vcpus > SIM_VCPUS_MOST || read.memory_mib > SIM_MEMORY_MIB_MOST)
		return false;
	read.connection = sim_account(world, connection)->connection;
	read.size = sim_intern(world, json_text(json_get(row, "size"), NULL));
	read.next = world->stays;
	world->stays = arena_memdup(world->arena, &read, sizeof read);
	world->stay_count++;
	return true;
}

/* ---- the bill ---- */

struct stays {
	struct sim_stay *rows;
	size_t count;
};

static int compare(const void *a, const void *b)
{
	const struct sim_stay *left = a, *right = b;
	return left->number < right->number ? -1 : left->number > right->number;
}

/* Of this account, over the time that is asked for, in the order of their numbers: one order, whoever goes meanwhile. */
static struct stays stays_of(struct sim_visit *visit, const struct sim_account *account, int64_t start_us, int64_t end_us)
{
	struct sim_world *world = visit->world;
	struct stays all = { ARENA_ARRAY(visit->call->arena, world->count + world->stay_count, struct sim_stay), 0 };
	for (const struct sim_stay *each = world->stays; each; each = each->next)
		if (each->connection == account->connection && each->start_us < end_us && each->end_us > start_us)
			all.rows[all.count++] = *each;
	for (const struct sim_machine *each = world->oldest; each; each = each->next)
		if (each->account == account && each->created_us < end_us && each->created_us < visit->now_us &&
		    visit->now_us > start_us)
			all.rows[all.count++] = (struct sim_stay){ .number = each->number,
								   .size = each->size,
								   .vcpus = each->vcpus,
								   .memory_mib = each->memory_mib,
								   .start_us = each->created_us,
								   .end_us = visit->now_us };
	qsort(all.rows, all.count, sizeof *all.rows, compare);
	return all;
}

static bool line_fill(struct sim_visit *visit, const struct provider_session *session, const struct sim_stay *stay,
		      int64_t day_us, struct provider_bill_line *line)
{
	struct arena *arena = visit->call->arena;
	int64_t start_us = stay->start_us > day_us ? stay->start_us : day_us;
	int64_t end_us = stay->end_us < day_us + TIME_US_PER_DAY ? stay->end_us : day_us + TIME_US_PER_DAY;
	struct amount hours, cost;
	char native_id[SIMULATOR_ID_SIZE];
	if (start_us >= end_us)
		return false;
	sim_native_id(stay->number, native_id);
	struct status status = amount_scale(arena, (struct amount){ 1, 0 }, end_us - start_us, TIME_US_PER_HOUR, &hours);
	if (status_is_ok(status))
		status = amount_scale(arena, price(stay->vcpus, stay->memory_mib, false), end_us - start_us, TIME_US_PER_HOUR, &cost);
	if (!status_is_ok(status))
		return false;
	*line = (struct provider_bill_line){
		.start_us = day_us,
		.end_us = day_us + TIME_US_PER_DAY,
		.account = arena_strdup(arena, session->connection),
		.service = "Simulated Compute",
		.region = sim_region(session),
		.resource = arena_strdup(arena, native_id),
		.usage_type = arena_printf(arena, "machine:%s", stay->size ? stay->size : "custom"),
		.usage_unit = "Hours",
		.usage_quantity = amount_format(arena, hours),
		.amount = amount_format(arena, cost),
		.currency = CURRENCY,
		.is_estimated = day_us + TIME_US_PER_DAY > visit->now_us,
	};
	return true;
}

/* The token is the day and the number of the last line told. */
static bool token_read(struct arena *arena, const char *token, int64_t *day_us, uint64_t *after)
{
	char **parts;
	return !token || (text_split(arena, token, '.', &parts) == 2 && text_to_int64(parts[0], day_us) &&
			  text_to_uint64(parts[1], after) && *day_us >= 0 && *day_us % TIME_US_PER_DAY == 0);
}

static struct provider_result bill(struct sim_visit *visit, struct provider_session *session, int64_t start_us,
				   int64_t end_us, struct provider_page *page, struct provider_bill_line *lines, size_t *count)
{
	size_t most = page->size;
	int64_t day_us = start_us;
	uint64_t after = 0;
	if (!token_read(visit->call->arena, page->token, &day_us, &after) || day_us < start_us || day_us > end_us)
		return provider_fail(visit->call->arena, PROVIDER_INVALID,
				     "the page token is not one of this bill; start from the first page");
	page->token = NULL;
	sim_settle_all(visit->world, visit->now_us);
	struct stays stays = stays_of(visit, sim_account(visit->world, session->connection), start_us, end_us);
	int64_t last_us = end_us < visit->now_us ? end_us : visit->now_us;
	for (; day_us < last_us; day_us += TIME_US_PER_DAY, after = 0)
		for (size_t i = 0; i < stays.count; i++) {
			struct provider_bill_line line;
			if (stays.rows[i].number <= after || !line_fill(visit, session, &stays.rows[i], day_us, &line))
				continue;
			if (*count == most) {
				page->token = arena_printf(visit->call->arena, "%" PRId64 ".%" PRIu64, day_us, after);
				return PROVIDER_DONE;
			}
			lines[(*count)++] = line;
			after = stays.rows[i].number;
		}
	return PROVIDER_DONE;
}

struct provider_result sim_bill(struct provider_session *session, struct provider_call *call, int64_t start_us,
				int64_t end_us, struct provider_page *page, struct provider_bill_line **lines, size_t *count)
{
	struct sim_visit visit;
	struct provider_result result = sim_enter(session, call, VERB_BILL, &visit);
	if (result.error != PROVIDER_OK)
		return result;
	if (start_us < 0 || start_us >= end_us || end_us - start_us > DAYS_MOST * TIME_US_PER_DAY ||
	    start_us % TIME_US_PER_DAY != 0 || end_us % TIME_US_PER_DAY != 0)
		return sim_leave(&visit, provider_fail(call->arena, PROVIDER_INVALID,
						       "a bill is of 1 to %d whole days (UTC)", DAYS_MOST));
	*count = 0;
	page->size = page->size == 0 ? 100 : page->size;
	if (page->size > (unsigned)visit.world->options.page_size)
		page->size = (unsigned)visit.world->options.page_size;
	*lines = ARENA_ARRAY(call->arena, page->size, struct provider_bill_line);
	return sim_leave(&visit, bill(&visit, session, start_us, end_us, page, *lines, count));
}
