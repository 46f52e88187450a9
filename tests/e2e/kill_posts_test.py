"""kill -9 at random while events are posted: each acknowledged event counts, and counts once.

The k-th event of a customer is worth 2^k, so the customer's spend says which events were applied, and their number
whether one of them was applied twice. No event is ever sent again.
"""

import collections
import contextlib
import http.client
import json
import random
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import unittest

from shop import Ebb, Shop

EBB = None  # from the command line
LOG = "{{embedded: {{dir: {dir}/log}}}}"
KILLS = 20
POSTERS = 3
CUSTOMERS = 400  # of each poster
EVENTS_MAX = 40  # of a customer: 2^40 still adds up exactly
SEED = 4


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Poster(threading.Thread):
    """Posts batches until told to stop, and keeps what was acknowledged and of what nobody knows."""

    def __init__(self, number, port):
        super().__init__(daemon=True)
        self.rng = random.Random(SEED * 1000 + number)
        self.number = number
        self.port = port
        self.stopping = threading.Event()
        self.sent = collections.Counter()  # by customer: the number of the next event
        self.acknowledged = collections.Counter()  # by customer: sum of amounts
        self.unknown = collections.Counter()
        self.events = self.batches = 0
        self.wrong = None

    def batch(self):
        events = []
        for _ in range(self.rng.randint(1, 20)):
            customer = f"p{self.number}-{self.rng.randrange(CUSTOMERS)}"
            k = self.sent[customer]
            if k == EVENTS_MAX:
                continue
            self.sent[customer] += 1
            events.append({"eventId": f"{customer}-{k}", "customerId": customer, "eventTime": time.strftime(
                "%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
                "purchase": {"amount": {"currencyCode": "USD", "minorUnits": str(2**k)}}})
        return events

    def run(self):
        connection = None
        while not self.stopping.is_set():
            # A connection first: what can't be sent at all is not worth an event.
            if connection is None:
                connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
                try:
                    connection.connect()
                except OSError:
                    connection = None
                    self.stopping.wait(0.02)
                    continue
            events = self.batch()
            if not events:
                return
            sums = collections.Counter()
            for event in events:
                sums[event["customerId"]] += int(event["purchase"]["amount"]["minorUnits"])
            try:
                connection.request("POST", "/v1/events/purchases", json.dumps(events),
                                   {"Content-Type": "application/json"})
                answer = connection.getresponse()
                text = answer.read()
            except (OSError, http.client.HTTPException):
                self.unknown.update(sums)
                connection.close()
                connection = None
                continue
            if answer.status == 200:
                self.acknowledged.update(sums)
                self.events += len(events)
                self.batches += 1
            elif answer.status == 503:  # going down or coming up: refused as a whole, or not known
                self.unknown.update(sums)
            else:
                self.wrong = f"{answer.status} {text!r}"
                return


class KillPostsTest(unittest.TestCase):
    def test_each_acknowledged_event_counts_once(self):
        rng = random.Random(SEED)
        port = free_port()
        with tempfile.TemporaryDirectory(prefix="ebb-e2e-") as folder:
            shop = Shop(EBB, folder, LOG)
            text = shop.config.read_text().replace("http: off", f'http: {{listen: "127.0.0.1:{port}"}}')
            shop.config.write_text(text)
            posters = [Poster(number, port) for number in range(POSTERS)]
            for poster in posters:
                poster.start()
            log = open(shop.dir / "log.txt", "wb")
            try:
                for _ in range(KILLS):
                    before = sum(p.batches for p in posters)
                    process = subprocess.Popen([EBB.path, "run", shop.config], stderr=log)
                    # A random moment during posts, whatever the start takes.
                    more = rng.randint(1, 60)
                    deadline = time.monotonic() + 60
                    while sum(p.batches for p in posters) < before + more:
                        self.assertLess(time.monotonic(), deadline, "no posts were answered")
                        self.assertIsNone(process.poll(), "ended by itself")
                        self.assertEqual([p.wrong for p in posters if p.wrong], [])
                        time.sleep(rng.uniform(0, 0.003))
                    process.send_signal(signal.SIGKILL)
                    process.wait()
                for poster in posters:
                    poster.stopping.set()
                    poster.join()
                done = shop.run_to_end()
                process = subprocess.Popen([EBB.path, "run", shop.config], stderr=log)
                self.check(posters, port, done)
                process.terminate()
                self.assertEqual(process.wait(60), 0)
            finally:
                for poster in posters:
                    poster.stopping.set()
                if process.poll() is None:
                    process.kill()
                    process.wait()
                log.close()

    def check(self, posters, port, done):
        applied = 0
        for poster in posters:
            for customer in poster.sent:
                value = self.value_of(port, customer)
                spend, purchases = int(value.get("spendMinor", 0)), int(value.get("purchases", 0))
                acknowledged, unknown = poster.acknowledged[customer], poster.unknown[customer]
                self.assertEqual(acknowledged & ~spend, 0, f"{customer}: acknowledged, not applied")
                self.assertEqual(spend & ~(acknowledged | unknown), 0, f"{customer}: applied twice")
                self.assertEqual(spend.bit_count(), purchases, f"{customer}: applied twice")
                applied += purchases
        acknowledged = sum(poster.events for poster in posters)
        unknown = sum(value.bit_count() for poster in posters for value in poster.unknown.values())
        print(f"{KILLS} kills; {acknowledged:,} events acknowledged, all applied once; "
              f"{unknown:,} without an answer, {applied - acknowledged:,} of them applied")
        self.assertGreater(unknown, 0)  # kills did fall into posts
        self.assertEqual(done, {"applied": applied, "duplicate": 0, "dead_lettered": 0, "erased": 0})

    def value_of(self, port, customer):
        deadline = time.monotonic() + 60
        while True:
            try:
                with contextlib.closing(http.client.HTTPConnection("127.0.0.1", port, timeout=30)) as connection:
                    connection.request("GET", f"/v1/customers/{customer}")
                    answer = connection.getresponse()
                    text = answer.read()
            except OSError:
                answer = None
            if answer is not None and answer.status == 200:
                return next(node["state"] for node in json.loads(text)["nodes"] if node["name"] == "value") or {}
            if answer is not None and answer.status == 404:
                return {}
            self.assertLess(time.monotonic(), deadline, "no answer about customers")
            time.sleep(0.02)


if __name__ == "__main__":
    EBB = Ebb(sys.argv.pop(1))
    sys.exit(unittest.main())
