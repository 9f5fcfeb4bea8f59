/// \file
/// For the tests of archives as objects: members from memory, every kind of archive, sources that
/// count and fail.
#pragma once

#include <gtest/gtest.h>

#include <atomic>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "kompakt/archive_file.hpp"
#include "test_data.hpp"

namespace kompakt::testing {

inline ByteSpan as_bytes(std::string_view text) {
  return {reinterpret_cast<const std::byte*>(text.data()), text.size()};
}

inline std::string as_text(const Bytes& bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

/// A file as one puts it together: everything but its content.
inline Entry file_entry(std::string path, std::int64_t modified = 1'600'000'000) {
  Entry entry;
  entry.path = std::move(path);
  entry.mode = 0644;
  entry.modified = Entry::Time{.seconds = modified, .nanoseconds = 0};
  return entry;
}

inline Entry typed_entry(EntryType type, std::string path, std::string target = {}) {
  Entry entry = file_entry(std::move(path));
  entry.type = type;
  entry.mode = type == EntryType::kDirectory ? 0755 : 0644;
  entry.link_target = std::move(target);
  return entry;
}

/// Of every kind that is written, by the name that asks for it.
inline const std::vector<std::string>& written_kinds() {
  static const std::vector<std::string> kinds = {"tar",     "tar.gz",   "tar.xz", "tar.zst",
                                                 "tar.bz2", "tar.lz4",  "tar.br", "tar.zz",
                                                 "tar.sz",  "tar.warp", "zip",    "warp"};
  return kinds;
}

inline ArchiveCreateOptions options_for(const std::string& kind) {
  ArchiveCreateOptions options;
  const auto target = archive_target("x." + kind);
  EXPECT_TRUE(target.has_value()) << kind;
  options.target = target.value_or(ArchiveTarget{});
  const auto filter = options.target.filter;
  if (options.target.kind != ArchiveKind::kTar || (filter && filter != Format::kSnappy)) {
    options.level = 1;
  }
  options.run.threads = 2;
  options.on_warning = [](const Status& warning) { ADD_FAILURE() << warning.to_string(); };
  return options;
}

/// A source over bytes of its own that counts what is read of it.
class WatchedSource final : public Source {
 public:
  WatchedSource(Bytes bytes, std::string name)
      : bytes_(std::move(bytes)), source_(memory_source(bytes_)), name_(std::move(name)) {}
  Result<std::size_t> read(MutableByteSpan out) override { return counted(source_->read(out)); }
  std::optional<std::uint64_t> size() const override { return source_->size(); }
  bool random_access() const override { return true; }
  Result<std::size_t> read_at(std::uint64_t offset, MutableByteSpan out) const override {
    return counted(source_->read_at(offset, out));
  }
  std::string_view name() const override { return name_; }
  /// Bytes read since the last call.
  std::uint64_t take_count() { return read_.exchange(0); }

 private:
  Result<std::size_t> counted(Result<std::size_t> got) const {
    read_ += got.ok() ? *got : 0;
    return got;
  }

  Bytes bytes_;
  std::unique_ptr<Source> source_;
  std::string name_;
  mutable std::atomic<std::uint64_t> read_{0};
};

/// Gives some bytes and then fails.
class FailingSource final : public Source {
 public:
  explicit FailingSource(std::size_t good) : left_(good) {}
  Result<std::size_t> read(MutableByteSpan out) override {
    if (left_ == 0) {
      return Status(Code::kIo, "the well is dry");
    }
    const std::size_t count = std::min(out.size(), left_);
    std::fill_n(out.begin(), count, std::byte{'x'});
    left_ -= count;
    if (count < out.size()) {
      return Status(Code::kIo, "the well is dry");
    }
    return count;
  }

 private:
  std::size_t left_;
};

/// Takes some bytes and then fails.
class FailingSink final : public Sink {
 public:
  explicit FailingSink(std::uint64_t room) : room_(room) {}
  Status write(ByteSpan bytes) override {
    if (bytes.size() > room_) {
      return {Code::kIo, "no space left on the moon"};
    }
    room_ -= bytes.size();
    return {};
  }

 private:
  std::uint64_t room_;
};

using Files = std::map<std::string, Bytes>;

/// An archive in memory with these files in it.
inline Bytes archive_of(const std::string& kind, const Files& files, ArchiveCreateOptions options) {
  Bytes bytes;
  const auto sink = memory_sink(bytes);
  auto writer = ArchiveWriter::open(*sink, options);
  EXPECT_TRUE(writer.ok()) << kind << ": " << writer.status().to_string();
  for (const auto& [path, content] : files) {
    const Status added = (*writer)->add(file_entry(path), ByteSpan(content));
    EXPECT_TRUE(added.ok()) << kind << ": " << added.to_string();
  }
  const auto closed = (*writer)->close();
  EXPECT_TRUE(closed.ok()) << kind << ": " << closed.status().to_string();
  return bytes;
}
inline Bytes archive_of(const std::string& kind, const Files& files) {
  return archive_of(kind, files, options_for(kind));
}

inline std::unique_ptr<ArchiveReader> reader_of(Bytes archive, const std::string& kind,
                                                const ArchiveReadOptions& options = {}) {
  auto reader = ArchiveReader::open(
      std::make_unique<WatchedSource>(std::move(archive), "x." + kind), options);
  EXPECT_TRUE(reader.ok()) << kind << ": " << reader.status().to_string();
  return reader.ok() ? std::move(*reader) : nullptr;
}

/// Small and large, of several natures.
inline Files assorted_files() {
  return {{"empty", {}},
          {"notes.txt", to_bytes("one line\n")},
          {"deep/er/prose.txt", text_bytes(80'000)},
          {"deep/noise.bin", random_bytes(400'000)},
          {"large.txt", text_bytes(1'000'000, 9)}};
}

}  // namespace kompakt::testing
