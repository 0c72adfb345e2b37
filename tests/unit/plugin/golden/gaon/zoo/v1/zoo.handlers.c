/* Made by protoc-gen-gaon from gaon/zoo/v1/zoo.proto: dispatch. */
#include "gaon/zoo/v1/zoo.handlers.h"

static struct status run_get_animal(struct call *call, const ProtobufCMessage *request, ProtobufCMessage *reply)
{
	return zoo_get_animal(call, (const Gaon__GetAnimalRequest *)request, (Gaon__Animal *)reply);
}

static struct status run_create_animal(struct call *call, const ProtobufCMessage *request, ProtobufCMessage *reply)
{
	return zoo_create_animal(call, (const Gaon__CreateAnimalRequest *)request, (Gaon__Animal *)reply);
}

static struct status run_release_animals(struct call *call, const ProtobufCMessage *request, ProtobufCMessage *reply)
{
	return zoo_release_animals(call, (const Gaon__GetAnimalRequest *)request, (Google__Protobuf__Empty *)reply);
}

static struct status run_watch_animals(struct call *call, const ProtobufCMessage *request)
{
	return zoo_watch_animals(call, (const Gaon__WatchAnimalsRequest *)request);
}

static struct status run_get_hours(struct call *call, const ProtobufCMessage *request, ProtobufCMessage *reply)
{
	return zoo_get_hours(call, (const Gaon__GetHoursRequest *)request, (Gaon__Hours *)reply);
}

static struct status run_who_am_i(struct call *call, const ProtobufCMessage *request, ProtobufCMessage *reply)
{
	return zoo_who_am_i(call, (const Gaon__GetHoursRequest *)request, (Gaon__Keeper *)reply);
}

static const struct method_row rows[] = {
	{ .method = &gaon_method_zoo_get_animal, .unary = run_get_animal },
	{ .method = &gaon_method_zoo_create_animal, .unary = run_create_animal },
	{ .method = &gaon_method_zoo_release_animals, .unary = run_release_animals },
	{ .method = &gaon_method_zoo_watch_animals, .stream = run_watch_animals },
	{ .method = &gaon_method_zoo_get_hours, .unary = run_get_hours },
	{ .method = &gaon_method_zoo_who_am_i, .unary = run_who_am_i },
};

const struct method_table gaon_zoo_table = {
	.service = "gaon.zoo.v1.ZooService",
	.rows = rows,
	.count = sizeof rows / sizeof rows[0],
};
