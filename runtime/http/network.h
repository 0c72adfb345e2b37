/* SPDX-License-Identifier: Apache-2.0 */
/* network.h: which addresses may be connected to. All are 16 bytes; IPv4 is mapped (::ffff:0:0/96). */
#ifndef GAON_HTTP_NETWORK_H
#define GAON_HTTP_NETWORK_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>

enum { ADDRESS_SIZE = 16 };

struct address {
	unsigned char bytes[ADDRESS_SIZE];
};

struct network {
	struct address address;
	unsigned bits;
};

struct network_list {
	struct network *rows; /* memory_free */
	size_t count;
};

/** "10.0.0.0/8, fd00::/8, 192.0.2.1"; false on anything else, on host bits that are not zero too. "" gives none. */
bool network_list_parse(const char *text, struct network_list *list);
bool network_list_has(const struct network_list *list, const struct address *address);

bool address_from_text(const char *text, struct address *address);
/** False for a family that is not IP. */
bool address_from_socket(const struct sockaddr *socket, struct address *address);
/** Globally reachable unicast: in none of the ranges of IANA's special-purpose registries. */
bool address_is_public(const struct address *address);
bool address_is_loopback(const struct address *address);

#endif
