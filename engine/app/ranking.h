// How well a risk table ranks customers, day by day, beside how long ago they bought.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "engine/app/verdict.h"

namespace ebb::app {

class Ranking {
 public:
  enum Score { kRisk, kRecency, kGaps, kBound };
  // Names of groups beside the reasons.
  static constexpr const char* kAll = "";
  static constexpr const char* kCaptive = "(captive)";
  static constexpr const char* kPromotionDriven = "(promotion-driven)";
  static constexpr const char* kNoPurchase = "(no purchase)";

  // fates outlive this.
  Ranking(const Fates* fates, const VerdictOptions& options) : fates_(fates), options_(options) {}

  // Reads purchases and the risk's history side by side, by time. kNotFound: one of them isn't there.
  Status read(const std::string& history, const std::string& found);

  std::int64_t days() const { return days_; }
  TimeMs end_ms() const { return end_ms_; }  // of the history: the last purchase
  std::optional<double> mean(const std::string& group, Score score) const;

 private:
  struct Standing {
    const Fate* fate = nullptr;
    double probability = -1;     // as the risk table has it; below 0: no row yet
    std::vector<TimeMs> bought;  // all their purchases, by time
    std::size_t known = 0;       // how many of them by now
  };
  struct Mean {
    double sum = 0;
    double weight = 0;
  };
  Status read_purchases(const std::string& path);
  void judge_day(TimeMs at_ms);
  void add_bound(const Fate& fate, TimeMs at_ms);
  void add(const std::string& group, Score score, std::vector<std::pair<double, bool>> scored);

  const Fates* fates_;
  const VerdictOptions options_;
  std::unordered_map<std::string, Standing> standing_;
  std::map<std::string, std::array<Mean, 4>> means_;
  TimeMs begin_ms_ = kNever;
  TimeMs end_ms_ = kBeginning;
  std::int64_t days_ = 0;
};

}  // namespace ebb::app
