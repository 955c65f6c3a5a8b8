#include "command/docs.hpp"

namespace replserver {
namespace {

constexpr ByteView kByArea =
    "O(N+log(M)), N being the members in the boxes around the area, M those of the sorted set";

constexpr CommandDocs kDocs[] = {
    {"geoadd", "3.2.0", "O(N*log(M)), N being the members given, M those of the sorted set",
     "Adds members with their places on earth",
     "key [condition(NX|XX)@6.2.0] [change=CH@6.2.0] data(longitude:double "
     "latitude:double member)..."},
    {"geodist", "3.2.0", "O(1)", "Tells how far two members are apart",
     "key member1 member2 [unit(M|KM|FT|MI)]"},
    {"geohash", "3.2.0", "O(N), N being the members asked for",
     "Tells the places of members as geohash texts", "key member..."},
    {"geopos", "3.2.0", "O(N), N being the members asked for", "Tells the places of members",
     "key member..."},
    {"georadius", "3.2.0", kByArea, "Lists or stores the members within a distance of a place",
     "key longitude:double latitude:double radius:double unit(M|KM|FT|MI) [WITHCOORD] "
     "[WITHDIST] [WITHHASH] [count-block(COUNT count:integer [ANY@6.2.0])] "
     "[order(ASC|DESC)] [STORE key:key#1] [STOREDIST key:key#2]",
     "", "6.2.0", "`GEOSEARCH` and `GEOSEARCHSTORE` with the `BYRADIUS` argument"},
    {"georadius_ro", "3.2.10", kByArea, "Lists the members within a distance of a place",
     "key longitude:double latitude:double radius:double unit(M|KM|FT|MI) [WITHCOORD] "
     "[WITHDIST] [WITHHASH] [count-block(COUNT count:integer [ANY@6.2.0])] "
     "[order(ASC|DESC)]",
     "", "6.2.0", "`GEOSEARCH` with the `BYRADIUS` argument"},
    {"georadiusbymember", "3.2.0", kByArea,
     "Lists or stores the members within a distance of another",
     "key member radius:double unit(M|KM|FT|MI) [WITHCOORD] [WITHDIST] [WITHHASH] "
     "[count-block(COUNT count:integer [ANY])] [order(ASC|DESC)] [STORE key:key#1] "
     "[STOREDIST key:key#2]",
     "", "6.2.0",
     "`GEOSEARCH` and `GEOSEARCHSTORE` with the `BYRADIUS` and `FROMMEMBER` arguments"},
    {"georadiusbymember_ro", "3.2.10", kByArea, "Lists the members within a distance of another",
     "key member radius:double unit(M|KM|FT|MI) [WITHCOORD] [WITHDIST] [WITHHASH] "
     "[count-block(COUNT count:integer [ANY])] [order(ASC|DESC)]",
     "", "6.2.0", "`GEOSEARCH` with the `BYRADIUS` and `FROMMEMBER` arguments"},
    {"geosearch", "6.2.0", kByArea, "Lists the members in a circle or a box",
     "key from(FROMMEMBER member|FROMLONLAT fromlonlat(longitude:double "
     "latitude:double)) by(circle(BYRADIUS radius:double unit(M|KM|FT|MI))|box(BYBOX "
     "width:double height:double unit(M|KM|FT|MI))) [order(ASC|DESC)] [count-block(COUNT "
     "count:integer [ANY])] [WITHCOORD] [WITHDIST] [WITHHASH]"},
    {"geosearchstore", "6.2.0", kByArea, "Stores the members in a circle or a box",
     "destination:key source:key#1 from(FROMMEMBER member|FROMLONLAT "
     "fromlonlat(longitude:double latitude:double)) by(circle(BYRADIUS radius:double "
     "unit(M|KM|FT|MI))|box(BYBOX width:double height:double unit(M|KM|FT|MI))) "
     "[order(ASC|DESC)] [count-block(COUNT count:integer [ANY])] [STOREDIST]"},
};

}  // namespace

std::span<const CommandDocs> geo_docs() { return kDocs; }

}  // namespace replserver
