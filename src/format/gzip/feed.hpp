/// \file
/// The compressed input as the sequential decoder sees it: in order, whoever has read it.
#pragma once

#include <deque>
#include <memory>

#include "format/common/input_reader.hpp"
#include "format/gzip/stretch.hpp"

namespace kompakt::gzip {

/// Joins stretches that were read ahead for others with what follows them in the source. One
/// thread at a time.
class Feed {
 public:
  explicit Feed(InputReader& reader) : reader_(reader), position_(reader.position()) {}

  /// What filling can come to.
  enum class Fill : std::uint8_t {
    kMore,  ///< more bytes than before
    kEnd,   ///< nothing follows what is at hand
    kWait,  ///< the bytes that follow are still with somebody else
  };

  /// Offset of the first byte of available().
  [[nodiscard]] std::uint64_t position() const noexcept { return position_; }
  [[nodiscard]] ByteSpan available() const noexcept;
  /// Makes more available; the bytes at hand stay, at another address.
  [[nodiscard]] Result<Fill> fill_more();
  void consume(std::size_t count) noexcept;
  /// Goes on at `position`, which is not before the present one and not behind what was read.
  void skip_to(std::uint64_t position) noexcept;

  /// Goes on inside a stretch that was taken out, with what is left of its bytes.
  void skip_into(const Stretch& stretch, std::uint64_t position);

  /// A stretch was cut off the reader's front and will be given back by put().
  void lend() noexcept { ++lent_; }
  void put(std::unique_ptr<Stretch> stretch);
  [[nodiscard]] std::size_t lent() const noexcept { return lent_; }
  /// Stretches given back and not yet passed, in order.
  [[nodiscard]] const std::deque<std::unique_ptr<Stretch>>& parked() const noexcept {
    return parked_;
  }
  [[nodiscard]] std::unique_ptr<Stretch> take_front();
  /// reader() stands where the feed does, with all that follows.
  [[nodiscard]] bool at_reader() const noexcept {
    return own_begin_ == own_end_ && reader_.position() == position_;
  }
  [[nodiscard]] InputReader& reader() noexcept { return reader_; }
  /// The stretch whose bytes the feed stands in; null where it is in none.
  [[nodiscard]] const Stretch* current() const noexcept;
  /// Takes out the first parked stretch if it lies wholly before position(); else null.
  [[nodiscard]] std::unique_ptr<Stretch> take_passed();

 private:
  void append(ByteSpan bytes);
  Result<Fill> fill_from_reader(std::size_t count);
  Result<Fill> bridge();

  InputReader& reader_;  // NOLINT(cppcoreguidelines-*): the owner's
  std::deque<std::unique_ptr<Stretch>> parked_;
  std::size_t lent_ = 0;
  std::uint64_t position_;
  // Bytes copied together where the reader's own window does not hold them.
  Buffer own_;
  std::size_t own_begin_ = 0;
  std::size_t own_end_ = 0;
  std::size_t bridged_ = 0;  // bytes at the end of own_ that reader_ holds too
};

}  // namespace kompakt::gzip
