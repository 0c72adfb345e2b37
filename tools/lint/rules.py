# SPDX-License-Identifier: Apache-2.0
"""The rules that look at one file at a time."""
import re

from source import below, line_of

# clang-format aims at 120 columns; it leaves strings, comments and hand-laid tables longer, hence the margin to 140.
FILE_LINES, FUNCTION_LINES, NESTING, COLUMNS = 500, 60, 4, 140
LICENSED = re.compile(r"(\.(c|h|cc|S|py|sh|cmake|proto|yaml|yml|conf|service)|/CMakeLists\.txt|^CMakeLists\.txt)$")
LICENSE = "SPDX-License-Identifier: Apache-2.0"
LEFTOVER = re.compile(r"\b(TO" + r"DO|FIX" + r"ME|XX" + r"X|HA" + r"CK)\b")
# Folders that are somebody's own machine, never a place that an installed program knows.
PRIVATE_PATH = re.compile(r"(?<![\w.$}/*-])/(home|root|Users|workspace|work|mnt)/[A-Za-z.]")
HAND_WRITTEN = re.compile(r"\.(c|h|cc|py|sh|cmake)$")
GOLDEN = "/golden/"


def check_file(source, banned, report):
    is_script = source.lines[0].startswith("#!")
    if LICENSED.search(source.path) or is_script:
        if not any(LICENSE in line for line in source.lines[:3]) and GOLDEN not in source.path:
            report(source.path, 1, "license", f"no line \"{LICENSE}\" at the top")
    for number, line in enumerate(source.lines, 1):
        match = LEFTOVER.search(line)
        if match and source.path != "LICENSE":
            report(source.path, number, "leftover", f"{match.group(1)}: finish it, or open an issue", match.group(1))
        match = PRIVATE_PATH.search(line)
        if match:
            report(source.path, number, "private-path", f"{match.group(0)}… is a path of one machine", match.group(0))
    if (HAND_WRITTEN.search(source.path) or is_script) and GOLDEN not in source.path:
        check_text(source, report)
    if source.is_c and GOLDEN not in source.path:
        check_banned(source, banned, report)
        for function in functions(source.code):
            check_function(source, function, report)


def check_text(source, report):
    count = len(source.lines) - (source.lines[-1] == "")
    if count > FILE_LINES:
        report(source.path, FILE_LINES + 1, "file-size", f"{count} lines; more than {FILE_LINES}: tell two stories in two files")
    if source.lines[-1] != "":
        report(source.path, len(source.lines), "style", "no newline at the end")
    for number, line in enumerate(source.lines, 1):
        if line != line.rstrip():
            report(source.path, number, "style", "blanks at the end of the line")
        if source.is_c and len(line.expandtabs(8)) > COLUMNS:
            report(source.path, number, "style", f"more than {COLUMNS} columns")
        if source.is_c and re.match(r" {8}(?! *\\$)", line):
            report(source.path, number, "style", "indented with blanks; use tabs")


def read_banned(text):
    banned = {}
    for line in text.split("\n"):
        if not line.strip() or line.startswith("#"):
            continue
        names, where, instead = (part.strip() for part in line.split("|"))
        for name in names.split():
            banned[name] = ([] if where == "-" else where.split(), instead)
    return banned


def check_banned(source, banned, report):
    # `.free(` and `->free(` are members; `free_list(` is another word; a declaration of ours would be a clash anyway.
    for match in re.finditer(r"(?<![\w.>])([a-z_0-9]+)\s*\(", source.code):
        name = match.group(1)
        if name not in banned:
            continue
        where, instead = banned[name]
        if not any(below(source.path, path) for path in where):
            report(source.path, line_of(source.code, match.start()), "banned", f"{name}: {instead}", name)


def functions(code):
    """Yields (name, first line, last line, deepest nesting) of each function body in blanked C."""
    code = re.sub(r"^[ \t]*#(?:[^\n]*\\\n)*[^\n]*", lambda m: re.sub(r"[^\n]", " ", m.group(0)), code, flags=re.M)
    stack, name, start, deepest = [], None, 0, 0
    for match in re.finditer(r"[{}]", code):
        if match.group(0) == "{":
            before = code[:match.start()].rstrip()
            is_block = before.endswith((")", ";", "{", "}", ":")) or re.search(r"\b(else|do)$", before) is not None
            if not stack and before.endswith(")"):
                name, start, deepest = function_name(before), line_of(code, match.start()), 0
                stack.append("function")
                continue
            stack.append("block" if is_block else "other")
            deepest = max(deepest, stack.count("block"))
        elif stack:
            if stack.pop() == "function":
                yield name, start, line_of(code, match.start()), deepest


def function_name(before):
    depth = 0
    for i in range(len(before) - 1, -1, -1):
        depth += (before[i] == ")") - (before[i] == "(")
        if depth == 0:
            match = re.search(r"(\w+)\s*$", before[:i])
            return match.group(1) if match else "?"
    return "?"


def check_function(source, function, report):
    name, start, end, deepest = function
    size = end - start - 1
    if size > FUNCTION_LINES:
        report(source.path, start, "function-size", f"{name}: {size} lines; more than {FUNCTION_LINES}", name)
    if deepest > NESTING:
        report(source.path, start, "nesting", f"{name}: {deepest} blocks deep; more than {NESTING}", name)
