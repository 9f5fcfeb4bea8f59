/// \file
/// Reads gzip members or a zlib stream from front to back. Its word is final: whatever other
/// threads decode ahead of it is taken over only where it would have come to the same.
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "codec/deflate/inflate/inflater.hpp"
#include "format/gzip/feed.hpp"
#include "format/gzip/member_header.hpp"

namespace kompakt::gzip {

class Walker {
 public:
  /// Where the walker stands.
  enum class Place : std::uint8_t {
    kBefore,   ///< in front of a member, of padding or of the end
    kHeader,   ///< inside a header
    kBody,     ///< inside deflate blocks
    kTrailer,  ///< behind them
    kEnd,      ///< behind everything
  };
  /// Why run() came back.
  enum class Event : std::uint8_t {
    kFull,      ///< the buffer is full
    kWait,      ///< the feed waits for bytes that are with somebody else
    kBoundary,  ///< between two blocks, as asked
    kBefore,    ///< a member may begin here; only where the feed is at its reader
    kOpened,    ///< a header was read: header() tells
    kClosed,    ///< a trailer was read: closing() tells
    kEnd,
  };
  struct Step {
    Event event = Event::kFull;
    std::size_t produced = 0;
  };
  /// What a trailer says, and where it stands.
  struct Closing {
    std::uint32_t check = 0;
    std::uint32_t size = 0;  ///< modulo 2^32; gzip only
    std::uint64_t offset = 0;
    std::uint64_t member = 0;
  };
  /// A place between two blocks to go on from.
  struct Resume {
    std::uint64_t bit = 0;
    std::uint64_t content = 0;
    std::size_t history = 0;  ///< bytes of the member's content that are known before it
  };

  Walker(Feed& feed, Framing framing) : feed_(feed), framing_(framing), parser_(framing) {}

  /// Decodes into buffer[filled...]. buffer[0...filled) must hold the content before it, the last
  /// kWindow bytes or all there is. `stop.content` counts from here. Errors come with
  /// `produced_before_error()` bytes in the buffer.
  [[nodiscard]] Result<Step> run(std::span<std::uint8_t> buffer, std::size_t filled,
                                 const deflate::StopAt& stop);
  [[nodiscard]] std::size_t produced_before_error() const noexcept { return lost_; }

  /// Goes on inside a member without having read what is before; its trailer can then not be
  /// checked unless the content before it was taken over in full.
  void enter_body(const Resume& at);
  /// The member that was opened just now starts with `bytes` known bytes before its content.
  void give_history(std::size_t bytes) noexcept { history_ = bytes; }
  /// Goes on behind a member's final block.
  void enter_trailer() noexcept { place_ = Place::kTrailer; }
  /// Goes on in front of a member, `members` members further.
  void enter_before(std::uint64_t members) noexcept;

  [[nodiscard]] Place place() const noexcept { return place_; }
  /// Between two blocks of a member.
  [[nodiscard]] bool at_boundary() const noexcept {
    return place_ == Place::kBody && inflater_.at_boundary();
  }
  /// In front of a member that follows the last one without padding.
  [[nodiscard]] bool at_member() const noexcept { return place_ == Place::kBefore && !padded_; }
  /// The bit that comes next in a member's body.
  [[nodiscard]] std::uint64_t bit() const noexcept { return inflater_.bit_offset(); }
  [[nodiscard]] std::size_t history() const noexcept { return history_; }
  /// Number of the member that is open or comes next.
  [[nodiscard]] std::uint64_t member() const noexcept { return member_; }
  [[nodiscard]] const MemberHeader& header() const noexcept { return header_; }
  [[nodiscard]] const Closing& closing() const noexcept { return closing_; }
  /// ok, or that something behind the last member was not looked at.
  [[nodiscard]] const Status& garbage() const noexcept { return garbage_; }

 private:
  [[nodiscard]] Result<Event> walk_before();
  [[nodiscard]] Result<Event> walk_header();
  [[nodiscard]] Result<Step> walk_body(std::span<std::uint8_t> buffer, std::size_t filled,
                                       const deflate::StopAt& relative);
  [[nodiscard]] Result<Event> walk_trailer();
  [[nodiscard]] Result<bool> have(std::size_t count, bool& waits);
  [[nodiscard]] Status fail(Code code, const char* message) const;

  Feed& feed_;  // NOLINT(cppcoreguidelines-*): the owner's
  Framing framing_;
  Place place_ = Place::kBefore;
  HeaderParser parser_;
  MemberHeader header_;
  deflate::Inflater inflater_;
  std::size_t history_ = 0;
  bool padded_ = false;   // zero bytes lie between the last member and here
  bool offered_ = false;  // kBefore has been reported for this place
  bool any_ = false;      // a member has been read
  std::uint64_t member_ = 0;
  Closing closing_;
  Status garbage_;
  std::size_t lost_ = 0;
};

}  // namespace kompakt::gzip
