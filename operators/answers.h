// What an event says about how satisfied the customer is.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

namespace ebb::v1 {
class Event;
class Rating;
}  // namespace ebb::v1

namespace ebb {

struct Answer {
  std::string_view dimension;  // of the event; lives as long as it
  double value = 0;            // 0 (worst) to 1 (best)
  double weight = 0;           // in full answers
};

struct Answers {
  double value = 0;
  double weight = 0;  // in full answers, at most 1; 0: the event says nothing
  std::vector<Answer> dimensions;
  bool of_dimensions = false;  // nothing overall was asked: value is the dimensions'
};

// What a survey says that nobody answered.
inline constexpr double kNoAnswer = 0.4;
inline constexpr double kNoAnswerWeight = 0.1;

// 0 (worst) to 1 (best); nullopt if its scale has no width, which says nothing.
std::optional<double> rating_share(const v1::Rating& rating);

// One event is one answer at most, however many questions it has:
//   survey answered     the mean of what was asked overall (NPS / 10, CSAT, CES, expectation met, closeness
//   to the
//                       ideal), else of the dimensions by their importance; weight 1. Dimensions: perceived
//                       against expected; those not applicable, or not perceived yet, say nothing
//   survey unanswered   0.4 with weight 0.1: no answer is weak evidence
//   feedback            its rating, weight 1; else its sentiment, weight 0.5; else, of a contact, 0.2 with
//   weight
//                       0.5 if the customer gave up waiting, or 0.4 with weight 0.3 if they waited ten
//                       minutes or longer; else, of a review, whether it recommends, weight 0.5. For its
//                       dimension, if it names one, too
// Complaints say nothing here: their cases do.
Answers answers_of(const v1::Event& event);

// Whether somebody did something for the customer, or spoke to them. Who is left alone to compare with was
// not.
bool got_in_touch(const v1::Event& event);

}  // namespace ebb
