// The types of values in RDB files: what each is here, how its packed blobs are checked, and a walk
// through them that is the same for listpacks, intsets and the old forms.
#pragma once

#include "base/result.hpp"
#include "data/entry.hpp"
#include "data/intset.hpp"
#include "data/listpack.hpp"
#include "rdb/format.hpp"
#include "rdb/ziplist.hpp"

namespace replserver {

enum class RdbForm { listpack, intset, ziplist, zipmap };

Type type_of(RdbType type);  // of one that is known, and no module's
RdbForm form_of(RdbType type);
// Elements that make one of the value: 1, 2 for a pair, 3 for a pair with its expiry.
std::size_t elements_per_member(RdbType type);

// That it can be walked and holds whole members; if `deep`, that these differ and are in order.
Result<void> check_packed(RdbType type, ByteView bytes, bool deep);

// void(const PackedElement&). Of a blob that was checked.
template <class Callback>
void for_each_packed(RdbType type, ByteView bytes, Callback callback) {
  PackedElement element{0};
  switch (form_of(type)) {
    case RdbForm::listpack:
      for (const PackedElement each : ListpackView(bytes.data())) callback(each);
      return;
    case RdbForm::intset: {
      const IntsetView values(bytes.data());
      for (std::size_t at = 0; at < values.count(); ++at) callback(PackedElement(values.at(at)));
      return;
    }
    case RdbForm::ziplist:
      for (ZiplistReader reader(bytes); reader.next(element) == OldElement::found;) {
        callback(element);
      }
      return;
    case RdbForm::zipmap:
      for (ZipmapReader reader(bytes); reader.next(element) == OldElement::found;) {
        callback(element);
      }
      return;
  }
}

}  // namespace replserver
