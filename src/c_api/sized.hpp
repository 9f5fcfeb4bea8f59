/// \file
/// Structs that begin with their size: how those of older and newer callers are read and filled in.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <type_traits>

#include "kompakt/status.hpp"

namespace kompakt::c_api {

/// Larger than any struct will be: a size beyond it was never set.
inline constexpr std::size_t kLargestStruct = 4096;

/// The size that the caller gave its struct, 0 where that makes no sense. Sizes are multiples of
/// eight, so that no field is ever cut in two.
inline std::size_t given_size(const void* object) noexcept {
  std::size_t size = 0;
  std::memcpy(&size, object, sizeof size);
  return size >= sizeof size && size % 8 == 0 && size <= kLargestStruct ? size : 0;
}

/// The caller's options, completed by `defaults`; those for NULL.
template <typename T>
Result<T> sized(const T* given, const T& defaults) {
  static_assert(std::is_trivially_copyable_v<T> && sizeof(T) % 8 == 0);
  if (given == nullptr) {
    return defaults;
  }
  const std::size_t size = given_size(given);
  if (size == 0) {
    return Status(Code::kInvalidArgument,
                  "struct_size of the options is not set: begin with their KOMPAKT_..._INIT");
  }
  const auto* bytes = reinterpret_cast<const unsigned char*>(given);
  for (std::size_t i = sizeof(T); i < size; ++i) {
    if (bytes[i] != 0) {
      return Status(Code::kInvalidArgument,
                    "the options ask for something that only a newer library knows");
    }
  }
  T out = defaults;
  std::memcpy(&out, given, std::min(size, sizeof(T)));
  out.struct_size = sizeof(T);
  return out;
}

/// Whether `result` can be filled in.
template <typename T>
bool fits(const T* result) noexcept {
  return result != nullptr && given_size(result) != 0;
}

/// For results that may be NULL; before the work begins.
template <typename T>
Status check_result(const T* result) {
  if (result != nullptr && given_size(result) == 0) {
    return {Code::kInvalidArgument,
            "struct_size of the result is not set: begin with its KOMPAKT_..._INIT"};
  }
  return {};
}

/// Fills in as much as the caller's struct has room for. NULL is fine; otherwise it fits().
template <typename T>
void fill(T* result, const T& value) noexcept {
  static_assert(std::is_trivially_copyable_v<T> && sizeof(T) % 8 == 0);
  if (result == nullptr) {
    return;
  }
  const std::size_t size = given_size(result);
  auto* bytes = reinterpret_cast<unsigned char*>(result);
  std::memset(bytes, 0, size);
  std::memcpy(bytes, &value, std::min(size, sizeof(T)));
  std::memcpy(bytes, &size, sizeof size);
}

}  // namespace kompakt::c_api
