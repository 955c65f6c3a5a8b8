#include <gtest/gtest.h>

#include "command/geohash.hpp"
#include "command/harness.hpp"

namespace replserver {
namespace {

class Geo : public testing::Test {
 protected:
  Geo() { at.run("GEOADD Sicily 13.361389 38.115556 Palermo 15.087269 37.502669 Catania"); }
  Harness at;
};

TEST_F(Geo, KeepsPlacesAsScores) {
  EXPECT_EQ(at.changes(), "zadd Sicily 3479099956230698 Palermo 3479447370796909 Catania");
  EXPECT_EQ(at.run("GEOHASH Sicily Palermo Catania nobody"),
            "[\"sqc8b49rny0\" \"sqdtr74hyu0\" nil]");
  EXPECT_EQ(at.run("GEODIST Sicily Palermo Catania"), "\"166274.1516\"");
  EXPECT_EQ(at.run("GEODIST Sicily Palermo Catania mi"), "\"103.3182\"");
}

TEST_F(Geo, FindsWhatLiesInACircleOrABox) {
  EXPECT_EQ(at.run("GEOSEARCH Sicily FROMLONLAT 15 37 BYRADIUS 200 km ASC"),
            "[\"Catania\" \"Palermo\"]");
  EXPECT_EQ(at.run("GEOSEARCH Sicily FROMLONLAT 15 37 BYRADIUS 100 km WITHDIST"),
            "[[\"Catania\" \"56.4413\"]]");
  EXPECT_EQ(at.run("GEOSEARCH Sicily FROMMEMBER Palermo BYBOX 10 10 km"), "[\"Palermo\"]");
  EXPECT_EQ(at.run("GEOSEARCHSTORE to Sicily FROMLONLAT 15 37 BYRADIUS 200 km COUNT 1"), "1");
  EXPECT_EQ(at.run("ZRANGE to 0 -1"), "[\"Catania\"]");
}

TEST_F(Geo, RefusesPlacesThatAreNotOnTheMap) {
  EXPECT_EQ(at.run("GEOADD Sicily 181 0 x"),
            "-ERR invalid longitude,latitude pair 181.000000,0.000000");
  EXPECT_EQ(at.run("GEOSEARCH Sicily FROMLONLAT 1 1 BYRADIUS 1 cm"),
            "-ERR unsupported unit provided. please use M, KM, FT, MI");
  EXPECT_EQ(at.run("GEOSEARCH Sicily FROMLONLAT 1 1 ASC WITHDIST"),
            "-ERR exactly one of BYRADIUS and BYBOX can be specified for GEOSEARCH");
}

TEST(GeoCells, AtTheEdgeOfTheMapIncludeTheirOwnMiddle) {
  GeoArea area{.middle = {180, -85}, .radius = 1};
  const GeoCell own = cells_of(area)[0];
  const auto score = static_cast<double>(geo_score(area.middle));
  EXPECT_LE(own.first_score(), score);
  EXPECT_GT(own.end_score(), score);
}

}  // namespace
}  // namespace replserver
