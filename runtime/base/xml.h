/* SPDX-License-Identifier: Apache-2.0 */
/* xml.h: XML as a small tree, bounded, DOCTYPE refused. The only room that knows expat. */
#ifndef GAON_BASE_XML_H
#define GAON_BASE_XML_H

#include <stdbool.h>
#include <stdint.h>

#include "runtime/base/arena.h"
#include "runtime/base/slice.h"

struct xml_attribute {
	const char *name;
	const char *value;
	struct xml_attribute *next;
};

/** An element. Names keep their prefix as written; `text` is the character data directly inside, joined; never NULL. */
struct xml {
	struct arena *arena;
	const char *name;
	const char *text;
	struct xml_attribute *attributes;
	struct xml *children; /* first child, in document order */
	struct xml *last_child;
	struct xml *next; /* next sibling */
	struct xml *parent;
};

struct xml_limits {
	size_t size_bytes; /* 0: 64 MiB */
	unsigned depth;    /* 0: 64 */
	size_t nodes;      /* 0: 1 Mi elements and attributes; what bounds the memory that a tree takes */
};

/** Fails INVALID_ARGUMENT / XML_MALFORMED (with line), XML_DOCTYPE_REFUSED, XML_TOO_LARGE, XML_TOO_DEEP. `limits` may be NULL. */
MUST_CHECK struct status xml_parse(struct arena *arena, struct slice source, const struct xml_limits *limits,
				   struct xml **root);

/* Reading; NULL in, NULL (or the default) out. Names are compared without their prefix. */
struct xml *xml_child(const struct xml *element, const char *name);
struct xml *xml_next_child(const struct xml *previous, const char *name);
/** Walks down: xml_path(root, "devices", "serial", "log", NULL). */
struct xml *xml_path(const struct xml *element, ...) __attribute__((sentinel));
const char *xml_attribute(const struct xml *element, const char *name, const char *otherwise);
const char *xml_text(const struct xml *element, const char *otherwise);
int64_t xml_int(const struct xml *element, int64_t otherwise);

/* Building; text and attributes are escaped when printed, so any UTF-8 is safe to give. */
struct xml *xml_new(struct arena *arena, const char *name);
struct xml *xml_add(struct xml *parent, const char *name);
struct xml *xml_add_text(struct xml *parent, const char *name, const char *text);
struct xml *xml_add_int(struct xml *parent, const char *name, int64_t number);
/** Returns the element, so that attributes chain. */
struct xml *xml_set(struct xml *element, const char *attribute, const char *value);
void xml_set_text(struct xml *element, const char *text);
char *xml_print(struct arena *arena, const struct xml *root);

#endif
