#include "engine/fit/report.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "engine/base/time_text.h"

namespace ebb::fit {
namespace {

constexpr double kWidth = 420;
constexpr double kHeight = 300;
constexpr double kLeft = 52;
constexpr double kBottom = 40;
constexpr double kTop = 12;
constexpr double kRight = 30;

struct Point {
  double x = 0;
  double y = 0;
};

// From 0 to `most`, with a label at each tick.
struct Axis {
  struct Tick {
    double at = 0;
    std::string label;
  };
  double most = 1;
  std::vector<Tick> ticks;
};

// Ticks at round numbers, five steps at most; the axis ends at the first that holds `most`.
template <typename Label>
Axis round_axis(double most, const Label& label) {
  const double rough = most / 5;
  const double power = std::pow(10, std::floor(std::log10(rough)));
  double step = 10 * power;
  for (const double nice : {5.0, 2.0, 1.0}) {
    if (nice * power >= rough * (1 - 1e-9)) step = nice * power;
  }
  Axis axis;
  const double steps = std::ceil(most / step * (1 - 1e-9));
  axis.most = steps * step;
  for (int i = 0; i <= static_cast<int>(steps); ++i) axis.ticks.push_back({i * step, label(i * step)});
  return axis;
}

// One plot, as SVG.
class Plot {
 public:
  enum class Legend { kTopLeft, kBottomRight };
  Plot(std::string x_name, std::string y_name, Axis x, Axis y, Legend legend)
      : x_name_(std::move(x_name)),
        y_name_(std::move(y_name)),
        x_axis_(std::move(x)),
        y_axis_(std::move(y)),
        legend_(legend) {}

  void line(const std::vector<Point>& points, std::string_view style, bool dots) {
    std::string path;
    for (const Point& p : points) {
      path += fmt::format("{}{:.1f} {:.1f}", path.empty() ? "M" : " L", x(p.x), y(p.y));
      if (dots)
        body_ += fmt::format("<circle cx='{:.1f}' cy='{:.1f}' r='3.5' class='{}'/>", x(p.x), y(p.y), style);
    }
    body_ += fmt::format("<path d='{}' class='{}' fill='none'/>", path, style);
  }
  // The first is the lowest where the legend stands at the bottom.
  void legend(std::string_view text, std::string_view style) {
    const bool top = legend_ == Legend::kTopLeft;
    const double left = top ? kLeft + 12 : kLeft + 130;
    const double at = top ? kTop + 10 + 17 * legends_ : kHeight - kBottom - 14 - 17 * legends_;
    ++legends_;
    body_ += fmt::format("<path d='M{0} {1} h22' class='{2}'/><text x='{3}' y='{4}'>{5}</text>", left, at,
                         style, left + 28, at + 4, text);
  }
  std::string svg() const {
    std::string out = fmt::format("<svg viewBox='0 0 {} {}' width='{}' role='img'>", kWidth, kHeight, kWidth);
    for (const Axis::Tick& tick : y_axis_.ticks) {
      out += fmt::format("<path d='M{} {:.1f} H{}' class='grid'/>", kLeft, y(tick.at), kWidth - kRight);
      out +=
          fmt::format("<text x='{}' y='{:.1f}' class='end'>{}</text>", kLeft - 6, y(tick.at) + 4, tick.label);
    }
    for (const Axis::Tick& tick : x_axis_.ticks) {
      out += fmt::format("<text x='{:.1f}' y='{}' class='mid'>{}</text>", x(tick.at), kHeight - kBottom + 16,
                         tick.label);
    }
    out += fmt::format("<text x='{}' y='{}' class='mid'>{}</text>", (kLeft + kWidth - kRight) / 2,
                       kHeight - 5, x_name_);
    out += fmt::format("<text transform='translate(11 {}) rotate(-90)' class='mid'>{}</text>",
                       (kTop + kHeight - kBottom) / 2, y_name_);
    return out + body_ + "</svg>";
  }

 private:
  double x(double v) const { return kLeft + v / x_axis_.most * (kWidth - kLeft - kRight); }
  double y(double v) const { return kHeight - kBottom - v / y_axis_.most * (kHeight - kBottom - kTop); }

  const std::string x_name_;
  const std::string y_name_;
  const Axis x_axis_;
  const Axis y_axis_;
  const Legend legend_;
  int legends_ = 0;
  std::string body_;
};

std::string percent(double v) {
  return fmt::format("{:.0f} %", 100 * v);
}

std::string calibration_plot(std::vector<Forecast> all) {
  std::sort(all.begin(), all.end(), [](auto& a, auto& b) { return a.probability < b.probability; });
  std::vector<Point> points;
  for (std::size_t g = 0; g < 10; ++g) {
    const std::size_t from = all.size() * g / 10;
    const std::size_t to = all.size() * (g + 1) / 10;
    Point mean;
    for (std::size_t i = from; i < to; ++i) {
      mean.x += all[i].probability / static_cast<double>(to - from);
      mean.y += (all[i].none ? 1.0 : 0.0) / static_cast<double>(to - from);
    }
    if (to > from) points.push_back(mean);
  }
  // Where most are at a low risk the tenths would be one blot in the corner of a full square.
  double most = 0.05;
  for (const Point& p : points) most = std::max({most, p.x, p.y});
  const Axis axis = round_axis(most, &percent);
  Plot plot("foretold", "came true", axis, axis, Plot::Legend::kTopLeft);
  plot.line({{0, 0}, {axis.most, axis.most}}, "other", false);
  plot.line(points, "model", true);
  plot.legend("tenths of the customers", "model");
  plot.legend("perfect", "other");
  return plot.svg();
}

template <typename Rank>
std::vector<Point> gain(std::vector<Forecast> all, const Rank& rank) {
  std::stable_sort(all.begin(), all.end(), [&](auto& a, auto& b) { return rank(a) > rank(b); });
  double total = 0;
  for (const Forecast& f : all) total += f.none ? 1 : 0;
  std::vector<Point> points = {{0, 0}};
  double found = 0;
  std::size_t next = 1;
  for (std::size_t i = 0; i < all.size(); ++i) {
    found += all[i].none ? 1 : 0;
    if ((i + 1) * 50 < next * all.size()) continue;
    points.push_back(
        {static_cast<double>(i + 1) / static_cast<double>(all.size()), total > 0 ? found / total : 0});
    ++next;
  }
  return points;
}

std::string lift_plot(const std::vector<Forecast>& all) {
  const Axis axis = round_axis(1, &percent);
  Plot plot("customers with the highest risk", "of those who bought nothing", axis, axis,
            Plot::Legend::kBottomRight);
  plot.line({{0, 0}, {1, 1}}, "other", false);
  plot.line(gain(all, [](const Forecast& f) { return f.recency_days; }), "recency", false);
  plot.line(gain(all, [](const Forecast& f) { return f.probability; }), "model", false);
  plot.legend("chance", "other");
  plot.legend("days since the last purchase", "recency");
  plot.legend("model", "model");
  return plot.svg();
}

std::string tracking_plot(const std::vector<Tracked>& tracking) {
  double most = 1;
  std::vector<Point> expected;
  std::vector<Point> bought;
  for (std::size_t i = 0; i < tracking.size(); ++i) {
    const auto at = static_cast<double>(i);
    expected.push_back({at, tracking[i].expected});
    bought.push_back({at, tracking[i].bought});
    most = std::max({most, tracking[i].expected, tracking[i].bought});
  }
  Axis dates{.most = std::max(1.0, static_cast<double>(tracking.size()) - 1), .ticks = {}};
  // Six whole dates don't fit: every second has its label.
  for (std::size_t i = 0; i<tracking.size(); i += tracking.size()> 4 ? 2 : 1) {
    dates.ticks.push_back({static_cast<double>(i), date_text(tracking[i].date_ms)});
  }
  const auto count = [](double v) {
    return v >= 10'000 ? fmt::format("{:.0f} k", v / 1000) : fmt::format("{:.0f}", v);
  };
  Plot plot("judged on", "purchases within the horizon", std::move(dates), round_axis(1.15 * most, count),
            Plot::Legend::kBottomRight);
  plot.line(bought, "recency", true);
  plot.line(expected, "model", true);
  plot.legend("made", "recency");
  plot.legend("expected by the timing alone", "model");
  return plot.svg();
}

std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) out += c == '<' ? "&lt;" : c == '&' ? "&amp;" : std::string(1, c);
  return out;
}

// Two digits, and no power of ten.
std::string error_text(double error) {
  return error < 100 ? fmt::format("{:.2g}", error) : fmt::format("{:.0f}", error);
}

std::string row(std::string_view name, double value, const Maximum& maximum, std::size_t i) {
  return fmt::format("<tr><td>{}</td><td>{:.5g}</td><td>{}</td></tr>", name, value,
                     maximum.standard_errors.empty() ? "can't tell" : error_text(maximum.standard_errors[i]));
}

std::string season(std::string_view title, const SeasonFit& fit) {
  if (!fit.season.has_value()) return "";
  std::string out = fmt::format("<tr><th>{}, custom of an even year = 1</th><th></th><th></th></tr>", title);
  constexpr std::array kMonths = {"January", "February", "March",     "April",   "May",      "June",
                                  "July",    "August",   "September", "October", "November", "December"};
  for (std::size_t i = 0; i < kMonths.size(); ++i) {
    const double factor = fit.season->factors()[i];
    out += fmt::format("<tr><td>{}</td><td>{:.2f}</td><td>{:.2g}</td></tr>", kMonths[i], factor,
                       factor * fit.standard_error[i]);
  }
  return out;
}

std::string parameters(const RiskFit& fit) {
  const CnbdParams& t = fit.model.timing;
  std::string out =
      fmt::format("<table><tr><th>timing: {}{}</th><th>value</th><th>± standard error</th></tr>",
                  t.modified ? "MBG/" : "BG/", t.k == 1 ? "NBD" : fmt::format("CNBD-{}", t.k));
  out += row("r", t.r, fit.timing.maximum, 0) + row("alpha, weeks", t.alpha, fit.timing.maximum, 1) +
         row("a", t.a, fit.timing.maximum, 2) + row("b", t.b, fit.timing.maximum, 3);
  out += season("season", fit.season);
  if (fit.spend.has_value()) {
    const GammaGammaParams& s = fit.spend->params;
    out += "<tr><th>spend: Gamma-Gamma</th><th></th><th></th></tr>";
    out += row("p", s.p, fit.spend->maximum, 0) + row("q", s.q, fit.spend->maximum, 1) +
           row("gamma, minor units", s.gamma, fit.spend->maximum, 2);
  }
  for (std::size_t i = 0; i < fit.segments.size(); ++i) {
    const SegmentFit& s = fit.segments[i];
    const SegmentModel& model = fit.model.segments[i];
    out += fmt::format("<tr><th>{} {}: {} customers</th><th></th><th></th></tr>",
                       escaped(fit.model.segment_key), escaped(s.value), s.customers);
    out += fmt::format("<tr><td>shift, log-odds</td><td>{:+.3f}</td><td>{:.2g}</td></tr>", model.shift,
                       s.shift_error);
    out += season("season of its own", s.season);
    if (!s.own_timing) {
      out += "<tr><td>timing</td><td>that of all</td><td></td></tr>";
      continue;
    }
    out += row("r", model.timing.r, s.timing, 0) + row("alpha, weeks", model.timing.alpha, s.timing, 1) +
           row("a", model.timing.a, s.timing, 2) + row("b", model.timing.b, s.timing, 3);
  }
  return out + "</table>";
}

std::string weights(const RiskModel& model) {
  std::string out = "<table><tr><th>term</th><th>weight</th><th>the average customer's value</th></tr>";
  for (std::size_t i = 0; i < kRiskTerms; ++i) {
    out += fmt::format("<tr><td>{}</td><td>{:+.3f}</td><td>{:.2f}</td></tr>",
                       term_name(static_cast<RiskTerm>(i)), model.weight[i], model.centre[i]);
  }
  for (const auto& [name, weight] : model.inputs) {
    out += fmt::format("<tr><td>{} (input)</td><td>× {:.2f}</td><td></td></tr>", escaped(name), weight);
  }
  return out + "</table>";
}

std::string summary(const Measures& m) {
  const auto line = [](std::string_view what, const std::string& ours, const std::string& recency) {
    return fmt::format("<tr><td>{}</td><td>{}</td><td>{}</td></tr>", what, ours, recency);
  };
  const auto number = [](double v) { return fmt::format("{:.3f}", v); };
  return "<table><tr><th></th><th>model</th><th>days since the last purchase alone</th></tr>" +
         line("area under the curve", number(m.auc), number(m.auc_recency)) +
         line("lift in the top 10 %", number(m.lift10), number(m.lift10_recency)) +
         line("calibration error", number(m.calibration_error), "") +
         line("lost value caught in the top 10 %", percent(m.lost_value_caught),
              percent(m.lost_value_caught_recency)) +
         "</table>";
}

constexpr std::string_view kStyle =
    "body{font:15px/1.5 system-ui,sans-serif;max-width:920px;margin:2em auto;padding:0 1em;color:#222}"
    "h1{font-size:1.5em}h2{font-size:1.1em;margin-top:2em}table{border-collapse:collapse;margin:1em 0}"
    "td,th{text-align:left;padding:.2em 1em .2em 0;border-bottom:1px solid "
    "#ddd;font-variant-numeric:tabular-nums}"
    ".plots{display:flex;flex-wrap:wrap;gap:1em}figure{margin:0}figcaption{font-weight:600;margin-bottom:."
    "3em}"
    "svg{font:12px system-ui,sans-serif;fill:#444}.grid{stroke:#e4e4e4}.end{text-anchor:end}"
    ".mid{text-anchor:middle}path.model{stroke:#0b62a4;stroke-width:2.2}circle.model{fill:#0b62a4}"
    "path.recency{stroke:#d9822b;stroke-width:2}circle.recency{fill:#d9822b}"
    "path.other{stroke:#999;stroke-dasharray:4 4}.warn{background:#fff6e0;padding:.6em 2em;border-left:4px "
    "solid "
    "#d9a400}.cols{display:flex;flex-wrap:wrap;gap:3em}";

}  // namespace

std::string html_report(const ReportInput& input) {
  const RiskFit& fit = input.fit;
  const Measures m = measure(input.held_out);
  std::string out = "<!doctype html><html lang='en'><meta charset='utf-8'><title>" + escaped(fit.model.name) +
                    "</title><style>" + std::string(kStyle) + "</style><body>";
  out += fmt::format(
      "<h1>Model {}</h1><p>{} judgements of {} customers; within {:.0f} days {} bought nothing.</p>",
      escaped(fit.model.name), fit.examples, fit.customers, fit.model.horizon_days, percent(fit.share_none));
  if (!fit.warnings.empty()) out += "<ul class='warn'>";
  for (const std::string& warning : fit.warnings) out += "<li>" + escaped(warning) + "</li>";
  if (!fit.warnings.empty()) out += "</ul>";
  out += fmt::format("<h2>How good it is</h2><p>{} {} judgements; {} of them came without a purchase.</p>",
                     escaped(input.how), m.customers, percent(m.base_rate));
  out += summary(m);
  out += "<div class='plots'><figure><figcaption>Calibration</figcaption>" +
         calibration_plot(input.held_out) + "</figure><figure><figcaption>Lift</figcaption>" +
         lift_plot(input.held_out) + "</figure><figure><figcaption>Tracking</figcaption>" +
         tracking_plot(input.tracking) + "</figure></div>";
  out +=
      "<p>Calibration and lift are of the judgements held out. Tracking is not: the timing that it shows was "
      "fitted to the customers of the last of these dates, and outcomes went into none of it.</p>";
  out += "<h2>What it is made of</h2><div class='cols'>" + parameters(fit) + weights(fit.model) + "</div>";
  return out + "</body></html>\n";
}

}  // namespace ebb::fit
