# SPDX-License-Identifier: Apache-2.0
"""approval.py: a random walk over orders against a small model of what an approval is: nobody approves their own order, nor two
stages of one, nothing is made without the quorum of each stage, a changed plan voids what was decided, an end is an end.
usage: approval.py BUILD-FOLDER [SEED]"""
import collections
import os
import random
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../support/python"))
from gaond import Gaond, SimulatorFile, World
from report import check, done, equal, step, wait_for
from stubs import Refused

PENDING, FULFILLING, FULFILLED, FAILED, REJECTED, CANCELLED = 1, 2, 3, 4, 5, 6
STEPS = 400
# Who decides in which stage: one of three, then two of four; nobody decides twice, also who is in both.
STAGES = [({"anton", "berta", "rita"}, 1), ({"anton", "berta", "carla", "dora"}, 2)]


class Model:
    """What an order must be, by what happened to it."""

    def __init__(self, order, requester):
        self.name, self.requester, self.digest = order.name, requester, order.plan_digest
        self.decided = [set(), set()]
        self.end = None

    def stage(self):
        for number, (_, quorum) in enumerate(STAGES):
            if len(self.decided[number]) < quorum:
                return number
        return None

    def may_approve(self, who, digest):
        """None when it must be taken, else the codes that a refusal may have."""
        if self.end is not None or self.stage() is None:
            return {"FAILED_PRECONDITION", "PERMISSION_DENIED"}
        if who == self.requester:
            return {"PERMISSION_DENIED"}
        if who not in STAGES[self.stage()][0] or who in self.decided[0] | self.decided[1]:
            return {"PERMISSION_DENIED", "FAILED_PRECONDITION"}
        return None if digest == self.digest else {"ABORTED"}

    def approve(self, who):
        self.decided[self.stage()].add(who)
        if self.stage() is None:
            self.end = "approved"


class Walk:
    def __init__(self, gaond, seed):
        self.random, self.gaond, self.world = random.Random(seed), gaond, World(gaond)
        world = self.world
        for name in ("berta", "carla", "dora"):
            world.person(name)
        user = world.tenant + "/users/"
        # Rita orders, and holds the approver's role too: that must not help her with her own.
        world.bind(world.project, {user + name: "roles/approver" for name in ("berta",)})
        policy = world.hong.iam.GetIamPolicy(resource=world.project)
        policy.bindings.add(role="roles/approver", members=[user + name for name in ("carla", "dora", "rita")])
        policy.bindings.add(role="roles/requester", members=[user + name for name in ("berta", "dora")])
        world.hong.iam.SetIamPolicy(resource=world.project, policy=policy)
        self.cloud = SimulatorFile(gaond.path("sim.state"))
        sim = world.simulator(state_file=self.cloud.path, work_ms=10)
        self.card = world.rate_card()
        self.product = world.product("linux-machine", sim, world.image(sim), self.card)
        world.hong.request.CreateApprovalPolicy(parent=world.tenant, approval_policy_id="first", approval_policy=dict(
            stage=1, quorum=1, approvers=[user + name for name in sorted(STAGES[0][0])]))
        world.hong.request.CreateApprovalPolicy(parent=world.tenant, approval_policy_id="second", approval_policy=dict(
            stage=2, quorum=2, approvers=[user + name for name in sorted(STAGES[1][0])]))
        self.orders, self.counted, self.number = [], collections.Counter(), 0

    def call(self, who):
        return getattr(self.world, who).request

    def new(self):
        self.number += 1
        who = self.random.choice(["rita", "berta", "dora"])
        order = self.world.order(self.product, "m-%d" % self.number, caller=getattr(self.world, who))
        equal(order.state, PENDING, "a new order waits")
        self.orders.append(Model(order, who))

    def approve(self, model):
        who = self.random.choice(["rita", "anton", "berta", "carla", "dora", "olga", "hong"])
        digest = self.random.choice([model.digest] * 4 + ["0" * 64])
        wanted = model.may_approve(who, digest)
        try:
            order = self.call(who).ApproveOrder(name=model.name, plan_digest=digest, comment="walk")
            check(wanted is None, "%s approved %s, which only %s may be" % (who, vars(model), wanted))
            model.approve(who)
            check((order.state == PENDING) == (model.end is None), "state %d after %s" % (order.state, vars(model)))
            self.counted["approved"] += 1
        except Refused as refusal:
            check(wanted is not None and refusal.code in wanted, "%s refused to %s: %s; %s" % (vars(model), who, refusal, wanted))
            self.counted[refusal.reason] += 1

    def reject(self, model):
        who = self.random.choice(["anton", "berta", "olga", "carla"])
        try:
            self.call(who).RejectOrder(name=model.name, comment="walk")
            check(model.end is None and model.stage() is not None and who in STAGES[model.stage()][0] and who != model.requester,
                  "%s rejected %s" % (who, vars(model)))
            model.end = "rejected"
            self.counted["rejected"] += 1
        except Refused as refusal:
            check(refusal.code in ("FAILED_PRECONDITION", "PERMISSION_DENIED"), "reject: %s" % refusal)

    def cancel(self, model):
        who = self.random.choice(["rita", "dora", "olga"])
        try:
            self.call(who).CancelOrder(name=model.name)
            check(model.end is None and (who == model.requester or who in STAGES[0][0] | STAGES[1][0]),
                  "%s cancelled %s" % (who, vars(model)))
            model.end = "cancelled"
            self.counted["cancelled"] += 1
        except Refused as refusal:
            check(refusal.code in ("FAILED_PRECONDITION", "PERMISSION_DENIED"), "cancel: %s" % refusal)

    def reprice(self):
        """A dearer rate from now on: every waiting order's plan is another one, and what was decided is void."""
        card = self.world.hong.cost.GetRateCard(name=self.card)
        at = time.time() + 0.05
        card.rates.add(meter="METER_VCPU_HOUR", unit_price=str(20 + self.counted["repriced"]),
                       effective_time=dict(seconds=int(at), nanos=int(at % 1 * 1e9)))
        self.world.hong.cost.UpdateRateCard(rate_card=card, update_mask=dict(paths=["rates"]))
        wait_for(lambda: time.time() > at + 0.05, "the new price", 5, 0.01)
        self.counted["repriced"] += 1
        for model in self.orders:
            if model.end is not None:
                continue
            # Somebody who may approve now meets the new plan.
            who = next((one for one in sorted(STAGES[model.stage()][0])
                        if one != model.requester and one not in model.decided[0] | model.decided[1]), None)
            if who is None:
                continue
            try:
                self.call(who).ApproveOrder(name=model.name, plan_digest=model.digest)
                check(False, "a plan that is not in force any more was approved: %s" % vars(model))
            except Refused as refusal:
                check((refusal.code, refusal.reason) == ("ABORTED", "PLAN_CHANGED"), "the new price: %s" % refusal)
            order = self.world.hong.request.GetOrder(name=model.name)
            check(order.plan_digest != model.digest and order.state == PENDING, "the order has the new plan")
            check(not any(not one.superseded for stage in order.approval_stages for one in stage.decisions), "earlier approvals are void")
            model.digest, model.decided = order.plan_digest, [set(), set()]

    def go(self):
        for _ in range(STEPS):
            open_ones = [one for one in self.orders if one.end is None]
            kind = self.random.choices(["new", "approve", "reject", "cancel", "reprice"], [10, 70, 3, 3, 1])[0]
            if kind == "new" or not self.orders:
                self.new()
            elif kind == "reprice":
                self.reprice()
            else:
                getattr(self, kind)(self.random.choice(open_ones * 3 + self.orders))

    def judge(self):
        approved = {one.name for one in self.orders if one.end == "approved"}
        def settled():
            return all(self.world.hong.request.GetOrder(name=name).state in (FULFILLED, FAILED) for name in approved)
        wait_for(settled, "what was approved is fulfilled", 30)
        for model in self.orders:
            order = self.world.hong.request.GetOrder(name=model.name)
            wanted = {None: PENDING, "approved": FULFILLED, "rejected": REJECTED, "cancelled": CANCELLED}[model.end]
            equal(order.state, wanted, "the state of %s" % vars(model))
            check(bool(order.operation) == (model.end == "approved"), "an operation only for what was approved: %s" % order)
        equal(len(self.cloud.machines()), len(approved), "machines at the cloud, one for each approved order")
        check(len(approved) >= 5 and self.counted["SELF_APPROVAL"] >= 5, "the walk went everywhere: %s" % dict(self.counted))
        self.world.verify_audit()


def main():
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else 20261123
    with Gaond(sys.argv[1], "--metering.interval", "1h", "--log.access", "none") as gaond:
        walk = Walk(gaond, seed)
        step("a walk of %d steps with the seed %d" % (STEPS, seed))
        walk.go()
        step("%d orders: %s" % (len(walk.orders), dict(walk.counted)))
        walk.judge()
    done()


if __name__ == "__main__":
    main()
