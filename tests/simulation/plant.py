#!/usr/bin/env python3
"""Breaks one rule of exactly-once at a time and looks how many seeds the simulation needs to notice.

  tests/simulation/plant.py              all of them; prints the table
  tests/simulation/plant.py NAME...      only these
  tests/simulation/plant.py --check      only looks whether each place that a rule stands at is still there
  tests/simulation/plant.py --seeds N    gives up on a bug after N seeds (20000)

Works on a copy of the tree in build/plant, never on the tree itself. Exit code 1 if a bug was not found.
"""

import argparse
import dataclasses
import os
import pathlib
import re
import shutil
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
COPY = ROOT / "build/plant"
SIM_LOG = "tests/simulation/sim_log.cc"


@dataclasses.dataclass
class Bug:
    name: str
    breaks: str  # the rule, in words
    file: str
    rule: str  # text that stands there once
    without: str


BUGS = [
    Bug("commit-before-acknowledgement", "an epoch ends once all its records are acknowledged", SIM_LOG,
        "if (c.unacknowledged.empty()) c.phase = Phase::kSent;", "c.phase = Phase::kSent;"),
    Bug("disk-before-log", "rows go where checkpoints take them from only after the commit",
        "state/task_store.cc",
        "  timers_.close_epoch();\n  return changes;",
        "  timers_.close_epoch();\n"
        "  for (const RowChange& c : changes) put_committed(customer_of(c), c.bytes, c.tombstone);\n"
        "  return changes;"),
    Bug("restore-to-read-committed-end", "the changelog is replayed to the end that a read-uncommitted reader sees",
        SIM_LOG,
        "    const Partition& log = changelog(task);\n    if (log.lso()",
        "    const Partition& log = changelog(task);\n    r.end = log.lso();\n    return true;\n    if (log.lso()"),
    Bug("generation-of-none", "no proof of membership, no commit", SIM_LOG,
        "if (generation < 0) {", "if (generation < -1) {"),
    Bug("index-move-outlives-epoch", "moves of timer entries belong to the epoch whose rows they were judged by",
        "state/timer_index.cc",
        "  TimerOps& moves = in_flight_.front();\n",
        "  TimerOps& moves = in_flight_.front();\n"
        "  for (const auto& [key, present] : open_) moves.insert_or_assign(key, present);\n"),
    Bug("repeated-end-believed", "the answer to a repeated EndTxn is none", SIM_LOG,
        "c.answered = !repeated;", "c.answered = true;"),
    Bug("away-not-noticed", "a disk older than the changelog keeps tombstones is wiped",
        "engine/core/task_recovery.cc",
        "return away_ms > env_->away_max_ms || away_ms <", "return away_ms <"),
    Bug("standstill-not-noticed", "a process that stood still for long recovers its tasks",
        "engine/core/worker.cc",
        "return before != 0 && now - before >", "return before < 0 && now - before >"),
]


def check():
    """What is wrong with the list; empty: nothing."""
    wrong = []
    for bug in BUGS:
        found = (ROOT / bug.file).read_text(encoding="utf-8").count(bug.rule)
        if found != 1:
            wrong.append(f"{bug.name}: {bug.file} has {found} times, not once:\n{bug.rule}")
    return wrong


def run(*command, **options):
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, **options)


def copy_tree():
    """The files that git knows, as they are in the tree now; unchanged ones keep their times."""
    source = COPY / "source"
    files = subprocess.run(["git", "-C", ROOT, "ls-files", "-z"], check=True, capture_output=True, text=True).stdout
    for name in filter(None, files.split("\0")):
        there, here = ROOT / name, source / name
        if here.exists() and here.read_bytes() == there.read_bytes():
            continue
        here.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(there, here)
    return source


def build(source):
    # Paths in the objects don't matter here, so that what the tree itself has compiled serves again.
    env = {**os.environ, "CCACHE_BASEDIR": str(source), "CCACHE_NOHASHDIR": "1"}
    folder = COPY / "build"
    if not (folder / "build.ninja").exists():
        run("cmake", "-S", source, "-B", folder, "-G", "Ninja", "-DCMAKE_BUILD_TYPE=RelWithDebInfo",
            "-DCMAKE_CXX_FLAGS_RELWITHDEBINFO=-O2 -DNDEBUG", env=env)
    run("ninja", "-C", folder, "simulate", env=env)
    return folder / "tests/simulate"


def seeds_to_find(program, limit):
    """How many seeds, and what was seen; (None, ...) if nothing was."""
    result = subprocess.run([program, "--seeds", str(limit), "--jobs", "1"], check=False, capture_output=True, text=True)
    failure = re.search(r"^seed (\d+): (.*)$", result.stdout, re.MULTILINE)
    if failure:
        return int(failure[1]), failure[2]
    return None, result.stdout.strip().splitlines()[0] if result.returncode == 0 else f"exit code {result.returncode}"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(b.name for b in BUGS))
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--seeds", type=int, default=20000)
    args = parser.parse_args()
    unknown = set(args.names) - {b.name for b in BUGS}
    if unknown:
        parser.error(f"no such bug: {', '.join(sorted(unknown))}")
    wrong = check()
    if wrong:
        print("\n".join(wrong) + "\nmend the list in tests/simulation/plant.py", file=sys.stderr)
        return 1
    if args.check:
        return 0

    source = copy_tree()
    missed = 0
    print("| planted bug | the rule it breaks | found after | as |\n|---|---|---|---|", flush=True)
    for bug in BUGS:
        if args.names and bug.name not in args.names:
            continue
        file = source / bug.file
        whole = file.read_text(encoding="utf-8")
        file.write_text(whole.replace(bug.rule, bug.without), encoding="utf-8")
        try:
            seeds, seen = seeds_to_find(build(source), args.seeds)
        finally:
            file.write_text(whole, encoding="utf-8")
        missed += seeds is None
        found = f"{seeds} seeds" if seeds else f"NOT FOUND in {args.seeds}"
        print(f"| {bug.name} | {bug.breaks} | {found} | {seen} |", flush=True)
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
