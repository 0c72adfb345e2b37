/* SPDX-License-Identifier: Apache-2.0 */
/* error.c: what libvirt's error codes mean to us. */
#include <errno.h>
#include <string.h>

#include "providers/libvirt/session.h"
#include "runtime/base/text.h"

#define MESSAGE_MOST 300

struct code_row {
	int code;
	enum provider_error class;
};

static const struct code_row CODES[] = {
	{ VIR_ERR_NO_DOMAIN, PROVIDER_NOT_FOUND },
	{ VIR_ERR_NO_NETWORK, PROVIDER_NOT_FOUND },
	{ VIR_ERR_NO_STORAGE_POOL, PROVIDER_NOT_FOUND },
	{ VIR_ERR_NO_STORAGE_VOL, PROVIDER_NOT_FOUND },
	{ VIR_ERR_NO_DOMAIN_SNAPSHOT, PROVIDER_NOT_FOUND },
	{ VIR_ERR_NO_DOMAIN_METADATA, PROVIDER_NOT_FOUND },
	{ VIR_ERR_DOM_EXIST, PROVIDER_CONFLICT },
	{ VIR_ERR_NETWORK_EXIST, PROVIDER_CONFLICT },
	{ VIR_ERR_STORAGE_VOL_EXIST, PROVIDER_CONFLICT },
	{ VIR_ERR_OPERATION_INVALID, PROVIDER_CONFLICT },
	{ VIR_ERR_RESOURCE_BUSY, PROVIDER_CONFLICT },
	{ VIR_ERR_SNAPSHOT_REVERT_RISKY, PROVIDER_CONFLICT },
	{ VIR_ERR_AUTH_FAILED, PROVIDER_AUTH },
	{ VIR_ERR_AUTH_CANCELLED, PROVIDER_AUTH },
	{ VIR_ERR_AUTH_UNAVAILABLE, PROVIDER_AUTH },
	{ VIR_ERR_OPERATION_DENIED, PROVIDER_FORBIDDEN },
	{ VIR_ERR_ACCESS_DENIED, PROVIDER_FORBIDDEN },
	{ VIR_ERR_INVALID_ARG, PROVIDER_INVALID },
	{ VIR_ERR_XML_ERROR, PROVIDER_INVALID },
	{ VIR_ERR_XML_DETAIL, PROVIDER_INVALID },
	{ VIR_ERR_XML_INVALID_SCHEMA, PROVIDER_INVALID },
	{ VIR_ERR_CONFIG_UNSUPPORTED, PROVIDER_INVALID },
	{ VIR_ERR_PARSE_FAILED, PROVIDER_INVALID },
	{ VIR_ERR_NO_SUPPORT, PROVIDER_UNSUPPORTED },
	{ VIR_ERR_OPERATION_UNSUPPORTED, PROVIDER_UNSUPPORTED },
	{ VIR_ERR_ARGUMENT_UNSUPPORTED, PROVIDER_UNSUPPORTED },
	{ VIR_ERR_NO_MEMORY, PROVIDER_CAPACITY },
	/* Another job holds the machine; libvirt gave up waiting before it began. */
	{ VIR_ERR_OPERATION_TIMEOUT, PROVIDER_UNAVAILABLE },
	{ VIR_ERR_NO_CONNECT, PROVIDER_UNAVAILABLE },
};

/* QEMU's own words, which libvirt passes on as an "internal error". */
static const struct {
	const char *words;
	enum provider_error class;
} WORDS[] = {
	{ "Cannot allocate memory", PROVIDER_CAPACITY },
	{ "No more available PCI slots", PROVIDER_CONFLICT },
	{ "No space left", PROVIDER_CAPACITY },
	{ "could not load kernel", PROVIDER_INVALID },
	{ "could not open kernel", PROVIDER_INVALID },
	{ "No such file or directory", PROVIDER_INVALID },
};

static enum provider_error class_of_errno(int number)
{
	switch (number) {
	case ENOSPC:
	case ENOMEM:
	case EDQUOT:
		return PROVIDER_CAPACITY;
	case EACCES:
	case EPERM:
		return PROVIDER_FORBIDDEN;
	case ENOENT: /* a file of the machine; a missing socket comes from VIR_FROM_RPC */
		return PROVIDER_INVALID;
	default:
		return PROVIDER_UNAVAILABLE;
	}
}

static enum provider_error class_of(const virError *error)
{
	for (size_t i = 0; i < sizeof CODES / sizeof CODES[0]; i++)
		if (CODES[i].code == error->code)
			return CODES[i].class;
	if (error->code == VIR_ERR_SYSTEM_ERROR)
		return error->domain == VIR_FROM_RPC && error->int1 == ENOENT ? PROVIDER_UNAVAILABLE : class_of_errno(error->int1);
	for (size_t i = 0; i < sizeof WORDS / sizeof WORDS[0]; i++)
		if (error->message && strstr(error->message, WORDS[i].words))
			return WORDS[i].class;
	return PROVIDER_UNAVAILABLE;
}

bool libvirt_last_error_is(int code)
{
	return virGetLastErrorCode() == code;
}

static void error_free(void *error)
{
	virFreeError(error);
}

struct provider_result libvirt_fail(struct libvirt_work *work, const char *what)
{
	/* A copy: each call of the library, also the harmless one below, begins with forgetting the last error. */
	virErrorPtr error = virSaveLastError();
	if (!error)
		return provider_fail(work->arena, PROVIDER_UNAVAILABLE, "%s, and libvirt does not say why", what);
	arena_defer(work->arena, error_free, error);
	enum provider_error class = class_of(error);
	/* An answer that comes over a dead connection is none: the daemon may have done it. */
	if (work->is_mutating && work->link && (error->domain == VIR_FROM_RPC || virConnectIsAlive(work->link) != 1))
		class = PROVIDER_UNKNOWN_OUTCOME;
	const char *reason = text_is_utf8(slice_text(error->message)) ? error->message : "(unreadable)";
	return provider_fail(work->arena, class, "%s: %.*s", what, MESSAGE_MOST, text_or_empty(reason));
}
