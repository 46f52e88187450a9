// Five steps of customer value analysis per segment.
#include <cmath>

#include "engine/app/report_parts.h"
#include "engine/app/svg.h"

namespace ebb::app {
namespace {

constexpr double kLeastPairs = 10;  // below it no importance is learned
constexpr double kLeastAnswers = 0.5;
constexpr double kLeastToHint = 5;  // answers of each kind behind a hint about the price
constexpr double kStandsOut = 1.1;  // of the mean importance
constexpr double kEvenShare = 0.1;  // of the believed cost: a smaller difference is none
constexpr DurationMs kMovedMs = 90 * kDayMs;

// Correlation of a dimension's answers with the overall ones of the same surveys; nullopt: too few.
std::optional<double> learned_importance(const v1::SegmentMeasure& m) {
  const double n = m.pair_weight();
  if (n < kLeastPairs) return std::nullopt;
  const double var_x = m.pair_xx() / n - m.pair_x() / n * m.pair_x() / n;
  const double var_y = m.pair_yy() / n - m.pair_y() / n * m.pair_y() / n;
  if (var_x < 1e-6 || var_y < 1e-6) return std::nullopt;
  return (m.pair_xy() / n - m.pair_x() / n * m.pair_y() / n) / std::sqrt(var_x * var_y);
}

double mean(double sum, double weight) {
  return weight > kLeastAnswers ? sum / weight : std::nan("");
}

std::vector<const v1::SegmentMeasure*> by_importance(const v1::SegmentDay& segment) {
  std::vector<const v1::SegmentMeasure*> out;
  for (const v1::SegmentMeasure& m : segment.dimensions()) out.push_back(&m);
  const auto weight = [](const v1::SegmentMeasure* m) {
    return m->stated_weight() > kLeastAnswers ? m->stated_sum() / m->stated_weight() : 0;
  };
  std::stable_sort(out.begin(), out.end(), [&](auto* a, auto* b) { return weight(a) > weight(b); });
  return out;
}

std::string stated(const v1::SegmentMeasure& m) {
  return m.stated_weight() > kLeastAnswers ? percent(m.stated_sum() / m.stated_weight()) : kUnknown;
}

ReportSection attributes(const v1::SegmentDay& segment) {
  ReportSection out{
      .title = "1 and 2. What customers value, and how much",
      .note =
          "Stated: share of importance that customers give it, among all that their survey asked "
          "about; over several surveys the shares don't add up to 100 %. Learned: how closely their "
          "answers about it go with their overall satisfaction (correlation, -1 to 1; from "
          "10 surveys on). Correlation is no proof that a change would help. Answers fade, "
          "so their number is in fresh ones.",
      .table = {.columns = {{"dimension", false}, {"stated"}, {"learned"}, {"answers"}}, .rows = {}},
      .svg = ""};
  std::vector<PlotBar> bars;
  for (const v1::SegmentMeasure* m : by_importance(segment)) {
    const auto learned = learned_importance(*m);
    out.table.rows.push_back({m->name(), stated(*m), learned ? fmt::format("{:.2f}", *learned) : kUnknown,
                              fmt::format("{:.0f}", std::max(m->weight(), m->stated_weight()))});
    if (m->stated_weight() > kLeastAnswers) {
      bars.push_back({m->name(), m->stated_sum() / m->stated_weight(), "stated " + stated(*m)});
    }
  }
  if (!bars.empty()) out.svg = bar_plot(bars);
  return out;
}

ReportSection performance(const v1::SegmentDay& segment) {
  ReportSection out{.title = "3. How we do, and how the best competitor does",
                    .note =
                        "Each 0 (worst) to 100 (best), as customers see it. What they expected is theirs "
                        "too. Ahead: ours less the competitor's.",
                    .table = {.columns = {{"dimension", false},
                                          {"stated"},
                                          {"ours"},
                                          {"expected"},
                                          {"best competitor"},
                                          {"ahead"},
                                          {"reads as", false}},
                              .rows = {}},
                    .svg = ""};
  const double fair_share =
      segment.dimensions().empty() ? 0 : 1.0 / static_cast<double>(segment.dimensions_size());
  for (const v1::SegmentMeasure* m : by_importance(segment)) {
    const double ours = mean(m->sum(), m->weight());
    const double rival = mean(m->rival_sum(), m->rival_weight());
    const double ahead = 100 * (ours - rival);
    const bool important =
        m->stated_weight() > kLeastAnswers && m->stated_sum() / m->stated_weight() >= fair_share;
    std::string reads;
    if (!std::isnan(ahead) && m->stated_weight() > kLeastAnswers) {
      if (ahead <= -5) reads = important ? "important, and behind: mend first" : "behind, but minor";
      if (ahead >= 5) reads = important ? "important, and ahead: keep" : "ahead where it counts little";
      if (std::abs(ahead) < 5) reads = "about even";
    }
    out.table.rows.push_back({m->name(), stated(*m), of_100(m->sum(), m->weight()),
                              of_100(m->expected_sum(), m->expected_weight()),
                              of_100(m->rival_sum(), m->rival_weight()),
                              std::isnan(ahead) ? kUnknown : fmt::format("{:+.0f}", ahead), reads});
  }
  return out;
}

// In minor units; NaN: not known.
double net_of(const v1::SegmentDay& s) {
  return mean(s.worth_minor(), s.worth_weight()) - mean(s.cost_minor(), s.cost_weight());
}

// dimensions: of one segment, the most important first. Customers who find all alike find nothing most
// important.
std::string most_important(const std::vector<const v1::SegmentMeasure*>& dimensions) {
  double sum = 0;
  int count = 0;
  for (const v1::SegmentMeasure* m : dimensions) {
    if (stated(*m) == kUnknown) continue;
    sum += m->stated_sum() / m->stated_weight();
    ++count;
  }
  if (dimensions.empty() || stated(*dimensions.front()) == kUnknown) return kUnknown;
  const v1::SegmentMeasure& first = *dimensions.front();
  const bool stands_out = count < 2 || first.stated_sum() / first.stated_weight() >= kStandsOut * sum / count;
  return stands_out ? first.name() : "none stands out";
}

ReportSection differences(const ReportInput& input) {
  ReportSection out{
      .title = "4. How segments differ",
      .note =
          "Net value: what customers believe to get less what they believe to pay, in "
          "money, on average over those asked; beside it what the best alternative would "
          "give them. Answers: fresh ones, about the least known of the three. The hint is about "
          "the price only; less than a tenth of the believed cost counts as even. None stands out: no "
          "dimension is a tenth above the mean of what is stated.",
      .table = {.columns = {{"segment", false},
                            {"customers"},
                            {"satisfaction"},
                            {"most important", false},
                            {"net value"},
                            {"answers"},
                            {"best alternative's"},
                            {"hint", false}},
                .rows = {}},
      .svg = ""};
  for (const SegmentKey& key : segments_of(input)) {
    const v1::SegmentDay& s = *input.find_segment(key, input.as_of_ms);
    const double net = net_of(s);
    const double rival = mean(s.rival_net_minor(), s.rival_net_weight());
    const double answers = std::min({s.worth_weight(), s.cost_weight(), s.rival_net_weight()});
    std::string hint;
    if (net < 0) {
      hint = "believed to cost more than it is worth";
    } else if (answers < kLeastToHint) {
      hint = "too few answers";
    } else if (std::abs(net - rival) < kEvenShare * mean(s.cost_minor(), s.cost_weight())) {
      hint = "about even";
    } else {
      const std::string by = money(std::llround(std::abs(net - rival)), input.currency);
      hint = net > rival ? "ahead by " + by + ": room in the price" : "behind by " + by + ": no room";
    }
    const auto amount = [&](double minor) {
      return std::isnan(minor) ? kUnknown : money(std::llround(minor), input.currency);
    };
    out.table.rows.push_back(
        {segment_name(key), grouped(s.customers()),
         of_100(static_cast<double>(s.satisfaction_milli()) / 1000, static_cast<double>(s.rated())),
         most_important(by_importance(s)), amount(net), fmt::format("{:.0f}", answers), amount(rival), hint});
  }
  return out;
}

ReportSection moved(const ReportInput& input, const ReportScope& scope, const v1::SegmentDay& now) {
  const TimeMs then_ms = input.as_of_ms - kMovedMs;
  ReportSection out{
      .title = "5. What moved",
      .note = "Against 90 days before, " + date(then_ms) + ". Points of 100.",
      .table = {.columns = {{"dimension", false}, {"ours"}, {"change"}, {"stated"}, {"change in stated"}},
                .rows = {}},
      .svg = ""};
  const v1::SegmentDay* then = input.find_segment(scope.segment, then_ms);
  if (then == nullptr) return out;
  for (const v1::SegmentMeasure* m : by_importance(now)) {
    const auto old = std::find_if(then->dimensions().begin(), then->dimensions().end(),
                                  [m](const auto& d) { return d.name() == m->name(); });
    const auto change = [](double a, double b) {
      return std::isnan(a - b) ? kUnknown : fmt::format("{:+}", std::lround(100 * (a - b)));
    };
    const bool known = old != then->dimensions().end();
    out.table.rows.push_back(
        {m->name(), of_100(m->sum(), m->weight()),
         known ? change(mean(m->sum(), m->weight()), mean(old->sum(), old->weight())) : "new", stated(*m),
         known ? change(mean(m->stated_sum(), m->stated_weight()),
                        mean(old->stated_sum(), old->stated_weight()))
               : "new"});
  }
  return out;
}

}  // namespace

Report value_report(const ReportInput& input, const ReportScope& scope) {
  Report report{.title = "What customers value", .about = about(input, scope), .sections = {}};
  const v1::SegmentDay* now = input.find_segment(scope.segment, input.as_of_ms);
  if (now == nullptr) {
    report.about += kNoSegment;
    return report;
  }
  report.sections = {attributes(*now), performance(*now), differences(input), moved(input, scope, *now)};
  return report;
}

}  // namespace ebb::app
