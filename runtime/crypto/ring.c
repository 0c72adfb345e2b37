/* SPDX-License-Identifier: Apache-2.0 */
/* ring.c: the key-encryption keys of seal.h, newest first, and the data keys under them. */
#include "runtime/crypto/seal.h"

#include <string.h>

#include "runtime/base/memory.h"
#include "runtime/base/text.h"
#include "runtime/crypto/seal_key.h"

enum { MOST_KEYS = 64 };

struct seal_ring {
	struct seal_key *keys[MOST_KEYS];
	size_t count;
};

static const struct seal_key *find(const struct seal_ring *ring, const char *id)
{
	for (size_t i = 0; i < ring->count; i++) {
		if (text_equal(seal_key_id(ring->keys[i]), id))
			return ring->keys[i];
	}
	return NULL;
}

static struct status invalid(struct arena *arena, size_t line, const char *what)
{
	return status_fail(arena, STATUS_INVALID_ARGUMENT, "SEAL_RING_INVALID",
			   "line %zu of the key-encryption keys %s", line, what);
}

static struct status read_key(struct arena *arena, struct seal_ring *ring, struct slice line, size_t number)
{
	const char *blank = memchr(line.data, ' ', line.size);
	struct slice secret;

	if (!blank)
		return invalid(arena, number, "must be \"<id> <base64 of 32 bytes>\"");
	if (ring->count == MOST_KEYS)
		return invalid(arena, number, "is one key too many; drop the oldest");

	char *id = arena_strndup(arena, line.data, (size_t)(blank - line.data));
	struct slice encoded = slice_of(blank + 1, line.size - (size_t)(blank + 1 - line.data));
	if (!text_from_base64(arena, encoded, &secret))
		return invalid(arena, number, "holds a key that is no base64");
	if (find(ring, id))
		return invalid(arena, number, "uses an id for the second time");

	struct status status = seal_key_new(arena, id, secret, &ring->keys[ring->count]);
	memory_wipe((void *)(uintptr_t)secret.data, secret.size);
	if (!status_is_ok(status))
		return invalid(arena, number, "has an id or a key of the wrong size; a key has 32 bytes");
	ring->count++;
	return OK;
}

static struct status read_keys(struct arena *arena, struct seal_ring *ring, struct slice source)
{
	for (size_t number = 1; source.size > 0; number++) {
		const char *end = memchr(source.data, '\n', source.size);
		size_t size = end ? (size_t)(end - source.data) : source.size;
		struct slice line = slice_of(source.data, size);

		if (line.size > 0 && line.data[line.size - 1] == '\r')
			line.size--;
		if (line.size > 0 && line.data[0] != '#')
			TRY(read_key(arena, ring, line, number));
		size += end ? 1 : 0;
		source = slice_of(source.data + size, source.size - size);
	}
	if (ring->count == 0)
		return status_fail(arena, STATUS_INVALID_ARGUMENT, "SEAL_RING_INVALID",
				   "there is no key-encryption key; give a line \"<id> <base64 of 32 bytes>\"");
	return OK;
}

struct status seal_ring_read(struct arena *arena, struct slice source, struct seal_ring **ring)
{
	struct arena *scratch = arena_new(0);
	struct seal_ring *made = MEMORY_NEW(struct seal_ring);
	struct status status = read_keys(scratch, made, source);

	if (status_is_ok(status)) {
		*ring = made;
	} else {
		status = status_copy(arena, status);
		seal_ring_free(made);
	}
	arena_free(scratch);
	return status;
}

void seal_ring_free(struct seal_ring *ring)
{
	if (!ring)
		return;
	for (size_t i = 0; i < ring->count; i++)
		seal_key_free(ring->keys[i]);
	memory_free(ring);
}

const struct seal_key *seal_ring_primary(const struct seal_ring *ring)
{
	return ring->keys[0];
}

struct status seal_wrap(struct arena *arena, const struct seal_ring *ring, const struct seal_key *data_key,
			struct slice context, struct slice *wrapped)
{
	return seal_close(arena, seal_ring_primary(ring), seal_key_to_plain(data_key), context, wrapped);
}

struct status seal_unwrap(struct arena *arena, const struct seal_ring *ring, struct slice wrapped, struct slice context,
			  struct seal_key **data_key)
{
	const char *id = seal_key_id_of(arena, wrapped);
	const struct seal_key *key = id ? find(ring, id) : seal_ring_primary(ring);
	struct slice plain;

	if (!key)
		return status_fail(
			arena, STATUS_FAILED_PRECONDITION, "SEAL_KEY_UNKNOWN",
			"a data key was sealed with the key-encryption key \"%s\", which is not in the ring; add it",
			text_to_utf8(arena, slice_text(id)));
	TRY(seal_open(arena, key, wrapped, context, &plain));
	return seal_key_from_plain(arena, plain, data_key);
}

bool seal_is_current(const struct seal_ring *ring, struct slice wrapped)
{
	struct arena *scratch = arena_new(0);
	bool is_current = text_equal(seal_key_id_of(scratch, wrapped), seal_key_id(seal_ring_primary(ring)));

	arena_free(scratch);
	return is_current;
}
