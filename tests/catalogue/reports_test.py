"""Rows of the customer catalogue that speak of many customers or of money: segments, tiers, reports, requests,
lenses, what may be spent.

Each row's test makes its events with a Shop (see catalogue.py), replays them with a config of its own, and looks
at what came out and at what `ebb report` says of it.
"""

import json
import pathlib
import subprocess
import sys
import tempfile
import unittest

from catalogue import Shop, SOURCES, stars, usd

CONFIG = """\
name: rows
log: {{embedded: }}
sources: {{purchases: , feedback: , surveys: , profiles: }}
partitions: {partitions}
graph:
  preset: catalogue
{graph}
{more}
time: {{max_jump: 4000d}}
http: off
"""


class Rows(unittest.TestCase):
    ebb = ""

    def setUp(self):
        temp = tempfile.TemporaryDirectory(prefix="ebb-reports-")
        self.addCleanup(temp.cleanup)
        self.dir = pathlib.Path(temp.name)

    def run_ebb(self, *args):
        done = subprocess.run([self.ebb, *args], cwd=self.dir, capture_output=True, text=True, timeout=120,
                              check=False)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout

    def replay(self, shop, end_day, graph="", more="", partitions=1, clock=True):
        (self.dir / "in").mkdir(exist_ok=True)
        if clock:  # the last of all: time goes on to the end
            shop.buys("clock", end_day)
        for source in SOURCES:
            in_order = sorted(shop.events[source], key=lambda event: event["eventTime"])
            (self.dir / "in" / f"{source}.jsonl").write_text("".join(json.dumps(e) + "\n" for e in in_order))
        (self.dir / "ebb.yaml").write_text(CONFIG.format(graph=graph, more=more, partitions=partitions))
        self.run_ebb("replay", "ebb.yaml", "--in", "in", "--out", "out")
        self.assertEqual((self.dir / "out" / "dead_letters.jsonl").read_text(), "")

    def out(self, name):
        file = self.dir / "out" / f"{name}.jsonl"
        return [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []

    def report(self, what, *args):
        report = json.loads(self.run_ebb("report", what, "ebb.yaml", "--in", "out", "--json", *args))
        return {section["title"]: section["rows"] for section in report["sections"]}

    def row(self, rows, **cells):
        found = [r for r in rows if all(r[k] == v for k, v in cells.items())]
        self.assertEqual(len(found), 1, (cells, rows))
        return found[0]

    def test_V11_five_steps(self):
        shop = Shop("v11")
        scale = {"min": 0, "max": 10}
        for i in range(20):
            who = shop.customer()
            shop.profile(who, 1, region="north" if i < 10 else "south")
            shop.regular(who, 2, 140)
            for day, service in ((20, 8), (130, 4)):
                shop.survey(who, day, scale=scale, csat=stars(1 + 4 * ((service + i % 3) / 10)), dimensions=[
                    {"name": "service", "perceived": service + i % 3, "importance": 6, "bestCompetitor": 7},
                    {"name": "appearance", "perceived": 5, "importance": 2, "bestCompetitor": 3}],
                    believedWorth=usd(500 if i < 10 else 300), believedCost=usd(350),
                    competitorWorth=usd(450), competitorCost=usd(350))
        self.replay(shop, 150)
        said = self.report("value")
        wanted = self.row(said["1 and 2. What customers value, and how much"], dimension="service")
        self.assertEqual(wanted["stated"], "75 %", "six of eight")
        self.assertGreater(float(wanted["learned"]), 0.9, "satisfaction went with service")
        ours = self.row(said["3. How we do, and how the best competitor does"], dimension="appearance")
        self.assertEqual((ours["ours"], ours["best competitor"], ours["ahead"]), ("50", "30", "+20"))
        segments = said["4. How segments differ"]
        self.assertEqual(self.row(segments, segment="region north")["hint"], "ahead by 50.00 USD: room in the price")
        self.assertEqual(self.row(segments, segment="region south")["hint"], "believed to cost more than it is worth")
        moved = self.row(said["5. What moved"], dimension="service")
        self.assertLess(int(moved["change"]), -10, "service got worse")
        self.assertEqual(self.row(said["5. What moved"], dimension="appearance")["change"], "+0")

    def test_C7_requests(self):
        shop = Shop("c7")
        bad, good = shop.customer(), shop.customer()
        for who in (bad, good):
            shop.regular(who, 0, 300, dollars=100)
            for day in (30, 35, 40):
                shop.says(who, day, rating=stars(4))
            shop.survey(who, 50, csat=stars(1 if who == bad else 5), nps=0 if who == bad else 10)
        shop.survey(good, 250, csat=stars(5))
        self.replay(shop, 301)
        def asked_of(who):
            return [r["kind"][len("REQUEST_KIND_"):] for r in self.out("requests") if r["customerId"] == who]
        self.assertIn("CONTACT", asked_of(bad), "a bad answer suggests contact")
        self.assertNotIn("CONTACT", asked_of(good))
        self.assertIn("ASK_REFERRAL", asked_of(good), "a good one thanks, and asks to refer")
        self.assertIn("THANK", asked_of(good), "the next one only thanks")
        self.assertIn("ASK_SURVEY", asked_of(good), "evidence gone stale")
        first = self.out("requests")
        self.assertEqual(len({r["requestId"] for r in first}), len(first))
        by_customer = {}
        for r in first:
            by_customer.setdefault(r["customerId"], []).append(r["eventTime"][:10])
        for days in by_customer.values():
            self.assertEqual(len(days), len(set(days)), "no two on one day for one customer")
        self.run_ebb("replay", "ebb.yaml", "--in", "in", "--out", "again")
        self.assertEqual((self.dir / "again" / "requests.jsonl").read_text(),
                         (self.dir / "out" / "requests.jsonl").read_text())

    def test_C7_a_limit_per_day(self):
        shop = Shop("limit")
        customers = [shop.customer() for _ in range(12)]
        for who in customers:
            shop.regular(who, 0, 100)
            shop.survey(who, 50, csat=stars(1), nps=0)
        self.replay(shop, 101, graph="  requests: {capacity_per_day: 3}", partitions=2)
        contacts = [r for r in self.out("requests") if r["kind"].startswith("REQUEST_KIND_CONTACT")]
        per_day = {}
        for r in contacts:
            per_day[r["eventTime"][:10]] = per_day.get(r["eventTime"][:10], 0) + 1
        self.assertTrue(contacts)
        self.assertLessEqual(max(per_day.values()), 3)
        self.assertGreater(len(per_day), 1, "what was held back comes later")
        self.assertTrue(any(r["dueTime"] < r["eventTime"] for r in contacts))

    def test_W2_tiers_by_share_of_profit(self):
        shop = Shop("w2")
        for i in range(10):
            who = shop.customer()
            shop.profile(who, 0, acquisitionChannel="search" if i < 5 else "partner")
            # The largest by spend brings nothing: its goods cost all of it.
            dollars = 1000 if i == 0 else 10 * (i + 1)
            cost = {"costOfGoodsMinorUnits": "100000"} if i == 0 else {}
            shop.regular(who, 1, 60, dollars=dollars, **cost)
        self.replay(shop, 70)
        tiers = self.report("profit")["Tiers"]
        self.assertEqual(self.row(tiers, tier="top")["customers"], "3", "a fifth of eleven, rounded up")
        self.assertEqual(sum(int(t["customers"]) for t in tiers), 11, "the clock too")
        risk = {r["customerId"]: r for r in self.out("risk")}
        self.assertEqual(risk["w2-1"]["segments"].get("profit_tier"), "low", "spends most, brings nothing")
        self.assertEqual(risk["w2-10"]["segments"].get("profit_tier"), "top")
        channels = self.report("profit")["Channels and segments"]
        self.assertEqual(self.row(channels, segment="acquisition_channel partner")["customers"], "5")

    def test_W4_what_may_be_spent(self):
        shop = Shop("w4")
        dear, unknown = shop.customer(), shop.customer()
        shop.profile(dear, 0, acquisitionCost=usd(80))
        for who in (dear, unknown):
            shop.regular(who, 0, 200, dollars=100)
        self.replay(shop, 400)
        alerts = {}
        for a in self.out("alerts"):
            if a["kind"] == "ALERT_KIND_CHURN_RISK":
                alerts[a["customerId"]] = a
        minor = lambda who, field: int(alerts[who][field].get("minorUnits", 0))
        self.assertEqual(minor(dear, "replacementCost"), 8000)
        self.assertNotIn("replacementCost", alerts[unknown], "absent is not zero")
        self.assertGreater(minor(dear, "keepBudget"), 0)
        lifetime = next(t for t in alerts[dear]["valueTerms"] if t["name"] == "lifetime")
        self.assertLess(minor(dear, "keepBudget"), int(lifetime["money"]["minorUnits"]), "less than what is saved")
        self.assertIn("profitOfActing", alerts[dear])

    def test_W4_capacity_ranked_by_what_acting_is_worth(self):
        shop = Shop("w4")
        for i in range(12):
            who = shop.customer()
            shop.regular(who, 0, 100, every=5, dollars=10 * (i + 1))
        self.replay(shop, 300, graph="  alert_policy: {capacity_per_day: 2, min_evidence: 1}")
        alerts = [a for a in self.out("alerts") if a["kind"] == "ALERT_KIND_CHURN_RISK"]
        per_day = {}
        for a in alerts:
            per_day.setdefault(a["eventTime"][:10], []).append(a)
        self.assertTrue(alerts)
        self.assertLessEqual(max(len(day) for day in per_day.values()), 2)
        self.assertGreater(len(per_day), 2, "what was held back comes later")
        self.assertEqual(len({a["customerId"] for a in alerts}), 12, "and everybody's turn comes")

    def test_W5_suggested_action(self):
        shop = Shop("w5")
        complaining, unprofitable, silent = (shop.customer() for _ in range(3))
        for who in (complaining, unprofitable):
            cost = {"costOfGoodsMinorUnits": "2500"} if who == unprofitable else {}
            shop.regular(who, 0, 100, **cost)
        for day in range(0, 40, 10):
            shop.says(silent, day, rating=stars(3))
        shop.complains(complaining, 110)
        self.replay(shop, 400, graph="  alert_policy: {min_evidence: 1, min_reason: 0.2}")
        actions = {}
        for a in self.out("alerts"):
            if a["kind"] == "ALERT_KIND_CHURN_RISK":
                actions.setdefault(a["customerId"], set()).add(a["suggestedAction"][len("SUGGESTED_ACTION_"):])
        self.assertIn("RECOVER", actions[complaining])
        self.assertTrue(actions[unprofitable] & {"CUT_COST_TO_SERVE", "REPRICE", "LET_GO"}, actions)
        self.assertNotIn("LET_GO", actions.get(silent, set()), "never for not having bought")

    def test_W7_lenses(self):
        shop = Shop("w7")
        who = shop.customer()
        shop.regular(who, 0, 100)
        shop.complains(who, 105)
        self.replay(shop, 200, graph="  alert_policy: {min_evidence: 1, lenses: {finance: {open_complaints: 50}}}",
                    more="sinks:\n  alerts:\n  risk:\n  for_finance: {kind: alerts, lens: finance}")
        plain = [a for a in self.out("alerts") if a["customerId"] == who]
        finance = [a for a in self.out("for_finance") if a["customerId"] == who]
        self.assertEqual(len(plain), len(finance))
        self.assertTrue(plain)
        both = [(p, f) for p, f in zip(plain, finance) if p["kind"] == "ALERT_KIND_CHURN_RISK"]
        differs = False
        for p, f in both:
            self.assertEqual(f["lens"], "finance")
            self.assertEqual((p["probability"], p.get("score")), (f["probability"], f.get("score")))
            order_of = lambda a: [c["name"] for c in a["contributions"]]
            self.assertEqual(sorted(order_of(p)), sorted(order_of(f)))
            differs = differs or order_of(p) != order_of(f)
            self.assertNotEqual(p["alertId"], f["alertId"])
        self.assertTrue(differs)

    def test_W8_segments(self):
        shop = Shop("w8")
        for i in range(20):
            who = shop.customer()
            north = i < 12
            shop.profile(who, 0, region="north" if north else "south")
            shop.regular(who, 1, 300 if north else 60)
            shop.survey(who, 30, csat=stars(5 if north else 2))
        self.replay(shop, 400, partitions=2)
        last = {}
        for s in self.out("segments"):
            last[s.get("key", ""), s.get("value", ""), s.get("task", 0)] = int(s["customers"])
        self.assertEqual(sum(n for (key, value, _), n in last.items() if value == "north"), 12)
        self.assertEqual(sum(n for (key, value, _), n in last.items() if value == "south"), 8)
        by_segment = self.report("satisfaction")["By segment"]
        self.assertEqual(self.row(by_segment, segment="region north")["with an index"], "12")
        index = lambda region: float(self.row(by_segment, segment=f"region {region}")["index"])
        self.assertGreater(index("north"), index("south") + 10)
        survival = self.report("loyalty", "--lost-after", "90")["Survival"]
        self.assertEqual(self.row(survival, customers="region north")["180 days"], "100 %")
        self.assertEqual(self.row(survival, customers="region south")["180 days"], "0 %")
        self.assertEqual({r["segments"]["region"] for r in self.out("risk") if r["customerId"] == "w8-1"}, {"north"})
        text = self.run_ebb("report", "value", "ebb.yaml", "--in", "out", "--segment", "region=nowhere")
        self.assertIn("Nothing is known of this segment", text)

    def test_W1_lifetime_value(self):
        shop = Shop("w1")
        month = 365.25 / 12
        for _ in range(5):
            who = shop.customer()
            for i in range(36):
                shop.buys(who, i * month, dollars=20)
        self.replay(shop, 36 * month, graph="  value: {margin: 1}\n  churn_risk: {market_lifetime_value: 60000}\n"
                    "  alert_policy: {min_evidence: 1, publish_change: 0}", clock=False)
        said = self.report("profit")["Lifetime value, the simple way"]
        row = self.row(said, customers="all customers")
        self.assertEqual(row["mean purchase"], "20.00 USD")
        self.assertEqual((row["purchases a month"], row["margin"], row["months"]), ("1.03", "100 %", "35.0"))
        self.assertEqual(row["value"], "720.00 USD", "20 x 36/35 x 1 x 35")
        self.assertEqual(row["to the market's"], "120 %", "elsewhere a customer brings 600")

    def test_W6_named_terms(self):
        shop = Shop("w6")
        who, alone, curious = shop.customer(), shop.customer(), shop.customer()
        for customer in (who, alone):
            shop.regular(customer, 0, 100, items=[{"category": "tea"}])
        shop.regular(curious, 0, 100, items=[{"category": "tea", "novelty": True}])
        shop.says(who, 50, referral={"otherCustomerId": "w6-brought", "converted": True, "otherValue": usd(300)})
        for customer in (who, alone, curious):
            shop.complains(customer, 105)

        def terms_with(prospective):
            self.replay(shop, 200, graph=f"  churn_risk: {{prospective: {prospective}}}\n"
                                         "  alert_policy: {min_evidence: 1, min_reason: 0.2}")
            return {a["customerId"]: {t["name"]: int(t["money"].get("minorUnits", 0)) for t in a["valueTerms"]}
                    for a in self.out("alerts") if a["kind"] == "ALERT_KIND_CHURN_RISK"}

        terms = terms_with("{}")
        self.assertLessEqual({"repeat_purchases", "referral", "lifetime"}, set(terms[who]))
        self.assertEqual(terms[who]["referral"], 30000)
        self.assertNotIn("referral", terms[alone], "absent is not zero")
        self.assertGreater(terms[who]["lifetime"], terms[who]["repeat_purchases"])
        self.assertNotIn("prospective", terms[alone], "who tries nothing new has no prospect that is known")
        self.assertAlmostEqual(terms[curious]["prospective"], terms[curious]["lifetime"] / 2, delta=1,
                               msg="never more than the half")
        few, more = (terms_with(f"{{kept: {kept}}}")[curious]["prospective"] for kept in (0.001, 0.002))
        self.assertGreater(few, 0)
        self.assertAlmostEqual(more, 2 * few, delta=2)

    def test_C8_takes_knowledge_away(self):
        shop = Shop("c8")
        teller, quiet = shop.customer(), shop.customer()
        for who in (teller, quiet):
            shop.regular(who, 0, 100)
        for day in range(60, 100, 4):
            shop.says(teller, day, sentiment=0.2, suggestion={"subject": "opening hours"})
        for who in (teller, quiet):
            shop.complains(who, 105)
        self.replay(shop, 200, graph="  alert_policy: {min_evidence: 1, min_reason: 0.2}")
        flags = {}
        for a in self.out("alerts"):
            flags.setdefault(a["customerId"], set()).update(a.get("flags", []))
        self.assertIn("takes_knowledge_away", flags[teller])
        self.assertNotIn("takes_knowledge_away", flags[quiet])


if __name__ == "__main__":
    Rows.ebb = str(pathlib.Path(sys.argv.pop(1)).resolve())
    sys.exit(unittest.main(verbosity=2))
