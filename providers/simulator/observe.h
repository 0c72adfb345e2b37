/* SPDX-License-Identifier: Apache-2.0 */
/* observe.h: how busy a simulated machine is. Inside the simulator only. */
#ifndef GAON_PROVIDERS_SIMULATOR_OBSERVE_H
#define GAON_PROVIDERS_SIMULATOR_OBSERVE_H

#include "providers/simulator/world.h"

/* One vcpu is busy a quarter of the time; the rest is plausible and linear, so that sums can be checked. */
#define SIM_CPU_NS_PER_RUN_US 250
#define SIM_DISK_READ_PER_SECOND 4096
#define SIM_DISK_WRITE_PER_SECOND 16384
#define SIM_RECEIVE_PER_SECOND 2048
#define SIM_SEND_PER_SECOND 1024

#endif
