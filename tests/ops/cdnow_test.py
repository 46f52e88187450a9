#!/usr/bin/env python3
"""ops/data/cdnow on a few rows: exact money, one event for each order, and the order of events."""

import importlib.machinery
import importlib.util
import json
import pathlib
import unittest


def load_script():
    path = pathlib.Path(__file__).resolve().parents[2] / "ops" / "data" / "cdnow"
    loader = importlib.machinery.SourceFileLoader("cdnow", str(path))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader("cdnow", loader))
    loader.exec_module(module)
    return module


CDNOW = load_script()

MASTER_ROWS = """ customer_id  date number_of_cds  dollar_value\r
 00001 19970103  1   11.77\r
 00002 19970112  1   12.00\r
 00002 19970112  5   77.00\r
 00003 19970102  2    0.00\r
"""


class CdnowTest(unittest.TestCase):
    def test_cents_are_exact(self):
        self.assertEqual(CDNOW.parse_cents("0.29"), 29)
        self.assertEqual(CDNOW.parse_cents("90071992547409.93"), 9007199254740993)
        for bad in ("11.7", "11", "-1.00", "1e2", "1.005", ""):
            with self.subTest(bad), self.assertRaises(CDNOW.DataError):
                CDNOW.parse_cents(bad)

    def test_every_order_is_an_event_in_order_of_time(self):
        events = [json.loads(CDNOW.event_json(p)) for p in CDNOW.parse(MASTER_ROWS, CDNOW.MASTER.columns)]
        self.assertEqual([event["eventId"] for event in events],
                         ["cdnow-00003-19970102-1", "cdnow-00001-19970103-1",
                          "cdnow-00002-19970112-1", "cdnow-00002-19970112-2"])
        self.assertEqual([event["purchase"]["amount"]["minorUnits"] for event in events],
                         ["0", "1177", "1200", "7700"])

    def test_event_is_complete(self):
        self.assertEqual(json.loads(CDNOW.event_json(CDNOW.parse(MASTER_ROWS, CDNOW.MASTER.columns)[1])), {
            "eventId": "cdnow-00001-19970103-1",
            "customerId": "00001",
            "eventTime": "1997-01-03T00:00:00Z",
            "sourceSystem": "cdnow",
            "purchase": {
                "amount": {"currencyCode": "USD", "minorUnits": "1177"},
                "items": [{"category": "cd", "quantity": 1}],
                "kind": "PURCHASE_KIND_SALE",
                "channel": "web",
            },
        })

    def test_sample_keeps_the_master_id(self):
        purchases = CDNOW.parse(" 00004 0001 19970101  2   29.33\n", CDNOW.SAMPLE.columns)
        self.assertEqual([p.customer for p in purchases], ["00004"])

    def test_bad_row_is_named(self):
        with self.assertRaisesRegex(CDNOW.DataError, "line 2: 3 columns, want 4"):
            CDNOW.parse(" 00001 19970103  1   11.77\n 00001 19970103  1\n", CDNOW.MASTER.columns)


if __name__ == "__main__":
    unittest.main()
