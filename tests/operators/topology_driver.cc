#include "tests/operators/topology_driver.h"

#include <fmt/format.h>
#include <google/protobuf/message.h>
#include <google/protobuf/util/time_util.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "config/diagnostics.h"
#include "config/load.h"

namespace ebb {
namespace {

using google::protobuf::util::TimeUtil;

v1::Event event_of(std::string_view kind, std::string_view customer, double at_day, std::string_view id) {
  v1::Event event;
  event.set_customer_id(std::string(customer));
  *event.mutable_event_time() = TimeUtil::MillisecondsToTimestamp(day(at_day));
  event.set_event_id(id.empty() ? fmt::format("{}-{}-{}", kind, customer, at_day) : std::string(id));
  return event;
}

SourceId source_of(const v1::Event& event) {
  switch (event.body_case()) {
    case v1::Event::kFeedback:
      return 1;
    case v1::Event::kSurvey:
      return 2;
    case v1::Event::kProfile:
      return 3;
    default:
      return 0;
  }
}

}  // namespace

TimeMs day(double days) {
  return 1'704'067'200'000 + std::llround(days * static_cast<double>(kDayMs));
}

v1::Event purchase(std::string_view customer, double at_day, std::int64_t minor_units, std::string_view id) {
  v1::Event event = event_of("purchase", customer, at_day, id);
  event.mutable_purchase()->mutable_amount()->set_currency_code("USD");
  event.mutable_purchase()->mutable_amount()->set_minor_units(minor_units);
  return event;
}

v1::Event returned(std::string_view customer, double at_day, std::int64_t minor_units, std::string_view id) {
  v1::Event event =
      purchase(customer, at_day, minor_units, id.empty() ? fmt::format("return-{}", at_day) : id);
  event.mutable_purchase()->set_kind(v1::PURCHASE_KIND_RETURN);
  return event;
}

v1::Event rated(std::string_view customer, double at_day, double value, double min, double max) {
  v1::Event event = event_of("rating", customer, at_day, "");
  v1::Rating& rating = *event.mutable_feedback()->mutable_rating();
  rating.set_value(value);
  rating.set_min(min);
  rating.set_max(max);
  return event;
}

v1::Event complained(std::string_view customer, double at_day, std::string_view case_id,
                     v1::ComplaintStage stage) {
  v1::Event event = event_of(fmt::format("{}-{}", case_id, static_cast<int>(stage)), customer, at_day, "");
  event.mutable_feedback()->mutable_complaint()->set_case_id(std::string(case_id));
  event.mutable_feedback()->mutable_complaint()->set_stage(stage);
  return event;
}

TimeMs event_ms(const v1::Event& event) {
  return TimeUtil::TimestampToMilliseconds(event.event_time());
}

std::string config_text(const std::string& rest) {
  return "name: shop\nlog: {embedded: }\nsources: {purchases: , feedback: , surveys: , profiles: }\n" + rest;
}

std::string build_errors(const std::string& rest) {
  Diagnostics diagnostics;
  const Config config = parse_config(config_text(rest), "shop.yaml", &diagnostics);
  EXPECT_TRUE(diagnostics.ok()) << diagnostics.to_string("shop.yaml");
  const auto topology = Topology::build(config, &diagnostics);
  EXPECT_EQ(topology == nullptr, !diagnostics.ok());
  return diagnostics.to_string("shop.yaml");
}

class TopologyDriver::Collector final : public Emitter {
 public:
  explicit Collector(TopologyDriver& driver) : driver_(driver) {}
  void emit(int node, std::string_view customer, const google::protobuf::Message& message,
            TimeMs at_ms) override {
    EXPECT_GE(node, 0);
    EXPECT_FALSE(customer.empty());
    EXPECT_GT(at_ms, 0);
    if (message.GetDescriptor() == v1::Alert::descriptor()) {
      driver_.alerts.push_back(static_cast<const v1::Alert&>(message));
    } else if (message.GetDescriptor() == v1::Request::descriptor()) {
      driver_.requests.push_back(static_cast<const v1::Request&>(message));
    } else if (message.GetDescriptor() == v1::SegmentDay::descriptor()) {
      driver_.segments.push_back(static_cast<const v1::SegmentDay&>(message));
    } else {
      ASSERT_EQ(message.GetDescriptor(), v1::Risk::descriptor());
      driver_.risks.push_back(static_cast<const v1::Risk&>(message));
    }
  }

 private:
  TopologyDriver& driver_;
};

TopologyDriver::TopologyDriver(const std::string& rest, OperatorFinder find) {
  Diagnostics diagnostics;
  const Config config = parse_config(config_text(rest), "shop.yaml", &diagnostics);
  topology_ = Topology::build(config, &diagnostics, find);
  if (topology_ == nullptr) {
    ADD_FAILURE() << diagnostics.to_string("shop.yaml");
    std::abort();
  }
  scratch_ = topology_->make_scratch();
  collector_ = std::make_unique<Collector>(*this);
  shared_.row = &row(std::string(Row::kShared));
}

TopologyDriver::~TopologyDriver() = default;

Row& TopologyDriver::row(const std::string& customer) {
  Row& row = rows_[customer];
  row.customer = customer;
  row.slices.resize(topology_->schema().slots().size());
  return row;
}

Verdict TopologyDriver::feed(const v1::Event& event) {
  return topology_->apply(event, event_ms(event),
                          {.source = source_of(event), .partition = 0, .offset = next_offset_++},
                          row(event.customer_id()), shared_, *collector_, *scratch_);
}

void TopologyDriver::advance_to(TimeMs at_ms) {
  for (;;) {
    const auto next = std::min_element(rows_.begin(), rows_.end(), [](const auto& a, const auto& b) {
      return a.second.due_ms < b.second.due_ms;
    });
    if (next == rows_.end() || next->second.due_ms > at_ms) return;
    const TimeMs due_ms = next->second.due_ms;
    if (&next->second == shared_.row) {
      topology_->roll_over(shared_, *collector_);
    } else {
      topology_->fire(next->second, shared_, *collector_, *scratch_);
    }
    ASSERT_GT(next->second.due_ms, due_ms);
    ASSERT_LT(++timers_fired_, 1'000'000);
  }
}

Verdict TopologyDriver::live(const v1::Event& event) {
  advance_to(event_ms(event));
  return feed(event);
}

void TopologyDriver::erase(const std::string& customer) {
  topology_->erase(row(customer), shared_);
  row(customer).clear();
}

std::optional<Refusal> TopologyDriver::refuse(const v1::Event& event) const {
  return topology_->refuse(event, source_of(event));
}

Signals TopologyDriver::signals(const std::string& customer, std::string_view node, TimeMs at_ms) {
  std::vector<Signals> all = topology_->explain(at_ms, row(customer), shared_, *scratch_);
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (topology_->nodes()[i].name == node) return all[i];
  }
  ADD_FAILURE() << "no node " << node;
  return {};
}

std::string TopologyDriver::bytes(const std::string& customer) {
  std::string out;
  for (const auto& slice : row(customer).slices) {
    out += slice == nullptr ? "-" : slice->SerializeAsString();
    out += '|';
  }
  return out;
}

}  // namespace ebb
