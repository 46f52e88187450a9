"""docs/exactly-once.md names tests that exist."""

import pathlib
import re
import sys
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]


class TestNamesTest(unittest.TestCase):
    def test_each_test_exists(self):
        there = set()
        for path in (ROOT / "tests").rglob("*.cc"):
            text = path.read_text(encoding="utf-8")
            there |= {".".join(name) for name in re.findall(r"\bTEST(?:_[FP])?\(\s*(\w+),\s*(\w+)\)", text)}
        page = (ROOT / "docs/exactly-once.md").read_text(encoding="utf-8")
        named = set(re.findall(r"`([A-Z]\w+\.[A-Z]\w+)`", page))
        self.assertTrue(named)
        self.assertEqual(named - there, set())


if __name__ == "__main__":
    sys.exit(unittest.main())
