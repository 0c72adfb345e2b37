/* SPDX-License-Identifier: Apache-2.0 */
/* changes.c: what changed at Nova since a time of its own clock; machines that went are told for as long as Nova keeps
 * their rows. */
#include <string.h>

#include "providers/openstack/machine.h"
#include "providers/openstack/page.h"
#include "runtime/base/text.h"
#include "runtime/base/time.h"

/*
 * A cursor is "since", or between two pages "since marker next": `next` is the since of the next round. Times are
 * Nova's: the Date of its answers, less an overlap for what is committed late and for clocks of its hosts that are not
 * quite the same.
 */
enum { PAGE_SIZE = 500, OVERLAP_S = 10, KEPT_H = 24, FIRST_OVERLAP_S = 60 };

struct cursor {
	const char *since, *marker, *next; /* marker, next: NULL at the beginning of a round */
	int64_t since_us;
};

static bool cursor_read(struct arena *arena, const char *text, struct cursor *cursor)
{
	char **words;
	int64_t next_us;
	*cursor = (struct cursor){ .since = NULL };
	if (strlen(text) > 255 || !text_is_printable(slice_text(text)))
		return false;
	size_t count = text_split(arena, text, ' ', &words);
	if ((count != 1 && count != 3) || !time_parse(words[0], &cursor->since_us))
		return false;
	cursor->since = words[0];
	cursor->marker = count == 3 ? words[1] : NULL;
	cursor->next = count == 3 ? words[2] : NULL;
	return count == 1 || (openstack_is_id(cursor->marker) && time_parse(cursor->next, &next_us));
}

static const char *const MONTHS[] = {
	"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"
};

bool openstack_date_read(const char *text, int64_t *time_us)
{
	char iso[] = "YYYY-MM-DDThh:mm:ssZ";
	if (!text || strlen(text) != 29 || strcmp(text + 25, " GMT") != 0 || memcmp(text + 3, ", ", 2) != 0)
		return false;
	for (int month = 0; month < 12; month++) {
		if (memcmp(text + 8, MONTHS[month], 3) != 0)
			continue;
		memcpy(iso, text + 12, 4);
		iso[5] = (char)('0' + (month + 1) / 10);
		iso[6] = (char)('0' + (month + 1) % 10);
		memcpy(iso + 8, text + 5, 2);
		memcpy(iso + 11, text + 17, 8);
		return time_parse(iso, time_us);
	}
	return false;
}

/* The cloud's own time of the answer, without fractions. */
static int64_t answered_us(const struct openstack_reply *reply, int64_t overlap_s)
{
	int64_t time_us;
	if (!openstack_date_read(http_header(&reply->response, "Date", NULL), &time_us)) {
		time_us = time_now_us() / TIME_US_PER_SECOND * TIME_US_PER_SECOND;
		overlap_s += FIRST_OVERLAP_S; /* our clock may be another one */
	}
	return time_us - overlap_s * TIME_US_PER_SECOND;
}

static struct provider_result ask(struct provider_session *session, struct provider_call *call, const char *query,
				  struct openstack_reply *reply)
{
	return openstack_ask(session, call,
			     &(struct openstack_request){ .service = OPENSTACK_COMPUTE,
							  .method = "GET",
							  .path = arena_printf(call->arena, "/servers/%s", query),
							  .what = "following the changes",
							  .is_read = true,
							  .member = "servers" },
			     reply);
}

static struct provider_result rows_tell(struct provider_session *session, struct provider_call *call,
					const struct json *rows, struct provider_changes *changes)
{
	changes->machines = ARENA_ARRAY(call->arena, json_size(rows) + 1, struct provider_machine);
	changes->count = 0;
	for (size_t i = 0; i < json_size(rows); i++) {
		struct openstack_server server;
		struct provider_result result = openstack_server_tell(session, call, json_at(rows, i), &server);
		if (result.error == PROVIDER_OK)
			changes->machines[changes->count++] = server.machine;
		else if (result.error != PROVIDER_NOT_FOUND)
			return result;
	}
	return PROVIDER_DONE;
}

static struct provider_result begin(struct provider_session *session, struct provider_call *call,
				    struct provider_changes *changes)
{
	struct openstack_reply reply;
	struct provider_result result = ask(session, call, "detail?limit=1", &reply);
	if (result.error == PROVIDER_OK)
		*changes =
			(struct provider_changes){ .cursor = time_format(call->arena, answered_us(&reply, OVERLAP_S)) };
	return result;
}

struct provider_result openstack_changes(struct provider_session *session, struct provider_call *call,
					 struct provider_changes *changes)
{
	struct openstack_reply reply;
	struct cursor cursor;
	if (!changes->cursor)
		return begin(session, call, changes);
	if (!cursor_read(call->arena, changes->cursor, &cursor))
		return provider_fail(call->arena, PROVIDER_INVALID,
				     "the cursor is none of OpenStack's; list all, and begin with no cursor");
	const char *marker = cursor.marker ? arena_printf(call->arena, "&marker=%s", cursor.marker) : "";
	const char *query = arena_printf(call->arena, "detail?changes-since=%s&limit=%d%s",
					 http_encode(call->arena, cursor.since), PAGE_SIZE, marker);
	struct provider_result result = ask(session, call, query, &reply);
	if (result.error != PROVIDER_OK)
		return result;
	int64_t next_us = answered_us(&reply, OVERLAP_S);
	if (cursor.since_us < next_us - KEPT_H * TIME_US_PER_HOUR) {
		*changes =
			(struct provider_changes){ .cursor =
							   NULL }; /* rows of deleted machines may have been archived */
		return PROVIDER_DONE;
	}
	const struct json *rows = json_get(reply.json, "servers");
	result = rows_tell(session, call, rows, changes);
	if (result.error != PROVIDER_OK)
		return result;
	const char *next = cursor.next
				   ? cursor.next
				   : time_format(call->arena, next_us > cursor.since_us ? next_us : cursor.since_us);
	const char *last = json_text(json_get(json_at(rows, json_size(rows) - (json_size(rows) > 0)), "id"), NULL);
	changes->has_more = openstack_is_id(last) && !text_equal(last, cursor.marker) &&
			    openstack_has_next(call->arena, reply.json, "servers");
	changes->cursor = changes->has_more ? arena_printf(call->arena, "%s %s %s", cursor.since, last, next) : next;
	return PROVIDER_DONE;
}
