// Splits the body of a POST into events.
//   application/json, application/x-ndjson   one object, an array of objects, or one after the other
//   application/cloudevents+json             one structured CloudEvent
//   application/cloudevents-batch+json       an array of them
//   application/x-protobuf                   one event; with "; delimited=true" each after its length
//   (varint)
// Headers of the request named ce-* make it one binary CloudEvent. The objects are only cut apart here: what
// is in them is judged later, one by one.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/base/status.h"
#include "engine/http/server.h"

namespace ebb {

// headers: of the request, names in lower case. kNotFound: a content type that is none of these;
// kFull: more than events_max; kInvalid: it can't be cut apart.
Result<std::vector<PostedEvent>> split_events(std::string_view content_type,
                                              const std::vector<std::pair<std::string, std::string>>& headers,
                                              std::string_view body, std::size_t events_max);

}  // namespace ebb
