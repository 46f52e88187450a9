#!/usr/bin/env python3
"""Plants includes in a small tree and expects layering.py, with the project's own rules, to name each."""

import pathlib
import subprocess
import sys
import tempfile
import unittest

HERE = pathlib.Path(__file__).resolve().parent

CLEAN_TREE = {
    "engine/base/status.h": "#include <string>\n",
    "operators/operator.h": '#include <vector>\n#include "ebb/v1/event.pb.h"\n#include "engine/base/status.h"\n',
    "operators/value.cc": '#include "operators/operator.h"\n#include "operators/models/decay.h"\n',
    "operators/models/decay.h": "#include <cmath>\n",
    "engine/worker.cc": '#include <sys/stat.h>\n#include "operators/operator.h"\n#include "state/store.h"\n',
    "engine/kafka/consumer.cc": '#include <librdkafka/rdkafka.h>\n\n#include "engine/port.h"\n',
    "engine/app/main.cc": '#include "engine/kafka/consumer.h"\n#include "operators/value.h"\n',
    "tests/state/store_test.cc": '#include <gtest/gtest.h>\n#include <rocksdb/db.h>\n',
    "build/debug/generated.cc": '#include "anything.h"\n',
}


def run_layering(tree):
    """Writes `tree` ({path: text}) to a temporary folder and checks it; (exit code, lines printed)."""
    with tempfile.TemporaryDirectory() as folder:
        root = pathlib.Path(folder)
        for name, text in tree.items():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_text(text, encoding="utf-8")
        command = [sys.executable, HERE / "layering.py", "--root", root, "--rules", HERE / "rules.toml"]
        result = subprocess.run(command, capture_output=True, text=True, check=False)
        return result.returncode, result.stdout.splitlines()


class LayeringTest(unittest.TestCase):
    def expect_violation(self, name, text, line, *words):
        """Plants file `name` with `text` into the clean tree and expects this one violation in it."""
        code, lines = run_layering(CLEAN_TREE | {name: text})
        self.assertEqual(code, 1, lines)
        self.assertEqual(len(lines), 2, lines)
        self.assertTrue(lines[0].startswith(f"{name}:{line}: "), lines)
        for word in words:
            self.assertIn(word, lines[0])

    def test_clean_tree_passes(self):
        code, lines = run_layering(CLEAN_TREE)
        self.assertEqual((code, lines), (0, ["layering: 8 files, 0 violations"]))

    def test_operator_may_not_use_kafka_rocksdb_http_or_yaml(self):
        for header in ("librdkafka/rdkafka.h", "rocksdb/db.h", "httplib.h", "yaml-cpp/yaml.h"):
            with self.subTest(header):
                text = f'#include "operators/operator.h"\n\n#  include <{header}>\n'
                self.expect_violation("operators/bad.cc", text, 3, "operators may not include", header)

    def test_operator_may_not_use_engine(self):
        self.expect_violation("operators/bad.cc", '#include "engine/worker.h"\n', 1, "(of engine)")

    def test_engine_may_not_name_an_operator(self):
        self.expect_violation("engine/bad.cc", '#include "operators/value.h"\n', 1, "operators/value.h")

    def test_engine_may_not_know_its_logs(self):
        self.expect_violation("engine/bad.cc", '\n#include "engine/kafka/consumer.h"\n', 2, "engine/kafka")

    def test_logs_may_not_know_each_other(self):
        self.expect_violation("engine/kafka/bad.cc", '#include "engine/embedded/log.h"\n', 1, "engine/embedded")

    def test_rocksdb_says_whose_it_is(self):
        text = "#include <rocksdb/db.h>\n"
        self.expect_violation("engine/kafka/bad.cc", text, 1, "rocksdb is for state, engine/embedded")

    def test_leaf_uses_nothing_of_the_project(self):
        self.expect_violation("engine/base/bad.h", '#include "state/store.h"\n', 1, "engine/base may not")

    def test_lower_layer_may_not_use_a_higher_one(self):
        for name, header in (("proto/bad.cc", "config/job.h"), ("config/bad.cc", "state/store.h"),
                             ("state/bad.cc", "operators/operator.h")):
            with self.subTest(name):
                self.expect_violation(name, f'#include "{header}"\n', 1, header)

    def test_unknown_library_is_refused(self):
        self.expect_violation("state/bad.cc", "#include <sqlite/sqlite3.h>\n", 1, "no external group")

    def test_path_not_from_the_root_is_refused(self):
        self.expect_violation("state/bad.cc", '#include "store.h"\n', 1, "no path from the project's root")

    def test_unknown_folder_is_refused(self):
        self.expect_violation("misc/bad.cc", "#include <string>\n", 1, "in no unit")

    def test_empty_tree_is_no_success(self):
        code, _ = run_layering({"README.md": "text\n"})
        self.assertEqual(code, 2)


if __name__ == "__main__":
    unittest.main()
