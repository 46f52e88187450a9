#include "engine/app/report.h"

#include <algorithm>
#include <string_view>

#include "engine/app/svg.h"
#include "fmt/format.h"
#include "nlohmann/json.hpp"

namespace ebb::app {
namespace {

constexpr std::size_t kTextWidth = 100;

// Characters, not bytes.
std::size_t width_of(const std::string& text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xC0) != 0x80; }));
}

std::string padded(const std::string& text, std::size_t width, bool to_the_right) {
  const std::string blanks(width - std::min(width, width_of(text)), ' ');
  return to_the_right ? blanks + text : text + blanks;
}

std::string wrapped(std::string_view text) {
  std::string out;
  std::size_t column = 0;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(' '), text.size());
    if (column > 0 && column + 1 + end > kTextWidth) {
      out += '\n';
      column = 0;
    } else if (column > 0) {
      out += ' ';
      ++column;
    }
    out += text.substr(0, end);
    column += end;
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return out + "\n";
}

std::string table_text(const ReportTable& table) {
  std::vector<std::size_t> widths;
  for (std::size_t c = 0; c < table.columns.size(); ++c) {
    std::size_t width = width_of(table.columns[c].name);
    for (const auto& row : table.rows) width = std::max(width, width_of(row[c]));
    widths.push_back(width);
  }
  std::string out;
  const auto line = [&](const auto& cell_of) {
    std::string text = " ";
    for (std::size_t c = 0; c < widths.size(); ++c) {
      text += ' ' + padded(cell_of(c), widths[c], table.columns[c].is_number) + ' ';
    }
    text.erase(text.find_last_not_of(' ') + 1);
    out += text + "\n";
  };
  line([&](std::size_t c) { return table.columns[c].name; });
  for (const auto& row : table.rows) {
    line([&](std::size_t c) { return row[c]; });
  }
  return out;
}

std::string table_html(const ReportTable& table) {
  std::string out = "<table><thead><tr>";
  for (const auto& column : table.columns) {
    out += fmt::format("<th{}>{}</th>", column.is_number ? " class=\"n\"" : "", html_escaped(column.name));
  }
  out += "</tr></thead><tbody>\n";
  for (const auto& row : table.rows) {
    out += "<tr>";
    for (std::size_t c = 0; c < row.size(); ++c) {
      out += fmt::format("<td{}>{}</td>", table.columns[c].is_number ? " class=\"n\"" : "",
                         html_escaped(row[c]));
    }
    out += "</tr>\n";
  }
  return out + "</tbody></table>\n";
}

}  // namespace

std::string report_text(const Report& report) {
  std::string out = report.title + "\n" + wrapped(report.about);
  for (const ReportSection& section : report.sections) {
    out += "\n" + section.title + "\n";
    if (!section.note.empty()) out += wrapped(section.note);
    out += section.table.rows.empty() ? "  Nothing is known of this.\n" : table_text(section.table);
  }
  return out;
}

std::string report_json(const Report& report) {
  using Json = nlohmann::ordered_json;
  Json sections = Json::array();
  for (const ReportSection& section : report.sections) {
    Json rows = Json::array();
    for (const auto& row : section.table.rows) {
      Json cells = Json::object();
      for (std::size_t c = 0; c < row.size(); ++c) cells[section.table.columns[c].name] = row[c];
      rows.push_back(std::move(cells));
    }
    sections.push_back({{"title", section.title}, {"note", section.note}, {"rows", std::move(rows)}});
  }
  const Json json = {{"title", report.title}, {"about", report.about}, {"sections", std::move(sections)}};
  return json.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

std::string report_html(const Report& report) {
  std::string out = fmt::format(
      "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>{}</title>\n<style>\n"
      "body {{ font: 15px/1.5 sans-serif; color: #222; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; "
      "}}\n"
      "table {{ border-collapse: collapse; margin: .5rem 0 1rem; }}\n"
      "th, td {{ text-align: left; padding: .2rem .8rem .2rem 0; border-bottom: 1px solid #ddd; }}\n"
      ".n {{ text-align: right; font-variant-numeric: tabular-nums; }}\n"
      "p {{ max-width: 45rem; color: #444; }}\n"
      "svg {{ width: 100%; max-width: 720px; font: 12px sans-serif; }}\n"
      ".grid {{ stroke: #ddd; }}\n</style></head><body>\n<h1>{}</h1>\n<p>{}</p>\n",
      html_escaped(report.title), html_escaped(report.title), html_escaped(report.about));
  for (const ReportSection& section : report.sections) {
    out += "<h2>" + html_escaped(section.title) + "</h2>\n";
    if (!section.note.empty()) out += "<p>" + html_escaped(section.note) + "</p>\n";
    if (section.table.rows.empty()) {
      out += "<p>Nothing is known of this.</p>\n";
      continue;
    }
    out += section.svg + table_html(section.table);
  }
  return out + "</body></html>\n";
}

}  // namespace ebb::app
