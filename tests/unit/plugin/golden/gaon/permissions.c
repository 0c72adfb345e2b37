/* Made by protoc-gen-gaon: every permission that an RPC asks for, sorted. */
#include "gaon/permissions.h"

const struct permission_row gaon_permissions[] = {
	{ "zoo.animals.create", "zoo", "CreateAnimal", METHOD_WRITE },
	{ "zoo.animals.get", "zoo", "GetAnimal", METHOD_READ },
	{ "zoo.animals.release", "zoo", "ReleaseAnimals", METHOD_WRITE },
};
const size_t gaon_permission_count = 3;
