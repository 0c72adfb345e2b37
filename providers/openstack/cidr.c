/* SPDX-License-Identifier: Apache-2.0 */
/* cidr.c: whether a text is a network's address, and what the files about Neutron share. */
#include <arpa/inet.h>
#include <string.h>

#include "providers/openstack/marks.h"
#include "providers/openstack/network.h"
#include "runtime/base/text.h"

enum { CIDR_MOST = 64, BYTE_BITS = 8 };

static bool has_bits_behind(const unsigned char *bytes, unsigned size, unsigned prefix)
{
	for (unsigned bit = prefix; bit < size * BYTE_BITS; bit++)
		if (bytes[bit / BYTE_BITS] & (0x80u >> bit % BYTE_BITS))
			return true;
	return false;
}

int openstack_cidr_family(const char *cidr)
{
	char address[CIDR_MOST];
	unsigned char bytes[sizeof(struct in6_addr)];
	uint64_t prefix;
	const char *slash = cidr ? strchr(cidr, '/') : NULL;
	if (!slash || (size_t)(slash - cidr) >= sizeof address || !text_to_uint64(slash + 1, &prefix))
		return 0;
	memcpy(address, cidr, (size_t)(slash - cidr));
	address[slash - cidr] = '\0';
	bool is_4 = inet_pton(AF_INET, address, bytes) == 1;
	bool is_6 = !is_4 && inet_pton(AF_INET6, address, bytes) == 1;
	unsigned size = is_4 ? sizeof(struct in_addr) : sizeof(struct in6_addr);
	if ((!is_4 && !is_6) || prefix > size * BYTE_BITS || has_bits_behind(bytes, size, (unsigned)prefix))
		return 0;
	return is_4 ? 4 : 6;
}

struct provider_result openstack_network_ask(struct provider_session *session, struct provider_call *call,
					     const char *method, const char *path, const struct json *body,
					     const char *what, struct openstack_reply *reply)
{
	return openstack_ask(
		session, call,
		&(struct openstack_request){
			.service = OPENSTACK_NETWORK, .method = method, .path = path, .body = body, .what = what },
		reply);
}

struct provider_result openstack_network_look(struct provider_session *session, struct provider_call *call,
					      const char *path, const char *member, const char *what,
					      struct openstack_reply *reply)
{
	return openstack_ask(session, call,
			     &(struct openstack_request){ .service = OPENSTACK_NETWORK,
							  .method = "GET",
							  .path = path,
							  .what = what,
							  .is_read = true,
							  .member = member },
			     reply);
}

struct json *openstack_network_body(struct arena *arena, const char *outer, struct json **inner)
{
	struct json *body = json_object(arena);
	*inner = json_object(arena);
	json_set(body, outer, *inner);
	return body;
}

bool openstack_is_wanted(const struct provider_session *session, const struct provider_marks *marks,
			 const struct provider_intent *intent)
{
	return !intent || openstack_is_of(session, marks, intent);
}
