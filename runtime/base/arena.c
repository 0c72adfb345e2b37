/* SPDX-License-Identifier: Apache-2.0 */
/* arena.c: a bump allocator over a list of chunks. Unused bytes are poisoned for AddressSanitizer. */
#include "runtime/base/arena.h"

#include <stdalign.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#if defined(__SANITIZE_ADDRESS__)
#define ARENA_POISONS 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define ARENA_POISONS 1
#endif
#endif

#ifdef ARENA_POISONS
#include <sanitizer/asan_interface.h>
/* A function of its own, because gcc takes poisoning of fresh memory for a read of it. */
static __attribute__((noinline)) void poison(void *pointer, size_t size)
{
	__asan_poison_memory_region(pointer, size);
}
#define POISON(pointer_, size_) poison((pointer_), (size_))
#define UNPOISON(pointer_, size_) __asan_unpoison_memory_region((pointer_), (size_))
/* An overrun by one lands in poison, not in the neighbour; shadow memory knows eight bytes at a time. */
#define RED_ZONE ((size_t)16)
#define LEAST_ALIGNMENT ((size_t)8)
#else
#define POISON(pointer_, size_) ((void)0)
#define UNPOISON(pointer_, size_) ((void)0)
#define RED_ZONE ((size_t)0)
#define LEAST_ALIGNMENT ((size_t)1)
#endif

enum { FIRST_CHUNK = 4096, LARGEST_CHUNK = 256 * 1024 };

struct chunk {
	struct chunk *next;
	size_t capacity;
	size_t used;
	alignas(max_align_t) char data[];
};

struct deferred {
	void (*function)(void *pointer);
	void *pointer;
	struct deferred *next;
};

struct arena {
	struct chunk *first;
	struct chunk *current; /* where small pieces come from */
	struct chunk *others;  /* every chunk but the first */
	struct deferred *deferred;
	size_t used;
	size_t limit;
	size_t next_capacity;
};

static struct chunk *chunk_new(size_t capacity)
{
	if (capacity > SIZE_MAX - sizeof(struct chunk))
		return NULL;

	struct chunk *chunk = malloc(sizeof *chunk + capacity);
	if (!chunk)
		return NULL;
	chunk->next = NULL;
	chunk->capacity = capacity;
	chunk->used = 0;
	POISON(chunk->data, capacity);
	return chunk;
}

static void chunk_free(struct chunk *chunk)
{
	UNPOISON(chunk->data, chunk->capacity);
	free(chunk);
}

static void *chunk_take(struct chunk *chunk, size_t size, size_t alignment)
{
	if (alignment < LEAST_ALIGNMENT)
		alignment = LEAST_ALIGNMENT;
	size_t start = (chunk->used + alignment - 1) & ~(alignment - 1);

	if (start > chunk->capacity || size > chunk->capacity - start)
		return NULL;
	UNPOISON(chunk->data + start, size);
	size_t left = chunk->capacity - start - size;
	chunk->used = start + size + (left > RED_ZONE ? RED_ZONE : left);
	return chunk->data + start;
}

static struct chunk *arena_grow(struct arena *arena, size_t size)
{
	/* A big piece gets a chunk of its own, so that the rest of the current chunk is not thrown away. */
	bool is_big = size > arena->next_capacity / 4;
	size_t capacity = is_big ? size : arena->next_capacity;
	struct chunk *chunk = chunk_new(capacity);

	if (!chunk)
		return NULL;
	chunk->next = arena->others;
	arena->others = chunk;
	if (is_big)
		return chunk;
	arena->current = chunk;
	if (arena->next_capacity < LARGEST_CHUNK)
		arena->next_capacity *= 2;
	return chunk;
}

/* Without regard to the limit; NULL when the host is exhausted. */
static void *arena_take(struct arena *arena, size_t size, size_t alignment)
{
	void *pointer = chunk_take(arena->current, size, alignment);

	if (pointer)
		return pointer;
	struct chunk *chunk = arena_grow(arena, size);
	return chunk ? chunk_take(chunk, size, alignment) : NULL;
}

static bool arena_has_room(const struct arena *arena, size_t size)
{
	return size <= SIZE_MAX - arena->used && (arena->limit == 0 || arena->used + size <= arena->limit);
}

static void *arena_try(struct arena *arena, size_t size, size_t alignment)
{
	if (!arena_has_room(arena, size))
		return NULL;

	void *pointer = arena_take(arena, size, alignment);
	if (pointer)
		arena->used += size;
	return pointer;
}

static void *arena_must(struct arena *arena, size_t size, size_t alignment)
{
	void *pointer = arena_try(arena, size, alignment);

	if (!pointer) {
		fprintf(stderr, "gaon: out of memory: %zu bytes asked of an arena that holds %zu of at most %zu\n",
			size, arena->used, arena->limit);
		abort();
	}
	return pointer;
}

struct arena *arena_new(size_t limit_bytes)
{
	struct arena *arena = calloc(1, sizeof *arena);
	struct chunk *first = chunk_new(FIRST_CHUNK);

	if (!arena || !first) {
		fputs("gaon: out of memory\n", stderr);
		abort();
	}
	arena->first = first;
	arena->current = first;
	arena->limit = limit_bytes;
	arena->next_capacity = 2 * (size_t)FIRST_CHUNK;
	return arena;
}

void arena_reset(struct arena *arena)
{
	/* A deferred function may still use the arena, and may defer more. */
	while (arena->deferred) {
		struct deferred *newest = arena->deferred;

		arena->deferred = newest->next;
		newest->function(newest->pointer);
	}
	while (arena->others) {
		struct chunk *chunk = arena->others;

		arena->others = chunk->next;
		chunk_free(chunk);
	}
	POISON(arena->first->data, arena->first->capacity);
	arena->first->used = 0;
	arena->current = arena->first;
	arena->used = 0;
	arena->next_capacity = 2 * (size_t)FIRST_CHUNK;
}

void arena_free(struct arena *arena)
{
	if (!arena)
		return;
	arena_reset(arena);
	chunk_free(arena->first);
	free(arena);
}

void *arena_alloc(struct arena *arena, size_t size)
{
	return arena_must(arena, size, alignof(max_align_t));
}

void *arena_try_alloc(struct arena *arena, size_t size)
{
	return arena_try(arena, size, alignof(max_align_t));
}

void *arena_zalloc(struct arena *arena, size_t size)
{
	void *pointer = arena_alloc(arena, size);

	memset(pointer, 0, size);
	return pointer;
}

void *arena_array(struct arena *arena, size_t count, size_t size)
{
	size_t total;

	/* What overflows is certainly more than there is: let the ordinary refusal speak. */
	if (__builtin_mul_overflow(count, size, &total))
		total = SIZE_MAX;
	return arena_zalloc(arena, total);
}

char *arena_strdup(struct arena *arena, const char *text)
{
	return arena_strndup(arena, text, strlen(text));
}

char *arena_strndup(struct arena *arena, const char *text, size_t size)
{
	size_t length = text ? strnlen(text, size) : 0;
	char *copy = arena_must(arena, length + 1, 1);

	if (length > 0)
		memcpy(copy, text, length);
	copy[length] = '\0';
	return copy;
}

void *arena_memdup(struct arena *arena, const void *data, size_t size)
{
	void *copy = arena_alloc(arena, size);

	if (size > 0)
		memcpy(copy, data, size);
	return copy;
}

char *arena_vprintf(struct arena *arena, const char *format, va_list arguments)
{
	va_list again;

	va_copy(again, arguments);
	int length = vsnprintf(NULL, 0, format, again);
	va_end(again);
	if (length < 0)
		return arena_strdup(arena, "");

	char *text = arena_must(arena, (size_t)length + 1, 1);
	vsnprintf(text, (size_t)length + 1, format, arguments);
	return text;
}

char *arena_printf(struct arena *arena, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	char *text = arena_vprintf(arena, format, arguments);
	va_end(arguments);
	return text;
}

void arena_defer(struct arena *arena, void (*function)(void *pointer), void *pointer)
{
	/* Outside the limit: a resource that is already taken must be given back even when the arena is full. */
	struct deferred *deferred = arena_take(arena, sizeof *deferred, alignof(struct deferred));

	if (!deferred) {
		fputs("gaon: out of memory\n", stderr);
		abort();
	}
	deferred->function = function;
	deferred->pointer = pointer;
	deferred->next = arena->deferred;
	arena->deferred = deferred;
}

size_t arena_used(const struct arena *arena)
{
	return arena->used;
}
