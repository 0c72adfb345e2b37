/* SPDX-License-Identifier: Apache-2.0 */
/* reflection_test.c: the reflection service as grpcurl and its like use it, over a bidirectional stream of raw core
 * calls. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <grpc/byte_buffer.h>
#include <grpc/byte_buffer_reader.h>
#include <grpc/grpc.h>
#include <grpc/grpc_security.h>

#include "google/protobuf/descriptor.pb-c.h"
#include "grpc/reflection/v1/reflection.pb-c.h"
#include "probe.h"
#include "proto/descriptor_set.h"
#include "runtime/base/time.h"
#include "runtime/rpc/wire.h"

#define ASK(kind_) GRPC__REFLECTION__V1__SERVER_REFLECTION_REQUEST__MESSAGE_REQUEST_##kind_
#define TOLD(kind_) GRPC__REFLECTION__V1__SERVER_REFLECTION_RESPONSE__MESSAGE_RESPONSE_##kind_

static struct probe probe;

struct talk {
	grpc_completion_queue *queue;
	grpc_channel *channel;
	grpc_call *call;
	grpc_metadata_array initial, trailing;
	grpc_status_code code;
	grpc_slice message;
};

static bool run(struct talk *talk, const grpc_op *operations, size_t count)
{
	if (grpc_call_start_batch(talk->call, operations, count, talk, NULL) != GRPC_CALL_OK)
		return false;
	return grpc_completion_queue_pluck(talk->queue, talk, gpr_inf_future(GPR_CLOCK_MONOTONIC), NULL).success;
}

static void talk_start(struct talk *talk, const char *path, const grpc_channel_args *arguments)
{
	grpc_channel_credentials *credentials = grpc_insecure_credentials_create();
	const grpc_op begin = { .op = GRPC_OP_SEND_INITIAL_METADATA };

	memset(talk, 0, sizeof *talk);
	talk->queue = grpc_completion_queue_create_for_pluck(NULL);
	talk->channel = grpc_channel_create(probe.address, credentials, arguments);
	talk->call = grpc_channel_create_call(talk->channel, NULL, 0, talk->queue, grpc_slice_from_static_string(path),
					      NULL, gpr_inf_future(GPR_CLOCK_MONOTONIC), NULL);
	talk->message = grpc_empty_slice();
	grpc_metadata_array_init(&talk->initial);
	grpc_metadata_array_init(&talk->trailing);
	grpc_channel_credentials_release(credentials);
	assert_true(run(talk, &begin, 1));
}

static void talk_open(struct talk *talk, const char *path)
{
	const grpc_op headers = { .op = GRPC_OP_RECV_INITIAL_METADATA,
				  .data.recv_initial_metadata.recv_initial_metadata = &talk->initial };

	talk_start(talk, path, NULL);
	/* Without this the core hands out no message. */
	assert_true(run(talk, &headers, 1));
}

/** Half-closes, and gives the final status. */
static grpc_status_code talk_close(struct talk *talk, bool closes)
{
	const grpc_op half = { .op = GRPC_OP_SEND_CLOSE_FROM_CLIENT };
	const grpc_op end = { .op = GRPC_OP_RECV_STATUS_ON_CLIENT,
			      .data.recv_status_on_client = { .trailing_metadata = &talk->trailing,
							      .status = &talk->code,
							      .status_details = &talk->message } };

	if (closes)
		assert_true(run(talk, &half, 1));
	run(talk, &end, 1);
	grpc_slice_unref(talk->message);
	grpc_metadata_array_destroy(&talk->initial);
	grpc_metadata_array_destroy(&talk->trailing);
	grpc_call_unref(talk->call);
	grpc_channel_destroy(talk->channel);
	grpc_completion_queue_shutdown(talk->queue);
	grpc_completion_queue_destroy(talk->queue);
	return talk->code;
}

static bool send_bytes(struct talk *talk, const void *data, size_t size)
{
	grpc_slice slice = grpc_slice_from_copied_buffer(data, size);
	grpc_byte_buffer *buffer = grpc_raw_byte_buffer_create(&slice, 1);
	const grpc_op send = { .op = GRPC_OP_SEND_MESSAGE, .data.send_message.send_message = buffer };
	bool is_sent = run(talk, &send, 1);

	grpc_byte_buffer_destroy(buffer);
	grpc_slice_unref(slice);
	return is_sent;
}

static Grpc__Reflection__V1__ServerReflectionResponse *ask(struct talk *talk,
							   Grpc__Reflection__V1__ServerReflectionRequest *question)
{
	struct slice packed = wire_pack(probe.arena, &question->base);
	static const struct wire_limits limits = { .unpacked_bytes = 64 << 20 };
	grpc_byte_buffer *received = NULL;
	const grpc_op receive = { .op = GRPC_OP_RECV_MESSAGE, .data.recv_message.recv_message = &received };
	grpc_byte_buffer_reader reader;
	ProtobufCMessage *message;
	grpc_slice all;

	assert_true(send_bytes(talk, packed.data, packed.size));
	assert_true(run(talk, &receive, 1));
	assert_non_null(received);
	grpc_byte_buffer_reader_init(&reader, received);
	all = grpc_byte_buffer_reader_readall(&reader);
	assert_int_equal(wire_unpack(probe.arena, &grpc__reflection__v1__server_reflection_response__descriptor,
				     slice_of(GRPC_SLICE_START_PTR(all), GRPC_SLICE_LENGTH(all)), &limits, &message)
				 .code,
			 STATUS_OK);
	grpc_slice_unref(all);
	grpc_byte_buffer_reader_destroy(&reader);
	grpc_byte_buffer_destroy(received);
	return (Grpc__Reflection__V1__ServerReflectionResponse *)message;
}

static Grpc__Reflection__V1__ServerReflectionResponse *ask_text(struct talk *talk, int kind, const char *text)
{
	Grpc__Reflection__V1__ServerReflectionRequest question = GRPC__REFLECTION__V1__SERVER_REFLECTION_REQUEST__INIT;

	question.host = "here";
	question.message_request_case = (Grpc__Reflection__V1__ServerReflectionRequest__MessageRequestCase)kind;
	question.file_by_filename = text;
	return ask(talk, &question);
}

static bool has_file(const Grpc__Reflection__V1__ServerReflectionResponse *answer, size_t at, const char *name)
{
	const Grpc__Reflection__V1__FileDescriptorResponse *files = answer->file_descriptor_response;
	static const struct wire_limits limits = { .unpacked_bytes = 64 << 20 };

	for (size_t i = at; i < (at == 0 ? 1 : files->n_file_descriptor_proto); i++) {
		ProtobufCMessage *file;
		struct slice bytes =
			slice_of(files->file_descriptor_proto[i].data, files->file_descriptor_proto[i].len);

		assert_int_equal(wire_unpack(probe.arena, &google__protobuf__file_descriptor_proto__descriptor, bytes,
					     &limits, &file)
					 .code,
				 STATUS_OK);
		if (strcmp(((Google__Protobuf__FileDescriptorProto *)file)->name, name) == 0)
			return true;
	}
	return false;
}

static int start(void **state)
{
	const struct rpc_server_options options = { .descriptor_set = gaon_descriptor_set() };

	(void)state;
	probe_start(&probe, &options);
	return 0;
}

static int stop(void **state)
{
	(void)state;
	probe_stop(&probe);
	return 0;
}

static const char *const paths[] = { "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo",
				     "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo" };

static void services_are_listed_in_both_versions(void **state)
{
	static const char *const wanted[] = { "gaon.probe.v1.ProbeService", "grpc.health.v1.Health",
					      "grpc.reflection.v1.ServerReflection",
					      "grpc.reflection.v1alpha.ServerReflection" };

	(void)state;
	for (size_t version = 0; version < 2; version++) {
		const Grpc__Reflection__V1__ServerReflectionResponse *answer;
		struct talk talk;
		size_t found = 0;

		talk_open(&talk, paths[version]);
		answer = ask_text(&talk, ASK(LIST_SERVICES), "*");
		assert_int_equal(answer->message_response_case, TOLD(LIST_SERVICES_RESPONSE));
		assert_int_equal(answer->list_services_response->n_service, 4);
		for (size_t i = 0; i < 4; i++)
			for (size_t k = 0; k < 4; k++)
				found += strcmp(answer->list_services_response->service[i]->name, wanted[k]) == 0;
		assert_int_equal(found, 4);
		assert_string_equal(answer->valid_host, "here");
		assert_int_equal(answer->original_request->message_request_case, ASK(LIST_SERVICES));
		assert_int_equal(talk_close(&talk, true), GRPC_STATUS_OK);
	}
}

static void a_symbol_comes_with_its_file_and_all_it_imports(void **state)
{
	static const struct {
		int kind;
		const char *name, *file;
	} asked[] = {
		{ ASK(FILE_CONTAINING_SYMBOL), "gaon.iam.v1.IamService", "gaon/iam/v1/iam.proto" },
		{ ASK(FILE_CONTAINING_SYMBOL), "gaon.iam.v1.IamService.CreateTenant", "gaon/iam/v1/iam.proto" },
		{ ASK(FILE_CONTAINING_SYMBOL), "gaon.iam.v1.Tenant", "gaon/iam/v1/iam.proto" },
		{ ASK(FILE_CONTAINING_SYMBOL), "gaon.common.v1.OperationState", "gaon/common/v1/common.proto" },
		{ ASK(FILE_CONTAINING_SYMBOL), "gaon.rpc.v1.method", "gaon/rpc/v1/options.proto" },
		{ ASK(FILE_CONTAINING_SYMBOL), "grpc.health.v1.HealthCheckResponse.ServingStatus",
		  "grpc/health/v1/health.proto" },
		{ ASK(FILE_BY_FILENAME), "gaon/iam/v1/iam.proto", "gaon/iam/v1/iam.proto" },
		{ ASK(FILE_BY_FILENAME), "google/protobuf/timestamp.proto", "google/protobuf/timestamp.proto" },
	};
	struct talk talk;

	(void)state;
	talk_open(&talk, paths[0]);
	for (size_t i = 0; i < sizeof asked / sizeof asked[0]; i++) {
		const Grpc__Reflection__V1__ServerReflectionResponse *answer =
			ask_text(&talk, asked[i].kind, asked[i].name);

		assert_int_equal(answer->message_response_case, TOLD(FILE_DESCRIPTOR_RESPONSE));
		assert_true(has_file(answer, 0, asked[i].file));
		if (strcmp(asked[i].file, "gaon/iam/v1/iam.proto") == 0) {
			assert_true(has_file(answer, 1, "gaon/rpc/v1/options.proto"));
			assert_true(has_file(answer, 1, "google/protobuf/descriptor.proto"));
		}
	}
	assert_int_equal(talk_close(&talk, true), GRPC_STATUS_OK);
}

static void an_extension_is_found_by_its_number(void **state)
{
	Grpc__Reflection__V1__ServerReflectionRequest question = GRPC__REFLECTION__V1__SERVER_REFLECTION_REQUEST__INIT;
	Grpc__Reflection__V1__ExtensionRequest extension = GRPC__REFLECTION__V1__EXTENSION_REQUEST__INIT;
	const Grpc__Reflection__V1__ServerReflectionResponse *answer;
	struct talk talk;

	(void)state;
	talk_open(&talk, paths[0]);
	extension.containing_type = "google.protobuf.MethodOptions";
	extension.extension_number = 51001;
	question.message_request_case = ASK(FILE_CONTAINING_EXTENSION);
	question.file_containing_extension = &extension;
	answer = ask(&talk, &question);
	assert_true(has_file(answer, 0, "gaon/rpc/v1/options.proto"));
	extension.extension_number = 1;
	assert_int_equal(ask(&talk, &question)->message_response_case, TOLD(ERROR_RESPONSE));
	answer = ask_text(&talk, ASK(ALL_EXTENSION_NUMBERS_OF_TYPE), "google.protobuf.FieldOptions");
	assert_int_equal(answer->all_extension_numbers_response->n_extension_number, 1);
	assert_int_equal(answer->all_extension_numbers_response->extension_number[0], 51002);
	assert_int_equal(ask_text(&talk, ASK(ALL_EXTENSION_NUMBERS_OF_TYPE), "a.B")->error_response->error_code,
			 STATUS_NOT_FOUND);
	assert_int_equal(talk_close(&talk, true), GRPC_STATUS_OK);
}

static void what_is_not_known_is_an_error_in_the_answer(void **state)
{
	static const char *const names[] = { "", "nobody", "gaon.iam.v1", "gaon.iam.v1.Tenan" };
	struct talk talk;

	(void)state;
	talk_open(&talk, paths[0]);
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		assert_int_equal(ask_text(&talk, ASK(FILE_CONTAINING_SYMBOL), names[i])->error_response->error_code,
				 STATUS_NOT_FOUND);
		assert_int_equal(ask_text(&talk, ASK(FILE_BY_FILENAME), names[i])->error_response->error_code,
				 STATUS_NOT_FOUND);
	}
	assert_int_equal(ask_text(&talk, 0, "")->error_response->error_code, STATUS_INVALID_ARGUMENT);
	assert_int_equal(talk_close(&talk, true), GRPC_STATUS_OK);
}

static void a_malformed_question_ends_the_stream(void **state)
{
	struct talk talk;

	(void)state;
	talk_open(&talk, paths[1]);
	assert_true(send_bytes(&talk, "\x1a\x7f", 2));
	assert_int_equal(talk_close(&talk, false), GRPC_STATUS_INVALID_ARGUMENT);
}

/* The core would inflate it before any limit looks at it: a few KiB can become gigabytes. */
static void a_compressed_message_is_refused_unread(void **state)
{
	grpc_arg gzip = { .type = GRPC_ARG_INTEGER,
			  .key = (char *)GRPC_COMPRESSION_CHANNEL_DEFAULT_ALGORITHM,
			  .value.integer = GRPC_COMPRESS_GZIP };
	char *bytes = arena_zalloc(probe.arena, 100000);
	grpc_byte_buffer *reply = NULL;
	struct talk talk;
	const grpc_op rest[] = {
		{ .op = GRPC_OP_SEND_CLOSE_FROM_CLIENT },
		{ .op = GRPC_OP_RECV_INITIAL_METADATA,
		  .data.recv_initial_metadata.recv_initial_metadata = &talk.initial },
		{ .op = GRPC_OP_RECV_MESSAGE, .data.recv_message.recv_message = &reply },
	};

	(void)state;
	/* A text of zero digits: its first field, 99,996 bytes long. */
	memset(bytes, '0', 100000);
	memcpy(bytes, "\x0a\x9c\x8d\x06", 4);
	for (int compressed = 0; compressed < 2; compressed++) {
		talk_start(&talk, gaon_method_probe_echo.path, &(grpc_channel_args){ (size_t)compressed, &gzip });
		assert_true(send_bytes(&talk, bytes, 100000));
		run(&talk, rest, 3); /* its end is told by the status */
		if (reply)
			grpc_byte_buffer_destroy(reply);
		reply = NULL;
		assert_int_equal(talk_close(&talk, false), compressed ? GRPC_STATUS_UNIMPLEMENTED : GRPC_STATUS_OK);
	}
}

static void an_open_reflection_does_not_delay_the_end(void **state)
{
	struct talk talk;
	int64_t before_us;

	(void)state;
	talk_open(&talk, paths[0]);
	ask_text(&talk, ASK(LIST_SERVICES), "");
	before_us = time_monotonic_us();
	rpc_channel_close(probe.channel);
	probe.channel = NULL;
	rpc_server_stop(probe.server, 20000);
	assert_true(time_monotonic_us() - before_us < 10 * TIME_US_PER_SECOND);
	assert_int_not_equal(talk_close(&talk, false), GRPC_STATUS_OK);
	assert_int_equal(rpc_server_start(probe.arena, &probe.options, &probe.server).code, STATUS_OK);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(services_are_listed_in_both_versions, start, stop),
		cmocka_unit_test_setup_teardown(a_symbol_comes_with_its_file_and_all_it_imports, start, stop),
		cmocka_unit_test_setup_teardown(an_extension_is_found_by_its_number, start, stop),
		cmocka_unit_test_setup_teardown(what_is_not_known_is_an_error_in_the_answer, start, stop),
		cmocka_unit_test_setup_teardown(a_malformed_question_ends_the_stream, start, stop),
		cmocka_unit_test_setup_teardown(a_compressed_message_is_refused_unread, start, stop),
		cmocka_unit_test_setup_teardown(an_open_reflection_does_not_delay_the_end, start, stop),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
