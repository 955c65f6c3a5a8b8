#include "base/digest.hpp"

#include <gtest/gtest.h>

namespace replserver {
namespace {

TEST(Sha1, GivesTheStandardsExamples) {
  EXPECT_EQ(hex(Sha1::of("abc")), "a9993e364706816aba3e25717850c26c9cd0d89d");
  EXPECT_EQ(hex(Sha1::of("")), "da39a3ee5e6b4b0d3255bfef95601890afd80709");
}

TEST(Sha1, DoesNotDependOnTheCuts) {
  Sha1 sha;
  for (const char c : Bytes("abc")) sha.update(ByteView(&c, 1));
  EXPECT_EQ(sha.digest(), Sha1::of("abc"));
}

TEST(Digest, ForgetsTheOrderWhenXored) {
  Digest forward{}, backward{};
  xor_in(forward, "a");
  xor_in(forward, "b");
  xor_in(backward, "b");
  xor_in(backward, "a");
  EXPECT_EQ(forward, backward);
  xor_in(forward, "a");
  EXPECT_EQ(forward, Sha1::of("b"));
}

TEST(Digest, KeepsTheOrderWhenMixed) {
  Digest forward{}, backward{};
  mix_in(forward, "a");
  EXPECT_EQ(hex(forward),
            hex(Sha1::of(ByteView(reinterpret_cast<const char*>(Sha1::of("a").data()), 20))));
  mix_in(forward, "b");
  mix_in(backward, "b");
  mix_in(backward, "a");
  EXPECT_NE(forward, backward);
}

}  // namespace
}  // namespace replserver
