#include "progress.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace kompakt::cli {
namespace {

constexpr std::chrono::milliseconds kPause(125);  // eight times a second is as fast as eyes follow
constexpr std::size_t kBarWidth = 20;
constexpr std::size_t kNameWidth = 24;

std::string time_text(double seconds) {
  const auto whole = static_cast<std::uint64_t>(std::clamp(seconds, 0.0, 359999.0));
  return whole >= 3600 ? fmt::format("{}:{:02}:{:02}", whole / 3600, whole / 60 % 60, whole % 60)
                       : fmt::format("{}:{:02}", whole / 60, whole % 60);
}

std::string short_name(const std::string& name) {
  return name.size() <= kNameWidth ? name : "..." + name.substr(name.size() - kNameWidth + 3);
}

}  // namespace

ProgressMeter::ProgressMeter(const Session& session, std::string name,
                             std::optional<std::uint64_t> input_size, ContentSide side)
    : session_(session),
      name_(std::move(name)),
      input_size_(input_size),
      side_(side),
      shown_(session.request.progress.value_or(session.world.is_terminal(session.world.err) &&
                                               session.request.verbosity >= 0 &&
                                               !session.request.json)),
      begin_(session.world.now()),
      last_(begin_) {}

double ProgressMeter::seconds() const {
  return std::chrono::duration<double>(session_.world.now() - begin_).count();
}

std::function<void(const Progress&)> ProgressMeter::callback() {
  return [this](const Progress& progress) { update(progress); };
}

void ProgressMeter::update(const Progress& progress) {
  auto* wanted = session_.world.progress_wanted;
  if (wanted != nullptr && wanted->exchange(false)) {
    session_.console.say(line(progress));
  }
  if (!shown_) {
    return;
  }
  const Time now = session_.world.now();
  if (now - last_ < kPause) {
    return;
  }
  last_ = now;
  if (session_.request.json) {
    session_.console.json(json(progress));
  } else {
    session_.console.status_line(line(progress));
  }
}

std::string ProgressMeter::line(const Progress& progress) const {
  const bool reads = side_ == ContentSide::kInput;
  const std::uint64_t raw = reads ? progress.bytes_in : progress.bytes_out;
  const std::uint64_t stored = reads ? progress.bytes_out : progress.bytes_in;
  const double elapsed = seconds();
  std::string out = short_name(name_) + "  ";
  if (input_size_ && *input_size_ > 0) {
    const double done =
        std::min(1.0, static_cast<double>(progress.bytes_in) / static_cast<double>(*input_size_));
    const auto filled = static_cast<std::size_t>(done * kBarWidth);
    out += fmt::format("[{}{}] {:5.1f}%", std::string(filled, '#'),
                       std::string(kBarWidth - filled, '-'), done * 100);
    out += fmt::format("  {}  {}", speed_text(raw, elapsed), ratio_text(raw, stored));
    out += "  ETA " + (done > 0 ? time_text(elapsed / done - elapsed) : "-:--");
    return out;
  }
  return out + fmt::format("{}  {}  {}  {}", human_size(static_cast<double>(raw)),
                           speed_text(raw, elapsed), ratio_text(raw, stored), time_text(elapsed));
}

JsonLine ProgressMeter::json(const Progress& progress) const {
  JsonLine out("progress");
  out.text("file", name_)
      .number("bytes_in", progress.bytes_in)
      .number("bytes_out", progress.bytes_out);
  if (input_size_) {
    out.number("total_in", *input_size_);
  }
  out.real("seconds", seconds());
  return out;
}

}  // namespace kompakt::cli
