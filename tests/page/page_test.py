"""The live page in a real browser: what it shows is what the engine has done, and nothing from outside runs.

EBB_PAGE_SCREENSHOT=FILE keeps a picture of it.
"""

import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import threading
import unittest

from browser import Browser

EBB = None  # the binary, from the command line
EVIL = "<img src=x onerror=\"document.title='owned'\"><script>document.title='owned'</script>"

CONFIG = """\
name: page
partitions: 2
log: {{embedded: {{dir: {dir}/log}}}}
state: {{dir: {dir}/state}}
sources: {{purchases: , feedback: , surveys: , profiles: }}
time: {{advance: events}}
http: {{listen: "127.0.0.1:0"}}
"""


def evil_events():
    for day in range(1, 21):
        yield {"eventId": f"p{day}", "customerId": EVIL, "eventTime": f"2026-01-{day:02}T10:00:00Z",
               "purchase": {"amount": {"currencyCode": "USD", "minorUnits": "1250"}}}
    yield {"eventId": "k", "customerId": EVIL, "eventTime": "2026-01-21T00:00:00Z", "feedback": {"complaint": {
        "caseId": "k", "stage": "COMPLAINT_STAGE_OPENED", "severity": 1}}}
    for day in (25, 28, 31):
        yield {"eventId": f"k{day}", "customerId": EVIL, "eventTime": f"2026-12-{day:02}T10:00:00Z",
               "feedback": {"rating": {"value": 1, "min": 1, "max": 5}}}


class PageTest(unittest.TestCase):
    def setUp(self):
        temp = tempfile.TemporaryDirectory(prefix="ebb-page-")
        self.addCleanup(temp.cleanup)
        self.dir = pathlib.Path(temp.name)
        self.config = self.dir / "ebb.yaml"
        self.config.write_text(CONFIG.format(dir=self.dir))
        self.ebb("gen", "--out", self.dir, "--customers", "200", "--days", "120", "--start", "2025-09-01")
        (self.dir / "evil.jsonl").write_text("".join(json.dumps(e) + "\n" for e in evil_events()))
        self.ebb("send", "--force", self.config, f"purchases={self.dir}/evil.jsonl",
                 *(self.dir / f"{s}.jsonl" for s in ("purchases", "feedback", "surveys", "profiles")))
        self.daemon = subprocess.Popen([EBB, "run", self.config], stderr=subprocess.PIPE, text=True)
        self.addCleanup(self.daemon.stderr.close)
        self.addCleanup(self.daemon.wait)
        self.addCleanup(self.daemon.kill)
        for line in self.daemon.stderr:
            if found := re.search(r"HTTP at ([\d.:]+)", line):
                self.url = f"http://{found[1]}/"
                break
        # A pipe that nobody reads would stop the engine once it is full.
        drain = threading.Thread(target=self.daemon.stderr.read)
        drain.start()
        self.addCleanup(drain.join)
        self.addCleanup(self.daemon.kill)
        self.browser = Browser()
        self.addCleanup(self.browser.close)

    def ebb(self, *args):
        done = subprocess.run([EBB, *map(str, args)], capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_shows_graph_progress_alerts_and_a_customer(self):
        page = self.browser
        page.go(self.url)
        page.wait_for("document.getElementById('health')?.textContent === 'ready'")
        page.wait_for("document.querySelectorAll('#tasks tr').length === 3 &&"
                      " document.querySelectorAll('#tasks tr')[1].cells[3].textContent === 'yes'")
        boxes = page.evaluate("[...document.querySelectorAll('#graph text:not(.dim)')].map(t => t.textContent)")
        self.assertEqual(set(boxes), {"purchases", "feedback", "surveys", "profiles", "dedupe", "value", "satisfaction",
                                      "churn_risk", "alert_policy", "alerts", "risk", "dead_letters"})
        self.assertGreater(page.evaluate("document.querySelectorAll('#graph path').length"), 8)
        page.wait_for("document.getElementById('stream').textContent === 'live'")
        page.wait_for("document.querySelectorAll('#alerts tr').length > 20")
        page.wait_for("+document.querySelector('#progress tr:nth-child(2) td:nth-child(2)').textContent"
                      ".replaceAll(',', '') > 100")

        # The events of an id that is markup: shown as what they are.
        page.evaluate(f"by('id').value = {json.dumps(EVIL)}; by('ask').requestSubmit()")
        page.wait_for("document.querySelectorAll('#customer table').length === 2")
        self.assertTrue(page.evaluate("document.querySelector('#customer p').textContent").startswith(EVIL))
        self.assertGreater(page.evaluate("document.querySelectorAll('#customer table')[0].rows.length"), 3)
        if picture := os.environ.get("EBB_PAGE_SCREENSHOT"):
            page.screenshot(picture)
        page.evaluate("by('id').value = 'nobody'; by('ask').requestSubmit()")
        page.wait_for("document.getElementById('customer').textContent.includes('nothing is known')")
        self.assertEqual(page.evaluate("document.title"), "Ebb page")
        self.assertEqual(page.evaluate("document.querySelectorAll('img, script:not([src])').length"), 0)
        # 404: the favicon that browsers ask for, and the customer who isn't there. 503: whatever was asked before
        # the engine was ready.
        self.assertEqual([text for text in page.console if not re.search(r"status of (404|503)", text)], [])

    def test_says_when_the_engine_is_gone_and_comes_back_with_it(self):
        page = self.browser
        page.go(self.url)
        page.wait_for("document.getElementById('health')?.textContent === 'ready'")
        self.daemon.kill()
        page.wait_for("document.getElementById('health').textContent.startsWith('no answer')")


if __name__ == "__main__":
    EBB = str(pathlib.Path(sys.argv.pop(1)).resolve())
    sys.exit(unittest.main())
