#include <map>

#include "engine/app/report_parts.h"
#include "engine/app/svg.h"

namespace ebb::app {
namespace {

constexpr std::size_t kMaxNamed = 20;
constexpr std::size_t kLeastToPlot = 5;  // a curve of fewer customers says nothing

const std::vector<std::pair<std::string, std::string>> kQuadrants = {
    {"loyal", "satisfied, and not seen elsewhere"},
    {"captive", "unhappy, but tied"},
    {"buying around", "satisfied, and buy elsewhere too"},
    {"leaving", "unhappy, and free to go"},
    {"none", "neither, or too little is known"}};

ReportSection quadrants(const std::vector<const v1::Risk*>& risks, const ReportInput& input) {
  ReportSection out{.title = "Quadrants",
                    .note =
                        "Satisfied or not, tied or free, by what customers said: who has silently stopped "
                        "buying keeps their quadrant. The captive stay because they must: they go when the "
                        "tie ends. None: between satisfied and not (index 50 to 60), too little is known, or "
                        "the graph doesn't look (graph: catalogue does).",
                    .table = {.columns = {{"quadrant", false},
                                          {"customers"},
                                          {"share"},
                                          {"profit so far"},
                                          {"value at risk"},
                                          {"reads as", false}},
                              .rows = {}},
                    .svg = ""};
  std::vector<PlotBar> bars;
  for (const auto& [name, reads] : kQuadrants) {
    std::int64_t customers = 0, profit = 0, at_risk = 0;
    for (const v1::Risk* risk : risks) {
      const v1::Risk& r = *risk;
      if (quadrant_of(r) != name) continue;
      ++customers;
      profit += r.profit().minor_units();
      at_risk += r.value_at_risk().minor_units();
    }
    out.table.rows.push_back({name, grouped(customers),
                              share_of(static_cast<double>(customers), static_cast<double>(risks.size())),
                              money(profit, input.currency), money(at_risk, input.currency), reads});
    bars.push_back({name, static_cast<double>(customers), grouped(customers)});
  }
  out.svg = bar_plot(bars);
  return out;
}

// What ends, in words; empty: nothing does.
std::string ending(const v1::Risk& r) {
  std::string out;
  for (const std::string& flag : r.flags()) {
    if (!flag.ends_with("_ending")) continue;
    if (!out.empty()) out += ", ";
    out += flag.substr(0, flag.size() - 7);
  }
  return out;
}

ReportSection ties(const std::vector<const v1::Risk*>& risks, const ReportInput& input) {
  ReportSection out{
      .title = "Ties that end soon",
      .note =
          "A barrier, trial, promotion or warranty that ends, as of the customer's last row. The "
          "captive first, then by value at risk; at most 20.",
      .table = {.columns = {{"customer", false},
                            {"what ends", false},
                            {"quadrant", false},
                            {"likely to buy nothing"},
                            {"value at risk"}},
                .rows = {}},
      .svg = ""};
  std::vector<const v1::Risk*> soon;
  for (const v1::Risk* r : risks) {
    if (!ending(*r).empty()) soon.push_back(r);
  }
  std::stable_sort(soon.begin(), soon.end(), [](auto* a, auto* b) {
    const bool captive_a = has_flag(*a, "captive"), captive_b = has_flag(*b, "captive");
    if (captive_a != captive_b) return captive_a;
    return a->value_at_risk().minor_units() > b->value_at_risk().minor_units();
  });
  if (soon.size() > kMaxNamed) {
    out.note += fmt::format(" There are {}.", soon.size());
    soon.resize(kMaxNamed);
  }
  for (const v1::Risk* r : soon) {
    out.table.rows.push_back({r->customer_id(), ending(*r), quadrant_of(*r), percent(r->probability()),
                              money(r->value_at_risk().minor_units(), input.currency)});
  }
  return out;
}

// Kaplan and Meier (1958): the share still there by days since the first purchase. A customer is lost on the
// day of their last purchase (see is_lost); else they were seen up to now.
struct Survival {
  std::vector<std::pair<double, double>> steps = {{0, 1}};

  explicit Survival(const std::vector<const v1::Risk*>& risks, const ReportInput& input,
                    const ReportScope& scope) {
    std::map<DurationMs, std::pair<double, double>> by_day;  // lost, seen for no longer
    double present = 0;
    for (const v1::Risk* r : risks) {
      if (!r->has_first_purchase_time()) continue;
      const TimeMs first = ms_of(r->first_purchase_time()), last = ms_of(r->last_purchase_time());
      const bool lost = is_lost(*r, input, scope);
      auto& [gone, seen] = by_day[((lost ? last : input.as_of_ms) - first) / kDayMs];
      (lost ? gone : seen) += 1;
      present += 1;
    }
    double share = 1;
    for (const auto& [day, counts] : by_day) {
      if (counts.first > 0 && present > 0) share *= 1 - counts.first / present;
      present -= counts.first + counts.second;
      if (share < steps.back().second) steps.emplace_back(static_cast<double>(day), steps.back().second);
      steps.emplace_back(static_cast<double>(day), share);
    }
  }
  // "-" beyond what was seen.
  std::string at(double day) const {
    if (steps.back().first < day && steps.back().second > 0) return kUnknown;
    double share = 1;
    for (const auto& [d, s] : steps) {
      if (d <= day) share = s;
    }
    return percent(share);
  }
};

// In the order of the table. Of segments there may be many; those are not plotted.
enum class GroupOf { kAll, kQuadrant, kSegment };

ReportSection survival(const std::vector<const v1::Risk*>& in_scope, const ReportInput& input,
                       const ReportScope& scope) {
  ReportSection out{
      .title = "Survival",
      .note =
          fmt::format("The share of buyers still there so many days after their first purchase "
                      "(Kaplan-Meier), by the quadrant of today, which says what they became, not what they "
                      "were, and by segment. Lost is who stands at critical "
                      "and bought nothing for {} "
                      "days (--lost-after); for a trade with a slow rhythm that is too short. \"-\": nobody "
                      "was watched for so long.",
                      scope.lost_after_ms / kDayMs),
      .table = {.columns = {{"customers", false}, {"buyers"}, {"90 days"}, {"180 days"}, {"365 days"}},
                .rows = {}},
      .svg = ""};
  std::map<std::pair<GroupOf, std::string>, std::vector<const v1::Risk*>> groups;
  for (const v1::Risk* r : in_scope) {
    if (!r->has_first_purchase_time()) continue;
    groups[{GroupOf::kAll, "all"}].push_back(r);
    if (quadrant_of(*r) != "none") groups[{GroupOf::kQuadrant, quadrant_of(*r)}].push_back(r);
    for (const auto& [key, value] : r->segments()) {
      if (key != "profit_tier") groups[{GroupOf::kSegment, segment_name({key, value})}].push_back(r);
    }
  }
  std::vector<PlotLine> lines;
  double longest = 1;
  for (const auto& [group, risks] : groups) {
    const auto& [of, name] = group;
    const Survival curve(risks, input, scope);
    out.table.rows.push_back(
        {name, grouped(static_cast<std::int64_t>(risks.size())), curve.at(90), curve.at(180), curve.at(365)});
    if (risks.size() >= kLeastToPlot && of != GroupOf::kSegment) lines.push_back({name, curve.steps});
    longest = std::max(longest, curve.steps.back().first);
  }
  if (lines.empty()) return out;
  PlotAxis x{.title = "days since the first purchase", .min = 0, .max = longest, .ticks = {}};
  for (double day = 0; day <= longest; day += longest > 400 ? 180 : 90) {
    x.ticks.emplace_back(day, fmt::format("{:.0f}", day));
  }
  out.svg = line_plot(lines, x,
                      {.title = "still there",
                       .min = 0,
                       .max = 1,
                       .ticks = {{0, "0 %"}, {0.25, "25 %"}, {0.5, "50 %"}, {0.75, "75 %"}, {1, "100 %"}}});
  return out;
}

}  // namespace

Report loyalty_report(const ReportInput& input, const ReportScope& scope) {
  const auto risks = risks_in(input, scope);
  return {.title = "Who stays, and why",
          .about = about(input, scope),
          .sections = {quadrants(risks, input), ties(risks, input), survival(risks, input, scope)}};
}

}  // namespace ebb::app
