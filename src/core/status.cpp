#include "kompakt/status.hpp"

#include <array>

namespace kompakt {

std::string_view code_name(Code code) noexcept {
  static constexpr std::array<std::string_view, 11> kNames = {
      "ok",          "invalid-argument", "io",      "already-exists", "corrupt", "truncated",
      "unsupported", "limit-exceeded",   "missing", "cancelled",      "internal"};
  const auto index = static_cast<std::size_t>(code);
  return index < kNames.size() ? kNames[index] : "unknown";
}

Status::Status(Code code, std::string message) : rep_(std::make_shared<Rep>()) {
  rep_->code = code == Code::kOk ? Code::kInternal : code;
  rep_->message = std::move(message);
}

std::string_view Status::message() const noexcept {
  return rep_ ? std::string_view(rep_->message) : std::string_view();
}
std::optional<std::string> Status::file() const { return rep_ ? rep_->file : std::nullopt; }
std::optional<std::uint64_t> Status::block() const noexcept {
  return rep_ ? rep_->block : std::nullopt;
}
std::optional<std::uint64_t> Status::offset() const noexcept {
  return rep_ ? rep_->offset : std::nullopt;
}

Status::Rep& Status::mutable_rep() {
  if (rep_.use_count() > 1) {
    rep_ = std::make_shared<Rep>(*rep_);
  }
  return *rep_;
}

Status& Status::in_file(std::string_view name) {
  if (rep_ && !rep_->file) {
    mutable_rep().file = std::string(name);
  }
  return *this;
}

Status& Status::in_block(std::uint64_t number) {
  if (rep_ && !rep_->block) {
    mutable_rep().block = number;
  }
  return *this;
}

Status& Status::at_offset(std::uint64_t byte_offset) {
  if (rep_ && !rep_->offset) {
    mutable_rep().offset = byte_offset;
  }
  return *this;
}

std::string Status::to_string() const {
  if (ok()) {
    return "ok";
  }
  std::string text;
  if (rep_->file) {
    text += *rep_->file;
    text += ": ";
  }
  if (rep_->block) {
    text += "block " + std::to_string(*rep_->block);
    text += rep_->offset ? ", " : ": ";
  }
  if (rep_->offset) {
    text += "byte " + std::to_string(*rep_->offset) + ": ";
  }
  text += rep_->message;
  return text;
}

}  // namespace kompakt
