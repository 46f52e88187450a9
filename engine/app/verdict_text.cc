#include "engine/app/verdict.h"
#include "fmt/format.h"
#include "nlohmann/json.hpp"

namespace ebb::app {
namespace {

using Json = nlohmann::ordered_json;

std::string share_text(std::int64_t part, std::int64_t of) {
  if (of == 0) return "-";
  return fmt::format("{:.0f} %", 100.0 * static_cast<double>(part) / static_cast<double>(of));
}

std::string area_text(const std::optional<double>& area) {
  return area ? fmt::format("{:.3f}", *area) : "-";
}

std::string line(const std::string& name, const GroupVerdict& g) {
  return fmt::format("  {:<22}{:>8}{:>8}{:>7}{:>8}{:>10}{:>9}{:>8}{:>9}{:>9}{:>8}\n", name, g.leavers,
                     g.caught, share_text(g.caught, g.leavers), share_text(g.late, g.leavers),
                     g.caught == 0 ? "-" : fmt::format("{:.0f} d", g.median_lead_days()),
                     share_text(g.named, g.caught), area_text(g.auc), area_text(g.auc_recency),
                     area_text(g.auc_gaps), area_text(g.auc_bound));
}

Json optional_json(const std::optional<double>& value) {
  return value ? Json(*value) : Json();
}

Json group_json(const GroupVerdict& g) {
  return {{"leavers", g.leavers},
          {"caught", g.caught},
          {"late", g.late},
          {"named", g.named},
          {"median_lead_days", g.caught == 0 ? Json() : Json(g.median_lead_days())},
          {"auc", optional_json(g.auc)},
          {"auc_recency", optional_json(g.auc_recency)},
          {"auc_gaps", optional_json(g.auc_gaps)},
          {"auc_bound", optional_json(g.auc_bound)}};
}

double per_year(std::int64_t n, const Verdict& v) {
  return v.customer_years <= 0 ? 0 : static_cast<double>(n) / v.customer_years;
}

}  // namespace

std::string verdict_text(const Verdict& v, const VerdictOptions& options) {
  std::string out =
      fmt::format("  {:<22}{:>8}{:>8}{:>7}{:>8}{:>10}{:>9}{:>8}{:>9}{:>9}{:>8}\n", "left because of",
                  "leavers", "caught", "", "late", "lead", "named", "AUC", "recency", "own gap", "bound");
  for (const auto& [reason, group] : v.by_reason) out += line(reason, group);
  out += line("all", v.all);
  out += line("of these captive", v.captive);
  out += line("of these by promotion", v.promotion_driven);
  out += fmt::format(
      "  {} warnings of {} customers in {:.0f} customer-years; false alarms: {}, {:.2f} per customer and "
      "year\n",
      v.warnings, v.customers, v.customer_years, v.false_alarms, per_year(v.false_alarms, v));
  if (v.ranking_days == 0) {
    out += "  no ranking: it needs purchases.jsonl, and risk_history.jsonl (ebb replay --risk-history)\n";
    return out;
  }
  out += fmt::format(
      "  AUC: who leaves within {} days, of those still here, on {} days. Who buys nothing within {} days, "
      "of all: "
      "{}, recency {}\n",
      options.horizon_days, v.ranking_days, options.horizon_days, area_text(v.auc_no_purchase),
      area_text(v.auc_no_purchase_recency));
  return out;
}

std::string verdict_json(const Verdict& v, const VerdictOptions& options) {
  Json reasons = Json::object();
  for (const auto& [reason, group] : v.by_reason) reasons[reason] = group_json(group);
  const Json out = {{"horizon_days", options.horizon_days},
                    {"by_reason", reasons},
                    {"all", group_json(v.all)},
                    {"captive", group_json(v.captive)},
                    {"promotion_driven", group_json(v.promotion_driven)},
                    {"customers", v.customers},
                    {"customer_years", v.customer_years},
                    {"warnings", v.warnings},
                    {"false_alarms", v.false_alarms},
                    {"false_alarms_per_customer_year", per_year(v.false_alarms, v)},
                    {"ranking_days", v.ranking_days},
                    {"auc_no_purchase", optional_json(v.auc_no_purchase)},
                    {"auc_no_purchase_recency", optional_json(v.auc_no_purchase_recency)}};
  return out.dump(2) + "\n";
}

}  // namespace ebb::app
