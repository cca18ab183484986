-- The last response phase: what every answer carries, and what none may. NGINX has already dropped
-- the origin's Date, Server, X-Pad and the five X-Accel-* headers that it knows.
local _M = {}

function _M.run()
  for name in pairs(ngx.resp.get_headers(0)) do
    if name:sub(1, 8) == "x-accel-" then ngx.header[name] = nil end
  end
  ngx.header["X-Powered-By"] = nil
  ngx.header["Server"] = "frontline"
  ngx.header["CF-Ray"] = ngx.var.fl_ray
end

return _M
