"""Links between README.md, ARCHITECTURE.md and docs/ lead somewhere: the file is there, and so is the heading."""

import pathlib
import re
import sys
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
PAGES = [ROOT / "README.md", ROOT / "ARCHITECTURE.md", *sorted((ROOT / "docs").glob("*.md"))]


def anchors(page):
    headings = re.findall(r"^#+ (.*)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", h.lower()).strip().replace(" ", "-") for h in headings}


class LinksTest(unittest.TestCase):
    def test_every_link_leads_somewhere(self):
        known = {page: anchors(page) for page in PAGES}
        dead = []
        seen = 0
        for page in PAGES:
            for target in re.findall(r"\]\(([^)\s]+)\)", page.read_text(encoding="utf-8")):
                if "://" in target:
                    continue
                seen += 1
                file, _, anchor = target.partition("#")
                there = (page.parent / file).resolve() if file else page
                if not there.exists() or (anchor and anchor not in known.get(there, set())):
                    dead.append(f"{page.name}: {target}")
        self.assertGreater(seen, 30)
        self.assertEqual(dead, [])


if __name__ == "__main__":
    sys.exit(unittest.main())
