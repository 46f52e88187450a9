"""Command lines in README.md, docs/ and the help texts name commands and options that there are."""

import pathlib
import re
import subprocess
import sys
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
PAGES = [ROOT / "README.md", ROOT / "ARCHITECTURE.md", *sorted((ROOT / "docs").glob("*.md"))]
EBB = None  # the binary, from the command line


def help_of(*command):
    return subprocess.run([EBB, *command, "--help"], capture_output=True, text=True, check=True).stdout


def commands():
    """The commands with the options of each, as the help says."""
    listed = help_of().split("Subcommands:\n")[1].split("\n\n")[0]
    names = re.findall(r"^  (\w+)", listed, re.MULTILINE)
    return {name: set(re.findall(r"--[a-z][a-z-]*", help_of(name).split("Options:\n")[1].split("\n\n")[0]))
            for name in names}


def lines_with_ebb():
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        for block in re.findall(r"^```sh\n(.*?)^```", text, re.MULTILINE | re.DOTALL):
            for line in block.splitlines():
                yield page.name, line.split("#")[0]
        for span in re.findall(r"`((?:build/release/)?ebb [^`]+)`", text):
            yield page.name, span


class CommandsTest(unittest.TestCase):
    def setUp(self):
        self.known = commands()
        self.assertIn("run", self.known)
        self.assertIn("--until-end", self.known["run"])

    def check(self, where, line):
        count = 0
        for call in re.split(r"\||&&|;", line):
            words = call.split()
            if not words or not re.fullmatch(r"(?:build/release/)?ebb", words[0]) or len(words) < 2:
                continue
            command = words[1]
            if command.startswith("--") or command == "COMMAND":
                continue
            self.assertIn(command, self.known, f"{where}: {line}")
            for option in (w.split("=")[0].strip("[]") for w in words[2:] if w.strip("[").startswith("--")):
                self.assertIn(option, self.known[command] | {"--help"}, f"{where}: {line}")
            count += 1
        return count

    def test_docs(self):
        self.assertGreater(sum(self.check(page, line) for page, line in lines_with_ebb()), 40)

    def test_help_texts(self):
        for name in self.known:
            text = help_of(name)
            # An example stands alone, or with a remark two blanks behind it.
            examples = [re.split(r"\s{2,}", line.strip())[0] for line in text.splitlines()
                        if line.startswith("  ebb ")]
            self.assertTrue(examples, f"{name} has no example")
            self.assertGreaterEqual(sum(self.check(f"ebb {name} --help", e) for e in examples), len(examples))
            self.assertNotIn("\n\n\n", text, name)


if __name__ == "__main__":
    EBB = str(pathlib.Path(sys.argv.pop(1)).resolve())
    sys.exit(unittest.main())
