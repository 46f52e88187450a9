// value: what the customer has brought, how much and how regularly.
//
// Keeps recency, frequency, spend and profit life-long in whole minor units of the reporting currency, the
// rhythm of the purchases, and sums that fade with `half_life`, from which it takes what one purchase brings
// nowadays.
//
// A return or cancellation takes its amount from the spend and its margin from the profit; it is no purchase,
// and the purchase that it undoes stays one. The margin of a purchase is its amount less the cost of goods,
// or where that isn't known `margin` x amount; less the cost to serve, or where that isn't known
// `cost_per_transaction`. What complaints, gestures, outreach and fulfilment cost is taken from the profit.
//
// Rhythm: purchases of one day (UTC) are one. The typical gap is the mean gap between first and last, shrunk
// to `typical_gap` as if `typical_gap_weight` such gaps had been seen.
//
// Order of arrival: first, last, counts and sums don't depend on it (the fading ones but for rounding). The
// gaps' regularity and the number of days mend themselves when a purchase comes late but after the earliest
// of the 8 days kept; one that comes later still counts as a day of its own and leaves the regularity alone.

#include <algorithm>
#include <cmath>
#include <memory>
#include <string_view>

#include "config/config.h"
#include "config/node.h"
#include "ebb/state/v1/value_slice.pb.h"
#include "ebb/v1/event.pb.h"
#include "operators/event_ref.h"
#include "operators/models/rhythm.h"
#include "operators/money.h"
#include "operators/registry.h"

namespace ebb {
namespace {

using state::v1::ValueSlice;

constexpr int kRecentDays = 8;

struct Params {
  std::int64_t margin_micro = 300'000;
  std::int64_t cost_per_transaction_minor = 0;
  DurationMs half_life_ms = 180 * kDayMs;
  GapPrior gap;
};

double days_of(DurationMs ms) {
  return static_cast<double>(ms) / static_cast<double>(kDayMs);
}

bool is_sale(const v1::Purchase& purchase) {
  return purchase.kind() == v1::PURCHASE_KIND_SALE || purchase.kind() == v1::PURCHASE_KIND_UNSPECIFIED;
}

// Calls visit(money, path) for every cost that an event other than a purchase names.
template <typename Visit>
void visit_costs(const v1::Event& event, const Visit& visit) {
  if (event.has_fulfilment() && event.fulfilment().has_cost())
    visit(event.fulfilment().cost(), "fulfilment.cost");
  if (!event.has_feedback()) return;
  const v1::Feedback& feedback = event.feedback();
  if (feedback.has_cost_to_serve()) visit(feedback.cost_to_serve(), "feedback.cost_to_serve");
  if (feedback.complaint().has_compensation()) {
    visit(feedback.complaint().compensation(), "feedback.complaint.compensation");
  }
  if (feedback.gesture().has_cost()) visit(feedback.gesture().cost(), "feedback.gesture.cost");
  if (feedback.outreach().has_cost()) visit(feedback.outreach().cost(), "feedback.outreach.cost");
}

class Value final : public Operator {
 public:
  Value(const Params& params, const MoneyConfig& money) : params_(params), exchange_(money) {}

  const google::protobuf::Message* slice_prototype() const override {
    return &ValueSlice::default_instance();
  }

  std::optional<Refusal> refuse(const v1::Event& event) const override {
    std::optional<Refusal> refusal;
    const auto check = [&](const v1::Money& money, std::string_view path) {
      if (refusal.has_value() || exchange_.knows(money.currency_code())) return;
      refusal = exchange_.refusal(path);
    };
    if (event.has_purchase()) check(event.purchase().amount(), "purchase.amount");
    visit_costs(event, check);
    return refusal;
  }

  Verdict apply(const v1::Event& event, ApplyContext& context) const override {
    if (event.has_purchase()) {
      ValueSlice& slice = context.slice.edit<ValueSlice>();
      if (is_sale(event.purchase())) {
        add_sale(event, context, slice);
      } else {
        add_return(event.purchase(), context, slice);
      }
    }
    visit_costs(event, [&](const v1::Money& money, std::string_view) {
      ValueSlice& slice = context.slice.edit<ValueSlice>();
      slice.set_profit_minor(add_minor(slice.profit_minor(), -exchange_.to_reporting(money)));
    });
    return Verdict::kApplied;
  }

  void assess(AssessContext& context) const override {
    const ValueSlice* slice = context.slice.get<ValueSlice>();
    if (slice == nullptr) return;
    Signals& out = context.out;
    out.set(Measure::kSpendLifeMinor, static_cast<double>(slice->spend_minor()));
    out.set(Measure::kProfitMinor, static_cast<double>(slice->profit_minor()));
    if (slice->purchases() == 0) return;

    const double gap = typical_gap_days(params_.gap, slice->days() - 1,
                                        days_of(slice->last().event_ms() - slice->first_ms()));
    out.set(Measure::kPurchases, static_cast<double>(slice->purchases()));
    out.set(Measure::kEvidenceWeight, static_cast<double>(slice->purchases()));
    out.set(Measure::kSilenceDays, std::max(0.0, days_of(context.at_ms - slice->last().event_ms())));
    out.set(Measure::kTenureDays, std::max(0.0, days_of(context.at_ms - slice->first_ms())));
    out.set(Measure::kGapDays, gap);
    out.set(Measure::kRegularity,
            gap_regularity({.gaps = slice->gaps(),
                            .days = static_cast<double>(slice->gap_days()),
                            .ln_days = static_cast<double>(slice->ln_gap_micro()) * 1e-6}));
    if (slice->decayed_purchases() > 0) {
      const double per_day = 1 / (slice->decayed_purchases() * gap);
      out.set(Measure::kSpendRateMinorPerDay, std::max(0.0, slice->decayed_spend_minor()) * per_day);
      out.set(Measure::kMarginRateMinorPerDay, std::max(0.0, slice->decayed_margin_minor()) * per_day);
    }
    if (context.explain) out.cite(evidence_of(slice->last()));
  }

 private:
  struct Amounts {
    std::int64_t spend_minor;
    std::int64_t margin_minor;  // less the goods
    std::int64_t cost_minor;    // of serving
  };

  Amounts amounts(const v1::Purchase& purchase) const {
    const std::string& currency = purchase.amount().currency_code();
    const std::int64_t spend = exchange_.to_reporting(purchase.amount());
    return {.spend_minor = spend,
            .margin_minor = purchase.has_cost_of_goods_minor_units()
                                ? add_minor(spend, -exchange_.to_reporting(
                                                       currency, purchase.cost_of_goods_minor_units()))
                                : times_micro(spend, params_.margin_micro),
            .cost_minor = purchase.has_cost_to_serve_minor_units()
                              ? exchange_.to_reporting(currency, purchase.cost_to_serve_minor_units())
                              : params_.cost_per_transaction_minor};
  }

  void add_sale(const v1::Event& event, const ApplyContext& context, ValueSlice& slice) const {
    const Amounts amount = amounts(event.purchase());
    const TimeMs at_ms = context.event_ms;
    const bool first_ever = slice.purchases() == 0;
    if (first_ever || at_ms < slice.first_ms()) slice.set_first_ms(at_ms);
    if (first_ever || is_later(at_ms, event.event_id(), slice.last())) {
      remember(event.event_id(), context, slice.mutable_last());
    }
    slice.set_purchases(slice.purchases() + 1);
    slice.set_spend_minor(add_minor(slice.spend_minor(), amount.spend_minor));
    const std::int64_t margin_minor = add_minor(amount.margin_minor, -amount.cost_minor);
    slice.set_profit_minor(add_minor(slice.profit_minor(), margin_minor));
    add_day(static_cast<std::uint32_t>(at_ms / kDayMs), slice);
    add_decayed(at_ms, 1, amount.spend_minor, margin_minor, slice);
  }

  void add_return(const v1::Purchase& purchase, const ApplyContext& context, ValueSlice& slice) const {
    const Amounts amount = amounts(purchase);
    const std::int64_t margin_minor = add_minor(-amount.margin_minor, -amount.cost_minor);
    slice.set_returns(slice.returns() + 1);
    slice.set_spend_minor(add_minor(slice.spend_minor(), -amount.spend_minor));
    slice.set_profit_minor(add_minor(slice.profit_minor(), margin_minor));
    add_decayed(context.event_ms, 0, -amount.spend_minor, margin_minor, slice);
  }

  // Forward decay (Cormode et al. 2009): what is added weighs 2^((t - landmark) / half-life), so that the
  // order doesn't count. The landmark moves by whole half-lives, which rescales by a power of two: exact.
  void add_decayed(TimeMs at_ms, double purchases, std::int64_t spend_minor, std::int64_t margin_minor,
                   ValueSlice& slice) const {
    const TimeMs landmark = at_ms - at_ms % params_.half_life_ms;
    if (landmark > slice.decayed_at_ms()) {
      const double keep = std::exp2(-half_lives(landmark - slice.decayed_at_ms()));
      slice.set_decayed_purchases(slice.decayed_purchases() * keep);
      slice.set_decayed_spend_minor(slice.decayed_spend_minor() * keep);
      slice.set_decayed_margin_minor(slice.decayed_margin_minor() * keep);
      slice.set_decayed_at_ms(landmark);
    }
    const double weight = std::exp2(half_lives(at_ms - slice.decayed_at_ms()));
    slice.set_decayed_purchases(slice.decayed_purchases() + weight * purchases);
    slice.set_decayed_spend_minor(slice.decayed_spend_minor() + weight * static_cast<double>(spend_minor));
    slice.set_decayed_margin_minor(slice.decayed_margin_minor() + weight * static_cast<double>(margin_minor));
  }

  double half_lives(DurationMs ms) const {
    return static_cast<double>(ms) / static_cast<double>(params_.half_life_ms);
  }

  static void count_gap(std::uint32_t from_day, std::uint32_t to_day, int sign, ValueSlice& slice) {
    const std::int64_t days = to_day - from_day;
    slice.set_gaps(slice.gaps() + sign);
    slice.set_gap_days(slice.gap_days() + sign * days);
    slice.set_ln_gap_micro(slice.ln_gap_micro() +
                           sign * std::llround(1e6 * std::log(static_cast<double>(days))));
  }

  static void add_day(std::uint32_t day, ValueSlice& slice) {
    auto& recent = *slice.mutable_recent_days();
    const auto next = std::lower_bound(recent.begin(), recent.end(), day);
    if (next != recent.end() && *next == day) return;
    const int at = static_cast<int>(next - recent.begin());
    const bool unknown_past = at == 0 && slice.days() > recent.size();
    slice.set_days(slice.days() + 1);
    if (unknown_past) return;  // its neighbours are forgotten
    const bool has_left = at > 0;
    const bool has_right = at < recent.size();
    if (has_left && has_right) count_gap(recent[at - 1], recent[at], -1, slice);
    if (has_left) count_gap(recent[at - 1], day, +1, slice);
    if (has_right) count_gap(day, recent[at], +1, slice);
    recent.Add(day);
    std::rotate(recent.begin() + at, recent.end() - 1, recent.end());
    if (recent.size() > kRecentDays) recent.erase(recent.begin());
  }

  Params params_;
  Exchange exchange_;
};

}  // namespace

std::unique_ptr<Operator> make_value(const MakeContext& context) {
  FieldReader reader(context.params, "graph." + context.node, context.diagnostics);
  Params params;
  params.margin_micro = std::llround(1e6 * reader.number("margin", 0.3, 0, 1));
  params.cost_per_transaction_minor =
      reader.integer("cost_per_transaction", params.cost_per_transaction_minor, 0, 1'000'000'000'000);
  params.half_life_ms = reader.duration("half_life", params.half_life_ms, kDayMs, 3650 * kDayMs);
  params.gap.days = days_of(reader.duration("typical_gap", 60 * kDayMs, kHourMs, 3650 * kDayMs));
  params.gap.weight = reader.number("typical_gap_weight", params.gap.weight, 0.01, 1000);
  reader.finish();
  return std::make_unique<Value>(params, context.money);
}

}  // namespace ebb
