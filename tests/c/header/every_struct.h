/* Every struct of the C API with its initialiser; compiled by itself, as C and as C++. */
#include "kompakt/kompakt.h"

size_t every_struct(void);
size_t every_struct(void) {
  const kompakt_message message = KOMPAKT_MESSAGE_INIT;
  const kompakt_format_info format_info = KOMPAKT_FORMAT_INFO_INIT;
  const kompakt_codec_info codec_info = KOMPAKT_CODEC_INFO_INIT;
  const kompakt_codec_option codec_option = KOMPAKT_CODEC_OPTION_INIT;
  const kompakt_metadata metadata = KOMPAKT_METADATA_INIT;
  const kompakt_compress_options compress_options = KOMPAKT_COMPRESS_OPTIONS_INIT;
  const kompakt_decompress_options decompress_options = KOMPAKT_DECOMPRESS_OPTIONS_INIT;
  const kompakt_result result = KOMPAKT_RESULT_INIT;
  const kompakt_source_callbacks source_callbacks = KOMPAKT_SOURCE_CALLBACKS_INIT;
  const kompakt_sink_callbacks sink_callbacks = KOMPAKT_SINK_CALLBACKS_INIT;
  const kompakt_range_options range_options = KOMPAKT_RANGE_OPTIONS_INIT;
  const kompakt_convert_options convert_options = KOMPAKT_CONVERT_OPTIONS_INIT;
  const kompakt_convert_result convert_result = KOMPAKT_CONVERT_RESULT_INIT;
  const kompakt_v2_options v2_options = KOMPAKT_V2_OPTIONS_INIT;
  const kompakt_container_info container_info = KOMPAKT_CONTAINER_INFO_INIT;
  const kompakt_index_info index_info = KOMPAKT_INDEX_INFO_INIT;
  const kompakt_reader_options reader_options = KOMPAKT_READER_OPTIONS_INIT;
  const kompakt_file_report file_report = KOMPAKT_FILE_REPORT_INIT;
  const kompakt_file_options file_options = KOMPAKT_FILE_OPTIONS_INIT;
  const kompakt_folder_options folder_options = KOMPAKT_FOLDER_OPTIONS_INIT;
  const kompakt_folder_result folder_result = KOMPAKT_FOLDER_RESULT_INIT;
  const kompakt_selection selection = KOMPAKT_SELECTION_INIT;
  const kompakt_in_place_options in_place_options = KOMPAKT_IN_PLACE_OPTIONS_INIT;
  const kompakt_entry entry = KOMPAKT_ENTRY_INIT;
  const kompakt_archive_result archive_result = KOMPAKT_ARCHIVE_RESULT_INIT;
  const kompakt_create_options create_options = KOMPAKT_CREATE_OPTIONS_INIT;
  const kompakt_archive_options archive_options = KOMPAKT_ARCHIVE_OPTIONS_INIT;
  const kompakt_extract_options extract_options = KOMPAKT_EXTRACT_OPTIONS_INIT;
  return message.struct_size + format_info.struct_size + codec_info.struct_size +
         codec_option.struct_size + metadata.struct_size + compress_options.struct_size +
         decompress_options.struct_size + result.struct_size + source_callbacks.struct_size +
         sink_callbacks.struct_size + range_options.struct_size + convert_options.struct_size +
         convert_result.struct_size + v2_options.struct_size + container_info.struct_size +
         index_info.struct_size + reader_options.struct_size + file_report.struct_size +
         file_options.struct_size + folder_options.struct_size + folder_result.struct_size +
         selection.struct_size + in_place_options.struct_size + entry.struct_size +
         archive_result.struct_size + create_options.struct_size + archive_options.struct_size +
         extract_options.struct_size;
}
