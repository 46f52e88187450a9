// breadth: how much of what the customer needs they buy here.
//
// Categories of what was bought are counted twice, fading by `half_life` and by `usual_half_life`: the first
// says how broad the custom is now, the second how broad it used to be (models/breadth.h). Silence alone
// shrinks nothing. Novelties and complements lower the risk a little. Contributes `breadth`. At most
// `max_categories` are kept.
//
// Competition: `needs` maps categories to needs (a category without one is its own need). The share of those
// needs that is spent here (Profile.need_spends) and purchases elsewhere (CompetitorMention.bought: half as
// much if it was for a need that isn't served here) contribute `substitution`, at most `max_substitution`.
//
// `sensitivity`: what satisfaction is worth in a category (leisure needs the most): the part of the
// satisfaction's points above 0 counts so many times. Contributes `sensitivity`, at most `max_sensitivity`.
//
// Order of arrival plays no part, but for which categories find room. Feed it by `satisfaction` too.

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <memory>

#include "config/config.h"
#include "config/node.h"
#include "ebb/state/v1/breadth_slice.pb.h"
#include "ebb/v1/event.pb.h"
#include "operators/contribute.h"
#include "operators/fading.h"
#include "operators/models/breadth.h"
#include "operators/models/points.h"
#include "operators/money.h"
#include "operators/registry.h"
#include "operators/words.h"

namespace ebb {
namespace {

using state::v1::BreadthSlice;
using state::v1::NeedShares;

constexpr std::size_t kMaxNameBytes = 48;
constexpr int kMaxNeeds = 8;
constexpr int kMaxCategories = 16;

// Places in BreadthSlice.recent.
enum { kNew, kElsewhere, kFirstCategory };

struct Params {
  DurationMs half_life_ms = 60 * kDayMs;
  DurationMs usual_half_life_ms = 360 * kDayMs;
  int max_categories = 10;
  double max_new = 0.2;
  double max_substitution = 0.9;
  double max_sensitivity = 0.6;
  std::map<std::string, std::string, std::less<>> needs;
  std::map<std::string, double, std::less<>> sensitivity;
};

// The latest purchases' weights by category.
struct Weights {
  std::array<double, kMaxCategories> values{};
  std::size_t count = 0;
  std::span<const double> span() const { return {values.data(), count}; }
};

class Breadth final : public Operator {
 public:
  Breadth(Params params, const MoneyConfig& money)
      : params_(std::move(params)),
        recent_(params_.half_life_ms),
        usual_(params_.usual_half_life_ms),
        exchange_(money) {}

  const google::protobuf::Message* slice_prototype() const override {
    return &BreadthSlice::default_instance();
  }

  std::optional<Refusal> refuse(const v1::Event& event) const override {
    for (const v1::NeedSpend& spend : event.profile().need_spends()) {
      if (spend.has_monthly_spend() && !exchange_.knows(spend.monthly_spend().currency_code()))
        return exchange_.refusal("profile.need_spends.monthly_spend");
    }
    return std::nullopt;
  }

  Verdict apply(const v1::Event& event, ApplyContext& context) const override {
    if (event.has_purchase()) {
      const v1::Purchase& purchase = event.purchase();
      if (purchase.kind() == v1::PURCHASE_KIND_RETURN || purchase.kind() == v1::PURCHASE_KIND_CANCELLATION)
        return Verdict::kApplied;
      for (const v1::PurchaseItem& item : purchase.items()) add_item(item, context);
    } else if (event.profile().need_spends_size() > 0) {
      keep_needs(event, context);
    } else if (event.feedback().competitor().bought()) {
      const bool served = is_served(event.feedback().category());
      BreadthSlice& slice = context.slice.edit<BreadthSlice>();
      recent_.add(context.event_ms, kElsewhere, served ? 1 : 0.5, *slice.mutable_recent());
      keep_latest(event.event_id(), context, slice.mutable_elsewhere());
    }
    return Verdict::kApplied;
  }

  void assess(AssessContext& context) const override {
    const BreadthSlice* slice = context.slice.get<BreadthSlice>();
    if (slice == nullptr) return;
    const Weights recent = weights(slice->recent(), kFirstCategory, recent_, context.at_ms);
    if (recent.count > 0) {
      assess_breadth(*slice, recent, context);
      assess_sensitivity(*slice, recent, context);
    }
    assess_substitution(*slice, context);
  }

 private:
  std::string_view need_of(std::string_view category) const {
    const auto found = params_.needs.find(category);
    return found == params_.needs.end() ? category : std::string_view(found->second);
  }

  // Whether the config has the category, or its need, among those that are served here; all are if it names
  // none.
  bool is_served(std::string_view category) const {
    return params_.needs.empty() || category.empty() ||
           std::any_of(params_.needs.begin(), params_.needs.end(), [&](const auto& entry) {
             return entry.first == category || entry.second == category;
           });
  }

  void add_item(const v1::PurchaseItem& item, ApplyContext& context) const {
    if (item.novelty() || item.complement()) {
      recent_.add(context.event_ms, kNew, 1, *context.slice.edit<BreadthSlice>().mutable_recent());
    }
    if (item.category().empty() || item.category().size() > kMaxNameBytes) return;
    BreadthSlice& slice = context.slice.edit<BreadthSlice>();
    const int place = place_of(item.category(), slice);
    if (place < 0) return;
    recent_.add(context.event_ms, kFirstCategory + place, 1, *slice.mutable_recent());
    usual_.add(context.event_ms, place, 1, *slice.mutable_usual());
  }

  int place_of(const std::string& category, BreadthSlice& slice) const {
    for (int i = 0; i < slice.categories_size(); ++i) {
      if (slice.categories(i) == category) return i;
    }
    if (slice.categories_size() >= params_.max_categories) return -1;
    slice.add_categories(category);
    return slice.categories_size() - 1;
  }

  void keep_needs(const v1::Event& event, ApplyContext& context) const {
    NeedShares said;
    for (const v1::NeedSpend& spend : event.profile().need_spends()) {
      if (!spend.has_share() || said.needs_size() >= kMaxNeeds) continue;
      auto* need = said.add_needs();
      need->set_need(spend.need().substr(0, kMaxNameBytes));
      need->set_share(static_cast<float>(spend.share()));
      if (spend.has_monthly_spend()) need->set_monthly_minor(exchange_.to_reporting(spend.monthly_spend()));
    }
    if (said.needs_size() == 0) return;
    remember(event.event_id(), context, said.mutable_event());
    BreadthSlice& slice = context.slice.edit<BreadthSlice>();
    const auto later = [](const NeedShares& a, const NeedShares& b) {
      return is_later(a.event().event_ms(), event_id_of(a.event()), b.event());
    };
    if (!slice.has_needs()) {
      *slice.mutable_needs() = std::move(said);
    } else if (later(said, slice.needs())) {
      slice.mutable_needs_before()->Swap(slice.mutable_needs());
      *slice.mutable_needs() = std::move(said);
    } else if (!slice.has_needs_before() || later(said, slice.needs_before())) {
      *slice.mutable_needs_before() = std::move(said);
    }
  }

  // first: place of the first category.
  static Weights weights(const state::v1::FadedSums& sums, int first, const Fading& fading, TimeMs at_ms) {
    Weights out;
    const double left = fading.left(at_ms, sums);
    for (int i = first; i < std::min(sums.sums_size(), first + kMaxCategories); ++i)
      out.values[out.count++] = sum_at(i, sums) * left;
    return out;
  }

  void assess_breadth(const BreadthSlice& slice, const Weights& recent, AssessContext& context) const {
    const Weights usual = weights(slice.usual(), 0, usual_, context.at_ms);
    const double now = effective_number(recent.span());
    const double before = std::max(1.0, effective_number(usual.span()));
    context.out.set(Measure::kCategories, now);
    const double tried = recent_.at(context.at_ms, kNew, slice.recent());
    if (tried > 0) context.out.set(Measure::kNewKinds, tried);
    const double fresh = bounded_points(0.1 * tried, params_.max_new);
    const double points = breadth_points(std::min(now, before), before) - fresh;
    contribute(context, "breadth", points,
               [&] {
                 if (points <= 0) return fmt::format("Buys from about {:.1f} kinds of goods.", now);
                 return fmt::format("Buys from {:.1f} kinds of goods where it used to be {:.1f}{}.", now,
                                    before, missing_text(slice, recent, usual));
               },
               {});
  }

  // The category that has gone missing most.
  static std::string missing_text(const BreadthSlice& slice, const Weights& recent, const Weights& usual) {
    const auto share = [](const Weights& w, std::size_t i) {
      double sum = 0;
      for (const double v : w.span()) sum += v;
      return sum > 0 && i < w.count ? w.values[i] / sum : 0;
    };
    std::size_t missing = 0;
    double most = 0;
    for (std::size_t i = 0; i < usual.count; ++i) {
      const double gone = share(usual, i) - share(recent, i);
      if (gone <= most) continue;
      most = gone;
      missing = i;
    }
    return most > 0.05 ? ", and hardly any " + slice.categories(static_cast<int>(missing)) : std::string();
  }

  void assess_sensitivity(const BreadthSlice& slice, const Weights& recent, AssessContext& context) const {
    if (params_.sensitivity.empty()) return;
    double unhappy = 0;
    for (const Signals* input : context.inputs) {
      for (const Contribution& c : input->contributions()) {
        if (c.name == "satisfaction") unhappy = std::max(0.0, c.points);
      }
    }
    double sum = 0, factors = 0;
    for (std::size_t i = 0; i < recent.count; ++i) {
      const auto found = params_.sensitivity.find(slice.categories(static_cast<int>(i)));
      sum += recent.values[i];
      factors += recent.values[i] * (found == params_.sensitivity.end() ? 1 : found->second);
    }
    if (sum <= 0) return;
    const double points =
        std::clamp((factors / sum - 1) * unhappy, -params_.max_sensitivity, params_.max_sensitivity);
    contribute(context, "sensitivity", points,
               [&] {
                 return std::string(points > 0 ? "Buys what satisfaction decides on more than elsewhere."
                                               : "Buys what satisfaction decides on less than elsewhere.");
               },
               {});
  }

  // Share of the needs served here that is spent here; < 0: unknown.
  double share_of(const NeedShares& shares, const BreadthSlice& slice) const {
    double weight = 0, here = 0;
    for (const auto& need : shares.needs()) {
      const bool served =
          slice.categories_size() == 0 ||
          std::any_of(slice.categories().begin(), slice.categories().end(),
                      [&](const std::string& category) { return need_of(category) == need_of(need.need()); });
      if (!served) continue;
      const double w = need.monthly_minor() > 0 ? static_cast<double>(need.monthly_minor()) : 1;
      weight += w;
      here += w * static_cast<double>(need.share());
    }
    return weight > 0 ? here / weight : -1;
  }

  void assess_substitution(const BreadthSlice& slice, AssessContext& context) const {
    const double elsewhere = recent_.at(context.at_ms, kElsewhere, slice.recent());
    double reason = 0.4 * elsewhere;
    double share = -1;
    if (slice.has_needs()) {
      share = share_of(slice.needs(), slice);
      if (share >= 0) {
        context.out.set(Measure::kNeedShare, share);
        const double before = slice.has_needs_before() ? share_of(slice.needs_before(), slice) : -1;
        reason += share_reason(share, before) * usual_.left(context.at_ms - slice.needs().event().event_ms());
      }
    }
    const double points = bounded_points(reason, params_.max_substitution);
    note_fading(recent_, points, context);
    contribute(context, "substitution", points,
               [&] {
                 std::string text = "Buys elsewhere";
                 if (share >= 0)
                   text += fmt::format(": {} of what they need comes from here", percent_text(share));
                 if (is_remembered(slice.elsewhere())) {
                   text += fmt::format("; told of a purchase elsewhere {} ago",
                                       days_text(days_of(context.at_ms - slice.elsewhere().event_ms())));
                 }
                 return text + ".";
               },
               {&slice.elsewhere(), share >= 0 ? &slice.needs().event() : nullptr});
  }

  Params params_;
  Fading recent_;
  Fading usual_;
  Exchange exchange_;
};

}  // namespace

std::unique_ptr<Operator> make_breadth(const MakeContext& context) {
  FieldReader reader(context.params, "graph." + context.node, context.diagnostics);
  Params params;
  params.half_life_ms = reader.duration("half_life", params.half_life_ms, kDayMs, 3650 * kDayMs);
  params.usual_half_life_ms =
      reader.duration("usual_half_life", params.usual_half_life_ms, kDayMs, 3650 * kDayMs);
  if (params.usual_half_life_ms <= params.half_life_ms)
    reader.error("usual_half_life", "must be longer than half_life");
  params.max_categories =
      static_cast<int>(reader.integer("max_categories", params.max_categories, 1, kMaxCategories));
  params.max_new = reader.number("max_new", params.max_new, 0.01, 5);
  params.max_substitution = reader.number("max_substitution", params.max_substitution, 0.01, 5);
  params.max_sensitivity = reader.number("max_sensitivity", params.max_sensitivity, 0.01, 5);
  const Node needs = reader.child("needs");
  FieldReader need_reader(needs, "graph." + context.node + ".needs", context.diagnostics);
  for (const auto& [category, need] : needs.fields()) params.needs[category] = need_reader.text(category, "");
  const Node sensitivity = reader.child("sensitivity");
  FieldReader factor_reader(sensitivity, "graph." + context.node + ".sensitivity", context.diagnostics);
  for (const auto& [category, factor] : sensitivity.fields())
    params.sensitivity[category] = factor_reader.number(category, 1, 0, 5);
  if (!reader.has("sensitivity")) params.sensitivity = {{"leisure", 1.5}};
  need_reader.finish();
  factor_reader.finish();
  reader.finish();
  return std::make_unique<Breadth>(std::move(params), context.money);
}

}  // namespace ebb
