// What the shared library shows of itself.
#pragma once

/// In front of every public function and in the head of every public class: all else is compiled with
/// `-fvisibility=hidden` and stays out of the ABI.
#define SIGV4_API [[gnu::visibility("default")]]

/// A nested class is as visible as its class otherwise.
#define SIGV4_LOCAL [[gnu::visibility("hidden")]]
