#include "engine/app/comparison.h"

#include <algorithm>
#include <cmath>
#include <set>
#include <tuple>
#include <unordered_map>

namespace ebb::app {
namespace {

constexpr DurationMs kNearMs = 15 * kDayMs;
constexpr DurationMs kSameTimeMs = kDayMs;
constexpr float kNothing = 0.005F;

auto group_of(const Finding& f) {
  return std::make_tuple(std::string_view(f.customer), f.kind, std::string_view(f.lens));
}

bool meet(const Finding& a, const Finding& b) {
  const DurationMs near_ms = a.kind == v1::ALERT_KIND_CHURN_RISK ? 0 : kNearMs;
  const auto starts_in = [near_ms](const Finding& x, const Finding& y) {
    return y.end_ms == kNever || x.first().at_ms <= y.end_ms + near_ms;
  };
  return starts_in(a, b) && starts_in(b, a);
}

Change change_of(const Difference& d) {
  if (d.old_finding == nullptr) return Change::kAppears;
  if (d.new_finding == nullptr) return Change::kVanishes;
  if (d.finding().kind == v1::ALERT_KIND_CHURN_RISK && d.new_top->level != d.old_top->level) {
    return d.new_top->level > d.old_top->level ? Change::kHigher : Change::kLower;
  }
  const DurationMs later_ms = d.new_finding->first().at_ms - d.old_finding->first().at_ms;
  if (std::abs(later_ms) <= kSameTimeMs) return Change::kSame;
  return later_ms > 0 ? Change::kLater : Change::kSooner;
}

// b less a, the largest first. Both are sorted by name.
Points moved_between(const Points& a, const Points& b) {
  Points out;
  std::size_t i = 0;
  std::size_t j = 0;
  while (i < a.size() || j < b.size()) {
    const bool from_a = j == b.size() || (i < a.size() && a[i].first <= b[j].first);
    const bool from_b = i == a.size() || (j < b.size() && b[j].first <= a[i].first);
    const std::uint16_t name = from_a ? a[i].first : b[j].first;
    const float by = (from_b ? b[j].second : 0) - (from_a ? a[i].second : 0);
    if (std::abs(by) >= kNothing) out.emplace_back(name, by);
    if (from_a) ++i;
    if (from_b) ++j;
  }
  std::stable_sort(out.begin(), out.end(),
                   [](const auto& x, const auto& y) { return std::abs(x.second) > std::abs(y.second); });
  return out;
}

// The next findings of one side that belong to the difference, by time.
class Side {
 public:
  explicit Side(const std::vector<Finding>& findings) : findings_(findings) {}
  const Finding* next() const { return at_ < findings_.size() ? &findings_[at_] : nullptr; }
  void take(const Finding** first, const Step** top) {
    last_ = &findings_[at_++];
    if (*first == nullptr) *first = last_;
    if (*top == nullptr || last_->top().level > (*top)->level) *top = &last_->top();
  }
  const Finding* last() const { return last_; }  // taken for this difference; null: none yet
  void begin() { last_ = nullptr; }

 private:
  const std::vector<Finding>& findings_;
  std::size_t at_ = 0;
  const Finding* last_ = nullptr;
};

bool belongs(const Finding* next, const Finding* other) {
  return next != nullptr && other != nullptr && group_of(*next) == group_of(*other) && meet(*next, *other);
}

bool earlier(const Finding& a, const Finding& b) {
  if (group_of(a) != group_of(b)) return group_of(a) < group_of(b);
  return a.first().at_ms <= b.first().at_ms;
}

void sum_up(Comparison* comparison) {
  using Key = std::tuple<v1::AlertKind, Change, std::string_view>;
  std::set<Key> seen;
  for (const Difference& d : comparison->differences) {
    const Finding& f = d.finding();
    auto& sums = f.kind == v1::ALERT_KIND_CHURN_RISK ? comparison->churn_risk : comparison->others[f.kind];
    Comparison::Sum& sum = sums[static_cast<std::size_t>(d.change)];
    ++sum.findings;
    sum.at_risk_minor += d.top().at_risk_minor;
    if (seen.emplace(f.kind, d.change, f.customer).second) ++sum.customers;
  }
}

// What one replay thought of the customers at the times at which only the other alerted.
class Opinions {
 public:
  void want(Difference* difference) {
    const Finding& f = difference->finding();
    wanted_[f.customer].push_back({difference, f.first().at_ms, {}, false});
  }
  bool empty() const { return wanted_.empty(); }

  void take(const v1::Risk& risk, Names* names) {
    const auto it = wanted_.find(risk.customer_id());
    if (it == wanted_.end()) return;
    const TimeMs at_ms = time_of(risk.event_time());
    for (Wanted& w : it->second) {
      if (at_ms > w.at_ms) continue;
      w.points = points_of(risk.contributions(), names);
      w.found = true;
    }
  }

  void finish() {
    for (auto& [customer, all] : wanted_) {
      for (Wanted& w : all) {
        if (!w.found) continue;
        const Points& own = w.difference->finding().first().points;
        const bool is_new = w.difference->new_finding != nullptr;
        w.difference->moved = is_new ? moved_between(w.points, own) : moved_between(own, w.points);
        w.difference->known = true;
      }
    }
  }

 private:
  struct Wanted {
    Difference* difference;
    TimeMs at_ms;
    Points points;
    bool found;
  };
  std::unordered_map<std::string, std::vector<Wanted>> wanted_;
};

}  // namespace

std::string_view change_name(Change change) {
  switch (change) {
    case Change::kSame:
      return "same";
    case Change::kAppears:
      return "appears";
    case Change::kVanishes:
      return "vanishes";
    case Change::kHigher:
      return "higher";
    case Change::kLower:
      return "lower";
    case Change::kSooner:
      return "sooner";
    case Change::kLater:
      return "later";
  }
  return "";
}

Comparison compare(const Found& old_found, const Found& new_found) {
  Comparison out;
  Side before(old_found.findings);
  Side after(new_found.findings);
  while (before.next() != nullptr || after.next() != nullptr) {
    Difference d;
    before.begin();
    after.begin();
    if (after.next() == nullptr || (before.next() != nullptr && earlier(*before.next(), *after.next()))) {
      before.take(&d.old_finding, &d.old_top);
    } else {
      after.take(&d.new_finding, &d.new_top);
    }
    for (bool more = true; more;) {
      more = false;
      if (belongs(before.next(), after.last())) {
        before.take(&d.old_finding, &d.old_top);
        more = true;
      }
      if (belongs(after.next(), before.last())) {
        after.take(&d.new_finding, &d.new_top);
        more = true;
      }
    }
    d.change = change_of(d);
    if (d.old_top != nullptr && d.new_top != nullptr) {
      d.moved = moved_between(d.old_top->points, d.new_top->points);
      d.known = true;
    }
    out.differences.push_back(std::move(d));
  }
  std::stable_sort(
      out.differences.begin(), out.differences.end(),
      [](const Difference& a, const Difference& b) { return a.top().at_risk_minor > b.top().at_risk_minor; });
  sum_up(&out);
  return out;
}

Status explain_from_history(const std::string& old_dir, const std::string& new_dir, Names* names,
                            Comparison* comparison) {
  Opinions of_old;
  Opinions of_new;
  for (Difference& d : comparison->differences) {
    if (d.finding().kind != v1::ALERT_KIND_CHURN_RISK) continue;
    if (d.change == Change::kAppears) of_old.want(&d);
    if (d.change == Change::kVanishes) of_new.want(&d);
  }
  for (const auto& [dir, opinions] : {std::pair(&old_dir, &of_old), std::pair(&new_dir, &of_new)}) {
    if (opinions->empty()) continue;
    EBB_TRY(read_risk_history(*dir, [&](const v1::Risk& risk) { opinions->take(risk, names); }));
    opinions->finish();
  }
  return Status::ok();
}

}  // namespace ebb::app
