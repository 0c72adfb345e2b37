/* SPDX-License-Identifier: Apache-2.0 */
/* message.c: vim25 documents: envelopes, references, typed values. */
#include <string.h>

#include "providers/vsphere/soap.h"
#include "runtime/base/text.h"
#include "runtime/base/time.h"

#define SOAP_NAMESPACE "http://schemas.xmlsoap.org/soap/envelope/"
#define TYPES_NAMESPACE "http://www.w3.org/2001/XMLSchema-instance"
#define VALUES_NAMESPACE "http://www.w3.org/2001/XMLSchema"
#define ID_MOST 256

struct xml *vsphere_method(struct arena *arena, const char *name, struct vsphere_ref self)
{
	struct xml *envelope = xml_new(arena, "soapenv:Envelope");

	xml_set(envelope, "xmlns:soapenv", SOAP_NAMESPACE);
	xml_set(envelope, "xmlns:xsd", VALUES_NAMESPACE);
	xml_set(envelope, "xmlns:xsi", TYPES_NAMESPACE);
	struct xml *method = xml_add(xml_add(envelope, "soapenv:Body"), name);
	xml_set(method, "xmlns", "urn:vim25");
	vsphere_add_ref(method, "_this", self);
	return method;
}

struct xml *vsphere_add_ref(struct xml *parent, const char *name, struct vsphere_ref ref)
{
	return xml_set(xml_add_text(parent, name, text_or_empty(ref.id)), "type", text_or_empty(ref.type));
}

struct xml *vsphere_add_typed(struct xml *parent, const char *name, const char *type)
{
	return xml_set(xml_add(parent, name), "xsi:type", type);
}

void vsphere_add_bool(struct xml *parent, const char *name, bool value)
{
	xml_add_text(parent, name, value ? "true" : "false");
}

void vsphere_add_option(struct xml *parent, const char *name, const char *key, const char *value)
{
	struct xml *option = vsphere_add_typed(parent, name, "OptionValue");

	xml_add_text(option, "key", key);
	xml_set_text(vsphere_add_typed(option, "value", "xsd:string"), text_or_empty(value));
}

const char *vsphere_document(struct arena *arena, const struct xml *method)
{
	const struct xml *root = method;

	while (root->parent)
		root = root->parent;
	return arena_printf(arena, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n%s", xml_print(arena, root));
}

const char *vsphere_type(const struct xml *element)
{
	const struct xml_attribute *attribute = element ? element->attributes : NULL;

	/* Not xml_attribute: a reference has a `type` of its own beside the prefixed one. */
	for (; attribute; attribute = attribute->next)
		if (text_ends_with(attribute->name, ":type")) {
			const char *colon = strrchr(attribute->value, ':');
			return colon ? colon + 1 : attribute->value;
		}
	return "";
}

bool vsphere_is_id(const char *text)
{
	static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_:.";
	size_t size = text ? strnlen(text, ID_MOST + 1) : 0;

	return size > 0 && size <= ID_MOST && strspn(text, allowed) == size;
}

struct vsphere_ref vsphere_ref_read(const struct xml *element)
{
	struct vsphere_ref ref = { NULL, NULL };
	const struct xml_attribute *attribute = element ? element->attributes : NULL;

	for (; attribute; attribute = attribute->next)
		if (text_equal(attribute->name, "type"))
			ref.type = attribute->value;
	/* A host's ids can hold a name: "HaNetwork-VM Network". */
	struct slice id = slice_text(xml_text(element, ""));
	if (ref.type && id.size > 0 && id.size <= ID_MOST && text_is_printable(id))
		ref.id = id.data;
	return ref;
}

bool vsphere_bool(const struct xml *element, bool otherwise)
{
	const char *text = xml_text(element, NULL);

	if (text_equal(text, "true") || text_equal(text, "1"))
		return true;
	return text_equal(text, "false") || text_equal(text, "0") ? false : otherwise;
}

int64_t vsphere_time(const struct xml *element, int64_t otherwise)
{
	int64_t time_us = 0;
	const char *text = xml_text(element, NULL);

	return text && time_parse(text, &time_us) ? time_us : otherwise;
}

const struct xml *vsphere_body(const struct xml *envelope)
{
	const struct xml *body = xml_child(envelope, "Body");

	return body ? body->children : NULL;
}
