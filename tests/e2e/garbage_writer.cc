// garbage_writer CONFIG: writes the corpus of garbage into the first source of a config with an embedded log
// of one partition, a good purchase before each and one at the end. Says on its output what it wrote, a line
// for each record: the reason it has to be refused for ("-": none), its value in base64 ("-": too large to
// say), the record's name.
#include <absl/strings/escaping.h>
#include <fmt/format.h>

#include <cstdio>
#include <memory>
#include <string>

#include "engine/app/loaded.h"
#include "engine/app/open_log.h"
#include "engine/base/clock.h"
#include "tests/decode/garbage.h"
#include "tests/decode/samples.h"

namespace ebb {
namespace {

constexpr std::size_t kMemoryBytes = std::size_t{64} << 20;
constexpr std::size_t kSayMaxBytes = 100'000;

class Output {
 public:
  explicit Output(TopicWriter* writer, std::string topic) : writer_(writer), topic_(std::move(topic)) {}

  Status good() {
    v1::Event event = test::purchase_event();
    event.set_event_id(fmt::format("good-{}", ++good_));
    event.set_customer_id(fmt::format("customer-{}", good_ % 7));
    const std::string value = event.SerializeAsString();
    EBB_TRY(writer_->append(topic_, 0, event.customer_id(), value, {}, system_clock().wall_ms()));
    say("-", value, event.event_id());
    return Status::ok();
  }

  Status bad(const test::Garbage& garbage) {
    std::vector<Header> headers;
    for (const auto& [name, value] : garbage.headers) headers.push_back({name, value});
    const std::string value = garbage.value.value_or("");
    EBB_TRY(writer_->append(topic_, 0, garbage.key.value_or(""), value, headers, system_clock().wall_ms()));
    say(reason_name(garbage.reason), value, garbage.name);
    return Status::ok();
  }

 private:
  static void say(std::string_view reason, const std::string& value, std::string_view name) {
    fmt::print("{} {} {}\n", reason, value.size() > kSayMaxBytes ? "-" : "=" + absl::Base64Escape(value),
               name);
  }

  TopicWriter* const writer_;
  const std::string topic_;
  int good_ = 0;
};

Status write_all(const Config& config) {
  EBB_ASSIGN(const auto log, app::open_embedded(config, 1, kMemoryBytes));
  EBB_ASSIGN(const auto writer, log->open_writer());
  Output output(writer.get(), config.sources.front().topic);
  for (const test::Garbage& garbage : test::garbage()) {
    if (garbage.key == "") continue;  // to a TopicWriter an empty key is none, which is no mistake
    EBB_TRY(output.good());
    EBB_TRY(output.bad(garbage));
  }
  EBB_TRY(output.good());
  return writer->flush();
}

}  // namespace
}  // namespace ebb

int main(int argc, char** argv) {
  if (argc != 2) return 64;
  const auto loaded = ebb::app::load(argv[1]);
  if (!loaded) return 78;
  const ebb::Status status = ebb::write_all(loaded->config);
  if (!status.is_ok()) fmt::print(stderr, "{}\n", status.message());
  return status.is_ok() ? 0 : 69;
}
