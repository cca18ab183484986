// Which behaviour a worker's compatibility date and flags choose, by the name of the flag. Until they
// are read (compatibility.js) all are enabled, as for a worker without a date.
export const chosen = {
  cache_no_cache_enabled: true,
  cache_option_enabled: true,
  fetch_iterable_type_support: true,
  fetch_iterable_type_support_override_adjustment: true,
  set_event_target_this: true,
  spec_compliant_dispatch_exceptions: true,
  strip_authorization_on_cross_origin_redirect: true,
  strip_bom_in_read_all_text: true,
  upper_case_all_http_methods: true,
  urlsearchparams_delete_has_value_arg: true,
  web_socket_auto_reply_to_close: true,
  websocket_close_reason_byte_limit: true,
  websocket_standard_binary_type: true,
};
