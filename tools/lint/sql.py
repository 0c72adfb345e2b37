# SPDX-License-Identifier: Apache-2.0
"""SQL that SQLite and PostgreSQL understand alike: schema steps, and the statements in C outside the drivers."""
import re

from source import below, line_of

DRIVERS = ["server/store", "tests", "tools"]
LITERALS = re.compile(r'"(?:\\.|[^"\\\n])*"(?:\s*"(?:\\.|[^"\\\n])*")*')
STATEMENT = re.compile(r"\s*(SELECT|INSERT INTO|INSERT OR|UPDATE|DELETE FROM|WITH|CREATE|ALTER TABLE|DROP)\s")
RULES = [
    (r"\bINSERT OR\b|\bREPLACE INTO\b", "ON CONFLICT says the same in both"),
    (r"\bAUTOINCREMENT\b|\bSERIAL\b|\browid\b", "ids are ours; no engine makes them"),
    (r"\b(INTEGER|INT|SMALLINT|REAL|DOUBLE|FLOAT|NUMERIC|DECIMAL|BOOLEAN|VARCHAR|CHAR|JSON|JSONB|UUID|DATETIME|TIMESTAMP|DATE|BYTEA)\b",
     "columns and casts are TEXT, BIGINT or BLOB"),
    (r"\b(IFNULL|IIF|strftime|datetime|julianday|unixepoch|group_concat|last_insert_rowid|changes|total|typeof|instr|printf|"
     r"random|hex|quote|json_\w+|now|to_char|date_trunc|string_agg|greatest|least|gen_random_uuid)\s*\(",
     "a function that only one of the two has"),
    (r"\b(MAX|MIN)\s*\([^()]*,", "MAX and MIN of two values are SQLite's alone: use CASE"),
    (r"\b(GLOB|ILIKE|REGEXP|MATCH|PRAGMA|FOR UPDATE|NOCASE)\b", "only one of the two has it"),
    (r"\b(TRUE|FALSE)\b", "truth is 0 or 1 in a BIGINT"),
    (r"::|==", "only one of the two understands it"),
    (r"\?", "parameters are $1, $2 …"),
    (r'\\?"', "double quotes: names need none, texts take single ones"),
    (r"\bLIMIT\s+\S+\s*,", "LIMIT n OFFSET m"),
]
COMPILED = [(re.compile(pattern, re.I), why) for pattern, why in RULES]


def statements(source):
    """(offset, SQL) with comments gone and quoted texts emptied."""
    if source.path.endswith(".sql"):
        yield 0, source.text
    elif source.is_c and not any(below(source.path, path) for path in DRIVERS):
        for match in LITERALS.finditer(source.text):
            text = re.sub(r'"\s*"', lambda m: "\n" * m.group(0).count("\n"), match.group(0)[1:-1])
            if STATEMENT.match(text):
                yield match.start(), text


def check(source, report):
    for offset, text in statements(source):
        plain = re.sub(r"--[^\n]*", "", text)
        plain = re.sub(r"'(?:[^']|'')*'", "''", plain)
        for pattern, why in COMPILED:
            match = pattern.search(plain)
            if match:
                line = line_of(source.text, offset) + plain.count("\n", 0, match.start())
                report(source.path, line, "sql", f"{match.group(0).strip()}: {why}", match.group(0).strip())
