#include "engine/gen/generator.h"

#include <algorithm>
#include <cassert>
#include <cstdio>
#include <queue>
#include <tuple>
#include <vector>

#include "engine/gen/customer.h"
#include "engine/gen/life.h"

namespace ebb::gen {
namespace {

constexpr double kLateShare = 0.005;
constexpr double kTwiceShare = 0.005;
constexpr DurationMs kMaxDelayMs = 6 * kHourMs;

// The heap's top is the earliest step.
struct Later {
  bool operator()(const Step& a, const Step& b) const {
    return std::tie(a.at_ms, a.customer, a.kind, a.number) > std::tie(b.at_ms, b.customer, b.kind, b.number);
  }
};

// An event on its way: late, or its second copy.
struct Delayed {
  TimeMs arrival_ms;
  std::uint64_t number;
  GenRecord record;
};
struct DelayedLater {
  bool operator()(const Delayed& a, const Delayed& b) const {
    return std::tie(a.arrival_ms, a.number) > std::tie(b.arrival_ms, b.number);
  }
};

// A heap whose top can be moved out.
template <typename T, typename Compare>
class Heap : public std::priority_queue<T, std::vector<T>, Compare> {
 public:
  T take() {
    std::pop_heap(this->c.begin(), this->c.end(), this->comp);
    T out = std::move(this->c.back());
    this->c.pop_back();
    return out;
  }
  void reserve(std::size_t n) { this->c.reserve(n); }
};

}  // namespace

struct Generator::Impl final : World {
  explicit Impl(const GenOptions& o) : options(o), end_ms(o.start_ms + o.days * kDayMs) {
    assert(o.customers >= 1 && o.days >= 1 && o.start_ms >= 0);
    double harmonic = 0;
    for (std::int64_t rank = o.customers; rank >= 1; --rank) harmonic += 1 / static_cast<double>(rank);
    const auto n = static_cast<std::size_t>(o.customers);
    customers.reserve(n);
    steps.reserve(6 * n);
    for (std::int64_t i = 0; i < o.customers; ++i) {
      customers.push_back(birth(o, i, harmonic));
      plan({customers.back().joined_ms, static_cast<std::uint32_t>(i), 0, StepKind::kJoin});
    }
    id_digits = std::max<int>(5, static_cast<int>(std::to_string(o.customers - 1).size()));
  }

  void plan(const Step& step) override {
    if (step.at_ms < end_ms) steps.push(step);
  }

  const Customer& customer(std::uint32_t i) const override { return customers[i]; }

  std::string id(std::uint32_t i) const override {
    char text[32];
    const int size = std::snprintf(text, sizeof text, "c%0*u", id_digits, i);
    return {text, static_cast<std::size_t>(size)};
  }

  bool next(GenRecord* out) {
    while (!steps.empty() || !delayed.empty()) {
      if (!delayed.empty() && (steps.empty() || delayed.top().arrival_ms <= steps.top().at_ms)) {
        *out = delayed.take().record;
        return true;
      }
      const Step step = steps.take();
      Customer& customer = customers[step.customer];
      if (!play(step, id(step.customer), customer, *this, &out->event, &out->source)) continue;
      out->arrival_ms = step.at_ms;
      const double fortune = customer.rng.uniform();
      const auto delay_ms =
          kSecondMs + static_cast<DurationMs>(customer.rng.uniform() * static_cast<double>(kMaxDelayMs));
      const TimeMs arrival_ms = step.at_ms + delay_ms;
      if (fortune < kLateShare) {
        delay(*out, arrival_ms);
        continue;
      }
      if (fortune < kLateShare + kTwiceShare) delay(*out, arrival_ms);
      return true;
    }
    return false;
  }

  void delay(const GenRecord& record, TimeMs arrival_ms) {
    delayed.push({arrival_ms, delays++, {record.source, arrival_ms, record.event}});
  }

  const GenOptions options;
  const TimeMs end_ms;
  int id_digits = 5;
  std::vector<Customer> customers;
  Heap<Step, Later> steps;
  Heap<Delayed, DelayedLater> delayed;
  std::uint64_t delays = 0;
};

Generator::Generator(const GenOptions& options) : impl_(std::make_unique<Impl>(options)) {}
Generator::~Generator() = default;

bool Generator::next(GenRecord* out) {
  return impl_->next(out);
}
TimeMs Generator::end_ms() const {
  return impl_->end_ms;
}

Truth Generator::truth(std::int64_t i) const {
  const Customer& c = impl_->customers[static_cast<std::size_t>(i)];
  Truth t;
  t.customer = impl_->id(static_cast<std::uint32_t>(i));
  t.reason = c.reason;
  t.joined_ms = c.joined_ms;
  if (c.left_ms != kNever) t.signs_ms = c.signs_ms;
  t.left_ms = c.left_ms;
  t.first_purchase_ms = c.first_purchase_ms;
  t.last_purchase_ms = c.last_purchase_ms;
  if (t.left()) t.next_purchase_ms = c.next_purchase_ms;
  t.captive = c.captive;
  t.promotion_driven = c.by_promotion || (t.left() && c.reason == Reason::kPromotionEnded) ||
                       (c.purchases >= 4 && 2 * c.promoted > c.purchases);
  t.purchases = c.purchases;
  t.spend_minor = c.spend_minor;
  return t;
}

std::string_view source_name(Source source) {
  switch (source) {
    case Source::kPurchases:
      return "purchases";
    case Source::kFeedback:
      return "feedback";
    case Source::kSurveys:
      return "surveys";
    case Source::kProfiles:
      return "profiles";
  }
  return "";
}

std::string_view reason_name(Reason reason) {
  switch (reason) {
    case Reason::kNone:
      return "";
    case Reason::kBadService:
      return "bad_service";
    case Reason::kPrice:
      return "price";
    case Reason::kCompetitor:
      return "competitor";
    case Reason::kFadedInterest:
      return "faded_interest";
    case Reason::kMovedAway:
      return "moved_away";
    case Reason::kComplaintUnresolved:
      return "complaint_unresolved";
    case Reason::kPromotionEnded:
      return "promotion_ended";
    case Reason::kContractEnded:
      return "contract_ended";
    case Reason::kFault:
      return "fault";
    case Reason::kBrokenPromise:
      return "broken_promise";
    case Reason::kUnmetNeed:
      return "unmet_need";
    case Reason::kReferrerUnhappy:
      return "referrer_unhappy";
  }
  return "";
}

}  // namespace ebb::gen
