/// \file
/// The progress line: bar, speed, ratio, time left.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "kompakt/options.hpp"
#include "session.hpp"

namespace kompakt::cli {

/// Which end of an operation carries the content.
enum class ContentSide : std::uint8_t { kInput, kOutput };

/// Shows how far one file has come. Must outlive the operation that calls callback().
class ProgressMeter {
 public:
  ProgressMeter(const Session& session, std::string name, std::optional<std::uint64_t> input_size,
                ContentSide side);

  [[nodiscard]] std::function<void(const Progress&)> callback();
  /// Seconds since construction.
  [[nodiscard]] double seconds() const;

 private:
  using Time = std::chrono::steady_clock::time_point;
  void update(const Progress& progress);
  [[nodiscard]] std::string line(const Progress& progress) const;
  [[nodiscard]] JsonLine json(const Progress& progress) const;

  const Session& session_;  // outlives the meter
  std::string name_;
  std::optional<std::uint64_t> input_size_;
  ContentSide side_;
  bool shown_;
  Time begin_;
  Time last_;
};

}  // namespace kompakt::cli
