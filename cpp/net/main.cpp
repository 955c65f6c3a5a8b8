#include "net/serve.hpp"

int main(int count, char** words) {
  return replserver::net::serve("replserver-server", replserver::Words(words + 1, words + count));
}
