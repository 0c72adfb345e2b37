/* SPDX-License-Identifier: Apache-2.0 */
/* marks.h: our marks on things: as metadata where there is some (Nova, Cinder, Glance), at the end of a description
 * (Neutron). */
#ifndef GAON_PROVIDERS_OPENSTACK_MARKS_H
#define GAON_PROVIDERS_OPENSTACK_MARKS_H

#include "providers/openstack/session.h"

#define MARK_PREFIX "gaon_"
#define MARK_RESOURCE MARK_PREFIX "resource"
#define MARK_OPERATION MARK_PREFIX "operation"
#define MARK_CONNECTION MARK_PREFIX "connection"
#define MARK_INSTALLATION MARK_PREFIX "installation"
/* Of machines: what OpenStack itself forgets. */
#define MARK_IMAGE MARK_PREFIX "image"       /* that it was made from */
#define MARK_DISK MARK_PREFIX "disk_gib"     /* of the volume that it boots from */
#define MARK_REVERTED MARK_PREFIX "reverted" /* image id of the snapshot that it was last reverted to, and when */
/* Of images that are snapshots of a machine. */
#define MARK_SNAPSHOT_OF MARK_PREFIX "snapshot_of"
#define MARK_SNAPSHOT MARK_PREFIX "snapshot" /* its name */

/** From an object of texts, which may hold others. Texts are the tree's. */
struct provider_marks openstack_marks_read(const struct json *metadata);
void openstack_marks_set(const struct provider_session *session, const struct provider_intent *intent,
			 struct json *metadata);
/** Made by this Gaon for this resource. */
bool openstack_is_of(const struct provider_session *session, const struct provider_marks *marks,
		     const struct provider_intent *intent);

/** The members that are not our marks. */
struct json *openstack_tags_read(struct arena *arena, const struct json *metadata);
/** INVALID for a key that is empty, too long, or one of ours; for a value that is no text of at most 255 bytes. */
struct provider_result openstack_tags_set(struct provider_call *call, const struct json *tags, struct json *metadata);

/** The server tag by which a machine is found. */
const char *openstack_server_tag(struct arena *arena, const struct provider_intent *intent);

/** "for people [gaon resource operation connection installation]", at most 255 characters; INVALID when the marks alone
 * are longer. */
struct provider_result openstack_description_make(const struct provider_session *session, struct provider_call *call,
						  const struct provider_intent *intent, const char *text,
						  const char **description);
/** The marks in it (all NULL: none) and, unless NULL, the text before them. */
struct provider_marks openstack_description_read(struct arena *arena, const char *description, const char **text);

#endif
