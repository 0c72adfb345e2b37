# SPDX-License-Identifier: Apache-2.0
"""revoked.py: a right, a key, an account that is taken away is gone at the very next call; also for a stream that runs.
usage: revoked.py BUILD-FOLDER"""
import os
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../support/python"))
from gaond import Gaond, World, refused
from report import check, done, equal, step, wait_for
from stubs import Refused


def set_roles(world, resource, member, roles):
    policy = world.hong.iam.GetIamPolicy(resource=resource)
    for binding in policy.bindings:
        if member in binding.members:
            binding.members.remove(member)
    kept = [binding for binding in policy.bindings if binding.members]
    del policy.bindings[:]
    policy.bindings.extend(kept)
    for role in roles:
        policy.bindings.add(role="roles/" + role, members=[member])
    world.hong.iam.SetIamPolicy(resource=resource, policy=policy)


def revoked_binding(world):
    step("a binding")
    rita = world.tenant + "/users/rita"
    for _ in range(20):
        world.rita.request.ListOrders(parent=world.project)  # and the decision is in a cache
        set_roles(world, world.project, rita, [])
        try:
            world.rita.request.ListOrders(parent=world.project)
            check(False, "a revoked binding still reads")
        except Refused as refusal:
            check(refusal.code in ("PERMISSION_DENIED", "NOT_FOUND"), "read: %s" % refusal)
        try:
            world.rita.request.CreateOrder(parent=world.project, order=dict(items=[dict(product="tenants/gaon/products/x")]))
            check(False, "a revoked binding still writes")
        except Refused as refusal:
            check(refusal.code in ("PERMISSION_DENIED", "NOT_FOUND"), "write: %s" % refusal)
        set_roles(world, world.project, rita, ["requester"])
        world.rita.request.ListOrders(parent=world.project)


def revoked_group(world):
    step("a membership in a group, also through another group")
    hong = world.hong.iam
    gabi = world.person("gabi")
    inner = hong.CreateGroup(parent=world.tenant, group_id="inner").name
    outer = hong.CreateGroup(parent=world.tenant, group_id="outer").name
    hong.AddGroupMember(name=inner, member=world.tenant + "/users/gabi")
    hong.AddGroupMember(name=outer, member=inner)
    refused("FAILED_PRECONDITION", "GROUP_CYCLE", lambda: hong.AddGroupMember(name=inner, member=outer))
    world.bind(world.project, {outer: "roles/requester"})
    gabi.request.ListOrders(parent=world.project)
    hong.RemoveGroupMember(name=outer, member=inner)
    try:
        gabi.request.ListOrders(parent=world.project)
        check(False, "somebody outside of the group reads")
    except Refused as refusal:
        check(refusal.code in ("PERMISSION_DENIED", "NOT_FOUND"), "out of the group: %s" % refusal)


def revoked_key(world):
    step("a key, an expired key, a disabled and a deleted account")
    hong = world.hong.iam
    who = world.tenant + "/users/kim"
    kim = world.person("kim")
    second = hong.CreateApiKey(parent=who)
    other = world.gaond.client(second.secret)
    other.iam.WhoAmI()
    hong.DeleteApiKey(name=second.api_key.name)
    refused("UNAUTHENTICATED", "CREDENTIAL_INVALID", lambda: other.iam.WhoAmI())
    kim.iam.WhoAmI()
    soon = hong.CreateApiKey(parent=who, api_key=dict(expire_time=dict(seconds=int(time.time()) + 2)))
    short = world.gaond.client(soon.secret)
    short.iam.WhoAmI()
    wait_for(lambda: time.time() > soon.api_key.expire_time.seconds + 0.05, "its expiry", 5)
    try:
        short.iam.WhoAmI()
        check(False, "an expired key is taken")
    except Refused as refusal:
        check(refusal.code == "UNAUTHENTICATED" and refusal.reason, "expired: %s" % refusal)
    hong.UpdateUser(user=dict(name=who, disabled=True), update_mask=dict(paths=["disabled"]))
    try:
        kim.iam.WhoAmI()
        check(False, "a disabled account is taken")
    except Refused as refusal:
        check(refusal.code == "UNAUTHENTICATED", "disabled: %s" % refusal)
    hong.UpdateUser(user=dict(name=who), update_mask=dict(paths=["disabled"]))
    kim.iam.WhoAmI()
    hong.DeleteUser(name=who)
    try:
        kim.iam.WhoAmI()
        check(False, "a deleted account is taken")
    except Refused as refusal:
        check(refusal.code == "UNAUTHENTICATED", "deleted: %s" % refusal)
    # The same name again is somebody else: the old key stays dead.
    hong.CreateUser(parent=world.tenant, user_id="kim")
    try:
        kim.iam.WhoAmI()
        check(False, "the old key opens the new account")
    except Refused as refusal:
        check(refusal.code == "UNAUTHENTICATED", "reborn: %s" % refusal)


def revoked_stream(world, product):
    step("a watch that runs")
    stream = world.rita.lifecycle.WatchMachines(parent=world.project, timeout=30)
    first = []
    set_roles(world, world.project, world.tenant + "/users/olga", ["operator", "requester"])
    world.order(product, "seen", caller=world.olga)
    first.append(next(stream))
    check(first[0].machine.name.startswith(world.project), "the watch shows the machine")
    set_roles(world, world.project, world.tenant + "/users/rita", [])
    world.order(product, "unseen", caller=world.olga)
    try:
        for event in stream:
            check(event.machine.display_name != "unseen", "the watch shows what was made after the right was taken away")
        check(False, "the watch ended as if nothing were")
    except Refused as refusal:
        check(refusal.code in ("PERMISSION_DENIED", "NOT_FOUND"), "the watch ends with a refusal: %s" % refusal)
    set_roles(world, world.project, world.tenant + "/users/rita", ["requester"])


def escalation(world):
    step("nobody grants what they do not hold; the last administrator stays")
    boss = world.person("boss")
    set_roles(world, world.project, world.tenant + "/users/boss", ["viewer"])
    hong = world.hong.iam
    refused("PERMISSION_DENIED", "PERMISSION_DENIED", lambda: boss.iam.SetIamPolicy(
        resource=world.project, policy=dict(bindings=[dict(role="roles/tenant-admin", members=[world.tenant + "/users/boss"])])))
    granting = hong.CreateRole(parent=world.tenant, role_id="granting", role=dict(
        permissions=["iam.policies.get", "iam.policies.set", "iam.users.get", "iam.roles.create", "iam.roles.update"])).name
    world.bind(world.tenant, {world.tenant + "/users/boss": granting})
    policy = boss.iam.GetIamPolicy(resource=world.tenant)
    policy.bindings.add(role="roles/tenant-admin", members=[world.tenant + "/users/boss"])
    refused("PERMISSION_DENIED", "GRANT_EXCEEDS_OWN", lambda: boss.iam.SetIamPolicy(resource=world.tenant, policy=policy))
    refused("PERMISSION_DENIED", "GRANT_EXCEEDS_OWN", lambda: boss.iam.CreateRole(
        parent=world.tenant, role_id="more", role=dict(permissions=["lifecycle.machines.delete"])))
    refused("PERMISSION_DENIED", "GRANT_EXCEEDS_OWN", lambda: boss.iam.UpdateRole(
        role=dict(name=granting, permissions=["lifecycle.machines.delete"]), update_mask=dict(paths=["permissions"])))
    policy = hong.GetIamPolicy(resource=world.root)
    del policy.bindings[:]
    refused("FAILED_PRECONDITION", "LAST_ADMINISTRATOR", lambda: hong.SetIamPolicy(resource=world.root, policy=policy))
    refused("FAILED_PRECONDITION", "LAST_ADMINISTRATOR", lambda: hong.DeleteUser(name=world.root + "/users/hong"))
    refused("FAILED_PRECONDITION", "LAST_ADMINISTRATOR", lambda: hong.UpdateUser(
        user=dict(name=world.root + "/users/hong", disabled=True), update_mask=dict(paths=["disabled"])))


def main():
    with Gaond(sys.argv[1], "--metering.interval", "1h", "--log.access", "failures") as gaond:
        world = World(gaond)
        sim = world.simulator()
        product = world.product("linux-machine", sim, world.image(sim), world.rate_card())
        revoked_binding(world)
        revoked_group(world)
        revoked_key(world)
        revoked_stream(world, product)
        escalation(world)
        world.verify_audit()
    done()


if __name__ == "__main__":
    main()
