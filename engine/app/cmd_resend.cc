// ebb resend: dead letters that can be used by now, into their sources again.
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>

#include "CLI/CLI.hpp"
#include "ebb/v1/dead_letter.pb.h"
#include "ebb/v1/event.pb.h"
#include "engine/app/command.h"
#include "engine/app/complaints.h"
#include "engine/app/console.h"
#include "engine/app/event_check.h"
#include "engine/app/event_sender.h"
#include "engine/app/exit_code.h"
#include "engine/app/loaded.h"
#include "engine/app/logging.h"
#include "engine/app/open_log.h"
#include "engine/app/sink_records.h"
#include "engine/base/clock.h"
#include "fmt/format.h"
#include "google/protobuf/arena.h"

namespace ebb::app {
namespace {

constexpr DurationMs kWaitMs = 200;

struct Options {
  std::string config;
  std::string reason;
  bool dry_run = false;
};

// Judges dead letters anew and sends those that are right by now.
class Resender {
 public:
  // sender null: only judges.
  Resender(const Loaded* loaded, const Options& options, EventSender* sender)
      : config_(loaded->config), options_(options), sender_(sender), check_(loaded) {
    for (std::size_t s = 0; s < config_.sources.size(); ++s) {
      by_topic_[config_.sources[s].topic] = static_cast<SourceId>(s);
    }
  }

  Status take(const v1::DeadLetter& letter) {
    if (!options_.reason.empty() && letter.reason() != options_.reason) return Status::ok();
    ++letters_;
    const std::string where = fmt::format("{}-{}@{}", letter.topic(), letter.partition(), letter.offset());
    const auto source = by_topic_.find(letter.topic());
    if (source == by_topic_.end()) {
      bad_.add(where, {"no_source", "", "the config has no source with this topic"});
      return Status::ok();
    }
    if (letter.value_truncated()) {
      bad_.add(where, {"too_large", "value", "only its beginning was kept"});
      return Status::ok();
    }
    arena_.Reset();
    const Record record = as_record(letter);
    const v1::Event* event = nullptr;
    if (const auto refusal = check_.check(source->second, record, &arena_, &event)) {
      bad_.add(where, *refusal);
      return Status::ok();
    }
    if (sender_ == nullptr) return Status::ok();
    return sender_->send({config_.sources[static_cast<std::size_t>(source->second)].name,
                          event->customer_id(), record.value, record.headers, where});
  }

  std::int64_t letters() const { return letters_; }
  const Complaints& bad() const { return bad_; }

 private:
  // As it was read first, but of today: it is sent today.
  static Record as_record(const v1::DeadLetter& letter) {
    Record record;
    record.timestamp_ms = system_clock().wall_ms();
    record.key = letter.key();
    record.has_key = !letter.key().empty();
    record.value = letter.value();
    record.has_value = true;
    for (const v1::RecordHeader& header : letter.headers()) {
      record.headers.push_back({header.name(), header.value()});
    }
    return record;
  }

  const Config& config_;
  const Options& options_;
  EventSender* sender_;
  EventCheck check_;
  std::map<std::string, SourceId> by_topic_;
  google::protobuf::Arena arena_;
  std::int64_t letters_ = 0;
  Complaints bad_;
};

using Visit = std::function<Status(TaskId, const Record&)>;

Status read_to_end(Log& log, const std::string& topic, const Visit& visit) {
  EBB_ASSIGN(const auto reader, log.open_reader(topic, true));
  RecordBatch batch;
  TaskId partition = 0;
  for (bool at_end = false; !at_end || !batch.empty();) {
    batch.clear();
    EBB_TRY(reader->next(kWaitMs, &partition, &batch, &at_end));
    for (const Record& record : batch.records) EBB_TRY(visit(partition, record));
  }
  return Status::ok();
}

// Only those that are there before the first is sent: one that fails again comes back behind them.
Status resend_all(const Config& config, Resender* resender) {
  EBB_ASSIGN(const auto log, open_for_tools(config));
  for (const SinkConfig& sink : config.sinks) {
    if (sink.kind != SinkKind::kDeadLetters) continue;
    std::map<TaskId, Offset> last;
    EBB_TRY(read_to_end(*log, sink.topic, [&last](TaskId partition, const Record& record) {
      last[partition] = record.offset;
      return Status::ok();
    }));
    EBB_TRY(read_to_end(*log, sink.topic, [&](TaskId partition, const Record& record) {
      const auto end = last.find(partition);
      if (end == last.end() || record.offset > end->second) return Status::ok();
      return resender->take(decode_dead_letter(record));
    }));
  }
  return Status::ok();
}

int run_resend(const Options& options) {
  const auto loaded = load(options.config);
  if (!loaded) return kExitBadConfig;
  set_up_tool_logging();
  std::unique_ptr<EventSender> sender;
  if (!options.dry_run) {
    auto opened = open_sender(loaded->config);
    if (!opened.is_ok()) return fail(opened.status());
    sender = std::move(opened).value();
  }
  Resender resender(&*loaded, options, sender.get());
  if (const Status status = resend_all(loaded->config, &resender); !status) return fail(status);
  if (sender != nullptr) {
    if (const Status status = sender->flush(); !status) return fail(status);
  }
  resender.bad().finish();
  const std::int64_t bad = resender.bad().count() + (sender == nullptr ? 0 : sender->refused());
  print(fmt::format("{}: {} {}, {} still can't be used\n", counted(resender.letters(), "dead letter"),
                    grouped(resender.letters() - bad), options.dry_run ? "would be sent again" : "sent again",
                    grouped(bad)));
  return bad > 0 ? kExitBadData : kExitDone;
}

}  // namespace

void add_resend(CLI::App& app, Run* run) {
  auto options = std::make_shared<Options>();
  CLI::App* resend = app.add_subcommand("resend", "Send dead letters again, once the cause is mended");
  add_config_argument(*resend, &options->config);
  resend->add_flag("--dry-run", options->dry_run, "Only say what would become of each; send nothing");
  resend->add_option("--reason", options->reason, "Only those with this reason, such as unknown_currency")
      ->type_name("NAME");
  resend->footer(R"(
Judges every dead letter that is there anew, by the config as it is now. Those that can be used by now (a
currency has its rate, a limit is higher, Ebb is newer) go into their sources again with their bytes and
headers; the others are named and stay. Run it again at will: the operator dedupe counts an event once as
long as it remembers its id. Records that have to be edited first:

  ebb tail ebb.yaml dead_letters --from-start --until-end --json | jq -r '.value | @base64d' > purchases.jsonl
  ebb send ebb.yaml purchases.jsonl       when you have mended the lines

Exit codes: 0 all of them can be used, 65 some still can't.

Examples:
  ebb resend ebb.yaml --dry-run
  ebb resend ebb.yaml --reason unknown_currency)");
  resend->callback([options, run] { *run = [options] { return run_resend(*options); }; });
}

}  // namespace ebb::app
