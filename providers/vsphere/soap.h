/* SPDX-License-Identifier: Apache-2.0 */
/* soap.h: vim25 methods as trees: built, sent with a session that renews itself, answers and faults read. */
#ifndef GAON_PROVIDERS_VSPHERE_SOAP_H
#define GAON_PROVIDERS_VSPHERE_SOAP_H

#include "providers/kit/cloud.h"
#include "providers/provider.h"
#include "runtime/base/xml.h"

/** A managed object: "VirtualMachine", "vm-42". `id` NULL: none. */
struct vsphere_ref {
	const char *type, *id;
};

/* ---- building (message.c) ---- */

/** The element of a method's call, inside an envelope. Arguments are added in the order of the schema: real servers insist. */
struct xml *vsphere_method(struct arena *arena, const char *name, struct vsphere_ref self);
struct xml *vsphere_add_ref(struct xml *parent, const char *name, struct vsphere_ref ref);
/** An element that says which type it is. */
struct xml *vsphere_add_typed(struct xml *parent, const char *name, const char *type);
void vsphere_add_bool(struct xml *parent, const char *name, bool value);
/** An OptionValue of a text, as extraConfig has them. An empty value takes the key away. */
void vsphere_add_option(struct xml *parent, const char *name, const char *key, const char *value);
/** The whole document of a method. */
const char *vsphere_document(struct arena *arena, const struct xml *method);

/* ---- reading (message.c) ---- */

/** The xsi:type without its prefix; "" when it says none. */
const char *vsphere_type(const struct xml *element);
/** What an element refers to; id NULL when it refers to nothing that can be an id. */
struct vsphere_ref vsphere_ref_read(const struct xml *element);
/** Whether this can be a machine's or a task's id: what people type may be anything. */
bool vsphere_is_id(const char *text);
bool vsphere_bool(const struct xml *element, bool otherwise);
int64_t vsphere_time(const struct xml *element, int64_t otherwise);

/** The first element of this name below an envelope's body, or its Fault; NULL: it is no envelope. */
const struct xml *vsphere_body(const struct xml *envelope);

/* ---- faults (fault.c) ---- */

/** A fault of a call, or of a task that ended in one. */
struct vsphere_fault {
	const char *type; /* "InvalidPowerState" */
	const char *text; /* the server's own sentence, or "" */
	const struct xml *detail; /* its members, or NULL */
};
/** From a soap:Fault. */
struct vsphere_fault vsphere_fault_read(const struct xml *fault);
/** From a LocalizedMethodFault: a task's info.error. */
struct vsphere_fault vsphere_fault_of_task(const struct xml *error);
/** `unknown`: what a fault means that is in no table. */
enum provider_error vsphere_fault_class(const struct vsphere_fault *fault, enum provider_error unknown);
/** A sentence for people: what was refused, why, and what to do where that is known. */
const char *vsphere_fault_text(struct arena *arena, const struct vsphere_fault *fault);

/* ---- sending (session.c) ---- */

/**
 * Calls a method with the session's login, which is made when there is none and made again when the server has forgotten it.
 * `*response` is the element <Method>Response. A fault is a result of its class; `*fault` (or NULL) gets what it was.
 */
struct provider_result vsphere_send(struct provider_session *session, struct provider_call *call, const struct xml *method,
				    bool is_read, const struct xml **response, struct vsphere_fault *fault);

#endif
