#include "engine/app/report_input.h"

#include <algorithm>
#include <fstream>
#include <functional>
#include <map>
#include <tuple>

#include "engine/app/open_log.h"
#include "engine/app/sink_records.h"
#include "fmt/format.h"
#include "google/protobuf/util/time_util.h"

namespace ebb::app {
namespace {

// As the graph's churn_risk has read it: of the right type and range.
double market_lifetime_minor(const Config& config) {
  for (const NodeConfig& node : config.graph.nodes) {
    if (node.op != "churn_risk") continue;
    for (const auto& [name, value] : node.params.fields()) {
      if (name == "market_lifetime_value") return std::strtod(value.scalar().c_str(), nullptr);
    }
  }
  return 0;
}

using google::protobuf::util::TimeUtil;

constexpr DurationMs kWaitMs = 200;

TimeMs ms(const google::protobuf::Timestamp& time) {
  return TimeUtil::TimestampToMilliseconds(time);
}

void add_measures(const google::protobuf::RepeatedPtrField<v1::SegmentMeasure>& from,
                  google::protobuf::RepeatedPtrField<v1::SegmentMeasure>* to) {
  for (const v1::SegmentMeasure& m : from) {
    auto found = std::find_if(to->begin(), to->end(), [&](const auto& t) { return t.name() == m.name(); });
    v1::SegmentMeasure& sum = found == to->end() ? *to->Add() : *found;
    sum.set_name(m.name());
    sum.set_weight(sum.weight() + m.weight());
    sum.set_sum(sum.sum() + m.sum());
    sum.set_expected_weight(sum.expected_weight() + m.expected_weight());
    sum.set_expected_sum(sum.expected_sum() + m.expected_sum());
    sum.set_rival_weight(sum.rival_weight() + m.rival_weight());
    sum.set_rival_sum(sum.rival_sum() + m.rival_sum());
    sum.set_stated_weight(sum.stated_weight() + m.stated_weight());
    sum.set_stated_sum(sum.stated_sum() + m.stated_sum());
    sum.set_pair_weight(sum.pair_weight() + m.pair_weight());
    sum.set_pair_x(sum.pair_x() + m.pair_x());
    sum.set_pair_y(sum.pair_y() + m.pair_y());
    sum.set_pair_xx(sum.pair_xx() + m.pair_xx());
    sum.set_pair_yy(sum.pair_yy() + m.pair_yy());
    sum.set_pair_xy(sum.pair_xy() + m.pair_xy());
  }
}

void add_segment(const v1::SegmentDay& from, v1::SegmentDay* to) {
  to->set_key(from.key());
  to->set_value(from.value());
  to->set_currency_code(from.currency_code());
  to->set_customers(to->customers() + from.customers());
  to->set_buyers(to->buyers() + from.buyers());
  to->set_rated(to->rated() + from.rated());
  to->set_satisfaction_milli(to->satisfaction_milli() + from.satisfaction_milli());
  to->set_at_risk(to->at_risk() + from.at_risk());
  to->set_given_up(to->given_up() + from.given_up());
  to->set_loyal(to->loyal() + from.loyal());
  to->set_captive(to->captive() + from.captive());
  to->set_buying_around(to->buying_around() + from.buying_around());
  to->set_leaving(to->leaving() + from.leaving());
  to->set_silent_unhappy(to->silent_unhappy() + from.silent_unhappy());
  to->set_complaining(to->complaining() + from.complaining());
  to->set_profit_minor(to->profit_minor() + from.profit_minor());
  to->set_spend_minor(to->spend_minor() + from.spend_minor());
  to->set_complaints(to->complaints() + from.complaints());
  add_measures(from.dimensions(), to->mutable_dimensions());
  add_measures(from.touchpoints(), to->mutable_touchpoints());
  to->set_worth_weight(to->worth_weight() + from.worth_weight());
  to->set_worth_minor(to->worth_minor() + from.worth_minor());
  to->set_cost_weight(to->cost_weight() + from.cost_weight());
  to->set_cost_minor(to->cost_minor() + from.cost_minor());
  to->set_rival_net_weight(to->rival_net_weight() + from.rival_net_weight());
  to->set_rival_net_minor(to->rival_net_minor() + from.rival_net_minor());
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

// take(record) of all that is in a topic now.
Status read_topic_to_end(Log& log, const std::string& topic,
                         const std::function<Status(const Record&)>& take) {
  EBB_ASSIGN(const auto reader, log.open_reader(topic, true));
  RecordBatch batch;
  TaskId partition = 0;
  bool at_end = false;
  do {
    batch.clear();
    EBB_TRY(reader->next(kWaitMs, &partition, &batch, &at_end));
    for (const Record& record : batch.records) EBB_TRY(take(record));
  } while (!at_end || !batch.empty());
  return Status::ok();
}

const SinkConfig* first_sink(const Config& config, SinkKind kind) {
  const auto found = std::find_if(config.sinks.begin(), config.sinks.end(),
                                  [kind](const SinkConfig& s) { return s.kind == kind; });
  return found == config.sinks.end() ? nullptr : &*found;
}

}  // namespace

const v1::SegmentDay* ReportInput::find_segment(const SegmentKey& key, TimeMs at_ms) const {
  auto day = days.upper_bound(at_ms);
  if (day == days.begin()) return nullptr;
  --day;
  const auto found = day->second.find(key);
  return found == day->second.end() ? nullptr : &found->second;
}

void add_days(std::vector<v1::SegmentDay> segments, ReportInput* input) {
  std::stable_sort(segments.begin(), segments.end(),
                   [](const auto& a, const auto& b) { return ms(a.day_end_time()) < ms(b.day_end_time()); });
  std::map<std::tuple<std::string, std::string, int>, v1::SegmentDay> latest;
  for (std::size_t i = 0; i < segments.size(); ++i) {
    const TimeMs day_ms = ms(segments[i].day_end_time());
    latest[{segments[i].key(), segments[i].value(), segments[i].task()}] = segments[i];
    if (i + 1 < segments.size() && ms(segments[i + 1].day_end_time()) == day_ms) continue;
    auto& day = input->days[day_ms];
    for (const auto& [key, segment] : latest) {
      add_segment(segment, &day[{std::get<0>(key), std::get<1>(key)}]);
    }
    input->as_of_ms = std::max(input->as_of_ms, day_ms);
  }
}

Result<ReportInput> read_replay(const std::string& dir, const Config& config) {
  ReportInput input;
  input.currency = config.money.currency;
  input.market_lifetime_minor = market_lifetime_minor(config);
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
  std::vector<v1::SegmentDay> segments;
  const Status days = read_lines(dir + "/segments.jsonl", [&](const std::string& line) -> Status {
    EBB_ASSIGN(v1::SegmentDay segment, decode_segment(line));
    segments.push_back(std::move(segment));
    return Status::ok();
  });
  if (!days && days.code() != Code::kNotFound) return days;
  add_days(std::move(segments), &input);
  return input;
}

Result<ReportInput> read_sinks(const Config& config) {
  ReportInput input;
  input.currency = config.money.currency;
  input.market_lifetime_minor = market_lifetime_minor(config);
  const SinkConfig* const risk = first_sink(config, SinkKind::kRisk);
  if (risk == nullptr) return Status::invalid("the config has no sink of risk to report from");
  EBB_ASSIGN(const auto log, open_for_tools(config));
  std::map<std::string, v1::Risk> table;
  EBB_TRY(read_topic_to_end(*log, risk->topic, [&](const Record& record) -> Status {
    if (!record.has_value) {
      table.erase(std::string(record.key));
      return Status::ok();
    }
    EBB_ASSIGN(v1::Risk row, decode_risk(record.value));
    table[std::string(record.key)] = std::move(row);
    return Status::ok();
  }));
  for (auto& [customer, row] : table) input.risks.push_back(std::move(row));
  sort_risks(&input);
  const SinkConfig* const sink = first_sink(config, SinkKind::kSegments);
  if (sink == nullptr) return input;
  std::vector<v1::SegmentDay> segments;
  EBB_TRY(read_topic_to_end(*log, sink->topic, [&](const Record& record) -> Status {
    EBB_ASSIGN(v1::SegmentDay segment, decode_segment(record.value));
    segments.push_back(std::move(segment));
    return Status::ok();
  }));
  add_days(std::move(segments), &input);
  return input;
}

}  // namespace ebb::app
