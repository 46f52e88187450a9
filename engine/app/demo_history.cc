#include "engine/app/demo_history.h"

#include <algorithm>
#include <array>

#include "engine/app/console.h"
#include "engine/base/hash.h"
#include "fmt/format.h"
#include "google/protobuf/util/time_util.h"

namespace ebb::app {

Result<std::int64_t> append_history(gen::Generator* generator, const gen::GenOptions& options,
                                    const Config& config, EmbeddedLog* log) {
  std::array<std::string, gen::kSources> topics;
  for (const SourceConfig& source : config.sources) {
    for (int s = 0; s < gen::kSources; ++s) {
      if (gen::source_name(static_cast<gen::Source>(s)) == source.name)
        topics[static_cast<std::size_t>(s)] = source.topic;
    }
  }
  EBB_ASSIGN(const auto writer, log->open_writer());
  Progress progress;
  gen::GenRecord record;
  std::string bytes;
  std::int64_t events = 0;
  const auto span_ms = static_cast<double>(generator->end_ms() - options.start_ms);
  while (generator->next(&record)) {
    record.event.SerializeToString(&bytes);
    const std::string& customer = record.event.customer_id();
    EBB_TRY(writer->append(topics[static_cast<std::size_t>(record.source)],
                           partition_of(customer, config.partitions), customer, bytes, {},
                           record.arrival_ms));
    if (++events % 4096 == 0 && progress.due()) {
      const double share = static_cast<double>(record.arrival_ms - options.start_ms) / span_ms;
      progress.show(
          fmt::format("making the customers' history: {} events, {}", grouped(events), percent(share)));
    }
  }
  EBB_TRY(writer->flush());
  return events;
}

Hindsight::Hindsight(const gen::Generator& generator, std::int64_t customers) {
  for (std::int64_t i = 0; i < customers; ++i) {
    const gen::Truth truth = generator.truth(i);
    lives_[truth.customer] = {truth.left_ms, kNever, truth.signs_ms};
  }
}

void Hindsight::add(const v1::Alert& alert) {
  if (alert.kind() != v1::ALERT_KIND_CHURN_RISK || alert.level() < v1::RISK_LEVEL_WARNING) return;
  const auto it = lives_.find(alert.customer_id());
  if (it == lives_.end()) return;
  Life& life = it->second;
  const TimeMs at_ms = google::protobuf::util::TimeUtil::TimestampToMilliseconds(alert.event_time());
  if (life.left_ms != kNever && at_ms < life.signs_ms)
    return;  // no merit of ours: nothing was to be seen yet
  life.first_alert_ms = std::min(life.first_alert_ms, at_ms);
}

std::string Hindsight::text() const {
  std::vector<double> days_ahead;
  std::int64_t left = 0;
  std::int64_t later = 0;
  std::int64_t stayed_alerted = 0;
  for (const auto& [id, life] : lives_) {
    const bool alerted = life.first_alert_ms != kNever;
    if (life.left_ms == kNever) {
      stayed_alerted += alerted ? 1 : 0;
      continue;
    }
    ++left;
    if (!alerted) continue;
    const double ahead =
        static_cast<double>(life.left_ms - life.first_alert_ms) / static_cast<double>(kDayMs);
    if (ahead > 0) {
      days_ahead.push_back(ahead);
    } else {
      ++later;
    }
  }
  std::sort(days_ahead.begin(), days_ahead.end());
  const double median = days_ahead.empty() ? 0 : days_ahead[days_ahead.size() / 2];
  const auto early = static_cast<std::int64_t>(days_ahead.size());
  return fmt::format(
      "  {} customers really left. Ebb warned of {} before they did (half of those {:.0f} days or more "
      "ahead),\n"
      "  of {} only after, of {} not yet. Of the {} who stayed, {} were warned of at some time.\n",
      grouped(left), grouped(early), median, grouped(later), grouped(left - early - later),
      grouped(static_cast<std::int64_t>(lives_.size()) - left), grouped(stayed_alerted));
}

}  // namespace ebb::app
