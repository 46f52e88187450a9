#include "engine/app/show.h"

#include <algorithm>
#include <string_view>
#include <vector>

#include "ebb/v1/alert.pb.h"
#include "ebb/v1/dead_letter.pb.h"
#include "ebb/v1/request.pb.h"
#include "ebb/v1/risk.pb.h"
#include "ebb/v1/segment.pb.h"
#include "engine/files/customer_id.h"
#include "fmt/format.h"
#include "google/protobuf/timestamp.pb.h"

namespace ebb::app {
namespace {

constexpr std::size_t kReasonsMax = 3;
constexpr std::size_t kRawBytesShown = 160;

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

// The length of the UTF-8 character at the front; 0: there is none, or it could move a cursor.
std::size_t printable_character(std::string_view text) {
  const auto first = static_cast<unsigned char>(text.front());
  if (first < 0x80) return first >= 0x20 && first != 0x7f ? 1 : 0;
  const std::size_t length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  if (first < 0xc2 || first > 0xf4 || text.size() < length) return 0;
  for (std::size_t i = 1; i < length; ++i) {
    if ((static_cast<unsigned char>(text[i]) & 0xc0) != 0x80) return 0;
  }
  const bool control = first == 0xc2 && static_cast<unsigned char>(text[1]) < 0xa0;
  return control ? 0 : length;
}

// The beginning of some bytes, what is no text as \xHH.
std::string snippet(std::string_view bytes, std::size_t bytes_max) {
  std::string out;
  const std::size_t end = std::min(bytes.size(), bytes_max);
  for (std::size_t at = 0; at < end;) {
    const std::size_t length = printable_character(bytes.substr(at));
    if (length > 0) {
      out.append(bytes.substr(at, length));
    } else {
      out += fmt::format("\\x{:02x}", static_cast<unsigned char>(bytes[at]));
    }
    at += std::max<std::size_t>(length, 1);
  }
  return end < bytes.size() ? out + "..." : out;
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
      return {"unjudged", Colour::kDim};
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

std::string why_of(const v1::Alert& alert) {
  // Nothing raises a risk here; what was found is that nobody knows.
  if (alert.kind() == v1::ALERT_KIND_SURVEY_REQUEST) return "nobody knows any more how satisfied they are";
  return reasons(alert.contributions());
}

}  // namespace

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

namespace {

std::string request_word(v1::RequestKind kind) {
  switch (kind) {
    case v1::REQUEST_KIND_CONTACT:
      return "contact";
    case v1::REQUEST_KIND_CONFIRM_RESOLVED:
      return "confirm resolved";
    case v1::REQUEST_KIND_CONTACT_SILENT:
      return "contact, silent";
    case v1::REQUEST_KIND_THANK:
      return "thank";
    case v1::REQUEST_KIND_ASK_REFERRAL:
      return "ask to refer";
    case v1::REQUEST_KIND_ASK_SURVEY:
      return "send a survey";
    default:
      return "unknown request";
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
  if (const std::string why = why_of(alert); !why.empty()) out += "  " + why;
  if (const std::string action = action_word(alert.suggested_action()); !action.empty()) {
    out += "  -> " + painter.paint(Colour::kBold, action);
  }
  return out;
}

std::string risk_line(const v1::Risk& risk, const Painter& painter) {
  const Heading head = heading(risk.level());
  const bool judged = risk.level() != v1::RISK_LEVEL_UNSPECIFIED;
  std::string out = fmt::format("{} {} {:<12} {:>5}", day_of(risk.event_time()),
                                painter.paint(head.colour, fmt::format("{:<9}", head.word)),
                                harmless(risk.customer_id()), judged ? percent(risk.probability()) : "-");
  if (!judged) out += "  too few events to judge by";
  if (risk.has_value_at_risk()) {
    out += "  at risk " + money(risk.value_at_risk().minor_units(), risk.value_at_risk().currency_code());
  }
  out += "  " + counted(risk.purchases(), "purchase");
  if (risk.has_spend()) out += ", " + money(risk.spend().minor_units(), risk.spend().currency_code());
  if (risk.has_last_purchase_time()) out += ", the last on " + day_of(risk.last_purchase_time());
  if (risk.has_satisfaction_index())
    out += fmt::format("; satisfaction {:.0f} of 100", risk.satisfaction_index());
  if (risk.open_complaints() > 0) out += fmt::format("; open complaints: {}", risk.open_complaints());
  return out;
}

std::string request_line(const v1::Request& request, const Painter& painter) {
  std::string out =
      fmt::format("{} {} {:<12}", day_of(request.event_time()),
                  painter.paint(Colour::kCyan, fmt::format("{:<16}", request_word(request.kind()))),
                  harmless(request.customer_id()));
  if (request.has_expected_value()) {
    out += "  expected " +
           money(request.expected_value().minor_units(), request.expected_value().currency_code());
  }
  out += "  " + harmless(request.why());
  if (request.due_time().seconds() < request.event_time().seconds()) {
    out += " Due since " + day_of(request.due_time()) + ".";
  }
  return out;
}

std::string segment_line(const v1::SegmentDay& segment, const Painter& painter) {
  const std::string name =
      segment.key().empty() ? "all customers" : harmless(segment.key() + "=" + segment.value());
  google::protobuf::Timestamp day = segment.day_end_time();  // which is the beginning of the next
  day.set_seconds(day.seconds() - 1);
  std::string out = fmt::format("{} task {}  {}  {}", day_of(day), segment.task(),
                                painter.paint(Colour::kBold, name), counted(segment.customers(), "customer"));
  if (segment.rated() > 0) {
    out += fmt::format(", satisfaction {:.0f} of 100", static_cast<double>(segment.satisfaction_milli()) /
                                                           10 / static_cast<double>(segment.rated()));
  }
  return out + fmt::format(", {} at risk, profit {}", segment.at_risk(),
                           money(segment.profit_minor(), segment.currency_code()));
}

std::string dead_letter_line(const v1::DeadLetter& letter, const Painter& painter) {
  std::string scratch;
  std::string_view customer = letter.key();
  if (customer.empty()) find_customer_id(letter.value(), &scratch, &customer);
  std::string out = fmt::format("{}-{}@{}  {}  {}", harmless(letter.topic()), letter.partition(),
                                letter.offset(), customer.empty() ? "nobody named" : snippet(customer, 64),
                                painter.paint(Colour::kYellow, harmless(letter.reason())));
  if (!letter.field().empty()) out += " in " + harmless(letter.field());
  if (!letter.message().empty()) out += ": " + harmless(letter.message());
  if (letter.value().empty()) return out;
  out += "\n    " + painter.paint(Colour::kDim, snippet(letter.value(), kRawBytesShown));
  if (letter.value_length() > static_cast<std::int64_t>(kRawBytesShown)) {
    out += fmt::format(" ({} bytes)", grouped(letter.value_length()));
  }
  return out;
}

}  // namespace ebb::app
