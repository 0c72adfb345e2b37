/* Made by protoc-gen-gaon from gaon/zoo/v1/zoo.proto: message rules and method rows. */
#include "gaon/zoo/v1/zoo.gaon.h"

static const struct field_rule gaon_rules_animal_fields[] = {
	{ /* nicknames */ .max_bytes = 32, .max_items = 3, .message = NULL },
	{ /* keeper */ .message = &gaon_rules_keeper },
	{ /* arrival_time */ .is_output_only = true, .message = NULL },
	{ /* meals */ .max_items = 100, .message = &gaon_rules_meal },
	{ /* cage */ .message = &gaon_rules_animal__cage },
	{ /* mood */ .message = NULL },
	{ /* notes */ .max_items = 20, .message = &gaon_rules_animal__notes_entry },
	{ /* name */ .is_required = true, .is_immutable = true, .max_bytes = 1024, .format = FIELD_RESOURCE_NAME, .message = NULL },
	{ /* age_years */ .message = NULL },
};
const struct message_rules gaon_rules_animal = {
	.descriptor = &gaon__animal__descriptor,
	.fields = gaon_rules_animal_fields,
	.has_sensitive = true,
};

static const struct field_rule gaon_rules_animal__cage_fields[] = {
	{ /* number */ .message = NULL },
	{ /* door_code */ .is_sensitive = true, .max_bytes = 16, .message = NULL },
};
const struct message_rules gaon_rules_animal__cage = {
	.descriptor = &gaon__animal__cage__descriptor,
	.fields = gaon_rules_animal__cage_fields,
	.has_sensitive = true,
};

static const struct field_rule gaon_rules_animal__notes_entry_fields[] = {
	{ /* key */ .is_required = true, .max_bytes = 1024, .format = FIELD_LABEL_KEY, .message = NULL },
	{ /* value */ .max_bytes = 64, .message = NULL },
};
const struct message_rules gaon_rules_animal__notes_entry = {
	.descriptor = &gaon__animal__notes_entry__descriptor,
	.fields = gaon_rules_animal__notes_entry_fields,
	.has_sensitive = false,
};

static const struct field_rule gaon_rules_keeper_fields[] = {
	{ /* name */ .max_bytes = 1024, .message = NULL },
	{ /* deputy */ .message = &gaon_rules_keeper },
	{ /* animals */ .max_items = 100, .message = &gaon_rules_animal },
};
const struct message_rules gaon_rules_keeper = {
	.descriptor = &gaon__keeper__descriptor,
	.fields = gaon_rules_keeper_fields,
	.has_sensitive = true,
};

static const struct field_rule gaon_rules_get_animal_request_fields[] = {
	{ /* name */ .is_required = true, .max_bytes = 1024, .message = NULL },
};
const struct message_rules gaon_rules_get_animal_request = {
	.descriptor = &gaon__get_animal_request__descriptor,
	.fields = gaon_rules_get_animal_request_fields,
	.has_sensitive = false,
};

static const struct field_rule gaon_rules_create_animal_request_fields[] = {
	{ /* animal */ .message = &gaon_rules_animal },
};
const struct message_rules gaon_rules_create_animal_request = {
	.descriptor = &gaon__create_animal_request__descriptor,
	.fields = gaon_rules_create_animal_request_fields,
	.has_sensitive = true,
};

static const struct field_rule gaon_rules_watch_animals_request_fields[] = {
	{ /* parent */ .max_bytes = 1024, .message = NULL },
};
const struct message_rules gaon_rules_watch_animals_request = {
	.descriptor = &gaon__watch_animals_request__descriptor,
	.fields = gaon_rules_watch_animals_request_fields,
	.has_sensitive = false,
};

const struct message_rules gaon_rules_get_hours_request = {
	.descriptor = &gaon__get_hours_request__descriptor,
	.has_sensitive = false,
};

static const struct field_rule gaon_rules_hours_fields[] = {
	{ /* from */ .max_bytes = 1024, .message = NULL },
};
const struct message_rules gaon_rules_hours = {
	.descriptor = &gaon__hours__descriptor,
	.fields = gaon_rules_hours_fields,
	.has_sensitive = false,
};

const struct method gaon_method_zoo_get_animal = {
	.service = "gaon.zoo.v1.ZooService",
	.name = "GetAnimal",
	.path = "/gaon.zoo.v1.ZooService/GetAnimal",
	.permission = "zoo.animals.get",
	.scope = "name",
	.resource = "animal",
	.access = METHOD_READ,
	.is_idempotent = true,
	.is_public = false,
	.is_any_authenticated = false,
	.is_server_streaming = false,
	.request = &gaon__get_animal_request__descriptor,
	.reply = &gaon__animal__descriptor,
	.request_rules = &gaon_rules_get_animal_request,
	.reply_rules = &gaon_rules_animal,
};

const struct method gaon_method_zoo_create_animal = {
	.service = "gaon.zoo.v1.ZooService",
	.name = "CreateAnimal",
	.path = "/gaon.zoo.v1.ZooService/CreateAnimal",
	.permission = "zoo.animals.create",
	.scope = "animal.keeper.name",
	.resource = "animal",
	.access = METHOD_WRITE,
	.is_idempotent = false,
	.is_public = false,
	.is_any_authenticated = false,
	.is_server_streaming = false,
	.request = &gaon__create_animal_request__descriptor,
	.reply = &gaon__animal__descriptor,
	.request_rules = &gaon_rules_create_animal_request,
	.reply_rules = &gaon_rules_animal,
};

const struct method gaon_method_zoo_release_animals = {
	.service = "gaon.zoo.v1.ZooService",
	.name = "ReleaseAnimals",
	.path = "/gaon.zoo.v1.ZooService/ReleaseAnimals",
	.permission = "zoo.animals.release",
	.scope = "",
	.resource = "freedom",
	.access = METHOD_WRITE,
	.is_idempotent = false,
	.is_public = false,
	.is_any_authenticated = false,
	.is_server_streaming = false,
	.request = &gaon__get_animal_request__descriptor,
	.reply = &google__protobuf__empty__descriptor,
	.request_rules = &gaon_rules_get_animal_request,
	.reply_rules = NULL,
};

const struct method gaon_method_zoo_watch_animals = {
	.service = "gaon.zoo.v1.ZooService",
	.name = "WatchAnimals",
	.path = "/gaon.zoo.v1.ZooService/WatchAnimals",
	.permission = "zoo.animals.get",
	.scope = "parent",
	.resource = "animal",
	.access = METHOD_READ,
	.is_idempotent = false,
	.is_public = false,
	.is_any_authenticated = false,
	.is_server_streaming = true,
	.request = &gaon__watch_animals_request__descriptor,
	.reply = &gaon__animal__descriptor,
	.request_rules = &gaon_rules_watch_animals_request,
	.reply_rules = &gaon_rules_animal,
};

const struct method gaon_method_zoo_get_hours = {
	.service = "gaon.zoo.v1.ZooService",
	.name = "GetHours",
	.path = "/gaon.zoo.v1.ZooService/GetHours",
	.permission = "",
	.scope = "",
	.resource = "hour",
	.access = METHOD_READ,
	.is_idempotent = false,
	.is_public = true,
	.is_any_authenticated = false,
	.is_server_streaming = false,
	.request = &gaon__get_hours_request__descriptor,
	.reply = &gaon__hours__descriptor,
	.request_rules = &gaon_rules_get_hours_request,
	.reply_rules = &gaon_rules_hours,
};

const struct method gaon_method_zoo_who_am_i = {
	.service = "gaon.zoo.v1.ZooService",
	.name = "WhoAmI",
	.path = "/gaon.zoo.v1.ZooService/WhoAmI",
	.permission = "",
	.scope = "",
	.resource = "am_i",
	.access = METHOD_READ,
	.is_idempotent = false,
	.is_public = false,
	.is_any_authenticated = true,
	.is_server_streaming = false,
	.request = &gaon__get_hours_request__descriptor,
	.reply = &gaon__keeper__descriptor,
	.request_rules = &gaon_rules_get_hours_request,
	.reply_rules = &gaon_rules_keeper,
};

