"""Every row of the customer catalogue, through `ebb replay`. See catalogue.py."""

import inspect
import sys
import unittest
from random import Random

import rows_listening
import rows_loyalty
import rows_robust
import rows_satisfaction
import rows_value
from catalogue import Shop, replay

MODULES = (rows_listening, rows_loyalty, rows_robust, rows_satisfaction, rows_value)

NONE = ", ".join(f"{kind}: 0d" for kind in (
    "contact", "confirm_resolved", "contact_silent", "thank", "ask_referral", "ask_survey"))


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

    def test_order_within_the_lateness(self):
        """The same events in any order leave the same terms."""
        random = Random(7)
        finals = []
        for shuffled in (False, True):
            shop = Shop("order")
            draws = Random(42)
            for _ in range(60):
                customer = shop.customer()
                for _ in range(40):
                    # Bought is on a few days only: of more, value forgets how the early ones lay
                    # (operators/value.cc).
                    bought = 100 + 4 * draws.randrange(6) + draws.random() / 2
                    make, terms = draws.choice(list(rows_robust.KINDS.values()))
                    is_purchase = rows_robust.BOUGHT <= terms
                    make(shop, customer, bought + 0.4 if is_purchase else 100 + draws.randrange(20 * 24) / 24)
                    shop.buys(customer, bought, items=[{"category": draws.choice(["tea", "coffee", "leisure"])}])
                shop.buys(customer, 130)
            # Within 25 days, each source in an order of its own.
            order = (lambda event: random.random()) if shuffled else (lambda event: event["eventTime"])
            # What was asked, and so when a customer is looked at again, does depend on the order.
            seen, dead = replay(self.ebb, [shop], graph=f"  requests: {{intervals: {{{NONE}}}}}",
                                more="time: {lateness: 40d, max_jump: 4000d}", order=order)
            self.assertEqual(dead, [])
            finals.append({c: {t["name"]: t.get("points", 0) for t in seen.row(c)["contributions"]}
                           for c in seen.risks if c.startswith("order")})
        self.assertEqual(len(finals[0]), 60)
        for customer, terms in finals[0].items():
            self.assertEqual(terms.keys(), finals[1][customer].keys())
            for name, points in terms.items():
                self.assertAlmostEqual(points, finals[1][customer][name], places=9, msg=f"{customer} {name}")

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
