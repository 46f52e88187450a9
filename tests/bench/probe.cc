// How long an alert takes: from an event handed to the producer to the alert that it causes read by a
// read_committed consumer. Prints one JSON object.
//
//   ebb_bench_probe CONFIG RATE SECONDS CUSTOMERS [TIMERS]
//
// First every one of CUSTOMERS buys once, all at full speed; then it waits until the running engine has
// caught up. Then RATE events a second come for SECONDS: purchases of those customers, and among them 100
// probes a second, each of a customer of its own: a complaint whose promised time has passed, which is an
// alert at once.
//
// TIMERS > 0: so many further customers complain before that, all promised an answer at one moment two thirds
// into the measurement. Each is a timer and an alert; probes sent before that moment and after it are told
// apart.
#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <unordered_map>
#include <vector>

#include "config/load.h"
#include "ebb/v1/event.pb.h"
#include "engine/app/open_log.h"
#include "engine/base/hash.h"

namespace ebb {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int kProbesPerSecond = 100;
constexpr std::string_view kProbe = "probe-";
// In which the group hands tasks over to workers that have just joined; nobody is served meanwhile.
constexpr auto kSettle = std::chrono::seconds(8);
constexpr auto kPatience = std::chrono::seconds(60);

TimeMs wall_ms() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

void set_time(TimeMs ms, google::protobuf::Timestamp* out) {
  out->set_seconds(ms / 1000);
  out->set_nanos(static_cast<int>(ms % 1000) * 1'000'000);
}

[[noreturn]] void give_up(const std::string& why) {
  std::fprintf(stderr, "%s\n", why.c_str());
  std::exit(69);
}

// Probes on their way and what has come of them. Any thread.
class Answers {
 public:
  void sent(const std::string& customer) {
    const std::lock_guard lock(mutex_);
    sent_[customer] = Clock::now();
  }
  void read(std::string_view customer) {
    const auto now = Clock::now();
    const std::lock_guard lock(mutex_);
    const auto it = sent_.find(std::string(customer));
    if (it == sent_.end()) return;
    const double ms = std::chrono::duration<double, std::milli>(now - it->second).count();
    answered_.push_back({it->second, ms});
    sent_.erase(it);
  }
  std::size_t waiting() const {
    const std::lock_guard lock(mutex_);
    return sent_.size();
  }
  // Of the probes sent in [from, to), ascending.
  std::vector<double> latencies(Clock::time_point from, Clock::time_point to) const {
    std::vector<double> out;
    const std::lock_guard lock(mutex_);
    for (const auto& [at, ms] : answered_) {
      if (at >= from && at < to) out.push_back(ms);
    }
    std::sort(out.begin(), out.end());
    return out;
  }

 private:
  mutable std::mutex mutex_;
  std::unordered_map<std::string, Clock::time_point> sent_;
  std::vector<std::pair<Clock::time_point, double>> answered_;
};

class Producer {
 public:
  Producer(const Config& config, TopicWriter* writer, std::int32_t partitions)
      : config_(config), writer_(writer), partitions_(partitions) {}

  void purchase(const std::string& customer) {
    v1::Event event = begin(customer);
    event.mutable_purchase()->mutable_amount()->set_currency_code(config_.money.currency);
    event.mutable_purchase()->mutable_amount()->set_minor_units(1999);
    send(0, event);
  }
  void complaint(const std::string& customer, TimeMs promised_ms) {
    v1::Event event = begin(customer);
    v1::Complaint* complaint = event.mutable_feedback()->mutable_complaint();
    complaint->set_case_id("case");
    complaint->set_stage(v1::COMPLAINT_STAGE_OPENED);
    set_time(promised_ms, complaint->mutable_promised_time());
    send(1, event);
  }
  void flush() {
    if (const Status s = writer_->flush(); !s) give_up(s.message());
  }

 private:
  v1::Event begin(const std::string& customer) {
    v1::Event event;
    event.set_event_id("e" + std::to_string(++events_));
    event.set_customer_id(customer);
    set_time(wall_ms(), event.mutable_event_time());
    return event;
  }
  void send(std::size_t source, const v1::Event& event) {
    event.SerializeToString(&bytes_);
    const Status s =
        writer_->append(config_.sources[source].topic, partition_of(event.customer_id(), partitions_),
                        event.customer_id(), bytes_, {}, 0);
    if (!s) give_up(s.message());
  }

  const Config& config_;
  TopicWriter* const writer_;
  const std::int32_t partitions_;
  std::uint64_t events_ = 0;
  std::string bytes_;
};

std::string number(std::string_view prefix, std::uint64_t i) {
  return std::string(prefix) + std::to_string(i);
}

double at_share(const std::vector<double>& sorted, double share) {
  if (sorted.empty()) return 0;
  const auto i = static_cast<std::size_t>(share * static_cast<double>(sorted.size()));
  return sorted[std::min(i, sorted.size() - 1)];
}

void print(const char* name, const std::vector<double>& ms) {
  std::printf(
      "\"%s\": {\"alerts\": %zu, \"p50_ms\": %.1f, \"p90_ms\": %.1f, \"p99_ms\": %.1f, \"max_ms\": %.1f}",
      name, ms.size(), at_share(ms, 0.5), at_share(ms, 0.9), at_share(ms, 0.99), at_share(ms, 1));
}

int run(int argc, char** argv) {
  if (argc < 5) {
    std::fprintf(stderr, "usage: ebb_bench_probe CONFIG RATE SECONDS CUSTOMERS [TIMERS]\n");
    return 64;
  }
  Diagnostics diagnostics;
  const Config config = load_config(argv[1], &diagnostics);
  if (!diagnostics.ok()) give_up(diagnostics.to_string(argv[1]));
  const double rate = std::atof(argv[2]);
  const double seconds = std::atof(argv[3]);
  const std::uint64_t customers = std::max<std::uint64_t>(std::strtoull(argv[4], nullptr, 10), 1);
  const std::uint64_t timers = argc > 5 ? std::strtoull(argv[5], nullptr, 10) : 0;

  auto log = app::open_for_tools(config);
  if (!log.is_ok()) give_up(log.status().message());
  const auto sink = std::find_if(config.sinks.begin(), config.sinks.end(),
                                 [](const SinkConfig& s) { return s.kind == SinkKind::kAlerts; });
  auto states = (*log)->describe_topics({config.sources.at(0).topic});
  auto writer = (*log)->open_writer();
  // From the start: where the end is, a reader learns only after a while, and the first alert may be there by
  // then.
  auto reader = (*log)->open_reader(sink->topic, /*from_start=*/true);
  if (!states.is_ok() || !writer.is_ok() || !reader.is_ok()) give_up("the topics are not there");

  Answers answers;
  std::atomic<bool> stop = false;
  std::thread listener([&] {
    TaskId partition = 0;
    bool at_end = false;
    for (RecordBatch batch; !stop; batch.clear()) {
      if (const Status s = (*reader)->next(20, &partition, &batch, &at_end); !s) give_up(s.message());
      for (const Record& record : batch.records) {
        if (record.key.starts_with(kProbe)) answers.read(record.key);
      }
    }
  });

  Producer producer(config, writer->get(), states->at(0).partitions);
  std::uint64_t probes = 0;
  const auto probe = [&] {
    const std::string customer = number(kProbe, ++probes);
    answers.sent(customer);
    producer.complaint(customer, wall_ms() - kHourMs);
  };
  for (std::uint64_t i = 0; i < customers; ++i) producer.purchase(number("c", i));
  // All due at one moment: after what follows has been read, and well inside the measurement.
  const auto lead_ms = static_cast<DurationMs>(static_cast<double>(timers) / 10'000 * 1000) + 10'000;
  const TimeMs due_ms = wall_ms() + lead_ms + static_cast<DurationMs>(seconds * 2 / 3 * 1000);
  for (std::uint64_t i = 0; i < timers; ++i) producer.complaint(number("t", i), due_ms);
  producer.flush();
  const auto began_waiting = Clock::now();
  probe();
  producer.flush();
  while (answers.waiting() > 0) {
    if (Clock::now() - began_waiting > kPatience * 3) give_up("the engine doesn't answer");
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  const double caught_up_s = std::chrono::duration<double>(Clock::now() - began_waiting).count();
  if (timers > 0) {
    const TimeMs left_ms = due_ms - static_cast<DurationMs>(seconds * 2 / 3 * 1000) - wall_ms();
    if (left_ms < 0) give_up("the engine was too slow to read the timers before they are due");
    std::this_thread::sleep_for(std::chrono::milliseconds(left_ms));
  } else {
    std::this_thread::sleep_for(kSettle);
  }

  const auto begin = Clock::now();
  const TimeMs begin_wall_ms = wall_ms();
  std::uint64_t background = 0;
  const std::uint64_t first_probe = probes;
  for (double t = 0; t < seconds; t = std::chrono::duration<double>(Clock::now() - begin).count()) {
    for (; static_cast<double>(background) < t * (rate - kProbesPerSecond); ++background) {
      producer.purchase(number("c", background * 7919 % customers));
    }
    while (static_cast<double>(probes - first_probe) < t * kProbesPerSecond) probe();
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  producer.flush();
  for (const auto end = Clock::now(); answers.waiting() > 0 && Clock::now() - end < kPatience;) {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  const std::size_t missing = answers.waiting();
  stop = true;
  listener.join();

  std::printf(
      "{\"rate\": %.0f, \"seconds\": %.0f, \"customers\": %llu, \"timers\": %llu, \"caught_up_s\": %.1f, "
      "\"missing\": %zu, ",
      rate, seconds, static_cast<unsigned long long>(customers), static_cast<unsigned long long>(timers),
      caught_up_s, missing);
  const auto due =
      timers > 0 ? begin + std::chrono::milliseconds(due_ms - begin_wall_ms) : Clock::time_point::max();
  print(timers > 0 ? "before_due" : "alerts", answers.latencies(begin, due));
  if (timers > 0) {
    std::printf(", ");
    print("after_due", answers.latencies(due, Clock::time_point::max()));
  }
  std::printf("}\n");
  return missing == 0 ? 0 : 1;
}

}  // namespace
}  // namespace ebb

int main(int argc, char** argv) {
  return ebb::run(argc, argv);
}
