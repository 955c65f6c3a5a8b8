// Change — a collection while a command changes it: the door stands open, and closes behind it.
//
//   Change<Set> set = database.change<Set>(key);      a missing key begins as an empty set
//   set->add("member");
//   const bool lives = set.finish(changed);           an empty one is not kept
//
// Made by Database::change(). Snapshots have been told by then; WATCH and others who wait for the key
// are told at the end, and only if it changed. While it is open nothing else of the database may
// change; Entry pointers are invalid afterwards. The key's bytes must last as long as it does.
#pragma once

#include <utility>

#include "base/assert.hpp"
#include "data/database.hpp"
#include "data/limits.hpp"

namespace replserver {

template <class Value>
class Change {
 public:
  Change(Database& database, const Key& key)
      : database_(database),
        key_(key),
        entry_(database.open(key, Value::kType)),
        value_(entry_ == nullptr
                   ? Value(database.value_context())
                   : Value(database.value_context(), entry_->encoding(), entry_->pointer())) {}
  ~Change() {
    if (is_open_) finish();
  }
  Change(const Change&) = delete;
  Change& operator=(const Change&) = delete;

  Value* operator->() { return &value_; }
  Value& operator*() { return value_; }
  bool is_new() const { return entry_ == nullptr; }

  // Gives the value to its entry. False: it was empty, and the key is gone.
  bool finish(bool is_changed = true) {
    RS_ASSERT(is_open_);
    is_open_ = false;
    const bool is_kept = keeps_empty() || !value_.empty();
    const Encoding encoding = value_.encoding();
    database_.close(key_, entry_, {Value::kType, encoding, value_.release(), is_kept, is_changed});
    return is_kept;
  }

 private:
  static constexpr bool keeps_empty() {
    if constexpr (requires { Value::kKeepsEmpty; }) return Value::kKeepsEmpty;
    return false;
  }

  Database& database_;
  Key key_;
  Entry* entry_;
  Value value_;
  bool is_open_ = true;
};

template <class Value>
Change<Value> Database::change(const Key& key) {
  return Change<Value>(*this, key);
}

}  // namespace replserver
