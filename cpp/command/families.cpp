#include "command/command.hpp"

namespace replserver {

std::vector<std::span<const Command>> command_families() {
  return {
      string_commands(),
      bitmap_commands(),
      bitfield_commands(),
      hyperloglog_commands(),
      list_commands(),
      list_taking_commands(),
      hash_commands(),
      hash_scan_commands(),
      field_expiry_commands(),
      set_commands(),
      set_algebra_commands(),
      sorted_set_commands(),
      sorted_set_range_commands(),
      sorted_set_pop_commands(),
      sorted_set_algebra_commands(),
      geo_commands(),
      geo_search_commands(),
      key_commands(),
      expiry_commands(),
      scan_commands(),
      sorting_commands(),
      database_commands(),
      stream_commands(),
      stream_group_commands(),
      stream_read_commands(),
      stream_claim_commands(),
      stream_report_commands(),
  };
}

}  // namespace replserver
