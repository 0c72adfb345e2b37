/* Made by protoc-gen-gaon: every permission that an RPC asks for. */
#ifndef GAON_PERMISSIONS_H
#define GAON_PERMISSIONS_H

#include <stddef.h>

#include "runtime/rpc/method.h"

struct permission_row {
	const char *permission;
	const char *service;      /* "lifecycle" */
	const char *method;       /* the first RPC, by name, that asks for it */
	enum method_access access; /* METHOD_WRITE when any of its RPCs writes */
	const char *const *methods; /* all of its RPCs: "gaon.lifecycle.v1.LifecycleService/StopMachine" */
	size_t method_count;
};

/* Sorted by permission; each stands here once. */
extern const struct permission_row gaon_permissions[];
extern const size_t gaon_permission_count;

#endif
