// Places on earth as 52-bit numbers: the scores of the sorted sets that the GEO commands keep.
//
//   longitude, latitude ──> 26 bits each of their share of the range ──> interleaved, longitude first
//
// So places that are close mostly share leading bits: the cell of a step is a range of scores, and
// an area is searched in the cell of its middle and in the eight around it. Latitudes end where the
// Mercator projection's square does. All numbers agree with Redis to the last digit.
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "base/bytes.hpp"

namespace replserver {

struct Place {
  double longitude = 0;
  double latitude = 0;

  bool is_valid() const;
};

std::uint64_t geo_score(const Place& place);
Place geo_place(double score);           // the middle of the score's cell
Bytes geohash_text(const Place& place);  // eleven letters, as geohash.org has them
double geo_distance(const Place& one, const Place& other);  // in metres

// What is searched: a circle if `radius` is set, else a box around the middle. In units.
struct GeoArea {
  Place middle;
  double unit = 1;  // metres in one
  std::optional<double> radius;
  double width = 0;
  double height = 0;

  // How far a place is from the middle, in metres, if it lies in the area.
  std::optional<double> distance_within(const Place& place) const;
};

// A cell of the grid of a step, which has 2^step columns and rows.
struct GeoCell {
  std::uint64_t bits = 0;
  unsigned step = 0;  // 0: no cell

  double first_score() const;
  double end_score() const;
  friend bool operator==(const GeoCell&, const GeoCell&) = default;
};
// The cells that cover an area, in the order in which Redis searches them.
std::array<GeoCell, 9> cells_of(const GeoArea& area);

}  // namespace replserver
