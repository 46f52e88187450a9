// The scenarios of docs/exactly-once.md on the simulated cluster: seeds with just the faults that each is
// made of, which must have happened. All of them together are what `simulate` runs.
#include <gtest/gtest.h>

#include <initializer_list>
#include <string>

#include "tests/simulation/seeds.h"
#include "tests/temp_dir.h"

namespace ebb::sim {
namespace {

constexpr std::uint64_t kSeeds = 64;

// `must`: faults that the scenario is about. `with`: what else goes wrong meanwhile.
void run_seeds(std::initializer_list<Fault> must, std::initializer_list<Fault> with) {
  Faults::Kinds kinds{};
  for (const Fault f : must) kinds[static_cast<std::size_t>(f)] = true;
  for (const Fault f : with) kinds[static_cast<std::size_t>(f)] = true;
  const TempDir dir;
  Seeds seeds(dir.file("disks"));
  FaultCounts counts{};
  for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
    const RunResult result = seeds.run(seed, kinds);
    ASSERT_EQ(result.failure, "") << "seed " << seed;
    for (std::size_t i = 0; i < kFaults; ++i) counts[i] += result.faults[i];
  }
  for (const Fault f : must) EXPECT_GT(counts[static_cast<std::size_t>(f)], 0u) << fault_name(f);
}

TEST(Simulation, KillsAtAnyMomentLoseAndDoubleNothing) {
  run_seeds({Fault::kCrash, Fault::kCrashInCommit, Fault::kCrashInCall, Fault::kCheckpointCrash}, {});
}

TEST(Simulation, RecordsThatCantBeSentEndTheirEpoch) {
  run_seeds({Fault::kSendFail, Fault::kUnavailable}, {Fault::kCrashInCommit});
}

TEST(Simulation, AnEndOfUnknownOutcomeIsUnknown) {
  run_seeds({Fault::kEndLost, Fault::kEndLate, Fault::kEndAnswerLost}, {Fault::kCrashInCommit});
}

TEST(Simulation, ARepeatedEndThatComesLateEndsNoOtherTransaction) {
  run_seeds({Fault::kEndRepeated, Fault::kEndLate}, {Fault::kCrashInCommit});
}

TEST(Simulation, WithoutProofOfMembershipNothingIsCommitted) {
  run_seeds({Fault::kGeneration, Fault::kStaleGeneration, Fault::kLost}, {Fault::kFreeze});
}

TEST(Simulation, TasksMoveWhileEpochsAreOpen) {
  run_seeds({Fault::kRebalance, Fault::kLost}, {Fault::kCrash});
}

TEST(Simulation, WhoStoodStillOrHasATwinIsFenced) {
  run_seeds({Fault::kFreeze, Fault::kTwin}, {Fault::kCrash});
}

TEST(Simulation, FrozenBrokersAndSilentSourcesChangeNothing) {
  run_seeds({Fault::kBrokerFrozen, Fault::kBrokerPause}, {Fault::kCrash});
}

TEST(Simulation, ClocksThatJumpChangeNothing) {
  run_seeds({Fault::kClockJump}, {Fault::kCrash, Fault::kFreeze});
}

TEST(Simulation, ADiskThatWasAwayBringsNobodyBack) {
  run_seeds({Fault::kAway, Fault::kCompaction, Fault::kOldDisk, Fault::kWipedDisk}, {Fault::kCrash});
}

TEST(Simulation, FilesCutShortOrLeftOverEndInAnErrorOrARestore) {
  run_seeds({Fault::kTruncatedFile, Fault::kLeftoverFile}, {Fault::kCrash, Fault::kCheckpointCrash});
}

TEST(Simulation, ADiskThatIsFullOrSlowHoldsUpAndLosesNothing) {
  run_seeds({Fault::kDiskFull, Fault::kDiskSlow}, {Fault::kCrash, Fault::kRebalance});
}

TEST(Simulation, TheSameSeedIsTheSameRun) {
  Faults::Kinds all{};
  all.fill(true);
  const TempDir dir;
  for (const std::uint64_t seed : {3u, 77u}) {
    const RunResult one = Seeds(dir.file("one")).run(seed, all);
    const RunResult two = Seeds(dir.file("two")).run(seed, all);
    EXPECT_EQ(one.steps, two.steps);
    EXPECT_EQ(one.faults, two.faults);
    EXPECT_EQ(difference(one.outcome, two.outcome), "");
  }
}

}  // namespace
}  // namespace ebb::sim
