#include "engine/files/customer_id.h"

#include <cstddef>
#include <nlohmann/json.hpp>

namespace ebb {
namespace {

bool is_id_name(std::string_view name) {
  return name == "customerId" || name == "customer_id";
}

// Walks over one object and looks at the names on its outermost level only. Checks nothing else: whether the
// line is an event is for others to say.
class Scan {
 public:
  enum class Found { kNothing, kId, kUnsure };

  explicit Scan(std::string_view line) : line_(line) {}

  Found run() {
    skip_spaces();
    if (peek() != '{') return Found::kNothing;
    while (at_ < line_.size() && step()) {
    }
    if (unsure_ || cloud_event_ || ids_ > 1) return Found::kUnsure;
    return ids_ == 1 ? Found::kId : Found::kNothing;
  }

  std::string_view id() const { return id_; }

 private:
  // Goes over one token; false: the object has ended.
  bool step() {
    switch (line_[at_]) {
      case '"': {
        const bool is_name = name_next_ && depth_ == 1;
        name_next_ = false;
        const std::string_view text = take_string();
        if (is_name) take_member(text);
        return true;
      }
      case '{':
      case '[':
        name_next_ = ++depth_ == 1;
        break;
      case '}':
      case ']':
        if (--depth_ == 0) return false;
        break;
      case ',':
        name_next_ = true;
        break;
      default:
        break;
    }
    ++at_;
    return true;
  }

  void take_member(std::string_view name) {
    if (escaped_) unsure_ = true;
    if (name == "specversion") cloud_event_ = true;
    if (!is_id_name(name)) return;
    skip_spaces();
    if (peek() != ':') return;
    ++at_;
    skip_spaces();
    ++ids_;
    id_ = {};
    if (peek() != '"') return;
    id_ = take_string();
    if (escaped_) unsure_ = true;
    if (!closed_) id_ = {};
  }

  // REQUIRES: a quote is next. Sets escaped_ and closed_.
  std::string_view take_string() {
    const std::size_t begin = ++at_;
    escaped_ = closed_ = false;
    while (at_ < line_.size()) {
      const char c = line_[at_++];
      if (c == '"') {
        closed_ = true;
        return line_.substr(begin, at_ - 1 - begin);
      }
      if (c == '\\') {
        escaped_ = true;
        ++at_;
      }
    }
    at_ = line_.size();
    return line_.substr(begin);
  }

  void skip_spaces() {
    while (at_ < line_.size() && (line_[at_] == ' ' || line_[at_] == '\t')) ++at_;
  }
  char peek() const { return at_ < line_.size() ? line_[at_] : '\0'; }

  const std::string_view line_;
  std::size_t at_ = 0;
  int depth_ = 0;
  bool name_next_ = false;
  bool escaped_ = false;  // the last string has a backslash
  bool closed_ = false;   // the last string has an end
  int ids_ = 0;
  bool unsure_ = false;
  bool cloud_event_ = false;
  std::string_view id_;
};

bool text_member(const nlohmann::json& object, const char* name, std::string* out) {
  if (!object.is_object()) return false;
  const auto it = object.find(name);
  if (it == object.end() || !it->is_string()) return false;
  *out = it->get<std::string>();
  return !out->empty();
}

bool id_in_event(const nlohmann::json& event, std::string* out) {
  return text_member(event, "customerId", out) || text_member(event, "customer_id", out);
}

bool find_by_parsing(std::string_view line, std::string* out) {
  const nlohmann::json json = nlohmann::json::parse(line, nullptr, /*allow_exceptions=*/false);
  if (!json.is_object()) return false;
  if (!json.contains("specversion")) return id_in_event(json, out);
  const auto data = json.find("data");
  return (data != json.end() && id_in_event(*data, out)) || text_member(json, "subject", out);
}

}  // namespace

bool find_customer_id(std::string_view line, std::string* scratch, std::string_view* id) {
  Scan scan(line);
  switch (scan.run()) {
    case Scan::Found::kNothing:
      return false;
    case Scan::Found::kId:
      *id = scan.id();
      return !id->empty();
    case Scan::Found::kUnsure:
      if (!find_by_parsing(line, scratch)) return false;
      *id = *scratch;
      return true;
  }
  return false;
}

}  // namespace ebb
