// What the shared library shows of itself.
#pragma once

/// In front of every public function and in the head of every public class that has something compiled into the
/// library, is thrown, or is derived from: all else is compiled with `-fvisibility=hidden` and stays out of the ABI. It
/// means the same in the static and in the shared library, and on the side of the user, so nothing has to be defined.
#define SLUICE_API [[gnu::visibility("default")]]

/// For the parts of a public class that are nobody's business: a nested class is as visible as its class otherwise.
#define SLUICE_LOCAL [[gnu::visibility("hidden")]]
