/* SPDX-License-Identifier: Apache-2.0 */
/* machine.h: the verbs, and what their files share. Inside the adapter only. */
#ifndef GAON_PROVIDERS_AWS_MACHINE_H
#define GAON_PROVIDERS_AWS_MACHINE_H

#include "providers/aws/session.h"

#define CALL struct provider_session *session, struct provider_call *call

/* ---- session.c, probe.c ---- */
struct provider_result aws_check(struct arena *arena, const struct provider_config *config);
struct provider_result aws_open(struct provider_call *call, const struct provider_config *config,
				struct provider_session **session);
void aws_close(struct provider_session *session);
struct provider_result aws_probe(CALL, struct provider_info *info);
/** The account's number, asked for once. */
struct provider_result aws_account(CALL, const char **account);

/* ---- read.c: XML as our structs; texts are borrowed from the tree ---- */
/** True for "<prefix>0123456789abcdef": what can be an id at all. */
bool aws_is_id(const char *native_id, const char *prefix);
int64_t aws_time_read(const struct xml *element);
void aws_machine_read(struct arena *arena, const struct xml *instance, struct provider_machine *machine);
/** Id of the volume on the root device; NULL when there is none. */
const char *aws_root_volume(const struct xml *instance);
void aws_volume_read(const struct xml *item, struct provider_volume *volume);
void aws_network_read(struct arena *arena, const struct xml *item, struct provider_network *network);
void aws_image_read(const struct xml *item, struct provider_image *image);
/** The rules of <ipPermissions> and <ipPermissionsEgress> that the contract can say. */
void aws_group_read(struct arena *arena, const struct xml *item, struct provider_security_group *group);
void aws_address_read(const struct xml *item, struct provider_address *address);
/** False for something that is no size: without vcpus or memory. */
bool aws_size_read(const struct xml *item, struct provider_size *size);
/** How many <item> below `set`; the first of them in *first. */
size_t aws_items(const struct xml *root, const char *set, const struct xml **first);

/* ---- range.c ---- */
/** "gp3", "eu-west-1a": what AWS itself calls something. */
bool aws_is_word(const char *text);
/** "10.0.0.0/8", "2001:db8::/32" */
bool aws_is_range(const char *text);
/** "The allowed block size is between a /28 netmask and /16 netmask." */
bool aws_is_subnet_range(const char *text);

/* ---- page.c ---- */
/** Where a list goes on: which part of it, how many rows of AWS's page were given out, and AWS's own token. */
struct aws_position {
	size_t part, skip;
	const char *token; /* NULL: the first page */
};
struct provider_result aws_position_read(struct arena *arena, const struct provider_page *page,
					 struct aws_position *position);
/** MaxResults (within what AWS takes) and NextToken. */
void aws_position_ask(struct aws_query *query, const struct aws_position *position, unsigned size);
unsigned aws_page_size(const struct provider_page *page);
/**
 * Cuts the rows that go out of AWS's page of `count`: *first, *size. Sets page->token; `has_more_parts`: there is a
 * part after this.
 */
void aws_position_cut(struct arena *arena, const struct aws_position *position, size_t count, const char *next_token,
		      bool has_more_parts, struct provider_page *page, size_t *first, size_t *size);

/** What a Describe action is asked for. */
struct aws_listing {
	enum aws_action action;
	const char *set;            /* the element that holds the <item>s */
	const char *filter, *value; /* NULL: no filter */
	bool is_of_self;            /* only what this account owns */
	bool is_unpaged;            /* AWS gives them all at once */
};
/** The <item>s on this page of ours, made with `intent` unless that is NULL; `page` gets the next one's token. */
struct provider_result aws_list_page(CALL, const struct aws_listing *listing, const struct provider_intent *intent,
				     struct provider_page *page, const struct xml ***items, size_t *count);
/** All of them, from all pages of AWS; QUOTA where there are more than can be read. */
struct provider_result aws_list_all(CALL, const struct aws_listing *listing, const struct xml ***items, size_t *count);

/* ---- book.c: look-ups that are kept in mind ---- */
/** Makes sure that these are known as far as AWS knows them. */
struct provider_result aws_sizes_learn(CALL, const char *const *types, size_t count);
bool aws_size_known(struct provider_session *session, const char *type, struct provider_size *size);
struct provider_result aws_image_find(CALL, const char *native_id, struct aws_image *image);
/** It is deleted. */
void aws_image_forget(struct provider_session *session, const char *native_id);
/** A zone for volumes whose order names none. */
struct provider_result aws_zone_default(CALL, const char **zone);

/* ---- catalogue.c ---- */
struct provider_result aws_regions(CALL, struct provider_page *page, struct provider_region **regions, size_t *count);
struct provider_result aws_sizes(CALL, struct provider_page *page, struct provider_size **sizes, size_t *count);
struct provider_result aws_images(CALL, struct provider_page *page, struct provider_image **images, size_t *count);
struct provider_result aws_networks(CALL, struct provider_page *page, struct provider_network **networks,
				    size_t *count);
struct provider_result aws_quotas(CALL, struct provider_quota **quotas, size_t *count);
struct provider_result aws_prices(CALL, struct provider_page *page, struct provider_price **prices, size_t *count);
/** One of the texts in GetProducts' PriceList; false when it holds no hourly price. For tests too. */
bool aws_price_read(struct arena *arena, const char *product, struct provider_price *price);

/* ---- machine.c ---- */
struct provider_result aws_find(CALL, const struct provider_intent *intent, struct provider_machine *machine);
struct provider_result aws_get(CALL, const char *native_id, struct provider_machine *machine);
struct provider_result aws_list(CALL, struct provider_page *page, struct provider_machine **machines, size_t *count);
/** One <item> of DescribeInstances; NOT_FOUND for one that is terminated too. */
struct provider_result aws_instance(CALL, const char *native_id, const struct xml **instance);
/** "running" */
const char *aws_instance_state(const struct xml *instance);

/* ---- create.c, power.c, change.c, remove.c ---- */
struct provider_result aws_create(CALL, const struct provider_machine_spec *spec, struct provider_task *task,
				  const char **native_id);
struct provider_result aws_power(CALL, const char *native_id, enum provider_verb verb, struct provider_task *task);
struct provider_result aws_switch(CALL, const char *native_id, enum aws_action action, bool is_hard);
struct provider_result aws_resize(CALL, const char *native_id, const struct provider_resize_spec *spec,
				  struct provider_task *task);
struct provider_result aws_rename(CALL, const char *native_id, const char *name, struct provider_task *task);
struct provider_result aws_retag(CALL, const char *native_id, const struct json *tags, struct provider_task *task);
struct provider_result aws_remove(CALL, const char *native_id, struct provider_task *task);

/* ---- snapshot.c, revert.c ---- */
struct provider_result aws_snapshot_create(CALL, const char *native_id, const char *name, struct provider_task *task,
					   const char **snapshot_id);
struct provider_result aws_snapshot_list(CALL, const char *native_id, struct provider_snapshot **snapshots,
					 size_t *count);
struct provider_result aws_snapshot_revert(CALL, const char *native_id, const char *snapshot_id,
					   struct provider_task *task);
struct provider_result aws_snapshot_delete(CALL, const char *native_id, const char *snapshot_id,
					   struct provider_task *task);
/** Every snapshot of this account's with this tag. */
struct provider_result aws_snapshots_with(CALL, const char *filter, const char *value, const struct xml ***items,
					  size_t *count);
struct provider_result aws_snapshots_delete(CALL, const struct xml *const *items, size_t count);

/* ---- task.c ---- */
struct provider_result aws_task(CALL, const char *handle, struct provider_task_status *status);
/** "<kind>:<part>:…"; parts without ':'. */
const char *aws_handle(struct arena *arena, const char *kind, const char *const *parts, size_t count);
enum { AWS_HANDLE_PARTS = 6 };
struct provider_result aws_task_revert(CALL, const char *const *parts, struct provider_task_status *status);
struct provider_result aws_task_remove(CALL, const char *const *parts, struct provider_task_status *status);
struct provider_result aws_task_snapshots(CALL, const char *const *parts, struct provider_task_status *status);
struct provider_result aws_task_snapshot(CALL, const char *const *parts, struct provider_task_status *status);
struct provider_result aws_task_volume(CALL, const char *const *parts, struct provider_task_status *status);
struct provider_result aws_task_grow(CALL, const char *const *parts, struct provider_task_status *status);
struct provider_result aws_task_image(CALL, const char *const *parts, struct provider_task_status *status);
struct provider_result aws_task_network(CALL, const char *const *parts, struct provider_task_status *status);

/* ---- volume.c, image.c, network.c … ---- */
extern const struct provider_volume_ops aws_volume_ops;
extern const struct provider_image_ops aws_image_ops;
extern const struct provider_network_ops aws_network_ops;
/** One <item> of DescribeVolumes. */
struct provider_result aws_volume(CALL, const char *native_id, const struct xml **item);
struct provider_result aws_volumes_with(CALL, const char *filter, const char *value, const struct xml ***items,
					size_t *count);
struct provider_result aws_volume_snapshot_create(CALL, const char *native_id, const char *name,
						  struct provider_task *task, const char **snapshot_id);
struct provider_result aws_volume_snapshot_list(CALL, const char *native_id, struct provider_snapshot **snapshots,
						size_t *count);
struct provider_result aws_volume_snapshot_remove(CALL, const char *snapshot_id, struct provider_task *task);

struct provider_result aws_group_create(CALL, const struct provider_security_group_spec *spec, const char **native_id);
struct provider_result aws_group_list(CALL, const struct provider_intent *intent, struct provider_page *page,
				      struct provider_security_group **groups, size_t *count);
struct provider_result aws_group_rules(CALL, const char *native_id, const struct provider_rule *rules, size_t count);
struct provider_result aws_group_remove(CALL, const char *native_id);
struct provider_result aws_address_allocate(CALL, const struct provider_intent *intent, const char *network,
					    struct provider_address *address);
struct provider_result aws_address_list(CALL, const struct provider_intent *intent, struct provider_page *page,
					struct provider_address **addresses, size_t *count);
struct provider_result aws_address_associate(CALL, const char *native_id, const char *machine);
struct provider_result aws_address_disassociate(CALL, const char *native_id);
struct provider_result aws_address_release(CALL, const char *native_id);
struct provider_result aws_key_import(CALL, const char *name, const char *public_key, struct provider_key_pair *pair);
/** Type and key, without the comment. */
const char *aws_bare_key(struct arena *arena, const char *public_key);
struct provider_result aws_key_list(CALL, struct provider_page *page, struct provider_key_pair **pairs, size_t *count);
struct provider_result aws_key_remove(CALL, const char *native_id);

/* ---- observe.c, bill.c ---- */
struct provider_result aws_console(CALL, const char *native_id, size_t most, struct slice *output);
struct provider_result aws_metrics(CALL, const char *native_id, const struct provider_metrics_query *query,
				   struct provider_sample **samples, size_t *count);
struct provider_result aws_bill(CALL, int64_t start_us, int64_t end_us, struct provider_page *page,
				struct provider_bill_line **lines, size_t *count);

#endif
