// A running engine with everything under it: state directory, shared resources, log, instance. The commands
// that process events (run, replay, demo) are thin around it.
#pragma once

#include <memory>
#include <string>

#include "engine/app/loaded.h"
#include "engine/base/status.h"
#include "engine/core/instance.h"
#include "engine/embedded/embedded_log.h"
#include "engine/files/files_log.h"
#include "engine/log.h"

namespace ebb {
class StateDir;
class StateResources;
}  // namespace ebb

namespace ebb::app {

// Where the files log reads and who takes what comes out; for LogKind::kFiles only.
struct FilesIo {
  std::string in_dir;
  OutputHandler on_output;
};

// Thread-safety: start, stop and destroy from one thread; the accessors from any between them.
class Runtime {
 public:
  // Opens everything and starts the workers. loaded outlives the runtime; its log.kind says which log.
  // Errors: kUnavailable (locked state directory, no broker, topics missing, ...), kInvalid, kInternal.
  static Result<std::unique_ptr<Runtime>> start(const Loaded* loaded, FilesIo files = {});
  // The same with an embedded log that is open already, for as many workers as workers_for() says.
  static Result<std::unique_ptr<Runtime>> start_on(const Loaded* loaded, std::unique_ptr<EmbeddedLog> log);
  // Stops without draining what stop() has not.
  ~Runtime();
  Runtime(const Runtime&) = delete;
  Runtime& operator=(const Runtime&) = delete;

  Instance& instance() const { return *instance_; }
  Log& log() const { return *log_; }
  EmbeddedLog* embedded() const { return embedded_; }  // null unless the log is the embedded one
  const std::string& instance_id() const;
  std::int32_t partitions() const { return partitions_; }

  // Commits what is open and closes the stores. kUnavailable: not done in that time; nothing is lost, what is
  // not committed will be read again.
  Status stop(DurationMs timeout_ms);

 private:
  explicit Runtime(const Loaded* loaded);
  Status open_state();
  Status open_log(FilesIo files);
  Status find_partitions();
  Status start_instance();

  const Loaded* loaded_;
  int workers_ = 1;
  std::int32_t partitions_ = 0;
  std::unique_ptr<StateDir> state_dir_;
  std::unique_ptr<StateResources> resources_;
  std::unique_ptr<Log> log_;
  EmbeddedLog* embedded_ = nullptr;
  std::unique_ptr<Instance> instance_;
};

// Threads that process events: engine.workers, or the machine's cores; never more than partitions, if known.
int workers_for(const Config& config);

}  // namespace ebb::app
