// One function for each kind of event, for validate().
#pragma once

#include "engine/decode/check.h"

namespace ebb::v1 {
class Erasure;
class Feedback;
class Fulfilment;
class Offer;
class Profile;
class Promotion;
class Purchase;
class Survey;
}  // namespace ebb::v1

namespace ebb {

bool check_erasure(Check& check, const Path& at, const v1::Erasure& erasure);
bool check_feedback(Check& check, const Path& at, const v1::Feedback& feedback);
bool check_fulfilment(Check& check, const Path& at, const v1::Fulfilment& fulfilment);
bool check_offer(Check& check, const Path& at, const v1::Offer& offer);
bool check_profile(Check& check, const Path& at, const v1::Profile& profile);
bool check_purchase(Check& check, const Path& at, const v1::Purchase& purchase);
bool check_survey(Check& check, const Path& at, const v1::Survey& survey);

}  // namespace ebb
