/* SPDX-License-Identifier: Apache-2.0 */
/* descriptor_set.c: see descriptor_set.h. The bytes come straight from protoc's file into the read-only section. */
#include "proto/descriptor_set.h"

__asm__(".pushsection .rodata\n"
	"	.hidden gaon_descriptor_set_start\n"
	"	.hidden gaon_descriptor_set_end\n"
	"	.global gaon_descriptor_set_start\n"
	"	.global gaon_descriptor_set_end\n"
	"gaon_descriptor_set_start:\n"
	"	.incbin \"" DESCRIPTOR_SET_PATH "\"\n"
	"gaon_descriptor_set_end:\n"
	".popsection\n");

extern const char gaon_descriptor_set_start[];
extern const char gaon_descriptor_set_end[];

struct slice gaon_descriptor_set(void)
{
	return slice_of(gaon_descriptor_set_start, (size_t)(gaon_descriptor_set_end - gaon_descriptor_set_start));
}
