// A fitted model of churn risk, as `ebb fit` writes it and churn_risk reads it; docs/models.md has the
// format.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "config/node.h"
#include "operators/models/calibration.h"
#include "operators/models/cnbd.h"
#include "operators/models/gamma_gamma.h"
#include "operators/models/risk_terms.h"
#include "operators/models/season.h"

namespace ebb {

class Diagnostics;

// What a model knows of the customers of one segment.
struct SegmentModel {
  std::string value;  // of the model's segment key
  CnbdParams timing;  // as for all customers where the segment's own could not be told from theirs
  double shift = 0;   // log-odds more than the same customer would have elsewhere
  std::optional<Season> season = {};  // none: that of all
};

struct RiskModel {
  std::string name;
  double horizon_days = 60;
  CnbdParams timing;
  std::optional<Season> season;           // none: custom doesn't move with the year
  std::string segment_key;                // empty: one model for all
  std::vector<SegmentModel> segments;     // any other value, or none, has no shift and the timing of all
  std::optional<GammaGammaParams> spend;  // amounts in minor units; none: too few to tell
  double base = 0;
  RiskFeatures weight{};
  RiskFeatures centre{};
  // What an input's contribution of this name is multiplied by; 1 for one that isn't here.
  std::vector<std::pair<std::string, double>> inputs;
  BetaCalibration calibration;

  double input_weight(std::string_view contribution) const;
  // Place of the segment with this value; -1: none.
  int segment_of(std::string_view value) const;
  const CnbdParams& timing_in(int segment) const;
  double shift_in(int segment) const;
  // Null: none.
  const Season* season_in(int segment) const;
};

// The format that is written and understood.
inline constexpr int kRiskModelFormat = 1;

// Whatever is wrong goes to the diagnostics, with its place in the model's file.
RiskModel read_risk_model(const Node& root, Diagnostics* diagnostics);
// The text of a file; reads back as the same to 12 digits. comments: lines for a person, put at the top.
std::string write_risk_model(const RiskModel& model, const std::vector<std::string>& comments);

}  // namespace ebb
