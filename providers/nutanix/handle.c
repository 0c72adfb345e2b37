/* SPDX-License-Identifier: Apache-2.0 */
/* handle.c: how a task of Prism Central is kept: "ntnx4|create|<task>|<machine>|". */
#include <string.h>

#include "providers/nutanix/common.h"
#include "runtime/base/id.h"
#include "runtime/base/text.h"

enum { PREFIX_MOST = 32 };

const char *nutanix_handle_print(struct arena *arena, const struct nutanix_handle *handle)
{
	return arena_printf(arena, "ntnx%c|%s|%s|%s|%s", handle->api == NUTANIX_API_V3 ? '3' : '4', handle->stage, handle->task,
			    handle->entity, text_or_empty(handle->extra));
}

/* v4 calls a task "ZXJnb24=:<uuid>". */
static bool is_task(const char *text)
{
	const char *colon = strchr(text, ':');
	const char *prefix = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+/=";

	if (text_equal(text, "-") || id_is_uuid(text))
		return true;
	return colon && colon - text <= PREFIX_MOST && strspn(text, prefix) == (size_t)(colon - text) && id_is_uuid(colon + 1);
}

static bool is_extra(const char *text)
{
	return text[strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_")] == '\0';
}

struct provider_result nutanix_handle_read(struct arena *arena, const char *text, struct nutanix_handle *handle)
{
	char **parts;
	size_t count = text_split(arena, text_or_empty(text), '|', &parts);
	bool is_v3 = count > 0 && text_equal(parts[0], "ntnx3");

	if (count != NUTANIX_HANDLE_PARTS || (!is_v3 && !text_equal(parts[0], "ntnx4")) || !is_task(parts[2]) ||
	    (!text_equal(parts[3], "-") && !id_is_uuid(parts[3])) || !is_extra(parts[4]))
		return provider_fail(arena, PROVIDER_NOT_FOUND, "no task of a Prism Central is called \"%.64s\"", text_or_empty(text));
	*handle = (struct nutanix_handle){ .api = is_v3 ? NUTANIX_API_V3 : NUTANIX_API_V4,
					   .stage = parts[1],
					   .task = parts[2],
					   .entity = parts[3],
					   .extra = parts[4] };
	return PROVIDER_DONE;
}
