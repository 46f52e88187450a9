#!/usr/bin/env python3
"""Peak resident memory beside the budget, for few customers and for many; one JSON line.

    tests/bench/memory.py --brokers HOST:PORT [--memory BYTES] [--sizes N,N]

For each number of customers: loads three events a customer (--per-customer), runs to the end.
"""
import re

import harness

UNITS = {"": 1, "KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30}


def main():
    parser = harness.arguments(__doc__)
    parser.add_argument("--sizes", default="1000000,5000000")
    parser.add_argument("--per-customer", type=float, default=3)
    args = harness.parse(parser)
    digits, unit = re.fullmatch(r"(\d+)(\w*)", args.memory).groups()
    budget = int(digits) * UNITS[unit]
    runs = []
    for customers in [int(n) for n in args.sizes.split(",")]:
        args.customers, args.events = customers, int(customers * args.per_customer)
        with harness.Job(args) as job:
            job.load()
            _, cpu_s, rss_mb = job.run_to_end()
        runs.append({"customers": customers, "events": args.events, "rss_mb": rss_mb,
                     "of_budget": round(rss_mb * (1 << 20) / budget, 2),
                     "cpu_us_per_event": round(cpu_s / args.events * 1e6, 2)})
    harness.report("memory", args, runs=runs)


if __name__ == "__main__":
    main()
