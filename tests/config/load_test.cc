// A file of every section becomes the right Config, and a short file the right defaults.
#include "config/load.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "config/describe.h"
#include "tests/config/testing.h"

namespace ebb {
namespace {

using ::testing::ElementsAre;
using ::testing::Pair;

TEST(Load, TheShortestFileGetsTheDefaultGraphAndSinks) {
  const Config config = load_ok("name: shop\nlog: {embedded: }\nsources: {purchases: , feedback: }\n");
  EXPECT_EQ(config.name, "shop");
  EXPECT_EQ(config.path, "test.yaml");
  EXPECT_EQ(config.partitions, 4);
  EXPECT_EQ(config.log.kind, LogKind::kEmbedded);
  EXPECT_EQ(config.log.embedded.dir, "./shop-data");
  EXPECT_EQ(config.state.dir, "./shop-state");
  ASSERT_EQ(config.sources.size(), 2u);
  EXPECT_EQ(config.sources[1].name, "feedback");
  EXPECT_EQ(config.sources[1].topic, "shop.feedback");
  EXPECT_EQ(config.sources[1].place.line, 3);

  std::vector<std::string> nodes;
  for (const NodeConfig& node : config.graph.nodes) nodes.push_back(node.op);
  EXPECT_THAT(nodes, ElementsAre("dedupe", "value", "satisfaction", "churn_risk", "alert_policy"));
  ASSERT_EQ(config.graph.nodes[0].from.size(), 2u);
  EXPECT_EQ(config.graph.nodes[0].from[1].first, "feedback");
  EXPECT_EQ(config.graph.nodes[3].from[1].first, "satisfaction");

  ASSERT_EQ(config.sinks.size(), 3u);
  EXPECT_EQ(config.sinks[0].kind, SinkKind::kAlerts);
  EXPECT_EQ(config.sinks[0].topic, "shop.alerts");
  EXPECT_EQ(config.sinks[0].from, "alert_policy");
  EXPECT_EQ(config.sinks[1].kind, SinkKind::kRisk);
  EXPECT_EQ(config.sinks[2].kind, SinkKind::kDeadLetters);
  EXPECT_EQ(config.sinks[2].from, "");
}

TEST(Load, EverySettingArrives) {
  const Config c = load_ok(kFullConfig);
  EXPECT_EQ(c.name, "shop");
  EXPECT_EQ(c.partitions, 8);
  EXPECT_EQ(c.log.kind, LogKind::kKafka);
  EXPECT_EQ(c.log.kafka.brokers, "broker-1:9092,broker-2:9092");
  EXPECT_THAT(c.log.kafka.client,
              ElementsAre(Pair("security.protocol", "SASL_SSL"), Pair("sasl.mechanism", "SCRAM-SHA-512"),
                          Pair("sasl.username", "ebb"), Pair("sasl.password", "hush")));
  EXPECT_EQ(c.log.kafka.group, "shop-group");
  EXPECT_EQ(c.log.kafka.transactional_id_prefix, "shop-tx");
  EXPECT_EQ(c.log.kafka.changelog_topic, "shop.rows");
  EXPECT_EQ(c.log.kafka.session_timeout_ms, 15'000);
  EXPECT_EQ(c.log.kafka.transaction_timeout_ms, 20'000);
  EXPECT_EQ(c.log.kafka.replication, 3);
  EXPECT_EQ(c.sources[1].topic, "crm.feedback");
  EXPECT_EQ(c.sources[1].format, EventFormat::kJson);
  EXPECT_EQ(c.graph.nodes[3].params.fields().size(), 1u);
  EXPECT_EQ(c.graph.nodes[3].params.fields()[0].first, "horizon");
  EXPECT_EQ(c.graph.nodes[3].params.fields()[0].second.scalar(), "60d");
  EXPECT_EQ(c.graph.nodes[4].name, "policy");
  EXPECT_EQ(c.graph.nodes[4].op, "alert_policy");
  EXPECT_EQ(c.sinks[0].name, "crm");
  EXPECT_EQ(c.sinks[0].kind, SinkKind::kAlerts);
  EXPECT_EQ(c.sinks[0].topic, "crm.alerts");
  EXPECT_EQ(c.sinks[0].from, "policy");
  EXPECT_EQ(c.sinks[0].format, SinkFormat::kJson);
  EXPECT_EQ(c.sinks[1].name, "dead_letters");
  EXPECT_EQ(c.time.advance, TimeAdvance::kEvents);
  EXPECT_EQ(c.time.lateness_ms, 5 * kMinuteMs);
  EXPECT_EQ(c.time.max_ahead_ms, 2 * kHourMs);
  EXPECT_EQ(c.time.max_jump_ms, 20 * kDayMs);
  EXPECT_EQ(c.time.jump_confirmations, 5);
  EXPECT_EQ(c.time.freshness_ms, 3 * kSecondMs);
  EXPECT_EQ(c.time.max_source_silence_ms, kDayMs);
  EXPECT_EQ(c.time.merge_wait_ms, 4 * kSecondMs);
  EXPECT_EQ(c.money.currency, "EUR");
  EXPECT_THAT(c.money.rates_micro, ElementsAre(Pair("USD", 925'900), Pair("JPY", 580'000)));
  EXPECT_EQ(c.engine.workers, 2);
  EXPECT_EQ(c.engine.epoch_interval_ms, 50);
  EXPECT_EQ(c.engine.epoch_max_records, 1000u);
  EXPECT_EQ(c.engine.epoch_max_bytes, 1u << 20);
  EXPECT_EQ(c.engine.shutdown_timeout_ms, kMinuteMs);
  EXPECT_EQ(c.engine.foreign_key, ForeignKeyPolicy::kAccept);
  EXPECT_EQ(c.engine.max_record_bytes, 64u << 10);
  EXPECT_TRUE(c.engine.skip_gaps);
  EXPECT_EQ(c.state.dir, "/var/lib/ebb");
  EXPECT_EQ(c.state.instance, "ebb-0");
  EXPECT_EQ(c.state.memory_bytes, 1u << 30);
  EXPECT_EQ(c.state.changelog_delete_retention_ms, 2 * kDayMs);
  EXPECT_EQ(c.state.erasure_marker_ms, 60 * kDayMs);
  EXPECT_TRUE(c.http.enabled);
  EXPECT_EQ(c.http.listen, "0.0.0.0:9000");
  EXPECT_EQ(c.http.advertise, "ebb-0.ebb:9000");
  EXPECT_EQ(c.logging.level, "debug");
  EXPECT_EQ(c.logging.format, "json");
}

TEST(Load, FromTakesOneNameOrMany) {
  const Config config =
      load_ok(short_config("graph:\n"
                           "  dedupe: {from: [purchases]}\n"
                           "  alert_policy: {from: dedupe}\n"));
  ASSERT_EQ(config.graph.nodes[0].from.size(), 1u);
  EXPECT_EQ(config.graph.nodes[0].from[0].second.line, 5);
  EXPECT_EQ(config.graph.nodes[0].from[0].second.column, 19);
  EXPECT_EQ(config.graph.nodes[1].from[0].first, "dedupe");
}

TEST(Load, AGraphMayBeAPreset) {
  const Config plain = load_ok(short_config("graph: default\n"));
  EXPECT_EQ(describe(plain), describe(load_ok(short_config(""))));
  const Config whole = load_ok(short_config("graph: catalogue\n"));
  EXPECT_GT(whole.graph.nodes.size(), plain.graph.nodes.size());
  EXPECT_EQ(whole.sinks.size(), 5u) << "requests and segments too";
}

TEST(Load, APresetMayBeChangedAndAddedTo) {
  const Config config =
      load_ok(short_config("graph:\n"
                           "  preset: default\n"
                           "  value: {margin: 0.5}\n"
                           "  churn_risk: {from: [value, second]}\n"
                           "  second: {op: satisfaction, from: dedupe}\n"));
  ASSERT_EQ(config.graph.nodes.size(), 6u);
  EXPECT_EQ(config.graph.nodes[1].from[0].first, "dedupe");
  EXPECT_EQ(config.graph.nodes[1].params.fields()[0].first, "margin");
  EXPECT_EQ(config.graph.nodes[3].from[1].first, "second");
  EXPECT_EQ(config.graph.nodes[5].op, "satisfaction");
}

TEST(Load, HttpOffAndMemoryAuto) {
  const Config config = load_ok(short_config("http: off\nstate: {memory: auto}\n"));
  EXPECT_FALSE(config.http.enabled);
  EXPECT_EQ(config.state.memory_bytes, 0u);
}

TEST(Load, OnKafkaThePartitionsAreTheTopics) {
  EXPECT_EQ(load_ok("name: shop\nlog: {kafka: {brokers: b:9092}}\nsources: {purchases: }\n").partitions, 0);
}

TEST(Load, AnchorsAndAliasesShareAValue) {
  const Config config = load_ok(short_config("time: {lateness: &short 5s, freshness: *short}\n"));
  EXPECT_EQ(config.time.lateness_ms, 5'000);
  EXPECT_EQ(config.time.freshness_ms, 5'000);
}

TEST(Load, AMissingFileIsReportedWithoutAPlace) {
  Diagnostics diagnostics;
  load_config("/nowhere/shop.yaml", &diagnostics);
  EXPECT_EQ(diagnostics.to_string("/nowhere/shop.yaml"),
            "/nowhere/shop.yaml: can't read the file: No such file or directory\n");
}

TEST(Load, AFolderIsNoFile) {
  Diagnostics diagnostics;
  load_config("/", &diagnostics);
  EXPECT_EQ(diagnostics.to_string("/"), "/: can't read the file: Is a directory\n");
}

}  // namespace
}  // namespace ebb
