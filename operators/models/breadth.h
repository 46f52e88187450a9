// How broad the custom is, and how much of the need it covers.
#pragma once

#include <cstddef>
#include <span>

namespace ebb {

// How many categories the purchases spread over: inverse Simpson index (sum w)^2 / sum w^2; 0 without any.
double effective_number(std::span<const double> weights);

// Log-odds: breadth lowers the risk, -0.2 ln(usual), by 0.4 at most, and the less the more of it is lost;
// breadth that has shrunk by more than a fifth raises it, by 0.9 at most. REQUIRES: usual >= 1.
double breadth_points(double recent, double usual);

// Log-odds before the cap of a share of the need spent here (0 to 1): half and more says nothing; falling
// since the time before says more. before < 0: unknown.
double share_reason(double share, double before);

}  // namespace ebb
