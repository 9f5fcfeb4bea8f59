/// \file
/// Members one after another: how tar, and what libarchive reads, present themselves.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>

#include "kompakt/archive.hpp"
#include "kompakt/bytes.hpp"
#include "kompakt/status.hpp"

namespace kompakt {

class MemberReader {
 public:
  MemberReader() = default;
  MemberReader(const MemberReader&) = delete;
  MemberReader& operator=(const MemberReader&) = delete;
  MemberReader(MemberReader&&) = delete;
  MemberReader& operator=(MemberReader&&) = delete;
  virtual ~MemberReader() = default;

  /// Goes on to the next member, past what was not read of the one before. False at the clean end.
  /// A failure that the reader can step over is told by damage() instead; what is returned as a
  /// failure ends the archive. `entry` is overwritten whole.
  [[nodiscard]] virtual Result<bool> next(Entry& entry) = 0;

  /// Content of the current file: of its data runs, one after another, holes left out. Returns
  /// fewer bytes than asked for only at its end. kCorrupt or kTruncated where the content ends
  /// early: the member is lost, and next() may go on behind it.
  [[nodiscard]] virtual Result<std::size_t> read(MutableByteSpan out) = 0;

  /// Not ok where the header of the current member is damaged: the member is lost, what next() told
  /// of it may be wrong, and read() fails with the same.
  [[nodiscard]] virtual Status lost() const { return {}; }

  /// Bytes of the archive (decoded, of a tar in a stream format) read so far.
  [[nodiscard]] virtual std::uint64_t position() const = 0;
  /// Where the current member begins, in the same count.
  [[nodiscard]] virtual std::uint64_t member_position() const = 0;
  /// The first damage that was stepped over; ok so far.
  [[nodiscard]] virtual const Status& damage() const = 0;
  /// What to call the format in listings: "tar", "7-Zip", "cpio", ...
  [[nodiscard]] virtual std::string format_name() const = 0;
};

}  // namespace kompakt
