// product: faults of what was bought, and warranties that end.
//
// A fault weighs 0.4 to 1.2 by its severity (0.5 if nothing is said), half as much again from the third on,
// and fades by `half_life`; repaired it weighs a third. Of at most 4 products the faults are kept, those with
// the latest news.
//
// The end of a warranty is felt from `warranty_window` before it (models/points.h, Deadline), twice as much
// by a customer whose products have had faults. At most 3 ends are kept, the latest; the one that is felt
// most counts.
//
// Contributes `fault`, at most `max_fault`, and `warranty_ending`, at most `max_warranty`. Order of arrival
// plays no part, but for which products find room.

#include <fmt/format.h>
#include <google/protobuf/util/time_util.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <tuple>

#include "config/node.h"
#include "ebb/state/v1/product_slice.pb.h"
#include "ebb/v1/event.pb.h"
#include "engine/base/hash.h"
#include "operators/contribute.h"
#include "operators/event_ref.h"
#include "operators/fading.h"
#include "operators/models/points.h"
#include "operators/registry.h"
#include "operators/words.h"

namespace ebb {
namespace {

using google::protobuf::util::TimeUtil;
using state::v1::ProductFaults;
using state::v1::ProductSlice;
using state::v1::WarrantyEnd;

constexpr int kMaxProducts = 4;
constexpr int kMaxWarranties = 3;
constexpr double kUsualSeverity = 0.5;
constexpr double kRepaired = 1.0 / 3;

struct Params {
  DurationMs half_life_ms = 90 * kDayMs;
  double max_fault = 1.5;
  double max_warranty = 0.5;
  Deadline warranty{.window_ms = 45 * kDayMs, .before = 0.5, .after = 1, .half_life_ms = 45 * kDayMs};
};

double days(DurationMs ms) {
  return static_cast<double>(ms) / static_cast<double>(kDayMs);
}

bool is_open(const ProductFaults& faults) {
  return faults.has_fault_ms() && (!faults.has_repaired_ms() || faults.repaired_ms() < faults.fault_ms());
}

// The last fault or repair.
TimeMs last_ms(const ProductFaults& faults) {
  if (!faults.has_repaired_ms()) return faults.fault_ms();
  return faults.has_fault_ms() ? std::max(faults.fault_ms(), faults.repaired_ms()) : faults.repaired_ms();
}

// The product's entry, or a new one; null if there is no room and this is the oldest news.
ProductFaults* entry_for(std::uint32_t id, TimeMs event_ms, ProductSlice& slice) {
  ProductFaults* oldest = nullptr;
  const auto age = [](const ProductFaults& f) { return std::make_tuple(last_ms(f), f.id()); };
  for (ProductFaults& faults : *slice.mutable_faults()) {
    if (faults.id() == id) return &faults;
    if (oldest == nullptr || age(faults) < age(*oldest)) oldest = &faults;
  }
  if (slice.faults_size() < kMaxProducts) {
    oldest = slice.add_faults();
  } else if (std::make_tuple(event_ms, id) < age(*oldest)) {
    return nullptr;
  }
  oldest->Clear();
  oldest->set_id(id);
  return oldest;
}

void add_fault(const v1::Event& event, const ApplyContext& context, ProductSlice& slice) {
  const v1::Fault& fault = event.feedback().fault();
  const auto id = static_cast<std::uint32_t>(stable_hash(event.feedback().product_id()));
  ProductFaults* faults = entry_for(id, context.event_ms, slice);
  if (faults == nullptr) return;
  if (fault.repaired()) {
    faults->set_repaired_ms(faults->has_repaired_ms() ? std::max(faults->repaired_ms(), context.event_ms)
                                                      : context.event_ms);
  } else {
    faults->set_fault_ms(faults->has_fault_ms() ? std::max(faults->fault_ms(), context.event_ms)
                                                : context.event_ms);
    faults->set_count(faults->count() + 1);
  }
  const double severity = fault.has_severity() ? fault.severity() : kUsualSeverity;
  faults->set_severity_milli(
      std::max(faults->severity_milli(), static_cast<std::uint32_t>(std::lround(1000 * severity))));
  keep_latest(event.event_id(), context, slice.mutable_last());
}

void add_warranty(TimeMs end_ms, const v1::Event& event, const ApplyContext& context, ProductSlice& slice) {
  WarrantyEnd end;
  end.set_end_ms(end_ms);
  remember(event.event_id(), context, end.mutable_purchase());
  auto& ends = *slice.mutable_warranties();
  const auto key = [](const WarrantyEnd& e) {
    return std::make_tuple(-e.end_ms(), event_id_of(e.purchase()));
  };
  for (const WarrantyEnd& other : ends) {
    if (key(other) == key(end)) return;
  }
  *ends.Add() = end;
  std::sort(ends.begin(), ends.end(), [&](const auto& a, const auto& b) { return key(a) < key(b); });
  if (ends.size() > kMaxWarranties) ends.RemoveLast();
}

class Product final : public Operator {
 public:
  explicit Product(const Params& params) : params_(params), fading_(params.half_life_ms) {}

  const google::protobuf::Message* slice_prototype() const override {
    return &ProductSlice::default_instance();
  }

  Verdict apply(const v1::Event& event, ApplyContext& context) const override {
    if (event.feedback().has_fault()) add_fault(event, context, context.slice.edit<ProductSlice>());
    if (event.has_purchase() && event.purchase().kind() != v1::PURCHASE_KIND_RETURN &&
        event.purchase().kind() != v1::PURCHASE_KIND_CANCELLATION) {
      const v1::Purchase& purchase = event.purchase();
      const auto add = [&](bool there, const google::protobuf::Timestamp& end) {
        if (!there) return;
        add_warranty(TimeUtil::TimestampToMilliseconds(end), event, context,
                     context.slice.edit<ProductSlice>());
      };
      add(purchase.has_warranty_end_time(), purchase.warranty_end_time());
      for (const v1::PurchaseItem& item : purchase.items())
        add(item.has_warranty_end_time(), item.warranty_end_time());
    }
    return Verdict::kApplied;
  }

  void assess(AssessContext& context) const override {
    const ProductSlice* slice = context.slice.get<ProductSlice>();
    if (slice == nullptr) return;
    const double reason = assess_faults(*slice, context);
    assess_warranties(*slice, reason, context);
  }

 private:
  double weight_of(const ProductFaults& faults, TimeMs at_ms) const {
    if (!faults.has_fault_ms()) return 0;
    const double often = faults.count() >= 3 ? 1.5 : 1;
    const double now = (0.4 + 0.8e-3 * faults.severity_milli()) * often *
                       fading_.left(std::max<DurationMs>(0, at_ms - last_ms(faults)));
    return is_open(faults) ? now : kRepaired * now;
  }

  double assess_faults(const ProductSlice& slice, AssessContext& context) const {
    Signals& out = context.out;
    if (slice.faults_size() == 0) return 0;
    double reason = 0;
    int open = 0, count = 0;
    for (const ProductFaults& faults : slice.faults()) {
      reason += weight_of(faults, context.at_ms);
      open += is_open(faults) ? 1 : 0;
      count += faults.count();
    }
    out.set(Measure::kOpenFaults, open);
    out.set(Measure::kEvidenceWeight, count);
    if (reason <= 0) return 0;
    const double points = bounded_points(reason, params_.max_fault);
    note_fading(fading_, points, context);
    Contribution contribution{.name = "fault", .points = points, .sentence = {}, .evidence = {}};
    if (context.explain) {
      contribution.sentence =
          fmt::format("{}, the last {} ago; {}.", count_text(count, "fault"),
                      days_text(days(context.at_ms - slice.last().event_ms())),
                      open > 0 ? fmt::format("{} not repaired yet", count_text(open, "product"))
                               : std::string("all repaired"));
      contribution.evidence.push_back(evidence_of(slice.last(), context.shared.task()));
    }
    out.contribute(std::move(contribution));
    return reason;
  }

  void assess_warranties(const ProductSlice& slice, double faults, AssessContext& context) const {
    double level = 0;
    const WarrantyEnd* felt = nullptr;
    for (const WarrantyEnd& end : slice.warranties()) {
      const DurationMs until_ms = end.end_ms() - context.at_ms;
      const DurationMs step_ms = deadline_step_ms(params_.warranty, until_ms);
      if (step_ms != kNever) context.out.changes_at(context.at_ms + step_ms);
      const double here = deadline_level(params_.warranty, until_ms);
      if (here > level) {
        level = here;
        felt = &end;
      }
    }
    if (felt == nullptr) return;
    const DurationMs until_ms = felt->end_ms() - context.at_ms;
    if (until_ms > 0) context.out.raise(Flag::kWarrantyEnding);
    Contribution contribution{.name = "warranty_ending",
                              .points = params_.max_warranty * level * (faults > 0 ? 1 : 0.5),
                              .sentence = {},
                              .evidence = {}};
    if (context.explain) {
      contribution.sentence = until_ms > 0
                                  ? fmt::format("A warranty ends in {}.", days_text(days(until_ms)))
                                  : fmt::format("A warranty ended {} ago.", days_text(days(-until_ms)));
      contribution.evidence.push_back(evidence_of(felt->purchase(), context.shared.task()));
    }
    context.out.contribute(std::move(contribution));
  }

  Params params_;
  Fading fading_;
};

}  // namespace

std::unique_ptr<Operator> make_product(const MakeContext& context) {
  FieldReader reader(context.params, "graph." + context.node, context.diagnostics);
  Params params;
  params.half_life_ms = reader.duration("half_life", params.half_life_ms, kDayMs, 3650 * kDayMs);
  params.max_fault = reader.number("max_fault", params.max_fault, 0.01, 5);
  params.max_warranty = reader.number("max_warranty", params.max_warranty, 0.01, 5);
  params.warranty.window_ms =
      reader.duration("warranty_window", params.warranty.window_ms, kDayMs, 365 * kDayMs);
  params.warranty.half_life_ms = params.warranty.window_ms;
  reader.finish();
  return std::make_unique<Product>(params);
}

}  // namespace ebb
