#include "engine/core/worker.h"

#include <gtest/gtest.h>

#include <chrono>

#include "config/diagnostics.h"
#include "tests/core/task_bench.h"

namespace ebb {
namespace {

class NoLog final : public Log {
 public:
  Status check() override { return Status::ok(); }
  Result<std::unique_ptr<WorkerLog>> open_worker(int) override {
    return Status::unavailable("nobody answers");
  }
  Result<std::vector<TopicState>> describe_topics(const std::vector<std::string>&) override { return none(); }
  Status create_topics(const std::vector<TopicSpec>&) override { return none(); }
  Result<std::unique_ptr<TopicReader>> open_reader(const std::string&, bool) override { return none(); }
  Result<std::unique_ptr<TopicWriter>> open_writer() override { return none(); }

 private:
  static Status none() { return Status::unavailable("nobody answers"); }
};

// Opens, and fails each poll.
class FailingLog final : public Log {
 public:
  explicit FailingLog(Status status) : status_(std::move(status)) {}

  Status check() override { return Status::ok(); }
  Result<std::unique_ptr<WorkerLog>> open_worker(int) override {
    return std::unique_ptr<WorkerLog>(std::make_unique<OfWorker>(status_));
  }
  Result<std::vector<TopicState>> describe_topics(const std::vector<std::string>&) override {
    return status_;
  }
  Status create_topics(const std::vector<TopicSpec>&) override { return status_; }
  Result<std::unique_ptr<TopicReader>> open_reader(const std::string&, bool) override { return status_; }
  Result<std::unique_ptr<TopicWriter>> open_writer() override { return status_; }

 private:
  class OfWorker final : public WorkerLog {
   public:
    explicit OfWorker(Status status) : status_(std::move(status)) {}
    Status poll(DurationMs, std::vector<GroupEvent>*) override { return status_; }
    void released(const std::vector<TaskId>&) override {}
    void wake() override {}
    Status begin_recovery(TaskId, Offset) override { return status_; }
    Result<RecoveryStep> recover(TaskId, RecordBatch*) override { return status_; }
    Status start(TaskId, const std::vector<Offset>&) override { return status_; }
    Status fetch(TaskId, SourceId, RecordBatch*) override { return status_; }
    SourceEnd end(TaskId, SourceId) override { return {}; }
    void stop(TaskId) override {}
    void submit(std::shared_ptr<const Epoch>) override {}
    bool next_outcome(CommitOutcome*) override { return false; }

   private:
    const Status status_;
  };

  const Status status_;
};

// Opened anew it would only fence the other one in its turn, and so on for ever.
TEST(Worker, EndsWhenAnotherProcessHasItsNameAndGoesOnWhenBrokersAreAway) {
  const Config config = bench_config("advance: events", "");
  Diagnostics diagnostics;
  const auto topology = Topology::build(config, &diagnostics);
  ASSERT_NE(topology, nullptr);
  ManualClock clock(kT0);
  for (const Code code : {Code::kFenced, Code::kInvalid, Code::kUnavailable, Code::kNotFound}) {
    FailingLog log(Status(code, "so it is"));
    Worker worker(worker_options(config, 0, 4), &log, topology.get(), nullptr, &clock);
    const bool goes_on = code == Code::kUnavailable || code == Code::kNotFound;
    EXPECT_EQ(worker.step().code(), goes_on ? Code::kOk : code);
  }
}

// Found by the simulation: who asked while a worker had no log waited until it had one.
TEST(Worker, AnswersQuestionsWhileItHasNoLog) {
  const Config config = bench_config("advance: events", "");
  Diagnostics diagnostics;
  const auto topology = Topology::build(config, &diagnostics);
  ASSERT_NE(topology, nullptr);
  ManualClock clock(kT0);
  NoLog log;
  WorkerOptions options;
  options.sources = config.sources;
  options.sinks = config.sinks;
  Worker worker(options, &log, topology.get(), nullptr, &clock);
  std::future<bool> answer =
      worker.ask(0, "c", [](Row*, SharedState&, const Topology&, Topology::Scratch&, const TaskProgress&) {});
  ASSERT_TRUE(worker.step().is_ok());
  ASSERT_TRUE(worker.step().is_ok());
  ASSERT_EQ(answer.wait_for(std::chrono::seconds(0)), std::future_status::ready);
  EXPECT_FALSE(answer.get());
}

}  // namespace
}  // namespace ebb
