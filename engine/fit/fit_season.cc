#include "engine/fit/fit_season.h"

#include <Eigen/Dense>
#include <algorithm>
#include <cmath>

#include "engine/fit/evenly_chosen.h"

namespace ebb::fit {
namespace {

constexpr std::size_t kMostCustomers = 20'000;
constexpr double kLeastHistoryDays = 400;
constexpr double kPriorDeviation = 0.3;
constexpr double kTrendDeviation = 3;  // a year: as good as free
constexpr double kLeastGain = 3;       // standard errors
constexpr int kSteps = 30;

// Twelve of the season, one of the trend.
constexpr int kTrend = kTwelfths;
constexpr int kParameters = kTwelfths + 1;
using Parameters = Eigen::Matrix<double, kParameters, 1>;
using Matrix = Eigen::Matrix<double, kParameters, kParameters>;

// The purchases between a customer's first and last in one twelfth of one year, and the days there.
struct Cell {
  std::size_t place = 0;  // of the twelfth in the history
  double days = 0;
  double purchases = 0;
};
struct Customer {
  std::vector<Cell> cells;
  double purchases = 0;
};

class Dates {
 public:
  Dates(std::span<const std::span<const TimeMs>> sales, TimeMs until_ms, const Season* within)
      : within_(within) {
    double first = INFINITY;
    for (const auto& times : sales) {
      if (!times.empty()) first = std::min(first, days_since_1970(times.front()));
    }
    span_days_ = days_since_1970(until_ms) - first;
    if (!(span_days_ >= kLeastHistoryDays)) return;
    first_twelfth_ = twelfths_since_1970(first);
    twelfths_ = static_cast<std::size_t>(twelfths_since_1970(days_since_1970(until_ms)) - first_twelfth_) + 1;
    for (const auto& times : sales) add(times, until_ms);
    customers_ = evenly_chosen<Customer>(std::span<const Customer>(customers_), kMostCustomers);
  }

  bool long_enough() const { return span_days_ >= kLeastHistoryDays; }
  const std::vector<Customer>& customers() const { return customers_; }
  std::size_t twelfths() const { return twelfths_; }
  int month(std::size_t place) const {
    const int twelfth = (first_twelfth_ + static_cast<int>(place)) % kTwelfths;
    return twelfth < 0 ? twelfth + kTwelfths : twelfth;
  }
  // Years from the middle of the history.
  double years(std::size_t place) const {
    return (static_cast<double>(place) - static_cast<double>(twelfths_ - 1) / 2) / kTwelfths;
  }

 private:
  void add(std::span<const TimeMs> times, TimeMs until_ms) {
    std::vector<std::int64_t> days;
    for (const TimeMs at : times) {
      if (at > until_ms) break;
      const std::int64_t day = at / kDayMs;
      if (days.empty() || days.back() != day) days.push_back(day);
    }
    if (days.size() < 3) return;
    Customer customer;
    const auto place_of = [&](std::int64_t day) {
      return static_cast<std::size_t>(twelfths_since_1970(static_cast<double>(day)) - first_twelfth_);
    };
    const std::size_t begin = place_of(days.front());
    customer.cells.resize(place_of(days.back()) - begin + 1);
    for (std::size_t i = 0; i < customer.cells.size(); ++i) customer.cells[i].place = begin + i;
    for (std::int64_t day = days.front() + 1; day < days.back(); ++day) {
      const std::size_t place = place_of(day);
      const auto twelfth = static_cast<std::size_t>(month(place));
      customer.cells[place - begin].days += within_ == nullptr ? 1 : within_->factors()[twelfth];
    }
    for (std::size_t i = 1; i + 1 < days.size(); ++i)
      customer.cells[place_of(days[i]) - begin].purchases += 1;
    customer.purchases = static_cast<double>(days.size() - 2);
    customers_.push_back(std::move(customer));
  }

  const Season* within_;
  double span_days_ = 0;
  int first_twelfth_ = 0;
  std::size_t twelfths_ = 0;
  std::vector<Customer> customers_;
};

// Those whose place is `of` modulo `parts`.
struct Part {
  std::size_t of = 0;
  std::size_t parts = 1;
};

class Likelihood {
 public:
  explicit Likelihood(const Dates& dates)
      : dates_(dates), log_(dates.twelfths()), factor_(dates.twelfths()) {}

  void set(const Parameters& p) {
    for (std::size_t i = 0; i < log_.size(); ++i) {
      log_[i] = p[dates_.month(i)] + p[kTrend] * dates_.years(i);
      factor_[i] = std::exp(log_[i]);
    }
  }
  double of(const Customer& c) const {
    double sum = 0, days = 0, weighted = 0;
    for (const Cell& cell : c.cells) {
      sum += cell.purchases * log_[cell.place];
      days += cell.days;
      weighted += cell.days * factor_[cell.place];
    }
    return sum - c.purchases * std::log(weighted / days);
  }
  double of_all(Part part) const {
    double sum = 0;
    for (std::size_t i = part.of; i < dates_.customers().size(); i += part.parts)
      sum += of(dates_.customers()[i]);
    return sum;
  }
  // Derivatives of of_all().
  void slope(Part part, Parameters* gradient, Matrix* information) const {
    gradient->setZero();
    information->setZero();
    Parameters mean, square, cross;
    for (std::size_t i = part.of; i < dates_.customers().size(); i += part.parts) {
      const Customer& c = dates_.customers()[i];
      double weighted = 0;
      for (const Cell& cell : c.cells) weighted += cell.days * factor_[cell.place];
      mean.setZero();
      square.setZero();
      cross.setZero();
      for (const Cell& cell : c.cells) {
        const double share = cell.days * factor_[cell.place] / weighted;
        const int month = dates_.month(cell.place);
        const double years = dates_.years(cell.place);
        mean[month] += share;
        mean[kTrend] += share * years;
        square[month] += share;
        square[kTrend] += share * years * years;
        cross[month] += share * years;
        (*gradient)[month] += cell.purchases;
        (*gradient)[kTrend] += cell.purchases * years;
      }
      *gradient -= c.purchases * mean;
      information->diagonal() += c.purchases * square;
      information->col(kTrend) += c.purchases * cross;
      information->row(kTrend) += c.purchases * cross.transpose();
      *information -= c.purchases * mean * mean.transpose();
    }
  }

 private:
  const Dates& dates_;
  std::vector<double> log_, factor_;
};

struct Found {
  Parameters at = Parameters::Zero();
  Matrix information = Matrix::Identity();
};

// Newton's method; what it climbs has one top only. seasonal: else the trend alone.
Found climb_part(const Dates& dates, Part part, bool seasonal) {
  Likelihood likelihood(dates);
  Parameters pull = Parameters::Constant(1 / (kPriorDeviation * kPriorDeviation));
  pull[kTrend] = 1 / (kTrendDeviation * kTrendDeviation);
  const auto value = [&](const Parameters& p) {
    likelihood.set(p);
    return likelihood.of_all(part) - 0.5 * (pull.array() * p.array().square()).sum();
  };
  Found found;
  double height = value(found.at);
  for (int step = 0; step < kSteps; ++step) {
    Parameters gradient;
    likelihood.slope(part, &gradient, &found.information);
    gradient -= pull.cwiseProduct(found.at);
    found.information.diagonal() += pull;
    Parameters move = Parameters::Zero();
    if (seasonal) {
      move = found.information.ldlt().solve(gradient);
    } else {
      move[kTrend] = gradient[kTrend] / found.information(kTrend, kTrend);
    }
    Parameters next = found.at + move;
    double next_height = value(next);
    for (int half = 0; half < 20 && next_height < height; ++half) {
      move /= 2;
      next = found.at + move;
      next_height = value(next);
    }
    const bool there = next_height - height < 1e-9 * (1 + std::abs(height));
    if (next_height >= height) {
      found.at = next;
      height = next_height;
    }
    value(found.at);  // so that the slope is of where we are
    if (there) break;
  }
  return found;
}

// How much likelier a season makes the dates of those who had no part in it, over its standard error.
double gain_held_out(const Dates& dates) {
  std::vector<double> gains;
  for (std::size_t half = 0; half < 2; ++half) {
    const Part others{.of = 1 - half, .parts = 2};
    Likelihood with(dates), without(dates);
    with.set(climb_part(dates, others, true).at);
    without.set(climb_part(dates, others, false).at);
    for (std::size_t i = half; i < dates.customers().size(); i += 2) {
      gains.push_back(with.of(dates.customers()[i]) - without.of(dates.customers()[i]));
    }
  }
  double sum = 0, square = 0;
  for (const double gain : gains) sum += gain;
  const double mean = sum / static_cast<double>(gains.size());
  for (const double gain : gains) square += (gain - mean) * (gain - mean);
  return square > 0 ? sum / std::sqrt(square) : 0;
}

}  // namespace

SeasonFit fit_season(std::span<const std::span<const TimeMs>> sales, TimeMs until_ms, const Season* within) {
  const Dates dates(sales, until_ms, within);
  SeasonFit out;
  out.customers = dates.customers().size();
  if (!dates.long_enough() || out.customers < 2) return out;
  out.gain = gain_held_out(dates);
  if (out.gain < kLeastGain) return out;
  const Found found = climb_part(dates, {}, true);
  // Of what is left once their mean is taken out: the factors' common level says nothing, so only the prior
  // knows it.
  using Seasons = Eigen::Matrix<double, kTwelfths, kTwelfths>;
  const Seasons centre = Seasons::Identity() - Seasons::Constant(1.0 / kTwelfths);
  const Matrix all = found.information.inverse();
  const Seasons covariance = centre * all.topLeftCorner<kTwelfths, kTwelfths>() * centre;
  SeasonFactors factors{};
  for (int i = 0; i < kTwelfths; ++i) {
    const auto place = static_cast<std::size_t>(i);
    factors[place] = std::exp(found.at[i]) * (within == nullptr ? 1 : within->factors()[place]);
    out.standard_error[place] = std::sqrt(covariance(i, i));
  }
  out.season = Season(factors);
  return out;
}

}  // namespace ebb::fit
