/* Made by protoc-gen-gaon from gaon/zoo/v1/zoo.proto: the handlers that the service implements. */
#ifndef GAON_ZOO_V1_ZOO_HANDLERS_H
#define GAON_ZOO_V1_ZOO_HANDLERS_H

#include "gaon/zoo/v1/zoo.gaon.h"
#include "runtime/rpc/call.h"

/**
 * One animal.
 *
 * Fails NOT_FOUND when there is none of this name; a comment may hold * / too.
 */
MUST_CHECK struct status zoo_get_animal(struct call *call, const Gaon__GetAnimalRequest *request, Gaon__Animal *reply);

/**
 * Adds an animal.
 */
MUST_CHECK struct status zoo_create_animal(struct call *call, const Gaon__CreateAnimalRequest *request, Gaon__Animal *reply);

/**
 * Sends animals away.
 */
MUST_CHECK struct status zoo_release_animals(struct call *call, const Gaon__GetAnimalRequest *request, Google__Protobuf__Empty *reply);

/**
 * Every change of the animals, as it happens.
 */
MUST_CHECK struct status zoo_watch_animals(struct call *call, const Gaon__WatchAnimalsRequest *request);

/**
 * When the doors open.
 */
MUST_CHECK struct status zoo_get_hours(struct call *call, const Gaon__GetHoursRequest *request, Gaon__Hours *reply);

/**
 * Who visits.
 */
MUST_CHECK struct status zoo_who_am_i(struct call *call, const Gaon__GetHoursRequest *request, Gaon__Keeper *reply);

extern const struct method_table gaon_zoo_table;

#endif
