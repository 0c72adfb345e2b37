/* SPDX-License-Identifier: Apache-2.0 */
/* stranger.c: a C program that knows only what is installed. Nobody listens where it calls: the answer must be a clear no. */
#include <gaon/client.h>
#include <gaon/lifecycle/v1/lifecycle.client.h>
#include <gaon/operation.h>
#include <stdio.h>
#include <string.h>

int main(void)
{
	struct gaon_client_options options = { 0 };
	Gaon__GetMachineRequest request = GAON__GET_MACHINE_REQUEST__INIT;
	const Gaon__Machine *machine = NULL;
	struct gaon_client *client = NULL;
	struct gaon_call *call;
	struct gaon_error error;
	int code;

	options.size = sizeof options;
	options.address = "127.0.0.1:1";
	if (gaon_client_new(&options, &client, &error) != GAON_OK) {
		fprintf(stderr, "%s: %s\n", error.reason, error.message);
		return 1;
	}
	call = gaon_call_new(client);
	gaon_call_set_attempts(call, 1);
	gaon_call_set_timeout_ms(call, 2000);
	request.name = "tenants/acme/projects/web/machines/0193a5c2-6f4e-7c31-9a53-3f0c8b1d2e40";
	code = gaon_lifecycle_get_machine(call, &request, &machine);
	printf("libgaon %s: %s: %s\n", gaon_version(), gaon_code_name(code), gaon_call_message(call));
	code = code == GAON_UNAVAILABLE && machine == NULL && strlen(gaon_call_trace_id(call)) == 36 ? 0 : 1;
	gaon_call_free(call);
	gaon_client_free(client);
	return code;
}
