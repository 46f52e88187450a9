#include "engine/core/open_epoch.h"

#include <google/protobuf/util/json_util.h>

#include <cassert>
#include <utility>

#include "ebb/v1/alert.pb.h"
#include "ebb/v1/request.pb.h"
#include "ebb/v1/risk.pb.h"
#include "ebb/v1/segment.pb.h"

namespace ebb {
namespace {

bool takes(const SinkConfig& sink, const google::protobuf::Message& message) {
  const google::protobuf::Descriptor* type = message.GetDescriptor();
  switch (sink.kind) {
    case SinkKind::kAlerts:
      return type == v1::Alert::descriptor() && static_cast<const v1::Alert&>(message).lens() == sink.lens;
    case SinkKind::kRisk:
      return type == v1::Risk::descriptor();
    case SinkKind::kDeadLetters:
      return false;
    case SinkKind::kRequests:
      return type == v1::Request::descriptor();
    case SinkKind::kSegments:
      return type == v1::SegmentDay::descriptor();
  }
  return false;
}

void encode(const SinkConfig& sink, const google::protobuf::Message& message, OutRecord* out) {
  if (sink.format == SinkFormat::kJson) {
    // Can't fail: the message was built by us from valid UTF-8.
    (void)google::protobuf::util::MessageToJsonString(message, &out->value);
    out->headers.emplace_back("content-type", "application/json");
    return;
  }
  message.SerializeToString(&out->value);
}

}  // namespace

OpenEpoch::OpenEpoch(const Topology* topology, const std::vector<SinkConfig>* sinks)
    : topology_(topology), sinks_(sinks) {
  for (std::size_t i = 0; i < sinks_->size(); ++i) {
    if ((*sinks_)[i].kind == SinkKind::kDeadLetters) dead_letter_sink_ = static_cast<int>(i);
  }
  assert(dead_letter_sink_ >= 0);
}

void OpenEpoch::set_task(TaskId task, std::vector<std::int64_t>* counts) {
  task_ = task;
  counts_ = counts;
}

void OpenEpoch::emit(int node, std::string_view customer, const google::protobuf::Message& message,
                     TimeMs /*at_ms*/) {
  for (int s : topology_->nodes()[static_cast<std::size_t>(node)].sinks) {
    const SinkConfig& sink = (*sinks_)[static_cast<std::size_t>(s)];
    if (!takes(sink, message)) continue;
    OutRecord record;
    record.key = customer;
    encode(sink, message, &record);
    add(s, std::move(record));
    if (sink.kind == SinkKind::kAlerts) alert_waits_ = true;
  }
}

void OpenEpoch::forget(std::string_view customer) {
  for (std::size_t s = 0; s < sinks_->size(); ++s) {
    if ((*sinks_)[s].kind != SinkKind::kRisk) continue;
    OutRecord record;
    record.key = customer;
    record.tombstone = true;
    add(static_cast<int>(s), std::move(record));
  }
}

void OpenEpoch::dead_letter(OutRecord record) {
  add(dead_letter_sink_, std::move(record));
}

void OpenEpoch::add(int sink, OutRecord record) {
  record.sink = sink;
  record.task = task_;
  bytes_ += record.key.size() + record.value.size() + 64;
  ++(*counts_)[static_cast<std::size_t>(sink)];
  outputs_.push_back(std::move(record));
}

std::vector<OutRecord> OpenEpoch::take() {
  bytes_ = 0;
  alert_waits_ = false;
  return std::exchange(outputs_, {});
}

}  // namespace ebb
