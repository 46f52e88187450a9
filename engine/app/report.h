// What a report says, apart from how it is shown: headings, tables, plots. Shown as text, JSON or one HTML
// file.
#pragma once

#include <string>
#include <vector>

namespace ebb::app {

struct ReportTable {
  struct Column {
    std::string name;
    bool is_number = true;  // stands to the right
  };
  std::vector<Column> columns;
  std::vector<std::vector<std::string>> rows;
};

struct ReportSection {
  std::string title;
  std::string note;  // how to read it; may be empty
  ReportTable table;
  std::string svg;  // may be empty
};

struct Report {
  std::string title;
  std::string about;  // of what and as of when
  std::vector<ReportSection> sections;
};

std::string report_text(const Report& report);
// {"title", "about", "sections": [{"title", "note", "rows": [{column: cell, ...}]}]}; numbers as they are
// shown.
std::string report_json(const Report& report);
// Needs nothing beside itself.
std::string report_html(const Report& report);

}  // namespace ebb::app
