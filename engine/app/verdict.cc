#include "engine/app/verdict.h"

#include <algorithm>
#include <functional>
#include <unordered_map>

#include "engine/app/ranking.h"

namespace ebb::app {
namespace {

constexpr std::size_t kTopReasons = 3;
constexpr double kDaysAYear = 365.25;

double days_between(TimeMs from, TimeMs to) {
  return static_cast<double>(to - from) / static_cast<double>(kDayMs);
}

// When a finding first reached the level; kNever: it didn't.
TimeMs reached_ms(const Finding& f, v1::RiskLevel level) {
  for (const Step& step : f.steps) {
    if (step.level >= level) return step.at_ms;
  }
  return kNever;
}

// The names that a person would see first: of what raises the risk, without where every customer starts.
std::vector<std::string> top_reasons(const Points& points, const Names& names) {
  std::vector<std::pair<float, std::string>> raising;
  for (const auto& [number, value] : points) {
    if (value > 0 && names.name(number) != "base") raising.emplace_back(value, names.name(number));
  }
  std::sort(raising.begin(), raising.end(), std::greater<>());
  std::vector<std::string> out;
  for (std::size_t i = 0; i < std::min(kTopReasons, raising.size()); ++i) out.push_back(raising[i].second);
  return out;
}

bool recognised(const Fate& fate, const Finding& f, const Names& names) {
  const Step* last = nullptr;
  for (const Step& step : f.steps) {
    if (step.at_ms < fate.left_ms) last = &step;
  }
  if (last == nullptr) return false;
  const std::vector<std::string_view> telling = telling_contributions(fate.reason);
  const std::vector<std::string> top = top_reasons(last->points, names);
  return std::any_of(top.begin(), top.end(), [&](const std::string& name) {
    return std::find(telling.begin(), telling.end(), name) != telling.end();
  });
}

// What was found of one leaver.
struct Outcome {
  TimeMs warned_ms = kNever;  // between the first sign and leaving
  bool late = false;
  bool named = false;
};

Outcome outcome_of(const Fate& fate, const std::vector<const Finding*>& findings, v1::RiskLevel level,
                   const Names& names) {
  Outcome out;
  for (const Finding* f : findings) {
    const TimeMs at_ms = reached_ms(*f, level);
    if (at_ms == kNever) continue;
    if (at_ms >= fate.left_ms) {
      out.late = true;
      continue;
    }
    if (f->end_ms != kNever && f->end_ms < fate.signs_ms) continue;  // taken back before anything began
    out.warned_ms = std::min(out.warned_ms, std::max(at_ms, fate.signs_ms));
    out.named = out.named || recognised(fate, *f, names);
  }
  return out;
}

void add(const Fate& fate, const Outcome& outcome, GroupVerdict& group) {
  ++group.leavers;
  if (outcome.warned_ms == kNever) {
    group.late += outcome.late ? 1 : 0;
    return;
  }
  ++group.caught;
  group.named += outcome.named ? 1 : 0;
  const TimeMs missed_ms = fate.next_purchase_ms == kNever ? fate.left_ms : fate.next_purchase_ms;
  group.lead_days.push_back(days_between(outcome.warned_ms, missed_ms));
}

void count_alarms(const Fate& fate, const std::vector<const Finding*>& findings, v1::RiskLevel level,
                  Verdict& verdict) {
  for (const Finding* f : findings) {
    const TimeMs at_ms = reached_ms(*f, level);
    if (at_ms == kNever || at_ms >= fate.left_ms) continue;
    ++verdict.warnings;
    // Before the signs there was nothing to see; a warning that still stood when they came is a false alarm
    // as well, for it was not raised by them.
    if (fate.left_ms == kNever || at_ms < fate.signs_ms) ++verdict.false_alarms;
  }
}

void take_ranking(const Ranking& ranking, Verdict& verdict) {
  verdict.ranking_days = ranking.days();
  const auto into = [&](const std::string& group, GroupVerdict& out) {
    out.auc = ranking.mean(group, Ranking::kRisk);
    out.auc_recency = ranking.mean(group, Ranking::kRecency);
    out.auc_gaps = ranking.mean(group, Ranking::kGaps);
    out.auc_bound = ranking.mean(group, Ranking::kBound);
  };
  into(Ranking::kAll, verdict.all);
  into(Ranking::kCaptive, verdict.captive);
  into(Ranking::kPromotionDriven, verdict.promotion_driven);
  for (auto& [reason, group] : verdict.by_reason) into(reason, group);
  verdict.auc_no_purchase = ranking.mean(Ranking::kNoPurchase, Ranking::kRisk);
  verdict.auc_no_purchase_recency = ranking.mean(Ranking::kNoPurchase, Ranking::kRecency);
}

}  // namespace

double GroupVerdict::median_lead_days() const {
  if (lead_days.empty()) return 0;
  std::vector<double> sorted = lead_days;
  std::sort(sorted.begin(), sorted.end());
  return sorted[sorted.size() / 2];
}

std::vector<std::string_view> telling_contributions(std::string_view reason) {
  static const std::map<std::string_view, std::vector<std::string_view>> kTelling = {
      {"bad_service", {"satisfaction", "touchpoint", "support", "silent_unhappy"}},
      {"complaint_unresolved", {"open_complaints", "recovery"}},
      {"price", {"price", "net_value"}},
      {"competitor", {"competitor", "substitution", "net_value"}},
      {"promotion_ended", {"promotion", "trial"}},
      {"contract_ended", {"barrier_ending", "captive", "satisfaction"}},
      {"fault", {"fault", "warranty_ending", "open_complaints"}},
      {"broken_promise", {"promise", "trust"}},
      {"unmet_need", {"unmet_need", "quality_without_value"}},
      {"faded_interest", {"breadth", "engagement", "silence"}},
      {"moved_away", {"moved", "silence", "breadth", "frequency"}},
      {"referrer_unhappy", {"word_of_mouth"}}};
  const auto it = kTelling.find(reason);
  return it == kTelling.end() ? std::vector<std::string_view>{} : it->second;
}

Result<Verdict> judge(const std::string& history, const std::string& found_dir,
                      const VerdictOptions& options) {
  EBB_ASSIGN(const Fates fates, read_fates(history + "/truth.jsonl"));
  Names names;
  EBB_ASSIGN(const Found found, read_found(found_dir, &names));
  std::unordered_map<std::string_view, std::vector<const Finding*>> of_customer;
  for (const Finding& f : found.findings) {
    if (f.kind == v1::ALERT_KIND_CHURN_RISK) of_customer[f.customer].push_back(&f);
  }
  Ranking ranking(&fates, options);
  if (const Status ranked = ranking.read(history, found_dir); !ranked && ranked.code() != Code::kNotFound) {
    return ranked;
  }
  Verdict verdict;
  for (const auto& [customer, fate] : fates) {
    ++verdict.customers;
    const TimeMs last_ms = fate.left_ms == kNever ? std::max(ranking.end_ms(), fate.joined_ms) : fate.left_ms;
    verdict.customer_years += days_between(fate.joined_ms, last_ms) / kDaysAYear;
    const std::vector<const Finding*>& findings = of_customer[customer];
    count_alarms(fate, findings, options.level, verdict);
    if (fate.left_ms == kNever) continue;
    const Outcome outcome = outcome_of(fate, findings, options.level, names);
    add(fate, outcome, verdict.all);
    add(fate, outcome, verdict.by_reason[fate.reason]);
    if (fate.captive) add(fate, outcome, verdict.captive);
    if (fate.promotion_driven) add(fate, outcome, verdict.promotion_driven);
  }
  take_ranking(ranking, verdict);
  return verdict;
}

}  // namespace ebb::app
