"""Input at the edges, through the real binary: no number, far too many events of one customer, times before
1970, five currencies, a handful of customers to fit to. Nothing is lost, nothing is wrong in silence.

With `--events N` one customer has so many events (100,000)."""

import json
import pathlib
import sys
import tempfile
import unittest

from shop import Ebb, Shop

EBB = None  # from the command line
EVENTS = 100_000
LOG = "{{embedded: {{dir: {dir}/log}}}}"
RATES = "money: {rates: {EUR: 1.08, GBP: 1.27, JPY: 0.0067, KWD: 3.25}}\n"


def purchase(event_id, customer, time, amount="1000", currency="USD"):
    return (f'{{"eventId": "{event_id}", "customerId": "{customer}", "eventTime": "{time}", '
            f'"purchase": {{"amount": {{"currencyCode": "{currency}", "minorUnits": {json.dumps(amount)}}}}}}}')


def spoken(event_id, body):
    return f'{{"eventId": "{event_id}", "customerId": "c", "eventTime": "2024-01-02T00:00:00Z", {body}}}'


class ExtremesTest(unittest.TestCase):
    def setUp(self):
        temp = tempfile.TemporaryDirectory(prefix="ebb-e2e-")
        self.addCleanup(temp.cleanup)
        self.folder = pathlib.Path(temp.name)
        self.shop = Shop(EBB, self.folder, LOG, more=RATES)

    def replay(self, **lines):
        """(alerts, table of risk by customer, dead letters, accounting)."""
        for source in ("purchases", "feedback", "surveys", "profiles"):
            with open(self.folder / f"{source}.jsonl", "w") as file:
                file.writelines(line + "\n" for line in lines.get(source, ()))
        alerts, risks, letters, account = self.shop.replay(self.folder)
        self.assertEqual(account["read"], sum(map(len, lines.values())))
        return alerts, {risk["customerId"]: risk for risk in risks}, letters, account

    def test_what_is_no_number_is_refused_wherever_it_stands(self):
        spoiled = {"feedback": [], "surveys": [], "purchases": []}
        for value in ('"NaN"', '"Infinity"', '"-Infinity"', "NaN", "1e400"):
            spoiled["feedback"].append(spoken(f"f{value}".replace('"', ""), f'"feedback": {{"sentiment": {value}}}'))
            for field in ("perceived", "expected", "importance"):
                spoiled["surveys"].append(spoken(
                    f"s{field}{value}".replace('"', ""),
                    f'"survey": {{"scale": {{"min": 1, "max": 5}}, '
                    f'"dimensions": [{{"name": "ease", "{field}": {value}}}]}}'))
            spoiled["purchases"].append(spoken(
                f"p{value}".replace('"', ""),
                f'"purchase": {{"amount": {{"currencyCode": "USD", "minorUnits": {value}}}}}'))
        spoiled["purchases"].append(purchase("huge", "c", "2024-01-02T00:00:00Z", "9223372036854775807"))
        good = purchase("good", "c", "2024-01-01T00:00:00Z")
        spoiled["purchases"].append(good)
        _, risks, letters, account = self.replay(**spoiled)
        self.assertEqual(account["applied"], 1)
        self.assertEqual(len(letters), sum(map(len, spoiled.values())) - 1)
        for letter in letters:
            self.assertIn(letter["reason"], ("bad_field", "malformed"), letter)
            self.assertTrue(letter["message"])
        self.assertEqual(risks["c"]["spend"]["minorUnits"], "1000")

    def test_one_customer_with_very_many_events(self):
        times = (f"2024-{1 + i * 12 // EVENTS:02d}-{1 + i * 336 // EVENTS % 28:02d}T"
                 f"{i // 3600 % 24:02d}:{i // 60 % 60:02d}:{i % 60:02d}Z" for i in range(EVENTS))
        alerts, risks, letters, account = self.replay(
            purchases=[purchase(i, "c", time, "100") for i, time in enumerate(times)])
        self.assertEqual((account["applied"], letters), (EVENTS, []))
        self.assertEqual(account["duplicate"], 0)
        # The row is that of the last move of the probability.
        self.assertGreater(int(risks["c"]["purchases"]), 1000)
        self.assertLess(risks["c"]["probability"], 0.1)
        self.assertLess(len(alerts), 50)

    def test_before_1970_is_refused(self):
        _, risks, letters, account = self.replay(
            purchases=[purchase(f"e{i}", "old", f"1969-0{1 + i}-03T00:00:00Z") for i in range(5)])
        self.assertEqual((account["applied"], risks), (0, {}))
        self.assertEqual({letter["message"] for letter in letters},
                         {"expected a time from 1970-01-01T00:00:00Z on"})

    def test_five_currencies_are_one_sum(self):
        currencies = ("USD", "EUR", "GBP", "JPY", "KWD")  # of two, none and three decimals
        _, risks, letters, _ = self.replay(
            purchases=[purchase(c, "c", f"2024-01-0{1 + i}T00:00:00Z", currency=c)
                       for i, c in enumerate(currencies)] +
                      [purchase("unknown", "c", "2024-01-09T00:00:00Z", currency="CHF")])
        # 10.00, 10.00 x 1.08, 10.00 x 1.27, 1000 x 0.0067, 1.000 x 3.25
        self.assertEqual(risks["c"]["spend"], {"currencyCode": "USD",
                                               "minorUnits": str(1000 + 1080 + 1270 + 670 + 325)})
        self.assertEqual([letter["reason"] for letter in letters], ["unknown_currency"])

    def test_ten_customers_are_too_few_to_fit(self):
        self.replay(purchases=[purchase(f"{i}-{n}", f"c{i}", f"2024-{1 + n:02d}-0{1 + i % 9}T00:00:00Z")
                               for i in range(10) for n in range(8)])
        out = self.folder / "model.yaml"
        done = EBB("fit", self.shop.config, "--in", self.folder, "--out", out, "--horizon", 30)
        self.assertEqual(done.returncode, 65, done.stderr)
        self.assertIn("too few to fit", done.stderr)
        self.assertFalse(out.exists())


if __name__ == "__main__":
    EBB = Ebb(sys.argv.pop(1))
    if "--events" in sys.argv:
        at = sys.argv.index("--events")
        EVENTS = int(sys.argv[at + 1])
        del sys.argv[at:at + 2]
    sys.exit(unittest.main())
