# SPDX-License-Identifier: Apache-2.0
"""lists.py: made from the descriptors: every List and Query RPC takes page_size and page_token and gives next_page_token; page by
page, one at a time, it gives what it gives at once; and nobody gets more than 500 at once, whatever he asks for.
usage: lists.py BUILD-FOLDER"""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../support/python"))
import stubs
from gaond import Gaond, World, succeeded
from report import check, done, equal, step, wait_for
from stubs import Refused, pages

from google.protobuf.descriptor import FieldDescriptor as Field

MOST, OTHERWISE = 500, 50


def lists():
    """(service, method, the field of the reply that holds the list) of every RPC whose name says that it lists."""
    for name, service in sorted(stubs.services().items()):
        for method in service.methods:
            if method.name.startswith(("List", "Query", "Search")):
                yield name, method


def check_shape(method):
    request, reply = method.input_type.fields_by_name, method.output_type.fields_by_name
    for fields, field, kind in ((request, "page_size", Field.TYPE_INT32), (request, "page_token", Field.TYPE_STRING),
                                (reply, "next_page_token", Field.TYPE_STRING)):
        check(field in fields and fields[field].type == kind, "%s has %s" % (method.name, field))
    repeated = [one.name for one in method.output_type.fields if one.label == Field.LABEL_REPEATED]
    check(len(repeated) >= 1, "%s gives a list" % method.name)
    return repeated[0]


def parents_of(world, method):
    """What each list may be asked under: the first that is answered is taken."""
    if "parent" not in method.input_type.fields_by_name:
        return [{}]
    known = (world.project, world.tenant, world.root, world.connection, world.product, world.machine, world.user, world.card,
             world.root + "/connections/-", "")
    return [dict(parent=parent) for parent in known]


def fields_of(world, method):
    if method.name == "QueryCosts":
        return dict(start_day="2026-01-01", end_day="2027-01-01", granularity=1, group_by=[1])
    return {}


def largest(world, call, method, field):
    """The arguments under which this list is longest."""
    best, most = None, -1
    for parent in parents_of(world, method):
        try:
            count = len(getattr(call(page_size=MOST, **parent), field))
        except Refused as refusal:
            check(refusal.code in ("NOT_FOUND", "INVALID_ARGUMENT", "PERMISSION_DENIED"), "%s: %s" % (method.name, refusal))
            continue
        if count > most:
            best, most = parent, count
    check(best is not None, "%s is answered for one of the parents" % method.name)
    return best, most


def check_pages(world, name, method, field):
    call = getattr(getattr(world.hong, name), method.name)
    arguments, count = largest(world, call, method, field)
    at_once = [one.SerializeToString() for one in getattr(call(page_size=1000000, **arguments), field)]
    check(len(at_once) <= MOST, "%s gives no more than %d" % (method.name, MOST))
    default = call(**arguments)
    check(len(getattr(default, field)) == min(OTHERWISE, count), "%s gives %d unless told" % (method.name, OTHERWISE))
    found, token = [], ""
    for _ in range(min(count, 20)):
        page = call(page_size=1, page_token=token, **arguments)
        check(len(getattr(page, field)) == 1, "%s gives one when asked for one" % method.name)
        found += [one.SerializeToString() for one in getattr(page, field)]
        token = page.next_page_token
        if not token:
            break
    # What gaond itself writes meanwhile (audit events, usage) only ever stands before or behind.
    if method.name not in ("ListAuditEvents", "ListUsageRecords", "ListCharges", "ListApiKeys"):
        equal(found, at_once[:len(found)], "%s, one by one" % method.name)
        check(bool(token) == (count > len(found)), "%s ends where it ends" % method.name)
    return count


def furnish(world):
    """One of everything that can be listed, and more than a page may hold of two things."""
    world.connection = world.simulator(work_ms=5)
    world.card = world.rate_card()
    world.product = world.product("linux-machine", world.connection, world.image(world.connection), world.card)
    world.user = world.tenant + "/users/rita"
    for number in range(MOST + 5):
        world.hong.iam.CreateGroup(parent=world.tenant, group_id="g-%d" % number, group={})
        world.hong.iam.CreateServiceAccount(parent=world.tenant, service_account_id="s-%d" % number, service_account={})
    order = world.order(world.product, "web-1")
    succeeded(world.rita, world.operation_of(order))
    world.machine = world.machine_named("web-1").name
    succeeded(world.rita, world.hong.lifecycle.CreateSnapshot(parent=world.machine, snapshot_id="one"))
    succeeded(world.rita, world.hong.lifecycle.FetchMachineMetrics(name=world.machine))


def main():
    with Gaond(sys.argv[1], "--log.access", "none") as gaond:
        shapes = [(name, method, check_shape(method)) for name, method in lists()]
        check(len(shapes) > 25, "all lists are here: %d" % len(shapes))
        world = World(gaond)
        step("%d lists have the shape of one; something is put into them" % len(shapes))
        furnish(world)
        counts = {method.name: check_pages(world, name, method, field) for name, method, field in shapes}
        step("; ".join("%s %d" % one for one in sorted(counts.items())))
        check(counts["ListGroups"] == MOST and counts["ListServiceAccounts"] == MOST, "the limit is met by those that have more")
        equal(len(pages(world.hong.iam.ListGroups, "groups", parent=world.tenant, page_size=MOST)), MOST + 5, "all, page by page")
        step("empty: %s" % ", ".join(sorted(name for name, count in counts.items() if count == 0)))
    done()


if __name__ == "__main__":
    main()
