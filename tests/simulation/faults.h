// What goes wrong in a run, how often, and how often it did.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "tests/simulation/prng.h"

namespace ebb::sim {

enum class Fault {
  kCrash,            // an instance ends between two steps
  kCrashInCommit,    // ... at a point inside a commit: before, between and after its requests
  kCrashInCall,      // ... inside any other call of the log
  kCheckpointCrash,  // ... while a checkpoint is written, before or after the ingestion
  kEndLost,          // EndTxn never arrives, no answer
  kEndLate,          // EndTxn arrives late, no answer
  kEndAnswerLost,    // EndTxn does its work, no answer
  kEndRepeated,   // the connection breaks, the client sends EndTxn again and hears OK; the first comes later
  kSendFail,      // a record can't be sent
  kFreeze,        // an instance stands still, perhaps so long that others take over
  kTwin,          // a second process starts as the same instance, with a disk of its own; the first lives on
  kBrokerPause,   // the sources give nothing
  kBrokerFrozen,  // the brokers stand still, and no client is told
  kUnavailable,   // a call of the log fails for the moment
  kRebalance,     // an instance more or one less, in order
  kGeneration,    // the membership isn't whole when offsets are sent
  kStaleGeneration,  // ... or what the client knows of it is of before the last rebalance
  kLost,             // the group gives the tasks of a live member away
  kClockJump,        // the wall clock jumps by minutes, or days ahead
  kWipedDisk,        // an instance comes back with an empty disk
  kOldDisk,          // ... with the disk as it was some time ago
  kAway,             // ... after more time than tombstones are kept
  kTruncatedFile,    // ... with a file of its database cut short
  kLeftoverFile,     // ... with what an interrupted checkpoint left
  kDiskFull,         // a checkpoint finds no room
  kDiskSlow,         // a checkpoint takes seconds
  kCompaction,       // the changelog is compacted
  kCount_,
};

inline constexpr std::size_t kFaults = static_cast<std::size_t>(Fault::kCount_);
std::string_view fault_name(Fault fault);
std::optional<Fault> fault_of_name(std::string_view name);

using FaultCounts = std::array<std::uint64_t, kFaults>;

// Thread: one.
class Faults {
 public:
  // Which kinds may happen.
  using Kinds = std::array<bool, kFaults>;

  Faults(const Kinds& kinds, Prng prng);

  // Does it happen now? Never once the faults are over.
  bool hit(Fault fault);
  void end() { active_ = false; }
  bool active() const { return active_; }

  const FaultCounts& counts() const { return counts_; }
  Prng& prng() { return prng_; }

 private:
  std::array<int, kFaults> per_100k_{};
  FaultCounts counts_{};
  bool active_ = true;
  Prng prng_;
};

}  // namespace ebb::sim
