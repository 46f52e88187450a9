"""The table of docs/customer.md says what `ebb concepts` says, row by row."""

import json
import pathlib
import re
import subprocess
import sys
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
EBB = None  # the binary, from the command line


def rows_of_the_page():
    page = (ROOT / "docs/customer.md").read_text(encoding="utf-8")
    for line in page.splitlines():
        if re.match(r"\| [A-Z]\d+ ", line):
            first, config, says, report, tests = (cell.strip() for cell in line.strip("|").split("|"))
            row, name = first.split(" ", 1)
            named = re.findall(r"`[\w.]+`", tests)
            missing = tests[tests.rindex(named[-1]) + len(named[-1]):].lstrip(". ")
            yield {"row": row, "name": name, "config": config.replace("`", ""), "alert": says.replace("`", ""),
                   "report": report, "tests": ", ".join(named).replace("`", ""), "missing": missing}


class ConceptsTest(unittest.TestCase):
    def test_the_page_and_the_program_say_the_same(self):
        said = json.loads(subprocess.run([EBB, "concepts", "--json"], capture_output=True, check=True).stdout)
        self.assertEqual(len(said), 45)
        for page, program in zip(rows_of_the_page(), said, strict=True):
            self.assertEqual(page, program)

    def test_the_text_has_every_row_with_its_test(self):
        text = subprocess.run([EBB, "concepts"], capture_output=True, text=True, check=True).stdout
        self.assertEqual(len(re.findall(r"^[VSCLW]\d+ ", text, re.MULTILINE)), 45)
        self.assertEqual(text.count("     test    "), 45)


if __name__ == "__main__":
    EBB = str(pathlib.Path(sys.argv.pop(1)).resolve())
    sys.exit(unittest.main())
