#!/usr/bin/env python3
"""Ebb and other engines on one broker, one after the other; prints a table with ratios, then one JSON line.

    tests/bench/compare.py --brokers HOST:PORT --broker-pid PID --peers DIR [--events N] [--customers N] [--zipf]

DIR holds programs of a like job, DIR/engines/ks/target/ks.jar for Kafka Streams and DIR/engines/flink/target/flink.jar
for Flink, those of them that are built, and DIR/tools/load, which fills their topic (N CUSTOMERS TOPIC [zipf], broker
in the environment as BS). All get as many events of the same mix over as many customers, Ebb in its own encoding.
CPU is that of the whole process, start included. Flink takes a checkpoint each second; the others commit each
--interval.
"""
import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import time

import harness

JAVA = ["java", "-XX:+UseParallelGC", "-XX:ParallelGCThreads=2"]
# Name: its jar, its heap, its own options.
PEERS = {"kafka streams": ("ks", "2g", ["--cache-mb", "512"]), "flink": ("flink", "1g", [])}
TOPICS = """
name: {name}
partitions: {partitions}
log: {{kafka: {{brokers: "{brokers}"}}}}
sources: {{{source}: {{topic: "{source}"}}}}
sinks: {{alerts: {{topic: "{sink}"}}}}
"""


def jar_of(args, peer):
    name = PEERS[peer][0]
    return pathlib.Path(args.peers) / f"engines/{name}/target/{name}.jar"


def run_peer(args, peer):
    peers = pathlib.Path(args.peers)
    _, heap, options = PEERS[peer]
    commit_ms = "1000" if peer == "flink" else args.interval.removesuffix("ms")
    name = f"peer{time.time_ns() // 1_000_000}"
    source, sink = args.input + "-peer" if args.input else name + "-events", name + "-alerts"
    work = pathlib.Path(tempfile.mkdtemp(prefix="ebb-peer-"))
    try:
        config = work / "topics.yaml"
        config.write_text(TOPICS.format(name=name, partitions=args.partitions, brokers=args.brokers, source=source,
                                        sink=sink))
        if source in harness.make_topics(str(pathlib.Path(args.build) / "ebb"), config):
            subprocess.run([str(peers / "tools/load"), str(args.events), str(args.customers), source,
                            *(["zipf"] if args.zipf else [])], check=True, stdout=subprocess.DEVNULL,
                           env={**os.environ, "BS": args.brokers})
        before = harness.cpu_s(args.broker_pid)
        run = subprocess.run(
            [*JAVA, f"-Xms{heap}", f"-Xmx{heap}", "-jar", str(jar_of(args, peer)), "--bootstrap", args.brokers,
             "--events-topic", source, "--alerts-topic", sink, "--app-id", name, "--state-dir", str(work / "state"),
             "--threads", str(args.workers), "--commit-ms", commit_ms, *options],
            check=True, capture_output=True, env={**os.environ, "MALLOC_ARENA_MAX": "2"})
        broker_s = harness.cpu_s(args.broker_pid) - before
    finally:
        shutil.rmtree(work, ignore_errors=True)
    line = dict(re.findall(r"(\w+)=(\S+)", run.stdout.decode()))
    return {"events": int(line["events"]), "wall_s": float(line["wall_s"]), "cpu_s": float(line["cpu_s"]),
            "rss_mb": int(float(line.get("rss_peak_mb", line["rss_mb"]))), "broker_cpu_s": broker_s}


def ebb(args):
    with harness.Job(args) as job:
        job.load()
        before = harness.cpu_s(args.broker_pid)
        wall_s, cpu_s, rss_mb = job.run_to_end()
        broker_s = harness.cpu_s(args.broker_pid) - before
    return {"events": args.events, "wall_s": wall_s, "cpu_s": cpu_s, "rss_mb": rss_mb, "broker_cpu_s": broker_s}


def main():
    parser = harness.arguments(__doc__)
    parser.add_argument("--peers", required=True, metavar="DIR")
    args = harness.parse(parser)
    if not args.broker_pid:
        raise SystemExit("give --broker-pid: the brokers' CPU belongs to the comparison")
    rows = {"ebb": ebb(args)}
    for peer in PEERS:
        if jar_of(args, peer).exists():
            rows[peer] = run_peer(args, peer)
    for row in rows.values():
        row["cpu_us_per_event"] = round(row["cpu_s"] / row["events"] * 1e6, 2)
        row["broker_cpu_us_per_event"] = round(row.pop("broker_cpu_s") / row["events"] * 1e6, 2)
        row["wall_s"], row["cpu_s"] = round(row["wall_s"], 1), round(row["cpu_s"], 1)
    columns = ["cpu_us_per_event", "broker_cpu_us_per_event", "rss_mb", "wall_s"]
    print(f"{'':22}" + "".join(f"{c:>26}" for c in columns))
    for name, row in rows.items():
        print(f"{name:22}" + "".join(f"{row[c]:>26}" for c in columns))
    own = rows["ebb"]
    ratios = {peer: {c: round(own[c] / row[c], 3) for c in columns} for peer, row in rows.items() if row is not own}
    for peer, of in ratios.items():
        print(f"{'ebb / ' + peer:22}" + "".join(f"{of[c]:>26}" for c in columns))
    harness.report("compare", args, engines=rows, ratios=ratios)


if __name__ == "__main__":
    main()
