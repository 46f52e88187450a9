#include "tests/simulation/workload.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "config/load.h"
#include "ebb/v1/event.pb.h"
#include "engine/base/hash.h"
#include "tests/operators/tally.h"
#include "tests/simulation/prng.h"

namespace ebb::sim {
namespace {

constexpr TimeMs kStartMs = 1'700'000'000'000;
constexpr int kSources = 2;
enum Source { kPurchases = 0, kFeedback = 1 };

constexpr std::string_view kConfig = R"(
name: sim
partitions: {partitions}
log:
  embedded: {{dir: unused}}
sources:
  purchases:
  feedback:
graph:
  dedupe: {{from: [purchases, feedback], max_ids: 16}}
  value: {{from: dedupe, typical_gap: 10d}}
  churn_risk: {{from: value}}
  tally: {{from: dedupe}}
  segments: {{from: [dedupe, churn_risk], by: region}}
  alert_policy: {{from: [churn_risk, segments], watch: 0.4, warning: 0.6, critical: 0.8, min_evidence: 1,
                 cool_down: 2d, capacity_per_day: 4}}
time: {{advance: events, lateness: {lateness}, max_jump: 40d, jump_confirmations: 2}}
engine: {{epoch_interval: 10ms, epoch_max_records: {epoch_records}}}
state: {{erasure_marker: {marker}, changelog_delete_retention: 1d}}
)";

class Generator {
 public:
  Generator(std::uint64_t seed, std::int32_t partitions, Workload* out)
      : prng_(seed), partitions_(partitions), out_(*out) {}

  void run() {
    const std::int64_t customers = prng_.between(4, 10);
    for (std::int64_t i = 0; i < customers; ++i) customers_.push_back(fmt::format("c{}", i));
    out_.input.assign(kSources, std::vector<std::vector<InputRecord>>(static_cast<std::size_t>(partitions_)));
    now_ms_ = kStartMs;
    for (std::int64_t n = prng_.between(60, 240); n > 0; --n) {
      now_ms_ += prng_.below(2 * kDayMs);
      one();
    }
  }

 private:
  void one() {
    const std::string& customer = pick(customers_);
    if (prng_.chance(20)) return jump(customer);
    if (prng_.chance(40)) return garbage(customer);
    if (prng_.chance(60)) return erase(customer);
    TimeMs at_ms = now_ms_;
    if (prng_.chance(100)) at_ms -= prng_.below(15 * kDayMs);
    const bool purchase = prng_.chance(700);
    v1::Event event = purchase ? make_purchase(customer, at_ms) : make_feedback(customer, at_ms);
    add(purchase ? kPurchases : kFeedback, event);
    while (prng_.chance(80)) add(purchase ? kPurchases : kFeedback, event);
  }

  // A clock far ahead: once, or so often that it has to be believed.
  void jump(const std::string& customer) {
    const TimeMs ahead_ms = now_ms_ + 60 * kDayMs;
    if (prng_.chance(700)) return add(kPurchases, make_purchase(customer, ahead_ms));
    now_ms_ = ahead_ms;
    for (int i = 0; i < 4; ++i) add(kPurchases, make_purchase(pick(customers_), now_ms_ + i));
  }

  void garbage(const std::string& customer) {
    InputRecord record;
    record.key = customer;
    record.value = prng_.chance(500) ? "{\"nonsense\": 1}" : std::string("\x00\x01garbage", 9);
    record.has_value = !prng_.chance(200);
    if (!record.has_value) record.value.clear();
    place(prng_.chance(500) ? kPurchases : kFeedback, customer, std::move(record));
  }

  void erase(const std::string& customer) {
    v1::Event event = base(customer, now_ms_);
    event.mutable_erasure()->set_request_id("r");
    add(prng_.chance(500) ? kPurchases : kFeedback, event);
    // Some come back, some are sent again with a time from before.
    if (prng_.chance(500)) add(kPurchases, make_purchase(customer, now_ms_ + prng_.below(3 * kDayMs)));
    if (prng_.chance(300)) add(kPurchases, make_purchase(customer, now_ms_ - prng_.below(3 * kDayMs)));
    if (prng_.chance(200)) add(kPurchases, event);
  }

  v1::Event base(const std::string& customer, TimeMs at_ms) {
    v1::Event event;
    event.set_event_id(fmt::format("e{}", next_id_++));
    event.set_customer_id(customer);
    event.mutable_event_time()->set_seconds(at_ms / 1000);
    event.mutable_event_time()->set_nanos(static_cast<std::int32_t>(at_ms % 1000) * 1'000'000);
    return event;
  }

  v1::Event make_purchase(const std::string& customer, TimeMs at_ms) {
    v1::Event event = base(customer, at_ms);
    v1::Money* amount = event.mutable_purchase()->mutable_amount();
    amount->set_currency_code(prng_.chance(980) ? "USD" : "XXX");  // one that has no rate
    amount->set_minor_units(prng_.between(100, 20'000));
    return event;
  }

  v1::Event make_feedback(const std::string& customer, TimeMs at_ms) {
    v1::Event event = base(customer, at_ms);
    v1::Rating* rating = event.mutable_feedback()->mutable_rating();
    rating->set_min(1);
    rating->set_max(5);
    rating->set_value(static_cast<double>(prng_.between(1, 5)));
    return event;
  }

  void add(int source, const v1::Event& event) {
    InputRecord record;
    record.key = event.customer_id();
    record.value = event.SerializeAsString();
    place(source, event.customer_id(), std::move(record));
  }

  void place(int source, const std::string& customer, InputRecord record) {
    auto& partition = out_.input[static_cast<std::size_t>(source)]
                                [static_cast<std::size_t>(partition_of(customer, partitions_))];
    const Offset after = partition.empty() ? prng_.below(3) : partition.back().offset + 1;
    record.offset = after + (prng_.chance(100) ? prng_.below(3) : 0);
    partition.push_back(std::move(record));
    ++out_.records;
  }

  const std::string& pick(const std::vector<std::string>& from) {
    return from[static_cast<std::size_t>(prng_.below(static_cast<std::int64_t>(from.size())))];
  }

  Prng prng_;
  const std::int32_t partitions_;
  Workload& out_;
  std::vector<std::string> customers_;
  TimeMs now_ms_ = 0;
  int next_id_ = 0;
};

[[noreturn]] void give_up(const Diagnostics& diagnostics) {
  std::fputs(diagnostics.to_string("simulation").c_str(), stderr);
  std::abort();
}

}  // namespace

std::unique_ptr<const Workload> make_workload(std::uint64_t seed) {
  Prng prng(seed);
  auto out = std::make_unique<Workload>();
  const auto partitions = static_cast<std::int32_t>(prng.between(1, 3));
  const std::string text = fmt::format(
      kConfig, fmt::arg("partitions", partitions), fmt::arg("lateness", prng.chance(500) ? "1h" : "3d"),
      fmt::arg("epoch_records", prng.between(2, 20)), fmt::arg("marker", prng.chance(700) ? "2d" : "40d"));
  Diagnostics diagnostics;
  out->config = parse_config(text, "simulation", &diagnostics);
  if (!diagnostics.ok()) give_up(diagnostics);
  out->topology = Topology::build(out->config, &diagnostics, find_tally_too);
  if (out->topology == nullptr) give_up(diagnostics);
  Generator(prng.next(), partitions, out.get()).run();
  return out;
}

}  // namespace ebb::sim
