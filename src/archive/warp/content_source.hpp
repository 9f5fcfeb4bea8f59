/// \file
/// The content of files, one behind the other, each different content once.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "archive/tree/tree_walk.hpp"
#include "archive/warp/member_store.hpp"
#include "checksum/hasher.hpp"
#include "core/buffer.hpp"
#include "io/system.hpp"
#include "kompakt/source.hpp"

namespace kompakt {

/// Where a file's content came to lie.
struct StoredFile {
  std::uint64_t offset = 0;
  std::uint64_t size = 0;  ///< of the file when it was opened
  Digest digest;           ///< of the stored bytes
  bool sparse = false;     ///< the data runs of its entry still hold, and holes are left out
  bool duplicate = false;  ///< another file has the same content and lies there
  bool missing = false;    ///< could not be opened: not a member
};

/// Reads files in a given order. Written for one reader, in order; results are for after the end.
class ContentSource final : public Source {
 public:
  struct Options {
    HashId hash = HashId::kBlake3;
    std::size_t digest_bytes = 0;  ///< of what the hash gives, how much is kept
    std::function<void(const Entry&)> on_entry;
    std::function<void(const Status&)> on_warning;
  };
  ContentSource(const System& system, Options options)
      : system_(system), options_(std::move(options)), opener_(system) {}

  /// `members` must outlive the source; `files` are indices into it.
  void start(const MemberStore& members, std::vector<std::uint32_t> files);
  [[nodiscard]] Result<std::size_t> read(MutableByteSpan out) override;
  [[nodiscard]] std::string_view name() const override { return "<files>"; }
  /// By the place in `files`.
  [[nodiscard]] const std::vector<StoredFile>& stored() const noexcept { return stored_; }
  [[nodiscard]] const std::vector<std::uint32_t>& files() const noexcept { return files_; }

 private:
  /// A content that other files may have too, by length and BLAKE3.
  struct ContentKey {
    std::uint64_t length = 0;
    Digest digest;
    friend bool operator==(const ContentKey&, const ContentKey&) = default;
  };
  struct ContentKeyHash {
    std::size_t operator()(const ContentKey& key) const noexcept;
  };
  /// The file that is read at the moment.
  struct Current {
    Descriptor fd;
    std::vector<Extent> runs;
    std::size_t run = 0;       // the run that is read
    std::uint64_t in_run = 0;  // and how far
    std::uint64_t left = 0;
    bool changed = false;
  };

  [[nodiscard]] Result<std::size_t> take_file(MutableByteSpan room);
  [[nodiscard]] bool open(std::size_t place);
  [[nodiscard]] Status read_some(MutableByteSpan out);
  [[nodiscard]] Result<std::size_t> take_small(StoredFile& file, MutableByteSpan room);
  [[nodiscard]] Status start_large(StoredFile& file);
  [[nodiscard]] Result<std::size_t> continue_large(MutableByteSpan room);
  [[nodiscard]] bool may_be_repeated(std::uint64_t length) const;
  void finish_digests(StoredFile& file, std::optional<ContentKey>& key, std::uint64_t length);
  void update_hashers(ByteSpan bytes);
  void reset_hashers(bool may_repeat);
  void finish_file();
  void warn(Status status, std::size_t place);
  void rewind();

  const System& system_;  // NOLINT(cppcoreguidelines-*): outlives the source
  Options options_;
  WalkedOpener opener_;
  const MemberStore* members_ = nullptr;
  std::vector<std::uint32_t> files_;
  std::vector<StoredFile> stored_;
  std::unordered_set<std::uint64_t> repeated_lengths_;
  std::unordered_map<ContentKey, std::uint64_t, ContentKeyHash> contents_;
  std::size_t next_ = 0;
  std::uint64_t position_ = 0;  // in the content
  Entry entry_;
  Current current_;
  bool in_large_ = false;
  bool may_repeat_ = false;
  std::unique_ptr<Hasher> hasher_;
  std::unique_ptr<Hasher> identity_;  // BLAKE3 where the archive's hash is weaker
  Buffer carry_;                      // a small file that began in one block and ends in the next
  std::size_t carry_begin_ = 0;
  std::size_t carry_end_ = 0;
};

}  // namespace kompakt
