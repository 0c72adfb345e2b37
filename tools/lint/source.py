# SPDX-License-Identifier: Apache-2.0
"""Sources as the rules read them: text, and C without comments and literals."""
import os
import re
import subprocess


class Source:
    def __init__(self, path, text):
        self.path = path
        self.text = text
        self.lines = text.split("\n")
        self._code = None

    @property
    def is_c(self):
        return self.path.endswith((".c", ".h"))

    @property
    def code(self):
        """The text with comments and the insides of literals blanked; line numbers stay."""
        if self._code is None:
            self._code = blank(self.text)
        return self._code


TOKEN = re.compile(r'//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', re.S)


def blank(text):
    def space(match):
        token = match.group(0)
        if token[0] == "/":
            return re.sub(r"[^\n]", " ", token)
        return token[0] + re.sub(r"[^\n]", " ", token[1:-1]) + token[-1]

    return TOKEN.sub(space, text)


def line_of(text, offset):
    return text.count("\n", 0, offset) + 1


def read_tree(root):
    """Every file that git knows or would take, as text; binary files are left out."""
    listed = subprocess.run(["git", "-C", root, "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
                            capture_output=True, text=True, check=True).stdout
    sources = []
    for path in sorted(filter(None, listed.split("\0"))):
        full = os.path.join(root, path)
        if not os.path.isfile(full) or os.path.islink(full):
            continue
        with open(full, "rb") as file:
            data = file.read()
        if b"\0" not in data[:8192]:
            sources.append(Source(path, data.decode("utf-8", "replace")))
    return sources


def below(path, prefix):
    """`a/b` is below `a` and below itself; `a/*` is any folder of a, and what is in it."""
    want, have = prefix.split("/"), path.split("/")
    if "*" in want and len(have) <= len(want):
        return False
    return len(have) >= len(want) and all(w in ("*", h) for w, h in zip(want, have))
