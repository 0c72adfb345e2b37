# SPDX-License-Identifier: Apache-2.0
"""matrix.py: every verb of an adapter under every fault, at every request that it makes; then the cloud itself is looked at.
Each attempt must come back in time with a class that is true of the fault; repeated as the engine repeats, it must end, and have
had its effect once. usage: matrix.py BUILD-FOLDER PEER [VERB…]"""
import collections
import os
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../support/python"))
from driver import Driver, Stuck, intent
from faulty import Faulty
from peers import PEERS
from report import Failure, check, done, equal, skip, step, wait_for
from verbs import CHANGES, READS, Room

DEADLINE_MS = 15000
LATE_MS = 1500

# What may have happened; said of a request that changes something. Of one that only reads the same is UNAVAILABLE.
OPEN = ("lost-reply", "hang-up", "reset-before", "reset-after", "500-before", "500-after", "502-before", "502-after", "503-before",
        "504-after", "stall-before", "stall-after", "truncated", "drip", "huge")
# Answered with 200 and nonsense: an adapter that needs nothing from that answer may take it for success, and then it was one.
NONSENSE = ("garbage", "empty", "deep", "doctype")
OTHERS = {"429": {"THROTTLED"}, "503-retry:1": {"THROTTLED"}, "401": {"AUTH"}, "403-before": {"FORBIDDEN"},
          "wrong-certificate": {"INVALID"}}
FAULTS = OPEN + NONSENSE + tuple(OTHERS)
# At a request that only prepares a change fewer are enough: the read verbs get them all.
FAULTS_OF_LOOKING = ("502-before", "truncated", "garbage", "429")
# Each attempt takes the asker's whole second. `list` is asked in vain until it gives up, the other reads once.
SLOW = ("stall-before", "stall-after", "drip")
LETTERS = dict(OK=".", UNKNOWN_OUTCOME="u", UNAVAILABLE="a", THROTTLED="t", AUTH="h", FORBIDDEN="f", INVALID="i", CONFLICT="c",
               NOT_FOUND="n", UNSUPPORTED="x", QUOTA="q", CAPACITY="p")


class Matrix:
    def __init__(self, peer, proxy, room, hasty):
        self.peer, self.proxy, self.room = peer, proxy, room
        self.hasty = hasty  # another session through the proxy, which gives an exchange a second
        self.table = collections.defaultdict(lambda: collections.defaultdict(set))
        self.classes = collections.Counter()
        self.cases = self.harmed = self.stuck = self.duplicates = self.orphans = 0
        self.wrong = []

    # ---- one case ----

    def fail(self, words):
        self.wrong.append(words)
        print("  WRONG: " + words, flush=True)

    def attempt(self, verb, fault, arguments, **when):
        self.proxy.plan(dict(fault=fault, **when))
        if fault == "wrong-certificate":
            time.sleep(0.05)  # until the asker's side knows that the kept connections have ended
        asker = self.hasty if fault in SLOW else self.room.faulty
        answer = asker.call(verb.verb, deadline_ms=DEADLINE_MS, **arguments)
        rows = self.proxy.log()
        self.proxy.plan()
        self.room.has_reached = any(row["forwarded"] and not self.peer.is_read(row) for row in rows)
        self.cases += 1
        self.harmed += self.hit_of(rows, fault) is not None
        self.classes[answer["error"]] += 1
        self.table[verb.name][fault].add(answer["error"])
        if answer["took_ms"] > DEADLINE_MS + LATE_MS:
            self.fail("%s under %s came back after %d ms" % (verb.name, fault, answer["took_ms"]))
        if answer["error"] != "OK" and not answer["message"]:
            self.fail("%s under %s says nothing" % (verb.name, fault))
        for secret in self.peer.secrets():
            if secret in (answer["message"] or ""):
                self.fail("%s under %s tells a secret: %s" % (verb.name, fault, answer["message"]))
        return answer, rows

    def judge(self, verb, fault, answer, hit, rows, more=frozenset()):
        """Whether the class is true of what happened at `hit`, the request that met the fault."""
        is_read = self.peer.is_read(hit)
        allowed = set(OTHERS.get(fault, {"UNAVAILABLE" if is_read else "UNKNOWN_OUTCOME"})) | more
        resent = [row for row in rows[hit["n"]:] if (row["method"], row["action"]) == (hit["method"], hit["action"])]
        if is_read and not verb.is_read:
            # It was read again, perhaps in vain; or an earlier request of the verb had its effect.
            allowed |= {"OK", "UNAVAILABLE", "UNKNOWN_OUTCOME"}
        if fault in NONSENSE and not is_read or resent or hit["bytes"] < 12:
            allowed.add("OK")
        if fault == "401" and self.peer.renews_tokens:
            allowed.add("OK")
        allowed |= self.peer.also_allowed(verb.name, fault, hit)
        if answer["error"] not in allowed:
            self.fail("%s under %s at %s %s %s: %s is not one of %s: %s" % (
                verb.name, fault, hit["method"], hit["path"][:60], hit["action"], answer["error"], sorted(allowed), answer["message"]))

    def hit_of(self, rows, fault):
        for row in rows:
            if row["fault"] == fault:
                return row
        return None

    # ---- verbs ----

    def reads(self, verb):
        verb.prepare(self.room)
        arguments = verb.arguments(self.room)
        self.proxy.plan()
        calm = self.room.faulty.settle(verb.verb, arguments)
        if not self.proxy.log():
            return  # answered from what the session keeps in mind
        for fault in self.peer.faults(FAULTS):
            is_once = fault in SLOW and verb.name != "list"
            answer, rows = self.attempt(verb, fault, arguments, count=1 if is_once else 0)
            hit = self.hit_of(rows, fault)
            if hit is None:
                continue
            self.judge(verb, fault, answer, hit, rows, {"OK"} if is_once else set())
            again = self.room.faulty.settle(verb.verb, arguments)
            if verb.same(calm, again) is False:
                self.fail("%s after %s says something else: %s, then %s" % (verb.name, fault, calm, again))

    def changes(self, verb):
        positions = self.positions_of(verb)
        for number, row in enumerate(positions, 1):
            faults = FAULTS_OF_LOOKING if self.peer.is_read(row) else FAULTS
            for fault in self.peer.faults(faults):
                if fault == "wrong-certificate" and number < len(positions):
                    continue
                self.change_once(verb, fault, number)

    def positions_of(self, verb):
        """The requests that the verb makes once the session knows what it keeps in mind: its token, sizes, images."""
        self.calm(verb)
        return self.calm(verb)

    def calm(self, verb):
        verb.prepare(self.room)
        self.proxy.plan()
        answer = self.room.faulty.call(verb.verb, **verb.arguments(self.room))
        rows = self.proxy.log()
        self.finish(verb, "no fault", answer)
        if answer["is_retryable"]:
            raise Failure("%s without any fault is %s: %s" % (verb.name, answer["error"], answer["message"]))
        return rows

    def change_once(self, verb, fault, number):
        verb.prepare(self.room)
        arguments = verb.arguments(self.room)
        answer, rows = self.attempt(verb, fault, arguments, nth=number)
        hit = self.hit_of(rows, fault)
        if hit is not None:
            self.judge(verb, fault, answer, hit, rows)
        if answer["error"] not in ("OK",) and not answer["is_retryable"]:
            # The engine would give up here and undo; what is to be seen here is that another try ends well.
            answer = None
        self.finish(verb, fault, answer)

    def finish(self, verb, fault, answer):
        try:
            ended = self.room.faulty.settle(verb.verb, verb.arguments(self.room), first=answer, is_done=verb.looker(self.room))
            count = verb.count(self.room, ended)
            if count > 1:
                self.duplicates += count - 1
            if count != verb.wanted:
                self.fail("%s after %s: its effect is there %d times, not %d" % (verb.name, fault, count, verb.wanted))
        except Stuck as stuck:
            self.stuck += 1
            self.fail("%s after %s: %s" % (verb.name, fault, stuck))
        except Failure as failure:
            self.fail("%s after %s: %s" % (verb.name, fault, failure))
        verb.clean(self.room)

    # ---- the cloud's own codes ----

    def codes(self):
        for code in self.peer.codes():
            verb = next(row for row in CHANGES + READS if row.name == code["verb"])
            if not self.room.can(verb):
                continue
            verb.prepare(self.room)
            rule = dict(fault="custom", reply=code["reply"], count=0, **code.get("match", {}))
            self.proxy.plan(rule)
            answer = self.room.faulty.call(verb.verb, deadline_ms=DEADLINE_MS, **verb.arguments(self.room))
            self.proxy.plan()
            self.classes[answer["error"]] += 1
            self.cases += 1
            if answer["error"] != code["class"]:
                self.fail("%s answered with %s is %s, not %s: %s" % (verb.name, code["name"], answer["error"], code["class"],
                                                                     answer["message"]))
            if code.get("request_id") and answer["request_id"] != code["request_id"]:
                self.fail("%s answered with %s tells the request id %s" % (verb.name, code["name"], answer["request_id"]))
            time.sleep(answer["retry_after_ms"] / 1000)
            verb.clean(self.room)

    def expired(self):
        """The session ends at the cloud between two requests: the verb begins another one, and succeeds."""
        reply = self.peer.expired()
        for verb in READS + CHANGES:
            if reply is None or not self.room.can(verb) or verb.name not in ("list", "get", "stop", "create"):
                continue
            verb.prepare(self.room)
            self.proxy.plan(dict(fault="custom", reply=reply))
            answer = self.room.faulty.call(verb.verb, deadline_ms=DEADLINE_MS, **verb.arguments(self.room))
            self.proxy.plan()
            self.cases += 1
            if answer["error"] != "OK":
                self.fail("%s after the session's end is %s: %s" % (verb.name, answer["error"], answer["message"]))
            if not verb.is_read:
                self.finish(verb, "the session's end", answer)

    # ---- the end ----

    def print_table(self):
        names = self.peer.faults(FAULTS)
        print("\n%-24s%s" % (self.peer.name, " ".join("%02d" % (index + 1) for index in range(len(names)))))
        for verb, row in self.table.items():
            cells = ["".join(sorted(LETTERS[error] for error in row[name]))[:2] if name in row else "" for name in names]
            print("%-24s%s" % (verb, " ".join("%-2s" % cell for cell in cells)))
        print("faults: " + ", ".join("%02d %s" % (index + 1, name) for index, name in enumerate(names)))
        print("classes: " + ", ".join("%s %s" % (letter, name) for name, letter in LETTERS.items()))
        print("seen: " + ", ".join("%s %d" % pair for pair in sorted(self.classes.items())))


def run(build, peer, only):
    with tempfile.TemporaryDirectory(prefix="gaon-matrix.", dir="/var/tmp") as folder:
        step("starting %s" % peer.name)
        with peer.started(os.path.join(folder, "peer")), \
                Faulty(peer.target(), os.path.join(folder, "proxy"), with_tls=peer.takes_tls) as proxy:
            direct = Driver(build, peer.config())
            faulty = Driver(build, peer.config_behind(proxy))
            hasty = Driver(build, peer.config_behind(proxy, timeout_s=1))
            for driver, words in ((direct, "directly"), (faulty, "through the proxy"), (hasty, "likewise")):
                if driver.opened["error"] == "UNSUPPORTED":
                    skip(peer.name, driver.opened["message"])
                equal(driver.opened["error"], "OK", "%s is opened %s: %s" % (peer.name, words, driver.opened["message"]))
            room = Room(peer, direct, faulty)
            matrix = Matrix(peer, proxy, room, hasty)
            room.set_up()
            for verb in READS + CHANGES:
                if (only and verb.name not in only) or not room.can(verb):
                    continue
                step("%s: %d cases so far" % (verb.name, matrix.cases))
                (matrix.reads if verb.is_read else matrix.changes)(verb)
            step("the cloud's own codes")
            matrix.codes()
            matrix.expired()
            room.tear_down()
            matrix.orphans = len(wait_for(lambda: [room.left()], "the cloud is looked at")[0])
            if matrix.orphans:
                matrix.fail("left at the cloud: %s" % room.left())
            matrix.print_table()
            print("%s: verbs %d, cases %d, harmed %d, orphans %d, duplicates %d, stuck %d" % (
                peer.name, len(matrix.table), matrix.cases, matrix.harmed, matrix.orphans, matrix.duplicates, matrix.stuck), flush=True)
            for driver in (hasty, faulty, direct):
                driver.close()
    check(not matrix.wrong, "%d cases went wrong" % len(matrix.wrong))
    check(matrix.harmed > matrix.cases * 2 // 3, "the faults hit: %d of %d" % (matrix.harmed, matrix.cases))
    if not only:
        missing = {"UNKNOWN_OUTCOME", "UNAVAILABLE", "THROTTLED", "INVALID"} | {code["class"] for code in peer.codes()}
        equal(missing - set(matrix.classes), set(), "classes that were not seen")
    done()


def main():
    run(os.path.realpath(sys.argv[1]), PEERS[sys.argv[2]](), sys.argv[3:])


if __name__ == "__main__":
    main()
