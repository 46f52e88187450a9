#include "tests/simulation/world.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <memory>
#include <utility>

#include "engine/base/clock.h"
#include "state/resources.h"
#include "state/row_codec.h"
#include "tests/simulation/broker.h"
#include "tests/simulation/sim_instance.h"
#include "tests/simulation/sim_log.h"

namespace ebb::sim {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kMaxSteps = 400'000;
constexpr std::uint64_t kIdleSteps = 40;
constexpr std::uint64_t kAwaySteps = 3'000;
constexpr TimeMs kWallMs = 1'900'000'000'000;

struct Seat {
  std::string name;
  std::unique_ptr<SimInstance> instance;  // null: down
  TimeMs up_at_ms = 0;
  int disk = 0;          // counts its disks
  bool damaged = false;  // a file there was cut short
  bool copy_damaged = false;
};

// An instance that lives on while another has its name.
struct Zombie {
  std::unique_ptr<SimInstance> instance;
  TimeMs until_ms = 0;
};

class World {
 public:
  World(const Workload& workload, const RunOptions& options)
      : workload_(workload),
        options_(options),
        prng_(options.seed),
        clock_(kWallMs),
        faults_(options.kinds, prng_.fork()),
        tasks_(workload.config.partitions),
        broker_({.tasks = tasks_, .sinks = static_cast<int>(workload.config.sinks.size())}, &clock_,
                prng_.fork()),
        resources_({.memory_bytes = 64u << 20, .opening_threads = 1}) {
    cluster_ = {&broker_, &workload.input, &clock_, &faults_, 0};
    broker_.on_commit([this](TaskId task, const Entry& entry) { check_record(task, entry); });
    limits_.map_max_rows = static_cast<std::size_t>(prng_.between(4, 60));
    if (prng_.chance(500)) limits_.cache_max_bytes = static_cast<std::size_t>(prng_.between(1, 8000));
    fault_steps_ = static_cast<std::uint64_t>(prng_.between(200, 2500));
    fs::remove_all(options_.dir);
    for (int i = 0; i < options_.instances; ++i) seats_.emplace_back().name = fmt::format("i{}", i);
  }

  RunResult run() {
    while (result_.failure.empty() && !finished()) {
      if (++result_.steps > kMaxSteps) return fail("does not come to an end"), take_result();
      if (faults_.active() && time_to_end_faults()) end_faults();
      come_back();
      start_instances();
      step();
      world_faults();
      pass_time();
      if (!cluster_.frozen()) broker_.tick();
    }
    if (result_.failure.empty()) settle();
    if (result_.failure.empty()) collect();
    if (result_.failure.empty()) compare_stores();
    return take_result();
  }

 private:
  void fail(std::string why) {
    if (result_.failure.empty()) result_.failure = std::move(why);
  }

  RunResult take_result() {
    for (Seat& seat : seats_) end(seat);
    zombies_.clear();
    result_.faults = faults_.counts();
    return std::move(result_);
  }

  std::string dir_of(const Seat& seat) const {
    return fmt::format("{}/{}-{}", options_.dir, seat.name, seat.disk);
  }
  std::string copy_of(const Seat& seat) const { return options_.dir + "/" + seat.name + "-copy"; }

  // ---- instances

  void start_instances() {
    for (Seat& seat : seats_) {
      if (seat.instance != nullptr || clock_.steady_ms() < seat.up_at_ms) continue;
      if (faults_.hit(Fault::kWipedDisk)) empty_disk(seat);
      if (fs::exists(copy_of(seat)) && faults_.hit(Fault::kOldDisk)) {
        fs::remove_all(dir_of(seat));
        fs::rename(copy_of(seat), dir_of(seat));
        seat.damaged = seat.copy_damaged;
      }
      if (faults_.hit(Fault::kLeftoverFile)) leave_file(seat);
      if (faults_.hit(Fault::kTruncatedFile)) truncate_file(seat);
      seat.instance = std::make_unique<SimInstance>(seat.name, dir_of(seat), options_.workers, &workload_,
                                                    &cluster_, &resources_, limits_);
    }
  }

  void empty_disk(Seat& seat) {
    fs::remove_all(dir_of(seat));
    seat.damaged = false;
  }

  // In each task's folder a file as a checkpoint writes it before it is ingested: of the database's own
  // bytes, whole or cut short.
  void leave_file(const Seat& seat) {
    for (const fs::path& file : database_files(seat, ".sst")) {
      const fs::path leftover = file.parent_path().parent_path() / "checkpoint.sst";
      fs::copy_file(file, leftover, fs::copy_options::overwrite_existing);
      if (prng_.chance(700)) cut(leftover);
    }
  }

  void truncate_file(Seat& seat) {
    const std::vector<fs::path> files = database_files(seat, "");
    if (files.empty()) return;
    cut(files[static_cast<std::size_t>(prng_.below(static_cast<std::int64_t>(files.size())))]);
    seat.damaged = true;
  }

  void cut(const fs::path& file) {
    const auto size = static_cast<std::int64_t>(fs::file_size(file));
    if (size > 0) fs::resize_file(file, static_cast<std::uintmax_t>(prng_.below(size)));
  }

  // In order of names. Not RocksDB's own log, which holds no data.
  std::vector<fs::path> database_files(const Seat& seat, const std::string& extension) const {
    std::vector<fs::path> files;
    if (!fs::exists(dir_of(seat))) return files;
    for (const auto& file : fs::recursive_directory_iterator(dir_of(seat))) {
      if (!file.is_regular_file() || file.path().filename().string().rfind("LOG", 0) == 0) continue;
      if (extension.empty() || file.path().extension() == extension) files.push_back(file.path());
    }
    std::sort(files.begin(), files.end());
    return files;
  }

  void crash(Seat& seat) {
    ++result_.crashes;
    if (broker_.open_transactions() > 0) ++result_.crashes_in_transaction;
    end(seat);
    seat.up_at_ms = clock_.steady_ms() + (prng_.chance(500) ? prng_.below(500) : prng_.below(20'000));
    if (fs::exists(dir_of(seat)) && options_.kinds[static_cast<std::size_t>(Fault::kOldDisk)] &&
        prng_.chance(300)) {
      fs::remove_all(copy_of(seat));
      fs::copy(dir_of(seat), copy_of(seat), fs::copy_options::recursive);
      seat.copy_damaged = seat.damaged;
    }
    if (faults_.hit(Fault::kAway)) {
      seat.up_at_ms = clock_.steady_ms() + 2 * kDayMs;
      away_until_ms_ = std::max(away_until_ms_, seat.up_at_ms);
    }
  }

  // The same name once more, on another machine; the first knows nothing of it.
  void add_twin(Seat& seat) {
    count(*seat.instance);
    const TimeMs until_ms = clock_.steady_ms() + prng_.below(20'000);
    zombies_.push_back({std::move(seat.instance), until_ms});
    ++seat.disk;
    seat.damaged = false;
    seat.up_at_ms = clock_.steady_ms();
  }

  void end(Seat& seat) {
    if (seat.instance == nullptr) return;
    count(*seat.instance);
    seat.instance.reset();
  }

  void count(SimInstance& instance) {
    for (auto& worker : instance.workers()) {
      const WorkerCounters& c = worker->counters();
      result_.epochs_committed += c.epochs_committed.get();
      result_.epochs_dropped += c.epochs_dropped.get();
      result_.checkpoints += c.checkpoints.get();
    }
  }

  // ---- one round

  bool awake(const Seat& seat) const {
    return seat.instance != nullptr && clock_.steady_ms() >= seat.instance->frozen_until_ms;
  }

  void step() {
    Seat& seat = seats_[static_cast<std::size_t>(prng_.below(static_cast<std::int64_t>(seats_.size())))];
    if (!zombies_.empty() && prng_.chance(300)) return step_zombie();
    if (!awake(seat)) return;
    Worker& worker = any_worker(*seat.instance);
    const std::uint64_t before = work_done(worker);
    seat.instance->disk_works();
    if (Status status = worker.step(); !status && !seat.instance->wants_to_crash()) {
      gave_up(seat, status);
      return;
    }
    idle_ = work_done(worker) == before ? idle_ + 1 : 0;
    if (seat.instance->wants_to_crash() || faults_.hit(Fault::kCrash)) {
      crash(seat);
    } else if (seat.instance->gone()) {
      end(seat);
      seat.up_at_ms = clock_.steady_ms() + prng_.below(15'000);
    }
  }

  Worker& any_worker(SimInstance& instance) {
    auto& workers = instance.workers();
    return *workers[static_cast<std::size_t>(prng_.below(static_cast<std::int64_t>(workers.size())))];
  }

  // A zombie may do what it likes, and fail at it.
  void step_zombie() {
    Zombie& zombie = zombies_.back();
    zombie.instance->disk_works();
    const Status status = any_worker(*zombie.instance).step();
    if (!status || zombie.instance->wants_to_crash() || clock_.steady_ms() >= zombie.until_ms) {
      zombies_.pop_back();
    }
  }

  // A process ends by itself for two reasons only, and says which: there is no room, and it is started again;
  // or its disk is broken, and somebody takes that away before.
  void gave_up(Seat& seat, const Status& status) {
    const bool broken = says_broken(seat, status);
    if (!no_room(status) && !broken) return fail("a worker gave up: " + status.message());
    crash(seat);
    if (broken) empty_disk(seat);
  }

  static bool no_room(const Status& status) { return status.message().find(kNoRoom) != std::string::npos; }
  static bool says_broken(const Seat& seat, const Status& status) {
    return seat.damaged && status.message().find("damaged") != std::string::npos;
  }

  static std::uint64_t work_done(const Worker& worker) {
    const WorkerCounters& c = worker.counters();
    return c.records.get() + c.epochs_committed.get() + c.recovered_records.get() + c.resets.get() +
           c.recoveries.get();
  }

  void world_faults() {
    Seat& seat = seats_[static_cast<std::size_t>(prng_.below(static_cast<std::int64_t>(seats_.size())))];
    if (faults_.hit(Fault::kBrokerPause)) {
      cluster_.sources_paused_until_ms = clock_.steady_ms() + prng_.below(8'000);
    }
    if (faults_.hit(Fault::kBrokerFrozen)) {
      cluster_.frozen_until_ms = clock_.steady_ms() + prng_.below(12'000);
    }
    if (faults_.hit(Fault::kClockJump)) {
      clock_.jump_wall(prng_.chance(950) ? prng_.between(-10, 10) * kMinuteMs
                                         : prng_.between(1, 72) * kHourMs);
    }
    if (faults_.hit(Fault::kCompaction)) broker_.compact();
    if (faults_.hit(Fault::kLost)) {
      const auto members = broker_.members();
      if (!members.empty())
        broker_.evict(
            *members[static_cast<std::size_t>(prng_.below(static_cast<std::int64_t>(members.size())))]);
    }
    if (!awake(seat)) return;
    if (faults_.hit(Fault::kFreeze)) {
      if (prng_.chance(60)) {
        seat.instance->frozen_until_ms = clock_.steady_ms() + 2 * kDayMs;
        away_until_ms_ = std::max(away_until_ms_, seat.instance->frozen_until_ms);
        return;
      }
      seat.instance->frozen_until_ms =
          clock_.steady_ms() + (prng_.chance(300) ? prng_.below(500) : prng_.below(30'000));
    }
    if (faults_.hit(Fault::kRebalance)) seat.instance->drain();
    if (faults_.hit(Fault::kTwin)) add_twin(seat);
  }

  void pass_time() {
    if (idle_ > kIdleSteps) {
      idle_ = 0;
      // Nothing moves: let what is waited for come.
      if (away_until_ms_ > clock_.steady_ms() && prng_.chance(500)) clock_.advance(13 * kHourMs);
      clock_.advance(prng_.below(400));
      return;
    }
    clock_.advance(prng_.chance(900) ? prng_.below(4) : prng_.below(40));
  }

  // Not while somebody is away for days: that takes its time.
  bool time_to_end_faults() {
    if (away_until_ms_ > 0 && result_.steps < fault_steps_ + kAwaySteps) return false;
    return result_.steps >= fault_steps_ || (all_done() && prng_.chance(10));
  }

  // Whoever was away for days finds that tombstones have gone meanwhile.
  void come_back() {
    if (away_until_ms_ == 0 || clock_.steady_ms() < away_until_ms_) return;
    away_until_ms_ = 0;
    broker_.compact();
  }

  void end_faults() {
    faults_.end();
    cluster_.sources_paused_until_ms = 0;
    cluster_.frozen_until_ms = 0;
    zombies_.clear();
    for (Seat& seat : seats_) {
      if (seat.instance == nullptr) {
        seat.up_at_ms = 0;
      } else {
        seat.instance->frozen_until_ms =
            std::min(seat.instance->frozen_until_ms, clock_.steady_ms() + 15'000);
      }
    }
    away_until_ms_ = 0;
  }

  // ---- the end

  bool finished() const { return !faults_.active() && all_done(); }

  bool all_done() const {
    std::size_t tasks = 0;
    for (const Seat& seat : seats_) {
      if (!awake(seat)) return false;
      for (const auto& worker : seat.instance->workers()) {
        if (!worker->connected() || !worker->finished()) return false;
        tasks += worker->finished_tasks();
      }
    }
    return tasks == static_cast<std::size_t>(tasks_);
  }

  // Markers that are under way arrive.
  void settle() {
    for (int i = 0; i < 100; ++i) {
      clock_.advance(kSecondMs / 100);
      broker_.tick();
    }
  }

  void collect() {
    std::vector<std::string> names;
    for (const SourceConfig& s : workload_.config.sources) names.push_back(s.name);
    std::vector<std::string> sinks;
    for (const SinkConfig& s : workload_.config.sinks) sinks.push_back(s.name);
    std::int64_t counted = 0;
    for (TaskId t = 0; t < tasks_; ++t) {
      auto& rows = result_.outcome.rows[t];
      TaskProgress& progress = result_.outcome.progress[t];
      each_committed(broker_.changelog(t), [&](const Entry& e) {
        std::string graph;
        if (e.key == kTaskRecordKey) {
          if (!decode_progress(e.value, names, sinks, &progress, &graph)) fail("a task record is broken");
        } else if (e.tombstone) {
          rows.erase(e.key);
        } else {
          rows[e.key] = e.value;
        }
      });
      if (progress.sources.empty()) {
        for (const std::string& name : names) progress.sources.emplace_back().name = name;
        progress.outputs.assign(sinks.size(), 0);
      }
      counted += progress.total().total();
      collect_outputs(t, sinks);
      check_mirror(t, progress);
    }
    if (counted != workload_.records) {
      fail(fmt::format("the accounting has {} records of {}", counted, workload_.records));
    }
  }

  template <typename Visit>
  static void each_committed(const Partition& log, const Visit& visit) {
    Offset from = 0;
    while (const Entry* e = log.committed(from)) {
      visit(*e);
      from = e->offset + 1;
    }
  }

  void collect_outputs(TaskId task, const std::vector<std::string>& sinks) {
    for (std::size_t s = 0; s < sinks.size(); ++s) {
      auto& list = result_.outcome.outputs[fmt::format("{} of task {}", sinks[s], task)];
      each_committed(broker_.sink(static_cast<int>(s), task), [&](const Entry& e) {
        std::string text = e.key + (e.tombstone ? "\n(tombstone)" : "\n") + e.value;
        for (const auto& [name, value] : e.headers) text += "\n" + name + "=" + value;
        list.push_back(std::move(text));
      });
    }
  }

  void check_mirror(TaskId task, const TaskProgress& progress) {
    const auto it = broker_.group_offsets().find(task);
    if (it == broker_.group_offsets().end()) return;
    for (std::size_t s = 0; s < progress.sources.size(); ++s) {
      if (it->second[s] != progress.sources[s].next_offset)
        fail(fmt::format("task {}: the group's offsets differ from the task record", task));
    }
  }

  // Each committed epoch goes on from the one committed before: the moment at which exactly-once would break.
  void check_record(TaskId task, const Entry& entry) {
    if (entry.key != kTaskRecordKey) return;
    TaskProgress progress;
    std::string graph;
    if (!decode_progress(entry.value, {}, {}, &progress, &graph)) return fail("a task record is broken");
    std::int64_t& last = last_epoch_[task];
    if (progress.epoch != last + 1) {
      fail(fmt::format("task {}: epoch {} was committed after epoch {}", task, progress.epoch, last));
    }
    last = progress.epoch;
  }

  // What the stores answer is what the changelog says.
  void compare_stores() {
    for (Seat& seat : seats_) {
      for (auto& worker : seat.instance->workers()) {
        for (const TaskStatus& status : worker->status()) compare_store(seat, *worker, status.task);
      }
    }
  }

  void compare_store(const Seat& seat, Worker& worker, TaskId task) {
    const RowSchema& schema = workload_.topology->schema();
    for (int i = 0; i <= 12; ++i) {
      const std::string customer = i < 12 ? fmt::format("c{}", i) : std::string(Row::kShared);
      std::string bytes;
      auto asked =
          worker.ask(task, customer,
                     [&](Row* row, SharedState&, const Topology&, Topology::Scratch&, const TaskProgress&) {
                       if (row != nullptr) encode_row(*row, schema, &bytes).ignore();
                     });
      // It may hear only now that it has lost its tasks.
      for (int n = 0; asked.wait_for(std::chrono::seconds(0)) != std::future_status::ready; ++n) {
        if (n == 50) return fail("a question was left unanswered");
        seat.instance->disk_works();
        if (seat.instance->wants_to_crash()) return;  // a slow disk's work had a crash in store for it
        const Status status = worker.step();
        if (!status) {
          if (!no_room(status) && !says_broken(seat, status)) fail("a worker gave up: " + status.message());
          return;
        }
      }
      if (!asked.get()) return;  // it has the task no more
      const auto& rows = result_.outcome.rows.at(task);
      const auto it = rows.find(changelog_key(customer));
      if (bytes != (it == rows.end() ? std::string() : it->second)) {
        return fail(fmt::format("task {}: the store's row of {} is not the changelog's", task, customer));
      }
    }
  }

  const Workload& workload_;
  const RunOptions options_;
  Prng prng_;
  ManualClock clock_;
  Faults faults_;
  const std::int32_t tasks_;
  Broker broker_;
  StateResources resources_;
  Cluster cluster_;
  TaskStore::Options limits_;
  std::vector<Seat> seats_;
  std::vector<Zombie> zombies_;
  std::uint64_t fault_steps_ = 0;
  std::uint64_t idle_ = 0;
  TimeMs away_until_ms_ = 0;
  std::map<TaskId, std::int64_t> last_epoch_;
  RunResult result_;
};

}  // namespace

RunResult run_world(const Workload& workload, const RunOptions& options) {
  return World(workload, options).run();
}

}  // namespace ebb::sim
