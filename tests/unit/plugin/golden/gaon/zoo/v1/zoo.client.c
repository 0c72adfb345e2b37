/* Made by protoc-gen-gaon from gaon/zoo/v1/zoo.proto: typed client functions. */
#include "gaon/zoo/v1/zoo.client.h"

#include "gaon/zoo/v1/zoo.gaon.h"

int gaon_zoo_get_animal(struct gaon_call *call, const Gaon__GetAnimalRequest *request, const Gaon__Animal **reply)
{
	return gaon_call_unary(call, &gaon_method_zoo_get_animal, (const ProtobufCMessage *)request,
			       (const ProtobufCMessage **)reply);
}

int gaon_zoo_create_animal(struct gaon_call *call, const Gaon__CreateAnimalRequest *request, const Gaon__Animal **reply)
{
	return gaon_call_unary(call, &gaon_method_zoo_create_animal, (const ProtobufCMessage *)request,
			       (const ProtobufCMessage **)reply);
}

int gaon_zoo_release_animals(struct gaon_call *call, const Gaon__GetAnimalRequest *request, const Google__Protobuf__Empty **reply)
{
	return gaon_call_unary(call, &gaon_method_zoo_release_animals, (const ProtobufCMessage *)request,
			       (const ProtobufCMessage **)reply);
}

int gaon_zoo_watch_animals(struct gaon_call *call, const Gaon__WatchAnimalsRequest *request)
{
	return gaon_call_open(call, &gaon_method_zoo_watch_animals, (const ProtobufCMessage *)request);
}

int gaon_zoo_watch_animals_next(struct gaon_call *call, const Gaon__Animal **message)
{
	return gaon_call_next(call, (const ProtobufCMessage **)message);
}

int gaon_zoo_get_hours(struct gaon_call *call, const Gaon__GetHoursRequest *request, const Gaon__Hours **reply)
{
	return gaon_call_unary(call, &gaon_method_zoo_get_hours, (const ProtobufCMessage *)request,
			       (const ProtobufCMessage **)reply);
}

int gaon_zoo_who_am_i(struct gaon_call *call, const Gaon__GetHoursRequest *request, const Gaon__Keeper **reply)
{
	return gaon_call_unary(call, &gaon_method_zoo_who_am_i, (const ProtobufCMessage *)request,
			       (const ProtobufCMessage **)reply);
}

