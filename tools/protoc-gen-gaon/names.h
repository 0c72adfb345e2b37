/* SPDX-License-Identifier: Apache-2.0 */
/* names.h: proto names as C names, exactly as protoc-gen-c (protobuf-c 1.4) spells them. */
#ifndef GAON_PROTOC_NAMES_H
#define GAON_PROTOC_NAMES_H

#include <stdbool.h>

#include "runtime/base/arena.h"

/** The first part of every package that is ours; also the c_package of their C names. */
#define OUR_ROOT "gaon"

/** "GetMachine" → "get_machine", "SSHKey" → "sshkey". */
char *name_lower(struct arena *arena, const char *camel);

/** "get_machine" → "GetMachine"; a name that is camel already stays. */
char *name_camel(struct arena *arena, const char *snake);

/** "gaon.lifecycle.v1" and "Machine.Disk" → "Gaon__Machine__Disk"; other packages keep all their parts. */
char *name_c_type(struct arena *arena, const char *package, const char *local);

/** As name_c_type in lower case: "gaon__machine__disk", the stem of `__descriptor` and `__init`. */
char *name_c_stem(struct arena *arena, const char *package, const char *local);

/** "Machine.Disk" → "machine__disk": what follows `gaon_rules_`. */
char *name_rules(struct arena *arena, const char *local);

/** True for "gaon" and "gaon.…". */
bool name_is_ours(const char *package);

/** "gaon.lifecycle.v1" → "lifecycle"; "" when the package is not gaon.<service>.<version>. */
char *name_service(struct arena *arena, const char *package);

/** The noun of a method for the audit: "ListMachines" → "machine", "GetIamPolicy" → "iam_policy". */
char *name_resource(struct arena *arena, const char *method);

/** An include guard for a path: "gaon/x/v1/x.gaon.h" → "GAON_X_V1_X_GAON_H". */
char *name_guard(struct arena *arena, const char *path);

/** A C string literal with its quotes. */
char *name_literal(struct arena *arena, const char *text);

#endif
