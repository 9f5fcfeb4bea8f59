#!/usr/bin/env python3
"""An independent reader of the .warp v2 layout, to judge what kompakt writes.

It knows the layout from its description alone, shares no code with kompakt, and leaves the chunks
to the stock tools zstd, lz4 and brotli. Snappy and two of the checksums, which have no tool on
every machine, are done here, slowly.

    warp_v2_reader.py FILE.warp CONTENT [FILE.warp CONTENT ...]

compares what each file decodes to with its content. Exit 0: all equal. 1: one is not. 77: a tool
that a file needs is missing.
"""

import hashlib
import shutil
import struct
import subprocess
import sys

MASK32 = (1 << 32) - 1
MASK64 = (1 << 64) - 1
TOOLS = {0: ["lz4", "-dc"], 1: ["zstd", "-dc"], 3: ["brotli", "-dc"]}
SNAPPY = 2


class Bad(Exception):
    """The file is not a good v2 file."""


class NoTool(Exception):
    """This machine cannot judge the file."""


def need(condition, message):
    if not condition:
        raise Bad(message)


def snappy_block(data):
    """Decodes a raw snappy block: a varint length, then literals and copies."""
    size = shift = at = 0
    while True:
        octet = data[at]
        at += 1
        size |= (octet & 0x7F) << shift
        shift += 7
        if octet < 0x80:
            break
    out = bytearray()
    while at < len(data):
        tag = data[at]
        at += 1
        kind = tag & 3
        if kind == 0:
            length = tag >> 2
            if length >= 60:
                extra = length - 59
                length = int.from_bytes(data[at : at + extra], "little")
                at += extra
            out += data[at : at + length + 1]
            at += length + 1
            continue
        if kind == 1:
            length = 4 + (tag >> 2 & 7)
            distance = (tag >> 5) << 8 | data[at]
            at += 1
        else:
            length = 1 + (tag >> 2)
            width = 2 if kind == 2 else 4
            distance = int.from_bytes(data[at : at + width], "little")
            at += width
        need(0 < distance <= len(out), "snappy copy from before the start")
        for _ in range(length) if distance < length else ():
            out.append(out[-distance])
        if distance >= length:
            start = len(out) - distance
            out += out[start : start + length]
    need(len(out) == size, "snappy block of the wrong length")
    return bytes(out)


def xxh64(data):
    """XXH64 with seed 0, as eight big-endian bytes."""
    p1, p2, p3 = 0x9E3779B185EBCA87, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9
    p4, p5 = 0x85EBCA77C2B2AE63, 0x27D4EB2F165667C5

    def rotate(value, bits):
        return (value << bits | value >> (64 - bits)) & MASK64

    def mix(lane, word):
        return rotate((lane + word * p2) & MASK64, 31) * p1 & MASK64

    at = 0
    if len(data) >= 32:
        lanes = [(p1 + p2) & MASK64, p2, 0, -p1 & MASK64]
        for at in range(32, len(data) + 1, 32):
            words = struct.unpack_from("<4Q", data, at - 32)
            lanes = [mix(lane, word) for lane, word in zip(lanes, words)]
        total = sum(rotate(lane, bits) for lane, bits in zip(lanes, (1, 7, 12, 18))) & MASK64
        for lane in lanes:
            total = ((total ^ mix(0, lane)) * p1 + p4) & MASK64
    else:
        total = p5
    total = (total + len(data)) & MASK64
    for at in range(at, len(data) - 7, 8):
        word = struct.unpack_from("<Q", data, at)[0]
        total = (rotate(total ^ mix(0, word), 27) * p1 + p4) & MASK64
    at = len(data) & ~7
    if len(data) - at >= 4:
        word = struct.unpack_from("<I", data, at)[0]
        total = (rotate(total ^ word * p1 & MASK64, 23) * p2 + p3) & MASK64
        at += 4
    for octet in data[at:]:
        total = rotate(total ^ octet * p5 & MASK64, 11) * p1 & MASK64
    for shift, factor in ((33, p2), (29, p3), (32, 1)):
        total = (total ^ total >> shift) * factor & MASK64
    return total.to_bytes(8, "big")


IV = (0x6A09E667, 0xBB67AE85, 0x3C6EF372, 0xA54FF53A, 0x510E527F, 0x9B05688C, 0x1F83D9AB, 0x5BE0CD19)
ORDER = (2, 6, 3, 10, 7, 0, 4, 13, 1, 11, 12, 5, 9, 14, 15, 8)
QUARTERS = ((0, 4, 8, 12), (1, 5, 9, 13), (2, 6, 10, 14), (3, 7, 11, 15),
            (0, 5, 10, 15), (1, 6, 11, 12), (2, 7, 8, 13), (3, 4, 9, 14))
CHUNK_START, CHUNK_END, PARENT, ROOT = 1, 2, 4, 8


def blake3_compress(chain, block, counter, flags):
    """One BLAKE3 compression; the first half of its output."""
    words = list(struct.unpack("<16I", block.ljust(64, b"\0")))
    s = [*chain, *IV[:4], counter & MASK32, counter >> 32, len(block), flags]
    for _ in range(7):
        for i, (a, b, c, d) in enumerate(QUARTERS):
            s[a] = (s[a] + s[b] + words[2 * i]) & MASK32
            x = s[d] ^ s[a]
            s[d] = (x >> 16 | x << 16) & MASK32
            s[c] = (s[c] + s[d]) & MASK32
            x = s[b] ^ s[c]
            s[b] = (x >> 12 | x << 20) & MASK32
            s[a] = (s[a] + s[b] + words[2 * i + 1]) & MASK32
            x = s[d] ^ s[a]
            s[d] = (x >> 8 | x << 24) & MASK32
            s[c] = (s[c] + s[d]) & MASK32
            x = s[b] ^ s[c]
            s[b] = (x >> 7 | x << 25) & MASK32
        words = [words[i] for i in ORDER]
    return [s[i] ^ s[i + 8] for i in range(8)]


def blake3_tree(data, first, root):
    """The chaining value of `data`, whose first 1024-byte chunk has number `first`."""
    if len(data) <= 1024:
        chain = IV
        blocks = [data[i : i + 64] for i in range(0, len(data), 64)] or [b""]
        for i, block in enumerate(blocks):
            flags = CHUNK_START if i == 0 else 0
            if i == len(blocks) - 1:
                flags |= CHUNK_END | root
            chain = blake3_compress(chain, block, first, flags)
        return chain
    left = 1 << ((len(data) - 1) // 1024).bit_length() - 1  # the most chunks that leave some over
    children = blake3_tree(data[: left * 1024], first, 0) + blake3_tree(data[left * 1024 :], first + left, 0)
    return blake3_compress(IV, struct.pack("<16I", *children), 0, PARENT | root)


def blake3(data):
    return struct.pack("<8I", *blake3_tree(data, 0, ROOT))


def blake2b(data):
    return hashlib.blake2b(data, digest_size=32).digest()


CHECKSUMS = {1: blake3, 2: xxh64, 3: blake2b}


def decode_chunk(method, stored):
    if method == SNAPPY:
        return snappy_block(stored)
    need(method in TOOLS, "unknown method")
    command = TOOLS[method]
    if shutil.which(command[0]) is None:
        raise NoTool(command[0])
    done = subprocess.run(command, input=stored, capture_output=True, check=False)
    need(done.returncode == 0, f"{command[0]}: {done.stderr.decode(errors='replace')}")
    return done.stdout


def read_v2(data):
    """The content of a v2 file."""
    magic, version, method, size, count = struct.unpack_from("<IBBQI", data)
    need(magic == 0x57415250 and version == 2, "not a v2 file")
    need(size != 0 or (method, count) == (SNAPPY, 0), "an empty file with another header")
    at = 18
    stored = struct.unpack_from(f"<{count}Q", data, at)
    at += 8 * count
    original = struct.unpack_from(f"<{count}Q", data, at)
    at += 8 * count
    need(sum(original) == size, "sizes do not add up")
    content = bytearray()
    for stored_size, original_size in zip(stored, original):
        chunk = decode_chunk(method, data[at : at + stored_size])
        need(len(chunk) == original_size, "a chunk of the wrong size")
        content += chunk
        at += stored_size
    content = bytes(content)
    if at != len(data):
        tag, checksum, length = struct.unpack_from("<4sBH", data, at)
        need(tag == b"WFT1" and checksum in CHECKSUMS, "no trailer where one should be")
        need(at + 7 + length == len(data), "bytes behind the trailer")
        need(CHECKSUMS[checksum](content) == data[at + 7 :], "checksum differs")
    return content


def self_test():
    assert xxh64(b"").hex() == "ef46db3751d8e999"
    assert xxh64(b"abc").hex() == "44bc2cf5ad770999"
    assert blake3(b"").hex().startswith("af1349b9f5f9a1a6a0404dea36dcc949")
    assert blake3(b"abc").hex().startswith("6437b3ac38465133ffb63b75273a8db5")


def main(arguments):
    self_test()
    worst = 0
    for path, expected in zip(arguments[::2], arguments[1::2]):
        with open(path, "rb") as file, open(expected, "rb") as content:
            try:
                need(read_v2(file.read()) == content.read(), "content differs")
            except NoTool as missing:
                print(f"{path}: cannot be judged without {missing}", file=sys.stderr)
                worst = worst or 77
            except (Bad, struct.error, IndexError) as error:
                print(f"{path}: {error}", file=sys.stderr)
                worst = 1
    return worst


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
