"""`ebb report` from the folder of a replay: what the tables say of customers whose numbers are known."""

import json
import pathlib
import subprocess
import sys
import tempfile
import unittest

EBB = None  # the binary, from the command line

CONFIG = """\
name: reports
partitions: 1
log: {embedded: {}}
sources: {purchases: , surveys: }
http: off
"""


def event(number, customer, day, **body):
    month, day = divmod(day, 28)
    return {"eventId": f"e{number}", "customerId": customer, "eventTime": f"2020-{month + 1:02}-{day + 1:02}T10:00:00Z",
            **body}


class ReportTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        temp = tempfile.TemporaryDirectory(prefix="ebb-report-")
        cls.addClassCleanup(temp.cleanup)
        cls.dir = pathlib.Path(temp.name)
        (cls.dir / "in").mkdir()
        purchases, surveys = [], []
        for c in range(10):
            # Those below 5 stop early; the first spends most, and its goods cost more than it pays.
            for day in range(0, 60 if c < 5 else 300, 10):
                minor = 100_000 if c == 0 else 1000 * (c + 1)
                cost = 110_000 if c == 0 else 0
                purchases.append(event(len(purchases), f"c{c}", day, purchase={
                    "amount": {"currencyCode": "USD", "minorUnits": str(minor)}, "costOfGoodsMinorUnits": str(cost)}))
            surveys.append(event(len(surveys), f"c{c}", 40, survey={
                "csat": {"value": 1 if c < 5 else 5, "min": 1, "max": 5}}))
        for name, events in (("purchases", purchases), ("surveys", surveys)):
            events.sort(key=lambda e: e["eventTime"])
            (cls.dir / "in" / f"{name}.jsonl").write_text("".join(json.dumps(e) + "\n" for e in events))
        (cls.dir / "ebb.yaml").write_text(CONFIG)
        cls.ebb("replay", "ebb.yaml", "--in", "in", "--out", "out", "--risk-history")

    @classmethod
    def ebb(cls, *args):
        done = subprocess.run([EBB, *args], cwd=cls.dir, capture_output=True, text=True, timeout=50, check=False)
        if done.returncode != 0:
            raise AssertionError(done.stderr)
        return done.stdout

    def report(self, what, *args):
        report = json.loads(self.ebb("report", what, "ebb.yaml", "--in", "out", "--json", *args))
        return {section["title"]: section["rows"] for section in report["sections"]}

    def test_W2_the_largest_need_not_be_the_most_profitable(self):
        tiers = {row["tier"]: row for row in self.report("profit")["Tiers"]}
        self.assertEqual({name: row["customers"] for name, row in tiers.items()},
                         {"top": "2", "middle": "3", "low": "4", "loss": "1"})
        self.assertTrue(tiers["loss"]["profit"].startswith("-"))

    def test_satisfaction_adds_up(self):
        now = {row["index"]: int(row["customers"]) for row in self.report("satisfaction")["Now"]}
        self.assertEqual(sum(now.values()), 10)
        months = self.report("satisfaction")["Index over time"]
        self.assertEqual(months[-1]["with an index"], "10")

    def test_survival_falls_to_those_who_stay(self):
        everyone = next(r for r in self.report("loyalty", "--lost-after", "60")["Survival"] if r["customers"] == "all")
        self.assertEqual((everyone["buyers"], everyone["90 days"]), ("10", "50 %"))

    def test_text_and_html_say_the_same(self):
        text = self.ebb("report", "profit", "ebb.yaml", "--in", "out", "--html", "profit.html")
        html = (self.dir / "profit.html").read_text()
        for word in ("What customers bring", "Tiers", "loss"):
            self.assertIn(word, text)
            self.assertIn(word, html)
        self.assertIn("<svg", html)


if __name__ == "__main__":
    EBB = str(pathlib.Path(sys.argv.pop(1)).resolve())
    sys.exit(unittest.main())
