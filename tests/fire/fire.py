#!/usr/bin/env python3
"""The fire test: several instances on a real broker, faults at random moments, and one question at the end: is the
outcome, to the last figure, the one of `ebb replay`?

    tests/fire/fire.py                        the full form: 2 million events, 40 kills, 5 freezes, 2 broker restarts
    tests/fire/fire.py --short                what ctest runs: a tenth of it
    tests/fire/fire.py --seed 7 --keep        another order of faults; leave configs, logs and outputs behind

What happens: `ebb gen` makes a history, all of it is sent before the instances start, so that faults fall into a
backlog (small epochs see to it that it lasts), and the instances read it with `time.advance: events`. Then, at
moments and on instances that the seed chooses:
    kill       kill -9, and a new start after up to 1.5 s
    restore    the same, and a second kill -9 while the new process restores its tasks; half of the time its disk is
               lost in between
    takeover   kill -9 and no new start until another instance has got a task of the dead one; that other one is
               killed then
    stop       SIGSTOP for longer than the session timeout, then SIGCONT: a zombie
    broker     a restart of the broker, in order or after a kill -9, by turns

What counts: a kill is
    with a transaction open    if after the death of the process the broker says that a transaction of one of its
                               transactional ids is Ongoing (transactions.py asks for it);
    in a restore               if the instance's log, which is written line by line, ends with a task that has
                               begun to read the changelog and does not yet run;
    in a takeover              if it ends with a task that last committed in another instance and has not committed
                               an epoch in this process.
The run fails if there were too few of any kind, or if the backlog was read before the last fault.

Verdict: alerts, risk table, dead letters as `ebb replay` of the same files with as many partitions makes them, each
record compared as a whole, and the accounting equal to it and to the number of lines.

Exit codes: 0 passed, 1 failed, 64 wrong arguments. Needs Java and the jars of ops/kafka.
"""

import argparse
import collections
import hashlib
import json
import pathlib
import random
import re
import shutil
import subprocess
import sys
import tempfile
import time

import transactions
from instance import CONFIG, Instance, wait_for

ROOT = pathlib.Path(__file__).resolve().parents[2]
SOURCES = ("purchases", "feedback", "surveys", "profiles")
FORMS = {
    # Each restore and each takeover is two kills. least: open transactions, restores, takeovers.
    "full": {"customers": 56_000, "kill": 16, "restore": 6, "takeover": 6, "stop": 5, "broker": 2,
             "epoch_records": 24, "least": (15, 3, 2)},
    "short": {"customers": 5_600, "kill": 2, "restore": 1, "takeover": 1, "stop": 1, "broker": 1,
              "epoch_records": 24, "least": (2, 1, 1)},
}
KINDS = ("kill", "restore", "takeover", "stop", "broker")
INSTANCES, WORKERS, PARTITIONS, DAYS, SESSION_S = 3, 2, 12, 180, 6
# How much more often than planned to try, if kills have missed what they were for.
EXTRA_HUNTS = 8
# On a machine that is much too busy a broker may be away for a minute by itself.
STALLED_S = 300


class Failed(Exception):
    pass


def say(text):
    print(f"{time.strftime('%H:%M:%S')} {text}", flush=True)


class Broker:
    """A broker of this run alone."""

    def __init__(self, folder):
        self.folder = folder
        self.restarts = 0
        self.address = self.ops("up").strip().removeprefix("brokers=")

    def ops(self, *command):
        return subprocess.run([ROOT / "ops/kafka", "--dir", self.folder, *command], check=True, text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.DEVNULL).stdout

    def restart(self):
        self.restarts += 1
        self.ops("down" if self.restarts % 2 else "kill")
        port = self.address.rsplit(":", 1)[1]
        for left in reversed(range(5)):
            try:
                self.ops("--port", port, "up")  # clients look for it there
                return
            except subprocess.CalledProcessError:
                if left == 0:
                    raise
                time.sleep(0.5)


class Fire:
    def __init__(self, args, folder):
        self.args = args
        self.form = FORMS["short" if args.short else "full"]
        self.rng = random.Random(args.seed)
        self.folder = folder
        self.counts = collections.Counter()
        self.owner = {}  # task: name of the instance that committed it last
        self.progress = {}  # task: records that are known to be committed
        self.input = folder / "in"

    # ---- before

    def ebb(self, *args):
        done = subprocess.run([self.args.ebb, *map(str, args)], capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise Failed(f"ebb {args[0]}: exit {done.returncode}\n{done.stderr[-2000:]}")
        return done.stdout

    def prepare(self):
        self.ebb("gen", "--out", self.input, "--customers", self.form["customers"], "--days", DAYS, "--seed",
                 self.args.seed)
        files = [self.input / f"{source}.jsonl" for source in SOURCES]
        self.lines = sum(file.read_bytes().count(b"\n") for file in files)
        say(f"{self.lines:,} events of {self.form['customers']:,} customers")
        self.broker = Broker(self.folder / "kafka")
        settings = {"name": f"fire{time.time_ns()}", "brokers": self.broker.address, "session_s": SESSION_S,
                    "partitions": PARTITIONS, "workers": WORKERS, "epoch_records": self.form["epoch_records"]}
        self.instances = [Instance(self.args.ebb, self.folder, f"i{i}", **settings) for i in range(INSTANCES)]
        self.replay_config = self.folder / "replay.yaml"
        self.replay_config.write_text(
            CONFIG.format(dir=self.folder / "replay", instance="replay", http="off", **settings))
        self.ebb("topics", self.replay_config, "--create")
        self.ebb("send", "--force", self.replay_config, *files)
        say("sent; replaying the same files")
        self.ebb("replay", self.replay_config, "--in", self.input, "--out", self.folder / "replayed")
        say("replayed; the fire begins")

    # ---- what is known of the instances

    def look(self):
        """Reads all logs, keeps the books, and sees that nobody has ended by itself. Who finds no broker at its
        start ends with 69, and is started again, as a service manager would."""
        for i in self.instances:
            if i.process is None:
                continue
            for task in i.read_log():
                self.owner[task] = i.name
        for i in self.instances:
            if i.process is None or i.process.poll() in (None, -9):
                continue
            if i.process.returncode == 69 and not i.tasks and self.counts["no_broker"] < 100:
                self.counts["no_broker"] += 1
                i.start()
            else:
                raise Failed(f"{i.name} ended by itself with {i.process.returncode}:\n{i.log_tail()}")

    def done(self):
        for i in self.instances:
            status = i.status() if i.running() else None
            for task in status["tasks"] if status else ():
                self.progress[task["task"]] = max(task["records"], self.progress.get(task["task"], 0))
        return sum(self.progress.values())

    def need_backlog(self):
        self.look()
        if self.done() >= self.lines:
            raise Failed("the backlog was read before the last fault: give it a smaller --epoch-records")

    def kill(self, instance):
        self.look()
        instance.kill()
        self.look()
        self.counts["kills"] += 1
        states = transactions.states(self.broker.address, instance.ids)
        # What was on its way to the broker at the moment of death may still arrive.
        def settled():
            nonlocal states
            before, states = states, transactions.states(self.broker.address, instance.ids)
            return before == states
        wait_for(settled, 2, every_s=0.1)
        found = {
            "open": "Ongoing" in states.values(),
            "restore": "restoring" in instance.tasks.values(),
            "takeover": any(state != "committed" and self.owner.get(task, instance.name) != instance.name
                            for task, state in instance.tasks.items()),
        }
        for what, was in found.items():
            self.counts[what] += was
        return ", ".join(what for what, was in found.items() if was) or "-"

    # ---- faults

    def start(self, instance):
        time.sleep(self.rng.uniform(0, 1.5))
        instance.start()

    def pick(self):
        return self.rng.choice(self.instances)

    def fault_kill(self):
        victim = self.pick()
        found = self.kill(victim)
        self.start(victim)
        return f"{victim.name}: {found}"

    def fault_restore(self):
        victim = self.pick()
        found = self.kill(victim)
        if lost := self.rng.random() < 0.5:
            victim.lose_disk()
        self.start(victim)

        def restoring():
            self.look()
            return "restoring" in victim.tasks.values()
        wait_for(restoring, SESSION_S + 20, every_s=0.005)
        time.sleep(self.rng.uniform(0, 0.1))
        again = self.kill(victim)
        self.start(victim)
        return f"{victim.name}: {found}{', its disk lost' if lost else ''}; then {again}"

    def fault_takeover(self):
        victim, *others = self.rng.sample(self.instances, INSTANCES)
        found = self.kill(victim)

        def taken():
            self.look()
            return [i for i in others if any(state != "committed" and self.owner.get(task) == victim.name
                                             for task, state in i.tasks.items())]
        takers = wait_for(taken, SESSION_S + 30, every_s=0.005)
        if not takers:
            self.start(victim)
            return f"{victim.name}: {found}; nobody took over within {SESSION_S + 30} s"
        time.sleep(self.rng.uniform(0, 0.3))
        again = self.kill(takers[0])
        for instance in self.rng.sample([victim, takers[0]], 2):
            self.start(instance)
        return f"{victim.name}: {found}; then {takers[0].name}: {again}"

    def fault_stop(self):
        victim = self.pick()
        victim.pause()
        length_s = SESSION_S + self.rng.uniform(1, 5)
        time.sleep(length_s)
        victim.resume()
        self.counts["stops"] += 1
        return f"{victim.name} for {length_s:.1f} s"

    def fault_broker(self):
        self.broker.restart()
        self.counts["broker_restarts"] += 1
        return "killed" if self.broker.restarts % 2 == 0 else "in order"

    def burn(self):
        for instance in self.instances:
            instance.start()
        plan = [kind for kind in KINDS for _ in range(self.form[kind])]
        self.rng.shuffle(plan)
        hunts = 0
        # The first faults should not all meet instances that have done nothing yet.
        if not wait_for(lambda: self.look() or len(self.owner) == PARTITIONS, 120):
            raise Failed("not every task has committed within 120 s of the start")
        while plan or (missing := self.missing()):
            if not plan:
                hunts += 1
                if hunts > EXTRA_HUNTS:
                    raise Failed("kills have missed what they were for: " + ", ".join(missing))
                plan.append({"open": "kill"}.get(missing[0], missing[0]))
            kind = plan.pop()
            time.sleep(self.rng.uniform(0.2, 2.5))
            self.need_backlog()
            what = getattr(self, "fault_" + kind)()
            say(f"{self.done() / self.lines:4.0%}  {kind:8} {what}")

    def missing(self):
        return [what for what, least in zip(("open", "restore", "takeover"), self.form["least"])
                if self.counts[what] < least]

    # ---- after

    def finish(self):
        """Waits until all is read; returns the accounting by what became of records."""
        self.need_backlog()
        say(f"{self.done() / self.lines:4.0%}  no more faults")
        stalled = [time.monotonic(), 0]

        def at_end():
            self.look()
            every = [i.status() for i in self.instances]
            if None in every:
                return None
            tasks = [task for status in every for task in status["tasks"]]
            done = sum(task["records"] for task in tasks)
            if done > stalled[1]:
                stalled[:] = [time.monotonic(), done]
            elif time.monotonic() - stalled[0] > STALLED_S:
                raise Failed(f"no progress for {STALLED_S} s at {done:,} of {self.lines:,}; tasks by instance: "
                             + str([sorted(t["task"] for t in s["tasks"]) for s in every]))
            whole = sorted(task["task"] for task in tasks) == list(range(PARTITIONS))
            return every if whole and done >= self.lines and all(t["at_end"] for t in tasks) else None
        statuses = wait_for(at_end, 3600, every_s=0.5)
        if not statuses:
            raise Failed("not at the end within an hour")
        for instance in self.instances:
            if (code := instance.stop()) != 0:
                raise Failed(f"{instance.name} exits {code} at SIGTERM:\n{instance.log_tail()}")
        accounting = collections.Counter()
        for status in statuses:
            for source in status["sources"]:
                for fate in ("applied", "duplicate", "dead_lettered", "erased"):
                    accounting[fate] += source[fate]
        return dict(accounting)

    def verdict(self, accounting):
        wanted = json.loads((self.folder / "replayed/summary.json").read_text())["records"]
        wrong = []
        if sum(accounting.values()) != self.lines or any(accounting[k] != wanted[k] for k in accounting):
            wrong.append(f"accounting {accounting} of {self.lines}, replay {wanted}")
        for sink, gather in (("alerts", alerts), ("risk", risk_table), ("dead_letters", dead_letters)):
            with (self.folder / f"replayed/{sink}.jsonl").open() as lines:
                expected = gather(lines)
            with subprocess.Popen([self.args.ebb, "tail", self.replay_config, sink, "--from-start",
                                   "--until-end", "--json"], stdout=subprocess.PIPE, text=True) as tail:
                got = gather(tail.stdout)
            self.counts[sink] = sum(expected.values())
            if tail.returncode != 0 or got != expected:
                wrong.append(f"{sink}: {sum(expected.values()):,} expected; {sum((expected - got).values()):,} "
                             f"of them missing, {sum((got - expected).values()):,} too many or different")
        return wrong

    def end(self):
        for instance in getattr(self, "instances", ()):
            if instance.running():
                instance.process.kill()
                instance.process.wait()
        if hasattr(self, "broker"):
            self.broker.ops("down", *(() if self.args.keep else ("--wipe",)))


# ---- outputs as multisets

def digest(record):
    return hashlib.sha256(json.dumps(record, sort_keys=True).encode()).digest()[:16]


def alerts(lines):
    return collections.Counter(digest(json.loads(line)) for line in lines)


def risk_table(lines):
    """The last word on each customer."""
    last = {}
    who = re.compile(r'"customerId": ?"((?:[^"\\]|\\.)*)"')
    for line in lines:
        last[who.search(line)[1]] = line
    table = (json.loads(line) for line in last.values())
    return collections.Counter(digest(risk) for risk in table if not risk.get("forgotten"))


def dead_letters(lines):
    """But for when the record came into the log, and how the log says "no key"."""
    return collections.Counter(
        digest({k: v for k, v in json.loads(line).items() if k != "logTime" and (k, v) != ("key", "")})
        for line in lines)


def run(args, folder):
    fire = Fire(args, folder)
    if args.epoch_records:
        fire.form["epoch_records"] = args.epoch_records
    began = time.monotonic()
    wrong = []
    accounting = None
    try:
        fire.prepare()
        burning = time.monotonic()
        fire.burn()
        accounting = fire.finish()
        say(f"everything is read, {time.monotonic() - burning:.0f} s after the start; comparing")
        wrong = fire.verdict(accounting)
    except Failed as why:
        wrong = [str(why)]
    finally:
        fire.end()
    counts = fire.counts
    result = {"test": "fire", "form": "short" if args.short else "full", "seed": args.seed,
              "events": getattr(fire, "lines", 0), "passed": not wrong, "wall_s": round(time.monotonic() - began),
              "accounting": accounting, "wrong": wrong, **counts}
    for text in wrong:
        say("WRONG " + text)
    say(f"{'FAILED' if wrong else 'PASSED'}: {result['events']:,} events; {counts['kills']} kills, of which "
        f"{counts['open']} with a transaction open, {counts['restore']} in a restore, {counts['takeover']} in a "
        f"takeover not yet committed; {counts['stops']} freezes, {counts['broker_restarts']} broker restarts; "
        f"{counts['alerts']:,} alerts, {counts['risk']:,} risks, {counts['dead_letters']:,} dead letters "
        f"{'compared' if wrong else 'identical to ebb replay'}; seed {args.seed}, {result['wall_s']} s")
    if args.json:
        print(json.dumps(result))
    return 1 if wrong else 0


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--ebb", type=pathlib.Path, default=ROOT / "build/release/ebb", help="the binary")
    parser.add_argument("--short", action="store_true", help="the short form")
    parser.add_argument("--seed", type=int, default=1, help="of the history and the faults")
    parser.add_argument("--epoch-records", type=int, help="how small epochs are: fewer, and the backlog lasts longer")
    parser.add_argument("--dir", type=pathlib.Path, help="where to work (a folder of /tmp)")
    parser.add_argument("--keep", action="store_true", help="leave the folder behind")
    parser.add_argument("--json", action="store_true", help="one JSON line at the end")
    try:
        args = parser.parse_args()
    except SystemExit as end:
        sys.exit(64 if end.code else 0)
    args.ebb = args.ebb.resolve()
    folder = pathlib.Path(tempfile.mkdtemp(prefix="ebb-fire-", dir=args.dir))
    try:
        code = run(args, folder)
    finally:
        if args.keep:
            say(f"kept: {folder}")
        else:
            shutil.rmtree(folder, ignore_errors=True)
    sys.exit(code)


if __name__ == "__main__":
    main()
