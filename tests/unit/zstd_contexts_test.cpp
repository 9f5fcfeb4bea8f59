// For parameters of a context being read back.
#define ZSTD_STATIC_LINKING_ONLY
#include "codec/zstd/contexts.hpp"

#include <gtest/gtest.h>

#include <string>
#include <thread>
#include <vector>

namespace kompakt::zstd {
namespace {

const std::string kDictionary = "once upon a midnight dreary, while I pondered, weak and weary";

std::size_t compress(ZSTD_CCtx* context, const std::string& text, std::vector<char>& out) {
  out.resize(ZSTD_compressBound(text.size()));
  return ZSTD_compress2(context, out.data(), out.size(), text.data(), text.size());
}

TEST(ZstdContexts, AThreadTakesUpWhatItLetGo) {
  auto coder = make_compress_context();
  const ZSTD_CCtx* const first_coder = coder.get();
  coder.reset();
  EXPECT_EQ(make_compress_context().get(), first_coder);
  auto decoder = make_decompress_context();
  const ZSTD_DCtx* const first_decoder = decoder.get();
  decoder.reset();
  EXPECT_EQ(make_decompress_context().get(), first_decoder);
  const auto held = make_compress_context();
  EXPECT_NE(make_compress_context().get(), held.get());
}

TEST(ZstdContexts, NothingOfTheLastUseIsLeft) {
  std::vector<char> fresh;
  const std::size_t size = compress(make_compress_context().get(), kDictionary, fresh);
  {
    const auto context = make_compress_context();
    ZSTD_CCtx_setParameter(context.get(), ZSTD_c_compressionLevel, 19);
    ZSTD_CCtx_setParameter(context.get(), ZSTD_c_checksumFlag, 1);
    ASSERT_EQ(ZSTD_CCtx_loadDictionary(context.get(), kDictionary.data(), kDictionary.size()), 0U);
    std::vector<char> out;
    EXPECT_LT(compress(context.get(), kDictionary, out), size);
    // Left in the middle of a frame.
    ZSTD_inBuffer in{kDictionary.data(), kDictionary.size(), 0};
    ZSTD_outBuffer room{out.data(), out.size(), 0};
    ZSTD_compressStream2(context.get(), &room, &in, ZSTD_e_continue);
  }
  std::vector<char> again;
  EXPECT_EQ(compress(make_compress_context().get(), kDictionary, again), size);
  EXPECT_EQ(again, fresh);

  {
    const auto context = make_decompress_context();
    ZSTD_DCtx_setParameter(context.get(), ZSTD_d_windowLogMax, 12);
    ZSTD_DCtx_setParameter(context.get(), ZSTD_d_forceIgnoreChecksum, ZSTD_d_ignoreChecksum);
    ASSERT_EQ(ZSTD_DCtx_loadDictionary(context.get(), kDictionary.data(), kDictionary.size()), 0U);
    std::string text(kDictionary.size(), ' ');
    EXPECT_NE(ZSTD_isError(ZSTD_decompressDCtx(context.get(), text.data(), 1, fresh.data(), size)),
              0U);
  }
  const auto context = make_decompress_context();
  int window_log = 0;
  ASSERT_EQ(ZSTD_DCtx_getParameter(context.get(), ZSTD_d_windowLogMax, &window_log), 0U);
  EXPECT_GT(window_log, 12);
  std::string text(kDictionary.size(), ' ');
  EXPECT_EQ(ZSTD_decompressDCtx(context.get(), text.data(), text.size(), fresh.data(), size),
            text.size());
  EXPECT_EQ(text, kDictionary);
}

TEST(ZstdContexts, LargeOnesAreNotKept) {
  {
    const auto context = make_compress_context();
    ZSTD_CCtx_setParameter(context.get(), ZSTD_c_compressionLevel, 19);
    std::vector<char> out;
    ASSERT_EQ(ZSTD_isError(compress(context.get(), std::string(16 << 20U, 'x'), out)), 0U);
    ASSERT_GT(ZSTD_sizeof_CCtx(context.get()), std::size_t{4} << 20U);
  }
  EXPECT_LT(ZSTD_sizeof_CCtx(make_compress_context().get()), std::size_t{1} << 20U);
}

TEST(ZstdContexts, MayEndOnAnotherThread) {
  auto coder = make_compress_context();
  auto decoder = make_decompress_context();
  std::thread([&] {
    coder.reset();
    decoder.reset();
    // The thread's own end frees them: the leak check of the sanitized run tells.
    EXPECT_NE(make_compress_context(), nullptr);
  }).join();
  EXPECT_NE(make_compress_context(), nullptr);
}

}  // namespace
}  // namespace kompakt::zstd
