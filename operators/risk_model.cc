#include "operators/risk_model.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "config/diagnostics.h"

namespace ebb {
namespace {

constexpr double kSmallest = 1e-6;
constexpr double kLargest = 1e9;

CnbdParams read_timing(const Node& node, const std::string& what, Diagnostics* diagnostics) {
  FieldReader reader(node, what, diagnostics);
  CnbdParams timing;
  timing.k = static_cast<int>(reader.integer("k", timing.k, 1, 12));
  timing.modified = reader.boolean("modified", timing.modified);
  timing.r = reader.number("r", timing.r, kSmallest, kLargest);
  timing.alpha = reader.number("alpha", timing.alpha, kSmallest, kLargest);
  timing.a = reader.number("a", timing.a, kSmallest, kLargest);
  timing.b = reader.number("b", timing.b, kSmallest, kLargest);
  return timing;
}

constexpr std::array<const char*, kTwelfths> kMonths = {"jan", "feb", "mar", "apr", "may", "jun",
                                                        "jul", "aug", "sep", "oct", "nov", "dec"};

Season read_season(const Node& node, const std::string& what, Diagnostics* diagnostics) {
  FieldReader reader(node, what, diagnostics);
  SeasonFactors factors{};
  for (std::size_t i = 0; i < factors.size(); ++i) {
    factors[i] = reader.number(kMonths[i], 1, 0.01, 100);
    if (!reader.has(kMonths[i])) reader.error(kMonths[i], "missing");
  }
  return Season(factors);
}

void read_segments(const Node& node, RiskModel* model, Diagnostics* diagnostics) {
  FieldReader reader(node, "segments", diagnostics);
  model->segment_key = reader.text("key", "");
  if (model->segment_key.empty()) reader.error("key", "missing; expected what customers are grouped by");
  const Node values = reader.child("values");
  FieldReader by_value(values, "segments.values", diagnostics);
  for (const auto& [value, field] : values.fields()) {
    const std::string what = "segments.values." + value;
    FieldReader segment(by_value.child(value), what, diagnostics);
    SegmentModel& out = model->segments.emplace_back();
    out.value = value;
    out.shift = segment.number("shift", 0, -10, 10);
    out.timing = segment.has("timing") ? read_timing(segment.child("timing"), what + ".timing", diagnostics)
                                       : model->timing;
    if (segment.has("season")) {
      out.season = read_season(segment.child("season"), what + ".season", diagnostics);
    }
  }
}

GammaGammaParams read_spend(const Node& node, Diagnostics* diagnostics) {
  FieldReader reader(node, "spend", diagnostics);
  GammaGammaParams spend;
  spend.p = reader.number("p", spend.p, kSmallest, kLargest);
  spend.q = reader.number("q", spend.q, 1 + kSmallest, kLargest);
  spend.gamma = reader.number("gamma", spend.gamma, kSmallest, 1e15);
  return spend;
}

void read_terms(const Node& node, RiskModel* model, Diagnostics* diagnostics) {
  FieldReader terms(node, "terms", diagnostics);
  for (std::size_t i = 0; i < kRiskTerms; ++i) {
    const std::string name(term_name(static_cast<RiskTerm>(i)));
    FieldReader term(terms.child(name), "terms." + name, diagnostics);
    const double least = std::max(-100.0, least_weight(static_cast<RiskTerm>(i)));
    model->weight[i] = term.number("weight", 0, least, 100);
    model->centre[i] = term.number("centre", 0, -1e6, 1e6);
  }
}

void read_inputs(const Node& node, RiskModel* model, Diagnostics* diagnostics) {
  FieldReader inputs(node, "inputs", diagnostics);
  for (const auto& [name, value] : node.fields()) {
    model->inputs.emplace_back(name, inputs.number(name, 1, 0, 10));
  }
}

std::string number(double value) {
  return fmt::format("{:.12g}", value);
}

std::string timing_text(const CnbdParams& t) {
  return fmt::format("{{k: {}, modified: {}, r: {}, alpha: {}, a: {}, b: {}}}", t.k, t.modified, number(t.r),
                     number(t.alpha), number(t.a), number(t.b));
}

std::string season_text(const Season& season) {
  std::string out;
  for (std::size_t i = 0; i < season.factors().size(); ++i) {
    out += fmt::format("{}{}: {}", i == 0 ? "{" : ", ", kMonths[i], number(season.factors()[i]));
  }
  return out + "}";
}

bool same(const CnbdParams& a, const CnbdParams& b) {
  return a.k == b.k && a.modified == b.modified && a.r == b.r && a.alpha == b.alpha && a.a == b.a &&
         a.b == b.b;
}

// As a YAML scalar, whatever is in it.
std::string quoted(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + "\"";
}

}  // namespace

double RiskModel::input_weight(std::string_view contribution) const {
  for (const auto& [known, points] : inputs) {
    if (known == contribution) return points;
  }
  return 1;
}

int RiskModel::segment_of(std::string_view value) const {
  for (std::size_t i = 0; i < segments.size(); ++i) {
    if (segments[i].value == value) return static_cast<int>(i);
  }
  return -1;
}

const CnbdParams& RiskModel::timing_in(int segment) const {
  return segment < 0 ? timing : segments[static_cast<std::size_t>(segment)].timing;
}

double RiskModel::shift_in(int segment) const {
  return segment < 0 ? 0 : segments[static_cast<std::size_t>(segment)].shift;
}

const Season* RiskModel::season_in(int segment) const {
  const auto* own = segment < 0 ? nullptr : &segments[static_cast<std::size_t>(segment)].season;
  if (own != nullptr && own->has_value()) return &**own;
  return season.has_value() ? &*season : nullptr;
}

RiskModel read_risk_model(const Node& root, Diagnostics* diagnostics) {
  FieldReader reader(root, "", diagnostics);
  RiskModel model;
  reader.integer("format", 0, kRiskModelFormat, kRiskModelFormat);
  if (!reader.has("format")) reader.error("format", fmt::format("missing; expected {}", kRiskModelFormat));
  model.name = reader.text("name", "unnamed");
  model.horizon_days = reader.number("horizon_days", model.horizon_days, 1, 3650);
  for (const char* section : {"timing", "terms"}) {
    if (!reader.has(section)) reader.error(section, "missing");
  }
  model.timing = read_timing(reader.child("timing"), "timing", diagnostics);
  if (reader.has("season")) model.season = read_season(reader.child("season"), "season", diagnostics);
  if (reader.has("segments")) read_segments(reader.child("segments"), &model, diagnostics);
  if (reader.has("spend")) model.spend = read_spend(reader.child("spend"), diagnostics);
  model.base = reader.number("base", 0, -100, 100);
  read_terms(reader.child("terms"), &model, diagnostics);
  read_inputs(reader.child("inputs"), &model, diagnostics);
  FieldReader calibration(reader.child("calibration"), "calibration", diagnostics);
  model.calibration.a = calibration.number("a", 1, 0, 100);
  model.calibration.b = calibration.number("b", 1, 0, 100);
  model.calibration.c = calibration.number("c", 0, -100, 100);
  return model;
}

std::string write_risk_model(const RiskModel& model, const std::vector<std::string>& comments) {
  std::string out;
  for (const std::string& comment : comments) out += "# " + comment + "\n";
  out += fmt::format("format: {}\nname: {}\nhorizon_days: {}\n", kRiskModelFormat, model.name,
                     number(model.horizon_days));
  out += fmt::format("timing: {}\n", timing_text(model.timing));
  if (model.season.has_value()) out += fmt::format("season: {}\n", season_text(*model.season));
  if (!model.segments.empty())
    out += fmt::format("segments:\n  key: {}\n  values:\n", quoted(model.segment_key));
  for (const SegmentModel& s : model.segments) {
    out += fmt::format("    {}: {{shift: {}{}{}}}\n", quoted(s.value), number(s.shift),
                       same(s.timing, model.timing) ? "" : ", timing: " + timing_text(s.timing),
                       s.season.has_value() ? ", season: " + season_text(*s.season) : "");
  }
  if (model.spend.has_value()) {
    out += fmt::format("spend: {{p: {}, q: {}, gamma: {}}}\n", number(model.spend->p), number(model.spend->q),
                       number(model.spend->gamma));
  }
  out += fmt::format("base: {}\nterms:\n", number(model.base));
  for (std::size_t i = 0; i < kRiskTerms; ++i) {
    out += fmt::format("  {}: {{weight: {}, centre: {}}}\n", term_name(static_cast<RiskTerm>(i)),
                       number(model.weight[i]), number(model.centre[i]));
  }
  if (!model.inputs.empty()) out += "inputs:\n";
  for (const auto& [name, weight] : model.inputs) out += fmt::format("  {}: {}\n", name, number(weight));
  return out + fmt::format("calibration: {{a: {}, b: {}, c: {}}}\n", number(model.calibration.a),
                           number(model.calibration.b), number(model.calibration.c));
}

}  // namespace ebb
