/* SPDX-License-Identifier: Apache-2.0 */
/* core.h: the gRPC core as a whole: started, quietened, let go. */
#ifndef GAON_RPC_CORE_H
#define GAON_RPC_CORE_H

/** grpc_init, and what the process wants of it. One core_close for each. Thread-safe. */
void core_open(void);
void core_close(void);

/** For a process that is ours alone (a server): switches off a checker of the core's libraries that costs throughput. */
void core_tune(void);

#endif
