#include "net/pending.hpp"

#include <gtest/gtest.h>
#include <poll.h>

#include <thread>

namespace replserver::net {
namespace {

bool is_readable(int descriptor) {
  pollfd polled{.fd = descriptor, .events = POLLIN, .revents = 0};
  return ::poll(&polled, 1, 0) == 1;
}

TEST(Pending, IsSettledOnceForGood) {
  const auto pending = std::make_shared<Pending>();
  EXPECT_EQ(pending->state(), Pending::State::open);
  EXPECT_TRUE(pending->settle(Pending::State::done, {.reply = "+OK\r\n", .status = {}}));
  EXPECT_FALSE(pending->settle(Pending::State::cancelled, {}));
  EXPECT_EQ(pending->outcome().reply, "+OK\r\n");
}

TEST(Pending, IsClosedWhenNobodyKeepsThePromise) {
  const auto pending = std::make_shared<Pending>();
  { const Promise promise(pending); }
  EXPECT_EQ(pending->state(), Pending::State::closed);
}

TEST(Pending, StaysCancelledWhateverThePromiseSays) {
  const auto pending = std::make_shared<Pending>();
  Promise promise(pending);
  pending->settle(Pending::State::cancelled, {});
  EXPECT_FALSE(promise.is_wanted());
  promise.keep({.reply = "+OK\r\n", .status = {}});
  EXPECT_EQ(pending->state(), Pending::State::cancelled);
}

TEST(Pending, WakesWhoeverWaits) {
  const auto pending = std::make_shared<Pending>();
  EXPECT_FALSE(pending->wait(Duration()));
  std::thread keeper([&] { Promise(pending).keep({.reply = "+OK\r\n", .status = {}}); });
  EXPECT_TRUE(pending->wait(seconds(30)));
  keeper.join();
}

TEST(Pending, HasADescriptorThatIsReadableOnceItIsSettled) {
  Pending before;
  EXPECT_FALSE(is_readable(before.descriptor()));
  before.settle(Pending::State::done, {});
  EXPECT_TRUE(is_readable(before.descriptor()));

  Pending after;
  after.settle(Pending::State::closed, {});
  EXPECT_TRUE(is_readable(after.descriptor()));
}

}  // namespace
}  // namespace replserver::net
