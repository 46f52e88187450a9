#include "engine/http/page.h"

#include "httplib.h"

namespace ebb {
namespace {

constexpr char kPolicy[] =
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'";

}  // namespace

void route_page(httplib::Server* server) {
  const auto add = [server](const char* path, const char* text, const char* type) {
    server->Get(path, [text, type](const httplib::Request&, httplib::Response& response) {
      response.set_header("Content-Security-Policy", kPolicy);
      response.set_header("X-Content-Type-Options", "nosniff");
      response.set_header("Referrer-Policy", "no-referrer");
      response.set_header("Cache-Control", "no-cache");
      response.set_content(text, type);
    });
  };
  add("/", page_files::index_html, "text/html; charset=utf-8");
  add("/page.css", page_files::page_css, "text/css; charset=utf-8");
  add("/page.js", page_files::page_js, "text/javascript; charset=utf-8");
}

}  // namespace ebb
