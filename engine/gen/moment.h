// One step of one customer, with what it needs at hand. Each kind of event has its own file.
//
// Draws stand in statements of their own: within one expression C++ leaves their order open, and the bytes
// would depend on the compiler.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "engine/gen/life.h"
#include "engine/gen/mind.h"

namespace ebb::gen {

inline constexpr std::uint32_t kFlag = 1U
                                       << 31;  // in a step's number: late, broken, neglected, of a purchase

// Things said without a rating asked for.
enum class Word : std::uint32_t { kReview, kSuggestion, kUnmetNeed, kReferral, kWarning };
enum class PointsMove : std::uint32_t { kEarned, kRedeemed, kExpired };
enum class ProfileChange : std::uint32_t { kMoved, kTiesGone, kTrialPaid, kSpendElsewhere };

DurationMs days(double n);
DurationMs hours(double n);
double round_off(double x);
void set_time(TimeMs at, google::protobuf::Timestamp* out);
void set_money(std::int64_t minor, v1::Money* out);
void set_rating(double value, double min, double max, v1::Rating* out);
std::int64_t share_of(std::int64_t amount, double share);

inline constexpr std::array<std::string_view, 12> kCategories = {"coffee",  "tea",    "bakery", "dairy",
                                                                 "produce", "pantry", "garden", "books",
                                                                 "toys",    "beauty", "travel", "tools"};

class Moment {
 public:
  Moment(const Step& step, const std::string& name, Customer& customer, World& world, v1::Event* event,
         Source* source)
      : step_(step),
        now_(step.at_ms),
        name_(name),
        c_(customer),
        rng_(customer.rng),
        world_(world),
        event_(*event),
        source_(*source) {
    fade_grudges(c_, now_);
    strain_ = std::min(strain(c_), 1.2);
  }

  bool play();

 private:
  bool left() const { return c_.left(now_); }
  // Strain from 0 to 1.2, of which this reason is the cause; else 0.
  double strain_by(Reason by) const { return c_.stress == by ? strain_ : 0; }
  bool under(Reason by) const { return c_.stress == by; }
  double severity() const { return static_cast<double>(c_.severity); }
  double mood() const { return static_cast<double>(c_.mood); }

  void plan_at(TimeMs at, StepKind kind, std::uint32_t number = 0) {
    world_.plan({at, step_.customer, number, kind});
  }
  void plan(DurationMs after, StepKind kind, std::uint32_t number = 0) {
    plan_at(now_ + after, kind, number);
  }
  // The same, after a number of days drawn between the two.
  void plan_within(double low_days, double high_days, StepKind kind, std::uint32_t number = 0) {
    plan(days(rng_.between(low_days, high_days)), kind, number);
  }

  // moment.cc
  void head(Source source);
  std::string order(std::uint32_t number) const { return "o-" + name_ + "-" + std::to_string(number); }
  template <std::size_t N>
  std::string pick(const std::array<std::string_view, N>& words) {
    return std::string(words[rng_.below(N)]);
  }
  std::uint32_t draw_category(bool home) {
    const std::uint32_t other = rng_.below(256);
    return (home ? c_.home_category : other) % static_cast<std::uint32_t>(kCategories.size());
  }
  v1::Feedback& feedback();

  // stress.cc
  void ponder_from_now();
  bool stress();
  void begin_stress(Reason reason, double severity, double days_long);
  bool incident();
  void bad_service_incident();
  bool ponder();
  void ponder_need(double share);
  bool stress_ends();
  bool mood_turn();
  bool scheme_ends();
  // Leaves if there is enough reason to and nothing binds. True: has left.
  bool leave_if_enough();
  void leave(Reason reason);

  // buying.cc
  bool purchase();
  void fill_trial(v1::Purchase* p);
  void fill_prices(v1::Purchase* p);
  std::int64_t promotions(std::int64_t list, v1::Purchase* p);
  void fill_items(std::int64_t list, std::int64_t paid, v1::Purchase* p);
  void fill_circumstance(v1::Purchase* p);
  void fill_delivery(bool web, v1::Purchase* p);
  double experience();
  void after_purchase(double quality);
  void plan_next_purchase();
  double season_factor(TimeMs at) const;
  bool taken_back(bool cancelled);

  // service.cc
  bool delivery();
  bool promise();
  bool contact(v1::ContactKind kind);
  bool fault();
  bool repair();

  // complaints.cc
  void complain_after(double low_days, double high_days, bool neglected);
  bool complaint(v1::ComplaintStage stage);
  void plan_complaint(v1::ComplaintStage stage);

  // words.cc
  bool rate();
  bool word(Word word);
  bool competitor();
  bool referred();

  // engagement.cc
  bool engagement();
  bool points(PointsMove move);
  bool unsubscribe();
  bool gesture();

  // offers.cc
  bool offer();

  // profiles.cc
  bool join();
  void fill_ties(v1::Profile* p);
  void draw_tie();
  void fill_tie(v1::Profile* p) const;
  bool profile(ProfileChange change);
  bool tie_ends();
  bool trial_ends();
  bool erasure();

  // surveys.cc
  bool nps_round();
  bool survey_sent();
  v1::Survey& survey();
  bool survey_answered();
  void fill_after_purchase(v1::Survey* s);
  void fill_relationship(v1::Survey* s);
  void fill_dimensions(v1::Survey* s);
  void fill_worth(v1::Survey* s);
  bool survey_lapsed();

  const Step& step_;
  const TimeMs now_;
  const std::string& name_;
  Customer& c_;
  Rng& rng_;
  World& world_;
  v1::Event& event_;
  Source& source_;
  double strain_ = 0;
};

}  // namespace ebb::gen
