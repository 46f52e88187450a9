#include "engine/kafka/source_fetcher.h"

#include <fmt/format.h>

#include <utility>

namespace ebb::kafka {

template <typename Tasks>
auto SourceFetcher::find(Tasks& tasks, TaskId task, SourceId source) -> decltype(tasks.at(task).data()) {
  const auto at = tasks.find(task);
  if (at == tasks.end() || source < 0 || static_cast<std::size_t>(source) >= at->second.size())
    return nullptr;
  return &at->second[static_cast<std::size_t>(source)];
}

Status SourceFetcher::start(TaskId task, const std::vector<Offset>& positions) {
  if (positions.size() != source_topics_.size()) {
    return Status::internal(
        fmt::format("task {}: {} positions for {} sources", task, positions.size(), source_topics_.size()));
  }
  stop(task);
  std::vector<Source> sources(positions.size());
  for (std::size_t s = 0; s < sources.size(); ++s) {
    const Offset from = positions[s] < 0 ? PartitionStream::kFromBeginning : positions[s];
    EBB_ASSIGN(sources[s].stream, PartitionStream::start(client_, source_topics_[s], task, from, waker_));
    sources[s].read_to = std::max<Offset>(positions[s], 0);
  }
  tasks_[task] = std::move(sources);
  watch_.add(task);
  return Status::ok();
}

Status SourceFetcher::fetch(TaskId task, SourceId source, RecordBatch* out) {
  Source* const from = find(tasks_, task, source);
  if (!from) return Status::internal(fmt::format("task {} is not being read", task));
  EBB_TRY(from->stream->fetch(out));
  if (!out->empty()) from->read_to = out->records.back().offset + 1;
  if (from->stream->end()) from->read_to = *from->stream->end();
  unfinished_ |= from->stream->has_more();
  const bool is_dry = !from->stream->has_more() && !from->stream->end();
  if (is_dry && from->read_to < watch_.last_answer(task, source).end) watch_.hurry();
  return Status::ok();
}

SourceEnd SourceFetcher::end(TaskId task, SourceId source) const {
  const Source* const of = find(tasks_, task, source);
  if (!of) return {};
  const EndWatch::Answer answer = watch_.last_answer(task, source);
  // Markers take offsets too, so reading up to the last record may fall short of the end that was told; the
  // client's own end of partition counts them.
  const bool is_confirmed = answer.asked_steady_ms > 0 && of->read_to >= answer.end;
  return {is_confirmed || of->stream->end().has_value(), is_confirmed ? answer.asked_steady_ms : 0};
}

void SourceFetcher::stop(TaskId task) {
  watch_.remove(task);
  tasks_.erase(task);
}

bool SourceFetcher::take_unfinished() {
  return std::exchange(unfinished_, false);
}

}  // namespace ebb::kafka
