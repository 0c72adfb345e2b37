/* SPDX-License-Identifier: Apache-2.0 */
/*
 * server_reflection.c: grpc.reflection v1 and v1alpha. The two differ in their package only, so one reads both.
 * The only bidirectional stream that Gaon has: each question is answered before the next is read.
 */
#include <string.h>

#include <grpc/byte_buffer.h>
#include <grpc/byte_buffer_reader.h>

#include "grpc/reflection/v1/reflection.pb-c.h"
#include "runtime/base/memory.h"
#include "runtime/rpc/descriptor_index.h"
#include "runtime/rpc/details.h"
#include "runtime/rpc/server_private.h"

#define ASK(kind_) GRPC__REFLECTION__V1__SERVER_REFLECTION_REQUEST__MESSAGE_REQUEST_##kind_
#define OF(member_, event_) ((struct reflection *)((char *)(event_)-offsetof(struct reflection, member_)))

/* Field numbers of ServerReflectionResponse and what is in it. */
enum {
	ANSWER_HOST = 1,
	ANSWER_QUESTION = 2,
	ANSWER_FILES = 4,
	ANSWER_NUMBERS = 5,
	ANSWER_SERVICES = 6,
	ANSWER_ERROR = 7
};
enum { FILES_FILE = 1, SERVICES_SERVICE = 1, SERVICE_NAME = 1, NUMBERS_TYPE = 1, NUMBERS_NUMBER = 2 };
enum { ERROR_CODE = 1, ERROR_MESSAGE = 2 };

static const char *const services[SERVER_REFLECTIONS] = { "grpc.reflection.v1.ServerReflection",
							  "grpc.reflection.v1alpha.ServerReflection" };
static const char *const paths[SERVER_REFLECTIONS] = {
	"/grpc.reflection.v1.ServerReflection/ServerReflectionInfo",
	"/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo",
};

struct reflection {
	struct server_loop *loop;
	unsigned version; /* index into services */
	struct event requested, closed, turned;
	grpc_call *core;
	gpr_timespec deadline;
	grpc_metadata_array metadata;
	struct arena *arena; /* lives for one question */
	grpc_byte_buffer *received;
	int was_cancelled;
	unsigned references;
	bool is_last; /* the status is on its way */
	struct reflection *newer, *older;
};

static void put_error(struct wire_writer *answer, enum status_code code, const char *message)
{
	struct wire_writer error = { .arena = answer->arena };

	wire_put_varint(&error, ERROR_CODE, code);
	wire_put_bytes(&error, ERROR_MESSAGE, slice_text(message));
	wire_put_bytes(answer, ANSWER_ERROR, wire_written(&error));
}

static void put_files(struct wire_writer *answer, struct descriptor_files found)
{
	struct wire_writer files = { .arena = answer->arena };

	if (found.count == 0) {
		put_error(answer, STATUS_NOT_FOUND, "this server knows nothing of that name; list its services");
		return;
	}
	for (size_t i = 0; i < found.count; i++)
		wire_put_bytes(&files, FILES_FILE, found.files[i]);
	wire_put_bytes(answer, ANSWER_FILES, wire_written(&files));
}

static void put_numbers(struct wire_writer *answer, const struct descriptor_index *index, const char *type)
{
	struct wire_writer list = { .arena = answer->arena };
	int32_t *numbers;
	size_t count;

	if (!descriptor_extensions(index, answer->arena, type, &numbers, &count)) {
		put_error(answer, STATUS_NOT_FOUND, "this server knows no message of that name");
		return;
	}
	wire_put_bytes(&list, NUMBERS_TYPE, slice_text(type));
	for (size_t i = 0; i < count; i++)
		wire_put_varint(&list, NUMBERS_NUMBER, (uint64_t)numbers[i]);
	wire_put_bytes(answer, ANSWER_NUMBERS, wire_written(&list));
}

static void put_service(struct wire_writer *list, const char *name)
{
	struct wire_writer service = { .arena = list->arena };

	wire_put_bytes(&service, SERVICE_NAME, slice_text(name));
	wire_put_bytes(list, SERVICES_SERVICE, wire_written(&service));
}

static void put_services(struct wire_writer *answer, const struct rpc_server *server)
{
	struct wire_writer list = { .arena = answer->arena };
	const char *last = "";

	/* A service's methods stand together, as its table has them. */
	for (size_t i = 0; i < server->method_count; i++) {
		const char *service = server->methods[i].row->method->service;

		if (strcmp(service, last) != 0)
			put_service(&list, service);
		last = service;
	}
	for (size_t i = 0; i < SERVER_REFLECTIONS; i++)
		put_service(&list, services[i]);
	wire_put_bytes(answer, ANSWER_SERVICES, wire_written(&list));
}

static struct status answer_question(const struct rpc_server *server, struct arena *arena, struct slice bytes,
				     struct slice *answered)
{
	const struct descriptor_index *index = server->descriptors;
	struct wire_writer answer = { .arena = arena };
	Grpc__Reflection__V1__ServerReflectionRequest *question;

	TRY(wire_unpack(arena, &grpc__reflection__v1__server_reflection_request__descriptor, bytes, &server->limits,
			(ProtobufCMessage **)&question));
	wire_put_bytes(&answer, ANSWER_HOST, slice_text(question->host));
	wire_put_bytes(&answer, ANSWER_QUESTION, bytes);
	switch (question->message_request_case) {
	case ASK(FILE_BY_FILENAME):
		put_files(&answer, descriptor_of_file(index, arena, question->file_by_filename));
		break;
	case ASK(FILE_CONTAINING_SYMBOL):
		put_files(&answer, descriptor_of_symbol(index, arena, question->file_containing_symbol));
		break;
	case ASK(FILE_CONTAINING_EXTENSION):
		put_files(&answer,
			  descriptor_of_extension(index, arena, question->file_containing_extension->containing_type,
						  question->file_containing_extension->extension_number));
		break;
	case ASK(ALL_EXTENSION_NUMBERS_OF_TYPE):
		put_numbers(&answer, index, question->all_extension_numbers_of_type);
		break;
	case ASK(LIST_SERVICES):
		put_services(&answer, server);
		break;
	default:
		put_error(&answer, STATUS_INVALID_ARGUMENT, "the question is empty or of a kind that is not known");
		break;
	}
	*answered = wire_written(&answer);
	return OK;
}

static void drop(struct reflection *reflection)
{
	struct server_loop *loop = reflection->loop;

	if (--reflection->references > 0)
		return;
	if (reflection->newer)
		reflection->newer->older = reflection->older;
	else
		loop->reflections = reflection->older;
	if (reflection->older)
		reflection->older->newer = reflection->newer;
	if (reflection->received)
		grpc_byte_buffer_destroy(reflection->received);
	grpc_metadata_array_destroy(&reflection->metadata);
	grpc_call_unref(reflection->core);
	arena_free(reflection->arena);
	memory_free(reflection);
	server_call_leave(loop);
}

static void start(struct reflection *reflection, const grpc_op *operations, size_t count, struct event *event)
{
	reflection->references++;
	if (!loop_batch(reflection->core, operations, count, event))
		reflection->references--;
}

static void finish(struct reflection *reflection, struct status status)
{
	struct slice text = details_message(status.message);
	grpc_slice message = grpc_slice_from_copied_buffer(text.data, text.size);
	const grpc_op final = { .op = GRPC_OP_SEND_STATUS_FROM_SERVER,
				.data.send_status_from_server = { .status = (grpc_status_code)status.code,
								  .status_details = text.size ? &message : NULL } };

	reflection->is_last = true;
	start(reflection, &final, 1, &reflection->turned);
	grpc_slice_unref(message);
}

/** Sends an answer and reads the next question in one batch. */
static void send_answer(struct reflection *reflection, struct slice bytes)
{
	grpc_slice slice = grpc_slice_from_copied_buffer(bytes.data, bytes.size);
	grpc_byte_buffer *buffer = grpc_raw_byte_buffer_create(&slice, 1);
	const grpc_op turn[] = {
		{ .op = GRPC_OP_SEND_MESSAGE, .data.send_message.send_message = buffer },
		{ .op = GRPC_OP_RECV_MESSAGE, .data.recv_message.recv_message = &reflection->received },
	};

	start(reflection, turn, 2, &reflection->turned);
	grpc_byte_buffer_destroy(buffer);
	grpc_slice_unref(slice);
}

static void answer_received(struct reflection *reflection)
{
	grpc_byte_buffer_reader reader;
	struct slice answered;
	struct status status;
	grpc_slice all;

	grpc_byte_buffer_reader_init(&reader, reflection->received);
	all = grpc_byte_buffer_reader_readall(&reader);
	grpc_byte_buffer_reader_destroy(&reader);
	grpc_byte_buffer_destroy(reflection->received);
	reflection->received = NULL;
	status = answer_question(reflection->loop->server, reflection->arena,
				 slice_of(GRPC_SLICE_START_PTR(all), GRPC_SLICE_LENGTH(all)), &answered);
	if (status_is_ok(status))
		send_answer(reflection, answered);
	else
		finish(reflection, status);
	grpc_slice_unref(all);
	arena_reset(reflection->arena);
}

static void turned(struct event *event, bool ok)
{
	struct reflection *reflection = OF(turned, event);

	if (ok && !reflection->is_last && !reflection->was_cancelled) {
		if (reflection->received)
			answer_received(reflection);
		else
			finish(reflection, OK);
	}
	drop(reflection);
}

static void closed(struct event *event, bool ok)
{
	(void)ok;
	drop(OF(closed, event));
}

static void begin(struct reflection *reflection)
{
	struct server_loop *loop = reflection->loop;
	const grpc_op close = { .op = GRPC_OP_RECV_CLOSE_ON_SERVER,
				.data.recv_close_on_server.cancelled = &reflection->was_cancelled };
	const grpc_op first[] = {
		{ .op = GRPC_OP_SEND_INITIAL_METADATA },
		{ .op = GRPC_OP_RECV_MESSAGE, .data.recv_message.recv_message = &reflection->received },
	};

	server_call_enter(loop);
	server_count(loop->server, COUNTER_CALLS, 1);
	reflection->arena = arena_new(0);
	reflection->older = loop->reflections;
	if (reflection->older)
		reflection->older->newer = reflection;
	loop->reflections = reflection;
	reflection->references = 1;
	start(reflection, &close, 1, &reflection->closed);
	start(reflection, first, 2, &reflection->turned);
	drop(reflection);
}

static void arm(struct server_loop *loop, unsigned version);

static void requested(struct event *event, bool ok)
{
	struct reflection *reflection = OF(requested, event);

	if (!ok || reflection->loop->is_closing) {
		if (ok)
			grpc_call_unref(reflection->core);
		grpc_metadata_array_destroy(&reflection->metadata);
		memory_free(reflection);
		return;
	}
	arm(reflection->loop, reflection->version);
	begin(reflection);
}

static void arm(struct server_loop *loop, unsigned version)
{
	struct reflection *reflection = MEMORY_NEW(struct reflection);
	grpc_completion_queue *queue = loop->loop.queue;

	reflection->loop = loop;
	reflection->version = version;
	reflection->requested.run = requested;
	reflection->closed.run = closed;
	reflection->turned.run = turned;
	LOOP_RELEASE(&reflection->requested);
	grpc_server_request_registered_call(loop->server->core, loop->server->reflections[version], &reflection->core,
					    &reflection->deadline, &reflection->metadata, NULL, queue, queue,
					    &reflection->requested);
}

void server_reflection_arm(struct server_loop *loop)
{
	for (unsigned i = 0; i < SERVER_REFLECTIONS; i++)
		arm(loop, i);
}

void server_reflection_register(struct rpc_server *server)
{
	server->descriptors = descriptor_index_new(server->arena, server->options.descriptor_set);
	for (unsigned i = 0; i < SERVER_REFLECTIONS; i++)
		server->reflections[i] =
			grpc_server_register_method(server->core, paths[i], NULL, GRPC_SRM_PAYLOAD_NONE, 0);
}

void server_reflection_stop(struct server_loop *loop)
{
	for (struct reflection *reflection = loop->reflections; reflection; reflection = reflection->older)
		grpc_call_cancel_with_status(reflection->core, GRPC_STATUS_UNAVAILABLE, "the server is stopping", NULL);
}
