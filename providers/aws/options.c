/* SPDX-License-Identifier: Apache-2.0 */
/* options.c: what an operator can set, and the keys. */
#include "providers/aws/session.h"

#include <ctype.h>

#include "runtime/base/text.h"

#define COUNT_OF(table) (sizeof(table) / sizeof((table)[0]))
#define LIST_MOST 50
#define ROLE_LEAST_S 900
#define ROLE_MOST_S 43200

#define PLAIN(name_, otherwise_, help_)                                                                                \
	{                                                                                                              \
		name_, otherwise_, help_, false, false                                                                 \
	}
#define SECRET(name_, is_required_, help_)                                                                             \
	{                                                                                                              \
		name_, NULL, help_, is_required_, true                                                                 \
	}

const struct provider_option aws_option_rows[AWS_OPTION_COUNT] = {
	SECRET("access_key_id", true, "of a user, or (with session_token) of a session"),
	SECRET("secret_access_key", true, "belongs to access_key_id"),
	SECRET("session_token", false, "of temporary keys; they end, and are not renewed"),
	SECRET("role_arn", false, "role to take on with these keys; its own are renewed before they run out"),
	SECRET("external_id", false, "what the role's trust policy asks for, when the account is somebody else's"),
	PLAIN("role_duration_s", "3600", "how long the role's keys last, 900 to 43200; no longer than the role allows"),
	PLAIN("image_owners", "[\"self\", \"amazon\"]",
	      "whose images are offered: self, amazon, aws-marketplace, or account ids; each is asked apart"),
	PLAIN("image_names", "[\"al2023-ami-2023.*\", \"amzn2-ami-hvm-*\", \"Windows_Server-20*-English-Full-Base-*\"]",
	      "of owners other than self only images of these names, * and ? as wildcards: they have tens of "
	      "thousands"),
	PLAIN("instance_types", NULL,
	      "only these sizes, as in [\"t3.*\", \"m7i.*\"]; without it all of the current generation"),
	PLAIN("disk_type", "gp3", "EBS type of disks and volumes when the order names none"),
	PLAIN("encrypt_disks", "true", "disks and volumes are encrypted with the account's default key"),
	PLAIN("detailed_monitoring", "false",
	      "true: new machines are measured each minute instead of each five, at a price"),
	PLAIN("metadata_tokens", "required", "required: guests reach the metadata service by IMDSv2 only; or optional"),
	PLAIN("bill_regions", NULL,
	      "regions whose cost the bill has, without it the connection's own; \"global\" and \"NoRegion\" hold what "
	      "has none"),
	PLAIN("endpoints", NULL,
	      "object of URLs for single services: ec2, sts, monitoring, ce, pricing, servicequotas"),
	CLOUD_OPTION_ROWS,
};

static struct provider_result names_check(struct arena *arena, const struct json *object, bool are_secret)
{
	const struct json *value;
	const char *key;

	for (size_t i = 0; json_member(object, i, &key, &value); i++) {
		bool is_known = false;

		for (size_t row = 0; row < AWS_OPTION_COUNT; row++)
			is_known = is_known || (aws_option_rows[row].is_secret == are_secret &&
						text_equal(aws_option_rows[row].name, key));
		if (!is_known)
			return provider_fail(
				arena, PROVIDER_INVALID, "%s.%.64s: AWS has no such %s; see docs/providers/aws.md",
				are_secret ? "credentials" : "options", key, are_secret ? "credential" : "option");
	}
	return PROVIDER_DONE;
}

/* ---- options ---- */

static struct provider_result list_read(struct arena *arena, const struct json *options, const char *name,
					const char ***texts, size_t *count)
{
	const struct json *list = json_get(options, name);
	size_t size = json_size(list);

	if (!list || json_kind(list) == JSON_NULL)
		return PROVIDER_DONE;
	if (json_kind(list) != JSON_ARRAY || size == 0 || size > LIST_MOST)
		return provider_fail(arena, PROVIDER_INVALID, "options.%s: give an array of 1 to %d texts", name,
				     LIST_MOST);
	*texts = ARENA_ARRAY(arena, size, const char *);
	for (size_t i = 0; i < size; i++) {
		const char *text = json_text(json_at(list, i), "");

		if (text[0] == '\0' || strlen(text) > AWS_TEXT_MOST || !text_is_printable(slice_text(text)))
			return provider_fail(arena, PROVIDER_INVALID,
					     "options.%s[%zu]: give a text of 1 to %d characters", name, i,
					     AWS_TEXT_MOST);
		(*texts)[i] = arena_strdup(arena, text);
	}
	*count = size;
	return PROVIDER_DONE;
}

static struct provider_result bool_read(struct arena *arena, const struct json *options, const char *name, bool *value)
{
	const struct json *option = json_get(options, name);

	if (option && json_kind(option) != JSON_NULL && json_kind(option) != JSON_BOOL)
		return provider_fail(arena, PROVIDER_INVALID, "options.%s: give true or false", name);
	*value = json_bool(option, *value);
	return PROVIDER_DONE;
}

static struct provider_result words_read(struct arena *arena, const struct json *options, struct aws_options *out)
{
	const char *type = json_text(json_get(options, "disk_type"), json_get(options, "disk_type") ? "" : "gp3");
	const char *tokens =
		json_text(json_get(options, "metadata_tokens"), json_get(options, "metadata_tokens") ? "" : "required");
	const struct json *duration = json_get(options, "role_duration_s");

	if (type[0] == '\0' || strlen(type) > 16)
		return provider_fail(arena, PROVIDER_INVALID, "options.disk_type: give an EBS type, as in gp3");
	for (const char *c = type; *c; c++)
		if (!isalnum((unsigned char)*c))
			return provider_fail(arena, PROVIDER_INVALID, "options.disk_type: give an EBS type, as in gp3");
	if (!text_equal(tokens, "required") && !text_equal(tokens, "optional"))
		return provider_fail(arena, PROVIDER_INVALID, "options.metadata_tokens: give required or optional");
	out->role_duration_s = json_int(duration, duration ? 0 : 3600);
	if (out->role_duration_s < ROLE_LEAST_S || out->role_duration_s > ROLE_MOST_S)
		return provider_fail(arena, PROVIDER_INVALID, "options.role_duration_s: give %d to %d seconds",
				     ROLE_LEAST_S, ROLE_MOST_S);
	out->disk_type = arena_strdup(arena, type);
	out->needs_metadata_token = text_equal(tokens, "required");
	return PROVIDER_DONE;
}

struct provider_result aws_options_read(struct arena *arena, const struct provider_config *config,
					struct aws_options *options)
{
	static const char *OWNERS[] = { "self", "amazon" };
	static const char *NAMES[] = { "al2023-ami-2023.*", "amzn2-ami-hvm-*",
				       "Windows_Server-20*-English-Full-Base-*" };
	struct aws_options read = { .image_owners = OWNERS,
				    .image_owner_count = COUNT_OF(OWNERS),
				    .image_names = NAMES,
				    .image_name_count = COUNT_OF(NAMES),
				    .encrypts_disks = true };
	const struct json *json = config->options;

	struct provider_result result = names_check(arena, json, false);
	if (result.error == PROVIDER_OK)
		result = list_read(arena, json, "image_owners", &read.image_owners, &read.image_owner_count);
	if (result.error == PROVIDER_OK)
		result = list_read(arena, json, "image_names", &read.image_names, &read.image_name_count);
	if (result.error == PROVIDER_OK)
		result = list_read(arena, json, "instance_types", &read.instance_types, &read.instance_type_count);
	if (result.error == PROVIDER_OK)
		result = list_read(arena, json, "bill_regions", &read.bill_regions, &read.bill_region_count);
	if (result.error == PROVIDER_OK)
		result = bool_read(arena, json, "encrypt_disks", &read.encrypts_disks);
	if (result.error == PROVIDER_OK)
		result = bool_read(arena, json, "detailed_monitoring", &read.has_detailed_monitoring);
	if (result.error == PROVIDER_OK)
		result = words_read(arena, json, &read);
	if (result.error == PROVIDER_OK)
		*options = read;
	return result;
}

/* ---- credentials ---- */

/* One of the texts; what is written into a header must be printable ASCII. */
static struct provider_result secret_read(struct arena *arena, const struct json *json, const char *name,
					  const char **text)
{
	const struct json *value = json_get(json, name);
	const char *given = json_text(value, "");

	if (!value || json_kind(value) == JSON_NULL)
		return PROVIDER_DONE;
	for (const char *c = given; *c; c++)
		if (*c <= ' ' || *c > '~')
			given = "";
	if (given[0] == '\0' || strlen(given) > 4096)
		return provider_fail(arena, PROVIDER_INVALID,
				     "credentials.%s: give it as AWS shows it, a text without blanks", name);
	*text = arena_strdup(arena, given);
	return PROVIDER_DONE;
}

struct provider_result aws_credentials_read(struct arena *arena, const struct json *json,
					    struct aws_credentials *credentials)
{
	struct aws_credentials read = { NULL, NULL, NULL, NULL, NULL };
	const struct {
		const char *name;
		const char **text;
	} rows[] = { { "access_key_id", &read.access_key_id },
		     { "secret_access_key", &read.secret_access_key },
		     { "session_token", &read.session_token },
		     { "role_arn", &read.role_arn },
		     { "external_id", &read.external_id } };

	struct provider_result result = names_check(arena, json, true);
	for (size_t i = 0; result.error == PROVIDER_OK && i < COUNT_OF(rows); i++)
		result = secret_read(arena, json, rows[i].name, rows[i].text);
	if (result.error != PROVIDER_OK)
		return result;
	if (!read.access_key_id || !read.secret_access_key)
		return provider_fail(arena, PROVIDER_INVALID, "credentials: give access_key_id and secret_access_key");
	if (read.role_arn && (!text_starts_with(read.role_arn, "arn:") || !strstr(read.role_arn, ":role/")))
		return provider_fail(arena, PROVIDER_INVALID,
				     "credentials.role_arn: give it as arn:aws:iam::<account>:role/<name>");
	if (read.external_id && !read.role_arn)
		return provider_fail(arena, PROVIDER_INVALID,
				     "credentials.external_id belongs to a role_arn; give that too");
	*credentials = read;
	return PROVIDER_DONE;
}
