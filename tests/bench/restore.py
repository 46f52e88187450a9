#!/usr/bin/env python3
"""An empty disk filled from the changelog: changelog records a second of CPU, compaction included.

    tests/bench/restore.py --brokers HOST:PORT [--customers N] [--events N]

Loads topics, runs to the end, removes the state, runs to the end again. The second run has nothing to do but to
restore; its CPU is the whole process's, start and end included.
"""
import re
import shutil
import subprocess
import time

import harness


def main():
    args = harness.parse(harness.arguments(__doc__))
    with harness.Job(args) as job:
        job.load()
        job.run_to_end()
        shutil.rmtree(job.state)
        log = job.work / "restore.log"
        began = time.monotonic()
        with open(log, "wb") as errors:
            engine = subprocess.Popen([job.ebb, "run", str(job.config), "--until-end"], stdout=subprocess.DEVNULL,
                                      stderr=errors)
            cpu_s, _ = harness.end_of(engine)
        wall_s = time.monotonic() - began
        records = sum(int(n) for n in re.findall(r"running, (\d+) changelog records", log.read_text()))
    harness.report("restore", args, changelog_records=records, wall_s=round(wall_s, 2), cpu_s=round(cpu_s, 2),
                   records_per_cpu_s=round(records / cpu_s), records_per_wall_s=round(records / wall_s))


if __name__ == "__main__":
    main()
