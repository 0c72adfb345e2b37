/* Made by protoc-gen-gaon from gaon/food/v1/food.proto: message rules and method rows. */
#include "gaon/food/v1/food.gaon.h"

static const struct field_rule gaon_rules_meal_fields[] = {
	{ /* dish */ .is_required = true, .max_bytes = 40, .format = FIELD_RESOURCE_ID, .message = NULL },
	{ /* weight_g */ .least = INT64_C(1), .most = INT64_C(5000000000), .message = NULL },
};
const struct message_rules gaon_rules_meal = {
	.descriptor = &gaon__meal__descriptor,
	.fields = gaon_rules_meal_fields,
	.has_sensitive = false,
};

