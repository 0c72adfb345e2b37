// SPDX-License-Identifier: Apache-2.0
// callback.cc: the same echo on gRPC's C++ callback API, as its own examples do it.
#include <grpcpp/grpcpp.h>

#include "gaon/bench/v1/bench.grpc.pb.h"

namespace {

class Bench final : public gaon::bench::v1::BenchService::CallbackService {
	grpc::ServerUnaryReactor *Echo(grpc::CallbackServerContext *context, const gaon::bench::v1::EchoRequest *request,
				       gaon::bench::v1::EchoResponse *reply) override
	{
		reply->set_name(request->name());
		grpc::ServerUnaryReactor *reactor = context->DefaultReactor();
		reactor->Finish(grpc::Status::OK);
		return reactor;
	}
};

} // namespace

int main(int argc, char **argv)
{
	Bench service;
	grpc::ServerBuilder builder;

	builder.AddListeningPort(argc > 1 ? argv[1] : "127.0.0.1:20052", grpc::InsecureServerCredentials());
	builder.RegisterService(&service);
	std::unique_ptr<grpc::Server> server = builder.BuildAndStart();
	if (!server)
		return 1;
	server->Wait();
	return 0;
}
