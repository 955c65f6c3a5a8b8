// Writer — replies in RESP2 or RESP3, whichever the client speaks, straight into its Output.
//
// What RESP2 lacks is written as RESP2 clients know it: a map as a flat array of twice the length,
// a set or push as an array, a double as a bulk string, true/false as 1/0, null as $-1 (or *-1).
// Counts the error replies and keeps the first word of the last one, for INFO errorstats.
#pragma once

#include <cstdint>
#include <cstring>

#include "base/bytes.hpp"
#include "base/numbers.hpp"
#include "base/result.hpp"
#include "resp/output.hpp"

namespace replserver::resp {

class Writer {
 public:
  Writer(Output& output, int version) : output_(&output), version_(version) {}

  // The next replies go to another client, or in another version; the error count goes on.
  void retarget(Output& output, int version) {
    output_ = &output;
    version_ = version;
  }

  int version() const { return version_; }
  Output& output() { return *output_; }

  void ok() { raw("+OK\r\n"); }
  void simple(ByteView text);
  void error(ByteView text);  // "ERR syntax error": the code comes first; line breaks become spaces
  void error(const Error& error) { this->error(error.text); }
  void integer(std::int64_t value) { header(':', value); }
  void bulk(ByteView bytes);
  void bulk(const SharedBytes& bytes);    // sent without a copy when big
  void bulk_integer(std::int64_t value);  // "$2\r\n42\r\n"
  void null();                            // $-1 or _
  void null_array();                      // *-1 or _
  void array(std::size_t size) { header('*', static_cast<std::int64_t>(size)); }
  void map(std::size_t pairs);
  void set(std::size_t size);
  void push(std::size_t size);
  void number(double value);  // RESP3 double; RESP2 bulk; digits as format_double() gives them
  void boolean(bool value);   // RESP3 #t/#f; RESP2 1/0
  void big_number(ByteView digits);
  void verbatim(ByteView format, ByteView text);  // format: three letters, "txt"
  void raw(ByteView bytes) { output_->append(bytes); }

  // An aggregate whose length is known only at its end:
  //   const Late late = reply.begin(); … elements …; reply.end_array(late, count);
  struct Late {
    std::size_t mark;
  };
  Late begin() { return {output_->mark()}; }
  void end_array(Late late, std::size_t size) { end('*', late, size); }
  void end_map(Late late, std::size_t pairs);
  void end_set(Late late, std::size_t size);

  // The error last written, and how many since the Writer was made: a command that wrote one failed.
  std::uint64_t errors() const { return errors_; }
  ByteView last_error_code() const { return last_error_code_; }  // "WRONGTYPE"

 private:
  static constexpr std::size_t kHeaderMax = 1 + kIntegerTextMax + 2;
  static constexpr std::size_t kSmallBulk = 256;  // contiguous, whatever the output's state

  static char* put_header(char* to, char kind, std::int64_t number) {
    *to++ = kind;
    if (number >= 0 && number < 10) {
      *to++ = static_cast<char>('0' + number);
    } else {
      to += format_integer(number, to);
    }
    std::memcpy(to, "\r\n", 2);
    return to + 2;
  }
  void header(char kind, std::int64_t number) {
    char* const begin = output_->reserve(kHeaderMax);
    output_->commit(static_cast<std::size_t>(put_header(begin, kind, number) - begin));
  }
  void line(char kind, ByteView text);
  void big_bulk(ByteView bytes);
  void end(char kind, Late late, std::size_t size);

  Output* output_;
  int version_;
  std::uint64_t errors_ = 0;
  Bytes last_error_code_;
};

inline void Writer::bulk(ByteView bytes) {
  if (bytes.size() > kSmallBulk) [[unlikely]] {
    big_bulk(bytes);
    return;
  }
  char* const begin = output_->reserve(kHeaderMax + bytes.size() + 2);
  char* at = put_header(begin, '$', static_cast<std::int64_t>(bytes.size()));
  if (!bytes.empty()) std::memcpy(at, bytes.data(), bytes.size());
  at += bytes.size();
  std::memcpy(at, "\r\n", 2);
  output_->commit(static_cast<std::size_t>(at + 2 - begin));
}

}  // namespace replserver::resp
