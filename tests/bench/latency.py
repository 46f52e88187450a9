#!/usr/bin/env python3
"""Alert latency: from an event handed to the producer to its alert read by a read_committed consumer, in ms.

    tests/bench/latency.py --brokers HOST:PORT [--customers N] [--rate N] [--seconds N] [--timers N]

Starts `ebb run` on new topics and drives it with ebb_bench_probe, which says what it sends. --timers N measures
what so many timers due at one moment do to the alerts of other events: `after_due` beside `before_due`.
"""
import json
import pathlib
import subprocess

import harness


def main():
    parser = harness.arguments(__doc__, customers=200_000, events=0)
    parser.add_argument("--rate", type=int, default=5000, help="events a second")
    parser.add_argument("--seconds", type=int, default=20)
    parser.add_argument("--timers", type=int, default=0)
    args = harness.parse(parser)
    with harness.Job(args, advance="clock") as job:
        engine = job.start()
        try:
            probe = subprocess.run(
                [str(pathlib.Path(args.build) / "tests/ebb_bench_probe"), str(job.config), str(args.rate),
                 str(args.seconds), str(args.customers), str(args.timers)], stdout=subprocess.PIPE)
            cpu_s = harness.cpu_s(engine.pid)
        finally:
            engine.terminate()
            engine.wait()
    if probe.returncode != 0:
        raise SystemExit(f"the probe ended with {probe.returncode}: {probe.stdout.decode()}")
    harness.report("timers" if args.timers else "latency", args, **json.loads(probe.stdout.splitlines()[-1]), cpu_s=round(cpu_s, 2))


if __name__ == "__main__":
    main()
