"""What is in ops/prometheus and ops/grafana, with a real Prometheus that scrapes a real ebb: every expression of
the dashboard and every metric of the alert rules finds series. Grafana itself isn't run: its dashboard is only
checked as JSON."""

import json
import pathlib
import re
import socket
import subprocess
import sys
import tempfile
import time
import unittest
import urllib.error
import urllib.parse
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[2]
RULES = ROOT / "ops/prometheus/ebb.rules.yml"
RULE_TESTS = ROOT / "ops/prometheus/ebb.rules.test.yml"
SCRAPE = ROOT / "ops/prometheus/prometheus.yml"
DASHBOARD = ROOT / "ops/grafana/ebb.json"
RUNBOOK = ROOT / "docs/runbook.md"
EBB = None  # the binary, from the command line
WAIT_S = 60

CONFIG = """\
name: shop
partitions: 2
log: {{embedded: {{dir: {dir}/log}}}}
state: {{dir: {dir}/state}}
sources: {{purchases: , feedback: , surveys: , profiles: }}
http: {{listen: "127.0.0.1:0"}}
"""
PURCHASE = ('{{"eventId": "{id}", "customerId": "{customer}", "eventTime": "2026-01-01T00:00:00Z", '
            '"purchase": {{"amount": {{"currencyCode": "USD", "minorUnits": "100"}}}}}}\n')


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def expressions():
    """(panel, expression) for each target of the dashboard, its variables filled in."""
    for panel in json.loads(DASHBOARD.read_text())["panels"]:
        for target in panel.get("targets", ()):
            expr = target["expr"].replace("$__rate_interval", "10s").replace("$job", "ebb").replace("$instance", ".*")
            yield panel["title"], expr


class FilesTest(unittest.TestCase):
    def promtool(self, *args):
        done = subprocess.run(["promtool", *map(str, args)], capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_rules_are_right_and_fire_when_they_should(self):
        self.promtool("check", "rules", RULES)
        self.promtool("test", "rules", RULE_TESTS)
        self.promtool("check", "config", SCRAPE)

    def test_every_alert_is_complete_tested_and_has_its_place_in_the_runbook(self):
        rules = RULES.read_text().split("- alert: ")[1:]
        names = {rule.split("\n", 1)[0] for rule in rules}
        self.assertEqual(len(names), len(rules))
        sections = set(re.findall(r"^## (\w+)$", RUNBOOK.read_text(), re.MULTILINE))
        self.assertEqual(names, sections)
        tested = RULE_TESTS.read_text()
        for rule in rules:
            name = rule.split("\n", 1)[0]
            self.assertRegex(name, r"^Ebb([A-Z][a-z]+)+$")
            for part in ("severity: ", "summary: ", "description: ", f"docs/runbook.md#{name.lower()}"):
                self.assertIn(part, rule)
            self.assertIn(name, tested)

    def test_the_dashboard_is_a_classic_one_whose_panels_dont_overlap(self):
        board = json.loads(DASHBOARD.read_text())
        self.assertEqual(board["uid"], "ebb")
        self.assertEqual(len({p["id"] for p in board["panels"]}), len(board["panels"]))
        taken = set()
        for panel in board["panels"]:
            at = panel["gridPos"]
            cells = {(x, y) for x in range(at["x"], at["x"] + at["w"]) for y in range(at["y"], at["y"] + at["h"])}
            self.assertFalse(cells & taken, panel["title"])
            self.assertLessEqual(at["x"] + at["w"], 24)
            taken |= cells
            for target in panel.get("targets", ()):
                self.assertTrue(target["expr"])
            if panel["type"] != "row":
                self.assertEqual(panel["datasource"]["uid"], "${datasource}")


class ScrapedTest(unittest.TestCase):
    def setUp(self):
        temp = tempfile.TemporaryDirectory(prefix="ebb-prometheus-")
        self.addCleanup(temp.cleanup)
        self.dir = pathlib.Path(temp.name)
        (self.dir / "ebb.yaml").write_text(CONFIG.format(dir=self.dir))
        # What can't be used has to be there too, and what fires timers.
        text = "".join(PURCHASE.format(id=f"e{i}", customer=f"c{i % 50}") for i in range(1000)) + "garbage\n"
        (self.dir / "purchases.jsonl").write_text(text)
        subprocess.run([EBB, "send", "--force", self.dir / "ebb.yaml", self.dir / "purchases.jsonl"], check=True,
                       stdout=subprocess.DEVNULL)
        ebb = self.start([EBB, "run", self.dir / "ebb.yaml"])
        address = next(found[1] for line in ebb.stderr if (found := re.search(r"HTTP at ([\d.:]+)", line)))
        self.posts = 0
        self.post_to = f"http://{address}/v1/events/purchases"
        config = SCRAPE.read_text().replace("15s", "1s").replace("127.0.0.1:8080", address)
        config = config.replace("ebb.rules.yml", str(RULES))
        (self.dir / "prometheus.yml").write_text(config)
        self.url = f"http://127.0.0.1:{(port := free_port())}"
        self.start(["prometheus", f"--config.file={self.dir}/prometheus.yml", f"--storage.tsdb.path={self.dir}/tsdb",
                    f"--web.listen-address=127.0.0.1:{port}"])

    def start(self, command):
        log = open(self.dir / f"{pathlib.Path(command[0]).name}.log", "w+", encoding="utf-8")
        self.addCleanup(log.close)
        piped = command[0] == EBB
        process = subprocess.Popen(list(map(str, command)), stderr=subprocess.PIPE if piped else log, text=True)
        if piped:
            self.addCleanup(process.stderr.close)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        return process

    def ask(self, path, **params):
        url = f"{self.url}/api/v1/{path}?{urllib.parse.urlencode(params)}"
        try:
            with urllib.request.urlopen(url, timeout=10) as reply:
                return json.loads(reply.read())["data"]
        except urllib.error.HTTPError as error:
            if error.code == 503:
                return None  # starting
            raise AssertionError(f"{params}: {error.read()}") from error
        except OSError:
            return None  # not up yet

    def wait_for(self, what, question):
        until = time.monotonic() + WAIT_S
        while not (answer := question()):
            self.assertLess(time.monotonic(), until, f"never: {what}")
            self.go_on()
        return answer

    def go_on(self):
        """One more event, so that rates have something to say; returns when it is on disk."""
        self.posts += 1
        event = PURCHASE.format(id=f"posted-{self.posts}", customer="c1").encode()
        request = urllib.request.Request(self.post_to, event, {"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=10) as reply:
            self.assertEqual(reply.status, 200)

    def series(self, expr):
        answer = self.ask("query", query=expr)
        return [s for s in answer["result"] if s["value"][1] != "NaN"] if answer else []

    def test_no_panel_is_dead_and_every_rule_finds_its_metrics(self):
        self.wait_for("two scrapes", lambda: self.series("count_over_time(up{job=\"ebb\"}[1m]) > 3"))
        for panel, expr in expressions():
            self.wait_for(f"{panel}: {expr}", lambda expr=expr: self.series(expr))
        rules = self.wait_for("rules", lambda: [
            rule for group in (self.ask("rules") or {"groups": []})["groups"] for rule in group["rules"]
            if rule["health"] != "unknown"])
        self.assertEqual(len(rules), RULES.read_text().count("- alert: "))
        for rule in rules:
            self.assertEqual(rule["health"], "ok", rule)
            for metric in re.findall(r"\b(?:ebb_\w+|up)(?:\{[^}]*\})?", rule["query"]):
                self.assertTrue(self.series(metric), f"{rule['name']}: {metric}")
        names = {rule["name"]: rule["state"] for rule in rules}
        self.assertEqual(names["EbbDown"], "inactive")
        self.assertEqual(names["EbbReloadFailed"], "inactive")


if __name__ == "__main__":
    EBB = str(pathlib.Path(sys.argv.pop(1)).resolve())
    sys.exit(unittest.main())
