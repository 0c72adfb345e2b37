/* SPDX-License-Identifier: Apache-2.0 */
/* roca.c: the mark that Nemec et al. found (CCS 2017): modulo small primes, the modulus is always a power of 65537. */
#include "server/sso/roca.h"

#include <stddef.h>

static const unsigned primes[] = {
	3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71, 73, 79, 83, 89, 97, 101, 103, 107, 109, 113,
	127, 131, 137, 139, 149, 151, 157, 163, 167,
};

static unsigned remainder_of(struct slice modulus, unsigned prime)
{
	unsigned rest = 0;

	for (size_t i = 0; i < modulus.size; i++)
		rest = (rest << 8 | (unsigned char)modulus.data[i]) % prime;
	return rest;
}

static bool is_power(unsigned number, unsigned base, unsigned prime)
{
	unsigned power = 1;

	for (unsigned i = 0; i < prime; i++) {
		if (power == number)
			return true;
		power = power * base % prime;
	}
	return false;
}

bool roca_has_mark(struct slice modulus)
{
	for (size_t i = 0; i < sizeof primes / sizeof primes[0]; i++)
		if (!is_power(remainder_of(modulus, primes[i]), 65537 % primes[i], primes[i]))
			return false;
	return modulus.size > 0;
}
