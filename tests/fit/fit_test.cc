// Fitting: what was put in comes out, and where there is too little, that is said.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>

#include "engine/fit/fit_risk.h"
#include "engine/fit/fit_season.h"
#include "engine/fit/fit_timing.h"
#include "engine/fit/forecast.h"
#include "engine/fit/logistic.h"
#include "engine/fit/report.h"
#include "operators/models/plain_risk.h"

namespace ebb::fit {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;

// Customers who behave as the model says, seen for 60 weeks.
std::vector<Timing> simulated(const CnbdParams& p, int customers) {
  std::mt19937_64 random(7);
  std::vector<Timing> out;
  for (int i = 0; i < customers; ++i) {
    const double rate = std::gamma_distribution<double>(p.r, 1 / p.alpha)(random);
    const double x = std::gamma_distribution<double>(p.a, 1)(random);
    const double y = std::gamma_distribution<double>(p.b, 1)(random);
    const double leave = x / (x + y);
    std::gamma_distribution<double> gap(p.k, 1 / rate);
    Timing t{.repeats = 0, .last = 0, .age = 60};
    bool alive = !p.modified || std::uniform_real_distribution<double>()(random) >= leave;
    for (double at = gap(random); alive && at <= t.age;) {
      t.repeats += 1;
      t.ln_gaps += std::log(std::max(1e-9, at - t.last));
      t.last = at;
      alive = std::uniform_real_distribution<double>()(random) >= leave;
      at += gap(random);
    }
    out.push_back(t);
  }
  return out;
}

TEST(FitTiming, FindsTheParameters) {
  const CnbdParams truth{.k = 3, .modified = true, .r = 1.2, .alpha = 1.5, .a = 0.8, .b = 3};
  const TimingFit fit = fit_cnbd(simulated(truth, 600), 3, true);
  ASSERT_EQ(fit.maximum.standard_errors.size(), 4u);
  const double expected[] = {truth.r, truth.alpha, truth.a, truth.b};
  for (std::size_t i = 0; i < 4; ++i) {
    EXPECT_NEAR(fit.maximum.at[i], expected[i], 4 * fit.maximum.standard_errors[i]) << i;
  }
}

// More customers than the first search takes; the shape of the gaps is found too.
TEST(FitTiming, FindsTheShapeAmongMany) {
  const CnbdParams truth{.k = 2, .modified = true, .r = 1.2, .alpha = 1.5, .a = 0.8, .b = 3};
  const std::vector<Timing> customers = simulated(truth, 5000);
  const TimingFit fit = fit_best_cnbd(customers, true);
  EXPECT_EQ(fit.params.k, 2);
  EXPECT_GE(fit.maximum.value, log_likelihood(truth, customers));
  ASSERT_EQ(fit.maximum.standard_errors.size(), 4u);
  const double expected[] = {truth.r, truth.alpha, truth.a, truth.b};
  for (std::size_t i = 0; i < 4; ++i) {
    EXPECT_NEAR(fit.maximum.at[i], expected[i], 4 * fit.maximum.standard_errors[i]) << i;
  }
}

// On a history this short the search passes where alpha is a million times beta.
TEST(FitTiming, ParetoComesBackOnAShortHistory) {
  std::mt19937_64 random(5);
  std::vector<Timing> customers;
  for (int i = 0; i < 1000; ++i) {
    Timing t{.repeats = 0, .last = 0, .age = static_cast<double>(1 + random() % 14) / 7};
    std::exponential_distribution<double> gap(0.05);
    for (double at = gap(random); at <= t.age; at += gap(random)) {
      t.repeats += 1;
      t.last = std::ceil(7 * at) / 7;
    }
    customers.push_back(t);
  }
  const ParetoFit fit = fit_pareto(customers);
  // As likely at least as gaps of one rate for all, of whom nobody leaves.
  double repeats = 0, weeks = 0;
  for (const Timing& t : customers) {
    repeats += t.repeats;
    weeks += t.age;
  }
  EXPECT_GT(fit.maximum.value, repeats * std::log(repeats / weeks) - repeats - 0.5);
}

// Customers who buy at a rate that moves with the year and, if they fade, falls from year to year.
std::vector<std::vector<TimeMs>> shop_with(const SeasonFactors& factors, double fades_a_year, int customers,
                                           double days) {
  std::mt19937_64 random(17);
  const Season season(factors);
  const double most = *std::max_element(season.factors().begin(), season.factors().end());
  std::vector<std::vector<TimeMs>> out;
  for (int i = 0; i < customers; ++i) {
    const double rate = std::gamma_distribution<double>(2, 0.02)(random);
    const double end = days * std::uniform_real_distribution<double>(0.3, 1)(random);
    std::vector<TimeMs>& times = out.emplace_back();
    double at = std::uniform_real_distribution<double>(0, 60)(random);
    while (at < end) {
      const TimeMs ms = static_cast<TimeMs>((20'000 + at) * static_cast<double>(kDayMs));
      const double factor = season.factors()[static_cast<std::size_t>(twelfth_of(ms))];
      const double here = factor / most * std::exp(-fades_a_year * at / 365);
      if (times.empty() || std::uniform_real_distribution<double>()(random) < here) times.push_back(ms);
      at += std::exponential_distribution<double>(rate * most)(random);
    }
  }
  return out;
}

SeasonFit season_of(const std::vector<std::vector<TimeMs>>& sales) {
  TimeMs until_ms = 0;
  for (const auto& times : sales) until_ms = std::max(until_ms, times.empty() ? 0 : times.back());
  return fit_season(std::vector<std::span<const TimeMs>>(sales.begin(), sales.end()), until_ms, nullptr);
}

constexpr SeasonFactors kEven = {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1};
constexpr SeasonFactors kChristmas = {0.8, 0.8, 0.9, 0.9, 0.9, 0.9, 0.8, 0.8, 0.9, 1.0, 1.5, 1.8};

TEST(FitSeason, FindsTheSeasonAlthoughCustomersFade) {
  const SeasonFit fit = season_of(shop_with(kChristmas, 0.6, 2000, 800));
  ASSERT_TRUE(fit.season.has_value());
  EXPECT_GT(fit.gain, 5);
  for (std::size_t i = 0; i < kTwelfths; ++i) {
    EXPECT_NEAR(std::log(fit.season->factors()[i] / kChristmas[i]), 0, 4 * fit.standard_error[i] + 0.02) << i;
    EXPECT_LT(fit.standard_error[i], 0.05);
  }
}

TEST(FitSeason, AShopWithoutOneGetsNone) {
  for (const double fades : {0.0, 0.8}) {
    const SeasonFit fit = season_of(shop_with(kEven, fades, 2000, 800));
    EXPECT_FALSE(fit.season.has_value()) << fades << ": " << fit.gain;
  }
}

TEST(FitSeason, LittleHistoryOrFewCustomersSayNothing) {
  EXPECT_FALSE(season_of(shop_with(kChristmas, 0, 2000, 390)).season.has_value())
      << "little more than a year";
  EXPECT_FALSE(season_of(shop_with(kChristmas, 0, 3, 800)).season.has_value());
  EXPECT_FALSE(season_of({}).season.has_value());
  EXPECT_FALSE(season_of({{}, {0}}).season.has_value());
}

// Summer customers in a Christmas shop: theirs is found on top of the shop's.
TEST(FitSeason, ASegmentDiffersFromTheShop) {
  SeasonFactors summer = kEven;
  summer[6] = summer[7] = 3;
  const auto sales = shop_with(summer, 0, 1000, 800);
  const Season shop(kChristmas);
  const SeasonFit fit = fit_season(std::vector<std::span<const TimeMs>>(sales.begin(), sales.end()),
                                   static_cast<TimeMs>(20'800 * kDayMs), &shop);
  ASSERT_TRUE(fit.season.has_value());
  EXPECT_NEAR(fit.season->factors()[6], Season(summer).factors()[6], 0.3);
  EXPECT_NEAR(fit.season->factors()[11], Season(summer).factors()[11], 0.15);
}

TEST(FitLogistic, FindsTheWeightsAndKeepsToItsBounds) {
  std::mt19937_64 random(3);
  std::normal_distribution<double> normal;
  std::vector<double> features;
  std::vector<bool> happened;
  for (int i = 0; i < 5000; ++i) {
    const double x = normal(random);
    const double y = normal(random);
    features.insert(features.end(), {x, y});
    happened.push_back(std::uniform_real_distribution<double>()(random) < logistic(0.5 + x - 0.8 * y));
  }
  const auto free = fit_logistic(features, happened, {{}, {}});
  EXPECT_NEAR(free[0], 1, 0.12);
  EXPECT_NEAR(free[1], -0.8, 0.12);
  EXPECT_NEAR(free[2], 0.5, 0.12);
  const auto bound = fit_logistic(features, happened, {{}, {.least = 0}});
  EXPECT_EQ(bound[1], 0);
  const auto pulled = fit_logistic(features, happened, {{.prior = 5, .pull = 1e9}, {}});
  EXPECT_NEAR(pulled[0], 5, 1e-3);
}

// Customers whose silence and whose complaints decide.
std::vector<Example> examples(int count) {
  std::mt19937_64 random(11);
  std::vector<Example> out;
  for (int i = 0; i < count; ++i) {
    Example e;
    e.snapshot.customer = static_cast<std::uint32_t>(i);
    RiskFacts& f = e.snapshot.facts;
    f.purchase_days = f.purchases = 1 + static_cast<double>(random() % 12);
    f.silence_days = std::exponential_distribution<double>(1.0 / 60)(random);
    f.tenure_days = f.silence_days + (f.purchase_days - 1) * 20;
    f.gap_days = (120 + (f.purchase_days - 1) * 20) / (1 + f.purchase_days);
    f.longest_gap_days = f.purchase_days > 1 ? 35 : 0;
    f.spend_minor = f.purchases * (1000 + static_cast<double>(random() % 5000));
    const bool complains = random() % 3 == 0;
    if (complains) e.snapshot.inputs.emplace_back("open_complaints", 0.8);
    const double s = -1 + std::log1p(f.silence_days / f.gap_days) + (complains ? 1.6 : 0);
    e.none = std::uniform_real_distribution<double>()(random) < logistic(s);
    out.push_back(std::move(e));
  }
  return out;
}

TEST(FitRisk, FindsWhatDecidesAndIsCalibrated) {
  const std::vector<Example> all = examples(800);
  const auto fitted = fit_risk(all, 0, {.name = "shop"});
  ASSERT_TRUE(fitted) << fitted.status().message();
  EXPECT_NEAR(fitted->model.input_weight("open_complaints"), 2, 0.6);
  std::vector<Forecast> forecasts;
  for (const Example& e : all) {
    Forecast f;
    f.probability = logistic(score(fitted->model, e.snapshot));
    f.recency_days = e.snapshot.facts.silence_days;
    f.none = e.none;
    forecasts.push_back(f);
  }
  const Measures m = measure(forecasts);
  EXPECT_GT(m.auc, m.auc_recency);
  EXPECT_LT(m.calibration_error, 0.06);
  const std::string html =
      html_report({.fit = *fitted, .held_out = forecasts, .how = "For a test.", .tracking = {{}, {}}});
  EXPECT_THAT(html, HasSubstr("</svg>"));
  EXPECT_THAT(html, HasSubstr(">20 %</text>")) << "axes have round numbers";
  EXPECT_THAT(html, HasSubstr("open_complaints"));
}

// In the north customers leave more often, and buy at half the pace; of the west there are few.
TEST(FitRisk, FindsWhatSegmentsDifferInAndFallsBackWhereThereAreFew) {
  std::vector<Example> all = examples(3000);
  std::mt19937_64 random(5);
  for (std::size_t i = 0; i < all.size(); ++i) {
    Snapshot& s = all[i].snapshot;
    s.segment = i < 50 ? "west" : i % 3 == 0 ? "north" : i % 3 == 1 ? "south" : "";
    if (s.segment != "north") continue;
    RiskFacts& f = s.facts;
    f.tenure_days += (f.purchase_days - 1) * 20;
    if (!all[i].none) all[i].none = random() % 2 == 0;
  }
  const auto fitted = fit_risk(all, 0, {.name = "shop", .by = "region"});
  ASSERT_TRUE(fitted) << fitted.status().message();
  const RiskModel& model = fitted->model;
  EXPECT_EQ(model.segment_key, "region");
  ASSERT_EQ(model.segments.size(), 2u);
  const int north = model.segment_of("north");
  const int south = model.segment_of("south");
  ASSERT_EQ(model.segment_of("west"), -1);
  EXPECT_GT(model.shift_in(north), model.shift_in(south) + 0.3);
  const SegmentFit& fit = fitted->segments[static_cast<std::size_t>(north)];
  EXPECT_TRUE(fit.own_timing);
  EXPECT_EQ(fit.timing.standard_errors.size(), 4u);
  EXPECT_GT(model.shift_in(north), 2 * fit.shift_error);
  EXPECT_THAT(fitted->warnings, Contains(HasSubstr("region west: 50 customers are too few")));
  std::vector<Forecast> none;
  const std::string html = html_report({.fit = *fitted, .held_out = none, .how = "", .tracking = {{}, {}}});
  EXPECT_THAT(html, HasSubstr("region north: "));
}

// Segments by chance don't differ, and the fit says so.
TEST(FitRisk, SaysWhereSegmentsCantBeToldApart) {
  std::vector<Example> all = examples(1500);
  for (std::size_t i = 0; i < all.size(); ++i) all[i].snapshot.segment = i % 2 == 0 ? "even" : "odd";
  const auto fitted = fit_risk(all, 0, {.name = "shop", .by = "kind"});
  ASSERT_TRUE(fitted) << fitted.status().message();
  ASSERT_EQ(fitted->segments.size(), 2u);
  for (std::size_t i = 0; i < 2; ++i) {
    EXPECT_FALSE(fitted->segments[i].own_timing);
    EXPECT_EQ(fitted->model.segments[i].timing.r, fitted->model.timing.r);
    EXPECT_LT(std::abs(fitted->model.segments[i].shift), 3 * fitted->segments[i].shift_error);
  }
  EXPECT_THAT(fitted->warnings, Contains(HasSubstr("kind odd: its timing can't be told from that of all")));
}

TEST(FitRisk, TenCustomersAreTooFew) {
  const auto fitted = fit_risk(examples(10), 0, {});
  ASSERT_FALSE(fitted);
  EXPECT_THAT(fitted.status().message(), HasSubstr("too few to fit: 10 judgements"));
}

}  // namespace
}  // namespace ebb::fit
