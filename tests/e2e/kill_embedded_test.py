"""kill -9 at each named point of an epoch's way, on the embedded log: the outcome is that of ebb replay."""

import sys
import unittest

from shop import Ebb, Shop, check_same_as_replay, history

EBB = None  # from the command line
LOG = "{{embedded: {{dir: {dir}/log}}}}"
# In an order in which each run leaves something for the next: a kill after commits leaves rows that are not
# on disk yet, which the next run checkpoints as soon as it has replayed them.
POINTS = (
    "commit.before_write", "commit.after_write", "checkpoint.before_file", "map.before",
    "checkpoint.before_ingest", "map.after", "checkpoint.after_ingest",
)


class KillEmbeddedTest(unittest.TestCase):
    def test_one_kill(self):
        with history(EBB, customers=40, days=300) as folder:
            for point in POINTS:
                with self.subTest(point=point):
                    shop = Shop(EBB, folder / point, LOG)
                    shop.send(folder)
                    # Of checkpoints the first are those of the clean stop.
                    shop.kill(f"{point}:{2 if point.startswith('checkpoint') else 15}")
                    check_same_as_replay(self, shop, folder, shop.run_to_end())

    def test_one_kill_after_the_other(self):
        with history(EBB, customers=150, days=300) as folder:
            shop = Shop(EBB, folder / "shop", LOG)
            shop.send(folder)
            for times in (1, 2):
                for point in POINTS:
                    shop.kill(f"{point}:{times}")
            check_same_as_replay(self, shop, folder, shop.run_to_end())


if __name__ == "__main__":
    EBB = Ebb(sys.argv.pop(1))
    sys.exit(unittest.main())
