/* SPDX-License-Identifier: Apache-2.0 */
/* line_machine.c: what the line fixture does with machines and operations. */
#include "tests/support/line_fixture.h"

#include <string.h>

#include "runtime/base/text.h"
#include "runtime/base/time.h"

Gaon__Machine *line_machine(void *state, const char *display_name)
{
	struct service_fixture *fixture = state;
	struct line_item item = { .action = ORDER_ADD,
				  .parameters = arena_printf(fixture->arena, "image=debian-12,disk_gib=5,name=%s", display_name) };
	Gaon__Order *order = line_order(state, WEB, &item, 1);

	line_run(state);
	Gaon__Machine *machine = line_machine_of(state, order->items[0]->deployment);
	assert_int_equal(machine->state, GAON__MACHINE_STATE__MACHINE_STATE_RUNNING);
	return machine;
}

Gaon__Machine *line_get(void *state, const char *machine)
{
	struct service_fixture *fixture = state;
	Gaon__GetMachineRequest request = GAON__GET_MACHINE_REQUEST__INIT;
	Gaon__Machine *reply = ARENA_NEW(fixture->arena, Gaon__Machine);

	request.name = machine;
	assert_ok(service_call(state, &gaon_lifecycle_table, "GetMachine", &request, reply));
	return reply;
}

Gaon__Deployment *line_deployment(void *state, const char *name)
{
	struct service_fixture *fixture = state;
	Gaon__GetDeploymentRequest request = GAON__GET_DEPLOYMENT_REQUEST__INIT;
	Gaon__Deployment *reply = ARENA_NEW(fixture->arena, Gaon__Deployment);

	request.name = name;
	assert_ok(service_call(state, &gaon_lifecycle_table, "GetDeployment", &request, reply));
	return reply;
}

const char *line_parameter(void *state, const char *deployment, const char *parameter)
{
	const Gaon__Deployment *found = line_deployment(state, deployment);

	for (size_t i = 0; i < found->n_parameters; i++)
		if (strcmp(found->parameters[i]->key, parameter) == 0)
			return found->parameters[i]->value;
	return "";
}

Gaon__Machine *line_machine_of(void *state, const char *deployment)
{
	Gaon__Deployment *found = line_deployment(state, deployment);

	assert_int_equal(found->n_machines, 1);
	return line_get(state, found->machines[0]);
}

struct status line_power(void *state, const char *method, const char *machine, Gaon__Operation *operation)
{
	/* Every such request has the name first; the longest of them has room for all. */
	Gaon__StartMachineRequest start = GAON__START_MACHINE_REQUEST__INIT;
	Gaon__StopMachineRequest stop = GAON__STOP_MACHINE_REQUEST__INIT;
	Gaon__RebootMachineRequest reboot = GAON__REBOOT_MACHINE_REQUEST__INIT;
	Gaon__SuspendMachineRequest suspend = GAON__SUSPEND_MACHINE_REQUEST__INIT;
	Gaon__ResumeMachineRequest resume = GAON__RESUME_MACHINE_REQUEST__INIT;
	const void *request = text_equal(method, "StartMachine")     ? (void *)&start
			      : text_equal(method, "StopMachine")    ? (void *)&stop
			      : text_equal(method, "RebootMachine")  ? (void *)&reboot
			      : text_equal(method, "SuspendMachine") ? (void *)&suspend
								     : (void *)&resume;

	start.name = stop.name = reboot.name = suspend.name = resume.name = machine;
	return service_call(state, &gaon_lifecycle_table, method, request, operation);
}

struct status line_resize(void *state, const char *machine, const char *size, bool allow_restart, Gaon__Operation *operation)
{
	Gaon__ResizeMachineRequest request = GAON__RESIZE_MACHINE_REQUEST__INIT;

	request.name = machine;
	request.size = size;
	request.allow_restart = allow_restart;
	return service_call(state, &gaon_lifecycle_table, "ResizeMachine", &request, operation);
}

struct status line_delete(void *state, const char *machine, Gaon__Operation *operation)
{
	Gaon__DeleteMachineRequest request = GAON__DELETE_MACHINE_REQUEST__INIT;

	request.name = machine;
	return service_call(state, &gaon_lifecycle_table, "DeleteMachine", &request, operation);
}

Gaon__Operation *line_operation(void *state, const char *name)
{
	struct service_fixture *fixture = state;
	Gaon__GetOperationRequest request = GAON__GET_OPERATION_REQUEST__INIT;
	Gaon__Operation *reply = ARENA_NEW(fixture->arena, Gaon__Operation);

	request.name = name;
	assert_ok(service_call(state, &gaon_lifecycle_table, "GetOperation", &request, reply));
	return reply;
}

Gaon__Operation *line_did(void *state, struct status begun, const Gaon__Operation *operation)
{
	assert_ok(begun);
	line_run(state);
	return line_operation(state, operation->name);
}
