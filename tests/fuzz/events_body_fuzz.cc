// Bodies of POSTs, cut apart into events, and whose event a line of JSON is.
//
// Input: a byte (which content type; bit 7: ce-* headers), then the body.
#include <array>
#include <string>
#include <utility>
#include <vector>

#include "engine/files/customer_id.h"
#include "engine/http/events_body.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr std::array kTypes = {"application/json",
                                 "application/x-ndjson",
                                 "application/cloudevents+json",
                                 "application/cloudevents-batch+json",
                                 "application/x-protobuf",
                                 "application/x-protobuf; delimited=true",
                                 "text/plain"};
  constexpr std::size_t kEventsMax = 100;
  ebb::fuzz::Input input(data, size);
  const std::uint8_t switches = input.byte();
  std::vector<std::pair<std::string, std::string>> headers;
  if ((switches & 128) != 0) headers = {{"ce-id", "1"}, {"ce-source", "s"}, {"ce-specversion", "1.0"}};
  const auto events =
      ebb::split_events(kTypes[(switches & 127) % kTypes.size()], headers, input.rest(), kEventsMax);
  if (events.is_ok()) ebb::fuzz::require(events->size() <= kEventsMax, "no more events than may come");
  std::string scratch;
  std::string_view id;
  if (ebb::find_customer_id(input.rest(), &scratch, &id))
    ebb::fuzz::require(!id.empty(), "an id isn't empty");
  return 0;
}
