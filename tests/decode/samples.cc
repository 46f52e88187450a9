#include "tests/decode/samples.h"

#include <absl/strings/escaping.h>
#include <google/protobuf/util/json_util.h>

#include <string>

namespace ebb::test {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

void fill(Message* message);

std::string some_text(const FieldDescriptor& field) {
  if (field.name() == "currency_code") return "EUR";
  return cat("some ", field.name());
}

// Scales go from 0 to 1 and everything on them is 0.5, which is within each field's range.
double some_number(const FieldDescriptor& field) {
  if (field.name() == "min") return 0;
  if (field.name() == "max") return 1;
  return 0.5;
}

void fill_single(Message* message, const FieldDescriptor* field) {
  const auto* reflection = message->GetReflection();
  switch (field->cpp_type()) {
    case FieldDescriptor::CPPTYPE_STRING:
      return reflection->SetString(message, field, some_text(*field));
    case FieldDescriptor::CPPTYPE_INT32:
      return reflection->SetInt32(message, field, 7);
    case FieldDescriptor::CPPTYPE_INT64:
      return reflection->SetInt64(message, field, 1234);
    case FieldDescriptor::CPPTYPE_DOUBLE:
      return reflection->SetDouble(message, field, some_number(*field));
    case FieldDescriptor::CPPTYPE_BOOL:
      return reflection->SetBool(message, field, true);
    case FieldDescriptor::CPPTYPE_ENUM:
      return reflection->SetEnumValue(message, field, 1);
    case FieldDescriptor::CPPTYPE_MESSAGE:
      return fill(reflection->MutableMessage(message, field));
    default:
      GOOGLE_LOG(FATAL) << "no sample for " << field->full_name();
  }
}

// Sets every field; of a oneof the last one stays.
void fill(Message* message) {
  const auto* descriptor = message->GetDescriptor();
  for (int i = 0; i < descriptor->field_count(); ++i) {
    const FieldDescriptor* field = descriptor->field(i);
    if (field->is_repeated()) {
      fill(message->GetReflection()->AddMessage(message, field));  // no list of scalars is in an event
    } else {
      fill_single(message, field);
    }
  }
}

}  // namespace

std::string replaced(std::string text, std::string_view piece, std::string_view by) {
  for (std::size_t at = text.find(piece); at != std::string::npos; at = text.find(piece, at + by.size())) {
    text.replace(at, piece.size(), by);
  }
  return text;
}

v1::Event bare_event() {
  v1::Event event;
  event.set_event_id("e-1");
  event.set_customer_id("anna");
  event.mutable_event_time()->set_seconds(kSampleTimeMs / 1000);
  event.mutable_event_time()->set_nanos(250'000'000);
  return event;
}

v1::Event purchase_event() {
  v1::Event event = bare_event();
  event.mutable_purchase()->mutable_amount()->set_currency_code("EUR");
  event.mutable_purchase()->mutable_amount()->set_minor_units(2000);
  return event;
}

v1::Event full_event(v1::Event::BodyCase body) {
  v1::Event event = bare_event();
  event.set_source_system("shop");
  const auto* field = v1::Event::descriptor()->FindFieldByNumber(body);
  fill(v1::Event::GetReflection()->MutableMessage(&event, field));
  return event;
}

std::string to_json(const v1::Event& event) {
  std::string json;
  const auto status = google::protobuf::util::MessageToJsonString(event, &json);
  GOOGLE_CHECK(status.ok()) << status.ToString();
  return json;
}

std::string to_confluent(const v1::Event& event, std::string_view indexes) {
  return cat(std::string_view("\0\0\0\0\7", 5), indexes, event.SerializeAsString());
}

std::string to_cloud_event(const v1::Event& event, bool base64) {
  const std::string data = base64 ? cat(R"("datacontenttype":"application/protobuf","data_base64":")",
                                        absl::Base64Escape(event.SerializeAsString()), "\"")
                                  : cat(R"("data":)", to_json(event));
  return cat(R"({"specversion":"1.0","id":"77","source":"/shop","type":"ebb.v1.Event","subject":"anna",)",
             R"("time":"2024-05-31T12:00:00.250Z",)", data, "}");
}

}  // namespace ebb::test
