/* SPDX-License-Identifier: Apache-2.0 */
/* insight.c: what a cloud tells of itself: places, limits, prices, measurements, screens, bills. */
#include <math.h>
#include <string.h>
#include <unistd.h>

#include "runtime/base/text.h"
#include "runtime/base/time.h"
#include "tests/contract/provider/contract.h"

#define ROWS_MOST 100000

/* Runs over all pages of a list; `rows` and `count` are of the page. */
#define EACH_PAGE(call_, body_)                                                                                        \
	do {                                                                                                           \
		const char *token_ = NULL;                                                                             \
		do {                                                                                                   \
			struct provider_page page = { .token = token_, .size = 50 };                                   \
			size_t count = 0;                                                                              \
			struct provider_result result;                                                                 \
			PERSIST(result, (page = (struct provider_page){ .token = token_, .size = 50 }, (call_)));      \
			assert_done(result);                                                                           \
			body_;                                                                                         \
			token_ = page.token;                                                                           \
		} while (token_);                                                                                      \
	} while (0)

static void every_zone_is_in_a_region_and_ours_is_there(void **state)
{
	struct provider_region *rows, *all;
	size_t total = 0;
	(void)state;
	need(VERB_REGIONS);
	all = ARENA_ARRAY(room.arena, ROWS_MOST, struct provider_region);
	EACH_PAGE(room.ops->regions(room.session, &call, &page, &rows, &count), {
		assert_true(total + count <= ROWS_MOST);
		for (size_t i = 0; i < count; i++)
			all[total++] = rows[i];
	});
	assert_true(total > 0);
	bool has_ours = room.peer->region == NULL;
	for (size_t i = 0; i < total; i++) {
		size_t parents = 0, same = 0;
		assert_non_null(all[i].native_id);
		assert_non_null(all[i].name);
		has_ours = has_ours || text_equal(all[i].native_id, room.peer->region);
		for (size_t k = 0; k < total; k++) {
			same += text_equal(all[k].native_id, all[i].native_id) &&
				text_equal(all[k].parent, all[i].parent);
			parents += !all[k].parent && text_equal(all[k].native_id, all[i].parent);
		}
		assert_int_equal(same, 1);
		assert_int_equal(parents, all[i].parent ? 1 : 0);
	}
	assert_true(has_ours);
}

static int64_t quota_used(const char *name)
{
	static const char *const NAMES[] = { "vcpus", "memory_mib", "machines", "disk_gib", "volumes", "addresses" };
	struct provider_quota *rows;
	size_t count = 0;
	int64_t used = -1;
	struct provider_result result;
	PERSIST(result, room.ops->quotas(room.session, &call, &rows, &count));
	assert_done(result);
	assert_true(count > 0);
	for (size_t i = 0; i < count; i++) {
		size_t known = 0;
		for (size_t k = 0; k < sizeof NAMES / sizeof NAMES[0]; k++)
			known += text_equal(NAMES[k], rows[i].name);
		if (known == 0)
			fail_msg("a quota is called \"%s\"", rows[i].name);
		assert_true(rows[i].limit >= -1 && rows[i].used >= -1);
		if (text_equal(rows[i].name, name))
			used = rows[i].used;
	}
	return used;
}

static void a_machine_counts_against_the_quotas(void **state)
{
	static const char *const NAMES[] = { "machines", "vcpus", "memory_mib" };
	struct provider_machine_spec spec = spec_new("counted");
	int64_t before[3];
	(void)state;
	need(VERB_QUOTAS);
	for (int i = 0; i < 3; i++)
		before[i] = quota_used(NAMES[i]);
	const char *id = machine_make(&spec);
	struct provider_machine machine = machine_get(id);
	const int64_t more[] = { 1, machine.vcpus, machine.memory_mib };
	for (int i = 0; i < 3; i++)
		if (before[i] >= 0)
			assert_int_equal(quota_used(NAMES[i]), before[i] + more[i]);
	machine_delete(id);
}

static bool is_decimal(const char *text)
{
	static const char DIGITS[] = "0123456789";
	if (!text)
		return false;
	text += *text == '-';
	size_t whole = strspn(text, DIGITS);
	if (text[whole] == '\0')
		return whole > 0;
	size_t fraction = text[whole] == '.' ? strspn(text + whole + 1, DIGITS) : 0;
	return whole > 0 && fraction > 0 && text[whole + 1 + fraction] == '\0';
}

static bool is_currency(const char *text)
{
	return text && strlen(text) == 3 && strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == 3;
}

static void prices_are_decimals_and_our_size_has_one(void **state)
{
	struct provider_price *rows;
	size_t ours = 0;
	(void)state;
	need(VERB_PRICES);
	EACH_PAGE(room.ops->prices(room.session, &call, &page, &rows, &count), {
		for (size_t i = 0; i < count; i++) {
			assert_non_null(rows[i].size);
			assert_true(is_decimal(rows[i].per_hour));
			assert_true(rows[i].per_hour[0] != '-');
			assert_true(is_currency(rows[i].currency));
			assert_non_null(rows[i].os);
			ours += text_equal(rows[i].size, room.peer->size);
		}
	});
	assert_true(ours > 0);
}

static void check_samples(const struct provider_sample *samples, size_t count,
			  const struct provider_metrics_query *query)
{
	static const char *const NAMES[] = { "cpu-percent",
					     "memory-used-mib",
					     "disk-read-bytes-per-s",
					     "disk-write-bytes-per-s",
					     "network-receive-bytes-per-s",
					     "network-send-bytes-per-s" };
	for (size_t i = 0; i < count; i++) {
		size_t known = 0;
		for (size_t k = 0; k < sizeof NAMES / sizeof NAMES[0]; k++)
			known += text_equal(NAMES[k], samples[i].metric);
		assert_int_equal(known, 1);
		assert_true(samples[i].time_us >= query->start_us && samples[i].time_us < query->end_us);
		assert_true(isfinite(samples[i].value) && samples[i].value >= 0);
		if (i == 0)
			continue;
		/* Metric by metric, oldest first; a metric does not come back. */
		if (text_equal(samples[i].metric, samples[i - 1].metric))
			assert_true(samples[i].time_us > samples[i - 1].time_us);
		else
			for (size_t k = 0; k < i; k++)
				assert_string_not_equal(samples[k].metric, samples[i].metric);
	}
}

static void samples_come_metric_by_metric_oldest_first(void **state)
{
	struct provider_machine_spec spec = spec_new("measured");
	struct provider_sample *samples;
	struct provider_result result;
	size_t count = 0;
	(void)state;
	need(VERB_METRICS);
	const char *id = machine_make(&spec);
	if (room.peer->feed_metrics)
		assert_true(room.peer->feed_metrics(room.peer, id));
	struct provider_metrics_query query = { .period_s = 60 };
	for (int64_t end = wait_end_us(); count == 0 && time_monotonic_us() < end; usleep(100000)) {
		query.start_us = time_now_us() - TIME_US_PER_HOUR;
		query.end_us = time_now_us() + 60 * TIME_US_PER_SECOND;
		PERSIST(result, room.ops->metrics(room.session, &call, id, &query, &samples, &count));
		assert_done(result);
	}
	assert_true(count > 0);
	check_samples(samples, count, &query);
	/* Before there was anything there is nothing. */
	query = (struct provider_metrics_query){ TIME_US_PER_HOUR, 2 * TIME_US_PER_HOUR, 60 };
	PERSIST(result, room.ops->metrics(room.session, &call, id, &query, &samples, &count));
	assert_done(result);
	assert_int_equal(count, 0);
	query = (struct provider_metrics_query){ 2 * TIME_US_PER_HOUR, TIME_US_PER_HOUR, 60 };
	PERSIST(result, room.ops->metrics(room.session, &call, id, &query, &samples, &count));
	assert_class(result, PROVIDER_INVALID);
	machine_delete(id);
	query = (struct provider_metrics_query){ time_now_us() - TIME_US_PER_HOUR, time_now_us(), 60 };
	PERSIST(result, room.ops->metrics(room.session, &call, WRONG_ID, &query, &samples, &count));
	if (result.error != PROVIDER_NOT_FOUND) { /* some clouds just know nothing of it */
		assert_done(result);
		assert_int_equal(count, 0);
	}
}

static void a_screen_has_an_address(void **state)
{
	struct provider_machine_spec spec = spec_new("screen");
	struct provider_result result;
	const char *url = NULL;
	int64_t expires_us = 0;
	(void)state;
	need(VERB_CONSOLE_URL);
	const char *id = machine_make(&spec);
	PERSIST(result, room.ops->console_url(room.session, &call, id, &url, &expires_us));
	assert_done(result);
	assert_non_null(url);
	assert_non_null(strstr(url, "://"));
	assert_true(expires_us == 0 || expires_us > time_now_us());
	machine_delete(id);
	PERSIST(result, room.ops->console_url(room.session, &call, WRONG_ID, &url, &expires_us));
	assert_class(result, PROVIDER_NOT_FOUND);
}

static void a_bill_has_lines_of_its_days(void **state)
{
	struct provider_machine_spec spec = spec_new("billed");
	struct provider_bill_line *rows;
	size_t lines = 0;
	(void)state;
	need(VERB_BILL);
	const char *id = machine_make(&spec);
	int64_t start_us = room.peer->bill_start_us, end_us = room.peer->bill_end_us;
	if (end_us == 0) {
		end_us = (time_now_us() / TIME_US_PER_DAY + 1) * TIME_US_PER_DAY;
		start_us = end_us - 2 * TIME_US_PER_DAY;
	}
	EACH_PAGE(room.ops->bill(room.session, &call, start_us, end_us, &page, &rows, &count), {
		for (size_t i = 0; i < count; i++, lines++) {
			assert_true(rows[i].start_us >= start_us && rows[i].end_us <= end_us);
			assert_true(rows[i].start_us < rows[i].end_us);
			assert_non_null(rows[i].service);
			assert_true(is_decimal(rows[i].amount));
			assert_true(rows[i].usage_quantity == NULL || is_decimal(rows[i].usage_quantity));
			assert_true(is_currency(rows[i].currency));
		}
	});
	assert_true(lines > 0);
	machine_delete(id);
	struct provider_page page = { NULL, 0 };
	struct provider_result result;
	size_t count = 0;
	PERSIST(result, room.ops->bill(room.session, &call, end_us, start_us, &page, &rows, &count));
	assert_class(result, PROVIDER_INVALID);
	PERSIST(result, room.ops->bill(room.session, &call, start_us + 1, end_us, &page, &rows, &count));
	assert_class(result, PROVIDER_INVALID);
}

static const struct CMUnitTest TESTS[] = {
	cmocka_unit_test(every_zone_is_in_a_region_and_ours_is_there),
	cmocka_unit_test(a_machine_counts_against_the_quotas),
	cmocka_unit_test(prices_are_decimals_and_our_size_has_one),
	cmocka_unit_test(samples_come_metric_by_metric_oldest_first),
	cmocka_unit_test(a_screen_has_an_address),
	cmocka_unit_test(a_bill_has_lines_of_its_days),
};
const struct suite_part insight_part = { TESTS, sizeof TESTS / sizeof TESTS[0] };
