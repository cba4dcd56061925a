// Loads a plugin that it gives its context to. usage: host PLUGIN
#include <boost/asio.hpp>

#include <dlfcn.h>

#include <iostream>

int main(int, char** argv) {
    void* plugin = dlopen(argv[1], RTLD_NOW | RTLD_LOCAL);
    void* start = plugin != nullptr ? dlsym(plugin, "start") : nullptr;
    if (start == nullptr) {
        std::cerr << dlerror() << '\n';
        return 1;
    }
    boost::asio::io_context context;
    reinterpret_cast<void (*)(boost::asio::io_context&)>(start)(context);
    context.run();
}
