#include "container/metadata.hpp"

#include <algorithm>
#include <cstring>

#include "core/byte_fields.hpp"
#include "core/endian.hpp"

namespace kompakt {
namespace {

// Fields are: u8 tag, u32 length, bytes. Tags are frozen.
enum class Tag : std::uint8_t { kName = 1, kMode = 2, kModified = 3, kOwner = 4, kXattr = 5 };
constexpr std::size_t kFieldHeader = 5;

void begin_field(ByteWriter& out, Tag tag, std::size_t length) {
  out.byte(static_cast<std::uint8_t>(tag));
  out.fixed(static_cast<std::uint32_t>(length));
}

std::string to_text(ByteSpan bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

constexpr std::size_t kMaxName = 4096;
constexpr std::uint32_t kMaxMode = 07777;
constexpr std::uint32_t kNanosecondsPerSecond = 1'000'000'000;

// What a hostile file could use to leave the folder it is restored into is no name at all.
bool is_base_name(std::string_view name) {
  return !name.empty() && name.size() <= kMaxName && name != "." && name != ".." &&
         name.find('/') == std::string_view::npos && name.find('\0') == std::string_view::npos;
}

bool is_attribute_name(std::string_view name) {
  return !name.empty() && name.size() <= 0xFFFFU && name.find('\0') == std::string_view::npos;
}

Status corrupt(const char* what) {
  return {Code::kCorrupt, std::string("metadata: malformed ") + what};
}

Status decode_field(Tag tag, ByteSpan value, WarpMetadata& metadata) {
  switch (tag) {
    case Tag::kName: {
      std::string name = to_text(value);
      if (metadata.name || !is_base_name(name)) {
        return corrupt("name");
      }
      metadata.name = std::move(name);
      return {};
    }
    case Tag::kMode:
      if (metadata.mode || value.size() != 4 || load_le<std::uint32_t>(value) > kMaxMode) {
        return corrupt("mode");
      }
      metadata.mode = load_le<std::uint32_t>(value);
      return {};
    case Tag::kModified: {
      if (metadata.modified || value.size() != 12 ||
          load_le<std::uint32_t>(value.subspan(8)) >= kNanosecondsPerSecond) {
        return corrupt("time");
      }
      metadata.modified =
          WarpMetadata::Time{static_cast<std::int64_t>(load_le<std::uint64_t>(value)),
                             load_le<std::uint32_t>(value.subspan(8))};
      return {};
    }
    case Tag::kOwner:
      if (metadata.owner || value.size() != 8) {
        return corrupt("owner");
      }
      metadata.owner = WarpMetadata::Owner{load_le<std::uint32_t>(value),
                                           load_le<std::uint32_t>(value.subspan(4))};
      return {};
    case Tag::kXattr: {
      const std::size_t name_size = value.size() < 2 ? 0 : load_le<std::uint16_t>(value);
      if (name_size == 0 || value.size() - 2 < name_size) {
        return corrupt("extended attribute");
      }
      std::string name = to_text(value.subspan(2, name_size));
      if (!is_attribute_name(name)) {
        return corrupt("extended attribute");
      }
      metadata.xattrs.emplace_back(std::move(name), to_text(value.subspan(2 + name_size)));
      return {};
    }
  }
  return {};  // a tag from a later version
}

}  // namespace

Status check_metadata(const WarpMetadata& metadata) {
  const auto invalid = [](const char* what) {
    return Status(Code::kInvalidArgument, std::string("metadata: impossible ") + what);
  };
  if (metadata.name && !is_base_name(*metadata.name)) {
    return invalid("name");
  }
  if (metadata.mode.value_or(0) > kMaxMode) {
    return invalid("mode");
  }
  if (metadata.modified && metadata.modified->nanoseconds >= kNanosecondsPerSecond) {
    return invalid("time");
  }
  const bool named = std::all_of(metadata.xattrs.begin(), metadata.xattrs.end(),
                                 [](const auto& xattr) { return is_attribute_name(xattr.first); });
  return named ? Status() : invalid("extended attribute");
}

std::vector<std::byte> encode_metadata(const WarpMetadata& metadata) {
  ByteWriter writer;
  if (metadata.name) {
    begin_field(writer, Tag::kName, metadata.name->size());
    writer.put(*metadata.name);
  }
  if (metadata.mode) {
    begin_field(writer, Tag::kMode, 4);
    writer.fixed<std::uint32_t>(*metadata.mode);
  }
  if (metadata.modified) {
    begin_field(writer, Tag::kModified, 12);
    writer.fixed<std::uint64_t>(static_cast<std::uint64_t>(metadata.modified->seconds));
    writer.fixed<std::uint32_t>(metadata.modified->nanoseconds);
  }
  if (metadata.owner) {
    begin_field(writer, Tag::kOwner, 8);
    writer.fixed<std::uint32_t>(metadata.owner->uid);
    writer.fixed<std::uint32_t>(metadata.owner->gid);
  }
  for (const auto& [name, value] : metadata.xattrs) {
    const std::size_t length = 2 + name.size() + value.size();
    if (writer.size() + kFieldHeader + length > kMaxMetadataSize) {
      continue;
    }
    begin_field(writer, Tag::kXattr, length);
    writer.fixed<std::uint16_t>(static_cast<std::uint16_t>(name.size()));
    writer.put(name);
    writer.put(value);
  }
  return writer.take();
}

Result<WarpMetadata> decode_metadata(ByteSpan payload) {
  WarpMetadata metadata;
  while (!payload.empty()) {
    if (payload.size() < kFieldHeader) {
      return corrupt("field");
    }
    const auto tag = static_cast<Tag>(payload[0]);
    const std::size_t length = load_le<std::uint32_t>(payload.subspan(1));
    if (payload.size() - kFieldHeader < length) {
      return corrupt("field length");
    }
    if (Status field = decode_field(tag, payload.subspan(kFieldHeader, length), metadata);
        !field.ok()) {
      return field;
    }
    payload = payload.subspan(kFieldHeader + length);
  }
  return metadata;
}

}  // namespace kompakt
