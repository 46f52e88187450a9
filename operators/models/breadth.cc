#include "operators/models/breadth.h"

#include <algorithm>
#include <cmath>

namespace ebb {

double effective_number(std::span<const double> weights) {
  double sum = 0, squares = 0;
  for (const double w : weights) {
    sum += w;
    squares += w * w;
  }
  return squares > 0 ? sum * sum / squares : 0;
}

double breadth_points(double recent, double usual) {
  constexpr double kUnnoticed = 0.2;
  const double lost = std::clamp(1 - recent / usual, 0.0, 1.0);
  const double relief = std::min(0.4, 0.2 * std::log(usual)) * std::max(0.0, 1 - lost / kUnnoticed);
  return std::min(0.9, 1.5 * std::max(0.0, lost - kUnnoticed)) - relief;
}

double share_reason(double share, double before) {
  const double low = std::max(0.0, 0.5 - share) / 0.5;
  const double fell = before < 0 ? 0 : std::max(0.0, before - share);
  return 0.5 * low + 1.5 * fell;
}

}  // namespace ebb
