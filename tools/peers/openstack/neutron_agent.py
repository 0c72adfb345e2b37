# SPDX-License-Identifier: Apache-2.0
"""neutron_agent.py: tells Neutron every 20 seconds that an Open vSwitch agent lives on fake1. It wires nothing."""
import sys
import time

import eventlet

eventlet.monkey_patch()

from neutron.agent import rpc as agent_rpc  # noqa: E402
from neutron.common import config  # noqa: E402
from neutron.conf.agent import common as agent_options  # noqa: E402
from neutron_lib import context  # noqa: E402
from oslo_config import cfg  # noqa: E402

STATE = {
    "binary": "neutron-openvswitch-agent",
    "host": "fake1",
    "topic": "N/A",
    "agent_type": "Open vSwitch agent",
    "start_flag": True,
    "configurations": {
        "bridge_mappings": {"physnet1": "br-ex"},
        "tunnel_types": [],
        "tunneling_ip": "127.0.0.1",
        "datapath_type": "system",
        "ovs_capabilities": {"datapath_types": ["system"], "iface_types": []},
        "integration_bridge": "br-int",
        "ovs_hybrid_plug": False,
    },
}

agent_options.register_agent_state_opts_helper(cfg.CONF)
config.register_common_config_options()
config.init(["--config-file", sys.argv[1]])
reports = agent_rpc.PluginReportStateAPI("q-reports-plugin")
cfg.CONF.set_override("rpc_response_timeout", 5)  # what is said before the server listens has no answer
while True:
    try:
        reports.report_state(context.get_admin_context_without_session(), STATE, True)
        STATE.pop("start_flag", None)
        pause_s = 20
    except Exception as error:  # the server is not there yet, or no longer
        print(error, flush=True)
        pause_s = 2
    time.sleep(pause_s)
