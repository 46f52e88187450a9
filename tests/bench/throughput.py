#!/usr/bin/env python3
"""CPU per event of the whole process on a real broker: loads topics, runs `ebb run --until-end`, prints one JSON line.

    tests/bench/throughput.py --brokers HOST:PORT [--build build/release] [--events N] [--customers N] [--zipf]

The topics are new at each run. CPU is user + system time of the ebb process from start to exit; cpu_us_per_event
has its start and its end in it. --perf FILE records the run with perf.
"""
import argparse
import json
import os
import pathlib
import resource
import shutil
import subprocess
import sys
import tempfile
import time

CONFIG = """
name: {name}
log:
  kafka: {{brokers: "{brokers}"}}
sources:
  purchases:
  feedback:
  surveys:
time: {{advance: events}}
engine: {{epoch_interval: {interval}, workers: {workers}}}
state: {{dir: {state}, memory: {memory}}}
http: off
"""


def broker_cpu_s(pid):
    if not pid:
        return None
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--brokers", default=os.environ.get("EBB_TEST_BROKERS"))
    parser.add_argument("--broker-pid", type=int, default=0)
    parser.add_argument("--build", default="build/release")
    parser.add_argument("--events", type=int, default=3_000_000)
    parser.add_argument("--customers", type=int, default=1_000_000)
    parser.add_argument("--partitions", type=int, default=4)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--interval", default="100ms")
    parser.add_argument("--memory", default="512MiB")
    parser.add_argument("--zipf", action="store_true")
    parser.add_argument("--perf")
    args = parser.parse_args()
    if not args.brokers:
        sys.exit("no broker: give --brokers or set EBB_TEST_BROKERS")
    build = pathlib.Path(args.build)
    work = pathlib.Path(tempfile.mkdtemp(prefix="ebb-bench-"))
    name = f"bench{int(time.time())}"
    config = work / "ebb.yaml"
    config.write_text(CONFIG.format(name=name, brokers=args.brokers, interval=args.interval, workers=args.workers,
                                    state=work / "state", memory=args.memory))
    ebb = str(build / "ebb")
    subprocess.run([ebb, "topics", str(config), "--create", "--partitions", str(args.partitions)], check=True,
                   stdout=subprocess.DEVNULL)
    subprocess.run([str(build / "tests/ebb_bench_load"), str(config), str(args.events), str(args.customers),
                    "zipf" if args.zipf else "uniform"], check=True)
    command = [ebb, "run", str(config), "--until-end"]
    if args.perf:
        command = ["perf", "record", "-F", "499", "-g", "-o", args.perf] + command
    broker_before = broker_cpu_s(args.broker_pid)
    began = time.monotonic()
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    wall_s = time.monotonic() - began
    cpu_s = after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime
    result = {
        "bench": "throughput", "events": args.events, "customers": args.customers,
        "keys": "zipf" if args.zipf else "uniform", "partitions": args.partitions, "workers": args.workers,
        "wall_s": round(wall_s, 2), "cpu_s": round(cpu_s, 2),
        "cpu_us_per_event": round(cpu_s / args.events * 1e6, 2), "rss_mb": after.ru_maxrss // 1024,
    }
    if broker_before is not None:
        result["broker_cpu_us_per_event"] = round((broker_cpu_s(args.broker_pid) - broker_before) / args.events * 1e6, 2)
    print(json.dumps(result))
    shutil.rmtree(work, ignore_errors=True)


if __name__ == "__main__":
    main()
