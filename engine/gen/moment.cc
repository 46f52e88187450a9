#include "engine/gen/moment.h"

#include <cmath>

#include "google/protobuf/timestamp.pb.h"

namespace ebb::gen {

DurationMs days(double n) {
  return static_cast<DurationMs>(n * static_cast<double>(kDayMs));
}
DurationMs hours(double n) {
  return static_cast<DurationMs>(n * static_cast<double>(kHourMs));
}

double round_off(double x) {
  return std::floor(x + 0.5);
}

void set_time(TimeMs at, google::protobuf::Timestamp* out) {
  out->set_seconds(at / kSecondMs);  // never before 1970 here
  out->set_nanos(static_cast<std::int32_t>(at % kSecondMs * 1'000'000));
}

void set_money(std::int64_t minor, v1::Money* out) {
  out->set_currency_code(std::string(kCurrency));
  out->set_minor_units(minor);
}

void set_rating(double value, double min, double max, v1::Rating* out) {
  out->set_value(std::clamp(value, min, max));
  out->set_min(min);
  out->set_max(max);
}

std::int64_t share_of(std::int64_t amount, double share) {
  return static_cast<std::int64_t>(static_cast<double>(amount) * share);
}

void Moment::head(Source source) {
  source_ = source;
  event_.set_event_id(name_ + "-" + std::to_string(c_.events++));
  event_.set_customer_id(name_);
  set_time(now_, event_.mutable_event_time());
}

v1::Feedback& Moment::feedback() {
  head(Source::kFeedback);
  return *event_.mutable_feedback();
}

}  // namespace ebb::gen
