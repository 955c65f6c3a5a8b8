// Which mutant lives in this process: the one that REPLSERVER_MUTANT numbers, from its start to its end.
#include <cstdlib>

#include "base/mutant.hpp"

namespace replserver {

bool with_mutants::mutated(Mutant mutant) {
  static const Mutant living = [] {
    const char* const number = std::getenv("REPLSERVER_MUTANT");
    return number == nullptr ? Mutant::none : static_cast<Mutant>(std::atoi(number));
  }();
  return mutant == living;
}

}  // namespace replserver
