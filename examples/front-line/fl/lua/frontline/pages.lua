-- The pages that the front line answers with by itself.
local _M = {}

local function document(title, text)
  return "<!DOCTYPE html>\n<html>\n<head><title>" .. title .. "</title></head>\n<body>\n<h1>" ..
    title .. "</h1>\n<p>" .. text .. "</p>\n</body>\n</html>\n"
end

function _M.not_resolved()
  return document("Error 1001", "DNS resolution error")
end

function _M.loop()
  return document("Error 1019", "The request came back to where it had been")
end

function _M.country(country)
  return document("Access denied", "This site is not available in " .. country)
end

function _M.blocked(rule, ray)
  return document("Access denied", "Rule " .. rule .. " stopped this request. Ray ID: " .. ray)
end

local kOriginErrors = {
  [520] = "Web server is returning an unknown error",
  [521] = "Web server is down",
  [522] = "Connection timed out",
  [524] = "A timeout occurred",
}

-- What became of the request at the origin, where NGINX itself knows only 502 and 504: `status` is
-- that of $upstream_status, `connected` whether $upstream_connect_time is known.
function _M.origin_failed(status, connected)
  local code
  if status == 504 then
    code = connected and 524 or 522
  else
    code = connected and 520 or 521
  end
  return code, document("Error " .. code, kOriginErrors[code])
end

-- Answers with `body` and ends the request.
function _M.send(status, body)
  ngx.status = status
  ngx.header.content_type = "text/html"
  ngx.header.content_length = #body
  ngx.header.cache_control = "no-store"
  ngx.print(body)
  return ngx.exit(ngx.HTTP_OK)
end

return _M
