/* SPDX-License-Identifier: Apache-2.0 */
/* client.h: libgaon, the control plane from C and C++: one client per server, one call per thread and request. */
#ifndef GAON_CLIENT_H
#define GAON_CLIENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <protobuf-c/protobuf-c.h>

#define GAON_API __attribute__((visibility("default")))

#ifdef __cplusplus
extern "C" {
#endif

struct method; /* <gaon/method.h>: one RPC; the typed functions of <gaon/SERVICE/v1/SERVICE.client.h> bring theirs */
struct gaon_client;
struct gaon_call;

/** The numbers of google.rpc.Code, which every gRPC language shares. */
enum gaon_code {
	GAON_OK = 0,
	GAON_CANCELLED = 1,
	GAON_UNKNOWN = 2,
	GAON_INVALID_ARGUMENT = 3,
	GAON_DEADLINE_EXCEEDED = 4,
	GAON_NOT_FOUND = 5,
	GAON_ALREADY_EXISTS = 6,
	GAON_PERMISSION_DENIED = 7,
	GAON_RESOURCE_EXHAUSTED = 8,
	GAON_FAILED_PRECONDITION = 9,
	GAON_ABORTED = 10,
	GAON_OUT_OF_RANGE = 11,
	GAON_UNIMPLEMENTED = 12,
	GAON_INTERNAL = 13,
	GAON_UNAVAILABLE = 14,
	GAON_DATA_LOSS = 15,
	GAON_UNAUTHENTICATED = 16,
};

/** What went wrong before there was a call to ask: copied, so it outlives everything. */
struct gaon_error {
	int code;
	char reason[64];
	char message[512];
};

/** Zero everything, set `size` to sizeof(struct gaon_client_options), then what is needed. All texts are copied. */
struct gaon_client_options {
	size_t size;
	const char *address; /* "127.0.0.1:7443", "unix:/run/gaon.sock" */
	const char *token;   /* an API key or a bearer token; NULL: none */
	bool use_tls;
	bool allow_insecure;          /* send the token in clear text to a host that is not this one */
	const char *ca_path;          /* PEM; NULL: the system's */
	const char *certificate_path; /* PEM chain of this client, with its key; NULL: none */
	const char *key_path;
	const char *server_name; /* the name the server's certificate must bear; NULL: the address's */
	const char *user_agent;  /* goes in front of libgaon's own */
	size_t message_bytes;    /* of one reply; 0: 16 MiB */
};

/**
 * A connection that reconnects by itself; nothing is sent before the first call. Thread-safe: share it between all
 * threads. Returns a gaon_code; on failure *client is untouched and *error (when not NULL) says why.
 */
GAON_API int gaon_client_new(const struct gaon_client_options *options, struct gaon_client **client,
			     struct gaon_error *error);

/**
 * Waits at most `wait_ms` for the connection; true when it stands. Who waits for a server that is away waits here:
 * gRPC's core gets on with connecting only while somebody is inside a call, or in here. Thread-safe.
 */
GAON_API bool gaon_client_connect(struct gaon_client *client, int64_t wait_ms);

/** Takes NULL. Calls that are still there keep the connection open until they are freed too. */
GAON_API void gaon_client_free(struct gaon_client *client);

/**
 * A call owns what it was answered: replies, stream messages and the texts of the last failure stay valid until
 * gaon_call_reset or gaon_call_free. One thread at a time; only gaon_call_cancel may come from another.
 * NULL for a NULL client; every function below takes that NULL and answers GAON_RESOURCE_EXHAUSTED.
 * What a server or caller can make large is bounded and refused with a code. Only when the host has no memory left for
 * small things the process ends, as it does inside gRPC's core.
 */
GAON_API struct gaon_call *gaon_call_new(struct gaon_client *client);
/** Ends the open stream, drops all replies, forgets the failure and the trace id; keeps time-out and attempts. */
GAON_API void gaon_call_reset(struct gaon_call *call);
GAON_API void gaon_call_free(struct gaon_call *call);

/** Of each RPC from now on. 0: 30 s for unary calls, none for streams. */
GAON_API void gaon_call_set_timeout_ms(struct gaon_call *call, int64_t timeout_ms);
/** Tries of an idempotent RPC when the server is UNAVAILABLE, with back-off; 0: 4; 1: no retry. */
GAON_API void gaon_call_set_attempts(struct gaon_call *call, unsigned attempts);
/** The x-request-id of the next RPC, at most 128 printable bytes; without it each RPC gets a new UUID. */
GAON_API void gaon_call_set_trace_id(struct gaon_call *call, const char *trace_id);

/** Blocks for the answer. Returns a gaon_code; *reply is untouched on failure. The typed functions are built on this.
 */
GAON_API int gaon_call_unary(struct gaon_call *call, const struct method *method, const ProtobufCMessage *request,
			     const ProtobufCMessage **reply);

/** Opens a server stream, ending the one that the call may have open. */
GAON_API int gaon_call_open(struct gaon_call *call, const struct method *method, const ProtobufCMessage *request);
/** Blocks for the next message; *message is NULL at the clean end. A message stays valid until the next gaon_call_next.
 */
GAON_API int gaon_call_next(struct gaon_call *call, const ProtobufCMessage **message);
/**
 * From any thread: the blocked gaon_call_next (or, when no stream is open, the first one of the next stream) returns
 * GAON_CANCELLED. gaon_call_reset takes it back. Unary calls end by their time-out.
 */
GAON_API void gaon_call_cancel(struct gaon_call *call);

/* What the last RPC said. Texts are never NULL unless noted. */
GAON_API int gaon_call_code(const struct gaon_call *call);
/** A stable UPPER_SNAKE word to match on ("MACHINE_LOCKED"); "" when the RPC succeeded. */
GAON_API const char *gaon_call_reason(const struct gaon_call *call);
/** One sentence for people, with what to do next. */
GAON_API const char *gaon_call_message(const struct gaon_call *call);
/** The x-request-id of the last RPC: the server's logs and audit events carry it. */
GAON_API const char *gaon_call_trace_id(const struct gaon_call *call);
/** Field violation number `index`: false past the last one. */
GAON_API bool gaon_call_field_violation(const struct gaon_call *call, size_t index, const char **field,
					const char **description);
/** Pair number `index` of the error's metadata: false past the last one. */
GAON_API bool gaon_call_metadata_at(const struct gaon_call *call, size_t index, const char **key, const char **value);
/** The value of one key of the error's metadata, or NULL. */
GAON_API const char *gaon_call_metadata(const struct gaon_call *call, const char *key);
/** The resource that the failure is about ("gaon.lifecycle/Machine", its name): false when none was named. */
GAON_API bool gaon_call_resource(const struct gaon_call *call, const char **type, const char **name);
/** How long the server asks to wait before trying again; -1 when it does not say. */
GAON_API int64_t gaon_call_retry_ms(const struct gaon_call *call);

/** "NOT_FOUND"; "UNKNOWN" for a number that is no code. */
GAON_API const char *gaon_code_name(int code);

/** A new UUIDv7 for a request's request_id: give the same one when the same request is sent again. */
GAON_API void gaon_request_id(char id[37]);

/** The version of the library that is really loaded: "0.1.0". */
GAON_API const char *gaon_version(void);

#ifdef __cplusplus
}
#endif

#endif
