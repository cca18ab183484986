-- The request phases, in the order of the front line: whose hostname is it, loops, https, country,
-- firewall. Each either answers by itself or lets the request go on to the origin.
local data = require "frontline.data"
local pages = require "frontline.pages"

local _M = {}

local kBadAgents = { "sqlmap", "nikto", "masscan" }

-- Plain substrings of the lower-cased request target; each names the rule that it belongs to.
local kBadTargets = {
  { "../", "traversal" }, { "..%2f", "traversal" }, { "..%5c", "traversal" },
  { "<script", "script" }, { "%3cscript", "script" },
  { "union+select", "sql" }, { "union%20select", "sql" },
}

-- The zone that owns `host`: an exact name first, then the wildcard of the nearest parent.
local function zone_of(host)
  local zone = data.exact[host]
  if zone then return zone end
  local parent = host:match("^[^.]+%.(.+)$")
  while parent do
    zone = data.wildcard[parent]
    if zone then return zone end
    parent = parent:match("^[^.]+%.(.+)$")
  end
  return nil
end

local function client_scheme()
  if ngx.var.http_x_forwarded_proto == "https" then return "https" end
  local visitor = ngx.var.http_cf_visitor
  if visitor and visitor:find('"scheme":"https"', 1, true) then return "https" end
  return "http"
end

-- 16 hexadecimal digits and the data centre, unless whoever ended TLS has given one already.
local function ray_id()
  local given = ngx.var.http_cf_ray
  if given and given ~= "" then return given end
  return string.format("%08x%08x-SJC", math.random(0, 0xffffffff), math.random(0, 0xffffffff))
end

-- The rule that the request breaks, or nil.
local function firewall()
  local agent = (ngx.var.http_user_agent or ""):lower()
  for _, bad in ipairs(kBadAgents) do
    if agent:find(bad, 1, true) then return "agent" end
  end
  local target = ngx.var.request_uri:lower()
  for _, bad in ipairs(kBadTargets) do
    if target:find(bad[1], 1, true) then return bad[2] end
  end
  return nil
end

local function contains(list, value)
  for _, item in ipairs(list or {}) do
    if item == value then return true end
  end
  return false
end

function _M.run()
  local ray = ray_id()
  local scheme = client_scheme()
  local country = data.countries[ngx.var.remote_addr] or "XX"
  ngx.var.fl_ray = ray
  ngx.var.fl_scheme = scheme
  ngx.var.fl_country = country

  local zone = zone_of(ngx.var.host)
  if not zone then return pages.send(409, pages.not_resolved()) end

  local loop = ngx.var.http_cdn_loop
  if loop and loop:find("frontline", 1, true) then
    return pages.send(403, pages.loop())
  end
  ngx.var.fl_loop = loop and loop ~= "" and (loop .. ", frontline") or "frontline"

  local settings = data.settings[zone] or {}
  if settings.always_use_https and scheme ~= "https" then
    return ngx.redirect("https://" .. ngx.var.host .. ngx.var.request_uri, 301)
  end
  if contains(settings.blocked_countries, country) then
    return pages.send(403, pages.country(country))
  end
  if settings.waf then
    local rule = firewall()
    if rule then return pages.send(403, pages.blocked(rule, ray)) end
  end
end

return _M
