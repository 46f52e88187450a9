#include "engine/app/show.h"

#include <algorithm>
#include <string_view>
#include <vector>

#include "ebb/v1/alert.pb.h"
#include "ebb/v1/dead_letter.pb.h"
#include "ebb/v1/risk.pb.h"
#include "fmt/format.h"
#include "google/protobuf/timestamp.pb.h"

namespace ebb::app {
namespace {

constexpr std::size_t kReasonsMax = 3;

std::string day_of(const google::protobuf::Timestamp& time) {
  return date(time.seconds() * kSecondMs);
}

// Ids come from outside: they must not move the cursor of somebody's terminal.
std::string harmless(std::string_view text) {
  std::string out(text);
  std::replace_if(
      out.begin(), out.end(), [](unsigned char c) { return c < 0x20 || c == 0x7f; }, '?');
  return out;
}

struct Heading {
  std::string word;
  Colour colour = Colour::kPlain;
};

Heading heading(v1::RiskLevel level) {
  switch (level) {
    case v1::RISK_LEVEL_NONE:
      return {"no risk", Colour::kGreen};
    case v1::RISK_LEVEL_WATCH:
      return {"WATCH", Colour::kCyan};
    case v1::RISK_LEVEL_WARNING:
      return {"WARNING", Colour::kYellow};
    case v1::RISK_LEVEL_CRITICAL:
      return {"CRITICAL", Colour::kRed};
    default:
      return {"unknown", Colour::kDim};
  }
}

Heading heading(const v1::Alert& alert) {
  switch (alert.kind()) {
    case v1::ALERT_KIND_RETRACTION:
      return {"all clear", Colour::kGreen};
    case v1::ALERT_KIND_SURVEY_REQUEST:
      return {"ask", Colour::kCyan};
    case v1::ALERT_KIND_COMPLAINT_OVERDUE:
      return {"OVERDUE", Colour::kRed};
    case v1::ALERT_KIND_SILENT_UNHAPPY:
      return {"UNHAPPY", Colour::kYellow};
    case v1::ALERT_KIND_BARRIER_ENDING:
      return {"ENDING", Colour::kYellow};
    default:
      return heading(alert.level());
  }
}

// The sentences of the reasons that raise the risk most, without the customer's usual level of risk.
template <typename Contributions>
std::string reasons(const Contributions& contributions) {
  std::vector<const v1::Contribution*> raising;
  for (const v1::Contribution& c : contributions) {
    if (c.points() > 0 && !c.sentence().empty() && c.name() != "base") raising.push_back(&c);
  }
  std::stable_sort(raising.begin(), raising.end(), [](const v1::Contribution* a, const v1::Contribution* b) {
    return a->points() > b->points();
  });
  if (raising.size() > kReasonsMax) raising.resize(kReasonsMax);
  std::vector<std::string> sentences;
  for (const v1::Contribution* c : raising) {
    std::string sentence = harmless(c->sentence());
    while (!sentence.empty() && sentence.back() == '.') sentence.pop_back();
    sentences.push_back(std::move(sentence));
  }
  return fmt::format("{}", fmt::join(sentences, "; "));
}

std::string action_word(v1::SuggestedAction action) {
  switch (action) {
    case v1::SUGGESTED_ACTION_CONTACT:
      return "contact";
    case v1::SUGGESTED_ACTION_RECOVER:
      return "recover";
    case v1::SUGGESTED_ACTION_KEEP:
      return "keep";
    case v1::SUGGESTED_ACTION_REPRICE:
      return "reprice";
    case v1::SUGGESTED_ACTION_CUT_COST_TO_SERVE:
      return "cut the cost to serve";
    case v1::SUGGESTED_ACTION_LET_GO:
      return "let go";
    case v1::SUGGESTED_ACTION_THANK:
      return "thank";
    case v1::SUGGESTED_ACTION_ASK:
      return "ask";
    case v1::SUGGESTED_ACTION_ASK_REFERRAL:
      return "ask to refer";
    case v1::SUGGESTED_ACTION_WATCH:
      return "watch";
    default:
      return "";
  }
}

}  // namespace

std::string alert_line(const v1::Alert& alert, const Painter& painter) {
  const Heading head = heading(alert);
  std::string out = fmt::format("{} {} {:<12} {:>5}", day_of(alert.event_time()),
                                painter.paint(head.colour, fmt::format("{:<9}", head.word)),
                                harmless(alert.customer_id()), percent(alert.probability()));
  if (alert.has_probability_before()) out += fmt::format(" (was {})", percent(alert.probability_before()));
  if (alert.has_value_at_risk()) {
    const std::string amount =
        money(alert.value_at_risk().minor_units(), alert.value_at_risk().currency_code());
    out += fmt::format("  at risk {}", painter.paint(Colour::kBold, amount));
  }
  if (const std::string why = reasons(alert.contributions()); !why.empty()) out += "  " + why;
  if (const std::string action = action_word(alert.suggested_action()); !action.empty()) {
    out += "  -> " + painter.paint(Colour::kBold, action);
  }
  return out;
}

std::string risk_line(const v1::Risk& risk, const Painter& painter) {
  const Heading head = heading(risk.level());
  std::string out = fmt::format("{} {} {:<12} {:>5}", day_of(risk.event_time()),
                                painter.paint(head.colour, fmt::format("{:<9}", head.word)),
                                harmless(risk.customer_id()), percent(risk.probability()));
  if (risk.has_value_at_risk()) {
    out += "  at risk " + money(risk.value_at_risk().minor_units(), risk.value_at_risk().currency_code());
  }
  out += fmt::format("  {} purchases", grouped(risk.purchases()));
  if (risk.has_spend()) out += ", " + money(risk.spend().minor_units(), risk.spend().currency_code());
  if (risk.has_last_purchase_time()) out += ", the last on " + day_of(risk.last_purchase_time());
  if (risk.has_satisfaction_index())
    out += fmt::format("; satisfaction {:.0f} of 100", risk.satisfaction_index());
  if (risk.open_complaints() > 0) out += fmt::format("; open complaints: {}", risk.open_complaints());
  return out;
}

std::string dead_letter_line(const v1::DeadLetter& letter, const Painter& painter) {
  std::string out = fmt::format("{}-{}@{}  {}", harmless(letter.topic()), letter.partition(), letter.offset(),
                                painter.paint(Colour::kYellow, harmless(letter.reason())));
  if (!letter.field().empty()) out += " in " + harmless(letter.field());
  if (!letter.message().empty()) out += ": " + harmless(letter.message());
  return out + fmt::format("  ({} bytes)", grouped(letter.value_length()));
}

}  // namespace ebb::app
