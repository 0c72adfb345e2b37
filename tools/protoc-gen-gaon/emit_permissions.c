/* SPDX-License-Identifier: Apache-2.0 */
/* emit_permissions.c: one row for each permission that any RPC asks for. */
#include <stdlib.h>
#include <string.h>

#include "tools/protoc-gen-gaon/emit.h"
#include "tools/protoc-gen-gaon/names.h"

static int by_permission(const void *a, const void *b)
{
	const struct model_method *left = *(const struct model_method *const *)a;
	const struct model_method *right = *(const struct model_method *const *)b;
	int order = strcmp(left->rule->permission, right->rule->permission);
	if (!order)
		order = strcmp(left->file->service, right->file->service);
	return order ? order : strcmp(left->name, right->name);
}

static size_t collect(const struct model *model, const struct model_method **found)
{
	size_t count = 0;
	for (size_t i = 0; i < model->method_count; i++) {
		const struct model_method *method = &model->methods[i];
		if (method->file->is_generated && *text_or_empty(method->rule->permission))
			found[count++] = method;
	}
	qsort(found, count, sizeof(const struct model_method *), by_permission);
	return count;
}

static void emit_methods(struct text *out, const struct model_method **methods, size_t count)
{
	text_append(out, "static const char *const methods[] = {\n");
	for (size_t i = 0; i < count; i++)
		text_printf(out, "\t\"%s.%s/%s\",\n", methods[i]->file->package, methods[i]->service, methods[i]->name);
	text_append(out, "\t\"\",\n};\n\n");
}

char *emit_permissions(const struct model *model)
{
	struct text out = text_new(model->arena);
	const struct model_method **methods =
		ARENA_ARRAY(model->arena, model->method_count, const struct model_method *);
	size_t count = collect(model, methods), rows = 0;
	text_append(&out, "/* Made by protoc-gen-gaon: every permission that an RPC asks for, sorted. */\n"
			  "#include \"" OUR_ROOT "/permissions.h\"\n\n");
	emit_methods(&out, methods, count);
	text_append(&out, "const struct permission_row " OUR_ROOT "_permissions[] = {\n");
	for (size_t i = 0; i < count; rows++) {
		const struct model_method *first = methods[i];
		bool is_write = false;
		size_t begin = i;
		for (; i < count && strcmp(methods[i]->rule->permission, first->rule->permission) == 0; i++)
			is_write |= methods[i]->rule->access == GAON__RPC__V1__ACCESS__ACCESS_WRITE;
		text_printf(&out, "\t{ %s, \"%s\", \"%s\", %s, methods + %zu, %zu },\n",
			    name_literal(model->arena, first->rule->permission), first->file->service, first->name,
			    is_write ? "METHOD_WRITE" : "METHOD_READ", begin, i - begin);
	}
	if (!rows)
		text_append(&out, "\t{ \"\", \"\", \"\", METHOD_READ, methods, 0 },\n"); /* C has no empty array */
	text_printf(&out, "};\nconst size_t " OUR_ROOT "_permission_count = %zu;\n", rows);
	return out.data;
}

char *emit_permissions_header(const struct model *model)
{
	return arena_strdup(model->arena,
			    "/* Made by protoc-gen-gaon: every permission that an RPC asks for. */\n"
			    "#ifndef GAON_PERMISSIONS_H\n#define GAON_PERMISSIONS_H\n\n#include <stddef.h>\n\n"
			    "#include \"runtime/rpc/method.h\"\n\n"
			    "struct permission_row {\n"
			    "\tconst char *permission;\n"
			    "\tconst char *service;      /* \"lifecycle\" */\n"
			    "\tconst char *method;       /* the first RPC, by name, that asks for it */\n"
			    "\tenum method_access access; /* METHOD_WRITE when any of its RPCs writes */\n"
			    "\tconst char *const *methods; /* all of its RPCs: \"gaon.lifecycle.v1.LifecycleService/StopMachine\" */\n"
			    "\tsize_t method_count;\n"
			    "};\n\n"
			    "/* Sorted by permission; each stands here once. */\n"
			    "extern const struct permission_row " OUR_ROOT "_permissions[];\n"
			    "extern const size_t " OUR_ROOT "_permission_count;\n\n#endif\n");
}
