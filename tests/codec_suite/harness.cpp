#include "codec_suite/harness.hpp"

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>

namespace kompakt::testing {

GuardedBuffer::GuardedBuffer(std::size_t capacity) : capacity_(capacity) {
  const auto page = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
  const std::size_t usable = (capacity + page - 1) / page * page;
  mapped_ = usable + page;
  void* raw = ::mmap(nullptr, mapped_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (raw == MAP_FAILED) {
    std::abort();
  }
  begin_ = static_cast<std::byte*>(raw);
  if (::mprotect(begin_ + usable, page, PROT_NONE) != 0) {
    std::abort();
  }
}

GuardedBuffer::~GuardedBuffer() { ::munmap(begin_, mapped_); }

MutableByteSpan GuardedBuffer::last(std::size_t size) const {
  if (size > capacity_) {
    std::abort();
  }
  const auto page = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
  return {begin_ + (mapped_ - page) - size, size};
}

ByteSpan GuardedBuffer::hold(ByteSpan content) const {
  const MutableByteSpan place = last(content.size());
  std::copy(content.begin(), content.end(), place.begin());
  return place;
}

std::vector<Sample> samples(std::size_t size, bool only_zeros) {
  std::vector<Sample> all;
  all.push_back({"zeros", Bytes(size)});
  if (!only_zeros) {
    all.push_back({"text", text_bytes(size)});
    all.push_back({"records", record_bytes(size)});
    all.push_back({"random", random_bytes(size)});
  }
  return all;
}

Bench::Bench(std::string_view spec_text, const Limits& limits)
    : spec_(parse_codec_spec(spec_text).value()),
      parameters_(spec_.codec->wire_parameters(spec_.options)),
      encoder_(std::move(spec_.codec->make_encoder(spec_.options)).value()),
      decoder_(std::move(spec_.codec->make_decoder(parameters_, limits)).value()) {}

Bytes Bench::encode(ByteSpan content) {
  Bytes encoded(codec().max_encoded_size(content.size()));
  const auto size = encoder_->encode(content, encoded);
  if (!size.ok() || !size->has_value()) {
    ADD_FAILURE() << codec().info().name << ": " << content.size()
                  << " bytes did not encode: " << size.status().to_string();
    return {};
  }
  encoded.resize(**size);
  return encoded;
}

std::unique_ptr<StreamCoder> Bench::stream_encoder() const {
  return std::move(spec_.codec->make_stream_encoder(spec_.options)).value();
}

std::unique_ptr<StreamCoder> Bench::stream_decoder(const Limits& limits) const {
  return std::move(spec_.codec->make_stream_decoder(parameters_, limits)).value();
}

StreamRun drive(StreamCoder& coder, ByteSpan in, Pieces pieces, std::size_t max_output) {
  const GuardedBuffer in_guard(pieces.in);
  const GuardedBuffer out_guard(pieces.out);
  StreamRun run;
  int idle = 0;
  while (!run.finished && run.output.size() <= max_output) {
    const ByteSpan rest = in.subspan(run.consumed);
    const ByteSpan piece = in_guard.hold(rest.first(std::min(rest.size(), pieces.in)));
    const MutableByteSpan out = out_guard.last(pieces.out);
    const bool last = piece.size() == rest.size();
    const auto progress = coder.step(piece, out, last ? StreamMode::kFinish : StreamMode::kRun);
    if (!progress.ok()) {
      run.status = progress.status();
      return run;
    }
    if (progress->consumed > piece.size() || progress->produced > out.size()) {
      ADD_FAILURE() << "a step reports more than it was given";
      return run;
    }
    run.consumed += progress->consumed;
    run.output.insert(run.output.end(), out.begin(),
                      out.begin() + static_cast<std::ptrdiff_t>(progress->produced));
    run.finished = progress->state == StreamState::kFinished;
    idle = progress->consumed == 0 && progress->produced == 0 && !run.finished ? idle + 1 : 0;
    if (idle == 2) {
      ADD_FAILURE() << "no progress twice at input byte " << run.consumed << " of " << in.size();
      run.status = Status(Code::kInternal, "no progress");
      return run;
    }
  }
  return run;
}

}  // namespace kompakt::testing
