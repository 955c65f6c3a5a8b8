#include "node/pubsub.hpp"

#include <gtest/gtest.h>

namespace replserver {
namespace {

using Kind = PubSub::Kind;

// "1 2:a*": the ids of those whom a message reaches, with the pattern that matched.
Bytes receivers(const PubSub& pubsub, ByteView channel) {
  std::vector<PubSub::Receiver> found;
  pubsub.receivers(channel, found);
  Bytes text;
  for (const PubSub::Receiver& receiver : found) {
    if (!text.empty()) text += ' ';
    text += std::to_string(receiver.session->id);
    if (receiver.pattern != nullptr) text += ":" + *receiver.pattern;
  }
  return text;
}

struct ThreeSessions {
  ThreeSessions() {
    first.id = 1;
    second.id = 2;
    third.id = 3;
  }
  ClientSession first, second, third;
  PubSub pubsub;
};

TEST(PubSub, ReachesSubscribersInTheOrderInWhichTheyCame) {
  ThreeSessions at;
  at.pubsub.subscribe(at.third, Kind::channel, "news");
  at.pubsub.subscribe(at.first, Kind::channel, "news");
  at.pubsub.subscribe(at.second, Kind::channel, "other");
  EXPECT_EQ(receivers(at.pubsub, "news"), "3 1");
  EXPECT_EQ(receivers(at.pubsub, "new"), "");
}

TEST(PubSub, ReachesAClientOncePerMatch) {
  ThreeSessions at;
  at.pubsub.subscribe(at.first, Kind::pattern, "n*");
  at.pubsub.subscribe(at.first, Kind::pattern, "*s");
  at.pubsub.subscribe(at.first, Kind::channel, "news");
  EXPECT_EQ(receivers(at.pubsub, "news"), "1 1:*s 1:n*");
}

TEST(PubSub, KeepsShardChannelsApart) {
  ThreeSessions at;
  at.pubsub.subscribe(at.first, Kind::shard, "news");
  EXPECT_EQ(receivers(at.pubsub, "news"), "");
  EXPECT_TRUE(at.pubsub.nobody());
  std::vector<PubSub::Receiver> found;
  at.pubsub.shard_receivers("news", found);
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].session, &at.first);
}

TEST(PubSub, CountsASecondSubscriptionOnce) {
  ThreeSessions at;
  EXPECT_TRUE(at.pubsub.subscribe(at.first, Kind::channel, "news"));
  EXPECT_FALSE(at.pubsub.subscribe(at.first, Kind::channel, "news"));
  EXPECT_EQ(receivers(at.pubsub, "news"), "1");
  EXPECT_EQ(at.first.channels.size(), 1u);
  EXPECT_TRUE(at.pubsub.unsubscribe(at.first, Kind::channel, "news"));
  EXPECT_FALSE(at.pubsub.unsubscribe(at.first, Kind::channel, "news"));
  EXPECT_TRUE(at.first.channels.empty());
  EXPECT_TRUE(at.pubsub.channels().empty());
}

TEST(PubSub, ForgetsAllThatASessionSubscribedTo) {
  ThreeSessions at;
  for (ClientSession* const session : {&at.first, &at.second}) {
    at.pubsub.subscribe(*session, Kind::channel, "news");
    at.pubsub.subscribe(*session, Kind::pattern, "n*");
    at.pubsub.subscribe(*session, Kind::shard, "part");
  }
  at.pubsub.forget(at.first);
  EXPECT_EQ(at.first.subscriptions(), 0u);
  EXPECT_EQ(receivers(at.pubsub, "news"), "2 2:n*");
  at.pubsub.forget(at.second);
  EXPECT_TRUE(at.pubsub.nobody());
  EXPECT_TRUE(at.pubsub.shard_channels().empty());
}

}  // namespace
}  // namespace replserver
