// Which properties reach the Kafka client, and that secrets stay secret.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "config/client_properties.h"
#include "config/describe.h"
#include "tests/config/testing.h"

namespace ebb {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::Pair;

// The properties stand on line 6, from column 14.
std::string with_client(const std::string& properties) {
  return "name: shop\nsources: {purchases: }\nlog:\n  kafka:\n    brokers: b:9092\n    client: {" +
         properties + "}\n";
}

TEST(Client, TakesWhatIsAllowed) {
  const Config config =
      load_ok(with_client("security.protocol: SSL, ssl.ca.location: /ca.pem, socket.timeout.ms: 5000, "
                          "socket.keepalive.enable: true, compression.type: zstd"));
  EXPECT_THAT(config.log.kafka.client,
              ElementsAre(Pair("security.protocol", "SSL"), Pair("ssl.ca.location", "/ca.pem"),
                          Pair("socket.timeout.ms", "5000"), Pair("socket.keepalive.enable", "true"),
                          Pair("compression.type", "zstd")));
}

TEST(Client, ReadsSecretsFromFiles) {
  const TempFile plain("hush\n");
  const TempFile two_lines("pass phrase\n\n");
  const TempFile dos("hush\r\n");
  const Config config = load_ok(with_client(
      "security.protocol: sasl_ssl, sasl.password_file: " + plain.path() +
      ", ssl.key.password_file: " + two_lines.path() + ", ssl.keystore.password_file: " + dos.path()));
  EXPECT_THAT(config.log.kafka.client,
              ElementsAre(Pair("security.protocol", "sasl_ssl"), Pair("sasl.password", "hush"),
                          Pair("ssl.key.password", "pass phrase\n"), Pair("ssl.keystore.password", "hush")));
}

TEST(Client, RefusesWhatWouldBreakExactlyOnce) {
  for (const char* name : {"isolation.level",
                           "enable.auto.commit",
                           "auto.offset.reset",
                           "auto.commit.interval.ms",
                           "enable.auto.offset.store",
                           "enable.idempotence",
                           "acks",
                           "request.required.acks",
                           "retries",
                           "max.in.flight",
                           "max.in.flight.requests.per.connection",
                           "partitioner",
                           "partition.assignment.strategy",
                           "group.id",
                           "group.instance.id",
                           "group.protocol.type",
                           "transactional.id",
                           "transaction.timeout.ms",
                           "bootstrap.servers",
                           "queued.min.messages",
                           "plugin.library.paths",
                           "session.timeout.ms",
                           "message.timeout.ms"}) {
    EXPECT_EQ(find_client_property(name), nullptr) << name;
    EXPECT_THAT(errors_of(with_client(std::string(name) + ": x")),
                HasSubstr(std::string("6:14: log.kafka.client.") + name + ": not allowed: "));
  }
}

TEST(Client, SaysWhyNot) {
  EXPECT_EQ(
      errors_of(with_client("isolation.level: read_uncommitted")),
      "6:14: log.kafka.client.isolation.level: not allowed: it would break exactly-once: Ebb reads committed "
      "records only\n");
  EXPECT_EQ(errors_of(with_client("group.id: g")),
            "6:14: log.kafka.client.group.id: not allowed: set log.kafka.group\n");
}

TEST(Client, SuggestsTheRightName) {
  EXPECT_EQ(
      errors_of(with_client("sasl.pasword_file: x")),
      "6:14: unknown key 'sasl.pasword_file' in log.kafka.client; did you mean 'sasl.password_file'?\n");
  EXPECT_EQ(
      errors_of(with_client("zookeeper.connect: x")),
      "6:14: unknown key 'zookeeper.connect' in log.kafka.client; docs/config.md lists what may be set\n");
  EXPECT_EQ(errors_of(with_client("client.rack_file: x")),
            "6:14: unknown key 'client.rack_file' in log.kafka.client; only secrets are read from files, so "
            "give 'client.rack' itself\n");
}

TEST(Client, ChecksValues) {
  EXPECT_EQ(errors_of(with_client("security.protocol: tls")),
            "6:33: log.kafka.client.security.protocol: expected one of plaintext, ssl, sasl_plaintext, "
            "sasl_ssl, found "
            "'tls'\n");
  EXPECT_EQ(
      errors_of(with_client("socket.timeout.ms: 1")),
      "6:33: log.kafka.client.socket.timeout.ms: expected a whole number from 10 to 300000, found '1'\n");
  EXPECT_EQ(errors_of(with_client("check.crcs: 1")),
            "6:26: log.kafka.client.check.crcs: expected true or false, found '1'\n");
  EXPECT_EQ(errors_of(with_client("client.rack: [a]")),
            "6:27: log.kafka.client.client.rack: expected a single value, found a list\n");
  EXPECT_EQ(errors_of(with_client("client.rack: ''")),
            "6:27: log.kafka.client.client.rack: expected text, found nothing\n");
}

TEST(Client, RefusesContradictions) {
  EXPECT_EQ(
      errors_of(with_client("sasl.username: ebb")),
      "6:14: log.kafka.client.sasl.username: has no effect unless security.protocol is sasl_plaintext or "
      "sasl_ssl\n");
  EXPECT_EQ(
      errors_of(with_client("security.protocol: sasl_plaintext, ssl.ca.location: /ca.pem")),
      "6:49: log.kafka.client.ssl.ca.location: has no effect unless security.protocol is ssl or sasl_ssl\n");
  EXPECT_EQ(errors_of(with_client("compression.type: lz4, compression.codec: zstd")),
            "6:37: log.kafka.client.compression.codec: already set at 6:14\n");
  const TempFile secret("hush");
  EXPECT_EQ(errors_of(with_client("security.protocol: sasl_ssl, sasl.password: a, sasl.password_file: " +
                                  secret.path())),
            "6:61: log.kafka.client.sasl.password_file: already set at 6:43\n");
}

TEST(Client, SecretFilesThatDontDo) {
  EXPECT_EQ(errors_of(with_client("security.protocol: sasl_ssl, sasl.password_file: /nowhere/secret")),
            "6:63: log.kafka.client.sasl.password_file: can't take the secret from the file "
            "'/nowhere/secret': No such "
            "file or directory\n");
  const TempFile empty("\n");
  EXPECT_EQ(errors_of(with_client("security.protocol: sasl_ssl, sasl.password_file: " + empty.path())),
            "6:63: log.kafka.client.sasl.password_file: can't take the secret from the file '" +
                empty.path() + "': it is empty\n");
}

TEST(Client, NoPropertyIsBothAllowedAndRefusedOrListedTwice) {
  std::set<std::string_view> seen;
  for (const ClientProperty& property : client_properties()) {
    EXPECT_EQ(client_property_refusal(property.name), "") << property.name;
    EXPECT_TRUE(seen.insert(property.name).second) << property.name;
  }
}

TEST(Client, EverySecretIsHidden) {
  std::string properties = "security.protocol: sasl_ssl";
  int secrets = 0;
  for (const ClientProperty& property : client_properties()) {
    if (property.type != ClientProperty::Type::kSecret) continue;
    properties += ", " + std::string(property.name) + ": hunter2";
    ++secrets;
  }
  const std::string shown = describe(load_ok(with_client(properties)));
  EXPECT_EQ(secrets, 6);
  EXPECT_THAT(shown, Not(HasSubstr("hunter2")));
  EXPECT_THAT(shown, HasSubstr("sasl.password: \"***\"\n"));
}

TEST(Describe, ParsesBackToItself) {
  for (const std::string& text :
       {std::string(kFullConfig), short_config(""), short_config("http: off\n"),
        short_config("state: {dir: \"a \\\"b\\\" $$ \\\\ \\n\\x01: c\", memory: auto}\n")}) {
    const std::string shown = describe(load_ok(text));
    EXPECT_EQ(describe(load_ok(shown)), shown);
  }
}

TEST(Describe, ShowsDefaultsAndParameters) {
  const std::string shown = describe(load_ok(kFullConfig));
  EXPECT_THAT(shown,
              HasSubstr("  churn_risk: {op: churn_risk, from: [value, satisfaction], horizon: 60d}\n"));
  EXPECT_THAT(shown, HasSubstr("    JPY: 0.0058\n"));
  EXPECT_THAT(shown, HasSubstr("  crm: {kind: alerts, topic: crm.alerts, from: policy, format: json}\n"));
  EXPECT_THAT(describe(load_ok(short_config(""))), HasSubstr("  lateness: 10m\n"));
}

TEST(Describe, ShowsParametersFromTheEnvironmentAsWritten) {
  const EnvironmentVariable secret("EBB_TEST_SECRET", "hunter2");
  const std::string shown = describe(load_ok(short_config(
      "graph:\n  alert_policy: {from: purchases, key: '${EBB_TEST_SECRET}', list: [1, {a: ~}]}\n")));
  EXPECT_THAT(shown, HasSubstr("from: [purchases], key: \"${EBB_TEST_SECRET}\", list: [1, {a: ~}]}\n"));
}

}  // namespace
}  // namespace ebb
