"""What the benchmarks share: a config, loaded topics, the CPU of processes, one JSON line.

A benchmark prints exactly one JSON object on stdout. CPU is user + system time. --input NAME keeps the loaded
source topics under that name and uses them again, so that runs can be compared in pairs.
"""
import argparse
import json
import os
import pathlib
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request

CONFIG = """
name: {name}
partitions: {partitions}
log:
  kafka: {{brokers: "{brokers}"}}
sources:
  purchases: {{topic: "{topics}.purchases"}}
  feedback: {{topic: "{topics}.feedback"}}
  surveys: {{topic: "{topics}.surveys"}}
time: {{advance: {advance}}}
graph: {graph}
engine: {{epoch_interval: {interval}, workers: {workers}}}
state: {{dir: "{state}", memory: {memory}, instance: bench}}
http: {http}
"""


def arguments(doc, **defaults):
    parser = argparse.ArgumentParser(description=doc, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--brokers", default=os.environ.get("EBB_TEST_BROKERS"), help="HOST:PORT")
    parser.add_argument("--broker-pid", type=int, default=0, help="whose CPU to report")
    parser.add_argument("--build", default=defaults.get("build", "build/release"), help="folder of the binaries")
    parser.add_argument("--events", type=int, default=defaults.get("events", 3_000_000))
    parser.add_argument("--customers", type=int, default=defaults.get("customers", 1_000_000))
    parser.add_argument("--partitions", type=int, default=4)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--interval", default="100ms", help="the epoch's")
    parser.add_argument("--memory", default="512MiB", help="the budget")
    parser.add_argument("--graph", default="default", help="default or catalogue")
    parser.add_argument("--zipf", action="store_true", help="few customers with most of the events")
    parser.add_argument("--input", help="keep the source topics under this name, and use them if they are there")
    return parser


def parse(parser):
    args = parser.parse_args()
    if not args.brokers:
        sys.exit("no broker: give --brokers or set EBB_TEST_BROKERS")
    return args


def cpu_s(pid):
    """User and system time of a process so far."""
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def end_of(process):
    """Waits for a process that must end well: (CPU s, peak RSS in MB)."""
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        sys.exit(f"{process.args} ended with {process.returncode}")
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss // 1024


def make_topics(ebb, config):
    """Creates the topics of a config that are missing; the names of those."""
    done = subprocess.run([ebb, "topics", str(config), "--create"], check=True, capture_output=True)
    lines = [line for line in done.stdout.decode().splitlines() if " partitions, " in line]
    return {line.split()[0] for line in lines if not line.endswith("as needed")}


class Job:
    """One config with its topics and a state directory; a context manager that removes the directory."""

    def __init__(self, args, advance="events", http=False):
        self.args = args
        self.port = free_port() if http else 0
        self.work = pathlib.Path(tempfile.mkdtemp(prefix="ebb-bench-"))
        self.state = self.work / "state"
        self.name = f"bench{time.time_ns() // 1_000_000}"
        self.config = self.work / "ebb.yaml"
        self.ebb = str(pathlib.Path(args.build) / "ebb")
        topics = args.input or self.name
        self.config.write_text(CONFIG.format(
            name=self.name, partitions=args.partitions, brokers=args.brokers, topics=topics, advance=advance,
            graph=args.graph, interval=args.interval, workers=args.workers, state=self.state, memory=args.memory,
            http=f'{{listen: "127.0.0.1:{self.port}"}}' if http else "off"))
        self.loaded = f"{topics}.purchases" not in make_topics(self.ebb, self.config)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        shutil.rmtree(self.work, ignore_errors=True)

    def run(self, command, *more, **options):
        return subprocess.run([self.ebb, command, str(self.config), *more], check=True, **options)

    def load(self):
        """Fills the source topics, unless --input names some that are there."""
        if self.loaded:
            return
        args = self.args
        subprocess.run([str(pathlib.Path(args.build) / "tests/ebb_bench_load"), str(self.config), str(args.events),
                        str(args.customers), "zipf" if args.zipf else "uniform"], check=True)

    def run_to_end(self, wrapper=()):
        """`ebb run --until-end` as a process of its own: (wall s, CPU s, peak RSS in MB)."""
        began = time.monotonic()
        process = subprocess.Popen([*wrapper, self.ebb, "run", str(self.config), "--until-end"],
                                   stdout=subprocess.DEVNULL)
        cpu_s, rss_mb = end_of(process)
        return time.monotonic() - began, cpu_s, rss_mb


    def start(self):
        """`ebb run` in the background; its log goes to ebb.log."""
        self.log = self.work / "ebb.log"
        with open(self.log, "wb") as log:
            return subprocess.Popen([self.ebb, "run", str(self.config)], stdout=subprocess.DEVNULL, stderr=log)

    def metric(self, name):
        """Sum over all series of a metric; None while nobody answers."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/metrics", timeout=2) as answer:
                text = answer.read().decode()
        except (urllib.error.URLError, OSError):
            return None
        values = re.findall(rf"^{name}(?:{{[^}}]*}})? (\S+)$", text, re.MULTILINE)
        return sum(float(v) for v in values) if values else None

    def wait_for(self, name, least, timeout_s=120, every_s=0.01):
        """Waits until a metric is at least so much; its value then."""
        end = time.monotonic() + timeout_s
        while time.monotonic() < end:
            value = self.metric(name)
            if value is not None and value >= least:
                return value
            time.sleep(every_s)
        sys.exit(f"{name} didn't reach {least} within {timeout_s} s")


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def report(bench, args, **figures):
    print(json.dumps({"bench": bench, "events": args.events, "customers": args.customers,
                      "keys": "zipf" if args.zipf else "uniform", "partitions": args.partitions,
                      "workers": args.workers, "memory": args.memory, **figures}), flush=True)
