/* SPDX-License-Identifier: Apache-2.0 */
/* fingerprint.c: SipHash-2-4-128 (Aumasson and Bernstein, 2012). */
#include "server/services/iam/fingerprint.h"

struct siphash {
	uint64_t v0, v1, v2, v3;
};

static inline uint64_t rotate(uint64_t x, unsigned by)
{
	return x << by | x >> (64 - by);
}

static inline void sip_round(struct siphash *s)
{
	s->v0 += s->v1;
	s->v1 = rotate(s->v1, 13) ^ s->v0;
	s->v0 = rotate(s->v0, 32);
	s->v2 += s->v3;
	s->v3 = rotate(s->v3, 16) ^ s->v2;
	s->v0 += s->v3;
	s->v3 = rotate(s->v3, 21) ^ s->v0;
	s->v2 += s->v1;
	s->v1 = rotate(s->v1, 17) ^ s->v2;
	s->v2 = rotate(s->v2, 32);
}

static inline void sip_word(struct siphash *s, uint64_t word)
{
	s->v3 ^= word;
	sip_round(s);
	sip_round(s);
	s->v0 ^= word;
}

static uint64_t load_tail(const char *data, size_t size)
{
	uint64_t word = 0;

	for (size_t i = 0; i < size; i++)
		word |= (uint64_t)(unsigned char)data[i] << (8 * i);
	return word;
}

struct fingerprint fingerprint_of(const uint64_t key[2], uint64_t seed, struct slice bytes)
{
	struct siphash s = {
		key[0] ^ UINT64_C(0x736f6d6570736575),
		key[1] ^ UINT64_C(0x646f72616e646f6d) ^ 0xee,
		key[0] ^ UINT64_C(0x6c7967656e657261),
		key[1] ^ UINT64_C(0x7465646279746573),
	};
	size_t whole = bytes.size / 8 * 8;
	struct fingerprint found;

	sip_word(&s, seed);
	for (size_t i = 0; i < whole; i += 8) {
		uint64_t word;

		memcpy(&word, bytes.data + i, sizeof word);
		sip_word(&s, word);
	}
	sip_word(&s, load_tail(bytes.data + whole, bytes.size - whole) | (uint64_t)(bytes.size + 8) << 56);
	s.v2 ^= 0xee;
	for (unsigned i = 0; i < 4; i++)
		sip_round(&s);
	found.low = s.v0 ^ s.v1 ^ s.v2 ^ s.v3;
	s.v1 ^= 0xdd;
	for (unsigned i = 0; i < 4; i++)
		sip_round(&s);
	found.high = s.v0 ^ s.v1 ^ s.v2 ^ s.v3;
	return found;
}
