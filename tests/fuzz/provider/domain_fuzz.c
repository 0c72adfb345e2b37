/* SPDX-License-Identifier: Apache-2.0 */
/* domain_fuzz.c: whatever a hypervisor says a domain is, and whatever people call one, is read or refused. */
#include <string.h>

#include "providers/libvirt/domain.h"
#include "runtime/base/text.h"
#include "tests/support/fuzz.h"

const char *const fuzz_seeds[] = {
	"<domain type='kvm'><name>n</name><uuid>01890000-0000-7000-8000-00000000abcd</uuid><metadata>"
	"<gaon:machine xmlns:gaon='urn:gaon:machine:1' id='a' operation='b' connection='c' installation='d' name='e' image='f'"
	" size='g' disk-gib='1' created-us='2' phase='complete'/></metadata><memory unit='KiB'>1024</memory>"
	"<vcpu current='1'>2</vcpu></domain>",
	"<domain><metadata><x:machine xmlns:x='other'/><machine/></metadata></domain>",
	"a name <&> of a machine",
	NULL,
};

/* As a document; and as a name, which must come back unchanged or not be taken. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = arena_new(0);
	struct provider_machine machine;
	struct libvirt_marks marks;
	const char *text = arena_strndup(arena, (const char *)data, size);
	if (libvirt_domain_read(arena, text, &machine, &marks))
		FUZZ_CHECK(machine.native_id && machine.name);
	struct slice name = slice_text(text);
	if (name.size > 0 && name.size <= LIBVIRT_NAME_MOST && text_is_utf8(name) && text_is_printable(name)) {
		struct libvirt_options options = { .architecture = "x86_64" };
		struct libvirt_definition definition = { .uuid = "u", .domain_type = "qemu", .pool = "p", .disk_volume = "v",
							 .options = &options };
		definition.domain_name = libvirt_domain_name(arena, text, "u");
		definition.marks = (struct libvirt_marks){ .machine = "u", .name = text };
		FUZZ_CHECK(libvirt_domain_read(arena, libvirt_definition_print(arena, &definition), &machine, &marks));
		FUZZ_CHECK(text_equal(machine.name, text));
	}
	arena_free(arena);
	return 0;
}
