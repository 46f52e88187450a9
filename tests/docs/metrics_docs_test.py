"""docs/metrics.md names every metric of the code, and no other."""

import pathlib
import re
import sys
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
HISTOGRAM_SUFFIX = re.compile(r"_(bucket|sum|count)$")


class MetricsDocsTest(unittest.TestCase):
    def setUp(self):
        code = "".join((ROOT / file).read_text(encoding="utf-8")
                       for file in ("engine/core/metrics.cc", "engine/app/process_metrics.cc"))
        text = (ROOT / "docs/metrics.md").read_text(encoding="utf-8")
        self.in_code = set(re.findall(r'"(ebb_[a-z0-9_]+)"', code))
        self.in_tables = set(re.findall(r"^\| `(ebb_[a-z0-9_]+)` \|", text, re.MULTILINE))
        self.anywhere = set(re.findall(r"\bebb_[a-z0-9_]+", text))

    def test_each_metric_has_a_line(self):
        self.assertTrue(self.in_code)
        self.assertEqual(self.in_code - self.in_tables, set())

    def test_each_name_is_a_metric(self):
        named = {HISTOGRAM_SUFFIX.sub("", name) for name in self.anywhere}
        self.assertEqual(named - self.in_code, set())


if __name__ == "__main__":
    sys.exit(unittest.main())
