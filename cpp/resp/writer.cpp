#include "resp/writer.hpp"

#include <algorithm>

#include "base/assert.hpp"

namespace replserver::resp {

void Writer::simple(ByteView text) { line('+', text); }

void Writer::error(ByteView text) {
  constexpr ByteView line_breaks = "\r\n";
  const std::size_t first = std::min(text.find_first_not_of(line_breaks), text.size());
  text.remove_prefix(first);
  text = text.substr(0, text.find_last_not_of(line_breaks) + 1);
  ++errors_;
  last_error_code_ = text.substr(0, text.find(' '));

  if (text.find_first_of(line_breaks) == ByteView::npos) {
    line('-', text);
    return;
  }
  Bytes flat(text);
  std::replace(flat.begin(), flat.end(), '\r', ' ');
  std::replace(flat.begin(), flat.end(), '\n', ' ');
  line('-', flat);
}

void Writer::bulk(const SharedBytes& bytes) {
  if (bytes.size() < Output::kShareFrom) {
    bulk(bytes.view());
    return;
  }
  header('$', static_cast<std::int64_t>(bytes.size()));
  output_->append_shared(bytes);
  raw("\r\n");
}

void Writer::bulk_integer(std::int64_t value) {
  char digits[kIntegerTextMax];
  bulk(ByteView(digits, format_integer(value, digits)));
}

void Writer::null() { raw(version_ == 3 ? "_\r\n" : "$-1\r\n"); }

void Writer::null_array() { raw(version_ == 3 ? "_\r\n" : "*-1\r\n"); }

void Writer::map(std::size_t pairs) {
  if (version_ == 3) {
    header('%', static_cast<std::int64_t>(pairs));
  } else {
    array(2 * pairs);
  }
}

void Writer::set(std::size_t size) {
  header(version_ == 3 ? '~' : '*', static_cast<std::int64_t>(size));
}

void Writer::push(std::size_t size) {
  header(version_ == 3 ? '>' : '*', static_cast<std::int64_t>(size));
}

void Writer::number(double value) {
  const Bytes digits = format_double(value);
  if (version_ == 3) {
    line(',', digits);
  } else {
    bulk(digits);
  }
}

void Writer::boolean(bool value) {
  if (version_ == 3) {
    raw(value ? "#t\r\n" : "#f\r\n");
  } else {
    integer(value ? 1 : 0);
  }
}

void Writer::big_number(ByteView digits) {
  if (version_ == 3) {
    line('(', digits);
  } else {
    bulk(digits);
  }
}

void Writer::verbatim(ByteView format, ByteView text) {
  RS_ASSERT(format.size() == 3);
  if (version_ != 3) {
    bulk(text);
    return;
  }
  header('=', static_cast<std::int64_t>(format.size() + 1 + text.size()));
  raw(format);
  raw(":");
  raw(text);
  raw("\r\n");
}

void Writer::end_map(Late late, std::size_t pairs) {
  if (version_ == 3) {
    end('%', late, pairs);
  } else {
    end('*', late, 2 * pairs);
  }
}

void Writer::end_set(Late late, std::size_t size) { end(version_ == 3 ? '~' : '*', late, size); }

void Writer::line(char kind, ByteView text) {
  raw(ByteView(&kind, 1));
  raw(text);
  raw("\r\n");
}

void Writer::big_bulk(ByteView bytes) {
  header('$', static_cast<std::int64_t>(bytes.size()));
  raw(bytes);
  raw("\r\n");
}

void Writer::end(char kind, Late late, std::size_t size) {
  char text[kHeaderMax];
  char* const end = put_header(text, kind, static_cast<std::int64_t>(size));
  output_->insert(late.mark, ByteView(text, static_cast<std::size_t>(end - text)));
}

}  // namespace replserver::resp
