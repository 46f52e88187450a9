// Status and Result<T>: how errors travel. No exceptions cross a module's border.
//
// A Status is OK or a code with a message for a person. Dropping one is a compile error (warnings are
// errors). Thread-safety: values; share as any value.
#pragma once

#include <cassert>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace ebb {

enum class Code {
  kOk,
  kInvalid,      // the input can't be used, whoever sent it has to change it
  kNotFound,     // what was asked for is not there
  kUnavailable,  // something outside is not there now; trying again may help
  kFenced,       // another instance has taken over: stop, write nothing more
  kFull,         // a limit of ours is reached
  kInternal,     // a bug of ours, or a broken disk
};

// "invalid", "not found", ...: for messages.
std::string_view code_name(Code code);

class [[nodiscard]] Status {
 public:
  Status() = default;  // OK
  Status(Code code, std::string message) : code_(code), message_(std::move(message)) {}

  static Status ok() { return {}; }
  static Status invalid(std::string m) { return {Code::kInvalid, std::move(m)}; }
  static Status not_found(std::string m) { return {Code::kNotFound, std::move(m)}; }
  static Status unavailable(std::string m) { return {Code::kUnavailable, std::move(m)}; }
  static Status fenced(std::string m) { return {Code::kFenced, std::move(m)}; }
  static Status full(std::string m) { return {Code::kFull, std::move(m)}; }
  static Status internal(std::string m) { return {Code::kInternal, std::move(m)}; }

  bool is_ok() const { return code_ == Code::kOk; }
  explicit operator bool() const { return is_ok(); }
  Code code() const { return code_; }
  const std::string& message() const { return message_; }

  // The same error with "context: " before its message; OK stays OK.
  Status with_context(std::string_view context) const;

  // For the few places where a failure changes nothing (best effort on the way out).
  void ignore() const {}

 private:
  Code code_ = Code::kOk;
  std::string message_;
};

// A value or the Status that says why there is none.
template <typename T>
class [[nodiscard]] Result {
 public:
  Result(T value) : value_(std::move(value)) {}         // NOLINT(google-explicit-constructor)
  Result(Status status) : status_(std::move(status)) {  // NOLINT(google-explicit-constructor)
    assert(!status_.is_ok());
  }

  bool is_ok() const { return value_.has_value(); }
  explicit operator bool() const { return is_ok(); }
  const Status& status() const { return status_; }

  // REQUIRES: is_ok().
  T& value() & { return *value_; }
  const T& value() const& { return *value_; }
  T&& value() && { return std::move(*value_); }
  T& operator*() & { return *value_; }
  const T& operator*() const& { return *value_; }
  T&& operator*() && { return std::move(*value_); }
  T* operator->() { return &*value_; }
  const T* operator->() const { return &*value_; }

 private:
  Status status_;
  std::optional<T> value_;
};

}  // namespace ebb

#define EBB_CONCAT_INNER(a, b) a##b
#define EBB_CONCAT(a, b) EBB_CONCAT_INNER(a, b)

// Returns from the function when `expr` (a Status) is not OK.
#define EBB_TRY(expr)                                                                          \
  do {                                                                                         \
    if (::ebb::Status ebb_try_status = (expr); !ebb_try_status.is_ok()) return ebb_try_status; \
  } while (false)

// EBB_ASSIGN(auto x, expr): x = value of the Result, or returns its Status.
#define EBB_ASSIGN(decl, expr) EBB_ASSIGN_IMPL(EBB_CONCAT(ebb_result_, __LINE__), decl, expr)
#define EBB_ASSIGN_IMPL(tmp, decl, expr) \
  auto tmp = (expr);                     \
  if (!tmp.is_ok()) return tmp.status(); \
  decl = std::move(tmp).value()
