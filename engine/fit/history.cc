#include "engine/fit/history.h"

#include <google/protobuf/arena.h>

#include <algorithm>
#include <optional>
#include <queue>
#include <tuple>
#include <unordered_map>
#include <utility>

#include "ebb/v1/event.pb.h"
#include "engine/decode/decoder.h"
#include "engine/files/event_file.h"
#include "engine/files/files_log.h"
#include "operators/risk_facts.h"

namespace ebb::fit {
namespace {

struct Stored {
  TimeMs at_ms = 0;
  std::uint32_t customer = 0;
  SourceId source = 0;
  Offset offset = 0;
  std::string bytes;  // ebb.v1.Event
};

bool is_sale(const v1::Event& event) {
  return event.has_purchase() && (event.purchase().kind() == v1::PURCHASE_KIND_SALE ||
                                  event.purchase().kind() == v1::PURCHASE_KIND_UNSPECIFIED);
}

class Forwarder final : public Emitter {
 public:
  explicit Forwarder(const OnAlert& on_alert) : on_alert_(on_alert) {}
  void emit(int, std::string_view, const google::protobuf::Message& message, TimeMs) override {
    if (on_alert_) on_alert_(message);
  }

 private:
  const OnAlert& on_alert_;
};

}  // namespace

struct History::Impl {
  std::vector<Stored> events;
  std::vector<std::string> customers;
  std::unordered_map<std::string, std::uint32_t> places;
  std::vector<std::vector<TimeMs>> sales;  // by customer, ascending
  std::size_t refused = 0;

  std::uint32_t place_of(const std::string& customer) {
    const auto [at, fresh] = places.emplace(customer, static_cast<std::uint32_t>(customers.size()));
    if (fresh) {
      customers.push_back(customer);
      sales.emplace_back();
    }
    return at->second;
  }

  Status read(const Config& config, SourceId source, const std::string& path) {
    auto file = EventFile::open(path, config.engine.max_record_bytes + 1);
    if (!file) return file.status().code() == Code::kNotFound ? Status::ok() : file.status();
    const Decoder decoder({.format = config.sources[static_cast<std::size_t>(source)].format,
                           .value_bytes_max = config.engine.max_record_bytes});
    google::protobuf::Arena arena;
    EventLine line;
    for (Offset offset = 0;; ++offset) {
      EBB_ASSIGN(const bool more, (*file)->next(&line));
      if (!more) return Status::ok();
      Record record;
      record.offset = offset;
      record.value = line.text;
      record.has_value = true;
      const v1::Event* event = nullptr;
      if (line.truncated || decoder.decode(record, &arena, &event).has_value()) {
        ++refused;
      } else {
        if (events.size() == kMaxEvents) return Status::full("more than 50,000,000 events");
        const TimeMs at_ms = event_time_ms(*event);
        const std::uint32_t customer = place_of(event->customer_id());
        if (is_sale(*event)) sales[customer].push_back(at_ms);
        events.push_back({at_ms, customer, source, offset, event->SerializeAsString()});
      }
      arena.Reset();
    }
  }
};

History::History(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
History::~History() = default;
std::size_t History::events() const {
  return impl_->events.size();
}
std::size_t History::refused() const {
  return impl_->refused;
}
TimeMs History::first_ms() const {
  return impl_->events.empty() ? 0 : impl_->events.front().at_ms;
}
TimeMs History::last_ms() const {
  return impl_->events.empty() ? 0 : impl_->events.back().at_ms;
}
const std::vector<std::string>& History::customers() const {
  return impl_->customers;
}
const std::vector<std::vector<TimeMs>>& History::sales() const {
  return impl_->sales;
}

Result<std::unique_ptr<History>> History::load(const Config& config, const std::string& dir) {
  auto impl = std::make_unique<Impl>();
  std::vector<std::string> names;
  for (const SourceConfig& source : config.sources) names.push_back(source.name);
  const std::vector<std::string> files = event_files_in(dir, names);
  for (std::size_t s = 0; s < files.size(); ++s) {
    EBB_TRY(impl->read(config, static_cast<SourceId>(s), files[s]).with_context(files[s]));
  }
  if (impl->events.empty()) return Status::not_found(dir + ": no events in it");
  std::stable_sort(impl->events.begin(), impl->events.end(), [](const Stored& a, const Stored& b) {
    return std::tie(a.at_ms, a.source, a.offset) < std::tie(b.at_ms, b.source, b.offset);
  });
  for (std::vector<TimeMs>& times : impl->sales) std::sort(times.begin(), times.end());
  return std::unique_ptr<History>(new History(std::move(impl)));
}

int History::purchase_days(std::uint32_t customer, TimeMs from_ms, TimeMs to_ms) const {
  const std::vector<TimeMs>& times = impl_->sales[customer];
  int days = 0;
  TimeMs last = kBeginning;
  for (auto at = std::upper_bound(times.begin(), times.end(), from_ms); at != times.end() && *at <= to_ms;
       ++at) {
    const TimeMs day = *at / kDayMs;
    if (day != last) ++days;
    last = day;
  }
  return days;
}

namespace {

// The rows of all customers, the one that they share, and their timers.
class Rows {
 public:
  Rows(const Topology& topology, const std::vector<std::string>& customers, Emitter& emitter)
      : topology_(topology),
        scratch_(topology.make_scratch()),
        emitter_(emitter),
        rows_(customers.size() + 1) {
    for (std::size_t i = 0; i < rows_.size(); ++i) {
      rows_[i].customer = i < customers.size() ? std::string_view(customers[i]) : Row::kShared;
      rows_[i].slices.resize(topology.schema().slots().size());
    }
    shared_.row = &rows_.back();
  }

  void apply(const v1::Event& event, const Stored& from) {
    Row& row = rows_[from.customer];
    if (event.has_erasure()) {
      topology_.erase(row, shared_);
      note_shared();
      row.clear();
      row.slices.resize(topology_.schema().slots().size());
      row.erased_at_ms = from.at_ms;
      row.due_ms = kNever;
      return;
    }
    if (from.at_ms <= row.erased_at_ms || topology_.refuse(event, from.source).has_value()) return;
    topology_.apply(event, from.at_ms, {.source = from.source, .partition = 0, .offset = from.offset}, row,
                    shared_, emitter_, *scratch_);
    note_due(from.customer);
    note_shared();
  }

  void fire_until(TimeMs at_ms) {
    while (!timers_.empty() && timers_.top().first <= at_ms) {
      const auto [due_ms, turn] = timers_.top();
      timers_.pop();
      const std::uint32_t customer = turn == 0 ? shared_place() : turn - 1;
      if (rows_[customer].due_ms != due_ms) continue;  // put off; another entry stands for it
      if (customer == shared_place()) {
        topology_.roll_over(shared_, emitter_);
      } else {
        topology_.fire(rows_[customer], shared_, emitter_, *scratch_);
        note_due(customer);
      }
      note_shared();
    }
  }

  std::vector<Signals> explain(std::size_t customer, TimeMs at_ms) {
    return topology_.explain(at_ms, rows_[customer], shared_, *scratch_);
  }
  bool known(std::size_t customer) const { return rows_[customer].clock_ms != kBeginning; }
  std::size_t size() const { return shared_place(); }

 private:
  // When, and whose turn it is then: 0 the shared row's, else 1 + the customer's place.
  using Timer = std::pair<TimeMs, std::uint32_t>;
  std::uint32_t shared_place() const { return static_cast<std::uint32_t>(rows_.size() - 1); }
  void note_due(std::uint32_t customer) {
    if (rows_[customer].due_ms != kNever) timers_.emplace(rows_[customer].due_ms, customer + 1);
  }
  void note_shared() {
    if (!std::exchange(shared_.changed, false) || shared_.row->due_ms == kNever) return;
    if (std::exchange(shared_due_ms_, shared_.row->due_ms) != shared_.row->due_ms) {
      timers_.emplace(shared_due_ms_, 0);
    }
  }

  const Topology& topology_;
  std::unique_ptr<Topology::Scratch> scratch_;
  Emitter& emitter_;
  std::vector<Row> rows_;  // the last is the shared one
  SharedState shared_;
  TimeMs shared_due_ms_ = kNever;  // the last that was noted
  std::priority_queue<Timer, std::vector<Timer>, std::greater<>> timers_;
};

// The node that judges, and those that feed it.
struct Judge {
  std::size_t node = 0;
  std::vector<std::size_t> inputs;
};

Result<Judge> find_judge(const Topology& topology) {
  const std::vector<NodeInfo>& nodes = topology.nodes();
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    if (nodes[i].op != "churn_risk") continue;
    Judge judge{.node = i, .inputs = {}};
    for (std::size_t j = 0; j < nodes.size(); ++j) {
      if (std::find(nodes[i].from.begin(), nodes[i].from.end(), nodes[j].name) != nodes[i].from.end()) {
        judge.inputs.push_back(j);
      }
    }
    return judge;
  }
  return Status::invalid("the graph has no node of the operator churn_risk");
}

std::vector<Snapshot> judge_all(const Judge& judge, TimeMs at_ms, std::string_view by, Rows& rows) {
  std::vector<Snapshot> out;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (!rows.known(i)) continue;
    const std::vector<Signals> said = rows.explain(i, at_ms);
    const Signals& risk = said[judge.node];
    const std::optional<RiskFacts> facts = risk_facts(risk);
    if (!facts.has_value()) continue;
    Snapshot snapshot{.customer = static_cast<std::uint32_t>(i),
                      .at_ms = at_ms,
                      .facts = *facts,
                      .segment = {},
                      .inputs = {}};
    snapshot.probability = risk.get(Measure::kRiskProbability).value_or(0);
    snapshot.value_at_risk_minor = risk.get(Measure::kValueAtRiskMinor).value_or(0);
    snapshot.margin_minor_per_day = risk.get(Measure::kMarginRateMinorPerDay).value_or(0);
    for (const std::size_t input : judge.inputs) {
      for (const Contribution& c : said[input].contributions())
        snapshot.inputs.emplace_back(c.name, c.points);
      for (const auto& [key, value] : said[input].labels())
        if (!by.empty() && key == by) snapshot.segment = value;
    }
    out.push_back(std::move(snapshot));
  }
  return out;
}

}  // namespace

Status History::run(
    const Topology& topology, const std::vector<TimeMs>& dates, TimeMs to_ms, std::string_view by,
    const OnAlert& on_alert, const OnProgress& on_progress,
    const std::function<void(std::size_t date, std::vector<Snapshot> customers)>& visit) const {
  EBB_ASSIGN(const Judge judge, find_judge(topology));
  Forwarder emitter(on_alert);
  Rows rows(topology, impl_->customers, emitter);
  std::size_t next = 0;
  const auto pass = [&](TimeMs at_ms) {
    for (; next < dates.size() && dates[next] < at_ms; ++next) {
      rows.fire_until(dates[next]);
      visit(next, judge_all(judge, dates[next], by, rows));
    }
  };
  v1::Event event;
  std::size_t done = 0;
  for (const Stored& stored : impl_->events) {
    if (stored.at_ms > to_ms) break;
    pass(stored.at_ms);
    rows.fire_until(stored.at_ms);
    if (!event.ParseFromString(stored.bytes))
      return Status::internal("an event that was stored can't be read");
    rows.apply(event, stored);
    if (++done % 4096 == 0 && on_progress) on_progress(done, impl_->events.size());
  }
  pass(kNever);
  rows.fire_until(to_ms);
  return Status::ok();
}

}  // namespace ebb::fit
