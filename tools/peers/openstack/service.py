# SPDX-License-Identifier: Apache-2.0
"""service.py: runs main() of a module with the arguments behind it: service.py nova.cmd.api --config-file FILE.

The services come without the Debian packages that would also start them, and pull in a hypervisor."""
import importlib
import os
import sys

module = sys.argv[1]
sys.argv = [module.split(".")[0] + "-" + module.split(".")[-1]] + sys.argv[2:]
service = importlib.import_module(module)
if module == "nova.cmd.compute":
    # Nova takes hypervisors from its own package only: ours is looked for there too.
    importlib.import_module("nova.virt").__path__.append(os.path.dirname(os.path.abspath(__file__)))
sys.exit(service.main())
