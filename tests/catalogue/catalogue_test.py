"""Every row of the customer catalogue, through `ebb replay`. See catalogue.py."""

import inspect
import sys
import unittest

import rows_listening
import rows_loyalty
import rows_satisfaction
import rows_value
from catalogue import Shop, replay

MODULES = (rows_listening, rows_loyalty, rows_satisfaction, rows_value)


class Rows(unittest.TestCase):
    """One method for each row, added below."""

    ebb = ""

    @classmethod
    def setUpClass(cls):
        cls.running = {}
        shops = []
        for module in MODULES:
            for name, function in inspect.getmembers(module, inspect.isgeneratorfunction):
                shop = Shop(name.split("_")[0] + "-" + str(len(shops)))
                shops.append(shop)
                generator = function(shop)
                next(generator)
                cls.running[name] = generator
        cls.seen, cls.dead = replay(cls.ebb, shops)

    def test_nothing_was_refused(self):
        self.assertEqual(self.dead, [])

    def finish(self, name):
        try:
            self.running[name].send(self.seen)
        except StopIteration:
            return
        raise AssertionError(f"{name} yields more than once")


def add_rows():
    for module in MODULES:
        for name, _ in inspect.getmembers(module, inspect.isgeneratorfunction):
            setattr(Rows, f"test_{name}", lambda self, name=name: self.finish(name))


if __name__ == "__main__":
    Rows.ebb = sys.argv.pop(1)
    add_rows()
    unittest.main(verbosity=2)
