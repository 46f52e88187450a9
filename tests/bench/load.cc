// Fills the sources of a config with a benchmark's events: 70 % purchases, 20 % feedback, 10 % surveys, in
// plain protobuf, keyed by customer, in event-time order. The same arguments give the same records.
//
//   ebb_bench_load CONFIG EVENTS CUSTOMERS [uniform|zipf]
#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "config/load.h"
#include "ebb/v1/event.pb.h"
#include "engine/app/open_log.h"
#include "engine/base/hash.h"

namespace ebb {
namespace {

constexpr TimeMs kStartMs = 1'767'225'600'000;  // 2026-01-01
constexpr DurationMs kSpanMs = 60 * kDayMs;

// SplitMix64: enough for a load, the same everywhere.
class Random {
 public:
  std::uint64_t next() {
    std::uint64_t z = (state_ += 0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
  }
  double unit() { return static_cast<double>(next() >> 11) * 0x1.0p-53; }

 private:
  std::uint64_t state_ = 42;
};

class Customers {
 public:
  Customers(std::size_t count, bool zipf) : count_(count) {
    if (!zipf) return;
    cumulative_.reserve(count);
    double sum = 0;
    for (std::size_t i = 1; i <= count; ++i) cumulative_.push_back(sum += 1.0 / static_cast<double>(i));
  }
  std::size_t pick(Random& random) const {
    if (cumulative_.empty()) return random.next() % count_;
    const double u = random.unit() * cumulative_.back();
    return static_cast<std::size_t>(std::lower_bound(cumulative_.begin(), cumulative_.end(), u) -
                                    cumulative_.begin());
  }

 private:
  std::size_t count_;
  std::vector<double> cumulative_;
};

enum Kind { kPurchase, kFeedback, kSurvey };

void fill(Kind kind, Random& random, v1::Event* event) {
  switch (kind) {
    case kPurchase: {
      v1::Purchase* p = event->mutable_purchase();
      p->mutable_amount()->set_currency_code("USD");
      p->mutable_amount()->set_minor_units(static_cast<std::int64_t>(500 + random.next() % 20'000));
      p->set_channel("web");
      return;
    }
    case kFeedback: {
      v1::Rating* r = event->mutable_feedback()->mutable_rating();
      r->set_value(static_cast<double>(1 + random.next() % 5));
      r->set_min(1);
      r->set_max(5);
      return;
    }
    case kSurvey: {
      event->mutable_survey()->set_nps(static_cast<int>(random.next() % 11));
      return;
    }
  }
}

int run(int argc, char** argv) {
  if (argc < 4) {
    std::fprintf(stderr, "usage: ebb_bench_load CONFIG EVENTS CUSTOMERS [uniform|zipf]\n");
    return 64;
  }
  Diagnostics diagnostics;
  const Config config = load_config(argv[1], &diagnostics);
  if (!diagnostics.ok()) {
    std::fprintf(stderr, "%s", diagnostics.to_string(argv[1]).c_str());
    return 78;
  }
  const std::uint64_t events = std::strtoull(argv[2], nullptr, 10);
  const Customers customers(std::strtoull(argv[3], nullptr, 10),
                            argc > 4 && std::string_view(argv[4]) == "zipf");
  auto log = app::open_for_tools(config);
  if (!log.is_ok()) {
    std::fprintf(stderr, "%s\n", log.status().message().c_str());
    return 69;
  }
  const std::array<std::string, 3> topics = {config.sources.at(0).topic, config.sources.at(1).topic,
                                             config.sources.at(2).topic};
  auto states = (*log)->describe_topics({topics[0]});
  auto writer = (*log)->open_writer();
  if (!states.is_ok() || !writer.is_ok() || !states->at(0).exists) {
    std::fprintf(stderr, "the topics are not there\n");
    return 69;
  }
  const std::int32_t partitions = states->at(0).partitions;
  Random random;
  v1::Event event;
  std::string bytes;
  std::array<char, 32> text{};
  for (std::uint64_t i = 0; i < events; ++i) {
    const std::uint64_t dice = random.next() % 10;
    const Kind kind = dice < 7 ? kPurchase : dice < 9 ? kFeedback : kSurvey;
    event.Clear();
    std::snprintf(text.data(), text.size(), "e%015llu", static_cast<unsigned long long>(i));
    event.set_event_id(text.data());
    std::snprintf(text.data(), text.size(), "c%08zu", customers.pick(random));
    event.set_customer_id(text.data());
    const TimeMs at = kStartMs + static_cast<TimeMs>(static_cast<double>(i) / static_cast<double>(events) *
                                                     static_cast<double>(kSpanMs));
    event.mutable_event_time()->set_seconds(at / 1000);
    event.mutable_event_time()->set_nanos(static_cast<int>(at % 1000) * 1'000'000);
    fill(kind, random, &event);
    event.SerializeToString(&bytes);
    if (Status s = (*writer)->append(topics[kind], partition_of(event.customer_id(), partitions),
                                     event.customer_id(), bytes, {}, 0);
        !s) {
      std::fprintf(stderr, "%s\n", s.message().c_str());
      return 69;
    }
  }
  if (Status s = (*writer)->flush(); !s) {
    std::fprintf(stderr, "%s\n", s.message().c_str());
    return 69;
  }
  return 0;
}

}  // namespace
}  // namespace ebb

int main(int argc, char** argv) {
  return ebb::run(argc, argv);
}
