/// \file
/// The content of one member after another into a sink.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "archive/member_reader.hpp"
#include "archive/warp/warp_archive.hpp"
#include "kompakt/archive.hpp"
#include "kompakt/options.hpp"
#include "kompakt/sink.hpp"
#include "kompakt/source.hpp"

namespace kompakt {

/// Holes come out as zeros. The end of the sink is left to the caller. kTruncated where a member
/// ends early.
class MemberCopy {
 public:
  /// `sink` and `decode` must outlive this.
  MemberCopy(Sink& sink, const DecompressOptions& decode);

  /// An entry of a zip archive, whose last checks come with the end of `content`.
  [[nodiscard]] Status copy(Source& content, std::uint64_t size);
  /// The member that the reader stands on.
  [[nodiscard]] Status copy(MemberReader& members, const Entry& entry);
  /// Of a .warp archive: data that lies from `offset` on in the content.
  [[nodiscard]] Status copy(WarpArchive& archive, const Entry& entry, std::uint64_t offset);

 private:
  template <typename Read>
  [[nodiscard]] Status copy_bytes(std::uint64_t size, Read&& read);
  template <typename Write>
  [[nodiscard]] Status with_holes(const Entry& entry, Write&& write);

  Sink& sink_;                       // NOLINT(cppcoreguidelines-*): see the constructor
  const DecompressOptions& decode_;  // NOLINT(cppcoreguidelines-*): the same
  std::vector<std::byte> room_;
};

}  // namespace kompakt
