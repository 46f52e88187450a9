#include "engine/http/events_body.h"

#include <algorithm>
#include <cctype>
#include <cstdint>
#include <optional>
#include <string>

#include "fmt/format.h"

namespace ebb {
namespace {

std::string lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return out;
}

std::string_view trim(std::string_view text) {
  const auto from = text.find_first_not_of(" \t\r\n");
  if (from == std::string_view::npos) return {};
  return text.substr(from, text.find_last_not_of(" \t\r\n") - from + 1);
}

// Takes the JSON object at the front of *text, by its braces. nullopt: there is none, or it doesn't end.
std::optional<std::string_view> take_object(std::string_view* text) {
  if (text->empty() || text->front() != '{') return std::nullopt;
  int depth = 0;
  bool in_string = false;
  for (std::size_t i = 0; i < text->size(); ++i) {
    const char c = (*text)[i];
    if (in_string) {
      if (c == '\\') ++i;
      if (c == '"') in_string = false;
    } else if (c == '"') {
      in_string = true;
    } else if (c == '{') {
      ++depth;
    } else if (c == '}' && --depth == 0) {
      const std::string_view object = text->substr(0, i + 1);
      text->remove_prefix(i + 1);
      return object;
    }
  }
  return std::nullopt;
}

class Splitter {
 public:
  Splitter(std::vector<std::pair<std::string, std::string>> headers, std::size_t events_max)
      : headers_(std::move(headers)), events_max_(events_max) {}

  Status add(std::string_view value) {
    if (events_.size() == events_max_) {
      return Status::full(fmt::format("more than {} events in one request", events_max_));
    }
    events_.push_back({std::string(value), headers_});
    return Status::ok();
  }

  Status add_objects(std::string_view text) {
    text = trim(text);
    const bool array = text.starts_with('[');
    if (array) {
      if (!text.ends_with(']')) return Status::invalid("the array doesn't end");
      text = trim(text.substr(1, text.size() - 2));
      if (text.empty()) return Status::ok();
    }
    for (;;) {
      const auto object = take_object(&text);
      if (!object) {
        return Status::invalid(fmt::format("event {}: expected a JSON object", events_.size()));
      }
      EBB_TRY(add(*object));
      text = trim(text);
      if (text.empty()) return Status::ok();
      if (!array) continue;
      if (text.front() != ',') {
        return Status::invalid(fmt::format("after event {}: expected a comma", events_.size() - 1));
      }
      text = trim(text.substr(1));
    }
  }

  Status add_delimited(std::string_view bytes) {
    while (!bytes.empty()) {
      std::uint64_t size = 0;
      int shift = 0;
      bool more = true;
      while (more && !bytes.empty() && shift < 35) {
        const auto byte = static_cast<unsigned char>(bytes.front());
        bytes.remove_prefix(1);
        size |= static_cast<std::uint64_t>(byte & 0x7f) << shift;
        shift += 7;
        more = (byte & 0x80) != 0;
      }
      if (more || size > bytes.size()) {
        return Status::invalid(fmt::format("event {}: its length reaches beyond the body", events_.size()));
      }
      EBB_TRY(add(bytes.substr(0, size)));
      bytes.remove_prefix(size);
    }
    return Status::ok();
  }

  std::vector<PostedEvent> take() { return std::move(events_); }

 private:
  std::vector<std::pair<std::string, std::string>> headers_;
  std::size_t events_max_;
  std::vector<PostedEvent> events_;
};

}  // namespace

Result<std::vector<PostedEvent>> split_events(std::string_view content_type,
                                              const std::vector<std::pair<std::string, std::string>>& headers,
                                              std::string_view body, std::size_t events_max) {
  const std::string whole = lower(content_type);
  const std::string type(trim(std::string_view(whole).substr(0, whole.find(';'))));
  std::vector<std::pair<std::string, std::string>> kept;
  for (const auto& [name, value] : headers) {
    if (name.starts_with("ce-")) kept.emplace_back("ce_" + name.substr(3), value);
  }
  const bool binary_cloud_event = !kept.empty();
  const bool batch = type == "application/cloudevents-batch+json";
  kept.emplace_back("content-type", batch ? "application/cloudevents+json" : type);

  Splitter splitter(std::move(kept), events_max);
  const bool json = type == "application/json" || type == "application/x-ndjson" ||
                    type == "application/cloudevents+json" || batch;
  if (!json && type != "application/x-protobuf" && type != "application/protobuf") {
    return Status::not_found("content type \"" + type +
                             "\" is not one of application/json, application/x-ndjson, "
                             "application/cloudevents+json, application/cloudevents-batch+json, "
                             "application/x-protobuf");
  }
  if (binary_cloud_event) {
    EBB_TRY(splitter.add(body));
  } else if (json) {
    EBB_TRY(splitter.add_objects(body));
  } else if (whole.find("delimited=true") != std::string::npos) {
    EBB_TRY(splitter.add_delimited(body));
  } else {
    EBB_TRY(splitter.add(body));
  }
  return splitter.take();
}

}  // namespace ebb
