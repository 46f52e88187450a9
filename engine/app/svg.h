// Plots as inline SVG, for reports in one HTML file. Colours differ in lightness too, lines carry their
// names.
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace ebb::app {

struct PlotLine {
  std::string name;
  std::vector<std::pair<double, double>> points;  // by x, ascending
};

struct PlotAxis {
  std::string title;
  double min = 0, max = 1;
  std::vector<std::pair<double, std::string>> ticks;  // where, and what stands there
};

// Nothing is drawn of lines without points.
std::string line_plot(const std::vector<PlotLine>& lines, const PlotAxis& x, const PlotAxis& y);

struct PlotBar {
  std::string name;
  double value = 0;   // may be below zero
  std::string label;  // at its end
};

// Bars lie, one below the other, the first on top.
std::string bar_plot(const std::vector<PlotBar>& bars);

std::string html_escaped(const std::string& text);

}  // namespace ebb::app
