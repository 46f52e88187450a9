// What the tests of config/ share.
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>

#include "config/config.h"
#include "config/diagnostics.h"
#include "config/load.h"

namespace ebb {

// Every setting at a value that is not its default.
inline constexpr char kFullConfig[] = R"(name: shop
partitions: 8
log:
  kafka:
    brokers: broker-1:9092, broker-2:9092
    client: {security.protocol: SASL_SSL, sasl.mechanism: SCRAM-SHA-512, sasl.username: ebb, sasl.password: hush}
    group: shop-group
    transactional_id_prefix: shop-tx
    changelog_topic: shop.rows
    session_timeout: 15s
    transaction_timeout: 20s
    replication: 3
sources:
  purchases:
  feedback: {topic: crm.feedback, format: json}
graph:
  dedupe: {from: [purchases, feedback]}
  value: {from: dedupe}
  satisfaction: {from: dedupe}
  churn_risk:
    from: [value, satisfaction]
    horizon: 60d
  policy: {op: alert_policy, from: churn_risk}
sinks:
  crm: {kind: alerts, from: policy, topic: crm.alerts, format: json}
  dead_letters: {topic: shop.dlq, format: json}
time:
  advance: events
  lateness: 5m
  max_ahead: 2h
  max_jump: 20d
  jump_confirmations: 5
  freshness: 3s
  max_source_silence: 1d
  merge_wait: 4s
money:
  currency: EUR
  rates: {USD: 0.9259, JPY: 0.0058}
engine:
  workers: 2
  epoch_interval: 50ms
  epoch_max_records: 1000
  epoch_max_bytes: 1MiB
  shutdown_timeout: 1m
  foreign_key: accept
  max_record_bytes: 64KiB
  skip_gaps: true
state:
  dir: /var/lib/ebb
  instance: ebb-0
  memory: 1GiB
  changelog_delete_retention: 2d
  erasure_marker: 60d
http: {listen: 0.0.0.0:9000, advertise: ebb-0.ebb:9000}
logging: {level: debug, format: json}
)";

// Lines 1 to 3 are right; what is tested begins on line 4.
inline std::string short_config(const std::string& rest) {
  return "name: shop\nlog: {embedded: {dir: ./data}}\nsources: {purchases: }\n" + rest;
}

inline Config load_ok(const std::string& text) {
  Diagnostics diagnostics;
  Config config = parse_config(text, "test.yaml", &diagnostics);
  EXPECT_EQ(diagnostics.to_string("test.yaml"), "");
  return config;
}

// All that is wrong with the file, one a line: "line:column: message".
inline std::string errors_of(const std::string& text) {
  Diagnostics diagnostics;
  parse_config(text, "", &diagnostics);
  std::istringstream lines(diagnostics.to_string(""));  // each begins with the empty path's colon
  std::string out;
  for (std::string line; std::getline(lines, line);)
    out += line.substr(line.rfind(": ", 0) == 0 ? 2 : 1) + "\n";
  return out;
}

// Sets a variable for a test's life.
class EnvironmentVariable {
 public:
  EnvironmentVariable(std::string name, const std::string& value) : name_(std::move(name)) {
    setenv(name_.c_str(), value.c_str(), 1);
  }
  ~EnvironmentVariable() { unsetenv(name_.c_str()); }
  EnvironmentVariable(const EnvironmentVariable&) = delete;
  EnvironmentVariable& operator=(const EnvironmentVariable&) = delete;

 private:
  std::string name_;
};

// A file with this content, gone with the object.
class TempFile {
 public:
  explicit TempFile(const std::string& content) : path_(testing::TempDir() + "ebb-config-XXXXXX") {
    const int fd = mkstemp(path_.data());
    EXPECT_GE(fd, 0);
    close(fd);
    std::ofstream(path_) << content;
  }
  ~TempFile() { std::remove(path_.c_str()); }
  TempFile(const TempFile&) = delete;
  TempFile& operator=(const TempFile&) = delete;
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

}  // namespace ebb
