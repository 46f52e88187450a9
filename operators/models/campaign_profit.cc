#include "operators/models/campaign_profit.h"

#include <algorithm>
#include <boost/math/special_functions/beta.hpp>
#include <cmath>
#include <cstddef>
#include <vector>

namespace ebb {
namespace {

struct RocPoint {
  double leavers = 0;  // share of them addressed
  double stayers = 0;
};

// The convex hull of the ROC curve, from (0, 0) to (1, 1).
std::vector<RocPoint> roc_hull(std::span<const Outcome> outcomes, double leavers, double stayers) {
  std::vector<Outcome> all(outcomes.begin(), outcomes.end());
  std::sort(all.begin(), all.end(), [](auto& a, auto& b) { return a.probability > b.probability; });
  std::vector<RocPoint> hull = {{}};
  RocPoint sum;
  for (std::size_t i = 0; i < all.size(); ++i) {
    (all[i].happened ? sum.leavers : sum.stayers) += 1;
    if (i + 1 < all.size() && all[i + 1].probability == all[i].probability) continue;
    const RocPoint next{.leavers = sum.leavers / leavers, .stayers = sum.stayers / stayers};
    while (hull.size() > 1) {
      const RocPoint& a = hull[hull.size() - 2];
      const RocPoint& b = hull.back();
      const double turn = (b.stayers - a.stayers) * (next.leavers - a.leavers) -
                          (b.leavers - a.leavers) * (next.stayers - a.stayers);
      if (turn < 0) break;
      hull.pop_back();
    }
    hull.push_back(next);
  }
  return hull;
}

double mean_accept(const Campaign& campaign) {
  return campaign.accept_alpha / (campaign.accept_alpha + campaign.accept_beta);
}

}  // namespace

CampaignProfit expected_maximum_profit(std::span<const Outcome> outcomes, const Campaign& campaign) {
  const auto n = static_cast<double>(outcomes.size());
  const auto leavers = static_cast<double>(
      std::count_if(outcomes.begin(), outcomes.end(), [](const Outcome& o) { return o.happened; }));
  const double stayers = n - leavers;
  if (leavers == 0 || stayers == 0) return {};
  const double pi0 = leavers / n;
  const double pi1 = stayers / n;
  const double delta = campaign.incentive / campaign.value;
  const double phi = campaign.contact / campaign.value;
  const std::vector<RocPoint> hull = roc_hull(outcomes, leavers, stayers);
  const double alpha = campaign.accept_alpha;
  const double beta = campaign.accept_beta;
  const auto below = [](double x, double a, double b) { return boost::math::ibeta(a, b, x); };
  // Between two rates of acceptance the same point of the hull is the best one.
  CampaignProfit out;
  double from = 0;
  for (std::size_t i = 0; i < hull.size() && from < 1; ++i) {
    double to = 1;
    if (i + 1 < hull.size()) {
      const double gain = pi0 * (1 - delta) * (hull[i + 1].leavers - hull[i].leavers);
      const double cost = pi1 * (delta + phi) * (hull[i + 1].stayers - hull[i].stayers) +
                          pi0 * phi * (hull[i + 1].leavers - hull[i].leavers);
      to = gain > 0 ? std::min(1.0, cost / gain) : 1;
    }
    if (to <= from) continue;
    const double weight = below(to, alpha, beta) - below(from, alpha, beta);
    const double mean = alpha / (alpha + beta) * (below(to, alpha + 1, beta) - below(from, alpha + 1, beta));
    const RocPoint& at = hull[i];
    out.profit += campaign.value * ((1 - delta) * pi0 * at.leavers * mean -
                                    (phi * pi0 * at.leavers + (delta + phi) * pi1 * at.stayers) * weight);
    out.share += (pi0 * at.leavers + pi1 * at.stayers) * weight;
    from = to;
  }
  return out;
}

double profit_of_acting(double probability, double value, const Campaign& campaign) {
  return probability * mean_accept(campaign) * (value - campaign.incentive) -
         (1 - probability) * campaign.incentive - campaign.contact;
}

double keep_budget(double probability, double value, const Campaign& campaign) {
  const double kept = probability * mean_accept(campaign);
  return std::max(0.0, (kept * value - campaign.contact) / (kept + 1 - probability));
}

}  // namespace ebb
