#include "data/entry.hpp"

#include "base/assert.hpp"

namespace replserver {

ByteView type_name(Type type) {
  switch (type) {
    case Type::string:
      return "string";
    case Type::list:
      return "list";
    case Type::set:
      return "set";
    case Type::sorted_set:
      return "zset";
    case Type::hash:
      return "hash";
    case Type::stream:
      return "stream";
  }
  RS_ASSERT(!"a type without a name");
}

ByteView encoding_name(Encoding encoding) {
  switch (encoding) {
    case Encoding::integer:
      return "int";
    case Encoding::embedded:
      return "embstr";
    case Encoding::raw_inline:
    case Encoding::raw:
      return "raw";
    case Encoding::listpack:
      return "listpack";
    case Encoding::intset:
      return "intset";
    case Encoding::table:
      return "hashtable";
    case Encoding::chain:
      return "quicklist";
    case Encoding::tree:
      return "skiplist";
    case Encoding::stream:
      return "stream";
  }
  RS_ASSERT(!"an encoding without a name");
}

}  // namespace replserver
