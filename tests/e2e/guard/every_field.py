# SPDX-License-Identifier: Apache-2.0
"""every_field.py: made from the descriptors: each field of each request, with what it must not hold. Each is refused
with INVALID_ARGUMENT and the field's name, and changes nothing.
usage: every_field.py BUILD-FOLDER"""
import collections
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../support/python"))
import stubs
from database import Database
from gaond import Gaond, World
from report import check, done, step
from stubs import MODULES, Client, GetMessageClass, Refused, is_server_streaming

from google.protobuf.descriptor import FieldDescriptor as Field

RULE = MODULES["gaon/rpc/v1/options.proto"].field
FORMATS = MODULES["gaon/rpc/v1/options.proto"].Format
# What is no value of a format, whatever its length limit is.
WRONG = {"FORMAT_RESOURCE_ID": b"Not-An-Id", "FORMAT_RESOURCE_NAME": b"//", "FORMAT_UUID": b"0193", "FORMAT_DECIMAL": b"1.2.3",
         "FORMAT_CURRENCY": b"kr", "FORMAT_DAY": b"2026-2-3", "FORMAT_JSON": b"[1,"}
LENGTH_DELIMITED, VARINT = 2, 0


def varint(number):
    number &= (1 << 64) - 1
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes(out) + bytes([number])


def tagged(number, kind, payload):
    return varint(number << 3 | kind) + (varint(len(payload)) + payload if kind == LENGTH_DELIMITED else payload)


def wrapped(path, payload):
    """The bytes of a request in which only this nested field is set."""
    for field in reversed(path):
        payload = tagged(field.number, LENGTH_DELIMITED, payload)
    return payload


def named(path, field, index=None):
    """How a violation names it: machine.labels[0].value."""
    words = [one.name + ("[0]" if one.label == Field.LABEL_REPEATED else "") for one in path]
    return ".".join(words + [field.name + ("" if index is None else "[%d]" % index)])


def bad_strings(field, rule, path):
    # The keys and values of a map obey the rule of the map.
    is_of_map = field.containing_type.GetOptions().map_entry
    most = (path[-1].GetOptions().Extensions[RULE] if is_of_map else rule).max_bytes or 1024
    is_list = field.label == Field.LABEL_REPEATED
    yield "longer than %d bytes" % most, b"a" * (most + 1)
    yield "not UTF-8", b"\xff\xfe"
    yield "an overlong UTF-8 sequence", b"\xc0\xaf"
    yield "a NUL byte", b"a\0b"
    if rule.format in (0,):
        yield "a control character", b"a\x1b[31mb"
    wrong = WRONG.get(FORMATS.Name(rule.format))
    if wrong:
        yield "no " + FORMATS.Name(rule.format), wrong
    if is_list:
        yield "an empty element", b""


def cases(message, path=(), depth=0):
    """(words, path as text, bytes) of everything that no request of this type may hold."""
    for field in message.fields:
        rule = field.GetOptions().Extensions[RULE]
        is_list = field.label == Field.LABEL_REPEATED
        index = 0 if is_list else None
        if rule.output_only:
            continue
        if is_list and field.type != Field.TYPE_MESSAGE:
            most = rule.max_items or 100
            one = tagged(field.number, LENGTH_DELIMITED, b"a") if field.type == Field.TYPE_STRING else \
                tagged(field.number, VARINT, varint(1))
            yield "more than %d elements" % most, named(path, field), wrapped(path, one * (most + 1))
        if field.type == Field.TYPE_STRING:
            for words, value in bad_strings(field, rule, path):
                yield words, named(path, field, index), wrapped(path, tagged(field.number, LENGTH_DELIMITED, value))
        elif field.type == Field.TYPE_ENUM:
            yield "an unknown value", named(path, field, index), wrapped(path, tagged(field.number, VARINT, varint(9999)))
            yield "a negative value", named(path, field, index), wrapped(path, tagged(field.number, VARINT, varint(-7)))
        elif field.type in (Field.TYPE_INT32, Field.TYPE_INT64) and (rule.least or rule.most):
            yield "too much", named(path, field, index), wrapped(path, tagged(field.number, VARINT, varint(rule.most + 1)))
            yield "less than nothing", named(path, field, index), wrapped(path, tagged(field.number, VARINT, varint(rule.least - 1)))
        elif field.type == Field.TYPE_MESSAGE and depth < 3 and not field.message_type.full_name.startswith("google."):
            yield from cases(field.message_type, path + (field,), depth + 1)


def try_all(caller, method, counted, problems):
    path = "/%s/%s" % (method.containing_service.full_name, method.name)
    reply_class = GetMessageClass(method.output_type)
    for words, field, payload in cases(method.input_type):
        where = "%s with %s in %s" % (method.name, words, field)
        counted["cases"] += 1
        try:
            if is_server_streaming(method):
                next(caller.stream(path, payload, reply_class))
            else:
                caller.unary(path, payload, reply_class)
            problems.append(where + ": it was answered OK")
        except Refused as refusal:
            if refusal.code != "INVALID_ARGUMENT" or not refusal.reason:
                problems.append("%s: %s" % (where, refusal))
            elif field not in refusal.fields:
                problems.append("%s: the field is not named: %s" % (where, refusal))
        except StopIteration:
            problems.append(where + ": the stream just ended")


def main():
    with Gaond(sys.argv[1], "--metering.interval", "1h", "--log.access", "none") as gaond:
        world = World(gaond)
        counted, problems = collections.Counter(), []
        before = Database(gaond).content()
        for name, service in sorted(stubs.services().items()):
            for method in service.methods:
                counted["methods"] += 1
                try_all(world.hong, method, counted, problems)
            step("%s: %d methods, %d cases so far, %d problems" % (name, counted["methods"], counted["cases"], len(problems)))
        for problem in problems[:60]:
            print("  " + problem)
        check(counted["cases"] > 2000, "there are cases enough: %d" % counted["cases"])
        check(not problems, "each is refused with INVALID_ARGUMENT and the field's name; %d are not" % len(problems))
        check(Database(gaond).content() == before, "nothing changed")
        check(gaond.is_running(), "gaond lives")
    done()


if __name__ == "__main__":
    main()
