# SPDX-License-Identifier: Apache-2.0
"""The part of OData's $filter that Prism Central's v4 has: eq ne, and or not, contains startswith endswith, any(x:x/…)."""
import re

TOKEN = re.compile(r"\s*(?:([A-Za-z_$][\w.$]*)?'((?:[^']|'')*)'|(-?\d+(?:\.\d+)?)|([A-Za-z_$][\w./$]*)|([():,]))")


class BadFilter(Exception):
    pass


def tokens(text):
    at, found = 0, []
    while text[at:].strip():
        match = TOKEN.match(text, at)
        if not match:
            raise BadFilter("cannot read the filter at %r" % text[at:at + 20])
        _, quoted, number, word, sign = match.groups()
        if quoted is not None:
            found.append(("value", quoted.replace("''", "'")))
        elif number is not None:
            found.append(("value", float(number)))
        elif word in ("true", "false", "null"):
            found.append(("value", {"true": True, "false": False, "null": None}[word]))
        else:
            found.append(("word", word) if word else ("sign", sign))
        at = match.end()
    return found


class Parser:
    """Makes a function of (row, names) of a filter; `fields` are those that may be filtered by."""

    def __init__(self, text, fields):
        self.list, self.at, self.fields = tokens(text), 0, fields

    def peek(self, kind=None, text=None):
        if self.at >= len(self.list):
            return False
        token = self.list[self.at]
        return (kind is None or token[0] == kind) and (text is None or token[1] == text)

    def take(self, kind, text=None):
        if not self.peek(kind, text):
            raise BadFilter("the filter wants %s at its token %d" % (text or kind, self.at))
        self.at += 1
        return self.list[self.at - 1][1]

    def whole(self):
        test = self.either({})
        if self.at != len(self.list):
            raise BadFilter("the filter goes on after its end")
        return lambda row: bool(test(row, {}))

    def either(self, scope):
        left = self.both(scope)
        while self.peek("word", "or"):
            self.take("word")
            left = (lambda a, b: lambda row, names: a(row, names) or b(row, names))(left, self.both(scope))
        return left

    def both(self, scope):
        left = self.one(scope)
        while self.peek("word", "and"):
            self.take("word")
            left = (lambda a, b: lambda row, names: a(row, names) and b(row, names))(left, self.one(scope))
        return left

    def one(self, scope):
        if self.peek("word", "not"):
            self.take("word")
            test = self.one(scope)
            return lambda row, names: not test(row, names)
        if self.peek("sign", "("):
            self.take("sign")
            test = self.either(scope)
            self.take("sign", ")")
            return test
        word = self.take("word")
        if word in ("contains", "startswith", "endswith"):
            return self.function(word, scope)
        if word.endswith("/any") and self.peek("sign", "("):
            return self.lambda_(word[:-4], scope)
        return self.comparison(self.path(word, scope))

    def path(self, word, scope):
        parts = word.split("/")
        if parts[0] not in scope and word not in self.fields and parts[0] not in self.fields:
            raise BadFilter("%s cannot be filtered by" % word)

        def read(row, names):
            value = names[parts[0]] if parts[0] in names else row
            for part in parts[1:] if parts[0] in names else parts:
                value = value.get(part) if isinstance(value, dict) else None
            return value

        return read

    def comparison(self, read):
        operator = self.take("word")
        value = self.take("value")
        if operator not in ("eq", "ne"):
            raise BadFilter("there is no operator %s here" % operator)
        return lambda row, names: (read(row, names) == value) == (operator == "eq")

    def function(self, name, scope):
        self.take("sign", "(")
        read = self.path(self.take("word"), scope)
        self.take("sign", ",")
        value = self.take("value")
        self.take("sign", ")")
        test = {"contains": lambda text: value in text, "startswith": lambda text: text.startswith(value),
                "endswith": lambda text: text.endswith(value)}[name]
        return lambda row, names: test(read(row, names) or "")

    def lambda_(self, collection, scope):
        read = self.path(collection, scope)
        self.take("sign", "(")
        name = self.take("word")
        self.take("sign", ":")
        test = self.either(dict(scope, **{name: True}))
        self.take("sign", ")")
        return lambda row, names: any(test(row, dict(names, **{name: item})) for item in read(row, names) or [])


def matcher(text, fields):
    return Parser(text, fields).whole() if text else lambda row: True
