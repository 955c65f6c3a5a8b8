#include "node/debug_reports.hpp"

#include <cstdio>

#include "rdb/dump.hpp"

namespace replserver {
namespace {

Bytes percent(std::size_t part, std::size_t whole) {
  const std::size_t hundredths = whole == 0 ? 0 : part * 10000 / whole;
  char text[32];
  const int size =
      std::snprintf(text, sizeof text, "%zu.%02zu%%", hundredths / 100, hundredths % 100);
  return Bytes(text, static_cast<std::size_t>(size));
}

}  // namespace

Bytes object_report(const Database& database, const Key& key, const Entry& entry, bool compresses) {
  char place[32];
  const int size = std::snprintf(place, sizeof place, "0x%012llx",
                                 static_cast<unsigned long long>(key.hash >> 16));
  return "Value at:" + Bytes(place, static_cast<std::size_t>(size)) +
         " refcount:1 encoding:" + Bytes(Database::encoding_name(entry)) +
         " serializedlength:" + std::to_string(encoded_size(entry, compresses)) +
         " lru:" + std::to_string(entry.access()) +
         " lru_seconds_idle:" + std::to_string(database.idle_seconds(entry));
}

Bytes table_report(const Database& database) {
  const auto& table = database.table();
  Bytes text = "[Dictionary HT]\n";
  if (table.size() == 0) {
    text += "No stats available for empty dictionaries\n";
  } else {
    const std::size_t slots = table.segments() * table.shape().slots();
    text += "Hash table 0 stats (main hash table):\n";
    text += " table size: " + std::to_string(slots) + "\n";
    text += " number of elements: " + std::to_string(table.size()) + "\n";
    text += " segments: " + std::to_string(table.segments()) + "\n";
    text += " slots in use: " + percent(table.size(), slots) + "\n";
    text += " bytes: " + std::to_string(table.memory()) + "\n";
  }
  // Times to live lie in the entries of the same table.
  return text + "[Expires HT]\n number of elements: " + std::to_string(table.expiring()) + "\n";
}

}  // namespace replserver
