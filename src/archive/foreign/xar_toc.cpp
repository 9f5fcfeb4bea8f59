#include "archive/foreign/xar_toc.hpp"

#include <zlib.h>

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "core/endian.hpp"

namespace kompakt {
namespace {

constexpr std::size_t kHeaderSize = 28;
constexpr std::uint64_t kMostText = 256 * kMiB;
/// libarchive walks a list of them for each of them.
constexpr unsigned kMostLinks = 20'000;
/// A tag is searched for its end this far, so that many without one cost no more than one.
constexpr std::size_t kMostTag = 4096;

Status corrupt(const char* what) {
  return {Code::kCorrupt, std::string("the xar's table of contents ") + what};
}

template <typename T>
T load_be(ByteSpan from) {
  return byte_swap(load_le<T>(from));
}

/// Whether the tag that begins with "<name" at the start of `text` is of that very name.
bool is_tag(std::string_view text, std::string_view open) {
  constexpr std::string_view kBehindName = " \t\r\n/>";
  return text.starts_with(open) && text.size() > open.size() &&
         kBehindName.find(text[open.size()]) != std::string_view::npos;
}

bool declares_other_charset(std::string_view text) {
  const std::string_view first = text.substr(0, std::min(text.find('>'), text.size()));
  const auto at = first.find("encoding");
  if (at == std::string_view::npos) {
    return false;
  }
  const auto quote = first.find_first_of("\"'", at);
  return quote == std::string_view::npos || (!first.substr(quote + 1).starts_with("UTF-8") &&
                                             !first.substr(quote + 1).starts_with("utf-8"));
}

Result<std::string> inflate_toc(ByteSpan packed, std::uint64_t size) {
  std::string text(static_cast<std::size_t>(size), '\0');
  auto length = static_cast<::uLongf>(size);
  const int code = ::uncompress(reinterpret_cast<::Bytef*>(text.data()), &length,
                                reinterpret_cast<const ::Bytef*>(packed.data()),
                                static_cast<::uLong>(packed.size()));
  if (code != Z_OK || length != size) {
    return corrupt("cannot be decoded");
  }
  return text;
}

}  // namespace

Status check_xar_text(std::string_view text) {
  if (!text.starts_with("<") || declares_other_charset(text)) {
    return {Code::kUnsupported, "the xar's table of contents is not written in UTF-8"};
  }
  if (text.find("<!DOCTYPE") != std::string_view::npos ||
      text.find("<!ENTITY") != std::string_view::npos) {
    return corrupt("declares entities");
  }
  std::vector<unsigned> links_of_file;  // of each file that is open, outermost first
  unsigned links = 0;
  for (std::size_t at = text.find('<'); at != std::string_view::npos; at = text.find('<', at + 1)) {
    const std::string_view rest = text.substr(at);
    if (is_tag(rest, "<file")) {
      links_of_file.push_back(0);
    } else if (is_tag(rest, "</file") && !links_of_file.empty()) {
      links_of_file.pop_back();
    } else if (is_tag(rest, "<type")) {
      const std::string_view tag =
          rest.substr(0, std::min(rest.substr(0, kMostTag).find('>'), rest.size()));
      if (tag.size() >= kMostTag) {
        return corrupt("has a tag without end");
      }
      if (tag.find("link") == std::string_view::npos) {
        continue;
      }
      if (links_of_file.empty() || ++links_of_file.back() > 1) {
        return corrupt("says twice of a member that it is a hard link");
      }
      if (++links > kMostLinks) {
        return {Code::kLimitExceeded, "the xar has more hard links than can be read"};
      }
    }
  }
  return {};
}

Status check_xar_toc(const Source& source) {
  std::array<std::byte, kHeaderSize> header{};
  const auto got = source.read_at(0, header);
  if (!got.ok()) {
    return got.status();
  }
  if (*got < kHeaderSize) {
    return {Code::kTruncated, "the xar ends inside its header"};
  }
  const std::uint64_t begin = load_be<std::uint16_t>(ByteSpan(header).subspan(4));
  const auto packed_size = load_be<std::uint64_t>(ByteSpan(header).subspan(8));
  const auto size = load_be<std::uint64_t>(ByteSpan(header).subspan(16));
  const std::uint64_t total = source.size().value_or(0);
  if (begin > total || packed_size > total - begin) {
    return {Code::kTruncated, "the xar ends inside its table of contents"};
  }
  if (size > kMostText || packed_size > kMostText) {
    return {Code::kLimitExceeded, "the xar's table of contents is too large"};
  }
  // zlib gives at most 1032 bytes for one, so that a small file cannot ask for much.
  if (size / 1100 > packed_size) {
    return corrupt("has an impossible size");
  }
  std::vector<std::byte> packed(static_cast<std::size_t>(packed_size));
  const auto read = source.read_at(begin, packed);
  if (!read.ok()) {
    return read.status();
  }
  auto text = inflate_toc(ByteSpan(packed).first(*read), size);
  return text.ok() ? check_xar_text(*text) : text.status();
}

}  // namespace kompakt
