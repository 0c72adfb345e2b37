# SPDX-License-Identifier: Apache-2.0
"""requests_of.py: requests made from descriptors alone: filled so that nothing in them is malformed; and the fields that name resources."""
from google.protobuf.descriptor import FieldDescriptor as Field

from stubs import MODULES, GetMessageClass

OPTIONS = MODULES["gaon/rpc/v1/options.proto"]
FORMATS = OPTIONS.Format
# Fields that name resources without being FORMAT_RESOURCE_NAME, as they may also hold a pattern, a role or nothing.
NAMING = {"member", "members", "principal", "approvers", "products", "projects", "target", "resource"}
VALUES = {"FORMAT_RESOURCE_ID": "probe", "FORMAT_RESOURCE_NAME": "tenants/nowhere", "FORMAT_DECIMAL": "1", "FORMAT_CURRENCY": "KRW",
          "FORMAT_UUID": "01960000-0000-7000-8000-000000000000", "FORMAT_DAY": "2026-11-01", "FORMAT_JSON": "{}",
          "FORMAT_UNSPECIFIED": "probe", "FORMAT_RAW": "probe", "FORMAT_LABEL_KEY": "probe"}


def rule_of(field):
    return field.GetOptions().Extensions[OPTIONS.field]


def method_rule(method):
    return method.GetOptions().Extensions[OPTIONS.method]


def is_list(field):
    return field.label == Field.LABEL_REPEATED


def is_ours(field):
    return field.type == Field.TYPE_MESSAGE and field.message_type.full_name.startswith("gaon.") and \
        not field.message_type.GetOptions().map_entry


def naming_fields(message, path=()):
    """The path, as a tuple of fields, to each string of a request that names a resource."""
    for field in message.fields:
        rule = rule_of(field)
        if rule.output_only:
            continue
        if field.type == Field.TYPE_STRING and (FORMATS.Name(rule.format) == "FORMAT_RESOURCE_NAME" or
                                                (rule.format == 0 and field.name in NAMING)):
            yield path + (field,)
        elif is_ours(field):
            yield from naming_fields(field.message_type, path + (field,))


def place(message, path):
    """The innermost message of a path, made on the way."""
    for field in path[:-1]:
        inner = getattr(message, field.name)
        if is_list(field):
            message = inner[0] if len(inner) else inner.add()
        else:
            inner.SetInParent()
            message = inner
    return message


def set_at(message, path, value):
    inner, field = place(message, path), path[-1]
    if is_list(field):
        del getattr(inner, field.name)[:]
        getattr(inner, field.name).append(value)
    else:
        setattr(inner, field.name, value)


def fill(message):
    """Gives each required field something that its rule allows; of messages that are there, too."""
    for field in message.DESCRIPTOR.fields:
        rule = rule_of(field)
        if rule.output_only:
            continue
        is_set = len(getattr(message, field.name)) > 0 if is_list(field) else \
            message.HasField(field.name) if field.type == Field.TYPE_MESSAGE else bool(getattr(message, field.name))
        if is_ours(field):
            if is_list(field):
                if rule.required and not is_set:
                    getattr(message, field.name).add()
                for one in getattr(message, field.name):
                    fill(one)
            elif rule.required or is_set:
                getattr(message, field.name).SetInParent()
                fill(getattr(message, field.name))
        elif rule.required and not is_set:
            fill_scalar(message, field, rule)
    return message


def fill_scalar(message, field, rule):
    if field.type == Field.TYPE_MESSAGE:
        getattr(message, field.name).SetInParent()
        return
    value = VALUES[FORMATS.Name(rule.format)] if field.type == Field.TYPE_STRING else 1
    if is_list(field):
        getattr(message, field.name).append(value)
    else:
        setattr(message, field.name, value)


def request_of(method):
    return GetMessageClass(method.input_type)()
