/// \file
/// Zip archives made by hand, so that single fields can be wrong.
#pragma once

#include <libdeflate.h>

#include <functional>
#include <string>
#include <vector>

#include "archive/zip/zip_layout.hpp"
#include "test_data.hpp"

namespace kompakt::testing {

/// A raw deflate stream.
inline Bytes deflated(ByteSpan content) {
  libdeflate_compressor* const compressor = libdeflate_alloc_compressor(6);
  Bytes out(libdeflate_deflate_compress_bound(compressor, content.size()));
  out.resize(libdeflate_deflate_compress(compressor, content.data(), content.size(), out.data(),
                                         out.size()));
  libdeflate_free_compressor(compressor);
  return out;
}

/// Lays entries and a directory end to end. Everything may be changed before it is written.
class MadeZip {
 public:
  struct Part {
    zip::LocalHeader local;
    zip::CentralHeader central;
    std::string local_name;
    std::string central_name;
    Bytes local_extra;
    Bytes central_extra;
    Bytes stored;
    Bytes descriptor;
    std::string comment;
  };

  /// Adds a sound entry and gives it back to be changed.
  Part& add(const std::string& name, ByteSpan content, zip::Method method = zip::Method::kDeflate) {
    Part part;
    part.local_name = part.central_name = name;
    part.stored =
        method == zip::Method::kDeflate ? deflated(content) : Bytes(content.begin(), content.end());
    part.local.method = part.central.method = method;
    part.local.crc32 = part.central.crc32 = libdeflate_crc32(0, content.data(), content.size());
    part.local.size = part.central.size = static_cast<std::uint32_t>(content.size());
    part.local.stored_size = part.central.stored_size =
        static_cast<std::uint32_t>(part.stored.size());
    part.central.external_attributes = 0100644U << 16U;
    parts_.push_back(std::move(part));
    return parts_.back();
  }
  Part& add(const std::string& name, const std::string& content,
            zip::Method method = zip::Method::kDeflate) {
    return add(name, to_bytes(content), method);
  }

  /// The archive. Offsets of local headers are filled in.
  [[nodiscard]] Bytes bytes() const {
    MadeZip copy = *this;
    return copy.write();
  }

  Bytes prefix;      ///< in front of the archive; offsets do not know of it
  Bytes before_end;  ///< between directory and end record
  std::string comment;
  zip::EndRecord end;  ///< its numbers are added to what they should be

 private:
  [[nodiscard]] Bytes write() {
    Bytes out = prefix;
    for (Part& part : parts_) {
      part.central.local_offset += static_cast<std::uint32_t>(out.size() - prefix.size());
      part.local.name_size = static_cast<std::uint16_t>(part.local_name.size());
      part.local.extra_size = static_cast<std::uint16_t>(part.local_extra.size());
      put(out, zip::kLocalSize, part.local);
      put(out, to_bytes(part.local_name));
      put(out, part.local_extra);
      put(out, part.stored);
      put(out, part.descriptor);
    }
    end.central_offset += static_cast<std::uint32_t>(out.size() - prefix.size());
    const std::size_t directory = out.size();
    for (Part& part : parts_) {
      part.central.name_size = static_cast<std::uint16_t>(part.central_name.size());
      part.central.extra_size = static_cast<std::uint16_t>(part.central_extra.size());
      part.central.comment_size = static_cast<std::uint16_t>(part.comment.size());
      put(out, zip::kCentralSize, part.central);
      put(out, to_bytes(part.central_name));
      put(out, part.central_extra);
      put(out, to_bytes(part.comment));
    }
    end.central_size += static_cast<std::uint32_t>(out.size() - directory);
    end.entries = static_cast<std::uint16_t>(end.entries + parts_.size());
    end.disk_entries = end.entries;
    end.comment_size = static_cast<std::uint16_t>(end.comment_size + comment.size());
    put(out, before_end);
    put(out, zip::kEndSize, end);
    put(out, to_bytes(comment));
    return out;
  }

  static void put(Bytes& out, ByteSpan bytes) { out.insert(out.end(), bytes.begin(), bytes.end()); }
  template <typename Record>
  static void put(Bytes& out, std::size_t size, const Record& record) {
    out.resize(out.size() + size);
    record.store(std::span(out).last(size));
  }
  std::vector<Part> parts_;
};

}  // namespace kompakt::testing
