/* SPDX-License-Identifier: Apache-2.0 */
/* handoff.h: connections that we accepted ourselves become the core's, in the clear or under TLS. */
#ifndef GAON_RPC_HANDOFF_H
#define GAON_RPC_HANDOFF_H

#include <stdbool.h>

#include <grpc/grpc.h>

/** Zeroed, then handoff_prepare before the server is created. It must outlive the server. */
struct handoff {
	void *acceptor; /* the core's, set by handoff_open; NULL: only cleartext can be handed over */
	grpc_server_credentials *cleartext;
};

/** True when this build of the core takes TLS connections too; then `argument` goes into the server's arguments. */
bool handoff_prepare(struct handoff *handoff, grpc_arg *argument);

/** After the server is created, before it is started. False when the core will not take TLS connections from us. */
bool handoff_open(struct handoff *handoff, grpc_server *server, grpc_server_credentials *credentials);

/** For a server in the clear. */
void handoff_open_cleartext(struct handoff *handoff);

/** While the server runs. The descriptor, which must not block, is the core's from now on. */
void handoff_give(const struct handoff *handoff, grpc_server *server, int listener, int descriptor);

void handoff_close(struct handoff *handoff);

#endif
