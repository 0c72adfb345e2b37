/* Made by protoc-gen-gaon from gaon/zoo/v1/zoo.proto: typed client functions. */
#ifndef GAON_ZOO_V1_ZOO_CLIENT_H
#define GAON_ZOO_V1_ZOO_CLIENT_H

#include "gaon/client.h"
#include "gaon/zoo/v1/zoo.pb-c.h"

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Each returns the gRPC code number, 0 when all went well; the call keeps the details. A reply belongs to the call
 * and lives until it is reset or freed. Of a stream, `_next` gives one message after another; NULL at its end.
 */

/**
 * One animal.
 *
 * Fails NOT_FOUND when there is none of this name; a comment may hold * / too.
 */
GAON_API int gaon_zoo_get_animal(struct gaon_call *call, const Gaon__GetAnimalRequest *request, const Gaon__Animal **reply);

/**
 * Adds an animal.
 */
GAON_API int gaon_zoo_create_animal(struct gaon_call *call, const Gaon__CreateAnimalRequest *request, const Gaon__Animal **reply);

/**
 * Sends animals away.
 */
GAON_API int gaon_zoo_release_animals(struct gaon_call *call, const Gaon__GetAnimalRequest *request, const Google__Protobuf__Empty **reply);

/**
 * Every change of the animals, as it happens.
 */
GAON_API int gaon_zoo_watch_animals(struct gaon_call *call, const Gaon__WatchAnimalsRequest *request);
GAON_API int gaon_zoo_watch_animals_next(struct gaon_call *call, const Gaon__Animal **message);

/**
 * When the doors open.
 */
GAON_API int gaon_zoo_get_hours(struct gaon_call *call, const Gaon__GetHoursRequest *request, const Gaon__Hours **reply);

/**
 * Who visits.
 */
GAON_API int gaon_zoo_who_am_i(struct gaon_call *call, const Gaon__GetHoursRequest *request, const Gaon__Keeper **reply);

#ifdef __cplusplus
}
#endif

#endif
