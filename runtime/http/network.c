/* SPDX-License-Identifier: Apache-2.0 */
/* network.c: prefixes, and IANA's special-purpose address registries (RFC 6890 and what followed it). */
#include "runtime/http/network.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

#include "runtime/base/memory.h"
#include "runtime/base/text.h"

static const unsigned char MAPPED[12] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff };

static struct address from_ipv4(const void *ipv4)
{
	struct address address;

	memcpy(address.bytes, MAPPED, sizeof MAPPED);
	memcpy(address.bytes + sizeof MAPPED, ipv4, 4);
	return address;
}

bool address_from_text(const char *text, struct address *address)
{
	struct in6_addr ipv6;
	struct in_addr ipv4;

	if (inet_pton(AF_INET, text, &ipv4) == 1) {
		*address = from_ipv4(&ipv4);
		return true;
	}
	if (inet_pton(AF_INET6, text, &ipv6) != 1)
		return false;
	memcpy(address->bytes, &ipv6, ADDRESS_SIZE);
	return true;
}

bool address_from_socket(const struct sockaddr *socket, struct address *address)
{
	switch (socket->sa_family) {
	case AF_INET: {
		struct sockaddr_in ipv4;

		memcpy(&ipv4, socket, sizeof ipv4);
		*address = from_ipv4(&ipv4.sin_addr);
		return true;
	}
	case AF_INET6: {
		struct sockaddr_in6 ipv6;

		memcpy(&ipv6, socket, sizeof ipv6);
		memcpy(address->bytes, &ipv6.sin6_addr, ADDRESS_SIZE);
		return true;
	}
	default:
		return false;
	}
}

static bool is_mapped(const struct address *address)
{
	return memcmp(address->bytes, MAPPED, sizeof MAPPED) == 0;
}

static bool network_has(const struct network *network, const struct address *address)
{
	size_t whole = network->bits / 8;
	unsigned rest = network->bits % 8;

	if (memcmp(network->address.bytes, address->bytes, whole) != 0)
		return false;
	return rest == 0 || ((network->address.bytes[whole] ^ address->bytes[whole]) >> (8 - rest)) == 0;
}

static bool has_host_bits(const struct network *network)
{
	for (unsigned bit = network->bits; bit < ADDRESS_SIZE * 8; bit++) {
		if (network->address.bytes[bit / 8] & (0x80 >> bit % 8))
			return true;
	}
	return false;
}

static bool network_parse(const char *text, struct network *network)
{
	char address[INET6_ADDRSTRLEN];
	size_t size = strcspn(text, "/");
	uint64_t bits;

	if (size >= sizeof address)
		return false;
	memcpy(address, text, size);
	address[size] = '\0';
	if (!address_from_text(address, &network->address))
		return false;

	bool is_ipv4 = strchr(address, ':') == NULL;
	network->bits = ADDRESS_SIZE * 8;
	if (text[size] == '/') {
		if (!text_to_uint64(text + size + 1, &bits) || bits > (is_ipv4 ? 32 : 128))
			return false;
		network->bits = (unsigned)bits + (is_ipv4 ? 96 : 0);
	}
	return !has_host_bits(network);
}

bool network_list_parse(const char *text, struct network_list *list)
{
	struct arena *scratch = arena_new(0);
	struct network_list read = { 0 };
	char **parts;
	size_t count = text_split(scratch, text, ',', &parts);
	bool is_good = true;

	read.rows = MEMORY_ARRAY(count, struct network);
	for (size_t i = 0; i < count && is_good; i++) {
		char *part = parts[i] + strspn(parts[i], " \t");
		size_t size = strlen(part);

		while (size > 0 && strchr(" \t", part[size - 1]))
			part[--size] = '\0';
		if (part[0] == '\0' && count == 1)
			break;
		is_good = network_parse(part, &read.rows[read.count++]);
	}
	arena_free(scratch);
	if (!is_good) {
		memory_free(read.rows);
		return false;
	}
	*list = read;
	return true;
}

bool network_list_has(const struct network_list *list, const struct address *address)
{
	for (size_t i = 0; i < list->count; i++) {
		if (network_has(&list->rows[i], address))
			return true;
	}
	return false;
}

/* Everything below is read as IPv4 inside ::ffff:0:0/96 or as IPv6. */
#define IPV4(a_, b_, c_, bits_)                                                                                        \
	{                                                                                                              \
		{ { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, (a_), (b_), (c_), 0 } }, 96 + (bits_)                    \
	}

static const struct network special_ipv4[] = {
	IPV4(0, 0, 0, 8),      IPV4(10, 0, 0, 8),     IPV4(100, 64, 0, 10), IPV4(127, 0, 0, 8),
	IPV4(169, 254, 0, 16), IPV4(172, 16, 0, 12),  IPV4(192, 0, 0, 24),  IPV4(192, 0, 2, 24),
	IPV4(192, 88, 99, 24), IPV4(192, 168, 0, 16), IPV4(198, 18, 0, 15), IPV4(198, 51, 100, 24),
	IPV4(203, 0, 113, 24), IPV4(224, 0, 0, 3), /* multicast and above */
};

/*
 * What IANA has given out is 2000::/3; within it these are not plain destinations: Teredo and others, documentation,
 * 6to4.
 */
static const struct network global_unicast = { { { 0x20 } }, 3 };
static const struct network special_ipv6[] = {
	{ { { 0x20, 0x01, 0x00 } }, 23 },
	{ { { 0x20, 0x01, 0x0d, 0xb8 } }, 32 },
	{ { { 0x20, 0x02 } }, 16 },
	{ { { 0x3f, 0xff, 0x00 } }, 20 },
};
/* RFC 6052: an IPv4 address behind a translator. */
static const struct network translated = { { { 0x00, 0x64, 0xff, 0x9b } }, 96 };

static bool is_in(const struct network *rows, size_t count, const struct address *address)
{
	return network_list_has(&(struct network_list){ (struct network *)(uintptr_t)rows, count }, address);
}

bool address_is_public(const struct address *address)
{
	if (network_has(&translated, address)) {
		struct address inner = from_ipv4(address->bytes + sizeof MAPPED);

		return address_is_public(&inner);
	}
	if (is_mapped(address))
		return !is_in(special_ipv4, sizeof special_ipv4 / sizeof special_ipv4[0], address);
	return network_has(&global_unicast, address) &&
	       !is_in(special_ipv6, sizeof special_ipv6 / sizeof special_ipv6[0], address);
}

bool address_is_loopback(const struct address *address)
{
	static const struct address ipv6_loopback = { { [ADDRESS_SIZE - 1] = 1 } };

	if (is_mapped(address))
		return address->bytes[sizeof MAPPED] == 127;
	return memcmp(address, &ipv6_loopback, sizeof ipv6_loopback) == 0;
}
