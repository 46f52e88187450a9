// Under the thread sanitizer protobuf's header gives a map field two members more, which Debian's library,
// built without it, doesn't have. So that header mustn't notice.
#pragma once
#pragma GCC system_header

#include <memory>  // the standard library, too, is to see the macro as it is

#pragma push_macro("__SANITIZE_THREAD__")
#undef __SANITIZE_THREAD__
#include_next <google/protobuf/map_field.h>
#pragma pop_macro("__SANITIZE_THREAD__")
