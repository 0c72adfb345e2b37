/* SPDX-License-Identifier: Apache-2.0 */
/* witness.c: which verbs this peer was really seen to do: a row is believed in nothing that no test has shown. */
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "runtime/base/text.h"
#include "tests/contract/provider/contract.h"

#define PENDING_MOST 64

static struct provider_ops real, watched;
static struct provider_volume_ops real_volume, watched_volume;
static struct provider_image_ops real_image, watched_image;
static struct provider_network_ops real_network, watched_network;

/* Racers call from several threads. Guards what follows. */
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static bool was_seen[VERB_COUNT];
static struct {
	enum provider_verb verb;
	char handle[PROVIDER_HANDLE_MOST + 1];
} pending[PENDING_MOST]; /* work whose end is not seen yet; the oldest makes room */
static size_t pending_count;

static void remember(enum provider_verb verb, const char *handle)
{
	size_t at = pending_count++ % PENDING_MOST;
	pending[at].verb = verb;
	snprintf(pending[at].handle, sizeof pending[at].handle, "%s", handle);
}

/* What was done at once was seen; what goes on is, when its task says that it succeeded. */
static struct provider_result note(enum provider_verb verb, struct provider_result result,
				   const struct provider_task *task)
{
	if (result.error != PROVIDER_OK)
		return result;
	pthread_mutex_lock(&mutex);
	if (task && task->handle)
		remember(verb, task->handle);
	else
		was_seen[verb] = true;
	pthread_mutex_unlock(&mutex);
	return result;
}

static struct provider_result see_task(struct provider_session *session, struct provider_call *call, const char *handle,
				       struct provider_task_status *status)
{
	struct provider_result result = real.task(session, call, handle, status);
	if (result.error != PROVIDER_OK || status->state == TASK_FAILED ||
	    (status->state == TASK_RUNNING && !status->next_handle))
		return result;
	pthread_mutex_lock(&mutex);
	for (size_t i = 0; i < PENDING_MOST && i < pending_count; i++) {
		if (!text_equal(pending[i].handle, handle))
			continue;
		if (status->state == TASK_DONE)
			was_seen[pending[i].verb] = true;
		else
			snprintf(pending[i].handle, sizeof pending[i].handle, "%s", status->next_handle);
	}
	pthread_mutex_unlock(&mutex);
	return result;
}

/* A function that calls the row's own and notes what came of it. In the calls `s` is the session and `c` the call. */
#define SEE(name_, real_, verb_, task_, parameters_, arguments_)                                                       \
	static struct provider_result see_##name_ parameters_ {                                                        \
		return note(verb_, (real_)arguments_, task_);                                                          \
	}
#define WITH(...) (struct provider_session * s, struct provider_call * c, __VA_ARGS__)
#define ID const char *id
#define TASK struct provider_task *task
#define MADE struct provider_task *task, const char **made
#define PAGE struct provider_page *page
#define INTENT const struct provider_intent *intent
#define ROWS(kind_) struct provider_##kind_ **rows, size_t *count

/* clang-format off */
SEE(regions, real.regions, VERB_REGIONS, NULL, WITH(PAGE, ROWS(region)), (s, c, page, rows, count))
SEE(sizes, real.sizes, VERB_SIZES, NULL, WITH(PAGE, ROWS(size)), (s, c, page, rows, count))
SEE(images, real.images, VERB_IMAGES, NULL, WITH(PAGE, ROWS(image)), (s, c, page, rows, count))
SEE(networks, real.networks, VERB_NETWORKS, NULL, WITH(PAGE, ROWS(network)), (s, c, page, rows, count))
SEE(quotas, real.quotas, VERB_QUOTAS, NULL, WITH(ROWS(quota)), (s, c, rows, count))
SEE(prices, real.prices, VERB_PRICES, NULL, WITH(PAGE, ROWS(price)), (s, c, page, rows, count))
SEE(create, real.create, VERB_CREATE, task, WITH(const struct provider_machine_spec *spec, MADE),
	(s, c, spec, task, made))
SEE(find, real.find, VERB_FIND, NULL, WITH(INTENT, struct provider_machine *machine), (s, c, intent, machine))
SEE(get, real.get, VERB_GET, NULL, WITH(ID, struct provider_machine *machine), (s, c, id, machine))
SEE(list, real.list, VERB_LIST, NULL, WITH(PAGE, ROWS(machine)), (s, c, page, rows, count))
SEE(changes, real.changes, VERB_CHANGES, NULL, WITH(struct provider_changes *changes), (s, c, changes))
SEE(power, real.power, verb, task, WITH(ID, enum provider_verb verb, TASK), (s, c, id, verb, task))
SEE(resize, real.resize, VERB_RESIZE, task, WITH(ID, const struct provider_resize_spec *spec, TASK),
	(s, c, id, spec, task))
SEE(rename, real.rename, VERB_RENAME, task, WITH(ID, const char *name, TASK), (s, c, id, name, task))
SEE(tag, real.tag, VERB_TAG, task, WITH(ID, const struct json *tags, TASK), (s, c, id, tags, task))
SEE(remove, real.remove, VERB_DELETE, task, WITH(ID, TASK), (s, c, id, task))
SEE(snapshot_create, real.snapshot_create, VERB_SNAPSHOT_CREATE, task, WITH(ID, const char *name, MADE),
	(s, c, id, name, task, made))
SEE(snapshot_list, real.snapshot_list, VERB_SNAPSHOT_LIST, NULL, WITH(ID, ROWS(snapshot)), (s, c, id, rows, count))
SEE(snapshot_revert, real.snapshot_revert, VERB_SNAPSHOT_REVERT, task, WITH(ID, const char *snapshot, TASK),
	(s, c, id, snapshot, task))
SEE(snapshot_delete, real.snapshot_delete, VERB_SNAPSHOT_DELETE, task, WITH(ID, const char *snapshot, TASK),
	(s, c, id, snapshot, task))
SEE(console, real.console, VERB_CONSOLE, NULL, WITH(ID, size_t most, struct slice *output), (s, c, id, most, output))
SEE(console_url, real.console_url, VERB_CONSOLE_URL, NULL, WITH(ID, const char **url, int64_t *expires_us),
	(s, c, id, url, expires_us))
SEE(usage, real.usage, VERB_USAGE, NULL, WITH(ID, struct provider_usage *usage), (s, c, id, usage))
SEE(metrics, real.metrics, VERB_METRICS, NULL, WITH(ID, const struct provider_metrics_query *query, ROWS(sample)),
	(s, c, id, query, rows, count))
SEE(bill, real.bill, VERB_BILL, NULL, WITH(int64_t start_us, int64_t end_us, PAGE, ROWS(bill_line)),
	(s, c, start_us, end_us, page, rows, count))

SEE(volume_create, real_volume.create, VERB_VOLUME_CREATE, task, WITH(const struct provider_volume_spec *spec, MADE),
	(s, c, spec, task, made))
SEE(volume_get, real_volume.get, VERB_VOLUME_GET, NULL, WITH(ID, struct provider_volume *volume), (s, c, id, volume))
SEE(volume_list, real_volume.list, VERB_VOLUME_LIST, NULL, WITH(INTENT, PAGE, ROWS(volume)),
	(s, c, intent, page, rows, count))
SEE(volume_attach, real_volume.attach, VERB_VOLUME_ATTACH, task, WITH(ID, const char *machine, TASK),
	(s, c, id, machine, task))
SEE(volume_detach, real_volume.detach, VERB_VOLUME_DETACH, task, WITH(ID, TASK), (s, c, id, task))
SEE(volume_grow, real_volume.grow, VERB_VOLUME_GROW, task, WITH(ID, int64_t size_gib, TASK),
	(s, c, id, size_gib, task))
SEE(volume_remove, real_volume.remove, VERB_VOLUME_DELETE, task, WITH(ID, TASK), (s, c, id, task))
SEE(volume_snapshot_create, real_volume.snapshot_create, VERB_VOLUME_SNAPSHOT_CREATE, task,
	WITH(ID, const char *name, MADE),
	(s, c, id, name, task, made))
SEE(volume_snapshot_list, real_volume.snapshot_list, VERB_VOLUME_SNAPSHOT_LIST, NULL, WITH(ID, ROWS(snapshot)),
	(s, c, id, rows, count))
SEE(volume_snapshot_remove, real_volume.snapshot_remove, VERB_VOLUME_SNAPSHOT_DELETE, task, WITH(ID, TASK),
	(s, c, id, task))

SEE(image_create, real_image.create, VERB_IMAGE_CREATE, task, WITH(const struct provider_image_spec *spec, MADE),
	(s, c, spec, task, made))
SEE(image_list, real_image.list, VERB_IMAGE_LIST, NULL, WITH(INTENT, PAGE, ROWS(made_image)),
	(s, c, intent, page, rows, count))
SEE(image_remove, real_image.remove, VERB_IMAGE_DELETE, task, WITH(ID, TASK), (s, c, id, task))

SEE(network_create, real_network.create, VERB_NETWORK_CREATE, task,
	WITH(const struct provider_network_spec *spec, MADE),
	(s, c, spec, task, made))
SEE(network_list, real_network.list, VERB_NETWORK_LIST, NULL, WITH(INTENT, PAGE, ROWS(made_network)),
	(s, c, intent, page, rows, count))
SEE(network_remove, real_network.remove, VERB_NETWORK_DELETE, task, WITH(ID, TASK), (s, c, id, task))
SEE(security_group_create, real_network.security_group_create, VERB_SECURITY_GROUP_CREATE, NULL,
	WITH(const struct provider_security_group_spec *spec, const char **made),
	(s, c, spec, made))
SEE(security_group_list, real_network.security_group_list, VERB_SECURITY_GROUP_LIST, NULL,
	WITH(INTENT, PAGE, ROWS(security_group)),
	(s, c, intent, page, rows, count))
SEE(security_group_rules, real_network.security_group_rules, VERB_SECURITY_GROUP_RULES, NULL,
	WITH(ID, const struct provider_rule *rules, size_t count),
	(s, c, id, rules, count))
SEE(security_group_remove, real_network.security_group_remove, VERB_SECURITY_GROUP_DELETE, NULL, WITH(ID), (s, c, id))
SEE(address_allocate, real_network.address_allocate, VERB_ADDRESS_ALLOCATE, NULL,
	WITH(INTENT, const char *network, struct provider_address *address),
	(s, c, intent, network, address))
SEE(address_list, real_network.address_list, VERB_ADDRESS_LIST, NULL, WITH(INTENT, PAGE, ROWS(address)),
	(s, c, intent, page, rows, count))
SEE(address_associate, real_network.address_associate, VERB_ADDRESS_ASSOCIATE, NULL, WITH(ID, const char *machine),
	(s, c, id, machine))
SEE(address_disassociate, real_network.address_disassociate, VERB_ADDRESS_DISASSOCIATE, NULL, WITH(ID), (s, c, id))
SEE(address_release, real_network.address_release, VERB_ADDRESS_RELEASE, NULL, WITH(ID), (s, c, id))
SEE(key_pair_import, real_network.key_pair_import, VERB_KEY_PAIR_IMPORT, NULL,
	WITH(const char *name, const char *key, struct provider_key_pair *pair),
	(s, c, name, key, pair))
SEE(key_pair_list, real_network.key_pair_list, VERB_KEY_PAIR_LIST, NULL, WITH(PAGE, ROWS(key_pair)),
	(s, c, page, rows, count))
SEE(key_pair_remove, real_network.key_pair_remove, VERB_KEY_PAIR_DELETE, NULL, WITH(ID), (s, c, id))
/* clang-format on */

/* What the row has not, the witness has not. */
#define WATCH(member_, name_) watched.member_ = real.member_ ? see_##name_ : NULL
#define WATCH_VOLUME(member_) watched_volume.member_ = real_volume.member_ ? see_volume_##member_ : NULL
#define WATCH_IMAGE(member_) watched_image.member_ = real_image.member_ ? see_image_##member_ : NULL
#define WATCH_NETWORK(member_, name_) watched_network.member_ = real_network.member_ ? see_##name_ : NULL

static void watch_machines(void)
{
	WATCH(regions, regions);
	WATCH(sizes, sizes);
	WATCH(images, images);
	WATCH(networks, networks);
	WATCH(quotas, quotas);
	WATCH(prices, prices);
	WATCH(create, create);
	WATCH(find, find);
	WATCH(get, get);
	WATCH(list, list);
	WATCH(changes, changes);
	WATCH(power, power);
	WATCH(resize, resize);
	WATCH(rename, rename);
	WATCH(tag, tag);
	WATCH(remove, remove);
	WATCH(snapshot_create, snapshot_create);
	WATCH(snapshot_list, snapshot_list);
	WATCH(snapshot_revert, snapshot_revert);
	WATCH(snapshot_delete, snapshot_delete);
	WATCH(console, console);
	WATCH(console_url, console_url);
	WATCH(usage, usage);
	WATCH(metrics, metrics);
	WATCH(bill, bill);
	WATCH(task, task);
}

static void watch_volumes(void)
{
	WATCH_VOLUME(create);
	WATCH_VOLUME(get);
	WATCH_VOLUME(list);
	WATCH_VOLUME(attach);
	WATCH_VOLUME(detach);
	WATCH_VOLUME(grow);
	WATCH_VOLUME(remove);
	WATCH_VOLUME(snapshot_create);
	WATCH_VOLUME(snapshot_list);
	WATCH_VOLUME(snapshot_remove);
}

static void watch_networks(void)
{
	WATCH_NETWORK(create, network_create);
	WATCH_NETWORK(list, network_list);
	WATCH_NETWORK(remove, network_remove);
	WATCH_NETWORK(security_group_create, security_group_create);
	WATCH_NETWORK(security_group_list, security_group_list);
	WATCH_NETWORK(security_group_rules, security_group_rules);
	WATCH_NETWORK(security_group_remove, security_group_remove);
	WATCH_NETWORK(address_allocate, address_allocate);
	WATCH_NETWORK(address_list, address_list);
	WATCH_NETWORK(address_associate, address_associate);
	WATCH_NETWORK(address_disassociate, address_disassociate);
	WATCH_NETWORK(address_release, address_release);
	WATCH_NETWORK(key_pair_import, key_pair_import);
	WATCH_NETWORK(key_pair_list, key_pair_list);
	WATCH_NETWORK(key_pair_remove, key_pair_remove);
}

const struct provider_ops *witness_ops(const struct provider_ops *ops)
{
	real = watched = *ops;
	watch_machines();
	if (ops->volume) {
		real_volume = *ops->volume;
		watch_volumes();
		watched.volume = &watched_volume;
	}
	if (ops->image) {
		real_image = *ops->image;
		WATCH_IMAGE(create);
		WATCH_IMAGE(list);
		WATCH_IMAGE(remove);
		watched.image = &watched_image;
	}
	if (ops->network) {
		real_network = *ops->network;
		watch_networks();
		watched.network = &watched_network;
	}
	return &watched;
}

const char *excuse_of(enum provider_verb verb)
{
	for (const struct peer_excuse *each = room.peer->not_on_this_peer; each && each->why; each++)
		if (each->verb == verb)
			return each->why;
	return NULL;
}

static void every_verb_that_the_row_claims_was_seen_to_work(void **state)
{
	size_t missing = 0;
	(void)state;
	for (int verb = 0; verb < VERB_COUNT; verb++) {
		const char *name = provider_verb_name((enum provider_verb)verb);
		const char *why = excuse_of((enum provider_verb)verb);
		if (why)
			printf("SKIP: %s: %s: %s\n", room.peer->name, name, why);
		if (why && was_seen[verb]) {
			print_error("%s works after all: take its excuse out of the peer's table\n", name);
			missing++;
		} else if (!why && room.info.support[verb] != SUPPORT_NONE && !was_seen[verb]) {
			print_error("%s is claimed, and no test saw it work on %s\n", name, room.peer->name);
			missing++;
		} else if (room.row->traits[verb].support != SUPPORT_NONE && room.info.support[verb] == SUPPORT_NONE) {
			printf("SKIP: %s: %s: %s\n", room.peer->name, name, room.info.notes[verb]);
		}
	}
	assert_int_equal(missing, 0);
}

static const struct CMUnitTest TESTS[] = {
	cmocka_unit_test(every_verb_that_the_row_claims_was_seen_to_work),
};
const struct suite_part witness_part = { TESTS, sizeof TESTS / sizeof TESTS[0] };
