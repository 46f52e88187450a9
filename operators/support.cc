// support: contact that went badly without being a complaint.
//
// Troubles, each fading by `half_life`: gave up waiting (0.5), waited `long_wait` or longer (0.25 for each
// time it is contained, 0.75 at most), a matter left unsettled (0.3), trouble with one of `features`, which
// need support to be of use (0.3), asked how to end the contract (0.8). Questions and wishes are interest:
// alone they say nothing.
//
// Contributes `support`, at most `max_points`. Order of arrival plays no part.

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <memory>

#include "config/node.h"
#include "ebb/state/v1/support_slice.pb.h"
#include "ebb/v1/event.pb.h"
#include "operators/answers.h"
#include "operators/contribute.h"
#include "operators/fading.h"
#include "operators/models/points.h"
#include "operators/registry.h"
#include "operators/words.h"

namespace ebb {
namespace {

using state::v1::SupportSlice;

// Places in SupportSlice.troubles. Add at the end.
enum Trouble { kGaveUp, kWaited, kUnsettled, kUnsupported, kLeavingAsked, kTroubles };

constexpr std::array<double, kTroubles> kWeight = {0.5, 0.25, 0.3, 0.3, 0.8};
constexpr std::array<std::string_view, kTroubles> kWords = {"gave up waiting", "waited long",
                                                            "a matter was left unsettled",
                                                            "a feature lacked support", "asked how to leave"};
constexpr double kLongWaitsMax = 3;
constexpr double kWorthSaying = 0.25;  // of a trouble, faded

struct Params {
  DurationMs half_life_ms = 60 * kDayMs;
  DurationMs long_wait_ms = 10 * kMinuteMs;
  double max_points = 1.2;
  std::vector<std::string> features = {"answers", "booking", "timetable", "billing"};
};

using Amounts = std::array<double, kTroubles>;

bool is_bad(const v1::Feedback& feedback) {
  return feedback.sentiment() < 0 ||
         (feedback.has_rating() && rating_share(feedback.rating()).value_or(1) < 0.5);
}

class Support final : public Operator {
 public:
  explicit Support(Params params) : params_(std::move(params)), fading_(params_.half_life_ms) {}

  const google::protobuf::Message* slice_prototype() const override {
    return &SupportSlice::default_instance();
  }

  Verdict apply(const v1::Event& event, ApplyContext& context) const override {
    if (!event.has_feedback()) return Verdict::kApplied;
    const Amounts found = troubles_of(event.feedback());
    if (std::all_of(found.begin(), found.end(), [](double amount) { return amount <= 0; }))
      return Verdict::kApplied;
    SupportSlice& slice = context.slice.edit<SupportSlice>();
    for (int i = 0; i < kTroubles; ++i) {
      const double amount = found[static_cast<std::size_t>(i)];
      if (amount > 0) fading_.add(context.event_ms, i, amount, *slice.mutable_troubles());
    }
    slice.set_count(slice.count() + 1);
    keep_latest(event.event_id(), context, slice.mutable_last());
    return Verdict::kApplied;
  }

  void assess(AssessContext& context) const override {
    const SupportSlice* slice = context.slice.get<SupportSlice>();
    if (slice == nullptr) return;
    Signals& out = context.out;
    out.set(Measure::kEvidenceWeight, static_cast<double>(slice->count()));
    const double left = fading_.left(context.at_ms, slice->troubles());
    double reason = 0;
    for (int i = 0; i < slice->troubles().sums_size(); ++i)
      reason += kWeight[static_cast<std::size_t>(i)] * sum_at(i, slice->troubles()) * left;
    const double points = bounded_points(reason, params_.max_points);
    note_fading(fading_, points, context);
    contribute(context, "support", points, [&] { return sentence(*slice, left, context.at_ms); },
               {&slice->last()});
  }

 private:
  bool is_feature(const std::string& topic) const {
    return std::find(params_.features.begin(), params_.features.end(), topic) != params_.features.end();
  }

  Amounts troubles_of(const v1::Feedback& feedback) const {
    Amounts out{};
    const bool about_feature = !feedback.topic().empty() && is_feature(feedback.topic());
    if (feedback.has_contact()) {
      const v1::Contact& contact = feedback.contact();
      if (contact.abandoned()) out[kGaveUp] = 1;
      if (contact.wait_ms() >= params_.long_wait_ms) {
        out[kWaited] = std::min(kLongWaitsMax, static_cast<double>(contact.wait_ms()) /
                                                   static_cast<double>(params_.long_wait_ms));
      }
      const bool needs_help =
          contact.kind() == v1::CONTACT_KIND_SUPPORT || contact.kind() == v1::CONTACT_KIND_BILLING;
      const bool open = contact.has_settled() && !contact.settled();
      if (about_feature && needs_help && !contact.settled()) {
        out[kUnsupported] = 1;
      } else if (open) {
        out[kUnsettled] = 1;
      }
      if (contact.kind() == v1::CONTACT_KIND_CANCELLATION_ENQUIRY) out[kLeavingAsked] = 1;
    } else if (about_feature) {
      const bool complains =
          feedback.has_complaint() && (feedback.complaint().stage() == v1::COMPLAINT_STAGE_UNSPECIFIED ||
                                       feedback.complaint().stage() == v1::COMPLAINT_STAGE_OPENED ||
                                       feedback.complaint().stage() == v1::COMPLAINT_STAGE_REOPENED);
      if (complains || is_bad(feedback)) out[kUnsupported] = 1;
    }
    return out;
  }

  static std::string sentence(const SupportSlice& slice, double left, TimeMs at_ms) {
    std::vector<std::string> parts;
    for (int i = 0; i < slice.troubles().sums_size(); ++i) {
      if (sum_at(i, slice.troubles()) * left >= kWorthSaying)
        parts.emplace_back(kWords[static_cast<std::size_t>(i)]);
    }
    const std::string when = days_text(days_of(at_ms - slice.last().event_ms()));
    if (parts.empty()) return fmt::format("Trouble in contact, the last {} ago.", when);
    return fmt::format("Trouble in contact: {}; the last {} ago.", fmt::join(parts, ", "), when);
  }

  Params params_;
  Fading fading_;
};

}  // namespace

std::unique_ptr<Operator> make_support(const MakeContext& context) {
  FieldReader reader(context.params, "graph." + context.node, context.diagnostics);
  Params params;
  params.half_life_ms = reader.duration("half_life", params.half_life_ms, kDayMs, 3650 * kDayMs);
  params.long_wait_ms = reader.duration("long_wait", params.long_wait_ms, kSecondMs, 365 * kDayMs);
  params.max_points = reader.number("max_points", params.max_points, 0.01, 5);
  if (reader.has("features")) {
    params.features.clear();
    for (auto& [name, place] : reader.names("features")) params.features.push_back(name);
  }
  reader.finish();
  return std::make_unique<Support>(std::move(params));
}

}  // namespace ebb
