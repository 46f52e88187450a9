#include "operators/models/calibration.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

namespace ebb {
namespace {

std::vector<Outcome> sorted(std::span<const Outcome> outcomes) {
  std::vector<Outcome> out(outcomes.begin(), outcomes.end());
  std::sort(out.begin(), out.end(), [](auto& a, auto& b) { return a.probability < b.probability; });
  return out;
}

double count_happened(std::span<const Outcome> outcomes) {
  return static_cast<double>(
      std::count_if(outcomes.begin(), outcomes.end(), [](const Outcome& o) { return o.happened; }));
}

// The end of the run of equals that begins at `from`.
std::size_t end_of_ties(const std::vector<Outcome>& outcomes, std::size_t from) {
  std::size_t to = from;
  while (to < outcomes.size() && outcomes[to].probability == outcomes[from].probability) ++to;
  return to;
}

}  // namespace

double calibrated(const BetaCalibration& calibration, double score) {
  // ln p = -ln(1 + e^-s), ln(1 - p) = -ln(1 + e^s)
  const auto log1p_exp = [](double s) { return s > 30 ? s : std::log1p(std::exp(s)); };
  return calibration.c - calibration.a * log1p_exp(-score) + calibration.b * log1p_exp(score);
}

double calibration_error(std::span<const Outcome> outcomes, int groups) {
  if (outcomes.empty()) return 0;
  const std::vector<Outcome> all = sorted(outcomes);
  const std::size_t n = all.size();
  double error = 0;
  for (int g = 0; g < groups; ++g) {
    const std::size_t from = n * static_cast<std::size_t>(g) / static_cast<std::size_t>(groups);
    const std::size_t to = n * static_cast<std::size_t>(g + 1) / static_cast<std::size_t>(groups);
    double difference = 0;
    for (std::size_t i = from; i < to; ++i) difference += all[i].probability - (all[i].happened ? 1 : 0);
    error += std::abs(difference);
  }
  return error / static_cast<double>(n);
}

double area_under_curve(std::span<const Outcome> outcomes) {
  const std::vector<Outcome> all = sorted(outcomes);
  const double positives = count_happened(all);
  const double negatives = static_cast<double>(all.size()) - positives;
  if (positives == 0 || negatives == 0) return 0.5;
  double below = 0;  // negatives so far
  double pairs = 0;
  for (std::size_t from = 0; from < all.size();) {
    const std::size_t to = end_of_ties(all, from);
    const double hits = count_happened({all.data() + from, to - from});
    const double misses = static_cast<double>(to - from) - hits;
    pairs += hits * (below + misses / 2);
    below += misses;
    from = to;
  }
  return pairs / (positives * negatives);
}

double lift(std::span<const Outcome> outcomes, double share) {
  std::vector<Outcome> all = sorted(outcomes);
  std::reverse(all.begin(), all.end());
  const double positives = count_happened(all);
  if (positives == 0) return 1;
  const double wanted = std::max(1.0, share * static_cast<double>(all.size()));
  double hits = 0;
  double taken = 0;
  for (std::size_t from = 0; from < all.size() && taken < wanted;) {
    const std::size_t to = end_of_ties(all, from);
    const auto size = static_cast<double>(to - from);
    const double part = std::min(1.0, (wanted - taken) / size);
    hits += part * count_happened({all.data() + from, to - from});
    taken += part * size;
    from = to;
  }
  return hits / taken / (positives / static_cast<double>(all.size()));
}

}  // namespace ebb
