/* SPDX-License-Identifier: Apache-2.0 */
/* method.h: what the proto says of an RPC and its messages, as rows that tools/protoc-gen-gaon writes. */
#ifndef GAON_RPC_METHOD_H
#define GAON_RPC_METHOD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <protobuf-c/protobuf-c.h>

enum method_access { METHOD_READ = 1, METHOD_WRITE = 2 };

/** gaon.rpc.v1.Format, by number. */
enum field_format {
	FIELD_ANY = 0,
	FIELD_RESOURCE_ID = 1,
	FIELD_RESOURCE_NAME = 2,
	FIELD_UUID = 3,
	FIELD_DECIMAL = 4,
	FIELD_CURRENCY = 5,
	FIELD_DAY = 6,
	FIELD_JSON = 7,
	FIELD_RAW = 8,
	FIELD_LABEL_KEY = 9,
};

struct message_rules;

/** The rule of one field, in the order of the descriptor's `fields` (sorted by tag), one for each field. */
struct field_rule {
	bool is_required, is_output_only, is_immutable, is_sensitive;
	uint32_t max_bytes; /* already defaulted */
	uint32_t max_items; /* already defaulted */
	enum field_format format;
	int64_t least, most;
	const struct message_rules *message; /* of a message field; NULL for messages outside gaon.* */
};

struct message_rules {
	const ProtobufCMessageDescriptor *descriptor;
	const struct field_rule *fields; /* descriptor->n_fields of them */
	bool has_sensitive;              /* itself or anything below */
};

/** One RPC: the same row serves the server, the client library and the documentation. */
struct method {
	const char *service;    /* "gaon.lifecycle.v1.LifecycleService" */
	const char *name;       /* "GetMachine" */
	const char *path;       /* "/gaon.lifecycle.v1.LifecycleService/GetMachine" */
	const char *permission; /* "lifecycle.machines.get"; "" when none is needed */
	const char *scope;      /* request field path; "" for the root */
	const char *resource;   /* noun for the audit event */
	enum method_access access;
	bool is_idempotent;
	bool is_public;            /* no credential needed */
	bool is_any_authenticated; /* a credential, but no permission */
	bool is_server_streaming;
	const ProtobufCMessageDescriptor *request;
	const ProtobufCMessageDescriptor *reply;
	const struct message_rules *request_rules;
	const struct message_rules *reply_rules;
};

#endif
