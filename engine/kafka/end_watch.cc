#include "engine/kafka/end_watch.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <chrono>
#include <utility>

#include "engine/base/clock.h"
#include "engine/kafka/end_offsets.h"
#include "engine/kafka/waker.h"

namespace ebb::kafka {

EndWatch::EndWatch(std::shared_ptr<FetchClient> client, std::vector<std::string> source_topics,
                   DurationMs freshness_ms, Waker* waker)
    : client_(std::move(client)),
      source_topics_(std::move(source_topics)),
      interval_ms_(std::max<DurationMs>(freshness_ms / 2, 1)),
      waker_(waker),
      thread_([this] { run(); }) {}

EndWatch::~EndWatch() {
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  changed_.notify_one();
  thread_.join();
}

void EndWatch::add(TaskId task) {
  {
    const std::lock_guard lock(mutex_);
    for (std::size_t s = 0; s < source_topics_.size(); ++s) answers_[{task, static_cast<SourceId>(s)}] = {};
    has_new_ = true;
  }
  changed_.notify_one();
}

void EndWatch::remove(TaskId task) {
  const std::lock_guard lock(mutex_);
  std::erase_if(answers_, [&](const auto& entry) { return entry.first.first == task; });
}

void EndWatch::hurry() {
  {
    const std::lock_guard lock(mutex_);
    if (std::exchange(hurry_, true)) return;
  }
  changed_.notify_one();
}

EndWatch::Answer EndWatch::last_answer(TaskId task, SourceId source) const {
  const std::lock_guard lock(mutex_);
  const auto at = answers_.find({task, source});
  return at == answers_.end() ? Answer{} : at->second;
}

void EndWatch::run() {
  std::unique_lock lock(mutex_);
  while (!stop_) {
    changed_.wait(lock, [this] { return stop_ || !answers_.empty(); });
    if (stop_) return;
    has_new_ = false;
    ask(&lock);
    const auto pause_ms = [](DurationMs ms) { return std::chrono::milliseconds(ms); };
    const auto must_ask = [this] { return stop_ || has_new_; };
    if (changed_.wait_for(lock, pause_ms(std::min(kHurryMs, interval_ms_)), must_ask)) continue;
    changed_.wait_for(lock, pause_ms(interval_ms_ - std::min(kHurryMs, interval_ms_)),
                      [&] { return must_ask() || hurry_; });
    hurry_ = false;
  }
}

void EndWatch::ask(std::unique_lock<std::mutex>* lock) {
  std::vector<Place> places;
  std::vector<PartitionId> partitions;
  for (const auto& [place, answer] : answers_) {
    places.push_back(place);
    partitions.push_back({source_topics_[static_cast<std::size_t>(place.second)], place.first});
  }
  lock->unlock();
  const TimeMs asked_ms = system_clock().steady_ms();
  const auto ends = end_offsets(client_->client(), partitions, 2 * interval_ms_);
  if (!ends.is_ok()) spdlog::debug("ends of the sources not confirmed: {}", ends.status().message());
  lock->lock();
  if (!ends.is_ok()) return;
  for (std::size_t i = 0; i < places.size(); ++i) {
    const auto at = answers_.find(places[i]);
    if (at != answers_.end() && (*ends)[i] >= 0) at->second = {(*ends)[i], asked_ms};
  }
  waker_->wake();
}

}  // namespace ebb::kafka
