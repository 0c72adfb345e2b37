#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""protoc-gen-gaon from outside: golden files for a good proto, one clear message for each way to break it.

usage: plugin_test.py <protoc> <plug-in> <include root of google/protobuf> [--accept]
--accept writes the golden files anew: read the difference before you commit it.
"""
import os
import shutil
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
OPTIONS = os.path.join(HERE, "..", "..", "..", "proto")
PROTOS = ["gaon/food/v1/food.proto", "gaon/zoo/v1/zoo.proto"]
ZOO = "gaon/zoo/v1/zoo.proto"

# (what is broken, text of zoo.proto, what takes its place, the expected error after "gaon/zoo/v1/zoo.proto:")
BROKEN = [
    ("an RPC without a rule",
     'option (gaon.rpc.v1.method) = { permission: "zoo.animals.get", scope: "parent", access: ACCESS_READ };', "",
     "29: rpc ZooService.WatchAnimals: no option (gaon.rpc.v1.method)"),
    ("an RPC without access", 'scope: "parent", access: ACCESS_READ', 'scope: "parent"',
     "29: rpc ZooService.WatchAnimals: no access; say ACCESS_READ or ACCESS_WRITE"),
    ("an RPC with an access that does not exist", "{ access: ACCESS_READ, any_auth", "{ access: ACCESS_UNSPECIFIED, any_auth",
     "37: rpc ZooService.WhoAmI: no access; say ACCESS_READ or ACCESS_WRITE"),
    ("an RPC without a permission", 'permission: "zoo.animals.create", ', "",
     "21: rpc ZooService.CreateAnimal: no permission; name one, or say AUTHENTICATION_NONE or any_authenticated"),
    ("a public RPC with a permission", "access: ACCESS_READ, authentication", 'permission: "zoo.x.y", access: ACCESS_READ, authentication',
     "33: rpc ZooService.GetHours: a permission that nobody checks: the rule lets everybody in"),
    ("an RPC for everybody with a permission", "access: ACCESS_READ, any_auth", 'permission: "zoo.x.y", access: ACCESS_READ, any_auth',
     "37: rpc ZooService.WhoAmI: a permission that nobody checks: the rule lets everybody in"),
    ("an RPC that is public and for all with a credential", "authentication: AUTHENTICATION_NONE",
     "authentication: AUTHENTICATION_NONE, any_authenticated: true",
     "33: rpc ZooService.GetHours: both AUTHENTICATION_NONE and any_authenticated"),
    ("a scope that the request does not have", 'scope: "parent"', 'scope: "parrot"',
     '29: rpc ZooService.WatchAnimals: scope "parrot" is no string field of WatchAnimalsRequest'),
    ("a scope through a field that is no message", 'scope: "parent"', 'scope: "parent.name"',
     '29: rpc ZooService.WatchAnimals: scope "parent.name" is no string field of WatchAnimalsRequest'),
    ("a scope that is a message", 'scope: "animal.keeper.name"', 'scope: "animal.keeper"',
     '21: rpc ZooService.CreateAnimal: scope "animal.keeper" is no string field of CreateAnimalRequest'),
    ("a scope that is a list", 'scope: "animal.keeper.name"', 'scope: "animal.nicknames"',
     '21: rpc ZooService.CreateAnimal: scope "animal.nicknames" is no string field of CreateAnimalRequest'),
    ("a scope that ends in a dot", 'scope: "parent"', 'scope: "parent."',
     '29: rpc ZooService.WatchAnimals: scope "parent." is no string field of WatchAnimalsRequest'),
    ("an RPC without a comment", "  // Every change of the animals, as it happens.\n", "",
     "28: rpc ZooService.WatchAnimals: no comment"),
    ("a client stream", "(WatchAnimalsRequest) returns", "(stream WatchAnimalsRequest) returns",
     "29: rpc ZooService.WatchAnimals: client streaming is not supported"),
    ("two RPCs of one C name", "rpc WhoAmI(", "rpc Get_hours(",
     "37: rpc ZooService.Get_hours: another RPC of this package has the same name in C"),
    ("a message without a comment", "// See GetHours.\n", "", "106: message GetHoursRequest: no comment"),
    ("a nested message without a comment", "  // Where it lives.\n", "", "44: message Animal.Cage: no comment"),
    ("a field without a comment", "    // Its number.\n", "", "46: field Animal.Cage.number: no comment"),
    ("a secret number", "uint32 number = 1", "uint32 number = 1 [(gaon.rpc.v1.field) = { sensitive: true }]",
     "47: field Animal.Cage.number: sensitive, but neither string nor bytes"),
    ("a secret message", "Keeper keeper = 3", "Keeper keeper = 3 [(gaon.rpc.v1.field) = { sensitive: true }]",
     "64: field Animal.keeper: sensitive, but neither string nor bytes"),
    ("a length of a number", "uint32 number = 1", "uint32 number = 1 [(gaon.rpc.v1.field) = { max_bytes: 1 }]",
     "47: field Animal.Cage.number: max_bytes, but neither string nor bytes"),
    ("a length of a map of numbers", "map<string, string> notes", "map<string, int32> notes",
     "73: field Animal.notes: max_bytes, but neither string nor bytes"),
    ("a count of what is no list", "string from = 1", "string from = 1 [(gaon.rpc.v1.field) = { max_items: 1 }]",
     "112: field Hours.from: max_items, but not repeated"),
    ("a format of a number", "uint32 number = 1", "uint32 number = 1 [(gaon.rpc.v1.field) = { format: FORMAT_DAY }]",
     "47: field Animal.Cage.number: format, but no string"),
    ("a shape of keys without keys", "string from = 1", "string from = 1 [(gaon.rpc.v1.field) = { key_format: FORMAT_LABEL_KEY }]",
     "112: field Hours.from: key_format, but no map of strings"),
    ("a range of a string", "string from = 1", "string from = 1 [(gaon.rpc.v1.field) = { most: 9 }]",
     "112: field Hours.from: least or most, but no integer"),
    ("a range that is empty", "uint32 number = 1", "uint32 number = 1 [(gaon.rpc.v1.field) = { least: 2, most: 1 }]",
     "47: field Animal.Cage.number: least is more than most"),
    ("what only the server sets, required", "{ output_only: true }", "{ output_only: true, required: true }",
     "66: field Animal.arrival_time: both required and output_only"),
    ("a message of another package's name", "// See WatchAnimals.", "// A meal.\nmessage Meal {}\n// See WatchAnimals.",
     "101: message Meal: gaon/food/v1/food.proto has one of this name too, and both are Gaon__Meal in C"),
    ("a package without a service part", "package gaon.zoo.v1;", "package gaon.zoo;",
     '1: package "gaon.zoo" is not gaon.<service>.<version>'),
]


class Run:
    def __init__(self, protoc, plugin, include):
        self.protoc, self.plugin, self.include = protoc, plugin, include
        self.failures = 0

    def protoc_run(self, root, out):
        command = [self.protoc, f"--plugin=protoc-gen-gaon={self.plugin}", f"-I{root}", f"-I{OPTIONS}", f"-I{self.include}",
                   f"--gaon_out={out}", *PROTOS]
        return subprocess.run(command, capture_output=True, text=True)

    def check(self, name, is_good, detail=""):
        print(("ok    " if is_good else "FAIL  ") + name + ("" if is_good else "\n" + detail))
        self.failures += not is_good

    def golden(self, accept):
        with tempfile.TemporaryDirectory() as out:
            result = self.protoc_run(os.path.join(HERE, "proto"), out)
            self.check("the good proto is accepted without a word", result.returncode == 0 and not result.stderr, result.stderr)
            golden = os.path.join(HERE, "golden")
            if accept:
                shutil.rmtree(golden, ignore_errors=True)
                shutil.copytree(out, golden)
            difference = subprocess.run(["diff", "-ru", golden, out], capture_output=True, text=True)
            self.check("its output is the golden one", difference.returncode == 0, difference.stdout + difference.stderr)

    def broken(self):
        with open(os.path.join(HERE, "proto", ZOO), encoding="utf-8") as file:
            good = file.read()
        for name, old, new, expected in BROKEN:
            self.check(f"{name}: the text to break is there once", good.count(old) == 1, f"found {good.count(old)} times: {old}")
            self.refuses(name, good.replace(old, new), [expected])
        both = good.replace("  // Every change of the animals, as it happens.\n", "").replace('scope: "parent"', 'scope: "x"')
        self.refuses("two faults at once", both,
                     ["28: rpc ZooService.WatchAnimals: no comment",
                      '28: rpc ZooService.WatchAnimals: scope "x" is no string field of WatchAnimalsRequest'])

    def refuses(self, name, text, expected):
        with tempfile.TemporaryDirectory() as root, tempfile.TemporaryDirectory() as out:
            shutil.copytree(os.path.join(HERE, "proto"), root, dirs_exist_ok=True)
            with open(os.path.join(root, ZOO), "w", encoding="utf-8") as file:
                file.write(text)
            result = self.protoc_run(root, out)
            wanted = "--gaon_out: " + "\n".join(f"{ZOO}:{line}" for line in expected)
            self.check(f"{name}: refused with the right words", result.stderr.strip() == wanted and result.returncode != 0,
                       f"  wanted: {wanted}\n  got:    {result.stderr.strip()}")
            self.check(f"{name}: nothing is written", not os.listdir(out))

    def garbage(self):
        for name, data in (("garbage on stdin", b"\xff\xff\xff"), ("a cut request", b"\x7a\x7f\x0a")):
            result = subprocess.run([self.plugin], input=data, capture_output=True)
            self.check(f"{name} is refused", result.returncode == 1 and b"no CodeGeneratorRequest" in result.stderr, str(result))


def main():
    run = Run(*sys.argv[1:4])
    run.golden("--accept" in sys.argv[4:])
    run.broken()
    run.garbage()
    print(f"{run.failures} failures")
    return run.failures != 0


sys.exit(main())
