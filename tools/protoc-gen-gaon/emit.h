/* SPDX-License-Identifier: Apache-2.0 */
/* emit.h: the files that are made of the model. Each function returns the text of one file. */
#ifndef GAON_PROTOC_EMIT_H
#define GAON_PROTOC_EMIT_H

#include "tools/protoc-gen-gaon/model.h"

/** <stem>.gaon.h and .c: message rules and method rows. */
char *emit_rows_header(const struct model *model, const struct model_file *file);
char *emit_rows_source(const struct model *model, const struct model_file *file);

/** <stem>.handlers.h and .c: what a service must implement, and its dispatch table. */
char *emit_handlers_header(const struct model *model, const struct model_file *file);
char *emit_handlers_source(const struct model *model, const struct model_file *file);

/** <stem>.client.h and .c: one typed function for each RPC. */
char *emit_client_header(const struct model *model, const struct model_file *file);
char *emit_client_source(const struct model *model, const struct model_file *file);

/** gaon/permissions.h and .c: gaon_permissions[] over all files. */
char *emit_permissions_header(const struct model *model);
char *emit_permissions(const struct model *model);

/** reference/<service>.md: RPCs, messages and enums of one service's files. */
char *emit_reference(const struct model *model, const char *service);

/** The head of every generated C file. */
struct text emit_start(struct arena *arena, const struct model_file *file, const char *what);

/** The file's method number `index`. */
const struct model_method *emit_method_of(const struct model *model, const struct model_file *file, size_t index);

/** A proto comment as the C comment above a prototype. */
void emit_comment(struct text *out, const char *comment);

#endif
