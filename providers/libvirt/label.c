/* SPDX-License-Identifier: Apache-2.0 */
/* label.c: what a machine is called, and its tags: both stand in its metadata. */
#include <string.h>

#include "providers/libvirt/domain.h"
#include "runtime/base/text.h"

#define TAGS_MOST 64

bool libvirt_is_name(const char *name)
{
	struct slice bytes = slice_text(text_or_empty(name));
	return bytes.size > 0 && bytes.size <= LIBVIRT_NAME_MOST && !strpbrk(name, "\n\r\t") && text_is_utf8(bytes) &&
	       text_is_printable(bytes);
}

struct provider_result libvirt_tags_check(struct arena *arena, const struct json *tags)
{
	const char *key;
	const struct json *value;
	if (tags && (json_kind(tags) != JSON_OBJECT || json_size(tags) > TAGS_MOST))
		return provider_fail(arena, PROVIDER_INVALID, "tags are an object of at most %d texts", TAGS_MOST);
	for (size_t i = 0; json_member(tags, i, &key, &value); i++) {
		const char *text = json_text(value, NULL);
		if (!libvirt_is_name(key) || !text || (*text && !libvirt_is_name(text)))
			return provider_fail(arena, PROVIDER_INVALID,
					     "the tag \"%.64s\": give a key and a text of at most %d printable characters", key,
					     LIBVIRT_NAME_MOST);
	}
	return PROVIDER_DONE;
}

const struct json *libvirt_tags_copy(struct arena *arena, const struct json *tags)
{
	const char *key;
	const struct json *value;
	struct json *copy = json_object(arena);
	for (size_t i = 0; json_member(tags, i, &key, &value); i++)
		json_set_text(copy, arena_strdup(arena, key), json_text(value, ""));
	return copy;
}

struct label_arguments {
	const char *native_id, *name;
	const struct json *tags; /* NULL: they stay */
};

/* The title is what other tools show; our own name is read from the marks. */
static struct provider_result title_set(struct libvirt_work *work, virDomainPtr domain, const char *name)
{
	unsigned flags = VIR_DOMAIN_AFFECT_CONFIG;
	if (virDomainIsActive(domain) == 1)
		flags |= VIR_DOMAIN_AFFECT_LIVE;
	if (virDomainSetMetadata(domain, VIR_DOMAIN_METADATA_TITLE, name, NULL, NULL, flags) != 0)
		return libvirt_fail(work, "the machine's title cannot be written");
	return PROVIDER_DONE;
}

static struct provider_result label_do(struct libvirt_work *work, void *pointer)
{
	const struct label_arguments *arguments = pointer;
	struct provider_machine machine;
	struct libvirt_marks marks;
	virDomainPtr domain;
	struct provider_result result = libvirt_domain_find(work, arguments->native_id, &domain);
	if (result.error == PROVIDER_OK)
		result = libvirt_domain_tell(work, domain, &machine, &marks);
	if (result.error != PROVIDER_OK)
		return result;
	if (!marks.machine)
		return provider_fail(work->arena, PROVIDER_CONFLICT,
				     "the machine bears no marks of ours, and its name and tags stand there; adopt it first");
	if (arguments->name)
		marks.name = arguments->name;
	if (arguments->tags)
		marks.tags = arguments->tags;
	result = libvirt_marks_write(work, domain, &marks);
	return result.error == PROVIDER_OK && arguments->name ? title_set(work, domain, arguments->name) : result;
}

struct provider_result libvirt_rename(struct provider_session *session, struct provider_call *call, const char *native_id,
				      const char *name, struct provider_task *task)
{
	*task = (struct provider_task){ NULL };
	if (!libvirt_is_name(name))
		return provider_fail(call->arena, PROVIDER_INVALID, "the name must have 1 to %d printable characters",
				     LIBVIRT_NAME_MOST);
	struct libvirt_work *work = libvirt_work_new(session, VERB_RENAME);
	struct label_arguments *arguments = ARENA_NEW(work->arena, struct label_arguments);
	arguments->native_id = arena_strdup(work->arena, text_or_empty(native_id));
	arguments->name = arena_strdup(work->arena, name);
	return libvirt_run(work, call, label_do, arguments);
}

struct provider_result libvirt_tag(struct provider_session *session, struct provider_call *call, const char *native_id,
				   const struct json *tags, struct provider_task *task)
{
	*task = (struct provider_task){ NULL };
	struct provider_result result = libvirt_tags_check(call->arena, tags);
	if (result.error != PROVIDER_OK)
		return result;
	struct libvirt_work *work = libvirt_work_new(session, VERB_TAG);
	struct label_arguments *arguments = ARENA_NEW(work->arena, struct label_arguments);
	arguments->native_id = arena_strdup(work->arena, text_or_empty(native_id));
	arguments->tags = libvirt_tags_copy(work->arena, tags);
	return libvirt_run(work, call, label_do, arguments);
}
