/// \file
/// Many members in little memory.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/byte_fields.hpp"
#include "kompakt/archive.hpp"

namespace kompakt {

/// Holds entries packed: about 50 bytes each and their texts. Entries are given back one at a time.
/// Reading is const and may be done by many threads.
class MemberStore {
 public:
  /// A file as it was walked; empty where there is none.
  struct Origin {
    std::string_view real_path;
    std::uint64_t device = 0;
    std::uint64_t inode = 0;
  };

  void add(const Entry& entry) { add(entry, Origin{}); }
  void add(const Entry& entry, const Origin& origin);
  [[nodiscard]] std::size_t size() const noexcept { return rows_.size(); }
  [[nodiscard]] std::string_view path(std::size_t index) const;
  [[nodiscard]] EntryType type(std::size_t index) const;
  /// Overwrites `entry` whole.
  void get(std::size_t index, Entry& entry) const;
  [[nodiscard]] Origin origin(std::size_t index) const;

 private:
  [[nodiscard]] std::uint64_t intern(const std::string& name);
  [[nodiscard]] ByteSpan row(std::size_t index) const;

  static constexpr std::size_t kChunk = std::size_t{1} << 20U;
  std::vector<std::unique_ptr<std::byte[]>> chunks_;  // NOLINT(*-avoid-c-arrays): raw storage
  std::size_t room_ = 0;                              // left in the last chunk
  std::vector<const std::byte*> rows_;                // each begins with its size
  std::vector<std::string> names_ = {std::string()};
  ByteWriter scratch_;
};

}  // namespace kompakt
