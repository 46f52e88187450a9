#include "engine/app/accounting_text.h"

#include <algorithm>

#include "engine/app/console.h"
#include "fmt/format.h"

namespace ebb::app {

std::vector<SourceAccount> accounts(const InstanceStatus& status, const Config& config) {
  std::vector<SourceAccount> out;
  for (std::size_t s = 0; s < config.sources.size(); ++s) {
    SourceAccount account;
    account.name = config.sources[s].name;
    for (const TaskStatus& task : status.tasks) {
      if (s >= task.committed.sources.size()) continue;
      const SourceProgress& source = task.committed.sources[s];
      account.counts += source.counts;
      account.read += std::max<Offset>(0, source.next_offset);
    }
    out.push_back(std::move(account));
  }
  return out;
}

bool add_up(const std::vector<SourceAccount>& accounts) {
  return std::all_of(accounts.begin(), accounts.end(), [](const SourceAccount& a) { return a.adds_up(); });
}

void AlertTally::add(const v1::Alert& alert) {
  switch (alert.kind()) {
    case v1::ALERT_KIND_CHURN_RISK:
      break;
    case v1::ALERT_KIND_RETRACTION:
      ++retractions;
      return;
    case v1::ALERT_KIND_SURVEY_REQUEST:
      ++survey_requests;
      return;
    default:
      ++others;
      return;
  }
  switch (alert.level()) {
    case v1::RISK_LEVEL_CRITICAL:
      ++by_level["critical"];
      return;
    case v1::RISK_LEVEL_WARNING:
      ++by_level["warning"];
      return;
    default:
      ++by_level["watch"];
      return;
  }
}

std::int64_t AlertTally::total() const {
  std::int64_t sum = retractions + survey_requests + others;
  for (const auto& [level, n] : by_level) sum += n;
  return sum;
}

std::string tally_text(const AlertTally& tally) {
  std::vector<std::string> parts;
  const auto add = [&parts](std::int64_t n, std::string_view what) {
    if (n > 0) parts.push_back(fmt::format("{} {}", grouped(n), what));
  };
  for (const char* level : {"critical", "warning", "watch"}) {
    const auto it = tally.by_level.find(level);
    if (it != tally.by_level.end()) add(it->second, level);
  }
  add(tally.retractions, "all clear");
  add(tally.survey_requests, "to ask");
  add(tally.others, "others");
  return parts.empty() ? "none" : fmt::format("{}", fmt::join(parts, ", "));
}

std::string accounting_table(const std::vector<SourceAccount>& accounts) {
  std::string out = fmt::format("  {:<12} {:>12}   {:>12} {:>10} {:>13} {:>8}\n", "", "read", "applied",
                                "duplicate", "dead-lettered", "erased");
  const auto add = [&out](const SourceAccount& account) {
    const Accounting& a = account.counts;
    out += fmt::format("  {:<12} {:>12} {} {:>12} {:>10} {:>13} {:>8}\n", account.name, grouped(account.read),
                       account.adds_up() ? "=" : "?", grouped(a.applied), grouped(a.duplicate),
                       grouped(a.dead_lettered), grouped(a.erased));
  };
  SourceAccount all;
  all.name = "all";
  for (const SourceAccount& account : accounts) {
    add(account);
    all.read += account.read;
    all.counts += account.counts;
  }
  add(all);
  return out;
}

}  // namespace ebb::app
