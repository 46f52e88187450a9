#include "engine/app/accounting_text.h"

#include <algorithm>
#include <cctype>
#include <string_view>

#include "engine/app/console.h"
#include "fmt/format.h"

namespace ebb::app {
namespace {

// "ALERT_KIND_SURVEY_REQUEST" -> "survey_request".
std::string lower_name(std::string_view name, std::string_view prefix) {
  if (name.starts_with(prefix)) name.remove_prefix(prefix.size());
  std::string out(name);
  std::transform(out.begin(), out.end(), out.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return out;
}

}  // namespace

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
  ++total_;
  ++by_kind_[lower_name(v1::AlertKind_Name(alert.kind()), "ALERT_KIND_")];
  if (alert.kind() == v1::ALERT_KIND_CHURN_RISK) {
    ++by_level_[lower_name(v1::RiskLevel_Name(alert.level()), "RISK_LEVEL_")];
  }
}

std::string tally_text(const AlertTally& tally) {
  std::vector<std::string> parts;
  const auto add = [&parts](const std::map<std::string, std::int64_t>& counts, const char* name,
                            std::string_view words) {
    const auto it = counts.find(name);
    if (it != counts.end()) parts.push_back(fmt::format("{} {}", grouped(it->second), words));
  };
  add(tally.by_level(), "critical", "critical");
  add(tally.by_level(), "warning", "warning");
  add(tally.by_level(), "watch", "watch");
  add(tally.by_kind(), "complaint_overdue", "overdue complaints");
  add(tally.by_kind(), "silent_unhappy", "silent and unhappy");
  add(tally.by_kind(), "barrier_ending", "barriers that end");
  add(tally.by_kind(), "survey_request", "to ask");
  add(tally.by_kind(), "retraction", "all clear");
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
