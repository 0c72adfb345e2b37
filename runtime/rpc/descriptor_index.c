/* SPDX-License-Identifier: Apache-2.0 */
/* descriptor_index.c: walks the set once, on the wire's own bytes, and remembers where each name is. */
#include "runtime/rpc/descriptor_index.h"

#include <stdlib.h>
#include <string.h>

#include "runtime/rpc/wire.h"

#define FILES_MOST 1024
#define NESTING_MOST 32

/* Field numbers of google/protobuf/descriptor.proto. */
enum { SET_FILE = 1 };
enum {
	FILE_NAME = 1,
	FILE_PACKAGE = 2,
	FILE_IMPORT = 3,
	FILE_MESSAGE = 4,
	FILE_ENUM = 5,
	FILE_SERVICE = 6,
	FILE_EXTENSION = 7
};
enum { MESSAGE_FIELD = 2, MESSAGE_NESTED = 3, MESSAGE_ENUM = 4, MESSAGE_EXTENSION = 6 };
enum { SERVICE_METHOD = 2 };
enum { FIELD_EXTENDEE = 2, FIELD_NUMBER = 3 };
enum { ANY_NAME = 1 };

struct file {
	struct slice bytes, name;
};

struct symbol {
	const char *name; /* full, without the leading dot */
	size_t file;
	const char *extendee; /* extensions only */
	int32_t number;
};

struct descriptor_index {
	struct arena *arena;
	struct file *files;
	size_t file_count;
	struct symbol *symbols; /* sorted by name */
	size_t symbol_count, symbol_capacity;
};

/** The first field `id` that holds bytes; empty when there is none. */
static struct slice find_bytes(struct slice message, uint32_t id)
{
	struct wire_field field;

	while (wire_read(&message, &field))
		if (field.id == id && field.type == WIRE_BYTES)
			return field.bytes;
	return (struct slice){ NULL, 0 };
}

static int32_t find_number(struct slice message, uint32_t id)
{
	struct wire_field field;

	while (wire_read(&message, &field))
		if (field.id == id && field.type == WIRE_VARINT)
			return (int32_t)field.number;
	return 0;
}

static struct symbol *add_symbol(struct descriptor_index *index, const char *scope, struct slice bytes, size_t file)
{
	struct slice name = find_bytes(bytes, ANY_NAME);
	struct symbol *symbol;

	if (index->symbol_count == index->symbol_capacity) {
		size_t capacity = index->symbol_capacity ? index->symbol_capacity * 2 : 256;
		struct symbol *symbols = ARENA_ARRAY(index->arena, capacity, struct symbol);

		if (index->symbol_count > 0)
			memcpy(symbols, index->symbols, index->symbol_count * sizeof *symbols);
		index->symbols = symbols;
		index->symbol_capacity = capacity;
	}
	symbol = &index->symbols[index->symbol_count++];
	symbol->file = file;
	symbol->name = arena_printf(index->arena, "%s%s%.*s", scope, *scope ? "." : "", (int)name.size,
				    name.data ? name.data : "");
	return symbol;
}

static void add_extension(struct descriptor_index *index, const char *scope, struct slice bytes, size_t file)
{
	struct slice extendee = find_bytes(bytes, FIELD_EXTENDEE);
	struct symbol *symbol = add_symbol(index, scope, bytes, file);

	if (extendee.size > 0 && extendee.data[0] == '.')
		extendee = slice_of(extendee.data + 1, extendee.size - 1);
	symbol->extendee = arena_strndup(index->arena, extendee.data ? extendee.data : "", extendee.size);
	symbol->number = find_number(bytes, FIELD_NUMBER);
}

static void add_service(struct descriptor_index *index, const char *scope, struct slice bytes, size_t file)
{
	const char *name = add_symbol(index, scope, bytes, file)->name;
	struct wire_field field;

	while (wire_read(&bytes, &field))
		if (field.id == SERVICE_METHOD)
			add_symbol(index, name, field.bytes, file);
}

/* The set is our own, compiled in; the bound only keeps a broken one from hurting. */
static void add_message(struct descriptor_index *index, const char *scope, struct slice bytes, size_t file,
			unsigned nesting)
{
	const char *name = add_symbol(index, scope, bytes, file)->name;
	struct wire_field field;

	while (nesting < NESTING_MOST && wire_read(&bytes, &field)) {
		if (field.id == MESSAGE_NESTED)
			add_message(index, name, field.bytes, file, nesting + 1);
		else if (field.id == MESSAGE_ENUM || field.id == MESSAGE_FIELD)
			add_symbol(index, name, field.bytes, file);
		else if (field.id == MESSAGE_EXTENSION)
			add_extension(index, name, field.bytes, file);
	}
}

static void add_file(struct descriptor_index *index, struct slice bytes)
{
	struct slice package = find_bytes(bytes, FILE_PACKAGE), rest = bytes;
	const char *scope = arena_strndup(index->arena, package.data ? package.data : "", package.size);
	size_t file = index->file_count++;
	struct wire_field field;

	index->files[file] = (struct file){ .bytes = bytes, .name = find_bytes(bytes, FILE_NAME) };
	while (wire_read(&rest, &field)) {
		if (field.id == FILE_MESSAGE)
			add_message(index, scope, field.bytes, file, 0);
		else if (field.id == FILE_ENUM)
			add_symbol(index, scope, field.bytes, file);
		else if (field.id == FILE_SERVICE)
			add_service(index, scope, field.bytes, file);
		else if (field.id == FILE_EXTENSION)
			add_extension(index, scope, field.bytes, file);
	}
}

static int compare_symbols(const void *a, const void *b)
{
	return strcmp(((const struct symbol *)a)->name, ((const struct symbol *)b)->name);
}

struct descriptor_index *descriptor_index_new(struct arena *arena, struct slice descriptor_set)
{
	struct descriptor_index *index = ARENA_NEW(arena, struct descriptor_index);
	struct wire_field field;

	index->arena = arena;
	index->files = ARENA_ARRAY(arena, FILES_MOST, struct file);
	while (index->file_count < FILES_MOST && wire_read(&descriptor_set, &field))
		if (field.id == SET_FILE && field.type == WIRE_BYTES)
			add_file(index, field.bytes);
	if (index->symbol_count > 0)
		qsort(index->symbols, index->symbol_count, sizeof *index->symbols, compare_symbols);
	return index;
}

static const struct file *find_file(const struct descriptor_index *index, struct slice name)
{
	for (size_t i = 0; i < index->file_count; i++)
		if (slice_equal(index->files[i].name, name))
			return &index->files[i];
	return NULL;
}

/** Appends what each listed file imports, which appends to the list that is being walked. */
static struct descriptor_files with_imports(const struct descriptor_index *index, struct arena *arena,
					    const struct file *first)
{
	bool *is_listed = ARENA_ARRAY(arena, index->file_count, bool);
	struct slice *list = ARENA_ARRAY(arena, index->file_count, struct slice);
	struct wire_field field;
	size_t count = 0;

	list[count++] = first->bytes;
	is_listed[first - index->files] = true;
	for (size_t i = 0; i < count; i++) {
		struct slice rest = list[i];

		while (wire_read(&rest, &field)) {
			const struct file *imported = field.id == FILE_IMPORT ? find_file(index, field.bytes) : NULL;

			if (!imported || is_listed[imported - index->files])
				continue;
			is_listed[imported - index->files] = true;
			list[count++] = imported->bytes;
		}
	}
	return (struct descriptor_files){ list, count };
}

struct descriptor_files descriptor_of_file(const struct descriptor_index *index, struct arena *arena, const char *path)
{
	const struct file *file = find_file(index, slice_text(path));

	return file ? with_imports(index, arena, file) : (struct descriptor_files){ NULL, 0 };
}

static const struct symbol *find_symbol(const struct descriptor_index *index, const char *name)
{
	const struct symbol wanted = { .name = name };

	if (index->symbol_count == 0)
		return NULL;
	return bsearch(&wanted, index->symbols, index->symbol_count, sizeof wanted, compare_symbols);
}

struct descriptor_files descriptor_of_symbol(const struct descriptor_index *index, struct arena *arena,
					     const char *name)
{
	const struct symbol *symbol = find_symbol(index, name);

	return symbol ? with_imports(index, arena, &index->files[symbol->file]) : (struct descriptor_files){ NULL, 0 };
}

struct descriptor_files descriptor_of_extension(const struct descriptor_index *index, struct arena *arena,
						const char *extendee, int32_t number)
{
	for (size_t i = 0; i < index->symbol_count; i++) {
		const struct symbol *symbol = &index->symbols[i];

		if (symbol->extendee && symbol->number == number && strcmp(symbol->extendee, extendee) == 0)
			return with_imports(index, arena, &index->files[symbol->file]);
	}
	return (struct descriptor_files){ NULL, 0 };
}

bool descriptor_extensions(const struct descriptor_index *index, struct arena *arena, const char *extendee,
			   int32_t **numbers, size_t *count)
{
	int32_t *found;
	size_t n = 0;

	if (!find_symbol(index, extendee))
		return false;
	found = ARENA_ARRAY(arena, index->symbol_count, int32_t);
	for (size_t i = 0; i < index->symbol_count; i++)
		if (index->symbols[i].extendee && strcmp(index->symbols[i].extendee, extendee) == 0)
			found[n++] = index->symbols[i].number;
	*numbers = found;
	*count = n;
	return true;
}
