/* SPDX-License-Identifier: Apache-2.0 */
/* check.h: what a proto of ours must say before code is made of it. */
#ifndef GAON_PROTOC_CHECK_H
#define GAON_PROTOC_CHECK_H

#include "tools/protoc-gen-gaon/model.h"

/**
 * Adds to model->errors a line for each thing that is missing or contradicts itself in the files to generate: rules,
 * access, permissions and scopes of RPCs, comments, limits that cannot apply, names that collide in C.
 */
void check_model(struct model *model);

/** The request's field at `path` ("machine.name") when it is one string; else NULL. */
const struct model_field *check_scope(const struct model_message *request, const char *path);

/** Shapes of fields that rules depend on. */
bool field_is_text(const struct model_field *field); /* string or bytes */
bool field_is_string(const struct model_field *field);
bool field_is_integer(const struct model_field *field);

#endif
