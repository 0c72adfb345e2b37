/* Made by protoc-gen-gaon from gaon/food/v1/food.proto: message rules and method rows. */
#ifndef GAON_FOOD_V1_FOOD_GAON_H
#define GAON_FOOD_V1_FOOD_GAON_H

#include "gaon/food/v1/food.pb-c.h"
#include "runtime/rpc/method.h"

extern const struct message_rules gaon_rules_meal;

#endif
