# shellcheck shell=bash disable=SC2034
# SPDX-License-Identifier: Apache-2.0
# simulator.sh: the simulated cloud in gaond's process; its state is a file, which anybody can read.
simulator_outlives=yes

simulator_start() {
	connection=(--provider simulator --endpoint sim://demo --option "state_file=$folder/cloud-simulator/state" --option latency_ms=20)
	title="the simulator: no cloud at all, but it behaves like one, and outlives gaond"
	looker="its state file"
}
# The last line of a machine, or thing, is what it is now.
simulator_look() { python3 "$tools/demo/look/simulator.py" "$folder/cloud-simulator/state" "$@"; }
simulator_machines() { simulator_look machines; }
simulator_volumes() { simulator_look volumes; }
simulator_state() { simulator_look state "$1"; }
simulator_stop() { :; }
