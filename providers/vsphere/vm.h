/* SPDX-License-Identifier: Apache-2.0 */
/* vm.h: virtual machines as vSphere tells them and as it is told: properties, devices, marks, specifications. */
#ifndef GAON_PROVIDERS_VSPHERE_VM_H
#define GAON_PROVIDERS_VSPHERE_VM_H

#include "providers/vsphere/session.h"

/* Of a virtual machine's name, in characters as vSphere counts them; ours end in a hyphen and 12 digits of the resource's id. */
enum { VSPHERE_NAME_MOST = 80, VSPHERE_SUFFIX = 13, VSPHERE_USER_DATA_MOST = 48 * 1024, VSPHERE_TAGS_MOST = 16 * 1024 };

/**
 * What a virtual machine is to us. An image is a template, or (on a host) one of ours or one named like it. A volume is a
 * machine that is never started: it keeps a disk, with its marks, size and name.
 */
enum vsphere_kind { VSPHERE_MACHINE = 1, VSPHERE_IMAGE = 2, VSPHERE_VOLUME = 4, VSPHERE_ANY = 7 };

/** A virtual machine, read from its properties. */
struct vsphere_vm {
	struct vsphere_ref ref;
	const char *name;  /* as it is called there */
	bool is_whole;     /* false: it is being made, and has no configuration yet */
	bool is_template;
	enum vsphere_kind kind;
	bool is_ours;      /* bears marks, and is not a copy that somebody made of one that does */
	const char *uuid;  /* instanceUuid, or "" */
	const char *path;  /* "[datastore] folder/name.vmx", or "" */
	const char *power; /* poweredOn, poweredOff, suspended */
	const char *phase; /* PHASE_…, or NULL: its making is over */
	const char *image, *guest_id, *firmware;
	int64_t cores_per_socket;
	bool has_tools;
	const char *claim;           /* of a volume: the machine that it was last attached to, or NULL */
	const struct xml *extras;    /* children: OptionValue; or NULL */
	const struct xml *devices;      /* children: VirtualDevice; or NULL */
	struct provider_machine machine; /* what all that says */
};

/* What is still to be done for a machine that is being made. */
#define VSPHERE_PHASE_DISK "disk"   /* its disk is being copied (ESXi) */
#define VSPHERE_PHASE_START "start" /* all is there; it was not started yet */

/* ---- vm.c ---- */
/** The properties that vsphere_vm_read reads, as far as the server has them. */
const char *const *vsphere_vm_paths(const struct vsphere_place *place);
void vsphere_vm_read(struct arena *arena, const struct provider_session *session, const struct vsphere_place *place,
		     const struct xml *object, struct vsphere_vm *vm);
/** One by its id. NOT_FOUND also for what is of none of these kinds. */
struct provider_result vsphere_vm_get(struct provider_session *session, struct provider_call *call, const char *native_id,
				      unsigned kinds, struct vsphere_vm *vm);
/** The value of an extraConfig key; NULL when it has none. */
const char *vsphere_extra(const struct vsphere_vm *vm, const char *key);
/** By instanceUuid. `*id` NULL: there is none. */
struct provider_result vsphere_vm_by_uuid(struct provider_session *session, struct provider_call *call, const char *uuid,
					  const char **id);
/** Of an image: machines can be made from it. */
bool vsphere_is_ready(const struct vsphere_place *place, const struct vsphere_vm *vm);

/* ---- name.c ---- */
/** What it is called at vSphere: unique, as it ends in a part of the resource's id. NULL: too long, empty or not printable. */
const char *vsphere_name_make(struct arena *arena, const char *name, const char *resource);
/** The other way round; a name that does not end so is taken as it is. */
const char *vsphere_name_read(struct arena *arena, const char *name, const char *resource);
bool vsphere_name_ends(const char *name, const char *resource);

/* ---- device.c ---- */
bool vsphere_is_disk(const struct xml *device);
bool vsphere_is_network_card(const struct xml *device);
/** A controller that disks hang on. */
bool vsphere_is_disk_controller(const struct xml *device);
int64_t vsphere_device_int(const struct xml *device, const char *name, int64_t otherwise);
/** The disk that it boots from: the first place on the first controller. NULL: it has none. */
const struct xml *vsphere_boot_disk(const struct xml *devices);
size_t vsphere_disk_count(const struct xml *devices);
const char *vsphere_disk_file(const struct xml *disk);
int64_t vsphere_disk_bytes(const struct xml *disk);
/** The free place after `skip` others on the controllers of disks; false: there is none. */
bool vsphere_disk_place(const struct xml *devices, size_t skip, int64_t *controller, int64_t *unit);
/** The managed object of the network that a card is attached to. */
const char *vsphere_card_network(struct arena *arena, const struct xml *card);

/** A network, as a card's backing needs it. */
struct vsphere_network {
	struct vsphere_ref ref;
	const char *name;
	const char *port_group_key, *switch_uuid;  /* of a distributed port group */
	const char *opaque_id, *opaque_type;       /* of an NSX network */
};
/** INVALID when there is no such network in the datacenter. */
struct provider_result vsphere_network_find(struct provider_session *session, struct provider_call *call,
					    const struct vsphere_place *place, const char *id, struct vsphere_network *network);

/* Changes: each adds a deviceChange to a ConfigSpec, whose numCPUs and memoryMB are there already. */
void vsphere_change_card(struct xml *config, const struct xml *card, const struct vsphere_network *network);
void vsphere_add_card(struct xml *config, const char *type, int64_t key, const struct vsphere_network *network);
void vsphere_add_controller(struct xml *config, const char *type, int64_t key);
struct vsphere_new_disk {
	int64_t key, controller, unit;
	int64_t kib;       /* 0 with `file`: what the file has */
	const char *file;  /* an existing disk; or where a new one goes: "[datastore]", "[datastore] folder/name.vmdk" */
	bool is_new;
	bool is_thin;
	bool is_independent; /* the machine's snapshots leave it out */
};
void vsphere_add_disk(struct xml *config, const struct vsphere_new_disk *disk);
void vsphere_grow_disk(struct xml *config, const struct xml *disk, int64_t kib);
void vsphere_remove_device(struct xml *config, const struct xml *device);

/* ---- spec.c ---- */
/** What a machine is to be: checked, with its numbers and networks. */
struct vsphere_plan {
	const struct provider_machine_spec *spec;
	const char *name; /* at vSphere */
	struct provider_resize_spec numbers;
	const struct vsphere_compute *compute;
	const struct vsphere_datastore *datastore;
	struct vsphere_network *networks; /* none: the template's own */
	size_t network_count;
	struct vsphere_vm image; /* ref.id NULL: an empty machine of guest_id */
	const char *guest_id;
};
/** What a machine is to be, from its spec: INVALID with what cannot be. */
struct provider_result vsphere_plan_make(struct provider_session *session, struct provider_call *call,
					 const struct provider_machine_spec *spec, struct vsphere_plan *plan);
/** The disks besides the first, made new; `devices` NULL: on the controller that is made with the machine. */
void vsphere_add_more_disks(struct xml *config, const struct provider_session *session, const struct vsphere_plan *plan,
			    const struct xml *devices, int64_t controller);
/** Marks, size, image, tags, user data: all that a new machine is given as extraConfig. */
void vsphere_add_new(struct xml *config, const struct provider_session *session, const struct vsphere_plan *plan,
		     const char *phase);
/** The marks, as extraConfig. `phase` NULL: none. */
void vsphere_add_marks(struct xml *config, const struct provider_session *session, const struct provider_intent *intent,
		       enum vsphere_kind kind, const char *phase);
void vsphere_add_tags(struct xml *config, const struct json *tags);
/** cloud-init's guestinfo keys. */
void vsphere_add_user_data(struct xml *config, const struct provider_machine_spec *spec, const char *host_name);
/** numCPUs, numCoresPerSocket (when the cores of a socket do not fit), memoryMB: at their place in a ConfigSpec. */
void vsphere_add_numbers(struct xml *config, const struct provider_resize_spec *numbers, int64_t cores_per_socket);
/** The size and tags are objects of texts? INVALID with what is wrong. */
struct provider_result vsphere_tags_check(struct arena *arena, const struct json *tags);
struct provider_result vsphere_numbers_check(struct arena *arena, const struct provider_session *session, const char *size,
					     struct provider_resize_spec *numbers);

#endif
