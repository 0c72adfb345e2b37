/* SPDX-License-Identifier: Apache-2.0 */
/*
 * handoff.c: gives accepted connections to the core.
 * In the clear that is grpc_server_add_channel_from_fd. Under TLS the core has a way in as well, the one behind
 * grpc::experimental::ExternalConnectionAcceptor: it fills a slot in the server's arguments with an object of
 *     class TcpServerFdHandler { virtual ~TcpServerFdHandler(); virtual void Handle(int, int, grpc_byte_buffer *); };
 * whose third virtual function is called here from C, as the platform's C++ ABI lays it out. That holds for the
 * versions of the core named below and no other; elsewhere the core's own listener serves TLS, deaf after an EMFILE and
 * without a limit of connections.
 */
#include "runtime/rpc/handoff.h"

#include <string.h>

#include <grpc/grpc_posix.h>
#include <grpc/grpc_security.h>

#define EXTERNAL_ADDRESS "external:gaon"

/* grpc_version_string(): 29.0.0 is gRPC 1.51, Debian 12's. */
static const char *const known_versions[] = { "29.0.0" };

/* The Itanium C++ ABI puts two destructors before the first other virtual function. */
enum { VIRTUAL_HANDLE = 2 };

struct acceptor {
	void (**functions)(void);
};

static void *copy_pointer(void *pointer)
{
	return pointer;
}

static void destroy_pointer(void *pointer)
{
	(void)pointer; /* the server owns the slot */
}

static int compare_pointers(void *a, void *b)
{
	return (a > b) - (a < b);
}

bool handoff_prepare(struct handoff *handoff, grpc_arg *argument)
{
	static const grpc_arg_pointer_vtable vtable = { copy_pointer, destroy_pointer, compare_pointers };
	const char *version = grpc_version_string();

	for (size_t i = 0; i < sizeof known_versions / sizeof known_versions[0]; i++) {
		if (strcmp(version, known_versions[i]) != 0)
			continue;
		*argument = (grpc_arg){ .type = GRPC_ARG_POINTER,
					.key = (char *)EXTERNAL_ADDRESS,
					.value.pointer = { .p = &handoff->acceptor, .vtable = &vtable } };
		return true;
	}
	return false;
}

bool handoff_open(struct handoff *handoff, grpc_server *server, grpc_server_credentials *credentials)
{
	/* Its answer is a port, and there is none: what counts is that the slot was filled. */
	grpc_server_add_http2_port(server, EXTERNAL_ADDRESS, credentials);
	return handoff->acceptor != NULL;
}

void handoff_open_cleartext(struct handoff *handoff)
{
	handoff->cleartext = grpc_insecure_server_credentials_create();
}

void handoff_give(const struct handoff *handoff, grpc_server *server, int listener, int descriptor)
{
	const struct acceptor *acceptor = handoff->acceptor;
	void (*handle)(const void *self, int listener, int descriptor, grpc_byte_buffer *pending);

	if (handoff->cleartext) {
		grpc_server_add_channel_from_fd(server, descriptor, handoff->cleartext);
		return;
	}
	handle = (void (*)(const void *, int, int, grpc_byte_buffer *))acceptor->functions[VIRTUAL_HANDLE];
	handle(acceptor, listener, descriptor, NULL);
}

void handoff_close(struct handoff *handoff)
{
	if (handoff->cleartext)
		grpc_server_credentials_release(handoff->cleartext);
	handoff->cleartext = NULL;
}
