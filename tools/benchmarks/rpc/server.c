/* SPDX-License-Identifier: Apache-2.0 */
/* server.c: the echo of the comparison on our transport, with an executor that does nothing but run. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include "gaon/bench/v1/bench.handlers.h"
#include "runtime/rpc/rpc.h"

struct status bench_echo(struct call *call, const Gaon__EchoRequest *request, Gaon__EchoResponse *reply)
{
	(void)call;
	reply->name = request->name;
	return OK;
}

static void execute(void *context, struct call *call)
{
	(void)context;
	call_finish(call, call_run(call));
}

int main(int argc, char **argv)
{
	static const struct method_table *tables[] = { &gaon_bench_table };
	const struct rpc_server_options options = { .address = argc > 1 ? argv[1] : "127.0.0.1:20051",
						    .loops = argc > 2 ? (unsigned)(argv[2][0] - '0') : 0, /* one digit */
						    .tables = tables,
						    .table_count = 1,
						    .executor = execute };
	struct arena *arena = arena_new(0);
	struct rpc_server *server;
	struct status status;
	sigset_t signals;
	int got;

	sigemptyset(&signals);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGINT);
	sigprocmask(SIG_BLOCK, &signals, NULL);
	status = rpc_server_start(arena, &options, &server);
	if (!status_is_ok(status)) {
		fprintf(stderr, "%s: %s\n", status.reason, status.message);
		return 1;
	}
	rpc_server_set_serving(server, true);
	sigwait(&signals, &got);
	rpc_server_stop(server, 1000);
	arena_free(arena);
	return 0;
}
