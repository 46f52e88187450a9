// The HTTP server of one instance, and all that it offers:
//   GET  /metrics                the metrics, in Prometheus' text format
//   GET  /livez, /readyz         200 or 503; with ?verbose each check on a line of its own
//   GET  /                       a live page for people (where status is given; see page.h)
//   GET  /v1/status              what the page shows, as JSON
//   GET  /v1/customers/ID        all that is known of one customer, from whichever instance has them
//   POST /v1/events/SOURCE       events in, answered when they are durable (where the endpoint is given)
//   GET  /v1/alerts              server-sent events, resumable by Last-Event-ID (where it is given); from the
//                                next alert on, or ?from=start, or ?last=N: at least the last N of them first
// Everything else is 404. Errors are {"error": "..."} with a fitting code.
//
// It knows nothing of the engine: whoever starts it says what to answer, in Endpoints.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "engine/base/status.h"
#include "engine/base/types.h"

namespace ebb {

// One line of /livez or /readyz.
struct HealthCheck {
  std::string name;
  bool ok = true;
  std::string why;  // if not ok
};

struct CustomerReply {
  enum class Kind {
    kFound,
    kUnknown,    // nobody of that name
    kElsewhere,  // another instance has them: `address`, host:port
    kNotNow,     // nobody can say at the moment: `why`
  };
  Kind kind = Kind::kUnknown;
  std::string json;
  std::string address;
  std::string why;
};

// One event as it was posted.
struct PostedEvent {
  std::string value;
  std::vector<std::pair<std::string, std::string>> headers;  // as on a record of a log: content-type, ce_*
};

struct PostRefusal {
  std::size_t index = 0;  // of the event in the request
  std::string reason;     // stable, lower_snake_case
  std::string field;
  std::string message;
};

struct PostReply {
  std::size_t accepted = 0;  // durable now
  std::vector<PostRefusal> refused;
};

struct StreamedAlert {
  std::string id;  // where to resume after it; no line breaks
  std::string json;
};

// One reader's view of the alerts. Used by one thread.
class AlertStream {
 public:
  virtual ~AlertStream() = default;
  // Waits up to wait_ms for the next alert; an empty id: none came.
  virtual Result<StreamedAlert> next(DurationMs wait_ms) = 0;
};

// Where a reader of alerts begins.
struct AlertsFrom {
  std::string after;      // behind the alert of this id; if empty:
  bool start = false;     // with the first, else
  std::int64_t last = 0;  // so many before the next, and some more maybe
};

// What to answer. Called from many threads at a time. A null function means that there is no such endpoint.
struct HttpEndpoints {
  std::function<std::vector<HealthCheck>()> liveness;
  std::function<std::vector<HealthCheck>()> readiness;
  std::function<std::string()> metrics;
  std::function<CustomerReply(const std::string& id)> customer;
  // Returns when what is good is durable. kNotFound: no such source. kInvalid: none of it can be used.
  std::function<Result<PostReply>(const std::string& source, const std::vector<PostedEvent>& events)> post;
  std::function<std::string()> status;  // JSON
  // kInvalid: no such id.
  std::function<Result<std::unique_ptr<AlertStream>>(const AlertsFrom& from)> alerts;
};

struct HttpServerOptions {
  std::string listen = "127.0.0.1:8080";  // host:port; port 0: any free one. [::1]:8080 for IPv6
  int threads = 8;                        // for requests that end
  int streams_max = 32;                   // readers of alerts at a time, a thread each
  std::size_t waiting_max = 64;           // connections accepted and not yet served
  std::size_t body_bytes_max = 8u << 20;
  std::size_t events_max = 10'000;  // in one POST
  DurationMs io_timeout_ms = 10 * kSecondMs;
  DurationMs heartbeat_ms = 15 * kSecondMs;  // of a quiet stream of alerts
};

// Thread-safety: start and stop from one thread.
class HttpServer {
 public:
  // Listens and serves from threads of its own. kUnavailable: the address can't be had; kInvalid: it is none.
  static Result<std::unique_ptr<HttpServer>> start(const HttpServerOptions& options, HttpEndpoints endpoints);
  // Stops.
  ~HttpServer();
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  // host:port as it really is.
  const std::string& address() const;
  // Ends streams, lets running requests finish, closes. The endpoints are not called afterwards.
  void stop();

 private:
  struct Impl;
  explicit HttpServer(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace ebb
