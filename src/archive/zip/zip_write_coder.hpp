/// \file
/// How content becomes the data of an entry: in one piece, or by a job that cuts it into parts.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

#include "archive/zip/zip_layout.hpp"
#include "core/staged_job.hpp"
#include "kompakt/sink.hpp"
#include "kompakt/source.hpp"

namespace kompakt::zip {

/// A method and its level, both known to be valid.
struct Coding {
  Method method = Method::kDeflate;
  int level = 0;
};
/// kInvalidArgument, with the choices, for a method or level that there is not.
[[nodiscard]] Result<Coding> choose_coding(std::string_view method, std::optional<int> level);

/// Codes small files whole. One thread at a time.
class ContentCoder {
 public:
  [[nodiscard]] static Result<std::unique_ptr<ContentCoder>> make(const Coding& coding);
  ContentCoder() = default;
  ContentCoder(const ContentCoder&) = delete;
  ContentCoder& operator=(const ContentCoder&) = delete;
  ContentCoder(ContentCoder&&) = delete;
  ContentCoder& operator=(ContentCoder&&) = delete;
  virtual ~ContentCoder() = default;

  /// Fills `out`, which has coded_room() for it. nullopt where the content does not shrink.
  [[nodiscard]] virtual Result<std::optional<std::size_t>> encode(ByteSpan raw,
                                                                  MutableByteSpan out) = 0;
};
/// Room that encode() may use for `size` bytes.
[[nodiscard]] std::size_t coded_room(const Coding& coding, std::size_t size);
/// Working memory of a ContentCoder for files of up to `size` bytes.
[[nodiscard]] std::uint64_t coder_memory(const Coding& coding, std::size_t size);

/// A job that writes the coded content of `source` to `sink`, as one stream of the method, from
/// parts that are coded side by side.
[[nodiscard]] Result<std::unique_ptr<StagedJob>> make_content_job(Source& source, Sink& sink,
                                                                  const Coding& coding);
/// More than what that job may write for `size` bytes.
[[nodiscard]] std::uint64_t max_stream(std::uint64_t size) noexcept;

}  // namespace kompakt::zip
