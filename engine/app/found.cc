#include "engine/app/found.h"

#include <algorithm>
#include <memory>
#include <tuple>
#include <unordered_map>

#include "engine/app/sink_records.h"
#include "engine/files/event_file.h"
#include "fmt/format.h"
#include "google/protobuf/util/time_util.h"

namespace ebb::app {
namespace {

constexpr std::size_t kMaxLineBytes = std::size_t{4} << 20;

Status each_line(const std::string& path, const std::function<Status(std::string_view)>& take) {
  EBB_ASSIGN(const auto file, EventFile::open(path, kMaxLineBytes));
  EventLine line;
  while (true) {
    EBB_ASSIGN(const bool more, file->next(&line));
    if (!more) return Status::ok();
    if (const Status taken = take(line.text); !taken) {
      return taken.with_context(fmt::format("{}:{}", path, line.number));
    }
  }
}

auto order_of(const Finding& f) {
  return std::make_tuple(std::string_view(f.customer), f.kind, std::string_view(f.lens), f.first().at_ms);
}

// Puts alerts, which come by time, together into findings.
class Collector {
 public:
  explicit Collector(Names* names) : names_(names) {}

  void take(const v1::Alert& alert) {
    if (alert.has_value_at_risk()) out_.currency = alert.value_at_risk().currency_code();
    const std::string key = alert.customer_id() + '\n' + alert.lens();
    if (alert.kind() == v1::ALERT_KIND_RETRACTION) {
      const auto open = open_.find(key);
      if (open == open_.end()) return;
      out_.findings[open->second].end_ms = time_of(alert.event_time());
      open_.erase(open);
      return;
    }
    const bool episode = alert.kind() == v1::ALERT_KIND_CHURN_RISK;
    const auto open = episode ? open_.find(key) : open_.end();
    if (open != open_.end()) {
      out_.findings[open->second].steps.push_back(step_of(alert));
      return;
    }
    if (episode) open_[key] = out_.findings.size();
    Finding& f = out_.findings.emplace_back();
    f.customer = alert.customer_id();
    f.lens = alert.lens();
    f.kind = alert.kind();
    if (!episode) f.end_ms = time_of(alert.event_time());
    f.steps.push_back(step_of(alert));
  }

  Found finish() {
    std::sort(out_.findings.begin(), out_.findings.end(),
              [](const Finding& a, const Finding& b) { return order_of(a) < order_of(b); });
    return std::move(out_);
  }

 private:
  Step step_of(const v1::Alert& alert) {
    return {.level = alert.level(),
            .at_ms = time_of(alert.event_time()),
            .probability = alert.probability(),
            .at_risk_minor = alert.value_at_risk().minor_units(),
            .points = points_of(alert.contributions(), names_)};
  }

  Names* names_;
  Found out_;
  std::unordered_map<std::string, std::size_t> open_;
};

}  // namespace

std::uint16_t Names::number(std::string_view name) {
  if (const auto it = numbers_.find(name); it != numbers_.end()) return it->second;
  const auto number = static_cast<std::uint16_t>(names_.size());
  names_.emplace_back(name);
  numbers_.emplace(name, number);
  return number;
}

template <typename Contributions>
Points points_of(const Contributions& contributions, Names* names) {
  Points out;
  for (const v1::Contribution& c : contributions) {
    out.emplace_back(names->number(c.name()), static_cast<float>(c.points()));
  }
  std::sort(out.begin(), out.end());
  return out;
}
template Points points_of(const google::protobuf::RepeatedPtrField<v1::Contribution>&, Names*);

Result<Found> read_found(const std::string& dir, Names* names) {
  Collector collector(names);
  EBB_TRY(each_line(dir + "/alerts.jsonl", [&](std::string_view text) -> Status {
    EBB_ASSIGN(const v1::Alert alert, decode_alert(text));
    collector.take(alert);
    return Status::ok();
  }));
  return collector.finish();
}

Status read_risk_history(const std::string& dir, const std::function<void(const v1::Risk&)>& take) {
  return each_line(dir + "/risk_history.jsonl", [&](std::string_view text) -> Status {
    EBB_ASSIGN(const v1::Risk risk, decode_risk(text));
    take(risk);
    return Status::ok();
  });
}

TimeMs time_of(const google::protobuf::Timestamp& time) {
  return google::protobuf::util::TimeUtil::TimestampToMilliseconds(time);
}

}  // namespace ebb::app
