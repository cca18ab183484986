// URLPattern (https://urlpattern.spec.whatwg.org/), from urlpattern-polyfill. A lazy script.
export { URLPattern } from "urlpattern-polyfill/urlpattern";
