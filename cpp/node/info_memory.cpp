#include "node/info_section.hpp"
#include "node/memory_report.hpp"

namespace replserver {
namespace {

void info_allocation(const MemoryReport& memory, InfoText& text) {
  text.fixed("allocator_frag_ratio", ratio(memory.reserved, memory.used), 2);
  text.field("allocator_frag_bytes", difference(memory.reserved, memory.used));
  // What the node has touched of the memory it reserved is what it counts as reserved.
  text.fixed("allocator_rss_ratio", 1, 2);
  text.field("allocator_rss_bytes", 0);
  text.fixed("rss_overhead_ratio", ratio(memory.resident, memory.reserved), 2);
  text.field("rss_overhead_bytes", difference(memory.resident, memory.reserved));
  text.fixed("mem_fragmentation_ratio", ratio(memory.resident, memory.used), 2);
  text.field("mem_fragmentation_bytes", difference(memory.resident, memory.used));
}

// There are no scripts and no functions yet.
void info_scripts(InfoText& text) {
  text.field("used_memory_lua", 0);
  text.field("used_memory_vm_eval", 0);
  text.human("used_memory_lua", 0);
  text.field("used_memory_scripts_eval", 0);
  text.field("number_of_cached_scripts", 0);
  text.field("number_of_functions", 0);
  text.field("number_of_libraries", 0);
  text.field("used_memory_vm_functions", 0);
  text.size("used_memory_vm_total", 0);
  text.field("used_memory_functions", 0);
  text.size("used_memory_scripts", 0);
}

}  // namespace

void info_memory(const NodeState& node, InfoText& text) {
  const MemoryReport memory = memory_report(node);
  text.size("used_memory", memory.used);
  text.size("used_memory_rss", memory.resident);
  text.size("used_memory_peak", memory.peak);
  text.fixed("used_memory_peak_perc", memory.peak_percentage(), 2, "%");
  text.field("used_memory_overhead", memory.overhead());
  text.field("used_memory_startup", memory.startup);
  text.field("used_memory_dataset", memory.dataset());
  text.fixed("used_memory_dataset_perc", memory.dataset_percentage(), 2, "%");
  text.field("allocator_allocated", memory.used);
  text.field("allocator_active", memory.reserved);
  text.field("allocator_resident", memory.reserved);
  text.field("allocator_muzzy", 0);
  text.size("total_system_memory", node.host.total_memory);
  info_scripts(text);
  text.size("maxmemory", node.config->maxmemory);
  text.field("maxmemory_policy", node.config.get(ByteView("maxmemory-policy")).value_or(""));
  info_allocation(memory, text);
  text.field("mem_not_counted_for_evict", memory.backlog);
  text.field("mem_replication_backlog", memory.backlog);
  text.field("mem_total_replication_buffers", memory.backlog);
  text.field("mem_clients_slaves", 0);
  text.field("mem_clients_normal", memory.clients);
  text.field("mem_cluster_links", 0);
  text.field("mem_aof_buffer", 0);
  text.field("mem_allocator", "arena");
  text.field("mem_overhead_db_hashtable_rehashing", 0);  // the tables never rehash
  text.field("active_defrag_running", 0);
  text.field("lazyfree_pending_objects", node.keyspace.keys_to_free());
}

}  // namespace replserver
