#include "engine/decode/json_scan.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string>
#include <unordered_set>
#include <vector>

namespace ebb {
namespace {

// Gets the parser's events; `false` ends the parse.
class Scanner {
 public:
  using Json = nlohmann::json;

  Scanner(int depth_max, JsonScan* scan) : depth_max_(static_cast<std::size_t>(depth_max)), scan_(scan) {}

  bool null() { return value(); }
  bool boolean(bool) { return value(); }
  bool number_integer(Json::number_integer_t) { return value(); }
  bool number_unsigned(Json::number_unsigned_t) { return value(); }
  bool number_float(Json::number_float_t, const Json::string_t&) { return value(); }
  bool string(Json::string_t&) { return value(); }
  bool binary(Json::binary_t&) { return value(); }

  bool start_object(std::size_t) { return open(); }
  bool end_object() { return close(); }
  bool start_array(std::size_t) { return value() && open(); }
  bool end_array() { return close(); }

  bool key(Json::string_t& name) {
    if (names_.size() == 1 && name == "specversion") scan_->cloud_event = true;
    if (!names_.back().insert(name).second) return fail("a name comes twice in one object");
    return true;
  }

  template <typename Exception>
  bool parse_error(std::size_t position, const std::string&, const Exception&) {
    scan_->position = position;
    return fail("not JSON");
  }

 private:
  // The outermost value has to be an object.
  bool value() { return names_.empty() ? fail("not a JSON object") : true; }

  bool open() {
    if (names_.size() == depth_max_) return fail("nested too deep");
    names_.emplace_back();
    return true;
  }

  bool close() {
    names_.pop_back();
    return true;
  }

  bool fail(std::string_view why) {
    scan_->why = why;
    return false;
  }

  std::size_t depth_max_;
  JsonScan* scan_;
  std::vector<std::unordered_set<std::string>> names_;  // of the objects and arrays that are open
};

}  // namespace

JsonScan scan_json(std::string_view text, int depth_max) {
  JsonScan scan;
  Scanner scanner(depth_max, &scan);
  scan.ok = nlohmann::json::sax_parse(text.begin(), text.end(), &scanner);
  return scan;
}

}  // namespace ebb
