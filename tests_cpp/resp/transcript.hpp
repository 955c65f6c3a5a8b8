// What a parser makes of a stream of bytes, written down, so that two ways of cutting the same
// stream can be compared: by tests with a seed, and by the fuzzers.
#pragma once

#include <cstring>
#include <functional>
#include <vector>

#include "base/ascii.hpp"
#include "resp/parser.hpp"
#include "resp/reply_parser.hpp"

namespace replserver::resp {

// Sizes of the pieces a stream is cut into; called until it is used up. Never 0.
using Cut = std::function<std::size_t()>;

inline std::size_t uncut() { return SIZE_MAX; }

// One line for each command. Fed as a session feeds it: what is left of a command stays at the
// front of a buffer, which moves whenever it grows.
inline Bytes transcript(ByteView stream, const ParserLimits& limits, const Cut& cut) {
  Bytes talk;
  Parser parser;
  Bytes buffer;
  std::vector<ByteView> words;
  for (;;) {
    words.clear();
    Parser::Command command;
    // A copy of exactly the bytes there are lets a sanitizer see a look beyond them.
    const std::vector<char> exact(buffer.begin(), buffer.end());
    const ByteView bytes(exact.data(), exact.size());
    switch (parser.next(bytes, limits, words, command)) {
      case Parser::Status::error:
        return talk + parser.error().text + "\n";
      case Parser::Status::incomplete: {
        if (!words.empty() || parser.missing() == 0) return talk + "broken promise\n";
        if (stream.empty()) return talk + std::to_string(buffer.size()) + " left\n";
        const ByteView piece = stream.substr(0, cut());
        buffer += piece;
        stream.remove_prefix(piece.size());
        continue;
      }
      case Parser::Status::command:
        talk += command.is_inline ? "line" : command.is_verbatim ? "usual" : "unusual";
        talk += " " + std::to_string(command.size);
        for (const ByteView word : words) talk += " " + quoted(word);
        talk += "\n";
        buffer.erase(0, command.size);
    }
  }
}

struct ReplyTranscript {
  std::vector<Reply> replies;
  bool failed = false;
  bool at_border = true;  // of no meaning after a failure
};

inline ReplyTranscript reply_transcript(ByteView stream, const ReplyLimits& limits,
                                        const Cut& cut) {
  ReplyTranscript talk;
  ReplyParser parser(limits);
  while (!stream.empty()) {
    const ByteView piece = stream.substr(0, cut());
    stream.remove_prefix(piece.size());
    const std::vector<char> exact(piece.begin(), piece.end());
    ByteView bytes(exact.data(), exact.size());
    Reply reply;
    auto status = ReplyParser::Status::reply;
    while (status == ReplyParser::Status::reply) {
      status = parser.next(bytes, reply);
      if (status == ReplyParser::Status::reply) talk.replies.push_back(std::move(reply));
    }
    if (status == ReplyParser::Status::error) {
      talk.failed = true;
      return talk;
    }
  }
  talk.at_border = parser.at_border();
  return talk;
}

}  // namespace replserver::resp
