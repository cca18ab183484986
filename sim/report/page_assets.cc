#include "sim/report/page_assets.h"

extern "C" const char flamesim_page_style_begin[];
extern "C" const char flamesim_page_style_end[];
extern "C" const char flamesim_page_script_begin[];
extern "C" const char flamesim_page_script_end[];

namespace flamesim::report {

std::string_view pageStyle() {
  return {flamesim_page_style_begin, flamesim_page_style_end};
}

std::string_view pageScript() {
  return {flamesim_page_script_begin, flamesim_page_script_end};
}

}  // namespace flamesim::report
