#!/usr/bin/env python3
"""kill -9 in a full backlog: seconds from the start of the next process to its first new commit.

    tests/bench/recovery.py --brokers HOST:PORT [--customers N] [--events N] [--kills N]

Loads topics, lets `ebb run` work until --warm events are committed, kills it, starts it again at once, and so on.
The instance id is kept in the state directory. The first new commit is seen in ebb_epochs_committed_total, asked
for every 10 ms. `seconds` has each round, `worst_s` the worst; they speak of a full backlog only if `in_backlog`
is true: that records were left to read after the last.
"""
import time

import harness


def main():
    parser = harness.arguments(__doc__)
    parser.add_argument("--kills", type=int, default=10)
    parser.add_argument("--warm", type=int, default=0, help="records before the first kill; default: half of all")
    parser.add_argument("--between", type=float, default=2.0, help="seconds of work before each kill")
    args = harness.parse(parser)
    with harness.Job(args, http=True) as job:
        job.load()
        engine = job.start()
        try:
            job.wait_for("ebb_records_total", args.warm or args.events // 2, timeout_s=600, every_s=0.2)
            seconds, replayed = [], []
            for _ in range(args.kills):
                engine.kill()
                engine.wait()
                began = time.monotonic()
                engine = job.start()
                job.wait_for("ebb_epochs_committed_total", 1)
                seconds.append(round(time.monotonic() - began, 2))
                replayed.append(int(job.metric("ebb_recovered_records_total") or 0))
                time.sleep(args.between)
            done = int(job.metric("ebb_records_total"))
        finally:
            engine.kill()
            engine.wait()
    harness.report("recovery", args, kills=args.kills, worst_s=max(seconds), seconds=seconds, replayed=replayed,
                   in_backlog=done < args.events)


if __name__ == "__main__":
    main()
