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
//
// Course: the margin of the latest six calendar months (UTC). The profit is less what winning
// the customer cost, where a profile says so.

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <memory>
#include <string_view>

#include "config/config.h"
#include "config/node.h"
#include "ebb/state/v1/value_slice.pb.h"
#include "ebb/v1/event.pb.h"
#include "operators/event_ref.h"
#include "operators/fading.h"
#include "operators/models/rhythm.h"
#include "operators/money.h"
#include "operators/registry.h"

namespace ebb {
namespace {

using state::v1::ValueSlice;

constexpr std::size_t kRecentDays = 8;
constexpr int kMonths = 7;  // the one that is not over yet, and six before it

// Places in ValueSlice.faded.
enum { kSales, kSpent, kMargin };

struct Params {
  std::int64_t margin_micro = 300'000;
  std::int64_t cost_per_transaction_minor = 0;
  DurationMs half_life_ms = 180 * kDayMs;
  GapPrior gap;
};

double days_of(DurationMs ms) {
  return static_cast<double>(ms) / static_cast<double>(kDayMs);
}

// Counted from January 1970.
std::int32_t month_of(TimeMs at_ms) {
  const std::chrono::year_month_day date{std::chrono::floor<std::chrono::days>(
      std::chrono::sys_time<std::chrono::milliseconds>(std::chrono::milliseconds(at_ms)))};
  return (static_cast<int>(date.year()) - 1970) * 12 + static_cast<int>(static_cast<unsigned>(date.month())) -
         1;
}

// The latest days with sales, ascending; room for one more than is kept.
struct RecentDays {
  std::array<std::int32_t, kRecentDays + 1> day{};
  std::size_t size = 0;
};

RecentDays recent_days(const ValueSlice& slice) {
  RecentDays out;
  if (slice.purchases() == 0) return out;
  out.size = static_cast<std::size_t>(slice.recent_gaps_size()) + 1;
  std::int32_t day = day_of(slice.last().event_ms());
  out.day[out.size - 1] = day;
  for (std::size_t i = out.size - 1; i > 0; --i) {
    day -= static_cast<std::int32_t>(slice.recent_gaps(static_cast<int>(out.size - 1 - i)));
    out.day[i - 1] = day;
  }
  return out;
}

void keep_days(const RecentDays& days, ValueSlice& slice) {
  slice.clear_recent_gaps();
  for (std::size_t i = days.size - 1; i > 0; --i)
    slice.add_recent_gaps(static_cast<std::uint32_t>(days.day[i] - days.day[i - 1]));
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
  Value(const Params& params, const MoneyConfig& money)
      : params_(params), fading_(params.half_life_ms), exchange_(money) {}

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
    if (event.profile().has_acquisition_cost()) {
      check(event.profile().acquisition_cost(), "profile.acquisition_cost");
    }
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
    if (event.profile().has_acquisition_cost()) note_acquisition(event.profile(), context);
    return Verdict::kApplied;
  }

  void assess(AssessContext& context) const override {
    const ValueSlice* slice = context.slice.get<ValueSlice>();
    if (slice == nullptr) return;
    Signals& out = context.out;
    out.set(Measure::kSpendLifeMinor, static_cast<double>(slice->spend_minor()));
    out.set(Measure::kProfitMinor,
            static_cast<double>(slice->profit_minor() - slice->acquisition_cost_minor()));
    if (slice->has_acquisition_cost_minor()) {
      out.set(Measure::kAcquisitionMinor, static_cast<double>(slice->acquisition_cost_minor()));
    }
    if (slice->purchases() == 0) return;

    const double gap = typical_gap_days(params_.gap, slice->days() - 1,
                                        days_of(slice->last().event_ms() - slice->first_ms()));
    out.set(Measure::kPurchases, static_cast<double>(slice->purchases()));
    out.set(Measure::kEvidenceWeight, static_cast<double>(slice->purchases()));
    out.set(Measure::kSilenceDays, std::max(0.0, days_of(context.at_ms - slice->last().event_ms())));
    out.set(Measure::kTenureDays, std::max(0.0, days_of(context.at_ms - slice->first_ms())));
    out.set(Measure::kGapDays, gap);
    out.set(Measure::kPurchaseDays, static_cast<double>(slice->days()));
    out.set(Measure::kLnGapSum, static_cast<double>(slice->ln_gap_micro()) * 1e-6);
    if (const std::int64_t longest = longest_gap(*slice); longest > 0) {
      out.set(Measure::kLongestGapDays, static_cast<double>(longest));
    }
    out.set(Measure::kRegularity,
            gap_regularity({.gaps = slice->gaps(),
                            .days = static_cast<double>(slice->gap_days()),
                            .ln_days = static_cast<double>(slice->ln_gap_micro()) * 1e-6}));
    if (const double sales = sum_at(kSales, slice->faded()); sales > 0) {
      const double per_day = 1 / (sales * gap);
      out.set(Measure::kSpendRateMinorPerDay, std::max(0.0, sum_at(kSpent, slice->faded())) * per_day);
      out.set(Measure::kMarginRateMinorPerDay, std::max(0.0, sum_at(kMargin, slice->faded())) * per_day);
    }
    set_trend(*slice, context.at_ms, out);
    if (context.explain) out.cite(evidence_of(slice->last(), context.shared.task()));
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
    const std::int64_t margin_minor = add_minor(amount.margin_minor, -amount.cost_minor);
    add_day(day_of(at_ms), slice);
    add_month(month_of(at_ms), margin_minor, slice);
    if (first_ever || at_ms < slice.first_ms()) slice.set_first_ms(at_ms);
    if (first_ever || is_later(at_ms, event.event_id(), slice.last())) {
      remember(event.event_id(), context, slice.mutable_last());
    }
    slice.set_purchases(slice.purchases() + 1);
    slice.set_spend_minor(add_minor(slice.spend_minor(), amount.spend_minor));
    slice.set_profit_minor(add_minor(slice.profit_minor(), margin_minor));
    add_faded(at_ms, 1, amount.spend_minor, margin_minor, slice);
  }

  void add_return(const v1::Purchase& purchase, const ApplyContext& context, ValueSlice& slice) const {
    const Amounts amount = amounts(purchase);
    const std::int64_t margin_minor = add_minor(-amount.margin_minor, -amount.cost_minor);
    slice.set_returns(slice.returns() + 1);
    slice.set_spend_minor(add_minor(slice.spend_minor(), -amount.spend_minor));
    slice.set_profit_minor(add_minor(slice.profit_minor(), margin_minor));
    add_faded(context.event_ms, 0, -amount.spend_minor, margin_minor, slice);
  }

  void add_faded(TimeMs at_ms, int sales, std::int64_t spend_minor, std::int64_t margin_minor,
                 ValueSlice& slice) const {
    state::v1::FadedSums& sums = *slice.mutable_faded();
    fading_.add(at_ms, kSales, sales, sums);
    fading_.add(at_ms, kSpent, static_cast<double>(spend_minor), sums);
    fading_.add(at_ms, kMargin, static_cast<double>(margin_minor), sums);
  }

  static void count_gap(std::int64_t days, int sign, ValueSlice& slice) {
    slice.set_gaps(slice.gaps() + sign);
    slice.set_gap_days(slice.gap_days() + sign * days);
    slice.set_ln_gap_micro(slice.ln_gap_micro() +
                           sign * std::llround(1e6 * std::log(static_cast<double>(days))));
  }

  // REQUIRES: the last sale is still the one before, for the other days count back from it.
  static void add_day(std::int32_t day, ValueSlice& slice) {
    RecentDays days = recent_days(slice);
    const auto end = days.day.begin() + static_cast<std::ptrdiff_t>(days.size);
    const auto next = std::lower_bound(days.day.begin(), end, day);
    if (next != end && *next == day) return;
    const auto at = static_cast<std::size_t>(next - days.day.begin());
    const bool unknown_past = at == 0 && slice.days() > static_cast<std::int64_t>(days.size);
    slice.set_days(slice.days() + 1);
    if (unknown_past) return;  // its neighbours are forgotten
    const bool has_left = at > 0;
    const bool has_right = next != end;
    if (has_left && has_right) count_gap(days.day[at] - days.day[at - 1], -1, slice);
    if (has_left) count_gap(day - days.day[at - 1], +1, slice);
    if (has_right) count_gap(days.day[at] - day, +1, slice);
    std::copy_backward(next, end, end + 1);
    days.day[at] = day;
    if (++days.size > kRecentDays) {
      slice.set_longest_gap_days(std::max<std::int64_t>(slice.longest_gap_days(), days.day[1] - days.day[0]));
      std::copy(days.day.begin() + 1, days.day.end(), days.day.begin());
      --days.size;
    }
    keep_days(days, slice);
  }

  static std::int64_t longest_gap(const ValueSlice& slice) {
    std::int64_t longest = slice.longest_gap_days();
    for (const std::uint32_t gap : slice.recent_gaps()) longest = std::max<std::int64_t>(longest, gap);
    return longest;
  }

  // A sale that comes for a month before those kept is forgotten here, as it would be had it come in time.
  // REQUIRES: as add_day.
  static void add_month(std::int32_t month, std::int64_t margin_minor, ValueSlice& slice) {
    auto& margins = *slice.mutable_month_margin_minor();
    int age = 0;
    if (slice.purchases() > 0) {
      age = std::max(month_of(slice.last().event_ms()) - month, -kMonths);
      if (age >= kMonths) return;
      for (; age < 0; ++age) {  // a new last month
        margins.Add(0);
        std::rotate(margins.begin(), margins.end() - 1, margins.end());
        if (margins.size() > kMonths) margins.RemoveLast();
      }
    }
    while (margins.size() <= age) margins.Add(0);
    margins[age] = add_minor(margins[age], margin_minor);
    while (!margins.empty() && margins[margins.size() - 1] == 0) margins.RemoveLast();
  }

  // The course of the last months: only for who was there before them.
  static void set_trend(const ValueSlice& slice, TimeMs at_ms, Signals& out) {
    const std::int32_t now = month_of(at_ms);
    if (month_of(slice.first_ms()) + 6 > now) return;
    const std::int32_t since_last = now - month_of(slice.last().event_ms());
    double before = 0;
    double lately = 0;
    for (int i = 0; i < slice.month_margin_minor_size(); ++i) {
      const std::int32_t age = since_last + i;  // 0: the month that is not over yet
      if (age >= 1 && age <= 3) lately += static_cast<double>(slice.month_margin_minor(i));
      if (age >= 4 && age <= 6) before += static_cast<double>(slice.month_margin_minor(i));
    }
    if (before > 0) out.set(Measure::kMonthMarginTrend, std::max(0.0, lately) / before);
  }

  // The latest statement counts; of two at one time the higher one.
  void note_acquisition(const v1::Profile& profile, ApplyContext& context) const {
    ValueSlice& slice = context.slice.edit<ValueSlice>();
    const std::int64_t minor = std::max<std::int64_t>(0, exchange_.to_reporting(profile.acquisition_cost()));
    if (slice.has_acquisition_cost_minor() && slice.acquisition_stated_ms() > context.event_ms) return;
    const bool same = slice.has_acquisition_cost_minor() && slice.acquisition_stated_ms() == context.event_ms;
    slice.set_acquisition_cost_minor(same ? std::max(slice.acquisition_cost_minor(), minor) : minor);
    slice.set_acquisition_stated_ms(context.event_ms);
  }

  Params params_;
  Fading fading_;
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
