#include <map>

#include "engine/app/report_parts.h"
#include "engine/app/svg.h"

namespace ebb::app {
namespace {

constexpr std::size_t kMaxNamed = 20;

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
  out.svg = line_plot({line}, x,
                      {.title = "index, 0 to 100",
                       .min = 0,
                       .max = 100,
                       .ticks = {{0, "0"}, {25, "25"}, {50, "50"}, {75, "75"}, {100, "100"}}});
  return out;
}

ReportSection now(const ReportInput& input) {
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
    for (const v1::Risk& r : input.risks) {
      const double index = r.has_satisfaction_index() ? r.satisfaction_index() : -1;
      if (index < bands[i].second || (i > 0 && index >= bands[i - 1].second)) continue;
      ++customers;
      complaining += r.open_complaints() > 0;
      silent += has_flag(r, "silent_unhappy");
      at_risk += r.value_at_risk().minor_units();
    }
    out.table.rows.push_back(
        {bands[i].first, grouped(customers),
         share_of(static_cast<double>(customers), static_cast<double>(input.risks.size())),
         grouped(complaining), grouped(silent), money(at_risk, input.currency)});
    bars.push_back({bands[i].first, static_cast<double>(customers), grouped(customers)});
  }
  out.svg = bar_plot(bars);
  return out;
}

ReportSection silent(const ReportInput& input) {
  ReportSection out{
      .title = "Unhappy and silent",
      .note = "Contact them before the complaint comes. By value at risk; at most 20.",
      .table = {.columns = {{"customer", false}, {"index"}, {"likely to buy nothing"}, {"value at risk"}},
                .rows = {}},
      .svg = ""};
  std::vector<const v1::Risk*> found;
  for (const v1::Risk& r : input.risks) {
    if (has_flag(r, "silent_unhappy")) found.push_back(&r);
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

}  // namespace

Report satisfaction_report(const ReportInput& input, const ReportScope& /*scope*/) {
  return {.title = "How satisfied customers are",
          .about = about(input),
          .sections = {now(input), over_time(input), silent(input)}};
}

}  // namespace ebb::app
