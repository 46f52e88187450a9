"""The five minutes of README.md, on a real broker: its event, its config, its commands, in its order."""

import json
import os
import pathlib
import re
import signal
import subprocess
import sys
import tempfile
import time
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
EBB = None  # the binary, from the command line


def blocks(language):
    flow = README.split("## Five minutes")[1].split("## Where to go on")[0]
    return re.findall(rf"^```{language}\n(.*?)^```", flow, re.MULTILINE | re.DOTALL)


class ReadmeTest(unittest.TestCase):
    def setUp(self):
        temp = tempfile.TemporaryDirectory(prefix="ebb-readme-")
        self.addCleanup(temp.cleanup)
        self.dir = pathlib.Path(temp.name)
        self.daemon = None
        self.address = None

    def sh(self, line):
        """Runs one line as it stands, and returns what it prints."""
        line = line.replace("127.0.0.1:8080", self.address or "")
        done = subprocess.run(["bash", "-c", f'ebb() {{ "{EBB}" "$@"; }}; {line}'], cwd=self.dir, capture_output=True,
                              text=True, timeout=60, check=False)
        self.assertEqual(done.returncode, 0, f"{line}\n{done.stdout}{done.stderr}")
        return done.stdout

    def start_daemon(self, line):
        self.daemon = subprocess.Popen([EBB, *line.split()[1:]], cwd=self.dir, stderr=subprocess.PIPE, text=True)
        self.addCleanup(self.daemon.stderr.close)
        self.addCleanup(self.daemon.wait)
        self.addCleanup(self.daemon.kill)
        self.address = next(found[1] for log in self.daemon.stderr if (found := re.search(r"HTTP at ([\d.:]+)", log)))

    def until_it_works(self, line):
        until = time.monotonic() + 60
        while True:
            try:
                return self.sh(line)
            except AssertionError:
                if time.monotonic() > until:
                    raise

    def test_five_minutes(self):
        (event,) = [b for b in blocks("json") if "eventId" in b]
        (self.dir / "purchases.jsonl").write_text(json.dumps(json.loads(event)) + "\n")
        (config,) = [b for b in blocks("yaml") if b.startswith("name:")]
        name = f"readme-{time.time_ns()}"
        config = config.replace("name: shop", f"name: {name}").replace("127.0.0.1:9092", os.environ["EBB_TEST_BROKERS"])
        (self.dir / "shop.yaml").write_text(config + 'http: {listen: "127.0.0.1:0"}\n')

        said = {}
        for block in blocks("sh"):
            for line in (text.split(" #")[0].strip() for text in block.splitlines()):
                if line.startswith("ops/") or "--in .data/" in line:
                    continue  # what they need comes over the network
                if line.startswith("ebb run"):
                    self.start_daemon(line)
                elif line.startswith("ebb tail"):
                    said[line] = self.sh(line + " --until-end")
                elif line.startswith("ebb customer"):
                    said[line] = self.until_it_works(line + f" --at {self.address}")
                else:
                    said[line] = self.until_it_works(line) if self.daemon else self.sh(line)
        self.assertEqual(said["ebb send shop.yaml purchases.jsonl"], "1 event sent\n")
        self.assertIn("1 purchase for 129.50 USD", said["ebb customer shop.yaml c00042"])
        self.assertIn("readyz check passed", said["curl 'http://127.0.0.1:8080/readyz?verbose'"])
        self.assertEqual(said["ebb tail shop.yaml dead_letters --from-start"], "")
        self.daemon.send_signal(signal.SIGTERM)
        self.assertEqual(self.daemon.wait(), 0)


if __name__ == "__main__":
    EBB = str(pathlib.Path(sys.argv.pop(1)).resolve())
    sys.exit(unittest.main())
