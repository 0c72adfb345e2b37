/* SPDX-License-Identifier: Apache-2.0 */
/* catalogue.c: sizes by table, images by pool, networks by libvirt. */
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "providers/libvirt/domain.h"
#include "runtime/base/text.h"
#include "runtime/base/xml.h"

struct provider_result libvirt_sizes(struct provider_session *session, struct provider_call *call,
				     struct provider_page *page, struct provider_size **sizes, size_t *count)
{
	const struct provider_size_table *table = &session->options.sizes;
	size_t first;
	struct provider_result result = provider_page_cut(call->arena, page, table->count, &first, count);
	if (result.error == PROVIDER_OK)
		*sizes = arena_memdup(call->arena, table->sizes + first, *count * sizeof **sizes);
	return result;
}

struct images_arguments {
	struct libvirt_image *images;
	size_t count;
};

static struct provider_result images_do(struct libvirt_work *work, void *pointer)
{
	struct images_arguments *arguments = pointer;
	return libvirt_image_list(work, &arguments->images, &arguments->count);
}

struct provider_result libvirt_images(struct provider_session *session, struct provider_call *call,
				      struct provider_page *page, struct provider_image **images, size_t *count)
{
	struct libvirt_work *work = libvirt_work_new(session, VERB_IMAGES);
	struct images_arguments *arguments = ARENA_NEW(work->arena, struct images_arguments);
	struct provider_result result = libvirt_run(work, call, images_do, arguments);
	if (result.error != PROVIDER_OK)
		return result;
	size_t first;
	result = provider_page_cut(call->arena, page, arguments->count, &first, count);
	if (result.error != PROVIDER_OK)
		return result;
	*images = ARENA_ARRAY(call->arena, *count, struct provider_image);
	for (size_t i = 0; i < *count; i++) {
		const struct libvirt_image *image = &arguments->images[first + i];
		(*images)[i] = (struct provider_image){ .native_id = image->native_id,
							.name = image->name,
							.os = image->os,
							.architecture = session->options.architecture,
							.min_disk_gib = image->disk_gib };
	}
	return PROVIDER_DONE;
}

struct networks_arguments {
	struct provider_network *networks;
	size_t count;
};

struct network_list {
	virNetworkPtr *networks;
	int count;
};

static void network_list_free(void *pointer)
{
	struct network_list *list = pointer;
	for (int i = 0; i < list->count; i++)
		virNetworkFree(list->networks[i]);
	free(list->networks);
}

/* libvirt tells the host's address with a netmask or prefix; a CIDR is the network's. NULL: neither helps. */
static const char *cidr_of(struct arena *arena, const char *address, const char *netmask, const char *prefix)
{
	struct in_addr host, mask = { 0 };
	char text[INET_ADDRSTRLEN];
	int64_t bits = 0;

	if (inet_pton(AF_INET, address, &host) != 1)
		return prefix ? arena_printf(arena, "%s/%s", address, prefix) : NULL;
	if (prefix && !text_to_int64(prefix, &bits))
		return NULL;
	if (!prefix && netmask && inet_pton(AF_INET, netmask, &mask) == 1)
		bits = __builtin_popcount(mask.s_addr);
	if (bits <= 0 || bits > 32)
		return NULL;
	host.s_addr &= htonl(UINT32_MAX << (32 - bits));
	inet_ntop(AF_INET, &host, text, sizeof(text));
	return arena_printf(arena, "%s/%d", text, (int)bits);
}

static const char *network_cidr(struct arena *arena, virNetworkPtr network)
{
	struct xml *tree;
	char *document = virNetworkGetXMLDesc(network, 0);
	if (!document)
		return NULL;
	arena_defer(arena, free, document);
	if (!status_is_ok(xml_parse(arena, slice_text(document), NULL, &tree)))
		return NULL;
	const struct xml *ip = xml_child(tree, "ip");
	const char *address = xml_attribute(ip, "address", NULL);
	if (!address)
		return NULL;
	return cidr_of(arena, address, xml_attribute(ip, "netmask", NULL), xml_attribute(ip, "prefix", NULL));
}

static int by_id(const void *a, const void *b)
{
	return strcmp(((const struct provider_network *)a)->native_id, ((const struct provider_network *)b)->native_id);
}

static struct provider_result networks_do(struct libvirt_work *work, void *pointer)
{
	struct networks_arguments *arguments = pointer;
	struct network_list *list = ARENA_NEW(work->arena, struct network_list);
	list->count = virConnectListAllNetworks(work->link, &list->networks, VIR_CONNECT_LIST_NETWORKS_ACTIVE);
	/* A hypervisor without the network driver still has user-mode networking. */
	if (list->count < 0 && !libvirt_last_error_is(VIR_ERR_NO_SUPPORT))
		return libvirt_fail(work, "the networks cannot be listed");
	if (list->count < 0)
		list->count = 0;
	arena_defer(work->arena, network_list_free, list);
	arguments->networks = ARENA_ARRAY(work->arena, (size_t)list->count + 1, struct provider_network);
	arguments->networks[arguments->count++] =
		(struct provider_network){ .native_id = LIBVIRT_NO_NETWORK, .name = "none (user mode: out only)" };
	for (int i = 0; i < list->count; i++) {
		const char *name = arena_strdup(work->arena, text_or_empty(virNetworkGetName(list->networks[i])));
		arguments->networks[arguments->count++] = (struct provider_network){
			.native_id = name, .name = name, .cidr = network_cidr(work->arena, list->networks[i])
		};
	}
	qsort(arguments->networks, arguments->count, sizeof *arguments->networks, by_id);
	return PROVIDER_DONE;
}

struct provider_result libvirt_networks(struct provider_session *session, struct provider_call *call,
					struct provider_page *page, struct provider_network **networks, size_t *count)
{
	struct libvirt_work *work = libvirt_work_new(session, VERB_NETWORKS);
	struct networks_arguments *arguments = ARENA_NEW(work->arena, struct networks_arguments);
	struct provider_result result = libvirt_run(work, call, networks_do, arguments);
	if (result.error != PROVIDER_OK)
		return result;
	size_t first;
	result = provider_page_cut(call->arena, page, arguments->count, &first, count);
	if (result.error == PROVIDER_OK)
		*networks = arguments->networks + first;
	return result;
}
