// SPDX-License-Identifier: Apache-2.0
// stranger.cc: the same from C++: the headers must be C++ too, and the owner objects fit unique_ptr.
#include <gaon/client.h>
#include <gaon/iam/v1/iam.client.h>
#include <gaon/operation.h>

#include <iostream>
#include <memory>

int main()
{
	gaon_client_options options = {};
	options.size = sizeof options;
	options.address = "127.0.0.1:1";
	gaon_client *made = nullptr;
	gaon_error error;
	if (gaon_client_new(&options, &made, &error) != GAON_OK) {
		std::cerr << error.message << "\n";
		return 1;
	}
	std::unique_ptr<gaon_client, void (*)(gaon_client *)> client(made, gaon_client_free);
	std::unique_ptr<gaon_call, void (*)(gaon_call *)> call(gaon_call_new(client.get()), gaon_call_free);
	gaon_call_set_attempts(call.get(), 1);
	gaon_call_set_timeout_ms(call.get(), 2000);

	Gaon__WhoAmIRequest request;
	gaon__who_am_irequest__init(&request);
	const Gaon__WhoAmIResponse *reply = nullptr;
	const int code = gaon_iam_who_am_i(call.get(), &request, &reply);
	std::cout << gaon_code_name(code) << ": " << gaon_call_reason(call.get()) << "\n";
	return code == GAON_UNAVAILABLE ? 0 : 1;
}
