// Whose event a line of JSON is, found without decoding the event.
#pragma once

#include <string>
#include <string_view>

namespace ebb {

// The customer's id in one event as ProtoJSON ("customerId" or "customer_id" of the outermost object) or as a
// structured CloudEvent (the same within "data", else "subject"). One scan of the line; a whole parse only
// where that leaves a doubt (escapes in a name or in the id, a name that comes twice, a CloudEvent). Nobody
// looks into "data_base64": such an event needs a subject.
//
// False: there is none, it is empty or no string, or the line is no JSON that one could be found in. A broken
// line may well have one. *id points into the line or into *scratch.
bool find_customer_id(std::string_view line, std::string* scratch, std::string_view* id);

}  // namespace ebb
