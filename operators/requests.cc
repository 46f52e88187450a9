// requests: what a customer should be asked, told or thanked for, apart from any risk of leaving.
//
// Kinds, in the order in which they go first, and what raises each (flags of the nodes upstream):
//   contact           contact_wanted and not silent_unhappy: a very bad answer
//   confirm_resolved  confirm_wanted: a case is said to be resolved
//   contact_silent    silent_unhappy and contact_wanted: no complaint, and nobody got in touch
//   thank             thank_wanted and not ask_referral: a very good answer
//   ask_referral      referral_wanted: a promoter; thanks as well
//   ask_survey        an answer is wanted (see satisfaction)
// The last three go to customers with at least `min_purchases` and a spend of `min_spend` minor units.
//
// A request is due as long as what raises it holds, the customer isn't given up, and the last one to the same
// end is longer ago than its interval: contact and contact_silent are one, and asking to refer thanks too.
// Two requests for one customer are at least `rest` apart. Beyond `capacity_per_day` those go first who are
// expected to bring most; the others are looked at again the next day, and the request says since when it was
// due.
//
// Feed it by churn_risk (and segments). Feeds sinks of requests.

#include <fmt/format.h>
#include <google/protobuf/util/time_util.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "config/config.h"
#include "config/node.h"
#include "ebb/state/v1/requests_slice.pb.h"
#include "ebb/v1/request.pb.h"
#include "engine/base/hash.h"
#include "operators/alert_message.h"
#include "operators/day_capacity.h"
#include "operators/registry.h"
#include "operators/words.h"

namespace ebb {
namespace {

using google::protobuf::util::TimeUtil;
using state::v1::RequestsSlice;

constexpr int kKinds = v1::REQUEST_KIND_ASK_SURVEY + 1;

struct KindRule {
  std::string_view name;  // in the config
  Flag flag;              // that raises it; of no meaning for surveys
  DurationMs interval_ms;
  std::string_view why;
  std::string_view reason;  // the contribution whose sentence and evidence say more
};

// By v1::RequestKind.
const std::array<KindRule, kKinds> kRules = {{
    {},
    {"contact", Flag::kContactWanted, 60 * kDayMs, "A very bad answer: get in touch.", "satisfaction"},
    {"confirm_resolved", Flag::kConfirmWanted, 31 * kDayMs,
     "A complaint is said to be resolved: ask whether it is.", "open_complaints"},
    {"contact_silent", Flag::kSilentUnhappy, 180 * kDayMs,
     "Unhappy, and no complaint came: get in touch before it does.", "satisfaction"},
    {"thank", Flag::kThankWanted, 180 * kDayMs, "A very good answer: say thank you.", "satisfaction"},
    {"ask_referral", Flag::kReferralWanted, 365 * kDayMs,
     "Would recommend us: thank, and ask whom they would bring.", "word_of_mouth"},
    {"ask_survey", Flag::kContactWanted, 180 * kDayMs,
     "Nobody knows any more how satisfied this customer is: ask.", ""},
}};

struct Params {
  std::array<DurationMs, kKinds> interval_ms = {};  // 0: none of this kind
  DurationMs rest_ms = 14 * kDayMs;
  double min_purchases = 3;
  double min_spend_minor = 10'000;
};

std::size_t at(int kind) {
  return static_cast<std::size_t>(kind);
}

// Times are kept in whole minutes.
std::uint32_t minute_of(TimeMs at_ms) {
  return static_cast<std::uint32_t>(at_ms / kMinuteMs);
}
TimeMs ms_of(std::uint32_t minute) {
  return TimeMs{minute} * kMinuteMs;
}

using Minutes = google::protobuf::RepeatedField<std::uint32_t>;

std::uint32_t minute_at(const Minutes& minutes, int kind) {
  return kind < minutes.size() ? minutes.Get(kind) : 0;
}

void keep_minute(std::uint32_t minute, int kind, Minutes* minutes) {
  if (minute == minute_at(*minutes, kind)) return;
  while (minutes->size() <= kind) minutes->Add(0);
  minutes->Set(kind, minute);
  while (!minutes->empty() && minutes->Get(minutes->size() - 1) == 0) minutes->RemoveLast();
}

// One call of decide.
class Round {
 public:
  Round(const Params& params, const DayCapacity& capacity, const AlertWriter& writer, const std::string& node,
        DecideContext& context)
      : params_(params), capacity_(capacity), writer_(writer), node_(node), context_(context) {}

  void run() {
    wish();
    bool any = false;
    for (int kind = 1; kind < kKinds; ++kind) {
      due_[at(kind)] = is_wanted(kind);
      any = any || due_[at(kind)];
    }
    const auto* old = context_.slice.get<RequestsSlice>();
    if (!any && (old == nullptr || old->due_minute().empty())) return;
    RequestsSlice& slice = context_.slice.edit<RequestsSlice>();
    for (int kind = 1; kind < kKinds; ++kind) look_at(kind, slice);
  }

 private:
  double measure(Measure m) const { return find_measure(context_.inputs, m).value_or(0); }
  bool has(Flag f) const {
    return std::any_of(context_.inputs.begin(), context_.inputs.end(),
                       [f](const Signals* s) { return s->has(f); });
  }

  bool is_wanted(int kind) const {
    if (params_.interval_ms[at(kind)] == 0 || is_given_up()) return false;
    if (kind == v1::REQUEST_KIND_CONTACT && has(Flag::kSilentUnhappy)) return false;
    if (kind == v1::REQUEST_KIND_CONTACT_SILENT && !has(Flag::kContactWanted)) return false;
    if (kind >= v1::REQUEST_KIND_THANK && !is_good_customer()) return false;
    if (kind != v1::REQUEST_KIND_ASK_SURVEY) return has(kRules[at(kind)].flag);
    return measure(Measure::kAnswerWanted) > 0;
  }

  bool is_good_customer() const {
    return measure(Measure::kPurchases) >= params_.min_purchases &&
           measure(Measure::kSpendLifeMinor) >= params_.min_spend_minor;
  }

  bool is_given_up() const {
    const auto silence = find_measure(context_.inputs, Measure::kSilenceDays);
    const auto limit = find_measure(context_.inputs, Measure::kGivenUpDays);
    return silence && limit && *silence >= *limit;
  }

  // When one to the same end was last sent; 0: never.
  static std::uint32_t last_minute(int kind, const RequestsSlice& slice) {
    const auto sent = [&](int other) { return minute_at(slice.sent_minute(), other); };
    switch (kind) {
      case v1::REQUEST_KIND_CONTACT:
      case v1::REQUEST_KIND_CONTACT_SILENT:
        return std::max(sent(v1::REQUEST_KIND_CONTACT), sent(v1::REQUEST_KIND_CONTACT_SILENT));
      case v1::REQUEST_KIND_THANK:
        return std::max(sent(kind), sent(v1::REQUEST_KIND_ASK_REFERRAL));
      default:
        return sent(kind);
    }
  }

  // When the next of its kind may go; kBeginning: at once.
  TimeMs free_ms(int kind, const RequestsSlice& slice) const {
    const std::uint32_t last = last_minute(kind, slice);
    return last == 0 ? kBeginning : ms_of(last) + params_.interval_ms[at(kind)];
  }

  bool is_superseded(int kind, const RequestsSlice& slice) const {
    return kind == v1::REQUEST_KIND_THANK && due_[at(v1::REQUEST_KIND_ASK_REFERRAL)] &&
           context_.at_ms >= free_ms(v1::REQUEST_KIND_ASK_REFERRAL, slice);
  }

  void look_at(int kind, RequestsSlice& slice) {
    if (!due_[at(kind)] || is_superseded(kind, slice)) {
      keep_minute(0, kind, slice.mutable_due_minute());
      return;
    }
    if (context_.at_ms < free_ms(kind, slice)) return wake_at(free_ms(kind, slice));
    TimeMs waits_until_ms = rested_ms(slice);
    if (context_.at_ms >= waits_until_ms) waits_until_ms = ms_of(slice.held_until_minute());
    if (context_.at_ms >= waits_until_ms &&
        !capacity_.take(measure(Measure::kExpectedMarginMinor), context_.shared)) {
      waits_until_ms = DayCapacity::next_day(context_.at_ms);
      slice.set_held_until_minute(minute_of(waits_until_ms));
    }
    if (context_.at_ms < waits_until_ms) {
      if (minute_at(slice.due_minute(), kind) == 0)
        keep_minute(minute_of(context_.at_ms), kind, slice.mutable_due_minute());
      return wake_at(waits_until_ms);
    }
    send(kind, slice);
    keep_minute(minute_of(context_.at_ms), kind, slice.mutable_sent_minute());
    keep_minute(0, kind, slice.mutable_due_minute());
  }

  // Until when the customer is left in peace.
  TimeMs rested_ms(const RequestsSlice& slice) const {
    const auto last = std::max_element(slice.sent_minute().begin(), slice.sent_minute().end());
    return last == slice.sent_minute().end() ? kBeginning : ms_of(*last) + params_.rest_ms;
  }

  // What the inputs say may change; from timer to timer at least a day, as alert_policy does.
  void wish() {
    if (is_given_up()) return;
    for (const Signals* input : context_.inputs) {
      if (input->next_change_ms() == kNever) continue;
      const DurationMs least_ms = context_.timer ? kDayMs : 1;
      context_.wake_at(std::max(input->next_change_ms(), context_.at_ms + least_ms));
    }
  }

  void wake_at(TimeMs at_ms) { context_.wake_at(std::max(at_ms, context_.at_ms + 1)); }

  void send(int kind, const RequestsSlice& slice) {
    const KindRule& rule = kRules[at(kind)];
    v1::Request out;
    // Offsets play no part, so the same finding has the same id in any run over the same events.
    out.set_request_id(alert_id_text(stable_hash(fmt::format(
        "{}\n{}\n{}\n{}\n{}", context_.graph_version, node_, context_.customer, kind, context_.at_ms))));
    out.set_customer_id(std::string(context_.customer));
    out.set_kind(static_cast<v1::RequestKind>(kind));
    out.set_why(std::string(rule.why));
    for (const Signals* input : context_.explained()) {
      for (const Contribution& c : input->contributions()) {
        if (rule.reason.empty() || c.name != rule.reason) continue;
        if (!c.sentence.empty()) out.set_why(out.why() + " " + c.sentence);
        writer_.add_evidence(c.evidence, out.mutable_evidence());
      }
    }
    *out.mutable_event_time() = TimeUtil::MillisecondsToTimestamp(context_.at_ms);
    const std::uint32_t due = minute_at(slice.due_minute(), kind);
    *out.mutable_due_time() = TimeUtil::MillisecondsToTimestamp(due == 0 ? context_.at_ms : ms_of(due));
    if (const auto minor = find_measure(context_.inputs, Measure::kExpectedMarginMinor)) {
      *out.mutable_expected_value() = writer_.money(*minor);
    }
    if (const auto index = find_measure(context_.inputs, Measure::kSatisfaction)) {
      out.set_satisfaction_index(100 * *index);
    }
    for (const Signals* input : context_.inputs) {
      for (const auto& [key, value] : input->labels()) {
        (*out.mutable_segments())[std::string(key)] = std::string(value);
      }
    }
    out.set_graph_version(std::string(context_.graph_version));
    context_.emit(out);
  }

  const Params& params_;
  const DayCapacity& capacity_;
  const AlertWriter& writer_;
  const std::string& node_;
  DecideContext& context_;
  std::array<bool, kKinds> due_ = {};
};

class Requests final : public Operator {
 public:
  Requests(const Params& params, const DayCapacity& capacity, AlertWriter writer, std::string node)
      : params_(params), capacity_(capacity), writer_(std::move(writer)), node_(std::move(node)) {}

  const google::protobuf::Message* slice_prototype() const override {
    return &RequestsSlice::default_instance();
  }
  const google::protobuf::Message* shared_prototype() const override {
    return capacity_.limited() ? &state::v1::DayCapacity::default_instance() : nullptr;
  }
  bool emits(SinkKind kind) const override { return kind == SinkKind::kRequests; }

  void decide(DecideContext& context) const override {
    Round(params_, capacity_, writer_, node_, context).run();
  }
  void roll_over(RollOverContext& context) const override { capacity_.roll_over(context.shared); }

 private:
  Params params_;
  DayCapacity capacity_;
  AlertWriter writer_;
  std::string node_;
};

}  // namespace

std::unique_ptr<Operator> make_requests(const MakeContext& context) {
  const std::string what = "graph." + context.node;
  FieldReader reader(context.params, what, context.diagnostics);
  Params params;
  params.rest_ms = reader.duration("rest", params.rest_ms, 0, 365 * kDayMs);
  params.min_purchases = reader.number("min_purchases", params.min_purchases, 0, 1e6);
  params.min_spend_minor = reader.number("min_spend", params.min_spend_minor, 0, 1e15);
  const DayCapacity capacity(reader);
  FieldReader intervals(reader.child("intervals"), what + ".intervals", context.diagnostics);
  for (int kind = 1; kind < kKinds; ++kind) {
    params.interval_ms[at(kind)] =
        intervals.duration(kRules[at(kind)].name, kRules[at(kind)].interval_ms, 0, 3650 * kDayMs);
  }
  intervals.finish();
  reader.finish();
  std::vector<std::string> topics;
  for (const SourceConfig& source : context.sources) topics.push_back(source.topic);
  return std::make_unique<Requests>(params, capacity, AlertWriter(context.money, std::move(topics)),
                                    context.node);
}

}  // namespace ebb
