"""A small shop for end-to-end tests: its history, its config on any log, and what Ebb made of it."""

import contextlib
import json
import os
import pathlib
import re
import signal
import subprocess
import tempfile
import time

SOURCES = ("purchases", "feedback", "surveys", "profiles")
RUN_TIMEOUT_S = 120

# Small epochs, so that there are many moments to be killed at; and what customers have in common, which is
# killed like all else.
CONFIG = """\
name: {name}
log: {log}
sources: {{purchases: , feedback: , surveys: , profiles: }}
partitions: {partitions}
graph:
  preset: default
  segments: {{from: [dedupe, churn_risk]}}
  alert_policy: {{from: [churn_risk, segments], capacity_per_day: 8}}
  requests: {{from: [churn_risk, segments], capacity_per_day: 8}}
time: {{advance: events}}
engine: {{workers: {workers}, epoch_interval: 10ms, epoch_max_records: 40}}
state: {{dir: {dir}/state}}
http: off
"""

# Somewhere in the middle of the history: no JSON; no customer; a currency without a rate.
SPOILED = (
    "this is no event",
    '{"eventId": "spoiled-1", "eventTime": "2024-02-01T00:00:00Z", '
    '"purchase": {"amount": {"currencyCode": "USD", "minorUnits": "100"}}}',
    '{"eventId": "spoiled-2", "customerId": "c00007", "eventTime": "2024-02-01T00:00:00Z", '
    '"purchase": {"amount": {"currencyCode": "CHF", "minorUnits": "100"}}}',
)


class Ebb:
    """The binary under test."""

    def __init__(self, path):
        self.path = pathlib.Path(path).resolve()

    def __call__(self, *args, crash_at=None):
        env = {name: value for name, value in os.environ.items() if name != "EBB_CRASH_AT"}
        if crash_at:
            env["EBB_CRASH_AT"] = crash_at
        return subprocess.run([self.path, *map(str, args)], env=env, capture_output=True, text=True,
                              timeout=RUN_TIMEOUT_S, check=False)

    def must(self, *args):
        done = self(*args)
        if done.returncode != 0:
            raise AssertionError(f"ebb {' '.join(map(str, args))}: exit {done.returncode}\n{done.stderr}")
        return done


def unique_name():
    return f"e2e-{time.time_ns()}-{os.getpid()}"


def brokers():
    """Of the real broker, which must be there for tests of the label kafka."""
    return os.environ["EBB_TEST_BROKERS"]


@contextlib.contextmanager
def history(ebb, customers, days):
    """A folder with a shop's history, in which a few records can't be used."""
    with tempfile.TemporaryDirectory(prefix="ebb-e2e-") as temp:
        folder = pathlib.Path(temp)
        ebb.must("gen", "--out", folder, "--customers", customers, "--days", days, "--start", "2024-01-01")
        purchases = (folder / "purchases.jsonl").read_text().splitlines()
        for i, line in enumerate(SPOILED):
            purchases.insert((i + 1) * len(purchases) // 4, line)
        (folder / "purchases.jsonl").write_text("".join(line + "\n" for line in purchases))
        yield folder


class Shop:
    """A config in a folder of its own, with everything that belongs to it."""

    def __init__(self, ebb, folder, log, name="shop", partitions=4, workers=2, more=""):
        self.ebb = ebb
        self.name = name
        self.dir = pathlib.Path(folder)
        self.dir.mkdir(parents=True, exist_ok=True)
        self.config = self.dir / "ebb.yaml"
        self.config.write_text(CONFIG.format(name=name, log=log.format(dir=self.dir), dir=self.dir,
                                             partitions=partitions, workers=workers) + more)

    def send(self, folder):
        self.ebb.must("send", "--force", self.config, *(folder / f"{source}.jsonl" for source in SOURCES))

    def run(self, crash_at=None):
        return self.ebb("run", self.config, "--until-end", crash_at=crash_at)

    def kill(self, point):
        """Runs until it is killed at that point; an end by itself is an error."""
        done = self.run(crash_at=point)
        if done.returncode != -signal.SIGKILL:
            raise AssertionError(f"not killed at {point} but exit {done.returncode}:\n{done.stderr}")

    def run_to_end(self):
        """Returns the accounting: what became of all input so far."""
        done = self.run()
        if done.returncode != 0:
            raise AssertionError(f"ebb run: exit {done.returncode}\n{done.stderr}")
        counts = re.findall(r"applied (\d+), duplicate (\d+), dead-lettered (\d+), erased (\d+)", done.stderr)
        return dict(zip(("applied", "duplicate", "dead_lettered", "erased"), map(int, counts[-1])))

    def tail(self, sink):
        """All records of a sink, as JSON objects."""
        done = self.ebb.must("tail", self.config, sink, "--from-start", "--until-end", "--json")
        return [json.loads(line) for line in done.stdout.splitlines()]

    def replay(self, folder):
        """(alerts, risk table, dead letters, accounting) of the same history with no log at all."""
        out = folder / f"replayed-{self.name}"
        if not out.exists():
            self.ebb.must("replay", self.config, "--in", folder, "--out", out)
        lines = [self.replayed(folder, name) for name in ("alerts", "risk", "dead_letters")]
        return *lines, json.loads((out / "summary.json").read_text())["records"]

    def replayed(self, folder, name):
        """The lines of one file of that replay; none if it made no such file."""
        file = folder / f"replayed-{self.name}" / f"{name}.jsonl"
        return [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []


def by_text(objects):
    """In an order that doesn't depend on partitions, each one as it is."""
    return sorted(json.dumps(o, sort_keys=True) for o in objects)


def present(risks):
    """The risk table that a list of its changes comes to."""
    table = {}
    for risk in risks:
        table[risk["customerId"]] = risk
    return by_text(risk for risk in table.values() if not risk.get("forgotten"))


def letters_text(letters):
    """What dead letters say, but for when the record came into the log, and how the log says "no key"."""
    return by_text({k: v for k, v in letter.items() if k != "logTime" and (k, v) != ("key", "")}
                   for letter in letters)


def check_same_as_replay(test, shop, folder, counts):
    """What came out of the log is, to the last figure, what a replay of the same files makes."""
    alerts, risks, letters, account = shop.replay(folder)
    lines = sum(len((folder / f"{source}.jsonl").read_text().splitlines()) for source in SOURCES)
    test.assertGreater(len(alerts), 50)
    test.assertGreaterEqual(len(letters), len(SPOILED))
    test.assertEqual(sum(counts.values()), lines)
    test.assertEqual(counts, {name: account[name] for name in counts})
    for sink in ("alerts", "requests", "segments"):
        replayed = shop.replayed(folder, sink)
        test.assertGreater(len(replayed), 20)
        test.assertEqual(by_text(shop.tail(sink)), by_text(replayed))
    test.assertEqual(present(shop.tail("risk")), present(risks))
    test.assertEqual(letters_text(shop.tail("dead_letters")), letters_text(letters))
    return alerts
