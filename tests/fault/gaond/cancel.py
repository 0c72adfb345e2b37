# SPDX-License-Identifier: Apache-2.0
"""cancel.py: a write whose caller gave up while it waited for its turn changes nothing.
usage: cancel.py BUILD-FOLDER"""
import os
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../support/python"))
from gaond import Gaond, World
from report import check, done, step, wait_for
from stubs import Client, GetMessageClass, pages, services

FIRST_CALLS = 2000


def give_up(gaond, world, client, calls):
    """So many writes at once, all given up as soon as the first is answered; returns how many were acknowledged, and made."""
    method = services()["iam"].methods_by_name["CreateProject"]
    request_class = GetMessageClass(method.input_type)
    call = client.channel.unary_unary("/gaon.iam.v1.IamService/CreateProject",
                                      request_serializer=lambda one: one.SerializeToString())
    tenant = world.hong.iam.CreateTenant(parent=world.root, tenant_id="of-%d" % calls).name
    futures = [call.future(request_class(parent=tenant, project_id="p-%d" % number), metadata=client.metadata, timeout=60)
               for number in range(calls)]
    wait_for(lambda: any(future.done() for future in futures), "the first is answered", 10, 0.001)
    acknowledged = sum(1 for future in futures if future.done() and future.code().name == "OK")
    for future in futures:
        future.cancel()
    time.sleep(0.5)
    # Writes keep their order: when this one is done, all of them are.
    world.hong.iam.CreateProject(parent=tenant, project_id="last", project={})
    made = len(pages(world.hong.iam.ListProjects, "projects", parent=tenant, page_size=500)) - 1
    step("%d writes, given up when %d were acknowledged; %d were made" % (calls, acknowledged, made))
    return acknowledged, made


def main():
    # One write in a commit, so that many of them wait.
    with Gaond(sys.argv[1], "--log.access", "none", "--store.group", "1", "--store.queue", "100000",
               "--limit.streams", "100000") as gaond:
        world = World(gaond)
        client = Client(gaond.address, world.secrets["hong"])
        calls = FIRST_CALLS
        acknowledged, made = give_up(gaond, world, client, calls)
        while acknowledged > calls * 0.8 and calls < 30000:  # a disk this fast leaves nobody waiting: more of them
            calls *= 2
            acknowledged, made = give_up(gaond, world, client, calls)
        check(made >= acknowledged, "what was acknowledged is there")
        check(made < calls, "what was given up in time was not made")
        client.close()
    done()


if __name__ == "__main__":
    main()
