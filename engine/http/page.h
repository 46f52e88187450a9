// The live page for people: the graph with counts, progress, alerts, one customer. Three files of its own and
// nothing from elsewhere; it reads /v1/status, /v1/alerts and /v1/customers as any client does.
#pragma once

namespace httplib {
class Server;
}

namespace ebb {

namespace page_files {
extern const char index_html[];
extern const char page_css[];
extern const char page_js[];
}  // namespace page_files

// Adds GET /, /page.css and /page.js, under a policy by which the browser runs and loads nothing else.
void route_page(httplib::Server* server);

}  // namespace ebb
