/* SPDX-License-Identifier: Apache-2.0 */
/* fault.c: what vim25 refuses with, as classes; and as sentences that say what to do. */
#include <string.h>

#include "providers/vsphere/soap.h"
#include "runtime/base/text.h"

/* The first row that fits. The names are those of the vSphere Web Services API; a '*' takes a family of them. */
static const struct cloud_code CLASSES[] = {
	{ "InvalidLogin", PROVIDER_AUTH },
	{ "NotAuthenticated", PROVIDER_AUTH },
	{ "NoClientCertificate", PROVIDER_AUTH },
	{ "PasswordExpired", PROVIDER_AUTH },
	{ "NoPermission", PROVIDER_FORBIDDEN },
	{ "AuthMinimumAdminPermission", PROVIDER_FORBIDDEN },
	{ "NotEnoughLicenses", PROVIDER_FORBIDDEN },
	{ "LicenseExpired", PROVIDER_FORBIDDEN },
	{ "InvalidLicense", PROVIDER_FORBIDDEN },
	{ "RestrictedVersion", PROVIDER_UNSUPPORTED },
	{ "NotSupported*", PROVIDER_UNSUPPORTED },
	{ "NotImplemented", PROVIDER_UNSUPPORTED },
	{ "MethodNotFound", PROVIDER_UNSUPPORTED },
	{ "FeatureRequirementsNotMet", PROVIDER_UNSUPPORTED },
	{ "OperationNotSupportedByGuest", PROVIDER_UNSUPPORTED },
	{ "MultipleSnapshotsNotSupported", PROVIDER_UNSUPPORTED },
	{ "SnapshotDisabled", PROVIDER_UNSUPPORTED },
	{ "ManagedObjectNotFound", PROVIDER_NOT_FOUND },
	{ "FileNotFound", PROVIDER_NOT_FOUND },
	{ "NotFound", PROVIDER_NOT_FOUND },
	{ "DuplicateName", PROVIDER_CONFLICT },
	{ "AlreadyExists", PROVIDER_CONFLICT },
	{ "FileAlreadyExists", PROVIDER_CONFLICT },
	{ "InvalidPowerState", PROVIDER_CONFLICT },
	{ "InvalidState", PROVIDER_CONFLICT },
	{ "ToolsUnavailable", PROVIDER_CONFLICT },
	{ "ResourceInUse", PROVIDER_CONFLICT },
	{ "InvalidSnapshot*", PROVIDER_CONFLICT },
	{ "MemorySnapshotOnIndependentDisk", PROVIDER_CONFLICT },
	{ "SnapshotIncompatibleDeviceInVm", PROVIDER_CONFLICT },
	{ "CpuHotPlugNotSupported", PROVIDER_CONFLICT },
	{ "MemoryHotPlugNotSupported", PROVIDER_CONFLICT },
	{ "TooManySnapshotLevels", PROVIDER_QUOTA },
	{ "TooMany*", PROVIDER_QUOTA },
	{ "Insufficient*", PROVIDER_CAPACITY },
	{ "NoDiskSpace", PROVIDER_CAPACITY },
	{ "NoCompatibleHost*", PROVIDER_CAPACITY },
	{ "ResourceNotAvailable", PROVIDER_CAPACITY },
	{ "OutOfBounds", PROVIDER_INVALID },
	/* These did not begin: somebody else was there first, or the host cannot be reached by its vCenter. */
	{ "TaskInProgress", PROVIDER_UNAVAILABLE },
	{ "ConcurrentAccess", PROVIDER_UNAVAILABLE },
	{ "FileLocked", PROVIDER_UNAVAILABLE },
	{ "HostNotConnected", PROVIDER_UNAVAILABLE },
	{ "HostNotReachable", PROVIDER_UNAVAILABLE },
	{ "DisallowedMigrationDeviceAttached", PROVIDER_CONFLICT },
	{ "Timedout", PROVIDER_UNKNOWN_OUTCOME },
	{ "RequestCanceled", PROVIDER_UNKNOWN_OUTCOME },
	{ "HostCommunication", PROVIDER_UNKNOWN_OUTCOME },
	{ "Invalid*", PROVIDER_INVALID },
	{ "Missing*", PROVIDER_INVALID },
	{ "DeviceUnsupported*", PROVIDER_INVALID },
	{ "NoSuitable*", PROVIDER_INVALID },
	{ "UnexpectedFault", PROVIDER_INVALID },
};

/* What to do, where the server's own sentence does not say. */
static const struct {
	const char *type, *text;
} ADVICE[] = {
	{ "InvalidLogin", "the user name or the password is wrong; set the connection's credentials anew" },
	{ "RestrictedVersion", "the licence of this host allows no changes over its API (free ESXi does not); license it" },
	{ "ToolsUnavailable", "VMware Tools do not run in the guest; install them, or use stop and reset" },
	{ "TaskInProgress", "another task is at work on it; it is tried again" },
	{ "ConcurrentAccess", "somebody else changed it meanwhile; it is tried again" },
	{ "NoDiskSpace", "the datastore is full; make room or choose another one" },
	{ "ManagedObjectNotFound", "it is not there (any more)" },
	{ "NotSupported", "this host or version does not do that" },
};

static struct vsphere_fault fault_of(const struct xml *detail, const char *text)
{
	struct vsphere_fault fault = { .type = vsphere_type(detail), .text = text_or_empty(text), .detail = detail };

	return fault;
}

struct vsphere_fault vsphere_fault_read(const struct xml *fault)
{
	const struct xml *holder = xml_child(fault, "detail");
	const struct xml *detail = holder ? holder->children : NULL;
	struct vsphere_fault read = fault_of(detail, xml_text(xml_child(fault, "faultstring"), NULL));

	if (!read.type[0] && detail) {
		/* Only the element's name tells: <InvalidLoginFault>. */
		const char *colon = strchr(detail->name, ':');
		const char *name = colon ? colon + 1 : detail->name;
		size_t size = strlen(name);
		if (text_ends_with(name, "Fault") && size > 5)
			size -= 5;
		read.type = arena_strndup(detail->arena, name, size);
	}
	return read;
}

struct vsphere_fault vsphere_fault_of_task(const struct xml *error)
{
	return fault_of(xml_child(error, "fault"), xml_text(xml_child(error, "localizedMessage"), NULL));
}

enum provider_error vsphere_fault_class(const struct vsphere_fault *fault, enum provider_error unknown)
{
	return cloud_code_class(CLASSES, sizeof CLASSES / sizeof CLASSES[0], fault->type, unknown);
}

/* NoPermission names the right: one, or (since 8.0) a list for each object. */
static const char *privilege_of(const struct xml *detail)
{
	const char *one = xml_text(xml_child(detail, "privilegeId"), NULL);

	return one ? one : xml_text(xml_path(detail, "missingPrivileges", "privilegeIds", NULL), "a privilege");
}

static const char *advice_of(struct arena *arena, const struct vsphere_fault *fault)
{
	const struct xml *detail = fault->detail;

	if (text_equal(fault->type, "NoPermission"))
		return arena_printf(arena, "the account's role lacks %.80s on %.80s; add it to the role", privilege_of(detail),
				    xml_text(xml_child(detail, "object"), "an object"));
	if (text_equal(fault->type, "InvalidPowerState"))
		return arena_printf(arena, "it is %.40s and would have to be %.40s",
				    xml_text(xml_child(detail, "existingState"), "in another state"),
				    xml_text(xml_child(detail, "requestedState"), "in the right one"));
	if (text_equal(fault->type, "DuplicateName"))
		return arena_printf(arena, "there is already a \"%.100s\"", xml_text(xml_child(detail, "name"), "thing of this name"));
	if (text_equal(fault->type, "InvalidArgument"))
		return arena_printf(arena, "the argument %.100s is wrong", xml_text(xml_child(detail, "invalidProperty"), "(not named)"));
	for (size_t i = 0; i < sizeof ADVICE / sizeof ADVICE[0]; i++)
		if (text_equal(fault->type, ADVICE[i].type))
			return ADVICE[i].text;
	return NULL;
}

const char *vsphere_fault_text(struct arena *arena, const struct vsphere_fault *fault)
{
	const char *type = fault->type[0] ? fault->type : "a fault without a name";
	const char *advice = advice_of(arena, fault);

	if (advice && fault->text[0])
		return arena_printf(arena, "%.60s: %s (%.200s)", type, advice, fault->text);
	return arena_printf(arena, "%.60s: %.300s", type, advice ? advice : fault->text[0] ? fault->text : "no reason was given");
}
