#include "engine/app/replay_output.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "engine/app/sink_records.h"
#include "engine/json/json_writer.h"
#include "google/protobuf/util/time_util.h"

namespace ebb::app {
namespace {

Status io_error(const std::string& what) {
  return Status::unavailable(what + ": " + std::strerror(errno));
}

Record as_record(const OutRecord& out) {
  Record record;
  record.timestamp_ms = out.timestamp_ms;
  record.key = out.key;
  record.value = out.value;
  record.has_key = !out.key.empty();
  record.has_value = !out.tombstone;
  for (const auto& [name, value] : out.headers) record.headers.push_back({name, value});
  return record;
}

}  // namespace

Result<Spool> Spool::create(const std::string& dir) {
  std::string path = dir + "/.spool-XXXXXX";
  const int fd = mkstemp(path.data());
  if (fd < 0) return io_error(dir + ": can't write");
  unlink(path.c_str());  // gone with the process, however that ends
  return Spool(fdopen(fd, "w+b"));
}

Result<Spool::Place> Spool::add(const std::string& line) {
  if (std::fwrite(line.data(), 1, line.size(), file_.get()) != line.size()) return io_error("can't write");
  const Place place{end_, static_cast<std::uint32_t>(line.size())};
  end_ += static_cast<std::int64_t>(line.size());
  return place;
}

Status Spool::read(const Place& place, std::string* line) {
  if (std::fflush(file_.get()) != 0) return io_error("can't write");
  line->resize(place.size);
  if (pread(fileno(file_.get()), line->data(), place.size, place.offset) !=
      static_cast<ssize_t>(place.size)) {
    return io_error("can't read back");
  }
  return Status::ok();
}

ReplayOutput::ReplayOutput(std::string dir, const Config* config, bool risk_history, Spool spool)
    : dir_(std::move(dir)), config_(config), risk_history_(risk_history), spool_(std::move(spool)) {
  const auto risk = std::find_if(config_->sinks.begin(), config_->sinks.end(),
                                 [](const SinkConfig& s) { return s.kind == SinkKind::kRisk; });
  if (risk != config_->sinks.end()) risk_sink_ = static_cast<int>(risk - config_->sinks.begin());
}

Result<std::unique_ptr<ReplayOutput>> ReplayOutput::create(const std::string& dir, const Config* config,
                                                           bool risk_history) {
  EBB_ASSIGN(Spool spool, Spool::create(dir));
  return std::unique_ptr<ReplayOutput>(new ReplayOutput(dir, config, risk_history, std::move(spool)));
}

Status ReplayOutput::take(const OutRecord& record) {
  switch (config_->sinks[static_cast<std::size_t>(record.sink)].kind) {
    case SinkKind::kAlerts:
      return take_alert(record);
    case SinkKind::kRisk:
      return take_risk(record);
    case SinkKind::kDeadLetters:
      return take_dead_letter(record);
    case SinkKind::kRequests: {
      EBB_ASSIGN(const v1::Request request, decode_request(record.value));
      return take_dated(request, request.event_time(), record, &dated_["requests.jsonl"]);
    }
    case SinkKind::kSegments: {
      EBB_ASSIGN(const v1::SegmentDay segment, decode_segment(record.value));
      return take_dated(segment, segment.day_end_time(), record, &dated_["segments.jsonl"]);
    }
  }
  return Status::internal("an output for no kind of sink");
}

Status ReplayOutput::take_dated(const google::protobuf::Message& message,
                                const google::protobuf::Timestamp& time, const OutRecord& record, Dated* to) {
  line_.clear();
  append_json(message, &line_);
  EBB_ASSIGN(const Place place, spool_.add(line_));
  const TimeMs at_ms = google::protobuf::util::TimeUtil::TimestampToMilliseconds(time);
  to->places.push_back({{at_ms, record.task, to->of_task[record.task]++}, place});
  return Status::ok();
}

Status ReplayOutput::take_alert(const OutRecord& record) {
  EBB_ASSIGN(const v1::Alert alert, decode_alert(record.value));
  // Told by a lens it is the same alert once more.
  if (!alert.lens().empty()) {
    const std::string& sink = config_->sinks[static_cast<std::size_t>(record.sink)].name;
    return take_dated(alert, alert.event_time(), record, &dated_[sink + ".jsonl"]);
  }
  tally_.add(alert);
  line_.clear();
  append_json(alert, &line_);
  EBB_ASSIGN(const Place place, spool_.add(line_));
  const TimeMs at_ms = google::protobuf::util::TimeUtil::TimestampToMilliseconds(alert.event_time());
  alerts_.push_back({{at_ms, record.task, alerts_of_task_[record.task]++}, place});
  return Status::ok();
}

Status ReplayOutput::take_risk(const OutRecord& record) {
  if (record.sink != risk_sink_) return Status::ok();
  if (record.tombstone) {
    risks_.erase(record.key);
    return Status::ok();
  }
  EBB_ASSIGN(const v1::Risk risk, decode_risk(record.value));
  line_.clear();
  append_json(risk, &line_);
  EBB_ASSIGN(const Place place, spool_.add(line_));
  risks_[record.key] = place;
  if (risk_history_) {
    const TimeMs at_ms = google::protobuf::util::TimeUtil::TimestampToMilliseconds(risk.event_time());
    history_.push_back({{at_ms, record.task, risks_of_task_[record.task]++}, place});
  }
  return Status::ok();
}

Status ReplayOutput::take_dead_letter(const OutRecord& record) {
  v1::DeadLetter letter = decode_dead_letter(as_record(record));
  letter.clear_log_time();  // of a file's line that is when the replay began
  ++reasons_[letter.reason()];
  line_.clear();
  append_json(letter, &line_);
  EBB_ASSIGN(const Place place, spool_.add(line_));
  dead_letters_.push_back({{letter.topic(), letter.partition(), letter.offset()}, place});
  return Status::ok();
}

template <typename Sorted>
Status ReplayOutput::write(const std::string& name, const Sorted& places) {
  EBB_ASSIGN(OutputFile file, OutputFile::create(dir_ + "/" + name));
  for (const auto& [key, place] : places) {
    EBB_TRY(spool_.read(place, &line_));
    line_.push_back('\n');
    EBB_TRY(file.write(line_));
  }
  files_.push_back(name);
  return file.commit();
}

Status ReplayOutput::finish() {
  const auto by_key = [](const auto& a, const auto& b) { return a.first < b.first; };
  std::sort(alerts_.begin(), alerts_.end(), by_key);
  std::sort(dead_letters_.begin(), dead_letters_.end(), by_key);
  std::vector<std::pair<std::string, Place>> risks(risks_.begin(), risks_.end());
  std::sort(risks.begin(), risks.end(), by_key);
  EBB_TRY(write("alerts.jsonl", alerts_));
  for (auto& [name, dated] : dated_) {
    std::sort(dated.places.begin(), dated.places.end(), by_key);
    EBB_TRY(write(name, dated.places));
  }
  EBB_TRY(write("risk.jsonl", risks));
  if (risk_history_) {
    std::sort(history_.begin(), history_.end(), by_key);
    EBB_TRY(write("risk_history.jsonl", history_));
  }
  return write("dead_letters.jsonl", dead_letters_);
}

}  // namespace ebb::app
