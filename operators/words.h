// Numbers in words that a service agent reads without thinking.
#pragma once

#include <string>
#include <string_view>

namespace ebb {

std::string days_text(double days);                            // "a day", "74 days", "under a day"
std::string count_text(double count, std::string_view thing);  // "1 purchase", "12 purchases"
std::string percent_text(double share);                        // "82 %"; "over 99 %", "under 1 %"

}  // namespace ebb
