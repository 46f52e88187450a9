#include "engine/app/customer_text.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>
#include <vector>

#include "fmt/format.h"
#include "nlohmann/json.hpp"

namespace ebb::app {
namespace {

using Json = nlohmann::ordered_json;

std::string text_of(const Json& view, const char* name) {
  return view.contains(name) && view[name].is_string() ? view[name].get<std::string>() : std::string();
}

// "silence_days" with 41.3 -> "silence", "41.3 days".
std::string value_text(const std::string& name, double value, std::string_view currency, std::string* label) {
  const auto take = [&](std::string_view suffix) {
    if (!name.ends_with(suffix)) return false;
    *label = name.substr(0, name.size() - suffix.size());
    return true;
  };
  const auto minor = static_cast<std::int64_t>(std::llround(value));
  std::string text = fmt::format("{:g}", std::round(value * 1000) / 1000);
  *label = name;
  if (take("_minor_per_day")) {
    text = money(minor, currency) + " a day";
  } else if (take("_minor")) {
    text = money(minor, currency);
  } else if (take("_days")) {
    text = fmt::format("{:.1f} days", value);
  } else if (take("_probability")) {
    text = percent(value);
  }
  std::replace(label->begin(), label->end(), '_', ' ');
  return text;
}

struct Reason {
  double points = 0;
  std::string name, sentence;
};

void collect_reasons(const Json& node, std::map<std::string, Reason>* reasons) {
  for (const Json& c : node.value("contributions", Json::array())) {
    Reason reason{c.value("points", 0.0), c.value("name", ""), c.value("sentence", "")};
    (*reasons)[reason.name] = std::move(reason);
  }
}

std::string reasons_text(const std::map<std::string, Reason>& by_name, const Painter& painter) {
  std::vector<Reason> reasons;
  for (const auto& [name, reason] : by_name) reasons.push_back(reason);
  std::stable_sort(reasons.begin(), reasons.end(),
                   [](const Reason& a, const Reason& b) { return a.points > b.points; });
  std::string out;
  for (const Reason& r : reasons) {
    const Colour colour = r.points > 0 ? Colour::kRed : Colour::kGreen;
    out += fmt::format("  {} {:<18} {}\n", painter.paint(colour, fmt::format("{:+6.2f}", r.points)), r.name,
                       r.sentence);
  }
  return out.empty()
             ? out
             : painter.paint(Colour::kBold, "why (log-odds of leaving; they sum to the score)") + "\n" + out;
}

// The measures by name, of whichever node says them first.
std::map<std::string, double> measures_of(const Json& view, std::vector<std::string>* order) {
  std::map<std::string, double> out;
  for (const Json& node : view.value("nodes", Json::array())) {
    const Json measures = node.value("measures", Json::object());  // items() refers to it
    for (const auto& [name, value] : measures.items()) {
      if (value.is_number() && out.emplace(name, value.get<double>()).second) order->push_back(name);
    }
  }
  return out;
}

// The same in words: how likely to leave, what was bought, how satisfied.
std::string words(const std::map<std::string, double>& measures, std::string_view currency,
                  const Painter& painter) {
  const auto get = [&measures](const char* name) -> std::optional<double> {
    const auto it = measures.find(name);
    return it == measures.end() ? std::nullopt : std::optional(it->second);
  };
  const auto amount = [currency](double minor) {
    return money(static_cast<std::int64_t>(std::llround(minor)), currency);
  };
  const auto count = [](double n, std::string_view noun) { return counted(std::llround(n), noun); };
  std::string out;
  if (const auto risk = get("risk_probability")) {
    out += fmt::format("  {} likely to buy nothing within {:.0f} days",
                       painter.paint(Colour::kBold, percent(*risk)), get("horizon_days").value_or(0));
    if (const auto at_risk = get("value_at_risk_minor")) out += fmt::format("; {} at risk", amount(*at_risk));
    out += '\n';
  }
  if (const auto purchases = get("purchases")) {
    out +=
        fmt::format("  {} for {} over {}, the last {} ago", count(*purchases, "purchase"),
                    amount(get("spend_life_minor").value_or(0)), count(get("tenure_days").value_or(0), "day"),
                    count(get("silence_days").value_or(0), "day"));
    if (const auto gap = get("gap_days")) out += fmt::format("; buys about every {}", count(*gap, "day"));
    out += '\n';
  }
  if (const auto satisfaction = get("satisfaction")) {
    out += fmt::format("  satisfaction {:.0f} of 100; open complaints: {:.0f}\n", 100 * *satisfaction,
                       get("open_complaints").value_or(0));
  }
  return out;
}

}  // namespace

std::string customer_text(const nlohmann::ordered_json& view, std::string_view currency,
                          const Painter& painter) {
  std::string out =
      painter.paint(Colour::kBold, text_of(view, "customerId")) + "  as of " + text_of(view, "asOf") + "\n";
  if (const std::string erased = text_of(view, "erasedAt"); !erased.empty()) {
    out += "  asked to be forgotten; what happened up to " + erased + " is gone\n";
  }
  std::vector<std::string> order;
  const std::map<std::string, double> measures = measures_of(view, &order);
  out += words(measures, currency, painter);
  std::map<std::string, Reason> reasons;
  for (const Json& node : view.value("nodes", Json::array())) collect_reasons(node, &reasons);
  if (!order.empty()) out += painter.paint(Colour::kBold, "numbers") + "\n";
  for (const std::string& name : order) {
    if (name == "risk_reason" || name == "silence_slope") continue;  // what nodes say to each other only
    std::string label;
    const std::string text = value_text(name, measures.at(name), currency, &label);
    out += fmt::format("  {:<24} {}\n", label, text);
  }
  out += reasons_text(reasons, painter);
  if (const std::string due = text_of(view, "due"); !due.empty()) out += "looked at again on " + due + "\n";
  return out;
}

}  // namespace ebb::app
