/* SPDX-License-Identifier: Apache-2.0 */
/* encoding.c: hex and base64 (RFC 4648) of text.h, canonical in both directions. */
#include "runtime/base/text.h"

static const char HEX_DIGITS[] = "0123456789abcdef";
static const char BASE64[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
static const char BASE64_URL[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

char *text_to_hex(struct arena *arena, struct slice bytes)
{
	char *hex = arena_array(arena, bytes.size * 2 + 1, 1);

	for (size_t i = 0; i < bytes.size; i++) {
		unsigned char byte = (unsigned char)bytes.data[i];

		hex[2 * i] = HEX_DIGITS[byte >> 4];
		hex[2 * i + 1] = HEX_DIGITS[byte & 15];
	}
	return hex;
}

static int hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

bool text_from_hex(struct arena *arena, const char *hex, struct slice *bytes)
{
	size_t size = strlen(text_or_empty(hex));

	if (size % 2 != 0)
		return false;

	char *data = arena_alloc(arena, size / 2 + 1);
	for (size_t i = 0; i < size / 2; i++) {
		int high = hex_value(hex[2 * i]);
		int low = hex_value(hex[2 * i + 1]);

		if (high < 0 || low < 0)
			return false;
		data[i] = (char)(high << 4 | low);
	}
	data[size / 2] = '\0';
	*bytes = slice_of(data, size / 2);
	return true;
}

static char *encode(struct arena *arena, struct slice bytes, const char *alphabet, bool is_padded)
{
	const unsigned char *data = (const unsigned char *)bytes.data;
	char *encoded = arena_array(arena, bytes.size / 3 + 1, 4);
	char *out = encoded;
	size_t i = 0;

	/* The array is zeroed and holds one group more than the whole ones: room for the tail, or for the NUL. */
	for (; bytes.size - i >= 3; i += 3) {
		unsigned group = (unsigned)data[i] << 16 | (unsigned)data[i + 1] << 8 | data[i + 2];

		for (int shift = 18; shift >= 0; shift -= 6)
			*out++ = alphabet[group >> shift & 63];
	}
	size_t left = bytes.size - i;
	if (left == 0)
		return encoded;

	unsigned group = (unsigned)data[i] << 16 | (left == 2 ? (unsigned)data[i + 1] << 8 : 0);
	char tail[5] = { alphabet[group >> 18], alphabet[group >> 12 & 63], 0, 0, 0 };
	if (left == 2)
		tail[2] = alphabet[group >> 6 & 63];
	for (size_t j = left + 1; is_padded && j < 4; j++)
		tail[j] = '=';
	*out = '\0';
	return arena_printf(arena, "%s%s", encoded, tail);
}

char *text_to_base64(struct arena *arena, struct slice bytes)
{
	return encode(arena, bytes, BASE64, true);
}

char *text_to_base64url(struct arena *arena, struct slice bytes)
{
	return encode(arena, bytes, BASE64_URL, false);
}

static int digit_value(char c, const char *alphabet)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	if (c == alphabet[62])
		return 62;
	if (c == alphabet[63])
		return 63;
	return -1;
}

/* `encoded` has no padding any more. */
static bool decode(struct arena *arena, struct slice encoded, const char *alphabet, struct slice *bytes)
{
	if (encoded.size % 4 == 1)
		return false;

	size_t size = encoded.size / 4 * 3 + (encoded.size % 4 == 0 ? 0 : encoded.size % 4 - 1);
	char *data = arena_alloc(arena, size + 1);
	unsigned bits = 0;
	unsigned held = 0;
	size_t out = 0;
	for (size_t i = 0; i < encoded.size; i++) {
		int digit = digit_value(encoded.data[i], alphabet);

		if (digit < 0)
			return false;
		bits = (bits << 6 | (unsigned)digit) & 0xfff;
		held += 6;
		if (held >= 8) {
			held -= 8;
			data[out++] = (char)(bits >> held & 0xff);
		}
	}
	/* RFC 4648 §3.5: bits that are not part of the data must be zero, else two texts would mean the same bytes. */
	if ((bits & ((1u << held) - 1)) != 0)
		return false;
	data[size] = '\0';
	*bytes = slice_of(data, size);
	return true;
}

bool text_from_base64url(struct arena *arena, struct slice encoded, struct slice *bytes)
{
	return decode(arena, encoded, BASE64_URL, bytes);
}

bool text_from_base64(struct arena *arena, struct slice encoded, struct slice *bytes)
{
	size_t padding = 0;

	if (encoded.size % 4 != 0)
		return false;
	while (padding < 2 && padding < encoded.size && encoded.data[encoded.size - 1 - padding] == '=')
		padding++;
	return decode(arena, slice_of(encoded.data, encoded.size - padding), BASE64, bytes);
}
