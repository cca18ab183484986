// Style and script of the HTML report: report_page.css and report_page.js, inside the binary.
#pragma once

#include <string_view>

namespace flamesim::report {

std::string_view pageStyle();
std::string_view pageScript();

}  // namespace flamesim::report
