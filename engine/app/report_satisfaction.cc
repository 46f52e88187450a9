#include <map>

#include "engine/app/report_parts.h"
#include "engine/app/svg.h"

namespace ebb::app {
namespace {

constexpr std::size_t kMaxNamed = 20;

PlotAxis index_axis() {
  return {.title = "index, 0 to 100",
          .min = 0,
          .max = 100,
          .ticks = {{0, "0"}, {25, "25"}, {50, "50"}, {75, "75"}, {100, "100"}}};
}

double index_of(const v1::SegmentDay& s) {
  return s.rated() > 0 ? static_cast<double>(s.satisfaction_milli()) / 10 / static_cast<double>(s.rated())
                       : 0;
}

std::string index_text(const v1::SegmentDay& s) {
  return s.rated() > 0 ? fmt::format("{:.1f}", index_of(s)) : kUnknown;
}

ReportSection over_time(const ReportInput& input) {
  ReportSection out{
      .title = "Index over time",
      .note =
          "The mean over all customers with an index, 0 (worst) to 100 (best), each as of their "
          "own last row at the end of the month; who never said anything is left out. Needs a "
          "replay with --risk-history.",
      .table = {.columns = {{"month", false}, {"with an index"}, {"index"}}, .rows = {}},
      .svg = ""};
  std::map<std::string, double> latest;
  double sum = 0;
  PlotLine line{.name = "all", .points = {}};
  PlotAxis x{.title = "end of the month", .min = 0, .max = 1, .ticks = {}};
  for (std::size_t i = 0; i < input.history.size(); ++i) {
    const ReportInput::Rated& rated = input.history[i];
    double& index = latest[rated.customer];
    sum += rated.index - index;
    index = rated.index;
    const std::string month = date(rated.at_ms).substr(0, 7);
    if (i + 1 < input.history.size() && date(input.history[i + 1].at_ms).substr(0, 7) == month) continue;
    const double mean = sum / static_cast<double>(latest.size());
    const auto at = static_cast<double>(line.points.size());
    line.points.emplace_back(at, mean);
    if (line.points.size() % 2 == 1) x.ticks.emplace_back(at, month);
    out.table.rows.push_back(
        {month, grouped(static_cast<std::int64_t>(latest.size())), fmt::format("{:.1f}", mean)});
  }
  if (line.points.size() < 2) return out;
  x.max = line.points.back().first;
  out.svg = line_plot({line}, x, index_axis());
  return out;
}

ReportSection now(const std::vector<const v1::Risk*>& risks, const ReportInput& input) {
  ReportSection out{.title = "Now",
                    .note = "Customers by their index. A customer nobody asked is not a satisfied one.",
                    .table = {.columns = {{"index", false},
                                          {"customers"},
                                          {"share"},
                                          {"complaint open"},
                                          {"unhappy and silent"},
                                          {"value at risk"}},
                              .rows = {}},
                    .svg = ""};
  const std::vector<std::pair<std::string, double>> bands = {
      {"80 to 100", 80}, {"60 to 80", 60}, {"40 to 60", 40}, {"20 to 40", 20}, {"0 to 20", 0}, {"none", -1}};
  std::vector<PlotBar> bars;
  for (std::size_t i = 0; i < bands.size(); ++i) {
    std::int64_t customers = 0, complaining = 0, silent = 0, at_risk = 0;
    for (const v1::Risk* risk : risks) {
      const v1::Risk& r = *risk;
      const double index = r.has_satisfaction_index() ? r.satisfaction_index() : -1;
      if (index < bands[i].second || (i > 0 && index >= bands[i - 1].second)) continue;
      ++customers;
      complaining += r.open_complaints() > 0;
      silent += has_flag(r, "silent_unhappy");
      at_risk += r.value_at_risk().minor_units();
    }
    out.table.rows.push_back({bands[i].first, grouped(customers),
                              share_of(static_cast<double>(customers), static_cast<double>(risks.size())),
                              grouped(complaining), grouped(silent), money(at_risk, input.currency)});
    bars.push_back({bands[i].first, static_cast<double>(customers), grouped(customers)});
  }
  out.svg = bar_plot(bars);
  return out;
}

ReportSection silent(const std::vector<const v1::Risk*>& risks, const ReportInput& input) {
  ReportSection out{
      .title = "Unhappy and silent",
      .note = "Contact them before the complaint comes. By value at risk; at most 20.",
      .table = {.columns = {{"customer", false}, {"index"}, {"likely to buy nothing"}, {"value at risk"}},
                .rows = {}},
      .svg = ""};
  std::vector<const v1::Risk*> found;
  for (const v1::Risk* r : risks) {
    if (has_flag(*r, "silent_unhappy")) found.push_back(r);
  }
  std::stable_sort(found.begin(), found.end(), [](auto* a, auto* b) {
    return a->value_at_risk().minor_units() > b->value_at_risk().minor_units();
  });
  if (found.size() > kMaxNamed) {
    out.note += fmt::format(" There are {}.", found.size());
    found.resize(kMaxNamed);
  }
  for (const v1::Risk* r : found) {
    out.table.rows.push_back({r->customer_id(), fmt::format("{:.0f}", r->satisfaction_index()),
                              percent(r->probability()),
                              money(r->value_at_risk().minor_units(), input.currency)});
  }
  return out;
}

// Of the segments' days; a customer's index is as of their own last event there.
ReportSection by_day(const ReportInput& input, const ReportScope& scope) {
  ReportSection out{.title = "Index over time",
                    .note =
                        "The mean over all customers with an index, 0 (worst) to 100 (best), at the end of "
                        "each month; who never said anything is left out. A customer's index is as of their "
                        "own last event, so it moves late for those who are silent.",
                    .table = {.columns = {{"as of", false},
                                          {"customers"},
                                          {"with an index"},
                                          {"index"},
                                          {"complaint open"},
                                          {"silent unhappy"}},
                              .rows = {}},
                    .svg = ""};
  PlotLine line{.name = segment_name(scope.segment), .points = {}};
  PlotAxis x{.title = "end of the month", .min = 0, .max = 1, .ticks = {}};
  for (auto day = input.days.begin(); day != input.days.end(); ++day) {
    const auto found = day->second.find(scope.segment);
    if (found == day->second.end()) continue;
    const v1::SegmentDay& s = found->second;
    if (s.rated() > 0) line.points.emplace_back(static_cast<double>(day->first), index_of(s));
    // The end of a day is the beginning of the next.
    const std::string month = date(day->first - 1).substr(0, 7);
    const auto next = std::next(day);
    if (next != input.days.end() && date(next->first - 1).substr(0, 7) == month) continue;
    x.ticks.emplace_back(static_cast<double>(day->first), month);
    out.table.rows.push_back({date(day->first - 1), grouped(s.customers()), grouped(s.rated()), index_text(s),
                              grouped(s.complaining()), grouped(s.silent_unhappy())});
  }
  if (line.points.size() < 2) return out;
  x.min = line.points.front().first;
  x.max = line.points.back().first;
  const std::size_t step = x.ticks.size() / 7 + 1;
  std::vector<std::pair<double, std::string>> few;
  for (std::size_t i = 0; i < x.ticks.size(); i += step) {
    if (x.ticks[i].first >= x.min) few.push_back(x.ticks[i]);
  }
  x.ticks = std::move(few);
  out.svg = line_plot({line}, x, index_axis());
  return out;
}

ReportSection by_name(const std::string& title, const std::string& note, const std::string& what,
                      const google::protobuf::RepeatedPtrField<v1::SegmentMeasure>& list) {
  ReportSection out{.title = title,
                    .note = note,
                    .table = {.columns = {{what, false}, {"index"}, {"answers"}}, .rows = {}},
                    .svg = ""};
  std::vector<const v1::SegmentMeasure*> sorted;
  for (const v1::SegmentMeasure& m : list) {
    if (m.weight() > 0.5) sorted.push_back(&m);
  }
  std::stable_sort(sorted.begin(), sorted.end(),
                   [](auto* a, auto* b) { return a->sum() / a->weight() < b->sum() / b->weight(); });
  std::vector<PlotBar> bars;
  for (const v1::SegmentMeasure* m : sorted) {
    const std::string index = of_100(m->sum(), m->weight());
    out.table.rows.push_back({m->name(), index, fmt::format("{:.0f}", m->weight())});
    bars.push_back({m->name(), 100 * m->sum() / m->weight(), index});
  }
  if (!bars.empty()) out.svg = bar_plot(bars);
  return out;
}

ReportSection by_segment(const ReportInput& input) {
  ReportSection out{
      .title = "By segment",
      .note =
          "Complaints per unhappy customer: customers with one open, for each who has one open or "
          "is unhappy and silent. Low means that the unhappy don't tell. Counted with every event up to "
          "the last finished day; the risk table, which the lists are made of, has a row only when "
          "something has moved, so that its numbers may differ.",
      .table = {.columns = {{"segment", false},
                            {"customers"},
                            {"with an index"},
                            {"index"},
                            {"silent unhappy"},
                            {"complaint open"},
                            {"complaints per unhappy"}},
                .rows = {}},
      .svg = ""};
  for (const SegmentKey& key : segments_of(input)) {
    const v1::SegmentDay& s = *input.find_segment(key, input.as_of_ms);
    const auto unhappy = s.silent_unhappy() + s.complaining();
    out.table.rows.push_back({segment_name(key), grouped(s.customers()), grouped(s.rated()), index_text(s),
                              grouped(s.silent_unhappy()), grouped(s.complaining()),
                              unhappy > 0 ? fmt::format("{:.2f}", static_cast<double>(s.complaining()) /
                                                                      static_cast<double>(unhappy))
                                          : kUnknown});
  }
  return out;
}

}  // namespace

Report satisfaction_report(const ReportInput& input, const ReportScope& scope) {
  const auto risks = risks_in(input, scope);
  Report report{
      .title = "How satisfied customers are", .about = about(input, scope), .sections = {now(risks, input)}};
  const v1::SegmentDay* segment = input.find_segment(scope.segment, input.as_of_ms);
  if (segment != nullptr) {
    report.sections.push_back(by_day(input, scope));
    report.sections.push_back(by_name(
        "By dimension",
        "What surveys said, 0 (worst) to 100 (best), the worst first. Answers fade, so their number is "
        "in fresh ones.",
        "dimension", segment->dimensions()));
    report.sections.push_back(by_name("By touchpoint", "Where customers met us, the worst first, likewise.",
                                      "touchpoint", segment->touchpoints()));
    report.sections.push_back(by_segment(input));
  } else if (scope.segment.first.empty()) {
    report.sections.push_back(over_time(input));
  } else {
    report.about += kNoSegment;
  }
  report.sections.push_back(silent(risks, input));
  return report;
}

}  // namespace ebb::app
