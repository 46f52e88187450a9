#include "state/resources.h"

#include <algorithm>

#include "state/rocks_options.h"

namespace ebb {

StateResources::StateResources(const Options& options)
    : options_(options), rocks_(std::make_unique<RocksShared>()) {
  rocks_->env = rocksdb::Env::Default();
  rocks_->env->SetBackgroundThreads(options.background_threads, rocksdb::Env::LOW);
  rocks_->env->SetBackgroundThreads(1, rocksdb::Env::HIGH);
  rocks_->opening_threads = options.opening_threads;
  rocks_->block_cache = rocksdb::NewLRUCache(options.memory_bytes / 20);
  rocks_->rate_limiter.reset(rocksdb::NewGenericRateLimiter(options.compaction_bytes_per_s));
}

StateResources::~StateResources() = default;

std::size_t StateResources::stores_or_one() const {
  return static_cast<std::size_t>(std::max(1, stores_.load(std::memory_order_relaxed)));
}

void StateResources::add_map(std::int64_t bytes, std::int64_t tail_records) {
  map_bytes_.fetch_add(bytes, std::memory_order_relaxed);
  tail_records_.fetch_add(tail_records, std::memory_order_relaxed);
}

bool StateResources::wants_checkpoint(std::size_t map_bytes, std::uint64_t tail_records) const {
  const auto stores = static_cast<std::int64_t>(stores_or_one());
  const std::int64_t all_bytes = map_bytes_.load(std::memory_order_relaxed);
  const std::int64_t all_records = tail_records_.load(std::memory_order_relaxed);
  const bool bytes =
      all_bytes > maps_max_bytes() && static_cast<std::int64_t>(map_bytes) >= all_bytes / stores;
  const bool records = all_records > static_cast<std::int64_t>(options_.tail_max_records) &&
                       static_cast<std::int64_t>(tail_records) >= all_records / stores;
  return bytes || records;
}

bool StateResources::maps_full() const {
  return map_bytes_.load(std::memory_order_relaxed) > 2 * maps_max_bytes();
}

std::size_t StateResources::block_cache_used_bytes() const {
  return rocks_->block_cache->GetUsage();
}

}  // namespace ebb
