#include "engine/app/svg.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "fmt/format.h"

namespace ebb::app {
namespace {

constexpr std::array<const char*, 6> kColours = {"#1f5fa8", "#c2561a", "#2f7d4f",
                                                 "#8a3f8f", "#7a6a1f", "#555555"};
constexpr double kWidth = 720, kHeight = 300;
constexpr double kLeft = 60, kRight = 150, kTop = 16, kBottom = 46;

const char* colour(std::size_t i) {
  return kColours[i % kColours.size()];
}

}  // namespace

std::string html_escaped(const std::string& text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '&':
        out += "&amp;";
        break;
      case '"':
        out += "&quot;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

std::string line_plot(const std::vector<PlotLine>& lines, const PlotAxis& x, const PlotAxis& y) {
  const double right = kWidth - kRight, bottom = kHeight - kBottom;
  const auto at = [](double value, const PlotAxis& axis, double from, double to) {
    const double width = axis.max > axis.min ? axis.max - axis.min : 1;
    return from + (to - from) * (value - axis.min) / width;
  };
  std::string out = fmt::format(
      "<svg viewBox=\"0 0 {} {}\" role=\"img\" xmlns=\"http://www.w3.org/2000/svg\">\n", kWidth, kHeight);
  for (const auto& [value, text] : y.ticks) {
    const double py = at(value, y, bottom, kTop);
    out += fmt::format("<line x1=\"{:.1f}\" y1=\"{:.1f}\" x2=\"{:.1f}\" y2=\"{:.1f}\" class=\"grid\"/>\n",
                       kLeft, py, right, py);
    out += fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"end\">{}</text>\n", kLeft - 6, py + 4,
                       html_escaped(text));
  }
  for (const auto& [value, text] : x.ticks) {
    out += fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"middle\">{}</text>\n",
                       at(value, x, kLeft, right), bottom + 16, html_escaped(text));
  }
  out += fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"middle\">{}</text>\n",
                     (kLeft + right) / 2, kHeight - 8, html_escaped(x.title));
  out += fmt::format(
      "<text x=\"14\" y=\"{0:.1f}\" text-anchor=\"middle\" transform=\"rotate(-90 14 {0:.1f})\">{1}</text>\n",
      (kTop + bottom) / 2, html_escaped(y.title));
  // Those that end highest first, so that names stand in the order of their lines.
  std::vector<std::size_t> order;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    if (!lines[i].points.empty()) order.push_back(i);
  }
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return lines[a].points.back().second > lines[b].points.back().second;
  });
  std::vector<double> taken;
  for (const std::size_t i : order) {
    out += fmt::format("<polyline fill=\"none\" stroke=\"{}\" stroke-width=\"2\" points=\"", colour(i));
    for (const auto& [px, py] : lines[i].points) {
      out += fmt::format("{:.1f},{:.1f} ", at(px, x, kLeft, right), at(py, y, bottom, kTop));
    }
    // Names stand at the lines' ends, moved apart where they would cover each other.
    double end = at(lines[i].points.back().second, y, bottom, kTop);
    while (std::any_of(taken.begin(), taken.end(), [end](double t) { return std::abs(t - end) < 13; })) {
      end += 3;
    }
    taken.push_back(end);
    out += fmt::format("\"/>\n<text x=\"{:.1f}\" y=\"{:.1f}\" fill=\"{}\">{}</text>\n", right + 6, end + 4,
                       colour(i), html_escaped(lines[i].name));
  }
  return out + "</svg>\n";
}

std::string bar_plot(const std::vector<PlotBar>& bars) {
  constexpr double kRow = 24, kNames = 190, kLabels = 130;
  double low = 0, high = 0;
  for (const PlotBar& bar : bars) {
    low = std::min(low, bar.value);
    high = std::max(high, bar.value);
  }
  const double width = high > low ? high - low : 1;
  const auto at = [&](double value) { return kNames + (kWidth - kNames - kLabels) * (value - low) / width; };
  const double height = kRow * static_cast<double>(bars.size()) + 8;
  std::string out = fmt::format(
      "<svg viewBox=\"0 0 {} {}\" role=\"img\" xmlns=\"http://www.w3.org/2000/svg\">\n", kWidth, height);
  for (std::size_t i = 0; i < bars.size(); ++i) {
    const PlotBar& bar = bars[i];
    const double top = kRow * static_cast<double>(i) + 6;
    out += fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"end\">{}</text>\n", kNames - 8,
                       top + 12, html_escaped(bar.name));
    out += fmt::format("<rect x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" height=\"16\" fill=\"{}\"/>\n",
                       at(std::min(bar.value, 0.0)), top, std::abs(at(bar.value) - at(0)),
                       colour(bar.value < 0 ? 1 : 0));
    out += fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\">{}</text>\n", at(std::max(bar.value, 0.0)) + 6,
                       top + 12, html_escaped(bar.label));
  }
  return out + "</svg>\n";
}

}  // namespace ebb::app
