// word_of_mouth: what the customer says of us to others, whom they brought, and whether we answered.
//
// Bad words: a detractor's NPS (0 to 6), a review that doesn't recommend or rates badly, bad news heard from
// the one who referred them. Good words: a promoter's NPS (9, 10), a good review, a referral. A public review
// counts by how many see it. Both fade by `half_life`; contributes `word_of_mouth`: bad words at most
// `max_bad`, good ones lower the risk by `max_good` at most.
//
// Network: what those are worth whom the customer brought. The part that their mood exposes grows from the
// last good word on, by half of what is left each `exposure_half_life`, up to `exposure` of it, and with how
// unhappy they are (models/network.h). It is a measure; other customers' rows are never read, so circles of
// referrals are harmless. A referral of oneself counts nowhere.
//
// Closing the loop: within `answer_within` of a very good answer thanks are wanted, and a referral of who
// has said nothing bad; of a very bad one that somebody gets in touch; unless somebody did since.
//
// Who tells us most: things worth knowing (complaints, suggestions, needs, reviews, surveys) are counted,
// fading; from `knowledge` on the customer takes knowledge away by leaving.
//
// Order of arrival plays no part, but for which referred customers find room. Feed it by `satisfaction` too.

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <memory>

#include "config/config.h"
#include "config/node.h"
#include "ebb/state/v1/word_of_mouth_slice.pb.h"
#include "ebb/v1/event.pb.h"
#include "engine/base/hash.h"
#include "operators/answers.h"
#include "operators/contribute.h"
#include "operators/fading.h"
#include "operators/models/network.h"
#include "operators/models/points.h"
#include "operators/money.h"
#include "operators/registry.h"
#include "operators/words.h"

namespace ebb {
namespace {

using state::v1::Referred;
using state::v1::WordOfMouthSlice;

constexpr int kMaxReferred = 16;
constexpr double kVeryGood = 0.9;
constexpr double kVeryBad = 0.25;

// Places in WordOfMouthSlice.words.
enum { kBadWords, kGoodWords, kPieces };

struct Params {
  DurationMs half_life_ms = 120 * kDayMs;
  double max_bad = 0.9;
  double max_good = 0.3;
  double exposure = 0.5;
  DurationMs exposure_half_life_ms = 90 * kDayMs;
  DurationMs answer_within_ms = 14 * kDayMs;
  double knowledge = 6;
};

struct Words {
  double bad = 0;
  double good = 0;
  double pieces = 0;
};

double reach_factor(const v1::Review& review) {
  if (!review.is_public()) return 1;
  return 1.5 + std::log10(1 + static_cast<double>(review.reach())) / 2;
}

void of_review(const v1::Feedback& feedback, Words& out) {
  const v1::Review& review = feedback.review();
  double value = 0.5;
  if (review.has_recommends()) {
    value = review.recommends() ? 1 : 0;
  } else if (feedback.has_rating()) {
    value = rating_share(feedback.rating()).value_or(value);
  } else if (feedback.has_sentiment()) {
    value = (1 + feedback.sentiment()) / 2;
  }
  const double weight = 0.3 * reach_factor(review);
  if (value < 0.4) out.bad += weight;
  if (value > 0.6) out.good += weight / 2;
  out.pieces += 1;
}

void of_referral(const v1::Feedback& feedback, Words& out) {
  if (feedback.referral().direction() != v1::REFERRAL_DIRECTION_BY) {
    out.good += feedback.referral().converted() ? 0.3 : 0.15;
    return;
  }
  const bool bad_news = feedback.sentiment() < 0 ||
                        (feedback.has_rating() && rating_share(feedback.rating()).value_or(1) < 0.4);
  if (bad_news) out.bad += 0.8;
}

Words words_of(const v1::Event& event) {
  Words out;
  if (event.has_survey()) {
    const v1::Survey& survey = event.survey();
    if (survey.has_nps()) {
      if (survey.nps() <= 6) out.bad += 0.1;
      if (survey.nps() >= 9) out.good += 0.1;
    }
    if (survey.dimensions_size() > 0) out.pieces += 1;
  }
  const v1::Feedback& feedback = event.feedback();
  switch (feedback.detail_case()) {
    case v1::Feedback::kReview:
      of_review(feedback, out);
      break;
    case v1::Feedback::kReferral:
      of_referral(feedback, out);
      break;
    case v1::Feedback::kComplaint:
      out.pieces += 0.5;
      break;
    case v1::Feedback::kSuggestion:
    case v1::Feedback::kUnmetNeed:
    case v1::Feedback::kCompetitor:
      out.pieces += 1;
      break;
    default:
      break;
  }
  return out;
}

template <typename Set>
void keep_max(bool has, TimeMs known_ms, TimeMs event_ms, const Set& set) {
  if (!has || event_ms > known_ms) set(event_ms);
}

class WordOfMouth final : public Operator {
 public:
  WordOfMouth(const Params& params, const MoneyConfig& money)
      : params_(params), fading_(params.half_life_ms), exchange_(money) {}

  const google::protobuf::Message* slice_prototype() const override {
    return &WordOfMouthSlice::default_instance();
  }

  std::optional<Refusal> refuse(const v1::Event& event) const override {
    const v1::Referral& referral = event.feedback().referral();
    if (!referral.has_other_value() || exchange_.knows(referral.other_value().currency_code()))
      return std::nullopt;
    return exchange_.refusal("feedback.referral.other_value");
  }

  Verdict apply(const v1::Event& event, ApplyContext& context) const override {
    if (!event.has_feedback() && !event.has_survey()) return Verdict::kApplied;
    const v1::Referral& referral = event.feedback().referral();
    if (referral.other_customer_id() == context.customer) return Verdict::kApplied;
    const Words words = words_of(event);
    add_words(words, event, context);
    if (event.feedback().has_referral() && referral.direction() != v1::REFERRAL_DIRECTION_BY)
      add_referred(referral, context);
    note_loop(event, context);
    return Verdict::kApplied;
  }

  void assess(AssessContext& context) const override {
    const WordOfMouthSlice* slice = context.slice.get<WordOfMouthSlice>();
    if (slice == nullptr) return;
    assess_words(*slice, context);
    if (slice->referred_size() > 0) assess_network(*slice, context);
    assess_loop(*slice, context);
  }

 private:
  void add_words(const Words& words, const v1::Event& event, ApplyContext& context) const {
    if (words.bad <= 0 && words.good <= 0 && words.pieces <= 0) return;
    WordOfMouthSlice& slice = context.slice.edit<WordOfMouthSlice>();
    if (event.feedback().has_referral()) slice.set_count(slice.count() + 1);
    const auto add = [&](int place, double amount) {
      if (amount > 0) fading_.add(context.event_ms, place, amount, *slice.mutable_words());
    };
    add(kBadWords, words.bad);
    add(kGoodWords, words.good);
    add(kPieces, words.pieces);
    if (words.bad > 0) keep_latest(event.event_id(), context, slice.mutable_bad());
    if (words.good > 0)
      keep_max(slice.has_good_ms(), slice.good_ms(), context.event_ms,
               [&](TimeMs ms) { slice.set_good_ms(ms); });
  }

  void add_referred(const v1::Referral& referral, ApplyContext& context) const {
    WordOfMouthSlice& slice = context.slice.edit<WordOfMouthSlice>();
    const std::uint64_t id = stable_hash(referral.other_customer_id());
    Referred* found = nullptr;
    for (Referred& referred : *slice.mutable_referred()) {
      if (referred.id() == id) found = &referred;
    }
    if (found == nullptr) {
      if (slice.referred_size() >= kMaxReferred) return;
      found = slice.add_referred();
      found->set_id(id);
    }
    if (!referral.has_other_value()) return;
    const std::int64_t minor = exchange_.to_reporting(referral.other_value());
    const auto said = std::make_pair(context.event_ms, minor);
    if (said > std::make_pair(found->value_ms(), found->value_minor())) {
      found->set_value_ms(said.first);
      found->set_value_minor(said.second);
    }
  }

  static void note_loop(const v1::Event& event, ApplyContext& context) {
    const Answers answers = answers_of(event);
    const bool spoke = answers.weight >= 0.5;
    const bool reached = got_in_touch(event);
    if (!reached && !(spoke && (answers.value >= kVeryGood || answers.value <= kVeryBad))) return;
    WordOfMouthSlice& slice = context.slice.edit<WordOfMouthSlice>();
    const TimeMs ms = context.event_ms;
    if (reached)
      keep_max(slice.has_reached_ms(), slice.reached_ms(), ms, [&](TimeMs t) { slice.set_reached_ms(t); });
    if (spoke && answers.value >= kVeryGood)
      keep_max(slice.has_praise_ms(), slice.praise_ms(), ms, [&](TimeMs t) { slice.set_praise_ms(t); });
    if (spoke && answers.value <= kVeryBad)
      keep_max(slice.has_blame_ms(), slice.blame_ms(), ms, [&](TimeMs t) { slice.set_blame_ms(t); });
  }

  void assess_words(const WordOfMouthSlice& slice, AssessContext& context) const {
    const TimeMs at_ms = context.at_ms;
    const double bad = bounded_points(1.5 * fading_.at(at_ms, kBadWords, slice.words()), params_.max_bad);
    const double good = bounded_points(fading_.at(at_ms, kGoodWords, slice.words()), params_.max_good);
    const double pieces = fading_.at(at_ms, kPieces, slice.words());
    context.out.set(Measure::kEvidenceWeight, static_cast<double>(slice.count()));
    context.out.set(Measure::kFeedbackPieces, pieces);
    if (pieces >= params_.knowledge) context.out.raise(Flag::kTakesKnowledgeAway);
    note_fading(fading_, bad, context);
    note_fading(fading_, -good, context);
    contribute(context, "word_of_mouth", bad - good,
               [&] {
                 if (good >= bad) return std::string("Speaks well of us to others.");
                 return fmt::format("Speaks, or has heard, badly of us; the last time {} ago.",
                                    days_text(days_of(at_ms - slice.bad().event_ms())));
               },
               {bad > good ? &slice.bad() : nullptr});
  }

  void assess_network(const WordOfMouthSlice& slice, AssessContext& context) const {
    std::int64_t value_minor = 0;
    TimeMs since_ms = slice.good_ms();
    for (const Referred& referred : slice.referred()) {
      value_minor = add_minor(value_minor, referred.value_minor());
      since_ms = std::max(since_ms, referred.value_ms());
    }
    context.out.set(Measure::kReferredValueMinor, static_cast<double>(value_minor));
    const auto satisfaction = find_measure(context.inputs, Measure::kSatisfaction);
    if (!satisfaction.has_value()) return;
    const double share =
        exposed_share({.cap = params_.exposure, .half_life_ms = params_.exposure_half_life_ms}, *satisfaction,
                      context.at_ms - since_ms);
    context.out.set(Measure::kNetworkAtRiskMinor, std::round(share * static_cast<double>(value_minor)));
  }

  void assess_loop(const WordOfMouthSlice& slice, AssessContext& context) const {
    // That it no longer waits is no news to anybody: not worth a timer.
    const auto waits = [&](bool has, TimeMs ms) {
      if (!has || context.at_ms >= ms + params_.answer_within_ms) return false;
      return !slice.has_reached_ms() || slice.reached_ms() < ms;
    };
    if (waits(slice.has_praise_ms(), slice.praise_ms())) {
      context.out.raise(Flag::kThankWanted);
      if (fading_.at(context.at_ms, kBadWords, slice.words()) < 0.1) context.out.raise(Flag::kReferralWanted);
    }
    if (waits(slice.has_blame_ms(), slice.blame_ms())) context.out.raise(Flag::kContactWanted);
  }

  Params params_;
  Fading fading_;
  Exchange exchange_;
};

}  // namespace

std::unique_ptr<Operator> make_word_of_mouth(const MakeContext& context) {
  FieldReader reader(context.params, "graph." + context.node, context.diagnostics);
  Params params;
  params.half_life_ms = reader.duration("half_life", params.half_life_ms, kDayMs, 3650 * kDayMs);
  params.max_bad = reader.number("max_bad", params.max_bad, 0.01, 5);
  params.max_good = reader.number("max_good", params.max_good, 0.01, 5);
  params.exposure = reader.number("exposure", params.exposure, 0, 1);
  params.exposure_half_life_ms =
      reader.duration("exposure_half_life", params.exposure_half_life_ms, kDayMs, 3650 * kDayMs);
  params.answer_within_ms = reader.duration("answer_within", params.answer_within_ms, kHourMs, 365 * kDayMs);
  params.knowledge = reader.number("knowledge", params.knowledge, 0.1, 1000);
  reader.finish();
  return std::make_unique<WordOfMouth>(params, context.money);
}

}  // namespace ebb
