"""The config in ops/kubernetes/ebb.yaml is right, and so are the flags, ports and paths around it."""

import os
import pathlib
import re
import subprocess
import sys
import tempfile
import textwrap
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
MANIFEST = (ROOT / "ops/kubernetes/ebb.yaml").read_text(encoding="utf-8")
EBB = None  # the binary, from the command line


class KubernetesTest(unittest.TestCase):
    def test_its_config_is_right_with_the_pods_name_in_it(self):
        block = re.search(r"^  ebb\.yaml: \|\n((?:    .*\n|\n)+)", MANIFEST, re.MULTILINE)[1]
        with tempfile.TemporaryDirectory() as folder:
            config = pathlib.Path(folder) / "ebb.yaml"
            config.write_text(textwrap.dedent(block))
            env = {**os.environ, "POD_NAME": "ebb-1"}
            show = subprocess.run([EBB, "check", "--show", config], env=env, capture_output=True, text=True,
                                  check=False)
            self.assertEqual(show.returncode, 0, show.stderr)
            self.assertIn("instance: ebb-1", show.stdout)
            self.assertIn('advertise: "ebb-1.ebb:8080"', show.stdout)
            without = subprocess.run([EBB, "check", config], capture_output=True, text=True, check=False,
                                     env={k: v for k, v in os.environ.items() if k != "POD_NAME"})
            self.assertEqual(without.returncode, 78)

    def test_the_parts_agree(self):
        self.assertEqual(set(re.findall(r"containerPort: (\d+)|[ {]port: (\d+),|listen: [\d.]+:(\d+)", MANIFEST)),
                         {("8080", "", ""), ("", "8080", ""), ("", "", "8080")})
        self.assertIn("mountPath: /var/lib/ebb}", MANIFEST)
        self.assertIn("dir: /var/lib/ebb/state", MANIFEST)
        self.assertEqual(MANIFEST.count("path: /etc/ebb"), 0)
        self.assertEqual(len(re.findall(r"mountPath: /etc/ebb,", MANIFEST)), 2)


if __name__ == "__main__":
    EBB = str(pathlib.Path(sys.argv.pop(1)).resolve())
    sys.exit(unittest.main())
