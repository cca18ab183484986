// The list behind the `URLSearchParams` interface, and application/x-www-form-urlencoded
// (WHATWG URL sections 5 and 6.2). A value: names and values in UTF-8, in their order. Also reads
// and writes form bodies of that type.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace flamesim::net {

class UrlSearchParams {
 public:
  using Pair = std::pair<std::string, std::string>;

  UrlSearchParams() = default;
  explicit UrlSearchParams(std::vector<Pair> list) : list(std::move(list)) {}
  // Reads "a=1&b=2" as it stands; a leading '?' belongs to the first name. Url::query() gives it.
  static UrlSearchParams parse(std::string_view encoded);
  // As the constructor of the interface reads a string: without a leading '?'.
  static UrlSearchParams fromString(std::string_view init);

  void append(std::string_view name, std::string_view value);
  // Removes all of that name; or, with a value, those of that name and value.
  void remove(std::string_view name);
  void remove(std::string_view name, std::string_view value);
  // The first of that name; valid until the list changes.
  std::optional<std::string_view> get(std::string_view name) const;
  std::vector<std::string_view> getAll(std::string_view name) const;
  bool has(std::string_view name) const;
  bool has(std::string_view name, std::string_view value) const;
  // Gives the first of that name the value and removes the others; appends when there is none.
  void set(std::string_view name, std::string_view value);
  // By name, in the order of UTF-16 code units; equal names keep their order.
  void sort();

  size_t size() const { return list.size(); }
  const std::vector<Pair>& all() const { return list; }
  std::string toString() const;

  bool operator==(const UrlSearchParams&) const = default;

 private:
  std::vector<Pair> list;
};

}  // namespace flamesim::net
