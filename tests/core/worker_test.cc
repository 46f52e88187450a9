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
      worker.ask(0, "c", [](Row*, const Topology&, Topology::Scratch&, const TaskProgress&) {});
  ASSERT_TRUE(worker.step().is_ok());
  ASSERT_TRUE(worker.step().is_ok());
  ASSERT_EQ(answer.wait_for(std::chrono::seconds(0)), std::future_status::ready);
  EXPECT_FALSE(answer.get());
}

}  // namespace
}  // namespace ebb
