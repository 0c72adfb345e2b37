# SPDX-License-Identifier: Apache-2.0
"""Nutanix's own word on v4: what its Python clients (PyPI) say of each path, its parameters, its body and its answer.

The clients are generated from the API's definition, so every request that comes and every answer that goes is held to it:
an unknown path, parameter or member, a value of another type or outside an enumeration is a violation.
"""
import importlib
import os
import re

PACKAGES = ("vmm", "prism", "clustermgmt", "networking", "dataprotection", "volumes")
METHOD = re.compile(r"\n    def (\w+)\(self.*?(?=\n    def |\Z)", re.S)
MODEL = r"class:`~ntnx_\w+_py_client\.models\.([\w.]+)`"
PRIMITIVES = {"str": str, "int": int, "float": (int, float), "bool": bool, "datetime": str, "date": str, "object": object}


class Violation(Exception):
    pass


class Operation:
    def __init__(self, package, name, text):
        self.package, self.name = package, name
        self.path, self.method = re.search(r"'(/api/[^']+)', '(\w+)',", text).groups()
        self.parameters = set(re.findall(r"query_params\.append\(\('(\$?\w+)'", text))
        body = re.search(r":param body:.*?" + MODEL + r"(, required)?", text, re.S)
        self.body, self.is_body_needed = (body.group(1), bool(body.group(2))) if body else (None, False)
        response = re.search(r"response_type='([\w.]+)'", text)
        self.response = response.group(1) if response else None
        # The client says its newest minor; the definition is the same for the one that is spoken.
        path = re.sub(r"/v4\.\d+/", "/v4.[0-9]+/", self.path).replace("$", r"\$")
        self.pattern = re.compile("^" + re.sub(r"\{\w+\}", "[^/]+", path) + "$")


class Vendor:
    def __init__(self):
        self.operations = []
        for name in PACKAGES:
            package = importlib.import_module("ntnx_%s_py_client" % name)
            folder = os.path.join(os.path.dirname(package.__file__), "api")
            for file in sorted(name for name in os.listdir(folder) if name.endswith(".py")):
                with open(os.path.join(folder, file), encoding="utf-8") as source:
                    for match in METHOD.finditer(source.read()):
                        if "'/api/" in match.group(0):
                            self.operations.append(Operation(name, match.group(1), match.group(0)))

    def operation(self, method, path):
        found = [op for op in self.operations if op.method == method and op.pattern.match(path)]
        if not found:
            raise Violation("Nutanix's API has no %s %s" % (method, path))
        # "vms/{extId}/$actions/clone" before "vms/{extId}/{x}/{y}"
        return min(found, key=lambda op: op.path.count("{"))

    def check_request(self, method, path, query, body):
        op = self.operation(method, path)
        unknown = set(query) - op.parameters
        if unknown:
            raise Violation("%s has no parameters %s" % (op.name, sorted(unknown)))
        if body is None and op.is_body_needed:
            raise Violation("%s needs a body" % op.name)
        if body is not None and op.body is None:
            raise Violation("%s takes no body" % op.name)
        if body is not None:
            self.check(op.package, op.body, body, "body")
        return op

    def check_answer(self, op, body):
        if op.response:
            self.check(op.package, op.response, body, "answer")

    def model(self, package, type_):
        module = importlib.import_module("ntnx_%s_py_client.models.%s" % (package, type_))
        return getattr(module, type_.rsplit(".", 1)[-1])

    def check(self, package, type_, value, where):
        """`type_` as the clients write it: "str", "list[…]", "dict(str, …)", "vmm.v4.….Vm", "OneOf…"."""
        if value is None:
            raise Violation("%s is null" % where)
        if type_.startswith("list["):
            if not isinstance(value, list):
                raise Violation("%s is no list" % where)
            for number, item in enumerate(value):
                self.check(package, type_[5:-1], item, "%s[%d]" % (where, number))
        elif type_.startswith("dict("):
            if not isinstance(value, dict):
                raise Violation("%s is no object" % where)
        elif type_ in PRIMITIVES:
            if not isinstance(value, PRIMITIVES[type_]) or (type_ == "int" and isinstance(value, bool)):
                raise Violation("%s is no %s: %r" % (where, type_, value))
        elif type_.startswith("OneOf"):
            self.check_one_of(package, value, where)
        else:
            self.check_model(package, type_, value, where)

    def check_one_of(self, package, value, where):
        """Which of several it is, says its $objectType."""
        for number, item in enumerate(value if isinstance(value, list) else [value]):
            if not isinstance(item, dict):
                continue
            if "$objectType" not in item:
                raise Violation("%s needs a $objectType" % where)
            self.check(package, item["$objectType"], item, "%s(%d)" % (where, number))

    def check_model(self, package, type_, value, where):
        try:
            model = self.model(package, type_)
        except ImportError as error:
            raise Violation("%s: there is no type %s" % (where, type_)) from error
        types = getattr(model, "swagger_types", None)
        if not types:
            self.check_enum(model, type_, value, where)
            return
        if not isinstance(value, dict):
            raise Violation("%s is no object" % where)
        if value.get("$objectType", type_) != type_:
            raise Violation("%s is a %s and no %s" % (where, value["$objectType"], type_))
        names = {json_name: name for name, json_name in model.attribute_map.items()}
        for member, item in value.items():
            if member.startswith("$") and member not in names:
                continue
            if member not in names:
                raise Violation("%s: %s has no member %s" % (where, type_, member))
            if not member.startswith("$"):
                self.check(package, types[names[member]], item, where + "." + member)

    @staticmethod
    def check_enum(model, type_, value, where):
        known = {item for name, item in vars(model).items() if name.isupper() and isinstance(item, str)}
        if value not in known or value in ("_UNKNOWN", "$UNKNOWN", "$REDACTED"):
            raise Violation("%s: %s has no value %r" % (where, type_, value))
