#include "state/rocks_options.h"

#include <rocksdb/filter_policy.h>
#include <rocksdb/table.h>

namespace ebb {
namespace {

constexpr std::size_t kBlockBytes = 4096;
constexpr double kBloomBitsPerKey = 10;

rocksdb::BlockBasedTableOptions table_options(const RocksShared& shared) {
  rocksdb::BlockBasedTableOptions table;
  table.block_cache = shared.block_cache;
  table.block_size = kBlockBytes;
  table.format_version = 5;
  table.checksum = rocksdb::kXXH3;  // Debian's build has CRC32 in software only
  table.filter_policy.reset(rocksdb::NewBloomFilterPolicy(kBloomBitsPerKey, false));
  table.data_block_index_type = rocksdb::BlockBasedTableOptions::kDataBlockBinaryAndHash;
  // Index and filters count in the one memory budget, yet a Get doesn't look them up in the cache.
  table.cache_index_and_filter_blocks = true;
  table.metadata_cache_options.unpartitioned_pinning = rocksdb::PinningTier::kAll;
  table.metadata_cache_options.partition_pinning = rocksdb::PinningTier::kAll;
  return table;
}

}  // namespace

rocksdb::Options task_db_options(const RocksShared& shared) {
  rocksdb::Options options;
  options.env = shared.env;
  options.rate_limiter = shared.rate_limiter;
  options.create_if_missing = true;
  options.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table_options(shared)));
  options.compression = rocksdb::kLZ4Compression;
  // Only positions pass through the memtable: it stays tiny.
  options.write_buffer_size = 256 << 10;
  options.arena_block_size = 32 << 10;
  options.max_total_wal_size = 1 << 20;
  // RocksDB would set 4 MB aside for each, which is most of the time that opening takes. Ours hold some KB.
  options.manifest_preallocation_size = 16 << 10;
  options.max_open_files = 256;
  options.max_file_opening_threads = shared.opening_threads;
  // Each compaction of level 0 rewrites the level below it, so it should be worth it; a further file to look
  // into costs a Get one look into a bloom filter. Below what TaskDb::behind() takes for too many.
  options.level0_file_num_compaction_trigger = 8;
  options.level_compaction_dynamic_level_bytes = true;
  options.target_file_size_base = 32 << 20;
  options.info_log_level = rocksdb::WARN_LEVEL;
  options.keep_log_file_num = 2;
  options.stats_dump_period_sec = 0;
  options.stats_persist_period_sec = 0;
  options.skip_stats_update_on_db_open = true;
  options.skip_checking_sst_file_sizes_on_db_open = true;
  return options;
}

Status from_rocks(const rocksdb::Status& status, const std::string& what) {
  if (status.ok()) return Status::ok();
  std::string text = "RocksDB: " + what + ": " + status.ToString();
  if (status.IsCorruption()) {
    text += " (these files are damaged: move the task's folder away and start again; the changelog fills it)";
  }
  return Status::internal(std::move(text));
}

}  // namespace ebb
