#include "engine/app/ranking.h"

#include <algorithm>
#include <functional>
#include <memory>

#include "engine/files/event_file.h"
#include "fmt/format.h"
#include "google/protobuf/util/time_util.h"
#include "nlohmann/json.hpp"

namespace ebb::app {
namespace {

using Json = nlohmann::json;

// Every line of a file as a JSON object.
Status each_object(const std::string& path, const std::function<bool(const Json&)>& take) {
  EBB_ASSIGN(const auto file, EventFile::open(path));
  EventLine line;
  while (true) {
    EBB_ASSIGN(const bool more, file->next(&line));
    if (!more) return Status::ok();
    const Json object = Json::parse(line.text, nullptr, false);
    if (!object.is_object() || !take(object)) {
      return Status::invalid(fmt::format("{}:{}: not what ebb gen writes", path, line.number));
    }
  }
}

// False: it is there and no time.
bool read_time(const Json& object, const char* name, TimeMs* out) {
  const auto it = object.find(name);
  if (it == object.end()) return true;
  if (!it->is_string()) return false;
  google::protobuf::Timestamp time;
  if (!google::protobuf::util::TimeUtil::FromString(it->get<std::string>(), &time)) return false;
  *out = time_of(time);
  return true;
}

}  // namespace

Result<Fates> read_fates(const std::string& path) {
  Fates out;
  EBB_TRY(each_object(path, [&out](const Json& o) {
    const auto id = o.find("customerId");
    if (id == o.end() || !id->is_string()) return false;
    Fate& fate = out[id->get<std::string>()];
    fate.reason = o.value("reason", "");
    fate.captive = o.value("captive", false);
    fate.promotion_driven = o.value("promotionDriven", false);
    return read_time(o, "joinedTime", &fate.joined_ms) && read_time(o, "signsTime", &fate.signs_ms) &&
           read_time(o, "leftTime", &fate.left_ms) &&
           read_time(o, "nextPurchaseTime", &fate.next_purchase_ms);
  }));
  return out;
}

std::optional<double> area_under_curve(std::vector<std::pair<double, bool>> scored) {
  std::sort(scored.begin(), scored.end());
  double positives = 0;
  double wins = 0;       // pairs in which the positive scores higher
  double negatives = 0;  // passed so far
  for (std::size_t i = 0; i < scored.size();) {
    double tied_positives = 0;
    double tied_negatives = 0;
    const double score = scored[i].first;
    for (; i < scored.size() && scored[i].first <= score; ++i)
      (scored[i].second ? tied_positives : tied_negatives) += 1;
    wins += tied_positives * (negatives + tied_negatives / 2);
    positives += tied_positives;
    negatives += tied_negatives;
  }
  if (positives == 0 || negatives == 0) return std::nullopt;
  return wins / (positives * negatives);
}

Status Ranking::read_purchases(const std::string& path) {
  EBB_TRY(each_object(path, [this](const Json& o) {
    TimeMs at_ms = kNever;
    const auto purchase = o.find("purchase");
    if (purchase == o.end()) return true;  // somebody's erasure
    if (!read_time(o, "eventTime", &at_ms) || at_ms == kNever) return false;
    if (purchase->value("kind", "") != "PURCHASE_KIND_SALE") return true;
    begin_ms_ = std::min(begin_ms_, at_ms);
    end_ms_ = std::max(end_ms_, at_ms);
    standing_[o.value("customerId", "")].bought.push_back(at_ms);
    return true;
  }));
  for (auto& [customer, standing] : standing_) {
    std::vector<TimeMs>& bought = standing.bought;
    std::sort(bought.begin(), bought.end());
    bought.erase(std::unique(bought.begin(), bought.end()), bought.end());  // what came twice
    const auto fate = fates_->find(customer);
    if (fate != fates_->end()) standing.fate = &fate->second;
  }
  return Status::ok();
}

Status Ranking::read(const std::string& history, const std::string& found) {
  EBB_TRY(read_purchases(history + "/purchases.jsonl"));
  const DurationMs step_ms = options_.every_days * kDayMs;
  const TimeMs last_ms = end_ms_ - options_.horizon_days * kDayMs;
  TimeMs day_ms = begin_ms_ + options_.from_day * kDayMs;
  EBB_TRY(read_risk_history(found, [&](const v1::Risk& risk) {
    for (const TimeMs at_ms = time_of(risk.event_time()); day_ms < at_ms && day_ms <= last_ms;
         day_ms += step_ms) {
      judge_day(day_ms);
    }
    standing_[risk.customer_id()].probability = risk.probability();
  }));
  for (; day_ms <= last_ms; day_ms += step_ms) judge_day(day_ms);
  return Status::ok();
}

void Ranking::judge_day(TimeMs at_ms) {
  ++days_;
  const TimeMs until_ms = at_ms + options_.horizon_days * kDayMs;
  using Scored = std::vector<std::pair<double, bool>>;
  std::map<std::string, std::array<Scored, 3>> leavers;  // by group
  std::array<Scored, 3> stayers;
  std::array<Scored, 3> no_purchase;
  for (auto& [customer, s] : standing_) {
    while (s.known < s.bought.size() && s.bought[s.known] <= at_ms) ++s.known;
    if (s.known == 0 || s.fate == nullptr || s.probability < 0) continue;
    const auto silence = static_cast<double>(at_ms - s.bought[s.known - 1]);
    const double gap = s.known < 2 ? static_cast<double>(30 * kDayMs)
                                   : static_cast<double>(s.bought[s.known - 1] - s.bought[0]) /
                                         static_cast<double>(s.known - 1);
    const std::array<double, 3> scores = {s.probability, silence, silence / std::max(gap, 1.0)};
    const bool silent = s.known == s.bought.size() || s.bought[s.known] > until_ms;
    const bool leaves = s.fate->left_ms <= until_ms;
    if (leaves && s.fate->left_ms > at_ms) add_bound(*s.fate, at_ms);
    for (std::size_t k = 0; k < scores.size(); ++k) {
      no_purchase[k].emplace_back(scores[k], silent);
      if (s.fate->left_ms <= at_ms) continue;  // gone already: nobody to warn of
      if (!leaves) {
        stayers[k].emplace_back(scores[k], false);
        continue;
      }
      leavers[kAll][k].emplace_back(scores[k], true);
      leavers[s.fate->reason][k].emplace_back(scores[k], true);
      if (s.fate->captive) leavers[kCaptive][k].emplace_back(scores[k], true);
      if (s.fate->promotion_driven) leavers[kPromotionDriven][k].emplace_back(scores[k], true);
    }
  }
  for (auto& [group, scored] : leavers) {
    for (std::size_t k = 0; k < scored.size(); ++k) {
      Scored all = stayers[k];
      all.insert(all.end(), scored[k].begin(), scored[k].end());
      add(group, static_cast<Score>(k), std::move(all));
    }
  }
  for (std::size_t k = 0; k < no_purchase.size(); ++k)
    add(kNoPurchase, static_cast<Score>(k), std::move(no_purchase[k]));
}

void Ranking::add_bound(const Fate& fate, TimeMs at_ms) {
  const double bound = fate.signs_ms <= at_ms ? 1 : 0.5;
  const auto into = [&](const std::string& group) {
    Mean& mean = means_[group][kBound];
    mean.sum += bound;
    mean.weight += 1;
  };
  into(kAll);
  into(fate.reason);
  if (fate.captive) into(kCaptive);
  if (fate.promotion_driven) into(kPromotionDriven);
}

void Ranking::add(const std::string& group, Score score, std::vector<std::pair<double, bool>> scored) {
  const auto positives = static_cast<double>(
      std::count_if(scored.begin(), scored.end(), [](const auto& s) { return s.second; }));
  const auto area = area_under_curve(std::move(scored));
  if (!area) return;
  Mean& mean = means_[group][score];
  mean.sum += positives * *area;
  mean.weight += positives;
}

std::optional<double> Ranking::mean(const std::string& group, Score score) const {
  const auto it = means_.find(group);
  if (it == means_.end() || it->second[score].weight == 0) return std::nullopt;
  return it->second[score].sum / it->second[score].weight;
}

}  // namespace ebb::app
