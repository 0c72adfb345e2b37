/* SPDX-License-Identifier: Apache-2.0 */
/* cluster.c: clusters as regions with one zone in each, and which one a machine goes to when nobody says. */
#include "providers/nutanix/common.h"
#include "runtime/base/text.h"

void nutanix_zones_add(const struct provider_session *session, struct provider_region *regions, size_t *count)
{
	size_t regions_end = *count;

	for (size_t i = 0; i < regions_end; i++) {
		const char *id = regions[i].native_id;

		if (session->options.cluster && !text_equal(session->options.cluster, id))
			continue;
		regions[*count] = regions[i];
		regions[(*count)++].parent = id;
	}
}

struct provider_result nutanix_cluster_choose(struct provider_session *session, struct provider_call *call,
					      nutanix_regions_of *regions_of, const char **cluster)
{
	struct provider_page page = { .size = 500 };
	struct provider_region *clusters;
	size_t count = 0;

	*cluster = session->options.cluster;
	if (*cluster)
		return PROVIDER_DONE;
	struct provider_result result = regions_of(session, call, &page, &clusters, &count);
	if (result.error != PROVIDER_OK)
		return result;
	/* Each is there twice: as a region, and as the zone in it. */
	if (count != 2 || page.token)
		return provider_fail(call->arena, PROVIDER_INVALID,
				     count > 2 ? "there are several clusters; name one as the zone, or set the option cluster" :
						 "this Prism Central shows no AHV cluster to this account");
	*cluster = clusters[0].native_id;
	return PROVIDER_DONE;
}
