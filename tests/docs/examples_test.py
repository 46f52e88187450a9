"""The examples in README.md and docs/ are what they say: events are taken, whole configs are right."""

import json
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
EBB = None  # the binary, from the command line

REPLAY_CONFIG = """\
name: examples
partitions: 1
log: {embedded: {}}
sources: {events: }
"""


def blocks(language):
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        for block in re.findall(rf"^```{language}\n(.*?)^```", text, re.MULTILINE | re.DOTALL):
            yield page.name, block


def ebb(*args, cwd):
    return subprocess.run([EBB, *args], cwd=cwd, capture_output=True, text=True, check=False)


class ExamplesTest(unittest.TestCase):
    def setUp(self):
        temp = tempfile.TemporaryDirectory()
        self.addCleanup(temp.cleanup)
        self.dir = pathlib.Path(temp.name)

    def test_events_are_taken(self):
        events = [json.loads(block) for _, block in blocks("json")]
        events = [event for event in events if "eventId" in event]
        bodies = {"purchase", "feedback", "survey", "profile", "erasure", "offer", "fulfilment"}
        self.assertEqual(bodies, {body for event in events for body in bodies & event.keys()})
        (self.dir / "in").mkdir()
        (self.dir / "in" / "events.jsonl").write_text("".join(json.dumps(e) + "\n" for e in events))
        (self.dir / "ebb.yaml").write_text(REPLAY_CONFIG)
        replay = ebb("replay", "ebb.yaml", "--in", "in", "--out", "out", cwd=self.dir)
        self.assertEqual(replay.returncode, 0, replay.stderr)
        self.assertEqual((self.dir / "out" / "dead_letters.jsonl").read_text(), "")

    def test_whole_configs_are_right(self):
        configs = [block for block in blocks("yaml") if re.search(r"^name:", block[1], re.MULTILINE)]
        self.assertTrue(configs)
        for page, block in configs:
            (self.dir / "ebb.yaml").write_text(block)
            check = ebb("check", "ebb.yaml", cwd=self.dir)
            self.assertEqual(check.returncode, 0, f"{page}:\n{block}\n{check.stdout}{check.stderr}")

    def test_operators_have_the_parameters_that_are_documented(self):
        text = (ROOT / "docs" / "config.md").read_text(encoding="utf-8")
        documented = {}
        operator = sub = ""
        for line in text[text.index("\n## Operators"):].splitlines():
            if line.startswith("### "):
                operator, sub = line[4:], ""
                documented[operator, sub] = set()
            elif line.startswith("| key"):
                sub = "".join(re.findall(r"`(\w+)`", line))
                documented.setdefault((operator, sub), set())
            elif line.startswith("| `"):
                documented[operator, sub] |= set(re.findall(r"`(\w+)`", line.split("|")[1]))
        registry = (ROOT / "operators" / "registry.cc").read_text(encoding="utf-8")
        registered = set(re.findall(r"^  X\((\w+)\)", registry, re.MULTILINE))
        self.assertEqual({operator for operator, _ in documented}, registered)
        for (operator, sub), keys in documented.items():
            wrong = f"{sub}: {{zzzzzzzzzz: 1}}" if sub else "zzzzzzzzzz: 1"
            graph = f"graph: {{it: {{op: {operator}, from: events, {wrong}}}}}\n"
            (self.dir / "ebb.yaml").write_text(REPLAY_CONFIG + graph)
            check = ebb("check", "ebb.yaml", cwd=self.dir)
            self.assertEqual(check.returncode, 78)
            known = re.search(r"zzzzzzzzzz.*known keys: ([\w, ]+)", check.stdout + check.stderr)
            self.assertIsNotNone(known, check.stdout + check.stderr)
            self.assertEqual(keys, set(known[1].split(", ")) - {"op", "from"}, f"{operator}.{sub}")


if __name__ == "__main__":
    EBB = pathlib.Path(sys.argv.pop(1)).resolve()
    sys.exit(unittest.main())
