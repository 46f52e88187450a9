#include "engine/app/report_input.h"

#include <algorithm>
#include <fstream>
#include <functional>
#include <map>

#include "engine/app/open_log.h"
#include "engine/app/sink_records.h"
#include "fmt/format.h"
#include "google/protobuf/util/time_util.h"

namespace ebb::app {
namespace {

using google::protobuf::util::TimeUtil;

constexpr DurationMs kWaitMs = 200;

TimeMs ms(const google::protobuf::Timestamp& time) {
  return TimeUtil::TimestampToMilliseconds(time);
}

void sort_risks(ReportInput* input) {
  std::sort(input->risks.begin(), input->risks.end(),
            [](const v1::Risk& a, const v1::Risk& b) { return a.customer_id() < b.customer_id(); });
  for (const v1::Risk& risk : input->risks) {
    input->as_of_ms = std::max(input->as_of_ms, ms(risk.event_time()));
  }
}

// take(line) of each line. kNotFound: there is no such file.
Status read_lines(const std::string& path, const std::function<Status(const std::string&)>& take) {
  std::ifstream file(path);
  if (!file) return Status::not_found(path + ": can't be read; is it the folder of an \"ebb replay\"?");
  std::string line;
  for (std::size_t number = 1; std::getline(file, line); ++number) {
    if (line.empty()) continue;
    if (const Status status = take(line); !status) {
      return Status::invalid(fmt::format("{}:{}: {}", path, number, status.message()));
    }
  }
  return Status::ok();
}

}  // namespace

Result<ReportInput> read_replay(const std::string& dir, const Config& config) {
  ReportInput input;
  input.currency = config.money.currency;
  EBB_TRY(read_lines(dir + "/risk.jsonl", [&](const std::string& line) -> Status {
    EBB_ASSIGN(v1::Risk risk, decode_risk(line));
    input.risks.push_back(std::move(risk));
    return Status::ok();
  }));
  sort_risks(&input);
  const Status read = read_lines(dir + "/risk_history.jsonl", [&](const std::string& line) -> Status {
    EBB_ASSIGN(const v1::Risk risk, decode_risk(line));
    if (!risk.has_satisfaction_index()) return Status::ok();
    input.history.push_back({ms(risk.event_time()), risk.customer_id(), risk.satisfaction_index()});
    return Status::ok();
  });
  if (!read && read.code() != Code::kNotFound) return read;
  std::stable_sort(input.history.begin(), input.history.end(),
                   [](const auto& a, const auto& b) { return a.at_ms < b.at_ms; });
  return input;
}

Result<ReportInput> read_sink(const Config& config) {
  ReportInput input;
  input.currency = config.money.currency;
  const auto sink = std::find_if(config.sinks.begin(), config.sinks.end(),
                                 [](const SinkConfig& s) { return s.kind == SinkKind::kRisk; });
  if (sink == config.sinks.end()) return Status::invalid("the config has no sink of risk to report from");
  EBB_ASSIGN(const auto log, open_for_tools(config));
  EBB_ASSIGN(const auto reader, log->open_reader(sink->topic, true));
  std::map<std::string, v1::Risk> table;
  RecordBatch batch;
  TaskId partition = 0;
  bool at_end = false;
  do {
    batch.clear();
    EBB_TRY(reader->next(kWaitMs, &partition, &batch, &at_end));
    for (const Record& record : batch.records) {
      if (!record.has_value) {
        table.erase(std::string(record.key));
        continue;
      }
      EBB_ASSIGN(v1::Risk row, decode_risk(record.value));
      table[std::string(record.key)] = std::move(row);
    }
  } while (!at_end || !batch.empty());
  for (auto& [customer, row] : table) input.risks.push_back(std::move(row));
  sort_risks(&input);
  return input;
}

}  // namespace ebb::app
