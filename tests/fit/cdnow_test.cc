// The published fits, on the data that they were published for: the CDNOW sample as `ops/data/cdnow --sample`
// writes it, in the folder that EBB_TEST_CDNOW names.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <numeric>

#include "engine/fit/fit_timing.h"
#include "engine/fit/purchase_forecast.h"
#include "tests/models/published.h"

namespace ebb::fit {
namespace {

struct Customer {
  Timing timing;
  std::vector<TimeMs> sales;
  int holdout = 0;
  std::vector<double> repeat_spend;  // by day, dollars
};

int day_number(const std::string& date) {
  std::tm tm{};
  tm.tm_year = std::stoi(date.substr(0, 4)) - 1900;
  tm.tm_mon = std::stoi(date.substr(5, 2)) - 1;
  tm.tm_mday = std::stoi(date.substr(8, 2));
  return static_cast<int>(timegm(&tm) / 86'400);
}

const std::vector<Customer>& sample() {
  static const std::vector<Customer> customers = [] {
    const char* folder = std::getenv("EBB_TEST_CDNOW");
    if (folder == nullptr)
      throw std::runtime_error("EBB_TEST_CDNOW names no folder; see the top of this file");
    std::ifstream file(std::string(folder) + "/purchases.jsonl");
    if (!file) throw std::runtime_error(std::string(folder) + "/purchases.jsonl isn't there");
    std::map<std::string, std::map<int, double>> days;
    for (std::string line; std::getline(file, line);) {
      const auto event = nlohmann::json::parse(line);
      const std::string cents = event["purchase"]["amount"]["minorUnits"];
      days[event["customerId"]][day_number(event["eventTime"])] += std::stod(cents) / 100;
    }
    const int end = day_number("1997-09-30");
    std::vector<Customer> out;
    for (const auto& [id, spend] : days) {
      Customer c;
      const int first = spend.begin()->first;
      c.timing.age = (end - first) / 7.0;
      for (const auto& [day, amount] : spend) {
        c.sales.push_back(day * kDayMs);
        if (day == first) continue;
        if (day > end) {
          ++c.holdout;
          continue;
        }
        c.timing.repeats += 1;
        c.timing.last = (day - first) / 7.0;
        c.repeat_spend.push_back(amount);
      }
      out.push_back(c);
    }
    // As published: by the day of the first purchase, then by id.
    std::stable_sort(out.begin(), out.end(),
                     [](const Customer& x, const Customer& y) { return x.timing.age > y.timing.age; });
    return out;
  }();
  return customers;
}

std::vector<Timing> timings() {
  std::vector<Timing> out;
  for (const Customer& c : sample()) out.push_back(c.timing);
  return out;
}

std::vector<std::vector<TimeMs>> sales() {
  std::vector<std::vector<TimeMs>> out;
  for (const Customer& c : sample()) out.push_back(c.sales);
  return out;
}

void expect_fit(const std::string& model, const Maximum& ours, double log_likelihood,
                const std::vector<std::pair<std::string, double>>& published) {
  expect_published(model + " ln L", log_likelihood, ours.value, 0.01 / std::abs(log_likelihood));
  for (std::size_t i = 0; i < published.size(); ++i) {
    expect_published(model + " " + published[i].first, published[i].second, ours.at[i], 0.005);
  }
}

TEST(Cdnow, IsTheSampleOfThePapers) {
  double repeats = 0;
  int holdout = 0;
  for (const Customer& c : sample()) {
    repeats += c.timing.repeats;
    holdout += c.holdout;
  }
  EXPECT_EQ(sample().size(), 2357u);
  EXPECT_EQ(repeats, 2457);
  EXPECT_EQ(holdout, 1882);
}

TEST(Cdnow, BgNbd) {
  expect_fit("BG/NBD", fit_cnbd(timings(), 1, false).maximum, -9582.429,
             {{"r", 0.2425945}, {"alpha", 4.413602}, {"a", 0.792922}, {"b", 2.425907}});
}

TEST(Cdnow, MbgNbd) {
  expect_fit("MBG/NBD", fit_cnbd(timings(), 1, true).maximum, -9582.136,
             {{"r", 0.524843}, {"alpha", 6.183085}, {"a", 0.891359}, {"b", 1.614002}});
}

TEST(Cdnow, ParetoNbd) {
  expect_fit("Pareto/NBD", fit_pareto(timings()).maximum, -9594.976,
             {{"r", 0.55328}, {"alpha", 10.57768}, {"s", 0.60624}, {"beta", 11.66873}});
}

// What a model that knows the calibration period only says of the 39 weeks after it.
template <typename Params>
double forecast(const Params& params) {
  double sum = 0;
  for (const Timing& t : timings()) sum += expected_purchases(params, t, 39);
  return sum;
}

// None of the published models foretells the 39 weeks' 1,882 purchases within 5 %; what the best do is pinned
// here. Brought into line with how far it was off before, by the rule of purchase_forecast.h, ours does.
TEST(Cdnow, PurchasesOfTheHoldout) {
  const auto off = [](double foretold) { return foretold / 1882 - 1; };
  EXPECT_NEAR(off(forecast(fit_cnbd(timings(), 1, false).params)), -0.121, 0.002);
  EXPECT_NEAR(off(forecast(fit_cnbd(timings(), 1, true).params)), -0.162, 0.002);
  EXPECT_NEAR(off(forecast(fit_pareto(timings()).params)), -0.115, 0.002);

  const TimeMs from_ms = day_number("1997-01-01") * kDayMs;
  const TimeMs at_ms = (day_number("1997-09-30") + 1) * kDayMs - 1;
  const PurchaseForecast in_time = forecast_purchases(sales(), from_ms, at_ms, 273);
  EXPECT_NEAR(off(in_time.by_timing), -0.162, 0.003);
  ASSERT_TRUE(in_time.earlier.has_value());
  EXPECT_LE(std::abs(off(in_time.in_line())), 0.05) << in_time.in_line();
}

std::vector<Spend> spends() {
  std::vector<Spend> out;
  for (const Customer& c : sample()) {
    double sum = 0;
    for (const double amount : c.repeat_spend) sum += amount;
    if (sum <= 0) continue;
    const auto n = static_cast<double>(c.repeat_spend.size());
    out.push_back({.purchases = n, .mean = sum / n});
  }
  return out;
}

TEST(Cdnow, GammaGamma) {
  EXPECT_EQ(spends().size(), 946u);
  expect_fit("Gamma-Gamma", fit_gamma_gamma(spends()).maximum, -4055.92,
             {{"p", 6.25}, {"q", 3.74}, {"gamma", 15.44}});
}

// The first ten customers, by the parameters that we find; the published ones have too few digits for this.
TEST(Cdnow, GammaGammaExpectedSpend) {
  const double published[] = {24.65, 18.91, 35.17, 35.17, 35.17, 71.46, 18.91, 35.17, 27.28, 35.17};
  const GammaGammaParams params = fit_gamma_gamma(spends()).params;
  for (std::size_t i = 0; i < 10; ++i) {
    const std::vector<double>& spend = sample()[i].repeat_spend;
    const auto n = static_cast<double>(spend.size());
    const double mean = spend.empty() ? 0 : std::accumulate(spend.begin(), spend.end(), 0.0) / n;
    // Published to the cent.
    expect_published(fmt::format("Gamma-Gamma E[M], customer {}", i + 1), published[i],
                     expected_amount(params, n, mean), 0.006 / published[i]);
  }
}

}  // namespace
}  // namespace ebb::fit
