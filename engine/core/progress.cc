#include "engine/core/progress.h"

#include "ebb/state/v1/task_record.pb.h"

namespace ebb {
namespace {

void encode_source(const SourceProgress& p, state::v1::SourceProgress* out) {
  out->set_source(p.name);
  out->set_next_offset(p.next_offset);
  if (p.clock.largest_ms != kBeginning) out->set_max_event_time_ms(p.clock.largest_ms);
  if (p.clock.jump_count > 0) out->set_jump_event_time_ms(p.clock.jump_ms);
  out->set_jump_confirmations(p.clock.jump_count);
  if (p.clock.order_ms != kBeginning) out->set_merge_time_ms(p.clock.order_ms);
  if (p.last_arrival_wall_ms > 0) out->set_last_arrival_ms(p.last_arrival_wall_ms);
  out->set_applied(p.counts.applied);
  out->set_duplicate(p.counts.duplicate);
  out->set_dead_lettered(p.counts.dead_lettered);
  out->set_erased(p.counts.erased);
  out->set_gaps(p.gaps);
  out->set_gap_offsets(p.gap_offsets);
}

void decode_source(const state::v1::SourceProgress& in, SourceProgress* p) {
  p->next_offset = in.next_offset();
  p->clock.largest_ms = in.has_max_event_time_ms() ? in.max_event_time_ms() : kBeginning;
  p->clock.jump_ms = in.has_jump_event_time_ms() ? in.jump_event_time_ms() : kBeginning;
  p->clock.jump_count = in.jump_confirmations();
  p->clock.order_ms = in.has_merge_time_ms() ? in.merge_time_ms() : kBeginning;
  p->last_arrival_wall_ms = in.last_arrival_ms();
  p->counts = {in.applied(), in.duplicate(), in.dead_lettered(), in.erased()};
  p->gaps = in.gaps();
  p->gap_offsets = in.gap_offsets();
}

}  // namespace

Accounting& Accounting::operator+=(const Accounting& o) {
  applied += o.applied;
  duplicate += o.duplicate;
  dead_lettered += o.dead_lettered;
  erased += o.erased;
  return *this;
}

void count(Fate fate, Accounting* accounting) {
  switch (fate) {
    case Fate::kApplied:
      ++accounting->applied;
      return;
    case Fate::kDuplicate:
      ++accounting->duplicate;
      return;
    case Fate::kDeadLettered:
      ++accounting->dead_lettered;
      return;
    case Fate::kErased:
      ++accounting->erased;
      return;
  }
}

Accounting TaskProgress::total() const {
  Accounting sum;
  for (const SourceProgress& p : sources) sum += p.counts;
  return sum;
}

std::string encode_progress(const TaskProgress& progress, const std::vector<std::string>& sink_names,
                            const WriterInfo& writer, TimeMs wall_ms) {
  state::v1::TaskRecord record;
  record.set_task(progress.task);
  record.set_epoch(progress.epoch);
  for (const SourceProgress& p : progress.sources) encode_source(p, record.add_sources());
  if (progress.watermark_ms != kBeginning) record.set_watermark_ms(progress.watermark_ms);
  record.set_timers_fired(progress.timers_fired);
  for (std::size_t i = 0; i < sink_names.size(); ++i) {
    state::v1::NamedCount* count = record.add_outputs();
    count->set_name(sink_names[i]);
    count->set_count(progress.outputs[i]);
  }
  state::v1::Writer* w = record.mutable_writer();
  w->set_instance_id(writer.instance);
  for (const std::string& id : writer.transactional_ids) w->add_transactional_ids(id);
  w->set_http_address(writer.http_address);
  w->set_ebb_version(writer.version);
  record.set_changelog_incarnation(progress.incarnation);
  record.set_graph_version(writer.graph_version);
  record.set_written_at_ms(wall_ms);
  return record.SerializeAsString();
}

bool decode_progress(const std::string& bytes, const std::vector<std::string>& source_names,
                     const std::vector<std::string>& sink_names, TaskProgress* out,
                     std::string* graph_version) {
  state::v1::TaskRecord record;
  if (!record.ParseFromString(bytes)) return false;
  *out = {};
  out->task = record.task();
  out->epoch = record.epoch();
  for (const std::string& name : source_names) {
    SourceProgress& p = out->sources.emplace_back();
    p.name = name;
    for (const state::v1::SourceProgress& in : record.sources()) {
      if (in.source() == name) decode_source(in, &p);
    }
  }
  out->watermark_ms = record.has_watermark_ms() ? record.watermark_ms() : kBeginning;
  out->timers_fired = record.timers_fired();
  out->outputs.assign(sink_names.size(), 0);
  for (std::size_t i = 0; i < sink_names.size(); ++i) {
    for (const state::v1::NamedCount& in : record.outputs()) {
      if (in.name() == sink_names[i]) out->outputs[i] = in.count();
    }
  }
  out->incarnation = record.changelog_incarnation();
  *graph_version = record.graph_version();
  return true;
}

}  // namespace ebb
