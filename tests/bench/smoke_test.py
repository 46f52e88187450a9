#!/usr/bin/env python3
"""Each benchmark runs, tiny, and reports what it should. Nothing is timed here.

    tests/bench/smoke_test.py BUILD_DIR        (the broker: EBB_TEST_BROKERS)
"""
import json
import pathlib
import subprocess
import sys
import unittest

HERE = pathlib.Path(__file__).parent
BUILD = sys.argv.pop() if len(sys.argv) > 1 else "build/debug"


def figures(bench, *options):
    run = subprocess.run([sys.executable, "-B", str(HERE / f"{bench}.py"), "--build", BUILD, *options], check=True,
                         stdout=subprocess.PIPE)
    return json.loads(run.stdout.decode().splitlines()[-1])  # a client's warnings may stand before it


class Smoke(unittest.TestCase):
    SMALL = ["--events", "2000", "--customers", "500"]

    def test_throughput(self):
        for keys in ["uniform", "zipf"]:
            got = figures("throughput", *self.SMALL, *(["--zipf"] if keys == "zipf" else []))
            self.assertEqual((got["bench"], got["events"], got["keys"]), ("throughput", 2000, keys))
            self.assertGreater(got["cpu_us_per_event"], 0)

    def test_latency(self):
        got = figures("latency", "--customers", "50", "--rate", "300", "--seconds", "1")
        self.assertEqual(got["missing"], 0)
        self.assertGreater(got["alerts"]["alerts"], 20)
        self.assertGreaterEqual(got["alerts"]["p99_ms"], got["alerts"]["p50_ms"])

    def test_timers(self):
        got = figures("latency", "--customers", "50", "--rate", "300", "--seconds", "3", "--timers", "40")
        self.assertEqual((got["bench"], got["missing"]), ("timers", 0))
        self.assertGreater(got["before_due"]["alerts"], 20)
        self.assertGreater(got["after_due"]["alerts"], 20)

    def test_recovery(self):
        got = figures("recovery", *self.SMALL, "--kills", "2", "--between", "0")
        self.assertEqual(len(got["seconds"]), 2)
        self.assertEqual(got["worst_s"], max(got["seconds"]))

    def test_restore(self):
        got = figures("restore", *self.SMALL)
        self.assertGreaterEqual(got["changelog_records"], 400)

    def test_memory(self):
        got = figures("memory", "--sizes", "100,200")
        self.assertEqual([run["customers"] for run in got["runs"]], [100, 200])


if __name__ == "__main__":
    unittest.main()
