#!/usr/bin/env python3
"""CPU per event and peak memory of the whole process on a real broker; prints one JSON line.

    tests/bench/throughput.py --brokers HOST:PORT [--events N] [--customers N] [--zipf] [--memory BYTES]

Loads topics, then runs `ebb run --until-end`. CPU is user + system time of that process from start to exit, its
start and its end included. --perf FILE records the run with perf; --broker-pid PID adds what the broker spent.
"""
import harness


def main():
    parser = harness.arguments(__doc__)
    parser.add_argument("--perf", metavar="FILE")
    args = harness.parse(parser)
    with harness.Job(args) as job:
        job.load()
        before = harness.cpu_s(args.broker_pid) if args.broker_pid else 0
        wrapper = ["perf", "record", "-F", "499", "-o", args.perf] if args.perf else []
        wall_s, cpu_s, rss_mb = job.run_to_end(wrapper)
        figures = {"wall_s": round(wall_s, 2), "cpu_s": round(cpu_s, 2),
                   "cpu_us_per_event": round(cpu_s / args.events * 1e6, 2), "rss_mb": rss_mb}
        if args.broker_pid:
            broker = harness.cpu_s(args.broker_pid) - before
            figures["broker_cpu_us_per_event"] = round(broker / args.events * 1e6, 2)
        harness.report("throughput", args, **figures)


if __name__ == "__main__":
    main()
