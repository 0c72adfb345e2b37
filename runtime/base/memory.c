/* SPDX-License-Identifier: Apache-2.0 */
/* memory.c: the allocator with the one policy for running out: abort, because the state is durable. */
#include "runtime/base/memory.h"

#include <malloc.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { KEPT_MOST = 512 * 1024 }; /* above the largest chunk of an arena, so calls feel nothing of it */

static _Noreturn void out_of_memory(void)
{
	static const char message[] = "gaon: out of memory\n";

	/* No stdio here: it may want to allocate. */
	ssize_t ignored = write(STDERR_FILENO, message, sizeof message - 1);
	(void)ignored;
	abort();
}

void *memory_array(size_t count, size_t size)
{
	void *pointer = calloc(count > 0 ? count : 1, size > 0 ? size : 1);

	if (!pointer)
		out_of_memory();
	return pointer;
}

void *memory_new(size_t size)
{
	return memory_array(1, size);
}

void *memory_resize(void *pointer, size_t count, size_t size)
{
	void *resized = reallocarray(pointer, count > 0 ? count : 1, size > 0 ? size : 1);

	if (!resized)
		out_of_memory();
	return resized;
}

char *memory_strdup(const char *text)
{
	if (!text)
		return NULL;

	char *copy = strdup(text);
	if (!copy)
		out_of_memory();
	return copy;
}

void memory_free(void *pointer)
{
	free(pointer);
}

void memory_wipe(void *pointer, size_t size)
{
	if (size > 0)
		explicit_bzero(pointer, size);
}

void memory_give_back(void)
{
	(void)mallopt(M_MMAP_THRESHOLD, KEPT_MOST);
	(void)mallopt(M_TRIM_THRESHOLD, KEPT_MOST);
}
