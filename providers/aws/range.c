/* SPDX-License-Identifier: Apache-2.0 */
/* range.c: ranges of addresses, and names of AWS's own, as people write them. */
#include "providers/aws/machine.h"

#include "runtime/base/text.h"

static bool number_read(const char *text, size_t size, uint64_t most, uint64_t *number)
{
	char digits[4] = "";

	if (size == 0 || size >= sizeof digits)
		return false;
	memcpy(digits, text, size);
	return text_to_uint64(digits, number) && *number <= most;
}

/* "10.0.3.0/24" */
static bool is_four(const char *text, uint64_t least_bits, uint64_t most_bits)
{
	static const char SEPARATORS[] = "...//";
	uint64_t number = 0;

	for (size_t part = 0; part < 4; part++) {
		size_t size = strspn(text, "0123456789");

		if (!number_read(text, size, UINT8_MAX, &number) || text[size] != SEPARATORS[part])
			return false;
		text += size + 1;
	}
	return number_read(text, strlen(text), most_bits, &number) && number >= least_bits;
}

static bool is_six(const char *text)
{
	size_t size = strspn(text, "0123456789abcdefABCDEF:");
	uint64_t bits;

	return size >= 2 && size <= 39 && memchr(text, ':', size) && text[size] == '/' &&
	       number_read(text + size + 1, strlen(text + size + 1), 128, &bits);
}

bool aws_is_word(const char *text)
{
	size_t size = strlen(text);

	return size > 0 && size <= 64 && strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789-") == size;
}

bool aws_is_range(const char *text)
{
	return is_four(text, 0, 32) || is_six(text);
}

bool aws_is_subnet_range(const char *text)
{
	return is_four(text, 16, 28);
}
