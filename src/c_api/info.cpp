// What the library is and can do.
#include <algorithm>
#include <array>
#include <cstdlib>
#include <new>

#include "c_api/context.hpp"
#include "c_api/sized.hpp"
#include "kompakt/codec.hpp"
#include "kompakt/format.hpp"
#include "kompakt/stream.hpp"
#include "kompakt/version.hpp"

using namespace kompakt;
using namespace kompakt::c_api;

namespace {

constexpr bool same(std::int32_t number, Format format) {
  return number == static_cast<std::int32_t>(format);
}
static_assert(same(KOMPAKT_FORMAT_WARP, Format::kWarp) &&
              same(KOMPAKT_FORMAT_GZIP, Format::kGzip) &&
              same(KOMPAKT_FORMAT_ZLIB, Format::kZlib) &&
              same(KOMPAKT_FORMAT_ZSTD, Format::kZstd) && same(KOMPAKT_FORMAT_LZ4, Format::kLz4) &&
              same(KOMPAKT_FORMAT_XZ, Format::kXz) && same(KOMPAKT_FORMAT_BZIP2, Format::kBzip2) &&
              same(KOMPAKT_FORMAT_BROTLI, Format::kBrotli) &&
              same(KOMPAKT_FORMAT_SNAPPY, Format::kSnappy));

constexpr HashId kLastHash = HashId::kAdler32;

/// What lies behind `prefix` in `name`; empty where it begins otherwise.
std::string_view after(std::string_view name, std::string_view prefix) {
  return name.starts_with(prefix) ? name.substr(prefix.size()) : std::string_view();
}

bool has_feature(std::string_view name) {
  if (const auto format = after(name, "format."); !format.empty()) {
    const auto found = find_format(format);
    return found && format_info(*found).name == format;
  }
  if (const auto codec = after(name, "codec."); !codec.empty()) {
    return find_codec(codec) != nullptr;
  }
  if (const auto hash = after(name, "hash."); !hash.empty()) {
    return find_hash(hash).has_value();
  }
  if (const auto archive = after(name, "archive."); !archive.empty()) {
    const Features all = features();
    const auto has = [archive](const std::vector<std::string>& names) {
      return std::find(names.begin(), names.end(), archive) != names.end();
    };
    return has(all.archives) || has(all.foreign_archives);
  }
  constexpr std::array<std::string_view, 4> kOthers = {"executor", "index", "dictionary",
                                                       "warp.v2"};
  return std::find(kOthers.begin(), kOthers.end(), name) != kOthers.end();
}

const OptionSpec* find_option(size_t codec, size_t option) {
  if (codec >= all_codecs().size()) {
    return nullptr;
  }
  const auto options = all_codecs()[codec]->info().options;
  return option < options.size() ? &options[option] : nullptr;
}

/// A copy that kompakt_free() frees.
char* copied(const std::string& text) {
  auto* out = static_cast<char*>(std::malloc(text.size() + 1));
  if (out == nullptr) {
    throw std::bad_alloc();
  }
  std::memcpy(out, text.c_str(), text.size() + 1);
  return out;
}

}  // namespace

const char* kompakt_version(void) { return literal(version()); }

const char* kompakt_code_name(kompakt_code code) {
  return code >= KOMPAKT_OK && code <= KOMPAKT_INTERNAL
             ? literal(code_name(static_cast<Code>(code)))
             : "unknown";
}

int kompakt_has_feature(const char* name) {
  try {
    return name != nullptr && has_feature(name) ? 1 : 0;
  } catch (...) {
    return 0;
  }
}

void kompakt_free(void* memory) { std::free(memory); }

uint32_t kompakt_usable_threads(void) {
  try {
    return usable_threads();
  } catch (...) {
    return 1;
  }
}

uint64_t kompakt_usable_memory(void) {
  try {
    return usable_memory();
  } catch (...) {
    return 0;
  }
}

size_t kompakt_format_count(void) { return all_formats().size(); }

kompakt_code kompakt_get_format(size_t number, kompakt_format_info* info) {
  if (number >= all_formats().size() || !fits(info)) {
    return KOMPAKT_INVALID_ARGUMENT;
  }
  const FormatInfo& format = all_formats()[number];
  fill(info, kompakt_format_info{.struct_size = sizeof(kompakt_format_info),
                                 .name = literal(format.name),
                                 .suffix = literal(format.suffix),
                                 .tar_suffix = literal(format.tar_suffix),
                                 .format = static_cast<std::int32_t>(format.id),
                                 .min_level = format.min_level,
                                 .max_level = format.max_level,
                                 .default_level = format.default_level});
  return KOMPAKT_OK;
}

int32_t kompakt_find_format(const char* name) {
  const auto format = name != nullptr ? find_format(name) : std::nullopt;
  return format ? static_cast<std::int32_t>(*format) : KOMPAKT_FORMAT_AUTO;
}

int32_t kompakt_detect_format(const void* head, size_t size) {
  if (head == nullptr) {
    return KOMPAKT_FORMAT_AUTO;
  }
  const auto format = detect_format({static_cast<const std::byte*>(head), size});
  return format ? static_cast<std::int32_t>(*format) : KOMPAKT_FORMAT_AUTO;
}

size_t kompakt_codec_count(void) { return all_codecs().size(); }

kompakt_code kompakt_get_codec(size_t number, kompakt_codec_info* info) {
  if (number >= all_codecs().size() || !fits(info)) {
    return KOMPAKT_INVALID_ARGUMENT;
  }
  const CodecInfo& codec = all_codecs()[number]->info();
  fill(info, kompakt_codec_info{.struct_size = sizeof(kompakt_codec_info),
                                .name = literal(codec.name),
                                .description = literal(codec.description),
                                .option_count = codec.options.size(),
                                .codec = static_cast<std::int32_t>(codec.id),
                                .deterministic = codec.deterministic ? 1 : 0});
  return KOMPAKT_OK;
}

kompakt_code kompakt_get_codec_option(size_t codec, size_t option, kompakt_codec_option* info) {
  const OptionSpec* spec = find_option(codec, option);
  if (spec == nullptr || !fits(info)) {
    return KOMPAKT_INVALID_ARGUMENT;
  }
  fill(info, kompakt_codec_option{.struct_size = sizeof(kompakt_codec_option),
                                  .key = literal(spec->key),
                                  .help = literal(spec->help),
                                  .min = spec->min,
                                  .max = spec->max,
                                  .fallback = spec->fallback,
                                  .value_count = spec->names.size()});
  return KOMPAKT_OK;
}

const char* kompakt_codec_option_value(size_t codec, size_t option, size_t value) {
  const OptionSpec* spec = find_option(codec, option);
  return spec != nullptr && value < spec->names.size() ? literal(spec->names[value]) : nullptr;
}

kompakt_code kompakt_check_codec(kompakt_context* context, const char* spec, char** canonical) {
  return call(context, [&]() -> Status {
    if (canonical != nullptr) {
      *canonical = nullptr;
    }
    if (Status status = needed({{spec, "spec"}}); !status.ok()) {
      return status;
    }
    const auto parsed = parse_codec_spec(spec);
    if (parsed.ok() && canonical != nullptr) {
      *canonical = copied(format_codec_spec(*parsed));
    }
    return parsed.status();
  });
}

const char* kompakt_hash_name(int32_t hash) {
  return hash >= 0 && hash <= static_cast<int32_t>(kLastHash)
             ? literal(hash_name(static_cast<HashId>(hash)))
             : nullptr;
}
