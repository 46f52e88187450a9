// What a row costs: CPU microseconds a row of each step of a store's life, for rows of five small slices.
// Prints one JSON object. Arguments: directory [customers [rounds]].
//
// fill        restore of an empty disk, with its checkpoints
// cold        rows drawn at random from all customers, with a cache for 1 % of them: find, touch, settle,
//             close_epoch, commit; then the checkpoint on its thread
// hot         the same on rows that the cache holds
// total       the whole process, compaction too, a cold row
#include <sys/resource.h>
#include <time.h>

#include <cstdio>
#include <cstdlib>
#include <map>
#include <random>
#include <string>
#include <thread>

#include "ebb/v1/evidence.pb.h"
#include "ebb/v1/money.pb.h"
#include "state/resources.h"
#include "state/row_codec.h"
#include "state/task_store.h"

namespace ebb {
namespace {

constexpr int kSlices = 5;
constexpr std::size_t kEpochRows = 5000;
constexpr int kEpochsPerCheckpoint = 20;

double cpu_us(clockid_t clock) {
  timespec t{};
  clock_gettime(clock, &t);
  return static_cast<double>(t.tv_sec) * 1e6 + static_cast<double>(t.tv_nsec) / 1e3;
}

template <typename T>
T must(Result<T> result) {
  if (result) return std::move(result).value();
  std::fprintf(stderr, "%s\n", result.status().message().c_str());
  std::exit(1);
}

void must(const Status& status) {
  if (status) return;
  std::fprintf(stderr, "%s\n", status.message().c_str());
  std::exit(1);
}

class Bench {
 public:
  Bench(std::string dir, std::uint64_t customers) : customers_(customers) {
    schema_.add("a", &v1::Evidence::default_instance());
    schema_.add("b", &v1::Contribution::default_instance());
    schema_.add("c", &v1::Rating::default_instance());
    schema_.add("d", &v1::Money::default_instance());
    schema_.add("e", &v1::Rating::default_instance());
    options_.dir = std::move(dir);
    options_.cache_max_bytes = customers * 10;
    store_ = must(TaskStore::open(options_, &schema_, &resources_));
  }

  void run(int rounds) {
    step("fill", customers_, [this] { fill(); });
    must(store_->restored(1, "bench"));
    const double before = cpu_us(CLOCK_PROCESS_CPUTIME_ID);
    for (int round = 0; round < rounds; ++round) {
      for (int e = 0; e < kEpochsPerCheckpoint; ++e) epoch("cold", customers_);
      checkpoint();
    }
    const double rows = rows_["cold find"];
    must(store_->close(true, 1));
    us_["cold total of the process"] = cpu_us(CLOCK_PROCESS_CPUTIME_ID) - before;
    rows_["cold total of the process"] = rows;
    store_.reset();
    options_.cache_max_bytes = std::size_t{1} << 30;
    store_ = must(TaskStore::open(options_, &schema_, &resources_));
    must(store_->restored(store_->position().changelog_offset, "bench"));
    for (int e = 0; e < kEpochsPerCheckpoint; ++e) epoch(e < 2 ? "warm-up" : "hot", kEpochRows / 2);
    step("find of one who is unknown", kEpochRows, [this] {
      for (std::size_t i = 0; i < kEpochRows; ++i) must(store_->find("nobody-" + std::to_string(i)));
    });
    print();
  }

 private:
  template <typename F>
  void step(const std::string& name, std::size_t rows, F f) {
    const double before = cpu_us(CLOCK_THREAD_CPUTIME_ID);
    f();
    us_[name] += cpu_us(CLOCK_THREAD_CPUTIME_ID) - before;
    rows_[name] += static_cast<double>(rows);
  }

  static std::string customer(std::uint64_t i) {
    char id[40];
    std::snprintf(id, sizeof id, "customer-%010llu", static_cast<unsigned long long>(i));
    return id;
  }

  static void change(Row* row, std::int64_t number) {
    static const google::protobuf::Message* const kinds[kSlices] = {
        &v1::Evidence::default_instance(), &v1::Contribution::default_instance(),
        &v1::Rating::default_instance(), &v1::Money::default_instance(), &v1::Rating::default_instance()};
    for (std::size_t i = 0; i < kSlices; ++i) {
      if (row->slices[i] == nullptr) row->make_slice(i, *kinds[i]);
    }
    auto& a = static_cast<v1::Evidence&>(*row->slices[0]);
    a.set_topic("purchases");
    a.set_offset(number);
    a.set_event_id("0123456789abcdef");
    auto& b = static_cast<v1::Contribution&>(*row->slices[1]);
    b.set_name("recency");
    b.set_points(static_cast<double>(number));
    auto& c = static_cast<v1::Rating&>(*row->slices[2]);
    c.set_value(static_cast<double>(number));
    c.set_max(10);
    auto& d = static_cast<v1::Money&>(*row->slices[3]);
    d.set_currency_code("EUR");
    d.set_minor_units(number);
    static_cast<v1::Rating&>(*row->slices[4]).set_min(static_cast<double>(number));
    row->clock_ms = 1'700'000'000'000 + number;
    row->due_ms = row->clock_ms + kDayMs;
  }

  void fill() {
    Row row;
    row.slices.resize(kSlices);
    std::string bytes;
    for (std::uint64_t i = 0; i < customers_; ++i) {
      // Not in order, as a changelog isn't.
      const std::uint64_t who = i * 7919 % customers_;
      change(&row, static_cast<std::int64_t>(who));
      bytes.clear();
      must(encode_row(row, schema_, &bytes));
      must(store_->restore(customer(who), bytes, static_cast<Offset>(i)));
    }
    row_bytes_ = bytes.size();
  }

  void epoch(const std::string& name, std::uint64_t of) {
    std::vector<std::string> who(kEpochRows);
    for (auto& id : who) id = customer(random_() % of);
    std::vector<Row*> rows(kEpochRows);
    // A row must be touched before the next find.
    step(name + " find", kEpochRows, [&] {
      for (std::size_t i = 0; i < kEpochRows; ++i) {
        rows[i] = must(store_->find_or_create(who[i]));
        store_->touch(rows[i]);
      }
    });
    for (Row* const row : rows) change(row, ++number_);
    std::vector<RowChange> changes;
    step(name + " settle, close_epoch", kEpochRows, [&] {
      for (Row* const row : rows) store_->settle(row);
      changes = must(store_->close_epoch(++epoch_));
    });
    step(name + " commit", kEpochRows,
         [&] { store_->commit(epoch_, std::move(changes), static_cast<Offset>(epoch_)); });
  }

  void checkpoint() {
    std::unique_ptr<CheckpointJob> job;
    const std::size_t rows = kEpochRows * kEpochsPerCheckpoint;
    step("cold checkpoint, worker", rows, [&] { job = store_->begin_checkpoint(1); });
    if (!job) {
      ++held_back_;
      return;
    }
    Status outcome;
    std::thread([&] { step("cold checkpoint, its thread", rows, [&] { outcome = job->run(); }); }).join();
    step("cold checkpoint, worker", 0, [&] { must(store_->end_checkpoint(std::move(job), outcome)); });
  }

  void print() const {
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    std::printf("{\"customers\": %llu, \"row_bytes\": %zu, \"checkpoints_held_back\": %d, \"rss_mb\": %ld",
                static_cast<unsigned long long>(customers_), row_bytes_, held_back_, usage.ru_maxrss / 1024);
    for (const auto& [name, us] : us_) {
      std::printf(",\n \"%s, us a row\": %.2f", name.c_str(), us / rows_.at(name));
    }
    std::printf("}\n");
  }

  const std::uint64_t customers_;
  RowSchema schema_;
  StateResources resources_{StateResources::Options{}};
  TaskStore::Options options_;
  std::unique_ptr<TaskStore> store_;
  std::mt19937_64 random_{1};
  std::int64_t number_ = 0;
  std::uint64_t epoch_ = 1;
  std::size_t row_bytes_ = 0;
  int held_back_ = 0;
  std::map<std::string, double> us_, rows_;
};

}  // namespace
}  // namespace ebb

int main(int argc, char** argv) {
  if (argc < 2) {
    std::fprintf(stderr, "usage: %s DIRECTORY [CUSTOMERS [ROUNDS]]\n", argv[0]);
    return 64;
  }
  ebb::Bench bench(argv[1], argc > 2 ? std::strtoull(argv[2], nullptr, 10) : 1'000'000);
  bench.run(argc > 3 ? std::atoi(argv[3]) : 10);
  return 0;
}
