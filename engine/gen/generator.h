// Synthetic customers, for the demo, for tests and for benchmarks: who buys what and when, how they feel,
// what they say, what is done for them, and who leaves, why and when. The same options give the same events
// to the last byte, on any machine; the truth is known, so that alerts can be compared with it.
//
// Nobody's fate is drawn at birth: it is what comes of what happens. Customers have wants, expectations and
// a mood; now and then something begins that may end in leaving (bad service, a price rise, a competitor,
// ...); its incidents are events and add to a grudge; time and good experiences take away; who has had
// enough, and isn't held by a contract or the like, leaves. Most of what begins ends with the customer still
// there. docs/simulator.md has the process, the shares of the reasons, and what it can't show. None of the
// models of operators/models is behind it, and none of them reads it.
//
// Customers are independent of each other but for one thing: who was brought by another one notices when that
// one is angry or has left in anger.
//
// Transport: 1 event in 200 arrives late (by up to 6 hours, so out of order), 1 in 200 arrives twice (same
// id).
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "ebb/v1/event.pb.h"
#include "engine/base/types.h"

namespace ebb::gen {

enum class Skew {
  kUniform,  // all draw their rhythm from the same range
  kZipf,     // purchases a day fall with 1 / rank: a few buy up to once an hour, most every 40 days
};

enum class Source { kPurchases, kFeedback, kSurveys, kProfiles };
inline constexpr int kSources = 4;
// "purchases", ...: the sources' names in a config and of the files.
std::string_view source_name(Source source);

enum class Reason : std::uint8_t {
  kNone,  // stays
  kBadService,
  kPrice,
  kCompetitor,
  kFadedInterest,
  kMovedAway,
  kComplaintUnresolved,
  kPromotionEnded,  // of the promotion or trial that won them
  kContractEnded,   // of the contract that kept them against their will
  kFault,
  kBrokenPromise,
  kUnmetNeed,
  kReferrerUnhappy,
};
inline constexpr std::size_t kReasons = 13;  // kNone among them
// "bad_service", ...; empty for kNone.
std::string_view reason_name(Reason reason);

struct GenOptions {
  std::int64_t customers = 2000;  // 1 to 100 million
  int days = 180;                 // 1 to 36500
  std::uint64_t seed = 1;
  Skew skew = Skew::kUniform;
  TimeMs start_ms = 1'767'225'600'000;  // 2026-01-01T00:00:00Z
};

struct GenRecord {
  Source source = Source::kPurchases;
  TimeMs arrival_ms = 0;  // when the log would see it; event_time or, if late, after
  v1::Event event;
};

// What really became of a customer.
struct Truth {
  std::string customer;
  Reason reason = Reason::kNone;
  TimeMs joined_ms = 0;
  TimeMs signs_ms = kNever;  // kNever: stays
  TimeMs left_ms = kNever;
  TimeMs first_purchase_ms = kNever;
  TimeMs last_purchase_ms = kNever;
  TimeMs next_purchase_ms = kNever;  // of who left: when they would have bought next
  bool captive = false;              // wanted to leave and could not, for a time or still
  bool promotion_driven = false;     // won by a promotion or on trial, or buys mostly with a discount
  std::int64_t purchases = 0;
  std::int64_t spend_minor = 0;  // USD
  bool left() const { return left_ms != kNever; }
};

inline constexpr std::string_view kCurrency = "USD";

// About 400 bytes of memory a customer, whatever the days. Thread-safety: none.
class Generator {
 public:
  explicit Generator(const GenOptions& options);
  ~Generator();
  Generator(const Generator&) = delete;
  Generator& operator=(const Generator&) = delete;

  // The next record, in order of arrival over all sources; false: there are no more. Reuses *out.
  bool next(GenRecord* out);
  // Of customer i, from 0. Final once next() has returned false.
  Truth truth(std::int64_t i) const;
  TimeMs end_ms() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace ebb::gen
