/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz_main.c: runs a fuzz target on its seeds and on a fixed number of their mutations: the same ones each time. */
#include <string.h>

#include "tests/support/fuzz.h"

enum { MOST_BYTES = 2048, ROUNDS = 20000 };

static uint64_t random_state = UINT64_C(0x9e3779b97f4a7c15);

static uint32_t next_random(void)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return (uint32_t)(random_state >> 32);
}

static size_t below(size_t bound)
{
	return bound > 0 ? next_random() % bound : 0;
}

struct input {
	uint8_t bytes[MOST_BYTES];
	size_t size;
};

static void load(struct input *input, const char *seed)
{
	input->size = strnlen(seed, MOST_BYTES);
	memcpy(input->bytes, seed, input->size);
}

static void flip_bit(struct input *input)
{
	if (input->size > 0)
		input->bytes[below(input->size)] ^= (uint8_t)(1u << below(8));
}

/* A byte that means something to some parser. */
static void set_byte(struct input *input)
{
	static const char interesting[] = "\0\x01\x1f \"\\/<>&;[]{}:,=#-+.eE0189aZ%_\x7f\x80\xbf\xc0\xe2\xed\xf4\xff";

	if (input->size > 0)
		input->bytes[below(input->size)] = (uint8_t)interesting[below(sizeof interesting - 1)];
}

static void remove_bytes(struct input *input)
{
	size_t at = below(input->size);
	size_t count = 1 + below(8);

	if (count > input->size - at)
		count = input->size - at;
	memmove(input->bytes + at, input->bytes + at + count, input->size - at - count);
	input->size -= count;
}

/* Bytes from elsewhere in the input, put in once more: this is what makes things deep and long. */
static void repeat_bytes(struct input *input)
{
	uint8_t copy[64];
	size_t from = below(input->size);
	size_t at = below(input->size + 1);
	size_t count = 1 + below(sizeof copy);

	if (count > input->size - from)
		count = input->size - from;
	if (count > MOST_BYTES - input->size)
		count = MOST_BYTES - input->size;
	memcpy(copy, input->bytes + from, count);
	memmove(input->bytes + at + count, input->bytes + at, input->size - at);
	memcpy(input->bytes + at, copy, count);
	input->size += count;
}

/* The tail of another seed. */
static void splice(struct input *input, const char *seed)
{
	size_t size = strlen(seed);
	size_t from = below(size);
	size_t at = below(input->size + 1);
	size_t count = size - from < MOST_BYTES - at ? size - from : MOST_BYTES - at;

	memcpy(input->bytes + at, seed + from, count);
	input->size = at + count;
}

static void mutate(struct input *input, size_t seed_count)
{
	for (size_t steps = 1 + below(6); steps > 0; steps--) {
		switch (below(5)) {
		case 0:
			flip_bit(input);
			break;
		case 1:
			set_byte(input);
			break;
		case 2:
			remove_bytes(input);
			break;
		case 3:
			repeat_bytes(input);
			break;
		default:
			splice(input, fuzz_seeds[below(seed_count)]);
			break;
		}
	}
}

/* An exact copy on the heap, so that AddressSanitizer sees a read beyond the end. */
static void try_input(const struct input *input)
{
	uint8_t *exact = malloc(input->size > 0 ? input->size : 1);

	if (!exact)
		abort();
	memcpy(exact, input->bytes, input->size);
	LLVMFuzzerTestOneInput(exact, input->size);
	free(exact);
}

int main(void)
{
	static struct input input;
	size_t count = 0;

	while (fuzz_seeds[count]) {
		load(&input, fuzz_seeds[count++]);
		try_input(&input);
	}
	for (int round = 0; round < ROUNDS; round++) {
		/* Sometimes a mutation of the mutation before: that goes further away from what is well-formed. */
		if (below(4) != 0)
			load(&input, fuzz_seeds[below(count)]);
		mutate(&input, count);
		try_input(&input);
	}
	printf("%zu seeds, %d mutations\n", count, ROUNDS);
	return 0;
}
