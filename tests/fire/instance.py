"""One instance of Ebb under fire: its process, and what its log says of its tasks."""

import json
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import time
import urllib.request

CONFIG = """\
name: {name}
log: {{kafka: {{brokers: "{brokers}", session_timeout: {session_s}s}}}}
sources: {{purchases: , feedback: , surveys: , profiles: }}
partitions: {partitions}
time: {{advance: events}}
engine: {{workers: {workers}, epoch_interval: 50ms, epoch_max_records: {epoch_records}}}
state: {{dir: {dir}/state, instance: {instance}, memory: 128MiB}}
http: {http}
"""
LINE = re.compile(r'worker=(\d+) task=(\d+) (assigned|revoked|running|first epoch committed)')
RESTORING = re.compile(r'task=(\d+) restoring from')
DROPPED = re.compile(r'worker=(\d+) drops its open epochs')


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Instance:
    """tasks: {task: assigned | restoring | running | committed} of the process that runs or ran last."""

    def __init__(self, ebb, folder, instance, **settings):
        self.ebb = ebb
        self.name = instance
        self.dir = pathlib.Path(folder) / instance
        self.dir.mkdir(parents=True)
        self.workers = settings["workers"]
        self.port = free_port()
        self.config = self.dir / "ebb.yaml"
        self.config.write_text(CONFIG.format(dir=self.dir, instance=instance,
                                             http=f'{{listen: "127.0.0.1:{self.port}"}}', **settings))
        self.ids = [f"{settings['name']}-{instance}-{worker}-{side}"
                    for worker in range(self.workers) for side in "ab"]
        self.starts = 0
        self.process = None
        self.tasks = {}
        self.worker_of = {}
        self.log_path = None
        self.log = None
        self.unfinished = ""

    def start(self):
        self.starts += 1
        self.log_path = self.dir / f"{self.starts:03}.log"
        with self.log_path.open("wb") as out:
            self.process = subprocess.Popen([self.ebb, "run", self.config], stderr=out,
                                            stdout=subprocess.DEVNULL)
        self.tasks, self.worker_of = {}, {}
        self.log = self.log_path.open(encoding="utf-8", errors="replace")
        self.unfinished = ""

    def running(self):
        return self.process is not None and self.process.poll() is None

    def kill(self):
        """kill -9; what the log says after it is what was so at that moment."""
        self.process.kill()
        self.process.wait()

    def pause(self):
        self.process.send_signal(signal.SIGSTOP)

    def resume(self):
        self.process.send_signal(signal.SIGCONT)

    def stop(self, timeout_s=60):
        """SIGTERM; returns the exit code."""
        self.process.terminate()
        return self.process.wait(timeout_s)

    def lose_disk(self):
        """As a new machine: all state goes, the name stays."""
        shutil.rmtree(self.dir / "state" / "tasks", ignore_errors=True)

    def read_log(self):
        """Returns the tasks that have committed their first epoch since the last look."""
        committed = []
        text = self.unfinished + self.log.read()
        *lines, self.unfinished = text.split("\n")
        for line in lines:
            if found := LINE.search(line):
                worker, task, what = int(found[1]), int(found[2]), found[3]
                if what == "revoked":
                    self.tasks.pop(task, None)
                else:
                    self.tasks[task] = {"first epoch committed": "committed"}.get(what, what)
                    self.worker_of[task] = worker
                if what == "first epoch committed":
                    committed.append(task)
            elif found := RESTORING.search(line):
                self.tasks[int(found[1])] = "restoring"
            elif found := DROPPED.search(line):
                worker = int(found[1])
                self.tasks = {t: s for t, s in self.tasks.items() if self.worker_of.get(t) != worker}
        return committed

    def log_tail(self, lines=15):
        return "\n".join(self.log_path.read_text(errors="replace").splitlines()[-lines:])

    def status(self):
        """What it says of itself; None: it doesn't answer."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/v1/status", timeout=2) as answer:
                return json.load(answer)
        except (OSError, ValueError):
            return None


def wait_for(condition, timeout_s, every_s=0.02):
    """What the condition returns once that is true; None: not in time."""
    deadline = time.monotonic() + timeout_s
    while time.monotonic() < deadline:
        if result := condition():
            return result
        time.sleep(every_s)
    return None
