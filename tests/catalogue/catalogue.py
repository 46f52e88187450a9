"""Rows of the customer catalogue, shown end to end: events in, `ebb replay`, risk rows and alerts out.

A row's test is a generator function named after the row in one of the rows_*.py files: it makes events with
the Shop that it gets, yields, and then looks at what Ebb made of them:

    def V4_net_value(shop):
        anna = shop.customer()
        shop.survey(anna, 3, believedWorth=usd(500), believedCost=usd(350))
        seen = yield
        seen.points(anna, "net_value")

All tests run in one replay, each with customers of its own.
"""

import datetime
import json
import pathlib
import subprocess
import tempfile

START = datetime.datetime(2020, 1, 1, tzinfo=datetime.timezone.utc)
END_DAY = 1600
SOURCES = ("purchases", "feedback", "surveys", "profiles")

# Weighed by 1, so that points in the risk table are the operators' own.
WEIGHED = (
    "barrier_ending captive circumstance competitor engagement fault gesture "
    "net_value offer_declined price promise promotion recovery silent_unhappy "
    "substitution support touchpoint trial trust unmet_need warranty_ending "
    "word_of_mouth"
).split()

# Every judgement is written to the risk table; one task, so that everybody's time is the same.
CONFIG = """\
name: catalogue
log: {{embedded: }}
sources: {{purchases: , feedback: , surveys: , profiles: }}
partitions: 1
graph:
  preset: {preset}
  satisfaction: {{weights: {{parking: 4}}, segment: tier, recovery_by: {{gold: 2d}}}}
  churn_risk: {{weights: {{{weights}}}}}
  alert_policy: {{min_evidence: 1, min_reason: 0.2, publish_change: 0, cool_down: 0d}}
{graph}
{more}
http: off
"""

# Of operators that only the catalogue has.
CATALOGUE = """\
  perceived_value: {segment: tier, alternative_by: {gold: 40000}}
"""


def time_of(day):
    return (START + datetime.timedelta(days=day)).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def day_of(text):
    return (datetime.datetime.fromisoformat(text.replace("Z", "+00:00")) - START).total_seconds() / 86400


def usd(dollars):
    return {"currencyCode": "USD", "minorUnits": str(round(100 * dollars))}


def stars(value, low=1, high=5, **more):
    return {"value": value, "min": low, "max": high, **more}


class Shop:
    """Makes events. Days count from the start; customers' names begin with the test's."""

    def __init__(self, name):
        self.name = name
        self.events = {source: [] for source in SOURCES}
        self.customers = 0
        self.ids = 0

    def customer(self):
        self.customers += 1
        return f"{self.name}-{self.customers}"

    def event(self, source, customer, day, **body):
        self.ids += 1
        event = {"eventId": f"{customer}-e{self.ids}", "customerId": customer, "eventTime": time_of(day), **body}
        self.events[source].append(event)
        return event

    def buys(self, customer, day, dollars=20, **more):
        return self.event("purchases", customer, day, purchase={"amount": usd(dollars), **more})

    def regular(self, customer, first=0, last=300, every=10, **more):
        """Buys often enough that silence says nothing."""
        day = first
        while day <= last:
            self.buys(customer, day, **more)
            day += every

    def regulars(self, count, **more):
        """Customers who buy alike: whatever differs later comes from what else they did."""
        customers = [self.customer() for _ in range(count)]
        for customer in customers:
            self.regular(customer, **more)
        return customers

    def says(self, customer, day, **feedback):
        return self.event("feedback", customer, day, feedback=feedback)

    def survey(self, customer, day, **survey):
        return self.event("surveys", customer, day, survey=survey)

    def profile(self, customer, day, **profile):
        return self.event("profiles", customer, day, profile=profile)

    def offer(self, customer, day, **offer):
        return self.event("purchases", customer, day, offer=offer)

    def fulfilment(self, customer, day, promises, **more):
        return self.event("purchases", customer, day, fulfilment={"promises": promises, **more})

    def complains(self, customer, day, case="case", stage="OPENED", **more):
        detail = {"caseId": case, "stage": f"COMPLAINT_STAGE_{stage}", **more.pop("complaint", {})}
        return self.says(customer, day, complaint=detail, **more)

    def probe(self, customer, day):
        """Something overdue at once: the alert of it says everything that is known just then, in sentences."""
        return self.complains(customer, day, case=f"probe-{day}", complaint={"promisedTime": time_of(day - 1)})


class Seen:
    """What Ebb said of one test's customers."""

    def __init__(self, risks, alerts, requests):
        self.risks = risks
        self.alerts = alerts
        self.requests = requests

    def row(self, customer, day=END_DAY):
        """The risk table's row as it stood at the end of that moment; None if there was none yet."""
        found = None
        for row in self.risks.get(customer, []):
            if row["day"] <= day + 1e-6:
                found = row
        return found

    def points(self, customer, name, day=END_DAY):
        row = self.row(customer, day)
        return sum(c.get("points", 0) for c in (row or {}).get("contributions", []) if c["name"] == name)

    def names(self, customer, day=END_DAY):
        return {c["name"] for c in (self.row(customer, day) or {}).get("contributions", [])}

    def score(self, customer, day=END_DAY):
        row = self.row(customer, day)
        return None if row is None else row.get("score", 0)

    def probability(self, customer, day=END_DAY):
        row = self.row(customer, day)
        return None if row is None else row.get("probability", 0)

    def told(self, customer, kind=None):
        return [a for a in self.alerts.get(customer, []) if kind is None or a["kind"] == f"ALERT_KIND_{kind}"]

    def requested(self, customer, kind=None):
        return [r for r in self.requests.get(customer, []) if kind is None or r["kind"] == f"REQUEST_KIND_{kind}"]

    def sentence(self, customer, name, day):
        """Of the alert that speaks for that day."""
        for alert in self.told(customer):
            if abs(alert["day"] - day) < 1e-3:
                for c in alert["contributions"]:
                    if c["name"] == name:
                        return c["sentence"]
        return None


TIME = "time: {max_jump: 4000d}"


def by_time(event):
    return event["eventTime"]


def replay(ebb, shops, preset="catalogue", graph="", more=TIME, order=by_time):
    """Runs all events once; returns what was seen by shop, and the summary."""
    with tempfile.TemporaryDirectory(prefix="ebb-catalogue-") as temp:
        folder = pathlib.Path(temp)
        (folder / "in").mkdir()
        events = {source: [] for source in SOURCES}
        for shop in shops:
            for source in SOURCES:
                events[source] += shop.events[source]
        for source in SOURCES:
            in_order = sorted(events[source], key=order)
            if source == "purchases":  # the last of all: time goes on to the end
                clock = Shop("clock")
                in_order.append(clock.buys(clock.customer(), END_DAY))
            (folder / "in" / f"{source}.jsonl").write_text("".join(json.dumps(e) + "\n" for e in in_order))
        (folder / "ebb.yaml").write_text(CONFIG.format(
            preset=preset, graph=(CATALOGUE if preset == "catalogue" else "") + graph, more=more, weights=", ".join(f"{name}: 1" for name in WEIGHED)))
        done = subprocess.run([ebb, "replay", folder / "ebb.yaml", "--in", folder / "in", "--out", folder / "out",
                               "--risk-history"],
                              capture_output=True, text=True, timeout=300, check=False)
        if done.returncode != 0:
            raise AssertionError(f"ebb replay: exit {done.returncode}\n{done.stderr}")

        def read(name):
            found = {}
            file = folder / "out" / f"{name}.jsonl"
            for line in file.read_text().splitlines() if file.exists() else ():
                record = json.loads(line)
                record = record.get("value", record)
                record["day"] = day_of(record["eventTime"])
                found.setdefault(record["customerId"], []).append(record)
            return found

        dead = [json.loads(line) for line in (folder / "out" / "dead_letters.jsonl").read_text().splitlines()]
        return Seen(read("risk_history"), read("alerts"), read("requests")), dead
