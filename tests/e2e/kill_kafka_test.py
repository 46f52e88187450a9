"""kill -9 at each named point of an epoch's way, on a real broker: the outcome is that of ebb replay."""

import sys
import unittest

from shop import Ebb, Shop, brokers, check_same_as_replay, history, unique_name

EBB = None  # from the command line
# In an order in which each run leaves something for the next: a kill after commits leaves rows that are not
# on disk yet, which the next run checkpoints as soon as it has replayed them.
POINTS = (
    "commit.before_send_offsets", "commit.after_commit", "checkpoint.before_file",
    "commit.after_send_offsets", "map.before", "checkpoint.before_ingest", "map.after",
    "checkpoint.after_ingest",
)


def open_shop(folder):
    shop = Shop(EBB, folder, f'{{{{kafka: {{{{brokers: "{brokers()}"}}}}}}}}', unique_name())
    EBB.must("topics", shop.config, "--create")
    return shop


class KillKafkaTest(unittest.TestCase):
    def test_one_kill(self):
        with history(EBB, customers=40, days=300) as folder:
            for point in POINTS:
                with self.subTest(point=point):
                    shop = open_shop(folder / point)
                    shop.send(folder)
                    # Of checkpoints the first are those of the clean stop.
                    shop.kill(f"{point}:{2 if point.startswith('checkpoint') else 10}")
                    check_same_as_replay(self, shop, folder, shop.run_to_end())

    def test_one_kill_after_the_other(self):
        with history(EBB, customers=60, days=300) as folder:
            shop = open_shop(folder / "shop")
            shop.send(folder)
            for point in POINTS:
                shop.kill(f"{point}:2")
            check_same_as_replay(self, shop, folder, shop.run_to_end())


if __name__ == "__main__":
    EBB = Ebb(sys.argv.pop(1))
    sys.exit(unittest.main())
