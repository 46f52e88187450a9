// RocksDB's options for task stores. Only for .cc files of this folder.
#pragma once

#include <rocksdb/cache.h>
#include <rocksdb/env.h>
#include <rocksdb/options.h>
#include <rocksdb/rate_limiter.h>

#include <memory>
#include <string>

#include "engine/base/status.h"

namespace ebb {

struct RocksShared {
  rocksdb::Env* env = nullptr;  // the process's own, never deleted
  int opening_threads = 1;
  std::shared_ptr<rocksdb::Cache> block_cache;
  std::shared_ptr<rocksdb::RateLimiter> rate_limiter;
};

rocksdb::Options task_db_options(const RocksShared& shared);

// `what` says what was tried.
Status from_rocks(const rocksdb::Status& status, const std::string& what);

}  // namespace ebb
