# The lazy scripts of node:*, and how the packages of npm in them find what they import: each other,
# the modules here, and small stand-ins for polyfills that the engine needs no more. --keep-names:
# workers see the names of functions, and the packages' messages have them.
set(HERE ${CMAKE_CURRENT_LIST_DIR})
set(STANDINS ${HERE}/for_packages)
flamesim_lazy_script(node ${HERE}/node.js
  --keep-names
  --alias:call-bind/callBound=${STANDINS}/call_bound.js
  --alias:is-nan=${STANDINS}/is_nan.js
  --alias:object-is=${STANDINS}/object_is
  --alias:object.assign/polyfill=${STANDINS}/object_assign.js
  --alias:process=${STANDINS}/root_process.js
  --alias:util=${STANDINS}/util.js
  --define:process.emitWarning=undefined
  --define:process.stderr=undefined)
flamesim_lazy_script(node_inspect ${HERE}/node_inspect.js)
flamesim_lazy_script(node_stream ${HERE}/node_stream.js
  --keep-names
  --alias:abort-controller=${STANDINS}/abort_controller.js
  --alias:buffer=${STANDINS}/buffer.js
  --alias:events=${STANDINS}/events.js
  --alias:process=${STANDINS}/process.js
  --alias:safe-buffer=${STANDINS}/buffer.js)
flamesim_lazy_script(node_more ${HERE}/node_more.js
  --keep-names
  --alias:node:path=${STANDINS}/path.js
  --alias:node:querystring=${HERE}/querystring.js)
