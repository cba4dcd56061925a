"""sluice as a Conan 2 package: `conan create packaging/conan` in the root of the repository.

The library's own CMake package is handed on, so that what `find_package(sluice)` finds is the same with Conan and
without. Tried with Boost, OpenSSL, nlohmann_json and pugixml of the system, through the profile beside this file; the
packages of ConanCenter have the same CMake targets, but were not tried.
"""
import os
import re

from conan import ConanFile
from conan.tools.build import check_min_cppstd
from conan.tools.cmake import CMake, CMakeDeps, CMakeToolchain
from conan.tools.files import copy, load

required_conan_version = ">=2.4"


class SluiceConan(ConanFile):
    name = "sluice"
    license = "MIT"
    description = "Amazon SNS and SQS as coroutine streams on Boost.Asio"
    topics = ("aws", "sns", "sqs", "asio", "coroutines")
    package_type = "library"
    settings = "os", "arch", "compiler", "build_type"
    options = {"shared": [True, False]}
    default_options = {"shared": False}

    def set_version(self):
        header = load(self, os.path.join(self._root(), "include", "sluice", "version.hpp"))
        numbers = [re.search(rf"#define SLUICE_VERSION_{part} (\d+)", header).group(1) for part in ("MAJOR", "MINOR", "PATCH")]
        self.version = ".".join(numbers)

    def _root(self):
        return os.path.join(self.recipe_folder, "..", "..")

    def export_sources(self):
        for pattern in ("CMakeLists.txt", "LICENSE", "cmake/*", "include/*", "src/*", "sigv4/*", "packaging/*"):
            copy(self, pattern, src=self._root(), dst=self.export_sources_folder)

    def requirements(self):
        self.requires("boost/[>=1.81]", transitive_headers=True)
        self.requires("openssl/[>=3.0 <4]")
        self.requires("pugixml/[>=1.13]")
        self.requires("nlohmann_json/[>=3.11]", transitive_headers=True) # of sluice/json.hpp

    def validate(self):
        check_min_cppstd(self, 20)

    def layout(self):
        self.folders.build = os.path.join("build", "conan")
        self.folders.generators = os.path.join("build", "conan", "generators")

    def generate(self):
        CMakeDeps(self).generate()
        toolchain = CMakeToolchain(self)
        for option in ("TESTS", "EXAMPLES", "BENCH", "PROGRAM"):
            toolchain.cache_variables[f"SLUICE_BUILD_{option}"] = False
        toolchain.generate()

    def build(self):
        cmake = CMake(self)
        cmake.configure()
        cmake.build()

    def package(self):
        CMake(self).install()
        copy(self, "LICENSE", src=self.source_folder, dst=os.path.join(self.package_folder, "licenses"))

    def package_info(self):
        self.cpp_info.set_property("cmake_find_mode", "none")
        self.cpp_info.builddirs = [os.path.join("lib", "cmake", "sluice")]
        self.cpp_info.libs = ["sluice_local", "sluice", "sluice_sigv4"]
