// Scalars, currencies, the environment, nearest names, and the reader of fields.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "config/currency.h"
#include "config/environment.h"
#include "config/scalars.h"
#include "config/yaml.h"
#include "tests/config/testing.h"

namespace ebb {
namespace {

using ::testing::ElementsAre;
using ::testing::Optional;

TEST(Scalars, Durations) {
  EXPECT_THAT(parse_duration("250ms"), Optional(250));
  EXPECT_THAT(parse_duration("10s"), Optional(10'000));
  EXPECT_THAT(parse_duration("5m"), Optional(5 * kMinuteMs));
  EXPECT_THAT(parse_duration("2h"), Optional(2 * kHourMs));
  EXPECT_THAT(parse_duration("30d"), Optional(30 * kDayMs));
  EXPECT_THAT(parse_duration("1w"), Optional(7 * kDayMs));
  EXPECT_THAT(parse_duration("0s"), Optional(0));
  for (const char* wrong : {"", "s", "10", "-1s", "+1s", "1.5h", "1 h", "1H", "1h30m", "1sec", "10s ",
                            "9223372036854775807w", "99999999999999999999s"}) {
    EXPECT_EQ(parse_duration(wrong), std::nullopt) << wrong;
  }
}

TEST(Scalars, Sizes) {
  EXPECT_THAT(parse_bytes("1000000B"), Optional(1'000'000));
  EXPECT_THAT(parse_bytes("64KiB"), Optional(64 << 10));
  EXPECT_THAT(parse_bytes("512MiB"), Optional(512 << 20));
  EXPECT_THAT(parse_bytes("1GiB"), Optional(std::int64_t{1} << 30));
  EXPECT_THAT(parse_bytes("2TiB"), Optional(std::int64_t{2} << 40));
  for (const char* wrong : {"", "B", "1", "1MB", "1mib", "1.5GiB", "-1B", "9223372036854775807KiB"}) {
    EXPECT_EQ(parse_bytes(wrong), std::nullopt) << wrong;
  }
}

TEST(Scalars, Numbers) {
  EXPECT_THAT(parse_integer("-12"), Optional(-12));
  EXPECT_THAT(parse_number("-0.5"), Optional(-0.5));
  EXPECT_THAT(parse_number("1e-3"), Optional(1e-3));
  for (const char* wrong : {"", "1 ", " 1", "0x10", "1_000", "nan", "inf", "1e999", "one"}) {
    EXPECT_EQ(parse_integer(wrong), std::nullopt) << wrong;
    EXPECT_EQ(parse_number(wrong), std::nullopt) << wrong;
  }
}

TEST(Scalars, AreWrittenInTheLargestUnit) {
  EXPECT_EQ(format_duration(90'000), "90s");
  EXPECT_EQ(format_duration(14 * kDayMs), "14d");
  EXPECT_EQ(format_duration(0), "0ms");
  EXPECT_EQ(format_bytes(1 << 20), "1MiB");
  EXPECT_EQ(format_bytes(1'000'000), "1000000B");
  EXPECT_EQ(format_number(0.25), "0.25");
}

TEST(Scalars, Addresses) {
  for (const char* right : {"localhost:8080", "127.0.0.1:1", "[::1]:65535", "a-b.c_d:9092"}) {
    EXPECT_TRUE(is_address(right, PortRule::kRequired)) << right;
  }
  for (const char* wrong :
       {"", ":80", "a:", "a:0", "a:65536", "a:-1", "a:1:2", "a b:1", "::1", "[]:1", "http://a:1"}) {
    EXPECT_FALSE(is_address(wrong, PortRule::kRequired)) << wrong;
  }
  EXPECT_TRUE(is_address("broker", PortRule::kOptional));
  EXPECT_TRUE(is_address("[::1]", PortRule::kOptional));
  EXPECT_FALSE(is_address("broker", PortRule::kRequired));
  EXPECT_TRUE(is_address("localhost:0", PortRule::kZeroAllowed));
}

struct Rate {
  const char* text;
  const char* currency;
  const char* reporting;
  std::int64_t micro;
};

TEST(Currency, RatesAreExact) {
  const Rate rates[] = {
      {"1.08", "EUR", "USD", 1'080'000},    // cents to cents
      {"0.0067", "JPY", "USD", 670'000},    // a yen is 0.67 cents
      {"149.25", "USD", "JPY", 1'492'500},  // a cent is 1.4925 yen
      {"3.25", "KWD", "USD", 325'000},      // a fils is 0.325 cents
      {"0.3077", "USD", "KWD", 3'077'000},  // a cent is 3.077 fils
      {"0.00000001", "JPY", "USD", 1},      // the smallest
      {"1", "EUR", "USD", 1'000'000},       //
      {"01.500", "EUR", "USD", 1'500'000},  // zeros carry nothing
      {"1000000000", "EUR", "USD", kMaxRateMicro},
  };
  for (const Rate& rate : rates) {
    const auto parsed = parse_rate(rate.text, rate.currency, rate.reporting);
    ASSERT_TRUE(parsed.is_ok()) << rate.text << ": " << parsed.status().message();
    EXPECT_EQ(*parsed, rate.micro) << rate.text;
    const auto again =
        parse_rate(format_rate(*parsed, rate.currency, rate.reporting), rate.currency, rate.reporting);
    ASSERT_TRUE(again.is_ok());
    EXPECT_EQ(*again, rate.micro) << rate.text;
  }
  EXPECT_EQ(format_rate(1'080'000, "EUR", "USD"), "1.08");
  EXPECT_EQ(format_rate(670'000, "JPY", "USD"), "0.0067");
  EXPECT_EQ(format_rate(1'000'000, "EUR", "USD"), "1");
}

TEST(Currency, RatesThatCantBeKeptAreRefused) {
  for (const char* wrong : {"", ".", "1.", ".5", "-1", "+1", "1e2", "1,08", "0", "0.0", "1.0000001",
                            "1000000000.1", "99999999999999999999999"}) {
    EXPECT_FALSE(parse_rate(wrong, "EUR", "USD").is_ok()) << wrong;
  }
}

TEST(Currency, MinorUnits) {
  EXPECT_EQ(currency_exponent("USD"), 2);
  EXPECT_EQ(currency_exponent("JPY"), 0);
  EXPECT_EQ(currency_exponent("KWD"), 3);
  EXPECT_EQ(currency_exponent("CLF"), 4);
  EXPECT_TRUE(is_currency_code("EUR"));
  for (const char* wrong : {"", "EU", "EURO", "eur", "E1R"}) EXPECT_FALSE(is_currency_code(wrong)) << wrong;
}

std::string filled(const std::string& text) {
  auto result = interpolate(text);
  return result ? *result : result.status().message();
}

TEST(Environment, FillsInScalars) {
  const EnvironmentVariable host("EBB_TEST_HOST", "db");
  const EnvironmentVariable empty("EBB_TEST_EMPTY", "");
  const EnvironmentVariable tricky("EBB_TEST_TRICKY", "${EBB_TEST_HOST}$$");
  EXPECT_EQ(filled("${EBB_TEST_HOST}:1"), "db:1");
  EXPECT_EQ(filled("a${EBB_TEST_HOST}b${EBB_TEST_HOST}c"), "adbbdbc");
  EXPECT_EQ(filled("${EBB_TEST_NONE:-x:-y}"), "x:-y");
  EXPECT_EQ(filled("${EBB_TEST_EMPTY:-x}"), "x");
  EXPECT_EQ(filled("<${EBB_TEST_EMPTY}>"), "<>");
  EXPECT_EQ(filled("${EBB_TEST_NONE:-}"), "");
  EXPECT_EQ(filled("$${EBB_TEST_HOST}"), "${EBB_TEST_HOST}");
  EXPECT_EQ(filled("$5 and a$"), "$5 and a$");
  EXPECT_EQ(filled("${EBB_TEST_TRICKY}"), "${EBB_TEST_HOST}$$");
}

TEST(Environment, FaultsHavePlaces) {
  EXPECT_EQ(
      errors_of(short_config("partitions: ${EBB_TEST_NONE}\nhttp: {listen: '${9}'}\n")),
      "4:13: environment variable EBB_TEST_NONE is not set, and ${EBB_TEST_NONE:-default} gives no "
      "default\n"
      "5:16: '${9}' names no environment variable; expected ${NAME} or ${NAME:-default} (write $$ for a "
      "dollar)\n");
  EXPECT_EQ(errors_of(short_config("state: {dir: '${A'}\n")),
            "4:14: '${' without its '}'; write $$ for a dollar\n");
}

TEST(Environment, ReachesValuesAndCantChangeTheStructure) {
  const EnvironmentVariable count("EBB_TEST_COUNT", "7");
  const EnvironmentVariable nasty("EBB_TEST_NASTY", "a}\nname: b");
  const Config config =
      load_ok(short_config("partitions: ${EBB_TEST_COUNT}\nstate: {dir: '${EBB_TEST_NASTY}'}\n"));
  EXPECT_EQ(config.partitions, 7);
  EXPECT_EQ(config.state.dir, "a}\nname: b");
}

TEST(Environment, ValuesAreNeverShownInErrors) {
  const EnvironmentVariable secret("EBB_TEST_SECRET", "hunter2");
  const std::string s = "${EBB_TEST_SECRET}";
  const std::string errors = errors_of(
      "name: shop\nsources: {purchases: {format: '" + s + "'}}\nlog:\n  kafka:\n    brokers: '" + s +
      ":x'\n    client: {log_level: '" + s + "', sasl.password_file: '" + s + "', security.protocol: '" + s +
      "'}\npartitions: " + s + "\nmoney: {currency: '" + s + "', rates: {EUR: '" + s +
      "'}}\nhttp: {listen: '" + s + "'}\nstate: {memory: '" + s + "', instance: '" + s + "!'}\n");
  EXPECT_GE(std::count(errors.begin(), errors.end(), '\n'), 10) << errors;
  EXPECT_EQ(errors.find("hunter2"), std::string::npos) << errors;
  EXPECT_NE(errors.find("partitions: expected a whole number, found '${EBB_TEST_SECRET}'"),
            std::string::npos);
}

TEST(NearestName, FindsWhatWasMeant) {
  const std::vector<std::string> known = {"horizon", "from", "half_life", "op"};
  EXPECT_EQ(nearest_name("horzion", known), "horizon");
  EXPECT_EQ(nearest_name("Horizon", known), "horizon");
  EXPECT_EQ(nearest_name("half-life", known), "half_life");
  EXPECT_EQ(nearest_name("halflife", known), "half_life");
  EXPECT_EQ(nearest_name("form", known), "from");
  EXPECT_EQ(nearest_name("zone", known), "");
  EXPECT_EQ(nearest_name("", known), "");
  EXPECT_EQ(nearest_name(std::string(100'000, 'h'), known), "");
}

class Reader : public testing::Test {
 protected:
  Node parse(const std::string& text) { return parse_yaml(text, &diagnostics_); }
  Diagnostics diagnostics_;
};

TEST_F(Reader, ReadsEveryType) {
  FieldReader reader(parse("t: x\ni: 3\nn: 0.5\nb: true\nd: 2h\ns: 1KiB\nc: two\nl: [p, q]\n"), "it",
                     &diagnostics_);
  EXPECT_EQ(reader.text("t", ""), "x");
  EXPECT_EQ(reader.integer("i", 0, 0, 10), 3);
  EXPECT_EQ(reader.number("n", 0, 0, 1), 0.5);
  EXPECT_TRUE(reader.boolean("b", false));
  EXPECT_EQ(reader.duration("d", 0, 0, kDayMs), 2 * kHourMs);
  EXPECT_EQ(reader.bytes("s", 0, 0, 4096), 1024);
  EXPECT_EQ(reader.choice("c", {"one", "two"}, 0), 1u);
  const auto names = reader.names("l");
  ASSERT_EQ(names.size(), 2u);
  EXPECT_EQ(names[1].first, "q");
  EXPECT_EQ(names[1].second.line, 8);
  EXPECT_EQ(names[1].second.column, 8);
  reader.finish();
  EXPECT_TRUE(diagnostics_.ok()) << diagnostics_.to_string("");
}

TEST_F(Reader, GivesDefaultsForWhatIsNotThere) {
  FieldReader reader(Node(), "it", &diagnostics_);
  EXPECT_FALSE(reader.has("t"));
  EXPECT_EQ(reader.text("t", "x"), "x");
  EXPECT_EQ(reader.integer("i", 3, 0, 1), 3);
  EXPECT_EQ(reader.number("n", 0.5, 0, 1), 0.5);
  EXPECT_TRUE(reader.boolean("b", true));
  EXPECT_EQ(reader.choice("c", {"one", "two"}, 1), 1u);
  EXPECT_TRUE(reader.names("l").empty());
  EXPECT_EQ(reader.child("m").kind(), Node::Kind::kNull);
  EXPECT_EQ(reader.place_of("m").line, 0);
  reader.finish();
  EXPECT_TRUE(diagnostics_.ok());
}

TEST_F(Reader, TheDestructorReportsWhatNobodyAskedFor) {
  { FieldReader(parse("a: 1\nhorzion: 2\n"), "operator churn_risk", &diagnostics_).text("horizon", ""); }
  EXPECT_EQ(diagnostics_.to_string("f"),
            "f:1:1: unknown key 'a' in operator churn_risk; known keys: horizon\n"
            "f:2:1: unknown key 'horzion' in operator churn_risk; did you mean 'horizon'?\n");
}

TEST_F(Reader, ReportsFurtherFaultsAtTheValue) {
  FieldReader reader(parse("low: 1\nhigh: 0\n"), "operator policy", &diagnostics_);
  reader.number("low", 0, 0, 1);
  reader.number("high", 0, 0, 1);
  reader.error("high", "must be above low");
  EXPECT_EQ(diagnostics_.to_string("f"), "f:2:7: operator policy.high: must be above low\n");
}

TEST_F(Reader, NumbersHaveRanges) {
  FieldReader reader(parse("n: 2\nx: abc\n"), "it", &diagnostics_);
  EXPECT_EQ(reader.number("n", 0.25, 0, 0.5), 0.25);
  EXPECT_EQ(reader.number("x", 0.25, 0, 0.5), 0.25);
  EXPECT_EQ(diagnostics_.to_string("f"),
            "f:1:4: it.n: expected a number from 0 to 0.5, found '2'\n"
            "f:2:4: it.x: expected a number, found 'abc'\n");
}

TEST_F(Reader, KnowsTheKeysThatTheLoaderTookOut) {
  const Config config = load_ok(short_config("graph:\n  alert_policy: {from: purchases, fom: x}\n"));
  { FieldReader(config.graph.nodes[0].params, "operator alert_policy", &diagnostics_).has("level"); }
  EXPECT_EQ(diagnostics_.to_string("f"),
            "f:5:35: unknown key 'fom' in operator alert_policy; did you mean 'from'?\n");
}

}  // namespace
}  // namespace ebb
