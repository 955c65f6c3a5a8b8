#include "command/geohash.hpp"

#include <algorithm>
#include <cmath>

namespace replserver {
namespace {

constexpr double kLongitudeMax = 180;
constexpr double kLatitudeMax = 85.05112878;
constexpr double kEarthRadius = 6372797.560856;  // metres
constexpr double kMercatorMax = 20037726.37;     // metres
constexpr double kRadians = 3.14159265358979323846 / 180;
constexpr unsigned kSteps = 26;
constexpr std::uint64_t kColumns = 0xaaaaaaaaaaaaaaaa;  // the bits of the longitude
constexpr std::uint64_t kRows = 0x5555555555555555;

double radians(double degrees) { return degrees * kRadians; }
double degrees(double radians) { return radians / kRadians; }

struct Bounds {
  Place min;
  Place max;
};

// Every second bit, from bit 0 on.
std::uint64_t spread(std::uint32_t bits) {
  std::uint64_t wide = bits;
  wide = (wide | wide << 16) & 0x0000ffff0000ffff;
  wide = (wide | wide << 8) & 0x00ff00ff00ff00ff;
  wide = (wide | wide << 4) & 0x0f0f0f0f0f0f0f0f;
  wide = (wide | wide << 2) & 0x3333333333333333;
  return (wide | wide << 1) & kRows;
}
std::uint32_t gather(std::uint64_t wide) {
  wide &= kRows;
  wide = (wide | wide >> 1) & 0x3333333333333333;
  wide = (wide | wide >> 2) & 0x0f0f0f0f0f0f0f0f;
  wide = (wide | wide >> 4) & 0x00ff00ff00ff00ff;
  wide = (wide | wide >> 8) & 0x0000ffff0000ffff;
  return static_cast<std::uint32_t>(wide | wide >> 16);
}

GeoCell cell_at(const Place& place, unsigned step, double latitude_max = kLatitudeMax) {
  const double columns = static_cast<double>(std::uint64_t{1} << step);
  const double east = (place.longitude + kLongitudeMax) / (2 * kLongitudeMax) * columns;
  const double north = (place.latitude + latitude_max) / (2 * latitude_max) * columns;
  return {spread(static_cast<std::uint32_t>(north)) | spread(static_cast<std::uint32_t>(east)) << 1,
          step};
}

Bounds bounds_of(const GeoCell& cell) {
  const double columns = static_cast<double>(std::uint64_t{1} << cell.step);
  const auto at = [&](double count, double max) { return -max + count / columns * (2 * max); };
  const double east = gather(cell.bits >> 1), north = gather(cell.bits);
  return {{at(east, kLongitudeMax), at(north, kLatitudeMax)},
          {at(east + 1, kLongitudeMax), at(north + 1, kLatitudeMax)}};
}

// Beyond an edge of the map the grid goes on at the opposite one. A place right at the upper edge has
// a column too many, which it keeps while it moves along it, as in Redis.
GeoCell moved(const GeoCell& cell, int east, int north) {
  const unsigned unused = 64 - 2 * cell.step;
  const auto step_in = [&](std::uint64_t own, std::uint64_t other, int by) {
    std::uint64_t bits = cell.bits & own;
    if (by == 0) return bits;
    const std::uint64_t between = other >> unused;
    if (by > 0) bits += between + 1;
    if (by < 0) bits = (bits | between) - (between + 1);
    return bits & (own >> unused);
  };
  return {step_in(kColumns, kRows, east) | step_in(kRows, kColumns, north), cell.step};
}

double latitude_distance(double one, double other) {
  return kEarthRadius * std::fabs(radians(other) - radians(one));
}

// So that the nine cells cover a circle in most cases; towards the poles cells become narrow.
unsigned step_for(double radius, double latitude) {
  if (radius == 0) return kSteps;
  int step = 1;
  for (; radius < kMercatorMax; radius *= 2) ++step;
  step -= 2;
  if (latitude > 66 || latitude < -66) --step;
  if (latitude > 80 || latitude < -80) --step;
  return static_cast<unsigned>(std::clamp(step, 1, int{kSteps}));
}

// A degree of longitude is shortest on the side of the nearer pole.
Bounds bounds_of(const GeoArea& area) {
  const Place& middle = area.middle;
  const double height = area.unit * (area.radius ? *area.radius : area.height / 2);
  const double width = area.unit * (area.radius ? *area.radius : area.width / 2);
  const double north = degrees(height / kEarthRadius);
  const double nearer = middle.latitude < 0 ? middle.latitude - north : middle.latitude + north;
  const double east = degrees(width / kEarthRadius / std::cos(radians(nearer)));
  return {{middle.longitude - east, middle.latitude - north},
          {middle.longitude + east, middle.latitude + north}};
}

bool reaches(const GeoCell& cell, const Bounds& bounds) {
  return bounds_of(moved(cell, 0, 1)).max.latitude >= bounds.max.latitude &&
         bounds_of(moved(cell, 0, -1)).min.latitude <= bounds.min.latitude &&
         bounds_of(moved(cell, 1, 0)).max.longitude >= bounds.max.longitude &&
         bounds_of(moved(cell, -1, 0)).min.longitude <= bounds.min.longitude;
}

}  // namespace

bool Place::is_valid() const {
  return longitude >= -kLongitudeMax && longitude <= kLongitudeMax && latitude >= -kLatitudeMax &&
         latitude <= kLatitudeMax;
}

std::uint64_t geo_score(const Place& place) { return cell_at(place, kSteps).bits; }

// Any score may be asked for. A negative one wraps around, which Redis' answers show.
Place geo_place(double score) {
  constexpr double kMax = 0x1p63;
  const bool is_readable = score > -kMax && score < kMax;
  const auto bits = static_cast<std::uint64_t>(is_readable ? static_cast<std::int64_t>(score) : 0);
  const Bounds bounds = bounds_of(GeoCell{bits, kSteps});
  return {
      std::clamp((bounds.min.longitude + bounds.max.longitude) / 2, -kLongitudeMax, kLongitudeMax),
      std::clamp((bounds.min.latitude + bounds.max.latitude) / 2, -kLatitudeMax, kLatitudeMax)};
}

// Eleven letters of five bits are three bits more than there are: the last one is always 0.
Bytes geohash_text(const Place& place) {
  constexpr ByteView kLetters = "0123456789bcdefghjkmnpqrstuvwxyz";
  const std::uint64_t bits = cell_at(place, kSteps, 90).bits;
  Bytes text;
  for (unsigned letter = 1; letter <= 10; ++letter) {
    text += kLetters[bits >> (2 * kSteps - 5 * letter) & 31];
  }
  return text + kLetters[0];
}

double geo_distance(const Place& one, const Place& other) {
  const double east = std::sin((radians(other.longitude) - radians(one.longitude)) / 2);
  if (east == 0) return latitude_distance(one.latitude, other.latitude);
  const double south = radians(one.latitude), north = radians(other.latitude);
  const double rise = std::sin((north - south) / 2);
  const double chord = rise * rise + std::cos(south) * std::cos(north) * east * east;
  return 2.0 * kEarthRadius * std::asin(std::sqrt(chord));
}

std::optional<double> GeoArea::distance_within(const Place& place) const {
  if (radius) {
    const double distance = geo_distance(middle, place);
    if (distance > *radius * unit) return std::nullopt;
    return distance;
  }
  if (latitude_distance(place.latitude, middle.latitude) > height * unit / 2) return std::nullopt;
  const double along = geo_distance(place, {middle.longitude, place.latitude});
  if (along > width * unit / 2) return std::nullopt;
  return geo_distance(middle, place);
}

double GeoCell::first_score() const { return static_cast<double>(bits << (2 * (kSteps - step))); }
double GeoCell::end_score() const {
  return static_cast<double>((bits + 1) << (2 * (kSteps - step)));
}

std::array<GeoCell, 9> cells_of(const GeoArea& area) {
  const Bounds wanted = bounds_of(area);
  const double reach =
      area.radius
          ? *area.radius
          : std::sqrt(area.width / 2 * (area.width / 2) + area.height / 2 * (area.height / 2));
  unsigned step = step_for(reach * area.unit, area.middle.latitude);
  GeoCell cell = cell_at(area.middle, step);
  if (step > 1 && !reaches(cell, wanted)) cell = cell_at(area.middle, --step);

  const Bounds bounds = bounds_of(cell);
  const bool chooses = step >= 2;
  const bool skips_south = chooses && bounds.min.latitude < wanted.min.latitude;
  const bool skips_north = chooses && bounds.max.latitude > wanted.max.latitude;
  const bool skips_west = chooses && bounds.min.longitude < wanted.min.longitude;
  const bool skips_east = chooses && bounds.max.longitude > wanted.max.longitude;

  constexpr int kMoves[][2] = {{0, 0}, {0, 1},  {0, -1}, {1, 0},  {-1, 0},
                               {1, 1}, {-1, 1}, {1, -1}, {-1, -1}};
  std::array<GeoCell, 9> cells;
  for (std::size_t index = 0; index < cells.size(); ++index) {
    const auto [east, north] = kMoves[index];
    const bool is_skipped = (north < 0 && skips_south) || (north > 0 && skips_north) ||
                            (east < 0 && skips_west) || (east > 0 && skips_east);
    if (!is_skipped) cells[index] = moved(cell, east, north);
  }
  return cells;
}

}  // namespace replserver
