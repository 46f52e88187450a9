"""The corpus of garbage through the whole of Ebb, good events between: each piece becomes a dead letter with
its reason, the good events count, and the process lives."""

import base64
import subprocess
import sys
import tempfile
import unittest

from shop import Ebb, Shop

EBB = WRITER = None  # from the command line
LOG = "{{embedded: {{dir: {dir}/log}}}}"


class GarbageTest(unittest.TestCase):
    def test_each_record_is_applied_or_a_dead_letter_with_its_reason(self):
        with tempfile.TemporaryDirectory(prefix="ebb-e2e-") as temp:
            shop = Shop(EBB, temp, LOG, partitions=1, more="money: {rates: {EUR: 1.08}}\n")
            written = subprocess.run([WRITER, shop.config], capture_output=True, text=True, check=True)
            records = [line.split(" ", 2) for line in written.stdout.splitlines()]
            bad = {str(offset): record for offset, record in enumerate(records) if record[0] != "-"}
            self.assertGreaterEqual(len(bad), 100)

            counts = shop.run_to_end()
            letters = {letter.get("offset", "0"): letter for letter in shop.tail("dead_letters")}
            self.assertEqual([bad[offset][2] for offset in bad.keys() - letters.keys()], [])
            self.assertEqual([records[int(offset)][2] for offset in letters.keys() - bad.keys()], [])
            self.assertEqual(counts, {"applied": len(records) - len(bad), "duplicate": 0,
                                      "dead_lettered": len(bad), "erased": 0})
            for offset, (reason, value, name) in bad.items():
                with self.subTest(name):
                    letter = letters[offset]
                    self.assertEqual(letter["reason"], reason)
                    self.assertTrue(letter["message"])
                    self.assertEqual(letter["topic"], "shop.purchases")
                    self.assertEqual(letter.get("valueTruncated", False), reason == "too_large")
                    if value != "-":
                        self.assertEqual(base64.b64decode(letter.get("value", "")), base64.b64decode(value[1:]))
            self.assertEqual(shop.run_to_end(), counts)  # and none is read again


if __name__ == "__main__":
    EBB, WRITER = Ebb(sys.argv.pop(1)), sys.argv.pop(1)
    sys.exit(unittest.main())
