// Figures from papers and public packages beside ours: each is a check and a line of a table on stdout.
#pragma once

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cmath>
#include <string_view>

namespace ebb {

// Passes if ours is within the relative tolerance.
inline void expect_published(std::string_view what, double published, double ours, double tolerance) {
  const double difference = ours / published - 1;
  fmt::print("| {:<40} | {:>14.10g} | {:>14.10g} | {:>9.1e} |\n", what, published, ours, difference);
  EXPECT_LE(std::abs(difference), tolerance) << what << ": published " << published << ", ours " << ours;
}

}  // namespace ebb
