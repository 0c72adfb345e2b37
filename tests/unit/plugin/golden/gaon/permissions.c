/* Made by protoc-gen-gaon: every permission that an RPC asks for, sorted. */
#include "gaon/permissions.h"

static const char *const methods[] = {
	"gaon.zoo.v1.ZooService/CreateAnimal",
	"gaon.zoo.v1.ZooService/GetAnimal",
	"gaon.zoo.v1.ZooService/WatchAnimals",
	"gaon.zoo.v1.ZooService/ReleaseAnimals",
	"",
};

const struct permission_row gaon_permissions[] = {
	{ "zoo.animals.create", "zoo", "CreateAnimal", METHOD_WRITE, methods + 0, 1 },
	{ "zoo.animals.get", "zoo", "GetAnimal", METHOD_READ, methods + 1, 2 },
	{ "zoo.animals.release", "zoo", "ReleaseAnimals", METHOD_WRITE, methods + 3, 1 },
};
const size_t gaon_permission_count = 3;
