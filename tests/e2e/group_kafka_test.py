"""What a consumer group does to Ebb, on a real broker: half-finished assignments, places kept, names taken twice."""

import contextlib
import os
import signal
import subprocess
import sys
import time
import unittest

from shop import Ebb, Shop, brokers, check_same_as_replay, history, unique_name

EBB = None  # from the command line
PATIENCE_S = 60


def open_shop(folder, **settings):
    shop = Shop(EBB, folder, f'{{{{kafka: {{{{brokers: "{brokers()}"}}}}}}}}', unique_name(), **settings)
    EBB.must("topics", shop.config, "--create")
    return shop


def instance_config(shop, file, instance):
    """A config of the same shop for another process."""
    config = shop.dir / f"{file}.yaml"
    config.write_text(shop.config.read_text().replace(f"{shop.dir}/state",
                                                      f"{shop.dir}/{file}, instance: {instance}"))
    return config


class Daemon:
    """`ebb run` in the background, and its log."""

    def __init__(self, config, crash_at=None):
        self.log = config.with_suffix(".log")
        env = {**os.environ, **({"EBB_CRASH_AT": crash_at} if crash_at else {})}
        with self.log.open("w") as out:
            self.process = subprocess.Popen([EBB.path, "run", config], stderr=out, env=env)

    def text(self):
        return self.log.read_text()

    def wait_for(self, text, times=1):
        deadline = time.monotonic() + PATIENCE_S
        while self.text().count(text) < times:
            if time.monotonic() > deadline or self.process.poll() is not None:
                raise AssertionError(f"never said {text!r} {times} times:\n{self.text()}")
            time.sleep(0.05)

    def wait_end(self):
        try:
            return self.process.wait(PATIENCE_S)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"still runs:\n{self.text()}") from None

    def end(self):
        """SIGTERM; returns the exit code."""
        self.process.terminate()
        return self.wait_end()


@contextlib.contextmanager
def daemons():
    """A list for Daemons; those that still run are killed at the end."""
    started = []
    try:
        yield started
    finally:
        for daemon in started:
            if daemon.process.poll() is None:
                daemon.process.kill()
                daemon.process.wait()


class GroupKafkaTest(unittest.TestCase):
    def test_tasks_that_a_half_finished_rebalance_left_without_an_owner(self):
        with history(EBB, customers=40, days=300) as folder, daemons() as running:
            shop = open_shop(folder / "shop", workers=1)
            first, second = (instance_config(shop, name, name) for name in ("a", "b"))
            doomed = Daemon(first, crash_at="group.before_release")
            running.append(doomed)
            doomed.wait_for("first epoch committed", times=4)
            # The second joins, the first is to give half of its tasks away, and dies before it has done so.
            running.append(Daemon(second))
            self.assertEqual(doomed.wait_end(), -signal.SIGKILL)
            running.append(Daemon(first))
            running[1].wait_for("first epoch committed", times=2)
            self.assertIn("asking for a rebalance", running[1].text() + running[2].text())
            for daemon in running[1:]:
                self.assertEqual(daemon.end(), 0)
            shop.send(folder)
            check_same_as_replay(self, shop, folder, shop.run_to_end())

    def test_an_end_is_not_told_while_tasks_belong_to_a_worker_that_is_gone(self):
        with history(EBB, customers=40, days=300) as folder:
            shop = open_shop(folder / "shop", workers=2)
            shop.run_to_end()
            shop.config.write_text(shop.config.read_text().replace("workers: 2", "workers: 1"))
            shop.send(folder)
            # Half of the tasks are still the second worker's, until its session ends.
            check_same_as_replay(self, shop, folder, shop.run_to_end())

    def test_of_two_processes_with_one_name_one_ends(self):
        with history(EBB, customers=10, days=30) as folder, daemons() as running:
            shop = open_shop(folder / "shop", workers=1)
            shop.send(folder)
            running.append(Daemon(instance_config(shop, "old", "same")))
            running[0].wait_for("first epoch committed")
            running.append(Daemon(instance_config(shop, "new", "same")))
            # Mostly the first, whose place is taken; but it may take it back before it hears of that.
            deadline = time.monotonic() + PATIENCE_S
            while not (ended := [d for d in running if d.process.poll() is not None]):
                self.assertLess(time.monotonic(), deadline, running[0].text() + running[1].text())
                time.sleep(0.05)
            self.assertEqual([d.process.returncode for d in ended], [69] * len(ended), ended[0].text())
            self.assertIn("fenced", ended[0].text().lower())


if __name__ == "__main__":
    EBB = Ebb(sys.argv.pop(1))
    sys.exit(unittest.main())
