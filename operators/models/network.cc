#include "operators/models/network.h"

#include <algorithm>
#include <cmath>

namespace ebb {

double exposed_share(const Exposure& exposure, double satisfaction, DurationMs since_good_ms) {
  const double unhappy = std::clamp((0.5 - satisfaction) / 0.5, 0.0, 1.0);
  const double spread = 1 - std::exp2(-static_cast<double>(std::max<DurationMs>(0, since_good_ms)) /
                                      static_cast<double>(exposure.half_life_ms));
  return exposure.cap * unhappy * spread;
}

}  // namespace ebb
