# SPDX-License-Identifier: Apache-2.0
"""driver.py: an adapter's session in a process of its own (gaon-driver), asked verb by verb, and repeated as the engine would."""
import json
import subprocess
import time
import uuid

from report import Failure

TRIES = 40
TASK_SECONDS = 120


class Stuck(Failure):
    """It does not end, however often it is asked."""


class Driver:
    def __init__(self, build, config, installation="fault-matrix"):
        self.process = subprocess.Popen([build + "/tests/fault/cloud/gaon-driver"], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, text=True)
        self.opened = self.say(dict(config, installation=installation))

    def say(self, line):
        self.process.stdin.write(json.dumps(line) + "\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline()
        if not answer:
            raise Failure("the driver ended (%s) at %s" % (self.process.wait(), line))
        return json.loads(answer)

    def call(self, verb, **arguments):
        return self.say(dict(verb=verb, **arguments))

    def close(self):
        self.process.stdin.close()
        code = self.process.wait(30)
        if code != 0:
            raise Failure("the driver ended with %d" % code)

    # ---- as the engine: what may have happened is looked for, what did not is repeated ----

    def must(self, verb, **arguments):
        """OK in the end, its task too; returns the last answer with the native id, if there is one."""
        return self.settle(verb, arguments)

    def settle(self, verb, arguments, first=None, is_done=None):
        """`first`: the answer of an attempt that was made already. `is_done`: asked before each repetition."""
        answer, tries = first, 0
        while True:
            if answer is None:
                answer = self.call(verb, **arguments)
            if answer["error"] == "OK":
                return self.follow(answer)
            may_pass = answer["is_retryable"] or (answer["error"] == "CONFLICT" and tries > 0)
            if not may_pass:
                raise Failure("%s ends with %s: %s" % (verb, answer["error"], answer["message"]))
            tries += 1
            if tries > TRIES:
                raise Stuck("%s is still %s after %d tries: %s" % (verb, answer["error"], tries, answer["message"]))
            time.sleep(max(answer["retry_after_ms"] / 1000, 0.05 * min(tries, 10)))
            done = is_done() if is_done else None
            if done:
                return done
            answer = None

    def follow(self, answer):
        handle, until = answer.get("handle"), time.monotonic() + TASK_SECONDS
        while handle:
            status = self.call("task", handle=handle)
            if status["error"] != "OK":
                if not status["is_retryable"]:
                    raise Failure("a task cannot be asked: %s: %s" % (status["error"], status["message"]))
            elif status["state"] == "failed":
                raise Failure("a task failed: %s: %s" % (status["failure"], status["failure_message"]))
            elif status["state"] == "done":
                answer = dict(answer, native_id=answer.get("native_id") or status.get("native_id"))
                break
            else:
                handle = status.get("next_handle") or handle
            if time.monotonic() > until:
                raise Stuck("a task does not end: %s" % handle)
            time.sleep(0.05)
        return answer


def intent():
    return dict(resource=str(uuid.uuid4()), operation=str(uuid.uuid4()))
