#include <algorithm>
#include <array>
#include <cmath>
#include <map>

#include "engine/app/report_parts.h"
#include "engine/app/show.h"
#include "engine/app/svg.h"
#include "operators/models/lifetime_value.h"

namespace ebb::app {
namespace {

constexpr std::size_t kNamed = 5;

std::int64_t profit(const v1::Risk& r) {
  return r.profit().minor_units();
}

struct Group {
  std::int64_t customers = 0, profit = 0, spend = 0, at_risk = 0, lost = 0;
  void add(const v1::Risk& r, bool is_lost) {
    ++customers;
    profit += ebb::app::profit(r);
    spend += r.spend().minor_units();
    at_risk += r.value_at_risk().minor_units();
    lost += is_lost;
  }
};

ReportSection tiers(const std::vector<const v1::Risk*>& risks, const ReportInput& input,
                    const ReportScope& scope) {
  ReportSection out{.title = "Tiers",
                    .note =
                        "Customers by the profit that they brought so far: the top fifth, the next three "
                        "tenths, the other half; those below zero apart. Shares of profit may pass 100 %, "
                        "for losses take from it. A high spend is no high profit.",
                    .table = {.columns = {{"tier", false},
                                          {"customers"},
                                          {"profit"},
                                          {"share of profit"},
                                          {"share of spend"},
                                          {"a customer brings"},
                                          {"lost"}},
                              .rows = {}},
                    .svg = ""};
  std::vector<const v1::Risk*> sorted = risks;
  std::stable_sort(sorted.begin(), sorted.end(), [](auto* a, auto* b) { return profit(*a) > profit(*b); });
  std::map<int, Group> groups;
  Group all;
  for (std::size_t i = 0; i < sorted.size(); ++i) {
    const double rank = static_cast<double>(i) / static_cast<double>(sorted.size());
    const int tier = profit(*sorted[i]) < 0 ? 3 : rank < 0.2 ? 0 : rank < 0.5 ? 1 : 2;
    groups[tier].add(*sorted[i], is_lost(*sorted[i], input, scope));
    all.add(*sorted[i], is_lost(*sorted[i], input, scope));
  }
  const char* names[] = {"top", "middle", "low", "loss"};
  std::vector<PlotBar> bars;
  for (const auto& [tier, g] : groups) {
    const auto d = [](std::int64_t n) { return static_cast<double>(n); };
    out.table.rows.push_back({names[tier], grouped(g.customers), money(g.profit, input.currency),
                              share_of(d(g.profit), d(all.profit)), share_of(d(g.spend), d(all.spend)),
                              money(g.profit / g.customers, input.currency),
                              share_of(d(g.lost), d(g.customers))});
    bars.push_back({names[tier], d(g.profit), money(g.profit, input.currency)});
  }
  if (!bars.empty()) out.svg = bar_plot(bars);
  return out;
}

ReportSection by_key(const std::vector<const v1::Risk*>& risks, const ReportInput& input,
                     const ReportScope& scope) {
  ReportSection out{
      .title = "Channels and segments",
      .note = fmt::format("By what profiles say of the customer. Lost: stands at critical and bought nothing "
                          "for {} days. A channel that brings many may still bring those who leave.",
                          scope.lost_after_ms / kDayMs),
      .table = {.columns = {{"segment", false}, {"customers"}, {"profit"}, {"a customer brings"}, {"lost"}},
                .rows = {}},
      .svg = ""};
  std::map<SegmentKey, Group> groups;
  for (const v1::Risk* r : risks) {
    for (const auto& [key, value] : r->segments()) {
      if (key != "profit_tier") groups[{key, value}].add(*r, is_lost(*r, input, scope));
    }
  }
  for (const auto& [key, g] : groups) {
    out.table.rows.push_back({segment_name(key), grouped(g.customers), money(g.profit, input.currency),
                              money(g.profit / g.customers, input.currency),
                              share_of(static_cast<double>(g.lost), static_cast<double>(g.customers))});
  }
  return out;
}

// Months that a customer has been one: to the last purchase of those lost, to now of the others.
double months_of(const v1::Risk& r, const ReportInput& input, const ReportScope& scope) {
  const TimeMs end_ms = is_lost(r, input, scope) ? ms_of(r.last_purchase_time()) : input.as_of_ms;
  return static_cast<double>(end_ms - ms_of(r.first_purchase_time())) / (365.25 / 12 * kDayMs);
}

struct Lifetimes {
  double buyers = 0, months = 0, purchases = 0, spend = 0, profit = 0;
};

ReportSection lifetimes(const std::vector<const v1::Risk*>& risks, const ReportInput& input,
                        const ReportScope& scope) {
  ReportSection out{
      .title = "Lifetime value, the simple way",
      .note =
          "Of those who have bought: mean purchase x purchases a month x margin x months. The months are "
          "those of all customers together by their number, up to the last purchase of those lost and up "
          "to now of the others, who go on: it says what a customer has brought, not what is to come.",
      .table = {.columns = {{"customers", false},
                            {"buyers"},
                            {"mean purchase"},
                            {"purchases a month"},
                            {"margin"},
                            {"months"},
                            {"value"}},
                .rows = {}},
      .svg = ""};
  const bool has_market = input.market_lifetime_minor > 0;
  if (has_market) {
    out.table.columns.push_back({"to the market's"});
    out.note += fmt::format(" To the market's: in parts of the {} that the config names.",
                            money(std::llround(input.market_lifetime_minor), input.currency));
  }
  std::map<SegmentKey, Lifetimes> groups;
  for (const v1::Risk* r : risks) {
    if (!r->has_first_purchase_time()) continue;
    std::vector<SegmentKey> keys = {scope.segment};
    if (const auto channel = r->segments().find("acquisition_channel"); channel != r->segments().end()) {
      if (scope.segment.first != channel->first) keys.emplace_back(channel->first, channel->second);
    }
    for (const SegmentKey& key : keys) {
      Lifetimes& g = groups[key];
      g.buyers += 1;
      g.months += months_of(*r, input, scope);
      g.purchases += static_cast<double>(r->purchases());
      g.spend += static_cast<double>(r->spend().minor_units());
      g.profit += static_cast<double>(profit(*r));
    }
  }
  for (const auto& [key, g] : groups) {
    if (g.months <= 0 || g.purchases <= 0 || g.spend <= 0) continue;
    const double value = simple_lifetime_value(g.spend / g.purchases, g.purchases / g.months,
                                               g.profit / g.spend, g.months / g.buyers);
    out.table.rows.push_back({segment_name(key), grouped(std::llround(g.buyers)),
                              money(std::llround(g.spend / g.purchases), input.currency),
                              fmt::format("{:.2f}", g.purchases / g.months), percent(g.profit / g.spend),
                              fmt::format("{:.1f}", g.months / g.buyers),
                              money(std::llround(value), input.currency)});
    if (has_market) out.table.rows.back().push_back(percent(value / input.market_lifetime_minor));
  }
  return out;
}

// What an owner decides on; watching and asking are everyday work.
bool is_decision(v1::SuggestedAction action) {
  constexpr std::array kDecisions = {
      v1::SUGGESTED_ACTION_KEEP,   v1::SUGGESTED_ACTION_REPRICE, v1::SUGGESTED_ACTION_CUT_COST_TO_SERVE,
      v1::SUGGESTED_ACTION_LET_GO, v1::SUGGESTED_ACTION_CONTACT, v1::SUGGESTED_ACTION_RECOVER};
  return std::find(kDecisions.begin(), kDecisions.end(), action) != kDecisions.end();
}

ReportSection actions(const std::vector<const v1::Risk*>& risks, const ReportInput& input) {
  ReportSection out{
      .title = "Whom to keep, reprice, serve more cheaply or let go",
      .note =
          "By the action that alerts suggest, from the last judgement in the risk table; "
          "customers below the level warning "
          "who cost nothing are left out. Named are those with most at stake. Nobody is let go for not "
          "having bought.",
      .table = {.columns = {{"action", false},
                            {"customers"},
                            {"value at risk"},
                            {"profit so far"},
                            {"first of them", false}},
                .rows = {}},
      .svg = ""};
  std::map<v1::SuggestedAction, std::vector<const v1::Risk*>> groups;
  for (const v1::Risk* r : risks) {
    const bool matters = r->level() >= v1::RISK_LEVEL_WARNING || profit(*r) < 0;
    if (!matters) continue;
    if (is_decision(r->suggested_action())) groups[r->suggested_action()].push_back(r);
  }
  for (auto& [action, members] : groups) {
    const auto stake = [](const v1::Risk* r) {
      return std::max(r->value_at_risk().minor_units(), -profit(*r));
    };
    std::stable_sort(members.begin(), members.end(), [&](auto* a, auto* b) { return stake(a) > stake(b); });
    Group sum;
    std::string named;
    for (std::size_t i = 0; i < members.size(); ++i) {
      sum.add(*members[i], false);
      if (i < kNamed) named += (i > 0 ? ", " : "") + members[i]->customer_id();
    }
    out.table.rows.push_back({action_word(action), grouped(sum.customers), money(sum.at_risk, input.currency),
                              money(sum.profit, input.currency), named});
  }
  return out;
}

}  // namespace

Report profit_report(const ReportInput& input, const ReportScope& scope) {
  const auto risks = risks_in(input, scope);
  Report report{
      .title = "What customers bring",
      .about = about(input, scope) +
               " Profit is margin less all costs that events named; fixed costs are not in it. Each customer "
               "is as of their own last row in the table, which is written when something has moved.",
      .sections = {tiers(risks, input, scope)}};
  ReportSection segments = by_key(risks, input, scope);
  if (!segments.table.rows.empty()) report.sections.push_back(std::move(segments));
  report.sections.push_back(lifetimes(risks, input, scope));
  report.sections.push_back(actions(risks, input));
  return report;
}

}  // namespace ebb::app
