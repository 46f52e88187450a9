// Each kind of fault with its exact place and message.
#include <gtest/gtest.h>

#include "tests/config/testing.h"

namespace ebb {
namespace {

struct Fault {
  const char* name;
  std::string text;
  std::string errors;
};

void PrintTo(const Fault& fault, std::ostream* out) {
  *out << fault.name;
}

class Errors : public testing::TestWithParam<Fault> {};

TEST_P(Errors, AreReportedInPlace) {
  EXPECT_EQ(errors_of(GetParam().text), GetParam().errors);
}

std::string fault_name(const testing::TestParamInfo<Fault>& info) {
  return info.param.name;
}

std::string on_kafka(const std::string& rest) {
  return "name: shop\nsources: {purchases: }\nlog:\n  kafka:\n    " + rest;
}

const Fault kSyntax[] = {
    {"Empty", "", "the file is empty; expected at least name, log and sources\n"},
    {"OnlyAComment", "# later\n", "the file is empty; expected at least name, log and sources\n"},
    {"NoMapping", "shop\n", "1:1: the file: expected a mapping (key: value), found 'shop'\n"},
    {"OpenBracket", "name: [shop\n", "2:1: not valid YAML: end of sequence flow not found\n"},
    {"Tab", "name: shop\nlog:\n\tembedded:\n",
     "3:10: not valid YAML: illegal map value (tabs can't indent)\n"},
    {"UnknownAlias", "name: *shop\n", "1:7: not valid YAML: the referenced anchor is not defined\n"},
    {"TwoDocuments", short_config("---\nname: b\n"), "5:1: expected one document, found a second one\n"},
    {"Duplicate", short_config("name: b\n"), "4:1: duplicate key 'name', already at 1:1\n"},
    {"DuplicateDeep", short_config("http:\n  listen: a:1\n  listen: b:2\n"),
     "6:3: duplicate key 'listen', already at 5:3\n"},
    {"ListAsKey", short_config("[a]: b\n"), "4:1: expected a name as key, found a list\n"},
    {"EmptyKey", short_config("\"\": b\n"), "4:1: expected a name as key, found ''\n"},
    {"MergeKey", short_config("time: {<<: {lateness: 1s}}\n"),
     "4:8: merge keys ('<<') are not supported; an alias can stand for a whole value\n"},
    {"Tag", short_config("partitions: !env N\n"),
     "4:13: tags such as '!env' mean nothing here\n4:13: partitions: expected a whole number, found 'N'\n"},
    {"TooDeep", short_config("graph: " + std::string(40, '[') + std::string(40, ']')),
     "4:39: not valid YAML: nested too deep\n"},
};
INSTANTIATE_TEST_SUITE_P(Syntax, Errors, testing::ValuesIn(kSyntax), fault_name);

const Fault kKeys[] = {
    {"NothingNeeded", "logging: {level: info}\n",
     "1:1: name: missing; expected a name for this config, such as shop\n"
     "1:1: log: missing; expected kafka: {brokers: ...} or embedded: {dir: ...}\n"
     "1:1: sources: missing; expected the input topics by name, such as purchases:\n"},
    {"TopLevel", short_config("sink: {}\n"), "4:1: unknown key 'sink'; did you mean 'sinks'?\n"},
    {"Swapped", short_config("htpt: off\n"), "4:1: unknown key 'htpt'; did you mean 'http'?\n"},
    {"NothingNear", short_config("time: {zone: UTC}\n"),
     "4:8: unknown key 'zone' in time; known keys: advance, lateness, max_ahead, max_jump, "
     "jump_confirmations, freshness, max_source_silence, merge_wait\n"},
    {"OtherSpelling", short_config("engine: {Epoch-Interval: 1s}\n"),
     "4:10: unknown key 'Epoch-Interval' in engine; did you mean 'epoch_interval'?\n"},
    {"Nested", on_kafka("brokrs: b:9092\n"),
     "5:5: log.kafka.brokers: missing; expected host:port,host:port...\n"
     "5:5: unknown key 'brokrs' in log.kafka; did you mean 'brokers'?\n"},
    {"InASource", "name: shop\nlog: {embedded: }\nsources:\n  purchases:\n    topik: t\n",
     "5:5: unknown key 'topik' in sources.purchases; did you mean 'topic'?\n"},
    {"InASink", short_config("sinks:\n  alerts: {fromat: json}\n"),
     "5:12: unknown key 'fromat' in sinks.alerts; did you mean 'format'?\n"},
};
INSTANTIATE_TEST_SUITE_P(Keys, Errors, testing::ValuesIn(kKeys), fault_name);

const Fault kTypes[] = {
    {"TextForInteger", short_config("partitions: many\n"),
     "4:13: partitions: expected a whole number, found 'many'\n"},
    {"FractionForInteger", short_config("partitions: 4.5\n"),
     "4:13: partitions: expected a whole number, found '4.5'\n"},
    {"ListForInteger", short_config("partitions: [4]\n"),
     "4:13: partitions: expected a whole number, found a list\n"},
    {"TooLarge", short_config("partitions: 99999999999999999999\n"),
     "4:13: partitions: expected a whole number, found '99999999999999999999'\n"},
    {"OutOfRange", short_config("partitions: 0\n"),
     "4:13: partitions: expected a whole number from 1 to 10000, found '0'\n"},
    {"Nothing", short_config("partitions:\n"),
     "4:1: partitions: expected a whole number, found nothing (leave the key out for the default)\n"},
    {"BareDuration", short_config("time: {lateness: 10}\n"),
     "4:18: time.lateness: expected a duration (250ms, 10s, 5m, 2h, 30d, 1w), found '10'\n"},
    {"DurationOutOfRange", short_config("time:\n  merge_wait: 1s\n"),
     "5:15: time.merge_wait: expected a duration (250ms, 10s, 5m, 2h, 30d, 1w) from 3s to 1h, found '1s'\n"},
    {"SizeInMegabytes", short_config("state: {memory: 512MB}\n"),
     "4:17: state.memory: expected a size (1000000B, 64KiB, 512MiB, 1GiB), found '512MB'\n"},
    {"SizeOutOfRange", short_config("state: {memory: 1MiB}\n"),
     "4:17: state.memory: expected a size (1000000B, 64KiB, 512MiB, 1GiB) from 64MiB to 16TiB, "
     "found '1MiB'\n"},
    {"Boolean", short_config("engine: {skip_gaps: yes}\n"),
     "4:21: engine.skip_gaps: expected true or false, found 'yes'\n"},
    {"Choice", short_config("time: {advance: event}\n"),
     "4:17: time.advance: expected one of clock, events, found 'event'; did you mean 'events'?\n"},
    {"ChoiceFarOff", short_config("logging: {format: xml}\n"),
     "4:19: logging.format: expected one of logfmt, json, found 'xml'\n"},
    {"ScalarForSection", short_config("engine: fast\n"),
     "4:9: engine: expected a mapping (key: value), found 'fast'\n"},
    {"ListForSection", short_config("time: [a]\n"),
     "4:7: time: expected a mapping (key: value), found a list\n"},
    {"ListForText", short_config("state: {dir: {a: b}}\n"),
     "4:14: state.dir: expected text, found a mapping\n"},
    {"LongTextIsCut", short_config("partitions: " + std::string(100, 'x') + "\n"),
     "4:13: partitions: expected a whole number, found '" + std::string(60, 'x') + "...'\n"},
};
INSTANTIATE_TEST_SUITE_P(Types, Errors, testing::ValuesIn(kTypes), fault_name);

const Fault kNames[] = {
    {"Config", "name: my shop\nlog: {embedded: }\nsources: {purchases: }\n",
     "1:7: name: expected 1 to 100 letters, digits, '.', '_' or '-'\n"},
    {"Source", "name: shop\nlog: {embedded: }\nsources: {Purchases: }\n",
     "3:11: sources: 'Purchases' is no name; expected 1 to 64 lower-case letters, digits, '_' or '-'\n"},
    {"NoSources", "name: shop\nlog: {embedded: }\nsources:\n",
     "3:1: sources: expected at least one source, found none\n"},
    {"SourcesAsList", "name: shop\nlog: {embedded: }\nsources: [purchases]\n",
     "3:10: sources: expected a mapping (name: ...), found a list\n"},
    {"Topic", short_config("sinks: {alerts: {topic: a/b}}\n"),
     "4:25: sinks.alerts.topic: expected a topic's name: 1 to 249 letters, digits, '.', '_' or '-'\n"},
    {"TwoSourcesOneTopic", "name: shop\nlog: {embedded: }\nsources:\n  a: {topic: t}\n  b: {topic: t}\n",
     "5:3: sources.b: the topic 't' is already that of sources.a\n"},
    {"SinkIntoSource", short_config("sinks:\n  alerts: {topic: shop.purchases}\n"),
     "5:3: sinks.alerts: the topic 'shop.purchases' is already that of sources.purchases\n"},
    {"SourceNamedAsADefaultNode", "name: shop\nlog: {embedded: }\nsources: {value: }\n",
     "3:11: 'value' names both a source and a node of the default graph\n"},
    {"NodeNamedAsASource", short_config("graph:\n  purchases: {op: alert_policy, from: purchases}\n"),
     "5:3: 'purchases' names both a source and a node\n"},
};
INSTANTIATE_TEST_SUITE_P(Names, Errors, testing::ValuesIn(kNames), fault_name);

const Fault kGraph[] = {
    {"NoFrom", short_config("graph:\n  alert_policy:\n"),
     "5:3: graph.alert_policy.from: missing; expected the names of sources or nodes\n"},
    {"UnknownPreset", short_config("graph: catalog\n"),
     "4:8: graph: there is no preset 'catalog'; expected catalogue, default, or nodes\n"},
    {"UnknownPresetWithNodes", short_config("graph:\n  preset: most\n  value: {margin: 1}\n"),
     "5:11: graph: there is no preset 'most'; expected catalogue, default, or nodes\n"},
    {"OpOfAPresetsNode", short_config("graph:\n  preset: default\n  value: {op: dedupe}\n"),
     "6:11: graph.value.op: the preset says which operator it is\n"},
    {"ScalarNode", short_config("graph:\n  alert_policy: purchases\n"),
     "5:17: graph.alert_policy: expected a mapping such as {from: dedupe}, found 'purchases'\n"},
    {"FromTwice", short_config("graph:\n  alert_policy: {from: [purchases, purchases]}\n"),
     "5:36: graph.alert_policy.from: 'purchases' is there twice\n"},
    {"FromMapping", short_config("graph:\n  alert_policy: {from: {a: b}}\n"),
     "5:24: graph.alert_policy.from: expected a name or a list of names, found a mapping\n"},
    {"FromListOfLists", short_config("graph:\n  alert_policy: {from: [[a]]}\n"),
     "5:25: graph.alert_policy.from: expected a name or a list of names, found a list\n"},
    {"NoPolicyAndNoSinks", short_config("graph:\n  dedupe: {from: purchases}\n"),
     "5:3: sinks: missing; the graph has no single alert_policy to take alerts and risk from\n"},
    {"NoPolicyForASink", short_config("graph:\n  dedupe: {from: purchases}\nsinks: {alerts: }\n"),
     "6:9: sinks.alerts.from: missing; expected a node's name (there is no single alert_policy to take it "
     "from)\n"},
    {"SinkWithoutKind", short_config("sinks: {crm: {from: alert_policy}}\n"),
     "4:14: sinks.crm.kind: missing; expected one of alerts, risk, dead_letters, requests, segments (only "
     "sinks with these names "
     "need none)\n"},
    {"DeadLettersFromANode", short_config("sinks: {dead_letters: {from: dedupe}}\n"),
     "4:30: sinks.dead_letters.from: dead letters come from the engine, not from a node\n"},
    {"DeadLettersAsAlerts", short_config("sinks: {dead_letters: {kind: alerts}}\n"),
     "4:30: sinks.dead_letters.kind: a sink with this name must be of kind dead_letters\n"},
    {"LensOfRisk", short_config("sinks: {risk: {lens: finance}}\n"),
     "4:22: sinks.risk.lens: only alerts are told by a lens\n"},
    {"TwoDeadLetters", short_config("sinks: {dlq: {kind: dead_letters}, dead_letters: }\n"),
     "4:36: sinks.dead_letters: dead letters go to one sink, and 'dlq' is one already\n"},
};
INSTANTIATE_TEST_SUITE_P(Graph, Errors, testing::ValuesIn(kGraph), fault_name);

const Fault kSettings[] = {
    {"NoLog", "name: shop\nlog: {}\nsources: {purchases: }\n",
     "2:6: log: expected kafka: {brokers: ...} or embedded: {dir: ...}, found neither\n"},
    {"TwoLogs", "name: shop\nlog:\n  kafka: {brokers: b:1}\n  embedded: {dir: d}\nsources: {purchases: }\n",
     "4:13: log.embedded: expected either kafka or embedded, found both\n"},
    {"Broker", on_kafka("brokers: b:9092,c:port\n"),
     "5:14: log.kafka.brokers: expected host:port,host:port..., found 'b:9092,c:port'\n"},
    {"BrokerInAList", on_kafka("brokers: [b:9092, 'c d']\n"),
     "5:23: log.kafka.brokers: expected host:port,host:port..., found 'c d'\n"},
    {"NoBrokers", on_kafka("brokers: []\n"),
     "5:14: log.kafka.brokers: expected at least one host:port, found none\n"},
    {"Group", on_kafka("brokers: b\n    group: my group\n"),
     "6:12: log.kafka.group: expected 1 to 200 letters, digits, '.', '_' or '-'\n"},
    {"EpochsLongerThanTransactions", on_kafka("brokers: b\nengine: {epoch_interval: 20s}\n"),
     "6:9: engine: epoch_interval (20s) must be shorter than log.kafka.transaction_timeout (10s)\n"},
    {"Currency", short_config("money: {currency: usd}\n"),
     "4:19: money.currency: expected an ISO 4217 code such as USD, found 'usd'\n"},
    {"RateOfNoCurrency", short_config("money: {rates: {Euro: 1.08}}\n"),
     "4:17: money.rates: expected an ISO 4217 code such as EUR, found 'Euro'\n"},
    {"RateOfItself", short_config("money: {rates: {USD: 1}}\n"),
     "4:17: money.rates: USD is the reporting currency, its rate is 1\n"},
    {"RateOfZero", short_config("money: {rates: {EUR: 0.0}}\n"),
     "4:22: money.rates.EUR: expected a rate above 0, found '0.0'\n"},
    {"RateTooExact", short_config("money: {rates: {EUR: 1.0812345}}\n"),
     "4:22: money.rates.EUR: at most 6 digits after the point can be kept exactly for EUR in USD, found "
     "'1.0812345'\n"},
    {"RateAsMapping", short_config("money: {rates: {EUR: {a: 1}}}\n"),
     "4:22: money.rates.EUR: expected text, found a mapping\n"},
    {"Instance", short_config("state: {instance: a b}\n"),
     "4:19: state.instance: expected 1 to 100 letters, digits, '.', '_' or '-'\n"},
    {"Dir", short_config("state: {dir: ''}\n"), "4:14: state.dir: expected a folder, found nothing\n"},
    {"HttpOn", short_config("http: yes\n"),
     "4:7: http: expected off or a mapping such as {listen: 127.0.0.1:8080}, found 'yes'\n"},
    {"Listen", short_config("http: {listen: 8080}\n"),
     "4:16: http.listen: expected host:port, found '8080'\n"},
    {"Advertise", short_config("http: {listen: 'a:0', advertise: 'a:0'}\n"),
     "4:34: http.advertise: expected host:port, found 'a:0'\n"},
};
INSTANTIATE_TEST_SUITE_P(Settings, Errors, testing::ValuesIn(kSettings), fault_name);

TEST(ErrorList, HoldsAllFaultsInTheOrderOfTheFile) {
  EXPECT_EQ(errors_of("logging: {level: loud}\n"
                      "name: shop\n"
                      "partitions: -1\n"
                      "log: {embedded: }\n"
                      "sources: {purchases: {format: avro}}\n"
                      "htp: off\n"),
            "1:18: logging.level: expected one of trace, debug, info, warn, error, found 'loud'\n"
            "3:13: partitions: expected a whole number from 1 to 10000, found '-1'\n"
            "5:31: sources.purchases.format: expected one of auto, protobuf, confluent, json, cloudevents, "
            "found 'avro'\n"
            "6:1: unknown key 'htp'; did you mean 'http'?\n");
}

TEST(ErrorList, NamesTheFile) {
  Diagnostics diagnostics;
  parse_config(short_config("partitions: 0\n"), "conf/shop.yaml", &diagnostics);
  EXPECT_EQ(diagnostics.to_string("conf/shop.yaml"),
            "conf/shop.yaml:4:13: partitions: expected a whole number from 1 to 10000, found '0'\n");
}

// Typing a file letter by letter: every beginning of it is refused or taken, and never worse.
TEST(Garbage, EveryTruncationIsJudged) {
  const std::string full = kFullConfig;
  for (std::size_t size = 0; size < full.size(); ++size) {
    Diagnostics diagnostics;
    parse_config(full.substr(0, size), "test.yaml", &diagnostics);
    for (const Diagnostic& error : diagnostics.errors()) EXPECT_FALSE(error.message.empty());
  }
}

TEST(Garbage, EveryFlippedByteIsJudged) {
  const std::string full = kFullConfig;
  for (std::size_t i = 0; i < full.size(); ++i) {
    constexpr std::string_view kBytes("\0\n\t:{]&*\"$\x80\xff-", 13);
    std::string broken = full;
    broken[i] = kBytes[i % kBytes.size()];
    Diagnostics diagnostics;
    parse_config(broken, "test.yaml", &diagnostics);
    for (const Diagnostic& error : diagnostics.errors()) EXPECT_FALSE(error.message.empty());
  }
}

TEST(Garbage, ManyNodesAreRefused) {
  std::string text = "a: [";
  for (int i = 0; i < 200'000; ++i) text += "b,";
  EXPECT_NE(errors_of(text + "]\n").find("the file holds too much"), std::string::npos);
}

TEST(Garbage, AliasesOfAliasesCostNothing) {
  std::string text = "a0: &a0 [x]\n";
  for (int i = 1; i < 60; ++i) {
    const std::string last = "*a" + std::to_string(i - 1);
    text += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [" + last + "," + last + "]\n";
  }
  EXPECT_NE(errors_of(text).find("unknown key 'a59'"), std::string::npos);
}

}  // namespace
}  // namespace ebb
