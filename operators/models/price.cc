#include "operators/models/price.h"

#include <algorithm>

namespace ebb {

double promotion_dependence(double promoted, double purchases, bool acquired_by_promotion) {
  const double more = acquired_by_promotion ? 2 : 0;
  return std::min(1.0, (promoted + more) / (purchases + more + 2));
}

double premium_points(double premium, double satisfaction) {
  constexpr double kLarge = 0.2;
  const double size = std::clamp(premium / kLarge, 0.0, 1.0);
  if (satisfaction >= 0.5) return -0.3 * size * std::min(1.0, (satisfaction - 0.5) / 0.2);
  return 0.6 * size * (0.5 - satisfaction) / 0.5;
}

double reference_price_reason(double usual, double last) {
  constexpr double kUnnoticed = 0.05;
  return 3 * std::max(0.0, last - usual - kUnnoticed);
}

}  // namespace ebb
