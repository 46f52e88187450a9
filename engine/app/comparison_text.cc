#include "engine/app/comparison_text.h"

#include <algorithm>
#include <cmath>

#include "engine/base/time_text.h"
#include "fmt/format.h"
#include "nlohmann/json.hpp"
#include "operators/alert_message.h"

namespace ebb::app {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::array<Change, kChanges> kOrder = {Change::kAppears, Change::kVanishes, Change::kHigher,
                                                 Change::kLower,   Change::kSooner,   Change::kLater,
                                                 Change::kSame};
constexpr float kMoved = 0.05F;  // log-odds; less explains nothing
constexpr std::size_t kMovesShown = 3;

std::string kind_name(v1::AlertKind kind) {
  std::string name = v1::AlertKind_Name(kind).substr(std::string_view("ALERT_KIND_").size());
  std::transform(name.begin(), name.end(), name.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return name;
}

std::string in_words(std::string name) {
  std::replace(name.begin(), name.end(), '_', ' ');
  return name;
}

// The contribution that moved most the way the change went; null: the rules differ, not the judgement.
const std::pair<std::uint16_t, float>* main_mover(const Difference& d) {
  const bool up = d.change == Change::kAppears || d.change == Change::kHigher || d.change == Change::kSooner;
  for (const auto& move : d.moved) {
    if (std::abs(move.second) < kMoved) break;
    if ((move.second > 0) == up) return &move;
  }
  return nullptr;
}

struct Why {
  std::map<std::string, std::int64_t> main;  // by name of contribution
  std::int64_t rules = 0;                    // nothing moved that way: levels, evidence or limits differ
  std::int64_t unknown = 0;                  // nothing to compare with
};

Why why(const Comparison& comparison, Change change, const Names& names) {
  Why out;
  for (const Difference& d : comparison.differences) {
    if (d.change != change || d.finding().kind != v1::ALERT_KIND_CHURN_RISK) continue;
    if (!d.known) {
      ++out.unknown;
    } else if (const auto* move = main_mover(d)) {
      ++out.main[names.name(move->first)];
    } else {
      ++out.rules;
    }
  }
  return out;
}

std::string why_text(const Why& w) {
  std::vector<std::pair<std::int64_t, std::string>> parts;
  for (const auto& [name, n] : w.main) parts.emplace_back(n, name);
  if (w.rules > 0) parts.emplace_back(w.rules, "rules, not the score");
  if (w.unknown > 0) parts.emplace_back(w.unknown, "unknown");
  std::sort(parts.rbegin(), parts.rend());
  std::string out;
  for (const auto& [n, name] : parts)
    out += fmt::format("{}{} {}", out.empty() ? "" : ", ", name, grouped(n));
  return out;
}

std::string moves_text(const Difference& d, const Names& names) {
  if (!d.known) return "";
  std::string out;
  for (std::size_t i = 0; i < std::min(kMovesShown, d.moved.size()); ++i) {
    out += fmt::format("{}{} {:+.2f}", i == 0 ? "" : ", ", names.name(d.moved[i].first), d.moved[i].second);
  }
  return out.empty() ? "the same score" : out;
}

std::string step_text(const Finding* finding, const Step* top) {
  if (finding == nullptr) return "-";
  return fmt::format("{} {} {}", date(finding->first().at_ms), level_word(top->level),
                     percent(top->probability));
}

std::string line(std::string_view kind, Change change, const Comparison::Sum& sum,
                 const std::string& currency) {
  if (sum.findings == 0) return "";
  return fmt::format("  {:<22} {:<9} {:>9} {:>10} {:>20}\n", kind, change_name(change), grouped(sum.findings),
                     grouped(sum.customers), currency.empty() ? "" : money(sum.at_risk_minor, currency));
}

std::string changed_text(const Comparison& comparison, const Names& names, const std::string& currency,
                         int most, const Painter& painter) {
  std::string out;
  int shown = 0;
  for (const Difference& d : comparison.differences) {
    if (d.change == Change::kSame || d.finding().kind != v1::ALERT_KIND_CHURN_RISK) continue;
    if (shown++ == most) break;
    out += fmt::format("  {:<9} {:<12} {:>14}  {:<25} {:<25} {}\n", change_name(d.change),
                       d.finding().customer, currency.empty() ? "" : money(d.top().at_risk_minor, currency),
                       step_text(d.old_finding, d.old_top), step_text(d.new_finding, d.new_top),
                       moves_text(d, names));
  }
  if (out.empty()) return "";
  return painter.paint(Colour::kBold, "Most at risk among them") +
         fmt::format("\n  {:<9} {:<12} {:>14}  {:<25} {:<25} {}\n", "", "customer", "at risk", "old", "new",
                     "moved (log-odds)") +
         out;
}

Json sum_json(const Comparison::Sum& sum) {
  return {
      {"findings", sum.findings}, {"customers", sum.customers}, {"at_risk_minor_units", sum.at_risk_minor}};
}

Json sums_json(const std::array<Comparison::Sum, kChanges>& sums) {
  Json out = Json::object();
  for (const Change change : kOrder) {
    out[std::string(change_name(change))] = sum_json(sums[static_cast<std::size_t>(change)]);
  }
  return out;
}

Json side_json(const Side& side) {
  return {{"label", side.label}, {"graph_version", side.graph_version}, {"currency", side.currency}};
}

Json finding_json(const Finding* finding, const Step* top) {
  if (finding == nullptr) return nullptr;
  return {{"first_time", time_text(finding->first().at_ms)},
          {"level", level_word(top->level)},
          {"probability", top->probability},
          {"at_risk_minor_units", top->at_risk_minor}};
}

Json moved_json(const Difference& d, const Names& names) {
  if (!d.known) return nullptr;
  Json out = Json::object();
  for (const auto& [name, by] : d.moved)
    out[names.name(name)] = std::round(static_cast<double>(by) * 1000) / 1000;
  return out;
}

Json why_json(const Why& w) {
  Json out = Json::object();
  for (const auto& [name, n] : w.main) out[name] = n;
  return {{"contributions", out}, {"rules", w.rules}, {"unknown", w.unknown}};
}

}  // namespace

std::string comparison_text(const Comparison& comparison, const Side& old_side, const Side& new_side,
                            const Names& names, int most, const Painter& painter) {
  const std::string currency = old_side.currency == new_side.currency ? new_side.currency : "";
  std::string out = painter.paint(Colour::kBold, "Against") +
                    fmt::format(" {} (old, graph {}); new: {} (graph {})\n", old_side.label,
                                old_side.graph_version.empty() ? "unknown" : old_side.graph_version,
                                new_side.label, new_side.graph_version);
  if (currency.empty() && !old_side.currency.empty()) {
    out += fmt::format("  amounts are in {} there and {} here: not compared\n", old_side.currency,
                       new_side.currency);
  }
  out += fmt::format("  {:<22} {:<9} {:>9} {:>10} {:>20}\n", "", "", "findings", "customers", "at risk");
  for (const Change change : kOrder) {
    out += line(in_words(kind_name(v1::ALERT_KIND_CHURN_RISK)), change,
                comparison.churn_risk[static_cast<std::size_t>(change)], currency);
  }
  for (const auto& [kind, sums] : comparison.others) {
    for (const Change change : kOrder) {
      out += line(in_words(kind_name(kind)), change, sums[static_cast<std::size_t>(change)], currency);
    }
  }
  std::string reasons;
  for (const Change change : kOrder) {
    if (change == Change::kSame) continue;
    const std::string text = why_text(why(comparison, change, names));
    if (!text.empty()) reasons += fmt::format("  {:<9} {}\n", change_name(change), text);
  }
  if (!reasons.empty()) {
    out += painter.paint(Colour::kBold, "What moved churn risk most") + "\n" + reasons;
  }
  return out + changed_text(comparison, names, currency, most, painter);
}

std::string comparison_json(const Comparison& comparison, const Side& old_side, const Side& new_side,
                            const Names& names, int most) {
  Json others = Json::object();
  for (const auto& [kind, sums] : comparison.others) others[kind_name(kind)] = sums_json(sums);
  Json reasons = Json::object();
  for (const Change change : kOrder) {
    if (change != Change::kSame)
      reasons[std::string(change_name(change))] = why_json(why(comparison, change, names));
  }
  Json changed = Json::array();
  for (const Difference& d : comparison.differences) {
    if (d.change == Change::kSame || d.finding().kind != v1::ALERT_KIND_CHURN_RISK) continue;
    if (static_cast<int>(changed.size()) == most) break;
    changed.push_back({{"customer_id", d.finding().customer},
                       {"lens", d.finding().lens},
                       {"change", change_name(d.change)},
                       {"old", finding_json(d.old_finding, d.old_top)},
                       {"new", finding_json(d.new_finding, d.new_top)},
                       {"moved", moved_json(d, names)}});
  }
  const Json out = {{"old", side_json(old_side)},
                    {"new", side_json(new_side)},
                    {"churn_risk", sums_json(comparison.churn_risk)},
                    {"others", others},
                    {"why", reasons},
                    {"changed", changed}};
  return out.dump(2);
}

}  // namespace ebb::app
