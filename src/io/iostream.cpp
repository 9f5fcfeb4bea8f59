// Bridges between sources and sinks and the standard library's streams.
#include "kompakt/iostream.hpp"

#include <algorithm>
#include <exception>
#include <streambuf>
#include <utility>
#include <vector>

#include "kompakt/reader.hpp"

namespace kompakt {
namespace {

constexpr std::size_t kBufferSize = std::size_t{64} << 10U;

char* chars(std::byte* bytes) { return reinterpret_cast<char*>(bytes); }

Status stream_failed(const char* what, const std::string& name) {
  return Status(Code::kIo, what).in_file(name);
}

class IstreamSource final : public Source {
 public:
  IstreamSource(std::istream& in, std::string name) : in_(in), name_(std::move(name)) {}

  Result<std::size_t> read(MutableByteSpan out) override {
    if (out.empty() || ended_) {
      return std::size_t{0};
    }
    try {
      in_.read(chars(out.data()), static_cast<std::streamsize>(out.size()));
    } catch (const std::exception& error) {  // of a stream that was told to throw
      if (!in_.eof()) {
        return stream_failed(error.what(), name_);
      }
    }
    const auto got = static_cast<std::size_t>(in_.gcount());
    if (in_.bad() || (in_.fail() && !in_.eof())) {
      return stream_failed("reading the stream failed", name_);
    }
    ended_ = got < out.size();
    return got;
  }
  std::string_view name() const override { return name_; }

 private:
  std::istream& in_;  // outlives the source
  std::string name_;
  bool ended_ = false;
};

class OstreamSink final : public Sink {
 public:
  OstreamSink(std::ostream& out, std::string name) : out_(out), name_(std::move(name)) {}

  Status write(ByteSpan bytes) override {
    return checked([&] {
      out_.write(reinterpret_cast<const char*>(bytes.data()),
                 static_cast<std::streamsize>(bytes.size()));
    });
  }
  Status finish(std::uint64_t /*total*/) override {
    return checked([&] { out_.flush(); });
  }
  std::string_view name() const override { return name_; }

 private:
  template <typename Call>
  Status checked(Call&& call) {
    try {
      call();
    } catch (const std::exception& error) {
      return stream_failed(error.what(), name_);
    }
    return out_.good() ? Status() : stream_failed("writing to the stream failed", name_);
  }

  std::ostream& out_;  // outlives the sink
  std::string name_;
};

/// What both buffers have: the failure that the stream's flags cannot tell.
class StatusBuffer : public std::streambuf {
 public:
  [[nodiscard]] const Status& status() const noexcept { return status_; }

 protected:
  /// False where `status` is a failure, which is kept if it is the first.
  bool note(const Status& status) {
    if (status_.ok()) {
      status_ = status;
    }
    return status.ok();
  }

 private:
  Status status_;
};

class SourceBuffer final : public StatusBuffer {
 public:
  explicit SourceBuffer(std::unique_ptr<Source> source)
      : source_(std::move(source)),
        reader_(dynamic_cast<Reader*>(source_.get())),
        room_(kBufferSize) {}

 protected:
  int_type underflow() override {
    if (gptr() == egptr() && fill(room_) == 0) {
      return traits_type::eof();
    }
    return traits_type::to_int_type(*gptr());
  }

  // Large pieces go to where they are wanted without a stay in the buffer.
  std::streamsize xsgetn(char* out, std::streamsize count) override {
    std::streamsize done = std::min<std::streamsize>(count, egptr() - gptr());
    std::copy_n(gptr(), done, out);
    gbump(static_cast<int>(done));
    while (done < count) {
      const auto left = static_cast<std::size_t>(count - done);
      if (left < room_.size()) {
        return done + std::streambuf::xsgetn(out + done, count - done);
      }
      setg(eback(), eback(), eback());
      const std::size_t got = get({reinterpret_cast<std::byte*>(out + done), left});
      if (got == 0) {
        break;
      }
      done += static_cast<std::streamsize>(got);
    }
    return done;
  }

  pos_type seekoff(off_type offset, std::ios_base::seekdir from,
                   std::ios_base::openmode which) override {
    if ((which & std::ios_base::in) == 0) {
      return failed();
    }
    const auto here = static_cast<off_type>(position_) - (egptr() - gptr());
    if (from == std::ios_base::cur && offset == 0) {
      return here;
    }
    off_type base = from == std::ios_base::cur ? here : 0;
    if (from == std::ios_base::end) {
      const auto size = content_size();
      if (!size.ok()) {
        note(size.status());
        return failed();
      }
      base = static_cast<off_type>(*size);
    }
    const off_type target = base + offset;
    return target < 0 ? failed() : move_to(static_cast<std::uint64_t>(target));
  }
  pos_type seekpos(pos_type position, std::ios_base::openmode which) override {
    return seekoff(off_type(position), std::ios_base::beg, which);
  }

 private:
  static pos_type failed() { return {off_type(-1)}; }

  std::size_t fill(MutableByteSpan room) {
    const std::size_t got = get(room);
    char* begin = chars(room_.data());
    setg(begin, begin, begin + got);
    return got;
  }

  /// Throws where nothing could be had because of a failure: that is how a buffer sets badbit.
  std::size_t get(MutableByteSpan out) {
    const auto got = reader_ != nullptr         ? reader_->read_some(out)
                     : source_->random_access() ? source_->read_at(position_, out)
                                                : source_->read(out);
    if (!note(got.status())) {
      throw std::ios_base::failure(got.status().to_string());
    }
    position_ += *got;
    return *got;
  }

  Result<std::uint64_t> content_size() {
    if (reader_ != nullptr) {
      return reader_->content_size();
    }
    const auto size = source_->random_access() ? source_->size() : std::nullopt;
    return size ? Result<std::uint64_t>(*size)
                : Status(Code::kUnsupported, "the end of this input is not known");
  }

  pos_type move_to(std::uint64_t target) {
    const std::uint64_t begin = position_ - static_cast<std::uint64_t>(egptr() - eback());
    if (target >= begin && target <= position_) {
      setg(eback(), eback() + (target - begin), egptr());
      return static_cast<off_type>(target);
    }
    if (reader_ != nullptr) {
      if (!note(reader_->seek(target))) {
        return failed();
      }
    } else if (const auto size = content_size(); !size.ok() || target > *size) {
      return failed();
    }
    position_ = target;
    setg(eback(), eback(), eback());
    return static_cast<off_type>(target);
  }

  std::unique_ptr<Source> source_;
  Reader* reader_;  // the source, where it is one
  std::vector<std::byte> room_;
  std::uint64_t position_ = 0;  // in the content, behind the buffer
};

class SinkBuffer final : public StatusBuffer {
 public:
  explicit SinkBuffer(Sink& sink) : sink_(sink), room_(kBufferSize) { empty(); }
  SinkBuffer(const SinkBuffer&) = delete;
  SinkBuffer& operator=(const SinkBuffer&) = delete;
  SinkBuffer(SinkBuffer&&) = delete;
  SinkBuffer& operator=(SinkBuffer&&) = delete;
  ~SinkBuffer() override {
    try {
      static_cast<void>(flush());
    } catch (const std::exception&) {
      return;
    }
  }

 protected:
  int_type overflow(int_type character) override {
    if (!flush()) {
      return traits_type::eof();
    }
    if (!traits_type::eq_int_type(character, traits_type::eof())) {
      *pptr() = traits_type::to_char_type(character);
      pbump(1);
    }
    return traits_type::not_eof(character);
  }
  std::streamsize xsputn(const char* bytes, std::streamsize count) override {
    if (count < static_cast<std::streamsize>(room_.size())) {
      return std::streambuf::xsputn(bytes, count);
    }
    return flush() &&
                   put({reinterpret_cast<const std::byte*>(bytes), static_cast<std::size_t>(count)})
               ? count
               : 0;
  }
  int sync() override { return flush() ? 0 : -1; }
  pos_type seekoff(off_type offset, std::ios_base::seekdir from,
                   std::ios_base::openmode /*which*/) override {
    return offset == 0 && from == std::ios_base::cur
               ? pos_type(static_cast<off_type>(written_) + (pptr() - pbase()))
               : pos_type(off_type(-1));
  }

 private:
  void empty() { setp(chars(room_.data()), chars(room_.data()) + room_.size()); }
  bool flush() {
    const auto count = static_cast<std::size_t>(pptr() - pbase());
    if (count != 0 && !put(ByteSpan(room_).first(count))) {
      return false;
    }
    empty();
    return true;
  }
  bool put(ByteSpan bytes) {
    // What is behind a gap would be another content.
    if (!status().ok() || !note(sink_.write(bytes))) {
      return false;
    }
    written_ += bytes.size();
    return true;
  }

  Sink& sink_;  // outlives the buffer
  std::vector<std::byte> room_;
  std::uint64_t written_ = 0;
};

/// A stream that owns its buffer.
template <typename Stream, typename Buffer>
class OwningStream final : public Stream {
 public:
  explicit OwningStream(std::unique_ptr<Buffer> buffer)
      : Stream(nullptr), buffer_(std::move(buffer)) {
    this->rdbuf(buffer_.get());
  }

 private:
  std::unique_ptr<Buffer> buffer_;
};

}  // namespace

std::unique_ptr<Source> istream_source(std::istream& in, std::string name) {
  return std::make_unique<IstreamSource>(in, std::move(name));
}

std::unique_ptr<Sink> ostream_sink(std::ostream& out, std::string name) {
  return std::make_unique<OstreamSink>(out, std::move(name));
}

std::unique_ptr<std::istream> source_istream(std::unique_ptr<Source> source) {
  return std::make_unique<OwningStream<std::istream, SourceBuffer>>(
      std::make_unique<SourceBuffer>(std::move(source)));
}

std::unique_ptr<std::ostream> sink_ostream(Sink& sink) {
  return std::make_unique<OwningStream<std::ostream, SinkBuffer>>(
      std::make_unique<SinkBuffer>(sink));
}

Status stream_status(const std::ios& stream) {
  const auto* const buffer = dynamic_cast<const StatusBuffer*>(stream.rdbuf());
  return buffer != nullptr ? buffer->status() : Status();
}

}  // namespace kompakt
