/* Made by protoc-gen-gaon from gaon/zoo/v1/zoo.proto: message rules and method rows. */
#ifndef GAON_ZOO_V1_ZOO_GAON_H
#define GAON_ZOO_V1_ZOO_GAON_H

#include "gaon/zoo/v1/zoo.pb-c.h"
#include "gaon/food/v1/food.gaon.h"
#include "runtime/rpc/method.h"

extern const struct message_rules gaon_rules_animal;
extern const struct message_rules gaon_rules_animal__cage;
extern const struct message_rules gaon_rules_animal__notes_entry;
extern const struct message_rules gaon_rules_keeper;
extern const struct message_rules gaon_rules_get_animal_request;
extern const struct message_rules gaon_rules_create_animal_request;
extern const struct message_rules gaon_rules_watch_animals_request;
extern const struct message_rules gaon_rules_get_hours_request;
extern const struct message_rules gaon_rules_hours;

extern const struct method gaon_method_zoo_get_animal;
extern const struct method gaon_method_zoo_create_animal;
extern const struct method gaon_method_zoo_release_animals;
extern const struct method gaon_method_zoo_watch_animals;
extern const struct method gaon_method_zoo_get_hours;
extern const struct method gaon_method_zoo_who_am_i;

#endif
