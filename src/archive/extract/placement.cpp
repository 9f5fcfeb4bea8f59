#include "archive/extract/placement.hpp"

#include <utility>

#include "archive/extract/member_path.hpp"
#include "archive/extract/refusals.hpp"

namespace kompakt {
namespace {

PathLimits limits_of(const TreeWriterOptions& options) {
  return {.strip_components = options.strip_components,
          .max_depth = options.max_depth,
          .max_path = options.max_path};
}

Placement refusal(const Entry& entry, Status reason) {
  Placement placement;
  placement.kind = Placement::Kind::kRefuse;
  placement.refusal.path = entry.path;
  placement.refusal.rule = rule_of(reason);
  placement.refusal.reason = std::move(reason.in_file(entry.path));
  return placement;
}

}  // namespace

PlacementBook::PlacementBook(TreeWriterOptions options) : options_(std::move(options)) {}

Placement PlacementBook::place(const Entry& entry) {
  if (++entries_ > options_.max_entries) {
    return refusal(entry, refused(Code::kLimitExceeded, rule::kTooManyEntries,
                                  "more than " + std::to_string(options_.max_entries)));
  }
  auto path = clean_member_path(entry.path, limits_of(options_));
  if (!path.ok()) {
    return refusal(entry, path.status());
  }
  Placement placement;
  placement.path = *std::move(path);
  const EntryType type = placed_type(entry);
  if (placement.path.empty()) {
    placement.kind = Placement::Kind::kSkip;
    return placement;
  }
  if (Status kind = check_kind(entry, type, placement.path); !kind.ok()) {
    return refusal(entry, std::move(kind));
  }
  if (below_symlink(placement.path)) {
    return refusal(entry, refused(Code::kCorrupt, rule::kSymlinkInPath,
                                  "an earlier member is a symlink on the way"));
  }
  const std::lock_guard lock(mutex_);
  const auto [at, fresh] = states_.try_emplace(placement.path);
  State& state = at->second;
  // Folders merge; two of them are no duplicate.
  placement.duplicate =
      !fresh && (type != EntryType::kDirectory || state.latest != EntryType::kDirectory);
  state.duplicate = state.duplicate || placement.duplicate;
  state.latest = type;
  symlinks_ += type == EntryType::kSymlink ? 1U : 0U;
  if (fresh) {
    check_case(*at, placement);
  }
  return placement;
}

Status PlacementBook::check_kind(const Entry& entry, EntryType type,
                                 const std::string& path) const {
  if (path == "." && type != EntryType::kDirectory) {
    return refused(Code::kCorrupt, rule::kEmptyName, "the target folder is no file");
  }
  switch (type) {
    case EntryType::kFile:
      return entry.size > static_cast<std::uint64_t>(INT64_MAX)
                 ? refused(Code::kUnsupported, rule::kTooLarge, {})
                 : Status();
    case EntryType::kDirectory:
      return {};
    case EntryType::kSymlink:
      if (entry.link_target.empty() || entry.link_target.find('\0') != std::string::npos) {
        return refused(Code::kCorrupt, entry.link_target.empty() ? rule::kEmptyName : rule::kNul,
                       "the symlink's target");
      }
      return symlink_leads_outside(path, entry.link_target)
                 ? refused(Code::kCorrupt, rule::kSymlinkOutside, entry.link_target)
                 : Status();
    case EntryType::kHardlink:
      return link_path(entry.link_target).status();
    default:
      return options_.allow_devices
                 ? Status()
                 : refused(Code::kUnsupported, rule::kDevice, entry_type_name(entry.type));
  }
}

Result<std::string> PlacementBook::link_path(std::string_view stored) const {
  auto path = clean_member_path(stored, limits_of(options_));
  if (!path.ok()) {
    return refused(Code::kCorrupt, rule::kHardlinkOutside, path.status().message());
  }
  return path;
}

// Asked for every member, so the answer for the last folder is kept: archives come folder by
// folder.
bool PlacementBook::below_symlink(std::string_view path) {
  const std::string_view parent = parent_of(path);
  if (symlinks_ == 0 || parent.empty() ||
      (symlinks_ == checked_symlinks_ && parent == checked_parent_)) {
    return false;
  }
  const std::lock_guard lock(mutex_);
  for (std::string_view folder = parent; !folder.empty(); folder = parent_of(folder)) {
    const State* state = find(folder);
    if (state != nullptr && state->latest == EntryType::kSymlink) {
      return true;
    }
  }
  checked_parent_ = parent;
  checked_symlinks_ = symlinks_;
  return false;
}

void PlacementBook::check_case(const States::value_type& placed, Placement& placement) {
  const std::string folded = fold_case(placed.first);
  const auto [at, fresh] = folded_.try_emplace(Hash{}(folded), &placed.first);
  if (!fresh && fold_case(*at->second) == folded) {
    placement.warning =
        Status(Code::kAlreadyExists, "differs only in case from '" + *at->second + "'")
            .in_file(placed.first);
  }
}

const PlacementBook::State* PlacementBook::find(std::string_view path) const {
  const auto at = states_.find(path);
  return at == states_.end() ? nullptr : &at->second;
}

void PlacementBook::set_made(std::string_view path) {
  const std::lock_guard lock(mutex_);
  if (const auto at = states_.find(path); at != states_.end()) {
    at->second.made = true;
  } else {
    states_.emplace(std::string(path), State{.made = true});
  }
}

bool PlacementBook::made(std::string_view path) const {
  const std::lock_guard lock(mutex_);
  const State* state = find(path);
  return state != nullptr && state->made;
}

bool PlacementBook::is_duplicate(std::string_view path) const {
  const std::lock_guard lock(mutex_);
  const State* state = find(path);
  return state != nullptr && state->duplicate;
}

bool PlacementBook::is_latest(std::string_view path, EntryType type) const {
  const std::lock_guard lock(mutex_);
  const State* state = find(path);
  return state == nullptr || state->latest == type;
}

}  // namespace kompakt
