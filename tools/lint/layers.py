# SPDX-License-Identifier: Apache-2.0
"""Who may include whom: layers.txt, held against every #include."""
import re

from source import below

INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*([<"])([^>"]+)[>"]', re.M)
GENERATED = {".pb-c.h": "stubs", ".gaon.h": "stubs", ".handlers.h": "handlers", ".client.h": "client-stubs"}


class Layers:
    def __init__(self, text):
        self.rooms, self.may, self.headers = [], {}, []
        for number, line in enumerate(text.split("\n"), 1):
            words = line.split("#")[0].split()
            if not words:
                continue
            kind, rest = words[0], words[1:]
            if kind == "room":
                self.rooms += [(path, rest[0]) for path in rest[1:]]
            elif kind == "may":
                self.may.setdefault(rest[0], []).extend(rest[1:])
            elif kind == "header":
                self.headers.append((rest[0], rest[1], rest[2:]))
            else:
                raise ValueError(f"layers.txt:{number}: unknown word {kind}")
        names = {name for _, name in self.rooms}
        unknown = [name for name in self.may if name not in names]
        if unknown:
            raise ValueError(f"layers.txt: `may` of a room that is not there: {unknown[0]}")

    def room_of(self, path):
        """(room, folder): two kinds of provider are the same room in two folders."""
        found = [(prefix, name) for prefix, name in self.rooms if below(path, prefix)]
        if not found:
            return None, None
        prefix, name = max(found, key=lambda pair: len(pair[0].split("/")))
        return name, "/".join(path.split("/")[:len(prefix.split("/"))])

    def target_of(self, header, known):
        """(room, folder) of an included header, or (None, vendor row), or nothing for libc."""
        for prefix, package, rooms in self.headers:
            if header.startswith(prefix) and not (prefix == "grpc/" and header.endswith(".pb-c.h")):
                return None, (prefix, package, rooms)
        for ending, kind in GENERATED.items():
            if header.endswith(ending):
                parts = header.split("/")
                return f"{kind}/{parts[1] if parts[0] == 'gaon' else 'vendor'}", None
        if header == "gaon/permissions.h":
            return "stubs/permissions", None
        if header.startswith("gaon/"):
            return self.room_of("client/include/" + header)
        return self.room_of(header) if header in known else (None, None)

    def allows(self, room, target, header):
        if room == "iam" and target == "stubs/permissions":
            return True
        for allowed in self.may.get(room, []):
            name, _, only = allowed.partition(":")
            if name in ("*", target) or (name.endswith("/*") and target.startswith(name[:-1])):
                if not only or only == header:
                    return True
        return False


def check(sources, layers, packages, report):
    known = {source.path for source in sources}
    for source in filter(lambda s: s.is_c, sources):
        room, folder = layers.room_of(source.path)
        for match in INCLUDE.finditer(source.text):
            line = source.text.count("\n", 0, match.start()) + 1
            header = match.group(2)
            check_include(source, line, header, (room, folder), layers, known, packages, report)


def check_include(source, line, header, place, layers, known, packages, report):
    room, folder = place
    target, detail = layers.target_of(header, known)
    if target is None and detail:
        prefix, package, rooms = detail
        if room not in rooms:
            report(source.path, line, "layers", f"<{header}> belongs to {', '.join(rooms)}; {room} asks that room instead", header)
        if package not in packages:
            report(source.path, line, "packages", f"<{header}> comes from {package}, which tools/packages.txt does not name", package)
        return
    if target is None or room is None or (target == room and detail == folder):
        return
    if not layers.allows(room, target, header):
        report(source.path, line, "layers", f"{room} may not include \"{header}\" of {target} (tools/lint/layers.txt)", header)
