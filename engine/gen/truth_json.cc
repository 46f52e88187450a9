#include "engine/gen/truth_json.h"

#include "engine/json/json_writer.h"

namespace ebb::gen {
namespace {

void append_time(const char* name, TimeMs at_ms, std::string* out) {
  if (at_ms == kNever) return;
  out->append(",\"").append(name).append("\":");
  append_json_time(at_ms, out);
}

}  // namespace

void append_truth(const Truth& truth, std::string* out) {
  out->append("{\"customerId\":");
  append_json_string(truth.customer, out);
  out->append(",\"left\":").append(truth.left() ? "true" : "false");
  append_time("joinedTime", truth.joined_ms, out);
  append_time("signsTime", truth.signs_ms, out);
  append_time("leftTime", truth.left_ms, out);
  if (truth.left()) out->append(",\"reason\":\"").append(reason_name(truth.reason)).append("\"");
  append_time("firstPurchaseTime", truth.first_purchase_ms, out);
  append_time("lastPurchaseTime", truth.last_purchase_ms, out);
  append_time("nextPurchaseTime", truth.next_purchase_ms, out);
  if (truth.captive) out->append(",\"captive\":true");
  if (truth.promotion_driven) out->append(",\"promotionDriven\":true");
  out->append(",\"purchases\":").append(std::to_string(truth.purchases));
  out->append(R"(,"spend":{"currencyCode":")").append(kCurrency);
  out->append(R"(","minorUnits":")").append(std::to_string(truth.spend_minor)).append("\"}}");
}

}  // namespace ebb::gen
