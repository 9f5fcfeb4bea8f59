// The layout of the C API's structs where pointers have 64 bits, pinned: it changes only by fields
// at a struct's end. See docs/abi.md.
#include <array>
#include <cstddef>

#include "kompakt/kompakt.h"

#if defined(__LP64__)

namespace {

template <std::size_t n>
using Offsets = std::array<std::size_t, n>;

static_assert(sizeof(kompakt_entry) == 160);
static_assert(Offsets<25>{offsetof(kompakt_entry, struct_size),
                          offsetof(kompakt_entry, path),
                          offsetof(kompakt_entry, link_target),
                          offsetof(kompakt_entry, user),
                          offsetof(kompakt_entry, group),
                          offsetof(kompakt_entry, method),
                          offsetof(kompakt_entry, comment),
                          offsetof(kompakt_entry, size),
                          offsetof(kompakt_entry, stored_size),
                          offsetof(kompakt_entry, modified_seconds),
                          offsetof(kompakt_entry, accessed_seconds),
                          offsetof(kompakt_entry, modified_nanoseconds),
                          offsetof(kompakt_entry, accessed_nanoseconds),
                          offsetof(kompakt_entry, present),
                          offsetof(kompakt_entry, type),
                          offsetof(kompakt_entry, mode),
                          offsetof(kompakt_entry, uid),
                          offsetof(kompakt_entry, gid),
                          offsetof(kompakt_entry, device_major),
                          offsetof(kompakt_entry, device_minor),
                          offsetof(kompakt_entry, crc32),
                          offsetof(kompakt_entry, digest),
                          offsetof(kompakt_entry, digest_size),
                          offsetof(kompakt_entry, xattrs),
                          offsetof(kompakt_entry, xattr_count)} ==
              Offsets<25>{0,  8,   16,  24,  32,  40,  48,  56,  64,  72,  80,  88, 92,
                          96, 100, 104, 108, 112, 116, 120, 124, 128, 136, 144, 152});

static_assert(sizeof(kompakt_archive_result) == 136);
static_assert(
    Offsets<19>{
        offsetof(kompakt_archive_result, struct_size),
        offsetof(kompakt_archive_result, format_name), offsetof(kompakt_archive_result, kind),
        offsetof(kompakt_archive_result, filter), offsetof(kompakt_archive_result, entries),
        offsetof(kompakt_archive_result, files), offsetof(kompakt_archive_result, content),
        offsetof(kompakt_archive_result, bytes_in), offsetof(kompakt_archive_result, bytes_out),
        offsetof(kompakt_archive_result, duplicates), offsetof(kompakt_archive_result, warnings),
        offsetof(kompakt_archive_result, refused), offsetof(kompakt_archive_result, lost),
        offsetof(kompakt_archive_result, unmatched),
        offsetof(kompakt_archive_result, unmatched_count),
        offsetof(kompakt_archive_result, damage_text), offsetof(kompakt_archive_result, damage),
        offsetof(kompakt_archive_result, threads), offsetof(kompakt_archive_result, has_index)} ==
    Offsets<19>{0, 8, 16, 20, 24, 32, 40, 48, 56, 64, 72, 80, 88, 96, 104, 112, 120, 124, 128});

static_assert(sizeof(kompakt_file_id) == 16);
static_assert(Offsets<2>{offsetof(kompakt_file_id, device), offsetof(kompakt_file_id, inode)} ==
              Offsets<2>{0, 8});

static_assert(sizeof(kompakt_create_options) == 88);
static_assert(
    Offsets<13>{
        offsetof(kompakt_create_options, struct_size), offsetof(kompakt_create_options, type),
        offsetof(kompakt_create_options, zip_method), offsetof(kompakt_create_options, compress),
        offsetof(kompakt_create_options, reproducible), offsetof(kompakt_create_options, has_epoch),
        offsetof(kompakt_create_options, epoch), offsetof(kompakt_create_options, skip),
        offsetof(kompakt_create_options, skip_count), offsetof(kompakt_create_options, on_entry),
        offsetof(kompakt_create_options, user), offsetof(kompakt_create_options, overwrite),
        offsetof(kompakt_create_options, no_sync)} ==
    Offsets<13>{0, 8, 16, 24, 32, 36, 40, 48, 56, 64, 72, 80, 84});

static_assert(sizeof(kompakt_archive_options) == 120);
static_assert(
    Offsets<15>{
        offsetof(kompakt_archive_options, struct_size), offsetof(kompakt_archive_options, names),
        offsetof(kompakt_archive_options, name_count), offsetof(kompakt_archive_options, include),
        offsetof(kompakt_archive_options, include_count),
        offsetof(kompakt_archive_options, exclude),
        offsetof(kompakt_archive_options, exclude_count),
        offsetof(kompakt_archive_options, decompress), offsetof(kompakt_archive_options, index),
        offsetof(kompakt_archive_options, max_entries),
        offsetof(kompakt_archive_options, max_depth), offsetof(kompakt_archive_options, max_path),
        offsetof(kompakt_archive_options, on_entry), offsetof(kompakt_archive_options, on_lost),
        offsetof(kompakt_archive_options, user)} ==
    Offsets<15>{0, 8, 16, 24, 32, 40, 48, 56, 64, 72, 80, 88, 96, 104, 112});

static_assert(sizeof(kompakt_extract_options) == 88);
static_assert(
    Offsets<15>{
        offsetof(kompakt_extract_options, struct_size), offsetof(kompakt_extract_options, read),
        offsetof(kompakt_extract_options, directory), offsetof(kompakt_extract_options, overwrite),
        offsetof(kompakt_extract_options, skip_existing),
        offsetof(kompakt_extract_options, allow_devices),
        offsetof(kompakt_extract_options, allow_setuid), offsetof(kompakt_extract_options, owner),
        offsetof(kompakt_extract_options, no_xattrs), offsetof(kompakt_extract_options, no_times),
        offsetof(kompakt_extract_options, sync),
        offsetof(kompakt_extract_options, strip_components),
        offsetof(kompakt_extract_options, max_ratio), offsetof(kompakt_extract_options, on_refused),
        offsetof(kompakt_extract_options, user)} ==
    Offsets<15>{0, 8, 16, 24, 28, 32, 36, 40, 44, 48, 52, 56, 64, 72, 80});

static_assert(sizeof(kompakt_message) == 56);
static_assert(Offsets<8>{offsetof(kompakt_message, struct_size), offsetof(kompakt_message, kind),
                         offsetof(kompakt_message, code), offsetof(kompakt_message, text),
                         offsetof(kompakt_message, message), offsetof(kompakt_message, file),
                         offsetof(kompakt_message, block), offsetof(kompakt_message, offset)} ==
              Offsets<8>{0, 8, 12, 16, 24, 32, 40, 48});

static_assert(sizeof(kompakt_attribute) == 24);
static_assert(Offsets<3>{offsetof(kompakt_attribute, name), offsetof(kompakt_attribute, value),
                         offsetof(kompakt_attribute, value_size)} == Offsets<3>{0, 8, 16});

static_assert(sizeof(kompakt_format_info) == 48);
static_assert(Offsets<8>{
                  offsetof(kompakt_format_info, struct_size), offsetof(kompakt_format_info, name),
                  offsetof(kompakt_format_info, suffix), offsetof(kompakt_format_info, tar_suffix),
                  offsetof(kompakt_format_info, format), offsetof(kompakt_format_info, min_level),
                  offsetof(kompakt_format_info, max_level),
                  offsetof(kompakt_format_info, default_level)} ==
              Offsets<8>{0, 8, 16, 24, 32, 36, 40, 44});

static_assert(sizeof(kompakt_codec_info) == 40);
static_assert(Offsets<6>{
                  offsetof(kompakt_codec_info, struct_size), offsetof(kompakt_codec_info, name),
                  offsetof(kompakt_codec_info, description),
                  offsetof(kompakt_codec_info, option_count), offsetof(kompakt_codec_info, codec),
                  offsetof(kompakt_codec_info, deterministic)} == Offsets<6>{0, 8, 16, 24, 32, 36});

static_assert(sizeof(kompakt_codec_option) == 56);
static_assert(Offsets<7>{offsetof(kompakt_codec_option, struct_size),
                         offsetof(kompakt_codec_option, key), offsetof(kompakt_codec_option, help),
                         offsetof(kompakt_codec_option, min), offsetof(kompakt_codec_option, max),
                         offsetof(kompakt_codec_option, fallback),
                         offsetof(kompakt_codec_option, value_count)} ==
              Offsets<7>{0, 8, 16, 24, 32, 40, 48});

static_assert(sizeof(kompakt_file_report) == 72);
static_assert(Offsets<11>{
                  offsetof(kompakt_file_report, struct_size), offsetof(kompakt_file_report, input),
                  offsetof(kompakt_file_report, output), offsetof(kompakt_file_report, bytes_in),
                  offsetof(kompakt_file_report, bytes_out),
                  offsetof(kompakt_file_report, status_text),
                  offsetof(kompakt_file_report, warning_text),
                  offsetof(kompakt_file_report, status), offsetof(kompakt_file_report, warning),
                  offsetof(kompakt_file_report, fate), offsetof(kompakt_file_report, removed)} ==
              Offsets<11>{0, 8, 16, 24, 32, 40, 48, 56, 60, 64, 68});

static_assert(sizeof(kompakt_file_options) == 48);
static_assert(
    Offsets<9>{
        offsetof(kompakt_file_options, struct_size), offsetof(kompakt_file_options, compress),
        offsetof(kompakt_file_options, decompress), offsetof(kompakt_file_options, overwrite),
        offsetof(kompakt_file_options, remove_source), offsetof(kompakt_file_options, verify),
        offsetof(kompakt_file_options, drop_metadata),
        offsetof(kompakt_file_options, hide_metadata),
        offsetof(kompakt_file_options, no_sync)} == Offsets<9>{0, 8, 16, 24, 28, 32, 36, 40, 44});

static_assert(sizeof(kompakt_folder_options) == 104);
static_assert(
    Offsets<16>{
        offsetof(kompakt_folder_options, struct_size), offsetof(kompakt_folder_options, chunk_size),
        offsetof(kompakt_folder_options, format), offsetof(kompakt_folder_options, level),
        offsetof(kompakt_folder_options, checksum), offsetof(kompakt_folder_options, include),
        offsetof(kompakt_folder_options, include_count), offsetof(kompakt_folder_options, exclude),
        offsetof(kompakt_folder_options, exclude_count),
        offsetof(kompakt_folder_options, max_output), offsetof(kompakt_folder_options, archive),
        offsetof(kompakt_folder_options, overwrite), offsetof(kompakt_folder_options, skip_plain),
        offsetof(kompakt_folder_options, no_sync), offsetof(kompakt_folder_options, on_file),
        offsetof(kompakt_folder_options, user)} ==
    Offsets<16>{0, 8, 16, 20, 24, 32, 40, 48, 56, 64, 72, 76, 80, 84, 88, 96});

static_assert(sizeof(kompakt_folder_result) == 88);
static_assert(
    Offsets<12>{
        offsetof(kompakt_folder_result, struct_size), offsetof(kompakt_folder_result, coded),
        offsetof(kompakt_folder_result, copied), offsetof(kompakt_folder_result, folders),
        offsetof(kompakt_folder_result, skipped), offsetof(kompakt_folder_result, failed),
        offsetof(kompakt_folder_result, warnings), offsetof(kompakt_folder_result, bytes_in),
        offsetof(kompakt_folder_result, bytes_out),
        offsetof(kompakt_folder_result, first_failure_text),
        offsetof(kompakt_folder_result, first_failure), offsetof(kompakt_folder_result, threads)} ==
    Offsets<12>{0, 8, 16, 24, 32, 40, 48, 56, 64, 72, 80, 84});

static_assert(sizeof(kompakt_selection) == 80);
static_assert(Offsets<12>{
                  offsetof(kompakt_selection, struct_size), offsetof(kompakt_selection, paths),
                  offsetof(kompakt_selection, path_count), offsetof(kompakt_selection, base),
                  offsetof(kompakt_selection, include), offsetof(kompakt_selection, include_count),
                  offsetof(kompakt_selection, exclude), offsetof(kompakt_selection, exclude_count),
                  offsetof(kompakt_selection, no_recurse),
                  offsetof(kompakt_selection, one_file_system),
                  offsetof(kompakt_selection, follow_symlinks),
                  offsetof(kompakt_selection, no_xattrs)} ==
              Offsets<12>{0, 8, 16, 24, 32, 40, 48, 56, 64, 68, 72, 76});

static_assert(sizeof(kompakt_in_place_options) == 80);
static_assert(Offsets<14>{offsetof(kompakt_in_place_options, struct_size),
                          offsetof(kompakt_in_place_options, compress),
                          offsetof(kompakt_in_place_options, decompress),
                          offsetof(kompakt_in_place_options, overwrite),
                          offsetof(kompakt_in_place_options, remove_source),
                          offsetof(kompakt_in_place_options, remove_linked),
                          offsetof(kompakt_in_place_options, verify),
                          offsetof(kompakt_in_place_options, drop_metadata),
                          offsetof(kompakt_in_place_options, hide_metadata),
                          offsetof(kompakt_in_place_options, no_sync),
                          offsetof(kompakt_in_place_options, reserved),
                          offsetof(kompakt_in_place_options, name_output),
                          offsetof(kompakt_in_place_options, on_file),
                          offsetof(kompakt_in_place_options, user)} ==
              Offsets<14>{0, 8, 16, 24, 28, 32, 36, 40, 44, 48, 52, 56, 64, 72});

static_assert(sizeof(kompakt_reader_options) == 40);
static_assert(Offsets<5>{offsetof(kompakt_reader_options, struct_size),
                         offsetof(kompakt_reader_options, decompress),
                         offsetof(kompakt_reader_options, index),
                         offsetof(kompakt_reader_options, read_ahead),
                         offsetof(kompakt_reader_options, cache_size)} ==
              Offsets<5>{0, 8, 16, 24, 32});

static_assert(sizeof(kompakt_coder_io) == 32);
static_assert(Offsets<4>{offsetof(kompakt_coder_io, in), offsetof(kompakt_coder_io, in_size),
                         offsetof(kompakt_coder_io, out),
                         offsetof(kompakt_coder_io, out_size)} == Offsets<4>{0, 8, 16, 24});

static_assert(sizeof(kompakt_metadata) == 64);
static_assert(Offsets<11>{offsetof(kompakt_metadata, struct_size), offsetof(kompakt_metadata, name),
                          offsetof(kompakt_metadata, modified_seconds),
                          offsetof(kompakt_metadata, modified_nanoseconds),
                          offsetof(kompakt_metadata, present), offsetof(kompakt_metadata, mode),
                          offsetof(kompakt_metadata, uid), offsetof(kompakt_metadata, gid),
                          offsetof(kompakt_metadata, reserved), offsetof(kompakt_metadata, xattrs),
                          offsetof(kompakt_metadata, xattr_count)} ==
              Offsets<11>{0, 8, 16, 24, 28, 32, 36, 40, 44, 48, 56});

static_assert(sizeof(kompakt_block_report) == 48);
static_assert(Offsets<6>{
                  offsetof(kompakt_block_report, struct_size),
                  offsetof(kompakt_block_report, number), offsetof(kompakt_block_report, raw_size),
                  offsetof(kompakt_block_report, stored_size),
                  offsetof(kompakt_block_report, codec),
                  offsetof(kompakt_block_report, seconds)} == Offsets<6>{0, 8, 16, 24, 32, 40});

static_assert(sizeof(kompakt_compress_options) == 120);
static_assert(
    Offsets<19>{
        offsetof(kompakt_compress_options, struct_size), offsetof(kompakt_compress_options, format),
        offsetof(kompakt_compress_options, level), offsetof(kompakt_compress_options, block_size),
        offsetof(kompakt_compress_options, seekable), offsetof(kompakt_compress_options, extreme),
        offsetof(kompakt_compress_options, window_log),
        offsetof(kompakt_compress_options, no_checksum), offsetof(kompakt_compress_options, check),
        offsetof(kompakt_compress_options, name), offsetof(kompakt_compress_options, modified),
        offsetof(kompakt_compress_options, reserved),
        offsetof(kompakt_compress_options, dictionary),
        offsetof(kompakt_compress_options, dictionary_size),
        offsetof(kompakt_compress_options, codec), offsetof(kompakt_compress_options, checksum),
        offsetof(kompakt_compress_options, metadata), offsetof(kompakt_compress_options, on_block),
        offsetof(kompakt_compress_options, user)} ==
    Offsets<19>{0, 8, 12, 16, 24, 28, 32, 36, 40, 48, 56, 60, 64, 72, 80, 88, 96, 104, 112});

static_assert(sizeof(kompakt_decompress_options) == 80);
static_assert(Offsets<12>{offsetof(kompakt_decompress_options, struct_size),
                          offsetof(kompakt_decompress_options, format),
                          offsetof(kompakt_decompress_options, verify_digests),
                          offsetof(kompakt_decompress_options, dictionary),
                          offsetof(kompakt_decompress_options, dictionary_size),
                          offsetof(kompakt_decompress_options, max_output),
                          offsetof(kompakt_decompress_options, index_spacing),
                          offsetof(kompakt_decompress_options, index_lines),
                          offsetof(kompakt_decompress_options, keep_going),
                          offsetof(kompakt_decompress_options, on_lost),
                          offsetof(kompakt_decompress_options, on_block),
                          offsetof(kompakt_decompress_options, user)} ==
              Offsets<12>{0, 8, 12, 16, 24, 32, 40, 48, 52, 56, 64, 72});

static_assert(sizeof(kompakt_result) == 136);
static_assert(Offsets<20>{offsetof(kompakt_result, struct_size),
                          offsetof(kompakt_result, bytes_in),
                          offsetof(kompakt_result, bytes_out),
                          offsetof(kompakt_result, format),
                          offsetof(kompakt_result, threads),
                          offsetof(kompakt_result, streams),
                          offsetof(kompakt_result, skipped),
                          offsetof(kompakt_result, blocks),
                          offsetof(kompakt_result, compressed_size),
                          offsetof(kompakt_result, content_size),
                          offsetof(kompakt_result, window),
                          offsetof(kompakt_result, check),
                          offsetof(kompakt_result, name),
                          offsetof(kompakt_result, modified),
                          offsetof(kompakt_result, last_check),
                          offsetof(kompakt_result, warnings),
                          offsetof(kompakt_result, metadata),
                          offsetof(kompakt_result, damage_text),
                          offsetof(kompakt_result, damage),
                          offsetof(kompakt_result, has_index)} ==
              Offsets<20>{0,  8,  16, 24, 28,  32,  40,  48,  56,  64,
                          72, 80, 88, 96, 100, 104, 112, 120, 128, 132});

static_assert(sizeof(kompakt_buffer) == 24);
static_assert(Offsets<3>{offsetof(kompakt_buffer, data), offsetof(kompakt_buffer, size),
                         offsetof(kompakt_buffer, capacity)} == Offsets<3>{0, 8, 16});

static_assert(sizeof(kompakt_source_callbacks) == 56);
static_assert(
    Offsets<7>{offsetof(kompakt_source_callbacks, struct_size),
               offsetof(kompakt_source_callbacks, user), offsetof(kompakt_source_callbacks, read),
               offsetof(kompakt_source_callbacks, read_at),
               offsetof(kompakt_source_callbacks, size), offsetof(kompakt_source_callbacks, close),
               offsetof(kompakt_source_callbacks, name)} == Offsets<7>{0, 8, 16, 24, 32, 40, 48});

static_assert(sizeof(kompakt_sink_callbacks) == 56);
static_assert(Offsets<7>{
                  offsetof(kompakt_sink_callbacks, struct_size),
                  offsetof(kompakt_sink_callbacks, user), offsetof(kompakt_sink_callbacks, write),
                  offsetof(kompakt_sink_callbacks, write_at),
                  offsetof(kompakt_sink_callbacks, finish), offsetof(kompakt_sink_callbacks, close),
                  offsetof(kompakt_sink_callbacks, name)} == Offsets<7>{0, 8, 16, 24, 32, 40, 48});

static_assert(sizeof(kompakt_range_options) == 40);
static_assert(Offsets<5>{
                  offsetof(kompakt_range_options, struct_size),
                  offsetof(kompakt_range_options, first), offsetof(kompakt_range_options, count),
                  offsetof(kompakt_range_options, index),
                  offsetof(kompakt_range_options, decompress)} == Offsets<5>{0, 8, 16, 24, 32});

static_assert(sizeof(kompakt_convert_options) == 24);
static_assert(Offsets<3>{offsetof(kompakt_convert_options, struct_size),
                         offsetof(kompakt_convert_options, to),
                         offsetof(kompakt_convert_options, from)} == Offsets<3>{0, 8, 16});

static_assert(sizeof(kompakt_convert_result) == 48);
static_assert(
    Offsets<7>{
        offsetof(kompakt_convert_result, struct_size), offsetof(kompakt_convert_result, bytes_in),
        offsetof(kompakt_convert_result, content), offsetof(kompakt_convert_result, bytes_out),
        offsetof(kompakt_convert_result, content_hash), offsetof(kompakt_convert_result, from),
        offsetof(kompakt_convert_result, to)} == Offsets<7>{0, 8, 16, 24, 32, 40, 44});

static_assert(sizeof(kompakt_v2_options) == 64);
static_assert(
    Offsets<9>{offsetof(kompakt_v2_options, struct_size), offsetof(kompakt_v2_options, level),
               offsetof(kompakt_v2_options, method), offsetof(kompakt_v2_options, checksum),
               offsetof(kompakt_v2_options, chunk_size), offsetof(kompakt_v2_options, zstd_level),
               offsetof(kompakt_v2_options, brotli_quality), offsetof(kompakt_v2_options, on_block),
               offsetof(kompakt_v2_options, user)} == Offsets<9>{0, 8, 16, 24, 32, 40, 44, 48, 56});

static_assert(sizeof(kompakt_codec_use) == 16);
static_assert(Offsets<2>{offsetof(kompakt_codec_use, name), offsetof(kompakt_codec_use, blocks)} ==
              Offsets<2>{0, 8});

static_assert(sizeof(kompakt_container_info) == 128);
static_assert(
    Offsets<18>{
        offsetof(kompakt_container_info, struct_size), offsetof(kompakt_container_info, layout),
        offsetof(kompakt_container_info, version), offsetof(kompakt_container_info, streams),
        offsetof(kompakt_container_info, raw_size), offsetof(kompakt_container_info, stored_size),
        offsetof(kompakt_container_info, blocks), offsetof(kompakt_container_info, block_size),
        offsetof(kompakt_container_info, decode_memory),
        offsetof(kompakt_container_info, damaged_blocks), offsetof(kompakt_container_info, codecs),
        offsetof(kompakt_container_info, codec_count), offsetof(kompakt_container_info, digest),
        offsetof(kompakt_container_info, digest_size), offsetof(kompakt_container_info, metadata),
        offsetof(kompakt_container_info, recovered_text),
        offsetof(kompakt_container_info, recovered), offsetof(kompakt_container_info, checksum)} ==
    Offsets<18>{0, 8, 16, 20, 24, 32, 40, 48, 56, 64, 72, 80, 88, 96, 104, 112, 120, 124});

static_assert(sizeof(kompakt_index_info) == 40);
static_assert(Offsets<5>{
                  offsetof(kompakt_index_info, struct_size), offsetof(kompakt_index_info, points),
                  offsetof(kompakt_index_info, content_size), offsetof(kompakt_index_info, lines),
                  offsetof(kompakt_index_info, members)} == Offsets<5>{0, 8, 16, 24, 32});

}  // namespace

#endif
