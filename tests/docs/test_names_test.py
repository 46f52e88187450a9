"""docs/exactly-once.md and docs/customer.md name tests that exist, and each row of the catalogue has one."""

import pathlib
import re
import sys
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]


# The catalogue's rows: 11 on value, 8 on satisfaction, 8 on complaints, 10 on loyalty, 8 on worth.
ROWS = [f"{group}{n}" for group, count in (("V", 11), ("S", 8), ("C", 8), ("L", 10), ("W", 8))
        for n in range(1, count + 1)]


def tests_in_cc():
    there = set()
    for path in (ROOT / "tests").rglob("*.cc"):
        text = path.read_text(encoding="utf-8")
        there |= {".".join(name) for name in re.findall(r"\bTEST(?:_[FP])?\(\s*(\w+),\s*(\w+)\)", text)}
    return there


class TestNamesTest(unittest.TestCase):
    def test_each_test_exists(self):
        there = tests_in_cc()
        page = (ROOT / "docs/exactly-once.md").read_text(encoding="utf-8")
        named = set(re.findall(r"`([A-Z]\w+\.[A-Z]\w+)`", page))
        self.assertTrue(named)
        self.assertEqual(named - there, set())

    def test_each_row_of_the_catalogue_has_a_test_named_after_it(self):
        there = tests_in_cc()
        for path in (ROOT / "tests/catalogue").glob("*.py"):
            there |= set(re.findall(r"def (?:test_)?(\w+)\(", path.read_text(encoding="utf-8")))
        page = (ROOT / "docs/customer.md").read_text(encoding="utf-8")
        tests = {}
        for line in page.splitlines():
            row = re.match(r"\| ([A-Z]\d+) .*\| ([^|]+) \|$", line)
            if row:
                tests[row[1]] = re.findall(r"`([\w.]+)`", row[2])
        self.assertEqual(list(tests), ROWS)
        for row, names in tests.items():
            self.assertTrue(any(name.startswith(row + "_") for name in names), f"{row}: {names}")
            self.assertEqual(set(names) - there, set(), row)


if __name__ == "__main__":
    sys.exit(unittest.main())
