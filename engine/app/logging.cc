#include "engine/app/logging.h"

#include <memory>
#include <string_view>

#include "config/config.h"
#include "spdlog/pattern_formatter.h"
#include "spdlog/sinks/stdout_sinks.h"
#include "spdlog/spdlog.h"

namespace ebb::app {
namespace {

// The message in quotes, with what would break the line escaped: right for logfmt and for JSON.
class QuotedMessage final : public spdlog::custom_flag_formatter {
 public:
  void format(const spdlog::details::log_msg& message, const std::tm&, spdlog::memory_buf_t& out) override {
    out.push_back('"');
    for (const char ch : std::string_view(message.payload.data(), message.payload.size())) append(ch, out);
    out.push_back('"');
  }
  std::unique_ptr<custom_flag_formatter> clone() const override { return std::make_unique<QuotedMessage>(); }

 private:
  static void append(char ch, spdlog::memory_buf_t& out) {
    if (ch == '"' || ch == '\\') {
      out.push_back('\\');
      out.push_back(ch);
    } else if (static_cast<unsigned char>(ch) < 0x20) {
      fmt::format_to(std::back_inserter(out), "\\u{:04x}", static_cast<int>(ch));
    } else {
      out.push_back(ch);
    }
  }
};

// The process's one logger. Other threads hold it without a count while they write, so it is never replaced;
// its level and its sink's formatter may change under them.
std::shared_ptr<spdlog::logger> own_logger() {
  static const std::shared_ptr<spdlog::logger> logger = [] {
    auto made = std::make_shared<spdlog::logger>("", std::make_shared<spdlog::sinks::stderr_sink_mt>());
    made->flush_on(spdlog::level::trace);
    spdlog::set_default_logger(made);
    return made;
  }();
  return logger;
}

}  // namespace

void set_up_logging(const LoggingConfig& config) {
  auto formatter = std::make_unique<spdlog::pattern_formatter>(spdlog::pattern_time_type::utc);
  formatter->add_flag<QuotedMessage>('*');
  formatter->set_pattern(config.format == "json"
                             ? R"({"time":"%Y-%m-%dT%H:%M:%S.%eZ","level":"%l","thread":%t,"msg":%*})"
                             : "time=%Y-%m-%dT%H:%M:%S.%eZ level=%l thread=%t msg=%*");
  const auto logger = own_logger();
  logger->set_formatter(std::move(formatter));
  logger->set_level(spdlog::level::from_str(config.level));
}

void set_up_tool_logging() {
  LoggingConfig config;
  config.level = "error";
  set_up_logging(config);
}

}  // namespace ebb::app
