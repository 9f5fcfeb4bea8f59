/// \file
/// Errors as values: Status for calls that return nothing, Result<T> for calls that return a T.
///
/// The first failure wins: a layer that passes a Status on adds its own position (file, block, byte
/// offset) and never replaces one that is already there, because the innermost layer knows best.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include "kompakt/export.h"

namespace kompakt {

/// Why a call failed. Values are frozen: they are the C ABI's error numbers.
enum class Code : std::uint8_t {
  kOk = 0,
  kInvalidArgument = 1,  ///< the caller asked for something meaningless (usage, option, range)
  kIo = 2,               ///< the operating system refused: read, write, permission, disk full
  kAlreadyExists = 3,    ///< the output exists and may not be replaced
  kCorrupt = 4,          ///< the data contradicts itself: checksum, structure, impossible value
  kTruncated = 5,        ///< the data is right as far as it goes but ends too early
  kUnsupported = 6,      ///< valid, but needs a codec, format or version this build lacks
  kLimitExceeded = 7,    ///< a memory, output-size or other limit of the caller was reached
  kMissingResource = 8,  ///< a key, dictionary, model or reference file is needed and absent
  kCancelled = 9,        ///< the caller asked to stop
  kInternal = 10,        ///< a bug in this library; the data is not at fault
};

/// The stable lower-case name of a code ("corrupt", "truncated", ...), as used in JSON output.
[[nodiscard]] KOMPAKT_API std::string_view code_name(Code code) noexcept;

/// Success, or a Code with a message and as much of a position as is known.
class [[nodiscard]] KOMPAKT_API Status {
 public:
  Status() noexcept = default;  ///< success
  /// A failure; the message says what, without a position.
  Status(Code code, std::string message);

  /// True for success.
  [[nodiscard]] bool ok() const noexcept { return rep_ == nullptr; }
  /// kOk for success.
  [[nodiscard]] Code code() const noexcept { return rep_ ? rep_->code : Code::kOk; }
  /// The message without any position; empty on success.
  [[nodiscard]] std::string_view message() const noexcept;
  /// The position, as far as it is known: block numbers from 0, offsets in bytes.
  ///@{
  [[nodiscard]] std::optional<std::string> file() const;
  [[nodiscard]] std::optional<std::uint64_t> block() const noexcept;
  [[nodiscard]] std::optional<std::uint64_t> offset() const noexcept;
  ///@}

  /// Adds a position where none is known yet; does nothing on success.
  Status& in_file(std::string_view name);
  /// See in_file().
  Status& in_block(std::uint64_t number);
  /// See in_file().
  Status& at_offset(std::uint64_t byte_offset);

  /// "file: block 7, byte 1234: message", leaving out what is unknown. "ok" on success.
  [[nodiscard]] std::string to_string() const;

 private:
  struct Rep {
    Code code = Code::kOk;
    std::string message;
    std::optional<std::string> file;
    std::optional<std::uint64_t> block;
    std::optional<std::uint64_t> offset;
  };
  Rep& mutable_rep();
  // Shared so that a Status copies cheaply; copied on the rare write.
  std::shared_ptr<Rep> rep_;
};

/// Damage of the data (kCorrupt, kTruncated), as opposed to a failure of the system, a limit or
/// something that this build lacks.
[[nodiscard]] inline bool is_damage(const Status& status) noexcept {
  return status.code() == Code::kCorrupt || status.code() == Code::kTruncated;
}

/// A T, or the Status that says why there is none.
template <typename T>
class [[nodiscard]] Result {
 public:
  /// A value. Not explicit: `return value;`.
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}
  /// A failure. A success without a value is a bug of the caller, and becomes kInternal.
  Result(Status status) : state_(std::in_place_index<1>, std::move(status)) {
    if (std::get<1>(state_).ok()) {
      state_.template emplace<1>(Code::kInternal, "Result built from a success Status");
    }
  }

  /// True where there is a value.
  [[nodiscard]] bool ok() const noexcept { return state_.index() == 0; }
  /// Success, or the failure. Copies.
  [[nodiscard]] Status status() const { return ok() ? Status() : std::get<1>(state_); }

  /// The value; calling it on a failure throws std::bad_variant_access (a programming error).
  ///@{
  [[nodiscard]] T& value() & { return std::get<0>(state_); }
  [[nodiscard]] const T& value() const& { return std::get<0>(state_); }
  [[nodiscard]] T&& value() && { return std::get<0>(std::move(state_)); }
  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T&& operator*() && { return std::move(*this).value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }
  ///@}

 private:
  std::variant<T, Status> state_;
};

}  // namespace kompakt
