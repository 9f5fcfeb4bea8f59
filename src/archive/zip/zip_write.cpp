#include "archive/zip/zip_write.hpp"

#include <array>
#include <utility>

#include "archive/zip/zip_write_coder.hpp"
#include "archive/zip/zip_write_record.hpp"
#include "archive/zip/zip_write_units.hpp"

namespace kompakt {
namespace {

using zip::LargeMember;
using zip::Unit;

class ZipJob final : public ZipEncodeJob {
 public:
  struct Memory {
    std::uint64_t slot = 0;
    std::uint64_t worker = 0;
  };

  ZipJob(std::unique_ptr<TreeWalk> walk, Sink& sink, const zip::Coding& coding,
         ZipWriteOptions options, const Memory& memory)
      : reader_(std::move(walk), sink_,
                {.coding = coding,
                 .policy = {.reproducible = options.reproducible, .epoch = options.epoch},
                 .on_warning = std::move(options.on_warning),
                 .system = options.system != nullptr ? options.system : &real_system()}),
        sink_(sink),
        coding_(coding),
        on_entry_(std::move(options.on_entry)),
        memory_(memory) {}

  std::uint64_t slot_bytes() const override { return memory_.slot; }
  std::uint64_t worker_bytes() const override { return memory_.worker; }
  std::unique_ptr<Slot> make_slot() override { return std::make_unique<Unit>(); }
  Result<std::unique_ptr<Worker>> make_worker() override;

  Result<bool> read(Slot& slot) override { return reader_.read(static_cast<Unit&>(slot)); }
  Status work(Slot& slot, Worker& worker) override;
  Status write(Slot& slot) override;
  Status finish() override;
  Progress progress() const override { return {counts_.content, sink_.written()}; }
  const ZipWriteCounts& counts() const override { return counts_; }

 private:
  [[nodiscard]] Status write_batch(Unit& unit);
  [[nodiscard]] Status begin_large(LargeMember& large);
  [[nodiscard]] Status end_large(LargeMember& large);
  void note(const zip::Member& member, std::uint64_t offset);
  void tell(const zip::Member& member);

  zip::UnitReader reader_;
  // From here on, what belongs to write().
  zip::CountingSink sink_;
  zip::Coding coding_;
  std::function<void(const Entry&)> on_entry_;
  Memory memory_;
  zip::CentralDirectory directory_;
  ZipWriteCounts counts_;
};

Result<std::unique_ptr<StagedJob::Worker>> ZipJob::make_worker() {
  auto worker = std::make_unique<zip::Worker>();
  auto coder = zip::ContentCoder::make(coding_);
  if (!coder.ok()) {
    return coder.status();
  }
  worker->coder = std::move(*coder);
  return std::unique_ptr<Worker>(std::move(worker));
}

Status ZipJob::work(Slot& slot, Worker& worker) {
  auto& unit = static_cast<Unit&>(slot);
  auto& own = static_cast<zip::Worker&>(worker);
  if (unit.kind == Unit::Kind::kBatch) {
    return zip::code_batch(unit, *own.coder, coding_);
  }
  if (unit.kind == Unit::Kind::kEnd) {
    return {};
  }
  StagedJob& job = *unit.large->job;
  if (own.worker_owner != unit.large) {
    auto made = job.make_worker();
    if (!made.ok()) {
      return made.status();
    }
    own.worker = std::move(*made);
    own.worker_owner = unit.large;
  }
  return job.work(*unit.slot, *own.worker).in_file(unit.large->content.name());
}

Status ZipJob::write(Slot& slot) {
  auto& unit = static_cast<Unit&>(slot);
  if (unit.kind == Unit::Kind::kBatch) {
    return write_batch(unit);
  }
  const std::shared_ptr<LargeMember> large = std::move(unit.large);
  if (!large->begun) {
    if (Status begun = begin_large(*large); !begun.ok()) {
      return begun;
    }
  }
  return unit.kind == Unit::Kind::kPart ? large->job->write(*unit.slot) : end_large(*large);
}

Status ZipJob::write_batch(Unit& unit) {
  for (const zip::BatchItem& item : unit.items) {
    tell(item.member);
    note(item.member, sink_.written() + item.coded);
  }
  return sink_.write(std::as_const(unit.coded).first(unit.coded_size));
}

Status ZipJob::begin_large(LargeMember& large) {
  large.begun = true;
  large.offset = sink_.written();
  tell(large.member);
  std::vector<std::byte> header(zip::local_size(large.member));
  zip::put_local(large.member, header);
  return sink_.write(header);
}

Status ZipJob::end_large(LargeMember& large) {
  if (Status ended = large.job->finish(); !ended.ok()) {
    return ended;
  }
  zip::Member& member = large.member;
  member.size = large.content.taken();
  member.stored_size = large.sink.written();
  member.crc32 = large.content.crc32();
  if (!member.wide && (member.size >= zip::kIn64 || member.stored_size >= zip::kIn64)) {
    return Status(Code::kInternal, "zip: an entry outgrew what its header said")
        .in_file(member.entry.path);
  }
  std::array<std::byte, zip::kZip64DescriptorSize> bytes{};
  zip::Descriptor{.crc32 = member.crc32, .stored_size = member.stored_size, .size = member.size}
      .store(bytes, member.wide);
  note(member, large.offset);
  return sink_.write(
      ByteSpan(bytes).first(member.wide ? zip::kZip64DescriptorSize : zip::kDescriptorSize));
}

/// Enters a member into the directory and the counts.
void ZipJob::note(const zip::Member& member, std::uint64_t offset) {
  directory_.add(member, offset);
  ++counts_.entries;
  if (member.entry.type == EntryType::kFile) {
    ++counts_.files;
    counts_.content += member.size;
  }
}

void ZipJob::tell(const zip::Member& member) {
  if (!on_entry_) {
    return;
  }
  Entry entry = member.entry;
  entry.method = zip::method_name(member.method);
  if (!member.streamed) {
    entry.stored_size = member.stored_size;
    entry.crc32 = member.crc32;
  }
  on_entry_(entry);
}

Status ZipJob::finish() { return directory_.write(sink_, sink_.written()).status(); }

}  // namespace

Result<std::unique_ptr<ZipEncodeJob>> make_zip_encode_job(std::unique_ptr<TreeWalk> walk,
                                                          Sink& sink, ZipWriteOptions options) {
  const auto coding = zip::choose_coding(options.method, options.level);
  if (!coding.ok()) {
    return coding.status();
  }
  // What large members will take: told by a job like theirs over nothing.
  const auto nothing = memory_source({});
  const auto nowhere = null_sink();
  const auto sample = zip::make_content_job(*nothing, *nowhere, *coding);
  if (!sample.ok()) {
    return sample.status();
  }
  const ZipJob::Memory memory{
      .slot = zip::batch_memory(*coding) + (*sample)->slot_bytes(),
      .worker = zip::coder_memory(*coding, zip::kSmallFile) + (*sample)->worker_bytes()};
  return std::unique_ptr<ZipEncodeJob>(
      std::make_unique<ZipJob>(std::move(walk), sink, *coding, std::move(options), memory));
}

}  // namespace kompakt
