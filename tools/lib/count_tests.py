#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""count_tests LOG REPORT…: reads ctest's JUnit reports, prints what failed and was skipped, ends with "N passed, N failed, N skipped".

A cmocka program counts each of its tests, any other program counts as one. Exit 1 when something failed or nothing ran.
"""
import re
import sys
import xml.etree.ElementTree as xml

CMOCKA = {
    "passed": re.compile(r"^\[  PASSED  \] (\d+) test", re.M),
    "failed": re.compile(r"^\[  FAILED  \] .*?: (\d+) test", re.M),
    "skipped": re.compile(r"^\[  SKIPPED \] .*?: (\d+) test", re.M),
}
# What a suite of faults says in the end is its result: it is shown.
SUMMARY = re.compile(r"orphans \d+, duplicates \d+, stuck \d+$")


def count(case):
    """What one program contributes: passed, failed, skipped."""
    output = case.findtext("system-out") or ""
    inside = {word: sum(int(n) for n in found.findall(output)) for word, found in CMOCKA.items()}
    status = case.get("status")
    if status == "notrun" or case.find("skipped") is not None:
        return 0, 0, 1
    if status != "run":
        return inside["passed"], max(inside["failed"], 1), inside["skipped"]
    return max(inside["passed"], 0 if inside["skipped"] else 1), 0, inside["skipped"]


def read(log, reports):
    """The test programs of all the reports, of one that ran twice the later; None when a report is missing or broken: a suite that left
    no report did not pass."""
    cases = {}
    for report in reports:
        try:
            cases.update((case.get("name"), case) for case in xml.parse(report).getroot().iter("testcase"))
        except (OSError, xml.ParseError) as problem:
            print(f"the test report {report} cannot be read ({problem}); see {log}")
            return None
    return [cases[name] for name in sorted(cases)]


def main():
    total = [0, 0, 0]
    cases = read(sys.argv[1], sys.argv[2:])
    if cases is None:
        print("0 passed, 1 failed, 0 skipped")
        return 1
    for case in cases:
        numbers = count(case)
        total = [a + b for a, b in zip(total, numbers)]
        word = "FAILED " if numbers[1] else "skipped" if numbers[2] and not numbers[0] else "passed "
        print(f"{word} {case.get('name'):<44} {numbers[0]:>4} passed {float(case.get('time') or 0):8.1f} s")
        output = case.findtext("system-out") or ""
        for line in output.splitlines():
            if line.startswith("SKIP:") or SUMMARY.search(line):
                print(f"        {line}")
        if numbers[1]:
            print("\n".join("        " + line for line in output.splitlines()[-60:]))
    print(f"{total[0]} passed, {total[1]} failed, {total[2]} skipped")
    return 1 if total[1] or not total[0] else 0


if __name__ == "__main__":
    sys.exit(main())
