#include "command/harness.hpp"

namespace replserver {
namespace {

TEST(Expire, IsPropagatedAsAnInstant) {
  Harness at;
  at.listen();
  at.run("SET k v");
  at.changes();
  at.events();
  EXPECT_EQ(at.run("EXPIRE k 10"), "1");
  EXPECT_EQ(at.changes(), "PEXPIREAT k 1010000");
  EXPECT_EQ(at.events(), "expire k");
  EXPECT_EQ(at.run("PEXPIRE k 1500"), "1");
  EXPECT_EQ(at.changes(), "PEXPIREAT k 1001500");
  EXPECT_EQ(at.run("EXPIREAT k 2000"), "1");
  EXPECT_EQ(at.changes(), "PEXPIREAT k 2000000");
  EXPECT_EQ(at.run("pexpireat k 2000001"), "1");
  EXPECT_EQ(at.changes(), "pexpireat k 2000001");
  EXPECT_EQ(at.run("EXPIRE k 2000 gt"), "1");
  EXPECT_EQ(at.changes(), "PEXPIREAT k 3000000 gt");
}

TEST(Expire, HasNoKeyToExpire) {
  Harness at;
  EXPECT_EQ(at.run("EXPIRE k 10"), "0");
  EXPECT_EQ(at.run("PERSIST k"), "0");
  EXPECT_EQ(at.changes(), "");
}

TEST(Expire, DeletesWhenTheTimeHasCome) {
  Harness at;
  at.listen();
  for (const ByteView command : {"EXPIRE k 0", "EXPIRE k -1", "PEXPIRE k -5", "EXPIREAT k 1000",
                                 "PEXPIREAT k -1", "EXPIRE k -9223372036854775"}) {
    at.run("SET k v");
    at.changes();
    at.events();
    EXPECT_EQ(at.run(command), "1") << command;
    EXPECT_EQ(at.changes(), "DEL k");
    EXPECT_EQ(at.events(), "del k");
    EXPECT_EQ(at.run("DBSIZE"), "0");
  }
  at.settings.lazy_expire = true;
  at.run("SET k v");
  at.changes();
  at.run("EXPIRE k 0");
  EXPECT_EQ(at.changes(), "UNLINK k");
}

TEST(Expire, ObeysItsConditions) {
  Harness at;
  at.run("SET k v");
  EXPECT_EQ(at.run("EXPIRE k 10 XX"), "0");
  EXPECT_EQ(at.run("EXPIRE k 10 GT"), "0");  // no time to live is the latest of all
  EXPECT_EQ(at.run("EXPIRE k 10 LT"), "1");
  EXPECT_EQ(at.run("EXPIRE k 20 NX"), "0");
  EXPECT_EQ(at.run("EXPIRE k 10 GT"), "0");
  EXPECT_EQ(at.run("EXPIRE k 10 LT"), "0");
  EXPECT_EQ(at.run("EXPIRE k 11 XX GT"), "1");
  EXPECT_EQ(at.run("EXPIRE k 9 xx lt"), "1");
  EXPECT_EQ(at.run("TTL k"), "9");
  EXPECT_EQ(at.run("EXPIRE k -1 GT"), "0");
  EXPECT_EQ(at.run("EXPIRE k -1 LT"), "1");
  EXPECT_EQ(at.run("EXISTS k"), "0");
}

TEST(Expire, RefusesOptionsThatContradict) {
  Harness at;
  const Bytes kNx = "-ERR NX and XX, GT or LT options at the same time are not compatible";
  EXPECT_EQ(at.run("EXPIRE k 10 NX XX"), kNx);
  EXPECT_EQ(at.run("EXPIRE k 10 LT NX"), kNx);
  EXPECT_EQ(at.run("EXPIRE k 10 GT LT"),
            "-ERR GT and LT options at the same time are not compatible");
  EXPECT_EQ(at.run("EXPIRE k 10 foo"), "-ERR Unsupported option foo");
  EXPECT_EQ(at.run("EXPIRE k abc"), "-ERR value is not an integer or out of range");
}

TEST(Expire, RefusesTimesThatCannotBe) {
  Harness at;
  at.run("SET k v");
  EXPECT_EQ(at.run("EXPIRE k 9223372036854775807"), "-ERR invalid expire time in 'expire' command");
  EXPECT_EQ(at.run("EXPIRE k 9223372036854775"), "-ERR invalid expire time in 'expire' command");
  EXPECT_EQ(at.run("EXPIRE k -9223372036854775808"),
            "-ERR invalid expire time in 'expire' command");
  EXPECT_EQ(at.run("PEXPIRE k 9223372036854775807"),
            "-ERR invalid expire time in 'pexpire' command");
  EXPECT_EQ(at.run("EXPIREAT k 9223372036854776"),
            "-ERR invalid expire time in 'expireat' command");
  EXPECT_EQ(at.run("PEXPIREAT k 9223372036854775807"), "1");
  EXPECT_EQ(at.run("PEXPIRETIME k"), "9223372036854775807");
  EXPECT_EQ(at.run("EXPIRETIME k"), "9223372036854776");
}

TEST(Expire, LetsAReplicaLeaveTheDeletionToItsPrimary) {
  Harness at;
  at.run("SET k v");
  at.context.is_replica = at.context.from_primary = true;
  EXPECT_EQ(at.run("PEXPIREAT k 1"), "1");
  EXPECT_EQ(at.run("GET k"), "\"v\"");  // our primary's own commands see it
  at.context.from_primary = false;
  EXPECT_EQ(at.run("GET k"), "nil");
  EXPECT_EQ(at.run("DBSIZE"), "1");
  at.context.from_primary = true;
  EXPECT_EQ(at.run("DEL k"), "1");
}

TEST(Ttl, TellsWhatIsLeft) {
  Harness at;
  EXPECT_EQ(at.run("TTL k"), "-2");
  at.run("SET k v");
  EXPECT_EQ(at.run("TTL k"), "-1");
  EXPECT_EQ(at.run("PTTL k"), "-1");
  EXPECT_EQ(at.run("EXPIRETIME k"), "-1");
  at.run("PEXPIRE k 1499");
  EXPECT_EQ(at.run("TTL k"), "1");
  EXPECT_EQ(at.run("PTTL k"), "1499");
  EXPECT_EQ(at.run("EXPIRETIME k"), "1001");
  EXPECT_EQ(at.run("PEXPIRETIME k"), "1001499");
  at.run("PEXPIRE k 1500");
  EXPECT_EQ(at.run("TTL k"), "2");
  at.advance(1500);
  EXPECT_EQ(at.run("PTTL k"), "0");  // the instant itself still belongs to the key
  at.advance(1);
  EXPECT_EQ(at.run("PTTL k"), "-2");
  EXPECT_EQ(at.run("EXPIRETIME k"), "-2");
}

TEST(Persist, TakesTheTimeToLiveAway) {
  Harness at;
  at.listen();
  at.run("SET k v EX 10");
  at.changes();
  at.events();
  EXPECT_EQ(at.run("PERSIST k"), "1");
  EXPECT_EQ(at.changes(), "PERSIST k");
  EXPECT_EQ(at.events(), "persist k");
  EXPECT_EQ(at.run("PERSIST k"), "0");
  EXPECT_EQ(at.changes(), "");
}

TEST(ExpiredKeys, AreDeletedByWhoeverFindsThem) {
  for (const ByteView command :
       {"GET k",    "EXISTS k", "TYPE k",   "TTL k",     "OBJECT ENCODING k",
        "STRLEN k", "MGET k a", "GETEX k",  "PERSIST k", "EXPIRE k 10",
        "DEL k",    "UNLINK k", "GETDEL k", "TOUCH k",   "RENAMENX k l",
        "COPY k l", "MOVE k 1", "SCAN 0",   "RANDOMKEY", "LCS k a"}) {
    Harness at;
    at.listen();
    at.run("SET k v PX 5");
    at.changes();
    at.events();
    at.advance(6);
    at.run(command);
    EXPECT_EQ(at.changes(), "DEL k") << command;
    EXPECT_EQ(at.events().substr(0, 9), "expired k") << command;
    EXPECT_EQ(at.context.stats.expired, 1u) << command;
    EXPECT_EQ(at.run("DBSIZE"), "0") << command;
  }
}

TEST(ExpiredKeys, AreGoneBeforeTheyAreWrittenAgain) {
  Harness at;
  at.run("SET k v PX 5");
  at.changes();
  at.advance(6);
  EXPECT_EQ(at.run("APPEND k x"), "1");
  EXPECT_EQ(at.changes(), "DEL k; APPEND k x");
  EXPECT_EQ(at.run("TTL k"), "-1");
  at.settings.lazy_expire = true;
  at.run("SET k 5 PX 5");
  at.changes();
  at.advance(6);
  EXPECT_EQ(at.run("INCR k"), "1");
  EXPECT_EQ(at.changes(), "UNLINK k; INCR k");
}

TEST(ExpiredKeys, AreOnlyHiddenWhereNothingMayChangeByItself) {
  for (const bool replica : {true, false}) {
    Harness at;
    at.run("MSET a 1 b 2");
    at.run("SET k v PX 5");
    at.changes();
    at.advance(6);
    (replica ? at.context.is_replica : at.context.keeps_expired) = true;
    EXPECT_EQ(at.run("GET k"), "nil");
    EXPECT_EQ(at.run("EXISTS k a"), "1");
    EXPECT_EQ(at.run("TTL k"), "-2");
    EXPECT_EQ(at.run("OBJECT ENCODING k"), "nil");
    EXPECT_EQ(at.run("KEYS k*"), "[]");
    EXPECT_EQ(at.run("SCAN 0 MATCH k"), "[\"0\" []]");
    for (int i = 0; i < 50; ++i) EXPECT_NE(at.run("RANDOMKEY"), "\"k\"");
    EXPECT_EQ(at.run("DBSIZE"), "3");
    EXPECT_EQ(at.changes(), "");
    EXPECT_EQ(at.context.stats.expired, 0u);
  }
}

TEST(ExpiredKeys, AreTakenByRandomKeyWhenAReplicaHasNoOthers) {
  Harness at;
  at.run("SET k v PX 5");
  at.advance(6);
  at.context.is_replica = true;
  EXPECT_EQ(at.run("RANDOMKEY"), "\"k\"");
}

}  // namespace
}  // namespace replserver
