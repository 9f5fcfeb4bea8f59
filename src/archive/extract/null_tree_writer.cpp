#include <atomic>
#include <utility>

#include "archive/extract/placement.hpp"
#include "archive/extract/tree_writer.hpp"

namespace kompakt {
namespace {

class NullFile final : public FileInProgress {
 public:
  explicit NullFile(std::atomic<std::uint64_t>& bytes) : bytes_(bytes) {}
  Status write_at(std::uint64_t, ByteSpan bytes) override {
    bytes_.fetch_add(bytes.size(), std::memory_order_relaxed);
    return {};
  }
  Status commit() override { return {}; }

 private:
  std::atomic<std::uint64_t>& bytes_;  // the writer's, which outlives its files
};

class NullTreeWriter final : public TreeWriter {
 public:
  explicit NullTreeWriter(const TreeWriterOptions& options) : book_(options) {}

  Placement place(const Entry& entry) override { return book_.place(entry); }
  Result<std::unique_ptr<FileInProgress>> create_file(const Entry&, const std::string&) override {
    return std::unique_ptr<FileInProgress>(std::make_unique<NullFile>(bytes_));
  }
  Status write_file(const Entry&, const std::string&, ByteSpan content) override {
    bytes_.fetch_add(content.size(), std::memory_order_relaxed);
    return {};
  }
  Status make_directory(const Entry&, const std::string&) override { return {}; }
  void defer(const Entry&, const std::string&) override {}
  Status finish(const std::function<void(const Refusal&)>&) override { return {}; }
  std::uint64_t bytes_written() const override { return bytes_.load(std::memory_order_relaxed); }

 private:
  PlacementBook book_;
  std::atomic<std::uint64_t> bytes_{0};
};

}  // namespace

std::unique_ptr<TreeWriter> make_null_tree_writer(const TreeWriterOptions& options) {
  return std::make_unique<NullTreeWriter>(options);
}

}  // namespace kompakt
