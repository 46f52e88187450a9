"""A year of a shop through a real broker gives what ebb replay finds in the same files: the same alerts, id by
id and level by level, the same risk table, the same dead letters."""

import sys
import unittest
from collections import Counter

from shop import Ebb, Shop, brokers, check_same_as_replay, history, unique_name

EBB = None  # from the command line


class ReplayKafkaTest(unittest.TestCase):
    def test_kafka_and_replay_say_the_same(self):
        with history(EBB, customers=300, days=365) as folder:
            shop = Shop(EBB, folder / "shop", f'{{{{kafka: {{{{brokers: "{brokers()}"}}}}}}}}', unique_name())
            EBB.must("topics", shop.config, "--create")
            shop.send(folder)
            alerts = check_same_as_replay(self, shop, folder, shop.run_to_end())
            levels = Counter(alert["level"] for alert in alerts)
            print(f"{len(alerts)} alerts, the same on Kafka as in the replay:", dict(levels))


if __name__ == "__main__":
    EBB = Ebb(sys.argv.pop(1))
    sys.exit(unittest.main())
