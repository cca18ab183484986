#include "sim/report/page_assets.h"

extern "C" const char kFlamesimPageStyleBegin[];
extern "C" const char kFlamesimPageStyleEnd[];
extern "C" const char kFlamesimPageScriptBegin[];
extern "C" const char kFlamesimPageScriptEnd[];

namespace flamesim::report {

std::string_view pageStyle() {
  return {kFlamesimPageStyleBegin, kFlamesimPageStyleEnd};
}

std::string_view pageScript() {
  return {kFlamesimPageScriptBegin, kFlamesimPageScriptEnd};
}

}  // namespace flamesim::report
