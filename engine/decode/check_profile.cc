// Profiles. A map's keys may be anybody's data, so no path names them.
#include "ebb/v1/event.pb.h"
#include "engine/decode/bodies.h"

namespace ebb {
namespace {

constexpr int kSegmentsMax = 100;
constexpr int kBarriersMax = 100;
constexpr int kNeedSpendsMax = 100;
constexpr int kImportanceMax = 200;

bool check_maps(Check& check, const Path& at, const v1::Profile& profile) {
  if (!check.at_most(at("segments"), static_cast<int>(profile.segments_size()), kSegmentsMax)) return false;
  if (!check.at_most(at("importance"), static_cast<int>(profile.importance_size()), kImportanceMax))
    return false;
  for (const auto& [key, value] : profile.segments()) {
    if (!check.name(at("segments"), key) || !check.text(at("segments"), value)) return false;
  }
  for (const auto& [name, weight] : profile.importance()) {
    if (!check.name(at("importance"), name) || !check.not_negative(at("importance"), weight)) return false;
  }
  return true;
}

bool check_barrier(Check& check, const Path& at, const v1::Barrier& barrier) {
  return check.known(at("kind"), v1::BarrierKind_IsValid(barrier.kind())) &&
         check.share(at("strength"), barrier.strength()) &&
         check.time(at("end_time"), barrier.has_end_time(), barrier.end_time()) &&
         check.money(at("leaving_cost"), barrier.has_leaving_cost(), barrier.leaving_cost());
}

bool check_need_spend(Check& check, const Path& at, const v1::NeedSpend& spend) {
  return check.name(at("need"), spend.need()) &&
         check.money(at("monthly_spend"), spend.has_monthly_spend(), spend.monthly_spend()) &&
         check.share(at("share"), spend.share());
}

bool check_lists(Check& check, const Path& at, const v1::Profile& profile) {
  if (!check.at_most(at("barriers"), profile.barriers_size(), kBarriersMax)) return false;
  if (!check.at_most(at("need_spends"), profile.need_spends_size(), kNeedSpendsMax)) return false;
  for (int i = 0; i < profile.barriers_size(); ++i) {
    if (!check_barrier(check, at("barriers", i), profile.barriers(i))) return false;
  }
  for (int i = 0; i < profile.need_spends_size(); ++i) {
    if (!check_need_spend(check, at("need_spends", i), profile.need_spends(i))) return false;
  }
  return true;
}

}  // namespace

bool check_profile(Check& check, const Path& at, const v1::Profile& p) {
  return check.text(at("region"), p.region()) && check.text(at("loyalty_tier"), p.loyalty_tier()) &&
         check.time(at("customer_since_time"), p.has_customer_since_time(), p.customer_since_time()) &&
         check.text(at("acquisition_channel"), p.acquisition_channel()) &&
         check.money(at("acquisition_cost"), p.has_acquisition_cost(), p.acquisition_cost()) &&
         check.text(at("referrer_customer_id"), p.referrer_customer_id()) &&
         check.time(at("trial")("end_time"), p.trial().has_end_time(), p.trial().end_time()) &&
         check.money(at("monthly_cost_to_serve"), p.has_monthly_cost_to_serve(), p.monthly_cost_to_serve()) &&
         check_maps(check, at, p) && check_lists(check, at, p);
}

}  // namespace ebb
